"""Loudness of a finished file, measured by ffmpeg's EBU R 128 meter."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path

import ffmpeg
import msgspec

from core.film.errors import EngineTrouble
from core.media.ffmpeg import find_ffmpeg, run_ffmpeg

METER = {"peak": "true", "framelog": "quiet"}  # options of the ebur128 filter whose log `read_meter` reads
# The meter's absolute gate (ITU-R BS.1770-4): nothing quieter counts, and silence reads as this.
GATE_LUFS = -70.0

_LINES = {
    "integrated": re.compile(r"^I:\s+(\S+) LUFS$"),
    "range": re.compile(r"^LRA:\s+(\S+) LU$"),
    "peak": re.compile(r"^Peak:\s+(\S+) dBFS$"),
}


class Loudness(msgspec.Struct, frozen=True):
    """Programme loudness in LUFS, true peak in dBTP, loudness range in LU; steps of 0.1.

    Silence, and sound shorter than the meter's window of 400 ms, have `integrated_lufs` None; digital silence
    has `true_peak_dbtp` None.
    """

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    range_lu: float


def measure_loudness(path: Path) -> Loudness:
    """Measure the first sound stream of `path`.

    Raises EngineTrouble where the file cannot be read or holds no sound.
    """
    binary = find_ffmpeg()
    sound = ffmpeg.input(str(path.resolve())).audio.filter("ebur128", **METER)
    # A graph output has no name ffmpeg could map by itself once a muxer that writes nothing is chosen.
    return read_meter(run_ffmpeg(sound.output("-", format="null").compile(cmd=binary)))


def read_meter(log: Iterable[str]) -> Loudness:
    """Read the summary the ebur128 filter leaves in ffmpeg's log; the last one counts.

    Raises EngineTrouble where there is none.
    """
    found: dict[str, float] = {}
    for line in log:
        for name, pattern in _LINES.items():
            match = pattern.match(line)
            if match:
                found[name] = _number(match[1])
    if len(found) != len(_LINES):
        raise EngineTrouble("the loudness meter gave no reading", remedy="run again; if it fails again, report it")
    integrated, peak = found["integrated"], found["peak"]
    return Loudness(
        integrated_lufs=integrated if math.isfinite(integrated) and integrated > GATE_LUFS else None,
        true_peak_dbtp=peak if math.isfinite(peak) else None,
        range_lu=found["range"] if math.isfinite(found["range"]) else 0.0,
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
