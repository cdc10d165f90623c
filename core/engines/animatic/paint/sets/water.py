"""By the water: sea, beach, harbour, river, bridge and ship."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import band, mirror_lights, paint_sky, profile, ridge, sun_at, window_glow
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import WHITE, Colour, mix, scale
from core.engines.animatic.paint.plants import LEAF, reeds, tree
from core.engines.animatic.paint.sets.land import house


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
        _boats(box, place)
    with box.ground("deck") as canvas:
        _stand(box, canvas, place)
        if box.light.wet > 0.2:
            mirror_lights(box, canvas, 0.4 * box.light.wet)
    _fittings(box, place)


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
            _lighthouse(box, canvas, side * 16.0, z)


def _lighthouse(box: Box, canvas: Canvas, x: float, z: float) -> None:
    view, light = box.view, box.light
    away = view.away(z) * 0.6
    for i in range(5):
        y0, y1 = 1 + i * 3.0, 1 + (i + 1) * 3.0
        w0, w1 = 2.0 - i * 0.2, 2.0 - (i + 1) * 0.2
        tone = light.tone((0.80, 0.22, 0.20) if i % 2 else (0.94, 0.92, 0.88), 0.7, away)
        canvas.gradient(
            [view.at(x - w0, y0, z), view.at(x + w0, y0, z), view.at(x + w1, y1, z), view.at(x - w1, y1, z)],
            [
                (0, scale(tone, 0.72 if light.side > 0 else 1.0), 1.0),
                (1, scale(tone, 1.0 if light.side > 0 else 0.72), 1.0),
            ],
            view.at(x - w0, y0, z),
            view.at(x + w0, y0, z),
        )
    top = view.at(x, 17.0, z)
    canvas.poly(
        [view.at(x - 0.9, 16, z), view.at(x + 0.9, 16, z), view.at(x + 0.9, 17.8, z), view.at(x - 0.9, 17.8, z)],
        (1.0, 0.92, 0.68) if light.lamps > 0.2 else light.tone((0.6, 0.7, 0.75), 0.6, away),
    )
    canvas.poly(
        [view.at(x - 1.3, 17.8, z), view.at(x + 1.3, 17.8, z), view.at(x, 19.4, z)],
        light.tone((0.6, 0.18, 0.17), 0.6, away),
    )
    if light.lamps > 0.2:
        canvas.glow(top, view.height * 0.30, (1.0, 0.88, 0.6), 0.6)
        box.shines.append(Shine(x, z, 10, 18, 0.8, (1.0, 0.85, 0.55), 1.0))


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


def _boats(box: Box, place: str) -> None:
    view = box.view
    side = 1 if box.spot < 0 else -1
    spots = {
        "sea": ((70.0, 11.0),),
        "harbour": ((26.0, 5.5), (17.0, -7.5)),
        "beach": ((60.0, 16.0),),
        "river": ((19.0, 4.6),),
    }[place]
    for z, x in spots:
        with box.card(f"boat {z:.0f}", z) as canvas:
            _boat(box, canvas, side * x, z, sail=z > 40)
    del view


def _boat(box: Box, canvas: Canvas, x: float, z: float, sail: bool) -> None:
    view, light = box.view, box.light
    away = view.away(z)
    y = {"harbour": -1.6, "sea": -1.0, "river": -0.6}.get(box.scene.place, -0.12)
    hull = light.tone((0.22, 0.34, 0.48) if not sail else (0.9, 0.88, 0.84), 0.6, away)
    size = 2.4 if not sail else 4.2
    pts = [(-1.0, 0.36), (-0.82, 0.0), (0.75, 0.0), (1.15, 0.46), (0.4, 0.32)]
    canvas.poly([view.at(x + u * size, y + v * size * 0.62, z) for u, v in pts], hull)
    canvas.poly(
        [
            view.at(x + u * size, y + v * size * 0.62, z)
            for u, v in [(-1.0, 0.36), (0.4, 0.32), (1.15, 0.46), (1.12, 0.38), (0.4, 0.25), (-0.98, 0.29)]
        ],
        light.tone((0.93, 0.9, 0.82), 0.8, away),
    )
    canvas.disc(view.at(x, y - 0.06, z), view.size(size, z), light.tone((0.05, 0.1, 0.16), 0.1, away), 0.35, 1.0, 0.09)
    if sail:
        canvas.line(
            [view.at(x, y, z), view.at(x, y + size * 1.9, z)],
            light.tone((0.3, 0.22, 0.16), 0.4, away),
            view.size(0.12, z),
        )
        canvas.poly(
            [
                view.at(x + 0.15, y + size * 1.85, z),
                view.at(x + 0.15, y + size * 0.4, z),
                view.at(x + size * 0.95, y + size * 0.42, z),
            ],
            light.tone((0.97, 0.94, 0.88), 1.0, away),
        )
        canvas.poly(
            [
                view.at(x - 0.15, y + size * 1.7, z),
                view.at(x - 0.15, y + size * 0.4, z),
                view.at(x - size * 0.6, y + size * 0.4, z),
            ],
            light.tone((0.84, 0.78, 0.72), 0.5, away),
        )
        return
    cabin = light.tone((0.92, 0.90, 0.86), 0.7, away)
    canvas.poly(
        [
            view.at(x - 0.5 * size, y + 0.24 * size, z),
            view.at(x + 0.12 * size, y + 0.22 * size, z),
            view.at(x + 0.05 * size, y + 0.66 * size, z),
            view.at(x - 0.45 * size, y + 0.66 * size, z),
        ],
        cabin,
    )
    canvas.poly(
        [
            view.at(x - 0.38 * size, y + 0.44 * size, z),
            view.at(x, y + 0.43 * size, z),
            view.at(x - 0.03 * size, y + 0.59 * size, z),
            view.at(x - 0.36 * size, y + 0.59 * size, z),
        ],
        (1.0, 0.82, 0.5) if light.lamps > 0.3 else light.tone((0.2, 0.3, 0.4), 0.5, away),
    )
    canvas.line(
        [view.at(x + 0.2 * size, y + 0.2 * size, z), view.at(x + 0.2 * size, y + 1.25 * size, z)],
        light.tone((0.3, 0.24, 0.2), 0.4, away),
        view.size(0.06, z),
    )
    canvas.line(
        [view.at(x + 0.2 * size, y + 1.25 * size, z), view.at(x + 1.1 * size, y + 0.28 * size, z)],
        light.tone((0.3, 0.24, 0.2), 0.4, away),
        1.0,
    )
    if light.lamps > 0.3:
        canvas.glow(view.at(x - 0.2 * size, y + 0.5 * size, z), view.size(2.0, z), (1.0, 0.75, 0.4), 0.5)
        box.shines.append(Shine(x - 0.2 * size, z, 0.2, 1.4, 0.3, (1.0, 0.78, 0.45), 0.8))


def _stand(box: Box, canvas: Canvas, place: str) -> None:
    light, view = box.light, box.view
    if place == "beach":
        _sand(box, canvas)
        return
    if place == "river":
        rng = box.rng("bank near")
        tone = light.tone((0.42, 0.52, 0.26), 0.55)
        zs = [float(box.stand + 2.2 + 0.5 * np.sin(x * 0.7) + 0.25 * np.sin(x * 2.1)) for x in np.linspace(-16, 16, 50)]
        edge = [view.at(float(x), 0, z) for x, z in zip(np.linspace(-16, 16, 50), zs, strict=True)]
        canvas.gradient(
            [*edge, (view.right + 2, view.bottom + 2), (view.left - 2, view.bottom + 2)],
            [(0, tone, 1.0), (1, scale(tone, 0.6), 1.0)],
            (0, min(p[1] for p in edge)),
            (0, view.bottom),
        )
        canvas.line(edge, light.tone((0.30, 0.26, 0.18), 0.3), view.height * 0.007)
        for _ in range(30):
            at = view.at(rng.uniform(-6, 6), 0, float(rng.uniform(view.z + 1, box.stand + 1.8)))
            canvas.disc(at, view.height * 0.03, scale(tone, 0.8), 0.25, 2.0, 0.2)
        return
    half, length = {"sea": (2.0, 13.0), "harbour": (26.0, 9.5), "bridge": (3.0, 70.0), "ship": (3.4, 15.0)}[place]
    planks(
        box,
        canvas,
        half,
        length,
        (0.50, 0.38, 0.28) if place != "bridge" and place != "harbour" else (0.58, 0.55, 0.52),
    )


def planks(box: Box, canvas: Canvas, half: float, length: float, wood: Colour) -> None:
    """Lay a deck of planks running into the picture."""
    view, light, rng = box.view, box.light, box.rng("planks")
    near = max(-3.0, view.z + 0.4)
    tone = light.tone(wood, 0.6)
    wet = mix(tone, light.sky[2], 0.25 * light.wet)
    canvas.poly(
        [
            view.at(-half, -0.35, length),
            view.at(half, -0.35, length),
            view.at(half, 0, length),
            view.at(-half, 0, length),
        ],
        scale(wet, 0.5),
    )
    canvas.poly(band(box, -half, half, near, length), wet)
    z = -3.0
    while z < length:
        shade = 1.0 + float(rng.uniform(-0.10, 0.08))
        if z + 0.3 > near:
            canvas.poly(band(box, -half, half, max(z, near), z + 0.28 + 0.02 * z), scale(wet, shade))
            canvas.line(
                [view.at(-half, 0, max(z, near)), view.at(half, 0, max(z, near))],
                scale(wet, 0.55),
                max(0.6, view.size(0.018, max(z, near))),
                0.8,
            )
        z += 0.30 + 0.02 * max(0.0, z)
    lit = mix(wet, light.key, 0.25)
    canvas.poly(band(box, light.side * half, light.side * (half - 0.16), near, length), lit)


def _sand(box: Box, canvas: Canvas) -> None:
    view, light, rng = box.view, box.light, box.rng("sand")
    sand = light.tone((0.90, 0.78, 0.58), 0.75)
    wet_sand = mix(light.tone((0.62, 0.50, 0.38), 0.5), light.sky[2], 0.35)
    xs = np.linspace(-26, 26, 60)

    def edge(offset: float, wobble: float) -> list[Point]:
        return [
            view.at(float(x), 0, float(box.stand + offset + 1.1 * np.sin(x * 0.23) + wobble * np.sin(x * 0.9 + offset)))
            for x in xs
        ]

    bottom = [(view.right + 2, view.bottom + 2), (view.left - 2, view.bottom + 2)]
    canvas.poly([*edge(8.6, 0.5), *bottom], mix(light.tone((0.2, 0.5, 0.52), 0.6), light.sky[2], 0.4), 0.8)
    canvas.poly([*edge(6.6, 0.4), *bottom], wet_sand)
    for offset, width in ((10.4, 0.004), (8.6, 0.007), (6.7, 0.010)):
        canvas.line(edge(offset, 0.45), light.tone((0.98, 0.98, 0.97), 0.9), view.height * width, 0.9)
    far = edge(4.2, 0.3)
    canvas.gradient(
        [*far, *bottom],
        [(0, mix(sand, wet_sand, 0.6), 1.0), (0.25, sand, 1.0), (1, scale(sand, 0.82), 1.0)],
        (0, far[0][1]),
        (0, view.bottom),
    )
    for _ in range(40):
        at = view.at(rng.uniform(-6, 6), 0, float(rng.uniform(view.z + 0.8, box.stand + 4)))
        canvas.disc(at, view.height * rng.uniform(0.006, 0.03), scale(sand, 0.85), 0.35, 1.0, 0.2)


def _rail(
    box: Box, canvas: Canvas, x: float, z0: float, z1: float, colour: Colour, high: float = 1.05, step: float = 1.5
) -> None:
    view = box.view
    z0 = max(z0, view.z + 0.5)
    z = z1
    while z >= z0:
        tone = box.light.fade(colour, view.away(z))
        canvas.poly(
            [view.at(x - 0.05, 0, z), view.at(x + 0.05, 0, z), view.at(x + 0.05, high, z), view.at(x - 0.05, high, z)],
            tone,
        )
        z -= step
    for y, w in ((high, 0.075), (high * 0.55, 0.04), (high * 0.22, 0.04)):
        canvas.poly(
            [view.at(x, y, z0), view.at(x, y, z1), view.at(x, y - w, z1), view.at(x, y - w, z0)],
            colour if y < high else scale(colour, 1.25),
        )


def _fittings(box: Box, place: str) -> None:
    view, light = box.view, box.light
    metal = light.tone((0.22, 0.24, 0.28) if place != "ship" else (0.86, 0.85, 0.82), 0.5)
    if place in ("bridge", "ship"):
        half = 3.0 if place == "bridge" else 3.4
        for side in (-1, 1):
            with box.wall(f"rail {side}", side * half) as canvas:
                _rail(box, canvas, side * half, -2.0, 68.0 if place == "bridge" else 14.6, metal, 1.1, 1.4)
    if place == "bridge":
        _bridge_towers(box)
    elif place == "ship":
        _rigging(box)
    elif place == "sea":
        for z in (12.5, 7.0):
            with box.card(f"posts {z:.0f}", z) as canvas:
                for x in (-2.1, 2.1):
                    canvas.poly(
                        [
                            view.at(x - 0.11, -2, z),
                            view.at(x + 0.11, -2, z),
                            view.at(x + 0.10, 0.8, z),
                            view.at(x - 0.10, 0.8, z),
                        ],
                        light.tone((0.36, 0.27, 0.2), 0.4, view.away(z)),
                    )
                    canvas.disc(
                        view.at(x, 0.8, z),
                        view.size(0.11, z),
                        light.tone((0.55, 0.43, 0.33), 0.9, view.away(z)),
                        flat=0.35,
                    )
    elif place == "harbour":
        _quay(box)
    elif place == "river":
        with box.card("reeds", box.stand + 1.6, sway=4.0) as canvas:
            rng = box.rng("reeds")
            for x in (-5.2, -3.6, 3.4, 5.0, 6.6):
                reeds(box, canvas, x, box.stand + 1.6, 1.5, rng)
    elif place == "beach":
        z = 14.0
        with box.card("palms", z, sway=3.0) as canvas:
            rng = box.rng("palms")
            side = 1 if box.spot < 0 else -1
            for x in (7.0, 9.2, -8.5):
                tree(box, canvas, side * x, z, float(rng.uniform(5.5, 7.5)), "palm", rng)


def _quay(box: Box) -> None:
    view, light = box.view, box.light
    z = 8.6
    with box.card("quay", z) as canvas:
        iron = light.tone((0.18, 0.19, 0.22), 0.4, z)
        for x in (-6.5, -2.4, 2.6, 6.8):
            canvas.poly(
                [
                    view.at(x - 0.14, 0, z),
                    view.at(x + 0.14, 0, z),
                    view.at(x + 0.12, 0.42, z),
                    view.at(x - 0.12, 0.42, z),
                ],
                iron,
            )
            canvas.disc(view.at(x, 0.45, z), view.size(0.19, z), scale(iron, 1.3), flat=0.5)
        side = 1 if box.spot < 0 else -1
        for i, (dx, y, s) in enumerate(((4.0, 0.0, 0.7), (4.8, 0.0, 0.62), (4.35, 0.7, 0.6))):
            x = side * dx
            tone = light.tone((0.58, 0.42, 0.27), 0.6 - 0.1 * i, z)
            canvas.poly(
                [
                    view.at(x - s / 2, y, z),
                    view.at(x + s / 2, y, z),
                    view.at(x + s / 2, y + s, z),
                    view.at(x - s / 2, y + s, z),
                ],
                tone,
            )
            for k in (0.15, 0.5, 0.85):
                canvas.line(
                    [view.at(x - s / 2, y + s * k, z), view.at(x + s / 2, y + s * k, z)],
                    scale(tone, 0.65),
                    view.size(0.03, z),
                )
        lamp = view.at(side * 3.0, 4.2, z)
        canvas.poly(
            [
                view.at(side * 3.0 - 0.06, 0, z),
                view.at(side * 3.0 + 0.06, 0, z),
                view.at(side * 3.0 + 0.04, 4.1, z),
                view.at(side * 3.0 - 0.04, 4.1, z),
            ],
            iron,
        )
        canvas.disc(
            lamp, view.size(0.17, z), (1.0, 0.9, 0.66) if light.lamps > 0.2 else light.tone((0.85, 0.85, 0.83), 0.7, z)
        )
        if light.lamps > 0.2:
            canvas.glow(lamp, view.size(2.4, z), (1.0, 0.78, 0.45), 0.65)


def _bridge_towers(box: Box) -> None:
    view, light = box.view, box.light
    colour: Colour = (0.70, 0.27, 0.20)
    for z in (54.0, 22.0):
        with box.card(f"tower {z:.0f}", z) as canvas:
            tone, lit = light.tone(scale(colour, 0.75), 0.3, view.away(z)), light.tone(colour, 0.95, view.away(z))
            for side in (-1, 1):
                x = side * 3.6
                canvas.poly(
                    [
                        view.at(x - 0.45, -8, z),
                        view.at(x + 0.45, -8, z),
                        view.at(x + 0.36, 17, z),
                        view.at(x - 0.36, 17, z),
                    ],
                    tone,
                )
                canvas.poly(
                    [
                        view.at(x + light.side * 0.15, -8, z),
                        view.at(x + light.side * 0.45, -8, z),
                        view.at(x + light.side * 0.36, 17, z),
                        view.at(x + light.side * 0.12, 17, z),
                    ],
                    lit,
                )
            for y in (6.2, 11.0, 16.0):
                canvas.poly(
                    [view.at(-3.6, y, z), view.at(3.6, y, z), view.at(3.6, y + 0.8, z), view.at(-3.6, y + 0.8, z)], tone
                )
            if light.lamps > 0.3:
                canvas.glow(view.at(0, 17.5, z), view.size(2.0, z), (1.0, 0.35, 0.25), 0.8)
    for side in (-1, 1):
        with box.wall(f"cables {side}", side * 3.6) as canvas:
            tone = light.tone(scale(colour, 0.6), 0.4, 18)
            zs = np.linspace(max(view.z + 0.8, 2.0), 54.0, 34)
            heights = [
                2.2 + 14.6 * ((float(z) - 38.0) / 16.0) ** 2
                if z > 22
                else 2.2 + 14.6 * max(0.0, (float(z) + 6) / 28.0) ** 2
                for z in zs
            ]
            path = [view.at(side * 3.6, h, float(z)) for z, h in zip(zs, heights, strict=True)]
            canvas.line(path, tone, view.height * 0.005)
            for z, h in zip(zs[::1], heights[::1], strict=True):
                canvas.line(
                    [view.at(side * 3.6, 1.0, float(z)), view.at(side * 3.6, h, float(z))],
                    light.fade(tone, float(z)),
                    max(0.8, view.size(0.03, float(z))),
                    0.7,
                )


def _rigging(box: Box) -> None:
    view, light = box.view, box.light
    z = 10.5
    with box.card("mast", z, sway=1.0) as canvas:
        wood = light.tone((0.46, 0.31, 0.21), 0.5, z)
        canvas.poly([view.at(-0.2, 0, z), view.at(0.2, 0, z), view.at(0.12, 15, z), view.at(-0.12, 15, z)], wood)
        sail, shade = light.tone((0.95, 0.91, 0.82), 0.9, z), light.tone((0.78, 0.72, 0.64), 0.3, z)
        for y, half in ((9.0, 3.2), (4.4, 4.0)):
            canvas.poly(
                [
                    view.at(-half - 0.3, y + 0.1, z),
                    view.at(half + 0.3, y + 0.1, z),
                    view.at(half + 0.3, y - 0.1, z),
                    view.at(-half - 0.3, y - 0.1, z),
                ],
                wood,
            )
            bell = [
                view.at(-half, y + 4.0, z),
                view.at(half, y + 4.0, z),
                view.at(half * 1.06, y + 2.2, z),
                view.at(half, y + 0.3, z),
                view.at(0, y + 0.9, z),
                view.at(-half, y + 0.3, z),
                view.at(-half * 1.06, y + 2.2, z),
            ]
            canvas.poly(bell, sail)
            s = -light.side
            canvas.poly(
                [
                    view.at(s * half, y + 4.0, z),
                    view.at(s * half * 0.35, y + 4.0, z),
                    view.at(s * half * 0.25, y + 0.85, z),
                    view.at(s * half, y + 0.3, z),
                    view.at(s * half * 1.06, y + 2.2, z),
                ],
                shade,
                0.6,
            )
        for side in (-1, 1):
            for k in range(4):
                canvas.line(
                    [view.at(side * (2.2 + 0.36 * k), 1.0, z), view.at(side * 0.15, 12, z)],
                    scale(wood, 0.6),
                    max(0.8, view.size(0.03, z)),
                    0.8,
                )
        canvas.poly(
            [view.at(-0.9, 0, z + 1), view.at(0.9, 0, z + 1), view.at(0.9, 0.7, z + 1), view.at(-0.9, 0.7, z + 1)],
            light.tone(LEAF["bare"], 0.4, z),
        )
