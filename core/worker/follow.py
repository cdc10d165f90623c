"""Follows a reel that somebody else makes: its events and live state as they are written, and its turn in the queue."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from core.engines.registry import engine_of
from core.film.errors import BadInput, DiskTrouble, Interrupted, PersonNeeded, ReelError, TryAgain
from core.film.event import Event, Happened, Live
from core.folder import layout
from core.folder.journal import Bookmark, Journal
from core.folder.library import read_card
from core.folder.lock import Holder, holder_of
from core.folder.plain import read_plain
from core.folder.queue import Entry, Held, Queue, entry_of, read_queue
from core.folder.snapshot import MOST_LIVE, read_reel
from core.pipeline.queueing import in_order
from core.worker.daemon.libraries import libraries
from core.worker.daemon.state import Running, suits, workers
from core.worker.daemon.study import study

# How often (seconds) the reel's files are looked at, and how often the queue and the workers, which is dearer.
EVERY = 0.25
QUEUE_EVERY = 1.0
# How long (seconds) nobody may have a reel in hand that should be in somebody's before its run counts as lost: between
# two looks a worker may let go of it and take it again.
GRACE = 3.0


class Queued(msgspec.Struct, frozen=True):
    """The reel waits for its turn. `position` counts from 1; `before` are the names of the reels made before it, the
    running one first. `paused`: the whole queue is. `error` is what its worker last said went wrong."""

    position: int
    before: tuple[str, ...]
    paused: bool = False
    error: str = ""


Seen = Event | Live | Queued


def follow(root: Path, since: Bookmark, sleep: Callable[[float], None] = time.sleep) -> Iterator[Seen]:
    """Yield what happens to a reel from `since` (Journal.end) until its run ends, RUN_ENDED last; about every quarter
    of a second, live state whenever it changed.

    Raises TryAgain where its process died or no worker runs for it, PersonNeeded where it is held, Interrupted where
    it was taken out of the queue, BadInput where it is gone.
    """
    looker = _Looker(root, since)
    while not looker.ended:
        yield from looker.look()
        if not looker.ended:
            sleep(EVERY)


def why_idle(root: Path) -> str:
    """Return why nobody makes a reel and nobody will soon, or "" where somebody does or its turn will come."""
    if holder_of(root / layout.LOCK) is not None:
        return ""
    entry = entry_of(read_queue(root.parent), root)
    if entry is None:
        return "nobody works on it, and it is not queued"
    if entry.held:
        return str(_held(root, entry))
    worker = _worker_for(root)
    if worker is None:
        return "it is queued, but no worker runs that could make it; `reeltui worker start` starts one"
    return study(root, entry, worker.devices, take_up_interrupted=True).words


class _Looker:
    """What was seen of one reel so far."""

    def __init__(self, root: Path, since: Bookmark) -> None:
        self.ended = False
        self._root = root
        self._journal = Journal(root / layout.EVENTS, Event)
        self._mark = since
        self._began = False
        self._holder: Holder | None = None
        self._live: bytes = b""
        self._alone_since: float | None = None
        self._looked = float("-inf")
        self._queued: Queued | None = None

    def look(self) -> Iterator[Seen]:
        """Yield what is new."""
        yield from self._news()
        if self.ended:
            return
        holder = holder_of(self._root / layout.LOCK)
        if holder is not None:
            yield from self._running(holder)
        else:
            yield from self._idle()

    def _news(self) -> Iterator[Event]:
        """Yield the new events; those after the end of the run belong to the next one."""
        try:
            events, self._mark = self._journal.since(self._mark)
        except OSError as error:
            text = f"cannot read {self._journal.path}: {error.strerror}"
            raise DiskTrouble(text, remedy="check the disk and its permissions") from None
        for event in events:
            self._began = True
            yield event
            if event.event is Happened.RUN_ENDED:
                self.ended = True
                return

    def _running(self, holder: Holder) -> Iterator[Live]:
        """Somebody has it in hand: yield the live state if it changed."""
        self._holder, self._alone_since, self._queued = holder, None, None
        try:
            data = read_plain(self._root / layout.LIVE, most=MOST_LIVE)
            live = msgspec.json.decode(data, type=Live)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return  # none yet, or none any more
        # What an earlier run left behind when it was killed is not of this one.
        if data != self._live and live.pid == holder.pid:
            self._live = data
            yield live

    def _idle(self) -> Iterator[Seen]:
        """Nobody has it in hand: is it still to come, or did it end without a word?"""
        now = time.monotonic()
        if self._alone_since is None:
            self._alone_since = now
        if now - self._looked < QUEUE_EVERY:
            return
        self._looked = now
        queue = read_queue(self._root.parent)
        entry = entry_of(queue, self._root)
        # Whoever makes a reel says how it ended before letting go of it, so what is not said by now never will be.
        yield from self._news()
        if self.ended:
            return
        if entry is None:
            self._left(now - self._alone_since)
            return
        if entry.held:
            raise _held(self._root, entry)
        found = _worker_for(self._root)
        if found is not None:
            standing = study(self._root, entry, found.devices, take_up_interrupted=True)
            if standing.why == "gate":
                raise PersonNeeded(f"{self._root.name}: {standing.words}", remedy="`reeltui resume` approves it")
            if standing.why == "broken":
                raise BadInput(f"{self._root.name} is passed over: {standing.words}", remedy="correct it")
        if found is None and now - self._alone_since >= GRACE:
            raise self._died()
        queued = self._place(queue, entry, found)
        if queued != self._queued:
            self._queued = queued
            yield queued

    def _place(self, queue: Queue, entry: Entry, worker: Running | None) -> Queued:
        library = os.path.realpath(self._root.parent)
        queues = {os.fspath(known): read_queue(known) for known in _known()} | {library: queue}
        before: list[str] = []
        for turn in in_order(queues):
            if turn.library == library and turn.entry.key == entry.key:
                break
            if turn.state == "queued" and read_card(Path(turn.library, turn.entry.name)).state != "waiting":
                before.append(turn.entry.name)
        if worker is not None and worker.reel and worker.reel != os.fspath(self._root):
            before.insert(0, Path(worker.reel).name)
        names = tuple(dict.fromkeys(before))
        return Queued(len(names) + 1, names, queue.paused, worker.error if worker is not None else "")

    def _left(self, alone: float) -> None:
        """It is not in the queue and nobody has it in hand."""
        if not (self._root / layout.REEL_FILE).exists():
            raise BadInput(f"the reel {self._root.name} is gone", remedy="see `reeltui list`")
        if not self._began and self._holder is None:
            text = f"{self._root.name} was taken out of the queue"
            raise Interrupted(text, remedy="everything finished is kept; `reeltui resume` goes on with it")
        if alone >= GRACE:
            raise self._died()

    def _died(self) -> TryAgain:
        if self._holder is not None:
            text = f"{self._holder} died while it made {self._root.name}; everything finished is kept"
        elif self._began:
            text = f"whoever made {self._root.name} died; everything finished is kept"
        else:
            text = f"{self._root.name} is queued, but no worker runs that could make it"
        return TryAgain(text, remedy="`reeltui resume` goes on with it, as does `reeltui worker start`")


def _held(root: Path, entry: Entry) -> PersonNeeded:
    if entry.held is Held.INTERRUPTED:
        text = f"{root.name} is held: its worker died, and your settings want you to look first"
    else:
        text = f"{root.name} is paused"
    return PersonNeeded(text, remedy="`reeltui resume` lets it go on; everything finished is kept")


def _known() -> tuple[Path, ...]:
    try:
        return libraries()
    except ReelError:
        return ()  # the worker says so in its log; the order shown is that of one library then


def _worker_for(root: Path) -> Running | None:
    """Return a living worker that can make the reel, one that is staying before one that was asked to end."""
    try:
        lineup = engine_of(read_reel(root).settings)
    except ReelError:
        return next(iter(workers()), None)  # any worker will say what is wrong with it
    fitting = [worker for worker in workers() if suits(lineup, worker.devices)]
    return next(iter(sorted(fitting, key=lambda worker: worker.leaving)), None)
