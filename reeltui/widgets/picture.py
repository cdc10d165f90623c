"""A picture: painted from cells that are ready, asked for when it is shown or its size changes, still otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from core.film.text import clean
from reeltui.pictures.cells import Broken, Cells, Grain, PictureRef, Shape
from reeltui.pictures.protocol import Protocol
from reeltui.pictures.strips import strip

if TYPE_CHECKING:
    from textual_image.widget._base import Image as RichPicture

    from reeltui.pictures.thumbnails import Thumbnails

WAITING = "…"
_LEAST_FOR_CAPTION = 3  # lines; in fewer a caption would take too much of the picture


class Picture(Widget):
    """Shows one picture, its caption below. No timers: it is painted again when a picture is ready.

    `rich` is the widget that `protocol.load` gave, for terminals that show more than cells.
    """

    DEFAULT_CSS = """
    Picture { width: 1fr; height: 1fr; background: $surface; color: $foreground; align: center top; }
    Picture .picture--caption, Picture .picture--note { color: $foreground 70%; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"picture--caption", "picture--note"}

    class Ready(Message):
        """A picture was drawn."""

        bubble = False

        def __init__(self, ref: PictureRef) -> None:
            super().__init__()
            self.ref = ref

    def __init__(
        self,
        thumbnails: Thumbnails,
        *,
        crop: bool = False,
        passing: bool = False,
        rich: type[RichPicture] | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`crop`: fill the whole widget and cut off what is too much; else the picture is fitted inside.

        `passing`: its pictures are replaced while they are looked at; one stays until the next is drawn.
        """
        super().__init__(id=id, classes=classes)
        self.thumbnails = thumbnails
        self._crop = crop
        self._passing = passing
        self._rich = rich if thumbnails.way.protocol in (Protocol.KITTY, Protocol.SIXEL) else None
        self._ref: PictureRef | None = None
        self._caption = ""
        self._found: Cells | Broken | None = None
        self._before: tuple[Shape, Cells] | None = None
        self._strips: dict[int, Strip] = {}

    # --- what is shown -----------------------------------------------------------------------------------------

    @property
    def ref(self) -> PictureRef | None:
        """The picture that is shown or waited for."""
        return self._ref

    @property
    def waiting(self) -> bool:
        """Tell whether the picture is still being made."""
        return self._ref is not None and self._found is None and self._shape is not None

    @property
    def broken(self) -> str:
        """Why the picture cannot be shown, "" where it can or is not known yet."""
        return self._found.reason if isinstance(self._found, Broken) else ""

    def show(self, ref: PictureRef | None, caption: str = "") -> None:
        """Show this picture (None: none) and its caption. The same again costs nothing."""
        caption = clean(caption, limit=400)
        recaptioned = bool(caption) != bool(self._caption)  # another height is left for the picture
        same = ref == self._ref and caption == self._caption
        self._caption = caption
        if ref != self._ref or recaptioned:
            self._ref, self._found = ref, None
            self.thumbnails.drop(self._told)
        before = self._found
        self._ask()
        if not same or self._found is not before:
            self._repaint()

    def on_resize(self) -> None:
        """A picture is drawn for a size."""
        self.thumbnails.drop(self._told)
        self._ask()
        self._repaint()

    def on_unmount(self) -> None:
        """Nobody looks any more."""
        self.thumbnails.drop(self._told)

    def on_picture_ready(self, message: Ready) -> None:
        """Paint what was drawn."""
        if message.ref == self._ref and self._found is None:
            self._ask()
            self._repaint()

    @property
    def _lines(self) -> int:
        """Lines the picture has, without the caption's."""
        height = self.size.height
        return height - 1 if self._caption and height >= _LEAST_FOR_CAPTION else height

    @property
    def _shape(self) -> Shape | None:
        width, height = self.size.width, self._lines
        if width < 1 or height < 1 or self.thumbnails.way.protocol is Protocol.OFF:
            return None
        if self._rich is not None:
            from reeltui.pictures.protocol import cell_pixels

            across, down = cell_pixels()
            return Shape(width * across, height * down, Grain.PIXELS, self._crop)
        return Shape(width, height, self.thumbnails.way.grain, self._crop)

    def _ask(self) -> None:
        shape = self._shape
        self._found = None
        if self._ref is not None and shape is not None:
            self._found = self.thumbnails.get(self._ref, shape, self._told)
        if self._ref is None or isinstance(self._found, Broken) or not self._passing:
            self._before = None
        elif shape is not None and isinstance(self._found, Cells):
            self._before = shape, self._found

    @property
    def _shown(self) -> Cells | Broken | None:
        """What is painted: the picture, or the one before it."""
        if self._found is None and self._before is not None and self._before[0] == self._shape:
            return self._before[1]
        return self._found

    def _told(self, ref: PictureRef) -> None:
        # From another thread. The app may have ended meanwhile: then nobody is there to be told.
        try:
            self.post_message(self.Ready(ref))
        except RuntimeError:
            return

    def _repaint(self) -> None:
        self._strips = {}
        if self._rich is not None:
            self._show_rich()
        self.refresh()

    # --- by a picture protocol ---------------------------------------------------------------------------------

    def _show_rich(self) -> None:
        from PIL import Image

        from reeltui.pictures.protocol import cell_pixels

        assert self._rich is not None, "the caller looked"
        found = self._shown
        if not isinstance(found, Cells):
            for child in self.query(self._rich):
                child.display = False
            return
        across, down = cell_pixels()
        size = found.width, found.height
        shown = list(self.query(self._rich))
        child = shown[0] if shown else self._rich()
        if not shown:
            self.mount(child)
        child.styles.width, child.styles.height = -(-size[0] // across), -(-size[1] // down)
        child.image = Image.frombytes("RGB", size, found.inks)
        child.display = True

    # --- painting ----------------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Paint in the new colours."""
        super().notify_style_update()
        self._strips = {}

    def render_line(self, y: int) -> Strip:
        """Paint one line, from what is ready."""
        found = self._strips.get(y)
        if found is None or found.cell_length != self.size.width:
            found = self._strips[y] = self._line(y)
        return found

    def _line(self, y: int) -> Strip:
        width, lines = self.size.width, self._lines
        if y >= lines:
            return said(self._caption if y == lines else "", width, self._style_of("picture--caption"), self.rich_style)
        cells = self._shown
        if isinstance(cells, Cells):
            if cells.grain is not Grain.PIXELS and y < cells.height:
                return strip(cells, y, self.rich_style).adjust_cell_length(width, self.rich_style)
            return Strip.blank(width, self.rich_style)
        rows = wrapped(self._note, max(1, width - 2), lines)
        at = y - (lines - len(rows)) // 2
        return said(rows[at] if 0 <= at < len(rows) else "", width, self._style_of("picture--note"), self.rich_style)

    @property
    def _note(self) -> str:
        """What is said where no picture is."""
        if self.thumbnails.way.protocol is Protocol.OFF:
            return "pictures are off"
        if self.broken:
            return f"no picture: {self.broken}"
        return WAITING if self._ref is not None else ""

    def _style_of(self, part: str) -> Style:
        return self.get_component_rich_style(part) + Style(bgcolor=self.rich_style.bgcolor)

    def repaint_lines(self, first: int, last: int) -> None:
        """Paint these lines again, and no others: what did not change is not sent."""
        for y in range(first, last + 1):
            self._strips.pop(y, None)
        self.refresh(Region(0, first, self.size.width, last - first + 1))


def said(text: str, width: int, style: Style, blank: Style) -> Strip:
    """Return a text in the middle of a line."""
    if cell_len(text) > width:
        text = set_cell_size(text, width - 1).rstrip() + "…" if width > 1 else "…"[:width]
    before = (width - cell_len(text)) // 2
    after = width - before - cell_len(text)
    return Strip([Segment(" " * before, blank), Segment(text, style), Segment(" " * after, blank)], width)


def wrapped(text: str, width: int, most: int) -> list[str]:
    """Return a text on at most `most` lines, broken between words."""
    rows = [""]
    for word in text.split():
        wider = f"{rows[-1]} {word}".strip()
        if cell_len(wider) <= width or not rows[-1]:
            rows[-1] = wider
        elif len(rows) < most:
            rows.append(word)
        else:
            rows[-1] += " " + "…"
            break
    return rows if rows[0] else []
