"""Shows a run as it goes: a bar on a terminal, a line per step elsewhere, JSON lines with --json."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Protocol

import msgspec

from core.film.event import Event, Happened, Live
from core.film.text import clean
from core.pipeline.impact import phrase
from core.worker.run import Runner
from reeltui.cli import say


class Display(Protocol):
    """Shows what a run yields."""

    def show(self, item: Event | Live) -> None:
        """Show one event or live state."""


def follow(runner: Runner, *, as_json: bool) -> None:
    """Run a reel to its end and show it. Whatever stops it, the run is closed cleanly first."""
    with _display(as_json=as_json) as display, closing(_items(runner)) as items:
        for item in items:
            display.show(item)


def _items(runner: Runner) -> Generator[Event | Live]:
    yield from runner.run()


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
    def show(self, item: Event | Live) -> None:
        kind = "event" if isinstance(item, Event) else "progress"
        say.result({"type": kind, **msgspec.to_builtins(item)})


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


class _Lines:
    def show(self, item: Event | Live) -> None:
        if isinstance(item, Event):
            line = _told(item)
            if line:
                count = f"[{item.done:>3}/{item.total}]" if item.total else "[  -  ]"
                say.note(f"{count} {item.phase or '-':<9} {line}")


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
            def show(self, item: Event | Live) -> None:
                if isinstance(item, Live):
                    total = max(1, item.total)
                    eta = f"about {say.seconds(item.eta)} left" if item.eta is not None else ""
                    step = f"{clean(phrase(item.step))} {item.fraction:.0%}"
                    progress.update(
                        task, completed=(item.done + item.fraction) / total, phase=item.phase, step=step, eta=eta
                    )
                    return
                line = _told(item)
                if line:
                    style = "red" if item.event is Happened.STEP_FAILED else None
                    progress.console.print(f"{item.phase or '-':<9} {line}", style=style, soft_wrap=True)
                if item.total:
                    progress.update(task, completed=item.done / item.total)

        yield Bar()
