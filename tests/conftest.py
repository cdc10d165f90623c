"""Every test gets its own state, config and library folders, and no way to the user's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REELTUI_LIBRARY", str(tmp_path / "library"))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """An empty library."""
    return Path(os.environ["REELTUI_LIBRARY"])
