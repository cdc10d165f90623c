"""What crashes left behind: half-made folders, locks held by nobody known, a worker that died without a word."""

from __future__ import annotations

import os
import re
import shlex
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.film.errors import ReelError
from core.folder import layout
from core.folder.library import reel_folders
from core.folder.lock import Holder, holder_of
from core.folder.queue import read_queue
from core.worker.daemon.leases import holders, worker_dir
from reeltui.doctor.check import Check, Group, State
from reeltui.doctor.disk import TRIAL

_GROUP = Group.DISK
# A reel's folder is made in seconds; one that is older than this (seconds) is not being made any more.
_OLD = 3600.0
_MADE = re.compile(rf"(\.new-[0-9a-f]{{12}}|{re.escape(TRIAL)}[A-Za-z0-9_]+)\Z")
_ASIDE = re.compile(r"\.queue\.damaged-\d+\.json\Z")
_MOST_REELS = 2_000


def half_made_check(library: Path, names: Sequence[str]) -> Check:
    """Judge folders that a crash left half-made; `names` are ours by their pattern."""
    if not names:
        return Check("leftovers", _GROUP, State.OK, "none in the library")
    found = f"{len(names)} half-made {'folder' if len(names) == 1 else 'folders'} in {library}, left by a crash"
    paths = " ".join(shlex.quote(f"{library / name}") for name in names[:3])
    return Check("leftovers", _GROUP, State.WARN, found, f"`rm -r {paths}`")


def queue_check(warning: str, aside: Sequence[str]) -> Check | None:
    """Judge the library's queue file."""
    if warning:
        return Check("queue file", _GROUP, State.WARN, warning, "`reeltui queue add REEL` starts a new one")
    if aside:
        found = f"{aside[-1]} was kept aside when the queue was damaged"
        return Check("queue file", _GROUP, State.OK, found)
    return None


def lock_check(reel: str, holder: Holder, host: str, boot: str, *, alive: bool) -> Check | None:
    """Judge a lock that is held; one whose holder works here is as it should be."""
    name = f"lock of {reel}"
    if holder.host == host and holder.boot == boot:
        if alive:
            return None
        remedy = f"`fuser {layout.LOCK}` in the reel's folder says who has it open; end that"
        return Check(name, _GROUP, State.WARN, f"held, but {holder} is gone", remedy)
    if not holder.pid:
        return Check(name, _GROUP, State.UNKNOWN, "held by somebody who does not say who")
    remedy = f"look on {holder.host} for it; if it is gone, that machine's file server still keeps the lock"
    return Check(name, _GROUP, State.UNKNOWN, f"held by {holder}, on another machine or before a restart", remedy)


def silent_check(statuses: Sequence[str]) -> Check | None:
    """Judge status files of workers that are not there any more."""
    if not statuses:
        return None
    found = f"a worker died without a word ({', '.join(statuses)}); the next one goes on with its reels"
    return Check(
        "dead worker",
        Group.WORKER,
        State.WARN,
        found,
        "`reeltui worker logs` says what it did last; `reeltui worker start` goes on",
    )


def leftovers(library: Path) -> Iterator[Check]:
    """Look for what crashes left in the library and among the worker's files."""
    names = _names(library)
    old = [name for name in names if _MADE.match(name) and _age(library / name) > _OLD]
    yield half_made_check(library, old)
    queue = queue_check(read_queue(library).warning if library.is_dir() else "", list(filter(_ASIDE.match, names)))
    if queue is not None:
        yield queue
    yield from _locks(library)


def dead_workers(library: Path) -> Iterator[Check]:
    """Look for what workers that died left."""
    held = {device.replace(":", "-", 2) for device in holders()}
    left = [
        name
        for name in _names(worker_dir())
        if name.startswith("status-") and name.endswith(".json")
        if name[len("status-") : -len(".json")] not in held
    ]
    silent = silent_check(left)
    if silent is not None:
        yield silent


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []  # whether a folder can be used is told by the trial


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _locks(library: Path) -> Iterator[Check]:
    try:
        roots = reel_folders(library)
    except ReelError:
        return
    host, boot = socket.gethostname(), _boot()
    for root in roots[:_MOST_REELS]:
        holder = holder_of(root / layout.LOCK)
        if holder is None:
            continue
        check = lock_check(root.name, holder, host, boot, alive=os.path.exists(f"/proc/{holder.pid}"))
        if check is not None:
            yield check


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
