"""Looks at devices at most once a second without ever waiting for a driver: some take seconds, some never come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from core.film.gauge import Gauge
from core.worker.devices.device import Device, told

# Seconds between two looks at a device.
EVERY = 1.0
# A gauge older than this (seconds) is no longer what the device is like: its driver hangs.
STALE = 10.0


class Watch:
    """The gauges of some devices. A thread lives only while a look is under way, and looks are taken only when
    somebody asks: a worker with nothing to do costs nothing."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._probes = tuple(_Probe(device) for device in devices)

    def gauges(self, wait: float = 0.0) -> tuple[Gauge, ...]:
        """Return the last known gauge of every device, and take a new look where the last one is a second old.

        Before the first look has ended, and where a driver has not answered for ten seconds, every figure is None.
        Waits at most `wait` seconds, for all looks together. Never raises.
        """
        deadline = time.monotonic() + wait
        for probe in self._probes:
            probe.look()
        return tuple(probe.gauge(deadline) for probe in self._probes)


class _Probe:
    """One device; its looks in a thread of their own, so that one driver that hangs hides no other device."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._thread: threading.Thread | None = None
        self._begun = float("-inf")
        # One attribute, replaced whole: what is read is never half of two looks.
        self._seen: tuple[float, Gauge] | None = None

    def look(self) -> None:
        """Begin a look, unless one is under way or the last is younger than a second."""
        now = time.monotonic()
        if now - self._begun < EVERY or (self._thread is not None and self._thread.is_alive()):
            return
        thread = threading.Thread(target=self._look, name=f"look at {self._device.name}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return  # no room for a thread: the next one who asks tries again
        self._thread, self._begun = thread, now

    def _look(self) -> None:
        gauge = told(self._device.gauge)
        if gauge is not None:
            self._seen = (time.monotonic(), gauge)

    def gauge(self, deadline: float) -> Gauge:
        """Return the last known gauge; wait until `deadline` for the look under way."""
        left = deadline - time.monotonic()
        if self._thread is not None and left > 0:
            self._thread.join(left)
        if self._seen is None or time.monotonic() - self._seen[0] > STALE:
            return Gauge(device=self._device.name, simulated=self._device.kind == "simulated")
        return self._seen[1]
