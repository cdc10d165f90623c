"""Indoors: room, kitchen, cafe, library, workshop, hall and station."""

from __future__ import annotations

import numpy as np

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.brush import band, beam, mirror_lights, paint_sky
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import WHITE, Colour, mix, scale
from core.engines.animatic.paint.sets.furnish import furnish

# Half width, depth and height in metres; wall, floor and accent colours.
_ROOMS: dict[str, tuple[float, float, float, Colour, Colour, Colour]] = {
    "room": (3.6, 8.2, 2.9, (0.72, 0.66, 0.58), (0.50, 0.35, 0.24), (0.60, 0.28, 0.24)),
    "kitchen": (3.6, 7.8, 2.8, (0.80, 0.78, 0.68), (0.66, 0.58, 0.50), (0.30, 0.48, 0.46)),
    "cafe": (4.6, 10.0, 3.4, (0.50, 0.40, 0.34), (0.42, 0.29, 0.21), (0.22, 0.36, 0.33)),
    "library": (4.2, 14.0, 5.2, (0.42, 0.32, 0.24), (0.36, 0.24, 0.17), (0.50, 0.18, 0.16)),
    "workshop": (4.6, 10.0, 3.6, (0.52, 0.50, 0.46), (0.46, 0.44, 0.42), (0.62, 0.40, 0.20)),
    "hall": (6.5, 24.0, 9.0, (0.70, 0.63, 0.55), (0.56, 0.50, 0.46), (0.56, 0.16, 0.18)),
    "station": (8.0, 60.0, 9.5, (0.52, 0.56, 0.58), (0.50, 0.50, 0.50), (0.20, 0.34, 0.46)),
}


class Space:
    """The measures and colours of a room."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.half, self.deep, self.high, self.wall, self.floor, self.accent = _ROOMS[place]


def build_indoors(box: Box) -> None:
    """Paint a box of a room: what the windows show, walls, floor, ceiling, furniture, lamps and window light."""
    space = Space(box.scene.place)
    paint_sky(box)
    with box.card("back wall", space.deep) as canvas:
        _back(box, canvas, space)
    for side in (-1, 1):
        with box.wall("left wall" if side < 0 else "right wall", side * space.half) as canvas:
            _side(box, canvas, space, side)
    with box.ground("ceiling", space.high) as canvas:
        _ceiling(box, canvas, space)
    with box.ground("floor") as canvas:
        _floor(box, canvas, space)
    furnish(box, space.place, space.half, space.deep, space.high, space.accent)
    _lamps(box, space)
    _window_light(box, space)


def _back(box: Box, canvas: Canvas, space: Space) -> None:
    view, light, z = box.view, box.light, space.deep
    top, low = light.tone(scale(space.wall, 0.86), 0.42, z * 0.3), light.tone(scale(space.wall, 0.74), 0.3, z * 0.3)
    quad = view.rect(-space.half, space.high, space.half, 0, z)
    canvas.gradient(quad, [(0, top, 1.0), (1, low, 1.0)], quad[0], quad[3])
    dado = light.tone(scale(space.accent, 0.9), 0.35, z * 0.3)
    if space.place in ("room", "cafe", "kitchen", "hall"):
        canvas.poly(view.rect(-space.half, 1.0, space.half, 0, z), dado)
        canvas.poly(view.rect(-space.half, 1.08, space.half, 1.0, z), scale(dado, 1.3))
    side = 1 if box.spot < 0 else -1
    if space.place == "station":
        _glass(box, canvas, (0.0, 1.2, 12.5, 7.6), z, 9, 4)
    elif space.place == "hall":
        for x in (-3.6, 0.0, 3.6):
            _glass(box, canvas, (x, 2.2, 1.9, 5.4), z, 2, 5, arch=True)
    elif space.place == "library":
        _glass(box, canvas, (0.0, 1.4, 2.0, 3.2), z, 3, 5, arch=True)
    else:
        wide = {"cafe": 4.6, "workshop": 3.4}.get(space.place, 2.1)
        _glass(
            box,
            canvas,
            (side * min(0.9, space.half - wide / 2 - 0.5), 0.95, wide, 1.35 if space.place != "cafe" else 1.75),
            z,
            3 if wide > 3 else 2,
            2,
        )
    canvas.poly(view.rect(-space.half, 0.14, space.half, 0, z), scale(low, 0.6))


def _glass(
    box: Box,
    canvas: Canvas,
    spot: tuple[float, float, float, float],
    z: float,
    columns: int,
    rows: int,
    arch: bool = False,
) -> None:
    """Draw a window (centre x, sill, width, height): the sky's colours behind a frame."""
    view, light = box.view, box.light
    x, sill, wide, tall = spot
    top: list[Point] = [(x - wide / 2, sill + tall), (x + wide / 2, sill + tall)]
    if arch:
        top = [
            (x - wide / 2 * np.cos(a), sill + tall - wide / 2 + wide / 2 * np.sin(a)) for a in np.linspace(0, np.pi, 13)
        ]
    outline = [view.at(*p, z) for p in [(x - wide / 2, sill), *top, (x + wide / 2, sill)]]
    grown = [
        view.at(x + (u - x) * 1.07, sill + (v - sill) * 1.04 - 0.06, z)
        for u, v in [(x - wide / 2, sill), *top, (x + wide / 2, sill)]
    ]
    frame = light.tone(
        (0.88, 0.84, 0.76) if box.scene.place in ("room", "kitchen") else (0.24, 0.18, 0.15), 0.6, z * 0.3
    )
    canvas.poly(grown, frame)
    ys = [p[1] for p in outline]
    night = light.lamps > 0.6
    sky = [
        (0.0, mix(light.sky[1], WHITE, 0.0 if night else 0.15), 1.0),
        (0.6, light.sky[2], 1.0),
        (1.0, light.sky[3], 1.0),
    ]
    canvas.gradient(outline, sky, (0, min(ys)), (0, max(ys)))
    _outside(box, canvas, spot, z)
    if not night:
        canvas.lamp(outline, mix(light.sky[3], light.sun_colour, 0.5), 0.35)
    for i in range(1, columns):
        u = x - wide / 2 + wide * i / columns
        canvas.line(
            [view.at(u, sill, z), view.at(u, sill + tall - (0.1 * wide if arch else 0), z)], frame, view.size(0.05, z)
        )
    for j in range(1, rows):
        v = sill + tall * j / rows
        canvas.line([view.at(x - wide / 2, v, z), view.at(x + wide / 2, v, z)], frame, view.size(0.05, z))
    canvas.poly(view.rect(x - wide * 0.58, sill - 0.08, x + wide * 0.58, sill + 0.02, z), scale(frame, 1.15))


def _outside(box: Box, canvas: Canvas, spot: tuple[float, float, float, float], z: float) -> None:
    """Draw roofs or trees outside a window, and their lights by night."""
    view, light = box.view, box.light
    x, sill, wide, tall = spot
    night = light.lamps > 0.6
    rng = box.rng(f"outside {x}")
    base = view.at(0, sill, z)[1]
    for i in range(7):  # roofs or trees outside
        bx = x - wide / 2 + wide * (i + 0.5 * rng.random()) / 7
        h = tall * rng.uniform(0.12, 0.42)
        a, b = view.at(bx, sill + h, z), view.at(min(x + wide / 2, bx + wide / 6), sill, z)
        canvas.poly(
            [a, (b[0], a[1]), (b[0], base), (a[0], base)], mix(light.sky[2], light.fade((0.2, 0.24, 0.3), 20), 0.6)
        )
        if night or light.neon:
            glow = light.signs[i % len(light.signs)] if light.neon else (1.0, 0.78, 0.45)
            canvas.disc(((a[0] + b[0]) / 2, (a[1] + base) / 2), max(1.0, view.size(0.05, z)), glow)


def _wall_quad(box: Box, x: float, y0: float, y1: float, z0: float, z1: float) -> list[Point]:
    view = box.view
    z0, z1 = max(z0, view.z + 0.3), max(z1, view.z + 0.31)
    return [view.at(x, y0, z0), view.at(x, y0, z1), view.at(x, y1, z1), view.at(x, y1, z0)]


def _side(box: Box, canvas: Canvas, space: Space, side: int) -> None:
    light, x = box.light, side * space.half
    lit = 0.7 if side != light.side else 0.22
    tone = light.tone(space.wall, lit, 2.0)
    quad = _wall_quad(box, x, 0, space.high, -4, space.deep)
    canvas.gradient(quad, [(0, scale(tone, 0.86), 1.0), (1, light.fade(tone, 4), 1.0)], quad[0], quad[1])
    if space.place in ("room", "cafe", "kitchen", "hall"):
        dado = light.tone(space.accent, lit, 2.0)
        canvas.poly(_wall_quad(box, x, 0, 1.0, -4, space.deep), dado)
        canvas.poly(_wall_quad(box, x, 1.0, 1.08, -4, space.deep), scale(dado, 1.3))
    if space.place in ("hall", "station", "workshop"):
        _bays(box, canvas, space, side, tone)
    elif space.place in ("room", "kitchen", "cafe"):
        _pictures(box, canvas, space, side)
    canvas.poly(_wall_quad(box, x, 0, 0.13, -4, space.deep), scale(tone, 0.55))
    canvas.poly(_wall_quad(box, x, space.high - 0.12, space.high, -4, space.deep), scale(tone, 1.12))


def _bays(box: Box, canvas: Canvas, space: Space, side: int, tone: Colour) -> None:
    light, x = box.light, side * space.half
    step = 4.0 if space.place != "workshop" else 3.0
    z = 1.0
    while z < space.deep - 1:
        canvas.poly(_wall_quad(box, x * 0.985, 0, space.high, z - 0.28, z + 0.28), scale(tone, 1.16))
        canvas.poly(_wall_quad(box, x * 0.985, 0, space.high, z + 0.18, z + 0.28), scale(tone, 0.74))
        sky = mix(light.sky[2], light.sky[3], 0.5)
        pane = _wall_quad(box, x, space.high * 0.34, space.high * 0.80, z + step * 0.28, z + step * 0.78)
        canvas.poly(pane, light.fade(sky, z * 0.3))
        if light.lamps < 0.6:
            canvas.lamp(pane, mix(sky, light.sun_colour, 0.5), 0.28)
        for k in (0.45, 0.62):
            canvas.poly(
                _wall_quad(box, x, space.high * 0.34, space.high * 0.80, z + step * k, z + step * k + 0.06),
                scale(tone, 0.6),
            )
        if light.lamps > 0.3 and space.place == "hall":
            canvas.glow(
                box.view.at(x * 0.96, space.high * 0.3, max(z, box.view.z + 0.6)),
                box.view.size(1.6, max(z, box.view.z + 0.6)),
                (1.0, 0.7, 0.38),
                0.6,
            )
        z += step


def _pictures(box: Box, canvas: Canvas, space: Space, side: int) -> None:
    rng, light, x = box.rng(f"pictures {side}"), box.light, side * space.half
    for z in (3.4, 5.2, 6.9):
        wide, low = float(rng.uniform(0.5, 0.9)), float(rng.uniform(1.3, 1.5))
        tall = float(rng.uniform(0.5, 0.8))
        ink = light.tone(
            (float(rng.uniform(0.3, 0.8)), float(rng.uniform(0.3, 0.7)), float(rng.uniform(0.3, 0.7))), 0.5, 2
        )
        canvas.poly(_wall_quad(box, x, low, low + tall, z, z + wide), light.tone((0.2, 0.15, 0.12), 0.4, 2))
        canvas.poly(
            _wall_quad(box, x, low + 0.05, low + tall - 0.05, z + 0.05, z + wide - 0.05),
            light.tone((0.92, 0.89, 0.82), 0.5, 2),
        )
        canvas.poly(_wall_quad(box, x, low + 0.12, low + tall * 0.55, z + 0.12, z + wide - 0.12), ink)


def _ceiling(box: Box, canvas: Canvas, space: Space) -> None:
    view, light = box.view, box.light
    tone = light.tone(mix(space.wall, WHITE, 0.2 if space.place in ("room", "kitchen") else -0.2), 0.25, 2)
    near = view.z + 0.3
    canvas.poly(
        [
            view.at(-space.half, space.high, near),
            view.at(space.half, space.high, near),
            view.at(space.half, space.high, space.deep),
            view.at(-space.half, space.high, space.deep),
        ],
        tone,
    )
    if space.place in ("cafe", "workshop", "library", "hall", "station"):
        z = 2.0
        while z < space.deep:
            if z > near:
                a, b = view.at(-space.half, space.high - 0.22, z), view.at(space.half, space.high - 0.22, z)
                top = view.at(0, space.high + 0.1, z)[1]
                canvas.poly([(a[0], top), (b[0], top), b, a], light.tone(scale(space.wall, 0.5), 0.2, z * 0.4))
            z += 2.4 if space.place != "station" else 6.0


def _floor(box: Box, canvas: Canvas, space: Space) -> None:
    view, light = box.view, box.light
    near = view.z + 0.4
    tone = light.tone(space.floor, 0.5, 1)
    far = light.tone(scale(space.floor, 0.85), 0.4, space.deep * 0.4)
    quad = [
        view.at(-space.half, 0, space.deep),
        view.at(space.half, 0, space.deep),
        view.at(space.half, 0, near),
        view.at(-space.half, 0, near),
    ]
    canvas.gradient(
        quad,
        [(0, far, 1.0), (0.35, tone, 1.0), (1, scale(tone, 0.8), 1.0)],
        (0, quad[0][1]),
        (0, quad[0][1] + view.height * 0.6),
    )
    rng = box.rng("floor")
    if space.place in ("kitchen", "hall", "station"):
        tile = 0.6 if space.place == "kitchen" else 1.2
        for i in range(int(-space.half / tile) - 1, int(space.half / tile) + 1):
            for k in range(int(max(near, -2) / tile), int(min(space.deep, 26) / tile)):
                if (i + k) % 2 == 0:
                    x0, x1 = max(-space.half, i * tile), min(space.half, (i + 1) * tile)
                    canvas.poly(band(box, x0, x1, k * tile, (k + 1) * tile), scale(tone, 0.80), 0.55)
    else:
        for i in range(int(-space.half / 0.28), int(space.half / 0.28) + 1):
            canvas.poly(
                band(box, i * 0.28, i * 0.28 + 0.265, near, space.deep),
                scale(tone, 1 + float(rng.uniform(-0.08, 0.08))),
                0.7,
            )
    if space.place == "station":
        edge = 3.2 * (1 if box.spot < 0 else -1)
        rim = edge * 1.06
        canvas.poly(band(box, edge, edge * 3, near, space.deep), light.tone((0.16, 0.16, 0.18), 0.3, 3))
        canvas.poly(band(box, edge, rim, near, space.deep), light.tone((0.92, 0.80, 0.25), 0.7, 3))
    if space.place in ("hall", "station", "cafe"):
        mirror_lights(box, canvas, 0.3)


def _lamps(box: Box, space: Space) -> None:
    """Hang lamps; at night they light the room."""
    view, light = box.view, box.light
    spots = {
        "room": ((5.0,),),
        "kitchen": ((5.0,),),
        "cafe": ((4.2, 6.4, 8.6),),
        "library": ((5.0, 8.5, 12.0),),
        "workshop": ((4.5, 7.5),),
        "hall": ((9.0, 16.0),),
        "station": ((9.0, 18.0, 30.0),),
    }[space.place][0]
    drop = {"hall": 3.4, "station": 3.0, "library": 1.6}.get(space.place, 0.75)
    warm: Colour = (1.0, 0.76, 0.42)
    for z in reversed(spots):
        with box.card(f"lamp {z:.0f}", z) as canvas:
            xs = (-1.5, 1.5) if space.place in ("cafe", "station", "library") else (0.35 * (1 if box.spot > 0 else -1),)
            for x in xs:
                y = space.high - drop
                ink = light.tone((0.12, 0.11, 0.11), 0.3, z * 0.3)
                canvas.line([view.at(x, space.high, z), view.at(x, y + 0.2, z)], ink, max(1.0, view.size(0.02, z)))
                wide = 0.30 if space.place != "hall" else 0.9
                canvas.poly(
                    [
                        view.at(x - wide * 0.3, y + 0.24, z),
                        view.at(x + wide * 0.3, y + 0.24, z),
                        view.at(x + wide, y, z),
                        view.at(x - wide, y, z),
                    ],
                    ink if space.place != "room" else light.tone((0.93, 0.84, 0.68), 0.8, 2),
                )
                if light.lamps > 0.2 or space.place in ("cafe", "library", "hall"):
                    canvas.disc(view.at(x, y - 0.01, z), view.size(wide * 0.8, z), (1.0, 0.93, 0.72), 1.0, 0.0, 0.3)
                    canvas.glow(view.at(x, y - 0.1, z), view.size(2.3, z), warm, 0.28 + 0.3 * light.lamps)
                    box.shines.append(Shine(x, z, y - 0.2, y, 0.3, warm, 0.6))


def _window_light(box: Box, space: Space) -> None:
    """By day, a shaft of light falls from the window side across the room."""
    view, light = box.view, box.light
    if light.lamps > 0.6 or light.cloud > 0.85:
        return
    with box.card("shaft", min(space.deep - 0.5, 6.0), blur=0.0) as canvas:
        s = light.side
        for k in range(3):
            x0 = view.width * (0.5 + s * (0.30 + 0.16 * k))
            wide = view.width * 0.10
            lean = -s * view.width * 0.42
            beam(
                canvas,
                [
                    (x0, view.top),
                    (x0 + wide, view.top),
                    (x0 + wide + lean, view.bottom),
                    (x0 - wide * 0.4 + lean, view.bottom),
                ],
                light.sun_colour,
                0.085,
                view.height * 0.025,
            )
