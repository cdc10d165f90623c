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
from textual.widgets import Input

from core.folder.library import Card
from reeltui.app import bindings
from reeltui.lines import Line, Tone, line, span
from reeltui.screens.base import Look
from reeltui.screens.shelf import POSSIBLE, ShelfScreen
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
from reeltui.widgets.typed import Filter

_NONE = (
    (),
    line(span("  There are no reels here yet.", Tone.STRONG)),
    line("  Press ", span("n", Tone.ACCENT), " and say in one sentence what you want to see."),
)


class LibraryScreen(ShelfScreen):
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
        self._go_to = ""  # a reel that is not in the list yet, for the cursor

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        with Horizontal(id="body"):
            with Vertical(id="list"):
                yield Filter(placeholder="words of a name, a sentence, a state", id="filter")
                yield Sheet(lambda width: [heading(width, self._sort)], id="heading")
                yield Rows(self._row, id="reels")
            yield Sheet(self._preview, id="preview")
        yield Keys()

    def on_mount(self) -> None:
        """The list has the keys."""
        self.query_one(Filter).display = False
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
        rows.show([card.name for card in cards], cursor=self._go_to)
        if self._go_to in rows.keys:
            self._go_to = ""
        self.query_one("#heading", Sheet).show(lambda width: [heading(width, self._sort)])
        self._show_preview()
        self.show_keys()

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
        self.show_keys()
        self.set_timer(0.15, self.look_again)

    @on(Rows.Chosen, "#reels")
    def _picked(self) -> None:
        self.action_open()

    # --- finding -----------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """Show only some reels: those with the words that are typed."""
        words = self.query_one(Filter)
        words.display = True
        words.focus()
        self.show_keys()

    def action_show_all(self) -> None:
        """Show every reel again."""
        words = self.query_one(Filter)
        words.value = ""
        words.display = False
        self.query_one("#reels", Rows).focus()
        self._narrow("")

    @on(Input.Changed, "#filter")
    def _typed(self, message: Input.Changed) -> None:
        self._narrow(message.value)

    def _narrow(self, words: str) -> None:
        if words != self._words:
            self._words = words
            self._show_list()
        else:
            self.show_keys()

    @on(Input.Submitted, "#filter")
    def _found(self) -> None:
        self.query_one("#reels", Rows).focus()

    @on(Filter.Moved)
    def _moved_from_filter(self, message: Filter.Moved) -> None:
        rows = self.query_one("#reels", Rows)
        if message.pages:
            rows.action_page(message.by)
        else:
            rows.action_move(message.by)

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self._show_list()

    # --- what can be done with the reel under the cursor -------------------------------------------------------

    @property
    def card(self) -> Card | None:
        """The reel under the cursor."""
        return self.view.card(self.selected) if self.view else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what is not possible now."""
        if action == "show_all":
            return bool(self._words) or (self.is_mounted and self.query_one(Filter).display)
        possible = POSSIBLE.get(action)
        return True if possible is None else self.card is not None and possible(self.card)

    def action_open(self) -> None:
        """Open the reel under the cursor."""
        card = self.card
        if card is not None:
            self.desk.open_reel(Path(card.path))

    def action_copy_path(self) -> None:
        """Copy the path of the reel's folder."""
        card = self.card
        if card is not None:
            self.desk.copy(card.path, "the path of the folder")

    def go_to(self, name: str) -> None:
        """Put the cursor on a reel as soon as it is in the list; where words hide it, all are shown."""
        self._go_to = name
        if self._words:
            self.action_show_all()
