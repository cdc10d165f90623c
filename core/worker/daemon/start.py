"""Starts a worker that outlives whoever starts it, and waits until it says that it is ready or why not."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from core.film import errors
from core.film.errors import EngineTrouble, Locked, ReelError, TryAgain
from core.film.lineup import Lineup
from core.film.text import clean
from core.worker.daemon.libraries import register
from core.worker.daemon.state import Running, suits, workers
from core.worker.settings import WorkerSettings

# How long a worker may take to say that it is ready (seconds); asking a driver for its devices can take some.
PATIENCE = 120.0


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The new worker: it holds its devices."""

    running: Running


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The new worker: why it cannot start; `kind` is the error's class."""

    kind: str
    message: str
    remedy: str


Answer = Ready | Refused


def start(
    devices: Sequence[str],
    *,
    linger: float | None,
    library: Path | None,
    by_hand: bool = True,
    version: str = "",
    patience: float = PATIENCE,
) -> Running:
    """Start a worker on `devices` (none named: those of the settings) and return it once it is ready.

    `library` is registered first (None: none). Raises Locked naming who has a device, and whatever else keeps the
    worker from starting; TryAgain where it says nothing for `patience` seconds.
    """
    if library is not None:
        register(library)
    reader, writer = os.pipe2(os.O_CLOEXEC)
    try:
        with os.fdopen(os.memfd_create("last words"), "w+b") as last_words:
            try:
                first = _launch(devices, linger, by_hand, version, writer, last_words)
            finally:
                os.close(writer)  # ours: the pipe ends when the worker's is closed, also by its death
            data = _read(reader, time.monotonic() + patience)
            with contextlib.suppress(subprocess.TimeoutExpired):
                first.wait(patience)  # it ends as soon as the worker has left it
            return _answer(data, last_words)
    except OSError as error:
        text = f"no process can be started for the worker: {error.strerror}"
        raise TryAgain(text, remedy="end some processes, then try again") from error
    finally:
        os.close(reader)


def ensure(lineup: Lineup, settings: WorkerSettings, *, version: str = "") -> tuple[Running, bool]:
    """Return a worker that can do a lineup's work, and whether it was started for it. Raises as `start`."""
    for again in (True, False):
        fitting = [worker for worker in workers() if suits(lineup, worker.devices)]
        if fitting:
            return fitting[0], False
        try:
            started = start((), linger=settings.linger, library=None, by_hand=False, version=version)
        except Locked:
            if not again:
                raise
            continue  # somebody was faster
        if not suits(lineup, started.devices):
            raise EngineTrouble(
                f"engine {lineup.engine} needs a GPU, and there is none on this machine",
                remedy="see docs/worker.md for devices, or make the reel with --engine animatic",
            )
        return started, True
    raise AssertionError("the second round returns or raises")


def _launch(
    devices: Sequence[str], linger: float | None, by_hand: bool, version: str, writer: int, last_words: IO[bytes]
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "core.worker.daemon", "--ready", str(writer), "--version", version]
    command += [word for device in devices for word in ("--device", device)]
    command += ["--linger", repr(linger)] if linger is not None else []
    command += ["--by-hand"] if by_hand else []
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=last_words,
        pass_fds=(writer,),
        start_new_session=True,
        umask=0o022,
        cwd="/",
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    """Return our environment, fit for another folder: paths in it that begin nowhere begin here."""
    environment = dict(os.environ)
    # The package may be run from a checkout that is not installed.
    root = str(Path(__file__).resolve().parents[3])
    paths = [os.path.abspath(path) for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([root, *paths]))
    library = environment.get("REELTUI_LIBRARY", "")
    if library and not library.startswith("~"):
        environment["REELTUI_LIBRARY"] = os.path.abspath(library)
    return environment


def _read(reader: int, deadline: float) -> bytes:
    """Return everything until the pipe ends. Raises TryAgain where that takes too long."""
    data = b""
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            text = "the worker has not said that it is ready; its devices' driver may hang"
            raise TryAgain(text, remedy="see `reeltui worker status` and `reeltui worker logs`")
        piece = os.read(reader, 65536)
        if not piece:
            return data
        data += piece


def _answer(data: bytes, last_words: IO[bytes]) -> Running:
    try:
        answer: Answer = msgspec.msgpack.decode(data, type=Answer)
    except msgspec.DecodeError:
        last_words.seek(0)
        said = last_words.read().decode(errors="replace").strip().splitlines()
        text = f"the worker ended before it was ready: {clean(said[-1], limit=300) if said else 'without a word'}"
        raise EngineTrouble(text, remedy="`reeltui worker run` shows everything it says") from None
    if isinstance(answer, Ready):
        return answer.running
    kind = getattr(errors, answer.kind, EngineTrouble)
    if not (isinstance(kind, type) and issubclass(kind, ReelError)):
        kind = EngineTrouble
    raise kind(answer.message, remedy=answer.remedy)
