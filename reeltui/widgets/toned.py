"""Paints toned lines: a tone becomes a style of the theme."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import zip_longest

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from reeltui.lines import Line, Tone, cut

# Runs of changed cells with no more than this between them are sent as one: going there costs as much.
_JOINED = 6


# The variables of a theme that are painted with; what has no value is the widget's own.
_TONES = {tone.value: f"tone-{tone.value}" for tone in Tone if tone.value}
_CURSORS = {
    "cursor": ("cursor-background", "cursor-foreground", "cursor-style"),
    "cursor-away": ("cursor-away", "cursor-away-foreground", "cursor-away-style"),
}
_VARIABLES = (*_TONES.values(), *(name for names in _CURSORS.values() for name in names))


class Toned(Widget):
    """A widget that paints toned lines.

    Its tones are the theme's variables. As component classes, which textual matches for every widget on a screen one by
    one, they took a third of the time in which a screen opens.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._tones: dict[tuple[str, str], Style] = {}
        self._blank = Strip([], 0)
        self._bare: bool | None = None

    def notify_style_update(self) -> None:
        """Forget the styles: the theme or a class changed."""
        super().notify_style_update()
        self._tones = {}
        self._blank = Strip([], 0)
        self._bare = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return lines as they are painted, where nothing is put around or over them: textual asks again for every
        line what that might be."""
        if self._bare is None:
            self._bare = self._stands_alone()
        if not self._bare or self.hover_style.link_id:
            return super().render_lines(crop)
        width, plain = self.region.width, self.tone(Tone.PLAIN)
        lines = [self.render_line(y).adjust_cell_length(width, plain) for y in crop.line_range]
        for one in self.app.get_line_filters():
            lines = [line.apply_filter(one, self.background_colors[1]) for line in lines]
        return lines if crop.column_span == (0, width) else [line.crop(*crop.column_span) for line in lines]

    def _stands_alone(self) -> bool:
        styles = self.styles
        around = any(edge for edge, _ in (*styles.border, *styles.outline)) or any(styles.padding)
        over = self.opacity != 1 or styles.text_opacity != 1 or styles.tint.a or styles.has_rule("hatch")
        return not around and not over

    def tone(self, tone: Tone, over: str = "") -> Style:
        """Return the style of a tone on `over`: "cursor", "cursor-away", or "" for the widget's own ground."""
        key = tone.value, over
        found = self._tones.get(key)
        if found is None:
            variables = self.app.theme_variables
            styles = _styles(tuple(variables.get(name, "") for name in _VARIABLES))
            found = self.rich_style + styles.get(over, Style())
            own = styles.get(tone.value, Style())
            # On a cursor that is the terminal's colours turned about, a tone's colour would be a ground's.
            found += Style(bold=own.bold) if over and self.app.native_ansi_color else own
            self._tones[key] = found
        return found

    def blank(self, width: int) -> Strip:
        """Return an empty line."""
        if self._blank.cell_length != width:
            self._blank = Strip.blank(width, self.tone(Tone.PLAIN))
        return self._blank

    def paint(self, row: Line, width: int, over: str = "") -> Strip:
        """Return a line as exactly `width` cells."""
        segments = []
        for one in cut(row, width):
            style = self.tone(one.tone, over)
            if one.act:
                style += Style.from_meta({"@click": one.act})
            segments.append(Segment(one.text, style))
        return Strip(segments).adjust_cell_length(width, self.tone(Tone.PLAIN, over))


@lru_cache(maxsize=4)
def _styles(values: tuple[str, ...]) -> dict[str, Style]:
    """Return the styles of the tones and cursors, from the values of `_VARIABLES`."""
    told = dict(zip(_VARIABLES, values, strict=True))
    styles = {
        tone: Style(color=_colour(told[name]), bold=True if tone == Tone.STRONG.value else None)
        for tone, name in _TONES.items()
    }
    for cursor, (ground, text, style) in _CURSORS.items():
        styles[cursor] = Style.parse(told[style] or "none") + Style(
            color=_colour(told[text]), bgcolor=_colour(told[ground])
        )
    return styles


def _colour(value: str) -> RichColor | None:
    return Color.parse(value).rich_color if value else None


def changed_cells(before: Strip, after: Strip) -> list[tuple[int, int]]:
    """Return the runs of cells, from and to (excluded), in which two lines of one length differ."""
    return [] if before is after else changed_runs(list(before), list(after))


def changed_runs(old: list[Segment], new: list[Segment]) -> list[tuple[int, int]]:
    """Return the runs of cells, from and to (excluded), in which two lines of one length differ.

    Only those are sent to the terminal: over a slow line a figure that counts up must not cost a whole panel. Where a
    line is cut, a mark over the last letter would stay behind, so runs begin and end beside letters without one.
    """
    if old == new:
        return []
    # What both begin and end with is passed over by whole segments: most lines change in one place.
    first, most, start = 0, min(len(old), len(new)), 0
    while first < most and old[first] == new[first] and _unmarked(new[first].text):
        start += _cells_of(old[first].text)
        first += 1
    last = 0
    while last < most - first and old[-1 - last] == new[-1 - last] and _unmarked(new[-1 - last].text):
        last += 1
    old, new = old[first : len(old) - last], new[first : len(new) - last]
    if all(_plain(segment.text) for segment in old) and all(_plain(segment.text) for segment in new):
        differing = _differing_pieces(old, new, start)
    else:
        differing = _differing_cells(old, new, start)
    runs: list[tuple[int, int]] = []
    for at, end in differing:
        if runs and at - runs[-1][1] <= _JOINED:
            runs[-1] = runs[-1][0], max(end, runs[-1][1])
        else:
            runs.append((at, end))
    return runs


def parted(segments: list[Segment], start: int, end: int) -> tuple[list[Segment], list[Segment], list[Segment]]:
    """Return what stands before a cell of a line, from there to another (excluded), and after that."""
    parts: tuple[list[Segment], list[Segment], list[Segment]] = [], [], []
    at = 0
    for segment in segments:
        after = at + _cells_of(segment.text)
        if after <= start:
            parts[0].append(segment)
        elif at >= end:
            parts[2].append(segment)
        elif start <= at and after <= end:
            parts[1].append(segment)
        else:
            rest = segment
            if at < start:
                piece, rest = rest.split_cells(start - at)
                parts[0].append(piece)
            if after > end:
                rest, piece = rest.split_cells(end - max(at, start))
                parts[2].append(piece)
            parts[1].append(rest)
        at = after
    return parts


def _differing_pieces(old: list[Segment], new: list[Segment], start: int) -> Iterator[tuple[int, int]]:
    """Yield where lines of plain characters differ: by the pieces between two changes of style, as lines have few."""
    at, one, other, into, its_into = start, 0, 0, 0, 0
    while one < len(old) and other < len(new):
        text, style, _ = old[one]
        beside, its, _ = new[other]
        size = min(len(text) - into, len(beside) - its_into)
        if style is not its and style != its:
            yield at, at + size
        elif text != beside or into or its_into:
            was, now = text[into : into + size], beside[its_into : its_into + size]
            if was != now:
                yield from ((at + n, at + n + 1) for n in range(size) if was[n] != now[n])
        at, into, its_into = at + size, into + size, its_into + size
        if into == len(text):
            one, into = one + 1, 0
        if its_into == len(beside):
            other, its_into = other + 1, 0
    rest = sum(len(found.text) for found in (*old[one:], *new[other:])) - into - its_into
    if rest:
        yield at, at + rest


def _differing_cells(old: list[Segment], new: list[Segment], start: int) -> Iterator[tuple[int, int]]:
    """Yield where lines differ that have wide characters or marks, cell by cell."""
    cells = _cells(new)
    end = start + len(cells)
    marked = {start + at for at, (text, *_) in enumerate(cells) if len(text) > 1}
    for at, (one, other) in enumerate(zip_longest(_cells(old), cells), start):
        if one == other:
            continue
        first, last = at, at + 1
        while first - 1 in marked:
            first -= 1
        while last - 1 in marked and last < end:
            last += 1
        yield first, last


@lru_cache(4096)
def _plain(text: str) -> bool:
    """Tell whether every character takes one cell."""
    return text.isascii() or all(cell_len(char) == 1 for char in text)


@lru_cache(4096)
def _unmarked(text: str) -> bool:
    """Tell whether no character of a text is a mark that takes no cell of its own."""
    return text.isascii() or all(cell_len(char) for char in text)


def _cells_of(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _cells(segments: Iterable[Segment]) -> list[tuple[str, int, Style | None]]:
    """Return what stands in each cell; both cells of a wide character have it, so that none is cut in two."""
    found: list[tuple[str, int, Style | None]] = []
    for segment in segments:
        for char in segment.text:
            width = cell_len(char)
            if width == 0 and found:
                last, place, style = found[-1]
                found[-1] = last + char, place, style
            found += [(char, place, segment.style) for place in range(width)]
    return found
