"""AMD cards, through AMD SMI (`amdsmi`, optional; it comes with ROCm)."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
from typing import Any

from core.film.gauge import Gauge
from core.worker.devices.device import Kind, call, count, number, part, told, word
from core.worker.devices.mask import rocm_environment, rocm_shown

# AMD SMI says "not known" with all bits of 16 or 32 set, or with the words N/A.
_BUSY, _WATTS = 100.0, 60_000.0
_MEBIBYTE = 1 << 20


def find_amd() -> tuple[AmdDevice, ...]:
    """Return the AMD devices the user's masks show; none where there is no card, driver or `amdsmi`."""
    smi = _library()
    if smi is None or not _started(smi):
        return ()
    handles = _in_hip_order(smi, list(told(call, smi, "amdsmi_get_processor_handles") or ()))
    uuids = [_uuid(smi, handle) for handle in handles]
    return tuple(
        AmdDevice(smi, handles[place], f"rocm:{name}", hip)
        for name, (place, hip) in enumerate(rocm_shown(os.environ, uuids))
    )


def _library() -> Any:
    # Without its shared library it prints a line to standard output before it raises one of several errors.
    with contextlib.redirect_stdout(io.StringIO()):
        return told(importlib.import_module, "amdsmi")


def _started(smi: Any) -> bool:
    try:
        smi.amdsmi_init()
    except Exception:  # noqa: BLE001 - no driver, no permission: all the same here
        return False
    return True


def _in_hip_order(smi: Any, handles: list[Any]) -> list[Any]:
    """Return the handles in the order HIP counts them; AMD SMI tells it since ROCm 6.4, and had the same before."""
    numbers = [number(part, _enumeration(smi, handle), "hip_id", top=1000) for handle in handles]
    if None in numbers or len(set(numbers)) < len(numbers):
        return handles
    return [handle for _, handle in sorted(zip(numbers, handles, strict=True), key=lambda pair: pair[0] or 0)]


def _enumeration(smi: Any, handle: Any) -> Any:
    return told(call, smi, "amdsmi_get_gpu_enumeration_info", handle)  # older versions lack it


def _uuid(smi: Any, handle: Any) -> str:
    """Return the UUID that ROCR_VISIBLE_DEVICES knows: "GPU-" and the serial number in hex, as torch reads it too."""
    told_uuid = word(part, _enumeration(smi, handle), "hip_uuid")
    if told_uuid.startswith("GPU-"):
        return told_uuid
    serial = word(part, told(call, smi, "amdsmi_get_gpu_asic_info", handle), "asic_serial").lower().removeprefix("0x")
    return f"GPU-{serial}" if serial else ""


class AmdDevice:
    """One AMD card, or a partition of one. What the driver does not tell is None."""

    kind: Kind = "rocm"

    def __init__(self, smi: Any, handle: Any, name: str, number_in_hip: int) -> None:
        self.name = name
        self._smi = smi
        self._handle = handle
        self._number = number_in_hip
        self._model = word(part, told(call, smi, "amdsmi_get_gpu_asic_info", handle), "market_name")
        self.total = self._memory()[0]

    def gauge(self) -> Gauge:
        """Look at it."""
        total, used = self._memory()
        busy = number(part, told(call, self._smi, "amdsmi_get_gpu_activity", self._handle), "gfx_activity", top=_BUSY)
        return Gauge(
            device=self.name,
            name=self._model,
            total=total,
            used=used,
            processes=self._processes(),
            utilisation=None if busy is None else busy / 100,
            temperature=self._temperature(),
            power=self._power(),
            source="amdsmi",
        )

    def _memory(self) -> tuple[int | None, int | None]:
        """Return total and used bytes. `amdsmi_get_gpu_vram_usage` counts mebibytes and is asked where bytes fail."""
        smi, handle = self._smi, self._handle
        total = count(lambda: smi.amdsmi_get_gpu_memory_total(handle, smi.AmdSmiMemoryType.VRAM))
        used = count(lambda: smi.amdsmi_get_gpu_memory_usage(handle, smi.AmdSmiMemoryType.VRAM))
        if total and used is not None:
            return total, used
        both: Any = told(call, smi, "amdsmi_get_gpu_vram_usage", handle)
        if not total:
            total = _times(count(part, both, "vram_total"), _MEBIBYTE)
        if used is None:
            used = _times(count(part, both, "vram_used"), _MEBIBYTE)
        return (total, used) if total else (None, None)

    def _temperature(self) -> float | None:
        """The hottest spot, else the edge: Instinct cards have no edge sensor. Degrees, or thousandths of a degree in
        what some versions document."""
        for sensor in ("HOTSPOT", "JUNCTION", "EDGE"):
            value = number(self._sensor, sensor, top=1_000_000)
            if value:
                return value / 1000 if value >= 1000 else value
        return None

    def _sensor(self, name: str) -> object:
        types, now = self._smi.AmdSmiTemperatureType, self._smi.AmdSmiTemperatureMetric.CURRENT
        degrees: object = self._smi.amdsmi_get_temp_metric(self._handle, getattr(types, name), now)
        return degrees

    def _power(self) -> float | None:
        """Watts: MI300 tells the present figure, MI200 the average, and says N/A or nothing for the other."""
        told_power: Any = told(call, self._smi, "amdsmi_get_power_info", self._handle)
        for field in ("current_socket_power", "average_socket_power", "socket_power"):
            value = number(part, told_power, field, top=_WATTS)
            if value:
                return value
        return None

    def _processes(self) -> dict[int, int] | None:
        """Bytes a process holds. Before ROCm 6.0 the list had handles, and each had to be asked about."""
        listed: Any = told(call, self._smi, "amdsmi_get_gpu_process_list", self._handle)
        if listed is None:
            return None
        held: dict[int, int] = {}
        for item in listed:
            entry: Any = item if isinstance(item, dict) else told(self._ask_about, item)
            size = count(part, entry, "memory_usage", "vram_mem")
            if size is None:
                size = count(part, entry, "mem")
            pid = count(part, entry, "pid")
            if pid and size is not None:
                held[pid] = size
        return held if held or not listed else None

    def _ask_about(self, process: object) -> object:
        answer: object = self._smi.amdsmi_get_gpu_process_info(self._handle, process)
        return answer

    def environment(self) -> dict[str, str]:
        """Show a host this device alone, and set what ROCm works best with where the user has not."""
        return rocm_environment(os.environ, self._number)

    def close(self) -> None:
        """Nothing: shutting AMD SMI down is not counted per user, and frees what a call that hangs still works on."""


def _times(value: int | None, unit: int) -> int | None:
    return None if value is None else value * unit
