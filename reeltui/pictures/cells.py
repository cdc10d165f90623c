"""What a picture is in a terminal: which one is wanted, in how many cells, and the cells themselves. Pure."""

from __future__ import annotations

import os
import re
from enum import StrEnum
from pathlib import Path

import msgspec

# A glyph's number is its quarters: 1 upper left, 2 upper right, 4 lower left, 8 lower right; then come three shades.
GLYPHS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█░▒▓"
UPPER, LOWER, FULL, LIGHT, MEDIUM, DARK = 3, 12, 15, 16, 17, 18
# Added to a glyph's number where what lies behind the picture shows between its ink.
CLEAR = 0x40

# A picture whose shape is this close to its box's is cut to fill it: a sliver of border would look like a fault.
_CLOSE = 1.15
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class Grain(StrEnum):
    """How a picture is drawn. Which a terminal gets is decided by `protocol`."""

    HALVES = "halves"  # two pixels a cell, each in its own colour
    QUARTERS = "quarters"  # as halves, and finer where an edge runs through a cell: needs a font with ▘▝▖▗
    SIXTEEN = "sixteen"  # shades of two of the terminal's sixteen colours
    SHADES = "shades"  # shades of the text's colour, where there are no others
    PIXELS = "pixels"  # pixels for a picture protocol; a shape of it is in pixels, not cells


class PictureRef(msgspec.Struct, frozen=True):
    """A picture file and what tells its content apart: a sha256, else the file's own marks ("" where it is missing)."""

    path: Path
    key: str

    @classmethod
    def of_receipt(cls, path: Path, sha256: str) -> PictureRef:
        """Return the picture that a receipt speaks of; another content in its place is not shown as it."""
        return cls(path, sha256)

    @classmethod
    def of_file(cls, path: Path) -> PictureRef:
        """Return the picture that lies there now. Asks the file system, so not for the screen's thread."""
        return cls(path, mark_of(path))

    @property
    def sha256(self) -> str:
        """The sha256 its content must have, "" where it is known by the file's marks only."""
        return self.key if _SHA256.match(self.key) else ""


def mark_of(path: Path) -> str:
    """Return what tells this file from another or from itself after a change, "" where it is missing."""
    try:
        return mark(path.lstat())
    except OSError:
        return ""


def mark(status: os.stat_result) -> str:
    """Return what tells a file apart: its place on the disk, its size, and when it was last written."""
    return f"{status.st_dev:x}-{status.st_ino:x}-{status.st_size:x}-{status.st_mtime_ns:x}"


class Shape(msgspec.Struct, frozen=True):
    """How a picture is wanted: `width` x `height` in cells (pixels for PIXELS), filled by cutting or fitted inside."""

    width: int
    height: int
    grain: Grain = Grain.HALVES
    crop: bool = False

    @property
    def grid(self) -> tuple[int, int]:
        """Pixels across and down. A cell is about half as wide as high, so its halves are square."""
        if self.grain is Grain.PIXELS:
            return self.width, self.height
        return self.width * (2 if self.grain is Grain.QUARTERS else 1), self.height * 2

    @property
    def aspect(self) -> float:
        """Width by height as it is seen."""
        across = self.width if self.grain is Grain.PIXELS else self.width / 2
        return across / self.height


class Cells(msgspec.Struct, frozen=True):
    """A drawn picture: row after row, a glyph's number (and CLEAR) a cell, and its ink.

    `inks`: six bytes a cell (colour of the glyph, colour behind it, as RGB); two for SIXTEEN (numbers of the terminal's
    colours); none for SHADES. For PIXELS there are no glyphs and `inks` is RGB, and the size that of the picture.
    """

    width: int
    height: int
    grain: Grain
    glyphs: bytes
    inks: bytes

    @property
    def cost(self) -> int:
        """Bytes it takes in memory, about."""
        return len(self.glyphs) + len(self.inks) + 200

    @property
    def sound(self) -> bool:
        """Tell whether it holds what its size says: what comes from a disk may not."""
        area = self.width * self.height
        if self.width < 1 or self.height < 1:
            return False
        if self.grain is Grain.PIXELS:
            return not self.glyphs and len(self.inks) == 3 * area
        an_ink = {Grain.SIXTEEN: 2, Grain.SHADES: 0}.get(self.grain, 6)
        known = all((one & ~CLEAR) < len(GLYPHS) for one in set(self.glyphs))
        return len(self.glyphs) == area and len(self.inks) == an_ink * area and known


class Broken(msgspec.Struct, frozen=True):
    """A picture that cannot be shown, and why, in words made harmless for a terminal."""

    reason: str


class Placement(msgspec.Struct, frozen=True):
    """Where a picture goes: the part of it that is shown (in its own pixels), and the grid's pixels that it fills."""

    box: tuple[float, float, float, float]
    left: int
    top: int
    width: int
    height: int


def place(width: int, height: int, shape: Shape) -> Placement:
    """Return where a picture of `width` x `height` pixels goes in a shape, keeping its aspect, in the middle."""
    across, down = shape.grid
    seen, wanted = width / height, shape.aspect
    if shape.crop or max(seen / wanted, wanted / seen) <= _CLOSE:
        part_width, part_height = min(width, height * wanted), min(height, width / wanted)
        left, top = (width - part_width) / 2, (height - part_height) / 2
        return Placement((left, top, left + part_width, top + part_height), 0, 0, across, down)
    fit_width = max(1, round(across * min(1.0, seen / wanted)))
    fit_height = max(1, round(down * min(1.0, wanted / seen)))
    return Placement((0, 0, width, height), (across - fit_width) // 2, (down - fit_height) // 2, fit_width, fit_height)
