"""Loads a pipeline of diffusers from a folder of weights, and puts it on its device or beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.engines.studio.torch_device import device_memory, is_card, torch_device, torch_dtype
from core.film.errors import EngineTrouble


def load_pipeline(kind: str, folder: Path, device: str) -> Any:
    """Return the pipeline of class `kind` from a snapshot's folder, on its device: safetensors only, nothing fetched.

    Raises EngineTrouble where the files are broken or not of that kind, OutOfDeviceMemory.
    """
    import diffusers

    diffusers.utils.logging.disable_progress_bar()
    known = getattr(diffusers, kind)
    try:
        pipeline = known.from_pretrained(folder, dtype=torch_dtype(device), local_files_only=True, use_safetensors=True)
    except MemoryError:
        raise
    # A truncated file, a missing part and a wrong class each raise something else, of three libraries.
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        text = f"the weights in {folder} cannot be read as a {kind}: {type(error).__name__}: {first}"
        raise EngineTrouble(text, remedy="reeltui models verify, then fetch what is broken again") from error
    pipeline.set_progress_bar_config(disable=True)  # whoever looks follows the host's own messages
    with device_memory("the weights"):
        return pipeline.to(torch_device(device))


def offload(pipeline: Any, device: str) -> bool:
    """Keep each part of a pipeline beside the device until it is its turn; False where there is no beside."""
    if not is_card(device):
        return False
    pipeline.enable_model_cpu_offload(device=torch_device(device))
    return True


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
