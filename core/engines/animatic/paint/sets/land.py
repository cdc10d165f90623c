"""Open land: fields, mountains, desert, snowfield, village and castle."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.brush import band, mirror_lights, paint_sky, plain, ridge
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import Colour, mix, scale
from core.engines.animatic.paint.plants import LEAF, grass, tree
from core.engines.animatic.paint.sets.buildings import castle, house

_GROUND: dict[str, Colour] = {
    "field": (0.66, 0.60, 0.30), "mountain": (0.42, 0.46, 0.30), "desert": (0.88, 0.66, 0.42),
    "snowfield": (0.90, 0.93, 0.98), "village": (0.46, 0.54, 0.30), "castle": (0.42, 0.48, 0.30),
}  # fmt: skip


_HILL: dict[str, Colour] = {
    "field": (0.42, 0.50, 0.34), "mountain": (0.42, 0.46, 0.54), "desert": (0.80, 0.52, 0.34),
    "snowfield": (0.74, 0.80, 0.90), "village": (0.36, 0.46, 0.34), "castle": (0.36, 0.42, 0.40),
}  # fmt: skip


def build_land(box: Box) -> None:
    """Paint ridges behind ridges, the ground, and what stands on it."""
    place, light = box.scene.place, box.light
    snow = box.scene.weather == "snow" or place == "snowfield"
    paint_sky(box)
    hill = mix(_HILL[place], (0.85, 0.89, 0.95), 0.5 if snow else 0.0)
    _ridges(box, hill, place)
    with box.ground() as canvas:
        _ground(box, canvas, mix(_GROUND[place], (0.9, 0.93, 0.98), 0.85 if snow else 0.0), place)
    if place == "castle":
        with box.card("castle", 46.0) as canvas:
            castle(box, canvas, 46.0)
    if place == "village":
        for z in (34.0, 22.0, 13.0):
            with box.card(f"houses {z:.0f}", z) as canvas:
                _houses(box, canvas, z)
    _growth(box, place, snow)
    _front(box, place, snow)
    del light


def _ridges(box: Box, hill: Colour, place: str) -> None:
    light = box.light
    peaks = {"mountain": 165.0, "snowfield": 95.0, "castle": 95.0, "village": 80.0, "desert": 42.0, "field": 30.0}[
        place
    ]
    rough = 0.62 if place in ("mountain", "castle") else 0.34
    with box.card("range far", 420.0) as canvas:
        crest = ridge(
            box,
            canvas,
            "range far",
            420.0,
            0.0,
            peaks * 0.35,
            peaks * 1.5,
            light.tone(hill, 0.5, 130),
            rough=rough,
            start=13,
        )
        if place in ("mountain", "snowfield", "castle"):
            _snowcaps(box, canvas, crest, 420.0)
    with box.card("range", 190.0) as canvas:
        crest = ridge(
            box,
            canvas,
            "range",
            190.0,
            0.0,
            peaks * 0.10,
            peaks * 0.58,
            light.tone(hill, 0.55, 72),
            rough=rough,
            start=11,
        )
        if place in ("mountain", "snowfield"):
            _facets(box, canvas, crest, light.tone(hill, 1.0, 120), light.tone(scale(hill, 0.55), 0.15, 120))
    with box.card("hills", 85.0) as canvas:
        tone = light.tone(mix(hill, _GROUND[place], 0.45), 0.45, 40)
        ridge(box, canvas, "hills", 85.0, 0.0, 0.5, peaks * 0.11 + 3.0, tone, rough=0.4, start=3)
        if place in ("mountain", "village", "castle"):
            _forest_edge(box, canvas, 85.0)


def _snowcaps(box: Box, canvas: Canvas, crest: list[Point], z: float) -> None:
    top = min(y for _, y in crest)
    base = box.view.at(0, 0, z)[1]
    line = top + (base - top) * 0.42
    light = box.light
    _facets(box, canvas, crest, light.tone((0.97, 0.97, 1.0), 0.9, 170), light.tone((0.62, 0.68, 0.82), 0.3, 200), line)


def _facets(
    box: Box, canvas: Canvas, crest: list[Point], lit: Colour, dark: Colour, floor: float | None = None
) -> None:
    """Model a ridge: from each peak, one side in light and one in shade, with a broken lower edge."""
    s, rng = box.light.side, box.rng("facets")
    base = max(y for _, y in crest) + 4 if floor is None else floor
    for i in range(4, len(crest) - 4):
        x, y = crest[i]
        if y >= base or y > min(crest[i - 3][1], crest[i + 3][1], crest[i - 1][1], crest[i + 1][1]):
            continue
        for way, tone, alpha in ((s, lit, 0.72), (-s, dark, 0.45)):
            run: list[Point] = [(x, y)]
            k = i
            while 0 < k + way < len(crest) - 1 and crest[k + way][1] < base and abs(k - i) < 16:
                k += way
                run.append(crest[k])
            deep = min(base, y + (base - y) * (0.55 + 0.4 * rng.random()))
            foot = [
                (x + (run[-1][0] - x) * t, deep - (deep - run[-1][1]) * t * 0.5 + (base - y) * 0.05 * (j % 2))
                for j, t in enumerate((0.85, 0.6, 0.4, 0.15))
            ]
            canvas.poly([*run, *foot], tone, alpha)


def _forest_edge(box: Box, canvas: Canvas, z: float) -> None:
    view, rng = box.view, box.rng("edge")
    tone = box.light.tone(LEAF["conifer"], 0.25, z * 0.8)
    spikes = []
    for x in rng.uniform(-150, 150, 240):
        h = rng.uniform(2.0, 4.6)
        y = float(rng.uniform(0.0, 1.6))
        spikes.append([view.at(x - h * 0.22, y, z), view.at(x, y + h, z), view.at(x + h * 0.22, y, z)])
    canvas.polys(spikes, tone)


def _ground(box: Box, canvas: Canvas, soil: Colour, place: str) -> None:
    light, view, rng = box.light, box.view, box.rng("ground")
    plain(box, canvas, light.tone(scale(soil, 0.80), 0.4), light.tone(soil, 0.7, 55))
    if place in ("field", "village", "castle", "mountain"):
        way = light.tone(mix((0.70, 0.58, 0.40), soil, 0.2), 0.6, 8)
        bend = float(rng.uniform(3, 7)) * (1 if box.spot < 0 else -1)
        zs = np.geomspace(1.0, 80, 30)
        mid = [bend * (1 - 1 / (1 + (z / 22.0) ** 2)) + 0.6 * np.sin(z / 9.0) for z in zs]
        left = [view.at(float(m) - 1.3, 0, max(float(z), view.z + 0.4)) for m, z in zip(mid, zs, strict=True)]
        right = [view.at(float(m) + 1.3, 0, max(float(z), view.z + 0.4)) for m, z in zip(mid, zs, strict=True)]
        canvas.gradient(
            [*left, *reversed(right)],
            [(0, light.fade(way, 50), 1.0), (1, way, 1.0)],
            (0, view.py),
            (0, view.py + view.height * 0.4),
            1.5,
        )
    if place == "field":
        for i in range(26):  # furrows running to the vanishing point
            x = -30 + i * 2.4
            if abs(x) > 3:
                canvas.poly(band(box, x, x + 0.9, 1.0, 90), light.tone(scale(soil, 0.72), 0.35, 10), 0.35)
    if place in ("desert", "snowfield"):
        _drifts(box, canvas, soil)
    mirror_lights(box, canvas, 0.25)


def _drifts(box: Box, canvas: Canvas, soil: Colour) -> None:
    view, light, rng = box.view, box.light, box.rng("drifts")
    shade, lit = light.tone(scale(soil, 0.62), 0.15, 6), light.tone(mix(soil, (1, 1, 0.95), 0.3), 1.0, 6)
    for _ in range(16):
        z = float(np.exp(rng.uniform(np.log(2.2), np.log(45))))
        x = rng.uniform(-1.0, 1.0) * (4 + z * 0.9)
        wide = rng.uniform(1.2, 3.2) * (1 + z * 0.10)
        away = max(z, view.z + 0.6)
        pts = [view.at(x + wide * (t - 0.5), 0, away * (1 + 0.05 * np.sin(3.1 * t))) for t in np.linspace(0, 1, 9)]
        low = [
            (px, py + view.height * 0.016 * np.sin(np.pi * i / 8) * (0.4 + 4 / away)) for i, (px, py) in enumerate(pts)
        ]
        canvas.poly([*pts, *reversed(low)], shade, 0.45, 1.2)
        canvas.line(pts, lit, max(1.0, view.height * 0.002), 0.5)


def _houses(box: Box, canvas: Canvas, z: float) -> None:
    rng = box.rng(f"houses {z}")
    for side in (-1, 1):
        for k in range(3):
            x = side * (3.4 + 0.12 * z + k * 5.6 + rng.uniform(0, 1.5))
            house(box, canvas, float(x), z, float(rng.uniform(3.6, 5.2)), rng)


def _growth(box: Box, place: str, snow: bool) -> None:
    for z, count in ((40.0, 6), (24.0, 4), (12.0, 2)):
        with box.card(f"growth {z:.0f}", z, sway=1.5) as canvas:
            rng = box.rng(f"growth {z}")
            for i in range(count):
                side = 1 if (i + int(z)) % 2 else -1
                x = side * (4.0 + z * 0.12 + rng.uniform(0, 1) * z * 0.6)
                if place == "desert":
                    _rock_or_cactus(box, canvas, float(x), z, rng)
                elif place == "field":
                    tree(box, canvas, float(x), z, float(rng.uniform(5, 8)), "cypress" if i % 3 == 2 else "round", rng)
                elif place == "village":
                    tree(box, canvas, float(x) * 1.5, z, float(rng.uniform(4.5, 7)), "bare" if snow else "round", rng)
                else:
                    tree(box, canvas, float(x), z, float(rng.uniform(5, 10)), "conifer", rng)
                    if place == "mountain" and i % 2:
                        _rock(box, canvas, float(x) * 0.7, z, float(rng.uniform(0.5, 1.4)), rng)


def _rock(
    box: Box,
    canvas: Canvas,
    x: float,
    z: float,
    size: float,
    rng: np.random.Generator,
    stone: Colour = (0.52, 0.50, 0.50),
) -> None:
    view, light = box.view, box.light
    away, s = view.away(z), light.side
    pts = [(-1.0, 0), (-0.8, 0.5), (-0.3, 0.9 + 0.3 * rng.random()), (0.35, 0.8), (0.8, 0.45), (1.05, 0)]
    canvas.poly([view.at(x + u * size, v * size, z) for u, v in pts], light.tone(scale(stone, 0.6), 0.2, away))
    top = [(0.05 * s, 0.85), (0.35 * s, 0.8), (0.8 * s, 0.45), (1.0 * s, 0.0), (0.2 * s, 0.1)]
    canvas.poly([view.at(x + u * size, v * size, z) for u, v in top], light.tone(stone, 0.9, away))


def _rock_or_cactus(box: Box, canvas: Canvas, x: float, z: float, rng: np.random.Generator) -> None:
    view, light = box.view, box.light
    if rng.random() < 0.5:
        _rock(box, canvas, x, z, float(rng.uniform(0.8, 2.2)), rng, (0.74, 0.46, 0.32))
        return
    away = view.away(z)
    green, lit = light.tone((0.32, 0.44, 0.28), 0.3, away), light.tone((0.45, 0.56, 0.32), 1.0, away)
    tall = float(rng.uniform(1.8, 3.2))
    for path, w in (
        ([(0, 0), (0, tall)], 0.22),
        ([(0, tall * 0.4), (0.6, tall * 0.45), (0.6, tall * 0.8)], 0.15),
        ([(0, tall * 0.55), (-0.55, tall * 0.6), (-0.55, tall * 0.85)], 0.15),
    ):
        pts = [view.at(x + u, v, z) for u, v in path]
        canvas.line(pts, green, view.size(w * 2, z))
        canvas.line([(px + light.side * view.size(w * 0.5, z), py) for px, py in pts], lit, view.size(w * 0.5, z), 0.8)


def _front(box: Box, place: str, snow: bool) -> None:
    view = box.view
    z = view.z + max(1.1, (box.stand - view.z) * 0.5)
    if box.stand - z < 0.4 or view.focal > view.height * 1.9:
        return
    tints: dict[str, Colour] = {"field": (0.78, 0.66, 0.30), "desert": (0.62, 0.50, 0.28)}
    tint = (0.8, 0.84, 0.9) if snow else tints.get(place, (0.34, 0.44, 0.22))
    with box.card("front", z, blur=view.height * 0.003, sway=3.0) as canvas:
        rng = box.rng("front")
        many = 26 if place in ("desert", "snowfield") or snow else 120
        grass(
            box,
            canvas,
            z,
            0.42 if place == "field" else 0.26,
            scale(tint, 0.85),
            many,
            rng,
            (0.85, 0.3, 0.25) if place == "field" else None,
        )
