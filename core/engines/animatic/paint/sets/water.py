"""By the water: sea, beach, harbour, river, bridge and ship."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import mirror_lights, paint_sky, profile, ridge, sun_at, window_glow
from core.engines.animatic.paint.canvas import Canvas
from core.engines.animatic.paint.colour import WHITE, Colour, mix, scale
from core.engines.animatic.paint.plants import tree
from core.engines.animatic.paint.sets.boats import boats, lighthouse
from core.engines.animatic.paint.sets.buildings import house
from core.engines.animatic.paint.sets.quay import fittings, stand


def build_water(box: Box) -> None:
    """Paint the far shore, the water, and what one stands on."""
    place = box.scene.place
    paint_sky(box)
    _far_shore(box, place)
    if place in ("bridge", "river", "harbour"):
        _near_shore(box, place)
    level = {"bridge": -6.0, "ship": -5.0, "harbour": -1.6, "sea": -1.0, "river": -0.6, "beach": -0.12}[place]
    with box.ground("water", level, shimmer=box.view.height * 0.004) as canvas:
        _water(box, canvas, level)
    if place in ("sea", "harbour", "beach", "river"):
        boats(box, place)
    with box.ground("deck") as canvas:
        stand(box, canvas, place)
        if box.light.wet > 0.2:
            mirror_lights(box, canvas, 0.4 * box.light.wet)
    fittings(box, place)


def _far_shore(box: Box, place: str) -> None:
    light = box.light
    if place in ("sea", "ship"):
        return
    with box.card("hills far", 500.0) as canvas:
        ridge(
            box,
            canvas,
            "hills far",
            500.0,
            0.0,
            8.0,
            70.0 if place != "beach" else 46.0,
            light.tone((0.40, 0.46, 0.55), 0.45, 260),
            rough=0.45,
            start=4,
        )
    with box.card("hills", 260.0) as canvas:
        ridge(
            box, canvas, "hills", 260.0, 0.0, 1.0, 26.0, light.tone((0.32, 0.42, 0.40), 0.45, 150), rough=0.5, start=3
        )
    if place in ("bridge", "harbour"):
        with box.card("city far", 200.0) as canvas:
            _skyline(box, canvas, 200.0)


def _skyline(box: Box, canvas: Canvas, z: float) -> None:
    view, light, rng = box.view, box.light, box.rng("skyline")
    count = 44
    heights = 5 + 34 * profile(rng, count * 2, 0.9, 14)[::2] ** 1.6
    tone = light.tone((0.38, 0.40, 0.50), 0.4, z * 0.7)
    for i in range(count):
        x = -190 + i * 380 / count
        h = float(heights[i])
        a, b = view.at(x, h, z), view.at(x + 7.6, -1, z)
        canvas.gradient(
            [a, (b[0], a[1]), b, (a[0], b[1])], [(0, tone, 1.0), (1, mix(tone, light.fog, 0.5), 1.0)], a, (a[0], b[1])
        )
        if light.lamps > 0.3:
            for _ in range(int(h * 0.6)):
                wx, wy = rng.uniform(x + 0.6, x + 6.8), rng.uniform(0.5, h * 0.95)
                warm = window_glow(rng)
                canvas.disc(view.at(wx, wy, z), max(0.6, view.size(0.35, z)), mix(warm, tone, 0.2))
            box.shines.append(Shine(x + 4, z, 0, h * 0.8, 2.0, (1.0, 0.75, 0.45), 0.35))
    if light.lamps > 0.3:
        canvas.glow(view.at(0, 4, z), view.height * 0.5, (1.0, 0.66, 0.42), 0.18, 0.35)


def _near_shore(box: Box, place: str) -> None:
    light, view = box.light, box.view
    z = {"bridge": 130.0, "river": 34.0, "harbour": 60.0}[place]
    side = 1 if box.spot < 0 else -1
    with box.card("bank", z) as canvas:
        tone = light.tone((0.34, 0.42, 0.26), 0.4, z * 0.8)
        low, high = view.reach_x(z)
        top = [
            view.at(float(x), 0.8 + 0.5 * float(np.sin(x * 0.21)), z) for x in np.linspace(low * 1.3, high * 1.3, 30)
        ]
        base = view.at(0, -7.0, z)[1] if place == "bridge" else view.at(0, -1.2, z)[1]
        canvas.gradient(
            [*top, (top[-1][0], base), (top[0][0], base)],
            [(0, tone, 1.0), (1, scale(tone, 0.55), 1.0)],
            (0, top[0][1]),
            (0, base),
        )
        rng = box.rng("bank")
        for i in range(8):
            x = low + (high - low) * (i + rng.random()) / 8
            if place == "harbour" or (place == "river" and i % 4 == 2):
                house(box, canvas, float(x), z, 6.5, rng)
            else:
                tree(box, canvas, float(x), z, float(rng.uniform(6, 10)), "round" if i % 3 else "cypress", rng)
        if place == "harbour":
            lighthouse(box, canvas, side * 16.0, z)


def _water(box: Box, canvas: Canvas, level: float) -> None:
    view, light, rng = box.view, box.light, box.rng("waves")
    deep: Colour = (0.10, 0.25, 0.34) if box.scene.place in ("sea", "ship", "beach", "harbour") else (0.16, 0.28, 0.30)
    near = mix(light.tone(deep, 0.5), light.sky[1], 0.30)
    far = mix(light.sky[3], light.tone(deep, 0.5), 0.32)
    top = view.py
    corners = [
        (view.left - 2, top),
        (view.right + 2, top),
        (view.right + 2, view.bottom + 2),
        (view.left - 2, view.bottom + 2),
    ]
    canvas.gradient(
        corners,
        [(0, far, 1.0), (0.16, mix(far, near, 0.55), 1.0), (0.6, near, 1.0), (1, scale(near, 0.78), 1.0)],
        (0, top),
        (0, top + view.height * 0.7),
    )
    _ripples(box, canvas, near, level, rng)
    _glitter(box, canvas, rng)
    mirror_lights(box, canvas, 0.55)


def _ripples(box: Box, canvas: Canvas, near: Colour, level: float, rng: np.random.Generator) -> None:
    view, light = box.view, box.light
    bright, dark = mix(near, light.sky[3], 0.5), scale(near, 0.72)
    rough = 1.6 if box.scene.weather == "storm" else 1.0
    for k in range(230):
        v = rng.random() ** 1.7
        y = view.py + 1.5 + v * (view.bottom - view.py)
        x = rng.uniform(view.left, view.right)
        depth = (y - view.py) / view.height
        wide = view.height * (0.010 + 0.20 * depth) * rng.uniform(0.5, 1.5)
        high = max(0.5, view.height * 0.0009 + wide * 0.055 * rough)
        canvas.disc((x, y), wide, bright if k % 3 else dark, 0.30, 0.0, high / wide)
    del level


def _glitter(box: Box, canvas: Canvas, rng: np.random.Generator) -> None:
    """The sun's or moon's path on the water."""
    view, light = box.view, box.light
    veil = 1.0 - min(1.0, max(0.0, light.cloud - 0.35) * 1.4)
    if veil < 0.1:
        return
    x0, _ = sun_at(box)
    colour = mix(light.sun_colour, WHITE, 0.25)
    canvas.glow((x0, view.py + view.height * 0.02), view.height * 0.34, light.sun_colour, 0.30 * veil, 0.55)
    for _ in range(260):
        v = rng.random() ** 1.35
        y = view.py + 1 + v * (view.bottom - view.py) * 0.9
        depth = (y - view.py) / view.height
        spread = view.height * (0.018 + 0.20 * depth)
        x = x0 + rng.normal(0, 0.5) * spread
        wide = view.height * (0.005 + 0.040 * depth) * rng.uniform(0.5, 1.4)
        canvas.disc((x, y), wide, colour, 0.75 * veil * float(rng.uniform(0.5, 1.0)), 0.0, 0.13)
