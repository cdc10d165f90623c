"""Starts the host for a backend: on which device, in which environment, with which log."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from core.film.lineup import Backend
from core.pipeline.residency import CPU
from core.worker.devices.device import Device
from core.worker.devices.mask import left_to_us
from core.worker.hosts.messages import Load
from core.worker.hosts.process import Host
from core.worker.settings import WorkerSettings

# Bytes of what hosts print before a new file is begun; one older file is kept.
LOG_SIZE = 5_000_000


class Hiring:
    """Starts hosts that all obey the same settings."""

    def __init__(self, settings: WorkerSettings, log: Path | None) -> None:
        """The hosts' own words go to `log`, or to the worker.log of the reel a host is started for."""
        self._settings = settings
        self._log = log

    def host(self, backend: Backend, device: Device | None, root: Path, *, prepare_only: bool = False) -> Host:
        """Start a host that plays a backend on a device, None for the CPU, first for the reel at `root`.

        Raises TryAgain, DiskTrouble where no process can be started.
        """
        # A user's own value wins over the engine's; which device it may see is the worker's word.
        environment = left_to_us(backend.environment, os.environ)
        environment.update(device.environment() if device is not None else {})
        return Host(
            backend.target,
            device=_inside(device),
            log=self._log_of(root),
            silence=self._settings.silence,
            environment=environment,
            options=backend.options,
            load=Load(backend.weights, backend.peak),
            prepare_only=prepare_only,
        )

    def inspector(self, target: str, root: Path) -> Host:
        """Start a host that looks at what others made; raises as `host` does."""
        return Host(target, device=CPU, log=self._log_of(root), silence=self._settings.silence)

    def _log_of(self, root: Path) -> Path:
        """Return the log of a host that is started now; one that has grown too long becomes the older one."""
        log = self._log if self._log is not None else root / "worker.log"
        with contextlib.suppress(OSError):
            if os.lstat(log).st_size > LOG_SIZE:
                os.replace(log, f"{log}.1")
        return log


def _inside(device: Device | None) -> str:
    """Return what a device is called inside a host: the mask leaves one, and torch calls AMD's cuda as well."""
    if device is None:
        return CPU
    return device.name if device.kind == "simulated" else "cuda:0"
