"""The queue: what runs, what waits, the workers, their devices and their log, and what can be done to all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from core.folder import layout
from core.worker.daemon.leases import worker_dir
from core.worker.daemon.state import Running
from reeltui.actions import Action
from reeltui.app import bindings
from reeltui.lines import Line, Tone, line, span
from reeltui.screens.base import Look
from reeltui.screens.queueing import QueueingScreen
from reeltui.views.queue import Queued
from reeltui.views.workshop import WorkshopMemory, WorkshopView, look_at_workshop
from reeltui.views.workshop_lines import closer_rows, heading, log_rows, reel_row, title, worker_rows
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet

# How often (seconds) it is looked whether who works still lives: a death changes no file.
_PULSE = 2.0
# How long (seconds) the cursor rests on a reel before more is read about it.
_REST = 0.15
_TALL = 32


class QueueScreen(QueueingScreen):
    """The queue of a library and the workers of this machine. The cursor is on a reel."""

    ROOM = "queue"
    CSS_PATH = "queue.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("queue")
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (76, "-narrow"), (100, "-wide"), (160, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (22, "-low"), (_TALL, "-tall")]  # noqa: RUF012 - as textual declares it

    def __init__(self, library: Path) -> None:
        super().__init__()
        self.library = library
        self.view: WorkshopView | None = None
        self._memory = WorkshopMemory()
        self._whole = True
        self._pulse: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Sheet(self._title_lines, classes="title")
        yield Sheet(self._workers, id="workers")
        yield Sheet(lambda width: [heading(width)], id="heading")
        queue = Rows(self._row, id="reels")
        queue.say_when_empty(((), line("  Nothing is queued. ", span("A reel is made in the library.", Tone.DIM))))
        yield queue
        with Horizontal(id="below"):
            with Vertical(id="closer"):
                yield Sheet(self._closer_head, classes="head")
                yield Sheet(self._closer, id="flight")
            with Vertical(id="told"):
                yield Sheet(self._log_head, classes="head")
                yield Sheet(self._log, id="log")
        yield Keys()

    def on_mount(self) -> None:
        """The queue has the keys; Tab gives them to what is below, to scroll it."""
        for name in ("#flight", "#log"):
            self.query_one(name, Sheet).can_focus = True
        self.query_one("#reels", Rows).focus()

    def on_resize(self) -> None:
        """Devices take more lines where there is room for them."""
        self._draw()

    # --- looking -----------------------------------------------------------------------------------------------

    def folders(self) -> Iterable[Path]:
        """The library with its queue, what the workers say of themselves, and the reels that run."""
        yield self.library
        yield worker_dir()
        for reel in self.view.listing.reels if self.view else ():
            if reel.path is not None and reel.state == "running":
                yield Path(reel.path)

    def looker(self) -> Look:
        """Read the queue and the workers; only whether they live where no file changed."""
        library, now, name, memory = self.library, self.desk.clock(), self.selected, self._memory
        unless = None if self._whole else self.view
        self._whole = False
        self._looked_at = time.monotonic()
        return lambda: look_at_workshop(library, name, now, memory, unless=unless)

    def look_again(self) -> None:
        """Read everything anew."""
        self._whole = True
        self._stop_pulse()
        super().look_again()

    def cannot_wait(self, paths: frozenset[Path]) -> bool:
        """Only live figures can: they change all the time."""
        return not paths or any(path.name.split(".tmp")[0] != layout.LIVE for path in paths)

    def _feel_pulse(self) -> None:
        self._pulse = None
        super().look_again()

    def _stop_pulse(self) -> None:
        if self._pulse is not None:
            self._pulse.stop()
            self._pulse = None

    def show(self, view: object) -> None:
        """Show what was read. Ages grow only where something else changed as well: nothing moves by itself."""
        assert isinstance(view, WorkshopView), "what the looker returned"
        before = self.view
        if before is None or msgspec.structs.replace(view, now=before.now) != before:
            self.view = view
            self.show_title(*title(view, self.key))
            self.query_one("#reels", Rows).show([reel.name for reel in view.listing.reels])
            self._draw()
            self.watch_files()
        self.show_keys()
        if before is None and view.listing.reels:
            self.look_again()  # now it is known which reel the cursor is on
        self._stop_pulse()
        if view.workers or any(reel.state == "running" for reel in view.listing.reels):
            self._pulse = self.set_timer(_PULSE, self._feel_pulse)

    def hands(self) -> tuple[Running, ...]:
        """Return the workers that run."""
        return self.view.workers if self.view else ()

    def paused(self) -> bool:
        """Tell whether no further reel is begun."""
        return self.view is not None and self.view.listing.paused

    # --- drawing -----------------------------------------------------------------------------------------------

    @property
    def selected(self) -> str:
        """The name of the reel under the cursor, "" where there is none."""
        return self.query_one("#reels", Rows).cursor if self.is_mounted else ""

    @property
    def reel(self) -> Queued | None:
        """The reel under the cursor."""
        return self.view.reel(self.selected) if self.view else None

    def _draw(self) -> None:
        for sheet in self.query("#workers, #flight, #log, .head").results(Sheet):
            sheet.show(sheet.draw)

    def _workers(self, width: int) -> list[Line]:
        roomy = self.size.height >= _TALL
        return worker_rows(self.view, self.key, width, roomy=roomy) if self.view else []

    def _row(self, key: str, width: int) -> list[Line]:
        reel = self.view.reel(key) if self.view else None
        return [reel_row(self.view, reel, width)] if reel and self.view else []

    def _closer_head(self, width: int) -> list[Line]:
        return [line(span(self.selected, Tone.STRONG, limit=200))]

    def _closer(self, width: int) -> list[Line]:
        return closer_rows(self.view, self.selected, self.key, width) if self.view else []

    def _log_head(self, width: int) -> list[Line]:
        return [line(span("Worker's log", Tone.STRONG), "  ", self.key("queue.logs"), span(" reads it all", Tone.DIM))]

    def _log(self, width: int) -> list[Line]:
        return log_rows(self.view, width) if self.view else []

    @on(Rows.Highlighted, "#reels")
    def _moved(self) -> None:
        self._draw()
        self.show_keys()
        if self._later is None:
            self._later = self.set_timer(_REST, self._look_later)

    @on(Rows.Chosen, "#reels")
    def _picked(self) -> None:
        self.action_open()

    # --- what can be done --------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Hide what is not possible now."""
        possible = self._POSSIBLE.get(action)
        if possible is None:
            return True
        return self.view is not None and possible(self, self.view)

    _POSSIBLE: ClassVar[dict[str, Callable[[QueueScreen, WorkshopView], bool]]] = {
        "open": lambda self, view: self.reel is not None and self.reel.path is not None,
        "earlier": lambda self, view: self.reel is not None and self.reel.place > 1,
        "later": lambda self, view: self.reel is not None and self.reel.place < len(view.listing.reels),
        "pause": lambda self, view: self.reel is not None and (self.reel.path is not None or not self.reel.held),
        "pause_all": lambda self, view: bool(view.listing.reels) or view.listing.paused,
        "remove": lambda self, view: self.reel is not None,
        "start": lambda self, view: not view.workers and not self.starting,
        "stop": lambda self, view: bool(view.workers),
        "logs": lambda self, view: bool(view.said),
    }

    def worded(self, action: Action) -> Action:
        """Say what pausing does now."""
        again = {
            "queue.pause": self.reel is not None and bool(self.reel.held),
            "queue.pause-all": self.view is not None and self.view.listing.paused,
        }
        if not again.get(action.name):
            return action
        return msgspec.structs.replace(action, title="Go on" if action.name == "queue.pause" else "Go on with all")
