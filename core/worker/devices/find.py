"""Which devices a person means by the words of their settings."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from core.film.errors import BadInput
from core.film.gauge import is_simulated
from core.worker.devices.amd import find_amd
from core.worker.devices.device import Device
from core.worker.devices.fake import FakeDevice
from core.worker.devices.mask import CUDA, HIP, ROCR
from core.worker.devices.nvidia import find_nvidia
from core.worker.devices.sysfs import find_amdgpu, find_nvidia_names

AUTO = "auto"
CPU = "cpu"
_NAMED = re.compile(r"(cuda|rocm):\d{1,4}\Z")


def open_devices(words: Sequence[str]) -> tuple[Device, ...]:
    """Return the devices that are asked for, each once, in that order; `close` them.

    "auto": every GPU that NVML shows, else AMD SMI, else the kernel; "cuda:0" and "rocm:1" count what the user's own
    CUDA_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES and ROCR_VISIBLE_DEVICES show; "fake:24" is simulated, with 24 GB;
    "cpu" is none. Raises BadInput where one that is named is not there, naming what is.
    """
    search = _Search()
    chosen: dict[str, Device] = {}
    try:
        for word in words:
            for device in _meant(word, search):
                chosen.setdefault(device.name, device)
    except BadInput:
        search.close(())
        raise
    devices = tuple(chosen.values())
    search.close(devices)
    return devices


def _meant(word: str, search: _Search) -> Sequence[Device]:
    if word == CPU:
        return ()
    if is_simulated(word):
        return (FakeDevice(word),)
    if word == AUTO:
        return search.all()
    if not _NAMED.match(word):
        remedy = "write auto, cpu, cuda:0, rocm:0 or fake:24 (simulated)"
        raise BadInput(f"{word!r} is no device", remedy=remedy)
    found = search.of(word.partition(":")[0])
    fitting = [device for device in found if device.name == word]
    if not fitting:
        raise BadInput(f"there is no device {word}", remedy=f"there is: {_there(search)}")
    return fitting


def _there(search: _Search) -> str:
    names = [device.name for kind in ("cuda", "rocm") for device in search.of(kind)]
    masks = [f"{name}={os.environ[name]}" for name in (CUDA, HIP, ROCR) if name in os.environ]
    hidden = f" ({', '.join(masks)} hides the others)" if masks else ""
    return (", ".join(names) or "no GPU, only cpu") + hidden


class _Search:
    """Looks for each kind of device once, and only when it is asked for."""

    def __init__(self) -> None:
        self._found: dict[str, Sequence[Device]] = {}

    def of(self, kind: str) -> Sequence[Device]:
        """Return the devices of a kind, from whoever tells most about them."""
        if kind == "cuda":
            return self._ask("nvml", find_nvidia) or self._ask("/proc", find_nvidia_names)
        return self._ask("amdsmi", find_amd) or self._ask("sysfs", find_amdgpu)

    def all(self) -> Sequence[Device]:
        """Return every GPU; a library that tells everything goes before the kernel's files."""
        known = self._ask("nvml", find_nvidia) or self._ask("amdsmi", find_amd)
        return known or (*self.of("cuda"), *self.of("rocm"))

    def _ask(self, source: str, find: Callable[[], Sequence[Device]]) -> Sequence[Device]:
        if source not in self._found:
            self._found[source] = find()
        return self._found[source]

    def close(self, but: Sequence[Device]) -> None:
        """Let go of every device that was found and is not among `but`."""
        kept = {id(device) for device in but}
        for devices in self._found.values():
            for device in devices:
                if id(device) not in kept:
                    device.close()
