"""Insert shots: one object large in the frame, in front of the set out of focus."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import msgspec

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.carried import draw_held, draw_umbrella
from core.engines.animatic.paint.colour import WHITE, Colour, mix
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow
from core.engines.animatic.paint.wardrobe import read_look

# What the words name, in the order of preference.
_NAMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("letter", ("letter", "envelope", "note", "ticket", "postcard", "photograph", "photo", "map")),
    ("lantern", ("lantern", "candle", "lamp")),
    ("umbrella", ("umbrella", "parasol")),
    ("violin", ("violin", "fiddle", "cello")),
    ("guitar", ("guitar",)),
    ("book", ("book", "notebook", "diary", "journal")),
    ("cup", ("cup", "coffee", "tea", "mug")),
    ("flowers", ("flower", "flowers", "bouquet", "rose")),
    ("key", ("key", "keys", "ring", "coin", "locket", "medal", "compass")),
    ("phone", ("phone", "screen", "radio")),
    ("camera", ("camera",)),
    ("watch", ("watch", "clock")),
)  # fmt: skip


def thing_of(prompt: str, things: tuple[str, ...]) -> str:
    """Return the object an insert shows: the one the prompt names first, else the scene's first, else a letter."""
    words = re.findall(r"[a-z]+", prompt.lower())
    known = {word: name for name, wordings in _NAMES for word in wordings}
    for word in (*words, *things):
        if word in known:
            return known[word]
    return "letter"


def paint_insert(box: Box, prompt: str, looks: list[Look]) -> None:
    """Paint the object on a card where the figure would stand, held by its owner's hand where there is one."""
    view = box.view
    owner = looks[0] if looks else read_look("hands")
    with box.card("insert", box.stand, blur=0.0, bloom=0.6) as canvas:
        middle = (view.width * 0.5, view.height * 0.55)
        unit = min(view.height, view.width * 1.1) * 0.30
        name = thing_of(prompt, box.scene.things)
        canvas.glow(middle, view.height * 0.6, box.light.rim, 0.10)
        if looks:
            _sleeve(canvas, owner, middle, unit, box)
        else:
            _tabletop(canvas, middle, unit, box)
        _draw(canvas, name, owner, middle, unit)
        if looks:
            _fingers(canvas, owner, middle, unit)
        if name == "lantern" or name == "phone":
            canvas.glow(middle, view.height * 0.5, (1.0, 0.75, 0.42) if name == "lantern" else (0.6, 0.8, 1.0), 0.5)


def _tabletop(canvas: Canvas, at: Point, unit: float, box: Box) -> None:
    """A thing that nobody holds lies on a table."""
    view, wood = box.view, box.light.tone((0.48, 0.32, 0.20), 0.7)
    y = at[1] + 0.30 * unit
    quad = [
        (view.left - 9, y),
        (view.right + 9, y),
        (view.right + 9, view.bottom + 9),
        (view.left - 9, view.bottom + 9),
    ]
    canvas.gradient(
        quad,
        [(0, shadow(wood, 0.35), 1.0), (0.5, wood, 1.0), (1, shadow(wood, 0.2), 1.0)],
        (0, y),
        (0, view.bottom),
        1.0,
    )
    for k in range(5):
        canvas.line(
            [(view.left, y + unit * (0.12 + 0.3 * k)), (view.right, y + unit * (0.10 + 0.32 * k))],
            shadow(wood, 0.4),
            unit * 0.012,
            0.5,
        )
    canvas.disc((at[0], at[1] + 0.62 * unit), unit * 0.95, (0.04, 0.03, 0.05), 0.4, unit * 0.08, 0.22)


def _sleeve(canvas: Canvas, owner: Look, at: Point, unit: float, box: Box) -> None:
    cloth = (owner.outer or owner.top).colour
    x, y = at
    s = -1 if box.light.side > 0 else 1
    low = box.view.bottom + 10
    arm = [
        (x + s * 0.16 * unit, y + 0.72 * unit),
        (x + s * 0.86 * unit, y + 0.50 * unit),
        (x + s * 2.3 * unit, low),
        (x + s * 0.9 * unit, low),
    ]
    toned = box.light.tone(cloth, 0.75)
    canvas.poly(arm, mix(cloth, toned, 0.55))
    canvas.poly(
        [arm[0], (x + s * 0.36 * unit, y + 0.66 * unit), (x + s * 1.3 * unit, low), arm[3]],
        shadow(mix(cloth, toned, 0.55), 0.3),
        0.8,
    )
    canvas.poly(
        [
            (x + s * 0.10 * unit, y + 0.66 * unit),
            (x + s * 0.84 * unit, y + 0.42 * unit),
            (x + s * 0.93 * unit, y + 0.56 * unit),
            (x + s * 0.20 * unit, y + 0.82 * unit),
        ],
        light(mix(cloth, toned, 0.4), 0.12),
    )
    palm = [
        (x + s * 0.02 * unit, y + 0.40 * unit),
        (x + s * 0.48 * unit, y + 0.24 * unit),
        (x + s * 0.74 * unit, y + 0.46 * unit),
        (x + s * 0.22 * unit, y + 0.72 * unit),
    ]
    canvas.poly(palm, mix(owner.skin, box.light.tone(owner.skin, 0.7), 0.4))


def _fingers(canvas: Canvas, owner: Look, at: Point, unit: float) -> None:
    x, y = at
    skin = owner.skin
    for k in range(4):
        fx, fy = x - 0.24 * unit + 0.15 * unit * k, y + (0.36 + 0.025 * k) * unit
        tone = mix(skin, shadow(skin, 0.3), 0.25 + 0.1 * (k % 2))
        canvas.disc((fx, fy), unit * 0.085, tone, 1.0, 0.0, 1.9, 0.35)
        canvas.disc((fx + unit * 0.02, fy - unit * 0.10), unit * 0.040, light(skin, 0.28), 0.8, 0.0, 1.3, 0.35)


def _draw(canvas: Canvas, name: str, owner: Look, at: Point, unit: float) -> None:
    painters: dict[str, Callable[[Canvas, Point, float], None]] = {
        "letter": _letter, "key": _key, "phone": _phone, "watch": _watch, "cup": _cup, "book": _book,
    }  # fmt: skip
    if name in painters:
        painters[name](canvas, at, unit)
        return
    # What figures carry is drawn by the same hand, only much larger.
    scale = {"umbrella": 1.5, "violin": 2.4, "guitar": 2.4, "lantern": 4.6, "flowers": 4.0, "camera": 7.0}[name]
    held = msgspec.structs.replace(owner, prop=name, height=1.70, umbrella=owner.umbrella or (0.72, 0.16, 0.2))
    anchor = {"umbrella": (0.12, 1.72), "camera": (0.0, 1.08), "guitar": (0.1, 1.0), "lantern": (0.235, 0.70)}.get(
        name, (0.22, 0.95)
    )
    pen = Pen(canvas, (at[0] - anchor[0] * unit * scale, at[1] + anchor[1] * unit * scale), unit * scale, held)
    if name == "umbrella":
        draw_umbrella(pen, held, Gesture(holds=True))
    else:
        draw_held(pen, held, Gesture())


def _turned(at: Point, unit: float, points: list[Point], turn: float) -> list[Point]:
    c, s = math.cos(turn), math.sin(turn)
    return [(at[0] + unit * (u * c - v * s), at[1] + unit * (u * s + v * c)) for u, v in points]


def _letter(canvas: Canvas, at: Point, unit: float) -> None:
    paper: Colour = (0.95, 0.91, 0.80)
    canvas.poly(
        _turned(at, unit, [(-0.88, -0.56), (0.92, -0.54), (0.92, 0.64), (-0.88, 0.62)], -0.13),
        (0.05, 0.04, 0.07),
        0.4,
        unit * 0.05,
    )
    canvas.poly(_turned(at, unit, [(-0.9, -0.6), (0.9, -0.6), (0.9, 0.6), (-0.9, 0.6)], -0.14), paper)
    canvas.poly(_turned(at, unit, [(-0.9, -0.6), (0.9, -0.6), (0.0, 0.14)], -0.14), shadow(paper, 0.10))
    canvas.line(_turned(at, unit, [(-0.9, -0.6), (0.0, 0.14), (0.9, -0.6)], -0.14), shadow(paper, 0.35), unit * 0.02)
    canvas.disc(_turned(at, unit, [(0.0, 0.12)], -0.14)[0], unit * 0.15, (0.66, 0.13, 0.15))
    canvas.disc(_turned(at, unit, [(-0.03, 0.09)], -0.14)[0], unit * 0.09, (0.80, 0.26, 0.24))
    for k in range(3):
        canvas.line(
            _turned(at, unit, [(-0.55 + 0.05 * k, 0.30 + 0.09 * k), (-0.1 - 0.05 * k, 0.30 + 0.09 * k)], -0.14),
            (0.25, 0.24, 0.4),
            unit * 0.018,
            0.8,
        )


def _key(canvas: Canvas, at: Point, unit: float) -> None:
    gold: Colour = (0.84, 0.63, 0.26)
    canvas.line(_turned(at, unit, [(-0.1, 0.0), (0.95, 0.0)], -0.5), shadow(gold, 0.2), unit * 0.13)
    canvas.line(_turned(at, unit, [(-0.1, -0.03), (0.95, -0.03)], -0.5), light(gold, 0.35), unit * 0.04)
    for u, v in ((0.72, 0.22), (0.90, 0.28)):
        canvas.line(_turned(at, unit, [(u, 0.0), (u, v)], -0.5), gold, unit * 0.10)
    centre = _turned(at, unit, [(-0.42, 0.0)], -0.5)[0]
    canvas.line([*_ring(centre, unit * 0.32)], gold, unit * 0.13, 1.0, True)
    canvas.line(
        [*_ring((centre[0] - unit * 0.02, centre[1] - unit * 0.03), unit * 0.33)],
        light(gold, 0.4),
        unit * 0.03,
        0.9,
        True,
    )


def _ring(at: Point, radius: float) -> list[Point]:
    return [(at[0] + radius * math.cos(a * 0.2618), at[1] + radius * math.sin(a * 0.2618)) for a in range(24)]


def _phone(canvas: Canvas, at: Point, unit: float) -> None:
    canvas.poly(
        _turned(at, unit, [(-0.46, -0.85), (0.46, -0.85), (0.46, 0.72), (-0.46, 0.72)], 0.12), (0.08, 0.08, 0.10)
    )
    screen = _turned(at, unit, [(-0.40, -0.76), (0.40, -0.76), (0.40, 0.62), (-0.40, 0.62)], 0.12)
    canvas.gradient(screen, [(0, (0.45, 0.70, 0.95), 1.0), (1, (0.85, 0.92, 1.0), 1.0)], screen[0], screen[3])
    canvas.lamp(screen, (0.6, 0.8, 1.0), 0.6)
    for k, wide in enumerate((0.5, 0.35, 0.55)):
        left = -0.34 if k != 1 else -0.05
        canvas.poly(
            _turned(
                at,
                unit,
                [
                    (left, -0.5 + 0.3 * k),
                    (left + wide * 0.75, -0.5 + 0.3 * k),
                    (left + wide * 0.75, -0.32 + 0.3 * k),
                    (left, -0.32 + 0.3 * k),
                ],
                0.12,
            ),
            WHITE if k != 1 else (0.30, 0.55, 0.9),
        )


def _watch(canvas: Canvas, at: Point, unit: float) -> None:
    gold: Colour = (0.82, 0.66, 0.34)
    canvas.disc((at[0] + unit * 0.04, at[1] + unit * 0.06), unit * 0.72, (0.04, 0.04, 0.06), 0.45, unit * 0.05)
    canvas.disc(at, unit * 0.70, gold)
    canvas.disc((at[0] - unit * 0.03, at[1] - unit * 0.03), unit * 0.64, light(gold, 0.35))
    canvas.disc(at, unit * 0.58, (0.96, 0.94, 0.87))
    for k in range(12):
        a = k * math.pi / 6
        canvas.line(
            [(at[0] + math.sin(a) * unit * r, at[1] - math.cos(a) * unit * r) for r in (0.46, 0.53)],
            (0.15, 0.13, 0.12),
            unit * (0.035 if k % 3 == 0 else 0.018),
        )
    for a, reach, wide in ((5.6, 0.30, 0.045), (1.1, 0.44, 0.028)):
        canvas.line(
            [at, (at[0] + math.sin(a) * unit * reach, at[1] - math.cos(a) * unit * reach)],
            (0.12, 0.11, 0.14),
            unit * wide,
        )
    canvas.disc(at, unit * 0.04, (0.6, 0.15, 0.12))
    canvas.disc((at[0], at[1] - unit * 0.80), unit * 0.10, gold)


def _cup(canvas: Canvas, at: Point, unit: float) -> None:
    clay: Colour = (0.92, 0.88, 0.80)
    x, y = at
    canvas.line(
        [
            (x + unit * 0.5, y - unit * 0.25),
            (x + unit * 0.82, y - unit * 0.12),
            (x + unit * 0.70, y + unit * 0.20),
            (x + unit * 0.42, y + unit * 0.24),
        ],
        shadow(clay, 0.15),
        unit * 0.11,
    )
    body = [
        (x - unit * 0.56, y - unit * 0.5),
        (x + unit * 0.56, y - unit * 0.5),
        (x + unit * 0.40, y + unit * 0.5),
        (x - unit * 0.40, y + unit * 0.5),
    ]
    canvas.gradient(
        body,
        [(0, shadow(clay, 0.35), 1.0), (0.6, clay, 1.0), (1, light(clay, 0.4), 1.0)],
        (x - unit * 0.5, y),
        (x + unit * 0.5, y),
    )
    canvas.disc((x, y - unit * 0.5), unit * 0.56, light(clay, 0.3), flat=0.26)
    canvas.disc((x, y - unit * 0.48), unit * 0.50, (0.26, 0.14, 0.08), flat=0.23)
    canvas.disc((x - unit * 0.12, y - unit * 0.50), unit * 0.2, (0.62, 0.42, 0.26), 0.7, unit * 0.02, 0.2)
    for k in (-0.18, 0.12):
        canvas.line(
            [(x + unit * (k + 0.08 * math.sin(t * 1.1)), y - unit * (0.65 + 0.13 * t)) for t in range(7)],
            WHITE,
            unit * 0.05,
            0.22,
        )


def _book(canvas: Canvas, at: Point, unit: float) -> None:
    cover: Colour = (0.50, 0.14, 0.15)
    canvas.poly(_turned(at, unit, [(-0.98, -0.55), (0.98, -0.55), (0.98, 0.62), (-0.98, 0.62)], -0.06), cover)
    for k in (-1, 1):
        page = [(0.0, -0.50), (0.35 * k, -0.60), (0.90 * k, -0.54), (0.90 * k, 0.52), (0.35 * k, 0.46), (0.0, 0.56)]
        canvas.poly(_turned(at, unit, page, -0.06), (0.95, 0.92, 0.83) if k > 0 else (0.87, 0.83, 0.74))
        for row in range(8):
            y = -0.40 + 0.11 * row
            canvas.line(
                _turned(at, unit, [(0.12 * k, y), (0.42 * k, y - 0.05), (0.80 * k, y - 0.02)], -0.06),
                (0.35, 0.32, 0.34),
                unit * 0.018,
                0.6,
            )
    canvas.line(_turned(at, unit, [(0.0, -0.50), (0.0, 0.56)], -0.06), shadow((0.8, 0.75, 0.65), 0.4), unit * 0.03, 0.7)
