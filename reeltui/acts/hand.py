"""Hands a reel to the worker: into its library's queue, and a worker that can make it. Nobody waits for it here."""

from __future__ import annotations

from pathlib import Path

import msgspec

from core.film.errors import Locked, ReelError
from core.film.event import Event
from core.film.lineup import Lineup
from core.film.text import clean
from core.folder import layout
from core.folder.journal import Bookmark, Journal
from core.folder.lock import holder_of
from core.folder.queue import Held, entry_of, read_queue
from core.worker.daemon.leases import WORKER
from core.worker.daemon.login import login_danger
from core.worker.daemon.start import ensure
from core.worker.daemon.state import Running, workers
from core.worker.settings import worker_settings
from reeltui import __version__
from reeltui.acts.line import Added, add
from reeltui.acts.opened import open_root
from reeltui.acts.warned import warned


class InLine(msgspec.Struct, frozen=True):
    """A reel that waits for a worker. `since` is the end of its events before it was asked for: what is said of the run
    that follows comes after it."""

    added: Added
    since: Bookmark


class Engaged(msgspec.Struct, frozen=True):
    """A worker that can make the reel, and whether it was started for it. `warnings` are about the worker."""

    worker: Running
    started: bool
    warnings: tuple[str, ...] = ()


class Handed(msgspec.Struct, frozen=True):
    """A reel that was handed over: its place in the queue, and the worker that comes to it."""

    line: InLine
    engaged: Engaged

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know besides."""
        return (*self.line.added.warnings, *self.engaged.warnings)


def hand_over(root: Path, lineup: Lineup | None = None) -> Handed:
    """Queue a reel and see to it that a worker runs which can make it (`lineup`: the reel's own engine).

    Raises as `line_up` and `engage`; where only the second fails, the reel is in the queue.
    """
    chosen = lineup if lineup is not None else open_root(root).lineup
    with warned() as warnings:
        line = line_up(root)
        warnings += line.added.warnings
        return Handed(line, engage(chosen))


def looked_after(root: Path) -> bool:
    """Tell whether a worker runs and the reel is in its line: then it sees by itself what is decided or changed."""
    try:
        entry = entry_of(read_queue(root.parent), root)
        return entry is not None and entry.held is Held.NO and bool(workers())
    except ReelError:
        return False  # it only decides which of two true sentences is said


def line_up(root: Path) -> InLine:
    """Put a reel into its library's queue, or find it there, no longer held.

    Raises Locked where a process in the foreground makes it, and as `add`.
    """
    folder = root.resolve()
    _free(folder)
    since = Journal(folder / layout.EVENTS, Event).end()
    return InLine(add(folder, let_go=True), since)


def _free(folder: Path) -> None:
    holder = holder_of(folder / layout.LOCK)
    if holder is not None and holder.verb != WORKER:
        raise Locked(
            f"{folder.name} is being worked on by {holder}",
            remedy="wait for it, or stop it (Ctrl-C there keeps everything finished)",
        )


def engage(lineup: Lineup) -> Engaged:
    """Return a worker that can do a lineup's work; one is started where none runs, and takes seconds to be ready.

    Raises whatever keeps it from starting.
    """
    worker, started = ensure(lineup, worker_settings(), version=__version__)
    warning = ""
    if started:
        warning = login_danger()
    elif worker.version and worker.version != __version__:
        text = clean(f"the worker is reeltui {worker.version}, this is {__version__}")
        warning = f"{text}; `reeltui worker stop --after-step` lets the next one be this version"
    return Engaged(worker, started, (warning,) if warning else ())
