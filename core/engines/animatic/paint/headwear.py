"""Draws what faces and heads wear: beards, glasses, hats, helmets."""

from __future__ import annotations

from core.engines.animatic.paint.colour import WHITE, Colour, mix
from core.engines.animatic.paint.face import Face
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import light, shadow


def beard(face: Face, look: Look) -> None:
    """Draw stubble, a moustache or a beard."""
    if not look.beard:
        return
    t = face.turn * 0.2
    colour = look.beard_colour if look.beard != "stubble" else mix(look.hair_colour, look.skin, 0.12)
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


def glasses(face: Face) -> None:
    """Draw round glasses."""
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


def hat(face: Face, look: Look, back: bool) -> None:
    """Draw what the head wears, seen from the front or from the `back`."""
    if look.hat == "helmet" or (look.outer is not None and "space" in look.outer.name):
        _helmet(face)
    elif look.hat == "beanie":
        _beanie(face, look.hat_colour)
    elif look.hat in ("cap", "beret"):
        _cap(face, look.hat_colour, look.hat == "beret", back)
    elif look.hat in ("brim", "straw"):
        _brim(face, look.hat_colour, 1.75 if look.hat == "brim" else 2.1)
    elif look.hat in ("wrap", "hood"):
        _wrap(face, look.hat_colour, -1.15 if look.hat == "hood" or look.sex == "woman" else 0.2, back)
    elif look.hat == "crown":
        face.shape([(-0.85, 0.75), (0.85, 0.75), (0.85, 1.0), (-0.85, 1.0)], look.hat_colour)
        for k in (-0.7, 0.0, 0.7):
            face.shape([(k - 0.22, 1.0), (k, 1.5), (k + 0.22, 1.0)], light(look.hat_colour, 0.25))


_DOME = [(-1.10, 0.36), (-1.06, 0.88), (-0.62, 1.32), (0.0, 1.42), (0.62, 1.32), (1.06, 0.88), (1.10, 0.36)]


def _beanie(face: Face, colour: Colour) -> None:
    face.shape([*_DOME, (0.0, 0.34)], colour)
    cuff = [(-1.13, 0.58), (0.0, 0.50), (1.13, 0.58), (1.12, 0.24), (0.0, 0.20), (-1.12, 0.24)]
    face.shape(cuff, light(colour, 0.12))
    for k in (-0.7, -0.35, 0.0, 0.35, 0.7):
        face.line([(k, 0.50), (k * 1.02, 0.26)], shadow(colour, 0.32), 0.03, 0.6)


def _cap(face: Face, colour: Colour, beret: bool, back: bool) -> None:
    t = face.turn * 0.2
    face.shape([*_DOME, (0.0, 0.42)], colour)
    if beret:
        face.shape([(-1.15, 0.52), (-0.9, 1.12), (0.3, 1.42), (1.38, 0.95), (1.2, 0.55), (0, 0.46)], colour)
    elif not back:
        near, far = [(-0.80 + t, 0.50), (0.80 + t, 0.50)], t * 2.4
        face.shape([*near, (0.95 + far, 0.30), (far, 0.20), (-0.95 + far, 0.30)], shadow(colour, 0.32))


def _brim(face: Face, colour: Colour, wide: float) -> None:
    crown = [(-0.98, 0.52), (-0.88, 1.30), (-0.4, 1.52), (0.0, 1.42), (0.4, 1.52), (0.88, 1.30), (0.98, 0.52)]
    band = [(-0.99, 0.74), (0, 0.66), (0.99, 0.74), (1.0, 0.52), (0.0, 0.42), (-1.0, 0.52)]
    upper, lower = [(-wide, 0.48), (-1.0, 0.62), (0.0, 0.52), (1.0, 0.62)], [(1.0, 0.34), (0.0, 0.28), (-1.0, 0.34)]
    face.shape(crown, colour)
    face.shape(band, shadow(colour, 0.32))
    face.shape([*upper, (wide, 0.48), *lower], light(colour, 0.12))


def _wrap(face: Face, colour: Colour, deep: float, back: bool) -> None:
    outer = [(-1.16, deep * 0.8), (-1.22, 0.30), (-0.85, 1.12), (0.0, 1.40), (0.85, 1.12), (1.22, 0.30)]
    left = [(-0.62, 0.60), (-0.90, 0.20), (-0.86, deep * 0.75)]
    inner = [(0.86, deep * 0.75), (0.90, 0.20), (0.62, 0.60), (face.turn * 0.2, 0.72), *left]
    face.shape([*outer, (1.16, deep * 0.8), *([] if back else inner)], colour)
    face.line([(-0.8, 0.95), (0.1, 0.98), (0.95, 0.6)], shadow(colour, 0.32), 0.04, 0.6)


def _helmet(face: Face) -> None:
    x, y = face.at(0, 0.08)
    w, pen = face.wide, face.pen
    glass = (0.62, 0.78, 0.92)
    pen.disc(x, y, w * 1.75, glass, 1.05, 0.10)
    ring = [(x + w * 1.75 * c, y + w * 1.82 * s) for c, s in _RING]
    pen.line([*ring, ring[0]], mix(WHITE, glass, 0.2), 0.07 * w, 0.8)
    pen.line(
        [(x - w * 1.35, y + w * 0.7), (x - w * 0.9, y + w * 1.3), (x - w * 0.3, y + w * 1.52)], WHITE, 0.12 * w, 0.6
    )
