"""Something longer to read over a screen: everything a take was made from, a flight record, a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from reeltui.lines import Line, Tone, ends, line, span
from reeltui.widgets.sheet import Draw, Sheet


class Page(Sheet, can_focus=True):
    """A sheet that takes the keys to scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "by(1)", "Down", show=False),
        Binding("up,k", "by(-1)", "Up", show=False),
        Binding("pagedown,space,ctrl+f,ctrl+d", "page(1)", "Page down", show=False),
        Binding("pageup,ctrl+b,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("home,g", "edge(0)", "Top", show=False),
        Binding("end,G", "edge(1)", "Bottom", show=False),
    ]

    def action_by(self, rows: int) -> None:
        """Scroll by lines."""
        self.scroll_relative(y=rows, animate=False, force=True)

    def action_page(self, pages: int) -> None:
        """Scroll by what is seen."""
        self.action_by(pages * max(1, self.size.height - 1))

    def action_edge(self, bottom: int) -> None:
        """Scroll to the top or the bottom."""
        self.scroll_to(y=len(self.lines) if bottom else 0, animate=False, force=True)


class Reading(ModalScreen[None]):
    """Shows lines until Esc."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "leave", "Close")]

    def __init__(self, title: str, draw: Draw, *, bottom: bool = False) -> None:
        """`bottom`: begin at the end, as one reads a log."""
        super().__init__()
        self._heading = title
        self._draw = draw
        self._bottom = bottom

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(classes="dialog reading"):
            yield Sheet(self._head)
            yield Page(self._draw, id="page")

    def on_mount(self) -> None:
        """The page has the keys."""
        page = self.query_one(Page)
        page.focus()
        if self._bottom:
            self.call_after_refresh(page.action_edge, 1)

    def _head(self, width: int) -> Sequence[Line]:
        return [
            ends(
                line(span(self._heading, Tone.STRONG)), line(span("Esc", Tone.ACCENT), span(" closes", Tone.DIM)), width
            ),
            (),
        ]

    def action_leave(self) -> None:
        """Close it."""
        self.dismiss(None)
