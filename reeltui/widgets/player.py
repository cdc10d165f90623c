"""A picture that plays its clip when asked: at a low rate, honest to time, stopped by any key or by looking away."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from reeltui.pictures.cells import Broken, Cells, Grain, Shape
from reeltui.pictures.frames import FPS, GOODBYE, ClipFrames, Timed
from reeltui.pictures.protocol import Protocol
from reeltui.widgets.picture import Picture

if TYPE_CHECKING:
    from textual_image.widget._base import Image as RichPicture

    from reeltui.pictures.thumbnails import Thumbnails

PLAYING = "▶ any key stops"
_LEAST_WAIT = 0.01  # seconds between frames at least, however late the next one is


class Player(Picture):
    """Shows a still, and the clip it is from on demand. It never plays by itself, and while it does it has the keys.

    A frame whose time has passed is left out, so a slow line sees fewer frames, not a slower clip. Frames are cells
    whatever the terminal can show.
    """

    # Pressed to stop and for nothing else: what they do elsewhere is not done as well.
    ONLY_STOP: ClassVar[frozenset[str]] = frozenset({"escape", "space", "enter"})

    class Fed(Message):
        """A frame that was waited for is there, or the clip is at its end."""

        bubble = False

        def __init__(self, frames: ClipFrames) -> None:
            super().__init__()
            self.frames = frames

    class Stopped(Message):
        """The clip plays no more; `finished` where it came to its end, `reason` where it could not be played."""

        def __init__(self, player: Player, finished: bool, reason: str) -> None:
            super().__init__()
            self.player = player
            self.finished = finished
            self.reason = reason

        @property
        def control(self) -> Player:
            """The player."""
            return self.player

    def __init__(
        self,
        thumbnails: Thumbnails,
        *,
        fps: float = FPS,
        play_keys: Iterable[str] = (),
        crop: bool = False,
        rich: type[RichPicture] | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`fps`: frames a second at most; `pictures.frames.frame_rate` says how many suit the line.

        `play_keys` are those that start it elsewhere: here they stop it and do not start it again at once.
        """
        super().__init__(thumbnails, crop=crop, rich=rich, id=id, classes=classes)
        self._clip: Path | None = None
        self._fps = fps
        self._only_stop = self.ONLY_STOP | frozenset(play_keys)
        self._frames: ClipFrames | None = None
        self._began: float | None = None
        self._timer: Timer | None = None
        self._focus_before: Widget | None = None
        self._still_caption = ""

    @property
    def playing(self) -> bool:
        """Tell whether the clip plays, or is about to."""
        return self._frames is not None

    def load(self, clip: Path | None) -> None:
        """Say which clip belongs to the still; one that plays is stopped."""
        if clip != self._clip:
            self.stop()
            self._clip = clip

    def play(self) -> bool:
        """Play the clip from its beginning and take the keys. False where there is none, or no room."""
        self.stop()
        if self._clip is None or self.size.width < 1 or self.size.height < 1:
            return False
        if self.thumbnails.way.protocol is Protocol.OFF:
            return False
        self._still_caption = self._caption
        self._caption = PLAYING
        self._repaint()
        self.can_focus = True
        self._focus_before = self.screen.focused
        self.screen.set_focus(self, scroll_visible=False)
        shape = Shape(self.size.width, self._lines, self.thumbnails.way.grain, self._crop)
        self._frames = ClipFrames(self._clip, shape, self._fps, self._frame_told)
        self._frames.start()
        return True

    def _frame_told(self, frames: ClipFrames) -> None:
        # From another thread. The app may have ended meanwhile: then nobody is there to be told.
        try:
            self.post_message(self.Fed(frames))
        except RuntimeError:
            return

    def stop(self) -> None:
        """Stop playing at once and show the still again; nothing where nothing plays."""
        self._stop(finished=False)

    def _stop(self, *, finished: bool, reason: str = "") -> None:
        frames, self._frames, self._began = self._frames, None, None
        if frames is None:
            return
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        frames.stop()
        self._caption = self._still_caption
        self._give_keys_back()
        if reason:
            self._found = Broken(reason)
        else:
            self._ask()
        self._repaint()
        self.post_message(self.Stopped(self, finished, reason))

    def _give_keys_back(self) -> None:
        before, self._focus_before = self._focus_before, None
        if self.has_focus:
            self.screen.set_focus(before if before is not None and before.is_attached else None, scroll_visible=False)
        self.can_focus = False

    # --- what stops it -----------------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Any key stops; one that means something elsewhere goes on there."""
        if self.playing:
            self.stop()
            if event.key in self._only_stop:
                event.stop()

    def on_blur(self) -> None:
        """Nobody looks at it any more."""
        self.stop()

    def on_hide(self) -> None:
        """It is not to be seen any more."""
        self.stop()

    def on_resize(self) -> None:
        """Frames are drawn for a size; the picture's own handler comes after this one."""
        self.stop()

    def on_unmount(self) -> None:
        """Close the clip; the picture's own handler comes after this one."""
        frames, self._frames = self._frames, None
        if frames is not None:
            frames.stop(GOODBYE)

    # --- frame by frame ----------------------------------------------------------------------------------------

    def on_player_fed(self, message: Fed) -> None:
        """Go on with what was waited for."""
        if message.frames is self._frames and self._timer is None:
            self._tick()

    def _tick(self) -> None:
        self._timer = None
        frames = self._frames
        if frames is None:
            return
        now = time.monotonic()
        if self._began is None:
            self._began = now
        elapsed = now - self._began
        shown = frames.due(elapsed)
        if shown is not None:
            self._paint_frame(shown)
        coming = frames.next_at()
        if coming is not None:
            self._timer = self.set_timer(max(_LEAST_WAIT, coming - elapsed), self._tick)
        elif frames.ended and shown is not None:
            self._timer = self.set_timer(1 / self._fps, self._tick)  # the last one is to be seen as well
        elif frames.ended:
            self._stop(finished=not frames.broken, reason=frames.broken)

    def _paint_frame(self, frame: Timed) -> None:
        before, self._found = self._found, frame.cells
        first = not isinstance(before, Cells) or before.grain is Grain.PIXELS or _size(before) != _size(frame.cells)
        if first:
            self._repaint()
            return
        assert isinstance(before, Cells), "looked at above"
        rows = [y for y in range(frame.cells.height) if _row(before, y) != _row(frame.cells, y)]
        for begin, end in _runs(rows):
            self.repaint_lines(begin, end)


def _size(cells: Cells) -> tuple[int, int, str]:
    return cells.width, cells.height, cells.grain


def _row(cells: Cells, y: int) -> tuple[bytes, bytes]:
    size = len(cells.inks) // len(cells.glyphs)
    start, end = y * cells.width, (y + 1) * cells.width
    return cells.glyphs[start:end], cells.inks[start * size : end * size]


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    """Return neighbouring rows together, as (first, last)."""
    found: list[tuple[int, int]] = []
    for y in rows:
        if found and found[-1][1] == y - 1:
            found[-1] = found[-1][0], y
        else:
            found.append((y, y))
    return found
