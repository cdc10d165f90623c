"""Sends a terminal only the cells that are not as they are, which over a slow line is what counts."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.control import Control
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

from reeltui.widgets.toned import changed_runs, parted


class Shown:
    """What a terminal shows, line by line, as far as that is known."""

    def __init__(self) -> None:
        self._lines: dict[int, tuple[int, list[Segment]]] = {}  # cells, and what stands in them

    def forget(self) -> None:
        """Know nothing any more: the terminal was resized, or somebody else wrote to it."""
        self._lines = {}

    def put(self, x: int, y: int, strip: Strip, console: Console) -> str:
        """Return what is to be written so that a strip stands at a cell of a line; "" where it does already."""
        new = list(strip)
        if any(segment.control or "\x1b" in segment.text for segment in new):
            self._lines.pop(y, None)  # a picture in a terminal's own way: nobody knows what cells it takes
            return _written(x, y, strip, console)
        end = x + strip.cell_length
        wide, before = self._lines.get(y, (0, []))
        if wide < end:
            if x == 0:
                self._lines[y] = end, new
            return _written(x, y, strip, console)
        left, old, right = parted(before, x, end)
        runs = changed_runs(old, new)
        if runs:
            line = [*left, *new, *right]
            # Every cut of a line leaves one more piece.
            self._lines[y] = wide, line if len(line) <= wide else list(Segment.simplify(line))
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
        at, run = start, list[Strip]()
        for stop, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            first, last = max(x, start), min(stop, end)
            if first >= last:
                continue
            if strip is None or first != at + sum(one.cell_length for one in run):
                told.append(SHOWN.put(at, y, Strip.join(run), console))
                at, run = first, []
            if strip is not None:
                run.append(strip.crop(first - x, last - x))
        if run:
            told.append(SHOWN.put(at, y, Strip.join(run), console))
    return "".join(told)


def _written(x: int, y: int, strip: Strip, console: Console) -> str:
    return f"{Control.move_to(x, y).segment.text}{strip.render(console)}"
