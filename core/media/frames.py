"""Frames in and out of video files, one at a time: a streaming encoder, a streaming reader, stills."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import av
import av.error
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray
from PIL import Image

from core.film.errors import BadInput, DiskTrouble, EngineTrouble
from core.media.probe import opened, probe
from core.media.unreadable import Unreadable

Frame = NDArray[np.uint8]

# Two threads whatever the machine: x264's output depends on their number.
# Macroblock-tree rate control gave other bytes for the same frames from run to run; every take must be reproducible.
_X264 = {"preset": "veryfast", "crf": "17", "threads": "2", "x264-params": "mbtree=0"}
_MUXER = {"movflags": "+faststart", "fflags": "+bitexact"}
_BT709 = 1  # ITU-T H.273: primaries, transfer and matrix all have the code 1
_JPEG_QUALITY = 92


class ClipWriter:
    """Encode frames as they come into an H.264 yuv420p mp4 (BT.709, faststart), holding none of them.

    A context manager. The file gets its name only when the block ends well; otherwise nothing is left.
    Same frames, same bytes. `width` and `height` must be even; `fps` is a whole number of frames a second.
    """

    def __init__(self, path: Path, width: int, height: int, fps: int) -> None:
        if width < 2 or height < 2 or width % 2 or height % 2 or fps < 1:
            raise BadInput(f"no clip can be {width}x{height} at {fps} fps", remedy="use even sides, fps 1 or more")
        self._path, self._part = path, path.with_name(f".{path.name}.part")
        self._shape = (height, width, 3)
        self._frames = 0
        self._reformatter = VideoReformatter()
        try:
            self._container = av.open(str(self._part), mode="w", format="mp4", container_options=_MUXER)
            self._stream = self._container.add_stream("libx264", rate=fps, options=_X264)
            self._describe(fps)
            self._container.start_encoding()  # opens the file now, not at the first packet
        except (av.error.FFmpegError, OSError) as error:
            self._part.unlink(missing_ok=True)
            raise _write_trouble(path, error) from error

    def _describe(self, fps: int) -> None:
        height, width, _ = self._shape
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        context = self._stream.codec_context
        context.time_base = Fraction(1, fps)
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = ColorRange.MPEG.value

    @property
    def frames(self) -> int:
        """Frames written so far."""
        return self._frames

    def write(self, rgb: Frame) -> None:
        """Append one frame, uint8 of shape (height, width, 3).

        Raises BadInput for another shape or type, DiskTrouble or EngineTrouble where it cannot be encoded.
        """
        if rgb.shape != self._shape or rgb.dtype != np.uint8:
            raise BadInput(f"a frame is {rgb.dtype} {rgb.shape}, not uint8 {self._shape}", remedy="convert it")
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG,
            dst_color_range=ColorRange.MPEG,
        )
        frame.pts, frame.time_base = self._frames, self._stream.codec_context.time_base
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (av.error.FFmpegError, OSError) as error:
            raise _write_trouble(self._path, error) from error
        self._frames += 1

    def __enter__(self) -> ClipWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._abandon()

    def _finish(self) -> None:
        if self._frames == 0:
            raise EngineTrouble(f"{self._path.name} was closed without a single frame", remedy="run again")
        try:
            for packet in self._stream.encode(None):
                self._container.mux(packet)
            self._container.close()
            self._part.replace(self._path)
        except (av.error.FFmpegError, OSError) as error:
            raise _write_trouble(self._path, error) from error

    def _abandon(self) -> None:
        try:
            self._container.close()
        except (av.error.FFmpegError, OSError):
            pass  # the cause is already on its way up, and the file is thrown away
        finally:
            self._part.unlink(missing_ok=True)


def _write_trouble(path: Path, error: Exception) -> DiskTrouble | EngineTrouble:
    code = getattr(error, "errno", None)
    said = getattr(error, "strerror", None) or str(error)
    if code in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO, errno.EACCES, errno.ENOENT):
        return DiskTrouble(
            f"{path.name} could not be written: {said}", remedy="free some space, or raise the file-size limit"
        )
    return EngineTrouble(f"{path.name} could not be encoded: {said}", remedy="run again")


def read_frames(path: Path, *, size: tuple[int, int] | None = None, gray: bool = False) -> Iterator[Frame]:
    """Yield the frames of `path` one by one: uint8, (height, width, 3) RGB, or (height, width) with `gray`.

    `size` is (width, height) to scale to while converting (area averaging); None keeps the file's own.
    Raises Unreadable where the file is missing or damaged.
    """
    reformatter = VideoReformatter()
    for frame in _decoded(path):
        yield _converted(reformatter, frame, size, gray=gray)


def read_still(path: Path) -> Frame:
    """Return a picture (PNG, JPEG) as RGB at its own size; Unreadable where it is damaged."""
    for picture in read_frames(path):
        return picture
    raise EngineTrouble(f"{path.name} holds no picture", remedy="make it again, or put a whole file in its place")


def _decoded(path: Path) -> Iterator[av.VideoFrame]:
    with opened(path) as container:
        if not container.streams.video:
            raise Unreadable.of(path, "it holds no pictures")
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 2
        for frame in container.decode(stream):
            if frame.is_corrupt:
                raise Unreadable.of(path, "it is cut short or damaged")
            yield frame


def _converted(
    reformatter: VideoReformatter, frame: av.VideoFrame, size: tuple[int, int] | None, *, gray: bool
) -> Frame:
    width, height = size or (None, None)
    picture = reformatter.reformat(
        frame,
        width=width,
        height=height,
        format="gray" if gray else "rgb24",
        src_colorspace=_matrix(frame),
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.AREA if size else Interpolation.BILINEAR,
    )
    return picture.to_ndarray().astype(np.uint8, copy=False)


def _matrix(frame: av.VideoFrame) -> Colorspace | None:
    # RGB stills have no matrix to undo; video that does not name one is taken as ours.
    if frame.format.is_rgb or frame.format.name.startswith(("gray", "pal", "mono")):
        return None
    return None if frame.format.name.startswith("yuvj") else Colorspace.ITU709


def grab(path: Path, n: int = 4) -> list[Frame]:
    """Return `n` stills spread evenly over `path`, first and last included (n = 1: the middle one).

    Fewer frames than `n` give each frame once. Raises Unreadable.
    """
    total = probe(path).frames
    if n < 1 or total < 1:
        raise Unreadable.of(path, "it holds no pictures")
    if n == 1:
        wanted = {total // 2}
    else:
        wanted = {(i * (total - 1) * 2 + (n - 1)) // (2 * (n - 1)) for i in range(n)}
    reformatter = VideoReformatter()
    # Turning a frame into RGB costs more than decoding it: only the wanted ones are.
    found = [
        _converted(reformatter, frame, None, gray=False) for at, frame in enumerate(_decoded(path)) if at in wanted
    ]
    if len(found) != len(wanted):
        raise Unreadable.of(path, f"it is cut short: {len(found)} of {len(wanted)} stills could be taken")
    return found


def save_jpeg(path: Path, rgb: Frame) -> None:
    """Write one RGB frame, uint8 (height, width, 3), as a JPEG; DiskTrouble where it cannot be written."""
    try:
        Image.fromarray(rgb).save(path, format="JPEG", quality=_JPEG_QUALITY, subsampling=0)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise DiskTrouble(f"{path.name} could not be written: {error}", remedy="free some space") from error
