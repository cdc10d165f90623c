"""This machine's settings for the worker: `[worker]` in the user's config.toml. Every field has a sensible default."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated

import msgspec

from core.film.errors import BadInput
from core.film.lineup import Role
from core.places import config_dir, config_table

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]


class Mode(StrEnum):
    """Who does the work when a reel is made or resumed."""

    DETACHED = "detached"  # a background worker, which outlives the terminal
    FOREGROUND = "foreground"  # this process, until it ends


class WorkerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the worker works on this machine.

    `devices`: "auto" (every GPU that is found), names such as "cuda:0", "rocm:1", a simulated one such as "fake:24"
    (24 GB), or "cpu" for none. `reserve` is what is left free on every device, `memory` what the hosts on the CPU may
    hold together, both in GB (1e9 bytes). `linger` is how many seconds a worker that started by itself stays when
    nothing is to do. `take_up_interrupted`: a reel whose worker died is gone on with at the next start. `silence` is
    after how many seconds without a word a host is taken for hung. `routes` sends a role's work to one device.
    """

    mode: Mode = Mode.DETACHED
    devices: tuple[str, ...] = ("auto",)
    reserve: NotNegative = 2.0
    memory: Positive = 0.45
    linger: NotNegative = 600.0
    take_up_interrupted: bool = True
    silence: Positive = 900.0
    routes: dict[Role, str] = {}


def worker_settings() -> WorkerSettings:
    """Return the settings in force; `$REELTUI_WORKER` (detached or foreground) wins over the file. Raises BadInput."""
    table = dict(config_table().get("worker", {}))
    mode = os.environ.get("REELTUI_WORKER", "")
    if mode:
        if mode not in list(Mode):
            raise BadInput(f"REELTUI_WORKER is {mode!r}", remedy=f"set it to {' or '.join(Mode)}, or unset it")
        table["mode"] = mode
    try:
        return msgspec.convert(table, WorkerSettings)
    except msgspec.ValidationError as error:
        path = config_dir() / "config.toml"
        raise BadInput(f"{path}: [worker] {error}", remedy="correct that line; docs/worker.md lists them") from None
