"""Shows a run as it goes: a bar on a terminal, a line per step elsewhere, JSON lines with --json."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Protocol

import msgspec

from core.film.event import Beside, Event, Happened, Live
from core.film.text import clean
from core.pipeline.impact import phrase
from core.worker.follow import Queued, Seen
from reeltui.cli import say

# Without a bar a step that takes longer than this (seconds) is told of while it goes on.
_SILENCE = 60.0


class Display(Protocol):
    """Shows what a run yields."""

    def show(self, item: Seen) -> None:
        """Show one event, live state, or the reel's place in the queue."""


def show(items: Iterator[Seen], *, as_json: bool) -> None:
    """Show a run to its end. Whatever stops this, the run is closed cleanly first where it is ours."""
    try:
        with _display(as_json=as_json) as display, closing(_items(items)) as own:
            for item in own:
                display.show(item)
    except OSError as error:
        if error.errno == errno.EIO:  # the terminal was closed under the bar
            raise BrokenPipeError(errno.EPIPE, "the terminal was closed") from error
        raise


def _items(items: Iterator[Seen]) -> Generator[Seen]:
    yield from items


@contextmanager
def _display(*, as_json: bool) -> Iterator[Display]:
    if as_json:
        yield _Json()
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar() as bar:
            yield bar
    else:
        yield _Lines()


class _Json:
    def show(self, item: Seen) -> None:
        kind = "event" if isinstance(item, Event) else "progress" if isinstance(item, Live) else "queued"
        say.result({"type": kind, **msgspec.to_builtins(item)})


def _place(item: Queued) -> str:
    """Return a reel's turn in words."""
    if item.paused:
        return "the queue is paused; `reeltui queue resume` goes on"
    names = ", ".join(clean(name, limit=40) for name in item.before[:3]) + (" ..." if len(item.before) > 3 else "")
    after = f", after {names}" if names else ""
    error = f"; the worker said: {clean(item.error, limit=200)}" if item.error else ""
    return f"queued: its turn is number {item.position}{after}{error}"


def _told(event: Event) -> str:
    """Return an event as a line, or "" for one that is not worth a line."""
    what = clean(phrase(event.step)) if event.step else ""
    message = clean(event.message, limit=300)
    if event.event is Happened.STEP_DONE:
        seconds = event.data.get("seconds")
        took = f"  {say.seconds(seconds)}" if isinstance(seconds, float) else ""
        if "overall" not in event.data:
            return f"{what}{took}" if took else f"{what}  {message}"
        return f"{what}{took}  mark {event.data['overall']:g} {event.data.get('labels') or ''}".rstrip()
    if event.event is Happened.STEP_FAILED:
        again = "" if event.data.get("final") else " (tried again)"
        return f"{what} failed{again}: {message}"
    if event.event in (Happened.MOVED_ASIDE, Happened.RESTORED, Happened.PLAN_REFUSED, Happened.WAITING):
        return f"{what}  {message}".strip()
    return ""


def _under_way(one: Beside) -> str:
    """Return a step under way in a few words: clip 2 45%, clip 3 (loading)."""
    what = clean(phrase(one.step))
    return f"{what} {one.fraction:.0%}" if one.doing == "working" else f"{what} ({one.doing})"


def _left(live: Live) -> str:
    """Return how long it still takes in words, "" where that is not known."""
    return f"{say.eta(live.eta, live.eta_low, live.eta_high)} left" if live.eta is not None else ""


class _Lines:
    def __init__(self) -> None:
        self._said: float | None = None

    def show(self, item: Seen) -> None:
        if isinstance(item, Queued):
            say.note(_place(item))
            return
        line = _told(item) if isinstance(item, Event) else self._meanwhile(item)
        if line:
            self._said = item.at
            count = f"[{item.done:>3}/{item.total}]" if item.total else "[  -  ]"
            say.note(f"{count} {item.phase or '-':<9} {line}")

    def _meanwhile(self, live: Live) -> str:
        """Return what goes on, or "" while something else was said not long ago: a long step is no silence."""
        if self._said is None:
            self._said = live.at
        if not live.running or live.at - self._said < _SILENCE:
            return ""
        return "   ".join(filter(None, (", ".join(_under_way(one) for one in live.running), _left(live))))


@contextmanager
def _bar() -> Iterator[Display]:
    """A bar at the foot of the terminal, finished steps scrolling above it. rich is imported only here."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    console = Console(stderr=True, highlight=False, markup=False)
    columns = (
        TextColumn("{task.fields[phase]:<9}", style="bold", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f}%", markup=False),
        TextColumn("{task.fields[step]}", markup=False),
        TextColumn("{task.fields[eta]}", style="dim", markup=False),
    )
    with Progress(*columns, console=console, transient=True, refresh_per_second=8) as progress:
        task = progress.add_task("", total=1.0, phase="start", step="", eta="")

        class Bar:
            def show(self, item: Seen) -> None:
                if isinstance(item, Queued):
                    progress.update(task, phase="queued", step=_place(item))
                    return
                if isinstance(item, Live):
                    total = max(1, item.total)
                    step = ", ".join(_under_way(one) for one in item.running)
                    done = (item.done + sum(one.fraction for one in item.running)) / total
                    progress.update(task, completed=done, phase=item.phase, step=step, eta=_left(item))
                    return
                line = _told(item)
                if line:
                    style = "red" if item.event is Happened.STEP_FAILED else None
                    progress.console.print(f"{item.phase or '-':<9} {line}", style=style, soft_wrap=True)
                if item.total:
                    progress.update(task, completed=item.done / item.total)

        yield Bar()
