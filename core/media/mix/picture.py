"""The picture of the reel: joined without re-encoding where that is possible, else encoded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg
import msgspec

from core.media.ffmpeg import find_ffmpeg, run_ffmpeg
from core.media.mix.timeline import Timeline, frames_at
from core.media.probe import Probe, opened, probe
from core.media.unreadable import Unreadable

# Two encoder threads whatever the machine: x264's output depends on the number.
ENCODE: dict[str, Any] = {
    "c:v": "libx264",
    "preset": "veryfast",
    "crf": 16,
    "x264-params": "mbtree=0",  # as in core.media.frames: the same frames, the same bytes
    "threads:v": 2,
    "pix_fmt": "yuv420p",
    "colorspace:v": "bt709",
    "color_primaries:v": "bt709",
    "color_trc:v": "bt709",
    "color_range:v": "tv",
    "flags:v": "+bitexact",
    "fflags": "+bitexact",
    "map_metadata": -1,
}
_SCALER = "bicubic+accurate_rnd+bitexact+full_chroma_int"
_TICKS = 512  # track time units a frame
_FINEST_RATE = 1001  # the largest denominator in use: 24000/1001 and its kin


class Source(msgspec.Struct, frozen=True):
    """A clip of the reel. `stamp` is equal for clips whose packets may follow each other in one stream."""

    path: Path
    probe: Probe
    rate: Fraction
    stamp: tuple[object, ...]

    def frames_at(self, fps: int) -> int:
        """Frames this clip has in a reel at `fps`."""
        return frames_at(self.probe.frames, self.rate, fps)


def read_source(path: Path) -> Source:
    """Probe one clip; Unreadable where it is missing, cut short, or holds no moving pictures."""
    found = probe(path)
    if not found.frames or not found.fps:
        raise Unreadable.of(path, "it holds no moving pictures")
    with opened(path) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        stamp = (
            found.video_codec,
            found.pixel_format,
            (found.width, found.height),
            stream.time_base,
            stream.average_rate,
            bytes(context.extradata or b""),
            stream.sample_aspect_ratio,
            # A clip whose pictures start late or whose last one lasts longer would shift all that follow it.
            stream.start_time,
            None if stream.duration is None else stream.duration / found.frames,
        )
    return Source(path, found, Fraction(found.fps).limit_denominator(_FINEST_RATE), stamp)


def can_copy(sources: Sequence[Source], timeline: Timeline, size: tuple[int, int], *, burn: bool) -> bool:
    """Tell whether the clips can be joined packet by packet: cuts only, all alike, and as the reel should be."""
    first = sources[0]
    return (
        not burn
        and not any(timeline.overlaps)
        and all(source.stamp == first.stamp for source in sources)
        and (first.probe.video_codec, first.probe.pixel_format) == ("h264", "yuv420p")
        and (first.probe.width, first.probe.height) == size
        and first.rate == timeline.fps
        and first.stamp[-2] == 0
    )


def joined(clips: Sequence[Path], fps: int, work: Path) -> tuple[Any, dict[str, Any]]:
    """Return (video stream, output options) that copy the packets of like clips one after another."""
    lines = "".join(f"file '{_quoted(clip)}'\n" for clip in clips)
    (work / "clips.txt").write_text("ffconcat version 1.0\n" + lines, encoding="utf-8")
    stream = ffmpeg.input("clips.txt", format="concat", safe=0, auto_convert=0).video
    # The list counts in microseconds, which no frame of a 24 fps clip is a whole number of: back to the grid.
    grid = f"setts=pts=round(PTS*TB*{fps})/({fps}*TB):dts=round(DTS*TB*{fps})/({fps}*TB)"
    return stream, {"c:v": "copy", "bsf:v": grid, "video_track_timescale": fps * _TICKS}


def _quoted(path: Path) -> str:
    return str(path).replace("'", r"'\''")


def render(
    sources: Sequence[Source],
    timeline: Timeline,
    size: tuple[int, int],
    captions: str | None,
    work: Path,
    progress: Callable[[float], None],
) -> list[Path]:
    """Decode, scale, cross-fade, caption and encode once, shot by shot; return the pieces, ready to be joined.

    A piece is a shot with the crossfade it begins with and without the one it ends in. One piece at a time keeps
    two clips open, however many the reel has. `captions` names an ASS file in `work`, its fonts in `fonts/`.
    """
    pieces = []
    follow = [*timeline.overlaps[1:], 0]
    for position in range(len(sources)):
        start = timeline.starts[position]
        frames = timeline.lengths[position] - follow[position]
        piece = work / f"piece_{position:02d}.mp4"
        stream = _piece(sources, timeline, position, size).filter("trim", end_frame=frames)
        if captions is not None:
            stream = _on_grid(stream, timeline.fps, start)
            stream = stream.filter("subtitles", filename=captions, fontsdir="fonts")
            stream = _on_grid(stream.filter("format", "yuv420p"), timeline.fps)
        options = {**ENCODE, "video_track_timescale": timeline.fps * _TICKS, "filter_complex_threads": 2}
        command = stream.output(piece.name, **options).compile(cmd=find_ffmpeg())
        run_ffmpeg(
            command,
            seconds=frames / timeline.fps,
            progress=_part(progress, start / timeline.frames, frames / timeline.frames),
            cwd=work,
        )
        pieces.append(piece)
    return pieces


def _part(progress: Callable[[float], None], begin: float, share: float) -> Callable[[float], None]:
    return lambda done: progress(begin + share * done)


def _piece(sources: Sequence[Source], timeline: Timeline, position: int, size: tuple[int, int]) -> Any:
    fps, overlap = timeline.fps, timeline.overlaps[position]
    clip = _clip(sources[position], size, fps)
    if not overlap:
        return clip
    tail = _clip(sources[position - 1], size, fps)
    tail = _on_grid(tail.filter("trim", start_frame=timeline.lengths[position - 1] - overlap), fps)
    # Half a frame early, the weights become (k + 1/2) / overlap, the same forwards and backwards. xfade rounds its
    # offset to the time base, so that must know half frames.
    faded = ffmpeg.filter(
        [stream.filter("settb", expr=f"1/{2 * fps}") for stream in (tail, clip)],
        "xfade",
        transition="fade",
        duration=_seconds(Fraction(overlap, fps)),
        offset=_seconds(Fraction(-1, 2 * fps)),
    )
    return _on_grid(faded, fps)


def _clip(source: Source, size: tuple[int, int], fps: int) -> Any:
    # One decoder thread: the encoder is the slow part, and every thread holds pictures of its own.
    clip = ffmpeg.input(str(source.path), threads=1).video
    if source.rate == fps:
        clip = _on_grid(clip, fps)
    else:
        clip = clip.filter("fps", fps=fps, start_time=0).filter("tpad", stop_mode="clone", stop=1)
        clip = _on_grid(clip, fps).filter("trim", end_frame=source.frames_at(fps))
    width, height = size
    if (source.probe.width, source.probe.height) != size:
        clip = clip.filter(
            "scale",
            width,
            height,
            force_original_aspect_ratio="decrease",
            force_divisible_by=2,
            flags=_SCALER,
            out_color_matrix="bt709",
            out_range="tv",
        ).filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2")
    return clip.filter("setsar", 1).filter("format", "yuv420p")


def _on_grid(stream: Any, fps: int, start: int = 0) -> Any:
    # Joining filters count in microseconds or forget the rate; the frames themselves are what counts.
    return stream.filter("settb", expr=f"1/{fps}").filter("setpts", expr=f"N+{start}").filter("fps", fps=fps)


def _seconds(value: Fraction) -> str:
    return f"{float(value):.6f}"
