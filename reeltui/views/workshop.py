"""What the queue screen knows: the queue, the workers and their devices, their log, the flight record of a reel."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from core.film.errors import DiskTrouble, ReelError
from core.film.gauge import Gauge
from core.folder import layout
from core.folder.lock import holder_of
from core.folder.queue import Queue, read_queue
from core.folder.snapshot import read_snapshot
from core.pipeline.flight import Flight, flight
from core.pipeline.report import current_live
from core.worker.daemon.leases import holders, worker_dir
from core.worker.daemon.log import read_log
from core.worker.daemon.login import login_danger
from core.worker.daemon.state import Running, workers
from reeltui.views.queue import Listing, Queued, list_queue
from reeltui.views.reel import DeviceLook, planned_on

# How many lines of the log are looked at, and how many readings of a device are remembered.
_LOG = 120
_READINGS = 240


class Said(msgspec.Struct, frozen=True):
    """Something a worker said into its log: when (epoch seconds, None where the line does not tell), how bad it is
    (INFO, WARNING, ERROR), in which words, and the lines that belong to it."""

    at: float | None
    level: str
    words: str
    more: tuple[str, ...] = ()


class WorkshopView(msgspec.Struct, frozen=True):
    """The queue and the workers at one moment. `lost` are workers that ended without a word, as they last were.

    `devices` are those of the reels that run, `said` the log with the newest first, `flown` the flight record of the
    reel `flown_of`. `danger` says that the login session takes workers along when it ends, `missing` that the
    library is not there.
    """

    library: Path
    listing: Listing
    workers: tuple[Running, ...]
    lost: tuple[Running, ...]
    devices: tuple[DeviceLook, ...]
    said: tuple[Said, ...]
    flown: Flight | None
    flown_of: str
    danger: str
    now: float
    missing: bool = False

    def reel(self, name: str) -> Queued | None:
        """Return a reel of the queue by its name."""
        return next((reel for reel in self.listing.reels if reel.name == name), None)


class WorkshopMemory:
    """What one screen remembers between looks: what every device held. For one thread at a time."""

    def __init__(self) -> None:
        self.readings: dict[str, list[float | None]] = {}
        self._told: dict[str, float] = {}

    def take(self, gauge: Gauge, at: float) -> tuple[float | None, ...]:
        """Remember a reading of epoch second `at`; return all of that device."""
        known = self.readings.setdefault(gauge.device, [])
        if self._told.get(gauge.device) != at:
            self._told[gauge.device] = at
            known.append(float(gauge.used) if gauge.used is not None else None)
            del known[:-_READINGS]
        return tuple(known)


def look_at_workshop(
    library: Path,
    name: str,
    now: float,
    memory: WorkshopMemory | None = None,
    *,
    unless: WorkshopView | None = None,
) -> WorkshopView:
    """Read the queue of a library, the workers, and the flight record of the reel `name` ("": none).

    `unless`: no file has changed since this view; it is returned where whoever worked then still does, which no file
    tells. Raises BadInput, DiskTrouble.
    """
    if unless is not None and _same_hands(unless):
        return unless
    memory = memory or WorkshopMemory()
    there = library.is_dir()
    listing = list_queue(library, read_queue(library) if there else Queue())
    running = workers()
    devices: dict[str, DeviceLook] = {}
    flown = None
    for reel in listing.reels:
        if reel.path is None or (reel.state != "running" and reel.name != name):
            continue
        with contextlib.suppress(ReelError):  # the list says by itself that a reel is broken
            snapshot = read_snapshot(Path(reel.path))
            live = current_live(snapshot)
            for gauge in live.gauges if live is not None else ():
                assert live is not None, "it has gauges"
                planned = planned_on(gauge.device, live.running)
                devices[gauge.device] = DeviceLook(gauge, planned, memory.take(gauge, live.at), ())
            flown = flight(snapshot) if reel.name == name else flown
    return WorkshopView(
        library=library,
        listing=listing,
        workers=running,
        lost=_lost(),
        devices=tuple(devices[device] for device in sorted(devices)),
        said=said(read_log(log, _LOG)) if (log := newest_log(running)) is not None else (),
        flown=flown,
        flown_of=name if flown is not None else "",
        danger=login_danger() if running else "",
        now=now,
        missing=not there,
    )


def _same_hands(view: WorkshopView) -> bool:
    """Tell whether everybody who worked when a view was read still does: a death changes no file."""
    at_work = [reel for reel in view.listing.reels if reel.state == "running" and reel.path is not None]
    return workers() == view.workers and all(holder_of(Path(reel.path or "") / layout.LOCK) for reel in at_work)


def _lost() -> tuple[Running, ...]:
    """Return the workers that ended without taking their word back."""
    found = []
    held = holders()
    for path in sorted(worker_dir().glob("status-*.json")):
        with contextlib.suppress(OSError, msgspec.DecodeError, UnicodeDecodeError):  # it is for showing only
            told = msgspec.json.decode(path.read_bytes(), type=Running)
            if not any(device in held for device in told.devices):
                found.append(told)
    return tuple(found)


# --- the log -----------------------------------------------------------------------------------------------------


def newest_log(running: Sequence[Running]) -> Path | None:
    """Return the log of a worker that runs, else the one that was written last; None where none ever ran."""
    logs = [Path(worker.log) for worker in running if worker.log] or list(worker_dir().glob("worker-*.log"))
    ages = []
    for log in logs:
        with contextlib.suppress(OSError):  # the next one is about to come
            ages.append((log.stat().st_mtime, log))
    return max(ages)[1] if ages else None


def log_lines(count: int) -> tuple[Path, list[str]]:
    """Return the log that is read first, and its last lines. Raises DiskTrouble where there is none to be read."""
    log = newest_log(workers())
    if log is None:
        raise DiskTrouble("there is no log: no worker has run here yet", remedy="S starts one")
    return log, read_log(log, count)


def said(lines: Sequence[str]) -> tuple[Said, ...]:
    """Return the lines of a log as what was said, the newest first."""
    found: list[Said] = []
    for row in lines:
        moment, _, rest = row.partition("  ")
        try:
            at = datetime.fromisoformat(moment).timestamp()
        except (ValueError, OverflowError):
            last = found.pop() if found else Said(None, "", "")
            found.append(msgspec.structs.replace(last, more=(*last.more, row)))
            continue
        level, _, words = rest.partition("  ")
        found.append(Said(at, level.strip(), words.strip()))
    return tuple(reversed(found))
