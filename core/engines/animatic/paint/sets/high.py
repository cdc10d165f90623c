"""High and sacred places: rooftop, temple, and space."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import band, mirror_lights, paint_sky, plain, profile, ridge, window_glow
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import BLACK, WHITE, Colour, mix, scale
from core.engines.animatic.paint.plants import LEAF, bush, tree


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
        canvas.poly([view.at(-30, 0, z), view.at(30, 0, z), view.at(30, 0.75, z), view.at(-30, 0.75, z)], wall)
        canvas.poly(
            [view.at(-30, 0.75, z), view.at(30, 0.75, z), view.at(30, 0.88, z), view.at(-30, 0.88, z)],
            scale(wall, 1.25),
        )
        x = side * 5.0
        _tank(box, canvas, x, z)
        if light.neon:
            _billboard(box, canvas, -side * 6.5, z)
    with box.card("vents", 7.5) as canvas:
        z = 7.5
        metal = light.tone((0.60, 0.62, 0.63), 0.6, z)
        for x, w, h in ((-side * 3.4, 0.7, 1.0), (-side * 4.4, 0.35, 1.5)):
            canvas.poly([view.at(x - w, 0, z), view.at(x + w, 0, z), view.at(x + w, h, z), view.at(x - w, h, z)], metal)
            canvas.poly(
                [
                    view.at(x - light.side * w, 0, z),
                    view.at(x - light.side * w * 0.3, 0, z),
                    view.at(x - light.side * w * 0.3, h, z),
                    view.at(x - light.side * w, h, z),
                ],
                scale(metal, 0.7),
            )
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
    quad = [view.at(x - 2.6, 5.2, z), view.at(x + 2.6, 5.2, z), view.at(x + 2.6, 2.4, z), view.at(x - 2.6, 2.4, z)]
    for k in (-2, 2):
        canvas.line([view.at(x + k, 0, z), view.at(x + k, 2.4, z)], BLACK, view.size(0.12, z))
    canvas.poly(quad, mix(colour, BLACK, 0.7))
    canvas.line([*quad, quad[0]], mix(colour, WHITE, 0.4), view.size(0.12, z))
    canvas.disc(view.at(x, 3.8, z), view.size(0.9, z), mix(colour, WHITE, 0.3))
    canvas.lamp(quad, colour, 0.8)
    box.shines.append(Shine(x, z, 2.4, 5.2, 2.4, colour, 0.8))


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
    canvas.poly([view.at(-3.7, 4.15, z), view.at(3.7, 4.15, z), view.at(3.7, 4.6, z), view.at(-3.7, 4.6, z)], body)
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
    canvas.poly(
        [view.at(-0.42, 4.6, z), view.at(0.42, 4.6, z), view.at(0.42, 5.6, z), view.at(-0.42, 5.6, z)],
        light.tone((0.14, 0.12, 0.12), 0.4, z),
    )
    canvas.line(
        [view.at(-0.36, 4.68, z), view.at(0.36, 4.68, z), view.at(0.36, 5.5, z), view.at(-0.36, 5.5, z)],
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
        canvas.poly(
            [
                view.at(x - half * 0.66, base, z),
                view.at(x + half * 0.66, base, z),
                view.at(x + half * 0.66, base + 2.0, z),
                view.at(x - half * 0.66, base + 2.0, z),
            ],
            scale(wood, 0.8),
        )
        for k in (-0.4, 0.0, 0.4):
            pane = [
                view.at(x + k * half - 0.4, base + 0.5, z),
                view.at(x + k * half + 0.4, base + 0.5, z),
                view.at(x + k * half + 0.4, base + 1.5, z),
                view.at(x + k * half - 0.4, base + 1.5, z),
            ]
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
        canvas.poly(
            [view.at(x - w, y0, z), view.at(x + w, y0, z), view.at(x + w, y1, z), view.at(x - w, y1, z)],
            scale(stone, k),
        )
    canvas.poly(
        [view.at(x - 0.5, 1.5, z), view.at(x + 0.5, 1.5, z), view.at(x + 0.14, 1.85, z), view.at(x - 0.14, 1.85, z)],
        scale(stone, 0.85),
    )
    fire = [
        view.at(x - 0.11, 1.2, z),
        view.at(x + 0.11, 1.2, z),
        view.at(x + 0.11, 1.44, z),
        view.at(x - 0.11, 1.44, z),
    ]
    canvas.poly(fire, (1.0, 0.78, 0.42) if light.lamps > 0.2 else scale(stone, 0.35))
    if light.lamps > 0.2:
        canvas.glow(view.at(x, 1.32, z), view.size(1.5, z), (1.0, 0.68, 0.35), 0.65)
        box.shines.append(Shine(x, z, 1.0, 1.4, 0.2, (1.0, 0.7, 0.4), 0.9))


def build_space(box: Box) -> None:
    """Paint stars, a nebula, a planet on the horizon and the ground of a moon."""
    view, light = box.view, box.light
    rng = box.rng("space")
    with box.sky() as canvas:
        full = [
            (view.left - 2, view.top - 2),
            (view.right + 2, view.top - 2),
            (view.right + 2, view.bottom + 2),
            (view.left - 2, view.bottom + 2),
        ]
        canvas.gradient(
            full,
            [(0, (0.01, 0.012, 0.04), 1.0), (0.6, (0.05, 0.04, 0.14), 1.0), (1, (0.16, 0.09, 0.26), 1.0)],
            (0, view.top),
            (0, view.py),
        )
        for k in range(16):
            t = k / 15
            at = (view.width * (0.05 + 0.95 * t), view.height * (0.55 - 0.42 * t + 0.06 * float(rng.normal())))
            tone: Colour = ((0.50, 0.18, 0.55), (0.15, 0.35, 0.75), (0.75, 0.30, 0.45))[k % 3]
            canvas.glow(at, view.height * float(rng.uniform(0.18, 0.36)), tone, 0.20, 0.7)
        for x, y, size, bright in rng.random((420, 4)):
            at = (view.left + x * canvas.width, view.top + y * (view.py - view.top))
            canvas.disc(
                at,
                max(0.45, (0.0006 + 0.0017 * size**6) * view.height),
                mix((0.7, 0.78, 1.0), WHITE, float(bright)),
                0.35 + 0.6 * float(bright),
            )
            if size > 0.985:
                canvas.glow(at, view.height * 0.03, (0.8, 0.88, 1.0), 0.6)
    side = 1 if box.spot < 0 else -1
    with box.card("planet", 900.0) as canvas:
        _planet(box, canvas, (view.width * (0.5 + side * 0.24), view.py - view.height * 0.20), view.height * 0.24)
    with box.card("rim far", 160.0) as canvas:
        ridge(
            box,
            canvas,
            "crater rim",
            160.0,
            0.0,
            1.5,
            17.0,
            (0.20, 0.19, 0.27),
            rough=0.6,
            start=5,
            foot=(0.27, 0.25, 0.34),
        )
    with box.ground() as canvas:
        plain(box, canvas, (0.40, 0.38, 0.45), (0.30, 0.28, 0.37))
        for _ in range(36):
            x, z = float(rng.uniform(-1, 1)), float(np.exp(rng.uniform(np.log(2.0), np.log(50))))
            at = view.at(x * (3 + z), 0, max(z, view.z + 0.5))
            r = view.size(float(rng.uniform(0.15, 0.9)), max(z, view.z + 0.5))
            canvas.disc(at, r, (0.24, 0.22, 0.30), 0.8, 0.0, 0.22)
            canvas.disc((at[0] - side * r * 0.10, at[1] + r * 0.05), r * 0.86, (0.47, 0.45, 0.53), 0.55, 0.0, 0.17)
    with box.card("lander", 15.0) as canvas:
        _lander(box, canvas, side * 5.0, 15.0)
    del light


def _planet(box: Box, canvas: Canvas, at: Point, radius: float) -> None:
    canvas.glow(at, radius * 2.0, (0.35, 0.55, 1.0), 0.42)
    canvas.disc(at, radius, (0.16, 0.32, 0.62))
    clip = Canvas(canvas.width, canvas.height, canvas.origin)
    clip.disc(at, radius, WHITE)
    mask = clip.pixels[..., 3:].astype(np.float32) / 255.0
    paint = Canvas(canvas.width, canvas.height, canvas.origin)
    rng = box.rng("planet")
    for k in range(14):
        y = at[1] + radius * (-0.95 + 1.9 * k / 13)
        tone: Colour = ((0.75, 0.82, 0.95), (0.22, 0.45, 0.72), (0.30, 0.55, 0.50))[k % 3]
        paint.disc(
            (at[0] + radius * float(rng.uniform(-0.5, 0.5)), y),
            radius * float(rng.uniform(0.5, 1.2)),
            tone,
            0.55,
            radius * 0.02,
            0.09,
        )
    paint.disc(
        (at[0] + box.light.side * -radius * 0.62, at[1] + radius * 0.30),
        radius * 1.12,
        (0.01, 0.01, 0.05),
        0.82,
        radius * 0.16,
    )
    over = paint.pixels.astype(np.float32) * mask
    keep = 1.0 - over[..., 3:] / 255.0
    canvas.pixels = np.clip(canvas.pixels * keep + over, 0, 255).astype(np.uint8)


def _lander(box: Box, canvas: Canvas, x: float, z: float) -> None:
    view = box.view
    metal, gold, dark = (0.72, 0.74, 0.80), (0.82, 0.64, 0.26), (0.20, 0.20, 0.26)
    for k in (-1.6, 1.6):
        canvas.line([view.at(x + k * 0.5, 1.4, z), view.at(x + k, 0.1, z)], dark, view.size(0.12, z))
        canvas.disc(view.at(x + k, 0.05, z), view.size(0.35, z), metal, flat=0.25)
    canvas.poly(
        [view.at(x - 1.2, 1.0, z), view.at(x + 1.2, 1.0, z), view.at(x + 1.3, 1.9, z), view.at(x - 1.3, 1.9, z)], gold
    )
    canvas.poly(
        [
            view.at(x - 0.9, 1.9, z),
            view.at(x + 0.9, 1.9, z),
            view.at(x + 0.75, 3.2, z),
            view.at(x + 0.3, 3.7, z),
            view.at(x - 0.3, 3.7, z),
            view.at(x - 0.75, 3.2, z),
        ],
        metal,
    )
    canvas.poly(
        [
            view.at(x - box.light.side * 0.9, 1.9, z),
            view.at(x - box.light.side * 0.1, 1.9, z),
            view.at(x - box.light.side * 0.1, 3.7, z),
            view.at(x - box.light.side * 0.75, 3.2, z),
        ],
        scale(metal, 0.6),
        0.8,
    )
    pane = [
        view.at(x - 0.35, 2.5, z),
        view.at(x + 0.35, 2.5, z),
        view.at(x + 0.28, 3.05, z),
        view.at(x - 0.28, 3.05, z),
    ]
    canvas.poly(pane, (1.0, 0.86, 0.55))
    canvas.lamp(pane, (1.0, 0.8, 0.45), 1.2)
    canvas.line([view.at(x + 0.4, 3.5, z), view.at(x + 0.9, 4.6, z)], dark, max(1.0, view.size(0.05, z)))
    canvas.disc(view.at(x + 0.9, 4.6, z), view.size(0.22, z), metal)
