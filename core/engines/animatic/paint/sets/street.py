"""The street: two walls of houses running into the depth, shopfronts, signs, lamps; city and market too."""

from __future__ import annotations

import msgspec
import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import band, glyph, mirror_lights, paint_sky, plain, profile, window_glow
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import BLACK, WHITE, Colour, from_hex, mix, scale

HALF = 5.4  # metres from the middle of the street to the houses
_STONE = ("#c9a58a", "#b9876d", "#d3bd9c", "#8f9aa0", "#a4867c", "#c4b59a", "#7f8a86", "#b98f5e")


class House(msgspec.Struct, frozen=True):
    """One house of a wall: from `z0` to `z1`, `tall` metres high."""

    z0: float
    z1: float
    tall: float
    stone: Colour
    lit: float
    shop: Colour


def build_street(box: Box) -> None:
    """Paint a street from the far end to what stands near the lens."""
    paint_sky(box)
    _far_end(box)
    rows = {side: _row(box, side) for side in (-1, 1)}
    for side in (-1, 1):
        with box.wall(
            "left wall" if side < 0 else "right wall", side * HALF, flicker=0.07 if box.light.neon else 0.0
        ) as canvas:
            _wall(box, canvas, side, rows[side])
    with box.ground(under=2) as canvas:
        _road(box, canvas)
    _furniture(box)
    _overhead(box)
    _near(box)


def _row(box: Box, side: int) -> list[House]:
    rng = box.rng(f"row {side}")
    houses, z = [], -3.0
    low = box.scene.place in ("market", "village", "street") and not box.light.neon
    while z < 78:
        deep = float(rng.uniform(5.0, 9.5))
        tall = float(rng.uniform(7, 13) if low else rng.uniform(10, 26))
        stone = from_hex(_STONE[int(rng.integers(0, len(_STONE)))])
        shop = window_glow(rng, 0.8)
        houses.append(House(z, z + deep, tall, stone, float(rng.uniform(0.25, 0.62)), shop))
        z += deep
    return houses


def _far_end(box: Box) -> None:
    view, light = box.view, box.light
    for name, z, low, high, cells in (("towers far", 240.0, 30.0, 120.0, 26), ("towers", 120.0, 14.0, 62.0, 16)):
        with box.card(name, z) as canvas:
            rng = box.rng(name)
            heights = low + (high - low) * profile(rng, cells * 4, 0.75, cells)[::4]
            reach = z * 1.3
            step = 2 * reach / cells
            tone = light.fade(light.tone(from_hex("#6c6f80"), 0.3), z * (1.1 if z > 200 else 0.8))
            for i, tall in enumerate(heights):
                x = -reach + i * step
                inset = float(rng.uniform(0.02, 0.2)) * step
                a, b = view.at(x + inset, float(tall), z), view.at(x + step, 0, z)
                canvas.gradient(
                    [a, (b[0], a[1]), b, (a[0], b[1])],
                    [(0, tone, 1.0), (1, mix(tone, light.fog, 0.75), 1.0)],
                    a,
                    (a[0], b[1]),
                )
                _tiny_windows(box, canvas, rng, (a, b), tone)
            canvas.glow((view.px, view.py), view.height * 0.55, light.fog, 0.55 if light.lamps > 0.4 else 0.25, 0.6)


def _tiny_windows(box: Box, canvas: Canvas, rng: np.random.Generator, spot: tuple[Point, Point], tone: Colour) -> None:
    if box.light.lamps < 0.3:
        return
    (x0, y0), (x1, y1) = spot
    unit = box.view.height * 0.0045
    for _ in range(int(14 * box.light.lamps)):
        x, y = rng.uniform(x0, x1), y0 + (y1 - y0) * rng.uniform(0.03, 0.8)
        canvas.poly(
            [(x, y), (x + unit, y), (x + unit, y + unit * 1.3), (x, y + unit * 1.3)],
            mix(tone, window_glow(rng, 0.7), 0.62),
        )


def _quad(box: Box, x: float, y0: float, y1: float, z0: float, z1: float) -> list[Point]:
    view = box.view
    near = view.z + 0.35
    z0, z1 = max(z0, near), max(z1, near)
    return [view.at(x, y0, z0), view.at(x, y0, z1), view.at(x, y1, z1), view.at(x, y1, z0)]


def _wall(box: Box, canvas: Canvas, side: int, houses: list[House]) -> None:
    rng = box.rng(f"wall {side}")
    light = box.light
    sunlit = 0.75 if side != light.side else 0.16
    for house in reversed(houses):
        seeds = int(rng.integers(0, 2**31))
        if house.z1 < box.view.z + 0.5:
            continue
        middle = box.view.away((house.z0 + house.z1) / 2)
        base = mix(house.stone, (0.22, 0.2, 0.3), 0.55 if light.neon else 0.0)
        top = light.tone(base, sunlit * 0.9, middle)
        low = light.tone(scale(base, 0.78), sunlit * 0.5, middle)
        x = side * HALF
        quad = _quad(box, x, 0, house.tall, house.z0, house.z1)
        ys = [p[1] for p in quad]
        canvas.gradient(quad, [(0, top, 1.0), (1, low, 1.0)], (0, min(ys)), (0, max(ys)))
        part = np.random.default_rng(seeds)
        _windows(box, canvas, side, house, part, top)
        _shopfront(box, canvas, side, house, part)
        canvas.poly(_quad(box, x, house.tall, house.tall + 0.35, house.z0, house.z1), scale(top, 1.12))
        canvas.line(
            [
                box.view.at(x, 0, max(house.z0, box.view.z + 0.4)),
                box.view.at(x, house.tall, max(house.z0, box.view.z + 0.4)),
            ],
            scale(low, 0.72),
            box.view.size(0.10, max(house.z0, box.view.z + 2)),
            0.7,
        )
        if light.neon or (box.scene.place in ("city", "street") and part.random() < 0.4):
            _signs(box, canvas, side, house, part)


def _windows(box: Box, canvas: Canvas, side: int, house: House, rng: np.random.Generator, wall: Colour) -> None:
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
            quad = _quad(box, x, floor + 0.3, floor + 2.15, z0, z1)
            if on:
                canvas.poly(quad, light.fade(mix(warm, wall, 0.10), middle * 0.5))
                canvas.lamp(quad, warm, 0.22 * light.lamps)
                if rng.random() < 0.4:
                    canvas.poly(
                        _quad(box, x, floor + 0.3, floor + 1.0 + rng.random(), z0, (z0 + z1) / 2),
                        mix(warm, BLACK, 0.45),
                        0.7,
                    )
            else:
                dark.append(quad)
            sills.append(_quad(box, x, floor + 0.16, floor + 0.3, z0 - 0.08, z1 + 0.08))
        floor += 3.1
    canvas.polys(dark, glass)
    canvas.polys(sills, scale(wall, 1.18))


def _shopfront(box: Box, canvas: Canvas, side: int, house: House, rng: np.random.Generator) -> None:
    light, x = box.light, side * HALF
    z0, z1 = house.z0 + 0.5, house.z1 - 0.5
    if z1 < box.view.z + 0.6:
        return
    middle = box.view.away((z0 + z1) / 2)
    night = light.lamps > 0.3
    glow = mix(house.shop, (1.0, 0.8, 0.5), 0.3)
    inside = light.fade(glow, middle * 0.5) if night else light.tone((0.25, 0.27, 0.3), 0.4, middle)
    quad = _quad(box, x, 0.35, 2.75, z0, z1)
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
        canvas.poly(_quad(box, x, 0.2, 2.8, z - 0.05, z + 0.05), frame)
    for i in range(bars * 2):  # goods and people inside, as dark shapes
        z = z0 + (z1 - z0) * (i + rng.random()) / (bars * 2)
        canvas.poly(_quad(box, x, 0.35, 0.7 + 0.9 * rng.random(), z, z + 0.25), mix(inside, BLACK, 0.45), 0.75)
    colour = (
        light.signs[int(rng.integers(0, len(light.signs)))]
        if night
        else light.tone(from_hex(("#b5443a", "#2f6f6a", "#d9a441", "#3f5a88")[int(rng.integers(0, 4))]), 0.6, middle)
    )
    fascia = _quad(box, x - side * 0.05, 2.8, 3.5, z0, z1)
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


def _signs(box: Box, canvas: Canvas, side: int, house: House, rng: np.random.Generator) -> None:
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


def _road(box: Box, canvas: Canvas) -> None:
    light, view = box.light, box.view
    wet = light.wet
    asphalt = mix((0.36, 0.36, 0.39), (0.14, 0.15, 0.20), 0.8 * wet)
    near, far = light.tone(asphalt, 0.35 * (1 - 0.5 * wet)), light.tone(asphalt, 0.5, 70)
    far = mix(far, light.sky[3], 0.45 * wet)
    plain(box, canvas, near, far)
    paving = light.tone((0.58, 0.55, 0.53) if wet < 0.5 else (0.30, 0.29, 0.34), 0.4, 6)
    for side in (-1, 1):
        quad = band(box, side * 3.5, side * (HALF + 3), -2, 90)
        canvas.gradient(
            quad, [(0, light.fade(paving, 60), 1.0), (1, paving, 1.0)], (0, view.py), (0, view.py + view.height * 0.4)
        )
        canvas.poly(band(box, side * 3.38, side * 3.52, -2, 90), scale(paving, 1.22), 0.9)
        canvas.poly(band(box, side * 3.2, side * 3.38, -2, 90), scale(near, 0.7), 0.6)
    paint = light.tone((0.9, 0.88, 0.82), 0.4, 4)
    if box.scene.place != "market":
        for i in range(9):
            z = 9.0 + 3.4 * i * (1 + i * 0.06)
            canvas.poly(band(box, -0.07, 0.07, z, z + 1.7), light.fade(paint, view.away(z)), 0.55)
        for i in range(8):  # a crossing ahead
            x = -3.0 + i * 0.84
            canvas.poly(band(box, x, x + 0.45, 5.3, 7.3), paint, 0.5)
    if wet > 0.2:
        _puddles(box, canvas)
        mirror_lights(box, canvas, 0.62 * wet)
    elif light.lamps > 0.3:
        mirror_lights(box, canvas, 0.14)


def _puddles(box: Box, canvas: Canvas) -> None:
    view, light, rng = box.view, box.light, box.rng("puddles")
    sheen = mix(light.sky[2], light.sky[3], 0.5)
    for _ in range(14):
        x, z = rng.uniform(-3.4, 3.4), rng.uniform(2.6, 22)
        size = rng.uniform(0.3, 1.1)
        at = view.at(x, 0, z)
        canvas.disc(at, view.size(size, z), sheen, 0.20, 1.0, 0.16 + 0.02 * rng.random())
        canvas.disc((at[0], at[1] - 1), view.size(size * 0.8, z), mix(sheen, WHITE, 0.2), 0.14, 1.0, 0.10)


def _furniture(box: Box) -> None:
    """Paint lamps, stalls or trees on the pavements at three depths."""
    for z in (24.0, 15.0, 9.0):
        with box.card(f"pavement {z:.0f}", z) as canvas:
            for side in (-1, 1):
                if box.scene.place == "market":
                    _stall(box, canvas, side, z)
                else:
                    _lamp_post(box, canvas, side, z)


def _lamp_post(box: Box, canvas: Canvas, side: int, z: float) -> None:
    view, light = box.view, box.light
    x = side * 3.85
    metal = light.tone((0.16, 0.17, 0.2), 0.4, view.away(z))
    canvas.poly(
        [view.at(x - 0.07, 0, z), view.at(x - 0.045, 4.6, z), view.at(x + 0.045, 4.6, z), view.at(x + 0.07, 0, z)],
        metal,
    )
    canvas.line(
        [view.at(x, 4.55, z), view.at(x - side * 0.3, 4.85, z), view.at(x - side * 0.95, 4.82, z)],
        metal,
        view.size(0.07, z),
    )
    head = [
        view.at(x - side * 0.7, 4.82, z),
        view.at(x - side * 1.15, 4.82, z),
        view.at(x - side * 1.1, 4.68, z),
        view.at(x - side * 0.75, 4.68, z),
    ]
    if light.lamps > 0.2:
        canvas.poly(head, (1.0, 0.93, 0.76))
        canvas.lamp(head, (1.0, 0.82, 0.55), 1.0)
        canvas.glow(view.at(x - side * 0.92, 4.7, z), view.size(1.5, z), (1.0, 0.8, 0.5), 0.5 * light.lamps)
        box.shines.append(Shine(x - side * 0.92, z, 3.5, 4.9, 0.16, (1.0, 0.85, 0.6), 0.8))
    else:
        canvas.poly(head, scale(metal, 1.4))


def _stall(box: Box, canvas: Canvas, side: int, z: float) -> None:
    view, light, rng = box.view, box.light, box.rng(f"stall {side} {z}")
    x0, x1 = side * 2.5, side * 4.7
    away = view.away(z)
    cloth = from_hex(("#c8503c", "#2f7d74", "#e0a63c", "#4a6aa6", "#b84a6c")[int(rng.integers(0, 5))])
    wood = light.tone((0.45, 0.31, 0.2), 0.5, away)
    for x in (x0, x1):
        canvas.poly(
            [view.at(x - 0.05, 0, z), view.at(x + 0.05, 0, z), view.at(x + 0.05, 2.5, z), view.at(x - 0.05, 2.5, z)],
            wood,
        )
    inside = light.tone((0.2, 0.15, 0.13), 0.3, away)
    canvas.poly([view.at(x0, 0.2, z), view.at(x1, 0.2, z), view.at(x1, 2.4, z), view.at(x0, 2.4, z)], inside)
    canvas.poly([view.at(x0, 0.0, z), view.at(x1, 0.0, z), view.at(x1, 0.95, z), view.at(x0, 0.95, z)], wood)
    goods = ("#d9482f", "#e8a32c", "#7fa342", "#efe0b0", "#a53a55", "#e0712e")
    for i in range(26):
        x = x0 + (x1 - x0) * (0.05 + 0.9 * rng.random())
        tone = light.tone(from_hex(goods[int(rng.integers(0, 6)) if i % 3 else i // 3 % 6]), 0.75, away)
        canvas.disc(view.at(x, 0.98 + 0.16 * rng.random(), z), view.size(0.09, z), tone)
    if light.lamps > 0.2:
        lamp = view.at((x0 + x1) / 2, 2.05, z)
        canvas.disc(lamp, view.size(0.10, z), (1.0, 0.9, 0.65))
        canvas.glow(lamp, view.size(1.8, z), (1.0, 0.7, 0.38), 0.65)
        box.shines.append(Shine((x0 + x1) / 2, z, 0.8, 2.2, 0.4, (1.0, 0.72, 0.4), 0.8))
    strips = 7
    for i in range(strips):
        a, b = x0 + (x1 - x0) * i / strips, x0 + (x1 - x0) * (i + 1) / strips
        tone = light.tone(cloth if i % 2 else (0.93, 0.9, 0.82), 0.7, away)
        canvas.poly(
            [
                view.at(a, 2.95, z + 0.3),
                view.at(b, 2.95, z + 0.3),
                view.at(b * 1.0 - side * 0.12, 2.35, z),
                view.at(a - side * 0.12, 2.35, z),
            ],
            tone,
        )
        at = view.at((a + b) / 2 - side * 0.12, 2.35, z)
        canvas.disc(at, view.size((x1 - x0) * side / strips / 2, z), scale(tone, 0.86), 1.0, 0.0, 0.7)


def _overhead(box: Box) -> None:
    """String cables (and, in a market or by neon, lanterns) across the street."""
    view, light = box.view, box.light
    for z in (20.0, 11.5):
        with box.card(f"cables {z:.0f}", z) as canvas:
            rng = box.rng(f"cables {z}")
            ink = light.tone((0.1, 0.1, 0.13), 0.3, view.away(z))
            for _ in range(3):
                y0, y1, sag = rng.uniform(6, 10), rng.uniform(6, 10), rng.uniform(0.5, 1.4)
                path = [
                    view.at(-HALF + 2 * HALF * t, y0 + (y1 - y0) * t - sag * 4 * t * (1 - t), z)
                    for t in np.linspace(0, 1, 15)
                ]
                canvas.line(path, ink, max(1.0, view.size(0.03, z)), 0.8)
            if box.scene.place == "market" or (light.neon and z > 15) or "lantern" in box.scene.things:
                _lanterns(box, canvas, z)


def _lanterns(box: Box, canvas: Canvas, z: float) -> None:
    view, light = box.view, box.light
    lit = light.lamps > 0.2
    for i in range(9):
        t = (i + 0.5) / 9
        at = view.at(-HALF + 2 * HALF * t, 4.6 - 3.0 * t * (1 - t), z)
        tone = (1.0, 0.36, 0.20) if i % 3 else (1.0, 0.74, 0.36)
        colour = tone if lit else light.tone(tone, 0.6, view.away(z))
        canvas.disc(at, view.size(0.20, z), colour, 1.0, 0.0, 1.2)
        if lit:
            canvas.disc(
                (at[0], at[1] + view.size(0.03, z)), view.size(0.11, z), (1.0, 0.88, 0.6), 0.85, view.size(0.04, z), 1.2
            )
            canvas.glow(at, view.size(0.85, z), tone, 0.35)


def _near(box: Box) -> None:
    """Frame the picture with something dark and out of focus close to the lens."""
    view, light = box.view, box.light
    z = view.z + max(1.15, (box.stand - view.z) * 0.42)
    if box.stand - z < 0.3 or view.focal > view.height * 1.9:
        return
    with box.card("near", z, blur=view.height * 0.005) as canvas:
        side = 1 if box.spot < 0 else -1
        tone = light.tone((0.07, 0.07, 0.10), 0.2)
        edge = view.width if side > 0 else 0.0
        wide = view.width * 0.028
        inner = edge - side * wide
        outer = edge + side * wide * 0.55
        canvas.poly(
            [
                (inner, view.top - 9),
                (outer, view.top - 9),
                (outer, view.bottom + 9),
                (inner + side * 2, view.bottom + 9),
            ],
            tone,
        )
        rim = light.rim if side != light.side else light.rim_far
        canvas.line(
            [(inner, view.top), (inner + side * 2, view.bottom)],
            mix(tone, rim, 0.5),
            max(1.0, view.height * 0.004),
            0.8,
        )
