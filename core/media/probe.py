"""What a media file really holds: probed without decoding, or decoded to the last frame."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.error
import msgspec
from PIL import Image, UnidentifiedImageError

from core.media.sound import wav_layout
from core.media.unreadable import Unreadable

__all__ = ["AudioInfo", "Decoded", "Probe", "Unreadable", "decode_check", "opened", "probe"]

_IMAGE_FORMATS = ("image2", "_pipe")
# A decoder has all pixels before it reads these, so it would not miss them; some cameras write on.
_IMAGE_ENDS = {"JPEG": b"\xff\xd9", "PNG": b"\x00\x00\x00\x00IEND\xaeB\x60\x82"}
_TAIL = 4096


class AudioInfo(msgspec.Struct, frozen=True):
    """First sound stream: `sample_rate` in Hz, `seconds` as played (encoder priming left out)."""

    sample_rate: int
    channels: int
    seconds: float


class Probe(msgspec.Struct, frozen=True):
    """What a file holds. `frames` is counted, not believed from the header; a still has 1 frame and fps 0.

    `seconds` is frames / fps, or the sound's length where there is no picture. Without a picture `width`,
    `height` and `frames` are 0 and `video_codec`, `pixel_format` empty.
    """

    frames: int
    fps: float
    width: int
    height: int
    seconds: float
    video_codec: str
    pixel_format: str
    audio: AudioInfo | None
    subtitles: int


class Decoded(msgspec.Struct, frozen=True):
    """What came out of decoding a whole file: pictures, and sound samples per channel (AAC ends on a whole block)."""

    frames: int
    samples: int


@contextmanager
def opened(path: Path) -> Iterator[av.container.InputContainer]:
    """Open `path` for reading by PyAV and always close it; what goes wrong inside becomes Unreadable."""
    try:
        with av.open(str(path), mode="r") as container:
            yield container
    except (av.error.FFmpegError, OSError) as error:
        raise Unreadable.of(path, _reason(error)) from error


def probe(path: Path) -> Probe:
    """Read the streams of `path` and count its pictures without decoding them.

    Raises Unreadable where the file is missing, is no media file, or ends before its header says.
    """
    with opened(path) as container:
        video = next(iter(container.streams.video), None)
        sound = next(iter(container.streams.audio), None)
        if video is None and sound is None:
            raise Unreadable.of(path, "it holds neither pictures nor sound")
        still = container.format.name.endswith(_IMAGE_FORMATS)
        promised = video.frames if video is not None else 0
        frames, audio_end = _count(path, container)
        if frames < promised:
            raise Unreadable.of(path, f"it is cut short: {frames} of {promised} frames are there")
        rate = 0.0 if video is None or still else float(video.average_rate or 0)
        audio = None
        if sound is not None:
            audio = AudioInfo(sound.codec_context.sample_rate, sound.codec_context.channels, audio_end)
        picture = frames / rate if rate else 0.0
        return Probe(
            frames=frames,
            fps=rate,
            width=video.codec_context.width if video is not None else 0,
            height=video.codec_context.height if video is not None else 0,
            seconds=picture if video is not None else audio_end,
            video_codec=video.codec_context.name if video is not None else "",
            pixel_format=(video.codec_context.pix_fmt or "") if video is not None else "",
            audio=audio,
            subtitles=len(container.streams.subtitles),
        )


def _count(path: Path, container: av.container.InputContainer) -> tuple[int, float]:
    """Return the pictures shown and the second at which the sound ends, by walking the packets."""
    frames, audio_end = 0, 0.0
    video = next(iter(container.streams.video), None)
    sound = next(iter(container.streams.audio), None)
    for packet in container.demux([stream for stream in (video, sound) if stream is not None]):
        if packet.size == 0:  # the flush at the end
            continue
        if packet.is_corrupt:
            raise Unreadable.of(path, "it is cut short or damaged")
        if packet.stream is video:
            frames += not packet.is_discard
        elif packet.pts is not None and packet.time_base is not None:
            audio_end = max(audio_end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return frames, audio_end


def decode_check(path: Path) -> Decoded:
    """Decode every picture and every sample of `path` and count them; pictures, video, wav and other sound.

    Raises Unreadable with the reason where the file is missing, cut short or damaged anywhere.
    """
    kind = _kind(path)
    if kind == "wav":
        wav_layout(path)  # a decoder believes the file's length; the header knows better
    if kind == "image":
        _decode_image(path)
        return Decoded(frames=1, samples=0)
    return _decode_streams(path)


def _kind(path: Path) -> str:
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise Unreadable.of(path, _reason(error)) from error
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "wav"
    if head.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        return "image"
    return "streams"


def _decode_image(path: Path) -> None:
    try:
        with Image.open(path) as image:
            kind = image.format
            image.verify()  # walks the chunks and their checksums, pixels untouched
        with Image.open(path) as image:
            image.load()
        mark = _IMAGE_ENDS.get(kind or "")
        if mark is not None and mark not in path.read_bytes()[-_TAIL:]:
            raise Unreadable.of(path, "it is cut short: the end-of-image mark is missing")
    except UnidentifiedImageError as error:
        raise Unreadable.of(path, "it is cut short or no picture") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Unreadable.of(path, str(error)) from error


def _decode_streams(path: Path) -> Decoded:
    with opened(path) as container:
        streams = [*container.streams.video[:1], *container.streams.audio[:1]]
        if not streams:
            raise Unreadable.of(path, "it holds neither pictures nor sound")
        for stream in streams:
            stream.codec_context.options = {"err_detect": "explode"}
            stream.codec_context.thread_count = 2
        promised = container.streams.video[0].frames if container.streams.video else 0
        frames = samples = 0
        for packet in container.demux(streams):
            if packet.is_corrupt:
                raise Unreadable.of(path, f"it is cut short or damaged after {frames} frames")
            for frame in packet.decode():
                if isinstance(frame, av.VideoFrame):
                    if frame.is_corrupt:
                        raise Unreadable.of(path, f"frame {frames} is damaged")
                    frames += 1
                elif isinstance(frame, av.AudioFrame):
                    samples += frame.samples
        if frames < promised:
            raise Unreadable.of(path, f"it is cut short: {frames} of {promised} frames can be decoded")
        if frames == 0 and samples == 0:
            raise Unreadable.of(path, "nothing in it can be decoded")
        return Decoded(frames=frames, samples=samples)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOENT:
        return "there is no such file"
    return getattr(error, "strerror", None) or str(error)
