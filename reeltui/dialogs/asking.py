"""What all questions share: what follows of an answer is worked out in a thread while it is given."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from textual.message import Message
from textual.timer import Timer

from core.film.errors import ReelError
from reeltui.lines import Line, Span, Tone, line, wrap
from reeltui.painting import Dialog
from reeltui.widgets.sheet import Draw, Sheet

Answer = TypeVar("Answer")
# How long (seconds) a person pauses before what follows of an answer is worked out.
PAUSE = 0.2


def keys_line(*keys: tuple[str, str, str]) -> Line:
    """Return the keys of a dialog: each as it is written, what it does, and the textual action of a click on it."""
    pieces: list[Span] = []
    for key, words, act in keys:
        pieces += [Span(key, Tone.ACCENT, act=act), Span(f" {words}", Tone.DIM, act=act), Span("   ")]
    return line(pieces)


def told(error: Exception) -> str:
    """Return what is wrong in one sentence, with what to do next."""
    if isinstance(error, ReelError):
        return f"{error}" + (f" — {error.remedy}" if error.remedy else "")
    return f"a mistake in reeltui: {type(error).__name__}: {error}"


def wrong_rows(error: Exception) -> Draw:
    """Return what is wrong as lines."""
    words = told(error)
    return lambda width: wrap(f"! {words}", width, Tone.BAD, most=6)


class Asking(Dialog[Answer], Generic[Answer]):
    """A question over a screen. `looker` gives what is to be worked out of the answer as it stands; that is done in a
    thread when a person pauses, and `follows` shows what came of it. An answer is taken only when it was found good:
    one that is given sooner waits for that.
    """

    CSS_PATH = "dialogs.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - as textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (22, "-low"), (32, "-tall")]  # noqa: RUF012

    class Worked(Message):
        """What follows of an answer was worked out, or what is wrong with it."""

        bubble = False

        def __init__(self, version: int, result: object, error: Exception | None) -> None:
            super().__init__()
            self.version = version
            self.result = result
            self.error = error

    def __init__(self) -> None:
        super().__init__()
        self._version = 0
        self._known = -1
        self._good = True
        self._working = False
        self._pause: Timer | None = None
        self._given = False

    # --- what a question says about itself ---------------------------------------------------------------------

    def looker(self) -> Callable[[], object] | None:
        """Return a function for another thread that works out what follows; it raises where the answer is wrong.

        None: nothing has to be worked out, the answer is good.
        """
        return None

    def follows(self, result: object, error: Exception | None) -> None:
        """Show what follows, or what is wrong (`error`)."""

    def is_good(self, result: object) -> bool:
        """Tell whether what came of it lets the answer be given."""
        return True

    def give(self) -> None:
        """Give the answer: it was found good."""

    def refused(self) -> None:
        """The answer was given and is not good: show why."""

    # --- working it out ----------------------------------------------------------------------------------------

    def answer_changed(self, *, at_once: bool = False) -> None:
        """The answer is another one now."""
        self._version += 1
        self._given = False
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        if at_once:
            self._work_out()
        else:
            self._pause = self.set_timer(PAUSE, self._work_out)

    def _work_out(self) -> None:
        if self._working:
            return  # when that is done, the answer is looked at again
        look, version = self.looker(), self._version
        if look is None:
            self._settle(self.Worked(version, None, None))
            return
        self._working = True
        threading.Thread(target=self._look, args=(version, look), name="desk-foresee", daemon=True).start()

    def _look(self, version: int, look: Callable[[], object]) -> None:
        try:
            message = self.Worked(version, look(), None)
        except Exception as error:  # noqa: BLE001 - it is shown, and the question stays
            message = self.Worked(version, None, error)
        self.post_message(message)

    def on_asking_worked(self, message: Worked) -> None:
        """Show it, and look again where the answer was changed meanwhile."""
        message.stop()
        self._working = False
        self._settle(message)

    def _settle(self, message: Worked) -> None:
        self._known = message.version
        self._good = message.error is None and self.is_good(message.result)
        self.follows(message.result, message.error)
        if message.version != self._version:
            self._work_out()
        elif self._given:
            self._given = False
            if self._good:
                self.give()
            else:
                self.app.bell()
                self.refused()

    # --- giving it ---------------------------------------------------------------------------------------------

    def action_give(self) -> None:
        """Give the answer as soon as it is known to be good; one that is not stays here."""
        if self._known == self._version and self._good:
            self.give()
            return
        self._given = True  # what was wrong a moment ago may be right by now: a disk has room again
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        self._work_out()

    def action_leave(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)

    def show_rows(self, name: str, rows: Sequence[Line] | Draw) -> None:
        """Show lines in a sheet of the dialog."""
        draw: Draw = rows if callable(rows) else lambda width: rows
        self.query_one(f"#{name}", Sheet).show(draw)
