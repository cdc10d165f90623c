"""What the command line says: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from typing import TextIO

import msgspec

from core.film.errors import DiskTrouble, ReelError
from core.film.text import clean, disarm
from core.pipeline.report import OutputReport


def prepare() -> None:
    """Make both outputs fit for any text. Closed ones (`>&-`) become ones that nobody reads."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    # Names and words may hold any script; a terminal without UTF-8 gets escapes instead of a crash.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def result(value: object) -> None:
    """Print a value as one line of JSON on standard output. Raises BrokenPipeError, DiskTrouble."""
    try:
        line = msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        # The name of a file that is no UTF-8; escaped it can be read back as that name.
        line = json.dumps(msgspec.to_builtins(value), separators=(",", ":"))
    # JSON may hold direction marks, C1 controls and line separators as they are; a terminal or a reader of lines
    # should not. They can only stand inside strings, where an escape means the same.
    if disarm(line) != line:
        line = "".join(char if disarm(char) else json.dumps(char)[1:-1] for char in line)
    _put(sys.stdout, line)


def text(line: str = "") -> None:
    """Print a line of a human answer on standard output, made harmless. Raises BrokenPipeError, DiskTrouble."""
    _put(sys.stdout, disarm(line))


def note(line: str) -> None:
    """Print a message on standard error, made harmless. Raises BrokenPipeError, DiskTrouble."""
    _put(sys.stderr, disarm(line))


def flush() -> None:
    """Push out what others printed on standard output. Raises BrokenPipeError, DiskTrouble."""
    _put(sys.stdout, "", end="")


def _put(stream: TextIO, line: str, *, end: str = "\n") -> None:
    try:
        stream.write(line + end)
        stream.flush()
    except OSError as error:
        # What is still in the buffer would fail once more, with a traceback, when Python exits.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        name = "standard error" if stream is sys.stderr else "standard output"
        raise DiskTrouble(f"cannot write to {name}: {error.strerror}", remedy="check where it goes") from error


def error(problem: ReelError, *, as_json: bool) -> None:
    """Print an error as one clear line on standard error; with --json also as an object on standard output."""
    message, remedy = clean(str(problem), limit=600), clean(problem.remedy, limit=300)
    note(f"reeltui: {message}" + (f" ({remedy})" if remedy else ""))
    if as_json:
        kind = type(problem).__name__
        result({"type": "error", "error": kind, "message": message, "remedy": remedy, "code": problem.exit_code})


def seconds(value: float | None) -> str:
    """Return a duration as people say it: 8.4 s, 3 min 20 s, 1 h 05 min."""
    if value is None:
        return "?"
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def eta(value: float | None, low: float | None, high: float | None) -> str:
    """Return how long something takes as people say it: about 12 min (9 to 16).

    The range is rounded outwards, and left out where it says nothing more.
    """
    if value is None:
        return "?"
    if value < 1:
        return f"about {seconds(value)}"
    unit, size = ("s", 1) if value < 90 else ("min", 60)
    if value >= 90 * 60:  # in hours and minutes each figure has its own units
        least, most = (seconds(one) if one is not None else "" for one in (low, high))
        return f"about {seconds(value)}" + (f" ({least} to {most})" if least and most and least != most else "")
    middle = round(value / size)
    if low is None or high is None or math.floor(low / size) == math.ceil(high / size):
        return f"about {middle} {unit}"
    return f"about {middle} {unit} ({math.floor(low / size)} to {math.ceil(high / size)})"


def bar(fraction: float, width: int = 20) -> str:
    """Return a bar of text, `width` characters and brackets: [########............]."""
    full = round(min(1.0, max(0.0, fraction)) * width)
    return f"[{'#' * full}{'.' * (width - full)}]"


def figures(output: OutputReport) -> str:
    """Return what was measured on a finished reel; what was not measured is left out."""
    told = [
        f"{output.seconds:.2f} s" if output.seconds is not None else "",
        f"{output.width}x{output.height}" + (f" at {output.fps:g} fps" if output.fps is not None else ""),
        f"{output.lufs:.1f} LUFS" if output.lufs is not None else "no sound",
        f"true peak {output.true_peak:.1f} dBTP" if output.true_peak is not None else "",
    ]
    return "   ".join(piece for piece in told if piece)


def size(count: int) -> str:
    """Return a number of bytes as people say it."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
