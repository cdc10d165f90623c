"""Rejects a take: why, as labels and words of one's own, with what the next take does about it and what it costs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input

from core.film.errors import ReelError
from core.film.verdict import Label
from reeltui.lines import Line, Span, Tone, cut, line, span
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet

# How long (seconds) a person pauses before what follows is worked out.
_PAUSE = 0.25
_KEYS = "1234567890a"


class Rejection(msgspec.Struct, frozen=True):
    """What is wrong with a take: labels, and words for whoever makes the next one."""

    labels: tuple[Label, ...] = ()
    note: str = ""


# Called in a thread: what follows of a rejection. It raises ReelError where that cannot be said.
Foresee = Callable[[Rejection], Sequence[Line]]


class Reject(ModalScreen[Rejection | None]):
    """Gives what is wrong with a take, or None where nothing is said. Space checks a label, Ctrl+S rejects."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "reject", "Reject", priority=True),
        Binding("escape", "leave", "Leave", priority=True),
        Binding("space,enter", "check", "Check"),
        *(Binding(key, f"check_at({place})", show=False) for place, key in enumerate(_KEYS)),
    ]

    class Foreseen(Message):
        """What follows was worked out."""

        bubble = False

        def __init__(self, asked: Rejection, rows: Sequence[Line]) -> None:
            super().__init__()
            self.asked = asked
            self.rows = rows

    def __init__(self, take: str, changes: Callable[[Label], str], foresee: Foresee, *, first: Rejection) -> None:
        """`take` in words, `changes` what a label changes in the next take, `first` what is said to begin with."""
        super().__init__()
        self._take = take
        self._changes = changes
        self._foresee = foresee
        self._first = first
        self._checked = set(first.labels)
        self._follows: Sequence[Line] = ()
        self._timer: Timer | None = None
        self._working = False

    def compose(self) -> ComposeResult:
        """Lay it out."""
        with Vertical(classes="dialog reject"):
            yield Sheet(lambda width: [line(span(f"Reject {self._take}", Tone.STRONG)), ()])
            yield Rows(self._row, id="labels")
            words = Input(self._first.note, placeholder="in your own words, for the next take", id="note")
            words.cursor_blink = False
            yield words
            yield Sheet(lambda width: self._follows, id="follows")
            yield Sheet(self._foot, id="foot")

    def on_mount(self) -> None:
        """The labels have the keys."""
        rows = self.query_one("#labels", Rows)
        rows.styles.height = len(Label)
        rows.show([label.value for label in Label])
        rows.focus()
        self._work_out()

    @property
    def rejection(self) -> Rejection:
        """What is said by now."""
        labels = tuple(label for label in Label if label in self._checked)
        return Rejection(labels, self.query_one("#note", Input).value.strip())

    def _row(self, key: str, width: int) -> list[Line]:
        label = Label(key)
        on = label in self._checked
        number = _KEYS[list(Label).index(label)]
        box = Span("[✓] " if on else "[ ] ", Tone.ACCENT if on else Tone.DIM)
        name = span(f"{label.value.replace('_', ' ').lower():<22}", Tone.STRONG if on else Tone.PLAIN)
        return [cut(line(span(f" {number} ", Tone.DIM), box, name, span(self._changes(label), Tone.DIM)), width)]

    def _foot(self, width: int) -> list[Line]:
        pieces = (
            ("^s", " reject   ", "screen.reject()"),
            ("Space", " check   ", "screen.check()"),
            ("Tab", " words   ", ""),
            ("Esc", " leave", "screen.leave()"),
        )
        told = [
            piece for key, words, act in pieces for piece in (Span(key, Tone.ACCENT, act), Span(words, Tone.DIM, act))
        ]
        return [(), line(*told)]

    # --- saying it ---------------------------------------------------------------------------------------------

    def action_check(self) -> None:
        """Check the label under the cursor, or take the mark away."""
        rows = self.query_one("#labels", Rows)
        if rows.has_focus:
            self._toggle(Label(rows.cursor))
        else:
            rows.focus()  # Enter in the words goes back to the labels

    def action_check_at(self, place: int) -> None:
        """Check a label by its number."""
        self.query_one("#labels", Rows).go(place)
        self._toggle(list(Label)[place])

    @on(Rows.Chosen, "#labels")
    def _clicked(self) -> None:
        self.action_check()

    @on(Input.Submitted, "#note")
    def _said(self) -> None:
        self.query_one("#labels", Rows).focus()

    def _toggle(self, label: Label) -> None:
        self._checked ^= {label}
        rows = self.query_one("#labels", Rows)
        rows.show(rows.keys, changed=[label.value])
        self._soon()

    @on(Input.Changed, "#note")
    def _typed(self) -> None:
        self._soon()

    def _soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE, self._work_out)

    def _work_out(self) -> None:
        if not self._working:
            self._working = True
            asked = self.rejection
            threading.Thread(target=self._look, args=(asked,), name="desk-foresee", daemon=True).start()

    def _look(self, asked: Rejection) -> None:
        try:
            rows = tuple(self._foresee(asked))
        except ReelError as error:
            words = f"! {error}" + (f" — {error.remedy}" if error.remedy else "")
            rows = (line(span(words, Tone.BAD, limit=600)),)
        self.post_message(self.Foreseen(asked, rows))

    def on_reject_foreseen(self, message: Foreseen) -> None:
        """Show it, and look again where more was said meanwhile."""
        self._working = False
        self._follows = ((), *message.rows)
        self.query_one("#follows", Sheet).show(lambda width: [cut(row, width) for row in self._follows])
        if message.asked != self.rejection:
            self._work_out()

    def action_reject(self) -> None:
        """Reject the take."""
        self.dismiss(self.rejection)

    def action_leave(self) -> None:
        """Leave the take as it is."""
        self.dismiss(None)
