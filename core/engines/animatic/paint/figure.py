"""Draws one figure with its light: body, head, what it carries, rim light, shadow and reflection."""

from __future__ import annotations

import cv2
import numpy as np

from core.engines.animatic.paint.animal import draw_animal
from core.engines.animatic.paint.body import draw_body
from core.engines.animatic.paint.canvas import Canvas, Floats, Pixels, blurred
from core.engines.animatic.paint.carried import draw_held, draw_umbrella
from core.engines.animatic.paint.extent import BEASTS
from core.engines.animatic.paint.head import draw_head
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.pen import Gesture, Pen, light, shadow
from core.engines.animatic.paint.robot import draw_robot
from core.engines.animatic.paint.stage import Actor, FigureLight


def gesture_of(actor: Actor, stride: float = 0.0, lid: float = 0.0, breath: float = 0.0, sway: float = 0.0) -> Gesture:
    """Return an actor's gesture at a moment."""
    return Gesture(
        facing=actor.facing,
        stride=stride,
        lid=lid,
        breath=breath,
        sway=sway,
        gaze=actor.gaze,
        mood=actor.mood,
        holds=actor.look.umbrella is not None,
    )


def draw_figure(canvas: Canvas, look: Look, feet: tuple[float, float], metre: float, gesture: Gesture) -> None:
    """Draw a figure in its own colours, without light."""
    pen = Pen(canvas, feet, metre, look)
    if look.kind in BEASTS:
        draw_animal(pen, look, gesture)
        return
    if look.umbrella is not None and gesture.facing == "back":
        draw_umbrella(pen, look, gesture)
    if look.kind == "robot":
        draw_robot(pen, look, gesture)
    else:
        draw_body(pen, look, gesture)
        draw_head(pen, look, gesture)
    if look.prop:
        draw_held(pen, look, gesture)
    if look.umbrella is not None and gesture.facing != "back":
        draw_umbrella(pen, look, gesture)


def bounds(actor: Actor) -> tuple[int, int, int, int]:
    """Return the box a figure may fill, in frame pixels (left, top, right, bottom), whatever its gesture."""
    tall = actor.look.height * actor.metre
    wide = (0.75 if actor.look.kind in BEASTS else 0.46) * tall
    if actor.look.umbrella is not None:
        wide, over = max(wide, 0.56 * tall), 0.36 * tall
    else:
        over = (0.42 if actor.look.kind == "horse" else 0.14) * tall
    x, y = actor.feet
    below = tall * 0.80 if actor.reflect > 0 else tall * 0.06
    pad = 6 + actor.soft * 3
    return (int(x - wide - pad), int(y - tall - over - pad), int(x + wide + pad), int(y + below + pad))


def paint_actor(
    actor: Actor, lit: FigureLight, gesture: Gesture, frame: tuple[int, int, int, int]
) -> tuple[Pixels, int, int]:
    """Return a lit figure: premultiplied RGBA and its place; cut to `frame` (left, top, right, bottom)."""
    box = bounds(actor)
    x0, y0 = max(box[0], frame[0]), max(box[1], frame[1])
    x1, y1 = min(box[2], frame[2]), min(box[3], frame[3])
    if x1 - x0 < 2 or y1 - y0 < 2:
        return np.zeros((2, 2, 4), np.uint8), frame[0], frame[1]
    canvas = Canvas(x1 - x0, y1 - y0, (x0, y0))
    draw_figure(canvas, actor.look, actor.feet, actor.metre, gesture)
    _light(canvas, actor, lit)
    if actor.reflect > 0:
        _reflect(canvas, actor)
    if actor.soft > 0.4:
        canvas.blur(actor.soft)
    return canvas.pixels, x0, y0


def _shifted(mask: Floats, dx: float, dy: float) -> Floats:
    move = np.asarray([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(
        cv2.warpAffine(mask, move, (mask.shape[1], mask.shape[0]), borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _light(canvas: Canvas, actor: Actor, lit: FigureLight) -> None:
    """Model the flat figure: shadow on the far side, key on the near side, a thin rim, and haze by distance."""
    alpha = canvas.pixels[..., 3].astype(np.float32) / 255.0
    metre = actor.metre * actor.look.height / 1.7
    side = float(lit.side)
    wide = np.asarray(blurred(alpha, max(0.8, metre * 0.045)), np.float32)
    toward = _shifted(wide, -side * metre * 0.055, metre * 0.030)
    away = _shifted(wide, side * metre * 0.060, -metre * 0.012)
    lamp = np.clip(1.0 - toward, 0, 1) * 1.0
    dark = np.clip(1.0 - away, 0, 1)
    body = 0.55 + 0.55 * lamp - 0.40 * dark
    edge = max(0.7, min(metre * 0.012, 5.0))
    crisp = np.asarray(blurred(alpha, max(0.5, edge * 0.45)), np.float32)
    rim = np.clip(alpha - _shifted(crisp, -side * edge * 1.5, edge * 0.9), 0, 1) * (235 * lit.rim_gain)
    rim_far = np.clip(alpha - _shifted(crisp, side * edge * 1.5, edge * 0.5), 0, 1) * (120 * lit.rim_gain)
    haze = lit.haze * min(1.0, actor.distance / 60.0)
    for top in range(0, canvas.height, 96):  # by bands: a close-up in floats would take a hundred megabytes
        rows = slice(top, top + 96)
        _lay_light(canvas.pixels[rows], alpha[rows], body[rows], (rim[rows], rim_far[rows]), lit, haze)


def _lay_light(
    part: Pixels, alpha: Floats, body: Floats, rims: tuple[Floats, Floats], lit: FigureLight, haze: float
) -> None:
    key, ambient = np.asarray(lit.key, np.float32), np.asarray(lit.ambient, np.float32)
    rgb = part[..., :3].astype(np.float32) * np.clip(ambient + key * body[..., None], 0, 1.5)
    rgb += rims[0][..., None] * np.asarray(lit.rim, np.float32)
    rgb += rims[1][..., None] * np.asarray(lit.rim_far, np.float32)
    fog = np.asarray(lit.fog, np.float32) * 255 * alpha[..., None]
    rgb = rgb * (1 - haze) + fog * haze
    part[..., :3] = np.clip(np.minimum(rgb, alpha[..., None] * 255), 0, 255).astype(np.uint8)


def _reflect(canvas: Canvas, actor: Actor) -> None:
    """Mirror the figure in the wet ground below its feet, fading and drawn out downwards."""
    line = round(actor.feet[1] - canvas.origin[1])
    below = canvas.height - line
    if below < 3 or line < 3:
        return
    above = canvas.pixels[max(0, line - below) : line][::-1].copy()
    rows = above.shape[0]
    fade = np.linspace(1.0, 0.0, rows, dtype=np.float32)[:, None, None] ** 1.2 * actor.reflect
    ripple = (np.sin(np.arange(rows) * 0.55) * np.minimum(4.0, np.arange(rows) * 0.03)).astype(np.float32)
    grid_x = np.arange(above.shape[1], dtype=np.float32)[None, :] + ripple[:, None]
    grid_y = np.repeat(np.arange(rows, dtype=np.float32)[:, None], above.shape[1], axis=1)
    above = np.asarray(cv2.remap(above, grid_x.astype(np.float32), grid_y, cv2.INTER_LINEAR), np.uint8)
    tall = np.asarray(
        cv2.GaussianBlur(above, (0, 0), sigmaX=max(0.6, rows * 0.004), sigmaY=max(1.0, rows * 0.02)), np.float32
    )
    under = canvas.pixels[line : line + rows].astype(np.float32)
    mirrored = tall * fade
    keep = 1.0 - under[..., 3:] / 255.0
    canvas.pixels[line : line + rows] = np.clip(under + mirrored * keep, 0, 255).astype(np.uint8)


__all__ = ["bounds", "draw_figure", "gesture_of", "light", "paint_actor", "shadow"]
