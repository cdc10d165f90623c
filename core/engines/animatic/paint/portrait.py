"""Character sheets: one character full length and close, or all of them together, on a quiet backdrop."""

from __future__ import annotations

import math

import msgspec

from core.engines.animatic.paint.canvas import Canvas, Point, paper
from core.engines.animatic.paint.colour import Colour, hue_shift, luma, mix
from core.engines.animatic.paint.extent import BODY, extent_of, is_beast
from core.engines.animatic.paint.figure import gesture_of, paint_actor
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.stage import Actor, Air, FigureLight, Notes, Plane, Rig, Sheet, Stage

_LIGHT = FigureLight(
    key=(0.46, 0.43, 0.38),
    ambient=(0.66, 0.66, 0.70),
    rim=(1.0, 0.95, 0.86),
    rim_far=(0.62, 0.74, 0.92),
    fog=(0.8, 0.8, 0.8),
    haze=0.0,
    side=1,
    rim_gain=0.40,
)


def paint_portrait(looks: list[Look], seed: int, width: int, height: int) -> Stage:
    """Paint one look as full figure and bust, or several side by side."""
    canvas = Canvas(width, height)
    tones = _backdrop(looks)
    _wash(canvas, tones)
    if len(looks) == 1:
        _single(canvas, looks[0], tones)
    else:
        _several(canvas, looks, tones)
    canvas.texture(paper(width, height, 7), 0.022)
    rig = Rig(width, height, height * 1.2, width / 2, height * 0.45, (0, 0, 0, 0), 4.0)
    air = Air(vignette=0.16, seed=seed)
    notes = Notes(rig=rig, sheets=(Sheet("sheet", Plane(), 0, 0),), actors=(), light=_LIGHT, air=air)
    return Stage(notes, [canvas.pixels])


def _backdrop(looks: list[Look]) -> tuple[Colour, Colour, Colour]:
    """Return backdrop tones (light, dark, accent) that set the clothes off: cool behind warm, warm behind cool."""
    worn = (looks[0].outer or looks[0].top).colour if looks else (0.6, 0.6, 0.6)
    counter = hue_shift(worn, 0.5)
    accent = mix(mix(counter, (0.62, 0.63, 0.66), 0.72), (0.5, 0.5, 0.54), 0.1)
    bright = 0.86 if luma(worn) < 0.62 else 0.70
    return mix(accent, (bright, bright, bright * 0.98), 0.7), mix(accent, (0.42, 0.43, 0.48), 0.55), accent


def _wash(canvas: Canvas, tones: tuple[Colour, Colour, Colour]) -> None:
    w, h = float(canvas.width), float(canvas.height)
    light, dark, _ = tones
    canvas.gradient(
        [(-1, -1), (w + 1, -1), (w + 1, h + 1), (-1, h + 1)],
        [(0, mix(light, dark, 0.25), 1.0), (0.72, light, 1.0), (1, mix(light, dark, 0.18), 1.0)],
        (0, 0),
        (0, h),
    )
    canvas.glow((w * 0.62, h * 0.34), h * 0.8, (1, 1, 1), 0.10)


def _floor(canvas: Canvas, tones: tuple[Colour, Colour, Colour], level: float, box: tuple[float, float]) -> None:
    light, dark, _ = tones
    x0, x1 = box
    canvas.gradient(
        [(x0, level), (x1, level), (x1, canvas.height + 1), (x0, canvas.height + 1)],
        [(0, mix(light, dark, 0.42), 1.0), (1, mix(light, dark, 0.16), 1.0)],
        (0, level),
        (0, float(canvas.height)),
        2.0,
    )


def _stamp(canvas: Canvas, actor: Actor, window: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = window
    window = (max(0, x0), max(0, y0), min(canvas.width, x1), min(canvas.height, y1))
    pixels, left, top = paint_actor(actor, _LIGHT, gesture_of(actor), window)
    part = canvas.pixels[top : top + pixels.shape[0], left : left + pixels.shape[1]]
    keep = 1.0 - pixels[..., 3:].astype("float32") / 255.0
    part[:] = (part * keep + pixels[: part.shape[0], : part.shape[1]]).clip(0, 255).astype("uint8")


def _actor(look: Look, feet: Point, metre: float, facing: str = "front", gaze: float = 0.0) -> Actor:
    return Actor(look, feet, metre, 4.0, facing, "stand", 0, gaze=gaze)


def _shadow(canvas: Canvas, feet: Point, metre: float, tones: tuple[Colour, Colour, Colour]) -> None:
    canvas.disc(
        (feet[0] - 0.10 * metre, feet[1]), 0.46 * metre, mix(tones[1], (0.1, 0.1, 0.16), 0.6), 0.45, 0.05 * metre, 0.17
    )


def _single(canvas: Canvas, look: Look, tones: tuple[Colour, Colour, Colour]) -> None:
    w, h = float(canvas.width), float(canvas.height)
    tall = h > w * 1.15
    head = 2.25 if look.umbrella is not None else 1.9
    # The full figure keeps its real height against a 1.70 m measure, so that a child is small and a tall man tall.
    if tall:
        full_x, metre, bust = w * 0.27, h * 0.42 / head, (w * 0.0, 0.0, w, h * 0.53)
        feet = (full_x, h * 0.955)
        full_box = (0, round(h * 0.53), canvas.width, canvas.height)
    else:
        full_x, metre, bust = w * 0.235, h * 0.83 / head, (w * 0.47, 0.0, w, h)
        feet = (full_x, h * 0.925)
        full_box = (0, 0, round(w * 0.47), canvas.height)
    size = extent_of(look)
    if is_beast(look):  # half-way to filling the sheet: still small beside a man, and large enough to know
        metre *= math.sqrt(BODY / size.top)
        metre = min(metre, (w if tall else w * 0.47) * (0.46 if tall else 0.92) / size.span)
        full_x -= size.middle * metre
        feet = (full_x, feet[1])
    _floor(canvas, tones, feet[1] - 0.16 * metre, (-1.0, w + 1 if tall else w * 0.47))
    _panel(canvas, bust, tones)
    _shadow(canvas, feet, metre, tones)
    _stamp(canvas, _actor(look, feet, metre), full_box)
    if tall:
        second = (w * 0.76, feet[1])
        _shadow(canvas, second, metre, tones)
        _stamp(canvas, _actor(look, second, metre, "back"), full_box)
    _bust(canvas, look, bust)


def _bust(canvas: Canvas, look: Look, box: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = box
    bare = msgspec.structs.replace(look, umbrella=None, prop="")
    size = extent_of(look)
    x, y = (x0 + x1) / 2, y0 + (y1 - y0) * 0.44
    if is_beast(look):
        metre = min((y1 - y0) * 0.62, (x1 - x0) * 0.55) / size.face
        feet = (x - size.head_x * metre, y + size.head_y * metre)
    else:
        metre = (y1 - y0) * 1.62 * (1.66 / max(1.2, look.height))
        feet = (x, y0 + (y1 - y0) * 0.30 + 1.66 * look.height / BODY * metre)
    _stamp(canvas, _actor(bare, feet, metre, "front", 0.25), (round(x0), round(y0), round(x1), round(y1)))


def _panel(canvas: Canvas, box: tuple[float, float, float, float], tones: tuple[Colour, Colour, Colour]) -> None:
    x0, y0, x1, y1 = box
    light, dark, accent = tones
    canvas.gradient(
        [(x0, y0 - 1), (x1 + 1, y0 - 1), (x1 + 1, y1), (x0, y1)],
        [(0, mix(dark, accent, 0.4), 1.0), (1, mix(light, accent, 0.5), 1.0)],
        (x0, y0),
        (x1, y1),
    )
    size = min(x1 - x0, y1 - y0)
    canvas.disc(
        ((x0 + x1) / 2 + 0.04 * size, y0 + (y1 - y0) * 0.44), size * 0.44, mix(light, (1, 1, 1), 0.25), 0.5, size * 0.02
    )
    for k, worn in enumerate((dark, mix(dark, light, 0.4))):
        canvas.poly(
            [(x0 - 1 - k * 3, y0 - 1), (x0 + 1 + k * 2, y0 - 1), (x0 + 1 + k * 2, y1 + 1), (x0 - 1 - k * 3, y1 + 1)],
            worn,
            0.5,
        )


def _several(canvas: Canvas, looks: list[Look], tones: tuple[Colour, Colour, Colour]) -> None:
    w, h = float(canvas.width), float(canvas.height)
    tallest = max(max(extent_of(one).top for one in looks) * 1.08, 2.25 if any(one.umbrella for one in looks) else 0.0)
    metre = min(h * 0.80 / tallest, w * 0.92 / (0.86 * len(looks)))
    floor = h * (0.93 if h < w * 1.15 else 0.78)
    _floor(canvas, tones, floor - 0.2 * metre, (-1.0, w + 1))
    step = min(0.95 * metre, w * 0.92 / len(looks))
    for i, look in enumerate(looks):
        feet = (w / 2 + (i - (len(looks) - 1) / 2) * step, floor - (i % 2) * 0.05 * metre)
        _shadow(canvas, feet, metre, tones)
        _stamp(canvas, _actor(look, feet, metre, "front", 0.2 if i == 0 else -0.2), (0, 0, canvas.width, canvas.height))
