"""Colours as numbers: mixed, and made legible on what they stand on."""

from __future__ import annotations

import re
from collections.abc import Iterable

_HEX = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})\Z")
Rgb = tuple[int, int, int]


def is_hex(text: str) -> bool:
    """Tell whether a text is a colour such as #fa0 or #ffaa00."""
    return _HEX.match(text) is not None


def rgb(colour: str) -> Rgb:
    """Return red, green and blue (0..255) of a colour for which `is_hex` is true."""
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[0:2], 16), int(digits[2:4], 16), int(digits[4:6], 16)


def mix(one: str, other: str, share: float) -> str:
    """Return a colour between two: `share` 0 is the one, 1 the other."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def luminance(colour: str) -> float:
    """Return the relative luminance (0..1) as WCAG 2.2 defines it."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (part / 255 for part in rgb(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (1..21) as WCAG 2.2 defines it."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def legible(colour: str, grounds: Iterable[str], ratio: float, *, dark: bool) -> str:
    """Return the colour, moved towards white (black where the theme is not `dark`) only as far as `ratio` asks.

    Every one of `grounds` has to contrast that much; where even the end does not reach it, the end is what there is.
    """
    stands_on = tuple(grounds)
    end = "#ffffff" if dark else "#000000"
    for step in range(21):
        moved = mix(colour, end, step / 20)
        if all(contrast(moved, ground) >= ratio for ground in stands_on):
            return moved
    return end
