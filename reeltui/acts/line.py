"""The queue of a library as a person changes it: add, remove, move, hold one reel or all of it.

A reel is `meant` by a word first, so that one whose folder is gone can still be taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from core.film.errors import BadInput, Locked
from core.film.text import clean
from core.folder import layout, queue
from core.folder.library import ARCHIVE, find_reel
from core.folder.lock import Holder, holder_of
from core.folder.queue import Entry, Held, Queue, ReelKey, change_queue, enqueue, entry_of, read_queue
from core.worker.daemon.libraries import register
from core.worker.records import utc_now
from reeltui.acts.warned import warned
from reeltui.command import command

_FOREGROUND = ("make", "resume")  # what holds a reel under these names is no worker and does not read the queue


# --- which reel is meant ----------------------------------------------------------------------------------------


class Meant(msgspec.Struct, frozen=True):
    """The reel a person means. `root` is None where its folder is gone, `entry` where it is not in the queue.

    `holder` is who has the reel's lock; `warnings` say what is wrong with the queue.
    """

    library: Path
    name: str
    root: Path | None
    entry: Entry | None
    holder: Holder | None
    warnings: tuple[str, ...] = ()

    @property
    def place(self) -> Path:
        """Where its folder is, or was."""
        return self.root or self.library / self.name

    @property
    def running(self) -> bool:
        """Whether somebody works on it."""
        return self.holder is not None

    @property
    def foreground(self) -> bool:
        """Whether a process works on it that is no worker, so that the queue has no say."""
        return self.holder is not None and self.holder.verb in _FOREGROUND

    def queued(self) -> Entry:
        """Return its entry. Raises Locked where another process works on it outside of the queue, else BadInput."""
        if self.entry is not None:
            return self.entry
        if self.holder is not None:
            raise _outside(self, "is not in the queue")
        again = f"queue it: {command('resume', self.root)}" if self.root else "see `reeltui queue`"
        raise BadInput(f"{clean(self.name)} is neither queued nor running", remedy=again)


def meant(word: str, library: Path) -> Meant:
    """Return the reel a word means (a name, or the path of a folder), also one that is in the queue and whose folder is
    gone. Raises BadInput."""
    with warned() as warnings:
        try:
            root = find_reel(word, library)
        except BadInput:
            now = read_queue(library) if library.is_dir() else Queue()
            warnings += _warning(now)
            entry = next((entry for entry in now.reels if entry.name == word), None)
            if entry is None:
                raise
            return Meant(library, word, None, entry, None, tuple(warnings))
    now = read_queue(root.parent)
    return Meant(root.parent, root.name, root, entry_of(now, root), holder_of(root / layout.LOCK), _warning(now))


def _outside(reel: Meant, what: str) -> Locked:
    """Return the error that a reel is worked on by a process the queue has no say in, or no longer."""
    text = f"{clean(reel.name)} {what}; {clean(str(reel.holder))} works on it"
    if reel.foreground and reel.holder is not None:
        return Locked(text, remedy=f"stop it with Ctrl-C there, or kill -INT {reel.holder.pid}; finished work is kept")
    return Locked(text, remedy="if it was cancelled just now, it ends in a moment; see `reeltui list`")


def _warning(now: Queue) -> tuple[str, ...]:
    return (now.warning,) if now.warning else ()


# --- one reel ---------------------------------------------------------------------------------------------------


class Added(msgspec.Struct, frozen=True):
    """A reel that is in the queue now: its place from 1, whether it is newly there, and the hold it had before."""

    root: Path
    place: int
    fresh: bool
    was: Held
    warnings: tuple[str, ...] = ()


def add(root: Path, *, let_go: bool = False) -> Added:
    """Put a reel at the end of its library's queue; one that is there keeps its place, and its hold unless `let_go`.

    A worker of this machine knows the library from then on. Raises BadInput where the reel is archived or cannot be
    queued, TryAgain, DiskTrouble.
    """
    if root.parent.name == ARCHIVE:
        back = command("archive", root.parent.parent / root.name, "--back")
        raise BadInput(f"{root.name} is archived", remedy=f"bring it back first: {back}")
    with warned() as warnings:
        registry = register(root.parent)
        warnings += [registry] if registry else []
        asked = enqueue(root, now=utc_now(), let_go=let_go)
        warnings += [asked.warning] if asked.warning else []
    return Added(root, asked.place, asked.fresh, asked.was, tuple(warnings))


def remove(reels: Sequence[Meant]) -> tuple[str, ...]:
    """Take reels out of the queue, all or none; return warnings. Raises BadInput for one that a worker makes."""
    for reel in reels:
        reel.queued()
        if reel.running and not reel.foreground:
            raise BadInput(
                f"{clean(reel.name)} is running; nothing was removed",
                remedy=f"stop it and take it out with: {command('cancel', reel.library / reel.name)}",
            )
    with warned() as warnings:
        for reel in {reel.name: reel for reel in reels}.values():
            warnings += _warning(change_queue(reel.library, _without(reel.queued().key)))
    return tuple(warnings)


def _without(key: ReelKey) -> Callable[[Queue], Queue]:
    return lambda now: queue.remove(now, key)


class Moved(msgspec.Struct, frozen=True):
    """A reel's place in the queue now, from 1, of how many, and why it is not taken."""

    name: str
    place: int | None
    of: int
    held: Held
    warnings: tuple[str, ...] = ()


def move(reel: Meant, where: str) -> Moved:
    """Move a reel: up, down, top, bottom, or to a place from 1. Raises BadInput, Locked, TryAgain, DiskTrouble."""
    key = reel.queued().key
    now = change_queue(reel.library, lambda old: queue.move(old, key, where))
    entry = now.entry(key)
    return Moved(reel.name, now.place(key), len(now.reels), entry.held if entry else Held.NO, _warning(now))


class Paused(msgspec.Struct, frozen=True):
    """A reel that is held: its place in the queue, whether a worker makes it at this moment (it ends after the step in
    hand; `drop`: at once), and whether its folder is `gone`."""

    root: Path
    place: int | None
    drop: bool
    running: bool
    gone: bool
    warnings: tuple[str, ...] = ()


def pause(reel: Meant, *, drop: bool = False) -> Paused:
    """Hold a reel: it keeps its place and is not worked on until it is resumed. `drop` gives up the step in hand.

    Raises BadInput where it is not queued; Locked where a process in the foreground makes it, and goes on.
    """
    key = reel.queued().key

    def change(now: Queue) -> Queue:
        here = now.entry(key)
        dropping = here is not None and here.held is not Held.NO and here.drop
        return queue.hold(now, key, Held.PAUSED, drop=drop or dropping)

    with warned() as warnings:
        now = change_queue(reel.library, change)
        warnings += _warning(now)
        if reel.foreground:
            raise _outside(reel, "is held in the queue, but goes on until that process ends")
    entry = now.entry(key)
    return Paused(
        root=reel.place,
        place=now.place(key),
        drop=entry is not None and entry.drop,
        running=reel.running,
        gone=not (reel.place / layout.REEL_FILE).exists(),
        warnings=tuple(warnings),
    )


class Cancelled(msgspec.Struct, frozen=True):
    """A reel that left the queue, whether a worker made it at that moment (its step in hand is dropped), and whether
    its folder is `gone`."""

    root: Path
    running: bool
    gone: bool
    warnings: tuple[str, ...] = ()


def cancel(reel: Meant) -> Cancelled:
    """Take a reel out of the queue; a worker that makes it drops the step in hand. Everything finished stays.

    Raises BadInput where it is not queued; Locked where a process in the foreground makes it, and goes on.
    """
    key = reel.queued().key
    with warned() as warnings:
        warnings += _warning(change_queue(reel.library, _without(key)))
        if reel.foreground:
            raise _outside(reel, "left the queue, but goes on until that process ends")
    return Cancelled(reel.place, reel.running, reel.root is None, tuple(warnings))


Done = TypeVar("Done", bound=Moved | Paused | Cancelled)


def to(word: str, library: Path, act: Callable[[Meant], Done]) -> Done:
    """Do one of these to the reel a word means; what is wrong with the queue is in what it returns or raises.

    Raises as `meant` and the act.
    """
    reel = meant(word, library)
    with warned() as warnings:
        warnings += reel.warnings
        done = act(reel)
    return msgspec.structs.replace(done, warnings=tuple(dict.fromkeys((*reel.warnings, *done.warnings))))


# --- all of it --------------------------------------------------------------------------------------------------


def pause_all(library: Path) -> Queue:
    """Take up no further reel of a library; what runs goes on. Return the queue, with its warning."""
    return change_queue(library, queue.pause)


def unpause_all(library: Path) -> Queue:
    """Take reels of a library up again; those that are held stay held. Return the queue, with its warning."""
    return change_queue(library, queue.unpause)
