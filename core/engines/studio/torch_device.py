"""What a model works on in torch: its device, its numbers, its seeds, and a full memory as an error people can read."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.film.errors import EngineTrouble

# torch raises OutOfMemoryError for its own allocator; libraries below it (BLAS, MIOpen, the driver) say it in words.
_WORDS = ("out of memory", "alloc_failed", "can't allocate memory", "cannot allocate memory")


class OutOfDeviceMemory(EngineTrouble):
    """There was not enough memory on the device. The worker knows it by this name (core/worker/hosts/process.py)."""


def torch_device(device: str) -> str:
    """Return the device as torch calls it in a host: "cuda:0" on a card, "cpu" on the CPU and a simulated device.

    A host is shown its own card alone (`core.worker.devices.device.Device.environment`), so that is always the first
    one; torch calls AMD's cards "cuda" as well.
    """
    return "cuda:0" if device.startswith(("cuda", "rocm")) else "cpu"


def is_card(device: str) -> bool:
    """Tell whether a device is a real card, NVIDIA's or AMD's: torch calls both "cuda"."""
    return torch_device(device) != "cpu"


def is_rocm() -> bool:
    """Tell whether this torch is built for AMD's cards."""
    import torch

    return torch.version.hip is not None


def torch_dtype(device: str) -> Any:
    """Return the numbers models work with there: bfloat16 on a card, float32 on a CPU, where bfloat16 is slow."""
    import torch

    return torch.bfloat16 if is_card(device) else torch.float32


def seeded(seed: int) -> Any:
    """Return a torch.Generator for `seed`, on the CPU: the same noise on every device."""
    import torch

    return torch.Generator("cpu").manual_seed(seed)


def give_back(device: str) -> None:
    """Give memory that nothing uses any more back to the device, so that others, and the next part, find it free."""
    if is_card(device):
        import torch

        gc.collect()  # modules with hooks refer to themselves
        torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error of torch, or of a library below it, says that a device's memory is full."""
    if not isinstance(error, RuntimeError):  # torch.OutOfMemoryError is one
        return False
    words = str(error).lower()
    return type(error).__name__ == "OutOfMemoryError" or any(word in words for word in _WORDS)


@contextmanager
def device_memory(what: str) -> Iterator[None]:
    """Turn torch's out-of-memory errors into OutOfDeviceMemory, saying `what` there was no room for."""
    try:
        yield
    except RuntimeError as error:
        if not is_out_of_memory(error):
            raise
        first = str(error).partition("\n")[0]
        text = f"out of memory on the device: no room for {what} ({first})"
        raise OutOfDeviceMemory(text, remedy="let nothing else use the device, or choose a smaller --size") from error
