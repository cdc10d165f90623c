"""Something longer to read over a screen, or in the person's own pager: what a take was made from, a record, a log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from core.film.errors import ReelError
from reeltui.actions import actions_of
from reeltui.app import bindings
from reeltui.dialogs.asking import told
from reeltui.lines import Line, Tone, line, plain, span
from reeltui.painting import Dialog
from reeltui.widgets.keys import keys_line
from reeltui.widgets.sheet import Draw, Sheet

if TYPE_CHECKING:
    from reeltui.app import Desk


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


class Reading(Dialog[None]):
    """Shows lines until Esc."""

    ROOM = "reading"
    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("reading")

    def __init__(self, title: str, draw: Draw, *, text: str | None = None, bottom: bool = False) -> None:
        """`text` is what the pager gets (None: the lines as they are drawn for its width). `bottom`: begin at the end,
        as one reads a log."""
        super().__init__()
        self._heading = title
        self._draw = draw
        self._text = text
        self._bottom = bottom

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(classes="dialog reading"):
            yield Sheet(lambda width: [line(span(self._heading, Tone.STRONG)), ()])
            yield Page(self._draw, id="page")
            yield Sheet(self._foot, id="foot")

    def on_mount(self) -> None:
        """The page has the keys."""
        page = self.query_one(Page)
        page.focus()
        if self._bottom:
            self.call_after_refresh(page.action_edge, 1)

    def _foot(self, width: int) -> Sequence[Line]:
        own = [action for action in actions_of(self.ROOM) if self.ROOM in action.rooms]
        return (), keys_line(own, cast("Desk", self.app).keys, width)

    def action_pager(self) -> None:
        """Open the text in the person's own pager; the terminal is its own until it is left."""
        from reeltui.editor import page

        text = self._text
        if text is None:
            text = "\n".join(plain(row).rstrip() for row in self._draw(max(1, self.app.size.width)))
        try:
            page(text, name=f"{self._heading}.txt", suspend=self.app.suspend)
        except ReelError as error:
            self.notify(told(error), severity="error", markup=False)

    def action_close(self) -> None:
        """Close it."""
        self.dismiss(None)
