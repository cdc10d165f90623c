"""Who plays which role: phases, roles, and the backends an engine puts on them."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Phase(StrEnum):
    """The eight phases, in order."""

    PLAN = "plan"
    MASTERS = "masters"
    KEYFRAMES = "keyframes"
    ANIMATE = "animate"
    CRITIQUE = "critique"
    MUSIC = "music"
    NARRATE = "narrate"
    MIX = "mix"


class Role(StrEnum):
    """Who does the work of a step."""

    DIRECTOR = "director"
    PAINTER = "painter"
    ANIMATOR = "animator"
    CRITIC = "critic"
    COMPOSER = "composer"
    NARRATOR = "narrator"
    MIXER = "mixer"


ROLE_OF: dict[Phase, Role] = {
    Phase.PLAN: Role.DIRECTOR,
    Phase.MASTERS: Role.PAINTER,
    Phase.KEYFRAMES: Role.PAINTER,
    Phase.ANIMATE: Role.ANIMATOR,
    Phase.CRITIQUE: Role.CRITIC,
    Phase.MUSIC: Role.COMPOSER,
    Phase.NARRATE: Role.NARRATOR,
    Phase.MIX: Role.MIXER,
}


class Backend(msgspec.Struct, frozen=True):
    """One backend as the planner sees it.

    `target` is "module:Class", imported only inside a host. `loads_as` names what must be loaded: two roles with
    the same value share one load. `revision` changes whenever the same request would give another result.
    `declared` is the seconds one unit of work takes until this machine has a history of its own
    (`core.pipeline.cost.units`); `denoises` tells that its work grows with the preset's denoising steps.
    """

    role: Role
    name: str
    target: str
    model: str
    revision: str
    loads_as: str
    declared: float
    denoises: bool = False


class Lineup(msgspec.Struct, frozen=True):
    """An engine: one backend per role, and why it was chosen."""

    engine: str
    why: str
    backends: dict[Role, Backend]
