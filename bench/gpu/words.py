"""Measures one text through Wan's text encoder, and reading an expert from a file: what loading takes at best."""

from __future__ import annotations

import statistics
from typing import Any

from bench.gpu import random_weights
from bench.gpu.call import Call
from bench.gpu.life import Life
from core.engines.studio.torch_device import torch_dtype
from core.engines.studio.wan_parts import read_expert
from core.engines.studio.wan_words import _Reader

_TEXTS = 3
_LAYERS = 3  # of 40: a file of about 2 GB


def measure_text(call: Call) -> dict[str, Any]:
    """Return the seconds of one text of 512 tokens, through the animator's own reader."""
    life = Life(call)
    with life.building():
        reader = _reader(call)
    with life.first_use():
        reader.read("a boat")
    took: list[float] = []
    for number in range(_TEXTS):
        with call.meter.seconds(took):
            reader.read(f"a boat at dawn {number}")
    with life.giving_back():
        del reader
    return {
        **life.figures(),
        "unit": "text",
        "whole": statistics.median(took),
        "seen": _TEXTS,
    }


def _reader(call: Call) -> Any:
    from diffusers import WanImageToVideoPipeline

    reader = _Reader.__new__(_Reader)  # without its files
    reader._device = call.device
    reader._pipeline = WanImageToVideoPipeline(
        tokenizer=random_weights.bytes_tokenizer(),
        text_encoder=random_weights.umt5(call.sizes.umt5, call.device, torch_dtype(call.device)),
        vae=None,
        scheduler=None,
    )
    return reader


def measure_load(call: Call) -> dict[str, Any]:
    """Return what both experts would take to load, from a few of their layers in a file the machine has just written.

    So a disk's own time is not in it: this is the rest, the least a load takes.
    """
    meter = call.meter
    dtype = torch_dtype(call.device)
    config = call.sizes.expert
    few = config | {"num_layers": min(_LAYERS, config["num_layers"])}
    made = random_weights.expert(few, call.device, dtype)
    held = random_weights.size_of(made)
    made.save_pretrained(call.folder / "expert")
    del made
    took: list[float] = []
    for _ in range(2):
        meter.reset()
        with meter.seconds(took):
            read = read_expert(call.folder / "expert", dtype).to(call.device)
        del read
    both = 2 * _whole(config, few, held)
    return {
        "unit": "load of both experts",
        "computed": min(took) * both / held,
        "seen": 2,
        "weights": both,
        "facts": {"read": f"{held / 1e9:.2f} GB in {min(took):.2f} s, from the machine's memory and not its disk"},
    }


def _whole(config: dict[str, Any], few: dict[str, Any], held: int) -> int:
    """Return the bytes of one whole expert, from those of one with few layers (what is not in layers is little)."""
    return held * int(config["num_layers"]) // int(few["num_layers"])
