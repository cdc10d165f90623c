"""Draws a figure's body and clothes, from the shoes up."""

from __future__ import annotations

from core.engines.animatic.paint.canvas import Point
from core.engines.animatic.paint.colour import BLACK, WHITE, mix
from core.engines.animatic.paint.look import Garment, Look
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow
from core.engines.animatic.paint.worn import backpack, cape, case, satchel, trimmings


def draw_body(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw legs, garments, arms and what is worn over them; the head comes later."""
    side = {"left": -1, "right": 1}.get(gesture.facing, 0)
    back = gesture.facing == "back"
    if look.bag == "backpack" and not back:
        backpack(pen, look, behind=True, side=side)
    if not back:
        cape(pen, look, gesture, behind=True)
    _arm(pen, look, gesture, near=False, side=side)
    _legs(pen, look, gesture, side)
    torso(pen, look.top, look, gesture, side)
    if not look.outer and look.bottom == "skirt":
        _skirt(pen, look, gesture)
    if look.outer:
        torso(pen, look.outer, look, gesture, side)
    if back:
        cape(pen, look, gesture, behind=False)
    if look.bag == "backpack" and back:
        backpack(pen, look, behind=False, side=0)
    _arm(pen, look, gesture, near=True, side=side)
    if look.bag == "shoulder":
        satchel(pen, look, side)
    if look.bag == "case":
        case(pen, look, gesture, side)
    if not back:
        trimmings(pen, look, gesture, side)


def shoulder_width(look: Look) -> float:
    """Return half the width of the shoulders in body metres."""
    base = {"woman": 0.166, "man": 0.203}.get(look.sex, 0.186)
    return base * (0.5 + 0.5 * look.girth) * (0.92 if look.age == "child" else 1.0)


def _legs(pen: Pen, look: Look, gesture: Gesture, side: int) -> None:
    cloth = look.skin if look.bottom in ("skirt", "shorts", "") else look.bottom_colour
    stride = gesture.stride
    order = (-1, 1) if stride * (side or 1) >= 0 else (1, -1)
    for leg in order:
        ahead = stride * leg
        hip = (0.075 * leg * (0.35 if side else 1.0) * pen.wide, 0.86)
        lift = max(0.0, -ahead) * 0.05
        if side:
            foot = (hip[0] * 0.6 + ahead * 0.27 * side, 0.06 + lift)
            knee = ((hip[0] + foot[0]) / 2 + side * (0.03 + 0.05 * max(0.0, -ahead)), 0.47 + lift * 0.6)
        else:
            foot = (hip[0] * 1.05, 0.06 + max(0.0, ahead) * 0.07)
            knee = (hip[0] * 1.12, 0.47 + max(0.0, ahead) * 0.03)
        colour = cloth if leg == order[1] else shadow(cloth, 0.22)
        thick = 0.078 * pen.wide
        pen.limb(hip, knee, thick * 1.12, thick * 0.82, colour)
        pen.limb(knee, foot, thick * 0.82, thick * (0.62 if cloth == look.skin else 0.74), colour)
        if look.bottom == "shorts":
            pen.limb(hip, knee, thick * 1.22, thick * 1.1, look.bottom_colour)
        _shoe(pen, look, foot, side, gesture.facing, colour is cloth)


def _shoe(pen: Pen, look: Look, foot: Point, side: int, facing: str, near: bool) -> None:
    colour = look.shoes if near else shadow(look.shoes, 0.25)
    x, y = foot[0], foot[1] - 0.06
    if look.boots:
        pen.limb((x, y + 0.30), (x, y + 0.07), 0.066, 0.06, colour)
    if side:
        pen.shape(
            [
                (x - side * 0.06, y),
                (x - side * 0.065, y + 0.09),
                (x + side * 0.04, y + 0.095),
                (x + side * 0.15, y + 0.045),
                (x + side * 0.165, y),
            ],
            colour,
        )
    else:
        tip = 0.0 if facing == "back" else -0.015
        pen.shape(
            [
                (x - 0.06, y + tip),
                (x - 0.055, y + 0.085),
                (x + 0.055, y + 0.085),
                (x + 0.06, y + tip),
                (x, y + tip - 0.012),
            ],
            colour,
        )


def _skirt(pen: Pen, look: Look, gesture: Gesture) -> None:
    colour, w, hem = look.bottom_colour, 0.135 * pen.wide, look.skirt
    s = gesture.sway * 0.02
    pen.shape(
        [(-w, 1.02), (w, 1.02), (0.235 * pen.wide + s, hem), (0.0 + s, hem - 0.02), (-0.235 * pen.wide + s, hem)],
        colour,
        curved=False,
    )
    for x in (-0.10, 0.02, 0.12):
        pen.line([(x * 0.5, 0.95), (x + s, hem + 0.02)], shadow(colour, 0.25), 0.012, 0.7)


def torso(pen: Pen, cloth: Garment, look: Look, gesture: Gesture, side: int) -> None:
    """Draw one garment of the upper body."""
    sh = shoulder_width(look) * (1.04 if cloth.sleeve >= 1.15 else 1.0) * (0.8 if side else 1.0)
    lift = gesture.breath * 0.006
    waist = (0.125 if look.sex == "woman" else 0.148) * pen.wide * (1.15 if cloth.hem < 0.9 and not cloth.belt else 1.0)
    hip = 0.158 * pen.wide * (0.85 if side else 1.0)
    flare = max(cloth.flare, hip * 0.95) * (0.5 + 0.5 * pen.wide) * (0.86 if side else 1.0)
    if cloth.bib:
        _bib(pen, cloth, (waist, flare), gesture)
        return
    s = gesture.sway * 0.03 * max(0.0, 1.0 - cloth.hem)
    kick = abs(gesture.stride) * 0.035 * (1.0 if cloth.hem < 0.7 else 0.0) * (1 if side else 0.3)
    # A shoulder that slopes: neck, trapezius, deltoid; then waist, hip and hem.
    right = [
        (0.056, 1.458 + lift),
        (sh * 0.58, 1.424 + lift),
        (sh * 0.93, 1.378 + lift),
        (sh * 1.02, 1.30 + lift),
        (sh * 0.93, 1.21 + lift),
        (waist, 1.06),
    ]
    low = [(hip, 0.92)] if cloth.hem < 0.90 else []
    hem_right = [(flare + s + kick, cloth.hem), (flare * 0.5 + s, cloth.hem - 0.018)]
    outline = [*right, *low, *hem_right]
    mirrored = [(-x + (2 * s if y <= cloth.hem + 0.001 else 0.0), y) for x, y in reversed(outline)]
    pen.shape([*outline, *mirrored], cloth.colour)
    if gesture.facing != "back":
        _front(pen, cloth, look, gesture, (sh, waist, hip, flare, s), side)
    else:
        pen.line([(0.0, 1.0), (s, cloth.hem + 0.02)], shadow(cloth.colour), 0.010, 0.6)
    _folds(pen, cloth, (waist, hip, flare, s))
    own = look.marks.get("belt") if cloth is (look.outer or look.top) else None
    if cloth.belt or own is not None:
        tie = shadow(cloth.colour, 0.42) if cloth.name not in ("kimono", "yukata") else mix(cloth.colour, WHITE, 0.55)
        tie = own if own is not None else tie
        tall = 0.075 if cloth.name in ("kimono", "yukata") else 0.028
        y = 1.055
        pen.shape(
            [(-waist * 1.03, y + tall), (waist * 1.03, y + tall), (waist * 1.05, y - tall), (-waist * 1.05, y - tall)],
            tie,
            curved=False,
        )


def _bib(pen: Pen, cloth: Garment, sizes: tuple[float, float], gesture: Gesture) -> None:
    """Draw an apron or overalls: straps, a bib (from behind only a knot), and what covers the hips."""
    waist, flare = sizes
    dark = shadow(cloth.colour, 0.30)
    for k in (-1, 1):
        pen.line([(0.075 * k, 1.30), (0.095 * k, 1.425)], cloth.colour, 0.030, curved=False)
    if gesture.facing != "back" or cloth.hem > 0.7:
        bib = [(-0.095, 1.31), (0.095, 1.31), (0.115, 1.05), (-0.115, 1.05)]
        pen.shape(bib, cloth.colour, curved=False)
        pen.line([(-0.09, 1.295), (0.09, 1.295)], dark, 0.010, 0.8)
        pen.shape([(-0.05, 1.22), (0.05, 1.22), (0.045, 1.13), (-0.045, 1.13)], dark, 0.35, curved=False)
    hips = [(-waist * 1.05, 1.08), (waist * 1.05, 1.08), (flare * 0.96, cloth.hem), (-flare * 0.96, cloth.hem)]
    pen.shape(hips, cloth.colour, curved=False)
    pen.line([(-waist * 1.05, 1.065), (waist * 1.05, 1.065)], dark, 0.020, 0.9, curved=False)
    if cloth.buttons:
        for k in (-1, 1):
            pen.disc(0.078 * k, 1.29, 0.014, (0.85, 0.72, 0.36))


def _folds(pen: Pen, cloth: Garment, sizes: tuple[float, float, float, float]) -> None:
    waist, hip, flare, s = sizes
    dark = shadow(cloth.colour, 0.30)
    if cloth.hem < 0.8:
        for k in (-0.62, 0.30, 0.70):
            pen.shape(
                [
                    (k * hip, 0.95),
                    (k * flare + s - 0.012, cloth.hem + 0.012),
                    (k * flare + s + 0.020, cloth.hem + 0.012),
                ],
                dark,
                0.55,
                curved=False,
            )
    pen.line([(waist * 0.85, 1.10), (waist * 0.35, 1.06)], dark, 0.008, 0.5)
    if cloth.shine:
        pen.line(
            [(-waist * 0.8, 1.30), (-waist * 0.7, 1.12), (-hip * 0.95, 0.90), (-flare * 0.82 + s, cloth.hem + 0.05)],
            light(cloth.colour, 0.75),
            0.012,
            0.55,
        )
        pen.line([(waist * 0.55, 1.32), (waist * 0.5, 1.20)], light(cloth.colour, 0.75), 0.010, 0.5)


def _front(
    pen: Pen, cloth: Garment, look: Look, gesture: Gesture, sizes: tuple[float, float, float, float, float], side: int
) -> None:
    _sh, _waist, _hip, flare, s = sizes
    turn = 0.05 * side
    dark, pale = shadow(cloth.colour, 0.36), light(cloth.colour)
    if cloth is look.outer and cloth.open:
        _underneath(pen, cloth, look, turn)
    elif cloth.collar != "cross":
        pen.line([(turn * 0.9, 1.42), (turn, 1.0), (turn + s, cloth.hem + 0.01)], dark, 0.011, 0.8)
    if cloth.collar == "cross":
        pen.line([(-0.07, 1.46), (0.0, 1.33), (0.07, 1.16)], pale, 0.030)
        pen.line([(0.07, 1.46), (0.0, 1.33), (-0.03, 1.26)], pale, 0.030)
        pen.line([(-0.06, 1.46), (0.07, 1.17), (flare * 0.3, cloth.hem)], dark, 0.009, 0.8)
    if cloth.buttons:
        for k in range(4):
            y = 1.33 - k * (1.33 - max(cloth.hem, 0.7)) / 4
            pen.disc(0.026 + turn, y, 0.0125, mix(pale, WHITE, 0.35) if cloth.shine else dark)
    if cloth is look.outer and cloth.hem < 0.92:
        for x in (-0.105, 0.105):
            pen.line([(x - 0.035, 0.93), (x + 0.035, 0.915)], dark, 0.011, 0.85)
    if cloth.collar == "lapel" and look.outer is cloth:
        for k in (-1, 1):
            pen.shape(
                [
                    (0.045 * k + turn, 1.46),
                    (0.105 * k + turn, 1.43),
                    (0.085 * k + turn, 1.33),
                    (0.012 * k + turn, 1.20),
                ],
                pale,
                curved=False,
            )
            pen.line(
                [(0.105 * k + turn, 1.43), (0.085 * k + turn, 1.33), (0.012 * k + turn, 1.20)],
                dark,
                0.008,
                0.9,
                curved=False,
            )


def _underneath(pen: Pen, cloth: Garment, look: Look, turn: float) -> None:
    """Show the shirt and tie between the edges of an open coat."""
    under = look.top.colour if cloth.hem > 0.7 else mix(look.top.colour, BLACK, 0.05)
    pen.shape(
        [
            (-0.05 + turn, 1.45),
            (0.05 + turn, 1.45),
            (0.062 + turn, 1.2),
            (0.045 + turn, cloth.hem + 0.05),
            (-0.045 + turn, cloth.hem + 0.05),
            (-0.062 + turn, 1.2),
        ],
        under,
        curved=False,
    )
    if look.top.buttons or cloth.name in ("suit", "tuxedo"):
        tie = (0.45, 0.1, 0.14) if cloth.name in ("suit", "tuxedo") else shadow(under, 0.3)
        pen.line([(turn, 1.43), (turn, 1.05)], tie, 0.03 if cloth.name in ("suit", "tuxedo") else 0.008)


def _arm(pen: Pen, look: Look, gesture: Gesture, near: bool, side: int) -> None:
    cloth = look.outer if look.outer and look.outer.sleeve > 0 else look.top
    sh = shoulder_width(look)
    k = (1 if near else -1) * (side or 1)
    x = sh * 0.90 * k if not side else sh * 0.35 * k * side
    swing = gesture.stride * (-0.9 if near else 0.9) * (side or 0.0)
    shoulder_at = (x, 1.355 + gesture.breath * 0.006)
    holding = gesture.holds and near
    if holding:
        elbow, hand = (x + 0.045 * k, 1.10), (x + (0.03 if not side else side * 0.16), 1.24)
    elif side:
        elbow, hand = (x + swing * 0.10, 1.10), (x + swing * 0.24 + side * 0.03, 0.90)
    else:
        bob = gesture.stride * k * 0.012
        elbow, hand = (x + 0.035 * k, 1.10), (x + 0.028 * k, 0.885 + bob)
    colour = cloth.colour if cloth.sleeve > 0 else look.skin
    colour = light(colour, 0.05) if near else shadow(colour, 0.16)
    thick = 0.042 * (0.55 + 0.45 * look.girth) * (max(0.85, cloth.sleeve) if cloth.sleeve else 0.8)
    skin = look.skin if near else shadow(look.skin, 0.15)
    pen.disc(hand[0], hand[1] - 0.035, 0.036, skin, 1.25)
    pen.limb(shoulder_at, elbow, thick * 1.12, thick, colour)
    wide_cuff = 2.2 if cloth.name in ("kimono", "yukata", "robe", "robes", "cloak", "cape") else 0.86
    pen.limb(elbow, (hand[0], hand[1] + 0.03), thick, thick * wide_cuff, colour)
    if near or not side:
        pen.line(
            [(x - 0.040 * k, 1.28), (elbow[0] - 0.040 * k, elbow[1]), (hand[0] - 0.034 * k, hand[1] + 0.04)],
            shadow(colour, 0.4),
            0.008,
            0.6,
        )
