"""The stage: painted planes in depth with everything the animator must know, and its file.

The file (`image.layers.zip`) is a plain zip of PNG sheets (premultiplied RGBA) and `stage.json`; stored with fixed
dates, so the same stage gives the same bytes.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import msgspec
import numpy as np

from core.engines.animatic.paint.canvas import Canvas, Pixels
from core.engines.animatic.paint.look import Look
from core.film.errors import EngineTrouble

STAGE_SCHEMA = 1
FILE_NAME = "image.layers.zip"
SHADOWS = "shadows"  # the sheet of the figures' shadows


class Plane(msgspec.Struct, frozen=True):
    """A sheet's place in space: normal divided by distance, in camera coordinates (x right, y down, z ahead).

    A card at distance Z is (0, 0, 1/Z), the ground under an eye at height h is (0, 1/h, 0), a wall at x = c is
    (1/c, 0, 0), and what is infinitely far is (0, 0, 0).
    """

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0


class Sheet(msgspec.Struct, frozen=True):
    """One painted sheet: its pixels lie at (`left`, `top`) in frame pixels. `flicker` is the depth of neon flicker.

    `shimmer` is the height of water ripples in pixels; `sway` that of leaves in the wind.
    """

    name: str
    plane: Plane
    left: int
    top: int
    flicker: float = 0.0
    shimmer: float = 0.0
    sway: float = 0.0


class Actor(msgspec.Struct, frozen=True):
    """A figure on the stage, drawn again for every pose.

    `feet` is the frame point of the feet, `metre` the pixels a metre takes there, `distance` metres from the eye.
    `facing` is one of "front", "back", "left", "right"; `act` one of "walk", "stand", "sit".
    """

    look: Look
    feet: tuple[float, float]
    metre: float
    distance: float
    facing: str
    act: str
    after: int  # how many sheets lie behind the figure
    phase: float = 0.0
    soft: float = 0.0  # pixels out of focus
    reflect: float = 0.0  # how strongly the wet ground mirrors it
    gaze: float = 0.0  # where the eyes look, -1 (picture's left) .. 1
    mood: str = "calm"


class Rig(msgspec.Struct, frozen=True):
    """The camera as painted: frame in pixels, focal length, vanishing point, overscan, distance of the subject."""

    width: int
    height: int
    focal: float
    px: float
    py: float
    margin: tuple[int, int, int, int]
    subject: float
    heading: int = 1


class Air(msgspec.Struct, frozen=True):
    """What hangs and falls between the sheets, and how the picture is finished.

    `fall` is one of "", "rain", "storm", "snow", "petals", "leaves", "dust", "sparks", "stars", "steam"; `soft` is how
    many pixels it is out of focus.
    """

    fall: str = ""
    amount: float = 1.0
    soft: float = 0.0
    wind: float = 0.12
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    mist: float = 0.0
    mist_colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    vignette: float = 0.3
    vignette_colour: tuple[float, float, float] = (0.05, 0.05, 0.12)
    grain: float = 1.8
    seed: int = 0


class FigureLight(msgspec.Struct, frozen=True):
    """The light that falls on figures; colours as sRGB floats, `side` +1 where the key comes from the right."""

    key: tuple[float, float, float]
    ambient: tuple[float, float, float]
    rim: tuple[float, float, float]
    rim_far: tuple[float, float, float]
    fog: tuple[float, float, float]
    haze: float
    side: int
    rim_gain: float


class Notes(msgspec.Struct, frozen=True):
    """Everything of a stage but its pixels."""

    rig: Rig
    sheets: tuple[Sheet, ...]
    actors: tuple[Actor, ...]
    light: FigureLight
    air: Air
    schema: int = STAGE_SCHEMA


class Stage(msgspec.Struct):
    """A painted stage: notes and, in the order of `notes.sheets` (far to near), their premultiplied RGBA pixels."""

    notes: Notes
    pixels: list[Pixels]


def cut(canvas: Canvas, name: str, plane: Plane, **life: float) -> tuple[Sheet, Pixels] | None:
    """Return a canvas as a sheet cut to what is painted on it, or None where it is empty."""
    painted = np.ascontiguousarray(canvas.pixels).view(np.uint32)[..., 0]  # a pixel at a time: four times faster
    rows, columns = np.flatnonzero(painted.any(axis=1)), np.flatnonzero(painted.any(axis=0))
    if rows.size == 0:
        return None
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    left, top = int(canvas.origin[0]) + x0, int(canvas.origin[1]) + y0
    return Sheet(name, plane, left, top, **life), np.ascontiguousarray(canvas.pixels[y0:y1, x0:x1])


def save_stage(stage: Stage, path: Path) -> None:
    """Write the stage's file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_entry("stage.json"), msgspec.json.format(msgspec.json.encode(stage.notes), indent=1))
        for index, pixels in enumerate(stage.pixels):
            done, data = cv2.imencode(
                ".png",
                cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA),
                [cv2.IMWRITE_PNG_COMPRESSION, 1],
            )
            if not done:
                raise EngineTrouble("a painted layer could not be written as PNG", remedy="try a smaller picture")
            archive.writestr(_entry(f"{index:02d}.png"), data.tobytes())


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))


def load_stage(path: Path) -> Stage:
    """Read a stage's file; EngineTrouble where it is not one."""
    try:
        with zipfile.ZipFile(path) as archive:
            notes = msgspec.json.decode(archive.read("stage.json"), type=Notes)
            if notes.schema != STAGE_SCHEMA:
                raise EngineTrouble(f"{path.name} is of another version", remedy="paint this keyframe again")
            pixels = [_read(archive.read(f"{index:02d}.png"), path) for index in range(len(notes.sheets))]
    except (zipfile.BadZipFile, KeyError, msgspec.DecodeError, OSError) as error:
        raise EngineTrouble(f"{path.name} cannot be read: {error}", remedy="paint this keyframe again") from error
    return Stage(notes, pixels)


def _read(data: bytes, path: Path) -> Pixels:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise EngineTrouble(f"{path.name} holds a broken layer", remedy="paint this keyframe again")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA), np.uint8)
