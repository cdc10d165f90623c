"""A tiny house of models: everything the studio engine reads, with random weights, in a hub's cache and a config."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from core.engines.models import STUDIO_MODELS
from core.film.lineup import Role
from tests.tiny.hub import place
from tests.tiny.server import environment

# The director's weights are the server's matter, and the server of these tests has none.
_DIRECTOR = "tiny/director"


def furnish(cache: Path) -> Path:
    """Lay a tiny checkpoint of every model into a hub's cache; return the cache."""
    from tests.tiny.ace import build_ace
    from tests.tiny.flux import build_flux
    from tests.tiny.kokoro import build as build_kokoro
    from tests.tiny.wan import build_distilled, build_wan

    builders = {
        Role.PAINTER: build_flux,
        Role.ANIMATOR: build_wan,
        Role.COMPOSER: build_ace,
        Role.NARRATOR: build_kokoro,
    }
    for model in STUDIO_MODELS:
        (role, *_) = model.roles
        if role in builders:
            place(cache, model.repository, build_distilled if model.preset == "lightning" else builders[role])
    place(cache, _DIRECTOR, lambda folder: (folder / "config.json").write_text("{}") and None)
    return cache


def settle(folder: Path, cache: Path, **script: list[str]) -> dict[str, str]:
    """Write the settings of a machine that has this house; return the variables a process needs to live in it.

    The engine "studio" is the real one; "recorded" is the same and notes every call of a pipeline in calls.jsonl.
    `script` is what the chat server does (tests/tiny/server.py).
    """
    config = folder / "config" / "reeltui"
    config.mkdir(parents=True)
    speaker = [
        f'repository = "{_DIRECTOR}"',
        f'command = "{sys.executable} -m tests.tiny.server"',
        "start_seconds = 60.0",
    ]
    words = ['[engines]\nrecorded = "tests.tiny.recorded:recorded"', '[worker]\ndevices = ["fake:192"]']
    (config / "config.toml").write_text("\n".join([*words, "[studio.director]", *speaker, ""]))
    return {
        **environment(folder / "server", **script),
        "HF_HUB_CACHE": os.fspath(cache),
        "XDG_CONFIG_HOME": os.fspath(folder / "config"),
        "XDG_STATE_HOME": os.fspath(folder / "state"),
        "REELTUI_LIBRARY": os.fspath(folder / "library"),
        "TINY_CALLS": os.fspath(folder / "calls.jsonl"),
        # One thread: the sums of several depend on how the work was shared out.
        "OMP_NUM_THREADS": "1",
    }
