"""Asks how a worker is to end: after its step in hand, or at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from core.worker.daemon.stop import How
from reeltui.lines import Line, Span, Tone, line, wrap
from reeltui.painting import Dialog
from reeltui.widgets.sheet import Sheet


class StopWorker(Dialog[How | None]):
    """Gives how it is to end; None after n, Esc or Enter: it goes on."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "answer('AFTER_STEP')", "After the step"),
        Binding("d", "answer('NOW')", "At once"),
        Binding("n,escape,enter,q", "answer('')", "Leave it"),
    ]

    def __init__(self, doing: Sequence[str]) -> None:
        """`doing`: what each worker that is to end does, in words."""
        super().__init__()
        self._doing = tuple(doing)

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(classes="dialog"):
            yield Sheet(self._rows)

    def _rows(self, width: int) -> list[Line]:
        what = "Stop the worker?" if len(self._doing) == 1 else f"Stop all {len(self._doing)} workers?"
        rows = [*wrap(what, width, Tone.WARN), ()]
        for doing in self._doing:
            rows += wrap(doing, width, most=3)
        rows += [(), *wrap("The queue stays, and nothing finished is lost.", width, Tone.DIM), ()]
        rows += _choice("a", "after the step in hand", "what is being made now is finished first", "AFTER_STEP", width)
        rows += _choice("d", "drop it, at once", "the step in hand is made again later", "NOW", width)
        rows += [(), *_choice("Esc", "let it work", "", "", width)]
        return rows

    def action_answer(self, how: str) -> None:
        """Give the answer."""
        self.dismiss(How[how] if how else None)


def _choice(key: str, words: str, follows: str, answer: str, width: int) -> list[Line]:
    act = f"screen.answer('{answer}')"
    first = line(Span(f"{key:<4}", Tone.ACCENT, act=act), Span(words, Tone.PLAIN if answer else Tone.DIM, act=act))
    return [first, *(line(Span("    "), row) for row in wrap(follows, width - 4, Tone.DIM))]
