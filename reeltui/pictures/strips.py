"""Cells become strips of styled text, which is what a widget paints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from reeltui.pictures.cells import CLEAR, GLYPHS, Cells, Grain

_CHARS = tuple(GLYPHS[one & ~CLEAR] if (one & ~CLEAR) < len(GLYPHS) else " " for one in range(256))


def strips(cells: Cells, base: Style) -> list[Strip]:
    """Return the rows of a drawn picture. `base` is what it lies on: its background shows where the picture is not."""
    if cells.grain is Grain.PIXELS:
        raise ValueError("pixels are no cells")
    return [strip(cells, row, base) for row in range(cells.height)]


def with_word(rows: Sequence[Strip], word: str, style: Style) -> list[Strip]:
    """Return a picture's rows with a word over the beginning of the last, so that it is not taken for another."""
    *rest, last = rows
    said = Strip([Segment(f" {word} ", style)]).crop(0, last.cell_length)
    return [*rest, Strip.join([said, last.crop(said.cell_length)])]


def strip(cells: Cells, row: int, base: Style) -> Strip:
    """Return one row of a drawn picture; cells that share their inks share a segment."""
    width = cells.width
    size = {Grain.SIXTEEN: 2, Grain.SHADES: 0}.get(cells.grain, 6)
    glyphs = cells.glyphs[row * width : (row + 1) * width]
    inks = cells.inks[row * width * size : (row + 1) * width * size]
    behind = base.bgcolor
    segments: list[Segment] = []
    start, last = 0, (0, b"")
    for x in range(width + 1):
        if x < width:
            glyph = glyphs[x]
            # What is clear all through has no ink that counts.
            ink = b"" if glyph == CLEAR else inks[x * size : (x + 1) * size]
            key = glyph & CLEAR, ink
            if x == 0:
                last = key
            if key == last:
                continue
        else:
            key = (-1, b"")
        clear, ink = last
        # One colour is a blank of it: a glyph would need both to be said.
        flat = ink[: size // 2] == ink[size // 2 :] and ink and not clear
        text = " " * (x - start) if flat else "".join([_CHARS[one] for one in glyphs[start:x]])
        segments.append(Segment(text, _style(ink, behind if clear else None, bool(clear)) if ink else base))
        start, last = x, key
    return Strip(segments, width)


# Pictures share few inks with each other, but a row that is painted again needs the same ones.
@lru_cache(2048)
def _style(ink: bytes, behind: Color | None, clear: bool) -> Style:
    if len(ink) == 2:
        colours = [Color(f"color({number})", ColorType.STANDARD, number) for number in ink]
    else:
        colours = [Color.from_triplet(ColorTriplet(*ink[i : i + 3])) for i in (0, 3)]
    if clear:
        return Style.from_color(colours[0], behind)
    if colours[0] == colours[1]:
        return Style.from_color(None, colours[1])
    return Style.from_color(colours[0], colours[1])
