"""Pictures that are replaced while they are looked at: the one before stays until the next one is drawn."""

from __future__ import annotations

from reeltui.pictures.cells import Broken, Cells, PictureRef, Shape
from reeltui.pictures.thumbnails import Ready, Thumbnails


class Passing:
    """Keeps what was drawn last for each place. Else every new picture would begin with an empty frame."""

    def __init__(self, thumbnails: Thumbnails) -> None:
        self._thumbnails = thumbnails
        self._last: dict[str, tuple[Shape, Cells]] = {}

    def get(self, place: str, ref: PictureRef | None, shape: Shape, ready: Ready) -> Cells | None:
        """Return what is shown in a place, None where there is nothing yet or it cannot be shown.

        `ready` is told when the picture itself is drawn.
        """
        found = self._thumbnails.get(ref, shape, ready) if ref is not None else None
        if isinstance(found, Cells):
            self._last[place] = shape, found
            return found
        if ref is None or isinstance(found, Broken):
            self._last.pop(place, None)
            return None
        known, last = self._last.get(place, (None, None))
        return last if known == shape else None
