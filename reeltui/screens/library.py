"""The library: every reel, what the one under the cursor looks like, and what can be done with it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from reeltui.app import bindings
from reeltui.lines import Line, Tone, line, span
from reeltui.screens.base import DeskScreen, Look
from reeltui.views.library import (
    SORTS,
    CloseLook,
    LibraryView,
    chosen,
    heading,
    look_at_library,
    look_closer,
    preview,
    row,
)
from reeltui.views.tally import Tallies
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet

_NONE = (
    (),
    line(span("  There are no reels here yet.", Tone.STRONG)),
    line("  Press ", span("n", Tone.ACCENT), " and say in one sentence what you want to see."),
)


class LibraryScreen(DeskScreen):
    """Every reel of one library."""

    ROOM = "library"
    CSS_PATH = "library.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("library")

    class Closer(Message):
        """A closer look at one reel ended."""

        bubble = False

        def __init__(self, look: CloseLook) -> None:
            super().__init__()
            self.look = look

    def __init__(self, library: Path) -> None:
        super().__init__()
        self.library = library
        self.view: LibraryView | None = None
        self._words = ""
        self._sort = "newest"
        self._tallies = Tallies()
        self._close: CloseLook | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        with Horizontal(id="body"):
            with Vertical(id="list"):
                yield Sheet(lambda width: [heading(width, self._sort)], id="heading")
                yield Rows(self._row, id="reels")
            yield Sheet(self._preview, id="preview")
        yield Keys()

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one("#reels", Rows).focus()

    # --- looking -----------------------------------------------------------------------------------------------

    def folders(self) -> Iterable[Path]:
        """The library itself, the reels that are being made, and the one under the cursor."""
        yield self.library
        if self.view is not None:
            for card in self.view.cards:
                if card.state == "running" or card.name == self.selected:
                    yield Path(card.path)

    def looker(self) -> Look:
        """Read the list, and count the shots of what is in sight."""
        rows = self.query_one("#reels", Rows)
        top = int(rows.scroll_offset.y)
        seen = rows.keys[top : top + max(1, rows.size.height)]
        library, now, tallies = self.library, self.desk.clock(), self._tallies
        selected = self.selected

        def look() -> tuple[LibraryView, CloseLook | None]:
            found = {name: tally for name in seen if (tally := tallies.of(library / name)) is not None}
            view = look_at_library(library, now, found)
            close = look_closer(library / selected) if selected and view.card(selected) else None
            return view, close

        return look

    def show(self, view: object) -> None:
        """Show what was read."""
        assert isinstance(view, tuple), "what the looker returned"
        first = self.view is None
        self.view, close = view
        assert self.view is not None, "a look that succeeded"
        if close is not None:
            self._close = close
        self._title_of(self.view)
        self._show_list()
        self.desk.feed.watch(self.folders())
        if first and self.view.cards:
            self.look_again()  # now it is known what is in sight

    def _title_of(self, view: LibraryView) -> None:
        running = sum(card.state == "running" for card in view.cards)
        waiting = sum(card.state == "waiting" for card in view.cards)
        counts = f"{len(view.cards)} reels" + (f", {running} running" if running else "")
        right = line(
            span(f"{waiting} wait for you  ", Tone.WARN) if waiting else "",
            span(f"{counts}  ", Tone.DIM),
            span("● worker" if view.workers else "○ no worker", Tone.GOOD if view.workers else Tone.DIM),
        )
        self.show_title(line(span("reeltui", Tone.STRONG), span(f"  {view.library}", Tone.DIM)), right)

    def _show_list(self) -> None:
        if self.view is None:
            return
        cards = chosen(self.view.cards, self._words, self._sort)
        rows = self.query_one("#reels", Rows)
        rows.say_when_empty(_NONE if not self._words else ((), line(f"  Nothing has “{self._words}”.")))
        rows.show([card.name for card in cards])
        self.query_one("#heading", Sheet).show(lambda width: [heading(width, self._sort)])
        self._show_preview()

    def _show_preview(self) -> None:
        self.query_one("#preview", Sheet).show(self._preview)

    # --- drawing -----------------------------------------------------------------------------------------------

    @property
    def selected(self) -> str:
        """The name of the reel under the cursor, "" where there is none."""
        return self.query_one("#reels", Rows).cursor if self.is_mounted else ""

    def _row(self, name: str, width: int) -> list[Line]:
        card = self.view.card(name) if self.view else None
        return [row(card, self.view, width)] if card and self.view else []

    def _preview(self, width: int) -> list[Line]:
        card = self.view.card(self.selected) if self.view else None
        return preview(card, self._close, self.view, width) if card and self.view else []

    @on(Rows.Highlighted, "#reels")
    def _moved(self) -> None:
        self._show_preview()
        self.set_timer(0.15, self.look_again)

    @on(Rows.Chosen, "#reels")
    def _picked(self) -> None:
        self.action_open()

    # --- actions -----------------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the reel under the cursor."""
        card = self.view.card(self.selected) if self.view else None
        if card is not None:
            self.desk.open_reel(Path(card.path))

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self._show_list()
