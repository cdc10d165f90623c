"""What was measured, as a file: read, added to by a later call on the same machine, and written."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

FILE = "gpu.json"


class Machine(msgspec.Struct, frozen=True):
    """What the figures are of. `tiny`: tiny models on a CPU, whose figures mean nothing."""

    card: str
    memory: int
    driver: str
    system: str
    versions: dict[str, str]
    tiny: bool


class Measured(msgspec.Struct, frozen=True):
    """One variant of one part. Times are seconds, sizes bytes; 0 where it has no such thing.

    `unit` is what `whole` or `computed` is for. `step` is the median of `seen` steps. `whole` was measured from end to
    end (without writing the file), `computed` is `steps` times `step`, and `encode` and `decode`. `first` is what the
    warm-up took, compiling included, `build` making random weights on the device (not a load), `evict` giving the
    memory back, `left` what tensors held afterwards. `why_not` says why there are no figures.
    """

    part: str
    variant: str
    unit: str
    at: str
    wall: float = 0.0
    steps: int = 0
    seen: int = 0
    step: float = 0.0
    encode: float = 0.0
    decode: float = 0.0
    write: float = 0.0
    whole: float = 0.0
    computed: float = 0.0
    first: float = 0.0
    build: float = 0.0
    evict: float = 0.0
    left: int = 0
    weights: int = 0
    peak: int = 0
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    why_not: str = ""

    @property
    def name(self) -> str:
        return f"{self.part}/{self.variant}"

    @property
    def each(self) -> float:
        """Seconds of one unit, measured whole or computed; 0 where there are none."""
        return self.whole or self.computed


class Results(msgspec.Struct, frozen=True):
    """A machine and everything measured on it, in order."""

    machine: Machine
    measured: tuple[Measured, ...] = ()

    def of(self, name: str) -> Measured | None:
        """Return a measurement by "part/variant", where it has figures."""
        found = next((one for one in self.measured if one.name == name), None)
        return found if found is not None and not found.why_not else None

    def plus(self, new: Measured) -> Results:
        """Return the results with a measurement more. It takes its predecessor's place, unless it has no figures and
        the predecessor has."""
        if new.why_not and self.of(new.name) is not None:
            return self
        if any(one.name == new.name for one in self.measured):
            return Results(self.machine, tuple(new if one.name == new.name else one for one in self.measured))
        return Results(self.machine, (*self.measured, new))


def read(path: Path) -> Results:
    """Return the results of a file. Raises SystemExit where it has none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Results)
    except (OSError, msgspec.DecodeError) as error:
        raise SystemExit(f"{path} has no results of this bench: {error}") from error


def merged(files: list[Path]) -> Results:
    """Return the results of several calls as one; later files win. Raises SystemExit where the machines differ."""
    first, *others = [read(path) for path in files]
    for path, other in zip(files[1:], others, strict=True):
        if other.machine != first.machine:
            raise SystemExit(f"{path} is of another machine or other versions than {files[0]}: make a table of each")
        for one in other.measured:
            first = first.plus(one)
    return first


def write(results: Results, path: Path) -> None:
    """Write a file whole or not at all: a call may be ended at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(results), indent=1) + b"\n")
    os.replace(part, path)
