"""Draws those who are not people: dogs, cats, foxes, horses, and a robot's head."""

from __future__ import annotations

from core.engines.animatic.paint.colour import Colour, mix
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow

# Sizes against a 1.70 m body: back height, length, leg width, head size, tail shape.
_SHAPES = {
    "dog": (0.62, 0.80, 0.055, 0.150, "up"),
    "cat": (0.42, 0.55, 0.038, 0.115, "curl"),
    "fox": (0.52, 0.72, 0.042, 0.130, "brush"),
    "horse": (1.30, 1.45, 0.075, 0.240, "hair"),
}


def _coat(look: Look) -> Colour:
    if look.kind == "fox":
        return (0.78, 0.38, 0.15)
    return look.hair_colour if max(look.hair_colour) > 0.2 else mix(look.hair_colour, (0.5, 0.4, 0.3), 0.25)


def draw_animal(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw a four-legged animal from the side (or towards us, a little turned)."""
    high, long, leg, head, tail = _SHAPES[look.kind]
    coat = _coat(look)
    s = -1.0 if gesture.facing == "left" else 1.0
    front, rear = 0.42 * long * s, -0.42 * long * s
    for k, (base, near) in enumerate(((front, False), (rear, False), (front, True), (rear, True))):
        swing = gesture.stride * (1 if k in (0, 3) else -1) * 0.10 * long
        tone = coat if near else shadow(coat, 0.3)
        x = base - (0.05 * s if near else 0.0)
        pen.limb((x, high * 0.66), (x + swing * 0.4, high * 0.33), leg * 1.5, leg * 0.9, tone)
        pen.limb((x + swing * 0.4, high * 0.33), (x + swing, leg * 0.5), leg * 0.9, leg * 0.75, tone)
    _tail(pen, coat, (rear, high), s, long, tail, gesture)
    body = [
        (front * 1.05, high * 0.92),
        (front * 0.4, high * 0.97),
        (rear * 0.5, high),
        (rear * 1.12, high * 0.90),
        (rear * 1.05, high * 0.60),
        (0.0, high * 0.58),
        (front * 0.9, high * 0.52),
        (front * 1.2, high * 0.70),
    ]
    pen.shape(body, coat)
    pen.shape(
        [(front * 0.8, high * 0.56), (0.0, high * 0.60), (rear * 0.9, high * 0.62), (0.0, high * 0.68)],
        shadow(coat, 0.22),
        0.7,
    )
    hx, hy = front * (1.28 if look.kind != "horse" else 1.45), high * (1.20 if look.kind != "horse" else 1.36)
    pen.limb((front * 0.95, high * 0.82), (hx, hy), head * 0.80, head * 0.55, coat)
    _muzzle(pen, look, coat, (hx, hy), s, head)


def _tail(pen: Pen, coat: Colour, at: tuple[float, float], s: float, long: float, kind: str, gesture: Gesture) -> None:
    x, y = at[0] * 1.08, at[1] * 0.90
    wag = gesture.sway * 0.05
    if kind == "brush":
        pen.shape(
            [
                (x, y),
                (x - 0.22 * s, y - 0.10),
                (x - 0.46 * s, y - 0.18 + wag),
                (x - 0.40 * s, y - 0.28 + wag),
                (x - 0.16 * s, y - 0.24),
            ],
            coat,
        )
        pen.disc(x - 0.43 * s, y - 0.22 + wag, 0.05, (0.96, 0.93, 0.88))
        return
    reach = {"up": (-0.16, 0.26), "curl": (-0.22, 0.30), "hair": (-0.16, -0.55)}[kind]
    pen.line(
        [(x, y), (x + reach[0] * s * 0.9, y + reach[1] * 0.4), (x + reach[0] * s, y + reach[1] + wag)],
        shadow(coat, 0.15 if kind != "hair" else 0.5),
        0.05 if kind != "hair" else 0.13,
    )


def _muzzle(pen: Pen, look: Look, coat: Colour, at: tuple[float, float], s: float, head: float) -> None:
    x, y = at
    snout = {"dog": 1.5, "cat": 0.85, "fox": 1.6, "horse": 2.3}[look.kind]
    drop = 0.9 if look.kind == "horse" else 0.28
    tip = (x + snout * head * s, y - drop * head)
    ear_high = 0.9 if look.kind != "dog" else 0.55
    for k, tone in ((-0.55, shadow(coat, 0.25)), (-0.15, coat)):
        ex = x + k * head * s
        pen.shape(
            [
                (ex - 0.28 * head, y + head * 0.55),
                (ex - 0.05 * head * s, y + head * (0.75 + ear_high)),
                (ex + 0.30 * head, y + head * 0.55),
            ],
            tone,
            curved=False,
        )
    pen.disc(x, y, head * 0.82, coat, 0.92)
    pen.limb(
        (x + 0.2 * head * s, y - 0.1 * head), tip, head * 0.55, head * (0.30 if look.kind != "horse" else 0.36), coat
    )
    if look.kind == "fox":
        pen.limb((x + 0.45 * head * s, y - 0.42 * head), tip, head * 0.26, head * 0.18, (0.96, 0.93, 0.88))
    pen.disc(tip[0] + 0.12 * head * s, tip[1] + 0.08 * head, head * 0.13, (0.08, 0.07, 0.08))
    pen.disc(x + 0.30 * head * s, y + 0.18 * head, head * 0.105, (0.08, 0.06, 0.06), 1.0)
    pen.disc(x + 0.33 * head * s, y + 0.22 * head, head * 0.035, (1.0, 1.0, 1.0))
    if look.kind == "horse":
        pen.shape(
            [
                (x - 0.2 * head * s, y + head),
                (x - 0.8 * head * s, y),
                (x - 1.7 * head * s, y - 1.5 * head),
                (x - 1.2 * head * s, y - 1.6 * head),
                (x - 0.4 * head * s, y - 0.1 * head),
            ],
            shadow(coat, 0.45),
        )


def draw_robot_head(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw a round metal head with glowing eyes on a thin neck."""
    metal = look.top.colour if look.outer is None else (0.72, 0.75, 0.80)
    dark = shadow(metal, 0.4)
    pen.limb((0.0, 1.42), (0.0, 1.50), 0.035, 0.035, dark)
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
    pen.line([(0.0, 1.74), (0.0, 1.80)], dark, 0.012, curved=False)
    pen.disc(0.0, 1.81, 0.018, (1.0, 0.5, 0.3))
    if gesture.facing == "back":
        return
    t = {"left": -0.02, "right": 0.02}.get(gesture.facing, 0.0)
    pen.shape(
        [(-0.095 + t, 1.565), (-0.10 + t, 1.65), (0.10 + t, 1.65), (0.095 + t, 1.565), (0.0 + t, 1.55)],
        (0.08, 0.10, 0.14),
    )
    for k in (-1, 1):
        x = 0.045 * k + t + gesture.gaze * 0.008
        pen.disc(x, 1.612, 0.024, (0.35, 0.85, 1.0), max(0.12, 1.0 - gesture.lid))
        pen.disc(x, 1.615, 0.011, light((0.7, 0.95, 1.0), 0.6), max(0.12, 1.0 - gesture.lid))


__all__ = ["draw_animal", "draw_robot_head"]
