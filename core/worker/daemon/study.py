"""What a queued reel waits for, worked out from its folder alone."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from core.engines.registry import engine_of
from core.engines.wording import load_wording
from core.film.decision import Decision
from core.film.errors import ReelError
from core.film.event import Event, Happened
from core.film.settings import OnTimeout
from core.folder import layout
from core.folder.journal import Journal
from core.folder.lock import holder_of
from core.folder.queue import Entry
from core.folder.records import Snapshot
from core.folder.snapshot import read_snapshot
from core.pipeline.board import Board, assess
from core.pipeline.decide import Stamp, pass_gate
from core.pipeline.gates import gate_time, waiting_since
from core.worker.daemon.log import words
from core.worker.daemon.state import suits
from core.worker.records import utc_now
from core.worker.run import WATCHED

# What a look at one file says: enough to see that it was replaced or written to.
Mark = tuple[int, int, int] | None


class Standing(msgspec.Struct, frozen=True):
    """`why` a reel is passed over ("" where it can be taken): gate, broken, device, interrupted or stuck; `words` for
    the log.

    At a gate: its name, the moment (epoch seconds) its time is over (None: never), and what happens then.
    """

    why: str = ""
    words: str = ""
    gate: str = ""
    until: float | None = None
    on_timeout: OnTimeout = OnTimeout.WAIT


FREE = Standing()


def mark_of(path: Path) -> Mark:
    """Return what changes when a file is replaced or written to; None where there is none."""
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def marks_of(root: Path) -> tuple[Mark, ...]:
    """Return the marks of everything `study` looks at: what a person changes, and what the last run said."""
    return tuple(mark_of(root / name) for name in (*WATCHED, layout.EVENTS))


def study(root: Path, entry: Entry, devices: Sequence[str], *, take_up_interrupted: bool) -> Standing:
    """Return what a reel nobody works on waits for. A reel that cannot be read is broken, whatever the reason."""
    try:
        snapshot = read_snapshot(root)
        lineup = engine_of(snapshot.reel.settings)
        if not suits(lineup, devices):
            return Standing("device", f"engine {lineup.engine} needs a GPU, and this worker has none")
        last = snapshot.last_event
        if not take_up_interrupted and left_over(last, entry) and holder_of(root / layout.LOCK) is None:
            return Standing("interrupted", "its worker died; `reeltui resume` goes on with it")
        if not _waited(last) or _touched(root, last):
            return FREE
        return _at_gate(snapshot, assess(snapshot, lineup, load_wording()), last)
    except ReelError as error:
        # An engine that is not there any more is told by the run itself; a folder that cannot be read has to wait.
        return Standing("broken", words(error)) if not _readable(root) else FREE


def left_over(last: Event | None, entry: Entry) -> bool:
    """Tell whether a run died on a reel, and nobody has asked for the reel since."""
    if last is None or last.event is Happened.RUN_ENDED:
        return False
    return max(_moment(entry.added), _moment(entry.asked)) < last.at


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0


def _waited(last: Event | None) -> bool:
    return last is not None and last.event is Happened.RUN_ENDED and last.data.get("outcome") == "waiting"


def _touched(root: Path, last: Event | None) -> bool:
    """Tell whether a person changed something since the last run ended."""
    marks = [mark_of(root / name) for name in WATCHED]
    return last is not None and any(mark is not None and mark[2] / 1e9 > last.at for mark in marks)


def _at_gate(snapshot: Snapshot, board: Board, last: Event | None) -> Standing:
    """Return the gate, if nothing else is to be done.

    Said in the moment the run ended, a decision may be older than the run's last word; so the gate itself is asked.
    What failed in that run is not tried again by itself.
    """
    if not board.gate or not board.idle(snapshot.failures) or last is None:
        return FREE
    settings = snapshot.reel.settings
    # The gate's clock goes on over runs that found nothing to do, so not only the last event counts.
    events = Journal(Path(snapshot.path) / layout.EVENTS, Event).tail(65536)
    since = waiting_since(events, board.gate)
    until = gate_time(settings, since, 0.0).until
    text = f"it waits for approval of the {board.gate}"
    return Standing("gate", text, board.gate, until, settings.on_timeout)


def passed_by_time(root: Path) -> Decision:
    """Return the decision that passes a reel's gate because its time is over. Raises BadInput where it is at none."""
    snapshot = read_snapshot(root)
    board = assess(snapshot, engine_of(snapshot.reel.settings), load_wording())
    return pass_gate(snapshot, board, Stamp(uuid.uuid4().hex[:12], utc_now(), by="time-out"))


def _readable(root: Path) -> bool:
    try:
        read_snapshot(root)
    except ReelError:
        return False
    return True
