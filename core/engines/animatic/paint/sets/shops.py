"""House fronts of a street: windows, shopfronts, lettering, awnings, hanging signs."""

from __future__ import annotations

import msgspec
import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import glyph, window_glow
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import BLACK, WHITE, Colour, from_hex, mix, scale

HALF = 5.4  # metres from the middle of the street to the houses


class House(msgspec.Struct, frozen=True):
    """One house of a wall: from `z0` to `z1`, `tall` metres high."""

    z0: float
    z1: float
    tall: float
    stone: Colour
    lit: float
    shop: Colour


def wall_quad(box: Box, x: float, y0: float, y1: float, z0: float, z1: float) -> list[Point]:
    """Return a rectangle on the wall at `x`: heights y0..y1, depths z0..z1, as frame points."""
    view = box.view
    near = view.z + 0.35
    z0, z1 = max(z0, near), max(z1, near)
    return [view.at(x, y0, z0), view.at(x, y0, z1), view.at(x, y1, z1), view.at(x, y1, z0)]


def windows(box: Box, canvas: Canvas, side: int, house: House, rng: np.random.Generator, wall: Colour) -> None:
    """Paint the windows of the upper floors, some of them lit."""
    light, x = box.light, side * HALF
    middle = box.view.away((house.z0 + house.z1) / 2)
    columns = max(2, round((house.z1 - house.z0) / 1.9))
    step = (house.z1 - house.z0) / columns
    glass = light.fade(mix(light.sky[2], (0.10, 0.13, 0.2), 0.55 if light.lamps < 0.5 else 0.75), middle)
    dark: list[list[Point]] = []
    sills: list[list[Point]] = []
    floor = 3.7
    while floor < house.tall - 2.2:
        for i in range(columns):
            z0 = house.z0 + (i + 0.2) * step
            z1 = house.z0 + (i + 0.8) * step
            on = rng.random() < house.lit * light.lamps
            warm = window_glow(rng)
            if z1 < box.view.z + 0.6:
                continue
            quad = wall_quad(box, x, floor + 0.3, floor + 2.15, z0, z1)
            if on:
                canvas.poly(quad, light.fade(mix(warm, wall, 0.10), middle * 0.5))
                canvas.lamp(quad, warm, 0.22 * light.lamps)
                if rng.random() < 0.4:
                    canvas.poly(
                        wall_quad(box, x, floor + 0.3, floor + 1.0 + rng.random(), z0, (z0 + z1) / 2),
                        mix(warm, BLACK, 0.45),
                        0.7,
                    )
            else:
                dark.append(quad)
            sills.append(wall_quad(box, x, floor + 0.16, floor + 0.3, z0 - 0.08, z1 + 0.08))
        floor += 3.1
    canvas.polys(dark, glass)
    canvas.polys(sills, scale(wall, 1.18))


def shopfront(box: Box, canvas: Canvas, side: int, house: House, rng: np.random.Generator) -> None:
    """Paint a ground floor: glass, goods, a fascia with lettering, perhaps an awning."""
    light, x = box.light, side * HALF
    z0, z1 = house.z0 + 0.5, house.z1 - 0.5
    if z1 < box.view.z + 0.6:
        return
    middle = box.view.away((z0 + z1) / 2)
    night = light.lamps > 0.3
    glow = mix(house.shop, (1.0, 0.8, 0.5), 0.3)
    inside = (
        light.fade(glow, middle * 0.5)
        if night
        else mix(light.sky[1], light.tone((0.16, 0.19, 0.22), 0.4, middle), 0.62)
    )
    quad = wall_quad(box, x, 0.35, 2.75, z0, z1)
    ys = [p[1] for p in quad]
    canvas.gradient(
        quad,
        [(0, mix(inside, WHITE, 0.25 if night else 0.05), 1.0), (1, mix(inside, BLACK, 0.30), 1.0)],
        (0, min(ys)),
        (0, max(ys)),
    )
    if night:
        canvas.lamp(quad, glow, 0.40 * light.lamps)
        box.shines.append(Shine(x * 0.985, (z0 + z1) / 2, 0.2, 2.8, (z1 - z0) * 0.10, glow, 0.9))
    frame = light.tone((0.18, 0.15, 0.16), 0.3, middle)
    bars = max(2, int((z1 - z0) / 1.3))
    for i in range(bars + 1):
        z = z0 + (z1 - z0) * i / bars
        canvas.poly(wall_quad(box, x, 0.2, 2.8, z - 0.05, z + 0.05), frame)
    for i in range(bars * 2):  # goods and people inside, as dark shapes
        z = z0 + (z1 - z0) * (i + rng.random()) / (bars * 2)
        canvas.poly(wall_quad(box, x, 0.35, 0.7 + 0.9 * rng.random(), z, z + 0.25), mix(inside, BLACK, 0.45), 0.75)
    _fascia(box, canvas, side, (z0, z1), rng)


def _fascia(box: Box, canvas: Canvas, side: int, run: tuple[float, float], rng: np.random.Generator) -> None:
    light, x, (z0, z1) = box.light, side * HALF, run
    middle, night = box.view.away((z0 + z1) / 2), light.lamps > 0.3
    colour = (
        light.signs[int(rng.integers(0, len(light.signs)))]
        if night
        else light.tone(from_hex(("#b5443a", "#2f6f6a", "#d9a441", "#3f5a88")[int(rng.integers(0, 4))]), 0.6, middle)
    )
    fascia = wall_quad(box, x - side * 0.05, 2.8, 3.5, z0, z1)
    canvas.poly(fascia, light.fade(mix(colour, BLACK, 0.72 if night else 0.0), middle * 0.7))
    _lettering(
        box,
        canvas,
        rng,
        (x - side * 0.05, z0 + 0.4, z1 - 0.4),
        (2.92, 3.38),
        mix(colour, WHITE, 0.45) if night else mix(colour, WHITE, 0.8),
    )
    if rng.random() < (0.85 if box.scene.place == "market" else 0.35):
        _awning(
            box,
            canvas,
            side,
            (z0, z1),
            colour if not night else mix(light.tone(colour, 0.2, middle), colour, 0.35),
            middle,
        )


def _lettering(
    box: Box,
    canvas: Canvas,
    rng: np.random.Generator,
    run: tuple[float, float, float],
    heights: tuple[float, float],
    ink: Colour,
) -> None:
    x, z0, z1 = run
    low, high = heights
    size = high - low
    count = max(2, int((z1 - z0) / (size * 1.7)))
    if box.view.size(size, (z0 + z1) / 2) < 5:
        return
    for i in range(count):
        z = z0 + (z1 - z0) * (i + 0.1) / count
        for stroke in glyph(rng):
            path = [box.view.at(x, high - v * size, max(z + u * size * 1.2, box.view.z + 0.4)) for u, v in stroke]
            canvas.line(path, ink, box.view.size(0.055, z))


def _awning(box: Box, canvas: Canvas, side: int, run: tuple[float, float], colour: Colour, away: float) -> None:
    z0, z1 = run
    x0, x1 = side * HALF, side * (HALF - 1.25)
    view = box.view
    count = max(4, int((z1 - z0) / 0.55))
    for i in range(count):
        a, b = z0 + (z1 - z0) * i / count, z0 + (z1 - z0) * (i + 1) / count
        a, b = max(a, view.z + 0.4), max(b, view.z + 0.4)
        tone = colour if i % 2 else box.light.tone((0.93, 0.9, 0.84), 0.5 if box.light.lamps < 0.5 else 0.15, away)
        canvas.poly([view.at(x0, 3.45, a), view.at(x0, 3.45, b), view.at(x1, 2.75, b), view.at(x1, 2.75, a)], tone)
        canvas.poly(
            [view.at(x1, 2.75, a), view.at(x1, 2.75, b), view.at(x1, 2.52, b), view.at(x1, 2.52, a)], scale(tone, 0.8)
        )


def signs(box: Box, canvas: Canvas, side: int, house: House, rng: np.random.Generator) -> None:
    """Hang upright signs out over the pavement."""
    light, view = box.light, box.view
    for _ in range(2 if light.neon else 1):
        z = float(rng.uniform(house.z0 + 0.8, house.z1 - 0.8))
        wide, tall, low = float(rng.uniform(0.7, 1.3)), float(rng.uniform(2.2, 5.6)), float(rng.uniform(3.6, 6.2))
        colour = light.signs[int(rng.integers(0, len(light.signs)))]
        inverse = rng.random() < 0.45
        marks = [glyph(rng) for _ in range(max(2, round(tall / wide)))]
        if z < view.z + 2.2:
            continue
        x0 = side * (HALF - 0.15)
        x1 = x0 - side * wide
        a, b = view.at(min(x0, x1), low + tall, z), view.at(max(x0, x1), low, z)
        quad = [a, (b[0], a[1]), b, (a[0], b[1])]
        away = view.away(z)
        night = light.lamps > 0.3
        panel = mix(colour, WHITE, 0.14) if inverse else mix(colour, (0.04, 0.02, 0.08), 0.80)
        ink = mix(colour, (0.05, 0.02, 0.1), 0.75) if inverse else mix(colour, WHITE, 0.55)
        if not night:
            panel, ink = light.tone(mix(colour, (0.5, 0.5, 0.5), 0.25), 0.6), light.tone(WHITE, 0.6)
        panel, ink = light.fade(panel, away * 0.55), light.fade(ink, away * 0.5)
        canvas.poly(quad, panel)
        canvas.line([*quad, quad[0]], light.fade(mix(colour, WHITE, 0.25), away * 0.5), max(1.0, view.size(0.07, z)))
        _marks(canvas, marks, (a, b), ink, view.size(0.085, z))
        if night:
            canvas.lamp(quad, colour, 0.5 if inverse else 0.36)
            box.shines.append(
                Shine((x0 + x1) / 2, z, low * 0.6, low + tall, wide * 0.5, colour, 1.3 if inverse else 0.9)
            )


def _marks(
    canvas: Canvas, marks: list[list[list[Point]]], spot: tuple[Point, Point], ink: Colour, thick: float
) -> None:
    (x0, y0), (x1, y1) = spot
    wide, step = x1 - x0, (y1 - y0) / len(marks)
    if wide < 4:
        return
    for i, strokes in enumerate(marks):
        for stroke in strokes:
            canvas.line(
                [(x0 + wide * (0.16 + 0.68 * u), y0 + step * (i + 0.12 + 0.76 * v)) for u, v in stroke], ink, thick
            )
