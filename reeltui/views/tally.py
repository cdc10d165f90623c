"""Counts the shots of a reel: passed, failed, and those that wait for a take, a verdict or a person."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from core.folder import layout
from core.pipeline.choice import TakeState

_GOOD = (TakeState.APPROVED, TakeState.CHOSEN, TakeState.PASSED)
_LOOKED_AT = (layout.EVENTS, layout.DECISIONS, layout.PLAN_FILE, layout.REEL_FILE)
Marks = tuple[tuple[int, int], ...]


class Tally(msgspec.Struct, frozen=True):
    """How the shots of a reel stand."""

    passed: int
    failed: int
    waiting: int


class Tallies:
    """Remembers counts until a reel's files change; for one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Marks, Tally | None]] = {}

    def of(self, root: Path) -> Tally | None:
        """Return how the shots of a reel stand, or None where it cannot be read or has no plan."""
        marks = _marks(root)
        found = self._known.get(os.fspath(root))
        if found is None or found[0] != marks:
            found = marks, _count(root)
            if found[1] is None:
                self._known.pop(os.fspath(root), None)  # it may be mended without a trace in size and time
            else:
                self._known[os.fspath(root)] = found
        return found[1]


def _marks(root: Path) -> Marks:
    marks = []
    for name in _LOOKED_AT:
        try:
            status = os.stat(root / name)
        except OSError:
            marks.append((0, 0))
        else:
            marks.append((status.st_size, status.st_mtime_ns))
    return tuple(marks)


def _count(root: Path) -> Tally | None:
    from reeltui.acts.opened import open_root  # here: the first paint does not wait for what a board needs

    try:
        board = open_root(root).board
    except Exception:  # noqa: BLE001 - the list says by itself that a reel is broken; only the counts are missing
        return None
    if not board.shots:
        return None
    passed = failed = 0
    for shot in board.shots:
        ships = next((judged for judged in shot.takes if judged.take.number == shot.ships), None)
        if ships is None:
            continue
        passed += ships.state in _GOOD
        failed += ships.state not in _GOOD and not shot.due and not shot.to_judge
    return Tally(passed, failed, len(board.shots) - passed - failed)
