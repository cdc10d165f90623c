"""What a worker says of itself, for showing only; whether it lives is told by its leases alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from core.film.errors import DiskTrouble
from core.film.lineup import Lineup
from core.folder.lock import Holder
from core.folder.plain import read_plain
from core.folder.write import write_whole
from core.worker.daemon.leases import CPU, WORKER, file_name, holders, worker_dir

# A status (bytes) that is longer is none of ours.
_MOST = 4_000_000


class Running(msgspec.Struct, frozen=True):
    """A worker. `since` is UTC in ISO 8601; `boot` is the machine's boot id.

    `by_hand`: somebody started it, and it stays; else it came with a reel and ends after `linger` seconds of having
    nothing to do (None: never). `reel` is the path of the reel it makes ("" where none), `step` the newest step,
    `error` the last thing that went wrong, at `error_at`. `leaving`: it was asked to end. `log` is its log file.
    """

    pid: int
    host: str
    boot: str
    since: str
    devices: tuple[str, ...]
    version: str = ""
    by_hand: bool = True
    linger: float | None = None
    reel: str = ""
    step: str = ""
    error: str = ""
    error_at: str = ""
    leaving: bool = False
    log: str = ""

    def __str__(self) -> str:
        return f"reeltui worker (process {self.pid} on {self.host}, since {self.since}, {', '.join(self.devices)})"


def log_path(devices: Iterable[str]) -> Path:
    """Return the log file of a worker on these devices."""
    return worker_dir() / f"worker-{file_name(min(devices))}.log"


def hosts_log_path(devices: Iterable[str]) -> Path:
    """Return the file that takes what the hosts of a worker on these devices print."""
    return worker_dir() / f"hosts-{file_name(min(devices))}.log"


def status_path(devices: Iterable[str]) -> Path:
    """Return the status file of a worker on these devices. Only the holder of their leases writes it."""
    return worker_dir() / f"status-{file_name(min(devices))}.json"


def write_status(running: Running) -> None:
    """Replace the status file. It is only for showing, so a disk that refuses it stops nobody."""
    with contextlib.suppress(DiskTrouble):
        write_whole(status_path(running.devices), msgspec.json.encode(running), durable=False)


def forget_status(running: Running) -> None:
    """Take the status file away."""
    with contextlib.suppress(OSError):
        status_path(running.devices).unlink(missing_ok=True)


def workers() -> tuple[Running, ...]:
    """Return the workers that are alive now, by their leases. Raises DiskTrouble where they cannot be looked at."""
    owned: dict[tuple[int, str, str], list[str]] = {}
    held = {device: holder for device, holder in holders().items() if holder.verb == WORKER}
    for device, holder in held.items():
        owned.setdefault((holder.pid, holder.host, holder.since), []).append(device)
    return tuple(_told(held[devices[0]], tuple(sorted(devices))) for devices in owned.values())


def _told(holder: Holder, devices: tuple[str, ...]) -> Running:
    """Return what a lease's holder says of itself; what an earlier worker said is not its word."""
    bare = Running(holder.pid, holder.host, holder.boot, holder.since, devices, log=str(log_path(devices)))
    try:
        said = msgspec.json.decode(read_plain(status_path(devices), most=_MOST), type=Running)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return bare
    same = (said.pid, said.boot, said.since) == (bare.pid, bare.boot, bare.since)
    return msgspec.structs.replace(said, devices=devices) if same else bare


def suits(lineup: Lineup, devices: Iterable[str]) -> bool:
    """Tell whether a worker on these devices can do all of a lineup's work; every worker has the CPU."""
    return not any(backend.needs_device for backend in lineup.backends.values()) or set(devices) != {CPU}
