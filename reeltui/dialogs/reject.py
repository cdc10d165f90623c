"""Asks why a take is no good: labels and words, with what each changes in the next take and what follows of it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from core.film.verdict import Label
from reeltui.acts.decide import MAX_NOTE
from reeltui.dialogs.asking import Asking, keys_line, wrong_rows
from reeltui.lines import Line, Tone, ends, fit, line, plain, span, wrap
from reeltui.views.labels import name_of
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Draw, Sheet
from reeltui.widgets.typed import Typed


class Rejection(msgspec.Struct, frozen=True):
    """Why a take is no good: labels, and words for whoever makes the next one. Both may be empty."""

    labels: tuple[Label, ...] = ()
    note: str = ""


# Called in a thread with the answer as it stands: what follows of it. Raises ReelError where that cannot be said.
Foresee = Callable[[Rejection], Sequence[Line]]
_NOTHING = Rejection()
_NAME = 22
_KEYS = "1234567890a"
_HINT = "Mark what is wrong: each label changes the next take. No label and no words is fine too."
_NOTE = "in your own words, for the next take"


class Reject(Asking[Rejection | None]):
    """Gives what was said against a take, or None where a person left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("ctrl+s", "give", "Reject"),
        Binding("enter", "give", "Reject"),
        Binding("space", "check", "Check"),
        *(Binding(key, f"check_at({place})", show=False) for place, key in enumerate(_KEYS)),
    ]

    def __init__(
        self, take: str, changes: Callable[[Label], str], foresee: Foresee, *, first: Rejection = _NOTHING
    ) -> None:
        """`take` in words, `changes` what a label changes in the next take, `first` what is said to begin with."""
        super().__init__()
        self._take = take
        self._words = {label: changes(label) for label in Label}
        self._foresee = foresee
        self._first = first
        self._checked = set(first.labels)

    def compose(self) -> ComposeResult:
        """Lay the dialog out."""
        with Vertical(classes="dialog wide"):
            yield Sheet(self._head, id="head")
            yield Rows(self._row, id="labels")
            yield Sheet(self._change, id="change")
            with Horizontal(classes="field"):
                yield Sheet(lambda width: [line(span("In words", Tone.DIM))], classes="label")
                yield Typed(self._first.note, placeholder=_NOTE, max_length=MAX_NOTE, id="note", classes="line")
            yield Sheet(id="follows")
            yield Sheet(self._foot, id="foot")

    def on_mount(self) -> None:
        """The labels have the keys."""
        labels = self.query_one(Rows)
        labels.show([label.value for label in Label])
        labels.focus()
        self.answer_changed(at_once=True)

    # --- drawing -----------------------------------------------------------------------------------------------

    def _head(self, width: int) -> Sequence[Line]:
        return (*wrap(f"Reject {self._take}", width, Tone.STRONG, most=2), *wrap(_HINT, width, Tone.DIM, most=2), ())

    def _row(self, key: str, width: int) -> list[Line]:
        label = Label(key)
        marked = label in self._checked
        number = span(f" {_KEYS[list(Label).index(label)]} ", Tone.DIM)
        mark = span("✗ " if marked else "· ", Tone.BAD if marked else Tone.DIM)
        name = fit(line(span(name_of(label), Tone.STRONG if marked else Tone.PLAIN)), _NAME)
        return [line(number, mark, name, span(self._words[label], Tone.DIM))]

    def _change(self, width: int) -> Sequence[Line]:
        cursor = self.query_one(Rows).cursor
        rows = wrap(self._words[Label(cursor)], width, Tone.DIM, most=2) if cursor else []
        return [(), *rows, *[()] * (3 - len(rows))]

    def _foot(self, width: int) -> Sequence[Line]:
        keys = keys_line(
            ("Space", "mark", "screen.check()"),
            ("Tab", "words", "app.focus_next()"),
            ("Enter", "reject it", "screen.give()"),
            ("Esc", "leave", "screen.leave()"),
        )
        marked = len(self._checked)
        return (), ends(keys, line(span(f"{marked} marked", Tone.DIM) if marked else ""), width)

    # --- answering ---------------------------------------------------------------------------------------------

    @property
    def rejection(self) -> Rejection:
        """The answer as it stands."""
        labels = tuple(label for label in Label if label in self._checked)
        return Rejection(labels, self.query_one(Typed).value.strip())

    @on(Rows.Highlighted)
    def _moved(self) -> None:
        self.query_one("#change", Sheet).show(self._change)

    def action_check_at(self, place: int) -> None:
        """Mark a label by its number, or take the mark away."""
        self.query_one(Rows).go(place)
        self.action_check()

    @on(Rows.Chosen)
    def _clicked(self) -> None:
        self.action_check()

    def action_check(self) -> None:
        """Mark the label under the cursor, or take the mark away."""
        labels = self.query_one(Rows)
        if labels.cursor:
            self._checked ^= {Label(labels.cursor)}
            labels.show(labels.keys, changed=[labels.cursor])
            self.query_one("#foot", Sheet).show(self._foot)
            self.answer_changed()

    @on(Input.Changed)
    def _typed(self) -> None:
        self.answer_changed()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_give()

    def looker(self) -> Callable[[], object]:
        """Work out what follows."""
        foresee, rejection = self._foresee, self.rejection
        return lambda: tuple(foresee(rejection))

    def follows(self, result: object, error: Exception | None) -> None:
        """Show what follows."""
        self.show_rows("follows", wrong_rows(error) if error is not None else _rows(result))

    def give(self) -> None:
        """Give the answer."""
        self.dismiss(self.rejection)


def _rows(result: object) -> Draw:
    found = result if isinstance(result, tuple) else ()
    return lambda width: [(), *(part for row in found for part in wrap(plain(row), width, most=3))]
