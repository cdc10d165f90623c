"""A few answers side by side, one of them under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from reeltui.lines import Line, Tone, line, span, width_of
from reeltui.widgets.toned import Toned


class Answers(Toned, can_focus=True):
    """Answers to choose from. The one under the cursor has marks beside it, not a colour alone."""

    DEFAULT_CSS = """
    Answers { height: 1; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h,shift+tab", "move(-1)", "Left", show=False),
        Binding("right,l,tab", "move(1)", "Right", show=False),
        Binding("enter,space", "choose", "Choose", show=False),
    ]

    class Chosen(Message):
        """An answer was chosen, by its place from 0."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, answers: Sequence[tuple[str, Tone]], *, at: int = 0, id: str | None = None) -> None:
        super().__init__(id=id)
        self._answers = tuple(answers)
        self._at = at

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """One line."""
        return 1

    def action_move(self, by: int) -> None:
        """Go to the answer beside."""
        self._at = (self._at + by) % len(self._answers)
        self.refresh()

    def action_choose(self) -> None:
        """Choose the answer under the cursor."""
        self.post_message(self.Chosen(self._at))

    def on_click(self, event: events.Click) -> None:
        """Choose what is clicked."""
        offset = event.get_content_offset(self)
        at = 0 if offset is None else offset.x
        for place, words in enumerate(self._pieces()):
            if 0 <= at < width_of(words):
                self.post_message(self.Chosen(place))
                return
            at -= width_of(words) + 1

    def _pieces(self) -> list[Line]:
        return [
            line(span(f" ▸ {words} ◂ " if place == self._at else f"   {words}   ", tone))
            for place, (words, tone) in enumerate(self._answers)
        ]

    def render_line(self, y: int) -> Strip:
        """Paint the answers."""
        gap = self.paint(line(" "), 1)
        strips = []
        for place, words in enumerate(self._pieces()):
            over = "cursor" if place == self._at else ""
            strips += [self.paint(words, width_of(words), over), gap]
        return Strip.join(strips).adjust_cell_length(self.size.width, self.tone(Tone.PLAIN))
