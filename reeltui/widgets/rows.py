"""A list with a cursor: keyed rows of toned lines, painted only where they are seen, so that moving costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from reeltui.lines import Line, Tone
from reeltui.widgets.toned import Toned, changed_cells

# The lines of a row for a width in cells; as many as the list's row height.
DrawRow = Callable[[str, int], Sequence[Line]]


class Rows(Toned, ScrollView, can_focus=True):
    """Shows keys, each drawn by a function. The cursor stays on its key while rows come, go and move about."""

    DEFAULT_CSS = """
    Rows {
        height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: auto;
        scrollbar-size: 0 1; scrollbar-gutter: stable;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "Down", show=False, id="list.down"),
        Binding("up,k", "move(-1)", "Up", show=False, id="list.up"),
        Binding("pagedown,ctrl+f,ctrl+d", "page(1)", "Page down", show=False, id="list.page-down"),
        Binding("pageup,ctrl+b,ctrl+u", "page(-1)", "Page up", show=False, id="list.page-up"),
        Binding("home", "edge(-1)", "First", show=False, id="list.first"),
        Binding("end,G", "edge(1)", "Last", show=False, id="list.last"),
    ]

    class _OfRow(Message):
        def __init__(self, rows: Rows, key: str) -> None:
            super().__init__()
            self.rows = rows
            self.key = key

        @property
        def control(self) -> Rows:
            """The list."""
            return self.rows

    class Highlighted(_OfRow):
        """The cursor is on another row; `key` is "" where there is none."""

    class Chosen(_OfRow):
        """A row was double-clicked, or clicked where the cursor was already."""

    def __init__(
        self,
        draw: DrawRow,
        *,
        height: int = 1,
        empty: Sequence[Line] = (),
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._draw = draw
        self._height = height
        self._empty = tuple(empty)
        self._keys: tuple[str, ...] = ()
        self._at = 0
        self._painted: dict[tuple[str, int, str], tuple[Strip, ...]] = {}

    # --- what is shown -----------------------------------------------------------------------------------------

    @property
    def keys(self) -> tuple[str, ...]:
        """The rows' keys in order."""
        return self._keys

    @property
    def cursor(self) -> str:
        """The key under the cursor, "" where there is no row."""
        return self._keys[self._at] if self._keys else ""

    def show(self, keys: Sequence[str], *, cursor: str = "", changed: Collection[str] | None = None) -> None:
        """Show these rows. The cursor goes to `cursor`, else stays on its key, else where that was.

        `changed` are the keys whose lines are others now (None: any may be).
        """
        before, new = self.cursor, tuple(keys)
        wanted = cursor or before
        moved = new != self._keys
        self._keys = new
        self._at = new.index(wanted) if wanted in new else max(0, min(self._at, len(new) - 1))
        painted = self._painted
        if changed is None and not moved:
            changed = new  # only what is in sight and not as it was is painted
        if changed is None or moved:
            self._painted = {}
        else:
            self._painted = {known: strips for known, strips in painted.items() if known[0] not in changed}
        if moved:
            self.virtual_size = Size(self.size.width, len(new) * self._height)
            self.call_after_refresh(self._keep_in_sight)
        if changed is None or moved:
            self.refresh()
        else:
            others = frozenset(changed)
            for place in self._in_sight():
                if new[place] in others:
                    self._refresh_changed(place, painted)
        if self.cursor != before:
            self.post_message(self.Highlighted(self, self.cursor))

    def set_height(self, height: int) -> None:
        """Change how many lines a row takes."""
        if height != self._height:
            self._height = height
            self._painted = {}
            self.virtual_size = Size(self.size.width, len(self._keys) * height)
            self.refresh()
            self.call_after_refresh(self._keep_in_sight)

    def say_when_empty(self, rows: Sequence[Line]) -> None:
        """Change what is shown where there is no row."""
        if self._empty != tuple(rows):
            self._empty = tuple(rows)
            self.refresh()

    def seen(self) -> list[tuple[str, int]]:
        """Return the keys of the rows that are in sight, each with the line its first line is on, from 0."""
        top, height = int(self.scroll_offset.y), self._height
        return [(self._keys[place], place * height - top) for place in self._in_sight() if place * height >= top]

    def _in_sight(self) -> range:
        """Return the places of the rows that are in sight, also in part."""
        top, height = int(self.scroll_offset.y), self._height
        return range(max(0, top // height), min(len(self._keys), (top + self.size.height - 1) // height + 1))

    # --- moving ------------------------------------------------------------------------------------------------

    def go(self, place: int) -> None:
        """Put the cursor on a row by its place from 0."""
        if not self._keys:
            return
        place = max(0, min(place, len(self._keys) - 1))
        if place == self._at:
            return
        before, self._at = self._at, place
        self._refresh_row(before)
        self._refresh_row(place)
        self._keep_in_sight()
        self.post_message(self.Highlighted(self, self.cursor))

    def go_to(self, key: str) -> None:
        """Put the cursor on a key, if it is there."""
        if key in self._keys:
            self.go(self._keys.index(key))

    def action_move(self, by: int) -> None:
        """Move the cursor by rows."""
        self.go(self._at + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.go(self._at + by * max(1, self.size.height // self._height - 1))

    def action_edge(self, to: int) -> None:
        """Move the cursor to the first or last row."""
        self.go(0 if to < 0 else len(self._keys) - 1)

    def _keep_in_sight(self) -> None:
        region = Region(0, self._at * self._height, 1, self._height)
        self.scroll_to_region(region, animate=False, force=True, x_axis=False)

    def _refresh_changed(self, place: int, painted: dict[tuple[str, int, str], tuple[Strip, ...]]) -> None:
        """Paint what is not as it was `painted` of one row, where it is in sight."""
        top = place * self._height - int(self.scroll_offset.y)
        known = self._keys[place], self.scrollable_content_region.width, self._over(place)
        before = painted.get(known)
        if before is None:
            self._refresh_row(place)
            return
        for at, (old, new) in enumerate(zip(before, self._row(*known), strict=False)):
            for start, end in changed_cells(old, new):
                self.refresh(Region(start, top + at, end - start, 1))

    def _over(self, place: int) -> str:
        """Return what lies over a row: the cursor, or nothing."""
        if place != self._at:
            return ""
        return "cursor" if self.has_focus else "cursor-away"

    def _refresh_row(self, place: int) -> None:
        top = place * self._height - int(self.scroll_offset.y)
        self.refresh(Region(0, top, self.size.width, self._height))

    # --- mouse -------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """Go to the row; where the cursor is there already, choose it."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        place = (offset.y + int(self.scroll_offset.y)) // self._height
        if not 0 <= place < len(self._keys):
            return
        if place == self._at or event.chain > 1:
            self.go(place)
            self.post_message(self.Chosen(self, self.cursor))
        else:
            self.go(place)

    # --- painting ----------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Rows are drawn for a width."""
        self._painted = {}
        self.virtual_size = Size(self.size.width, len(self._keys) * self._height)
        self._keep_in_sight()

    def on_focus(self) -> None:
        """The cursor shows that keys go here."""
        self._refresh_row(self._at)

    def on_blur(self) -> None:
        """The cursor shows that keys go elsewhere."""
        self._refresh_row(self._at)

    def notify_style_update(self) -> None:
        """Paint in the new colours."""
        super().notify_style_update()
        self._painted = {}

    def render_line(self, y: int) -> Strip:
        """Paint one line of what is seen."""
        width = self.scrollable_content_region.width
        if not self._keys:
            return self.paint(self._empty[y], width) if y < len(self._empty) else self.blank(width)
        place, inner = divmod(y + int(self.scroll_offset.y), self._height)
        if place >= len(self._keys):
            return self.blank(width)
        return self._row(self._keys[place], width, self._over(place))[inner]

    def _row(self, key: str, width: int, over: str) -> tuple[Strip, ...]:
        known = key, width, over
        found = self._painted.get(known)
        if found is None:
            rows = self.paint_row(key, width, over)[: self._height]
            blank = Strip.blank(width, self.tone(Tone.PLAIN, over))
            found = self._painted[known] = tuple(rows + [blank] * (self._height - len(rows)))
        return found

    def paint_row(self, key: str, width: int, over: str) -> list[Strip]:
        """Return a row's lines; `over` is the component style of the cursor on it ("" where that is elsewhere)."""
        return [self.paint(row, width, over) for row in self._draw(key, width)[: self._height]]
