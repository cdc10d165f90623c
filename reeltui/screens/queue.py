"""The queue: what runs, what waits, the workers, their devices and their log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from core.worker.daemon.leases import worker_dir
from reeltui.app import bindings
from reeltui.lines import Line, Tone, line, span
from reeltui.screens.base import DeskScreen, Look
from reeltui.views.queue import Queued
from reeltui.views.workshop import WorkshopView, below_rows, heading, look_at_workshop, reel_row, worker_rows
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet

_NONE = ((), line("  Nothing is queued. ", span("n", Tone.ACCENT), " in the library makes a reel."))


class QueueScreen(DeskScreen):
    """The queue of a library and the workers of this machine."""

    ROOM = "queue"
    CSS_PATH = "queue.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("queue")

    def __init__(self, library: Path) -> None:
        super().__init__()
        self.library = library
        self.view: WorkshopView | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        with Vertical(id="body"):
            yield Sheet(self._workers, id="workers")
            yield Sheet(lambda width: [heading(width)], id="heading")
            yield Rows(self._row, empty=_NONE, id="reels")
            yield Sheet(self._below, id="below")
        yield Keys()

    def on_mount(self) -> None:
        """The queue has the keys."""
        self.query_one("#reels", Rows).focus()

    # --- looking -----------------------------------------------------------------------------------------------

    def folders(self) -> Iterable[Path]:
        """The library with its queue, what the workers say of themselves, and the reels that run."""
        yield self.library
        yield worker_dir()
        for reel in self.view.listing.reels if self.view else ():
            if reel.path is not None and reel.state == "running":
                yield Path(reel.path)

    def looker(self) -> Look:
        """Read the queue and the workers."""
        library, now, name = self.library, self.desk.clock(), self.query_one("#reels", Rows).cursor
        return lambda: look_at_workshop(library, name, now)

    def show(self, view: object) -> None:
        """Show what was read."""
        assert isinstance(view, WorkshopView), "what the looker returned"
        first, self.view = self.view is None, view
        stopped = view.listing.paused
        self.show_title(
            line(span("Queue", Tone.STRONG), span(f"  {view.library}", Tone.DIM)),
            line(
                span("‖ paused: nothing new is begun", Tone.WARN)
                if stopped
                else span(f"{len(view.listing.reels)} reels", Tone.DIM)
            ),
        )
        self.query_one("#reels", Rows).show([reel.name for reel in view.listing.reels])
        self.query_one("#workers", Sheet).show(self._workers)
        self.query_one("#below", Sheet).show(self._below)
        self.desk.feed.watch(self.folders())
        self.show_keys()
        if first and view.listing.reels:
            self.look_again()

    # --- drawing -----------------------------------------------------------------------------------------------

    @property
    def reel(self) -> Queued | None:
        """The reel under the cursor."""
        return self.view.reel(self.query_one("#reels", Rows).cursor) if self.view else None

    def _workers(self, width: int) -> list[Line]:
        return worker_rows(self.view, width) if self.view else []

    def _row(self, key: str, width: int) -> list[Line]:
        reel = self.view.reel(key) if self.view else None
        return reel_row(self.view, reel, width) if reel and self.view else []

    def _below(self, width: int) -> list[Line]:
        return below_rows(self.view, width) if self.view else []

    @on(Rows.Highlighted, "#reels")
    def _moved(self) -> None:
        self.look_again()

    @on(Rows.Chosen, "#reels")
    def _picked(self) -> None:
        self.action_open()

    # --- actions -----------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the reel under the cursor."""
        if self.reel is not None and self.reel.path is not None:
            self.desk.open_reel(Path(self.reel.path))
