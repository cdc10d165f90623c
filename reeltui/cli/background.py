"""Hands a reel to the background worker, and shows how it goes as long as somebody watches."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from core.film.errors import (
    BadInput,
    DiskTrouble,
    EngineTrouble,
    Interrupted,
    Locked,
    PersonNeeded,
    ReelError,
    TryAgain,
)
from core.film.event import Event, Happened, RunEnded
from core.film.lineup import Lineup
from core.film.text import clean
from core.folder.journal import Bookmark
from core.folder.queue import Entry, entry_of, read_queue
from core.pipeline.impact import phrase
from core.worker.follow import Seen, follow
from core.worker.settings import Mode, worker_settings
from reeltui.acts.hand import Engaged, engage, line_up
from reeltui.cli import say
from reeltui.cli.finish import Ended, conclude
from reeltui.cli.progress import show
from reeltui.command import command

_ERRORS = (BadInput, PersonNeeded, Locked, DiskTrouble, EngineTrouble, TryAgain, Interrupted)
_BY_CODE: dict[int, type[ReelError]] = {error.exit_code: error for error in _ERRORS}


class Where(StrEnum):
    """Where a reel is made, and whether its progress is shown."""

    HERE = "here"  # in this process
    FOLLOWED = "followed"  # by the worker, shown here
    DETACHED = "detached"  # by the worker; this command ends at once


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add --detach and --foreground."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--detach", action="store_true", help="let the background worker make it; do not wait")
    choice.add_argument(
        "--foreground", action="store_true", help="make it in this process, without a worker; Ctrl-C stops it"
    )


def where_of(args: argparse.Namespace) -> Where:
    """Return where the reel is to be made. Raises BadInput where the settings are wrong."""
    mode = worker_settings().mode
    if args.foreground or (mode is Mode.FOREGROUND and not args.detach):
        return Where.HERE
    return Where.DETACHED if args.detach else Where.FOLLOWED


class HandedOver(msgspec.Struct, frozen=True):
    """The answer to --detach: `place` in the queue from 1, `worker` its process, `started` whether just for this."""

    reel: str
    path: str
    place: int
    worker: int
    started: bool
    type: str = "queued"


def hand_over(root: Path, lineup: Lineup, *, as_json: bool, stay: bool) -> int:
    """Queue a reel, see to it that a worker runs, and follow it to its end (`stay`) or say where it stands.

    Returns the exit code. Raises Locked where a process in the foreground makes it, and as `follow_reel`.
    """
    line = line_up(root)
    say.warnings(line.added.warnings)
    engaged = engage(lineup)
    _about(engaged)
    if stay:
        return follow_reel(root, line.since, as_json=as_json)
    place, worker = line.added.place, engaged.worker
    if as_json:
        say.result(HandedOver(root.name, str(root), place, worker.pid, engaged.started))
    else:
        say.text(f"{clean(root.name)} is at place {place} of the queue; look with: {command('status', root)}")
        say.text(f"or watch it: {command('status', root, '--follow')}")
    return 0


def follow_reel(root: Path, since: Bookmark, *, as_json: bool) -> int:
    """Show a reel that another process makes until its run ends, then the result; return the exit code.

    Raises what ended the run; Ctrl-C becomes Interrupted and leaves the other process alone.
    """
    started = time.monotonic()
    heard = _Heard(root.resolve())
    try:
        show(heard.through(follow(root.resolve(), since)), as_json=as_json)
        return conclude(root, heard.ended(), started, as_json=as_json)
    except (KeyboardInterrupt, BrokenPipeError) as stop:
        why = "" if isinstance(stop, KeyboardInterrupt) else ": nobody reads this any more"
        raise Interrupted(
            f"{root.name}: watching ended{why}; the worker goes on",
            remedy=f"`{command('status', root, '--follow')}` comes back, `{command('cancel', root)}` stops it",
        ) from None


class _Heard:
    """Remembers of a run what its end is told with."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made = 0
        self._failed: dict[str, str] = {}
        self._last: Event | None = None

    def through(self, items: Iterator[Seen]) -> Iterator[Seen]:
        """Yield everything on."""
        for item in items:
            if isinstance(item, Event):
                self._hear(item)
            yield item

    def _hear(self, event: Event) -> None:
        self._last = event
        if event.event is Happened.STEP_DONE:
            self._made += 1
            self._failed.pop(event.step, None)
        elif event.event is Happened.STEP_FAILED and event.data.get("final"):
            self._failed[event.step] = event.message

    def ended(self) -> Ended:
        """Return how the run ended. Raises the error that ended it, if one did."""
        detail = self._last.detail() if self._last is not None else None
        if self._last is None or not isinstance(detail, RunEnded):
            raise TryAgain(f"{self._root.name} ended without a word", remedy="see `reeltui worker logs`")
        if detail.code:
            kind = _BY_CODE.get(detail.code, EngineTrouble)
            passing = kind in (DiskTrouble, TryAgain) and self._entry() is not None
            again = "; the worker tries again by itself" if passing else ""
            raise kind(self._last.message, remedy=f"{detail.remedy}{again}".lstrip("; "))
        outcome = detail.outcome
        if outcome in ("paused", "interrupted"):
            # Either way the steps in hand ended; whether the reel is held says who was meant, the reel or its worker.
            entry = self._entry()
            outcome = "paused" if entry is not None and entry.held else "interrupted"
        reasons = tuple(f"{phrase(step)}: {message}" for step, message in self._failed.items())
        return Ended(outcome, self._made, reasons)

    def _entry(self) -> Entry | None:
        return entry_of(read_queue(self._root.parent), self._root)


def _about(engaged: Engaged) -> None:
    """Say what a person should know about the worker."""
    if engaged.started:
        worker = engaged.worker
        say.note(f"started a background worker (process {worker.pid}, {', '.join(worker.devices)}); log {worker.log}")
    for warning in engaged.warnings:
        say.note(f"warning: {warning}")
