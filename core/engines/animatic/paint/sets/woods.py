"""Among trees: forest, park and garden."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import band, beam, mirror_lights, paint_sky, plain, profile, ridge
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import Colour, mix, scale
from core.engines.animatic.paint.plants import LEAF, bush, grass, tree, trunk


def _kinds(box: Box) -> tuple[str, ...]:
    if box.scene.place == "garden":
        return ("blossom", "round", "blossom")
    if box.scene.place == "park":
        return ("round", "autumn", "round")
    if box.scene.weather == "snow":
        return ("conifer", "conifer", "bare")
    return ("conifer", "round", "conifer")


def build_woods(box: Box) -> None:
    """Paint a path between trees, mist between them, light from one side."""
    light, place = box.light, box.scene.place
    paint_sky(box)
    leaf = LEAF["conifer" if place == "forest" else "round"]
    with box.card("treeline far", 90.0) as canvas:
        _treeline(box, canvas, "far", 90.0, 16.0 if place == "forest" else 9.0, leaf)
    with box.card("treeline", 48.0) as canvas:
        _treeline(box, canvas, "mid", 48.0, 17.0 if place == "forest" else 8.0, leaf)
        if place == "park":
            ridge(box, canvas, "hedge", 46.0, 0.0, 0.6, 1.3, light.tone(LEAF["round"], 0.3, 46))
    with box.ground() as canvas:
        _floor(box, canvas)
    for z, count in ((30.0, 9), (19.0, 6), (11.5, 4), (7.6, 2)):
        with box.card(f"trees {z:.0f}", z, sway=2.0) as canvas:
            _trees(box, canvas, z, count)
    if place == "garden":
        _garden_things(box)
    elif place == "park":
        _bench(box)
    if light.lamps < 0.6 and light.cloud < 0.7:
        _shafts(box)
    _front(box)


def _treeline(box: Box, canvas: Canvas, name: str, z: float, tall: float, leaf: Colour) -> None:
    view, light, rng = box.view, box.light, box.rng(f"treeline {name}")
    low, high = -2.2 * z, 2.2 * z
    tone = light.tone(scale(leaf, 0.8), 0.35, z)
    foot = mix(tone, light.fog, 0.65)
    count = 120
    heights = tall * (0.55 + 0.45 * profile(rng, count, 0.8, 20))
    crest: list[Point] = []
    for i in range(count):
        x = low + (high - low) * i / count
        step = (high - low) / count
        crest += [view.at(x, float(heights[i]) * 0.78, z), view.at(x + step * 0.5, float(heights[i]), z)]
    ground = view.at(0, 0, z)[1] + 3
    canvas.gradient(
        [*crest, (crest[-1][0], ground), (crest[0][0], ground)],
        [(0, tone, 1.0), (1, foot, 1.0)],
        (0, min(p[1] for p in crest)),
        (0, ground),
    )


def _floor(box: Box, canvas: Canvas) -> None:
    light, view, place = box.light, box.view, box.scene.place
    snow = box.scene.weather == "snow"
    soil: Colour = (0.33, 0.37, 0.20) if place == "forest" else (0.40, 0.53, 0.26)
    if snow:
        soil = (0.86, 0.89, 0.95)
    plain(box, canvas, light.tone(scale(soil, 0.72), 0.25), light.tone(soil, 0.6, 45))
    rng = box.rng("path")
    bend = float(rng.uniform(-2.0, 2.0))
    way = light.tone((0.62, 0.53, 0.38) if not snow else (0.72, 0.76, 0.84), 0.5, 6)
    zs = np.linspace(0.6, 1.0, 2).tolist() + np.geomspace(1.6, 60, 26).tolist()
    half = 1.5 if place != "forest" else 1.15
    left = [view.at(_bend(z, bend) - half, 0, max(z, view.z + 0.4)) for z in zs]
    right = [view.at(_bend(z, bend) + half, 0, max(z, view.z + 0.4)) for z in zs]
    canvas.gradient(
        [*left, *reversed(right)],
        [(0, light.fade(way, 40), 1.0), (1, way, 1.0)],
        (0, view.py),
        (0, view.py + view.height * 0.45),
        2.0,
    )
    dark = light.tone(scale(soil, 0.45), 0.1)
    for _ in range(34):  # dappled shade and leaves
        x, z = rng.uniform(-7, 7), float(rng.uniform(1.4, 26))
        at = view.at(x, 0, max(z, view.z + 0.5))
        canvas.disc(at, view.size(rng.uniform(0.3, 1.1), max(z, view.z + 0.5)), dark, 0.22, 2.0, 0.20)
    if light.lamps < 0.6:
        lit = light.tone(mix(soil, (1, 0.95, 0.6), 0.35), 1.0)
        for _ in range(16):
            x, z = rng.uniform(-4, 4), float(rng.uniform(2.0, 20))
            at = view.at(x, 0, max(z, view.z + 0.5))
            canvas.disc(at, view.size(rng.uniform(0.2, 0.7), max(z, view.z + 0.5)), lit, 0.30, 2.0, 0.18)
    if place == "garden":
        _pond(box, canvas)


def _bend(z: float, bend: float) -> float:
    return bend * (1 - 1 / (1 + (z / 14.0) ** 2)) * 1.6


def _pond(box: Box, canvas: Canvas) -> None:
    view, light = box.view, box.light
    side = 1 if box.spot < 0 else -1
    at = view.at(side * 4.6, 0, 11.0)
    canvas.disc(at, view.size(3.4, 11.0), light.tone((0.5, 0.48, 0.4), 0.4, 8), 1.0, 1.0, 0.24)
    canvas.disc(at, view.size(3.15, 11.0), mix(light.sky[1], light.sky[2], 0.5), 1.0, 1.0, 0.21)
    canvas.disc(
        (at[0] + view.size(0.6, 11), at[1] + 2),
        view.size(1.7, 11.0),
        mix(light.sky[3], light.sun_colour, 0.4),
        0.4,
        4.0,
        0.10,
    )
    mirror_lights(box, canvas, 0.4)


def _trees(box: Box, canvas: Canvas, z: float, count: int) -> None:
    rng, kinds, place = box.rng(f"trees {z}"), _kinds(box), box.scene.place
    for i in range(count):
        side = 1 if i % 2 else -1
        x = side * (2.6 + z * 0.09 + rng.uniform(0, 1.0) * z * (0.62 if z > 8 else 0.2) + (1.4 if z < 9 else 0))
        tall = rng.uniform(9, 14) if place == "forest" else rng.uniform(5.5, 8.5)
        if place == "forest" and z < 9:
            trunk(box, canvas, (x * 1.05, z), 12.0, 0.26)
            continue
        tree(box, canvas, float(x), z, float(tall), kinds[(i + int(z)) % len(kinds)], rng)
    for _ in range(3):
        side = 1 if rng.random() < 0.5 else -1
        tint = (0.90, 0.55, 0.62) if place == "garden" and rng.random() < 0.4 else LEAF["round"]
        bush(box, canvas, side * float(rng.uniform(2.4, 3.0 + z * 0.4)), z, float(rng.uniform(0.6, 1.1)), tint, rng)


def _garden_things(box: Box) -> None:
    """A stone lantern and a small red bridge."""
    view, light = box.view, box.light
    side = 1 if box.spot < 0 else -1
    z = 9.6
    with box.card("garden", z) as canvas:
        x = side * 2.4
        stone = light.tone((0.62, 0.62, 0.6), 0.5, view.away(z))
        dark = scale(stone, 0.7)
        for w, y0, y1, tone in (
            (0.30, 0.0, 0.16, dark),
            (0.11, 0.16, 0.80, stone),
            (0.28, 0.80, 0.94, dark),
            (0.20, 0.94, 1.30, stone),
            (0.42, 1.30, 1.42, dark),
            (0.10, 1.55, 1.72, stone),
        ):
            canvas.poly(view.rect(x - w, y0, x + w, y1, z), tone)
        canvas.poly(
            [
                view.at(x - 0.46, 1.40, z),
                view.at(x + 0.46, 1.40, z),
                view.at(x + 0.12, 1.60, z),
                view.at(x - 0.12, 1.60, z),
            ],
            stone,
        )
        fire = view.rect(x - 0.10, 1.0, x + 0.10, 1.24, z)
        canvas.poly(fire, (1.0, 0.78, 0.42) if light.lamps > 0.2 else scale(dark, 0.5))
        if light.lamps > 0.2:
            canvas.glow(view.at(x, 1.12, z), view.size(1.4, z), (1.0, 0.68, 0.35), 0.6 * max(0.35, light.lamps))
            box.shines.append(Shine(x, z, 1.0, 1.3, 0.2, (1.0, 0.7, 0.4)))


def _bench(box: Box) -> None:
    view, light = box.view, box.light
    z, side = 8.2, 1 if box.spot < 0 else -1
    with box.card("bench", z) as canvas:
        x0, x1 = side * 2.0, side * 3.7
        wood, iron = light.tone((0.52, 0.34, 0.2), 0.6, view.away(z)), light.tone((0.15, 0.16, 0.17), 0.4, view.away(z))
        for x in (x0 + side * 0.1, x1 - side * 0.1):
            canvas.poly(view.rect(x - 0.04, 0, x + 0.04, 0.95, z), iron)
        for y in (0.44, 0.62, 0.78, 0.92):
            canvas.poly(view.rect(x0, y, x1, y + 0.10, z), wood if y > 0.5 else scale(wood, 1.15))
        lamp_x = side * 1.6
        canvas.poly(
            [
                view.at(lamp_x - 0.05, 0, z),
                view.at(lamp_x + 0.05, 0, z),
                view.at(lamp_x + 0.035, 3.3, z),
                view.at(lamp_x - 0.035, 3.3, z),
            ],
            iron,
        )
        canvas.disc(
            view.at(lamp_x, 3.45, z),
            view.size(0.2, z),
            (1.0, 0.93, 0.75) if light.lamps > 0.2 else light.tone((0.9, 0.9, 0.88), 0.7, 8),
        )
        if light.lamps > 0.2:
            canvas.glow(view.at(lamp_x, 3.45, z), view.size(2.6, z), (1.0, 0.82, 0.5), 0.65 * max(0.35, light.lamps))


def _shafts(box: Box) -> None:
    view, light, rng = box.view, box.light, box.rng("shafts")
    with box.card("shafts", 10.0, blur=0.0) as canvas:
        s = light.side
        for _ in range(5):
            x = view.width * (0.5 + s * rng.uniform(-0.1, 0.55))
            w = view.width * rng.uniform(0.02, 0.06)
            drop = view.height * 1.1
            lean = -s * view.width * 0.32
            beam(
                canvas,
                [
                    (x, view.top),
                    (x + w, view.top),
                    (x + w * 2 + lean, view.top + drop),
                    (x - w + lean, view.top + drop),
                ],
                light.sun_colour,
                0.13,
                view.height * 0.02,
            )


def _front(box: Box) -> None:
    """Grass and a dark branch close to the lens."""
    view, light, place = box.view, box.light, box.scene.place
    z = view.z + max(1.0, (box.stand - view.z) * 0.5)
    if box.stand - z < 0.4 or view.focal > view.height * 1.9:
        return
    tint = LEAF["round"] if place != "forest" else (0.24, 0.34, 0.18)
    if box.scene.weather == "snow":
        tint = (0.7, 0.74, 0.8)
    with box.card("front", z, blur=view.height * 0.0035, sway=3.0) as canvas:
        rng = box.rng("front")
        grass(
            box,
            canvas,
            z,
            0.34,
            scale(tint, 0.7),
            90,
            rng,
            (0.96, 0.78, 0.4) if place != "forest" and light.stars < 0.3 else None,
        )
        side = -1 if box.spot > 0 else 1
        corner = view.width if side > 0 else 0.0
        dark = light.tone((0.08, 0.11, 0.08), 0.15)
        leaf = mix(dark, light.tone(LEAF[_kinds(box)[0]], 0.5), 0.45)
        unit = view.height
        canvas.line(
            [
                (corner + side * unit * 0.2, -0.06 * unit),
                (corner - side * 0.12 * unit, 0.05 * unit),
                (corner - side * 0.34 * unit, 0.04 * unit),
            ],
            dark,
            unit * 0.011,
        )
        for _ in range(70):
            t = rng.random()
            x = corner - side * (t * 0.46 - 0.12) * unit
            y = unit * (0.02 + rng.normal(0.0, 0.055) * (1.1 - 0.7 * t))
            canvas.disc(
                (x, y),
                unit * rng.uniform(0.008, 0.021),
                leaf if rng.random() < 0.6 else dark,
                0.95,
                0.0,
                0.62,
                float(rng.uniform(0, 3.1)),
            )


__all__ = ["band", "build_woods"]
