"""Draws robots: metal in plates and joints, with the eyes, scarf and cap their portraits name."""

from __future__ import annotations

from core.engines.animatic.paint.body import torso
from core.engines.animatic.paint.canvas import Point
from core.engines.animatic.paint.colour import WHITE, Colour, mix
from core.engines.animatic.paint.face import Face
from core.engines.animatic.paint.headwear import glasses, hat
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow
from core.engines.animatic.paint.worn import backpack, satchel, scarf

_VISOR: Colour = (0.08, 0.10, 0.14)


def draw_robot(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw a robot from the feet up; what it wears comes over the metal."""
    side = {"left": -1, "right": 1}.get(gesture.facing, 0)
    back = gesture.facing == "back"
    if look.bag == "backpack" and not back:
        backpack(pen, look, behind=True, side=side)
    _arm(pen, look, gesture, -1, side)
    _legs(pen, look, gesture, side)
    _trunk(pen, look, gesture, side)
    if look.outer is not None:
        torso(pen, look.outer, look, gesture, side)
    if look.bag == "backpack" and back:
        backpack(pen, look, behind=False, side=0)
    _arm(pen, look, gesture, 1, side)
    if look.bag == "shoulder":
        satchel(pen, look, side)
    _head(pen, look, gesture)


def _joint(pen: Pen, at: Point, radius: float, metal: Colour) -> None:
    pen.disc(at[0], at[1], radius, shadow(metal, 0.5))
    pen.disc(at[0], at[1], radius * 0.55, light(metal, 0.25))


def _tube(pen: Pen, a: Point, b: Point, wide: float, metal: Colour) -> None:
    pen.limb(a, b, wide, wide * 0.86, metal)
    off = wide * 0.35
    pen.line([(a[0] - off, a[1]), (b[0] - off, b[1])], light(metal, 0.45), wide * 0.30, 0.7, curved=False)


def _legs(pen: Pen, look: Look, gesture: Gesture, side: int) -> None:
    for leg in (-1, 1) if gesture.stride * (side or 1) >= 0 else (1, -1):
        ahead = gesture.stride * leg
        lift = max(0.0, -ahead) * 0.05
        hip = (0.085 * leg * (0.35 if side else 1.0) * pen.wide, 0.82)
        if side:
            foot = (hip[0] * 0.6 + ahead * 0.24 * side, 0.09 + lift)
            knee = ((hip[0] + foot[0]) / 2 + side * 0.04, 0.46 + lift * 0.6)
        else:
            foot = (hip[0] * 1.05, 0.09 + max(0.0, ahead) * 0.06)
            knee = (hip[0] * 1.05, 0.46 + max(0.0, ahead) * 0.03)
        metal = look.coat if leg == 1 or not side else shadow(look.coat, 0.25)
        _tube(pen, hip, knee, 0.056 * pen.wide, metal)
        _tube(pen, knee, foot, 0.050 * pen.wide, metal)
        _joint(pen, knee, 0.055 * pen.wide, look.coat)
        toe = side * 0.06
        pen.shape(
            [
                (foot[0] - 0.09 + toe * 0.2, foot[1] - 0.085),
                (foot[0] - 0.075, foot[1] + 0.01),
                (foot[0] + 0.075, foot[1] + 0.01),
                (foot[0] + 0.09 + toe, foot[1] - 0.085),
            ],
            shadow(metal, 0.22),
            curved=False,
        )


def _trunk(pen: Pen, look: Look, gesture: Gesture, side: int) -> None:
    metal, w = look.coat, pen.wide * (0.84 if side else 1.0)
    dark = shadow(metal, 0.40)
    pen.shape([(-0.11 * w, 0.90), (0.11 * w, 0.90), (0.09 * w, 0.76), (-0.09 * w, 0.76)], dark, curved=False)
    pen.shape(
        [
            (-0.10, 1.43),
            (0.10, 1.43),
            (0.205 * w, 1.36),
            (0.215 * w, 1.20),
            (0.150 * w, 0.93),
            (0.0, 0.90),
            (-0.150 * w, 0.93),
            (-0.215 * w, 1.20),
            (-0.205 * w, 1.36),
        ],
        metal,
    )
    pen.line([(-0.165 * w, 1.02), (0.0, 0.995), (0.165 * w, 1.02)], dark, 0.012, 0.9)
    pen.line([(-0.15 * w, 1.34), (-0.165 * w, 1.14)], light(metal, 0.55), 0.020, 0.7)
    for k in (-1, 1):
        pen.disc(0.165 * w * k, 1.34, 0.012, dark)
        pen.disc(0.120 * w * k, 1.06, 0.010, dark)
    if gesture.facing == "back":
        pen.shape([(-0.09 * w, 1.32), (0.09 * w, 1.32), (0.09 * w, 1.10), (-0.09 * w, 1.10)], dark, 0.7, curved=False)
        for y in (1.27, 1.21, 1.15):
            pen.line([(-0.06 * w, y), (0.06 * w, y)], light(metal, 0.2), 0.014)
        return
    x = 0.05 * side
    panel = [(x - 0.085 * w, 1.30), (x + 0.085 * w, 1.30), (x + 0.075 * w, 1.12), (x - 0.075 * w, 1.12)]
    pen.shape(panel, shadow(metal, 0.22), curved=False)
    pen.disc(x, 1.225, 0.034, look.eyes)
    pen.disc(x - 0.008, 1.234, 0.014, mix(look.eyes, WHITE, 0.7))
    for k in (-1, 0, 1):
        pen.line([(x + 0.03 * k - 0.010, 1.15), (x + 0.03 * k + 0.010, 1.15)], light(metal, 0.5), 0.014)
    if "dented" in look.marks:
        pen.disc(0.115 * w, 1.16, 0.030, dark, 0.7, 0.8)
        pen.line([(0.09 * w, 1.175), (0.14 * w, 1.15)], light(metal, 0.5), 0.008, 0.8)
    if "chipped" in look.marks:
        for u, v in ((-0.13, 1.24), (0.14, 1.30), (-0.10, 1.00), (0.12, 0.98)):
            pen.shape(
                [(u * w, v), (u * w + 0.03, v + 0.012), (u * w + 0.018, v - 0.026)], (0.42, 0.32, 0.27), 0.9, 0.0, False
            )


def _arm(pen: Pen, look: Look, gesture: Gesture, which: int, side: int) -> None:
    k = which * (side or 1)
    x = (0.225 * k if not side else 0.08 * k * side) * pen.wide
    swing = gesture.stride * (-0.9 if which > 0 else 0.9) * side
    shoulder_at = (x, 1.335)
    if gesture.holds and which > 0:
        elbow, hand = (x + 0.05 * k, 1.10), (x + (0.0 if not side else side * 0.16), 1.24)
    else:
        elbow, hand = (x + swing * 0.10 + 0.03 * k * (not side), 1.10), (x + swing * 0.24 + side * 0.03, 0.88)
    metal = look.coat if which > 0 or not side else shadow(look.coat, 0.25)
    cloth = look.outer.colour if look.outer is not None and look.outer.sleeve > 0 else None
    _tube(pen, shoulder_at, elbow, 0.044, cloth or metal)
    _tube(pen, elbow, hand, 0.040, cloth or metal)
    _joint(pen, shoulder_at, 0.058, look.coat)
    _joint(pen, elbow, 0.044, look.coat)
    dark = shadow(metal, 0.30)
    pen.disc(hand[0], hand[1] - 0.02, 0.042, dark)
    for off in (-0.024, 0.024):
        pen.limb((hand[0] + off, hand[1] - 0.04), (hand[0] + off * 0.8, hand[1] - 0.095), 0.014, 0.011, dark)


def _head(pen: Pen, look: Look, gesture: Gesture) -> None:
    metal, dark = look.coat, shadow(look.coat, 0.4)
    back = gesture.facing == "back"
    pen.limb((0.0, 1.40), (0.0, 1.50), 0.042, 0.038, dark)
    for y in (1.44, 1.47):
        pen.line([(-0.04, y), (0.04, y)], light(metal, 0.2), 0.008)
    if look.hat == "":
        pen.line([(0.0, 1.74), (0.0, 1.80)], dark, 0.012, curved=False)
        pen.disc(0.0, 1.81, 0.018, look.eyes)
    for k in (-1, 1):
        pen.disc(0.132 * k, 1.615, 0.030, dark, 1.3)
    pen.shape(
        [
            (-0.125, 1.54),
            (-0.13, 1.66),
            (-0.09, 1.735),
            (0.09, 1.735),
            (0.13, 1.66),
            (0.125, 1.54),
            (0.08, 1.495),
            (-0.08, 1.495),
        ],
        metal,
    )
    pen.line([(-0.095, 1.71), (-0.02, 1.725)], light(metal, 0.6), 0.016, 0.7)
    if not back:
        t = {"left": -0.028, "right": 0.028}.get(gesture.facing, 0.0)
        _visor(pen, look, gesture, t)
    if look.scarf is not None:
        scarf(pen, look.scarf, gesture)
    face = Face(pen, look, gesture)
    if look.glasses and not back:
        glasses(face)
    hat(face, look, back=back)


def _visor(pen: Pen, look: Look, gesture: Gesture, t: float) -> None:
    pen.shape([(-0.098 + t, 1.565), (-0.10 + t, 1.655), (0.10 + t, 1.655), (0.098 + t, 1.565), (t, 1.552)], _VISOR)
    tall = max(0.12, 1.0 - gesture.lid)
    for k in (-1, 1):
        x = 0.046 * k + t + gesture.gaze * 0.010
        pen.disc(x, 1.610, 0.040, look.eyes, tall, 0.28, 0.012)
        pen.disc(x, 1.610, 0.027, look.eyes, tall)
        pen.disc(x - 0.006, 1.617, 0.009, mix(look.eyes, WHITE, 0.75), tall)
    curve = {"joyful": -0.012, "melancholic": 0.008, "tense": 0.0}.get(gesture.mood, -0.005)
    mouth = [(-0.035 + t, 1.526), (t, 1.526 + curve), (0.035 + t, 1.526)]
    pen.line(mouth, shadow(look.coat, 0.55), 0.010)
