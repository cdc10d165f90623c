"""The frames of a clip, drawn, with the second each belongs to: a few ahead, in a thread, until told to stop."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from reeltui.pictures.cells import Cells, Grain, Shape

if TYPE_CHECKING:
    from av import VideoFrame
    from PIL import Image

AHEAD = 6  # frames drawn before their time: at 80x23 cells 13 kB each
LONGEST = 600.0  # seconds; a header may promise anything
FPS, FPS_FAR = 8.0, 4.0
GOODBYE = 0.1  # seconds the end waits for a clip's thread
# A cell whose colours moved by less keeps them: what a codec makes of a still wall need not cross a slow line.
_STEADY = 6


class Timed(msgspec.Struct, frozen=True):
    """A frame and the second of the clip it belongs to."""

    at: float
    cells: Cells


def frame_rate(environ: Mapping[str, str]) -> float:
    """Return how many frames a second a clip is played with here: fewer over SSH, where each is bytes on a line."""
    far = any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))
    return FPS_FAR if far else FPS


def clip_frames(
    path: Path,
    shape: Shape,
    fps: float,
    *,
    stopped: threading.Event,
    behind: Callable[[float], bool] = lambda at: False,
) -> Iterator[Timed]:
    """Yield the frames of an mp4 at no more than `fps` a second, drawn in `shape`, in the order they are shown.

    A frame that `behind` calls too late is decoded, for the next ones need it, but not drawn. Raises CannotShow,
    Stopped.
    """
    from reeltui.pictures.drawing import draw

    before: Cells | None = None
    due = 0.0
    for at, frame in _decoded(path, stopped):
        if at + 1e-6 < due or (before is not None and behind(at)):
            continue
        if at > LONGEST:
            return
        due = (int(at * fps + 1e-6) + 1) / fps
        cells = draw(_image(frame, shape), shape)
        before = cells = steady(before, cells)
        yield Timed(at, cells)


def steady(before: Cells | None, now: Cells) -> Cells:
    """Return `now` with the cells of `before` where hardly anything changed."""
    if before is None or before.grain not in (Grain.HALVES, Grain.QUARTERS) or len(before.inks) != len(now.inks):
        return now
    glyphs, inks = bytearray(now.glyphs), bytearray(now.inks)
    old_glyphs, old_inks = before.glyphs, before.inks
    for at in range(len(glyphs)):
        i = 6 * at
        old, new = old_inks[i : i + 6], inks[i : i + 6]
        if (
            old != new
            and old_glyphs[at] == glyphs[at]
            and all(abs(a - b) <= _STEADY for a, b in zip(old, new, strict=True))
        ):
            inks[i : i + 6] = old
    return msgspec.structs.replace(now, inks=bytes(inks))


def _decoded(path: Path, stopped: threading.Event) -> Iterator[tuple[float, VideoFrame]]:
    """Yield the frames of an mp4 with the seconds they are shown at."""
    import av  # not at the app's start: libav takes 15 MB
    import av.error

    from reeltui.pictures.decode import CannotShow, Stopped, open_plain

    # As a file of ours and as an mp4, nothing else: a playlist under that name would make libav open what it names.
    with os.fdopen(open_plain(path), "rb") as file:
        try:
            with av.open(_Watched(file, stopped), mode="r", format="mp4") as container:
                if not container.streams.video:
                    raise CannotShow("it holds no pictures")
                stream = container.streams.video[0]
                stream.codec_context.thread_count = 2
                rate, first = float(stream.average_rate or 16), None
                for number, frame in enumerate(container.decode(stream)):
                    if stopped.is_set():
                        raise Stopped
                    at = frame.time if frame.time is not None else number / rate
                    first = at if first is None else first
                    yield max(0.0, at - first), frame
                if first is None:
                    raise CannotShow("it holds no pictures")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            if stopped.is_set():
                raise Stopped from None
            said = getattr(error, "strerror", None) or str(error)
            raise CannotShow(f"it is cut short or damaged: {said}") from error


class _Watched:
    """A file whose reading ends when told to, however long the clip is."""

    def __init__(self, file: BinaryIO, stopped: threading.Event) -> None:
        self._file, self._stopped = file, stopped
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none once stopped."""
        return b"" if self._stopped.is_set() else self._file.read(size)


def _image(frame: VideoFrame, shape: Shape) -> Image.Image:
    """Return a frame as an RGB picture, no larger than drawing it needs."""
    from av.video.reformatter import ColorRange, Colorspace, Interpolation
    from PIL import Image

    across, down = shape.grid
    part = min(1.0, 3 * max(across / frame.width, down / frame.height))
    width, height = max(2, round(frame.width * part)), max(2, round(frame.height * part))
    small = frame.reformat(
        width=width,
        height=height,
        format="rgb24",
        src_colorspace=None if frame.format.is_rgb else Colorspace.ITU709,
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.AREA,
    )
    plane = small.planes[0]
    return Image.frombuffer("RGB", (width, height), bytes(plane), "raw", "RGB", plane.line_size, 1)


class ClipFrames:
    """Reads a clip in a thread of its own, a few frames ahead of who shows them.

    `ready` is told, from that thread, when a frame is there that was waited for, and at the end; it must not wait.
    """

    def __init__(self, path: Path, shape: Shape, fps: float, ready: Callable[[ClipFrames], None]) -> None:
        self.broken = ""
        self._ready = ready
        self._elapsed = 0.0
        self._hungry = True
        self._ended = False
        self._stopped = threading.Event()
        self._change = threading.Condition()
        self._frames: deque[Timed] = deque()
        # A daemon: closing the desk does not wait for the end of a clip.
        self._thread = threading.Thread(target=self._read, args=(path, shape, fps), name="clip", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        with self._change:
            return self._ended and not self._frames

    def due(self, elapsed: float) -> Timed | None:
        """Return the newest frame whose second has come, and drop those before it. None: there is none yet."""
        found = None
        with self._change:
            self._elapsed = elapsed
            while self._frames and self._frames[0].at <= elapsed + 1e-3:
                found = self._frames.popleft()
            self._hungry = not self._frames
            self._change.notify_all()
        return found

    def next_at(self) -> float | None:
        """Return the second of the next frame; None where none is ready (`ready` will be told)."""
        with self._change:
            self._hungry = not self._frames
            return self._frames[0].at if self._frames else None

    def stop(self, wait: float = 0.0) -> None:
        """Read no further; wait at most so many seconds for the thread, where the process is about to end."""
        self._stopped.set()
        with self._change:
            self._frames.clear()
            self._change.notify_all()
        if wait:
            self._thread.join(wait)

    # --- in the thread -----------------------------------------------------------------------------------------

    def _read(self, path: Path, shape: Shape, fps: float) -> None:
        from reeltui.pictures.decode import CannotShow, Stopped

        def behind(at: float) -> bool:
            return at < self._elapsed

        broken = ""
        try:
            for frame in clip_frames(path, shape, fps, stopped=self._stopped, behind=behind):
                self._put(frame)
        except Stopped:
            return
        except CannotShow as error:
            broken = str(error)
        except Exception as error:  # noqa: BLE001 - a damaged clip may make the decoder raise anything
            broken = f"it could not be played: {type(error).__name__}"
        with self._change:
            self._ended, self.broken = True, broken
        if not self._stopped.is_set():
            self._ready(self)

    def _put(self, frame: Timed) -> None:
        with self._change:
            while len(self._frames) >= AHEAD and not self._stopped.is_set():
                self._change.wait()
            self._frames.append(frame)
            told = self._hungry and not self._stopped.is_set()
            self._hungry = False
        if told:
            self._ready(self)
