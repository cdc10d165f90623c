"""One worker a device: a lease is a lock file of this machine, held while the worker lives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from core.film.errors import Locked
from core.folder.lock import Holder, Lock, holder_of
from core.folder.write import disk_trouble
from core.places import state_dir

# The device of a worker without any GPU.
CPU = "cpu"
# How a worker calls itself in the locks it holds; whoever else holds one works in the foreground.
WORKER = "worker"
_LEASE = "lease-"


def worker_dir() -> Path:
    """Return the folder of everything about this machine's workers."""
    return state_dir() / "worker"


def file_name(device: str) -> str:
    """Return a device's name as part of a file's name: "cuda:0" is cuda-0."""
    return device.replace(":", "-", 2)


def lease_path(device: str) -> Path:
    """Return the lock file of a device."""
    return worker_dir() / f"{_LEASE}{file_name(device)}.lock"


class Leases:
    """The leases of some devices, all or none; the kernel gives them back after any death."""

    def __init__(self, devices: Sequence[str], *, now: str, verb: str = WORKER) -> None:
        """Take them; `verb` tells others who has them. Raises as `take`."""
        # In one order for everybody: of two who want the same devices at once, one gets them all.
        self.devices = tuple(sorted(devices))
        self._now, self._verb = now, verb
        self._locks: list[Lock] = []
        self.take()

    def take(self) -> None:
        """Take them after they were given back. Raises Locked naming who holds one, DiskTrouble; then none is held."""
        folder = worker_dir()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            disk_trouble(error, folder)
        for device in self.devices:
            try:
                self._locks.append(Lock(lease_path(device), verb=self._verb, now=self._now))
            except Locked:
                self.release()
                raise _taken(device) from None
            except BaseException:
                self.release()
                raise

    def release(self) -> None:
        """Give them back; harmless when done twice."""
        for lock in self._locks:
            lock.release()
        self._locks.clear()


def _taken(device: str) -> Locked:
    holder = holder_of(lease_path(device))
    remedy = f"`reeltui worker stop --device {device}` ends it; `reeltui worker status` shows all"
    if holder is not None and holder.verb != WORKER:
        remedy = "wait for it, or stop it with Ctrl-C there"
    return Locked(
        f"the device {device} is in use by {holder or 'another reeltui, which is just ending'}", remedy=remedy
    )


def holders() -> dict[str, Holder]:
    """Return who holds a lease now, by device. Takes nothing and waits for nobody."""
    try:
        names = sorted(os.listdir(worker_dir()))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        disk_trouble(error, worker_dir())
    found = {}
    for name in names:
        if name.startswith(_LEASE) and name.endswith(".lock"):
            device = name[len(_LEASE) : -len(".lock")].replace("-", ":", 2)
            holder = holder_of(lease_path(device))
            if holder is not None:
                found[device] = holder
    return found
