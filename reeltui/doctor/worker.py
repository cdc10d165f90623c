"""The background worker: does one run, is it this version, what went wrong last, does it survive a logout?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.folder.queue import Held, Queue, read_queue
from core.worker.daemon.leases import WORKER, holders
from core.worker.daemon.login import login_danger
from core.worker.daemon.state import Running, workers
from core.worker.settings import Mode
from reeltui import __version__
from reeltui.doctor.check import Check, Group, State
from reeltui.doctor.settings import settings_or_defaults

_GROUP = Group.WORKER


def running_checks(worker: Running, ours: str) -> Iterator[Check]:
    """Judge a worker that runs."""
    what = f", making {Path(worker.reel).name}" if worker.reel else ", nothing to do"
    leaving = ", ending" if worker.leaving else ""
    found = f"process {worker.pid} on {', '.join(worker.devices)} since {worker.since}{what}{leaving}"
    name = f"worker {worker.devices[0]}"
    if worker.version and worker.version != ours:
        remedy = "`reeltui worker stop --after-step` lets the next one be this version"
        found = f"{found}; it is reeltui {worker.version}, this is {ours}"
        yield Check(name, _GROUP, State.WARN, found, remedy)
    else:
        yield Check(name, _GROUP, State.OK, found)
    if worker.error:
        when = f" at {worker.error_at}" if worker.error_at else ""
        found = f"the last thing that went wrong{when}: {worker.error}"
        yield Check(f"{name} error", _GROUP, State.WARN, found, "`reeltui worker logs` says more")


def none_check(mode: Mode, queue: Queue) -> Check:
    """Judge that no worker runs: only a queue that waits for one needs it."""
    waiting = 0 if queue.paused else sum(entry.held is Held.NO for entry in queue.reels)
    if waiting and mode is Mode.DETACHED:
        found = f"none runs, and {waiting} {'reel is' if waiting == 1 else 'reels are'} in the queue"
        return Check("worker", _GROUP, State.WARN, found, "`reeltui worker start`")
    how = "make and resume start one" if mode is Mode.DETACHED else "[worker] mode is foreground: none is used"
    return Check("worker", _GROUP, State.OK, f"none runs; {how}")


def login_check(danger: str) -> Check:
    """Judge whether a worker started now ends with the login session; `danger` is core's warning with its remedy."""
    if not danger:
        return Check("logging out", _GROUP, State.OK, "does not end a worker that is started here")
    what, _, remedy = danger.partition("; ")
    return Check("logging out", _GROUP, State.WARN, what, remedy.removeprefix("keep it with: "))


def foreground_checks(devices: Sequence[str], described: Sequence[str]) -> Iterator[Check]:
    """Tell which devices a process in the foreground has: no worker can have them meanwhile."""
    for device, holder in zip(devices, described, strict=True):
        yield Check(f"device {device}", _GROUP, State.OK, f"in use by {holder}")


def look(library: Path) -> Iterator[Check]:
    """Look at the workers of this machine. Raises DiskTrouble where their files cannot be read."""
    found = workers()
    for worker in found:
        yield from running_checks(worker, __version__)
    if not found:
        yield none_check(settings_or_defaults().mode, read_queue(library) if library.is_dir() else Queue())
    others = {device: str(holder) for device, holder in holders().items() if holder.verb != WORKER}
    yield from foreground_checks(list(others), list(others.values()))
    yield login_check(login_danger())
