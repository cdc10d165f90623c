"""A contact sheet: several pictures in one grid, each with a word below it where words are given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from core.film.text import clean
from reeltui.pictures.cells import Broken, Cells, Grain, PictureRef, Shape
from reeltui.pictures.protocol import Protocol
from reeltui.pictures.sheet import ASPECT, Spot, lay_out
from reeltui.pictures.strips import strip
from reeltui.widgets.picture import WAITING, said

if TYPE_CHECKING:
    from reeltui.pictures.thumbnails import Thumbnails


class ContactSheet(Widget):
    """Shows pictures as large as they all fit; one that is missing leaves its place, with why. Always cells."""

    DEFAULT_CSS = """
    ContactSheet { width: 1fr; height: 1fr; color: $foreground; }
    ContactSheet .sheet--caption { color: $foreground 70%; }
    ContactSheet .sheet--place { color: $foreground 70%; background: $surface; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"sheet--caption", "sheet--place"}

    class Ready(Message):
        """A picture was drawn."""

        bubble = False

    def __init__(
        self, thumbnails: Thumbnails, *, aspect: float = ASPECT, id: str | None = None, classes: str | None = None
    ) -> None:
        """`aspect` is the pictures' width by height."""
        super().__init__(id=id, classes=classes)
        self.thumbnails = thumbnails
        self._aspect = aspect
        self._pictures: tuple[tuple[PictureRef | None, str], ...] = ()
        self._spots: tuple[Spot, ...] = ()
        self._seen: list[Cells | Broken | None] = []
        self.display = not self.off

    @property
    def off(self) -> bool:
        """Tell whether a person wants no pictures: it takes no room then."""
        return self.thumbnails.way.protocol is Protocol.OFF

    def show(self, pictures: Sequence[tuple[PictureRef | None, str]]) -> None:
        """Show these pictures (None: an empty place) with their captions. The same again costs nothing."""
        cleaned = tuple((ref, clean(words, limit=200)) for ref, words in pictures)
        if cleaned != self._pictures:
            self._pictures = cleaned
            self._lay_out()

    @property
    def shown(self) -> int:
        """How many of the pictures have a place."""
        return len(self._spots)

    @property
    def waiting(self) -> bool:
        """Tell whether a picture is still being made."""
        return any(
            ref is not None and found is None for (ref, _), found in zip(self._pictures, self._seen, strict=False)
        )

    def on_resize(self) -> None:
        """The grid is laid out for a size."""
        self._lay_out()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.thumbnails.drop(self._told)

    def on_contact_sheet_ready(self) -> None:
        """Take what is ready."""
        self._ask()

    def _told(self, ref: PictureRef) -> None:
        # From another thread. The app may have ended meanwhile: then nobody is there to be told.
        try:
            self.post_message(self.Ready())
        except RuntimeError:
            return

    def _lay_out(self) -> None:
        below = 1 if any(words for _, words in self._pictures) else 0
        self._spots = (
            ()
            if self.off
            else lay_out(len(self._pictures), self.size.width, self.size.height, aspect=self._aspect, below=below)
        )
        self._seen = [None] * len(self._spots)
        self.thumbnails.drop(self._told)
        self._ask()
        self.refresh()

    def _ask(self) -> None:
        grain = self.thumbnails.way.grain
        # Last asked, first drawn: so from the end, for the first to come first.
        for i, spot in reversed(list(enumerate(self._spots))):
            ref, _ = self._pictures[i]
            if ref is not None and self._seen[i] is None:
                found = self.thumbnails.get(ref, Shape(spot.width, spot.height, grain), self._told)
                if found is not None:
                    self._seen[i] = found
                    self.refresh()

    # --- painting ----------------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Paint in the new colours."""
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Paint one line through the pictures that are on it."""
        blank, parts, at = self.rich_style, [], 0
        for i, spot in enumerate(self._spots):
            row = y - spot.top
            if not 0 <= row <= spot.height or (row == spot.height and not self._pictures[i][1]):
                continue
            if spot.left > at:
                parts.append(Strip([Segment(" " * (spot.left - at), blank)], spot.left - at))
            parts.append(self._part(i, row, spot))
            at = spot.left + spot.width
        if at < self.size.width:
            parts.append(Strip([Segment(" " * (self.size.width - at), blank)], self.size.width - at))
        return Strip.join(parts)

    def _part(self, i: int, row: int, spot: Spot) -> Strip:
        ref, words = self._pictures[i]
        if row == spot.height:
            style = self.get_component_rich_style("sheet--caption")
            return said(words, spot.width, style + Style(bgcolor=self.rich_style.bgcolor), self.rich_style)
        place, found = self.get_component_rich_style("sheet--place"), self._seen[i]
        if isinstance(found, Cells) and found.grain is not Grain.PIXELS:
            return strip(found, row, place)
        note = found.reason if isinstance(found, Broken) else WAITING if ref is not None else ""
        return said(note if row == (spot.height - 1) // 2 else "", spot.width, place, place)
