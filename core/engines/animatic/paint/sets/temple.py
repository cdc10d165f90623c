"""A temple: gate, pagoda, stone lanterns, a flagged way among trees."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import band, mirror_lights, paint_sky, plain, ridge
from core.engines.animatic.paint.canvas import Canvas
from core.engines.animatic.paint.colour import Colour, scale
from core.engines.animatic.paint.plants import LEAF, bush, tree


def build_temple(box: Box) -> None:
    """Paint a gate and a pagoda among trees, at the end of a flagged way with stone lanterns."""
    light, view = box.light, box.view
    paint_sky(box)
    with box.card("hills far", 260.0) as canvas:
        ridge(box, canvas, "hills far", 260.0, 0.0, 20.0, 90.0, light.tone((0.36, 0.42, 0.46), 0.4, 170), rough=0.45)
    with box.card("hills", 110.0) as canvas:
        ridge(box, canvas, "hills", 110.0, 0.0, 6.0, 26.0, light.tone(LEAF["conifer"], 0.4, 80), rough=0.55)
    with box.card("pagoda", 44.0) as canvas:
        _pagoda(box, canvas, -7.5 if box.spot > 0 else 7.5, 44.0)
    with box.ground() as canvas:
        soil: Colour = (0.86, 0.89, 0.94) if box.scene.weather == "snow" else (0.44, 0.46, 0.32)
        plain(box, canvas, light.tone(scale(soil, 0.8), 0.4), light.tone(soil, 0.6, 45))
        way = light.tone((0.66, 0.63, 0.58), 0.6, 4)
        canvas.poly(band(box, -1.7, 1.7, -2, 42), way)
        rng = box.rng("flags")
        z = -2.0
        while z < 40:
            for x in (-1.7, -0.57, 0.57):
                canvas.poly(
                    band(box, x + 0.03, x + 1.10, z, z + 1.1 + 0.03 * z),
                    light.fade(scale(way, 1 + float(rng.uniform(-0.12, 0.06))), view.away(z)),
                )
            z += 1.16 + 0.03 * max(0.0, z)
        mirror_lights(box, canvas, 0.15 + 0.5 * light.wet)
    for z in (30.0, 20.0):
        with box.card(f"trees {z:.0f}", z, sway=1.5) as canvas:
            rng = box.rng(f"temple trees {z}")
            for i in range(6):
                s = 1 if i % 2 else -1
                kind = "blossom" if (i + int(z)) % 3 == 0 and box.scene.weather != "snow" else "conifer"
                tree(
                    box,
                    canvas,
                    s * (4.8 + 3.4 * (i // 2) + rng.uniform(0, 1.5)),
                    z,
                    float(rng.uniform(6, 10)),
                    kind,
                    rng,
                )
    with box.card("gate", 16.0) as canvas:
        _gate(box, canvas, 16.0)
    for z in (12.0, 8.4):
        with box.card(f"lanterns {z:.0f}", z) as canvas:
            for s in (-1, 1):
                _lantern(box, canvas, s * 2.5, z)
                bush(box, canvas, s * 4.0, z, 0.8, LEAF["round"], box.rng(f"bush {z} {s}"))


def _gate(box: Box, canvas: Canvas, z: float) -> None:
    view, light = box.view, box.light
    red: Colour = (0.82, 0.26, 0.16)
    body, shade = light.tone(red, 0.75, z), light.tone(scale(red, 0.6), 0.15, z)
    for s in (-1, 1):
        a, b = s * 3.1, s * 2.85
        canvas.poly(
            [view.at(a - 0.28, 0, z), view.at(a + 0.28, 0, z), view.at(b + 0.24, 5.6, z), view.at(b - 0.24, 5.6, z)],
            shade,
        )
        canvas.poly(
            [
                view.at(a + light.side * 0.28, 0, z),
                view.at(a - light.side * 0.05, 0, z),
                view.at(b - light.side * 0.05, 5.6, z),
                view.at(b + light.side * 0.24, 5.6, z),
            ],
            body,
        )
        canvas.poly(
            [view.at(a - 0.36, 0, z), view.at(a + 0.36, 0, z), view.at(a + 0.34, 0.5, z), view.at(a - 0.34, 0.5, z)],
            light.tone((0.16, 0.14, 0.14), 0.4, z),
        )
    canvas.poly(view.rect(-3.7, 4.15, 3.7, 4.6, z), body)
    curve = [(x, 5.55 + 0.035 * x * x) for x in np.linspace(-4.5, 4.5, 13)]
    canvas.poly(
        [
            *[view.at(float(x), float(y) + 0.75, z) for x, y in curve],
            *[view.at(float(x), float(y), z) for x, y in reversed(curve)],
        ],
        body,
    )
    canvas.poly(
        [
            *[view.at(float(x) * 1.03, float(y) + 0.95, z) for x, y in curve],
            *[view.at(float(x) * 1.03, float(y) + 0.68, z) for x, y in reversed(curve)],
        ],
        light.tone((0.15, 0.14, 0.16), 0.5, z),
    )
    canvas.poly(view.rect(-0.42, 4.6, 0.42, 5.6, z), light.tone((0.14, 0.12, 0.12), 0.4, z))
    canvas.line(
        view.rect(-0.36, 4.68, 0.36, 5.5, z),
        light.tone((0.9, 0.72, 0.3), 0.9, z),
        max(1.0, view.size(0.05, z)),
        1.0,
        True,
    )


def _pagoda(box: Box, canvas: Canvas, x: float, z: float) -> None:
    view, light = box.view, box.light
    away = view.away(z) * 0.8
    roof, wood = light.tone((0.26, 0.27, 0.32), 0.6, away), light.tone((0.70, 0.28, 0.18), 0.6, away)
    for i in range(5):
        half, base = 4.4 - 0.62 * i, 1.0 + i * 3.2
        canvas.poly(view.rect(x - half * 0.66, base, x + half * 0.66, base + 2.0, z), scale(wood, 0.8))
        for k in (-0.4, 0.0, 0.4):
            pane = view.rect(x + k * half - 0.4, base + 0.5, x + k * half + 0.4, base + 1.5, z)
            canvas.poly(pane, (1.0, 0.78, 0.42) if light.lamps > 0.3 else light.tone((0.93, 0.88, 0.76), 0.6, away))
            if light.lamps > 0.3:
                canvas.lamp(pane, (1.0, 0.7, 0.35), 0.8)
        eave = [(-1.28, 0.25), (-1.0, 0.0), (1.0, 0.0), (1.28, 0.25), (0.62, 1.0), (-0.62, 1.0)]
        canvas.poly([view.at(x + u * half, base + 1.9 + v * 1.25, z) for u, v in eave], roof)
        canvas.poly(
            [
                view.at(x + light.side * u * half, base + 1.9 + v * 1.25, z)
                for u, v in [(0.3, 0.0), (1.0, 0.0), (1.28, 0.25), (0.62, 1.0), (0.3, 1.0)]
            ],
            scale(roof, 1.3),
            0.7,
        )
    canvas.line([view.at(x, 16.5, z), view.at(x, 21.5, z)], light.tone((0.75, 0.6, 0.3), 0.8, away), view.size(0.3, z))


def _lantern(box: Box, canvas: Canvas, x: float, z: float) -> None:
    view, light = box.view, box.light
    stone = light.tone((0.60, 0.60, 0.57), 0.5, view.away(z))
    for w, y0, y1, k in ((0.34, 0.0, 0.2, 0.7), (0.12, 0.2, 1.0, 0.9), (0.30, 1.0, 1.12, 0.75), (0.22, 1.12, 1.5, 1.0)):
        canvas.poly(view.rect(x - w, y0, x + w, y1, z), scale(stone, k))
    canvas.poly(
        [view.at(x - 0.5, 1.5, z), view.at(x + 0.5, 1.5, z), view.at(x + 0.14, 1.85, z), view.at(x - 0.14, 1.85, z)],
        scale(stone, 0.85),
    )
    fire = view.rect(x - 0.11, 1.2, x + 0.11, 1.44, z)
    canvas.poly(fire, (1.0, 0.78, 0.42) if light.lamps > 0.2 else scale(stone, 0.35))
    if light.lamps > 0.2:
        canvas.glow(view.at(x, 1.32, z), view.size(1.5, z), (1.0, 0.68, 0.35), 0.65 * max(0.35, light.lamps))
        box.shines.append(Shine(x, z, 1.0, 1.4, 0.2, (1.0, 0.7, 0.4), 0.9))
