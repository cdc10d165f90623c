"""The ground of a moon under stars, with a planet and a lander."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.brush import plain, ridge
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import WHITE, Colour, mix, scale


def build_space(box: Box) -> None:
    """Paint stars, a nebula, a planet on the horizon and the ground of a moon."""
    view, rng = box.view, box.rng("craters")
    _heaven(box)
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


def _heaven(box: Box) -> None:
    view, rng = box.view, box.rng("space")
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
