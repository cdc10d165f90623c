"""Shadows of figures on the ground: a soft contact shadow, and a cast one where the key light is strong."""

from __future__ import annotations

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.canvas import Canvas, Point
from core.engines.animatic.paint.colour import luma, mix
from core.engines.animatic.paint.stage import SHADOWS, Actor, Plane, cut


def paint_shadows(box: Box, actors: list[Actor]) -> None:
    """Insert one sheet on the ground with the shadows of all figures, just behind them."""
    view, light = box.view, box.light
    width, height = view.sheet
    canvas = Canvas(width, height, (view.left, view.top))
    dark = mix((0.03, 0.03, 0.08), light.ambient, 0.15)
    strong = luma(light.key) * (1.0 - 0.7 * light.wet)
    low = 1.0 - min(1.0, light.sun[1])
    for actor in actors:
        x, y = actor.feet
        m = actor.metre
        if strong > 0.22 and light.lamps < 0.7 and not light.indoors:
            _cast(canvas, (x, y), m, actor, -light.side * (0.35 + 1.3 * low), dark, min(0.40, strong * 0.7))
        canvas.disc((x, y - 0.01 * m), 0.34 * m, dark, 0.38, 0.05 * m, 0.20)
        canvas.disc((x, y), 0.22 * m, dark, 0.45, 0.03 * m, 0.16)
    made = cut(canvas, SHADOWS, Plane(y=1.0 / max(0.05, view.eye)))
    if made:
        box.sheets.insert(box.behind, made[0])
        box.pixels.insert(box.behind, made[1])
        box.behind += 1


def _cast(
    canvas: Canvas, feet: Point, m: float, actor: Actor, lean: float, dark: tuple[float, float, float], alpha: float
) -> None:
    """A long flat silhouette, away from the light and a little towards us."""
    x, y = feet
    tall = actor.look.height * m
    dx, dy = lean * tall * 0.75, tall * 0.16

    def put(u: float, v: float) -> Point:
        return (x + u * tall * (1 - 0.2 * v) + dx * v, y + dy * v + abs(u) * tall * 0.02)

    body = [
        put(-0.07, 0),
        put(-0.14, 0.5),
        put(-0.12, 0.82),
        put(-0.05, 0.86),
        put(-0.05, 1.0),
        put(0.05, 1.0),
        put(0.05, 0.86),
        put(0.12, 0.82),
        put(0.14, 0.5),
        put(0.07, 0),
    ]
    canvas.poly(body, dark, alpha, 0.02 * tall)
