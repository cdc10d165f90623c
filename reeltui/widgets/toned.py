"""Paints toned lines: a tone becomes a style of the theme."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from reeltui.lines import Line, Tone, cut

# Runs of changed cells with no more than this between them are sent as one: going there costs as much.
_JOINED = 6


class Toned(Widget):
    """A widget that paints toned lines. Its styles are looked up once per theme."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"tone-{tone.value}" for tone in Tone if tone.value} | {
        "cursor",
        "cursor-away",
    }
    DEFAULT_CSS = """
    Toned {
        & > .tone-strong { color: $tone-strong; text-style: bold; }
        & > .tone-dim { color: $tone-dim; }
        & > .tone-accent { color: $tone-accent; }
        & > .tone-good { color: $tone-good; }
        & > .tone-bad { color: $tone-bad; }
        & > .tone-warn { color: $tone-warn; }
        & > .tone-running { color: $tone-running; }
        & > .cursor { background: $cursor-background; color: $cursor-foreground; text-style: $cursor-style; }
        & > .cursor-away { background: $cursor-away; color: $cursor-away-foreground; text-style: $cursor-away-style; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._tones: dict[tuple[str, str], Style] = {}

    def notify_style_update(self) -> None:
        """Forget the styles: the theme or a class changed."""
        super().notify_style_update()
        self._tones = {}

    def tone(self, tone: Tone, over: str = "") -> Style:
        """Return the style of a tone, over the component style `over` ("" for the widget's own)."""
        key = tone.value, over
        found = self._tones.get(key)
        if found is None:
            base = self.get_component_rich_style(over) if over else self.rich_style
            if tone is not Tone.PLAIN:
                own = self.get_component_rich_style(f"tone-{tone.value}", partial=True)
                colour = None if over and self.app.native_ansi_color else own.color
                base += Style(color=colour, bold=own.bold, italic=own.italic, underline=own.underline)
            found = self._tones[key] = base
        return found

    def paint(self, row: Line, width: int, over: str = "") -> Strip:
        """Return a line as exactly `width` cells."""
        segments = []
        for one in cut(row, width):
            style = self.tone(one.tone, over)
            if one.act:
                style += Style.from_meta({"@click": one.act})
            segments.append(Segment(one.text, style))
        return Strip(segments).adjust_cell_length(width, self.tone(Tone.PLAIN, over))


def changed_cells(before: Strip, after: Strip) -> list[tuple[int, int]]:
    """Return the runs of cells, from and to (excluded), in which two lines of one length differ.

    Only those are sent to the terminal: over a slow line a figure that counts up must not cost a whole panel.
    """
    runs: list[tuple[int, int]] = []
    for at, (old, new) in enumerate(zip(_cells(before), _cells(after), strict=False)):
        if old == new:
            continue
        if runs and at - runs[-1][1] <= _JOINED:
            runs[-1] = runs[-1][0], at + 1
        else:
            runs.append((at, at + 1))
    return runs


def _cells(strip: Strip) -> list[tuple[str, int, Style | None]]:
    """Return what stands in each cell; both cells of a wide character have it, so that none is cut in two."""
    found: list[tuple[str, int, Style | None]] = []
    for segment in strip:
        for char in segment.text:
            width = cell_len(char)
            if width == 0 and found:
                last, place, style = found[-1]
                found[-1] = last + char, place, style
            found += [(char, place, segment.style) for place in range(width)]
    return found
