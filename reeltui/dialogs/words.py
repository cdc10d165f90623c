"""Asks for one line of words: a note for the next take, the path of a picture, a name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from core.film.text import clean
from reeltui.dialogs.asking import Asking, keys_line, wrong_rows
from reeltui.dialogs.paths import Completed
from reeltui.lines import Line, Tone, fit, line, span, wrap
from reeltui.widgets.sheet import Draw, Sheet
from reeltui.widgets.typed import Typed

# Called in a thread with the words as they are: what is to be told about them. What is wrong is raised as ReelError.
Check = Callable[[str], Sequence[str]]
# Called in a thread with the words as they are.
Complete = Callable[[str], Completed]
# Rows of ways a completion may go on.
_WAYS = 6


class Words(Asking[str | None]):
    """Gives the words (without outer spaces), or None where a person left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave"),
        Binding("ctrl+s", "give", "Save"),
        Binding("tab", "complete", "Complete", priority=True),
    ]

    class Went(Message):
        """A completion was found."""

        bubble = False

        def __init__(self, text: str, found: Completed) -> None:
            super().__init__()
            self.text = text
            self.found = found

    def __init__(
        self,
        question: str,
        text: str = "",
        *,
        hint: str = "",
        yes: str = "say it",
        check: Check | None = None,
        complete: Complete | None = None,
        most: int = 1000,
    ) -> None:
        """`most` is the most characters that can be typed; `yes` what Enter does."""
        super().__init__()
        self._question = question
        self._first = clean(text)
        self._hint = hint
        self._yes = yes
        self._check = check
        self._complete = complete
        self._most = most
        self._shown_for: str | None = None  # the words whose ways on are shown

    def compose(self) -> ComposeResult:
        """Lay the dialog out."""
        with Vertical(classes="dialog question"):
            yield Sheet(self._head, id="head")
            yield Typed(self._first, max_length=self._most, id="words", classes="line")
            yield Sheet(id="follows")
            yield Sheet(self._foot, id="foot")

    def on_mount(self) -> None:
        """Type at the end."""
        words = self.query_one(Typed)
        words.focus()
        words.cursor_position = len(self._first)
        if self._first:
            self.answer_changed(at_once=True)

    def _head(self, width: int) -> Sequence[Line]:
        return (
            *wrap(self._question, width, Tone.STRONG, most=3),
            *(wrap(self._hint, width, Tone.DIM, most=3) if self._hint else ()),
            (),
        )

    def _foot(self, width: int) -> Sequence[Line]:
        tab = (("Tab", "completes", "screen.complete()"),) if self._complete is not None else ()
        keys = keys_line(("Enter", self._yes, "screen.give()"), *tab, ("Esc", "leave", "screen.leave()"))
        return (), keys

    # --- checking ----------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What stands there now."""
        return self.query_one(Typed).value

    @on(Input.Changed)
    def _typed(self) -> None:
        self.answer_changed()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_give()

    def looker(self) -> Callable[[], object] | None:
        """Check the words."""
        check, text = self._check, self.text.strip()
        return (lambda: tuple(check(text))) if check is not None else None

    def follows(self, result: object, error: Exception | None) -> None:
        """Show what is told about them."""
        if self._shown_for == self.text:
            return
        if error is not None:
            # Nothing typed yet is nothing wrong yet.
            self.show_rows("follows", wrong_rows(error) if self.text.strip() else ())
        else:
            rows = result if isinstance(result, tuple) else ()
            self.show_rows("follows", _rows(rows))

    def give(self) -> None:
        """Give the words."""
        self.dismiss(self.text.strip())

    # --- completing --------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where nothing completes, Tab is Tab."""
        return self._complete is not None if action == "complete" else True

    def action_complete(self) -> None:
        """Complete the words as far as they can only mean one thing."""
        if self._complete is not None:
            arguments = self._complete, self.text
            threading.Thread(target=self._find, args=arguments, name="desk-complete", daemon=True).start()

    def _find(self, complete: Complete, text: str) -> None:
        self.post_message(self.Went(text, complete(text)))

    def on_words_went(self, message: Went) -> None:
        """Go on with it, or show the ways."""
        message.stop()
        words = self.query_one(Typed)
        if words.value != message.text:
            return  # it was typed on meanwhile
        if message.found.text != message.text:
            words.value = message.found.text
            words.cursor_position = len(words.value)
        if len(message.found.ways) != 1:
            self._shown_for = words.value
            self.show_rows("follows", _ways(message.found.ways))


def _rows(found: Sequence[str]) -> Draw:
    return lambda width: [row for words in found for row in wrap(words, width, Tone.DIM, most=4)]


def _ways(ways: Sequence[str]) -> Draw:
    """Return the ways on in columns."""

    def draw(width: int) -> list[Line]:
        if not ways:
            return [line(span("nothing goes on like this", Tone.DIM))]
        wide = min(width, max(len(way) for way in ways) + 2)
        across = max(1, width // wide)
        shown = ways[: across * _WAYS]
        rows = [
            line(
                *(fit(line(span(way, Tone.ACCENT if way.endswith("/") else Tone.PLAIN)), wide) for way in shown[at:end])
            )
            for at, end in ((at, at + across) for at in range(0, len(shown), across))
        ]
        if len(shown) < len(ways):
            rows.append(line(span(f"… {len(ways) - len(shown)} more", Tone.DIM)))
        return rows

    return draw
