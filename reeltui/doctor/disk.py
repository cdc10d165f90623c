"""The disks: room for a reel and for what the worker writes, and whether writing and locking really work there."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.film.errors import DiskTrouble, ReelError
from core.film.settings import Settings
from core.folder import layout
from core.folder.library import reel_folders
from core.folder.lock import Lock, holder_of
from core.folder.snapshot import read_reel
from core.folder.write import disk_trouble, write_whole
from core.pipeline.footprint import Footprint, footprint
from core.places import state_dir
from reeltui.cli.say import size
from reeltui.doctor.check import Check, Group, State

_GROUP = Group.DISK
# Of a try; a kill in the middle leaves a folder `leftovers` finds by it.
TRIAL = ".doctor-"
# What the worker keeps: six logs of 1 MB a device, what hosts print, histories.
_STATE_NEEDS, _STATE_LEAST = 50_000_000, 1_000_000
_INODES = 2_000  # a reel of 24 shots with three takes each has about a thousand files
_MEASURED_REELS = 5
_OTHER_LIBRARY = "free some space, or choose another disk with --library or $REELTUI_LIBRARY"
# A sentence in any script names a reel, and a step's folder has a tilde.
_NAMES = ("café-東京-बंबई", "shots~00~takes~001~clip")


class Space(msgspec.Struct, frozen=True):
    """What a disk has left: bytes, and entries for further files (None where it does not count them)."""

    free: int
    entries: int | None = None


def space_check(name: str, folder: Path, space: Space, need: Footprint, what: str) -> Check:
    """Judge the room for `need`, said as `what`."""
    found = f"{size(space.free)} free in {folder}; {what}"
    if space.free < need.usual:
        return Check(name, _GROUP, State.BAD, f"{found}: too little", _OTHER_LIBRARY)
    if space.entries is not None and space.entries < _INODES:
        remedy = "remove many small files there, or choose another disk"
        return Check(name, _GROUP, State.WARN, f"{found}; but only {space.entries} more files fit", remedy)
    if space.free < need.most:
        return Check(name, _GROUP, State.WARN, f"{found}: it may get tight", _OTHER_LIBRARY)
    return Check(name, _GROUP, State.OK, found)


def scaled(need: Footprint, factor: float) -> Footprint:
    """Return a need as the library's own reels show it; less than is foreseen is not believed."""
    grown = max(1.0, factor)
    return Footprint(round(need.usual * grown), round(need.most * grown))


def space(library: Path) -> Iterator[Check]:
    """Look at the room in the library and in the state folder."""
    folder = existing(library)
    factor, counted = _measured(library)
    need = scaled(footprint(Settings()), factor)
    basis = f" (as the newest {counted} here)" if counted and factor > 1 else ""
    what = f"a reel of six shots takes {size(need.usual)} to {size(need.most)}{basis}"
    yield space_check("library space", folder, _space(folder), need, what)
    state = existing(state_dir())
    need = Footprint(_STATE_LEAST, _STATE_NEEDS)
    yield space_check("state space", state, _space(state), need, f"logs and histories take up to {size(need.most)}")


def existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above that is there."""
    return next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))


def _space(folder: Path) -> Space:
    free = shutil.disk_usage(folder).free
    figures = os.statvfs(folder)
    return Space(free, figures.f_favail if figures.f_files else None)


def _measured(library: Path) -> tuple[float, int]:
    """Return how many times their footprint the newest reels here really take, and how many were looked at."""
    reels = []
    for root in _newest(library):
        try:
            reels.append((root, read_reel(root)))
        except ReelError:
            continue
    factors = [_taken(root) / footprint(reel.settings).most for root, reel in reels if _finished(root)]
    return max(factors, default=1.0), len(factors)


def _newest(library: Path) -> list[Path]:
    try:
        roots = reel_folders(library)
    except ReelError:
        return []  # told by the trial
    return sorted(roots, key=_changed, reverse=True)[:_MEASURED_REELS]


def _changed(root: Path) -> float:
    try:
        return root.stat().st_mtime
    except OSError:
        return 0.0


def _finished(root: Path) -> bool:
    return (root / f"{layout.MIX}.mp4").is_file()


def _taken(root: Path) -> int:
    """Return the bytes below a folder; links are not followed."""
    total = 0
    for folder, _, names in os.walk(root):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except OSError:
                continue  # a worker took it away just now
    return total


# --- a real try -------------------------------------------------------------------------------------------------


def trial(library: Path) -> Iterator[Check]:
    """Write, rename, lock and name files in the library and in the state folder as a reel would."""
    yield try_in("library", library)
    yield try_in("state folder", state_dir())


def try_in(name: str, folder: Path) -> Check:
    """Try a folder for real, in a folder of its own that is taken away again."""
    place = existing(folder)
    try:
        if not place.is_dir():
            raise DiskTrouble(f"{place} is no folder", remedy="choose another")
        room = Path(tempfile.mkdtemp(prefix=TRIAL, dir=place))
    except OSError as error:
        return _refused(name, error, place)
    except DiskTrouble as trouble:
        return Check(name, _GROUP, State.BAD, str(trouble), trouble.remedy)
    try:
        troubles = _work(room)
    except DiskTrouble as trouble:
        cause = trouble.__cause__
        if isinstance(cause, OSError):
            return _refused(name, cause, place)  # naming the folder a person knows, and not the trial's
        return Check(name, _GROUP, State.BAD, str(trouble), trouble.remedy)
    except OSError as error:
        return _refused(name, error, place)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    if troubles:
        remedy = "use a file system of this machine (ext4, xfs, btrfs, zfs), or NFS 4 with locks"
        return Check(name, _GROUP, State.BAD, f"{folder}: {'; '.join(troubles)}", remedy)
    later = "" if place == folder else " (made when it is first needed)"
    return Check(name, _GROUP, State.OK, f"{folder}{later}: files can be written, renamed and locked")


def _refused(name: str, error: OSError, place: Path) -> Check:
    try:
        disk_trouble(error, place)
    except DiskTrouble as trouble:
        return Check(name, _GROUP, State.BAD, str(trouble), trouble.remedy)


def _work(room: Path) -> list[str]:
    """Do in `room` what a reel does and return what did not hold. Raises DiskTrouble, OSError."""
    troubles = []
    path = room / "whole"
    for data in (b"first", os.urandom(1 << 16)):
        write_whole(path, data)
    if path.read_bytes() != data:
        troubles.append("what was written is not what is read")
    troubles += _locks(room / "lock")
    for name in _NAMES:
        (room / name).mkdir()
    if not set(_NAMES) <= set(os.listdir(room)):
        troubles.append("names come back changed")
    return troubles


def _locks(path: Path) -> list[str]:
    """Take a lock, and see whether somebody else sees it and it is free again afterwards."""
    with Lock(path, verb="doctor", now=""):
        held = holder_of(path) is not None
    if not held:
        return ["locks do not hold: two processes could write one reel"]
    return [] if holder_of(path) is None else ["a lock that was given back stays"]
