"""Help: everything that can be done where a person is, with their own keys; `/` finds in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input

from reeltui.dialogs.asking import keys_line
from reeltui.dialogs.reading import Page
from reeltui.lines import Line, Tone, ends, line, span
from reeltui.painting import Dialog
from reeltui.screens.base import DeskScreen
from reeltui.views.help import Section, filtered, help_rows, sections_of
from reeltui.widgets.sheet import Sheet
from reeltui.widgets.typed import Filter

# What every widget that scrolls brings along, also where there is nothing at its sides.
_SIDEWAYS = ("scroll_left", "scroll_right")


class Help(Dialog[None]):
    """Shows the sections until Esc."""

    CSS_PATH = "dialogs.tcss"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012 - as textual declares it
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Close"),
        Binding("q,question_mark,f1", "close", "Close"),
        Binding("slash", "find", "Find"),
    ]

    def __init__(self, place: str, sections: Sequence[Section]) -> None:
        """`place` is where a person is, as a heading."""
        super().__init__()
        self._place = place
        self._sections = tuple(sections)

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(classes="dialog reading"):
            yield Sheet(self._head)
            find = Filter(placeholder="words, or a key", id="find", classes="line")
            find.display = False
            yield find
            yield Page(lambda width: help_rows(self._found(), width), id="page")

    def on_mount(self) -> None:
        """The page has the keys."""
        self.query_one(Page).focus()

    def _found(self) -> tuple[Section, ...]:
        return filtered(self._sections, self.query_one(Filter).value)

    def _head(self, width: int) -> Sequence[Line]:
        keys = keys_line(("/", "finds", "screen.find()"), ("Esc", "closes", "screen.leave()"))
        return [ends(line(span(self._place, Tone.STRONG)), keys, width), ()]

    @on(Input.Changed)
    def _typed(self) -> None:
        page = self.query_one(Page)
        page.show(lambda width: help_rows(self._found(), width))
        page.action_edge(0)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.query_one(Page).focus()

    @on(Filter.Moved)
    def _moved(self, message: Filter.Moved) -> None:
        page = self.query_one(Page)
        if message.pages:
            page.action_page(message.by)
        else:
            page.action_by(message.by)

    def action_find(self) -> None:
        """Find in it."""
        find = self.query_one(Filter)
        find.display = True
        find.focus()

    def action_leave(self) -> None:
        """Show all again; close it where all is shown."""
        find = self.query_one(Filter)
        if find.display:
            find.display = False
            find.value = ""
            self.query_one(Page).focus()
        else:
            self.dismiss(None)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)


def help_for(screen: DeskScreen) -> Help:
    """Return the help of a screen as it is now."""
    sections = sections_of(screen.ROOM, screen.desk.keys, screen.possible, _keys_of_focused(screen))
    return Help(f"Help: {screen.ROOM}", sections)


def _keys_of_focused(screen: DeskScreen) -> list[tuple[str, str]]:
    """Return the keys the focused widget takes itself, with what each does; keys of one meaning together."""
    found: dict[str, list[str]] = {}
    for key, active in screen.active_bindings.items():
        if active.node is not screen.focused or not active.binding.description:
            continue
        if active.binding.action not in _SIDEWAYS or screen.focused.allow_horizontal_scroll:
            found.setdefault(active.binding.description, []).append(key)
    return [(",".join(keys), about) for about, keys in found.items()]
