"""Models with random weights, made on the device itself: 57 GB of two experts never pass through the host's memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def build(make: Callable[[], Any], device: str, dtype: Any) -> Any:
    """Return the model that `make` makes, on `device`, its weights random and in `dtype`.

    What a model of diffusers keeps in 32 bits when it is read from files is in 32 bits here too.
    """
    import torch
    from accelerate import init_empty_weights

    # Only weights are made without memory: buffers (the angles of positions) are small and computed, not read.
    with init_empty_weights(include_buffers=False):
        model = make()
    if hasattr(model, "tie_weights"):
        model.tie_weights()  # what shares its memory shares it here too
    kept = tuple(getattr(model, "_keep_in_fp32_modules", None) or ())
    made: dict[int, Any] = {}
    numbers = torch.Generator(device).manual_seed(0)
    for path, module in model.named_modules():
        for name, empty in list(module._parameters.items()):
            if empty is None:
                continue
            if id(empty) not in made:
                whole = f"{path}.{name}"
                held = torch.float32 if any(part in kept for part in whole.split(".")) else dtype
                made[id(empty)] = _filled(whole, empty.shape, device, held, numbers)
            module._parameters[name] = made[id(empty)]
    return model.to(device).eval().requires_grad_(False)


def _filled(name: str, shape: Any, device: str, dtype: Any, numbers: Any) -> Any:
    """Return random weights that keep what goes through them at about its size, so that nothing overflows."""
    import torch

    weight = torch.empty(shape, device=device, dtype=dtype)
    last = name.rpartition(".")[2]
    if last in ("gamma", "beta") or len(shape) < 2:
        weight.fill_(1.0 if last in ("gamma", "weight") else 0.0)
    elif last == "scale_shift_table":
        weight.normal_(0.0, 0.02, generator=numbers)
    else:
        fan_in = weight[0].numel()
        weight.normal_(0.0, fan_in**-0.5, generator=numbers)
    return torch.nn.Parameter(weight, requires_grad=False)


def size_of(*models: Any) -> int:
    """Return the bytes of models' weights and buffers."""
    seen: dict[int, int] = {}
    for model in models:
        for tensor in (*model.parameters(), *model.buffers()):
            seen[id(tensor)] = tensor.numel() * tensor.element_size()
    return sum(seen.values())


def expert(config: dict[str, Any], device: str, dtype: Any) -> Any:
    """Return one of Wan's two transformers."""
    from diffusers import WanTransformer3DModel

    return build(lambda: WanTransformer3DModel(**config), device, dtype)


def wan_vae(config: dict[str, Any], device: str, dtype: Any) -> Any:
    """Return Wan's VAE."""
    from diffusers import AutoencoderKLWan

    return build(lambda: AutoencoderKLWan(**config), device, dtype)


def umt5(config: dict[str, Any], device: str, dtype: Any) -> Any:
    """Return Wan's text encoder."""
    from transformers import UMT5Config, UMT5EncoderModel

    return build(lambda: UMT5EncoderModel(UMT5Config(**config)), device, dtype)


def bytes_tokenizer() -> Any:
    """Return a tokenizer without files: a token a byte, in the frame of Qwen's chats. How long a text is does not
    matter to what is measured: the pipelines fill every text up to 512 tokens."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={letter: number for number, letter in enumerate(letters)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        additional_special_tokens=["<|im_start|>"],
    )
    tokenizer.chat_template = (
        "{% for m in messages %}<|im_start|>{{m['role']}}\n{{m['content']}}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    return tokenizer
