"""Draws hair, behind the head, in front of it and from the back."""

from __future__ import annotations

from core.engines.animatic.paint.canvas import Point
from core.engines.animatic.paint.colour import Colour, luma
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
    if style in ("curly", "curls", "afro"):
        for at, (u, v) in enumerate(_CURLS):
            face.disc(u, v, 0.32, colour)
            face.line([(u - 0.14, v + 0.02), (u, v + 0.16), (u + 0.14, v + 0.02)], _curl_tone(colour, at), 0.05, 0.6)
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


def _curl_tone(colour: Colour, k: int) -> Colour:
    return shadow(colour, 0.4) if k % 2 else light(colour, 0.16)


# Half widths of a head of hair from behind, from the crown to its lower edge, by style.
_BACK: dict[str, list[Point]] = {
    "cropped": [(0.0, 1.10), (0.72, 0.90), (0.98, 0.36), (0.94, -0.20), (0.70, -0.62), (0.0, -0.70)],
    "short": [(0.0, 1.20), (0.80, 0.94), (1.06, 0.36), (1.02, -0.22), (0.80, -0.62), (0.36, -0.86), (0.0, -0.80)],
    "tied": [(0.0, 1.18), (0.78, 0.92), (1.03, 0.36), (0.98, -0.22), (0.66, -0.58), (0.0, -0.66)],
    "bob": [(0.0, 1.20), (0.82, 0.94), (1.12, 0.36), (1.20, -0.40), (1.16, -0.92), (0.60, -1.00), (0.0, -1.03)],
}


def hair_from_behind(face: Face, look: Look) -> None:
    """Draw a head of hair seen from the back, in the style it has from the front."""
    colour, style = look.hair_colour, look.hair
    if style == "bald":
        return
    if style == "afro":
        face.disc(0.0, 0.3, 1.62, colour, 1.1)
        _curls(face, colour, 1.30, -0.90, 0.34)
        return
    if style in ("curly", "curls"):
        long = style == "curly" and look.sex == "woman"
        low = -1.10 if long else -0.52
        half = [(0.0, 1.12), (0.78, 0.88), (1.04, 0.34), (1.06 if long else 0.92, low * 0.6), (0.62, low)]
        face.shape([*half, *[(-u, v) for u, v in reversed(half[1:])]], colour)
        _curls(face, colour, 0.96, low, 0.27)
        return
    fall = _FALL.get(style)
    if style in ("shoulder", "long") and fall is not None:
        half = [(0.0, 1.20), (0.80, 0.94), (1.10, 0.36), (1.18, -0.40), (1.10, fall * 0.85), (0.62, fall)]
    else:
        name = {"buzz": "cropped", "ponytail": "tied", "bun": "tied", "braids": "tied"}.get(style, style)
        half, fall = _BACK.get(name, _BACK["short"]), -0.75
    face.shape([*half, *[(-u, v) for u, v in reversed(half[1:])]], colour, 1.0 if style != "buzz" else 0.92)
    if style == "buzz":
        return
    for k in (-0.6, -0.2, 0.25, 0.65):
        face.line([(k * 0.4, 1.0), (k, fall * 0.8)], shadow(colour, 0.35), 0.03, 0.5)
    if style == "short":  # the hairline at the neck is ragged, not cut with a bowl
        for u in (-0.55, -0.2, 0.15, 0.5):
            face.shape([(u - 0.2, -0.60), (u + 0.2, -0.62), (u + 0.04, -0.98)], colour)
    face.line([(-0.70, 0.62), (-0.2, 0.9), (0.35, 0.88)], light(colour, 0.3), 0.09, 0.35)
    _tied(face, colour, style)


def _curls(face: Face, colour: Colour, wide: float, low: float, size: float) -> None:
    """Draw rows of curls over the back of a head, from the crown down to `low`."""
    rows = 5
    for row in range(rows):
        v = 1.0 + (low - 1.0) * row / (rows - 1)
        half = wide * (0.55 if row == 0 else 1.0 if row < rows - 1 else 0.72)
        count = 3 if row == 0 else 5
        for k in range(count):
            u = half * (2 * k / (count - 1) - 1) + (0.10 if row % 2 else 0.0)
            face.disc(u, v, size, colour if (k + row) % 2 else shadow(colour, 0.10))
            face.line([(u - 0.13, v), (u, v + 0.15), (u + 0.13, v)], _curl_tone(colour, k + row), 0.05, 0.7)


def _tied(face: Face, colour: Colour, style: str) -> None:
    if style == "ponytail":
        tail = [(-0.2, 0.45), (0.2, 0.45), (0.42, -0.6), (0.2, -1.9), (-0.05, -2.1), (-0.3, -1.0)]
        face.shape(tail, light(colour, 0.06))
        face.line([(-0.22, 0.40), (0.22, 0.40)], (0.75, 0.25, 0.28), 0.10)
    if style == "bun":
        face.disc(0.0, 0.95, 0.5, light(colour, 0.06))
        face.line([(-0.3, 0.9), (0.05, 1.2), (0.32, 0.95)], shadow(colour, 0.3), 0.04, 0.7)
    if style == "braids":
        for k in (-1, 1):
            for step in range(8):
                tone = colour if step % 2 else shadow(colour, 0.2)
                face.disc(0.62 * k, -0.6 - 0.34 * step, 0.24, tone, 0.95)
            face.disc(0.62 * k, -0.6 - 0.34 * 7.6, 0.12, (0.8, 0.25, 0.25))
