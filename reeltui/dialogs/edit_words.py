"""Edits a text in place, showing what follows while it is typed: what it costs, how it fits, what is wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import TextArea

from core.film.errors import BadInput
from core.film.text import clean, disarm
from reeltui.dialogs.asking import told
from reeltui.drafts import Draft
from reeltui.lines import Line, Tone, line, span, wrap
from reeltui.painting import Dialog
from reeltui.widgets.sheet import Sheet

# Called in a thread with the text as it is; what is wrong with it is raised as ReelError.
Foresee = Callable[[str], Sequence[Line]]
# How long (seconds) a person pauses before what follows is worked out.
PAUSE = 0.25


class _Area(TextArea):
    """A text area that takes pasted words as words."""

    async def _on_paste(self, event: events.Paste) -> None:
        await super()._on_paste(events.Paste(disarm(event.text)))
        event.stop()
        event.prevent_default()


class EditWords(Dialog[str | None]):
    """Gives the new text, or None where it stays as it was. Ctrl+S saves, Esc leaves.

    Nothing typed is lost to a slip: Esc asks once more where something was changed, and with a draft what is typed is
    there again after the connection broke.
    """

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save"),
        Binding("escape", "leave", "Leave", priority=True),
    ]

    class Foreseen(Message):
        """What follows of a text was worked out."""

        bubble = False

        def __init__(self, text: str, rows: Sequence[Line], wrong: bool) -> None:
            super().__init__()
            self.text = text
            self.rows = rows
            self.wrong = wrong

    def __init__(
        self,
        title: str,
        text: str,
        foresee: Foresee,
        *,
        hint: str = "",
        draft: Draft | None = None,
        typed: str | None = None,
        problem: str = "",
    ) -> None:
        """`typed` and `problem`: what was typed a moment ago, and why it could not be saved. The draft is kept until it
        is dropped here; where the words are given, whoever gets them forgets it when they are saved."""
        super().__init__()
        self._heading = title
        self._before = text = clean(text)  # a text area would obey what is in it
        self._foresee = foresee
        self._draft = draft
        if typed is None and draft is not None:
            typed = draft.read()
        self._problem = problem
        self._first = text if typed is None else disarm(typed)
        self._hint = hint if self._first == text else "These are the words you had typed and not saved."
        self._rows: Sequence[Line] = ()
        self._wrong = False
        self._asked_for = ""
        self._working = False
        self._timer: Timer | None = None
        self._leaving = False
        self._typing = ""  # what is typed and not kept yet, "" where all is

    def compose(self) -> ComposeResult:
        """Lay the dialog out."""
        with Vertical(classes="dialog"):
            yield Sheet(self._head, id="head")
            area = _Area(self._first, soft_wrap=True, id="words")
            area.cursor_blink = False
            yield area
            yield Sheet(lambda width: self._rows, id="follows")
            yield Sheet(self._foot, id="foot")

    def on_mount(self) -> None:
        """Type at the end."""
        area = self.query_one(TextArea)
        area.styles.height = 9
        area.move_cursor(area.document.end)
        area.focus()
        if self._first != self._before:
            self._work_out()

    def _head(self, width: int) -> list[Line]:
        hint = (
            wrap(f"! {self._problem}", width, Tone.BAD, most=4) if self._problem else [line(span(self._hint, Tone.DIM))]
        )
        return [line(span(self._heading, Tone.STRONG)), *hint, ()]

    def _foot(self, width: int) -> list[Line]:
        if self._leaving:
            return [
                (),
                line(
                    span("! What you changed is not saved. ", Tone.WARN),
                    span("Esc", Tone.ACCENT),
                    " drops it, ",
                    span("^s", Tone.ACCENT),
                    " saves it.",
                ),
            ]
        return [
            (),
            line(
                span("^s", Tone.ACCENT), span(" save   ", Tone.DIM), span("Esc", Tone.ACCENT), span(" leave", Tone.DIM)
            ),
        ]

    @property
    def text(self) -> str:
        """What stands there now."""
        return self.query_one(TextArea).text

    # --- what follows ------------------------------------------------------------------------------------------

    @on(TextArea.Changed)
    def _typed(self, message: TextArea.Changed) -> None:
        self._typing = message.text_area.text
        if self._leaving:
            self._leaving = False
            self.query_one("#foot", Sheet).show(self._foot)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, self._work_out)

    def _work_out(self) -> None:
        if self._working:
            return  # when that is done, the text is looked at again
        text = self.text
        if text == self._before:
            self._forget()
            self._show((), wrong=False)
            return
        self._keep(text)
        self._working = True
        threading.Thread(target=self._look, args=(text,), name="desk-foresee", daemon=True).start()

    def _look(self, text: str) -> None:
        try:
            message = self.Foreseen(text, tuple(self._foresee(text)), wrong=False)
        except Exception as error:  # noqa: BLE001 - it is shown; only words that are wrong cannot be saved
            rows = (line(span(f"! {told(error)}", Tone.BAD, limit=600)),)
            message = self.Foreseen(text, rows, wrong=isinstance(error, BadInput))
        self.post_message(message)

    def on_edit_words_foreseen(self, message: Foreseen) -> None:
        """Show it, and look again where more was typed meanwhile."""
        self._working = False
        self._show(message.rows, wrong=message.wrong)
        if message.text != self.text:
            self._work_out()

    def _show(self, rows: Sequence[Line], *, wrong: bool) -> None:
        self._rows, self._wrong = rows, wrong
        self.query_one("#follows", Sheet).show(lambda width: rows)

    def _keep(self, text: str) -> None:
        self._typing = ""
        if self._draft is not None:
            self._draft.keep(text)

    # --- leaving -----------------------------------------------------------------------------------------------

    def on_unmount(self) -> None:
        """The desk may have been left in the middle of a word."""
        if self._typing and self._typing != self._before:
            self._keep(self._typing)

    def action_save(self) -> None:
        """Give the text; one that is wrong stays here."""
        if self._wrong:
            self.app.bell()
            return
        if self.text == self._before:
            self._forget()
            self.dismiss(None)
            return
        self._keep(self.text)  # until it is saved, which may fail
        self.dismiss(self.text)

    def action_leave(self) -> None:
        """Leave everything as it was."""
        if self.text != self._before and not self._leaving:
            self._leaving = True
            self.query_one("#foot", Sheet).show(self._foot)
            return
        self._forget()
        self.dismiss(None)

    def _forget(self) -> None:
        self._typing = ""
        if self._draft is not None:
            self._draft.forget()
