"""Every test gets its own state, config and library folders, and no way to the user's."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import pytest

# A reel is made by the process that is asked, unless a test is about the worker; set here as well because fixtures of a
# whole module come before those of its tests.
os.environ["REELTUI_WORKER"] = "foreground"


# Whatever runs the tests may ignore signals (nohup, a job in the background of a script), and that is obeyed: then no
# Ctrl-C ends what a test watches. ValueError: this is not the main thread, and there it cannot be changed.
for _number, _handler in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGTERM, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        with contextlib.suppress(ValueError):
            signal.signal(_number, _handler)


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("REELTUI_LIBRARY", str(tmp_path / "library"))
    monkeypatch.setenv("REELTUI_WORKER", "foreground")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """An empty library."""
    return Path(os.environ["REELTUI_LIBRARY"])
