"""Takes devices into one process's hands: opened and leased, so that no other process of ours works on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from core.film.errors import EngineTrouble
from core.worker.daemon.leases import CPU, WORKER, Leases
from core.worker.devices.device import Device
from core.worker.devices.find import open_devices
from core.worker.hosts.troupe import Troupe
from core.worker.records import utc_now
from core.worker.settings import WorkerSettings


@contextmanager
def held_devices(words: Sequence[str], verb: str = WORKER) -> Iterator[tuple[tuple[Device, ...], Leases]]:
    """Open and lease the devices that are meant; where there is none, the CPU is leased. Gives them back at the end.

    Raises Locked naming who has one, BadInput, DiskTrouble.
    """
    devices = open_devices(words)
    try:
        leases = Leases([device.name for device in devices] or [CPU], now=utc_now(), verb=verb)
        try:
            yield devices, leases
        finally:
            leases.release()
    finally:
        for device in devices:
            device.close()


@contextmanager
def at_work(settings: WorkerSettings) -> Iterator[Troupe]:
    """Give hosts on the devices of the settings, for a run in the foreground that needs one.

    Raises as `held_devices`, and EngineTrouble where there is no device.
    """
    with held_devices(settings.devices, verb="make --foreground") as (devices, _):
        if not devices:
            raise EngineTrouble("this reel needs a GPU, and there is none", remedy="see docs/worker.md for devices")
        troupe = Troupe(devices, settings)
        try:
            yield troupe
        finally:
            troupe.end()
