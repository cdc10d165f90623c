"""Small life in the picture: rain, snow, leaves, sparks and mist, footsteps and eyelids."""

from __future__ import annotations

import math

import cv2
import numpy as np

from core.engines.animatic.paint.canvas import Floats, Pixels
from core.engines.animatic.paint.moves import Pose
from core.engines.animatic.paint.stage import Actor, Air

_COUNTS = {
    "rain": 260,
    "storm": 330,
    "snow": 150,
    "petals": 46,
    "leaves": 34,
    "dust": 70,
    "sparks": 60,
    "stars": 0,
    "steam": 18,
    "fireflies": 40,
}


def gait(actor: Actor, seconds: float) -> float:
    """Return how many pixels a walker is lifted by its step."""
    if actor.act != "walk":
        return 0.0
    high = 0.018 * actor.metre
    return high * (abs(math.cos(2 * math.pi * 1.05 * seconds + actor.phase)) - abs(math.cos(actor.phase)))


def eyelid(actor: Actor, seconds: float, which: int) -> int:
    """Return the eyelid in quarters: 0 open, 4 shut. Everybody blinks at their own times, never at the start."""
    if actor.metre * actor.look.height < 500 or actor.facing == "back":
        return 0
    period = 2.7 + 0.5 * ((which * 7 + int(actor.feet[0])) % 4)
    at = (seconds + 0.45 * period) % period
    closing = 1.0 - abs(at - (period - 0.11)) / 0.11
    return round(4 * min(1.0, max(0.0, closing * 1.4))) if seconds > 0.3 else 0


class Weather:
    """Everything that falls or drifts before the lens; places follow from the air's seed and the time alone."""

    def __init__(self, air: Air, width: int, height: int) -> None:
        self.air, self.width, self.height = air, width, height
        rng = np.random.default_rng(air.seed ^ 0xA1)
        count = round(_COUNTS.get(air.fall, 0) * air.amount)
        self._x, self._y, self._near, self._turn = rng.random((4, count))
        # Few are near and large, many far and small.
        self._near = self._near**2.4
        self._mist = _mist(rng, width, height) if air.mist > 0 else None

    def draw(self, out: Pixels, seconds: float, pose: Pose) -> None:
        """Draw into the frame at `seconds`."""
        if self._mist is not None:
            self._drift(out, seconds, pose)
        kind = self.air.fall
        if kind in ("rain", "storm"):
            self._rain(out, seconds, pose)
        elif kind:
            self._flakes(out, seconds, pose)

    def _drift(self, out: Pixels, seconds: float, pose: Pose) -> None:
        mist = self._mist
        if mist is None:
            return
        high, wide = self.height, self.width
        step = (seconds * 0.012 * wide - pose.slide_x * 0.6) % wide
        move = np.asarray([[1, 0, -step / 4], [0, 1, pose.slide_y * 0.15]], np.float32)
        small = cv2.warpAffine(mist, move, (mist.shape[1], mist.shape[0]), borderMode=cv2.BORDER_WRAP)
        veil = cv2.resize(small[: high // 4 + 1, : wide // 4 + 1], (wide, high), interpolation=cv2.INTER_LINEAR)
        veil = cv2.convertScaleAbs(veil, alpha=self.air.mist)
        keep = cv2.bitwise_not(veil)
        veil3 = tinted(np.asarray(veil, np.uint8), self.air.mist_colour)
        behind = cv2.multiply(out, cv2.merge([keep, keep, keep]), scale=1 / 255.0)
        cv2.add(behind, veil3, dst=out)

    def _rain(self, out: Pixels, seconds: float, pose: Pose) -> None:
        high, wide = self.height, self.width
        storm = self.air.fall == "storm"
        wind = self.air.wind * (2.2 if storm else 1.0)
        speed = 0.9 + 1.5 * self._near
        length = (0.018 + 0.085 * self._near) * high * (1.3 if storm else 1.0)
        y = ((self._y + seconds * speed) % 1.25 - 0.15) * high
        x = ((self._x * 1.4 + wind * (seconds * speed) % 1.4) % 1.4 - 0.2) * wide
        x = (x + pose.slide_x * (0.6 + self._near) + 0.2 * wide) % (1.4 * wide) - 0.2 * wide
        sheet = np.zeros((high, wide), np.uint8)
        thick = np.maximum(1, np.round(self._near * high / 380)).astype(int)
        bright = (38 + 72 * (1 - np.abs(self._near - 0.35))).astype(int)
        ends = np.round(np.stack([x, y, x + wind * length * wide / high, y + length], axis=1) * 16).astype(int)
        for i in range(len(x)):
            a, b, c, d = ends[i].tolist()
            cv2.line(sheet, (a, b), (c, d), int(bright[i]), int(thick[i]), cv2.LINE_AA, 4)
        if self.air.soft > 0.4:
            sheet = np.asarray(cv2.GaussianBlur(sheet, (0, 0), self.air.soft), np.uint8)
        self._add(out, sheet)

    def _flakes(self, out: Pixels, seconds: float, pose: Pose) -> None:
        kind, high, wide = self.air.fall, self.height, self.width
        fall = {
            "snow": 0.10,
            "petals": 0.09,
            "leaves": 0.11,
            "dust": -0.008,
            "sparks": -0.09,
            "steam": -0.05,
            "fireflies": 0.0,
        }.get(kind, 0.0)
        sway = {"snow": 0.015, "petals": 0.035, "leaves": 0.04, "dust": 0.02, "sparks": 0.012, "fireflies": 0.03}.get(
            kind, 0.01
        )
        speed = 0.5 + self._near
        y = ((self._y + fall * seconds * speed) % 1.2 - 0.1) * high
        drift = self.air.wind * 0.5 * seconds * speed
        x = (self._x + drift + sway * np.sin(seconds * (0.8 + self._turn) + self._turn * 6.28)) % 1.2 - 0.1
        x = x * wide + pose.slide_x * (0.3 + self._near)
        size = (
            (0.0016 + 0.0058 * self._near)
            * high
            * {"dust": 0.55, "petals": 1.4, "leaves": 1.7, "sparks": 0.6, "fireflies": 0.7}.get(kind, 1.0)
        )
        if kind in ("petals", "leaves"):
            self._leaves(out, x, y, size, seconds)
            return
        sheet = np.zeros((high, wide), np.uint8)
        pulse = 0.5 + 0.5 * np.sin(seconds * 2.0 * (0.6 + self._turn) + self._turn * 40.0)
        light = {"snow": 235.0, "dust": 70.0, "steam": 30.0}.get(kind, 200.0) * (1.0 if kind == "snow" else pulse)
        light = light * (0.42 + 0.5 * self._near if kind == "snow" else 1.0 - 0.35 * self._near)
        size = size + 0.5 * self.air.soft
        for i in range(len(x)):
            radius = max(8, round(float(size[i]) * 16))
            shade = int(light[i] if isinstance(light, np.ndarray) else light)
            cv2.circle(sheet, (round(x[i] * 16), round(y[i] * 16)), radius, shade, -1, cv2.LINE_AA, 4)
        if kind in ("sparks", "fireflies"):
            halo = cv2.resize(sheet, (max(2, wide // 4), max(2, high // 4)), interpolation=cv2.INTER_AREA)
            halo = cv2.resize(cv2.GaussianBlur(halo, (0, 0), 2.5), (wide, high))
            sheet = np.asarray(cv2.add(sheet, cv2.convertScaleAbs(halo, alpha=1.8)), np.uint8)
        if self.air.soft > 0.4:
            sheet = np.asarray(
                cv2.convertScaleAbs(cv2.GaussianBlur(sheet, (0, 0), self.air.soft), alpha=0.85), np.uint8
            )
        self._add(out, sheet)

    def _leaves(self, out: Pixels, x: Floats, y: Floats, size: Floats, seconds: float) -> None:
        colour = tuple(int(part * 255) for part in self.air.colour)
        dark = tuple(int(part * 195) for part in self.air.colour)
        for i in range(len(x)):
            flip = abs(math.sin(seconds * (1.2 + self._turn[i]) + self._turn[i] * 9))
            axes = (max(16, round(float(size[i]) * 16)), max(8, round(float(size[i]) * (0.25 + 0.45 * flip) * 16)))
            turn = (self._turn[i] * 360 + seconds * 70 * (self._turn[i] - 0.5)) % 360
            box = cv2.ellipse2Poly((0, 0), axes, round(turn), 0, 360, 40)
            points = (box + np.asarray([round(x[i] * 16), round(y[i] * 16)])).astype(np.int32)
            cv2.fillPoly(out, [points], colour if i % 2 else dark, cv2.LINE_AA, 4)

    def _add(self, out: Pixels, sheet: Pixels) -> None:
        cv2.add(out, tinted(sheet, self.air.colour), dst=out)


def _mist(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Return a drifting veil at a quarter of the size, 0..255, denser in the middle heights; it wraps sideways."""
    w, h = width // 4 + 2, height // 4 + 2
    total = np.zeros((h, w), np.float32)
    for cell, weight in ((5, 0.6), (11, 0.4)):
        grid = rng.random((cell, cell)).astype(np.float32)
        grid = np.concatenate([grid, grid[:, :1]], axis=1)
        total += weight * cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)
    ys = np.linspace(0, 1, h, dtype=np.float32)[:, None]
    band = np.exp(-(((ys - 0.60) / 0.26) ** 2))
    veil: Pixels = np.clip(total * band * 255, 0, 255).astype(np.uint8)
    return veil


def tinted(sheet: Pixels, colour: tuple[float, float, float]) -> Pixels:
    """Return a grey sheet as light of one colour."""
    return np.asarray(cv2.merge([cv2.convertScaleAbs(sheet, alpha=part) for part in colour]), np.uint8)
