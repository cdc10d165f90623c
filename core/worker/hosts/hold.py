"""What a host holds on a simulated device: its weights while it is loaded, its peak while it works."""

from __future__ import annotations

from core.worker.devices.fake import Simulated


class Hold:
    """Simulated memory of this process. Raises OutOfDeviceMemory where the device is full."""

    def __init__(self, device: str, weights: int, peak: int) -> None:
        self._simulated = Simulated(device)
        self._weights = weights
        self._peak = max(weights, peak)

    def idle(self) -> None:
        """Hold the weights alone."""
        self._simulated.hold(self._weights)

    def work(self) -> None:
        """Hold what working takes."""
        self._simulated.hold(self._peak)
