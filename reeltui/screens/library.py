"""The library: every reel, what the one under the cursor looks like, and what can be done with it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from core.folder import layout
from core.folder.library import Card
from reeltui.app import bindings
from reeltui.lines import Line, Tone, line, span
from reeltui.screens.base import DeskScreen, Look
from reeltui.screens.shelf import POSSIBLE, ShelfScreen
from reeltui.views.library import (
    SORTS,
    CloseLook,
    LibraryView,
    chosen,
    heading,
    look_at_library,
    look_at_some,
    look_closer,
    preview,
    row,
)
from reeltui.views.tally import Tallies
from reeltui.widgets.contact_sheet import ContactSheet
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet
from reeltui.widgets.typed import Filter

# How long (seconds) the cursor rests before the reel under it is looked at closer.
REST = 0.25
_NONE = (
    (),
    line(span("  There are no reels here yet.", Tone.STRONG)),
    line("  Press ", span("n", Tone.ACCENT), " and say in one sentence what you want to see."),
)
# How often (seconds) it is looked whether who works still lives: a death changes no file.
PULSE = 10.0


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
        self._cards: dict[str, Card] = {}
        self._words = ""
        self._sort = "newest"
        self._tallies = Tallies()
        self._close = CloseLook()
        self._go_to = ""  # a reel that is not in the list yet, for the cursor
        self._whole = True
        self._some: set[str] = set()
        self._read: frozenset[str] | None = None  # the reels that the look under way reads, None for all
        self._counted: set[str] = set()  # the reels whose shots were counted, and that did not change since
        self._resting: Timer | None = None
        self._peering = False
        self._pulse: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        with Horizontal(id="body"):
            with Vertical(id="list"):
                words = Filter(placeholder="words of a name, a sentence, a state", id="filter")
                words.display = False
                yield words
                yield Sheet(
                    lambda width: [heading(width, self._sort, self.view.queue if self.view else None)], id="heading"
                )
                yield Rows(self._row, id="reels")
            with Vertical(id="closer"):
                yield ContactSheet(self.desk.thumbnails, id="pictures")
                yield Sheet(self._preview, id="preview")
        yield Keys()

    def on_mount(self) -> None:
        """The list has the keys; it begins where it was left."""
        known = self.desk.memory.library(self.library)
        self._go_to = known.reel
        if known.sort in SORTS:
            self._sort = known.sort
        if known.filter:
            self._words = known.filter
            words = self.query_one(Filter)
            words.value, words.display = known.filter, True
        self.query_one("#reels", Rows).focus()

    # --- looking -----------------------------------------------------------------------------------------------

    def folders(self) -> Iterable[Path]:
        """The library itself, and the reels that are being made."""
        yield self.library
        if self.view is not None:
            yield from (Path(card.path) for card in self.view.cards if card.state == "running")

    def near(self) -> Iterable[Path]:
        """The reel under the cursor."""
        if self.selected:
            yield self.library / self.selected

    def on_screen_resume(self) -> None:
        """The screen is seen (again): anything may have changed."""
        self._whole = True  # the base class looks then

    def files_changed(self, paths: frozenset[Path]) -> None:
        """Look again at what changed; live figures are not shown here."""
        heavy = [path for path in paths if path.name != layout.LIVE and not path.name.endswith(".tmp")]
        if paths and not heavy:
            return
        self._some |= {path.parent.name for path in heavy if path.parent.parent == self.library}
        self._whole = self._whole or not paths or any(path.parent == self.library for path in heavy)
        super().files_changed(paths)

    def looker(self) -> Look:
        """Read the list, or only those reels that changed."""
        library, now, view, some = self.library, self.desk.clock(), self.view, frozenset(self._some)
        whole, self._whole = self._whole or view is None, False
        self._some.clear()
        self._read = None if view is None or whole else some
        if view is None or whole:
            return lambda: look_at_library(library, now, view.tallies if view is not None else {})
        return lambda: look_at_some(view, some, now)

    def on_desk_screen_done(self, message: DeskScreen.Done) -> None:
        """A person's act may have changed anything; the base class tells what came of it, and looks."""
        self._whole = True

    def show(self, view: object) -> None:
        """Show what was read."""
        assert isinstance(view, LibraryView), "what the looker returned"
        first = self.view is None
        self.view = msgspec.structs.replace(view, tallies=self._close.tallies) if self._close.tallies else view
        self._cards = {card.name: card for card in view.cards}
        self._counted = self._counted - self._read if self._read is not None else set()
        self._title_of(view)
        self._show_list(self._read)
        if first:
            self._go_to = ""  # the reel one was at may be gone; the cursor does not jump to a later one of its name
        self.watch_files()
        if self.desk.held:
            self.call_after_refresh(self._look_closer)  # the list first
        else:
            self._look_closer()
        if self._pulse is not None:
            self._pulse.stop()
        busy = view.workers or any(card.state == "running" for card in view.cards)
        self._pulse = self.set_timer(PULSE, self._feel_pulse) if busy else None

    def _feel_pulse(self) -> None:
        self._pulse = None
        self._whole = True
        self.look_again()

    # --- a closer look -----------------------------------------------------------------------------------------

    def _look_closer(self) -> None:
        """Read more about the reel under the cursor, and count the shots of what is in sight, in a thread."""
        if self._peering:
            self._look_closer_soon()
            return
        self._peering = True
        seen = [name for name, _ in self.query_one("#reels", Rows).seen()]
        seen = [name for name in seen if name not in self._counted or name == self.selected]
        self._counted.update(seen)
        threading.Thread(target=self._closer, args=(self.selected, seen), name="desk-closer", daemon=True).start()

    def _closer(self, name: str, seen: Sequence[str]) -> None:
        try:
            found = {one: tally for one in seen if (tally := self._tallies.of(self.library / one)) is not None}
            look = look_closer(self.library / name) if name else CloseLook()
            look = msgspec.structs.replace(look, tallies=found)
        except Exception:  # noqa: BLE001 - the list says by itself what is wrong with a reel
            look = CloseLook(name)
        self.post_message(self.Closer(look))

    def on_library_screen_closer(self, message: Closer) -> None:
        """Show it."""
        message.stop()
        self._peering = False
        self._close = message.look
        self.watch_files()  # the reel under the cursor is another one now
        if self.view is not None:
            tallies = {**self.view.tallies, **message.look.tallies}
            changed = [name for name, tally in tallies.items() if self.view.tallies.get(name) != tally]
            self.view = msgspec.structs.replace(self.view, tallies=tallies)
            self._close = msgspec.structs.replace(message.look, tallies=tallies)
            rows = self.query_one("#reels", Rows)
            rows.show(rows.keys, changed=changed)
        self._show_preview()

    def _look_closer_soon(self) -> None:
        """Look closer when the cursor rests."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, self._look_closer)

    def _title_of(self, view: LibraryView) -> None:
        running = sum(card.state == "running" for card in view.cards)
        waiting = sum(card.state == "waiting" for card in view.cards)
        what = "reel" if len(view.cards) == 1 else "reels"
        counts = f"{len(view.cards)} {what}" + (f", {running} running" if running else "")
        right = line(
            span(f"{waiting} wait for you  ", Tone.WARN) if waiting else "",
            span(f"{counts}  ", Tone.DIM),
            span("● worker" if view.workers else "○ no worker", Tone.GOOD if view.workers else Tone.DIM),
        )
        left = span(f"  {view.library}", Tone.DIM)
        if view.queue.warning:
            left = span(f"  ! {view.queue.warning.replace(f'{view.library}/', '')}", Tone.BAD, limit=400)
        self.show_title(line(span("reeltui", Tone.STRONG), left), right)

    def _show_list(self, changed: frozenset[str] | None = None) -> None:
        """Show the list; `changed` are the reels whose lines may be others (None: any)."""
        if self.view is None:
            return
        cards = chosen(self.view.cards, self._words, self._sort)
        rows = self.query_one("#reels", Rows)
        rows.say_when_empty(_NONE if not self._words else ((), line(f"  Nothing has “{self._words}”.")))
        rows.show([card.name for card in cards], cursor=self._go_to, changed=changed)
        if self._go_to in rows.keys:
            self._go_to = ""
        self.query_one("#heading", Sheet).show(
            lambda width: [heading(width, self._sort, self.view.queue if self.view else None)]
        )
        self._show_preview()
        self.show_keys()

    def _show_preview(self) -> None:
        self.query_one("#preview", Sheet).show(self._preview)
        if self._close.name == self.selected:
            pictures = self.query_one("#pictures", ContactSheet)
            pictures.display = bool(self._close.pictures) and not pictures.off
            pictures.show([(ref, "") for ref in self._close.pictures])

    # --- drawing -----------------------------------------------------------------------------------------------

    @property
    def selected(self) -> str:
        """The name of the reel under the cursor, "" where there is none."""
        return self.query_one("#reels", Rows).cursor if self.is_mounted else ""

    def _heading(self, width: int) -> list[Line]:
        return [heading(width, self._sort, self.view.queue if self.view else None)]

    def _row(self, name: str, width: int) -> list[Line]:
        card = self._cards.get(name)
        return [row(card, self.view, width)] if card and self.view else []

    def _preview(self, width: int) -> list[Line]:
        card = self.card
        return preview(card, self._close, self.view, width) if card and self.view else []

    @on(Rows.Highlighted, "#reels")
    def _moved(self) -> None:
        if self.selected:
            self.desk.memory.in_library(self.library, reel=self.selected)
        self._show_preview()
        self.show_keys()
        self._look_closer_soon()

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
            self.desk.memory.in_library(self.library, filter=words)
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
        self.desk.memory.in_library(self.library, sort=self._sort)
        self._show_list()

    # --- what can be done with the reel under the cursor -------------------------------------------------------

    @property
    def card(self) -> Card | None:
        """The reel under the cursor."""
        return self._cards.get(self.selected)

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
