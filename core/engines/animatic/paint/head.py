"""Draws a figure's head: neck, face, hair, beard, glasses and hats, from thumbnail to close-up."""

from __future__ import annotations

from core.engines.animatic.paint.body import Gesture, Pen, collar, light, shadow
from core.engines.animatic.paint.canvas import Point
from core.engines.animatic.paint.colour import BLACK, WHITE, Colour, luma, mix, saturate
from core.engines.animatic.paint.look import Look

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
        self.wide = HALF_WIDE * grow * (1.0 + (look.girth - 1.0) * 0.35) * (1.03 if look.sex == "man" else 0.98)
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


def draw_head(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw everything above the shoulders."""
    face = Face(pen, look, gesture)
    back = gesture.facing == "back"
    if not back:
        _hair_behind(face, look)
    neck = 0.046 if look.sex == "woman" else 0.056
    pen.shape(
        [(-neck, 1.52), (neck, 1.52), (neck * 1.15, 1.45), (0.0, 1.415), (-neck * 1.15, 1.45)], shadow(look.skin, 0.2)
    )
    if back:
        collar(pen, look, gesture)
        _skull(face, look)
        _hair_from_behind(face, look)
        _hat(face, look, back=True)
        return
    pen.shape(
        [(-neck, 1.50), (neck, 1.50), (neck * 0.9, 1.465), (0.0, 1.445), (-neck * 0.9, 1.465)],
        shadow(look.skin, 0.38),
        0.8,
    )
    collar(pen, look, gesture)
    _skull(face, look)
    if pen.unit * face.wide > 5:
        _features(face, look, gesture)
    _beard(face, look)
    _hair_front(face, look)
    if look.glasses:
        _glasses(face)
    _hat(face, look, back=False)


def _skull(face: Face, look: Look) -> None:
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


def _features(face: Face, look: Look, gesture: Gesture) -> None:
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


def _beard(face: Face, look: Look) -> None:
    if not look.beard:
        return
    t = face.turn * 0.2
    colour = mix(look.hair_colour, look.skin, 0.12)
    if look.beard == "moustache":
        face.shape(
            [
                (t - 0.30, -0.60),
                (t - 0.1, -0.47),
                (t, -0.50),
                (t + 0.1, -0.47),
                (t + 0.30, -0.60),
                (t + 0.1, -0.57),
                (t - 0.1, -0.57),
            ],
            colour,
        )
        return
    alpha = 0.34 if look.beard == "stubble" else 1.0
    drop = 1.05 if look.beard == "stubble" else 1.30
    outer = [
        (-0.93, -0.02),
        (-0.88, -0.5),
        (-0.58, -0.95),
        (0.0 + t * 0.3, -drop),
        (0.58, -0.95),
        (0.88, -0.5),
        (0.93, -0.02),
    ]
    inner = [
        (0.80, -0.28),
        (0.52 + t, -0.44),
        (0.25 + t, -0.48),
        (t, -0.52),
        (-0.25 + t, -0.48),
        (-0.52 + t, -0.44),
        (-0.80, -0.28),
    ]
    face.shape([*outer, *inner], colour, alpha, 0.0 if alpha == 1.0 else 0.05)
    if look.beard == "beard":
        face.shape(
            [(t - 0.18, -0.64), (t, -0.62), (t + 0.18, -0.64), (t, -0.71)],
            shadow(mix(look.skin, (0.6, 0.2, 0.2), 0.4), 0.3),
        )
        for k in (-0.4, -0.1, 0.25):
            face.line([(k, -0.82), (k * 0.9, -1.08)], shadow(colour, 0.25), 0.025, 0.5)


def _glasses(face: Face) -> None:
    t = face.turn * 0.24
    rim = (0.13, 0.11, 0.12)
    for k in (-1, 1):
        x, y = face.at(0.41 * k + t, -0.04)
        points = [(x + 0.27 * face.wide * c, y + 0.24 * face.wide * s) for c, s in _RING]
        face.pen.shape(points, WHITE, 0.12)
        face.pen.line([*points, points[0]], rim, 0.050 * face.wide)
        face.line([(0.68 * k + t, 0.0), (0.95 * k, 0.04)], rim, 0.045)
    face.line([(-0.14 + t, 0.0), (t, 0.045), (0.14 + t, 0.0)], rim, 0.045)


_RING = [
    (1, 0),
    (0.87, 0.5),
    (0.5, 0.87),
    (0, 1),
    (-0.5, 0.87),
    (-0.87, 0.5),
    (-1, 0),
    (-0.87, -0.5),
    (-0.5, -0.87),
    (0, -1),
    (0.5, -0.87),
    (0.87, -0.5),
]

_FALL = {"bob": -0.98, "shoulder": -1.75, "long": -3.3, "curly": -1.15, "braids": -0.5, "ponytail": -0.4, "bun": -0.3}


def _hair_behind(face: Face, look: Look) -> None:
    dark = shadow(look.hair_colour, 0.30)
    style = look.hair
    if style == "afro":
        face.disc(0.0, 0.32, 1.62, look.hair_colour, 1.0 * face.high / face.wide * 0.86)
        return
    if style == "curly":
        for u, v in (
            (-1.0, 0.4),
            (-1.12, -0.1),
            (-1.08, -0.6),
            (-0.85, -0.98),
            (1.0, 0.4),
            (1.12, -0.1),
            (1.08, -0.6),
            (0.85, -0.98),
            (-0.55, 0.95),
            (0.55, 0.95),
            (0, 1.12),
        ):
            face.disc(u, v, 0.44, dark)
    if style == "ponytail":
        s = -1 if face.turn > 0 else 1
        face.shape(
            [
                (0.35 * s, 0.75),
                (1.05 * s, 0.62),
                (1.55 * s, 0.0),
                (1.42 * s, -0.95),
                (1.22 * s, -1.25),
                (1.15 * s, -0.4),
                (0.75 * s, 0.2),
            ],
            dark,
        )
    if style == "bun":
        face.disc(0.0 - 0.3 * face.turn, 1.22, 0.46, dark)
    fall = _FALL.get(style)
    if fall is None or style in ("ponytail", "bun"):
        return
    w = 1.14 if fall > -1.2 else 1.22
    face.shape(
        [
            (0.0, 1.16),
            (0.75, 0.98),
            (1.10, 0.42),
            (w, -0.3),
            (w * 1.02, fall * 0.75),
            (w * 0.86, fall),
            (0.0, fall * 1.02),
            (-w * 0.86, fall),
            (-w * 1.02, fall * 0.75),
            (-w, -0.3),
            (-1.10, 0.42),
            (-0.75, 0.98),
        ],
        dark,
    )


def _hair_front(face: Face, look: Look) -> None:
    colour, style = look.hair_colour, look.hair
    if style == "bald":
        return
    t = face.turn * 0.2
    if style == "buzz":
        face.shape(
            [
                (-0.93, 0.25),
                (-0.9, 0.62),
                (-0.55, 0.98),
                (0, 1.08),
                (0.55, 0.98),
                (0.9, 0.62),
                (0.93, 0.25),
                (0.75, 0.55),
                (0.3 + t, 0.68),
                (-0.3 + t, 0.68),
                (-0.75, 0.55),
            ],
            colour,
            0.85,
            0.04,
        )
        return
    part = 0.22 if look.sex != "man" else -0.28
    if style == "bob":
        fringe = [(0.90, 0.30), (0.55 + t, 0.42), (0.15 + t, 0.38), (-0.25 + t, 0.40), (-0.65 + t, 0.36), (-0.90, 0.28)]
    elif style in ("short", "curly", "afro"):
        fringe = [
            (0.88, 0.28),
            (0.78, 0.52),
            (0.45 + t, 0.66),
            (0.0 + t, 0.52),
            (-0.35 + t, 0.62),
            (-0.72, 0.50),
            (-0.90, 0.24),
        ]
    else:
        fringe = [
            (0.86, 0.05),
            (0.74 + t * 0.4, 0.46),
            (part + 0.28 + t, 0.72),
            (part + t, 0.80),
            (part - 0.30 + t, 0.68),
            (-0.70 + t * 0.4, 0.42),
            (-0.88, 0.02),
        ]
    cap = [
        (-1.04, -0.02),
        (-1.06, 0.40),
        (-0.82, 0.92),
        (-0.30, 1.20),
        (0.28, 1.21),
        (0.82, 0.93),
        (1.06, 0.40),
        (1.04, -0.02),
    ]
    if style in ("curly", "afro"):
        for u, v in (
            (-0.92, 0.45),
            (-0.72, 0.80),
            (-0.38, 1.02),
            (0.0, 1.10),
            (0.38, 1.02),
            (0.72, 0.80),
            (0.92, 0.45),
            (-0.45, 0.72),
            (0.0, 0.76),
            (0.45, 0.72),
        ):
            face.disc(u, v, 0.32, colour)
    else:
        face.shape([*cap, *fringe], colour)
    if style in ("bob", "shoulder", "long", "braids"):
        _locks(face, look, style)
    shine = light(colour, 0.22 if luma(colour) < 0.4 else 0.35)
    face.line([(-0.72, 0.70), (-0.30, 0.96), (0.20, 1.00)], shine, 0.085, 0.42)
    face.line([(-0.60, 0.58), (-0.22, 0.82), (0.10, 0.86)], shine, 0.035, 0.35)
    for k in (-0.5, 0.0, 0.42):
        face.line([(part * 0.4 + k * 0.2, 1.12), (k * 1.05 + t * 0.5, 0.62)], shadow(colour, 0.4), 0.022, 0.5)


def _locks(face: Face, look: Look, style: str) -> None:
    colour = look.hair_colour
    drop = {"bob": -0.92, "shoulder": -1.6, "long": -2.7, "braids": -0.35}[style]
    for k in (-1, 1):
        curl = 0.80 if style == "bob" else 0.98
        face.shape(
            [
                (0.80 * k, 0.52),
                (1.06 * k, 0.35),
                (1.13 * k, -0.25),
                (1.10 * k, drop * 0.8),
                (curl * k, drop),
                (0.86 * k, drop * 0.75),
                (0.90 * k, -0.15),
            ],
            colour,
        )
        face.line([(0.98 * k, 0.2), (1.0 * k, drop * 0.8)], shadow(colour, 0.4), 0.022, 0.5)
        if style == "braids":
            for step in range(7):
                face.disc(
                    (1.02 + 0.05 * (step % 2)) * k,
                    -0.55 - 0.34 * step,
                    0.24 - 0.012 * step,
                    colour if step % 2 else shadow(colour, 0.2),
                    0.95,
                )
            face.disc(1.02 * k, -0.55 - 0.34 * 6.6, 0.12, (0.8, 0.25, 0.25))


def _hair_from_behind(face: Face, look: Look) -> None:
    colour, style = look.hair_colour, look.hair
    if style == "bald":
        return
    if style == "afro":
        face.disc(0.0, 0.3, 1.62, colour, 1.1)
        return
    fall = {"short": -0.55, "buzz": -0.5, "ponytail": -0.45, "bun": -0.45}.get(style, _FALL.get(style, -0.6))
    w = 1.0 if fall > -0.7 else 1.16
    face.shape(
        [
            (0.0, 1.20),
            (0.80, 0.94),
            (1.08, 0.36),
            (w, -0.30),
            (w * 0.92, fall * 0.85),
            (w * 0.62, fall),
            (0.0, fall * 1.04),
            (-w * 0.62, fall),
            (-w * 0.92, fall * 0.85),
            (-w, -0.30),
            (-1.08, 0.36),
            (-0.80, 0.94),
        ],
        colour,
    )
    for k in (-0.6, -0.2, 0.25, 0.65):
        face.line([(k * 0.4, 1.0), (k, fall * 0.8)], shadow(colour, 0.35), 0.03, 0.5)
    face.line([(-0.70, 0.62), (-0.2, 0.9), (0.35, 0.88)], light(colour, 0.3), 0.09, 0.35)
    if style == "ponytail":
        face.shape(
            [(-0.2, 0.45), (0.2, 0.45), (0.42, -0.6), (0.2, -1.9), (-0.05, -2.1), (-0.3, -1.0)], light(colour, 0.06)
        )
    if style == "bun":
        face.disc(0.0, 0.95, 0.5, light(colour, 0.06))
    if style == "braids":
        for k in (-1, 1):
            for step in range(8):
                face.disc(0.62 * k, -0.6 - 0.34 * step, 0.24, colour if step % 2 else shadow(colour, 0.2), 0.95)


def _hat(face: Face, look: Look, back: bool) -> None:
    colour = look.hat_colour
    dark, pale = shadow(colour, 0.32), light(colour, 0.12)
    kind = look.hat
    t = face.turn * 0.2
    crown = [(-1.10, 0.36), (-1.06, 0.88), (-0.62, 1.32), (0.0, 1.42), (0.62, 1.32), (1.06, 0.88), (1.10, 0.36)]
    if kind == "beanie":
        face.shape([*crown, (0.0, 0.34)], colour)
        face.shape([(-1.13, 0.58), (0.0, 0.50), (1.13, 0.58), (1.12, 0.24), (0.0, 0.20), (-1.12, 0.24)], pale)
        for k in (-0.7, -0.35, 0.0, 0.35, 0.7):
            face.line([(k, 0.50), (k * 1.02, 0.26)], dark, 0.03, 0.6)
    elif kind in ("cap", "beret"):
        face.shape([*crown, (0.0, 0.42)], colour)
        if kind == "cap" and not back:
            face.shape(
                [
                    (-0.80 + t, 0.50),
                    (0.80 + t, 0.50),
                    (0.95 + t * 2.4, 0.30),
                    (0.0 + t * 2.4, 0.20),
                    (-0.95 + t * 2.4, 0.30),
                ],
                dark,
            )
        if kind == "beret":
            face.shape([(-1.15, 0.52), (-0.9, 1.12), (0.3, 1.42), (1.38, 0.95), (1.2, 0.55), (0, 0.46)], colour)
    elif kind in ("brim", "straw"):
        wide = 1.75 if kind == "brim" else 2.1
        face.shape(
            [(-0.98, 0.52), (-0.88, 1.30), (-0.4, 1.52), (0.0, 1.42), (0.4, 1.52), (0.88, 1.30), (0.98, 0.52)], colour
        )
        face.shape([(-0.99, 0.74), (0, 0.66), (0.99, 0.74), (1.0, 0.52), (0.0, 0.42), (-1.0, 0.52)], dark)
        face.shape(
            [
                (-wide, 0.48),
                (-1.0, 0.62),
                (0.0, 0.52),
                (1.0, 0.62),
                (wide, 0.48),
                (1.0, 0.34),
                (0.0, 0.28),
                (-1.0, 0.34),
            ],
            pale,
        )
    elif kind in ("wrap", "hood"):
        deep = -1.15 if kind == "hood" or look.sex == "woman" else 0.2
        outer = [
            (-1.16, deep * 0.8),
            (-1.22, 0.30),
            (-0.85, 1.12),
            (0.0, 1.40),
            (0.85, 1.12),
            (1.22, 0.30),
            (1.16, deep * 0.8),
        ]
        inner = (
            []
            if back
            else [
                (0.86, deep * 0.75),
                (0.90, 0.20),
                (0.62, 0.60),
                (t, 0.72),
                (-0.62, 0.60),
                (-0.90, 0.20),
                (-0.86, deep * 0.75),
            ]
        )
        face.shape([*outer, *inner], colour)
        face.line([(-0.8, 0.95), (0.1, 0.98), (0.95, 0.6)], dark, 0.04, 0.6)
    elif kind == "crown":
        face.shape([(-0.85, 0.75), (0.85, 0.75), (0.85, 1.0), (-0.85, 1.0)], (0.85, 0.68, 0.25))
        for k in (-0.7, 0.0, 0.7):
            face.shape([(k - 0.22, 1.0), (k, 1.5), (k + 0.22, 1.0)], (0.92, 0.76, 0.32))
    elif kind == "helmet" or (look.outer is not None and "space" in look.outer.name):
        x, y = face.at(0, 0.08)
        glass = (0.62, 0.78, 0.92)
        face.pen.disc(x, y, face.wide * 1.75, glass, 1.05, 0.16)
        ring = [(x + face.wide * 1.75 * c, y + face.wide * 1.82 * s) for c, s in _RING]
        face.pen.line([*ring, ring[0]], mix(WHITE, glass, 0.2), 0.07 * face.wide, 0.8)
        face.pen.line(
            [
                (x - face.wide * 1.35, y + face.wide * 0.7),
                (x - face.wide * 0.9, y + face.wide * 1.3),
                (x - face.wide * 0.3, y + face.wide * 1.52),
            ],
            WHITE,
            0.12 * face.wide,
            0.6,
        )
