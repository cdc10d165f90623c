"""A roof above a sea of houses."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import band, mirror_lights, paint_sky, profile, window_glow
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import BLACK, WHITE, Colour, mix, scale


def build_rooftop(box: Box) -> None:
    """Paint a roof above a sea of houses."""
    light = box.light
    paint_sky(box)
    for z, low, high, count in (
        (420.0, -20.0, 60.0, 60),
        (220.0, -16.0, 34.0, 44),
        (110.0, -14.0, 12.0, 26),
        (52.0, -12.0, 1.0, 16),
    ):
        with box.card(f"roofs {z:.0f}", z) as canvas:
            _blocks(box, canvas, z, low, high, count)
    with box.ground("roof") as canvas:
        near, far = light.tone((0.46, 0.44, 0.44), 0.45), light.tone((0.50, 0.48, 0.47), 0.5, 10)
        canvas.gradient(
            band(box, -30, 30, -2, 11.5),
            [(0, far, 1.0), (1, near, 1.0)],
            (0, box.view.at(0, 0, 11.5)[1]),
            (0, box.view.bottom),
        )
        for i in range(-7, 8):
            canvas.poly(band(box, i * 2.0, i * 2.0 + 0.05, -2, 11.5), scale(near, 0.75), 0.7)
        for k in range(7):
            canvas.poly(band(box, -30, 30, k * 1.8, k * 1.8 + 0.05), scale(near, 0.75), 0.7)
        mirror_lights(box, canvas, 0.12 + 0.5 * light.wet)
    _roof_things(box)


def _blocks(box: Box, canvas: Canvas, z: float, low: float, high: float, count: int) -> None:
    view, light, rng = box.view, box.light, box.rng(f"blocks {z}")
    heights = low + (high - low) * profile(rng, count * 3, 0.9, count // 2)[::3]
    reach = z * 1.5
    step = 2 * reach / count
    for i in range(count):
        x, tall = -reach + i * step, float(heights[i])
        wide = step * float(rng.uniform(0.75, 1.1))
        stone: Colour = ((0.55, 0.5, 0.5), (0.5, 0.46, 0.44), (0.44, 0.47, 0.54), (0.6, 0.5, 0.42))[
            int(rng.integers(0, 4))
        ]
        tone = light.tone(scale(stone, 0.9), 0.55, z * 0.55)
        shade = light.tone(scale(stone, 0.6), 0.1, z * 0.55)
        a, b = view.at(x, tall, z), view.at(x + wide, -30.0, z)
        if b[0] < view.left or a[0] > view.right:
            continue
        s = light.side
        split = a[0] + (b[0] - a[0]) * (0.68 if s < 0 else 0.32)
        low_y = min(b[1], view.bottom + 9)
        first, last = (shade, tone) if s > 0 else (tone, shade)
        canvas.gradient(
            [a, (split, a[1]), (split, low_y), (a[0], low_y)],
            [(0, first, 1.0), (1, mix(first, light.fog, 0.45), 1.0)],
            a,
            (a[0], low_y),
        )
        canvas.gradient(
            [(split, a[1]), (b[0], a[1]), (b[0], low_y), (split, low_y)],
            [(0, last, 1.0), (1, mix(last, light.fog, 0.45), 1.0)],
            a,
            (a[0], low_y),
        )
        _lit_windows(box, canvas, rng, (a, (b[0], low_y)), z, tone)


def _lit_windows(
    box: Box, canvas: Canvas, rng: np.random.Generator, spot: tuple[Point, Point], z: float, tone: Colour
) -> None:
    view, light = box.view, box.light
    (x0, y0), (x1, y1) = spot
    cell = max(view.size(1.7, z), view.height * 0.009)
    columns, rows = int((x1 - x0) / cell), int(min(y1 - y0, view.height * 0.4) / (cell * 1.25))
    dark: list[list[Point]] = []
    for i in range(columns):
        for j in range(rows):
            x, y = x0 + (i + 0.3) * cell, y0 + (j + 0.5) * cell * 1.25
            quad = [(x, y), (x + cell * 0.5, y), (x + cell * 0.5, y + cell * 0.6), (x, y + cell * 0.6)]
            roll = rng.random()
            if roll < 0.30 * light.lamps:
                warm = window_glow(rng, 0.8)
                canvas.poly(quad, mix(warm, tone, 0.15))
                if z < 250:
                    canvas.lamp(quad, warm, 0.5)
            elif light.lamps < 0.5 and roll < 0.8:
                dark.append(quad)
    canvas.polys(dark, mix(tone, light.sky[1], 0.35))


def _roof_things(box: Box) -> None:
    view, light = box.view, box.light
    side = 1 if box.spot < 0 else -1
    with box.card("parapet", 11.5) as canvas:
        z = 11.5
        wall = light.tone((0.54, 0.50, 0.48), 0.5, z)
        canvas.poly(view.rect(-30, 0, 30, 0.75, z), wall)
        canvas.poly(view.rect(-30, 0.75, 30, 0.88, z), scale(wall, 1.25))
        x = side * 5.0
        _tank(box, canvas, x, z)
        if light.neon:
            _billboard(box, canvas, -side * 6.5, z)
    with box.card("vents", 7.5) as canvas:
        z = 7.5
        metal = light.tone((0.60, 0.62, 0.63), 0.6, z)
        for x, w, h in ((-side * 3.4, 0.7, 1.0), (-side * 4.4, 0.35, 1.5)):
            canvas.poly(view.rect(x - w, 0, x + w, h, z), metal)
            canvas.poly(view.rect(x - light.side * w, 0, x - light.side * w * 0.3, h, z), scale(metal, 0.7))
            for k in range(4):
                canvas.line(
                    [view.at(x - w * 0.8, h * (0.25 + 0.16 * k), z), view.at(x + w * 0.8, h * (0.25 + 0.16 * k), z)],
                    scale(metal, 0.6),
                    view.size(0.03, z),
                )
        path = [view.at(-6 + 12 * t, 2.5 - 1.2 * 4 * t * (1 - t) * 0.4, z) for t in np.linspace(0, 1, 20)]
        canvas.line(path, light.tone((0.1, 0.1, 0.12), 0.3, z), max(1.0, view.size(0.02, z)))
        for p in path[1:-1]:
            canvas.disc(
                (p[0], p[1] + view.size(0.06, z)),
                view.size(0.06, z),
                (1.0, 0.86, 0.55) if light.lamps > 0.2 else light.tone((0.9, 0.88, 0.8), 0.8, z),
            )
            if light.lamps > 0.2:
                canvas.glow((p[0], p[1] + view.size(0.06, z)), view.size(0.4, z), (1.0, 0.75, 0.4), 0.55)


def _tank(box: Box, canvas: Canvas, x: float, z: float) -> None:
    view, light = box.view, box.light
    wood, iron = light.tone((0.46, 0.32, 0.22), 0.6, z), light.tone((0.14, 0.14, 0.16), 0.3, z)
    for k in (-1.1, -0.4, 0.4, 1.1):
        canvas.line([view.at(x + k, 0, z), view.at(x + k * 0.85, 2.2, z)], iron, view.size(0.1, z))
    canvas.line([view.at(x - 1.1, 0.2, z), view.at(x + 1.0, 2.0, z)], iron, view.size(0.06, z))
    a, b = view.at(x - 1.3, 4.8, z), view.at(x + 1.3, 2.2, z)
    first, last = (scale(wood, 0.6), scale(wood, 1.25)) if light.side > 0 else (scale(wood, 1.25), scale(wood, 0.6))
    canvas.gradient([a, (b[0], a[1]), b, (a[0], b[1])], [(0, first, 1.0), (1, last, 1.0)], a, (b[0], a[1]))
    for y in (2.6, 3.5, 4.4):
        canvas.line([view.at(x - 1.3, y, z), view.at(x + 1.3, y, z)], iron, view.size(0.05, z))
    canvas.poly([view.at(x - 1.5, 4.75, z), view.at(x + 1.5, 4.75, z), view.at(x, 6.0, z)], scale(wood, 0.55))


def _billboard(box: Box, canvas: Canvas, x: float, z: float) -> None:
    view, light = box.view, box.light
    colour = light.signs[box.key % len(light.signs)]
    quad = view.rect(x - 2.6, 5.2, x + 2.6, 2.4, z)
    for k in (-2, 2):
        canvas.line([view.at(x + k, 0, z), view.at(x + k, 2.4, z)], BLACK, view.size(0.12, z))
    canvas.poly(quad, mix(colour, BLACK, 0.7))
    canvas.line([*quad, quad[0]], mix(colour, WHITE, 0.4), view.size(0.12, z))
    canvas.disc(view.at(x, 3.8, z), view.size(0.9, z), mix(colour, WHITE, 0.3))
    canvas.lamp(quad, colour, 0.8)
    box.shines.append(Shine(x, z, 2.4, 5.2, 2.4, colour, 0.8))
