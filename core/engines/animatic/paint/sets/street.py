"""The street: two walls of houses running into the depth, shopfronts, signs, lamps; city and market too."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import band, mirror_lights, paint_sky, plain, profile, window_glow
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import WHITE, Colour, from_hex, mix, scale
from core.engines.animatic.paint.sets.shops import HALF, House, shopfront, signs, wall_quad, windows

_STONE = ("#c9a58a", "#b9876d", "#d3bd9c", "#8f9aa0", "#a4867c", "#c4b59a", "#7f8a86", "#b98f5e")


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
    _passers(box)
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
        quad = wall_quad(box, x, 0, house.tall, house.z0, house.z1)
        ys = [p[1] for p in quad]
        canvas.gradient(quad, [(0, top, 1.0), (1, low, 1.0)], (0, min(ys)), (0, max(ys)))
        part = np.random.default_rng(seeds)
        windows(box, canvas, side, house, part, top)
        shopfront(box, canvas, side, house, part)
        canvas.poly(wall_quad(box, x, house.tall, house.tall + 0.35, house.z0, house.z1), scale(top, 1.12))
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
            signs(box, canvas, side, house, part)


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


def _passers(box: Box) -> None:
    """Paint a few people far down the street as soft dark shapes, under umbrellas where it rains."""
    view, light = box.view, box.light
    if box.scene.place == "village":
        return
    with box.card("passers", 27.0, blur=view.height * 0.0022) as canvas:
        rng = box.rng("passers")
        for side in (-1, 1):
            for _ in range(4):
                z = float(rng.uniform(25.5, 34.0))
                x, tall = side * float(rng.uniform(1.4, 4.6)), float(rng.uniform(1.55, 1.8))
                tone = light.tone((0.16, 0.15, 0.2), 0.4, view.away(z) * 0.8)
                edge = mix(tone, light.rim if side == light.side else light.rim_far, 0.35)
                for grow, colour in ((1.12, edge), (1.0, tone)):
                    w = 0.23 * grow
                    body = [
                        (-0.10, 0),
                        (-w, 0.55),
                        (-w * 0.9, 1.3),
                        (-0.1, 1.42),
                        (0.1, 1.42),
                        (w * 0.9, 1.3),
                        (w, 0.55),
                        (0.10, 0),
                    ]
                    canvas.poly([view.at(x + u, v * tall / 1.7, z) for u, v in body], colour)
                    canvas.disc(view.at(x, 1.55 * tall / 1.7, z), view.size(0.12 * grow, z), colour, flat=1.2)
                if light.wet > 0.5:
                    shade = light.tone(
                        mix(light.signs[int(rng.integers(0, 8))], (0.2, 0.2, 0.28), 0.7), 0.6, view.away(z)
                    )
                    dome = [
                        (0.62 * float(np.cos(a)), 1.78 + 0.36 * float(np.sin(a))) for a in np.linspace(0, np.pi, 12)
                    ]
                    canvas.poly([view.at(x + u, v, z) for u, v in dome], shade)
                    canvas.line(
                        [view.at(x + u, v, z) for u, v in dome[2:-2]],
                        mix(shade, light.rim, 0.5),
                        max(1.0, view.size(0.04, z)),
                        0.8,
                    )


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
        canvas.poly(view.rect(x - 0.05, 0, x + 0.05, 2.5, z), wood)
    inside = light.tone((0.2, 0.15, 0.13), 0.3, away)
    canvas.poly(view.rect(x0, 0.2, x1, 2.4, z), inside)
    canvas.poly(view.rect(x0, 0.0, x1, 0.95, z), wood)
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
