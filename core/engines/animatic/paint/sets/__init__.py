"""The sets: one builder per kind of place; each paints its sheets from far to near."""

from __future__ import annotations

from collections.abc import Callable

from core.engines.animatic.paint.box import Box
from core.engines.animatic.paint.sets.indoors import build_indoors
from core.engines.animatic.paint.sets.land import build_land
from core.engines.animatic.paint.sets.rooftop import build_rooftop
from core.engines.animatic.paint.sets.space import build_space
from core.engines.animatic.paint.sets.street import build_street
from core.engines.animatic.paint.sets.temple import build_temple
from core.engines.animatic.paint.sets.water import build_water
from core.engines.animatic.paint.sets.woods import build_woods

Builder = Callable[[Box], None]

BUILDERS: dict[str, Builder] = {
    **dict.fromkeys(("city", "street", "market"), build_street),
    **dict.fromkeys(("forest", "park", "garden"), build_woods),
    **dict.fromkeys(("field", "mountain", "desert", "snowfield", "village", "castle"), build_land),
    **dict.fromkeys(("sea", "beach", "harbour", "river", "bridge", "ship"), build_water),
    **dict.fromkeys(("room", "kitchen", "cafe", "library", "workshop", "hall", "station"), build_indoors),
    "rooftop": build_rooftop,
    "temple": build_temple,
    "space": build_space,
}


def build(box: Box) -> None:
    """Paint the set of the box's scene."""
    BUILDERS[box.scene.place](box)
