"""The reels in line, over every library of this machine: which is next, and when it is worth looking again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from core.film.errors import ReelError
from core.film.settings import OnTimeout
from core.folder import layout
from core.folder.decisions import say_decision
from core.folder.library import locate
from core.folder.lock import holder_of
from core.folder.queue import QUEUE, Entry, Held, Queue, ReelKey, change_queue, hold, leave_queue, read_queue
from core.pipeline.queueing import Turn, in_order, pick
from core.worker.daemon.leases import worker_dir
from core.worker.daemon.libraries import REGISTRY, libraries
from core.worker.daemon.log import log, words
from core.worker.daemon.study import Mark, Standing, mark_of, marks_of, passed_by_time, study

Key = tuple[str, ReelKey]
# Even where nothing seems to change it is looked again after this long (seconds): a disk may have been mounted.
LOOK_AGAIN = 30.0


class Taken(msgspec.Struct, frozen=True):
    """A reel that is to be made now, as it stands in the queue of its library."""

    library: Path
    root: Path
    entry: Entry

    @property
    def key(self) -> Key:
        """Which reel of which library."""
        return os.fspath(self.library), self.entry.key


class Line:
    """Looks at the queues. All it keeps only saves looking twice: a new one finds the same in the folders.

    `devices` are the names of this worker's devices; `take_up_interrupted` as in its settings.
    """

    def __init__(self, devices: Sequence[str], *, take_up_interrupted: bool) -> None:
        self.timed = False
        self._devices = tuple(devices)
        self._take_up = take_up_interrupted
        self._libraries: tuple[Path, ...] = ()
        self._known: dict[Key, tuple[Entry, tuple[Mark, ...], Standing]] = {}
        self._later: dict[Key, float] = {}
        self._watched: list[Path] = []
        self._locked: list[Path] = []
        self._marks: tuple[object, ...] = ()
        self._again = 0.0
        self._said: set[str] = set()

    # --- looking ---------------------------------------------------------------------------------------------

    def next(self) -> Taken | None:
        """Return the reel to make now, or None; then `timed` tells whether one will be to do by time alone.

        Reels whose folder is gone leave the queue on the way, gates whose time is over are passed or set aside.
        """
        self._watched, self._locked, self.timed = [], [], False
        self._again = time.monotonic() + LOOK_AGAIN
        self._libraries = self._registered()
        # What changes while we look is seen at the next look.
        marks = self._look()
        queues = {os.fspath(library): self._read(library) for library in self._libraries}
        turns = in_order(queues)
        roots = {name: self._locate(Path(name), queue) for name, queue in queues.items()}
        for turn in turns:
            root = roots[turn.library].get(turn.entry)
            taken = self._considered(turn, root)
            if taken is not None:
                return taken
        here = {(turn.library, turn.entry.key) for turn in turns}
        self._known = {key: known for key, known in self._known.items() if key in here}
        self._later = {key: moment for key, moment in self._later.items() if moment > time.monotonic()}
        self._marks = (*marks, *self._close())
        return None

    def changed(self) -> bool:
        """Tell whether it is worth asking `next` again: cheap, a look at the state of a few files."""
        return time.monotonic() >= self._again or self._marks != (*self._look(), *self._close())

    def wait(self, taken: Taken, seconds: float, *, library: bool = False) -> None:
        """Pass a reel over for a while, or everything in its library."""
        until = time.monotonic() + seconds
        self._later[taken.key] = until
        if library:
            self._later[os.fspath(taken.library), ReelKey("", "")] = until

    def park(self, taken: Taken) -> None:
        """Pass a reel over until its folder changes."""
        log.warning("%s is passed over: its run ends without a reason, whatever is done", taken.root.name)
        self._known[taken.key] = taken.entry, marks_of(taken.root), Standing("stuck", "its run ends without a reason")

    def forget(self, taken: Taken) -> None:
        """What was known about a reel is old: somebody worked on it."""
        self._known.pop(taken.key, None)

    def _look(self) -> tuple[object, ...]:
        """The marks of what may bring a new reel: the list of libraries, and their queues."""
        return (mark_of(worker_dir() / REGISTRY), *(mark_of(library / QUEUE) for library in self._libraries))

    def _close(self) -> tuple[object, ...]:
        """The marks of the reels that wait for something, and which are worked on by others."""
        busy = tuple(holder_of(lock) is not None for lock in self._locked)
        return (*busy, *(marks_of(root) for root in self._watched))

    def _registered(self) -> tuple[Path, ...]:
        try:
            return libraries()
        except ReelError as error:
            self._say(words(error))
            return self._libraries

    def _read(self, library: Path) -> Queue:
        queue = read_queue(library)
        if queue.warning:
            self._say(queue.warning)
        return queue

    def _locate(self, library: Path, queue: Queue) -> dict[Entry, Path]:
        try:
            return locate(library, queue)
        except ReelError as error:
            self._say(words(error))
            return {}

    def _say(self, text: str) -> None:
        """Log once what would be found again at every look."""
        if text not in self._said:
            self._said.add(text)
            log.warning("%s", text)

    # --- one reel --------------------------------------------------------------------------------------------

    def _considered(self, turn: Turn, root: Path | None) -> Taken | None:
        """Return a reel if it can be taken now."""
        library, entry = Path(turn.library), turn.entry
        if root is None:
            self._gone(library, entry)
            return None
        if pick((turn,)) is None:  # held, or its whole queue is paused
            return None
        taken = Taken(library, root, entry)
        if holder_of(root / layout.LOCK) is not None:
            self._locked.append(root / layout.LOCK)
            return None
        if self._not_yet(taken):
            return None
        marks = marks_of(root)
        known = self._known.get(taken.key)
        if known is None or known[:2] != (entry, marks):
            known = entry, marks, study(root, entry, self._devices, take_up_interrupted=self._take_up)
            self._known[taken.key] = known
            if known[2].why:
                log.info("%s is passed over: %s", root.name, known[2].words)
        standing = known[2]
        if not standing.why:
            return taken
        self._watched.append(root)
        if standing.why == "interrupted":
            self._changed(taken, lambda queue: hold(queue, entry.key, Held.INTERRUPTED))
        elif standing.until is not None:
            self._timed(taken, standing, standing.until)
        return None

    def _not_yet(self, taken: Taken) -> bool:
        all_of_it = (os.fspath(taken.library), ReelKey("", ""))
        until = max(self._later.get(taken.key, 0.0), self._later.get(all_of_it, 0.0))
        if until <= time.monotonic():
            return False
        self._due(until)
        return True

    def _due(self, moment: float) -> None:
        """Something is to be done by time alone, at `moment` on the monotonic clock."""
        self.timed = True
        self._again = min(self._again, moment)

    def _timed(self, taken: Taken, standing: Standing, until: float) -> None:
        """Obey a gate whose time is over."""
        left = until - time.time()
        if left > 0:
            self._due(time.monotonic() + left)
            return
        name = taken.root.name
        if standing.on_timeout is OnTimeout.SKIP:
            log.info("%s: nobody approved the %s in time; the reel left the queue", name, standing.gate)
            self.leave(taken)
            return
        log.info("%s: nobody looked at the %s in time; passed", name, standing.gate)
        try:
            say_decision(taken.root, passed_by_time(taken.root))
        except ReelError as error:
            self._say(words(error))
            self._due(time.monotonic() + LOOK_AGAIN)
            return
        self._due(time.monotonic())

    # --- changes of the queue --------------------------------------------------------------------------------

    def leave(self, taken: Taken) -> bool:
        """Take a reel out of the queue; one that was asked for again meanwhile stays. Tell whether that was done."""
        try:
            leave_queue(taken.library, taken.entry)
        except ReelError as error:
            log.error("%s cannot be taken out of the queue: %s", taken.root.name, words(error))
            return False
        return True

    def _gone(self, library: Path, entry: Entry) -> None:
        if self.leave(Taken(library, library / entry.name, entry)):
            log.warning("%s is no more and left the queue of %s", entry.name, library)

    def _changed(self, taken: Taken, change: Callable[[Queue], Queue]) -> None:
        try:
            change_queue(taken.library, change)
        except ReelError as error:
            self._say(words(error))
