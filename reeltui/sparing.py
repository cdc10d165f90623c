"""Sends a terminal only the cells that changed, which over a slow line is what counts."""

from __future__ import annotations

from rich.console import Console
from rich.control import Control
from textual._compositor import ChopsUpdate


def send_sparingly() -> None:
    """Let textual send each changed run of cells by itself, for the whole process.

    Its own way (8.2) sends a line of a widget from its left edge on up to what changed: for one figure at the right end
    of a panel that is the whole line, and once more for every further one.
    """
    setattr(ChopsUpdate, "render_segments", _render)  # noqa: B010 - a method of a class that is not ours


def _render(update: ChopsUpdate, console: Console) -> str:
    """Return what is written to the terminal for the changed spans of lines."""
    told: list[str] = []
    for y, start, end in update.spans:
        for stop, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            first, last = max(x, start), min(stop, end)
            if strip is None or first >= last:
                continue
            told.append(Control.move_to(first, y).segment.text)
            told.append(strip.crop(first - x, last - x).render(console))
    return "".join(told)
