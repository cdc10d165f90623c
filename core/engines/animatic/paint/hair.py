"""Draws hair, behind the head, in front of it and from the back."""

from __future__ import annotations

from core.engines.animatic.paint.canvas import Point
from core.engines.animatic.paint.colour import luma
from core.engines.animatic.paint.face import Face
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import light, shadow

_FALL = {"bob": -0.98, "shoulder": -1.75, "long": -3.3, "curly": -1.15, "braids": -0.5, "ponytail": -0.4, "bun": -0.3}


_CURLS_BEHIND = [
    (-1.0, 0.4), (-1.12, -0.1), (-1.08, -0.6), (-0.85, -0.98), (1.0, 0.4), (1.12, -0.1), (1.08, -0.6), (0.85, -0.98),
    (-0.55, 0.95), (0.55, 0.95), (0.0, 1.12),
]  # fmt: skip
_TAIL = [(0.35, 0.75), (1.05, 0.62), (1.55, 0.0), (1.42, -0.95), (1.22, -1.25), (1.15, -0.4), (0.75, 0.2)]


def hair_behind(face: Face, look: Look) -> None:
    """Draw the hair that lies behind the neck."""
    dark = shadow(look.hair_colour, 0.30)
    style = look.hair
    if style == "afro":
        face.disc(0.0, 0.32, 1.62, look.hair_colour, 1.0 * face.high / face.wide * 0.86)
        return
    if style == "curly":
        for u, v in _CURLS_BEHIND:
            face.disc(u, v, 0.44, dark)
    if style == "ponytail":
        s = -1 if face.turn > 0 else 1
        face.shape([(u * s, v) for u, v in _TAIL], dark)
    if style == "bun":
        face.disc(0.0 - 0.3 * face.turn, 1.22, 0.46, dark)
    fall = _FALL.get(style)
    if fall is None or style in ("ponytail", "bun"):
        return
    w = 1.14 if fall > -1.2 else 1.22
    right = [(0.75, 0.98), (1.10, 0.42), (w, -0.3), (w * 1.02, fall * 0.75), (w * 0.86, fall)]
    face.shape([(0.0, 1.16), *right, (0.0, fall * 1.02), *[(-u, v) for u, v in reversed(right)]], dark)


def hair_front(face: Face, look: Look) -> None:
    """Draw the hair over the forehead and beside the face."""
    colour, style = look.hair_colour, look.hair
    if style == "bald":
        return
    t = face.turn * 0.2
    if style == "buzz":
        face.shape([*_STUBBLE, (0.3 + t, 0.68), (-0.3 + t, 0.68), (-0.75, 0.55)], colour, 0.85, 0.04)
        return
    part = 0.22 if look.sex != "man" else -0.28
    if style in ("curly", "afro"):
        for u, v in _CURLS:
            face.disc(u, v, 0.32, colour)
    else:
        face.shape([*_CAP, *_fringe(style, part, t)], colour)
    if style in ("bob", "shoulder", "long", "braids"):
        _locks(face, look, style)
    shine = light(colour, 0.22 if luma(colour) < 0.4 else 0.35)
    face.line([(-0.72, 0.70), (-0.30, 0.96), (0.20, 1.00)], shine, 0.085, 0.42)
    face.line([(-0.60, 0.58), (-0.22, 0.82), (0.10, 0.86)], shine, 0.035, 0.35)
    for k in (-0.5, 0.0, 0.42):
        face.line([(part * 0.4 + k * 0.2, 1.12), (k * 1.05 + t * 0.5, 0.62)], shadow(colour, 0.4), 0.022, 0.5)


# Outlines in face coordinates (see `face.Face`): from one temple over the top to the other.
_STUBBLE = [
    (-0.93, 0.25), (-0.9, 0.62), (-0.55, 0.98), (0.0, 1.08), (0.55, 0.98), (0.9, 0.62), (0.93, 0.25), (0.75, 0.55),
]  # fmt: skip
_CAP = [
    (-1.04, -0.02), (-1.06, 0.40), (-0.82, 0.92), (-0.30, 1.20), (0.28, 1.21), (0.82, 0.93), (1.06, 0.40),
    (1.04, -0.02),
]  # fmt: skip
_CURLS = [
    (-0.92, 0.45), (-0.72, 0.80), (-0.38, 1.02), (0.0, 1.10), (0.38, 1.02), (0.72, 0.80), (0.92, 0.45),
    (-0.45, 0.72), (0.0, 0.76), (0.45, 0.72),
]  # fmt: skip


def _fringe(style: str, part: float, t: float) -> list[Point]:
    """Return the hairline over the forehead, from right to left; `part` is where the parting is."""
    if style == "bob":
        return [(0.90, 0.30), (0.55 + t, 0.42), (0.15 + t, 0.38), (-0.25 + t, 0.40), (-0.65 + t, 0.36), (-0.90, 0.28)]
    if style == "short":
        middle = [(0.45 + t, 0.66), (t, 0.52), (-0.35 + t, 0.62)]
        return [(0.88, 0.28), (0.78, 0.52), *middle, (-0.72, 0.50), (-0.90, 0.24)]
    middle = [(part + 0.28 + t, 0.72), (part + t, 0.80), (part - 0.30 + t, 0.68)]
    return [(0.86, 0.05), (0.74 + t * 0.4, 0.46), *middle, (-0.70 + t * 0.4, 0.42), (-0.88, 0.02)]


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


def hair_from_behind(face: Face, look: Look) -> None:
    """Draw a head of hair seen from the back."""
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
