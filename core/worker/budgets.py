"""How much memory can be planned with on this machine's real devices."""

from __future__ import annotations

from core.worker.devices.find import open_devices
from core.worker.settings import worker_settings


def budgets() -> tuple[int | None, ...]:
    """Return the bytes of each device the settings name, less the reserve; None where its driver does not tell.

    A simulated device is left out: no model works on it. Raises BadInput where the settings name one that is not there.
    """
    settings = worker_settings()
    devices = open_devices(settings.devices)
    try:
        reserve = round(settings.reserve * 1e9)
        real = [device.total for device in devices if device.kind != "simulated"]
        return tuple(None if total is None else max(0, total - reserve) for total in real)
    finally:
        for device in devices:
            device.close()
