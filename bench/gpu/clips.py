"""Measures Wan's clips: stock diffusers, and `WanAnimator` itself with its knobs turned one by one."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
import numpy as np
from PIL import Image

from bench.gpu import random_weights
from bench.gpu.call import Call
from bench.gpu.life import Life
from bench.gpu.meter import Laps
from core.engines.roles import Room
from core.engines.studio import wan_model, wan_words
from core.engines.studio.animator import WanAnimator
from core.engines.studio.torch_device import seeded, torch_dtype
from core.engines.studio.wan_lightning import STEPS as LIGHTNING_STEPS
from core.engines.studio.wan_take import Take
from core.engines.studio.wan_watch import Watch
from core.film.camera import CameraMove
from core.film.preset import FLOW_SHIFT_HERO, PRESETS, PresetName
from core.film.requests import AnimateRequest

_PRESET = PRESETS[PresetName.DEFAULT]
_BOUNDARY = 0.9  # boundary_ratio of model_index.json
# Before the steps that are measured: one of each expert, so that both are compiled.
_WARM_STEPS = 2
_SHORT = 5  # frames of a warm-up where nothing is compiled for a size


class Variant(msgspec.Struct, frozen=True):
    """A way to make a clip. `options` are WanAnimator's; None is stock diffusers. `cache`: see `facts` of a result."""

    name: str
    options: dict[str, str] | None
    lightning: bool = False

    @property
    def compiles(self) -> bool:
        return self.options is not None and self.options["compile"] != "off"


_PLAIN = {"attention": "native", "compile": "off", "cache": "off"}


def variants(compiler: str, cudnn: bool) -> tuple[Variant, ...]:
    """Return the ways, in the order they are worth measuring in. `compiler` is "auto" on a card."""
    every = {"attention": "auto", "compile": compiler, "cache": "off"}
    found = [
        Variant("stock", None),
        Variant("all", every),
        Variant("lightning-all", every, lightning=True),
        Variant("plain", _PLAIN),
        Variant("attention", _PLAIN | {"attention": "auto"}),
        Variant("compile", _PLAIN | {"compile": compiler}),
        Variant("lightning", _PLAIN, lightning=True),
    ]
    if cudnn:
        # Not what `auto` takes: to see whether it should.
        found.append(Variant("attention-cudnn", _PLAIN | {"attention": "_native_cudnn"}))
    return tuple(found)


def measure(call: Call, variant: Variant, width: int, height: int) -> dict[str, Any]:
    """Return the figures of one variant, as fields of `Measured`."""
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)).save(
        call.folder / "first.png"
    )
    request = _request(call, width, height, lightning=variant.lightning)
    with _random_files(call):
        clips: _Stock | _Ours = _Stock(call) if variant.options is None else _Ours(call, variant)
        try:
            return _measured(call, variant, clips, request)
        finally:
            clips.drop()


def _measured(call: Call, variant: Variant, clips: _Stock | _Ours, request: AnimateRequest) -> dict[str, Any]:
    life = Life(call)
    with life.building():
        clips.load()
    frames = request.frames if variant.compiles else min(_SHORT, request.frames)
    with life.first_use() as first:
        warm = clips.clip(msgspec.structs.replace(request, steps=_WARM_STEPS, frames=frames))
    # What a short clip tells of a long one's steps: its tokens count, and in attention every pair of them.
    longer = (Take.of(request).parts / Take.of(msgspec.structs.replace(request, frames=frames)).parts) ** 1.5
    if variant.lightning:
        wanted = steps = LIGHTNING_STEPS  # whole or not at all
        call.affordable(first[0] * longer / 2, 0.0)
    else:
        wanted = _PRESET.steps_hero
        steps = call.affordable(min(warm.steps()) * longer, 2 * warm.between("looking", "step ") * longer)
    laps = clips.clip(msgspec.structs.replace(request, steps=steps))
    found = _figures(laps, steps=wanted, whole=variant.lightning)
    facts = {key: str(value) for key, value in clips.facts.items()}
    with life.giving_back():
        clips.drop()
    return {**found, **life.figures(), "unit": "clip", "facts": facts}


def _figures(laps: Laps, *, steps: int, whole: bool) -> dict[str, Any]:
    took = laps.steps()
    step = statistics.median(took)
    encode, decode = laps.between("looking", "step "), laps.since_steps("frame ")
    found = {"steps": steps, "seen": len(took), "step": step, "encode": encode, "decode": decode}
    found["write"] = laps.between("frame ", "written")
    key = "whole" if whole else "computed"
    return {**found, key: encode + (sum(took) if whole else steps * step) + decode}


def _request(call: Call, width: int, height: int, *, lightning: bool) -> AnimateRequest:
    preset = PRESETS[PresetName.LIGHTNING] if lightning else _PRESET
    return AnimateRequest(
        first="first.png",
        last=None,
        layers=None,
        prompt="static shot: a boat at dawn",
        negative="",
        camera=CameraMove.STATIC,
        shot_type="wide",
        is_hero=True,
        frames=call.sizes.frames,
        fps=preset.fps,
        steps=preset.steps_hero,
        flow_shift=FLOW_SHIFT_HERO,
        guidance=preset.guidance,
        cache=0.0,  # on random weights hits mean nothing
        strength=1.0,
        seed=1,
        width=width,
        height=height,
    )


class _Ours:
    """The animator as a host runs it."""

    def __init__(self, call: Call, variant: Variant) -> None:
        self._call = call
        self._variant = variant
        self._animator: WanAnimator | None = None
        self.facts: dict[str, Any] = {}

    def load(self) -> None:
        place = str(self._call.folder)
        self._animator = WanAnimator(
            repository=place, distilled=place, lightning=self._variant.lightning, **(self._variant.options or {})
        )
        self._animator.load(self._call.device)

    def clip(self, request: AnimateRequest) -> Laps:
        assert self._animator is not None
        laps = Laps(self._call.meter)
        stage = self._call.folder / "stage"
        stage.mkdir(exist_ok=True)
        made = self._animator.run(request, Room(self._call.folder, stage), laps)
        laps(1.0, "written")
        told = ("attention", "compile", "cache", "precision", "guidance", "scheduler", "rendered")
        self.facts = {key: made.facts[key] for key in told if key in made.facts}
        return laps

    def drop(self) -> None:
        self._animator = None


class _Stock:
    """Diffusers' own pipeline as its documentation has it: bf16 transformers, the VAE in 32 bits, nothing switched on.

    It is watched as ours is; its clip is not written to a file.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        self._pipeline: Any = None
        self.facts = {"attention": "native", "compile": "off", "cache": "off"}

    def load(self) -> None:
        import torch

        dtype = torch_dtype(self._call.device)
        self._pipeline = _pipeline(self._call, torch.float32)
        for name in ("transformer", "transformer_2"):
            setattr(self._pipeline, name, random_weights.expert(self._call.sizes.expert, self._call.device, dtype))

    def clip(self, request: AnimateRequest) -> Laps:
        from diffusers import UniPCMultistepScheduler

        laps = Laps(self._call.meter)
        pipeline, take = self._pipeline, Take.of(request)
        pipeline.scheduler = UniPCMultistepScheduler.from_config(
            pipeline.scheduler.config, flow_shift=request.flow_shift
        )
        watch = Watch(laps, request.steps, take.parts)
        words = _Words(self._call)

        def after_step(_: Any, index: int, __: Any, found: dict[str, Any]) -> dict[str, Any]:
            watch.step_done(index)
            return found

        with watch.over(pipeline):
            pipeline(
                image=take.picture(self._call.folder / request.first, request),
                prompt_embeds=words.read(request.prompt).to(self._call.device),
                negative_prompt_embeds=words.read("").to(self._call.device),
                width=take.width,
                height=take.height,
                num_frames=take.frames,
                num_inference_steps=request.steps,
                guidance_scale=request.guidance[0],
                guidance_scale_2=request.guidance[1],
                generator=seeded(request.seed),
                callback_on_step_end=after_step,
                output_type="np",
            )
        laps(1.0, "frame 1: not written")
        laps(1.0, "written")
        return laps

    def drop(self) -> None:
        self._pipeline = None


# --- in place of files -------------------------------------------------------------------------------------------


class _Words:
    """Random words as the transformers take them, in place of the text encoder."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def read(self, text: str) -> Any:
        import torch

        shape = (1, wan_words.TOKENS, self._call.sizes.words_width)
        return torch.randn(shape, generator=seeded(len(text))).to(torch_dtype(self._call.device))


def _pipeline(call: Call, vae_dtype: Any) -> Any:
    from diffusers import UniPCMultistepScheduler, WanImageToVideoPipeline

    pipeline = WanImageToVideoPipeline(
        tokenizer=None,
        text_encoder=None,
        vae=random_weights.wan_vae(call.sizes.wan_vae, call.device, vae_dtype),
        scheduler=UniPCMultistepScheduler(
            flow_shift=FLOW_SHIFT_HERO,
            use_flow_sigmas=True,
            prediction_type="flow_prediction",
            num_train_timesteps=1000,
        ),
        boundary_ratio=_BOUNDARY,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@contextmanager
def _random_files(call: Call) -> Iterator[None]:
    """Have the animator find random weights on the device where it would read files; all else is its own."""

    def an_expert(_: Path, dtype: Any) -> Any:
        return random_weights.expert(call.sizes.expert, call.device, dtype)

    def a_distilled(_: Path, like: Path, dtype: Any) -> Any:
        return an_expert(like, dtype)

    instead: dict[str, Callable[..., Any]] = {
        "check_whole": lambda files, remedy: None,
        "distilled_files": lambda folder: (folder / "high", folder / "low"),
        "read_distilled": a_distilled,
        "read_expert": an_expert,
        "read_pipeline": lambda snapshot, vae_dtype: _pipeline(call, vae_dtype),
    }
    with (
        mock.patch.multiple(wan_model, **instead),
        mock.patch.object(wan_words, "_Reader", return_value=_Words(call)),
    ):
        yield
