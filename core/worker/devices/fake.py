"""The simulated device: so much memory, shared by real processes through one small file; nothing else is real."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

from core.film.errors import BadInput, EngineTrouble
from core.film.gauge import SIMULATED, Gauge
from core.folder.lock import Lock
from core.folder.write import disk_trouble, write_whole
from core.places import state_dir
from core.worker.devices.device import Kind

_WORD = re.compile(rf"{SIMULATED}(\d{{1,6}}(?:\.\d{{1,9}})?)(?::([A-Za-z0-9_-]{{1,40}}))?\Z")
# What such a card would show: idle at 35 degrees and 60 watts, full at 75 and 360. Nothing measures them.
_COOL, _HOTTER, _IDLE, _MORE = 35.0, 40.0, 60.0, 300.0


class OutOfDeviceMemory(EngineTrouble):
    """A simulated device has not as much memory free as was wanted."""


class _Share(msgspec.Struct, frozen=True):
    """What one process holds, and held at most since it last asked for its peak anew. `started` tells a process from
    a later one with the same number: the kernel's start time, in ticks since boot."""

    started: int
    held: int
    peak: int


class _Ledger(msgspec.Struct, frozen=True):
    shares: dict[int, _Share] = {}


def simulated_bytes(name: str) -> int:
    """Return the memory of a simulated device by its name, "fake:24" (GB of 1e9 bytes) or "fake:24:mine".

    Raises BadInput.
    """
    match = _WORD.match(name)
    total = round(float(match[1]) * 1e9) if match else 0
    if total <= 0:
        raise BadInput(
            f"{name!r} is no simulated device", remedy="write fake:24 for 24 GB, or fake:24:name for one of its own"
        )
    return total


class Simulated:
    """One process's share of a simulated device's memory; all of this process's objects of one name are one share.

    A process that dies gives its share back by dying.
    """

    def __init__(self, name: str) -> None:
        """Raises BadInput where `name` is no simulated device."""
        self.name = name
        self.total = simulated_bytes(name)
        self._path = state_dir() / "worker" / f"{name.replace(':', '-', 1).replace(':', '-')}.json"

    def hold(self, size: int) -> None:
        """Hold `size` bytes from now on, instead of what this process held.

        Raises OutOfDeviceMemory where the others hold too much (then nothing changes), DiskTrouble.
        """
        with self._locked():
            shares = self._living()
            mine = shares.pop(os.getpid(), None)
            free = max(0, self.total - sum(share.held for share in shares.values()))
            if size > free:
                raise OutOfDeviceMemory(
                    f"out of memory on {self.name}: {_gb(size)} wanted, {_gb(free)} of {_gb(self.total)} free",
                    remedy="simulate a larger device, or let less stay loaded",
                )
            peak = max(size, mine.peak if mine else 0)
            self._write({**shares, os.getpid(): _Share(_started(os.getpid()) or 0, size, peak)})

    def release(self) -> None:
        """Hold nothing any more. Raises DiskTrouble."""
        with self._locked():
            shares = self._living()
            if shares.pop(os.getpid(), None) is not None:
                self._write(shares)

    def begin_peak(self) -> None:
        """Count this process's peak anew, from what it holds now. Raises DiskTrouble."""
        with self._locked():
            shares = self._living()
            mine = shares.get(os.getpid())
            if mine is not None:
                self._write({**shares, os.getpid(): msgspec.structs.replace(mine, peak=mine.held)})

    def held(self) -> int:
        """Return what this process holds."""
        mine = self._living().get(os.getpid())
        return mine.held if mine else 0

    def peak(self) -> int:
        """Return what this process held at most since `begin_peak`."""
        mine = self._living().get(os.getpid())
        return mine.peak if mine else 0

    def everybody(self) -> dict[int, int]:
        """Return what every living process holds, by process id."""
        return {pid: share.held for pid, share in self._living().items()}

    def _locked(self) -> Lock:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            disk_trouble(error, self._path.parent)
        return Lock(self._path.with_suffix(".lock"), verb="simulated device", now="", wait=True)

    def _living(self) -> dict[int, _Share]:
        """Return the shares of processes that live. The file is replaced whole, so reading needs no lock."""
        try:
            ledger = msgspec.json.decode(self._path.read_bytes(), type=_Ledger)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return {}  # nobody yet, or damaged: worth nothing then
        return {pid: share for pid, share in ledger.shares.items() if _started(pid) == share.started}

    def _write(self, shares: dict[int, _Share]) -> None:
        write_whole(self._path, msgspec.json.encode(_Ledger(shares)), durable=False)


class FakeDevice:
    """A device that does not exist, for tests and for working on everything around a GPU without one."""

    kind: Kind = "simulated"

    def __init__(self, name: str) -> None:
        """Raises BadInput where `name` is no simulated device."""
        self.name = name
        self._simulated = Simulated(name)
        self.total: int | None = self._simulated.total

    def gauge(self) -> Gauge:
        """Tell what its processes hold; load, heat and power follow from that and are not measured."""
        held = self._simulated.everybody()
        used = sum(held.values())
        full = min(1.0, used / self._simulated.total)
        return Gauge(
            device=self.name,
            name=f"simulated {_gb(self._simulated.total)}",
            total=self._simulated.total,
            used=used,
            processes=held,
            utilisation=round(full, 3),
            temperature=round(_COOL + _HOTTER * full, 1),
            power=round(_IDLE + _MORE * full, 1),
            source="simulated",
            simulated=True,
        )

    def environment(self) -> dict[str, str]:
        """Show a host no real card: nothing simulated may end up working on one."""
        return {"CUDA_VISIBLE_DEVICES": "-1", "HIP_VISIBLE_DEVICES": "-1"}

    def close(self) -> None:
        """Nothing is held."""


def _started(pid: int) -> int | None:
    """Return when a process was started (ticks since boot), or None where it does not run; a zombie holds nothing."""
    try:
        # The name, in brackets, may hold blanks and brackets itself; what follows the last one is fixed.
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
