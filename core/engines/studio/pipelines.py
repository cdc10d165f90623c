"""Loads a pipeline of diffusers from a folder of weights, and puts it on its device or beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.engines.studio.torch_device import (
    OutOfDeviceMemory,
    device_memory,
    give_back,
    is_card,
    torch_device,
    torch_dtype,
)
from core.film.errors import EngineTrouble, ReelError

_ENCODER = "text_encoder"
_SHOWN = 3
# What a receipt says of parts that wait beside the card: asked for, or the only way in.
ASKED, FORCED = "on", "on: the weights did not fit on the device"
NOWHERE = "not on the CPU"


def load_pipeline(kind: str, folder: Path, device: str) -> Any:
    """Return the pipeline of class `kind` from a snapshot's folder, to be placed: safetensors only, nothing fetched.

    Raises EngineTrouble where the files are broken, incomplete or not of that kind, OutOfDeviceMemory.
    """
    import diffusers

    diffusers.utils.logging.disable_progress_bar()
    how = {"dtype": torch_dtype(device), "local_files_only": True, "use_safetensors": True}
    try:
        with device_memory("the weights"):
            encoder = _text_encoder(folder, how)
            pipeline = getattr(diffusers, kind).from_pretrained(folder, text_encoder=encoder, **how)
    except (MemoryError, ReelError):
        raise
    # A truncated file, a missing part and a wrong class each raise something else, of three libraries.
    except Exception as error:
        raise _broken(folder, kind, f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}") from error
    for name, part in pipeline.components.items():
        if hasattr(part, "parameters"):
            # diffusers leaves what no file has on the "meta" device, which is nowhere.
            lacking = [key for key, value in part.state_dict().items() if value.is_meta]
            _complete(folder, kind, name, lacking)
    pipeline.set_progress_bar_config(disable=True)  # whoever looks follows the host's own messages
    return pipeline


def _text_encoder(folder: Path, how: dict[str, Any]) -> Any:
    """Load the one part that is transformers' own, which fills what no file has with chance and only logs it."""
    import transformers

    library, name = json.loads((folder / "model_index.json").read_bytes())[_ENCODER]
    if library != "transformers":
        raise ValueError(f"its {_ENCODER} is of {library}")
    encoder, info = getattr(transformers, name).from_pretrained(folder / _ENCODER, output_loading_info=True, **how)
    _complete(folder, name, _ENCODER, sorted(info["missing_keys"]))
    return encoder


def _complete(folder: Path, kind: str, part: str, lacking: list[str]) -> None:
    if lacking:
        more = f" and {len(lacking) - _SHOWN} more" if len(lacking) > _SHOWN else ""
        raise _broken(folder, kind, f"its {part} lacks {', '.join(lacking[:_SHOWN])}{more}")


def _broken(folder: Path, kind: str, why: str) -> EngineTrouble:
    text = f"the weights in {folder} cannot be read as {kind}: {why}"
    return EngineTrouble(text, remedy="reeltui models verify, then fetch what is broken again")


def place(pipeline: Any, device: str) -> str:
    """Put a pipeline on its device, or beside it where it does not fit; return what a receipt says of that, or "".

    Raises OutOfDeviceMemory where there is no beside.
    """
    try:
        with device_memory("the weights"):
            pipeline.to(torch_device(device))
        return ""
    except OutOfDeviceMemory:
        # Fallbacks reach a step only once it is loaded: on a card this small every load would end here.
        if not is_card(device):
            raise
    # Outside of the handler: the error's frames still hold a part that was on its way.
    pipeline.to("cpu")
    give_back(device)
    return offload(pipeline, device) and FORCED


def offload(pipeline: Any, device: str) -> str:
    """Keep each part of a pipeline beside the device until it is its turn; "" where there is no beside."""
    if not is_card(device):
        return ""
    pipeline.enable_model_cpu_offload(device=torch_device(device))
    return ASKED


@contextmanager
def leaving_nothing(pipeline: Any) -> Iterator[None]:
    """Leave nothing of a broken-off call on the device: with offloading, what was there goes back beside it.

    A call that comes to its end does so by itself.
    """
    try:
        yield
    except BaseException:
        pipeline.maybe_free_model_hooks()
        raise
