"""Every test gets its own state, config and library folders, and no way to the user's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# A reel is made by the process that is asked, unless a test is about the worker; set here as well because fixtures of a
# whole module come before those of its tests.
os.environ["REELTUI_WORKER"] = "foreground"


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
