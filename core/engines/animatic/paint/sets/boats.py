"""What floats and stands by the water: boats, a lighthouse."""

from __future__ import annotations

from core.engines.animatic.paint.box import Box, Shine
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import scale


def lighthouse(box: Box, canvas: Canvas, x: float, z: float) -> None:
    """Draw a banded lighthouse; lit at dusk and night."""
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
        view.rect(x - 0.9, 16, x + 0.9, 17.8, z),
        (1.0, 0.92, 0.68) if light.lamps > 0.2 else light.tone((0.6, 0.7, 0.75), 0.6, away),
    )
    canvas.poly(
        [view.at(x - 1.3, 17.8, z), view.at(x + 1.3, 17.8, z), view.at(x, 19.4, z)],
        light.tone((0.6, 0.18, 0.17), 0.6, away),
    )
    if light.lamps > 0.2:
        canvas.glow(top, view.height * (0.10 + 0.20 * light.lamps), (1.0, 0.88, 0.6), 0.15 + 0.5 * light.lamps)
        box.shines.append(Shine(x, z, 10, 18, 0.8, (1.0, 0.85, 0.55), 1.0))


def boats(box: Box, place: str) -> None:
    """Paint the boats of a place, far ones under sail."""
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
        _sails(box, canvas, (x, y), z, size)
    else:
        _cabin(box, canvas, (x, y), z, size)


def _sails(box: Box, canvas: Canvas, at: Point, z: float, size: float) -> None:
    view, light = box.view, box.light
    (x, y), away = at, view.away(z)
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


def _cabin(box: Box, canvas: Canvas, at: Point, z: float, size: float) -> None:
    view, light = box.view, box.light
    (x, y), away = at, view.away(z)
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
