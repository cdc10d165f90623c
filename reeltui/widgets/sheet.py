"""A block of toned lines that scrolls where it is too small for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reeltui.lines import Line
from reeltui.widgets.toned import Toned, changed_cells

# Lines for a width in cells.
Draw = Callable[[int], Sequence[Line]]


class Sheet(Toned, ScrollView, can_focus=False):
    """Shows what a function of the width draws. With `height: auto` it is as high as its lines."""

    DEFAULT_CSS = """
    Sheet {
        height: auto; width: 1fr; overflow-x: hidden; overflow-y: auto;
        scrollbar-size: 0 1; scrollbar-gutter: stable;
    }
    """

    def __init__(self, draw: Draw | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._draw: Draw = draw or (lambda width: ())
        self._rows: tuple[Line, ...] = ()
        self._drawn_for = -1
        self._painted: dict[int, Strip] = {}

    def show(self, draw: Draw) -> None:
        """Show something else; only what is not the same is painted."""
        self._draw = draw
        width = self._drawn_for
        if width < 0:
            return  # it is not laid out yet, or hidden; it will be drawn for the width it gets
        rows = tuple(draw(width))
        if rows == self._rows:
            return
        before, painted = self._rows, self._painted
        self._take(rows, width)
        if len(rows) != len(before) and (self.styles.height is None or self.styles.height.is_auto):
            # Where a layout was asked for already, textual does not count this one, and keeps the height it may have
            # measured in between.
            self._layout_updates += 1
            self.refresh(layout=True)
            return
        for at in range(max(len(rows), len(before))):
            if rows[at : at + 1] != before[at : at + 1]:
                self._refresh_line(at, painted.get(at))
            elif at in painted:
                self._painted[at] = painted[at]

    def _refresh_line(self, at: int, before: Strip | None) -> None:
        top = at - int(self.scroll_offset.y)
        if not 0 <= top < self.size.height:
            return
        width = self.scrollable_content_region.width
        runs = [(0, width)]
        if before is not None and before.cell_length == width and at < len(self._rows):
            self._painted[at] = self.paint(self._rows[at], width)
            runs = changed_cells(before, self._painted[at])
        for start, end in runs:
            self.refresh(Region(start, top, end - start, 1))

    def _take(self, rows: tuple[Line, ...], width: int) -> None:
        self._rows, self._drawn_for, self._painted = rows, width, {}
        self.virtual_size = Size(max(0, width), len(rows))

    def _ensure(self, width: int) -> None:
        if width != self._drawn_for:
            self._take(tuple(self._draw(width)), width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As high as its lines."""
        self._ensure(width - self.scrollbar_gutter.width)
        return len(self._rows)

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        # Draw for the new width at once: the message that tells of it comes after the first paint.
        updated = super()._size_updated(size, virtual_size, container_size, layout)
        if updated:
            self._ensure(self.scrollable_content_region.width)
        return updated

    def notify_style_update(self) -> None:
        """Paint in the new colours."""
        super().notify_style_update()
        self._painted = {}

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        at = y + int(self.scroll_offset.y)
        width = self.scrollable_content_region.width
        if at >= len(self._rows):
            return self.blank(width)
        found = self._painted.get(at)
        if found is None or found.cell_length != width:
            found = self._painted[at] = self.paint(self._rows[at], width)
        return found

    @property
    def draw(self) -> Draw:
        """What draws it: to draw it again where that would draw something else now."""
        return self._draw

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown, for copying and for tests."""
        return self._rows
