"""A library's queue on disk: which reels a worker takes, in which order, and which of them are held.

It lies in the library itself, so a library on a disk that is carried to another machine brings its queue along.
Only what a person asked for is stored; what a reel is doing is computed from its folder.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec

from core.film.errors import BadInput, ReelError
from core.film.text import clean
from core.folder import layout
from core.folder.shared import Shared
from core.folder.snapshot import read_reel

QUEUE = ".queue.json"
QUEUE_SCHEMA = 1
MAX_REELS = 10_000

# A name is joined to the library's path, so one that leads elsewhere is not a name.
Name: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"^[^./\x00][^/\x00]*\Z", max_length=255)]
ReelId: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Short: TypeAlias = Annotated[str, msgspec.Meta(max_length=100)]


class Held(StrEnum):
    """Why a reel in the queue is not taken."""

    NO = ""
    PAUSED = "paused"  # a person said so
    INTERRUPTED = "interrupted"  # its worker died, and this machine's settings want a person to look first


class ReelKey(msgspec.Struct, frozen=True):
    """Which reel: the id in its reel.toml and its folder's name. A copied folder has the same id under another name."""

    id: str
    name: str


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One reel in the queue. Times are UTC in ISO 8601.

    `drop`, with `held`: the step in hand is dropped and not finished first. `asked` is when somebody asked for the
    reel again while it was here already: a worker that took it before that looks once more before it lets it go.
    """

    name: Name
    id: ReelId
    added: Short
    held: Held = Held.NO
    drop: bool = False
    asked: Short = ""

    @property
    def key(self) -> ReelKey:
        """Which reel this is."""
        return ReelKey(self.id, self.name)


class Queue(msgspec.Struct, frozen=True):
    """The queue of a library, the next reel first. `paused`: no further reel is taken up.

    `warning` is never stored: it says why the queue could not be read ("" where it could); `reels` is empty then.
    """

    schema: int = QUEUE_SCHEMA
    paused: bool = False
    reels: tuple[Entry, ...] = ()
    warning: str = ""

    def place(self, key: ReelKey) -> int | None:
        """Return a reel's place, from 1, or None where it is not in the queue."""
        return next((number for number, entry in enumerate(self.reels, 1) if entry.key == key), None)

    def entry(self, key: ReelKey) -> Entry | None:
        """Return a reel's entry, or None where it is not in the queue."""
        return next((entry for entry in self.reels if entry.key == key), None)


class _Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    paused: bool
    reels: tuple[Entry, ...]
    schema: int = QUEUE_SCHEMA


# --- changes, without any file ----------------------------------------------------------------------------------


def add(queue: Queue, key: ReelKey, *, now: str) -> Queue:
    """Return the queue with a reel at its end; one that is there keeps its place and its hold, and is asked again.

    Raises BadInput where the queue is full or the reel's id is not one.
    """
    here = queue.entry(key)
    if here is not None:
        return _replaced(queue, msgspec.structs.replace(here, asked=now))
    if len(queue.reels) >= MAX_REELS:
        raise BadInput(f"the queue is full: it has {MAX_REELS:,} reels", remedy="remove some: reeltui queue remove")
    try:
        entry = msgspec.convert({"name": key.name, "id": key.id, "added": now}, Entry)
    except msgspec.ValidationError as error:
        text = f"{clean(key.name, limit=60)!r} cannot be queued: {error}"
        raise BadInput(text, remedy="its folder needs a name without a leading dot, its reel.toml a short id") from None
    return msgspec.structs.replace(queue, reels=(*queue.reels, entry))


def remove(queue: Queue, key: ReelKey) -> Queue:
    """Return the queue without a reel. Raises BadInput where it is not there."""
    gone = _required(queue, key)
    return msgspec.structs.replace(queue, reels=tuple(entry for entry in queue.reels if entry is not gone))


def move(queue: Queue, key: ReelKey, where: str) -> Queue:
    """Return the queue with a reel moved: "up", "down", "top", "bottom" or a place from 1. Raises BadInput.

    At the end it is moved to already, it stays.
    """
    entry = _required(queue, key)
    last, old = len(queue.reels), queue.place(key) or 1
    steps = {"up": max(1, old - 1), "down": min(last, old + 1), "top": 1, "bottom": last}
    if where not in steps and not (where.isascii() and where.isdigit() and len(where) < 9):
        raise BadInput(f"{clean(where, limit=40)!r} is no place", remedy="say up, down, top, bottom or a number")
    new = steps[where] if where in steps else int(where)
    if not 1 <= new <= last:
        raise BadInput(f"there is no place {new} in a queue of {last}", remedy=f"choose one from 1 to {last}")
    rest = [other for other in queue.reels if other is not entry]
    rest.insert(new - 1, entry)
    return msgspec.structs.replace(queue, reels=tuple(rest))


def hold(queue: Queue, key: ReelKey, reason: Held, *, drop: bool = False) -> Queue:
    """Return the queue with a reel held: it keeps its place and is not taken. Raises BadInput where it is not there.

    Without `drop` the step in hand is finished first.
    """
    return _replaced(queue, msgspec.structs.replace(_required(queue, key), held=reason, drop=drop))


def release(queue: Queue, key: ReelKey) -> Queue:
    """Return the queue with a reel no longer held. Raises BadInput where it is not there."""
    return _replaced(queue, msgspec.structs.replace(_required(queue, key), held=Held.NO, drop=False))


def pause(queue: Queue) -> Queue:
    """Return the queue paused as a whole: what runs goes on, nothing further is taken up."""
    return msgspec.structs.replace(queue, paused=True)


def unpause(queue: Queue) -> Queue:
    """Return the queue no longer paused as a whole; reels that are held stay held."""
    return msgspec.structs.replace(queue, paused=False)


def _required(queue: Queue, key: ReelKey) -> Entry:
    entry = queue.entry(key)
    if entry is None:
        raise BadInput(f"{key.name} is not in the queue", remedy="see `reeltui queue`; `reeltui queue add` adds it")
    return entry


def _replaced(queue: Queue, new: Entry) -> Queue:
    reels = tuple(new if entry.key == new.key else entry for entry in queue.reels)
    return msgspec.structs.replace(queue, reels=reels)


# --- the file ---------------------------------------------------------------------------------------------------


def _file(library: Path) -> Shared[_Stored]:
    remedy = "the next change keeps it aside and starts an empty queue; `reeltui queue add` adds reels again"
    return Shared(library / QUEUE, _Stored, schema=QUEUE_SCHEMA, remedy=remedy)


def _queue(stored: _Stored | None) -> Queue:
    if stored is None:
        return Queue()
    once: dict[ReelKey, Entry] = {}
    for entry in stored.reels:
        once.setdefault(entry.key, entry)  # a reel that a person wrote in twice counts where it stands first
    return Queue(paused=stored.paused, reels=tuple(once.values()))


def read_queue(library: Path) -> Queue:
    """Return the queue as it stands; an empty one with a `warning` where it cannot be read. Changes nothing.

    A damaged file stays where it is, so that everybody sees the warning, until the next change moves it aside.
    """
    try:
        return _queue(_file(library).read())
    except ReelError as problem:
        return Queue(warning=f"{problem} ({problem.remedy})")


def change_queue(library: Path, change: Callable[[Queue], Queue]) -> Queue:
    """Read the queue, change it and write it, all under its lock; return it as it is now.

    A damaged file is kept under another name and counts as empty; `warning` of the result says so. Nothing is
    written where nothing changed or `change` raised. Raises TryAgain where the lock stays taken, BadInput where there
    is no such library or a newer reeltui wrote the queue, DiskTrouble; then the queue is what it was.
    """
    if not os.path.isdir(library):
        raise BadInput(f"there is no library {library}", remedy="choose another with --library")

    def stored(old: _Stored) -> _Stored:
        changed = change(_queue(old))
        return _Stored(changed.paused, changed.reels)

    now, warning = _file(library).change(_Stored(False, ()), stored)
    return msgspec.structs.replace(_queue(now), warning=warning)


# --- reels and their entries ------------------------------------------------------------------------------------


class Asked(msgspec.Struct, frozen=True):
    """How asking for a reel ended: its `entry` and `place` (from 1); `fresh` where it was not in the queue before.

    `was` is the hold it had before; `warning` as of the queue.
    """

    entry: Entry
    place: int
    fresh: bool
    was: Held = Held.NO
    warning: str = ""


def enqueue(root: Path, *, now: str, let_go: bool = True) -> Asked:
    """Put a reel into its library's queue, or find it there, no longer held (`let_go=False` leaves a hold).

    `root` is the reel's folder, resolved. Being there already is no error: the place is kept. Raises as
    `change_queue`, and BadInput where the folder is no reel.
    """
    me = ReelKey(read_reel(root).id, root.name)
    answer: list[Asked] = []

    def change(queue: Queue) -> Queue:
        old = entry_of(queue, root)
        key = old.key if old is not None else me
        queue = add(queue, key, now=now)
        if old is not None and let_go:
            queue = release(queue, key)
        entry, place = queue.entry(key), queue.place(key)
        if entry is not None and place is not None:
            answer.append(Asked(entry, place, old is None, old.held if old is not None else Held.NO))
        return queue

    warning = change_queue(root.parent, change).warning
    return msgspec.structs.replace(answer[-1], warning=warning)


def leave_queue(library: Path, entry: Entry) -> bool:
    """Take a reel out that a worker is done with, as it had taken it; tell whether it left.

    One that was asked for again meanwhile (or taken out and put in again) stays. Raises as `change_queue`.
    """

    def taken(other: Entry) -> bool:
        return (other.key, other.added, other.asked) == (entry.key, entry.added, entry.asked)

    def change(queue: Queue) -> Queue:
        return msgspec.structs.replace(queue, reels=tuple(other for other in queue.reels if not taken(other)))

    return change_queue(library, change).entry(entry.key) is None


def entry_of(queue: Queue, root: Path) -> Entry | None:
    """Return the entry of the reel in a folder, or None. A renamed folder is known by the reel's id.

    Where reel.toml cannot be read, the folder's name has to do.
    """
    try:
        reel = read_reel(root).id
    except ReelError:
        return next((entry for entry in queue.reels if entry.name == root.name), None)
    exact = queue.entry(ReelKey(reel, root.name))
    if exact is not None:
        return exact
    return next((e for e in queue.reels if e.id == reel and not lives_at(root.parent / e.name, e)), None)


def lives_at(root: Path, entry: Entry) -> bool:
    """Tell whether the reel of an entry lies in a folder; one with an unreadable reel.toml is given the doubt."""
    if os.path.islink(root):
        return False
    try:
        return read_reel(root).id == entry.id
    except BadInput:
        return os.path.lexists(root / layout.REEL_FILE)
    except ReelError:
        return True
