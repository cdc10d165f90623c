"""A transparent sheet to paint on: premultiplied RGBA, antialiased shapes, soft shapes, gradients and bloom.

A sheet is premultiplied, so light (bloom, beams) is simply colour without alpha: it adds to what lies behind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from core.engines.animatic.paint.colour import BLACK, Colour, clip

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Point = tuple[float, float]

_SHIFT = 4  # sixteenths of a pixel: fine enough that slow edges do not step
_BLOOM = 4  # bloom is kept at a quarter of the size; it is blurred anyway


def rgba(colour: Colour) -> tuple[int, int, int, int]:
    """Return an opaque colour as four bytes."""
    r, g, b = clip(colour)
    return (round(r * 255), round(g * 255), round(b * 255), 255)


def blurred(image: Pixels | Floats, sigma: float) -> npt.NDArray[Any]:
    """Return `image` blurred by `sigma` pixels; wide blurs are done on a small copy."""
    if sigma < 0.4:
        return image
    shrink = max(1, int(sigma / 3))
    if shrink == 1:
        return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma))
    height, width = image.shape[:2]
    size = (max(2, width // shrink), max(2, height // shrink))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), sigma / shrink)
    return np.asarray(
        cv2.resize(
            small, (width, height), interpolation=cv2.INTER_CUBIC if image.dtype == np.float32 else cv2.INTER_LINEAR
        )
    )


class Canvas:
    """One sheet of `width` x `height` pixels; its pixel (0, 0) is the frame's point `origin`."""

    def __init__(self, width: int, height: int, origin: Point = (0.0, 0.0)) -> None:
        self.width, self.height = width, height
        self.origin = origin
        self.pixels: Pixels = np.zeros((height, width, 4), np.uint8)
        self._bloom: Floats | None = None

    # -- shapes ---------------------------------------------------------------------------------------------

    def _fixed(self, points: Sequence[Point]) -> npt.NDArray[np.int32]:
        at = np.asarray(points, np.float64) - np.asarray(self.origin)
        limit = 30000.0  # beyond this the fixed-point numbers of OpenCV would overflow
        fixed: npt.NDArray[np.int32] = np.round(np.clip(at, -limit, limit) * (1 << _SHIFT)).astype(np.int32)
        return fixed

    def poly(self, points: Sequence[Point], colour: Colour, alpha: float = 1.0, soft: float = 0.0) -> None:
        """Fill a polygon; `soft` blurs its edge by so many pixels."""
        self.polys([points], colour, alpha, soft)

    def polys(self, shapes: Iterable[Sequence[Point]], colour: Colour, alpha: float = 1.0, soft: float = 0.0) -> None:
        """Fill many polygons of one colour; where alpha or soft is used, overlaps do not add up."""
        fixed = [self._fixed(points) for points in shapes]
        if not fixed:
            return
        if alpha >= 0.999 and soft <= 0:
            for one in fixed:
                cv2.fillPoly(self.pixels, [one], rgba(colour), cv2.LINE_AA, _SHIFT)
            return
        window = self._window(fixed, soft * 3 + 2)
        if window is None:
            return
        x0, y0, x1, y1 = window
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        move = np.asarray([x0, y0], np.int32) << _SHIFT
        for one in fixed:
            cv2.fillPoly(mask, [one - move], 255, cv2.LINE_AA, _SHIFT)
        if soft > 0:
            mask = np.asarray(blurred(mask, soft), np.uint8)
        self._lay(window, mask, colour, alpha)

    def _window(self, shapes: list[npt.NDArray[np.int32]], pad: float) -> tuple[int, int, int, int] | None:
        low = np.min([one.min(axis=0) for one in shapes], axis=0) / (1 << _SHIFT)
        high = np.max([one.max(axis=0) for one in shapes], axis=0) / (1 << _SHIFT)
        x0, y0 = max(0, math.floor(low[0] - pad)), max(0, math.floor(low[1] - pad))
        x1, y1 = min(self.width, math.ceil(high[0] + pad) + 1), min(self.height, math.ceil(high[1] + pad) + 1)
        return None if x1 <= x0 or y1 <= y0 else (x0, y0, x1, y1)

    def _lay(self, window: tuple[int, int, int, int], mask: Pixels, colour: Colour, alpha: float) -> None:
        x0, y0, x1, y1 = window
        part = self.pixels[y0:y1, x0:x1]
        weight = (mask.astype(np.float32) * (alpha / 255.0))[..., None]
        paint = np.asarray(rgba(colour), np.float32)
        part[:] = (part + (paint - part) * weight + 0.5).astype(np.uint8)

    def gradient(
        self,
        points: Sequence[Point],
        stops: Sequence[tuple[float, Colour, float]],
        start: Point,
        end: Point,
        soft: float = 0.0,
    ) -> None:
        """Fill a polygon with a linear gradient from `start` to `end`; stops are (place 0..1, colour, alpha)."""
        fixed = self._fixed(points)
        window = self._window([fixed], soft * 3 + 2)
        if window is None:
            return
        x0, y0, x1, y1 = window
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillPoly(mask, [fixed - (np.asarray([x0, y0], np.int32) << _SHIFT)], 255, cv2.LINE_AA, _SHIFT)
        if soft > 0:
            mask = np.asarray(blurred(mask, soft), np.uint8)
        ramp = _ramp(stops)
        dx, dy = end[0] - start[0], end[1] - start[1]
        length = max(1e-6, dx * dx + dy * dy)
        xs = (np.arange(x0, x1, dtype=np.float32) + self.origin[0] - start[0]) * (dx / length)
        ys = (np.arange(y0, y1, dtype=np.float32) + self.origin[1] - start[1]) * (dy / length)
        part = self.pixels[y0:y1, x0:x1]
        step = max(1, 400_000 // max(1, x1 - x0))  # by bands, so that a full sheet needs little memory
        for top in range(0, y1 - y0, step):
            rows = slice(top, top + step)
            place = np.clip(xs[None, :] + ys[rows, None], 0, 1)
            paint = ramp[(place * (len(ramp) - 1) + 0.5).astype(np.int32)]
            weight = (mask[rows].astype(np.float32) / 255.0)[..., None]
            keep = 1.0 - paint[..., 3:] * weight / 255.0
            part[rows] = np.minimum(part[rows] * keep + paint * weight + 0.5, 255).astype(np.uint8)

    def line(
        self, points: Sequence[Point], colour: Colour, width: float, alpha: float = 1.0, closed: bool = False
    ) -> None:
        """Draw a line of `width` pixels; a thin one fades instead of vanishing."""
        if width < 1.0:
            alpha, width = alpha * max(width, 0.15), 1.0
        fixed = self._fixed(points)
        if alpha >= 0.999:
            cv2.polylines(self.pixels, [fixed], closed, rgba(colour), max(1, round(width)), cv2.LINE_AA, _SHIFT)
            return
        window = self._window([fixed], width + 2)
        if window is None:
            return
        mask = np.zeros((window[3] - window[1], window[2] - window[0]), np.uint8)
        move = np.asarray(window[:2], np.int32) << _SHIFT
        cv2.polylines(mask, [fixed - move], closed, 255, max(1, round(width)), cv2.LINE_AA, _SHIFT)
        self._lay(window, mask, colour, alpha)

    def disc(
        self,
        at: Point,
        radius: float,
        colour: Colour,
        alpha: float = 1.0,
        soft: float = 0.0,
        flat: float = 1.0,
        turn: float = 0.0,
    ) -> None:
        """Fill an ellipse: `radius` wide, `radius * flat` high, turned by `turn` radians."""
        self.poly(ellipse(at, radius, radius * flat, turn), colour, alpha, soft)

    # -- light ----------------------------------------------------------------------------------------------

    def lamp(self, points: Sequence[Point], colour: Colour, gain: float = 1.0) -> None:
        """Let a shape shine: it goes into the bloom, which `finish` blurs and adds."""
        if self._bloom is None:
            self._bloom = np.zeros((self.height // _BLOOM + 1, self.width // _BLOOM + 1, 3), np.float32)
        fixed = np.round(self._fixed(points) / _BLOOM).astype(np.int32)
        paint = tuple(float(part * gain) for part in colour)
        window = self._window([fixed], 1)
        if window is not None:
            cv2.fillPoly(self._bloom, [fixed], paint, cv2.LINE_8, _SHIFT)

    def glow(self, at: Point, radius: float, colour: Colour, gain: float = 0.5, flat: float = 1.0) -> None:
        """Add a round light that fades to nothing at `radius` pixels."""
        cx, cy = at[0] - self.origin[0], at[1] - self.origin[1]
        ry = radius * flat
        x0, x1 = max(0, math.floor(cx - radius)), min(self.width, math.ceil(cx + radius))
        y0, y1 = max(0, math.floor(cy - ry)), min(self.height, math.ceil(cy + ry))
        if x1 <= x0 or y1 <= y0:
            return
        # Wide lights are smooth: computed on every third pixel and stretched.
        step = 1 if radius < 24 else 3
        xs = (np.arange(x0, x1 + step, step, dtype=np.float32) - cx) / radius
        ys = (np.arange(y0, y1 + step, step, dtype=np.float32) - cy) / ry
        fall = np.clip(1.0 - np.sqrt(xs[None, :] ** 2 + ys[:, None] ** 2), 0, 1)
        fall = fall * fall * (3 - 2 * fall) * fall
        if step > 1:
            big = (fall.shape[1] * step, fall.shape[0] * step)
            fall = np.asarray(cv2.resize(fall, big, interpolation=cv2.INTER_LINEAR), np.float32)
        fall = fall[: y1 - y0, : x1 - x0, None]
        part = self.pixels[y0:y1, x0:x1, :3]
        light = np.asarray(colour, np.float32) * (gain * 255)
        part[:] = np.minimum(part + fall * light, 255).astype(np.uint8)

    # -- finishing ------------------------------------------------------------------------------------------

    def finish(self, unit: float, bloom: float = 0.8) -> None:
        """Add the bloom of all lamps: a tight and a wide halo. `unit` is the frame's height in pixels."""
        if self._bloom is None:
            return
        tight = cv2.GaussianBlur(self._bloom, (0, 0), max(0.6, unit * 0.010 / _BLOOM))
        wide = cv2.GaussianBlur(self._bloom, (0, 0), max(1.0, unit * 0.045 / _BLOOM))
        halo = np.asarray(tight * 0.55 + wide * 0.75, np.float32) * (bloom * 255)
        size = (self._bloom.shape[1] * _BLOOM, self._bloom.shape[0] * _BLOOM)
        light = np.clip(halo, 0, 255).astype(np.uint8)
        light = np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_LINEAR))[: self.height, : self.width]
        rgb = np.ascontiguousarray(self.pixels[..., :3])
        self.pixels[..., :3] = cv2.add(rgb, light)
        self._bloom = None

    def blur(self, sigma: float) -> None:
        """Put the whole sheet out of focus by `sigma` pixels."""
        if sigma >= 0.4:
            self.pixels = np.asarray(blurred(self.pixels, sigma), np.uint8)

    def texture(self, grain: Floats, strength: float) -> None:
        """Let the painted parts breathe like gouache: brightness varies by `strength` times `grain` (-1..1)."""
        gain = 1.0 + strength * grain[: self.height, : self.width]
        factor = np.clip(gain * 128, 0, 255).astype(np.uint8)
        rgb = np.ascontiguousarray(self.pixels[..., :3])
        self.pixels[..., :3] = cv2.multiply(rgb, cv2.merge([factor, factor, factor]), scale=1 / 128.0)


def _ramp(stops: Sequence[tuple[float, Colour, float]], steps: int = 1024) -> Floats:
    place = np.linspace(0, 1, steps)
    at = [stop[0] for stop in stops]
    alpha = np.interp(place, at, [stop[2] for stop in stops])
    parts = [np.interp(place, at, [clip(stop[1])[i] for stop in stops]) * alpha for i in range(3)]
    return np.stack([*parts, alpha], axis=1).astype(np.float32) * 255.0


def ellipse(at: Point, rx: float, ry: float, turn: float = 0.0, count: int = 0) -> list[Point]:
    """Return the points of an ellipse."""
    count = count or int(min(96, max(12, 6 + max(abs(rx), abs(ry)) * 0.8)))
    c, s = math.cos(turn), math.sin(turn)
    points = []
    for i in range(count):
        a = 2 * math.pi * i / count
        x, y = rx * math.cos(a), ry * math.sin(a)
        points.append((at[0] + x * c - y * s, at[1] + x * s + y * c))
    return points


def smooth(points: Sequence[Point], closed: bool = True, steps: int = 8) -> list[Point]:
    """Return a Catmull-Rom curve through `points`."""
    count = len(points)
    if count < 3:
        return list(points)
    out: list[Point] = []
    for i in range(count if closed else count - 1):
        if closed:
            a, b, c, d = (points[(i + k) % count] for k in (-1, 0, 1, 2))
        else:
            a, b, c, d = (points[min(count - 1, max(0, i + k))] for k in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            out.append((_catmull(a[0], b[0], c[0], d[0], t), _catmull(a[1], b[1], c[1], d[1], t)))
    if not closed:
        out.append(points[-1])
    return out


def _catmull(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)


def paper(width: int, height: int, seed: int) -> Floats:
    """Return a brushed paper grain, about -1..1: three scales of noise, drawn out sideways."""
    rng = np.random.default_rng(seed)
    out = np.zeros((height, width), np.float32)
    for cell_x, cell_y, weight in ((90, 28, 0.50), (22, 9, 0.42), (7, 5, 0.30)):
        small = rng.standard_normal((height // cell_y + 3, width // cell_x + 3)).astype(np.float32)
        big = cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC)
        out += weight * np.asarray(big, np.float32)
    return np.clip(out, -2, 2)


__all__ = ["BLACK", "Canvas", "Floats", "Pixels", "Point", "blurred", "ellipse", "paper", "rgba", "smooth"]
