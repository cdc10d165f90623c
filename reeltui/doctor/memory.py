"""Does the work fit the memory? Each engine's need, role by role, against the devices and this machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from core.film.lineup import Lineup, Role
from core.pipeline.residency import Need
from reeltui.cli.say import size
from reeltui.doctor.check import Check, Group, State

_GROUP = Group.DEVICES
_SEE_ANIMATIC = "make reels with --engine animatic, or use a larger card"
# What the worker, the inspector and a face hold beside the hosts, in bytes.
_BESIDE = 250_000_000


class Room(msgspec.Struct, frozen=True):
    """A device's name and what may be planned with there: its memory less the reserve, None where nobody tells."""

    device: str
    budget: int | None


class Want(msgspec.Struct, frozen=True):
    """What one load of an engine needs while it works, in bytes, and for which roles."""

    roles: tuple[Role, ...]
    peak: int
    measured: bool

    def __str__(self) -> str:
        told = "measured here" if self.measured else "declared"
        return f"{' and '.join(self.roles)} {size(self.peak)} ({told})"


def wants(lineup: Lineup, needs: Mapping[str, Need]) -> tuple[Want, ...]:
    """Return what an engine's loads want of a device, the largest first; what works on the CPU is left out."""
    loads: dict[str, list[Role]] = {}
    for role, backend in lineup.backends.items():
        if backend.needs_device:
            loads.setdefault(backend.loads_as, []).append(role)
    found = [Want(tuple(roles), needs[name].peak, needs[name].measured) for name, roles in loads.items()]
    return tuple(sorted(found, key=lambda want: -want.peak))


def fit_checks(engine: str, wanted: Sequence[Want], rooms: Sequence[Room]) -> list[Check]:
    """Judge an engine that works on a device: one check for every load, against the roomiest device."""
    if not rooms:
        found = f"needs a GPU, and there is none; the largest: {wanted[0]}"
        return [Check(f"engine {engine}", _GROUP, State.WARN, found, _SEE_ANIMATIC)]
    return [_fit(engine, want, _roomiest(rooms)) for want in wanted]


def _roomiest(rooms: Iterable[Room]) -> Room:
    return max(rooms, key=lambda room: -1 if room.budget is None else room.budget)


def _fit(engine: str, want: Want, room: Room) -> Check:
    name = f"{engine}: {want.roles[0]}"
    if room.budget is None:
        return Check(name, _GROUP, State.UNKNOWN, f"{want}; nobody tells the memory of {room.device}")
    found = f"{want} of {size(room.budget)} on {room.device}"
    if want.peak > room.budget:
        return Check(name, _GROUP, State.WARN, f"{found}: too little", _SEE_ANIMATIC)
    return Check(name, _GROUP, State.OK, found)


def fits(wanted: Sequence[Want], rooms: Sequence[Room]) -> bool:
    """Tell whether every load fits the roomiest device, as far as anybody tells its memory."""
    budget = _roomiest(rooms).budget if rooms else 0
    return bool(rooms) and (budget is None or all(want.peak <= budget for want in wanted))


def aside_check(engine: str, wanted: Sequence[Want], rooms: Sequence[Room]) -> Check:
    """Tell what an engine wants that this machine is too small for; nothing is wrong without it."""
    known = [room for room in rooms if room.budget is not None]
    if not known:
        verdict = "There is no GPU it could use" if not rooms else "Nobody tells the memory there is"
    else:
        room = _roomiest(known)
        short = [" and ".join(want.roles) for want in wanted if want.peak > (room.budget or 0)]
        what = f"too little for {', '.join(short)}" if short else "enough, one after another"
        verdict = f"There is {size(room.budget or 0)} on {room.device}: {what}"
    told = ", ".join(str(want) for want in wanted)
    return Check(f"engine {engine}", _GROUP, State.OK, f"not for this machine: it needs {told}. {verdict}")


def cpu_check(engine: str, largest: int, allowed: int, free: int | None, total: int | None) -> Check:
    """Judge this machine's memory for work on the CPU: the `largest` host, and what hosts are `allowed` together."""
    name = "memory"
    if free is None:
        return Check(name, _GROUP, State.UNKNOWN, "this system does not tell how much memory is free")
    found = f"{size(free)} free" + (f" of {size(total)}" if total is not None else "")
    found += f"; {engine} takes up to {size(allowed + _BESIDE)}"
    if free < largest + _BESIDE:
        return Check(name, _GROUP, State.BAD, f"{found}: too little", "end other programs, or use a larger machine")
    if free < allowed + _BESIDE:
        remedy = "end other programs, or set [worker] memory lower in config.toml"
        return Check(name, _GROUP, State.WARN, f"{found}: it may get tight", remedy)
    if allowed < largest:
        remedy = f"set [worker] memory to {largest / 1e9:.2f} or more in config.toml, so that two hosts can stay loaded"
        return Check(name, _GROUP, State.WARN, f"{found}; its largest host alone takes {size(largest)}", remedy)
    return Check(name, _GROUP, State.OK, found)


def free_memory(meminfo: str, limits: Iterable[tuple[str, str]]) -> tuple[int | None, int | None]:
    """Return (free, total) bytes from /proc/meminfo and a container's limits, as (limit, used) texts."""
    figures = {}
    for line in meminfo.splitlines():
        key, _, value = line.partition(":")
        words = value.split()
        if words and words[0].isdigit():
            figures[key] = int(words[0]) * 1024
    free, total = figures.get("MemAvailable"), figures.get("MemTotal")
    for limit, used in limits:
        if not limit.strip().isdigit() or not used.strip().isdigit():
            continue  # "max": no limit
        most = int(limit)
        if total is None or most < total:
            total, left = most, max(0, most - int(used))
            free = left if free is None else min(free, left)
    return free, total
