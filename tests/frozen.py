"""A library of reels in which nothing depends on when, where or on which machine it was made: for pictures of the desk.

The reels are real: toys made them. What a run writes about itself (moments, durations, processes, names drawn by
lot) is then replaced by what a patient studio might have written.
"""

from __future__ import annotations

import itertools
import os
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from core.film.event import Event, Happened
from core.film.lineup import Lineup
from core.film.requests import Made, MixRequest
from core.film.settings import Review
from core.folder import layout
from core.folder.journal import Journal, encode_line
from core.folder.queue import Held, change_queue, enqueue, entry_of, hold
from core.folder.records import Receipt, sealed
from tests import toys
from tests.desk_driving import NOW
from tests.stage import TINY, new_reel, play

HOUR = 3600.0
# Seconds that each kind of step took, by the last word of its name.
_TOOK = {"plan": 6.2, "keyframe": 11.5, "clip": 94.0, "verdict": 7.25, "narration": 2.5, "music": 38.0, "reel": 12.0}
_MASTER = 14.0
_LOADED = 4.0
_REEL_BYTES = 48_000
_WAIT = "Pan left. Aiko waits. [fail*2 HAND_FINGER_ARTIFACT]"


class SteadyMixer(toys.ToyMixer):
    """A mixer whose reels have one size, whichever version of the encoder is installed."""

    def run(self, request: MixRequest, room: Any, progress: Any) -> Made:
        made = super().run(request, room, progress)
        path = room.stage / "reel.mp4"
        filling = _REEL_BYTES - path.stat().st_size
        with path.open("ab") as file:
            file.write(filling.to_bytes(4) + b"free" + bytes(filling - 8))  # a box that every player skips
        return made


def frozen_lineup() -> Lineup:
    """Return the toys with the steady mixer."""
    return toys.toy_lineup(mixer="tests.frozen:SteadyMixer")


def make_frozen(library: Path, patch: pytest.MonkeyPatch) -> None:
    """Make the reels: a finished one with a shot that took three takes, one that waits for a person, two in the queue.

    `patch` takes lot and clock away while they are made.
    """
    lot = itertools.count(1)
    patch.setattr("core.folder.library.uuid", SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=f"{next(lot):032x}")))
    plan = toys.toy_plan(3)
    shots = (plan.shots[0], msgspec.structs.replace(plan.shots[1], prompt=_WAIT), plan.shots[2])
    walk = msgspec.structs.replace(plan, shots=shots)
    _make(library, "Aiko walks through the rain", NOW - 3 * HOUR, patch, plan=walk)
    _make(library, "Ken waits at the pier", NOW - 2 * HOUR, patch, review=Review.SHOTS)
    for name, ago in (("Snow falls on the harbour", 26 * HOUR), ("The last tram home", 50 * HOUR)):
        root = _make(library, name, NOW - ago, patch, run=False)
        enqueue(root, now=_moment(NOW - ago + 60))
    change_queue(library, lambda queue: hold(queue, entry_of(queue, root).key, Held.PAUSED))  # type: ignore[union-attr]


def _make(
    library: Path,
    sentence: str,
    at: float,
    patch: pytest.MonkeyPatch,
    *,
    run: bool = True,
    plan: Any = None,
    **more: Any,
) -> Path:
    patch.setattr("tests.stage.NOW", _moment(at))
    settings = msgspec.structs.replace(TINY, engine="toy", **more)
    root = new_reel(library, settings, plan or toys.toy_plan(3), sentence)
    if run:
        play(root, frozen_lineup())
        _freeze(root, at)
    for folder, _, names in os.walk(root):
        for path in (folder, *(os.path.join(folder, name) for name in names)):
            os.utime(path, (at, at), follow_symlinks=False)
    return root


def _freeze(root: Path, at: float) -> None:
    """Replace what the run wrote about itself; `at` is when it began (epoch seconds)."""
    for path in sorted(root.rglob("*.json")):
        try:
            receipt = msgspec.json.decode(path.read_bytes(), type=Receipt)
        except msgspec.ValidationError:
            continue  # the plan
        told = msgspec.structs.replace(receipt, seconds=_took(receipt.step), finished=_moment(at + 600))
        path.write_bytes(msgspec.json.encode(sealed(told)))
    journal = Journal(root / layout.EVENTS, Event)
    events, bad = journal.read()
    assert not bad, "it was just written"
    rows = []
    for number, event in enumerate(events):
        data = {**event.data, **{name: value for name, value in _steady(event).items() if name in event.data}}
        rows.append(encode_line(msgspec.structs.replace(event, at=at + 17.0 * number, data=data)))
    journal.path.write_bytes(b"".join(rows))


def _steady(event: Event) -> dict[str, float]:
    """Return what an event says of a process and of time, as it shall be."""
    if event.event is Happened.RUN_ENDED:
        return {}  # the length of the reel
    took = _LOADED if event.event is Happened.LOADED else _took(event.step)
    return {"pid": 77, "seconds": took}


def _took(step: str) -> float:
    return _TOOK.get(step.rpartition("/")[2], _MASTER)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
