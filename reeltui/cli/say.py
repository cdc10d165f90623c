"""What the command line says: results on standard output, everything else on standard error."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, TextIO

import msgspec

from core.film.errors import DiskTrouble, ReelError
from core.film.text import clean, disarm
from reeltui.acts.warned import warnings_of
from reeltui.figures import eta as eta
from reeltui.figures import seconds as seconds
from reeltui.figures import size as size

if TYPE_CHECKING:
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


def warnings(said: Iterable[str]) -> None:
    """Print what is wrong beside the matter on standard error, a line each. Raises BrokenPipeError, DiskTrouble."""
    for warning in said:
        note(f"reeltui: {clean(warning, limit=600)}")


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
    warnings(warnings_of(problem))
    message, remedy = clean(str(problem), limit=600), clean(problem.remedy, limit=300)
    note(f"reeltui: {message}" + (f" ({remedy})" if remedy else ""))
    if as_json:
        kind = type(problem).__name__
        result({"type": "error", "error": kind, "message": message, "remedy": remedy, "code": problem.exit_code})


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
