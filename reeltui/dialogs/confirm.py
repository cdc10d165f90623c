"""Asks before something is discarded or cancelled; the safe answer is the one that is chosen without looking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from reeltui.dialogs.asking import Asking, keys_line
from reeltui.lines import Line, Tone, wrap
from reeltui.widgets.answers import Answers
from reeltui.widgets.sheet import Draw, Sheet


class Confirm(Asking[bool]):
    """Gives True for yes, False for no; the cursor is on no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "Yes"),
        Binding("n,q,escape", "answer(False)", "No"),
    ]

    def __init__(
        self,
        question: str,
        details: Sequence[Line] | Draw = (),
        *,
        yes: str = "Yes",
        no: str = "Leave it as it is",
        danger: bool = True,
    ) -> None:
        """`yes` and `no` say what each answer does; `details` what follows of a yes. `danger`: something is stopped or
        lost."""
        super().__init__()
        self._question = question
        self._details: Draw = details if callable(details) else lambda width: details
        self._answers = ((yes, Tone.BAD if danger else Tone.STRONG), (no, Tone.STRONG))

    def compose(self) -> ComposeResult:
        """Lay the dialog out."""
        with Vertical(classes="dialog question"):
            yield Sheet(lambda width: [*wrap(self._question, width, Tone.STRONG, most=4), ()], id="head")
            yield Sheet(self._rows, id="details")
            yield Answers(self._answers, at=1)
            yield Sheet(self._foot, id="foot")

    def on_mount(self) -> None:
        """The answers have the keys."""
        self.query_one(Answers).focus()

    def _rows(self, width: int) -> Sequence[Line]:
        rows = tuple(self._details(width))
        return (*rows, ()) if rows else ()

    def _foot(self, width: int) -> Sequence[Line]:
        return (
            (),
            keys_line(
                ("y", "yes", "screen.answer(True)"),
                ("n", "no", "screen.answer(False)"),
                ("Enter", "what is marked", "screen.take()"),
            ),
        )

    @on(Answers.Chosen)
    def _chosen(self, message: Answers.Chosen) -> None:
        self.dismiss(message.place == 0)

    def action_take(self) -> None:
        """Take the answer under the cursor."""
        self.query_one(Answers).action_choose()

    def action_answer(self, yes: bool) -> None:
        """Give an answer."""
        self.dismiss(yes)

    def action_leave(self) -> None:
        """Leaving is a no."""
        self.dismiss(False)
