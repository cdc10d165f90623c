"""Sends a terminal only the cells that are not as they are, which over a slow line is what counts."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

from reeltui.widgets.toned import changed_cells


class Shown:
    """What a terminal shows, line by line, as far as that is known."""

    def __init__(self) -> None:
        self._lines: dict[int, Strip] = {}

    def forget(self) -> None:
        """Know nothing any more: the terminal was resized, or somebody else wrote to it."""
        self._lines = {}

    def put(self, x: int, y: int, strip: Strip, console: Console) -> str:
        """Return what is to be written so that a strip stands at a cell of a line; "" where it does already."""
        if any(segment.control or "\x1b" in segment.text for segment in strip):
            self._lines.pop(y, None)  # a picture in a terminal's own way: nobody knows what cells it takes
            return _written(x, y, strip, console)
        before, end = self._lines.get(y), x + strip.cell_length
        if before is None or before.cell_length < end:
            if x == 0:
                self._lines[y] = strip
            return _written(x, y, strip, console)
        whole = x == 0 and before.cell_length == end
        runs = changed_cells(before if whole else before.crop(x, end), strip)
        if whole:
            self._lines[y] = strip
        elif runs:
            self._lines[y] = Strip.join([before.crop(0, x), strip, before.crop(end, None)]).simplify()
        return "".join(_written(x + start, y, strip.crop(start, stop), console) for start, stop in runs)


SHOWN = Shown()


def send_sparingly() -> None:
    """Let textual (8.2) send only changed cells, for the whole process.

    Its own way sends all of a screen that is laid out, two or three times while it opens, and of a changed figure at
    the right end of a panel the whole line. `SHOWN` has to forget when somebody else may have written to the terminal.
    """
    method: Any
    for update, method in ((LayoutUpdate, _layout), (ChopsUpdate, _chops)):
        setattr(update, "render_segments", method)  # noqa: B010 - a method of a class that is not ours


def _layout(update: LayoutUpdate, console: Console) -> str:
    """Return what is written to the terminal for a whole screen."""
    x, top = update.region.x, update.region.y
    return "".join(SHOWN.put(x, y, Strip.join(line), console) for y, line in enumerate(update.strips, top))


def _chops(update: ChopsUpdate, console: Console) -> str:
    """Return what is written to the terminal for the changed spans of lines."""
    told: list[str] = []
    for y, start, end in update.spans:
        for stop, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            first, last = max(x, start), min(stop, end)
            if strip is not None and first < last:
                told.append(SHOWN.put(first, y, strip.crop(first - x, last - x), console))
    return "".join(told)


def _written(x: int, y: int, strip: Strip, console: Console) -> str:
    return f"{Control.move_to(x, y).segment.text}{strip.render(console)}"
