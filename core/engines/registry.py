"""The engines there are, and which one `auto` takes."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence

import msgspec

from core.engines.models import STUDIO_HOLDS
from core.engines.studio.lineup import for_preset, lack, studio
from core.engines.studio.settings import ANIMATIC, STUDIO, studio_settings
from core.film.errors import BadInput
from core.film.lineup import Backend, Lineup, Role
from core.film.preset import PresetName
from core.film.settings import Settings
from core.places import config_table

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
# Bytes of memory a host of the default preset holds once it has worked (python -m bench.reel tells the sum); numpy and
# the allocator give little of it back, so it holds the same when it is idle.
_ANIMATIC_HOLDS = {
    Role.DIRECTOR: 40_000_000,
    Role.PAINTER: 150_000_000,
    Role.ANIMATOR: 250_000_000,
    Role.CRITIC: 150_000_000,
    Role.COMPOSER: 130_000_000,
    Role.NARRATOR: 50_000_000,
    Role.MIXER: 60_000_000,
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
ENGINES = (ANIMATIC, STUDIO)


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
            weights=_ANIMATIC_HOLDS[role],
            peak=_ANIMATIC_HOLDS[role],
        )
        for role, target in _ANIMATIC_TARGETS.items()
    }
    return Lineup(ANIMATIC, why, backends)


def choose_engine(
    word: str, budgets: Callable[[], Sequence[int | None]] = tuple, preset: PresetName = PresetName.DEFAULT
) -> Lineup:
    """Return the engine a person asked for, for reels of a preset; `auto` says which it took and why.

    `budgets` gives the bytes that can be planned with on each real device of this machine (None where nobody tells);
    only `auto` asks. Raises BadInput for an unknown engine, or settings of the studio's that are wrong.
    """
    if word == "auto":
        return _auto(budgets(), preset)
    if word == ANIMATIC:
        return animatic("asked for")
    if word == STUDIO:
        return for_preset(studio(studio_settings(), animatic(""), "asked for"), preset)
    if word in own_engines():
        return for_preset(_own(word, own_engines()[word]), preset)
    raise BadInput(f"there is no engine {word!r}", remedy=f"choose one of: auto, {', '.join(engine_names())}")


def engine_of(settings: Settings) -> Lineup:
    """Return the engine a reel was made with. Raises as `choose_engine`."""
    return choose_engine(settings.engine, preset=settings.preset)


def _auto(budgets: Sequence[int | None], preset: PresetName) -> Lineup:
    """Return the studio engine where this machine can run it, else the animatic one; its why is one sentence."""
    plain = studio(studio_settings(), animatic(""), "auto: this machine has what the studio engine needs")
    found = for_preset(plain, preset)
    why_not = lack(found, budgets)
    if why_not is None:
        return found
    remedy = f" ({why_not.remedy})" if why_not.remedy else ""
    return animatic(f"auto: the storyboard film is drawn on the CPU, for {why_not.text}{remedy}")


def engine_names() -> tuple[str, ...]:
    """Return the engines there are: ours, and those of the user's own config.toml."""
    return (*ENGINES, *own_engines())


def own_engines() -> dict[str, str]:
    """Return the user's own engines: `[engines]` in config.toml maps a name to "module:function", which returns a
    Lineup. Only the user's own file can name one; a reel's folder cannot make reeltui import anything."""
    table = config_table().get("engines", {})
    if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
        raise BadInput('config.toml: [engines] maps names to "module:function"', remedy="correct that table")
    return {name: target for name, target in table.items() if name not in (*ENGINES, "auto")}


def _own(name: str, target: str) -> Lineup:
    module, _, function = target.partition(":")
    try:
        made: object = getattr(importlib.import_module(module), function)()
    except (ImportError, AttributeError, TypeError) as error:
        text = f"the engine {name!r} of config.toml, {target}, cannot be made: {error}"
        raise BadInput(text, remedy="correct [engines] in config.toml") from error
    if not isinstance(made, Lineup):
        raise BadInput(f"{target} gives no Lineup", remedy="correct [engines] in config.toml")
    return msgspec.structs.replace(made, engine=name)


def simulated(lineup: Lineup) -> Lineup:
    """Return an engine as it would be on a device: the same backends, holding what the studio's models hold.

    For a simulated device ("fake:192"), to work on everything around a GPU without one; what is made is the same. An
    engine that needs a device anyway stays as it is.
    """
    if any(backend.needs_device for backend in lineup.backends.values()):
        return lineup
    backends = {
        role: msgspec.structs.replace(backend, needs_device=True, weights=held.weights, peak=held.peak)
        if (held := STUDIO_HOLDS.get(role)) is not None
        else backend
        for role, backend in lineup.backends.items()
    }
    return msgspec.structs.replace(lineup, why=f"{lineup.why}; simulated memory", backends=backends)


def simulated_animatic() -> Lineup:
    """Return the animatic engine with the studio's memory, for `[engines]` in config.toml."""
    return simulated(animatic("the animatic engine"))
