"""The pen that draws figures: strokes in body metres, a moment's gesture, cloth in light and shade."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from core.engines.animatic.paint.canvas import Canvas, Point, smooth
from core.engines.animatic.paint.colour import Colour, mix, saturate
from core.engines.animatic.paint.look import Look


class Gesture(msgspec.Struct, frozen=True):
    """A moment of a figure: `stride` -1..1 (which leg is ahead), `lid` 0 open..1 shut, `breath` 0..1, `sway` -1..1.

    `facing` "front", "back", "left", "right"; `gaze` -1..1; `holds` whether an umbrella is up.
    """

    facing: str = "front"
    stride: float = 0.0
    lid: float = 0.0
    breath: float = 0.0
    sway: float = 0.0
    gaze: float = 0.0
    mood: str = "calm"
    holds: bool = False


class Pen:
    """Draws in metres of a 1.70 m body (x to the picture's right, y up from the feet)."""

    def __init__(self, canvas: Canvas, feet: Point, metre: float, look: Look) -> None:
        self.canvas = canvas
        self.feet = feet
        self.unit = metre * look.height / 1.70
        self.wide = look.girth

    def at(self, x: float, y: float) -> Point:
        """Return the sheet point of a body point."""
        return (self.feet[0] + x * self.unit, self.feet[1] - y * self.unit)

    def shape(
        self, points: Sequence[Point], colour: Colour, alpha: float = 1.0, soft: float = 0.0, curved: bool = True
    ) -> None:
        """Fill an outline given in body metres; `soft` in metres."""
        path = [self.at(*point) for point in points]
        steps = int(min(12, max(4, self.unit / 30)))
        self.canvas.poly(smooth(path, steps=steps) if curved else path, colour, alpha, soft * self.unit)

    def line(
        self, points: Sequence[Point], colour: Colour, width: float, alpha: float = 1.0, curved: bool = True
    ) -> None:
        """Draw a line of `width` metres."""
        path = [self.at(*point) for point in points]
        self.canvas.line(smooth(path, closed=False) if curved else path, colour, width * self.unit, alpha)

    def disc(
        self,
        x: float,
        y: float,
        radius: float,
        colour: Colour,
        flat: float = 1.0,
        alpha: float = 1.0,
        soft: float = 0.0,
        turn: float = 0.0,
    ) -> None:
        """Fill an ellipse."""
        self.canvas.disc(self.at(x, y), radius * self.unit, colour, alpha, soft * self.unit, flat, turn)

    def limb(self, a: Point, b: Point, wide_a: float, wide_b: float, colour: Colour) -> None:
        """Fill a tapered limb with round ends."""
        turn = math.atan2(b[1] - a[1], b[0] - a[0])
        nx, ny = -math.sin(turn), math.cos(turn)
        quad = [
            (a[0] + nx * wide_a, a[1] + ny * wide_a),
            (b[0] + nx * wide_b, b[1] + ny * wide_b),
            (b[0] - nx * wide_b, b[1] - ny * wide_b),
            (a[0] - nx * wide_a, a[1] - ny * wide_a),
        ]
        self.shape(quad, colour, curved=False)
        self.disc(a[0], a[1], wide_a, colour)
        self.disc(b[0], b[1], wide_b, colour)


def shadow(colour: Colour, amount: float = 0.28) -> Colour:
    """Return a cloth's shadow: darker and a little cooler, never grey."""
    return saturate(mix(colour, (0.06, 0.05, 0.16), amount), 1.08)


def light(colour: Colour, amount: float = 0.14) -> Colour:
    """Return a cloth's lit side."""
    return mix(colour, (1.0, 0.97, 0.9), amount)
