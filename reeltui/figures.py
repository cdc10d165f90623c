"""Durations, ages and sizes as people say them, the same in every face."""

from __future__ import annotations

import math
from datetime import datetime

# Seconds: nothing takes longer, but a file may say so, and a figure of 300 digits would push everything else away.
_MOST = 1000 * 3600


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
    if whole >= _MOST:
        return "over 999 h"
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


def size(count: int) -> str:
    """Return a number of bytes as people say it."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def age(moment: str, now: float) -> str:
    """Return how long ago a moment (ISO 8601) was at `now` (epoch seconds), in its largest unit: 3 min, 2 h, 5 d."""
    try:
        gone = now - datetime.fromisoformat(moment).timestamp()
    except ValueError:
        return ""
    return ago(gone)


def ago(gone: float) -> str:
    """Return how many seconds ago something was, in its largest unit: now, 42 s, 3 min, 2 h, 5 d."""
    for unit, length in (("y", 31_557_600), ("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        if gone >= length:
            return f"{int(gone // length)} {unit}"
    return "now"


def short(value: float | None) -> str:
    """Return a duration in at most six cells: 8.4s, 42s, 3:20, 1h05."""
    if value is None:
        return ""
    if value < 9.95:
        return f"{value:.1f}s"
    whole = round(value)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    if whole >= _MOST:
        return ">999h"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}"


def clock(at: float, now: float) -> str:
    """Return a moment (epoch seconds) as the time of day here, with its date where that is not the day of `now`."""
    try:
        then = datetime.fromtimestamp(at)
        today = datetime.fromtimestamp(now).date()
    except (ValueError, OSError, OverflowError):
        return "?"  # a journal written by hand may hold any number
    return f"{then:%H:%M:%S}" if then.date() == today else f"{then:%b} {then.day} {then:%H:%M}"
