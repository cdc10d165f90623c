"""Asks before something that discards or cancels. The safe answer is the one that is there by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from reeltui.lines import Line, Span, Tone, line, span, wrap
from reeltui.widgets.sheet import Sheet


class Confirm(ModalScreen[bool]):
    """Gives True after y, False after n, Esc or Enter."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,escape,enter,q", "answer(False)", "No"),
    ]

    def __init__(self, question: str, details: Sequence[Line] = (), *, yes: str = "Yes", danger: bool = True) -> None:
        """`details` say what follows; `yes` is what y does, in words. `danger`: something is stopped or lost."""
        super().__init__()
        self._question = question
        self._details = tuple(details)
        self._yes = yes
        self._danger = danger

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(classes="dialog"):
            yield Sheet(self._rows)

    def _rows(self, width: int) -> list[Line]:
        rows = wrap(self._question, width, Tone.WARN if self._danger else Tone.STRONG, most=4)
        if self._details:
            rows += [(), *self._details]
        yes, no = "screen.answer(True)", "screen.answer(False)"
        answer = line(
            Span("y", Tone.ACCENT, act=yes),
            Span(f" {span(self._yes).text}    ", act=yes),
            Span("Esc", Tone.ACCENT, act=no),
            Span(" no, leave it", Tone.DIM, act=no),
        )
        return [*rows, (), answer]

    def action_answer(self, yes: bool) -> None:
        """Give the answer."""
        self.dismiss(yes)
