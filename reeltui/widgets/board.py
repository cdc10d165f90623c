"""The shot board: a list whose rows have a picture at the left."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.segment import Segment
from textual.strip import Strip

from reeltui.lines import Line, Span, Tone, fit, line, span
from reeltui.widgets.rows import DrawRow, Rows

# The lines of a row's picture for its key and a size in cells: as many as asked for and as wide; None while there is
# none, or a word why not, which is shown in its place.
Pictures = Callable[[str, int, int], Sequence[Strip] | str]
_GAP = 2
# A row of this height has an empty line under it, so that pictures do not touch.
_ROOMY = 5
# Less than this many cells of text is worse than no picture.
_TEXT = 40


def picture_size(height: int) -> tuple[int, int]:
    """Return the cells of a picture of 16 by 9 in a row of so many lines; a cell is about twice as high as wide."""
    lines = height - 1 if height >= _ROOMY else height
    return round(lines * 3.5), lines


def frame(width: int, height: int, words: str) -> list[Line]:
    """Return a quiet frame with a word in it, where there is no picture yet."""
    if width < 3 or height < 3:
        return [line(Span("·" * width, Tone.DIM))] * height
    inner = width - 2
    side = Span("│", Tone.DIM)
    rows: list[Line] = [line(side, " " * inner, side) for _ in range(height - 2)]
    rows[(height - 3) // 2] = line(side, fit(line(span(words, Tone.DIM)), inner, "centre"), side)
    return [line(Span(f"╭{'─' * inner}╮", Tone.DIM)), *rows, line(Span(f"╰{'─' * inner}╯", Tone.DIM))]


class Board(Rows):
    """Rows with pictures. `pictures` is asked whenever a row is painted, and must answer at once; None: no pictures."""

    def __init__(self, draw: DrawRow, pictures: Pictures | None, *, height: int = 3, id: str | None = None) -> None:
        super().__init__(draw, height=height, id=id)
        self._pictures = pictures

    def paint_row(self, key: str, width: int, over: str) -> list[Strip]:
        """Return a row's lines, its picture at the left where there is room for both."""
        wide, high = picture_size(self._height)
        if self._pictures is None or width < wide + _GAP + 1 + _TEXT:
            margin = Strip([Segment(" ", self.tone(Tone.PLAIN, over))], 1)
            return [Strip.join([margin, strip]) for strip in super().paint_row(key, width - 1, over)]
        picture = self._picture(self._pictures(key, wide, high), wide, high, over)
        plain = self.tone(Tone.PLAIN, over)
        before, between = Strip([Segment(" ", plain)], 1), Strip([Segment(" " * _GAP, plain)], _GAP)
        room = width - wide - _GAP - 2
        text = [self.paint(row, room + 1, over) for row in self._draw(key, room)]
        blank = Strip.blank(room + 1, plain)
        text += [blank] * (high - len(text))
        return [
            Strip.join([before, picture[at], between, text[at]]).adjust_cell_length(width, plain) for at in range(high)
        ]

    def _picture(self, found: Sequence[Strip] | str, width: int, height: int, over: str) -> list[Strip]:
        if isinstance(found, str):
            return [self.paint(row, width, over) for row in frame(width, height, found)]
        plain = self.tone(Tone.PLAIN, over)
        strips = [strip.adjust_cell_length(width, plain) for strip in found[:height]]
        return strips + [Strip.blank(width, plain)] * (height - len(strips))
