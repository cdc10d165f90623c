"""The cards and lineups the residency simulator plays with: every figure in one place, with where it comes from.

No figure here was measured by reeltui; each `source` says whose it is, or that it is assumed. They are for comparing
flows on one card, not for telling how long a reel takes.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from core.film.lineup import ROLE_OF, Backend, Lineup, Phase, Role
from core.film.settings import Settings
from core.pipeline.cost import units

GB = 1e9
# What was read of loading: 70 GB of Qwen3.5-35B cold in about five minutes. Others are taken to load at that rate.
LOAD_RATE = 70 * GB / 300.0


class Size(NamedTuple):
    """One load: gigabytes held while idle and at most while working, and the source."""

    weights: float
    peak: float
    source: str


class Pace(NamedTuple):
    """Seconds of one step of a phase at 1280x720 and the default preset (hero steps), and the source."""

    seconds: float
    source: str


class Card(NamedTuple):
    """A card and the lineup for it."""

    name: str
    gigabytes: float
    loads: dict[str, Size]
    paces: dict[Phase, Pace]


LOADS_OF = {
    Role.DIRECTOR: "qwen",
    Role.CRITIC: "qwen",
    Role.PAINTER: "klein",
    Role.ANIMATOR: "wan",
    Role.COMPOSER: "ace-step",
    Role.NARRATOR: "kokoro",
}

_STUDIO = {
    "qwen": Size(78, 84, "Qwen3.5-35B-A3B, counted with its key-value cache; at most as StudioMI300 reports"),
    "klein": Size(16, 21, "FLUX.2 [klein] 4B with its text encoder, counted; at most: see core/engines/models.py"),
    "wan": Size(58, 94, "both experts of Wan2.2-I2V-A14B and the VAE, counted; at most as reported"),
    "ace-step": Size(12, 12, "ACE-Step, 12 GB at most as reported; taken as held while idle too"),
    "kokoro": Size(1, 1, "Kokoro-82M, below 1 GB as reported"),
}
_MADE_UP = "made up: there is no compact engine yet"
_COMPACT_24 = {
    "qwen": Size(9, 12, _MADE_UP),
    "klein": Size(8, 13, _MADE_UP),
    "wan": Size(14, 20, _MADE_UP),
    "ace-step": Size(8, 12, _MADE_UP),
    "kokoro": Size(1, 1, _MADE_UP),
}
_COMPACT_8 = {
    "qwen": Size(4, 5, _MADE_UP),
    "klein": Size(3, 5, _MADE_UP),
    "wan": Size(5, 6, _MADE_UP),
    "ace-step": Size(4, 5, _MADE_UP),
    "kokoro": Size(0.5, 0.5, _MADE_UP),
}

_OTHERS = {
    Phase.PLAN: Pace(60, "assumed"),
    Phase.MASTERS: Pace(5, "assumed; 4 steps of a 4B model"),
    Phase.KEYFRAMES: Pace(5, "assumed; 4 steps of a 4B model"),
    Phase.CRITIQUE: Pace(10, "assumed; four frames and a short answer"),
    Phase.MUSIC: Pace(30, "assumed"),
    Phase.NARRATE: Pace(2, "assumed"),
    Phase.MIX: Pace(20, "assumed; on the CPU"),
}
_MI300X = {Phase.ANIMATE: Pace(14.5 * 60, "StudioMI300's estimate for cache 0.05, 30 steps"), **_OTHERS}
# 974 s are 40 steps.
_H200 = {Phase.ANIMATE: Pace(974 * 30 / 40, "LightX2V's benchmark page, Wan2.1-I2V-14B, bf16, no cache"), **_OTHERS}
_SMALL = {Phase.ANIMATE: Pace(600, _MADE_UP), **_OTHERS}

CARDS = {
    "192": Card("MI300X, 192 GB", 192, _STUDIO, _MI300X),
    "141": Card("H200, 141 GB", 141, _STUDIO, _H200),
    "24": Card("24 GB", 24, _COMPACT_24, _SMALL),
    "8": Card("8 GB", 8, _COMPACT_8, _SMALL),
}


def lineup_for(card: Card, settings: Settings) -> Lineup:
    """Return the lineup of a card, as an engine would declare it."""
    phases = {role: phase for phase, role in ROLE_OF.items()}
    usual = Settings(shots=settings.shots)
    backends = {}
    for role in Role:
        loads_as = LOADS_OF.get(role, role.value)
        size = card.loads.get(loads_as, Size(0, 0, ""))
        backend = Backend(
            role=role,
            name=f"{loads_as}-{role.value}",
            target="simulated:None",
            model="",
            revision="",
            loads_as=loads_as,
            declared=1.0,
            denoises=role is Role.ANIMATOR,
            needs_device=role in LOADS_OF,
            weights=int(size.weights * GB),
            peak=int(size.peak * GB),
            load_seconds=size.weights * GB / LOAD_RATE,
        )
        phase = phases[role]
        work = units(
            phase, backend, usual, denoising=usual.figures.steps_hero, seconds=usual.shots * usual.figures.seconds
        )
        backends[role] = msgspec.structs.replace(backend, declared=card.paces[phase].seconds / work)
    return Lineup("simulated", card.name, backends)
