"""What all screens share: looking at files in a thread, the title, the keys, and telling what went wrong."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual.message import Message
from textual.timer import Timer

from core.film.errors import ReelError
from reeltui.actions import ACTIONS, ANYWHERE, Action, actions_of, keys_of
from reeltui.acts.warned import warnings_of
from reeltui.lines import Line, Span, Tone, ends, line, span
from reeltui.painting import Painted
from reeltui.widgets.keys import Keys, shown
from reeltui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from reeltui.app import Desk

# Seconds since the last key after which nobody types, and for how long typing may keep changes off the screen.
QUIET, LONGEST = 0.4, 4.0

Look = Callable[[], object]
Refused = Callable[[ReelError], None]


class DeskScreen(Painted[None]):
    """A screen that renders what a look at the disk returned.

    A look runs in a thread, one at a time; what changes meanwhile is looked at once more after it. What a look raises
    is shown in the place of the title until a later look succeeds; what was shown before stays.
    """

    ROOM: ClassVar[str] = ""
    # How often (seconds) changed files are looked at at most: more cannot be read, and costs a slow line.
    EVERY: ClassVar[float] = 1.0
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-huge")]  # noqa: RUF012 - as textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]  # noqa: RUF012

    class Looked(Message):
        """A look ended: a view, or what went wrong."""

        bubble = False

        def __init__(self, view: object, error: Exception | None) -> None:
            super().__init__()
            self.view = view
            self.error = error

    class Done(Message):
        """Something a person asked for was done, or refused."""

        bubble = False

        def __init__(
            self,
            done: Callable[[object], None] | None,
            refused: Refused | None,
            result: object,
            error: Exception | None,
        ) -> None:
            super().__init__()
            self.done = done
            self.refused = refused
            self.result = result
            self.error = error

    def __init__(self) -> None:
        super().__init__()
        self._looking = False
        self._again = False
        self._later: Timer | None = None
        self._looked_at = float("-inf")
        self._trouble = ""
        self._title: tuple[Line, Line] = ((), ())

    @property
    def desk(self) -> Desk:
        """The app."""
        return cast("Desk", self.app)

    # --- what a screen says about itself -----------------------------------------------------------------------

    def about(self) -> tuple[Path | None, int | None]:
        """Return the folder of the reel and the shot it is about: where the desk opens again."""
        return None, None

    def folders(self) -> Iterable[Path]:
        """Return the folders to watch while the screen is shown, each without what lies below it."""
        return ()

    def near(self) -> Iterable[Path]:
        """Return the folders to watch because the cursor is on what they hold; watched by themselves."""
        return ()

    def looker(self) -> Look | None:
        """Return a function for another thread that reads what is to be shown, or None where there is nothing to read.

        It may raise ReelError.
        """
        return None

    def show(self, view: object) -> None:
        """Show what a look returned."""

    def _compositor_refresh(self) -> None:
        if not self.desk.held:
            super()._compositor_refresh()

    # --- looking -----------------------------------------------------------------------------------------------

    def on_screen_resume(self) -> None:
        """The screen is seen (again): watch its files and read them."""
        reel, shot = self.about()
        self.desk.memory.be_at(self.ROOM, library=self.desk.library, reel=reel, shot=shot)
        self.watch_files()
        self.show_keys()
        if self.desk.held:
            self.look_again()  # nothing is painted before
        else:
            # One of the two has the processor at a time, and a frame that is there at once says that the key was heard.
            self.call_after_refresh(self.look_again)

    def watch_files(self) -> None:
        """Watch this screen's files, unless another screen lies over it: a look may end after that came."""
        if self.desk.held:
            return  # to begin takes as long as to read everything; it is done behind the first paint
        if self.desk.room is self:
            self.desk.feed.watch(self.folders())
            self.desk.near.watch(self.near())

    def files_changed(self, paths: frozenset[Path]) -> None:
        """Something changed in a watched folder: look at it, but no more often than it can be read.

        While somebody types it waits: reading and painting anew would hold up every tenth key on a busy machine.
        """
        if self._later is None:
            self._look_soon()

    def _look_soon(self) -> None:
        now = time.monotonic()
        waited = now - self._looked_at
        wait = self.EVERY - waited
        if waited < LONGEST:
            wait = max(wait, QUIET - (now - self.desk.tidy.typed_at))
        if wait <= 0:
            self.look_again()
        else:
            self._later = self.set_timer(wait, self._look_later)

    def _look_later(self) -> None:
        self._later = None
        self._look_soon()

    def look_again(self) -> None:
        """Read everything anew, now or when the look under way is done."""
        if not self._standing:
            return
        if self._looking:
            self._again = True
            return
        look = self.looker()
        if look is None:
            return
        if self._later is not None:  # what it waits for is seen now
            self._later.stop()
            self._later = None
        self._looking = True
        self._looked_at = time.monotonic()
        # A thread of our own: a disk that hangs must not hold the exit.
        threading.Thread(target=self._look, args=(look,), name="desk-look", daemon=True).start()

    @property
    def _standing(self) -> bool:
        """Whether its widgets are there: while the desk closes they go before the last messages have come."""
        return self.is_attached and bool(self.children)

    def _look(self, look: Look) -> None:
        try:
            message = self.Looked(look(), None)
        except Exception as error:  # noqa: BLE001 - whatever a folder holds, the desk shows it and goes on
            message = self.Looked(None, error)
        self.post_message(message)

    def on_desk_screen_looked(self, message: Looked) -> None:
        """Show what was read."""
        message.stop()
        self._looking = False
        if not self._standing:
            return
        if message.error is None:
            self.show(message.view)
        self._say_trouble(message.error)
        self.desk.paint()
        self.desk.tidy.something_happened()
        if self._again:
            self._again = False
            self.look_again()

    def _say_trouble(self, error: Exception | None) -> None:
        text = words_of(error) if error is not None else ""
        if text != self._trouble:
            self._trouble = text
            self._draw_title()

    # --- title and keys ----------------------------------------------------------------------------------------

    def show_title(self, left: Line, right: Line) -> None:
        """Show the first line of the screen."""
        self._title = left, right
        self._draw_title()

    def _draw_title(self) -> None:
        for title in self.query(".title").results(Sheet):
            title.show(self._title_lines)

    def _title_lines(self, width: int) -> list[Line]:
        if self._trouble:
            return [ends(line(span(" ! ", Tone.BAD), span(self._trouble, Tone.BAD)), (), width)]
        left, right = self._title
        return [ends(line(" ", left), line(right, " "), width)]

    def show_keys(self) -> None:
        """Show what can be done here."""
        for keys in self.query(Keys):
            found = [self.worded(one) for one in actions_of(self.ROOM) if self.possible(one)]
            keys.show_keys(found, self.desk.keys)

    def worded(self, action: Action) -> Action:
        """Return an action with the title it has now: what a key does may depend on what it is done to."""
        return action

    def key(self, name: str) -> Span:
        """Return the key of an action as people write it; a click on it does the action."""
        action = next(one for one in ACTIONS if one.name == name)
        keys = keys_of(action, self.desk.keys)
        if not keys:
            return span(action.title, Tone.ACCENT)
        return Span(shown(keys[0]), Tone.ACCENT, act=f"screen.{action.action}()")

    def possible(self, action: Action) -> bool:
        """Tell whether an action can be done now."""
        target = self.app if ANYWHERE in action.rooms else self
        return "(" in action.action or target.check_action(action.action, ()) is True

    def tell(self, text: str, *, bad: bool = False) -> None:
        """Tell something in passing; text from files is taken literally."""
        tell(self.desk, text, bad=bad)

    def warn(self, warnings: Iterable[str]) -> None:
        """Tell what is wrong beside the matter; text from files is taken literally."""
        for warning in warnings:
            if warning:
                self.notify(span(warning, limit=600).text, severity="warning", markup=False)

    def attempt(
        self,
        act: Callable[[], object],
        done: Callable[[object], None] | None = None,
        *,
        refused: Refused | None = None,
    ) -> None:
        """Do something a person asked for, in a thread: a disk may take its time. What it refuses is told.

        `done` gets what it returned, `refused` why it was refused; then everything is read again.
        """
        args = act, done, refused, self.desk
        threading.Thread(target=self._attempt, args=args, name="desk-act", daemon=True).start()

    def _attempt(
        self, act: Callable[[], object], done: Callable[[object], None] | None, refused: Refused | None, desk: Desk
    ) -> None:
        try:
            message = self.Done(done, refused, act(), None)
        except Exception as error:  # noqa: BLE001 - it is told, and the desk goes on
            message = self.Done(done, refused, None, error)
        if not self.post_message(message) and message.error is not None:
            # The person went on to another screen, and is told there; RuntimeError: the desk is closed.
            with contextlib.suppress(RuntimeError):
                desk.call_from_thread(tell, desk, words_of(message.error), bad=True)

    def on_desk_screen_done(self, message: Done) -> None:
        """Tell what came of it."""
        message.stop()
        if message.error is not None:
            if isinstance(message.error, ReelError):
                self.warn(warnings_of(message.error))
            self.tell(words_of(message.error), bad=True)
            if message.refused is not None and isinstance(message.error, ReelError):
                message.refused(message.error)
        elif message.done is not None:
            message.done(message.result)
        self.look_again()


def words_of(error: Exception) -> str:
    """Return an error as a person is told it, with what to do next."""
    if isinstance(error, ReelError):
        return f"{error}" + (f" — {error.remedy}" if error.remedy else "")
    return f"a mistake in reeltui: {type(error).__name__}: {error}"


def tell(desk: Desk, text: str, *, bad: bool = False) -> None:
    """Tell something in passing on whatever screen is shown; text from files is taken literally."""
    desk.notify(span(text, limit=400).text, severity="error" if bad else "information", markup=False)
