"""Writes down what a person said, from any process at any time, under a short lock."""

from __future__ import annotations

from pathlib import Path

from core.film.decision import Decision
from core.folder import layout
from core.folder.journal import Journal
from core.folder.lock import Lock


def say_decision(root: Path, decision: Decision) -> None:
    """Append a decision durably. Waits for whoever is writing one now; raises DiskTrouble."""
    with Lock(root / layout.EDIT_LOCK, verb=decision.kind.value, now=decision.at, wait=True):
        Journal(root / layout.DECISIONS, Decision).append(decision)
