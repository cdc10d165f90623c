"""One line that is typed: nothing in it blinks, and what is pasted comes in as words."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from core.film.text import clean


class Typed(Input):
    """A one-line input."""

    DEFAULT_CSS = """
    Typed, Typed:focus { background: $background; background-tint: $foreground 0%; color: $foreground; padding: 0 1; }
    """

    def __init__(
        self,
        value: str = "",
        *,
        placeholder: str = "",
        max_length: int = 0,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(
            value,
            placeholder,
            max_length=max_length,
            select_on_focus=False,
            id=id,
            classes=classes,
            compact=True,
        )
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        words = clean(event.text)
        if words:
            start, end = self.selection
            self.replace(words, start, end)
        # Textual calls the handlers of every class; its own would paste the text as it came.
        event.prevent_default()
        event.stop()


class Filter(Typed):
    """Narrows a list while it is typed; the list's own cursor keys still move in the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Down", show=False),
        Binding("up", "move(-1)", "Up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
    ]

    class Moved(Message):
        """The cursor of the list is to move; by pages where `pages`."""

        def __init__(self, by: int, *, pages: bool) -> None:
            super().__init__()
            self.by = by
            self.pages = pages

    def action_move(self, by: int) -> None:
        """Move in the list."""
        self.post_message(self.Moved(by, pages=False))

    def action_page(self, by: int) -> None:
        """Move in the list by pages."""
        self.post_message(self.Moved(by, pages=True))
