"""Draws what is worn over the body: collars, scarves, bags."""

from __future__ import annotations

from core.engines.animatic.paint.colour import Colour
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow


def collar(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw what sits round the neck; called after the neck."""
    cloth = look.outer or look.top
    dark, pale = shadow(cloth.colour, 0.32), light(cloth.colour, 0.12)
    back = gesture.facing == "back"
    if cloth.collar == "hood" and look.hat != "hood":
        pen.shape(
            [
                (-0.150, 1.435),
                (-0.105, 1.505),
                (0.0, 1.475 if not back else 1.53),
                (0.105, 1.505),
                (0.150, 1.435),
                (0.07, 1.385 if not back else 1.30),
                (0.0, 1.345 if not back else 1.20),
                (-0.07, 1.385 if not back else 1.30),
            ],
            pale,
        )
        if not back:
            pen.shape([(-0.075, 1.475), (0.0, 1.452), (0.075, 1.475), (0.04, 1.41), (0.0, 1.385), (-0.04, 1.41)], dark)
            pen.shape(
                [(-0.05, 1.475), (0.05, 1.475), (0.028, 1.425), (0.0, 1.405), (-0.028, 1.425)], shadow(look.skin, 0.3)
            )
    elif cloth.collar == "high" or look.top.collar == "high":
        high = cloth if cloth.collar == "high" else look.top
        pen.shape([(-0.068, 1.43), (-0.062, 1.515), (0.062, 1.515), (0.068, 1.43), (0, 1.41)], high.colour)
        pen.line([(-0.064, 1.47), (0.0, 1.455), (0.064, 1.47)], shadow(high.colour), 0.007, 0.7)
    elif not back and (cloth.collar in ("fold", "lapel") or look.top.collar == "fold"):
        shirt = light(look.top.colour, 0.16)
        for k in (-1, 1):
            pen.shape(
                [(0.012 * k, 1.425), (0.062 * k, 1.495), (0.098 * k, 1.44), (0.062 * k, 1.375)], shirt, curved=False
            )
    elif cloth.collar == "ruff":
        pen.disc(0.0, 1.46, 0.13, (0.72, 0.75, 0.8), 0.34)
        pen.disc(0.0, 1.468, 0.105, (0.35, 0.38, 0.45), 0.30)
    elif not back and cloth.collar == "round":
        pen.shape(
            [(-0.066, 1.47), (0.0, 1.485), (0.066, 1.47), (0.05, 1.435), (0.0, 1.415), (-0.05, 1.435)],
            shadow(look.skin, 0.12),
        )
    if look.scarf is not None:
        scarf(pen, look.scarf, gesture)


def scarf(pen: Pen, colour: Colour, gesture: Gesture) -> None:
    """Draw a scarf round the neck, one end hanging."""
    dark = shadow(colour, 0.34)
    s = gesture.sway * 0.03
    if gesture.facing != "back":
        pen.shape([(0.03, 1.42), (0.095, 1.42), (0.108 + s, 1.13), (0.055 + s, 1.11)], colour)
        pen.line([(0.066, 1.40), (0.08 + s, 1.14)], dark, 0.008, 0.6)
        for k in range(4):
            pen.line([(0.060 + 0.014 * k + s, 1.12), (0.058 + 0.015 * k + s, 1.09)], colour, 0.007)
    pen.shape(
        [
            (-0.118, 1.445),
            (-0.088, 1.525),
            (0.0, 1.500),
            (0.088, 1.525),
            (0.118, 1.445),
            (0.06, 1.395),
            (0.0, 1.380),
            (-0.06, 1.395),
        ],
        colour,
    )
    pen.line([(-0.10, 1.475), (0.0, 1.435), (0.10, 1.470)], dark, 0.010, 0.75)
    pen.line([(-0.08, 1.43), (0.0, 1.405), (0.07, 1.425)], dark, 0.007, 0.5)


def cape(pen: Pen, look: Look, gesture: Gesture, behind: bool) -> None:
    """Draw a cape or cloak: what hangs `behind` the body, or the whole of it on a back."""
    colour = look.marks.get("cape")
    if colour is None:
        return
    s = gesture.sway * 0.04
    half = 0.36 if behind else 0.30
    hanging = [
        (0.09, 1.47),
        (0.21, 1.40),
        (0.25, 1.10),
        (half + s, 0.30),
        (s, 0.26),
        (-half + s, 0.30),
        (-0.25, 1.10),
        (-0.21, 1.40),
        (-0.09, 1.47),
    ]
    pen.shape(hanging, shadow(colour, 0.16) if behind else colour)
    for k in (-0.7, -0.2, 0.35, 0.75):
        pen.line([(k * 0.18, 1.30), (k * half + s, 0.32)], shadow(colour, 0.38), 0.014, 0.7)


def trimmings(pen: Pen, look: Look, gesture: Gesture, side: int) -> None:
    """Draw the small things over the clothes: a cape's shoulders, stripes, a patch, beads, a watch, a ribbon."""
    x = 0.05 * side
    colour = look.marks.get("cape")
    if colour is not None:
        for k in (-1, 1):
            over = [(0.06 * k, 1.475), (0.14 * k, 1.45), (0.235 * k, 1.36), (0.20 * k, 1.24), (0.12 * k, 1.36)]
            pen.shape(over, colour)
        pen.disc(x, 1.42, 0.022, (0.86, 0.70, 0.30))
    stripes = look.marks.get("stripes")
    if stripes is not None:
        for k in (-1, 1):
            for y in (1.345, 1.300):
                pen.line([(0.135 * k, y + 0.012), (0.225 * k, y - 0.022)], stripes, 0.022, curved=False)
    patch = look.marks.get("patch")
    if patch is not None:
        pen.disc(0.085 + x, 1.265, 0.036, (0.93, 0.92, 0.88))
        pen.disc(0.085 + x, 1.265, 0.029, patch)
    beads = look.marks.get("beads")
    if beads is not None:
        for k in range(11):
            u = (k - 5) / 5
            pen.disc(0.085 * u + x, 1.30 + 0.125 * u * u, 0.0155, beads if k % 2 == 0 else shadow(beads, 0.25))
    watch = look.marks.get("watch")
    if watch is not None:
        at = (0.205, 0.945) if not side else (0.05 * side, 0.955)
        pen.line([(at[0] - 0.034, at[1]), (at[0] + 0.034, at[1])], watch, 0.026, curved=False)
        pen.disc(at[0], at[1], 0.020, watch)
    ribbon = look.marks.get("ribbon")
    if ribbon is not None:
        lift = 0.05 * gesture.sway
        trail = [(0.22, 0.88), (0.34, 0.98 + lift), (0.30, 0.72), (0.42, 0.60 + lift), (0.36, 0.42), (0.46, 0.30)]
        pen.line(trail, ribbon, 0.030)


def backpack(pen: Pen, look: Look, behind: bool, side: int) -> None:
    """Draw a backpack: its edges `behind` the body, or the whole of it on a back."""
    colour = look.bag_colour
    if behind:
        x = -0.17 * side
        pen.shape(
            [(x - 0.15, 1.40), (x + 0.15, 1.40), (x + 0.17, 1.0), (x + 0.12, 0.95), (x - 0.12, 0.95), (x - 0.17, 1.0)],
            colour,
        )
        for k in (-1, 1) if not side else (side,):
            pen.line([(0.125 * k, 1.42), (0.150 * k, 1.25)], shadow(colour, 0.3), 0.030)
        return
    pen.shape(
        [(-0.14, 1.38), (0.0, 1.42), (0.14, 1.38), (0.165, 1.0), (0.12, 0.95), (-0.12, 0.95), (-0.165, 1.0)], colour
    )
    pen.shape([(-0.11, 1.12), (0.11, 1.12), (0.11, 0.99), (-0.11, 0.99)], shadow(colour, 0.2), curved=False)
    pen.line([(-0.13, 1.26), (0.13, 1.26)], shadow(colour, 0.4), 0.012)


def satchel(pen: Pen, look: Look, side: int) -> None:
    """Draw a bag at the hip."""
    x = 0.17 if side >= 0 else -0.17
    pen.line([(-x * 0.6, 1.41), (x * 0.5, 1.12), (x, 0.96)], shadow(look.bag_colour, 0.2), 0.020)
    pen.shape([(x - 0.10, 0.98), (x + 0.10, 0.98), (x + 0.115, 0.80), (x - 0.115, 0.80)], look.bag_colour, curved=False)
    pen.shape(
        [(x - 0.10, 0.98), (x + 0.10, 0.98), (x + 0.09, 0.89), (x - 0.09, 0.89)],
        light(look.bag_colour, 0.1),
        curved=False,
    )


def case(pen: Pen, look: Look, gesture: Gesture, side: int) -> None:
    """Draw a suitcase in the hand."""
    x = (0.23 if side >= 0 else -0.23) + gesture.stride * 0.03
    pen.shape([(x - 0.17, 0.82), (x + 0.17, 0.82), (x + 0.17, 0.54), (x - 0.17, 0.54)], look.bag_colour, curved=False)
    pen.line(
        [(x - 0.05, 0.82), (x - 0.03, 0.87), (x + 0.03, 0.87), (x + 0.05, 0.82)], shadow(look.bag_colour, 0.4), 0.018
    )
    pen.line([(x - 0.17, 0.72), (x + 0.17, 0.72)], shadow(look.bag_colour, 0.3), 0.012)
