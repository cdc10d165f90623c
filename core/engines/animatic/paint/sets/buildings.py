"""Buildings in open land: a small house, a castle."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import Colour, mix, scale


def house(box: Box, canvas: Canvas, x: float, z: float, wide: float, rng: np.random.Generator) -> None:
    """Draw a small house with a pitched roof, chimney, door and lit windows."""
    view, light = box.view, box.light
    away = view.away(z)
    walls: tuple[Colour, ...] = ((0.90, 0.84, 0.72), (0.84, 0.72, 0.58), (0.88, 0.88, 0.84), (0.76, 0.62, 0.52))
    wall = walls[int(rng.integers(0, 4))]
    body, shade = light.tone(wall, 0.75, away), light.tone(scale(wall, 0.72), 0.2, away)
    roofs: tuple[Colour, ...] = ((0.56, 0.27, 0.20), (0.42, 0.32, 0.30), (0.36, 0.38, 0.44))
    roof_colour: Colour = roofs[int(rng.integers(0, 3))]
    if box.scene.weather == "snow":
        roof_colour = (0.93, 0.95, 1.0)
    high, peak, half = 2.7, 4.5, wide / 2
    s = light.side
    canvas.poly(view.rect(x - half, 0, x + half, high, z), body)
    canvas.poly(view.rect(x - s * half, 0, x - s * half * 0.25, high, z), shade, 0.8)
    canvas.poly(view.rect(x + half * 0.45, peak - 0.9, x + half * 0.7, peak + 0.5, z), shade)
    roof = light.tone(roof_colour, 0.7, away)
    canvas.poly(
        [
            view.at(x - half * 1.14, high - 0.1, z),
            view.at(x - half * 0.72, peak, z),
            view.at(x + half * 0.72, peak, z),
            view.at(x + half * 1.14, high - 0.1, z),
        ],
        roof,
    )
    canvas.poly(
        [
            view.at(x - s * half * 1.14, high - 0.1, z),
            view.at(x - s * half * 0.72, peak, z),
            view.at(x - s * half * 0.2, peak, z),
            view.at(x - s * half * 0.2, high - 0.1, z),
        ],
        scale(roof, 0.78),
        0.7,
    )
    canvas.poly(
        [
            view.at(x - half * 1.14, high - 0.1, z),
            view.at(x + half * 1.14, high - 0.1, z),
            view.at(x + half * 1.1, high - 0.28, z),
            view.at(x - half * 1.1, high - 0.28, z),
        ],
        scale(roof, 0.55),
    )
    door = light.tone((0.35, 0.22, 0.16), 0.3, away)
    canvas.poly(view.rect(x - 0.4, 0, x + 0.4, 1.9, z), door)
    for wx in (-0.66, 0.62):
        _pane(box, canvas, x + wx * half, z, body)


def _pane(box: Box, canvas: Canvas, x: float, z: float, frame: Colour) -> None:
    view, light = box.view, box.light
    lit = light.lamps > 0.3
    quad = view.rect(x - 0.38, 1.0, x + 0.38, 1.9, z)
    canvas.poly(quad, (1.0, 0.80, 0.46) if lit else light.tone((0.22, 0.28, 0.36), 0.5, view.away(z)))
    if lit:
        canvas.lamp(quad, (1.0, 0.7, 0.36), 0.9)
        box.shines.append(Shine(x, z, 0.6, 2.0, 0.5, (1.0, 0.72, 0.4), 0.5))
    canvas.line([view.at(x, 1.0, z), view.at(x, 1.9, z)], frame, view.size(0.06, z))
    canvas.line([view.at(x - 0.38, 1.45, z), view.at(x + 0.38, 1.45, z)], frame, view.size(0.06, z))


def castle(box: Box, canvas: Canvas, z: float) -> None:
    """Paint a castle with pointed towers on its mound."""
    view, light = box.view, box.light
    away = view.away(z) * 0.7
    side = 1 if box.spot < 0 else -1
    cx = side * 9.0
    mound = light.tone((0.34, 0.40, 0.28), 0.4, away)
    xs = np.linspace(-26, 26, 30)
    crest = [view.at(cx + float(x), 7.5 * float(np.exp(-((x / 12.0) ** 2))), z) for x in xs]
    canvas.poly([*crest, view.at(cx + 26, -0.3, z), view.at(cx - 26, -0.3, z)], mound)
    stone: Colour = (0.64, 0.60, 0.58)
    for dx, wide, low, tall, roofed in (
        (0, 15.0, 5.0, 12.5, False),
        (-7.5, 3.6, 4.5, 17.0, True),
        (7.2, 3.2, 4.5, 15.0, True),
        (1.2, 5.2, 6.0, 22.0, True),
        (-3.2, 2.6, 6.0, 18.5, True),
    ):
        _tower(box, canvas, (cx + dx, z), wide, (low, tall), stone, roofed)


def _tower(
    box: Box, canvas: Canvas, at: Point, wide: float, run: tuple[float, float], stone: Colour, roofed: bool
) -> None:
    view, light = box.view, box.light
    x, z = at
    low, tall = run
    away = view.away(z) * 0.7
    s = light.side
    a, b = view.at(x - wide / 2, tall, z), view.at(x + wide / 2, low - 2, z)
    lit, dark = light.tone(stone, 0.95, away), light.tone(scale(stone, 0.62), 0.12, away)
    first, second = (dark, lit) if s > 0 else (lit, dark)
    canvas.gradient(
        [a, (b[0], a[1]), b, (a[0], b[1])],
        [(0, first, 1.0), (0.45, mix(first, second, 0.5), 1.0), (1, second, 1.0)],
        a,
        (b[0], a[1]),
    )
    teeth = max(3, int(wide / 0.9))
    step = wide / teeth
    for i in range(teeth):
        tx = x - wide / 2 + i * step
        canvas.poly(view.rect(tx, tall - 0.1, tx + step * 0.6, tall + 0.7, z), mix(first, second, i / teeth))
    if roofed:
        roof = light.tone((0.34, 0.30, 0.42), 0.6, away)
        peak = tall + wide * 1.35
        canvas.poly(
            [view.at(x - wide * 0.62, tall + 0.5, z), view.at(x, peak, z), view.at(x + wide * 0.62, tall + 0.5, z)],
            roof,
        )
        canvas.poly(
            [
                view.at(x + s * wide * 0.62, tall + 0.5, z),
                view.at(x, peak, z),
                view.at(x + s * wide * 0.15, tall + 0.5, z),
            ],
            light.tone((0.44, 0.38, 0.50), 1.0, away),
            0.8,
        )
        canvas.line([view.at(x, peak, z), view.at(x, peak + 1.6, z)], dark, 1.0)
        canvas.poly(
            [view.at(x, peak + 1.6, z), view.at(x + 1.3, peak + 1.25, z), view.at(x, peak + 0.9, z)],
            light.tone((0.78, 0.2, 0.2), 0.7, away),
        )
    for i in range(3):
        y = low + (tall - low) * (0.35 + 0.25 * i)
        quad = view.rect(x - 0.22, y, x + 0.22, y + 0.9, z)
        canvas.poly(quad, (1.0, 0.78, 0.42) if light.lamps > 0.3 else scale(dark, 0.6))
        if light.lamps > 0.3:
            canvas.lamp(quad, (1.0, 0.66, 0.3), 0.9)
