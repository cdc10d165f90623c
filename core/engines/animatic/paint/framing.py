"""Framing: from a shot's type and the camera move to where the eye stands and how large the figure is."""

from __future__ import annotations

import math

import msgspec

from core.engines.animatic.paint.extent import BODY, Extent, extent_of
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.moves import room
from core.engines.animatic.paint.view import View
from core.film.camera import CameraMove

_KINDS = (
    ("shoulder", ("over the shoulder", "over-the-shoulder", "ots")),
    ("insert", ("insert", "detail", "macro", "extreme close", "object")),
    ("medium_close", ("medium close", "medium-close", "mcu", "bust")),
    ("close", ("close up", "close-up", "closeup", "portrait", "face")),
    ("full", ("full shot", "full-body", "full body", "long shot")),
    ("two", ("two shot", "two-shot")),
    ("medium_wide", ("medium wide", "medium-wide", "medium full", "cowboy")),
    ("medium", ("medium", "mid shot", "waist")),
    ("wide", ("wide", "establishing", "extreme wide", "landscape", "aerial")),
)


class Framing(msgspec.Struct, frozen=True):
    """How a shot is framed.

    `figure` is the height of a figure `tall` metres high as a part of the frame's height, `head` where the top of
    its head is (from the top), `lens` the focal length in frame heights, `eye` the camera's height in metres,
    `place` where the figure stands across the frame, `vanish` where the vanishing point is.
    """

    kind: str
    figure: float
    head: float
    lens: float
    eye: float
    place: float
    vanish: float
    tall: float = BODY


def kind_of(shot_type: str, move: CameraMove) -> str:
    """Return the kind of framing a shot type asks for."""
    text = shot_type.lower().replace("_", " ")
    if move is CameraMove.OVER_THE_SHOULDER:
        return "shoulder"
    for kind, words in _KINDS:
        if any(word in text for word in words):
            return kind
    return "medium" if "shot" in text and "wide" not in text else "wide"


_WIDE = {
    "wide": Framing("wide", 0.46, 0.40, 1.05, 1.25, 0.40, 0.56),
    "full": Framing("full", 0.74, 0.17, 1.15, 1.15, 0.42, 0.56),
    "medium_wide": Framing("full", 0.98, 0.12, 1.3, 1.28, 0.42, 0.57),
    "two": Framing("two", 1.15, 0.15, 1.45, 1.42, 0.5, 0.5),
    "medium": Framing("medium", 1.32, 0.13, 1.5, 1.40, 0.42, 0.58),
    "medium_close": Framing("medium_close", 2.55, 0.10, 2.1, 1.52, 0.44, 0.60),
    "close": Framing("close", 3.5, 0.07, 2.6, 1.56, 0.45, 0.60),
    "shoulder": Framing("shoulder", 1.30, 0.17, 1.6, 1.46, 0.62, 0.46),
    "insert": Framing("insert", 1.5, 0.5, 1.9, 1.0, 0.5, 0.5),
}
_TALL = {
    "wide": Framing("wide", 0.40, 0.44, 0.80, 1.25, 0.46, 0.54),
    "full": Framing("full", 0.62, 0.24, 0.88, 1.15, 0.47, 0.55),
    "medium_wide": Framing("full", 0.78, 0.21, 0.94, 1.26, 0.47, 0.55),
    "two": Framing("two", 0.74, 0.24, 0.95, 1.35, 0.5, 0.5),
    "medium": Framing("medium", 0.98, 0.20, 1.0, 1.38, 0.47, 0.56),
    "medium_close": Framing("medium_close", 1.55, 0.20, 1.4, 1.52, 0.48, 0.58),
    "close": Framing("close", 2.1, 0.17, 1.8, 1.56, 0.49, 0.58),
    "shoulder": Framing("shoulder", 0.88, 0.26, 1.05, 1.46, 0.60, 0.46),
    "insert": Framing("insert", 1.1, 0.5, 1.3, 1.0, 0.5, 0.5),
}


def framing(kind: str, width: int, height: int) -> Framing:
    """Return the framing of a kind for a frame of this shape; square frames lie between wide and tall."""
    tall, wide = _TALL[kind], _WIDE[kind]
    shape = width / height
    k = min(1.0, max(0.0, (shape - 9 / 16) / (16 / 9 - 9 / 16))) ** 0.7

    def between(a: float, b: float) -> float:
        return float(a + (b - a) * k)

    return Framing(
        wide.kind,
        between(tall.figure, wide.figure),
        between(tall.head, wide.head),
        between(tall.lens, wide.lens),
        between(tall.eye, wide.eye),
        between(tall.place, wide.place),
        between(tall.vanish, wide.vanish),
    )


_CLOSE = ("close", "medium_close")
# How much of the frame's height an animal fills, and the room round its face: (heights, widths) of it.
_FILL = {"full": 0.54, "medium": 0.72, "two": 0.62, "shoulder": 0.62}
_ROOM = {"close": (1.55, 1.45), "medium_close": (2.15, 1.8)}
# What of somebody must be seen where several are framed together: from which part of their height upwards.
_FROM = {"medium": (0.56, 0.15), "two": (0.50, 0.10), "full": (0.0, 0.0), "shoulder": (0.60, 0.35)}


def fitted_to(frame: Framing, looks: list[Look], width: int, height: int) -> Framing:
    """Return the framing for those who are in it: by their own heights, and wide enough to show them all."""
    if not looks or frame.kind == "insert":
        return frame
    sizes = [extent_of(look) for look in looks]
    tallest = max(size.top for size in sizes)
    if frame.kind == "wide":
        # The set keeps its scale; the camera only goes half-way down to small ones and half-way nearer.
        tall = BODY if tallest > 0.85 * BODY else math.sqrt(BODY * tallest)
        metres = tall / frame.figure
        if not any(size.upright for size in sizes):  # a horse would fill an upright frame
            near = msgspec.structs.replace(frame, kind="medium")
            metres = max(metres, 1.4 * _beasts(near, sizes, width / height)[0])
        return msgspec.structs.replace(frame, figure=tall / metres, tall=tall, eye=frame.eye * tall / BODY)
    metres, head, eye = tallest / frame.figure, frame.head, frame.eye * tallest / BODY
    shape = width / height
    if not any(size.upright for size in sizes):
        metres, head, eye = _beasts(frame, sizes, shape)
    elif len(sizes) > 1:
        low = min(_lowest(frame.kind, size) for size in sizes)
        each = 0.42 if frame.kind in _CLOSE else 0.52
        wide = sum(each if size.upright else 0.8 * size.span for size in sizes)
        metres = max(metres, (tallest - low) / (0.95 - head), wide / shape)
    return msgspec.structs.replace(frame, figure=tallest / metres, head=head, eye=eye, tall=tallest)


def _lowest(kind: str, size: Extent) -> float:
    if kind in _CLOSE:
        return size.head_y - 0.75 * size.face
    upright, beast = _FROM[kind]
    return size.top * (upright if size.upright else beast)


def _beasts(frame: Framing, sizes: list[Extent], shape: float) -> tuple[float, float, float]:
    """Return metres in the frame's height, place of the highest ears, height of the eye: animals by themselves."""
    first = max(sizes, key=lambda size: size.top)
    if frame.kind in _CLOSE:
        high, wide = _ROOM[frame.kind]
        metres = max(first.face * high, first.face * (wide + 0.9 * (len(sizes) - 1)) / shape)
        return metres, 0.46 - 0.5 * first.face / metres, first.head_y
    metres = max(first.top / _FILL[frame.kind], sum(size.span for size in sizes) / (0.92 * shape))
    part = first.top / metres
    return metres, min(0.93, 0.62 + 0.45 * part) - part, 0.85 * first.top


def view_of(frame: Framing, width: int, height: int, move: CameraMove, mirror: bool) -> tuple[View, float, float]:
    """Return the view, the depth (set metres) and the x of the place where the figure stands.

    The set's zero depth is where the eye stands in a wide shot; nearer framings walk into the set.
    """
    focal = frame.lens * height
    away = focal * frame.tall / (frame.figure * height)
    base = framing("wide", width, height)
    stand = base.lens * base.tall / base.figure
    horizon = frame.head * height + (frame.tall - frame.eye) / frame.tall * frame.figure * height
    place, vanish = (1 - frame.place, 1 - frame.vanish) if mirror else (frame.place, frame.vanish)
    px = vanish * width
    x = (place * width - px) * away / focal
    base_x = ((1 - base.place if mirror else base.place) - (1 - base.vanish if mirror else base.vanish)) * width
    spot = base_x * stand / (base.lens * height)
    view = View(
        width=width,
        height=height,
        focal=focal,
        px=px,
        py=horizon,
        eye=frame.eye,
        x=spot - x,
        z=stand - away,
        margin=room(move, width, height),
    )
    return view, stand, spot


def defocus(view: View, z: float, focus: float) -> float:
    """Return how many pixels a set depth is out of focus when the lens is focused on `focus`.

    The circle of confusion of a thin lens, f^2/N |1/zf - 1/z|, with an aperture that grows for long lenses as it
    does in practice for portraits.
    """
    lens = view.focal / view.height
    wide_open = 0.0016 * max(0.0, lens - 0.95) * view.height * lens
    blur = wide_open * abs(1.0 / max(0.1, focus) - 1.0 / max(0.1, view.away(z))) * focus * 4.0
    return float(min(blur, 0.015 * view.height)) if math.isfinite(blur) else 0.0
