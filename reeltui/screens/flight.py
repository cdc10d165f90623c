"""The flight recorder of one reel: device memory of every step, as planned and as measured."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from reeltui.app import bindings
from reeltui.lines import Line, Tone, line, span
from reeltui.screens.base import DeskScreen, Look
from reeltui.views.flown import flown_table, heading
from reeltui.views.reel import ReelView, look_at_reel
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet


class FlightScreen(DeskScreen):
    """A reel's flight record as a list to scroll through."""

    ROOM = "flight"
    CSS_PATH = "flight.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("flight")

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.view: ReelView | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        yield Sheet(lambda width: [heading(width)], id="heading")
        yield Rows(self._row, id="flown")
        yield Keys()

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#flown", Rows).focus()

    def folders(self) -> Iterable[Path]:
        """The reel."""
        return (self.root,)

    def looker(self) -> Look:
        """Read the reel."""
        root, now = self.root, self.desk.clock()
        return lambda: look_at_reel(root, now)

    def show(self, view: object) -> None:
        """Show what was read."""
        assert isinstance(view, ReelView), "what the looker returned"
        self.view = view
        count = len(view.flight.on_device)
        self.show_title(
            line(span(view.told.reel, Tone.STRONG, limit=60), span("  flight recorder", Tone.DIM)),
            line(span(f"{count} {'step' if count == 1 else 'steps'} on a device", Tone.DIM)),
        )
        rows = self.query_one("#flown", Rows)
        rows.show([str(number) for number in range(len(flown_table(view, max(1, rows.size.width))))])

    def _row(self, key: str, width: int) -> list[Line]:
        rows = flown_table(self.view, width) if self.view else []
        return rows[int(key) : int(key) + 1]
