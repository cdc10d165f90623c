"""The engines there are, and which one `auto` takes."""

from __future__ import annotations

from core.film.errors import BadInput
from core.film.lineup import Backend, Lineup, Role

# Changes whenever the same request would draw, move, sound or read differently.
ANIMATIC_REVISION = "1"

# Seconds per unit of work (core.pipeline.cost.units), from `python -m bench.reel` on a 2-core machine; a machine's own
# history replaces them.
_ANIMATIC_SECONDS = {
    Role.DIRECTOR: 0.1,
    Role.PAINTER: 1.1,
    Role.ANIMATOR: 0.055,
    Role.CRITIC: 0.015,
    Role.COMPOSER: 0.05,
    Role.NARRATOR: 0.1,
    Role.MIXER: 0.006,
}
_ANIMATIC_TARGETS = {
    Role.DIRECTOR: "core.engines.animatic.director:AnimaticDirector",
    Role.PAINTER: "core.engines.animatic.painter:AnimaticPainter",
    Role.ANIMATOR: "core.engines.animatic.animator:AnimaticAnimator",
    Role.CRITIC: "core.engines.animatic.critic:AnimaticCritic",
    Role.COMPOSER: "core.engines.animatic.composer:AnimaticComposer",
    Role.NARRATOR: "core.engines.animatic.narrator:AnimaticNarrator",
    Role.MIXER: "core.media.mix:Mixer",
}
ENGINES = ("animatic",)


def animatic(why: str) -> Lineup:
    """Return the animatic engine: drawn and synthesised on the CPU, always there."""
    backends = {
        role: Backend(
            role=role,
            name="ffmpeg" if role is Role.MIXER else f"animatic-{role.value}",
            target=target,
            model="",
            revision=ANIMATIC_REVISION,
            loads_as=f"animatic-{role.value}",
            declared=_ANIMATIC_SECONDS[role],
        )
        for role, target in _ANIMATIC_TARGETS.items()
    }
    return Lineup("animatic", why, backends)


def choose_engine(word: str) -> Lineup:
    """Return the engine a person asked for; `auto` says which it took and why.

    Raises BadInput for an unknown one.
    """
    if word == "auto":
        return animatic("auto: this version has no other engine, so the storyboard film is drawn on the CPU")
    if word == "animatic":
        return animatic("asked for")
    raise BadInput(f"there is no engine {word!r}", remedy=f"choose one of: auto, {', '.join(ENGINES)}")
