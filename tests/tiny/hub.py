"""Lays a checkpoint out as the cache of the Hugging Face hub has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

REVISION = "0123456789abcdef0123456789abcdef01234567"


def place(cache: Path, repository: str, build: Callable[[Path], None]) -> Path:
    """Have `build` write a repository's files into the snapshot `main` names; return the snapshot's folder."""
    snapshot = snapshot_of(cache, repository)
    snapshot.mkdir(parents=True)
    refs = snapshot.parents[1] / "refs"
    refs.mkdir()
    (refs / "main").write_text(REVISION)
    build(snapshot)
    return snapshot


def snapshot_of(cache: Path, repository: str) -> Path:
    """Return the folder of a repository's snapshot."""
    return cache / f"models--{repository.replace('/', '--')}" / "snapshots" / REVISION
