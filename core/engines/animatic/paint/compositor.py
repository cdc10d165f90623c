"""Films a stage: for a camera pose and a moment, one finished RGB frame. Painter and animator share it."""

from __future__ import annotations

import math

import cv2
import numpy as np

from core.engines.animatic.paint.canvas import Floats, Pixels
from core.engines.animatic.paint.figure import gesture_of, paint_actor
from core.engines.animatic.paint.life import Weather, eyelid, gait
from core.engines.animatic.paint.moves import STILL, Matrix, Pose, after, figure_matrix, left_of, matrix
from core.engines.animatic.paint.stage import SHADOWS, Actor, Plane, Sheet, Stage

_STEPS = 12  # drawings in a walk cycle: "on twos" at 24 frames a second


class Compositor:
    """Renders frames of a stage. Figures are drawn again for every gesture and kept."""

    def __init__(self, stage: Stage) -> None:
        self.notes = stage.notes
        self.pixels = stage.pixels
        rig = stage.notes.rig
        self.size = (rig.width, rig.height)
        left, top, right, bottom = rig.margin
        self._frame = (-left, -top, rig.width + right, rig.height + bottom)
        self._weather = Weather(stage.notes.air, rig.width, rig.height)
        self._grain = _grain_tile(rig.width, rig.height, stage.notes.air.seed, stage.notes.air.grain)
        self._vignette = _vignette(stage.notes.air.vignette, rig.width, rig.height)
        self._drawn: dict[tuple[int, int, int], tuple[Pixels, int, int]] = {}
        self._still: Pixels | None = None

    def frame(self, seconds: float, pose: Pose = STILL, index: int = 0, view: Pose | None = None) -> Pixels:
        """Return the frame at `seconds`; `index` chooses its grain. RGB, height x width x 3.

        `view` is a camera to see it all from that is not the move's own `pose` (for arriving at another keyframe):
        figures keep the place they have under `pose`.
        """
        actors = self.notes.actors
        width, height = self.size
        out = np.zeros((height, width, 3), np.uint8)
        todo = sorted(range(len(actors)), key=lambda i: (actors[i].after, -actors[i].distance))
        for number, (sheet, pixels) in enumerate(zip(self.notes.sheets, self.pixels, strict=True)):
            while todo and actors[todo[0]].after <= number:
                self._actor(out, todo.pop(0), seconds, pose, view)
            self._sheet(out, sheet, pixels, seconds, pose, view)
        for which in todo:
            self._actor(out, which, seconds, pose, view)
        self._weather.draw(out, seconds, pose)
        return self._finish(out, index)

    def _sheet(self, out: Pixels, sheet: Sheet, pixels: Pixels, seconds: float, move: Pose, view: Pose | None) -> None:
        rig, pose = self.notes.rig, view or move
        place = matrix(sheet.plane, rig, pose, (sheet.left, sheet.top))
        if sheet.name == SHADOWS and move.ride > 0 and self.notes.actors:  # a shadow goes where its figure goes
            place = self._place(self.notes.actors[0], move, view) @ _shift(sheet.left, sheet.top)
        if sheet.sway > 0:
            lean = sheet.sway * (math.sin(seconds * 1.3) * 0.7 + math.sin(seconds * 2.9) * 0.3) / max(1, rig.height)
            shear = np.asarray([[1, -lean, lean * rig.height], [0, 1, 0], [0, 0, 1.0]])
            place = shear @ place
        near = _passing(left_of(sheet.plane, pose)) if sheet.plane.z > 0 else 1.0
        if near <= 0:
            return
        gain = 1.0
        if sheet.flicker > 0:
            gain = 1.0 - sheet.flicker * _flicker(seconds)
        _lay(out, pixels, place, gain, edge=True, near=near)
        if sheet.shimmer > 0 and seconds > 0:
            self._shimmer(out, sheet, pixels, place, seconds)

    def _shimmer(self, out: Pixels, sheet: Sheet, pixels: Pixels, place: Matrix, seconds: float) -> None:
        """Move the rows of a water sheet sideways by small waves, slower and smaller towards the horizon."""
        height = out.shape[0]
        top = max(0, int((place @ np.asarray([0.0, 0.0, 1.0]))[1]) + 1)
        if height - top < 4:
            return
        part = out[top:].copy()
        rows = np.arange(part.shape[0], dtype=np.float32)
        depth = rows / max(1, part.shape[0])
        grow = np.minimum(1.0, seconds) * sheet.shimmer * depth
        waves = grow * (np.sin(rows * 0.35 / (0.3 + depth) + seconds * 2.2) + 0.5 * np.sin(rows * 0.13 - seconds * 1.4))
        grid_x = np.arange(part.shape[1], dtype=np.float32)[None, :] + waves[:, None].astype(np.float32)
        grid_y = np.repeat(rows[:, None], part.shape[1], axis=1)
        out[top:] = cv2.remap(part, grid_x, grid_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def _actor(self, out: Pixels, which: int, seconds: float, pose: Pose, view: Pose | None) -> None:
        actor = self.notes.actors[which]
        drawn, left, top = self._drawing(which, actor, seconds)
        if view is not None and left_of(Plane(z=1.0 / max(0.1, actor.distance)), view) < 0.1:
            return
        place = self._place(actor, pose, view)
        lift = gait(actor, seconds)
        breathe = 1.0
        if actor.act != "walk":
            breathe = 1.0 + 0.0022 * math.sin(2 * math.pi * (seconds / 3.6)) * min(1.0, abs(seconds))
        feet = actor.feet
        move = np.asarray([[1, 0, 0], [0, breathe, feet[1] * (1 - breathe) - lift], [0, 0, 1.0]])
        _lay(out, drawn, place @ move @ _shift(left, top), 1.0, edge=False)

    def _place(self, actor: Actor, pose: Pose, view: Pose | None) -> Matrix:
        """Return where a figure is at `pose`, as seen from `view` if there is one."""
        rig = self.notes.rig
        place = figure_matrix(rig, pose, actor.distance)
        if view is None:
            return place
        card = Plane(z=1.0 / max(0.1, actor.distance))
        seen: Matrix = matrix(card, rig, view) @ np.linalg.inv(matrix(card, rig, pose)) @ place
        return seen

    def _drawing(self, which: int, actor: Actor, seconds: float) -> tuple[Pixels, int, int]:
        step = round(seconds * 1.05 * _STEPS) % _STEPS if actor.act == "walk" else 0
        lid = eyelid(actor, seconds, which)
        key = (which, step, lid)
        if key not in self._drawn:
            stride = math.sin(2 * math.pi * step / _STEPS + actor.phase)
            sway = math.sin(2 * math.pi * step / _STEPS + actor.phase + 0.8)
            gesture = gesture_of(
                actor, stride if actor.act == "walk" else 0.0, lid / 4, 0.0, sway if actor.act == "walk" else 0.0
            )
            drawing = paint_actor(actor, self.notes.light, gesture, self._frame)
            if sum(one[0].nbytes for one in self._drawn.values()) + drawing[0].nbytes > _KEPT_BYTES:
                self._drawn.clear()
            self._drawn[key] = drawing
        return self._drawn[key]

    def _finish(self, out: Pixels, index: int) -> Pixels:
        graded = cv2.multiply(out, self._vignette, scale=1 / 255.0)
        strength = self.notes.air.grain
        if strength <= 0:
            return np.asarray(graded, np.uint8)
        height, width = graded.shape[:2]
        # The same tile at another place each frame; the first frame is always the same.
        dx, dy = (index * 37) % 61, (index * 53) % 47
        noise = self._grain[dy : dy + height, dx : dx + width]
        return np.asarray(cv2.subtract(cv2.add(graded, noise), self._middle(width, height)), np.uint8)

    def _middle(self, width: int, height: int) -> Pixels:
        if self._still is None:
            self._still = np.full((height, width, 3), _MIDDLE, np.uint8)
        return self._still


_MIDDLE = 12  # the grain's zero: it is added and taken off again, so that it can darken too
_KEPT_BYTES = 40_000_000  # of drawn figures; a whole walk cycle in a wide shot is about a tenth of it


def _shift(x: float, y: float) -> Matrix:
    return np.asarray([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def _passing(left: float) -> float:
    """Return how much is seen of a card the camera is about to pass: it fades instead of filling the lens."""
    return min(1.0, max(0.0, (left - 0.12) / 0.25))


def _lay(out: Pixels, pixels: Pixels, place: Matrix, gain: float, edge: bool, near: float = 1.0) -> None:
    """Lay a premultiplied sheet over `out`, moved by `place`; only where it falls is touched."""
    height, width = out.shape[:2]
    resting = bool(np.abs(place - _shift(round(place[0, 2]), round(place[1, 2]))).max() < 1e-6)
    if resting:  # nothing to resample: the sheet lies on whole pixels
        place = _shift(round(place[0, 2]), round(place[1, 2]))
    window = _window(pixels, place, width, height)
    if window is None:
        return
    x0, y0, x1, y1 = window
    moved = _shift(-x0, -y0) @ place
    size = (x1 - x0, y1 - y0)
    if resting:
        left, top = round(-moved[0, 2]), round(-moved[1, 2])
        part = np.ascontiguousarray(pixels[top : top + size[1], left : left + size[0]])
    elif abs(place[2, 0]) < 1e-12 and abs(place[2, 1]) < 1e-12:
        part = np.asarray(cv2.warpAffine(pixels, moved[:2] / moved[2, 2], size, flags=cv2.INTER_LINEAR), np.uint8)
    else:
        part = np.asarray(cv2.warpPerspective(pixels, moved, size, flags=cv2.INTER_LINEAR), np.uint8)
    if near < 1.0:
        part = np.asarray(cv2.convertScaleAbs(part, alpha=near), np.uint8)
    rgb = cv2.cvtColor(part, cv2.COLOR_RGBA2RGB)
    if gain != 1.0:
        rgb = cv2.convertScaleAbs(rgb, alpha=gain)
    alpha = cv2.extractChannel(part, 3)
    target = out[y0:y1, x0:x1]
    if not edge or cv2.minMaxLoc(alpha)[0] < 255:
        keep = cv2.bitwise_not(alpha)
        behind = cv2.multiply(target, cv2.merge([keep, keep, keep]), scale=1 / 255.0)
        out[y0:y1, x0:x1] = cv2.add(behind, rgb)
    else:
        out[y0:y1, x0:x1] = rgb


def _window(pixels: Pixels, place: Matrix, width: int, height: int) -> tuple[int, int, int, int] | None:
    h, w = pixels.shape[:2]
    corners = place @ np.asarray([[0, w, w, 0], [0, 0, h, h], [1, 1, 1, 1.0]])
    if corners[2].min() < 1e-3:  # a part lies behind the lens: what is seen of it may be anywhere
        return (0, 0, width, height)
    depth = corners[2]
    xs, ys = corners[0] / depth, corners[1] / depth
    x0, y0 = max(0, math.floor(xs.min())), max(0, math.floor(ys.min()))
    x1, y1 = min(width, math.ceil(xs.max())), min(height, math.ceil(ys.max()))
    return None if x1 - x0 < 1 or y1 - y0 < 1 else (x0, y0, x1, y1)


def _flicker(seconds: float) -> float:
    """Return 0..1: an uneasy tube; 0 at the first frame, so that the keyframe shows the full light."""
    slow = 0.5 - 0.5 * math.cos(seconds * 5.3)
    fast = 0.5 - 0.5 * math.cos(seconds * 23.0)
    return 0.55 * slow * (0.6 + 0.4 * math.sin(seconds * 1.7) ** 2) + 0.45 * fast * (math.sin(seconds * 0.9) ** 8)


def _grain_tile(width: int, height: int, seed: int, strength: float) -> Pixels:
    rng = np.random.default_rng(seed ^ 0x5EED)
    noise = rng.normal(0.0, 1.0, (height + 64, width + 64)).astype(np.float32)
    noise = np.asarray(cv2.GaussianBlur(noise, (0, 0), 0.7), np.float32)
    noise *= strength / max(1e-6, float(noise.std()))
    tile = np.clip(np.round(noise) + _MIDDLE, 0, 2 * _MIDDLE).astype(np.uint8)
    return np.repeat(tile[..., None], 3, axis=2)


def _vignette(strength: float, width: int, height: int) -> Pixels:
    xs = (np.arange(width, dtype=np.float32) / width - 0.5) * 2
    ys = (np.arange(height, dtype=np.float32) / height - 0.52) * 2
    far = np.sqrt(xs[None, :] ** 2 * 0.9 + ys[:, None] ** 2 * 0.9)
    fall = np.clip((far - 0.55) / 0.95, 0, 1)
    keep = 1.0 - strength * fall * fall * (3 - 2 * fall)
    tint = np.asarray([1.0, 1.0, 1.0], np.float32) - (1 - keep[..., None]) * np.asarray([0.0, 0.02, -0.10], np.float32)
    dither: Floats = np.clip(keep[..., None] * tint * 255, 0, 255)
    return dither.astype(np.uint8)


__all__ = ["Compositor", "after"]
