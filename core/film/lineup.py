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

    `needs_device`: it works on a GPU (or a simulated one), not on the CPU lane. `weights` and `peak` are bytes of
    that place's memory: held while loaded, and held at most while working (weights included); `load_seconds` is how
    long loading takes. All three are declared, until this machine has measured them. `environment` is set in the
    host before anything heavy is imported, where the user has not set it. `options` are the keyword arguments its class
    is made with; one that changes a result is in `revision` as well. `fallbacks` are what it can be asked to do without
    after a failure, mildest first (`core.pipeline.fallback`).
    """

    role: Role
    name: str
    target: str
    model: str
    revision: str
    loads_as: str
    declared: float
    denoises: bool = False
    needs_device: bool = False
    weights: int = 0
    peak: int = 0
    load_seconds: float = 0.5
    environment: dict[str, str] = {}
    options: dict[str, str | int | float | bool] = {}
    fallbacks: tuple[str, ...] = ()


class Lineup(msgspec.Struct, frozen=True):
    """An engine: one backend per role, and why it was chosen."""

    engine: str
    why: str
    backends: dict[Role, Backend]
