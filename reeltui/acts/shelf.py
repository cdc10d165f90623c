"""Reels as things on a shelf: duplicated, set aside whole, brought back."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from core.film.errors import BadInput, Locked, ReelError
from core.film.event import Happened, RunEnded
from core.folder import archive as shelf
from core.folder import layout
from core.folder.copies import Copied, fill_copy
from core.folder.library import ARCHIVE, Card, check_name, create_reel, list_reels
from core.folder.lock import Lock
from core.folder.queue import change_queue, entry_of, read_queue, remove
from core.folder.snapshot import read_snapshot
from core.pipeline.cost import forecast
from core.worker.records import Ledger, utc_now
from reeltui.acts.opened import open_root
from reeltui.command import command

_NUMBERED = re.compile(r"(.+)-[0-9]{1,4}")


class Duplicated(msgspec.Struct, frozen=True):
    """A new reel made after another one, and what it took over; `warnings` name what it did not, and why."""

    root: Path
    source: Path
    steps: tuple[str, ...]
    bytes: int
    warnings: tuple[str, ...] = ()


class Moved(msgspec.Struct, frozen=True):
    """A reel that was moved into the archive or out of it: its folder now, and the one before. `queued`: it was in the
    queue, and left it."""

    root: Path
    before: Path
    queued: bool = False
    warnings: tuple[str, ...] = ()

    @property
    def renamed(self) -> bool:
        """Whether it has another name now, because one of its own was there."""
        return self.root.name != self.before.name


# --- duplicates -----------------------------------------------------------------------------------------------------


def duplicate(root: Path, *, name: str | None = None, with_takes: bool = False) -> Duplicated:
    """Make a new reel with the sentence, settings, plan and own pictures of another; it appears whole or not at all.

    `with_takes` copies all that is finished and all that was said as well, so that nothing has to be made again; old
    versions in the history stay behind. Without a `name` it is called after the other one, with a number.
    Raises BadInput, Locked where somebody works on the reel whose takes are wanted, DiskTrouble.
    """
    library = _library_of(root)
    if not with_takes:
        return _duplicate(root, library, name, made=False)
    try:
        with Lock(root / layout.LOCK, verb="duplicate", now=utc_now()):
            return _duplicate(root, library, name, made=True)
    except Locked as busy:
        later = f"wait for it, or hold it with: {command('pause', root)}; without its takes it can be copied now"
        raise Locked(str(busy), remedy=later) from None


def _duplicate(root: Path, library: Path, name: str | None, *, made: bool) -> Duplicated:
    snapshot = read_snapshot(root)
    copied: list[Copied] = []

    def fill(new: Path) -> None:
        copied.append(fill_copy(new, snapshot, made=made))
        if made:
            _tell(new, root.name)

    like = "" if name else _like(root.name, library)
    reel = snapshot.reel
    new = create_reel(library, reel.sentence, reel.settings, name=name, now=utc_now(), fill=fill, like=like)
    (took,) = copied
    return Duplicated(new, root, took.steps, took.bytes, took.left)


def _like(name: str, library: Path) -> str:
    """Return what a copy is called before its number: a copy of walk-2 is walk-3 where there is a walk.

    A folder may have been renamed to what is no reel's name; then its sentence names the copy ("").
    """
    numbered = _NUMBERED.fullmatch(name)
    base = numbered[1] if numbered and (library / numbered[1]).exists() else name
    try:
        return check_name(base)
    except BadInput:
        return ""


def _tell(new: Path, source: str) -> None:
    """Write into a copy how far it is: listings tell it from the events."""
    opened = open_root(new)
    board = opened.board
    ahead = forecast(board, opened.lineup, opened.snapshot.reel.settings)
    ledger = Ledger(new)
    ledger.done = sum(1 for state in board.steps if not state.due)
    ledger.total = ledger.done + len(ahead)
    mix = opened.snapshot.artifacts.get(layout.MIX)
    length = mix.receipt.facts.get("seconds") if mix is not None and mix.receipt is not None else None
    ended = RunEnded("planned")
    if not ahead and not board.gate and isinstance(length, int | float):
        ended = RunEnded("done", seconds=float(length))
    ledger.event(Happened.RUN_ENDED, None, f"copied from {source}", ended)


def _library_of(root: Path) -> Path:
    """Return the library a reel belongs to, also from its archive."""
    return root.parent.parent if root.parent.name == ARCHIVE else root.parent


# --- the archive ----------------------------------------------------------------------------------------------------


def archive(root: Path) -> Moved:
    """Set a reel aside: it moves whole into the library's archive by one rename, and leaves the queue.

    Raises Locked where somebody works on it, BadInput where it is archived already, DiskTrouble.
    """
    library = root.parent
    entry = entry_of(read_queue(library), root)
    warnings: list[str] = []

    def leave() -> None:
        if entry is None:
            return
        try:
            warning = change_queue(library, lambda now: remove(now, entry.key) if now.entry(entry.key) else now).warning
        except ReelError as error:
            # It is archived all the same; a worker takes an entry without a folder out.
            warning = f"it is still in the queue: {error}"
        if warning:
            warnings.append(warning)

    try:
        moved = shelf.archive_reel(root, now=utc_now(), moved=leave)
    except Locked as busy:
        stop = f"wait for it, or stop it first: {command('cancel', root)}"
        raise Locked(str(busy), remedy=stop) from None
    return Moved(moved, root, entry is not None, tuple(warnings))


def bring_back(library: Path, name: str) -> Moved:
    """Bring an archived reel back into the library; it is not queued. Raises BadInput, Locked, DiskTrouble."""
    return Moved(shelf.bring_back(library, name, now=utc_now()), library / ARCHIVE / name)


def archived(library: Path) -> tuple[Card, ...]:
    """Return a card for every archived reel of a library, newest first. Raises BadInput where it cannot be read."""
    if not shelf.archived(library):
        return ()
    return list_reels(library / ARCHIVE)
