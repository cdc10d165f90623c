"""Durations as people type them: 90s, 30m, 2h, 1h30m, 2d."""

from __future__ import annotations

import re

from core.film.errors import BadInput
from core.film.text import clean

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SHAPE = re.compile(r"(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?", re.ASCII | re.IGNORECASE)
_LONGEST = 365 * 86_400


def seconds_of(text: str, option: str) -> float:
    """Return a duration in seconds; `option` names what it was given for. Raises BadInput where it is none."""
    word = "".join(text.split())
    found = _SHAPE.fullmatch(word)
    if found is None or not word:
        raise BadInput(
            f"{option}: {clean(text, limit=40)!r} is no duration", remedy="write it like 90s, 30m, 2h or 1h30m"
        )
    total = sum(int(number) * unit for number, unit in zip(found.groups("0"), _UNITS.values(), strict=True))
    if not 0 < total <= _LONGEST:
        raise BadInput(f"{option}: {clean(text, limit=40)!r} is not possible", remedy="give 1s to 365d")
    return float(total)
