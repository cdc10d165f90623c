"""Measures FLUX.2 klein's pictures: diffusers' pipeline, and `KleinPainter` itself, from words and from references."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image

from bench.gpu import random_weights
from bench.gpu.call import Call, NotMeasured
from bench.gpu.life import Life
from bench.gpu.meter import Laps
from core.engines.roles import Room
from core.engines.studio.torch_device import seeded, torch_dtype
from core.film.camera import CameraMove
from core.film.requests import PaintRequest, Reference

VARIANTS = ("stock", "ours", "stock-4-references", "ours-4-references")
_PICTURES = 3
_STEPS = 4  # the model's card
_NAMES = ("A", "B", "scene", "previous")


def measure(call: Call, variant: str, width: int, height: int) -> dict[str, Any]:
    """Return the figures of one variant, as fields of `Measured`."""
    kind, _, referring = variant.partition("-")
    names = _NAMES if referring else ()
    numbers = np.random.default_rng(0)
    for name in names:
        pixels = numbers.integers(0, 256, (max(64, height), max(64, width), 3), np.uint8)
        Image.fromarray(pixels).save(call.folder / f"{name}.png")
    life = Life(call)
    with life.building():
        pictures = _Pictures(call, names, (width, height), ours=kind == "ours")
    with life.first_use():
        pictures.one(0)
    took: list[float] = []
    steps: list[float] = []
    for seed in range(1, _PICTURES + 1):
        with call.meter.seconds(took):
            steps += pictures.one(seed)
    with life.giving_back():
        del pictures
    return {
        **life.figures(),
        "unit": "picture",
        "steps": _STEPS,
        "seen": len(steps),
        "step": statistics.median(steps),
        "whole": statistics.median(took),
    }


class _Pictures:
    """One way to make pictures of one size from the same references."""

    def __init__(self, call: Call, names: tuple[str, ...], size: tuple[int, int], *, ours: bool) -> None:
        self._call = call
        self._names = names
        self._size = size
        self._pipeline = _pipeline(call)
        self._painter = _painter(self._pipeline, call) if ours else None

    def one(self, seed: int) -> list[float]:
        """Make a picture; return the seconds of its steps but the first, which has the reading of the words in it."""
        laps = Laps(self._call.meter)
        arguments = (self._call.folder, self._names, self._size, seed, laps)
        if self._painter is None:
            _stock(self._pipeline, *arguments)
        else:
            _ours(self._painter, *arguments)
        return laps.steps()


def _pipeline(call: Call) -> Any:
    from diffusers import (
        AutoencoderKLFlux2,
        FlowMatchEulerDiscreteScheduler,
        Flux2KleinPipeline,
        Flux2Transformer2DModel,
    )
    from transformers import Qwen3Config, Qwen3ForCausalLM

    dtype, device, sizes = torch_dtype(call.device), call.device, call.sizes
    build = random_weights.build
    pipeline = Flux2KleinPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=build(lambda: AutoencoderKLFlux2(**sizes.flux_vae), device, dtype),
        text_encoder=build(lambda: Qwen3ForCausalLM(Qwen3Config(**sizes.qwen)), device, dtype),
        tokenizer=random_weights.bytes_tokenizer(),
        transformer=build(lambda: Flux2Transformer2DModel(**sizes.flux), device, dtype),
        is_distilled=True,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _painter(pipeline: Any, call: Call) -> Any:
    try:
        from core.engines.studio import painter as module
    except ImportError as error:
        raise NotMeasured(f"the painter is not there: {error}") from error
    painter = module.KleinPainter(repository=str(call.folder))
    with mock.patch.object(module, "load_pipeline", return_value=pipeline):
        painter.load(call.device)
    return painter


def _ours(painter: Any, folder: Path, names: tuple[str, ...], size: tuple[int, int], seed: int, laps: Laps) -> None:
    stage = folder / "stage"
    stage.mkdir(exist_ok=True)
    request = PaintRequest(
        subject="shot",
        prompt="static shot: a boat at dawn",
        negative="",
        characters={name: "a sailor" for name in names if len(name) == 1},
        story="a boat at dawn",
        shot_type="wide",
        camera=CameraMove.STATIC,
        references=tuple(Reference(name, f"{name}.png") for name in names),
        continues=bool(names),
        strength=0.7,
        seed=seed,
        width=size[0],
        height=size[1],
    )
    painter.run(request, Room(folder, stage), laps)


def _stock(pipeline: Any, folder: Path, names: tuple[str, ...], size: tuple[int, int], seed: int, laps: Laps) -> None:
    def after_step(_: Any, index: int, __: Any, values: dict[str, Any]) -> dict[str, Any]:
        laps((index + 1) / _STEPS, f"step {index + 1} of {_STEPS}")
        return {}

    pipeline(
        prompt="a boat at dawn",
        image=[Image.open(folder / f"{name}.png") for name in names] or None,
        width=size[0],
        height=size[1],
        num_inference_steps=_STEPS,
        guidance_scale=1.0,
        generator=seeded(seed),
        callback_on_step_end=after_step,
        output_type="np",
    )
