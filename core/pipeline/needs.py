"""What loads need on this machine: measured by its own finished steps and loads, and as declared until then."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from core.film.gauge import is_simulated
from core.film.lineup import ROLE_OF, Backend, Lineup, Phase
from core.pipeline.cost import RECENT, Timing
from core.pipeline.residency import CPU, Need

# The highest peak so far is not the highest there can be: caching allocators keep pieces of what was given back.
MARGIN = 1.05


class LoadTiming(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finished load on this machine: seconds, and the bytes of its device it then held, where that is known."""

    loads_as: str
    backend: str
    device: str
    seconds: float
    weights: int | None = None


def measured(
    lineup: Lineup,
    declared: Mapping[str, Need],
    history: Iterable[Timing | LoadTiming],
    *,
    sizes: Mapping[Phase, float] | None = None,
    simulated: bool = False,
) -> dict[str, Need]:
    """Return what every load of a lineup needs, from the records of this machine, oldest first.

    The peak is the highest of the newest `RECENT` with a margin, the weights the highest, the seconds the median. A
    load that serves several roles counts as measured once each of its backends is; until then what is declared stays
    where it is higher. `sizes` says how many units of work the largest step of a phase has
    (`core.pipeline.cost.units`): what was measured on smaller steps says nothing about it and does not count.

    A step that was done with a fallback does not count, nor does one that was done on the CPU for want of a device.
    Records of simulated devices count for simulated devices only, and the other way round.
    """
    records = [record for record in history if is_simulated(record.device) is simulated]
    steps = [record for record in records if isinstance(record, Timing)]
    loads = [record for record in records if isinstance(record, LoadTiming)]
    needs = {}
    for name, need in declared.items():
        backends = [backend for backend in lineup.backends.values() if backend.loads_as == name]
        mine = [load for load in loads if load.loads_as == name and _in_place(load.device, backends)]
        needs[name] = _need(need, _peaks(backends, steps, sizes or {}), mine[-RECENT:])
    return needs


def _need(declared: Need, peaks: Sequence[int | None], loads: Sequence[LoadTiming]) -> Need:
    """Return the need of one load; `peaks` are those of its backends, None where one was not measured."""
    found = [peak for peak in peaks if peak is not None]
    whole = bool(found) and len(found) == len(peaks)
    peak = max(found) if whole else max([declared.peak, *found])
    held = [load.weights for load in loads if load.weights is not None]
    weights = max(held) if held else min(declared.weights, peak)
    seconds = statistics.median(load.seconds for load in loads) if loads else declared.load_seconds
    return Need(weights, max(peak, weights), seconds, whole)


def _peaks(backends: Sequence[Backend], steps: Sequence[Timing], sizes: Mapping[Phase, float]) -> list[int | None]:
    return [_peak(backend, steps, sizes) for backend in backends]


def _peak(backend: Backend, steps: Sequence[Timing], sizes: Mapping[Phase, float]) -> int | None:
    """Return the peak of a backend in bytes, margin included, or None where it was not measured at full size."""
    phases = [phase for phase, role in ROLE_OF.items() if role is backend.role]
    large = max((sizes.get(phase, 0.0) for phase in phases), default=0.0)
    found = [
        step.peak
        for step in steps
        if step.backend == backend.name and step.phase in phases and step.units >= large
        if step.peak is not None and not step.fallbacks and _in_place(step.device, [backend])
    ]
    return math.ceil(max(found[-RECENT:]) * MARGIN) if found else None


def _in_place(device: str, backends: Sequence[Backend]) -> bool:
    """Tell whether something was done where its backend belongs; an older record does not say where."""
    return not device or any(backend.needs_device == (device != CPU) for backend in backends)
