"""What one stands on by the water: decks, sand, banks, rails, bridge towers, rigging."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.brush import band
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import Colour, mix, scale
from core.engines.animatic.paint.plants import LEAF, reeds, tree


def stand(box: Box, canvas: Canvas, place: str) -> None:
    """Paint the ground by the water that figures stand on."""
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
    canvas.poly(view.rect(-half, -0.35, half, 0, length), scale(wet, 0.5))
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
        canvas.poly(view.rect(x - 0.05, 0, x + 0.05, high, z), tone)
        z -= step
    for y, w in ((high, 0.075), (high * 0.55, 0.04), (high * 0.22, 0.04)):
        canvas.poly(
            [view.at(x, y, z0), view.at(x, y, z1), view.at(x, y - w, z1), view.at(x, y - w, z0)],
            colour if y < high else scale(colour, 1.25),
        )


def fittings(box: Box, place: str) -> None:
    """Paint rails, posts, towers, palms: what frames a place by the water."""
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
            canvas.poly(view.rect(x - s / 2, y, x + s / 2, y + s, z), tone)
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
            canvas.glow(lamp, view.size(2.4, z), (1.0, 0.78, 0.45), 0.65 * max(0.35, light.lamps))


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
                canvas.poly(view.rect(-3.6, y, 3.6, y + 0.8, z), tone)
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
            canvas.poly(view.rect(-half - 0.3, y + 0.1, half + 0.3, y - 0.1, z), wood)
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
        canvas.poly(view.rect(-0.9, 0, 0.9, 0.7, z + 1), light.tone(LEAF["bare"], 0.4, z))
