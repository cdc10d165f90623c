"""Jump mode: a letter on everything that can be chosen; typing it goes there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from reeltui.lines import Tone
from reeltui.painting import Dialog
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet
from reeltui.widgets.toned import Toned

# The home row first, then what is nearest to it.
ALPHABET = "asdfghjklqwertyuiopzxcvbnm"


class Place(msgspec.Struct, frozen=True):
    """Something to jump to: the cell its letter is put on, and what going there does."""

    x: int
    y: int
    go: Callable[[], object]


def names_for(count: int, alphabet: str = ALPHABET) -> list[str]:
    """Return as many names, as short as can be, none of which begins like another one."""
    names = list(alphabet[:count])
    if count <= len(alphabet):
        return names
    names, at = list(alphabet), len(alphabet)
    while len(names) < count:
        # The last letters become the first ones of longer names; the first stay short.
        at -= 1
        head = names.pop(at)
        names += [head + letter for letter in alphabet]
    return names[:count]


def places(screen: Screen[object]) -> list[Place]:
    """Return everything on a screen that can be chosen: rows, what takes the focus, and what can be clicked."""
    found: list[Place] = []
    for widget in screen.walk_children(Widget):
        region = widget.region.intersection(screen.size.region)
        if not region or not widget.is_on_screen:
            continue
        if isinstance(widget, Rows) and widget.keys:
            found += _rows(widget, region)
        elif widget.focusable:
            found.append(Place(region.x, region.y, widget.focus))
        if isinstance(widget, Sheet):
            found += _clickable(widget, region)
    return sorted(found, key=lambda place: (place.y, place.x))


def _rows(rows: Rows, region: Region) -> Iterator[Place]:
    for key, y in rows.seen():
        at = rows.content_region.y + y
        if region.y <= at < region.bottom:
            yield Place(region.x, at, _goes(rows, key))


def _clickable(sheet: Sheet, region: Region) -> Iterator[Place]:
    top = int(sheet.scroll_offset.y)
    for at, row in enumerate(sheet.lines[top : top + sheet.size.height]):
        x, before = sheet.content_region.x, ""
        for piece in row:
            if piece.act and piece.act != before and x < region.right:
                # A piece that begins with a blank has room for the letter; its key stays to be read.
                yield Place(x, sheet.content_region.y + at, _runs(sheet, piece.act))
            before = piece.act
            x += piece.width


def _goes(rows: Rows, key: str) -> Callable[[], object]:
    def go() -> None:
        rows.focus()
        rows.go_to(key)

    return go


def _runs(sheet: Sheet, act: str) -> Callable[[], object]:
    return lambda: sheet.app.call_later(sheet.app.run_action, act, sheet)


class _Letters(Toned):
    """What was on the screen, dim, with the letters on it."""

    DEFAULT_CSS = """
    _Letters { width: 100%; height: 100%; }
    _Letters > .letter { color: $tone-accent; background: $background; text-style: bold reverse; }
    _Letters > .typed { background: $cursor-background; color: $tone-dim; }
    """
    COMPONENT_CLASSES = {"letter", "typed"}  # noqa: RUF012 - as textual declares it

    def __init__(self, below: Sequence[Strip], named: dict[str, Place]) -> None:
        super().__init__()
        self._below = below
        self._named = named
        self.typed = ""

    def type(self, typed: str) -> None:
        """Show what was typed: names that do not begin so go."""
        self.typed = typed
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        width = self.size.width
        below = self._below[y] if y < len(self._below) else Strip.blank(width)
        dim = self.tone(Tone.DIM)
        faded = [
            Segment(one.text, Style(color=dim.color, bgcolor=one.style.bgcolor if one.style else None)) for one in below
        ]
        strip = Strip(faded).adjust_cell_length(width)
        for name, place in self._named.items():
            if place.y == y and name.startswith(self.typed) and place.x < width:
                strip = self._with(strip, place.x, name)
        return strip

    def _with(self, strip: Strip, x: int, name: str) -> Strip:
        letter, typed = self.get_component_rich_style("letter"), self.get_component_rich_style("typed")
        done = len(self.typed)
        label = Strip([Segment(name[:done], typed), Segment(name[done:], letter)]).crop(0, strip.cell_length - x)
        return Strip.join([strip.crop(0, x), label, strip.crop(x + label.cell_length, strip.cell_length)])


class Jump(Dialog[Place | None]):
    """Gives the place whose name was typed; any key that is no name's leaves."""

    DEFAULT_CSS = "Jump { background: $background; align: left top; }"

    def __init__(self, screen: Screen[object]) -> None:
        """`screen` is the one to jump about on; it is below this one."""
        super().__init__()
        found = places(screen)
        self._named = dict(zip(names_for(len(found)), found, strict=True))
        # A picture of the screen as it is: nothing on it moves under the letters.
        self._below = screen._compositor.render_strips()

    def compose(self) -> ComposeResult:
        """Lay it out."""
        yield _Letters(self._below, self._named)

    @property
    def names(self) -> dict[str, Place]:
        """Every place by its name."""
        return self._named

    def on_key(self, event: events.Key) -> None:
        """Type a name."""
        event.stop()
        event.prevent_default()
        letters = self.query_one(_Letters)
        if event.key == "backspace" and letters.typed:
            letters.type(letters.typed[:-1])
            return
        typed = letters.typed + (event.character or "") if event.is_printable else ""
        if typed in self._named:
            self.dismiss(self._named[typed])
        elif typed and any(name.startswith(typed) for name in self._named):
            letters.type(typed)
        else:
            self.dismiss(None)

    def on_click(self) -> None:
        """Whoever uses the mouse needs no letters."""
        self.dismiss(None)

    def on_resize(self, event: events.Resize) -> None:
        """The places are elsewhere now."""
        if self._below and event.size.width != self._below[0].cell_length:
            self.dismiss(None)
