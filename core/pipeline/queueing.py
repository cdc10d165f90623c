"""Which reel a worker takes next, in what order the others follow, and what the queue wants of one that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from core.folder.queue import Entry, Held, Queue, ReelKey

Wanted = Literal["go", "pause", "drop", "cancel"]


class Turn(msgspec.Struct, frozen=True):
    """A reel in a queue, and what is known about it now. `library` is the path of its library, `place` counts from 1.

    `slot` is the moment its place in line counts from (`in_order`). Whoever asks fills in the facts: `running`:
    somebody holds the reel's lock; `parked`: it waits at a gate and nothing in its folder changed since; `gone`: its
    folder is no more. `stopped`: its whole queue is paused.
    """

    library: str
    place: int
    entry: Entry
    slot: str
    stopped: bool = False
    running: bool = False
    parked: bool = False
    gone: bool = False

    @property
    def state(self) -> str:
        """gone, running, paused, interrupted, waiting or queued."""
        if self.gone or self.running:
            return "gone" if self.gone else "running"
        if self.entry.held:
            return self.entry.held.value
        if self.parked:
            return "waiting"
        return "paused" if self.stopped else "queued"


def in_order(queues: Mapping[str, Queue]) -> tuple[Turn, ...]:
    """Return every reel of several libraries (path -> queue) in the order in which they are taken, facts still open.

    First in, first out. Within a library the order is that of its queue, since a person may have moved reels about:
    its first place counts from the earliest moment any of its reels was added, the second from the next, and so on.
    So a moved reel changes turns with its neighbours and no other library gains or loses by it.
    """
    found = []
    for library, queue in queues.items():
        slots = sorted(entry.added for entry in queue.reels)
        places = enumerate(zip(queue.reels, slots, strict=True), 1)
        found += [Turn(library, place, entry, slot, stopped=queue.paused) for place, (entry, slot) in places]
    return tuple(sorted(found, key=lambda turn: turn.slot))  # stable: ties stay in the order of libraries and places


def pick(turns: Sequence[Turn]) -> Turn | None:
    """Return the reel to take next from turns in order with their facts, or None where none can be taken."""
    return next((turn for turn in turns if turn.state == "queued"), None)


def positions(turns: Sequence[Turn]) -> dict[tuple[str, ReelKey], int]:
    """Return when each reel that can be taken is taken, by library and reel: 1 is next. Others are not in it."""
    waiting = [turn for turn in turns if turn.state == "queued"]
    return {(turn.library, turn.entry.key): number for number, turn in enumerate(waiting, 1)}


def wish_for(queue: Queue, reel_id: str, name: str | None = None) -> Wanted:
    """Return what the queue wants of a reel that runs: go on, end after the step in hand (pause), drop it and stay in
    the queue (drop), or drop it because the reel left the queue (cancel).

    `name` is the folder's name the reel was taken under; give it, for a copied folder has the same id. A queue that
    cannot be read wants nothing: nobody said to stop.
    """
    if queue.warning:
        return "go"
    entry = next((e for e in queue.reels if e.id == reel_id and name in (None, e.name)), None)
    if entry is None:
        return "cancel"
    if entry.held is Held.NO:
        return "go"
    return "drop" if entry.drop else "pause"
