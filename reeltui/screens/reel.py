"""One reel: its phases, its shots, the machine, what happened, and what a person can say about all of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.strip import Strip

from core.folder.queue import Held
from reeltui.app import bindings
from reeltui.lines import EMPTY, Line, Tone, line, span
from reeltui.pictures.cells import Broken, PictureRef, Shape
from reeltui.pictures.passing import Passing
from reeltui.pictures.protocol import Protocol
from reeltui.pictures.strips import strips, with_word
from reeltui.screens.following import FollowingScreen
from reeltui.views.board import shot_rows
from reeltui.views.flown import flown_table, heading
from reeltui.views.machine import machine, machine_brief
from reeltui.views.notices import log_rows, notices, title
from reeltui.views.rail import rail
from reeltui.views.reel import ReelView, ShotLook
from reeltui.widgets.board import Board
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet

# One more event moves every line of the log; while a reel is made they are told together, this often (seconds).
LOG_EVERY = 4.0
_TALL, _ROW, _LOW_ROW = 32, 5, 3
_LOG_LINES = 80
_NO_SHOTS = (EMPTY, line(span("  There are no shots yet: the plan is still to be written.", Tone.DIM)))


class ReelScreen(FollowingScreen):
    """One reel. The cursor is on a shot; what is done to a shot is done to that one."""

    ROOM = "reel"
    EVERY = 1.5
    CSS_PATH = "reel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("reel")
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (22, "-low"), (_TALL, "-tall")]  # noqa: RUF012 - as textual declares it

    class Drawn(Message):
        """A picture of the board was drawn."""

        bubble = False

        def __init__(self, ref: PictureRef) -> None:
            super().__init__()
            self.ref = ref

    def __init__(self, root: Path, *, seen_until: float | None = None, shot: int | None = None) -> None:
        """`seen_until` (epoch seconds) is when a person last looked at it; `shot` the index the cursor begins at."""
        super().__init__(root, seen_until)
        self._first_shot = "" if shot is None else str(shot)
        self._logged_at = float("-inf")

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        self._passing = Passing(self.desk.thumbnails)
        yield Sheet(self._title_lines, classes="title")
        yield Sheet(self._notices, id="notices")
        yield Sheet(self._rail, id="rail")
        with Horizontal(id="body"):
            with Vertical(id="main"):
                yield Sheet(self._brief, id="brief")
                off = self.desk.thumbnails.way.protocol is Protocol.OFF
                board = Board(self._row, None if off else self.picture, id="shots")
                board.say_when_empty(_NO_SHOTS)
                yield board
            with Vertical(id="side"):
                yield Sheet(self._machine, id="machine")
                yield Sheet(self._log, id="log")
        yield Keys()

    def on_mount(self) -> None:
        """The board has the keys."""
        self.query_one("#shots", Board).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Rows are higher where there is room for it."""
        self.query_one("#shots", Board).set_height(_ROW if event.size.height >= _TALL else _LOW_ROW)
        if self.view is not None:
            self._draw()

    # --- looking -----------------------------------------------------------------------------------------------

    def show(self, view: object) -> None:
        """Show what was read."""
        assert isinstance(view, ReelView), "what the looker returned"
        before, self.view = self.view, view
        self.show_title(*title(view))
        self.set_class(view.told.state == "running", "-running")
        board = self.query_one("#shots", Board)
        old = {shot.key: shot for shot in before.shots} if before else {}
        changed = [shot.key for shot in view.shots if old.get(shot.key) != shot]
        board.show([shot.key for shot in view.shots], changed=changed, cursor=self._first_shot)
        self._first_shot = ""
        self._draw()
        self.show_keys()
        self.listen(view)

    # --- drawing -----------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        for name, draw in (
            ("notices", self._notices),
            ("rail", self._rail),
            ("brief", self._brief),
            ("machine", self._machine),
        ):
            self.query_one(f"#{name}", Sheet).show(draw)
        now = time.monotonic()
        if self.view is None or self.view.told.state != "running" or now - self._logged_at >= LOG_EVERY:
            self._logged_at = now
            self.query_one("#log", Sheet).show(self._log)

    def _notices(self, width: int) -> list[Line]:
        most = 4 if self.size.height < _TALL else 9
        return notices(self.view, self.key, max(1, width), most) if self.view else []

    def _rail(self, width: int) -> list[Line]:
        return rail(self.view.phases, width) if self.view else []

    def _brief(self, width: int) -> list[Line]:
        most = 5 if self.size.height >= _TALL else 3 if self.size.height >= 22 else 1
        return machine_brief(self.view, width, most) if self.view else []

    def _machine(self, width: int) -> list[Line]:
        return machine(self.view, width) if self.view else []

    def _log(self, width: int) -> list[Line]:
        # Always as many lines, most of them out of sight: one more event then moves nothing but the log.
        rows = log_rows(self.view, _LOG_LINES) if self.view else []
        return [*rows, *[EMPTY] * (_LOG_LINES - len(rows))]

    def _row(self, key: str, width: int) -> list[Line]:
        shot = self.view.shot(key) if self.view else None
        if shot is None or self.view is None:
            return []
        return shot_rows(shot, self.view, width, _ROW if self.size.height >= _TALL else _LOW_ROW)

    def picture(self, key: str, width: int, height: int) -> Sequence[Strip] | str:
        """Return a shot's keyframe in so many cells, or a word where there is none or not yet.

        While a step of it shows what it makes, that has the keyframe's place, and says what it is.
        """
        shot, thumbnails = self.view.shot(key) if self.view else None, self.desk.thumbnails
        shape = Shape(width, height, thumbnails.way.grain, crop=True)
        passing = self._passing.get(key, shot.preview if shot else None, shape, self._drawn)
        if passing is not None:
            return with_word(strips(passing, self.rich_style), "preview", self.rich_style)
        if shot is None or shot.keyframe is None:
            return "○" if width < 14 else "no keyframe"
        found = thumbnails.get(shot.keyframe, shape, self._drawn)
        if found is None:
            return "…"
        return found.reason if isinstance(found, Broken) else strips(found, self.rich_style)

    def _drawn(self, ref: PictureRef) -> None:
        # From another thread. The app may have ended meanwhile: then nobody is there to be told.
        with contextlib.suppress(RuntimeError):
            self.post_message(self.Drawn(ref))

    def on_reel_screen_drawn(self, message: Drawn) -> None:
        """Paint the rows of a picture that was drawn."""
        message.stop()
        board = self.query_one("#shots", Board)
        shots = self.view.shots if self.view else ()
        board.show(board.keys, changed=[one.key for one in shots if message.ref in (one.keyframe, one.preview)])

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.desk.memory.saw(self.root)
        self.desk.thumbnails.drop(self._drawn)

    # --- what can be done --------------------------------------------------------------------------------------

    @property
    def shot(self) -> ShotLook | None:
        """The shot under the cursor."""
        return self.view.shot(self.query_one("#shots", Board).cursor) if self.view and self.is_mounted else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what is not possible now."""
        possible = self._POSSIBLE.get(action)
        if possible is None:
            return True
        return self.view is not None and possible(self, self.view)

    _POSSIBLE: ClassVar[dict[str, Callable[[ReelScreen, ReelView], bool]]] = {
        "seen": lambda self, view: view.missed is not None,
        "open_shot": lambda self, view: self.shot is not None,
        "approve": lambda self, view: self.shot is not None and bool(self.shot.told.takes or self.shot.waits),
        "reject": lambda self, view: self.shot is not None and bool(self.shot.told.takes),
        "retake": lambda self, view: self.shot is not None and bool(self.shot.told.takes),
        "retake_note": lambda self, view: self.shot is not None and bool(self.shot.told.takes),
        "approve_gate": lambda self, view: view.told.waits_for != "",
        "pause": lambda self, view: view.place is not None and view.held is not Held.INTERRUPTED,
        "resume": lambda self, view: view.told.state != "running" and view.told.state != "done",
        "cancel": lambda self, view: view.place is not None,
        "undo": lambda self, view: view.decided,
    }

    @on(Rows.Highlighted, "#shots")
    def _moved(self) -> None:
        shot = self.subject()
        if shot is not None:
            self.desk.memory.in_reel(self.root, shot=shot)
        self.show_keys()

    @on(Rows.Chosen, "#shots")
    def _picked(self) -> None:
        self.action_open_shot()

    # --- going about -------------------------------------------------------------------------------------------

    def subject(self) -> int | None:
        """Return the shot under the cursor."""
        return self.shot.told.index if self.shot is not None else None

    def waits_at(self) -> str:
        """Return the gate the reel waits at."""
        return self.view.told.waits_for if self.view is not None else ""

    def held(self) -> Held:
        """Return whether the queue holds the reel."""
        return self.view.held if self.view is not None else Held.NO

    def acted(self) -> None:
        """What a person did something about, they have seen."""
        self.action_seen()

    def action_seen(self) -> None:
        """Put the summary of what happened meanwhile away."""
        self._seen_until = None
        if self.view is not None and self.view.missed is not None:
            self.view = msgspec.structs.replace(self.view, missed=None)
            self._draw()
            self.show_keys()

    def action_open_shot(self) -> None:
        """Open the shot under the cursor."""
        shot = self.shot
        if shot is not None:
            from reeltui.screens.shot import ShotScreen

            self.action_seen()
            self.desk.push_screen(ShotScreen(self.root, shot.told.index))

    def action_plan(self) -> None:
        """Open the plan."""
        from reeltui.screens.plan import PlanScreen

        self.action_seen()
        self.desk.push_screen(PlanScreen(self.root))

    def action_vram(self) -> None:
        """Read the flight recorder."""
        from reeltui.dialogs.reading import Reading

        if self.view is not None:
            flown = self.view.flight
            self.app.push_screen(Reading("Flight recorder", lambda width: [heading(width), *flown_table(flown, width)]))

    def action_events(self) -> None:
        """Read everything that happened."""
        from reeltui.dialogs.reading import Reading

        view = self.view
        if view is not None:
            self.app.push_screen(Reading("Events, the newest first", lambda width: log_rows(view)))

    def action_copy_path(self) -> None:
        """Copy the path of the finished reel, or of its folder."""
        output = self.view.told.output if self.view is not None else None
        if output is not None:
            self.desk.copy(output.path, "the path of the finished reel")
        else:
            self.desk.copy(str(self.root), "the path of the folder")
