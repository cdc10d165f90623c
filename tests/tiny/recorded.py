"""The studio's backends, writing down every call that reaches a real pipeline into the file `TINY_CALLS`."""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from PIL import Image

from core.engines.registry import animatic
from core.engines.studio.animator import WanAnimator
from core.engines.studio.composer import AceComposer
from core.engines.studio.lineup import studio
from core.engines.studio.narrator import KokoroNarrator
from core.engines.studio.painter import KleinPainter
from core.engines.studio.settings import studio_settings
from core.film.lineup import Lineup, Role


def recorded() -> Lineup:
    """Return the studio engine with its calls written down."""
    found = studio(studio_settings(), animatic(""), "a test")
    ours = {Role.PAINTER: Painter, Role.ANIMATOR: Animator, Role.COMPOSER: Composer, Role.NARRATOR: Narrator}
    targets = {role: f"{kind.__module__}:{kind.__name__}" for role, kind in ours.items()}
    changed = {role: msgspec.structs.replace(found.backends[role], target=target) for role, target in targets.items()}
    return msgspec.structs.replace(found, backends={**found.backends, **changed})


class Painter(KleinPainter):
    """Notes what Flux2KleinPipeline is asked for."""

    def load(self, device: str) -> None:
        """As the painter does."""
        from diffusers import Flux2KleinPipeline

        _listen(Flux2KleinPipeline, "painter")
        super().load(device)


class Animator(WanAnimator):
    """Notes what WanImageToVideoPipeline is asked for, and its scheduler."""

    def load(self, device: str) -> None:
        """As the animator does."""
        from diffusers import WanImageToVideoPipeline

        _listen(WanImageToVideoPipeline, "animator")
        super().load(device)


class Composer(AceComposer):
    """Notes what AceStepPipeline is asked for."""

    def load(self, device: str) -> None:
        """As the composer does."""
        from diffusers import AceStepPipeline

        _listen(AceStepPipeline, "composer")
        super().load(device)


class Narrator(KokoroNarrator):
    """Notes what Kokoro's pipeline is asked for."""

    def load(self, device: str) -> None:
        """As the narrator does."""
        from kokoro import KPipeline

        _listen(KPipeline, "narrator")
        super().load(device)


def calls(path: Path) -> list[dict[str, Any]]:
    """Return what was written down, in order; `role` beside the call's arguments."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _listen(pipeline: Any, role: str) -> None:
    real = pipeline.__call__

    def call(self: Any, *given: Any, **named: Any) -> Any:
        arguments = {**{str(number): one for number, one in enumerate(given)}, **named}
        scheduler = getattr(self, "scheduler", None)
        if scheduler is not None:
            arguments["scheduler"] = {"class": type(scheduler).__name__, **scheduler.config}
        line = json.dumps({"role": role, **{name: _plain(one) for name, one in sorted(arguments.items())}})
        with Path(os.environ["TINY_CALLS"]).open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        if role == "animator":
            _fault()
        return real(self, *given, **named)

    pipeline.__call__ = call


def _fault() -> None:
    """Do once what the name of the file `TINY_FAULT` says, if there is one: "oom" or "segfault"."""
    path = Path(os.environ.get("TINY_FAULT", "") or os.devnull)
    if path == Path(os.devnull) or path.exists():
        return
    path.touch()
    if path.name == "segfault":
        ctypes.string_at(0)
    import torch

    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def _plain(value: Any) -> Any:
    """Return an argument as JSON has it; pictures and tensors by their bytes, a generator by its seed."""
    import torch

    if isinstance(value, Image.Image):
        return ["picture", *value.size, _hash(value.tobytes())]
    if isinstance(value, torch.Tensor):
        return ["tensor", list(value.shape), str(value.dtype), _hash(value.contiguous().view(torch.uint8).numpy())]
    if isinstance(value, np.ndarray):
        return ["array", list(value.shape), _hash(value)]
    if isinstance(value, torch.Generator):
        return ["generator", value.initial_seed(), value.device.type, _hash(value.get_state().numpy())]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in sorted(value.items()) if not str(name).startswith("_")}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return type(value).__name__  # a callback


def _hash(data: Any) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
