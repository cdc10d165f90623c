"""A person's own pictures: which are in force, and who brings them into the reel's size."""

from __future__ import annotations

from core.film.decision import Decision, Kind, in_force
from core.film.lineup import Backend, Role

# Whatever the engine, this one does it, on the CPU. Measured with a JPEG of 24 megapixels made 1280x720 on a 2-core
# machine.
OWN_PICTURE = Backend(
    role=Role.PAINTER,
    name="own-picture",
    target="core.engines.own:OwnPicture",
    model="",
    revision="1",
    loads_as="own-picture",
    declared=1.0,
    weights=50_000_000,
    peak=310_000_000,
)


def pictures_in_force(decisions: tuple[Decision, ...]) -> dict[str, str]:
    """Return the sha256 of a person's own picture for every step that has one; a later word replaces an earlier."""
    found: dict[str, str] = {}
    for decision in in_force(decisions):
        if decision.kind is Kind.PICTURE:
            found[decision.step] = decision.seen
    return {step: sha for step, sha in found.items() if sha}
