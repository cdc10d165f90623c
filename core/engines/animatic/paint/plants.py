"""Draws what grows: trees of several kinds, bushes, grass, reeds, flowers."""

from __future__ import annotations

import itertools
import math

import numpy as np

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import Colour, mix, scale

LEAF: dict[str, Colour] = {
    "round": (0.30, 0.46, 0.24), "blossom": (0.93, 0.66, 0.74), "autumn": (0.80, 0.46, 0.18),
    "conifer": (0.17, 0.33, 0.26), "cypress": (0.18, 0.32, 0.22), "palm": (0.30, 0.48, 0.24),
    "bare": (0.3, 0.25, 0.24), "birch": (0.62, 0.62, 0.26),
}  # fmt: skip
_BARK: Colour = (0.33, 0.24, 0.19)


def tree(box: Box, canvas: Canvas, x: float, z: float, tall: float, kind: str, rng: np.random.Generator) -> None:
    """Draw a tree of `tall` metres with its foot at (x, z)."""
    leaf = LEAF[kind]
    tint = mix(leaf, (0.6, 0.55, 0.2), float(rng.random()) * 0.18)
    if box.scene.weather == "snow":
        tint = mix(tint, (0.82, 0.86, 0.92), 0.35 if kind == "conifer" else 0.65)
    if kind in ("conifer", "cypress"):
        _conifer(box, canvas, (x, z), tall, tint, rng, 0.34 if kind == "conifer" else 0.14)
    elif kind == "palm":
        _palm(box, canvas, (x, z), tall, tint, rng)
    else:
        _crown(box, canvas, (x, z), tall, tint, rng, kind)


def _tones(box: Box, tint: Colour, away: float) -> tuple[Colour, Colour, Colour]:
    light = box.light
    return (
        light.tone(scale(tint, 0.55), 0.10, away),
        light.tone(tint, 0.42, away),
        light.tone(mix(tint, (0.98, 0.92, 0.6), 0.22), 0.98, away),
    )


def trunk(box: Box, canvas: Canvas, at: Point, tall: float, wide: float, colour: Colour = _BARK) -> None:
    """Draw a trunk, lit on the light's side."""
    x, z = at
    view, light = box.view, box.light
    away = view.away(z)
    body = light.tone(colour, 0.2, away)
    canvas.poly(
        [
            view.at(x - wide * 1.5, -0.05, z),
            view.at(x - wide * 0.8, tall * 0.2, z),
            view.at(x - wide * 0.55, tall, z),
            view.at(x + wide * 0.55, tall, z),
            view.at(x + wide * 0.8, tall * 0.2, z),
            view.at(x + wide * 1.5, -0.05, z),
        ],
        body,
    )
    s = light.side
    canvas.poly(
        [
            view.at(x + s * wide * 1.4, 0, z),
            view.at(x + s * wide * 0.8, tall * 0.2, z),
            view.at(x + s * wide * 0.55, tall, z),
            view.at(x + s * wide * 0.15, tall, z),
            view.at(x + s * wide * 0.3, tall * 0.2, z),
        ],
        light.tone(mix(colour, (1, 0.9, 0.7), 0.15), 0.9, away),
        0.85,
    )


def _crown(box: Box, canvas: Canvas, at: Point, tall: float, tint: Colour, rng: np.random.Generator, kind: str) -> None:
    x, z = at
    view = box.view
    trunk(box, canvas, at, tall * 0.62, tall * 0.030, (0.85, 0.83, 0.78) if kind == "birch" else _BARK)
    bark = box.light.tone(_BARK, 0.2, view.away(z))
    for _ in range(5 if kind != "bare" else 12):
        a = rng.uniform(-1.0, 1.0)
        low, reach = tall * rng.uniform(0.35, 0.6), tall * rng.uniform(0.22, 0.42)
        tip = (x + math.sin(a) * reach, low + math.cos(a) * reach)
        canvas.line(
            [view.at(x, low, z), view.at((x + tip[0]) / 2, (low + tip[1]) / 2 + tall * 0.03, z), view.at(*tip, z)],
            bark,
            view.size(tall * 0.016, z),
        )
    if kind == "bare":
        return
    dark, body, lit = _tones(box, tint, view.away(z))
    s = box.light.side
    blobs = [(rng.uniform(-0.27, 0.27), rng.uniform(0.50, 0.92), rng.uniform(0.10, 0.17)) for _ in range(15)]
    for dx, dy, r in blobs:
        canvas.disc(view.at(x + dx * tall, (dy - 0.03) * tall, z), view.size(r * tall * 1.12, z), dark, flat=0.86)
    for dx, dy, r in blobs:
        canvas.disc(
            view.at(x + (dx + 0.02 * s) * tall, (dy + 0.012) * tall, z), view.size(r * tall * 0.92, z), body, flat=0.82
        )
    for dx, dy, r in blobs:
        if dy > 0.58 + 0.12 * rng.random():
            canvas.disc(
                view.at(x + (dx + 0.05 * s) * tall, (dy + 0.05) * tall, z),
                view.size(r * tall * 0.55, z),
                lit,
                0.85,
                0.0,
                0.66,
            )
    _leaves(box, canvas, at, tall, (dark, body, lit), rng)


def _leaves(
    box: Box, canvas: Canvas, at: Point, tall: float, tones: tuple[Colour, Colour, Colour], rng: np.random.Generator
) -> None:
    """Break the outline with single leaves where they are large enough to be seen."""
    x, z = at
    view = box.view
    size = view.size(0.008 * tall + 0.03, z)
    if size < 1.2:
        return
    for _ in range(60):
        a, r = rng.uniform(0, 6.283), rng.uniform(0.20, 0.36)
        px, py = x + math.cos(a) * r * tall * 1.08, tall * (0.72 + math.sin(a) * r * 0.82)
        canvas.disc(view.at(px, py, z), size, tones[int(rng.integers(0, 3))], 0.9, 0.0, 0.6, float(rng.uniform(0, 3)))


def _conifer(
    box: Box, canvas: Canvas, at: Point, tall: float, tint: Colour, rng: np.random.Generator, wide: float
) -> None:
    x, z = at
    view, s = box.view, box.light.side
    dark, body, lit = _tones(box, tint, view.away(z))
    trunk(box, canvas, at, tall * 0.3, tall * 0.018)
    tiers = 8
    for i in range(tiers):
        base, top = tall * (0.10 + 0.80 * i / tiers), tall * (0.10 + 0.80 * (i + 2.0) / tiers)
        half = wide * tall * (1 - i / (tiers + 0.6)) * 0.62
        jag = [
            (
                x - half + 2 * half * k / 8,
                base
                + (0.02 * tall if k % 2 else -0.012 * tall) * (1 - i / tiers / 2)
                + 0.02 * tall * math.sin(math.pi * k / 8),
            )
            for k in range(9)
        ]
        top = min(top, tall)
        canvas.poly(
            [view.at(x, top, z), *[view.at(px, py, z) for px, py in reversed(jag)]],
            dark if i % 2 else mix(dark, body, 0.5),
        )
        lit_side = [
            view.at(x, top, z),
            view.at(x + s * half, base, z),
            view.at(x + s * half * 0.25, base + 0.02 * tall, z),
        ]
        canvas.poly(lit_side, body, 0.8)
        canvas.poly(
            [
                view.at(x + s * half * 0.4, base + (top - base) * 0.55, z),
                view.at(x + s * half * 0.98, base + 0.005 * tall, z),
                view.at(x + s * half * 0.6, base + 0.02 * tall, z),
            ],
            lit,
            0.6,
        )
    if box.scene.weather == "snow":
        del rng


def _palm(box: Box, canvas: Canvas, at: Point, tall: float, tint: Colour, rng: np.random.Generator) -> None:
    x, z = at
    view = box.view
    bend = rng.uniform(-0.18, 0.18) * tall
    bark = box.light.tone((0.47, 0.36, 0.26), 0.5, view.away(z))
    path = [(x + bend * t * t, tall * t) for t in np.linspace(0, 1, 9)]
    for (ax, ay), (bx, by) in itertools.pairwise(path):
        w0, w1 = tall * 0.020 * (1.25 - ay / tall * 0.5), tall * 0.020 * (1.25 - by / tall * 0.5)
        canvas.poly(
            [view.at(ax - w0, ay, z), view.at(ax + w0, ay, z), view.at(bx + w1, by, z), view.at(bx - w1, by, z)], bark
        )
    dark, body, lit = _tones(box, tint, view.away(z))
    top = path[-1]
    for k in range(11):
        a = -2.6 + 5.2 * k / 10 + rng.uniform(-0.12, 0.12)
        reach = tall * rng.uniform(0.26, 0.36)
        spine = [
            (top[0] + math.sin(a) * reach * t, top[1] + (math.cos(a) * 0.55 * t + 0.28 * t - 0.62 * t * t) * reach)
            for t in np.linspace(0, 1, 7)
        ]
        under = [(px, py - tall * 0.045 * math.sin(math.pi * min(1.0, i / 5))) for i, (px, py) in enumerate(spine)]
        tone = (dark, body, lit)[k % 3]
        canvas.poly([view.at(u, v, z) for u, v in spine] + [view.at(u, v, z) for u, v in reversed(under)], tone)


def bush(box: Box, canvas: Canvas, x: float, z: float, size: float, tint: Colour, rng: np.random.Generator) -> None:
    """Draw a low round bush."""
    view, s = box.view, box.light.side
    dark, body, lit = _tones(box, tint, view.away(z))
    blobs = [(rng.uniform(-0.7, 0.7), rng.uniform(0.1, 0.5), rng.uniform(0.3, 0.5)) for _ in range(8)]
    for dx, dy, r in blobs:
        canvas.disc(view.at(x + dx * size, dy * size, z), view.size(r * size, z), dark, flat=0.85)
    for dx, dy, r in blobs:
        canvas.disc(
            view.at(x + (dx + 0.06 * s) * size, (dy + 0.07) * size, z), view.size(r * size * 0.8, z), body, flat=0.8
        )
    for dx, dy, r in blobs[::2]:
        canvas.disc(
            view.at(x + (dx + 0.14 * s) * size, (dy + 0.22) * size, z),
            view.size(r * size * 0.42, z),
            lit,
            0.8,
            0.0,
            0.7,
        )


def grass(
    box: Box,
    canvas: Canvas,
    z: float,
    tall: float,
    tint: Colour,
    count: int,
    rng: np.random.Generator,
    flowers: Colour | None = None,
) -> None:
    """Draw a row of blades across the picture at depth `z`."""
    view, light = box.view, box.light
    low, high = view.reach_x(z)
    away = view.away(z)
    groups: list[list[list[Point]]] = [[], [], []]
    for _ in range(count):
        x = rng.uniform(low, high)
        h, lean = tall * rng.uniform(0.45, 1.0), rng.uniform(-0.35, 0.35) + 0.12 * light.side
        w = tall * 0.035
        groups[int(rng.integers(0, 3))].append(
            [
                view.at(x - w, -0.04, z),
                view.at(x + lean * h * 0.4 - w * 0.4, h * 0.6, z),
                view.at(x + lean * h, h, z),
                view.at(x + lean * h * 0.4 + w * 0.8, h * 0.6, z),
                view.at(x + w, -0.04, z),
            ]
        )
        if flowers is not None and rng.random() < 0.16:
            canvas.disc(
                view.at(x + lean * h, h, z), view.size(tall * 0.10, z), light.tone(flowers, 0.9, away), flat=0.8
            )
    for blades, tone in zip(groups, _tones(box, tint, away), strict=True):
        canvas.polys(blades, tone)


def reeds(box: Box, canvas: Canvas, x: float, z: float, tall: float, rng: np.random.Generator) -> None:
    """Draw a clump of reeds."""
    view = box.view
    tone = box.light.tone((0.50, 0.48, 0.26), 0.5, view.away(z))
    for _ in range(16):
        dx, lean, h = rng.uniform(-0.5, 0.5), rng.uniform(-0.2, 0.25), tall * rng.uniform(0.6, 1.0)
        canvas.line(
            [view.at(x + dx, 0, z), view.at(x + dx + lean * 0.3, h * 0.6, z), view.at(x + dx + lean, h, z)],
            tone,
            view.size(0.025, z),
        )
        canvas.disc(view.at(x + dx + lean, h, z), view.size(0.035, z), scale(tone, 0.6), flat=3.0)
