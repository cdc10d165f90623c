"""The sets: one builder per kind of place; each paints its sheets from far to near."""

from __future__ import annotations

from collections.abc import Callable

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.sets.street import build_street

Builder = Callable[[Box], None]

BUILDERS: dict[str, Builder] = {}


def build(box: Box) -> None:
    """Paint the set of the box's scene."""
    BUILDERS.get(box.scene.place, build_street)(box)
