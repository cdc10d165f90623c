"""Which attention kernel a transformer of diffusers works with: the fastest one here whose numbers are right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.engines.studio.torch_device import is_card, is_rocm, torch_device

# diffusers' names (models/attention_dispatch.py), fastest first. FlashAttention 3 is exact; SageAttention rounds to
# 8 bits, so it comes after it. What is in none of these packages is torch's own.
_AMD = ("aiter_fa2_hub",)
_NVIDIA = ("_flash_3", "_flash_3_hub", "sage")
_NATIVE = "native"
# Wan, FLUX.2 and most others have heads of 128.
_PROBE = (1, 128, 2, 128)  # batch, tokens, heads, size of a head
_OTHERS = (128, 96)  # tokens looked at: as many as of its own, and a text's, which are fewer
# Against torch's own on random numbers of variance 1, whose mean here is of the order of 0.1: bfloat16 and 8-bit
# kernels differ in the third digit, a wrong kernel altogether.
_TOLERANCE = 0.05


def choose_attention(experts: Iterable[Any], device: str, wanted: str = "auto") -> str:
    """Set the attention kernel of every transformer in `experts`; return the one in force and why others are not.

    `wanted` is "auto" or one of diffusers' names. Kernels of the hub are taken from its cache only, so only where the
    hub's offline mode is on. Never fails: whatever cannot be used leaves torch's own, and is said.
    """
    models = list(experts)
    if wanted == _NATIVE or (wanted == "auto" and not is_card(device)):
        return _NATIVE
    names = (_AMD if is_rocm() else _NVIDIA) if wanted == "auto" else (wanted,)
    refused = []
    for name in names:
        why = _try(models, torch_device(device), name)
        if not why:
            return name
        refused.append(f"{name}: {why}")
    if models:
        _set(models, _NATIVE)
    return f"{_NATIVE} ({'; '.join(refused)})"


def _try(models: list[Any], device: str, name: str) -> str:
    """Set a kernel; return why it cannot be, or ""."""
    if name.endswith("_hub") and not _offline():
        return "it would be fetched, HF_HUB_OFFLINE is not set"
    try:
        _set(models, name)
        return _probe(device, name)
    # A package that is missing, too old or built for another card, and a kernel that is not in the cache, each raise
    # something else.
    except Exception as error:  # noqa: BLE001
        return (str(error).strip() or type(error).__name__).splitlines()[0][:160]


def _offline() -> bool:
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def _set(models: list[Any], name: str) -> None:
    for model in models:
        model.set_attention_backend(name)


def _probe(device: str, name: str) -> str:
    """Compare a kernel with torch's own on a few random numbers; return what is wrong with it, or ""."""
    import torch
    from diffusers.models.attention_dispatch import AttentionBackendName, dispatch_attention_fn

    numbers = torch.Generator("cpu").manual_seed(0)
    dtype = torch.bfloat16 if is_card(device) else torch.float32
    batch, tokens, heads, size = _PROBE
    far = 0.0
    for others in _OTHERS:
        shapes = ((batch, count, heads, size) for count in (tokens, others, others))
        query, key, value = (torch.randn(shape, generator=numbers).to(device, dtype) for shape in shapes)
        with torch.no_grad():
            found = dispatch_attention_fn(query, key, value, backend=AttentionBackendName(name))
            right = dispatch_attention_fn(query, key, value, backend=AttentionBackendName.NATIVE)
        far = max(far, float((found.float() - right.float()).abs().max()))
    return "" if far < _TOLERANCE else f"its numbers are wrong by {far:.3g}"
