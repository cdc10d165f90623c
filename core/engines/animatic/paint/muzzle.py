"""Draws animals' heads: in profile, towards us with eyes that look back, and from behind."""

from __future__ import annotations

from core.engines.animatic.paint.canvas import Point
from core.engines.animatic.paint.colour import BLACK, WHITE, Colour, mix
from core.engines.animatic.paint.extent import Build
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow

_INK: Colour = (0.09, 0.07, 0.08)
_CREAM: Colour = (0.96, 0.93, 0.88)


class Muzzle:
    """Head coordinates: u to the picture's right and v up, 1.0 is the radius of the head; `turn` -1 or 1 is ahead."""

    def __init__(self, pen: Pen, look: Look, at: Point, build: Build, turn: float) -> None:
        self.pen, self.x, self.y, self.size, self.turn = pen, at[0], at[1], build.head, turn
        self.ears = build.ears
        self.floppy = look.kind == "dog" and ("floppy" in look.marks or "shaggy" in look.marks)

    def at(self, u: float, v: float) -> Point:
        """Return the body point of a head point."""
        return (self.x + u * self.size, self.y + v * self.size)

    def shape(self, points: list[Point], colour: Colour, alpha: float = 1.0, curved: bool = True) -> None:
        """Fill an outline of head points."""
        self.pen.shape([self.at(*p) for p in points], colour, alpha, curved=curved)

    def both(self, half: list[Point], colour: Colour, alpha: float = 1.0, shift: float = 0.0) -> None:
        """Fill an outline given by its right half, from the top down, moved sideways by `shift`."""
        self.shape([(u + shift, v) for u, v in [*half, *[(-u, v) for u, v in reversed(half)]]], colour, alpha)

    def line(self, points: list[Point], colour: Colour, width: float, alpha: float = 1.0) -> None:
        """Draw a line `width` head radii wide."""
        self.pen.line([self.at(*p) for p in points], colour, width * self.size, alpha)

    def disc(self, u: float, v: float, radius: float, colour: Colour, flat: float = 1.0, alpha: float = 1.0) -> None:
        """Fill an ellipse; `radius` in head radii."""
        x, y = self.at(u, v)
        self.pen.disc(x, y, radius * self.size, colour, flat, alpha)


# Right halves of heads seen from the front, crown to chin.
_SKULL: dict[str, list[Point]] = {
    "fox": [(0.0, 0.86), (0.55, 0.74), (0.92, 0.30), (1.22, -0.22), (0.78, -0.42), (0.40, -0.80), (0.20, -1.06)],
    "wolf": [(0.0, 0.86), (0.55, 0.78), (0.95, 0.34), (1.20, -0.20), (0.92, -0.50), (0.52, -0.84), (0.28, -1.10)],
    "dog": [(0.0, 0.88), (0.58, 0.80), (0.96, 0.36), (1.00, -0.18), (0.78, -0.58), (0.54, -0.92), (0.28, -1.12)],
    "cat": [(0.0, 0.84), (0.52, 0.76), (0.98, 0.36), (1.16, -0.12), (0.98, -0.52), (0.52, -0.86), (0.20, -0.95)],
    "horse": [(0.0, 0.90), (0.42, 0.84), (0.62, 0.40), (0.56, -0.30), (0.44, -1.10), (0.50, -1.70), (0.30, -2.12)],
}
_PALE: dict[str, list[Point]] = {  # the light part of the face
    "fox": [(0.0, -0.10), (0.22, -0.28), (0.62, -0.22), (1.14, -0.24), (0.76, -0.44), (0.39, -0.80), (0.19, -1.03)],
    "wolf": [(0.0, -0.16), (0.28, -0.34), (0.72, -0.30), (1.08, -0.26), (0.84, -0.52), (0.50, -0.82), (0.26, -1.06)],
    "dog": [(0.0, -0.20), (0.34, -0.30), (0.50, -0.56), (0.46, -0.88), (0.24, -1.08)],
    "cat": [(0.0, -0.16), (0.26, -0.26), (0.46, -0.50), (0.38, -0.76), (0.16, -0.88)],
    "horse": [(0.0, -1.20), (0.34, -1.30), (0.46, -1.68), (0.26, -2.06)],
}
_EYES = {"fox": (0.47, 0.12), "wolf": (0.46, 0.16), "dog": (0.44, 0.14), "cat": (0.48, 0.06), "horse": (0.50, 0.22)}
_NOSE = {"fox": (-0.76, 0.17), "wolf": (-0.74, 0.22), "dog": (-0.62, 0.24), "cat": (-0.36, 0.13), "horse": (-1.72, 0.0)}


def head_from_front(muzzle: Muzzle, look: Look, gesture: Gesture) -> None:
    """Draw a head that looks at us, turned a little to where it goes."""
    coat, kind = look.coat, look.kind
    t = 0.10 * muzzle.turn
    _ears(muzzle, look)
    muzzle.both(_SKULL[kind], coat)
    far = [(-u * muzzle.turn, v) for u, v in [(1.08, -0.20), (0.92, 0.30), (0.56, 0.70), (0.66, 0.2), (0.72, -0.36)]]
    if kind != "horse":
        muzzle.shape(far, shadow(coat, 0.22), 0.6)
    _pale(muzzle, look, t)
    if kind == "horse":
        _horse_face(muzzle, look, t)
    if "striped" in look.marks:
        for k in (-0.28, 0.0, 0.28):
            muzzle.line([(k + t * 0.5, 0.80), (k * 1.2 + t, 0.42)], shadow(coat, 0.5), 0.10, 0.85)
        for side in (-1, 1):
            for v in (-0.05, -0.25):
                muzzle.line([(1.04 * side, v), (0.72 * side, v - 0.02)], shadow(coat, 0.5), 0.08, 0.8)
    u, v = _EYES[kind]
    for side in (-1, 1):
        _eye(muzzle, look, gesture, u * side + t, v, side)
    _snout(muzzle, look, t)
    if "scar" in look.marks:
        muzzle.line([(-0.72, 1.35), (-0.58, 1.0)], mix(coat, (0.85, 0.6, 0.55), 0.6), 0.07)


def _ears(muzzle: Muzzle, look: Look) -> None:
    coat, tall = look.coat, 0.75 + muzzle.ears
    inner = mix(shadow(coat, 0.35), (0.75, 0.45, 0.42), 0.35)
    if look.kind == "fox":
        inner = mix(_CREAM, coat, 0.35)
    for side in (-1, 1):
        if muzzle.floppy:
            flap = [(0.50, 0.86), (0.98, 0.78), (1.34, 0.18), (1.24, -0.46), (0.98, -0.30), (0.84, 0.34)]
            muzzle.shape([(u * side, v) for u, v in flap], shadow(coat, 0.28))
            continue
        wide = 0.72 if look.kind != "horse" else 0.30
        base = 0.30 if look.kind != "horse" else 0.22
        outer = [(base, 0.62), (base + wide * 0.52, tall), (base + wide * 0.72, tall - 0.05), (base + wide, 0.30)]
        muzzle.shape([(u * side, v) for u, v in outer], shadow(coat, 0.10), curved=False)
        hollow = [
            (base + wide * 0.22, 0.64),
            (base + wide * 0.58, tall - 0.22),
            (base + wide * 0.82, 0.50),
        ]
        muzzle.shape([(u * side, v) for u, v in hollow], inner, curved=False)
        if look.kind in ("fox", "wolf"):
            tip = [(base + wide * 0.43, tall - 0.22), (base + wide * 0.52, tall), (base + wide * 0.74, tall - 0.20)]
            muzzle.shape([(u * side, v) for u, v in tip], shadow(coat, 0.75), curved=False)


def _pale(muzzle: Muzzle, look: Look, t: float) -> None:
    """Draw the light cheeks or muzzle; where the portrait names none, a paler tone of the coat."""
    told = look.marks.get("muzzle")
    usual = {"fox": _CREAM, "wolf": light(look.coat, 0.55), "cat": light(look.coat, 0.35)}
    pale = told if told is not None else usual.get(look.kind, light(look.coat, 0.28))
    if look.kind == "horse" and told is None:
        pale = shadow(look.coat, 0.30)
    muzzle.both(_PALE[look.kind], pale, shift=t)
    if look.kind in ("dog", "wolf"):  # eyebrows of lighter fur
        for side in (-1, 1):
            muzzle.disc(0.40 * side + t, 0.48, 0.12, light(look.coat, 0.3), 0.7, 0.8)


def _eye(muzzle: Muzzle, look: Look, gesture: Gesture, u: float, v: float, side: int) -> None:
    size = {"cat": 0.245, "horse": 0.17}.get(look.kind, 0.205)
    open_now = max(0.0, 1.0 - gesture.lid)
    ink = mix(shadow(look.coat, 0.6), _INK, 0.75)
    if open_now < 0.15:
        muzzle.line([(u - size, v), (u, v - 0.08), (u + size, v)], ink, 0.06)
        return
    slant = 0.05 * side
    muzzle.shape(
        [
            (u - size * 1.18, v - slant - 0.01),
            (u - size * 0.4, v + size * 0.98 * open_now),
            (u + size * 0.4, v + size * 0.98 * open_now),
            (u + size * 1.18, v + slant - 0.01),
            (u, v - size * 0.95),
        ],
        ink,
    )
    gaze = gesture.gaze * 0.06
    muzzle.disc(u + gaze, v, size * 0.80, look.eyes, open_now)
    narrow = 0.30 if look.kind == "cat" else 0.46
    muzzle.disc(u + gaze, v, size * narrow, _INK, open_now * (0.72 / narrow if look.kind == "cat" else 1.0))
    muzzle.disc(u + gaze - size * 0.28, v + size * 0.32 * open_now, size * 0.22, WHITE)


def _snout(muzzle: Muzzle, look: Look, t: float) -> None:
    v, size = _NOSE[look.kind]
    u = 1.5 * t
    dark = shadow(look.coat, 0.6)
    if look.kind == "horse":
        for side in (-1, 1):
            muzzle.disc(0.24 * side + u, v, 0.11, _INK, 1.25)
        muzzle.line([(-0.26 + u, v - 0.26), (u, v - 0.30), (0.26 + u, v - 0.26)], dark, 0.05, 0.8)
        return
    nose = (0.72, 0.42, 0.42) if look.kind == "cat" else _INK
    for side in (-1, 1):
        bridge = [(0.20 * side + u * 0.6, 0.10), (size * side * 1.1 + u, v + 0.14)]
        muzzle.line(bridge, shadow(look.coat, 0.30), 0.05, 0.55)
    muzzle.both([(0.0, v + size * 0.62), (size, v + size * 0.45), (size * 0.55, v - size * 0.55)], nose, shift=u)
    muzzle.disc(u - size * 0.25, v + size * 0.22, size * 0.24, mix(nose, WHITE, 0.6), 0.6, 0.8)
    low = v - size * 1.5
    muzzle.line([(u, v - size * 0.5), (u, low)], dark, 0.045)
    muzzle.line([(u - 0.26, low + 0.05), (u - 0.12, low - 0.05), (u, low + 0.01)], dark, 0.045)
    muzzle.line([(u + 0.26, low + 0.05), (u + 0.12, low - 0.05), (u, low + 0.01)], dark, 0.045)
    if look.kind == "cat":
        for side in (-1, 1):
            for rise in (0.06, -0.06, -0.18):
                whisker = [(0.36 * side + u, v - 0.12 + rise * 0.4), (1.42 * side + u, v - 0.12 + rise * 2.0)]
                muzzle.line(whisker, (0.97, 0.97, 0.97), 0.026, 0.8)


def _horse_face(muzzle: Muzzle, look: Look, t: float) -> None:
    blaze, mane = look.marks.get("blaze"), look.marks.get("mane", shadow(look.coat, 0.5))
    if blaze is not None:
        muzzle.both([(0.0, 0.58), (0.16, 0.40), (0.11, -0.50), (0.20, -1.20), (0.06, -1.50)], blaze, shift=t)
    muzzle.shape(
        [(-0.30, 0.86), (0.0, 1.02), (0.34, 0.86), (0.22 + t, 0.30), (0.02 + t, 0.10), (-0.16 + t, 0.42)], mane
    )
    strap = look.marks.get("bridle")
    if strap is not None:
        muzzle.line([(-0.48, -0.98), (t, -0.92), (0.48, -0.98)], strap, 0.13)
        for side in (-1, 1):
            muzzle.line([(0.47 * side, -0.98), (0.60 * side, 0.20), (0.46 * side, 0.78)], strap, 0.10)


def head_in_profile(muzzle: Muzzle, look: Look, gesture: Gesture) -> None:
    """Draw a head from the side."""
    s, coat, kind = muzzle.turn, look.coat, look.kind
    snout = {"dog": 1.5, "wolf": 1.6, "cat": 0.85, "fox": 1.6, "horse": 2.3}[kind]
    tip = (snout * s, -0.9 if kind == "horse" else -0.28)
    for k, tone in ((-0.55, shadow(coat, 0.25)), (-0.15, coat)):
        if muzzle.floppy:
            continue
        ear = [(k * s - 0.28, 0.55), (k * s - 0.05 * s, 0.75 + muzzle.ears), (k * s + 0.30, 0.55)]
        muzzle.shape(ear, tone, curved=False)
    muzzle.disc(0.0, 0.0, 0.82, coat, 0.92)
    muzzle.pen.limb(
        muzzle.at(0.2 * s, -0.1),
        muzzle.at(*tip),
        muzzle.size * 0.55,
        muzzle.size * (0.36 if kind == "horse" else 0.30),
        coat,
    )
    pale = look.marks.get("muzzle", _CREAM if kind == "fox" else None)
    if pale is not None:
        muzzle.pen.limb(muzzle.at(0.45 * s, -0.42), muzzle.at(*tip), muzzle.size * 0.26, muzzle.size * 0.18, pale)
    blaze = look.marks.get("blaze")
    if blaze is not None:
        muzzle.line([(0.55 * s, 0.32), (1.1 * s, -0.10), (tip[0] * 0.9, tip[1] + 0.30)], blaze, 0.16)
    if muzzle.floppy:
        flap = [(-0.50, 0.62), (-0.05, 0.60), (0.05, -0.10), (-0.18, -0.55), (-0.48, -0.10)]
        muzzle.shape([(u * s, v) for u, v in flap], shadow(coat, 0.28))
    if kind != "horse":
        muzzle.disc(tip[0] + 0.12 * s, tip[1] + 0.08, 0.13, (0.72, 0.42, 0.42) if kind == "cat" else _INK)
    strap = look.marks.get("bridle")
    if strap is not None:
        muzzle.line([(1.35 * s, -0.05), (1.25 * s, -0.95)], strap, 0.13)
        muzzle.line([(-0.1 * s, 0.7), (0.1 * s, -0.3), (1.28 * s, -0.55)], strap, 0.10)
    if gesture.lid < 0.8:
        muzzle.disc(0.30 * s, 0.18, 0.17, mix(_INK, BLACK, 0.3))
        muzzle.disc(0.32 * s, 0.18, 0.125, look.eyes)
        muzzle.disc(0.34 * s, 0.18, 0.065, _INK)
        muzzle.disc(0.36 * s, 0.23, 0.035, WHITE)


def head_from_behind(muzzle: Muzzle, look: Look) -> None:
    """Draw the back of a head, ears up."""
    dark = shadow(look.coat, 0.20)
    for side in (-1, 1):
        wide = 0.62 if look.kind != "horse" else 0.28
        if muzzle.floppy:
            flap = [(0.45, 0.70), (0.98, 0.60), (1.22, -0.10), (1.0, -0.45), (0.80, 0.1)]
            muzzle.shape([(u * side, v) for u, v in flap], shadow(look.coat, 0.32))
            continue
        ear = [(0.22, 0.60), (0.22 + wide * 0.6, 0.75 + muzzle.ears), (0.22 + wide, 0.30)]
        muzzle.shape([(u * side, v) for u, v in ear], shadow(look.coat, 0.30), curved=False)
    muzzle.disc(0.0, 0.0, 0.92, dark, 0.95)
    muzzle.disc(0.0, 0.25, 0.62, look.coat, 0.7, 0.8)
    muzzle.pen.limb(muzzle.at(0.0, -0.5), muzzle.at(0.0, -1.6), muzzle.size * 0.62, muzzle.size * 0.8, dark)
    ring = look.marks.get("collar")
    if ring is not None:
        muzzle.line([(-0.72, -0.95), (0.0, -1.10), (0.72, -0.95)], ring, 0.30)
    if look.kind == "horse":
        mane = look.marks.get("mane", shadow(look.coat, 0.5))
        muzzle.shape([(-0.18, 1.0), (0.18, 1.0), (0.34, -0.8), (0.1, -2.2), (-0.2, -1.6), (-0.3, -0.4)], mane)
