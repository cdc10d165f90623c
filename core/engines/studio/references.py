"""How hard a picture holds to its references: which of them the painter is given, in what order, and how firmly.

FLUX.2 klein has no figure for the strength of a reference. What it offers is how many pictures it sees, which comes
first, and what the prompt says about them. So a request's `strength` becomes one of four holds:

| strength | hold | order | what the prompt does |
|---|---|---|---|
| under 0.5 | loose | previous, scene, group, characters | names them once, as a kind of person and place |
| 0.5 to 0.8 | named | previous, characters, group, scene | the shot first, then who is in which image |
| 0.8 to 0.95 | firm | characters, group, scene, previous | who is in which image first, portrait and all; again last |
| from 0.95 | bound | characters, group, scene | the same, in stronger words; the previous keyframe is not shown |

A first try asks for 0.7 (named). Every CHARACTER_DRIFT adds 0.15 and has the keyframe painted "from the master": at
0.85 the previous keyframe, which may have drifted itself, comes last, at 1.0 it is left out. The holds were chosen by
what the model's makers write about prompts; how much each is worth has not been measured on real weights.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.film.requests import Reference

# "Up to 4" reference images for both sizes of klein: docs.bfl.ai/guides/prompting_editing_overview.
MOST = 4
# Beyond this many people the picture of the whole cast says more than some of the masters would.
_SMALL_CAST = 3


class Hold(StrEnum):
    """How hard to hold to the references, from weak to strong."""

    LOOSE = "loose"
    NAMED = "named"
    FIRM = "firm"
    BOUND = "bound"

    @property
    def people_first(self) -> bool:
        """Who is who stands before what happens, and again at the end."""
        return self in (Hold.FIRM, Hold.BOUND)


class Chosen(msgspec.Struct, frozen=True):
    """The references a picture is painted from, in order, and the names of those it is not."""

    hold: Hold
    references: tuple[Reference, ...]
    left_out: tuple[str, ...]


_HOLDS = ((0.5, Hold.LOOSE), (0.8, Hold.NAMED), (0.95, Hold.FIRM))
_LAST = 9
# Places in the order the painter sees them; a character's is "character".
_ORDER: dict[Hold, tuple[str, ...]] = {
    Hold.LOOSE: ("previous", "scene", "group", "character"),
    Hold.NAMED: ("previous", "character", "group", "scene"),
    Hold.FIRM: ("character", "group", "scene", "previous"),
    Hold.BOUND: ("character", "group", "scene", "previous"),
}
# Which to keep where there are more than MOST. Positions in a group can be said in words; faces cannot.
_WORTH: dict[Hold, tuple[str, ...]] = {
    Hold.LOOSE: ("previous", "scene", "character", "group"),
    Hold.NAMED: ("previous", "character", "scene", "group"),
    Hold.FIRM: ("character", "scene", "group", "previous"),
    Hold.BOUND: ("character", "scene", "group", "previous"),
}


def hold_of(strength: float) -> Hold:
    """Return the hold a strength of 0..1 asks for: never a weaker one for a greater strength."""
    return next((hold for limit, hold in _HOLDS if strength < limit), Hold.BOUND)


def choose(references: tuple[Reference, ...], strength: float) -> Chosen:
    """Return which references to paint from, at most MOST, in the order the painter is to see them."""
    hold = hold_of(strength)
    people = [reference for reference in references if kind_of(reference) == "character"]
    offered = list(references)
    if hold is Hold.BOUND and people:
        offered = [reference for reference in offered if reference.name != "previous"]
    worth = _WORTH[hold]
    if len(people) > _SMALL_CAST and any(reference.name == "group" for reference in offered):
        worth = ("group", *(kind for kind in worth if kind != "group"))
    kept = sorted(offered, key=lambda reference: _place(worth, reference))[:MOST]
    order = sorted(kept, key=lambda reference: _place(_ORDER[hold], reference))
    left_out = tuple(reference.name for reference in references if reference not in kept)
    return Chosen(hold, tuple(order), left_out)


def kind_of(reference: Reference) -> str:
    """Return "group", "scene", "previous", or "character" for a character's letter."""
    return reference.name if reference.name in ("group", "scene", "previous") else "character"


def _place(kinds: tuple[str, ...], reference: Reference) -> int:
    kind = kind_of(reference)
    return kinds.index(kind) if kind in kinds else _LAST
