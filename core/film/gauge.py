"""What a device says about itself at one moment. Every figure may be unknown: drivers differ in what they tell."""

from __future__ import annotations

import msgspec

# What the name of a device that does not exist begins with.
SIMULATED = "fake:"


class Gauge(msgspec.Struct, frozen=True, omit_defaults=True):
    """One look at one device; memory in bytes, `utilisation` 0..1, `temperature` in degrees Celsius, `power` in watts.

    `processes` maps a process id to the bytes it holds, where the driver tells. None is "not known", never zero.
    `source` says who told (nvml, amdsmi, sysfs, simulated, none). `simulated` marks a device that does not exist.
    """

    device: str
    name: str = ""
    total: int | None = None
    used: int | None = None
    processes: dict[int, int] | None = None
    utilisation: float | None = None
    temperature: float | None = None
    power: float | None = None
    source: str = "none"
    simulated: bool = False


def is_simulated(device: str) -> bool:
    """Tell from a device's name whether it does not exist."""
    return device.startswith(SIMULATED)
