"""Colours as three floats 0..1 (sRGB), and the little arithmetic painting needs."""

from __future__ import annotations

import colorsys

Colour = tuple[float, float, float]

BLACK: Colour = (0.0, 0.0, 0.0)
WHITE: Colour = (1.0, 1.0, 1.0)


def from_hex(text: str) -> Colour:
    """Return the colour of "#rrggbb"; ValueError where `text` is not one."""
    digits = text.removeprefix("#")
    if len(digits) != 6:
        raise ValueError(f"{text!r} is not a colour like #a1b2c3")
    return (int(digits[0:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:6], 16) / 255)


def clip(colour: Colour) -> Colour:
    """Return the colour with every part held in 0..1."""
    return (
        min(1.0, max(0.0, colour[0])),
        min(1.0, max(0.0, colour[1])),
        min(1.0, max(0.0, colour[2])),
    )


def mix(a: Colour, b: Colour, amount: float) -> Colour:
    """Return `a` moved towards `b` by `amount` (0..1)."""
    k = min(1.0, max(0.0, amount))
    return (a[0] + (b[0] - a[0]) * k, a[1] + (b[1] - a[1]) * k, a[2] + (b[2] - a[2]) * k)


def scale(colour: Colour, gain: float) -> Colour:
    """Return the colour brighter or darker by `gain`, held in range."""
    return clip((colour[0] * gain, colour[1] * gain, colour[2] * gain))


def times(a: Colour, b: Colour) -> Colour:
    """Return `a` seen through, or lit by, `b`."""
    return clip((a[0] * b[0], a[1] * b[1], a[2] * b[2]))


def add(a: Colour, b: Colour, gain: float = 1.0) -> Colour:
    """Return `a` with the light `b` laid over it."""
    return clip((a[0] + b[0] * gain, a[1] + b[1] * gain, a[2] + b[2] * gain))


def luma(colour: Colour) -> float:
    """Return the brightness 0..1 (Rec. 709 weights)."""
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def saturate(colour: Colour, gain: float) -> Colour:
    """Return the colour with its distance from grey multiplied by `gain`."""
    grey = luma(colour)
    red, green, blue = colour
    return clip((grey + (red - grey) * gain, grey + (green - grey) * gain, grey + (blue - grey) * gain))


def hue_shift(colour: Colour, turn: float, value: float = 1.0) -> Colour:
    """Return the colour with its hue turned by `turn` (1.0 is full circle) and its value multiplied."""
    h, s, v = colorsys.rgb_to_hsv(*clip(colour))
    return colorsys.hsv_to_rgb((h + turn) % 1.0, s, min(1.0, v * value))
