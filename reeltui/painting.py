"""How all screens are laid out and painted: at once, and only what can be seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from rich.segment import Segment
from textual import events
from textual._compositor import ChopsUpdate, Compositor
from textual.cache import FIFOCache
from textual.geometry import Region, Size
from textual.screen import UPDATE_PERIOD, ModalScreen, Screen, ScreenResultType
from textual.strip import Strip
from textual.widget import _RenderCache

# What a strip keeps of what was made from it, and how much of each.
_KEPT = {
    "_divide_cache": 4,
    "_crop_cache": 16,
    "_style_cache": 16,
    "_filter_cache": 4,
    "_line_length_cache": 4,
    "_crop_extend_cache": 4,
    "_offsets_cache": 4,
}
# A line's pieces by the cell where each begins; None where nothing was painted yet.
_Pieces = dict[int, Strip | None]


def make_strips_light() -> None:
    """Let textual's strips (8.2) make their caches when they need them, for the whole process.

    A strip makes seven as it begins, and most need none: that took a tenth of the time a screen takes to be painted.
    """
    setattr(Strip, "__init__", _begin_strip)  # noqa: B010 - a method of a class that is not ours
    setattr(Strip, "__getattr__", _make_cache)  # noqa: B010


def _begin_strip(strip: Strip, segments: Iterable[Segment], cell_length: int | None = None) -> None:
    strip._segments = list(segments)
    strip._cell_length = cell_length
    strip._render_cache = strip._link_ids = strip._cell_count = None


def _make_cache(strip: Strip, name: str) -> object:
    if name not in _KEPT:
        raise AttributeError(name)
    cache: object = FIFOCache(_KEPT[name])
    setattr(strip, name, cache)
    return cache


class Seen(Compositor):
    """Textual's compositor (8.2), but it asks widgets only for what can be seen and is wanted.

    That one has every widget render all its lines and throws away what others lie over: the containers of a screen are
    painted whole, one behind the other, for nothing to be seen of them; and for a cursor that moves in a list, every
    line of every widget beside it is cut up anew.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render what changed; None where nothing did."""
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        if not regions:
            return None
        spans = list(self._regions_to_spans(regions))
        wanted: dict[int, tuple[int, int]] = {}
        for y, start, end in spans:
            first, last = wanted.get(y, (start, end))
            wanted[y] = min(first, start), max(last, end)
        return ChopsUpdate(self._pieces(wanted), spans, [cuts[1:] for cuts in self.cuts])

    def _render_chops(self, crop: Region, is_rendered_line: Callable[[int], bool]) -> Sequence[Mapping[int, Strip]]:
        columns = crop.column_span
        pieces = self._pieces({y: columns for y in crop.line_range if is_rendered_line(y)})
        return cast("Sequence[Mapping[int, Strip]]", pieces)

    def _pieces(self, wanted: Mapping[int, tuple[int, int]]) -> list[_Pieces]:
        """Return the pieces of all lines, filled where cells, from and to (excluded), of a line are `wanted`."""
        cuts = self.cuts
        pieces: list[_Pieces] = [dict.fromkeys(line[:-1]) for line in cuts]
        lines = [y for y in wanted if 0 <= y < len(cuts)]
        if not lines:
            return pieces
        bare = {
            y: {start for start, end in zip(cuts[y], cuts[y][1:], strict=False) if start < last and end > first}
            for y in lines
            for first, last in [wanted[y]]
        }
        top, bottom = min(lines), max(lines) + 1
        for widget, (region, clip) in self.visible_widgets.items():  # from front to back
            seen = region.intersection(clip)
            first, last = seen.column_span
            mine = {
                y: found
                for y in range(max(top, seen.y), min(bottom, seen.bottom))
                if (found := [cut for cut in bare.get(y, ()) if first <= cut < last])
            }
            if not mine:
                continue
            low, high = min(mine), max(mine) + 1
            strips = widget.render_lines(Region(seen.x - region.x, low - region.y, seen.width, high - low))
            for y, strip in enumerate(strips, low):
                if y not in mine:
                    continue
                ends = [cut - seen.x for cut in cuts[y] if first < cut <= last]
                starts = (cut for cut in cuts[y] if first <= cut < last)
                for start, piece in zip(starts, strip.divide(ends), strict=False):
                    if start in bare[y]:
                        pieces[y][start] = piece
                bare[y].difference_update(mine[y])
        return pieces


class Painted(Screen[ScreenResultType]):
    """A screen that knows its size before it opens, and is painted as soon as nothing more is to be done.

    Textual lays a new screen out, paints it, tells it its size, and by that finds what classes it has for the size, and
    that all has to be styled, laid out and painted again. And a change that comes after a rest waits for the next tick
    of a clock; here it is painted at once, and only what comes right behind it waits.
    """

    def __init__(self, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(name, id, classes)
        self._compositor = Seen()
        self._laid_out = Size(0, 0)
        self._painted_at = float("-inf")

    # --- the size, first ---------------------------------------------------------------------------------------

    async def _compose(self) -> None:
        width, height = self.app.size
        classes = {
            name: False for _, name in (*(self.HORIZONTAL_BREAKPOINTS or ()), *(self.VERTICAL_BREAKPOINTS or ()))
        }
        for size, breakpoints in ((width, self.HORIZONTAL_BREAKPOINTS), (height, self.VERTICAL_BREAKPOINTS)):
            classes |= dict.fromkeys(self._get_breakpoint_classes(size, breakpoints or []), True)
        self.update_classes(classes, update=False)
        self.app.stylesheet.apply(self, animate=False)
        await super()._compose()

    def _on_screen_resume(self, event: events.ScreenResume) -> None:
        # Textual calls its own after this one.
        if not self.stack_updates:
            event.refresh_styles = False  # all of it has just been styled

    def _refresh_layout(self, size: Size | None = None, scroll: bool = False) -> None:
        self._laid_out = self.outer_size if size is None else size
        super()._refresh_layout(size, scroll)

    def _screen_resized(self, size: Size) -> None:
        if size != self._laid_out:
            super()._screen_resized(size)

    def _render_content(self) -> None:
        """Take one line of the ground for all of them."""
        if self.styles.background.a == 1:
            line = Strip.blank(self.size.width, self.rich_style)
            self._render_cache = _RenderCache(self.size, [line] * self.size.height)
            self._dirty_regions.clear()
        else:
            super()._render_content()

    # --- when --------------------------------------------------------------------------------------------------

    async def _on_idle(self, event: events.Idle) -> None:
        await super()._on_idle(event)  # lets the clock run where something is to be painted
        wanted = self._layout_required or self._scroll_required or self._repaint_required or self._dirty_widgets
        rested = time.monotonic() - self._painted_at > UPDATE_PERIOD
        if wanted and rested and self.is_current and not self.app._batch_count:
            self._on_timer_update()

    def _on_timer_update(self) -> None:
        self._painted_at = time.monotonic()
        super()._on_timer_update()


class Dialog(ModalScreen[ScreenResultType], Painted[ScreenResultType]):
    """What opens over a screen, which stays to be seen as it is. (Style sheets know it by its first base.)"""

    def _render_content(self) -> None:
        """Take what lies below as it is painted: textual takes it apart and puts it together again."""
        stack: list[Screen[Any]] = self.app.screen_stack
        if self not in stack[1:] or self.styles.background.a:
            super()._render_content()
            return
        below = stack[stack.index(self) - 1]
        strips = below._compositor.render_strips(self.size)
        self._render_cache = _RenderCache(self.size, [_without_links(strip) for strip in strips])
        self._dirty_regions.clear()


def _without_links(strip: Strip) -> Strip:
    """Return a strip nothing of which can be clicked."""
    if not any(segment.style is not None and segment.style.meta for segment in strip):
        return strip
    return Strip(
        [
            Segment(text, style.clear_meta_and_links() if style is not None and style.meta else style, control)
            for text, style, control in strip
        ],
        strip.cell_length,
    )
