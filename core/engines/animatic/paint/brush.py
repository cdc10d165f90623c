"""Strokes every set shares: skies, ridges, ground, wet reflections, glyphs."""

from __future__ import annotations

import math

import cv2
import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.canvas import Canvas, Floats, Point, blurred
from core.engines.animatic.paint.colour import WHITE, Colour, mix, scale


def paint_sky(box: Box) -> None:
    """Paint the sky: gradient, stars, sun or moon with its glow, clouds lit from its side."""
    view, light = box.view, box.light
    with box.sky() as canvas:
        top, horizon = view.top, view.py
        span = horizon - top
        stops = [(i / 3 * 0.98, one, 1.0) for i, one in enumerate(light.sky)]
        full = [
            (view.left - 2, view.top - 2),
            (view.right + 2, view.top - 2),
            (view.right + 2, view.bottom + 2),
            (view.left - 2, view.bottom + 2),
        ]
        upper = min(top, horizon - 0.62 * view.height)
        canvas.gradient(full, stops, (0, upper + 0.1 * span), (0, horizon + 2))
        if light.stars > 0.05:
            _stars(box, canvas)
        _sun(box, canvas)
        if light.cloud > 0.1:
            _clouds(box, canvas)


def sun_at(box: Box) -> Point:
    """Return where the sun (or moon) stands, in frame pixels."""
    view, light = box.view, box.light
    sky = max(0.30 * view.height, min(view.py, 0.62 * view.height))
    return (light.sun[0] * view.width, view.py - light.sun[1] * sky)


def _stars(box: Box, canvas: Canvas) -> None:
    view, rng = box.view, box.rng("stars")
    count = int(240 * box.light.stars)
    for x, y, size, bright in rng.random((count, 4)):
        px, py = view.left + x * canvas.width, view.top + y**1.3 * (view.py - view.top)
        radius = (0.0007 + 0.0013 * size**4) * view.height
        canvas.disc((px, py), max(0.45, radius), mix(box.light.sky[1], WHITE, 0.35 + 0.6 * bright), 0.85)


def _sun(box: Box, canvas: Canvas) -> None:
    view, light = box.view, box.light
    veiled = 1.0 - min(1.0, max(0.0, light.cloud - 0.45) * 1.7)
    x, y = sun_at(box)
    unit = view.height
    night = light.stars > 0.4 or light.sky[0][2] < 0.2
    canvas.glow((x, y), unit * 0.95, light.sun_colour, (0.16 if night else 0.34) * (0.35 + 0.65 * veiled), 0.8)
    canvas.glow((x, y), unit * 0.30, light.sun_colour, (0.22 if night else 0.5) * veiled)
    if veiled > 0.25:
        canvas.disc((x, y), light.disc * unit, mix(light.sun_colour, WHITE, 0.25), veiled, 0.8)
        if night:
            canvas.disc(
                (x - 0.25 * light.disc * unit, y - 0.1 * light.disc * unit),
                light.disc * unit * 0.24,
                light.sky[2],
                0.22,
                1.5,
            )
            canvas.disc(
                (x + 0.3 * light.disc * unit, y + 0.28 * light.disc * unit),
                light.disc * unit * 0.18,
                light.sky[2],
                0.18,
                1.2,
            )


def _clouds(box: Box, canvas: Canvas) -> None:
    view, light, rng = box.view, box.light, box.rng("clouds")
    count = int(3 + 8 * light.cloud)
    lit = mix(light.sky[3], light.sun_colour, 0.55)
    body = mix(light.sky[1], light.sky[3], 0.45)
    under = mix(light.sky[1], light.sky[2], 0.55)
    sky = view.py - view.top
    for _ in range(count):
        cx = view.left + rng.random() * canvas.width
        high = 0.08 + 0.80 * rng.random()
        cy = view.py - high * min(sky, view.height * 0.95)
        wide = (0.10 + 0.26 * rng.random()) * view.height * (0.45 + 0.75 * high)
        thin = 0.16 + 0.12 * rng.random()
        _cloud(canvas, (cx, cy), wide, thin, (lit, body, under), rng, light.side, light.cloud)


def _cloud(
    canvas: Canvas,
    at: Point,
    wide: float,
    thin: float,
    tones: tuple[Colour, Colour, Colour],
    rng: np.random.Generator,
    side: int,
    cover: float,
) -> None:
    lit, body, under = tones
    alpha = 0.42 + 0.35 * cover
    puffs = [(rng.uniform(-0.8, 0.8), rng.uniform(0.35, 1.0)) for _ in range(6)]
    soft = wide * 0.05
    for dx, size in puffs:
        r = wide * 0.42 * size * (1.15 - abs(dx))
        canvas.disc((at[0] + dx * wide, at[1] - r * thin * 1.2), r, body, alpha * 0.7, soft, 0.62)
    for dx, size in puffs:
        r = wide * 0.34 * size * (1.15 - abs(dx))
        canvas.disc(
            (at[0] + dx * wide + side * r * 0.22, at[1] - r * thin * 1.2 - r * 0.24),
            r * 0.86,
            lit,
            alpha * 0.55,
            soft,
            0.52,
        )
    canvas.disc((at[0], at[1] + wide * 0.03), wide * 1.05, under, alpha * 0.5, soft * 1.2, 0.10)


def profile(rng: np.random.Generator, count: int, rough: float = 0.5, start: int = 3) -> Floats:
    """Return a skyline of `count` heights, about 0..1: summed noise, each octave `rough` times the one before."""
    place = np.linspace(0, 1, count)
    total = np.zeros(count)
    weight, cells, whole = 1.0, start, 0.0
    while cells < count / 2 and weight > 0.02:
        points = rng.random(cells + 3)
        x = place * cells
        i = x.astype(int)
        f = x - i
        s = f * f * (3 - 2 * f)
        total += weight * (points[i] * (1 - s) + points[i + 1] * s)
        whole += weight
        weight, cells = weight * rough, cells * 2
    total /= whole
    # Stretched to the full 0..1: summed noise alone huddles round its middle and would draw plateaus.
    skyline: Floats = ((total - total.min()) / max(1e-6, float(np.ptp(total)))).astype(np.float32)
    return skyline


def ridge(
    box: Box,
    canvas: Canvas,
    name: str,
    z: float,
    base: float,
    low: float,
    high: float,
    colour: Colour,
    *,
    rough: float = 0.5,
    start: int = 3,
    foot: Colour | None = None,
    spread: float = 1.0,
) -> list[Point]:
    """Paint hills at depth `z` from `base` metres up to between `low` and `high`; returns the crest.

    The skyline belongs to the set: it is drawn over a fixed stretch of x, whatever the eye sees of it.
    """
    view = box.view
    reach = 2.4 * z * spread
    count = 260
    heights = low + (high - low) * profile(box.rng(name), count, rough, start)
    xs = np.linspace(-reach, reach, count)
    crest = [view.at(float(x), float(h), z) for x, h in zip(xs, heights, strict=True)]
    foot_y = view.at(0, base, z)[1] + 2
    top_y = min(y for _, y in crest)
    outline = [*crest, (crest[-1][0], foot_y), (crest[0][0], foot_y)]
    canvas.gradient(
        outline, [(0.0, colour, 1.0), (1.0, foot or mix(colour, box.light.fog, 0.45), 1.0)], (0, top_y), (0, foot_y)
    )
    return crest


def plain(box: Box, canvas: Canvas, near: Colour, far: Colour, horizon: float = 0.0) -> None:
    """Fill the ground from the horizon (`horizon` pixels lower) to the sheet's bottom."""
    view = box.view
    top = view.py + horizon
    corners = [
        (view.left - 2, top),
        (view.right + 2, top),
        (view.right + 2, view.bottom + 2),
        (view.left - 2, view.bottom + 2),
    ]
    span = max(8.0, view.height * 0.62)
    mid = mix(far, near, 0.62)
    canvas.gradient(corners, [(0.0, far, 1.0), (0.22, mid, 1.0), (1.0, near, 1.0)], (0, top), (0, top + span))


def band(box: Box, x0: float, x1: float, z0: float, z1: float, y: float = 0.0) -> list[Point]:
    """Return a rectangle lying on the ground, in frame points."""
    view = box.view
    z0, z1 = max(z0, view.z + 0.4), max(z1, view.z + 0.45)
    return [view.at(x0, y, z0), view.at(x1, y, z0), view.at(x1, y, z1), view.at(x0, y, z1)]


def mirror_lights(box: Box, canvas: Canvas, strength: float) -> None:
    """Lay the reflections of all shines on the ground sheet: long, soft, broken by ripples."""
    view = box.view
    if not box.shines or strength <= 0:
        return
    cell = 3
    width, height = canvas.width // cell + 1, canvas.height // cell + 1
    glow = np.zeros((height, width, 3), np.float32)
    for one in box.shines:
        _streak(box, glow, one, cell)
    glow = np.asarray(
        cv2.GaussianBlur(
            glow, (0, 0), sigmaX=max(0.8, view.height * 0.009 / cell), sigmaY=max(1.0, view.height * 0.03 / cell)
        ),
        np.float32,
    )
    rows = np.arange(height, dtype=np.float32)
    below = np.clip((rows * cell + view.top - view.py) / view.height, 0, 1)
    rng = box.rng("ripples")
    noise = np.asarray(blurred(rng.standard_normal((height, 8)).astype(np.float32), 1.0))[:, 0]
    shift = noise * below * view.height * 0.035 / cell
    grid_x = np.arange(width, dtype=np.float32)[None, :] + shift[:, None]
    glow = np.asarray(
        cv2.remap(glow, grid_x.astype(np.float32), np.repeat(rows[:, None], width, axis=1), cv2.INTER_LINEAR),
        np.float32,
    )
    coarse = np.asarray(blurred(rng.standard_normal((height, width // 10 + 2)).astype(np.float32), 0.8), np.float32)
    broken = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    glow *= np.clip(0.85 + 0.45 * broken, 0.25, 1.4)[..., None]
    light = np.clip(glow * (255 * strength), 0, 255).astype(np.uint8)
    big = np.asarray(cv2.resize(light, (width * cell, height * cell), interpolation=cv2.INTER_LINEAR))[
        : canvas.height, : canvas.width
    ]
    solid = (canvas.pixels[..., 3] > 0).astype(np.uint8)
    rgb = np.ascontiguousarray(canvas.pixels[..., :3])
    canvas.pixels[..., :3] = cv2.add(rgb, big * solid[..., None])


def _streak(box: Box, glow: Floats, one: Shine, cell: int) -> None:
    if one.z <= box.view.z + 0.5:
        return
    view = box.view
    left, top = view.at(one.x - one.half, -one.low * 0.5, one.z)
    right, bottom = view.at(one.x + one.half, -one.high * 0.9, one.z)
    points = np.asarray([[left, top], [right, top], [right, bottom], [left, bottom]])
    points = (points - np.asarray([view.left, view.top])) / cell
    if not np.isfinite(points).all():
        return
    fixed = np.round(np.clip(points, -4000, 4000) * 16).astype(np.int32)
    layer_gain = one.gain * math.exp(-max(0.0, view.away(one.z)) / 60.0)
    x0, y0 = np.clip(fixed.min(axis=0) // 16 - 1, 0, None)
    x1, y1 = fixed.max(axis=0) // 16 + 2
    part = glow[y0:y1, x0:x1]
    if part.size == 0:
        return
    mask = np.zeros(part.shape[:2], np.uint8)
    cv2.fillPoly(mask, [fixed - np.asarray([x0, y0], np.int32) * 16], 255, cv2.LINE_AA, 4)
    fall = np.linspace(1.0, 0.15, part.shape[0], dtype=np.float32)[:, None]
    part += (mask.astype(np.float32) / 255 * fall * layer_gain)[..., None] * np.asarray(one.colour, np.float32)


def glyph(rng: np.random.Generator) -> list[list[Point]]:
    """Return the strokes of a made-up character in a unit square (x right, y down). It means nothing."""
    strokes: list[list[Point]] = []
    kind = int(rng.integers(0, 4))
    for y in sorted(rng.uniform(0.1, 0.9, 2 + kind % 2)):
        a, b = rng.uniform(0.05, 0.25), rng.uniform(0.75, 0.95)
        strokes.append([(a, y), (b, y - 0.03)])
    strokes.extend(
        [(x, rng.uniform(0.02, 0.2)), (x, rng.uniform(0.7, 0.98))] for x in rng.uniform(0.22, 0.78, 1 + (kind > 1))
    )
    if kind in (0, 3):
        strokes.append([(0.5, 0.45), (0.25, 0.75), (0.08, 0.95)])
        strokes.append([(0.5, 0.45), (0.75, 0.75), (0.94, 0.93)])
    if kind == 2:
        strokes.append([(0.15, 0.12), (0.85, 0.12), (0.85, 0.88), (0.15, 0.88), (0.15, 0.12)])
    return strokes


def window_glow(rng: np.random.Generator, warm: float = 0.75) -> Colour:
    """Return the colour of a lit window: mostly warm, some cold."""
    if rng.random() < warm:
        return mix((1.0, 0.72, 0.38), (1.0, 0.88, 0.62), float(rng.random()))
    return mix((0.62, 0.82, 1.0), (0.85, 0.95, 1.0), float(rng.random()))


def beam(canvas: Canvas, points: list[Point], colour: Colour, strength: float, soft: float) -> None:
    """Add a shaft of light: colour without cover."""
    sheet = Canvas(canvas.width, canvas.height, canvas.origin)
    sheet.poly(points, scale(colour, 1.0), strength, soft)
    rgb = np.ascontiguousarray(canvas.pixels[..., :3])
    canvas.pixels[..., :3] = cv2.add(rgb, np.ascontiguousarray(sheet.pixels[..., :3]))
