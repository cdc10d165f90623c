"""How much memory this process holds and held at most: on a card through torch, on the CPU from the kernel."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from core.film.gauge import is_simulated

_SELF = Path("/proc/self")
_CPU = "cpu"


class Meter:
    """Measures one host on its device: "cpu", "fake:24", or a card, of which torch sees one ("cuda:0").

    Every figure is bytes, or None where it cannot be known. On a card it is what torch has reserved from the driver;
    what a library takes past torch (a CUDA context, a server in a process of its own) only the device's gauge shows.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._from_start = True

    def start(self) -> None:
        """Count the peak anew from here."""
        if self._device == _CPU:
            self._from_start = _reset_resident_peak()
        elif is_simulated(self._device):
            _simulated(self._device).begin_peak()
        else:
            _ask_torch("reset_peak_memory_stats")

    def peak(self) -> int | None:
        """Return the most this process has held since `start`; None where that is not known."""
        if self._device == _CPU:
            return _resident("VmHWM") if self._from_start else None
        if is_simulated(self._device):
            return int(_simulated(self._device).peak())
        return _ask_torch("max_memory_reserved")

    def now(self) -> int | None:
        """Return what this process holds; None where that is not known."""
        if self._device == _CPU:
            return _resident("VmRSS")
        if is_simulated(self._device):
            return int(_simulated(self._device).held())
        return _ask_torch("memory_reserved")


def _simulated(device: str) -> Any:
    from core.worker.devices.fake import Simulated  # only a simulated device needs it

    return Simulated(device)


def _ask_torch(function: str) -> int | None:
    """Call a function of torch.cuda (which is AMD's as well) where this process uses a card already.

    Asking must not be what opens it: that alone takes memory and time.
    """
    torch: Any = sys.modules.get("torch")
    try:
        if torch is None or not torch.cuda.is_initialized():
            return None
        answer = getattr(torch.cuda, function)()
    except Exception:  # noqa: BLE001 - a card that failed tells nothing; the step itself says what happened
        return None
    return answer if isinstance(answer, int) else None


def _resident(field: str) -> int | None:
    """Return a figure of /proc/self/status, which counts in kibibytes."""
    try:
        text = (_SELF / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    found = re.search(rf"^{field}:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _reset_resident_peak() -> bool:
    """Set the kernel's resident peak of this process to what it holds now; tell whether that was allowed."""
    try:
        (_SELF / "clear_refs").write_text("5", encoding="ascii")  # proc(5): "reset the peak resident set size"
    except OSError:
        return False
    return True
