"""Asks a worker to end, and waits until it has; only the process that really holds the lease gets a signal."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Iterator
from enum import StrEnum

from core.film.errors import Locked, TryAgain
from core.folder.lock import holder_of
from core.worker.daemon.leases import lease_path
from core.worker.daemon.signals import AFTER_STEP
from core.worker.daemon.state import Running, forget_status, workers

# How often (seconds) it is looked whether the worker is gone, and how often that is told.
_LOOK = 0.05
_TELL = 2.0


class How(StrEnum):
    """How a worker is to end."""

    NOW = "now"  # drop the steps in hand
    AFTER_STEP = "after the step"
    KILL = "kill"  # at once; what it was doing is rolled back or forward at the next start


_SIGNALS = {How.NOW: signal.SIGTERM, How.AFTER_STEP: AFTER_STEP, How.KILL: signal.SIGKILL}


def stop(running: Running, how: How) -> Iterator[Running]:
    """Ask a worker to end and wait until it has; yield what it says of itself every two seconds meanwhile.

    Raises Locked where its process cannot be reached from here (another machine or container, another user).
    """
    with _reached(running) as handle:
        if handle is None:
            return  # it ended by itself
        _signal(handle, running.pid, _SIGNALS[how])
        told = time.monotonic()
        # The handle becomes readable when the process has ended; it gives its leases back a moment before that.
        while not select.select([handle], [], [], _LOOK)[0]:
            if time.monotonic() - told >= _TELL:
                told = time.monotonic()
                yield next((worker for worker in workers() if worker.pid == running.pid), running)
    if how is How.KILL:
        forget_status(running)


@contextlib.contextmanager
def _reached(running: Running) -> Iterator[int | None]:
    """Give a handle on the worker's process, or None where it has ended.

    The handle comes before the check: it stays with the process that was checked, whoever has that number later.
    """
    if running.host != socket.gethostname():
        raise Locked(f"{running} works on another machine", remedy="stop it there")
    try:
        handle = os.pidfd_open(running.pid)
    except ProcessLookupError:
        if _holds(running):
            raise _unreachable(running) from None
        yield None
        return
    except OSError as error:
        text = f"process {running.pid} cannot be watched: {error.strerror}"
        raise TryAgain(text, remedy=f"end it with: kill {running.pid}") from error
    try:
        if not _has_lease_open(running):
            if _holds(running):
                raise _unreachable(running)
            yield None
            return
        yield handle
    finally:
        os.close(handle)


def _signal(handle: int, pid: int, number: signal.Signals) -> None:
    try:
        signal.pidfd_send_signal(handle, number)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise Locked(f"process {pid} belongs to another user", remedy="stop it as that user") from None


def _holds(running: Running) -> bool:
    """Tell whether this very worker holds a lease."""
    for device in running.devices:
        holder = holder_of(lease_path(device))
        if holder is not None and (holder.pid, holder.boot, holder.since) == (running.pid, running.boot, running.since):
            return True
    return False


def _has_lease_open(running: Running) -> bool:
    """Tell whether the process with that number has a lease's file open: no other process ever has."""
    leases = set()
    for device in running.devices:
        with contextlib.suppress(OSError):
            status = os.stat(lease_path(device))
            leases.add((status.st_dev, status.st_ino))
    folder = f"/proc/{running.pid}/fd"
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return False
    except PermissionError:
        raise Locked(f"process {running.pid} belongs to another user", remedy="stop it as that user") from None
    for name in names:
        with contextlib.suppress(OSError):
            status = os.stat(f"{folder}/{name}")
            if (status.st_dev, status.st_ino) in leases:
                return True
    return False


def _unreachable(running: Running) -> Locked:
    text = f"{running} is not a process of this system; it may be in another container"
    return Locked(text, remedy="stop it there")
