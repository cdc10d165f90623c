"""Draws those who go on four legs: dogs, wolves, cats, foxes, horses, from the side and from behind."""

from __future__ import annotations

from core.engines.animatic.paint.colour import BLACK, Colour, mix
from core.engines.animatic.paint.extent import BEASTS, Build, head_at
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.muzzle import Muzzle, head_from_behind, head_from_front, head_in_profile
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow

_WHITE: Colour = (0.96, 0.93, 0.88)


def draw_animal(pen: Pen, look: Look, gesture: Gesture) -> None:
    """Draw a four-legged animal: its body from the side or from behind, its head where it faces."""
    build = BEASTS[look.kind]
    if gesture.facing == "back":
        _from_behind(pen, look, build, gesture)
        return
    s = -1.0 if gesture.facing == "left" or (gesture.facing == "front" and gesture.gaze < 0) else 1.0
    _legs(pen, look, build, s, gesture)
    _tail(pen, look, build, s, gesture)
    _trunk(pen, look, build, s)
    x, y = head_at(build)
    muzzle = Muzzle(pen, look, (x * s, y), build, s)
    front = 0.42 * build.long * s
    pen.limb((front * 0.92, build.high * 0.80), (x * s, y), build.head * 0.85, build.head * 0.60, look.coat)
    _chest(pen, look, build, s)
    _neck(pen, look, build, s)
    if gesture.facing == "front":
        head_from_front(muzzle, look, gesture)
    else:
        head_in_profile(muzzle, look, gesture)


def _legs(pen: Pen, look: Look, build: Build, s: float, gesture: Gesture) -> None:
    high, long, leg = build.high, build.long, build.leg
    front, rear = 0.42 * long * s, -0.42 * long * s
    paws = look.marks.get("paws")
    for k, (base, near) in enumerate(((front, False), (rear, False), (front, True), (rear, True))):
        swing = gesture.stride * (1 if k in (0, 3) else -1) * 0.10 * long
        tone = look.coat if near else shadow(look.coat, 0.3)
        foot = tone if paws is None else paws if near else shadow(paws, 0.2)
        x = base - (0.05 * s if near else 0.0)
        knee, sole = (x + swing * 0.4, high * 0.33), (x + swing, leg * 0.5)
        pen.limb((x, high * 0.66), knee, leg * 1.5, leg * 0.9, tone)
        pen.limb(knee, sole, leg * 0.9, leg * 0.75, tone)
        if paws is not None or look.kind == "horse":
            foot = foot if paws is not None else mix(look.coat, BLACK, 0.7)
            middle = (sole[0] - swing * 0.2, sole[1] + high * 0.10)
            pen.limb(middle, sole, leg * 0.80, leg * 0.80, foot)
        pen.disc(sole[0] + leg * 0.35 * s, leg * 0.42, leg * 0.95, foot, 0.50)


def _trunk(pen: Pen, look: Look, build: Build, s: float) -> None:
    coat, high = look.coat, build.high
    front, rear = 0.42 * build.long * s, -0.42 * build.long * s
    pen.shape(
        [
            (front * 1.05, high * 0.92),
            (front * 0.4, high * 0.97),
            (rear * 0.5, high),
            (rear * 1.12, high * 0.90),
            (rear * 1.05, high * 0.60),
            (0.0, high * 0.58),
            (front * 0.9, high * 0.52),
            (front * 1.2, high * 0.70),
        ],
        coat,
    )
    pen.shape(
        [(front * 0.8, high * 0.56), (0.0, high * 0.60), (rear * 0.9, high * 0.62), (0.0, high * 0.68)],
        shadow(coat, 0.22),
        0.7,
    )
    back = [(front * 0.6, high * 0.945), (0.0, high * 0.965), (rear * 0.7, high * 0.965)]
    pen.line(back, light(coat, 0.22), 0.035 * build.long, 0.5)
    if "striped" in look.marks:
        for k in range(6):
            x = front * (0.75 - 0.34 * k)
            pen.line([(x, high * 0.96), (x - 0.02 * s, high * 0.78)], shadow(coat, 0.45), 0.030 * build.long, 0.85)
    if "shaggy" in look.marks:
        for k in range(7):
            x = front * (0.9 - 0.30 * k)
            tuft = [(x - 0.07 * build.long, high * 0.60), (x, high * 0.50), (x + 0.07 * build.long, high * 0.60)]
            pen.shape(tuft, shadow(coat, 0.12 if k % 2 else 0.2), curved=False)


def _chest(pen: Pen, look: Look, build: Build, s: float) -> None:
    chest = look.marks.get("chest")
    if chest is None and look.kind == "fox":
        chest = _WHITE
    if chest is None:
        return
    front, high = 0.42 * build.long * s, build.high
    x, y = head_at(build)
    pen.shape(
        [
            (x * s * 0.96, y - build.head * 0.5),
            (front * 1.26, high * 0.86),
            (front * 1.21, high * 0.70),
            (front * 1.0, high * 0.56),
            (front * 0.92, high * 0.72),
            (front * 0.98, high * 0.92),
        ],
        chest,
    )


def _neck(pen: Pen, look: Look, build: Build, s: float) -> None:
    """Draw what goes round the neck or hangs from it: collar, mane."""
    x, y = head_at(build)
    low = (0.42 * build.long * s * 0.95, build.high * 0.82)
    ring = look.marks.get("collar")
    if ring is not None:
        at = (low[0] + (x * s - low[0]) * 0.50, low[1] + (y - low[1]) * 0.50)
        half = build.head * 0.82
        across = [(at[0] - half * 0.9, at[1] + half * 0.42 * s), (at[0] + half * 0.9, at[1] - half * 0.42 * s)]
        pen.line([across[0], (at[0] + 0.1 * half, at[1] - half * 0.28), across[1]], ring, build.head * 0.36)
        pen.disc(at[0] + half * 0.35 * s, at[1] - half * 0.62, build.head * 0.13, (0.85, 0.70, 0.30))
    if look.kind == "horse":
        mane, r = look.marks.get("mane", shadow(look.coat, 0.5)), build.head
        hang = 2.2 if "long" in look.marks else 1.6
        pen.shape(
            [
                (x * s - 0.2 * r * s, y + r),
                (x * s - 0.75 * r * s, y),
                (x * s - (hang - 0.5) * r * s, y - 1.5 * r),
                (x * s - hang * r * s, y - 2.3 * r),
                (x * s - 0.9 * r * s, y - 1.7 * r),
                (x * s - 0.3 * r * s, y - 0.1 * r),
            ],
            mane,
        )
        for k in (0.9, 1.3, 1.7):
            strand = [(x * s - 0.5 * r * s, y), (x * s - k * r * s, y - 1.5 * r)]
            pen.line(strand, shadow(mane, 0.3), 0.018, 0.7)


def _tail(pen: Pen, look: Look, build: Build, s: float, gesture: Gesture) -> None:
    x, y = -0.42 * build.long * s * 1.08, build.high * 0.90
    wag, coat = gesture.sway * 0.05, look.coat
    tip = look.marks.get("tail", _WHITE if look.kind == "fox" else light(coat, 0.1))
    if build.tail == "brush":
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
        pen.disc(x - 0.43 * s, y - 0.22 + wag, 0.055, tip)
        return
    reach = {"up": (-0.16, 0.26), "curl": (-0.22, 0.30), "hair": (-0.16, -0.55)}[build.tail]
    hair = build.tail == "hair"
    points = [(x, y), (x + reach[0] * s * 0.9, y + reach[1] * 0.4), (x + reach[0] * s, y + reach[1] + wag)]
    tone = look.marks.get("mane", shadow(coat, 0.5)) if hair else shadow(coat, 0.15)
    pen.line(points, tone, 0.13 if hair else 0.06 if "shaggy" in look.marks else 0.045)
    if "tail" in look.marks:
        pen.disc(points[-1][0], points[-1][1], 0.04, tip)


def _from_behind(pen: Pen, look: Look, build: Build, gesture: Gesture) -> None:
    """Draw an animal that walks away: the head beyond the back, then the rump with its tail."""
    high, leg, coat = build.high, build.leg, look.coat
    half = 0.17 * build.long + leg
    _, y = head_at(build)
    head_from_behind(Muzzle(pen, look, (0.10 * half, y * 0.98), build, 1.0), look)
    paws = look.marks.get("paws")
    for k in (-1.0, 1.0):
        step = max(0.0, gesture.stride * k) * 0.06 * high
        x = 0.62 * half * k
        pen.limb((x * 0.8, high * 0.6), (x, leg * 0.6 + step), leg * 1.4, leg * 0.85, shadow(coat, 0.12))
        pen.disc(x, leg * 0.5 + step, leg * 1.0, paws if paws is not None else shadow(coat, 0.25), 0.55)
    pen.disc(0.0, high * 0.76, half * 1.12, coat, 1.0 * high * 0.27 / half)
    pen.disc(0.0, high * 0.84, half * 0.80, light(coat, 0.10), 0.7, 0.6, 0.03)
    sway = 0.10 * gesture.sway
    if build.tail == "brush":
        tail = [
            (-0.03, high * 0.88),
            (-0.10 + sway, high * 0.62),
            (-0.07 + sway * 1.5, high * 0.34),
            (0.03 + sway * 1.6, high * 0.27),
            (0.10 + sway, high * 0.52),
            (0.05, high * 0.88),
        ]
        pen.shape(tail, shadow(coat, 0.14))
        tip = look.marks.get("tail", _WHITE if look.kind == "fox" else shadow(coat, 0.3))
        pen.disc(sway * 1.5, high * 0.33, 0.055, tip, 1.3)
        return
    if build.tail == "hair":
        mane = look.marks.get("mane", shadow(coat, 0.5))
        pen.shape(
            [(-0.05, high * 0.92), (-0.11 + sway, high * 0.45), (0.09 + sway, high * 0.42), (0.05, high * 0.92)], mane
        )
        return
    pen.line([(0.0, high * 0.9), (0.05 + sway, high * 1.05), (0.03 + sway, high * 1.22)], shadow(coat, 0.2), 0.05)
