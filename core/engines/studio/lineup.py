"""The studio engine as the planner sees it: who plays each role, what that takes, and whether this machine can."""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from core.engines.hub import Presence, hub_cache, look
from core.engines.models import STUDIO_HOLDS, STUDIO_MODELS, Model, model_of
from core.engines.pins import Pin, read_pins
from core.engines.rocm import ROCM
from core.engines.studio.settings import OPTIONS, ROLES, STUDIO, StudioSettings, Value
from core.film.lineup import Backend, Lineup, Role
from core.film.preset import PresetName

# Changes whenever the same request would give another plan, picture, clip, mark, piece of music or line.
STUDIO_REVISION = "1"


class _Post(msgspec.Struct, frozen=True):
    """What one role's backend takes, until this machine has measured it.

    `declared` is seconds per unit of work (`core.pipeline.cost.units`) on one large card, `loading` seconds from a
    local disk.
    """

    target: str
    name: str
    loads_as: str
    declared: float
    loading: float
    fallbacks: tuple[str, ...] = ()
    packages: tuple[str, ...] = ("torch", "diffusers", "transformers")


# Read, not measured here: a clip of 1280x704, 81 frames and 30 steps took the system this replaces about 14.5 minutes
# with the same cache on one MI300X, and its language model 5 minutes to load. The painter's, the composer's and the
# narrator's seconds are upper ends of what their pages tell for one image, one song and one line; the director's and
# the critic's are guesses from the length of their answers.
_POSTS = {
    Role.DIRECTOR: _Post(
        "core.engines.studio.vision_language:VisionLanguage", "qwen-director", "studio-vision-language", 60.0, 300.0
    ),
    Role.CRITIC: _Post(
        "core.engines.studio.vision_language:VisionLanguage", "qwen-critic", "studio-vision-language", 0.13, 300.0
    ),
    Role.PAINTER: _Post(
        "core.engines.studio.painter:KleinPainter", "klein-painter", "studio-painter", 3.0, 20.0, ("offload",)
    ),
    # Tiling and offload are against a full card; compiled code is what may crash.
    Role.ANIMATOR: _Post(
        "core.engines.studio.animator:WanAnimator",
        "wan-animator",
        "studio-animator",
        9.5,
        120.0,
        ("tiling", "compile", "offload"),
    ),
    Role.COMPOSER: _Post(
        "core.engines.studio.composer:AceComposer", "ace-composer", "studio-composer", 0.5, 20.0, ("offload",)
    ),
    Role.NARRATOR: _Post(
        "core.engines.studio.narrator:KokoroNarrator",
        "kokoro-narrator",
        "studio-narrator",
        1.0,
        10.0,
        packages=("torch", "kokoro"),
    ),
}
_SPEAKERS = (Role.DIRECTOR, Role.CRITIC)
_DISTILLED = next(model.repository for model in STUDIO_MODELS if model.preset)
# What a host holds that only asks a server somewhere else, and how long it takes to begin.
_ASKING, _ASKING_SECONDS = 100_000_000, 2.0

# Nothing is fetched while a reel is made, and nobody is told of it.
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_ENABLE_PARALLEL_LOADING": "YES",
}
# What NVIDIA's cards are quicker with; not for the vision language model, whose server manages its own memory.
_CUDA = {"PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True"}


def studio(settings: StudioSettings, animatic: Lineup, why: str) -> Lineup:
    """Return the studio engine; roles the settings give to the animatic engine, and the mixer, are `animatic`'s.

    For the lightning preset: `for_preset`.
    """
    backends = {
        role: _backend(role, settings.of(role)) if role in ROLES and settings.by_studio(role) else backend
        for role, backend in animatic.backends.items()
    }
    others = [role.value for role in ROLES if not settings.by_studio(role)]
    mixed = f"; the animatic engine is the {', '.join(others)}, by config.toml" if others else ""
    return Lineup(STUDIO, why + mixed, backends)


def for_preset(lineup: Lineup, preset: PresetName) -> Lineup:
    """Return an engine for a preset: lightning has the animator load the weights that were distilled for it.

    Every request says by itself which weights it is for; this only spares loading the others first.
    """
    animator = lineup.backends[Role.ANIMATOR]
    if preset is not PresetName.LIGHTNING or not does_lightning(lineup):
        return lineup
    quick = msgspec.structs.replace(
        animator, loads_as=f"{animator.loads_as}-lightning", options={**animator.options, "lightning": True}
    )
    return msgspec.structs.replace(lineup, backends={**lineup.backends, Role.ANIMATOR: quick})


def does_lightning(lineup: Lineup) -> bool:
    """Tell whether an engine's animator has weights for the lightning preset."""
    return lineup.backends[Role.ANIMATOR].loads_as.startswith(_POSTS[Role.ANIMATOR].loads_as)


def _backend(role: Role, chosen: Mapping[str, Value]) -> Backend:
    post, held = _POSTS[role], STUDIO_HOLDS[role]
    known = OPTIONS[role]
    options = {name: value for name, value in sorted(chosen.items()) if not known[name].planner}
    altering = {name: value for name, value in options.items() if known[name].alters}
    asking = role in _SPEAKERS and bool(options.get("server"))
    on_cpu = asking or chosen.get("device") == "cpu"
    return Backend(
        role=role,
        name=post.name,
        target=post.target,
        model=str(options.get("repository") or _model(role).repository),
        revision=STUDIO_REVISION + _mark(altering),
        # A host that is loaded with other options is another one.
        loads_as=post.loads_as + _mark(options),
        declared=post.declared,
        denoises=role is Role.ANIMATOR,
        needs_device=not on_cpu,
        weights=_ASKING if asking else held.weights,
        peak=_ASKING if asking else held.peak,
        load_seconds=_ASKING_SECONDS if asking else post.loading,
        environment={**_QUIET, **ROCM, **({} if role in _SPEAKERS else _CUDA)},
        options=options,
        fallbacks=() if on_cpu else post.fallbacks,
    )


def _model(role: Role) -> Model:
    return next(model for model in STUDIO_MODELS if role in model.roles and not model.preset)


def _mark(options: Mapping[str, Value]) -> str:
    """Return a short mark of options, "" for none: the same ones have the same mark on every machine."""
    if not options:
        return ""
    return "+" + hashlib.sha256(msgspec.json.encode(dict(sorted(options.items())))).hexdigest()[:8]


# --- whether this machine can ---------------------------------------------------------------------------------------


class Lack(msgspec.Struct, frozen=True):
    """Why this machine cannot run the studio engine: in words that end a sentence, and what to do about it."""

    text: str
    remedy: str = ""


def missing_packages(lineup: Lineup) -> tuple[str, ...]:
    """Return the Python packages a lineup's studio backends need and this machine lacks; nothing is imported."""
    wanted: list[str] = []
    for role, backend in lineup.backends.items():
        if not _is_studio(backend):
            continue
        if role in _SPEAKERS:
            own = backend.options.get("server") or backend.options.get("command")
            wanted += [] if own else ["vllm"]
        elif role is Role.COMPOSER and backend.options.get("version") == "v1":
            wanted += ["torch", "acestep"]
        else:
            wanted += _POSTS[role].packages
    return tuple(name for name in dict.fromkeys(wanted) if importlib.util.find_spec(name) is None)


def missing_models(lineup: Lineup) -> tuple[Model, ...]:
    """Return the models a lineup's studio backends need that are not whole in the cache. Raises BadInput."""
    cache, pins = hub_cache(os.environ), read_pins()
    found = []
    for role, backend in lineup.backends.items():
        if not _is_studio(backend) or backend.options.get("server"):
            continue
        found += [model for model in _wanted(role, backend) if not _whole(model, backend, pins, cache)]
    return tuple(dict.fromkeys(found))


def _is_studio(backend: Backend) -> bool:
    return backend.target.startswith("core.engines.studio.")


def _wanted(role: Role, backend: Backend) -> list[Model]:
    """Return the models a backend reads from the cache; none where they are in a local folder, or another program's."""
    if backend.options.get("version") == "v1":
        return []
    repositories = [backend.model]
    if backend.options.get("lightning"):
        repositories.append(str(backend.options.get("distilled") or _DISTILLED))
    return [
        model_of(repository) or Model(repository, (role,), (), 0)
        for repository in repositories
        if repository[:1] not in ("/", "~", ".")
    ]


def _whole(model: Model, backend: Backend, pins: Mapping[str, Pin], cache: Path) -> bool:
    pinned = pins.get(model.repository)
    own = "distilled_revision" if model.preset else "revision"
    revision = str(backend.options.get(own, "")) or model.revision or (pinned.revision if pinned else "")
    try:
        return look(model, cache, revision).presence is Presence.COMPLETE
    except OSError:
        return False


def lack(lineup: Lineup, budgets: Sequence[int | None]) -> Lack | None:
    """Return why this machine cannot run a studio lineup, or None where it can.

    `budgets` are the bytes that can be planned with on each real device, None where its driver does not tell. A device
    has to have room for the largest load; the others come and go.
    """
    placed = [backend for backend in lineup.backends.values() if backend.needs_device]
    if placed:
        largest = max(placed, key=lambda backend: backend.peak)
        known = [budget for budget in budgets if budget is not None]
        if not budgets:
            return Lack(f"there is no GPU, and the {largest.role.value} needs one with {_gb(largest.peak)}")
        if not known:
            return Lack("nobody tells the memory of the GPU", "pip install 'reeltui[studio]'")
        if max(known) < largest.peak:
            have = _gb(max(known))
            return Lack(
                f"the {largest.role.value} needs a GPU with {_gb(largest.peak)}, and there are {have} to plan with"
            )
    packages = missing_packages(lineup)
    if packages:
        remedy = "pip install 'reeltui[studio]'" + (" and vllm" if "vllm" in packages else "")
        return Lack(f"{_listed(packages)} {'is' if len(packages) == 1 else 'are'} not installed", remedy)
    models = missing_models(lineup)
    if models:
        names = [model.name or model.repository for model in models]
        return Lack(f"not all model files are here ({_listed(names)})", f"reeltui models fetch {' '.join(names)}")
    return None


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f}".removesuffix(".0") + " GB"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
