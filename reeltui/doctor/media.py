"""The programs and libraries pictures and sound are made with: ffmpeg and what it can, PyAV, espeak-ng."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from core.media.ffmpeg import FFMPEG_VARIABLE, ask_program, find_ffmpeg
from reeltui.doctor.check import Check, Group, State

# Everything core/media asks of ffmpeg, by the option that lists it.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "filters": (
        *("adelay", "afade", "aformat", "alimiter", "amix", "anullsrc", "apad", "aresample", "asplit", "atrim"),
        *("ebur128", "format", "fps", "pad", "scale", "setpts", "setsar", "settb", "sidechaincompress", "split"),
        *("subtitles", "tpad", "trim", "volume", "xfade"),
    ),
    "encoders": ("aac", "libx264", "mov_text", "pcm_f32le"),
    "muxers": ("mp4", "null", "wav"),
    "demuxers": ("concat", "lavfi", "webvtt"),
    "bsfs": ("setts",),
}
_REMEDY = f"install a full ffmpeg 6 or later (libx264, libass) or the imageio-ffmpeg package, or set {FFMPEG_VARIABLE}"
_FORMAT_FLAGS = ("D", "E", "DE", "d", "Dd", "Ed", "DEd")
# Seconds for one trial of one binary. There may be two binaries with two trials each, in five seconds.
_TRIAL = 1.2
_ANSWER = 1.0


def parts_check(missing: Mapping[str, Iterable[str]]) -> Check:
    """Judge what an ffmpeg lacks, by kind."""
    name, group = "ffmpeg parts", Group.MEDIA
    lacks = {kind: ", ".join(names) for kind, names in missing.items()}
    if any(lacks.values()):
        found = "missing " + "; ".join(f"{_called(kind)} {names}" for kind, names in lacks.items() if names)
        return Check(name, group, State.BAD, found, _REMEDY)
    counted = ", ".join(f"{len(names)} {_called(kind)}" for kind, names in NEEDED.items())
    return Check(name, group, State.OK, f"all that is used is there: {counted}")


def _called(kind: str) -> str:
    return "bit stream filters" if kind == "bsfs" else kind


def lacking(kind: str, listing: str) -> list[str]:
    """Return what of `NEEDED` ffmpeg's own listing of a kind does not name.

    A line has flags (of formats in up to two words), then a name or several with commas; a list of bit stream filters
    has the name alone.
    """
    named: set[str] = set()
    for line in listing.splitlines():
        words = line.split()
        if kind in ("muxers", "demuxers"):
            words = [word for word in words if word not in _FORMAT_FLAGS]
        elif kind != "bsfs":
            words = words[1:]
        named.update(words[0].split(",") if words else ())
    return [name for name in NEEDED[kind] if name not in named]


def version_of(text: str) -> str:
    """Return the version from the first line of `ffmpeg -version`."""
    words = text.splitlines()[0].split() if text.strip() else []
    return words[2] if words[:2] == ["ffmpeg", "version"] and len(words) > 2 else "of an unknown version"


def ffmpeg(library: Path) -> Iterator[Check]:
    """Look for an ffmpeg that can do our work, and at what it has. Raises EngineTrouble, BadInput where none can."""
    binary = find_ffmpeg(_TRIAL)
    version = version_of(_ask(binary, "version"))
    why = f", named by {FFMPEG_VARIABLE}" if os.environ.get(FFMPEG_VARIABLE) else ""
    yield Check("ffmpeg", Group.MEDIA, State.OK, f"{version}, {binary}{why}")
    yield parts_check({kind: lacking(kind, _ask(binary, kind)) for kind in NEEDED})


def _ask(binary: str, option: str) -> str:
    return ask_program([binary, "-hide_banner", f"-{option}"], _ANSWER).stdout


def libraries(library: Path) -> Iterator[Check]:
    """Look at the libraries that decode, encode and speak inside the hosts."""
    yield _av()
    yield _espeak()


def _av() -> Check:
    name, group, remedy = "PyAV", Group.MEDIA, "install the av package (18) again: pip install --force-reinstall av"
    try:
        import av  # a fifth of a second, so only where it is asked for

        av.codec.Codec("libx264", "w")
    except (ImportError, OSError, ValueError) as error:
        return Check(name, group, State.BAD, f"clips cannot be written: {error}", remedy)
    return Check(name, group, State.OK, f"{av.__version__}, with libx264")


def _espeak() -> Check:
    name, group = "espeak-ng", Group.MEDIA
    remedy = "install the espeakng-loader package again; or make reels with --no-voice"
    try:
        import espeakng_loader

        paths = Path(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())
    except (ImportError, OSError, RuntimeError) as error:
        return Check(name, group, State.BAD, f"nothing can be spoken: {error}", remedy)
    gone = [path for path in paths if not path.exists()]
    if gone:
        return Check(name, group, State.BAD, f"nothing can be spoken: {gone[0]} is missing", remedy)
    return Check(name, group, State.OK, f"{paths[0]}")
