"""Draws what a figure carries: umbrella, instrument, lantern, book, flowers."""

from __future__ import annotations

import math

from core.engines.animatic.paint.colour import Colour, mix
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow


def hand(look: Look, gesture: Gesture) -> tuple[float, float]:
    """Return where the near hand is, in body metres."""
    side = {"left": -1, "right": 1}.get(gesture.facing, 0)
    if gesture.holds:
        return (0.21 if not side else side * 0.22, 1.22)
    if side:
        return (side * 0.10 - gesture.stride * 0.2, 0.88)
    return (0.235, 0.87)


def draw_umbrella(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw an open umbrella held over the head."""
    colour = look.umbrella or (0.2, 0.2, 0.25)
    x, y = hand(look, gesture)
    lean = 0.02 * gesture.sway - (0.05 if x > 0 else -0.05)
    top_x, top_y = x * 0.55 + lean, 2.13
    edge = 1.76
    pen.line([(x, y - 0.10), (top_x, top_y)], (0.16, 0.15, 0.17), 0.014, curved=False)
    pen.line([(x, y - 0.10), (x + 0.02, y - 0.15), (x + 0.05, y - 0.13)], (0.16, 0.15, 0.17), 0.016)
    half = 0.60
    arc = [
        (top_x + half * math.sin(a), edge + (top_y - edge) * math.cos(a))
        for a in [(-1.57 + 3.14 * i / 16) for i in range(17)]
    ]
    ribs = [-1.0, -0.62, -0.2, 0.24, 0.64, 1.0]
    scallops: list[tuple[float, float]] = []
    for left, right in zip(reversed(ribs[:-1]), reversed(ribs[1:]), strict=True):
        scallops += [(top_x + right * half, edge), (top_x + (left + right) / 2 * half, edge + 0.045)]
    pen.shape([*arc, *scallops, (top_x - half, edge)], colour, curved=False)
    # The inside of the dome is seen a little from below.
    pen.shape(
        [
            (top_x - half, edge),
            (top_x - 0.2, edge + 0.06),
            (top_x + 0.24, edge + 0.06),
            (top_x + half, edge),
            (top_x + 0.3, edge + 0.035),
            (top_x, edge + 0.03),
            (top_x - 0.3, edge + 0.035),
        ],
        shadow(colour, 0.5),
        0.8,
    )
    for k, tone in (
        (-0.62, light(colour, 0.16)),
        (-0.2, light(colour, 0.08)),
        (0.24, shadow(colour, 0.14)),
        (0.64, shadow(colour, 0.28)),
    ):
        bow = k * half
        pen.line(
            [(top_x + bow * 0.1, top_y), (top_x + bow * 0.8, (top_y + edge) / 2 + 0.10), (top_x + bow, edge + 0.005)],
            tone,
            0.012,
            0.9,
        )
    pen.line([(top_x, top_y), (top_x + lean * 0.1, top_y + 0.05)], (0.16, 0.15, 0.17), 0.014, curved=False)


def draw_held(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw the thing the portrait names, in the near hand."""
    x, y = hand(look, gesture)
    draw = {
        "violin": _violin,
        "cello": _cello,
        "guitar": _guitar,
        "book": _book,
        "lantern": _lantern,
        "camera": _camera,
        "staff": _staff,
        "flowers": _flowers,
        "cup": _cup,
        "sword": _sword,
    }.get(look.prop)
    if draw is not None and gesture.facing != "back":
        draw(pen, x, y, look.prop_colour or _USUAL.get(look.prop, _WOOD))


_WOOD: Colour = (0.58, 0.29, 0.12)
_USUAL: dict[str, Colour] = {
    "book": (0.55, 0.16, 0.15),
    "lantern": (0.2, 0.13, 0.1),
    "camera": (0.14, 0.14, 0.16),
    "staff": (0.36, 0.25, 0.16),
    "cup": (0.95, 0.93, 0.88),
    "sword": (0.76, 0.79, 0.83),
}


def _body(pen: Pen, x: float, y: float, size: float, turn: float, wood: Colour) -> None:
    c, s = math.cos(turn), math.sin(turn)

    def put(u: float, v: float) -> tuple[float, float]:
        return (x + size * (u * c - v * s), y + size * (u * s + v * c))

    outline = [(0.0, 1.0), (0.42, 0.86), (0.44, 0.45), (0.27, 0.12), (0.52, -0.35), (0.40, -0.88), (0.0, -1.0)]
    both = outline + [(-u, v) for u, v in reversed(outline[1:-1])]
    pen.shape([put(u, v) for u, v in both], wood)
    pen.shape([put(u * 0.8 - 0.05, v * 0.85) for u, v in both[2:6]], mix(wood, (0.85, 0.5, 0.2), 0.35), 0.5, 0.01)
    pen.line([put(0, -0.45), put(0, 2.15)], (0.13, 0.09, 0.08), size * 0.17, curved=False)
    pen.line([put(-0.22, -0.42), put(0.22, -0.42)], (0.2, 0.12, 0.08), size * 0.1, curved=False)


def _violin(pen: Pen, x: float, y: float, colour: Colour) -> None:
    _body(pen, x * 0.75, y + 0.02, 0.155, 0.35, colour)
    pen.line([(x + 0.10, y + 0.34), (x + 0.02, y - 0.36)], (0.30, 0.20, 0.14), 0.011, curved=False)


def _cello(pen: Pen, x: float, y: float, colour: Colour) -> None:
    _body(pen, x * 0.9, 0.62, 0.36, 0.12, colour)
    pen.line([(x * 0.9, 0.28), (x * 0.9 + 0.02, 0.02)], (0.15, 0.12, 0.1), 0.014, curved=False)


def _guitar(pen: Pen, x: float, y: float, colour: Colour) -> None:
    _body(pen, x * 0.35, 1.02, 0.235, -1.15, colour)
    pen.disc(x * 0.40, 1.03, 0.055, (0.13, 0.08, 0.05))


def _book(pen: Pen, x: float, y: float, colour: Colour) -> None:
    pen.shape(
        [(x - 0.10, y + 0.06), (x + 0.04, y + 0.09), (x + 0.06, y - 0.10), (x - 0.08, y - 0.13)],
        colour,
        curved=False,
    )
    pen.line([(x - 0.085, y - 0.115), (x + 0.055, y - 0.088)], (0.95, 0.92, 0.85), 0.014, curved=False)


def _lantern(pen: Pen, x: float, y: float, colour: Colour) -> None:
    pen.line([(x, y), (x, y - 0.09)], (0.15, 0.12, 0.1), 0.010, curved=False)
    pen.disc(x, y - 0.20, 0.085, (1.0, 0.72, 0.32), 1.35)
    pen.disc(x, y - 0.20, 0.045, (1.0, 0.95, 0.72), 1.35, 1.0, 0.02)
    for v in (-0.10, -0.30):
        pen.shape(
            [
                (x - 0.05, y + v + 0.012),
                (x + 0.05, y + v + 0.012),
                (x + 0.05, y + v - 0.012),
                (x - 0.05, y + v - 0.012),
            ],
            colour,
            curved=False,
        )


def _camera(pen: Pen, x: float, y: float, colour: Colour) -> None:
    pen.line([(-0.06, 1.42), (0.0, 1.13), (0.06, 1.42)], (0.1, 0.1, 0.1), 0.012)
    pen.shape([(-0.085, 1.15), (0.085, 1.15), (0.085, 1.04), (-0.085, 1.04)], colour, curved=False)
    pen.disc(0.0, 1.09, 0.043, (0.30, 0.33, 0.4))
    pen.disc(0.0, 1.09, 0.026, (0.08, 0.1, 0.16))


def _staff(pen: Pen, x: float, y: float, colour: Colour) -> None:
    pen.line([(x + 0.05, 0.0), (x + 0.01, y + 0.62)], colour, 0.026, curved=False)


def _flowers(pen: Pen, x: float, y: float, colour: Colour) -> None:
    first = colour if colour != _WOOD else (0.93, 0.45, 0.5)
    for k, petal in enumerate((first, (0.97, 0.8, 0.4), (0.95, 0.9, 0.92), (0.85, 0.35, 0.5))):
        a = -0.6 + 0.4 * k
        pen.line([(x, y), (x + math.sin(a) * 0.16, y + 0.22 * math.cos(a))], (0.25, 0.45, 0.25), 0.010, curved=False)
        pen.disc(x + math.sin(a) * 0.16, y + 0.24 * math.cos(a), 0.048, petal)


def _cup(pen: Pen, x: float, y: float, colour: Colour) -> None:
    pen.shape(
        [(x - 0.04, y + 0.05), (x + 0.04, y + 0.05), (x + 0.032, y - 0.06), (x - 0.032, y - 0.06)],
        colour,
        curved=False,
    )


def _sword(pen: Pen, x: float, y: float, colour: Colour) -> None:
    pen.line([(x, y + 0.02), (x + 0.10, 0.14)], colour, 0.034, curved=False)
    pen.line([(x - 0.006, y), (x + 0.09, 0.18)], mix(colour, (1.0, 1.0, 1.0), 0.6), 0.008, curved=False)
    pen.line([(x - 0.075, y - 0.01), (x + 0.075, y + 0.02)], (0.72, 0.58, 0.26), 0.024, curved=False)
    pen.line([(x - 0.012, y + 0.10), (x, y)], (0.3, 0.18, 0.12), 0.024, curved=False)
