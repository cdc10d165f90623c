"""Furniture and fittings of rooms: shelves, counters, tables, sofas, trains, columns."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.canvas import Canvas
from core.engines.animatic.paint.colour import Colour, from_hex, mix, scale

_BOOKS = ("#8c2f2b", "#2f4a6b", "#3f6248", "#b98a3c", "#5b3a5e", "#7a6a55", "#c9b48a", "#274046")


def furnish(box: Box, place: str, half: float, deep: float, high: float, accent: Colour) -> None:
    """Place the furniture of a kind of room, from the back to the front."""
    side = 1.0 if box.spot < 0 else -1.0
    if place == "library":
        for z in (12.5, 9.0, 6.4):
            with box.card(f"shelves {z:.0f}", z) as canvas:
                for s in (-1, 1):
                    _shelf(box, canvas, s * (half - 0.95), z, 0.95, high * 0.86)
        with box.card("desk", 7.6) as canvas:
            _table(box, canvas, side * 1.5, 7.6, 1.5)
    elif place == "cafe":
        with box.card("counter", 9.0) as canvas:
            _counter(box, canvas, -side * 2.4, 9.0, accent)
        for z, x in ((7.0, side * 2.6), (5.6, -side * 2.8)):
            with box.card(f"table {z:.0f}", z) as canvas:
                _table(box, canvas, x, z, 0.5, round_top=True)
                for k in (-1, 1):
                    _chair(box, canvas, x + k * 0.75, z, k)
    elif place == "kitchen":
        with box.card("units", deep - 0.3) as canvas:
            _units(box, canvas, half, deep - 0.3, accent)
        with box.card("kitchen table", 5.4) as canvas:
            _table(box, canvas, side * 1.9, 5.4, 0.95)
    elif place == "workshop":
        with box.card("tools", deep - 0.2) as canvas:
            _tools(box, canvas, half, deep - 0.2)
        with box.card("bench", 7.0) as canvas:
            _table(box, canvas, side * 2.0, 7.0, 1.5, heavy=True)
    elif place == "station":
        with box.card("train", 16.0) as canvas:
            _train(box, canvas, side, 16.0, accent)
        for z in (24.0, 12.0):
            with box.card(f"columns {z:.0f}", z) as canvas:
                for x in (-side * 4.6, side * 2.2):
                    _column(box, canvas, x, z, high, (0.34, 0.40, 0.42), 0.22)
    elif place == "hall":
        for z in (18.0, 12.0, 7.5):
            with box.card(f"columns {z:.0f}", z) as canvas:
                for x in (-4.6, 4.6):
                    _column(box, canvas, x, z, high, (0.78, 0.72, 0.64), 0.42)
                _banners(box, canvas, z, accent)
    else:
        with box.card("sofa", 6.6) as canvas:
            _sofa(box, canvas, side * 1.8, 6.6, accent)
            _plant(box, canvas, -side * 2.9, 6.9)
        with box.card("shelf", 7.6) as canvas:
            _shelf(box, canvas, -side * 2.2, 7.6, 0.75, 2.2)


def _slab(
    box: Box, canvas: Canvas, spot: tuple[float, float, float, float], z: float, colour: Colour, lit: float = 0.5
) -> None:
    """Fill an upright rectangle (x0, y0, x1, y1) at depth z."""
    x0, y0, x1, y1 = spot
    view = box.view
    canvas.poly(view.rect(x0, y0, x1, y1, z), box.light.tone(colour, lit, z * 0.3))


def _shelf(box: Box, canvas: Canvas, x: float, z: float, half: float, tall: float) -> None:
    rng, view = box.rng(f"shelf {x:.1f} {z}"), box.view
    wood: Colour = (0.34, 0.22, 0.14)
    _slab(box, canvas, (x - half, 0, x + half, tall), z, scale(wood, 0.55), 0.2)
    rows = max(3, round(tall / 0.42))
    for r in range(rows):
        y0, y1 = 0.08 + r * tall / rows, (r + 1) * tall / rows - 0.05
        u = x - half + 0.06
        while u < x + half - 0.1:
            w = float(rng.uniform(0.035, 0.085))
            if rng.random() < 0.93:
                tone = from_hex(_BOOKS[int(rng.integers(0, len(_BOOKS)))])
                _slab(box, canvas, (u, y0, u + w * 0.9, y0 + (y1 - y0) * float(rng.uniform(0.66, 0.94))), z, tone, 0.55)
            u += w
        canvas.poly(view.rect(x - half, y0 - 0.05, x + half, y0, z), box.light.tone(wood, 0.7, z * 0.3))
    for k in (-1, 1):
        _slab(box, canvas, (x + k * half - 0.05, 0, x + k * half + 0.05, tall + 0.08), z, wood, 0.6)
    _slab(box, canvas, (x - half - 0.08, tall, x + half + 0.08, tall + 0.14), z, scale(wood, 1.2), 0.8)


def _table(
    box: Box, canvas: Canvas, x: float, z: float, half: float, round_top: bool = False, heavy: bool = False
) -> None:
    view, light = box.view, box.light
    wood: Colour = (0.46, 0.30, 0.18) if not heavy else (0.50, 0.38, 0.26)
    y = 0.76 if not heavy else 0.9
    leg = light.tone(scale(wood, 0.6), 0.3, z * 0.3)
    canvas.disc(view.at(x, 0.0, z), view.size(half * 0.9, z), (0.04, 0.03, 0.05), 0.3, 2.0, 0.12)
    if round_top:
        canvas.poly(view.rect(x - 0.035, 0, x + 0.035, y, z), leg)
        canvas.disc(view.at(x, 0.02, z), view.size(0.24, z), leg, flat=0.18)
    else:
        for k in (-0.9, 0.9):
            w = 0.05 if not heavy else 0.09
            canvas.poly(view.rect(x + k * half - w, 0, x + k * half + w, y, z), leg)
    top = light.tone(wood, 0.95, z * 0.3)
    a, b = view.at(x - half, y, z - 0.35), view.at(x + half, y, z - 0.35)
    c, d = view.at(x + half, y, z + 0.35), view.at(x - half, y, z + 0.35)
    if round_top:
        canvas.disc(view.at(x, y, z), view.size(half, z), scale(top, 0.7), flat=0.20)
        canvas.disc(view.at(x, y + 0.03, z), view.size(half, z), top, flat=0.18)
    else:
        canvas.poly([a, b, c, d], top)
        canvas.poly([a, b, (b[0], b[1] + view.size(0.06, z)), (a[0], a[1] + view.size(0.06, z))], scale(top, 0.6))
    cup = light.tone((0.94, 0.92, 0.86), 0.9, z * 0.3)
    canvas.poly(
        [
            view.at(x - 0.05, y + 0.02, z),
            view.at(x + 0.05, y + 0.02, z),
            view.at(x + 0.06, y + 0.12, z),
            view.at(x - 0.06, y + 0.12, z),
        ],
        cup,
    )
    if heavy:
        for k, tone in ((-0.6, (0.7, 0.2, 0.15)), (0.5, (0.25, 0.4, 0.5))):
            _slab(box, canvas, (x + k * half - 0.15, y + 0.02, x + k * half + 0.15, y + 0.24), z, tone, 0.7)


def _chair(box: Box, canvas: Canvas, x: float, z: float, way: int) -> None:
    view, light = box.view, box.light
    tone = light.tone((0.22, 0.15, 0.11), 0.5, z * 0.3)
    w = max(1.0, view.size(0.045, z))
    canvas.line([view.at(x + way * 0.17, 0, z), view.at(x + way * 0.2, 0.95, z)], tone, w)
    canvas.line([view.at(x - way * 0.17, 0, z), view.at(x - way * 0.15, 0.46, z)], tone, w)
    canvas.line([view.at(x - way * 0.19, 0.46, z), view.at(x + way * 0.19, 0.46, z)], scale(tone, 1.3), w * 1.5)
    canvas.line([view.at(x + way * 0.19, 0.72, z), view.at(x + way * 0.2, 0.95, z)], scale(tone, 1.3), w * 1.7)


def _counter(box: Box, canvas: Canvas, x: float, z: float, accent: Colour) -> None:
    rng = box.rng("counter")
    _slab(box, canvas, (x - 2.0, 1.5, x + 2.0, 2.9), z, (0.14, 0.13, 0.12), 0.3)
    for i in range(3):
        for _ in range(16):
            u = x - 1.9 + 3.8 * float(rng.random())
            tone = from_hex(_BOOKS[int(rng.integers(0, 8))])
            _slab(
                box,
                canvas,
                (u, 1.58 + 0.43 * i, u + 0.09, 1.58 + 0.43 * i + float(rng.uniform(0.16, 0.32))),
                z,
                mix(tone, (1, 0.9, 0.7), 0.2),
                0.7,
            )
        _slab(box, canvas, (x - 2.0, 1.53 + 0.43 * i, x + 2.0, 1.58 + 0.43 * i), z, (0.5, 0.34, 0.2), 0.8)
    _slab(box, canvas, (x - 2.2, 0, x + 2.2, 1.05), z, accent, 0.55)
    for k in range(7):
        _slab(box, canvas, (x - 2.1 + k * 0.62, 0.12, x - 1.6 + k * 0.62, 0.9), z, scale(accent, 0.8), 0.5)
    _slab(box, canvas, (x - 2.3, 1.05, x + 2.3, 1.14), z, (0.62, 0.44, 0.28), 0.9)
    _slab(box, canvas, (x + 0.6, 1.14, x + 1.4, 1.62), z, (0.72, 0.70, 0.68), 0.7)
    _slab(box, canvas, (x + 0.7, 1.24, x + 1.3, 1.36), z, (0.2, 0.2, 0.2), 0.4)


def _units(box: Box, canvas: Canvas, half: float, z: float, accent: Colour) -> None:
    _slab(box, canvas, (-half, 0, half, 0.9), z, accent, 0.6)
    for i in range(9):
        x = -half + i * half * 2 / 9
        _slab(box, canvas, (x + 0.05, 0.1, x + half * 2 / 9 - 0.05, 0.82), z, scale(accent, 0.86), 0.6)
        _slab(box, canvas, (x + half / 9 - 0.08, 0.72, x + half / 9 + 0.08, 0.75), z, (0.85, 0.8, 0.7), 0.9)
    _slab(box, canvas, (-half, 0.9, half, 0.97), z, (0.80, 0.72, 0.60), 0.95)
    side = -1 if box.spot < 0 else 1
    _slab(box, canvas, (side * 2.0 - 0.9, 1.75, side * 2.0 + 0.9, 2.6), z, scale(accent, 0.95), 0.6)
    _slab(box, canvas, (side * 2.0 - 0.02, 1.75, side * 2.0 + 0.02, 2.6), z, scale(accent, 0.6), 0.4)
    for k, tone in enumerate(((0.78, 0.32, 0.2), (0.9, 0.85, 0.75), (0.3, 0.45, 0.4))):
        x = side * 2.0 - 0.6 + k * 0.4
        _slab(box, canvas, (x, 0.97, x + 0.22, 1.28), z, tone, 0.8)


def _tools(box: Box, canvas: Canvas, half: float, z: float) -> None:
    view, light, rng = box.view, box.light, box.rng("tools")
    side = -1 if box.spot < 0 else 1
    x0 = side * half * 0.5
    _slab(box, canvas, (x0 - 1.9, 1.2, x0 + 1.9, 2.7), z, (0.60, 0.45, 0.30), 0.5)
    metal = light.tone((0.30, 0.31, 0.33), 0.6, z * 0.3)
    for i in range(11):
        x = x0 - 1.7 + i * 0.34
        tall = float(rng.uniform(0.4, 0.9))
        canvas.line(
            [view.at(x, 2.5, z), view.at(x, 2.5 - tall, z)],
            metal if i % 2 else light.tone((0.7, 0.35, 0.15), 0.6, 2),
            view.size(0.05, z),
        )
        canvas.disc(view.at(x, 2.5 - tall, z), view.size(0.08, z), metal)
    for i in range(4):
        _slab(
            box,
            canvas,
            (
                -side * half * 0.9 + i * 0.75 * side - 0.3,
                0,
                -side * half * 0.9 + i * 0.75 * side + 0.3,
                0.6 + 0.3 * (i % 2),
            ),
            z,
            (0.45, 0.34, 0.24),
            0.5,
        )


def _train(box: Box, canvas: Canvas, side: float, z: float, accent: Colour) -> None:
    """A train standing at the platform, its front towards us."""
    view, light = box.view, box.light
    x = side * 5.6
    body = light.tone((0.84, 0.85, 0.84), 0.7, z * 0.3)
    for k in range(26, -1, -1):
        zz = z + k * 0.9
        quad = [
            view.at(x - 1.55, 0.1, zz),
            view.at(x + 1.55, 0.1, zz),
            view.at(x + 1.5, 3.4, zz),
            view.at(x - 1.5, 3.4, zz),
        ]
        canvas.poly(quad, scale(body, 0.72 if k % 6 else 0.5))
        inner = x - side * 1.55
        if k % 6 in (2, 3, 4) and k > 0:
            canvas.poly(
                [
                    view.at(inner, 1.5, zz),
                    view.at(inner, 1.5, zz + 0.8),
                    view.at(inner, 2.6, zz + 0.8),
                    view.at(inner, 2.6, zz),
                ],
                (1.0, 0.88, 0.6),
            )
    front = [
        view.at(x - 1.55, 0.1, z),
        view.at(x + 1.55, 0.1, z),
        view.at(x + 1.5, 2.9, z),
        view.at(x + 1.1, 3.45, z),
        view.at(x - 1.1, 3.45, z),
        view.at(x - 1.5, 2.9, z),
    ]
    canvas.poly(front, body)
    _slab(box, canvas, (x - 1.55, 0.7, x + 1.55, 1.25), z, accent, 0.8)
    canvas.poly(
        [view.at(x - 1.25, 1.6, z), view.at(x + 1.25, 1.6, z), view.at(x + 1.15, 2.75, z), view.at(x - 1.15, 2.75, z)],
        light.tone((0.12, 0.16, 0.22), 0.4, z * 0.3),
    )
    for k in (-1, 1):
        lamp = view.at(x + k * 1.1, 0.95, z)
        canvas.disc(lamp, view.size(0.17, z), (1.0, 0.96, 0.82))
        canvas.glow(lamp, view.size(1.8, z), (1.0, 0.92, 0.7), 0.75)


def _column(box: Box, canvas: Canvas, x: float, z: float, high: float, stone: Colour, half: float) -> None:
    view, light = box.view, box.light
    lit, dark = light.tone(stone, 1.0, z * 0.3), light.tone(scale(stone, 0.5), 0.1, z * 0.3)
    first, last = (dark, lit) if light.side > 0 else (lit, dark)
    a, b = view.at(x - half, high, z), view.at(x + half, 0, z)
    canvas.gradient(
        [a, (b[0], a[1]), b, (a[0], b[1])],
        [(0, first, 1.0), (0.5, mix(first, last, 0.55), 1.0), (0.85, last, 1.0), (1, mix(first, last, 0.6), 1.0)],
        a,
        (b[0], a[1]),
    )
    for y0, y1, grow in ((0.0, 0.35, 1.35), (high - 0.5, high, 1.4)):
        _slab(box, canvas, (x - half * grow, y0, x + half * grow, y1), z, scale(stone, 0.9), 0.6)


def _banners(box: Box, canvas: Canvas, z: float, accent: Colour) -> None:
    view, light = box.view, box.light
    for x in (-3.2, 3.2):
        tone = light.tone(accent, 0.8, z * 0.3)
        canvas.poly(
            [
                view.at(x - 0.5, 7.4, z),
                view.at(x + 0.5, 7.4, z),
                view.at(x + 0.5, 4.4, z),
                view.at(x, 3.9, z),
                view.at(x - 0.5, 4.4, z),
            ],
            tone,
        )
        canvas.disc(view.at(x, 6.0, z), view.size(0.28, z), light.tone((0.88, 0.72, 0.32), 0.9, z * 0.3))


def _sofa(box: Box, canvas: Canvas, x: float, z: float, accent: Colour) -> None:
    view = box.view
    canvas.disc(view.at(x, 0, z), view.size(1.2, z), (0.04, 0.03, 0.05), 0.35, 2.0, 0.10)
    _slab(box, canvas, (x - 1.0, 0.4, x + 1.0, 1.05), z, scale(accent, 0.85), 0.45)
    _slab(box, canvas, (x - 1.0, 0.12, x + 1.0, 0.5), z, accent, 0.8)
    for k in (-1, 1):
        _slab(box, canvas, (x + k * 1.0 - 0.16, 0.12, x + k * 1.0 + 0.16, 0.75), z, scale(accent, 1.08), 0.6)
    for off, tone in ((-0.55, (0.88, 0.76, 0.45)), (0.5, (0.86, 0.84, 0.78))):
        _slab(box, canvas, (x + off - 0.22, 0.5, x + off + 0.22, 0.86), z, tone, 0.8)


def _plant(box: Box, canvas: Canvas, x: float, z: float) -> None:
    view, light = box.view, box.light
    canvas.poly(
        [view.at(x - 0.18, 0.42, z), view.at(x + 0.18, 0.42, z), view.at(x + 0.14, 0, z), view.at(x - 0.14, 0, z)],
        light.tone((0.72, 0.42, 0.30), 0.7, 2),
    )
    for i, a in enumerate(np.linspace(-1.1, 1.1, 9)):
        reach = 0.75 + 0.25 * (i % 2)
        tip = (x + float(np.sin(a)) * reach * 0.7, 0.45 + float(np.cos(a)) * reach)
        mid = (x + float(np.sin(a)) * reach * 0.25, 0.45 + float(np.cos(a)) * reach * 0.65)
        tone = light.tone((0.24, 0.44, 0.28) if i % 2 else (0.34, 0.54, 0.32), 0.7, 2)
        canvas.poly(
            [
                view.at(x, 0.4, z),
                view.at(mid[0] - 0.09, mid[1], z),
                view.at(*tip, z),
                view.at(mid[0] + 0.09, mid[1], z),
            ],
            tone,
        )
