"""Draws a face: skull, eyes, brows, nose, mouth."""

from __future__ import annotations

from core.engines.animatic.paint.canvas import Point
from core.engines.animatic.paint.colour import BLACK, WHITE, Colour, luma, mix, saturate
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow

HEAD_Y = 1.610  # centre of the head on a 1.70 m body


HALF_HIGH = 0.130


HALF_WIDE = 0.101


class Face:
    """Face coordinates: u to the picture's right and v up, both 1.0 at the edge of the head; `turn` moves features."""

    def __init__(self, pen: Pen, look: Look, gesture: Gesture) -> None:
        self.pen = pen
        child = look.age == "child"
        grow = 1.22 if child else 1.0
        self.high = HALF_HIGH * grow
        # A robot's head is a box: what it wears is cut wider.
        grow_wide = grow * (1.22 if look.kind == "robot" else 1.0)
        self.wide = HALF_WIDE * grow_wide * (1.0 + (look.girth - 1.0) * 0.35) * (1.03 if look.sex == "man" else 0.98)
        self.y = HEAD_Y + (0.03 if child else 0.0) + gesture.breath * 0.004
        self.turn = {"left": -1.0, "right": 1.0}.get(gesture.facing, 0.16 if gesture.gaze >= 0 else -0.16)
        self.x = 0.012 * self.turn + gesture.sway * 0.004
        self.child = child

    def at(self, u: float, v: float) -> Point:
        """Return the body point of a face point."""
        return (self.x + u * self.wide, self.y + v * self.high)

    def shape(self, points: list[Point], colour: Colour, alpha: float = 1.0, soft: float = 0.0) -> None:
        """Fill a smooth outline of face points; `soft` in head widths."""
        self.pen.shape([self.at(*p) for p in points], colour, alpha, soft * self.wide)

    def line(self, points: list[Point], colour: Colour, width: float, alpha: float = 1.0) -> None:
        """Draw a smooth line; `width` in head half-widths."""
        self.pen.line([self.at(*p) for p in points], colour, width * self.wide, alpha)

    def disc(
        self,
        u: float,
        v: float,
        radius: float,
        colour: Colour,
        flat: float = 1.0,
        alpha: float = 1.0,
        soft: float = 0.0,
    ) -> None:
        """Fill an ellipse; `radius` in head half-widths."""
        x, y = self.at(u, v)
        self.pen.disc(x, y, radius * self.wide, colour, flat, alpha, soft * self.wide)


def skull(face: Face, look: Look) -> None:
    """Draw the bare head: ears, skull, the shadow on its far side."""
    t = face.turn
    jaw = 0.62 if look.sex == "man" else 0.54
    chin = 0.28 if look.sex == "man" else 0.20
    if face.child:
        jaw, chin = 0.66, 0.26
    for k in (-1, 1):
        if k * t < 0.6:  # the far ear of a turned head is hidden
            face.disc(0.95 * k - 0.10 * t, -0.08, 0.17, shadow(look.skin, 0.12), 1.45)
    right = [(0.60, 0.90), (0.92, 0.48), (0.95, 0.02), (0.86, -0.40), (jaw, -0.76), (chin, -0.99)]
    outline = [(0.0, 1.02), *right, (0.06 * t, -1.04), *[(-u, v) for u, v in reversed(right)]]
    outline = [(u + t * 0.08 * (1 - abs(v)), v) for u, v in outline]
    face.shape(outline, look.skin)
    s = 1.0 if t <= 0 else -1.0  # a gentle plane of shadow on the side the face turns away from
    face.shape(
        [
            (0.60 * s, 0.7),
            (0.95 * s, 0.3),
            (0.95 * s, -0.1),
            (0.80 * s, -0.52),
            (0.45 * s, -0.93),
            (0.55 * s, -0.45),
            (0.72 * s, 0.05),
        ],
        shadow(look.skin, 0.16),
        0.8,
        0.05,
    )


def features(face: Face, look: Look, gesture: Gesture) -> None:
    """Draw eyes, brows, nose, mouth, and the lines of age."""
    t = face.turn * 0.24
    warm = saturate(mix(look.skin, (0.80, 0.25, 0.20), 0.42), 1.1)
    for k in (-1, 1):
        face.disc(0.52 * k + t, -0.33, 0.26, warm, 0.72, 0.26 if look.sex != "man" else 0.16, 0.11)
    for k in (-1, 1):
        near = 1.0 - max(0.0, k * face.turn) * 0.16
        _eye(face, look, gesture, 0.40 * k * (1 - abs(face.turn) * 0.08) + t, k, near)
        _brow(face, look, gesture, 0.40 * k + t, k, near)
    _nose(face, look, t)
    _mouth(face, look, gesture, t * 0.92)
    if look.age == "elder":
        line = shadow(look.skin, 0.30)
        for k in (-1, 1):
            face.line([(0.24 * k + t, -0.30), (0.36 * k + t, -0.46), (0.37 * k + t, -0.60)], line, 0.028, 0.6)
            face.line([(0.24 * k + t, -0.14), (0.42 * k + t, -0.19), (0.54 * k + t, -0.12)], line, 0.022, 0.5)
        face.line([(-0.3 + t, 0.50), (t, 0.53), (0.3 + t, 0.50)], line, 0.020, 0.4)


def _eye(face: Face, look: Look, gesture: Gesture, u: float, k: int, near: float) -> None:
    v = -0.04
    size = (1.28 if face.child else 1.08 if look.sex == "woman" else 0.94) * near
    w, h = 0.205 * size, 0.118 * size * (1.15 if face.child else 1.0)
    ink = mix(look.hair_colour, (0.10, 0.06, 0.07), 0.8)
    mood = gesture.mood
    squint = 0.28 if mood == "joyful" else 0.14 if mood in ("tense", "melancholic") else 0.0
    open_now = max(0.0, 1.0 - gesture.lid) * (1.0 - squint)
    lid = [
        (u - w, v - 0.012),
        (u - w * 0.45, v + h * 0.86 * open_now),
        (u + w * 0.2, v + h * 0.98 * open_now),
        (u + w * 0.75, v + h * 0.55 * open_now),
        (u + w, v + 0.012),
    ]
    if k < 0:
        lid = [(2 * u - a, b) for a, b in reversed(lid)]
    if open_now > 0.12:
        low = [(u + w * 0.55, v - h * 0.62), (u, v - h * 0.78), (u - w * 0.55, v - h * 0.62)]
        face.shape([*lid, *low], mix((0.97, 0.95, 0.93), look.skin, 0.14))
        _iris(face, look, u + gesture.gaze * w * 0.34 + face.turn * 0.02, v + h * 0.10, h, open_now, size)
        face.line([lid[0], (u - w * 0.5 * k, v + h * 0.6 * open_now), lid[-1]], look.skin, 0.004, 0.0)
        face.line(low, shadow(look.skin, 0.32), 0.018, 0.55)
        crease = [(a, b + 0.065 * size) for a, b in lid[1:4]]
        face.line(crease, shadow(look.skin, 0.30), 0.020, 0.6)
    else:
        lid = [(u - w, v - 0.01), (u, v - h * 0.62), (u + w, v - 0.01)]
    face.line(lid, ink, 0.060 if look.sex == "woman" else 0.048)
    if look.sex == "woman":
        outer = lid[-1] if k > 0 else lid[0]
        face.line([outer, (outer[0] + 0.055 * k, outer[1] + 0.045)], ink, 0.040)


def _iris(face: Face, look: Look, u: float, v: float, h: float, open_now: float, size: float) -> None:
    r = 0.112 * size
    tall = min(1.0, 0.55 + 0.5 * open_now)
    face.disc(u, v - h * 0.12, r, mix(look.eyes, BLACK, 0.30), 1.12 * tall)
    face.disc(u, v - h * 0.28, r * 0.72, light(look.eyes, 0.28), 0.9 * tall, 0.75, 0.015)
    face.disc(u, v - h * 0.10, r * 0.50, (0.04, 0.03, 0.05), 1.1 * tall)
    face.disc(u - r * 0.35, v + h * 0.22 * open_now, r * 0.30, WHITE)
    face.disc(u + r * 0.35, v - h * 0.45, r * 0.14, WHITE, 1.0, 0.7)


def _brow(face: Face, look: Look, gesture: Gesture, u: float, k: int, near: float) -> None:
    colour = mix(look.hair_colour, look.skin, 0.18 if luma(look.hair_colour) < 0.5 else 0.0)
    colour = mix(colour, (0.25, 0.16, 0.10), 0.35)
    inner = {"tense": -0.07, "melancholic": 0.06, "mysterious": 0.0, "joyful": 0.05}.get(gesture.mood, 0.035)
    lift = {"joyful": 0.04, "tense": -0.03}.get(gesture.mood, 0.0)
    v = 0.27 + lift
    thick = 0.055 if look.sex == "woman" else 0.082
    a, b, c = u - 0.22 * k * near, u + 0.04 * k, u + 0.26 * k * near
    face.shape(
        [(a, v + inner), (b, v + 0.062), (c, v + 0.005), (b, v + 0.062 - thick * 0.8), (a, v + inner - thick)], colour
    )


def _nose(face: Face, look: Look, t: float) -> None:
    u = t * 1.35
    dark = shadow(look.skin, 0.26)
    s = 1.0 if face.turn <= 0 else -1.0
    face.shape(
        [
            (u + 0.03 * s, 0.05),
            (u + 0.10 * s, -0.28),
            (u + 0.13 * s, -0.36),
            (u + 0.02 * s, -0.42),
            (u + 0.045 * s, -0.25),
        ],
        dark,
        0.50,
        0.025,
    )
    face.line([(u - 0.105, -0.385), (u, -0.425), (u + 0.105, -0.385)], dark, 0.030, 0.85)
    face.disc(u - 0.03 * s, -0.31, 0.05, light(look.skin, 0.4), 1.0, 0.55, 0.03)


def _mouth(face: Face, look: Look, gesture: Gesture, t: float) -> None:
    curve = {"joyful": 0.085, "romantic": 0.05, "calm": 0.030, "melancholic": -0.022, "tense": -0.018}.get(
        gesture.mood, 0.015
    )
    v, w = -0.63, 0.27 if gesture.mood == "joyful" else 0.235
    full = 1.0 if look.sex == "woman" else 0.62
    lip = mix(look.skin, (0.68, 0.24, 0.24), 0.46 if look.sex == "woman" else 0.20)
    left, right = (t - w, v + curve), (t + w, v + curve)
    face.shape(
        [
            left,
            (t - 0.07, v + 0.055 * full),
            (t, v + 0.038 * full),
            (t + 0.07, v + 0.055 * full),
            right,
            (t, v - 0.012),
        ],
        shadow(lip, 0.10),
    )
    face.shape(
        [
            left,
            (t, v - 0.008),
            right,
            (t + 0.11, v - 0.075 * full),
            (t, v - 0.098 * full),
            (t - 0.11, v - 0.075 * full),
        ],
        light(lip, 0.10),
    )
    face.line(
        [left, (t - 0.09, v + 0.005), (t, v - 0.008), (t + 0.09, v + 0.005), right], shadow(lip, 0.62), 0.030, 0.9
    )
    face.line([(t - 0.08, v - 0.155), (t, v - 0.165), (t + 0.08, v - 0.155)], shadow(look.skin, 0.3), 0.03, 0.45)
