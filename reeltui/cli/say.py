"""What the command line says: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys

import msgspec

from core.film.errors import ReelError
from core.film.text import clean


def result(value: object) -> None:
    """Print a value as one line of JSON on standard output."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    sys.stdout.flush()


def text(line: str = "") -> None:
    """Print a line of a human answer on standard output."""
    print(line)


def note(line: str) -> None:
    """Print a message on standard error."""
    print(line, file=sys.stderr, flush=True)


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


def size(count: int) -> str:
    """Return a number of bytes as people say it."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
