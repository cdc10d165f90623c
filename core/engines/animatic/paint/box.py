"""The painter's box: hands out sheets in depth order and keeps what is painted, with texture, bloom and focus."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from core.engines.animatic.paint.canvas import Canvas, Floats, Pixels, paper
from core.engines.animatic.paint.framing import defocus
from core.engines.animatic.paint.light import Light
from core.engines.animatic.paint.stage import Plane, Sheet, cut
from core.engines.animatic.paint.view import View
from core.engines.animatic.reading import Scene


def steady(*words: object) -> int:
    """Return a number that follows from the words alone, the same in every process."""
    return int.from_bytes(hashlib.sha256("|".join(str(word) for word in words).encode()).digest()[:6], "big")


class Box:
    """Everything a set builder needs: view, light, scene, where the figure stands, and sheets to paint on.

    `key` seeds the set's geometry: it follows from story and place, so every shot of a story sees the same set.
    """

    def __init__(self, view: View, light: Light, scene: Scene, key: int, stand: float, spot: float) -> None:
        self.view, self.light, self.scene = view, light, scene
        self.key, self.stand, self.spot = key, stand, spot
        self.focus = view.away(stand)
        self.sheets: list[Sheet] = []
        self.pixels: list[Pixels] = []
        self.behind = 0  # sheets painted behind the figures
        self.shines: list[Shine] = []
        width, height = view.sheet
        self._paper: Floats = paper(width, height, key & 0xFFFF)

    def rng(self, name: str) -> np.random.Generator:
        """Return the generator of one part of the set; parts do not disturb each other."""
        return np.random.default_rng(steady(self.key, name))

    @contextmanager
    def card(
        self, name: str, z: float, blur: float | None = None, bloom: float = 0.8, **life: float
    ) -> Iterator[Canvas]:
        """Lend a sheet that stands upright at set depth `z`; pass it on when painted."""
        away = self.view.away(z)
        soft = defocus(self.view, z, self.focus) if blur is None else blur
        with self._sheet(name, Plane(z=1.0 / away), soft, z < self.stand, bloom, life) as canvas:
            yield canvas

    @contextmanager
    def sky(self) -> Iterator[Canvas]:
        """Lend the sheet that is infinitely far."""
        with self._sheet("sky", Plane(), defocus(self.view, 1e4, self.focus), False, 0.8, {}) as canvas:
            yield canvas

    @contextmanager
    def ground(self, name: str = "ground", level: float = 0.0, under: int = 0, **life: float) -> Iterator[Canvas]:
        """Lend the sheet that lies on the ground (or `level` metres above it), below the last `under` sheets."""
        soft = 0.35 * defocus(self.view, self.stand + 14.0, self.focus)
        off = self.view.eye - level
        off = off if abs(off) > 0.05 else 0.05
        with self._sheet(name, Plane(y=1.0 / off), soft, False, 0.8, life, under) as canvas:
            yield canvas

    @contextmanager
    def wall(self, name: str, x: float, **life: float) -> Iterator[Canvas]:
        """Lend a sheet along the wall at set `x`, running into the depth."""
        off = x - self.view.x
        off = off if abs(off) > 0.3 else (0.3 if off >= 0 else -0.3)
        soft = 0.8 * defocus(self.view, self.stand + 9.0, self.focus)
        with self._sheet(name, Plane(x=1.0 / off), soft, False, 0.8, life) as canvas:
            yield canvas

    @contextmanager
    def _sheet(
        self, name: str, plane: Plane, soft: float, front: bool, bloom: float, life: dict[str, float], under: int = 0
    ) -> Iterator[Canvas]:
        width, height = self.view.sheet
        canvas = Canvas(width, height, (self.view.left, self.view.top))
        yield canvas
        canvas.finish(self.view.height, bloom)
        canvas.blur(soft)
        canvas.texture(self._paper, 0.034)  # the paper is sharp where the painted thing is not
        made = cut(canvas, name, plane, **life)
        if made is None:
            return
        at = max(0, len(self.sheets) - under)
        self.sheets.insert(at, made[0])
        self.pixels.insert(at, made[1])
        if not front:
            self.behind = len(self.sheets)


class Shine:
    """A light that the wet ground mirrors: from `low` to `high` metres at (x, z), `half` metres wide each side."""

    def __init__(
        self,
        x: float,
        z: float,
        low: float,
        high: float,
        half: float,
        colour: tuple[float, float, float],
        gain: float = 1.0,
    ) -> None:
        self.x, self.z, self.low, self.high, self.half = x, z, low, high, half
        self.colour, self.gain = colour, gain
