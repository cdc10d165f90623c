"""The queue of a library as faces show it: every reel in it with its turn and what it is doing."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.event import Live
from core.folder import layout
from core.folder.library import Card, locate, read_card
from core.folder.lock import Holder, holder_of
from core.folder.queue import Queue
from core.folder.snapshot import read_snapshot
from core.pipeline.queueing import Turn, in_order, positions
from core.pipeline.report import current_live


class Queued(msgspec.Struct, frozen=True):
    """A reel of the queue as it is shown. `place` and `turn` count from 1; `turn` is null for one that is not taken.

    `state`: running, queued, paused, interrupted, waiting (at the gate `waits_for`), broken or gone. `drop`: it was
    paused with --now. `path` is null where the folder is gone. `fraction` is of the step in hand.
    """

    place: int
    turn: int | None
    name: str
    path: str | None
    state: str
    held: str
    drop: bool
    added: str
    phase: str = ""
    done: int = 0
    total: int = 0
    fraction: float | None = None
    eta_seconds: float | None = None
    waits_for: str = ""
    held_by: str = ""
    problem: str = ""


class Listing(msgspec.Struct, frozen=True):
    """The queue of a library. `paused`: no further reel is taken; `warning`: the queue could not be read."""

    library: str
    paused: bool
    warning: str
    reels: tuple[Queued, ...]


def list_queue(library: Path, now: Queue) -> Listing:
    """Return the queue of a library as it stands `now`, with what each reel is doing. Raises BadInput."""
    roots = locate(library, now)
    looked = {entry: (read_card(root), holder_of(root / layout.LOCK)) for entry, root in roots.items()}
    turns = [_with_facts(turn, *looked.get(turn.entry, (None, None))) for turn in in_order({str(library): now})]
    order = positions(turns)
    lines = []
    for turn in sorted(turns, key=lambda turn: turn.place):
        entry = turn.entry
        line = Queued(
            place=turn.place,
            turn=order.get((turn.library, entry.key)),
            name=entry.name,
            path=None,
            state=turn.state,
            held=entry.held.value,
            drop=entry.drop,
            added=entry.added,
        )
        lines.append(_looked_at(line, roots[entry], *looked[entry]) if entry in looked else line)
    return Listing(str(library), now.paused, now.warning, tuple(lines))


def _with_facts(turn: Turn, card: Card | None, holder: Holder | None) -> Turn:
    parked = card is not None and card.state == "waiting" and not card.changed
    return msgspec.structs.replace(turn, gone=card is None, running=holder is not None, parked=parked)


def _looked_at(line: Queued, root: Path, card: Card, holder: Holder | None) -> Queued:
    live: Live | None = None
    if holder is not None:
        with contextlib.suppress(BadInput):  # reel.toml is being edited badly; the card says so
            live = current_live(read_snapshot(root))
    return msgspec.structs.replace(
        line,
        name=root.name,
        path=str(root),
        state="broken" if card.problem and line.state == "queued" else line.state,
        phase=live.phase if live else card.phase,
        done=live.done if live else card.done,
        total=live.total if live else card.total,
        fraction=live.fraction if live else None,
        eta_seconds=live.eta if live else None,
        waits_for=card.waits_for if line.state == "waiting" else "",
        held_by=str(holder) if holder else "",
        problem=card.problem,
    )
