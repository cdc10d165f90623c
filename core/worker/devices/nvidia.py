"""NVIDIA cards, through the NVIDIA Management Library (`nvidia-ml-py`, optional)."""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
from collections.abc import Iterable
from typing import Any

from core.film.gauge import Gauge
from core.worker.devices.device import Kind, call, count, number, told, word
from core.worker.devices.mask import CUDA, shown

# Figures above these are a driver's way to say that it does not know.
_HOT, _WATTS = 1000.0, 100_000.0
_CORE = 0  # NVML_TEMPERATURE_GPU


def _driver() -> bool:
    """Tell whether the driver's library is there. `pynvml` says it too, but takes 6 MB of an idle worker for it."""
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return False
    return True


def find_nvidia() -> tuple[NvidiaDevice, ...]:
    """Return the NVIDIA devices the user's mask shows; none where there is no card, driver or `pynvml`.

    Numbers in the mask are nvidia-smi's (PCI order).
    """
    if not _driver():
        return ()
    nvml: Any = told(importlib.import_module, "pynvml")
    if nvml is None or not _started(nvml):
        return ()
    try:
        handles = [
            told(call, nvml, "nvmlDeviceGetHandleByIndex", place)
            for place in range(count(call, nvml, "nvmlDeviceGetCount") or 0)
        ]
        uuids = [word(call, nvml, "nvmlDeviceGetUUID", handle) if handle is not None else "" for handle in handles]
        found = []
        for place, (handle, uuid) in enumerate(_masked(nvml, handles, uuids)):
            if handle is not None:
                found.append(NvidiaDevice(nvml, handle, f"cuda:{place}", uuid))
        return tuple(found)
    finally:
        told(call, nvml, "nvmlShutdown")  # every device holds the library by itself


def _started(nvml: Any) -> bool:
    try:
        nvml.nvmlInit()
    except Exception:  # noqa: BLE001 - no driver, no library, no permission: all the same here
        return False
    return True


def _masked(nvml: Any, handles: list[Any], uuids: list[str]) -> Iterable[tuple[Any, str]]:
    """Yield handle and mask entry of what the user's mask shows, in its order."""
    mask = os.environ.get(CUDA)
    if mask is not None and mask.strip().startswith("MIG-"):
        # A slice of a card is no card of its own in NVML's count; it is found by its UUID. CUDA uses one at most.
        entry = mask.split(",")[0].strip()
        yield told(call, nvml, "nvmlDeviceGetHandleByUUID", entry), entry
        return
    for place in shown(mask, uuids):
        yield handles[place], uuids[place] or str(place)


class NvidiaDevice:
    """One NVIDIA card, or a slice of one. What the driver does not tell is None."""

    kind: Kind = "cuda"

    def __init__(self, nvml: Any, handle: Any, name: str, entry: str) -> None:
        """`entry` names it in CUDA_VISIBLE_DEVICES: its UUID, which means the same in every order."""
        self.name = name
        self._nvml = nvml
        self._handle = handle
        self._entry = entry
        self._open = _started(nvml)
        self._model = word(call, nvml, "nvmlDeviceGetName", handle)
        self.total = self._memory()[0]

    def gauge(self) -> Gauge:
        """Look at it."""
        nvml, handle = self._nvml, self._handle
        total, used = self._memory()
        busy = number(getattr, told(call, nvml, "nvmlDeviceGetUtilizationRates", handle), "gpu", top=100)
        milliwatts = number(call, nvml, "nvmlDeviceGetPowerUsage", handle, top=_WATTS * 1000)
        return Gauge(
            device=self.name,
            name=self._model,
            total=total,
            used=used,
            processes=self._processes(),
            utilisation=None if busy is None else busy / 100,
            temperature=number(call, nvml, "nvmlDeviceGetTemperature", handle, _CORE, top=_HOT),
            power=None if milliwatts is None else milliwatts / 1000,
            source="nvml",
        )

    def _memory(self) -> tuple[int | None, int | None]:
        """Return total and used bytes; a machine that shares one memory with the CPU (GB10) tells neither."""
        info: Any = told(call, self._nvml, "nvmlDeviceGetMemoryInfo", self._handle)
        total = count(getattr, info, "total")
        return (total, count(getattr, info, "used")) if total else (None, None)

    def _processes(self) -> dict[int, int] | None:
        listed: Any = told(call, self._nvml, "nvmlDeviceGetComputeRunningProcesses", self._handle)
        if listed is None:
            return None
        held: dict[int, int] = {}
        for process in listed:
            size = count(getattr, process, "usedGpuMemory")
            if size is not None:
                held[int(process.pid)] = size
        return held if held or not listed else None

    def environment(self) -> dict[str, str]:
        """Show a host this device alone."""
        if self._entry.isdigit():  # without a UUID only nvidia-smi's own order says which card a number means
            return {CUDA: self._entry, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
        return {CUDA: self._entry}

    def close(self) -> None:
        """Let go of the driver."""
        if self._open:
            self._open = False
            with contextlib.suppress(Exception):
                self._nvml.nvmlShutdown()
