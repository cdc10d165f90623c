"""The eye: where the camera stands in the set, and where a point of the set falls in the picture."""

from __future__ import annotations

import msgspec

from core.engines.animatic.paint.canvas import Point


class View(msgspec.Struct, frozen=True):
    """A pinhole camera that looks straight into the set (x right, y up, z into the picture; metres).

    `width` and `height` are the frame in pixels, `focal` the focal length in pixels, (`px`, `py`) the vanishing
    point in pixels, `eye` the camera's height above the ground, (`x`, `z`) where it stands, `margin` the
    overscan beyond the frame in pixels (left, top, right, bottom).
    """

    width: int
    height: int
    focal: float
    px: float
    py: float
    eye: float
    x: float
    z: float
    margin: tuple[int, int, int, int]

    @property
    def sheet(self) -> tuple[int, int]:
        """Width and height of a sheet: the frame and its overscan."""
        left, top, right, bottom = self.margin
        return (self.width + left + right, self.height + top + bottom)

    @property
    def left(self) -> float:
        """The sheet's left edge in frame pixels."""
        return float(-self.margin[0])

    @property
    def top(self) -> float:
        """The sheet's upper edge in frame pixels."""
        return float(-self.margin[1])

    @property
    def right(self) -> float:
        """The sheet's right edge in frame pixels."""
        return float(self.width + self.margin[2])

    @property
    def bottom(self) -> float:
        """The sheet's lower edge in frame pixels."""
        return float(self.height + self.margin[3])

    @property
    def tall(self) -> bool:
        """Whether the frame is upright."""
        return self.height > self.width * 1.15

    def at(self, x: float, y: float, z: float) -> Point:
        """Return the frame point of a set point; what is behind or at the eye is held just before it."""
        away = max(0.05, z - self.z)
        return (self.px + self.focal * (x - self.x) / away, self.py + self.focal * (self.eye - y) / away)

    def rect(self, x0: float, y0: float, x1: float, y1: float, z: float) -> list[Point]:
        """Return an upright rectangle at set depth `z`, as frame points."""
        return [self.at(x0, y0, z), self.at(x1, y0, z), self.at(x1, y1, z), self.at(x0, y1, z)]

    def size(self, metres: float, z: float) -> float:
        """Return how many pixels `metres` take at depth `z`."""
        return self.focal * metres / max(0.05, z - self.z)

    def away(self, z: float) -> float:
        """Return the distance from the eye to the set depth `z`."""
        return max(0.05, z - self.z)

    def reach_x(self, z: float) -> tuple[float, float]:
        """Return the leftmost and rightmost x seen (overscan too) at depth `z`."""
        away = self.away(z)
        return (
            self.x + (self.left - self.px) * away / self.focal,
            self.x + (self.right - self.px) * away / self.focal,
        )

    def ground(self, y_pixel: float) -> float:
        """Return the set depth of the ground at a frame row below the horizon."""
        return self.z + self.focal * self.eye / max(1e-3, y_pixel - self.py)
