"""The flight recorder: what every step was planned to hold of a device's memory, and what it was measured to hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from core.film.failure import Failure
from core.film.gauge import is_simulated
from core.film.lineup import Phase
from core.folder import layout
from core.folder.records import Receipt, Snapshot
from core.pipeline.residency import CPU

_LAST = {
    layout.PLAN: Phase.PLAN,
    "keyframe": Phase.KEYFRAMES,
    "clip": Phase.ANIMATE,
    "verdict": Phase.CRITIQUE,
    layout.MUSIC: Phase.MUSIC,
    "narration": Phase.NARRATE,
    layout.MIX: Phase.MIX,
}


class Flown(msgspec.Struct, frozen=True):
    """One finished step: bytes `planned` and at most held (`peak`), `difference` peak less planned, None where one of
    them is not known. `seconds` of work. `failures` are the tries before, `fallbacks` what it was then done without.
    `simulated`: on a device that does not exist, so that no figure says anything about a real one."""

    step: str
    phase: Phase
    device: str
    backend: str
    planned: int | None
    peak: int | None
    difference: int | None
    seconds: float
    fallbacks: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    simulated: bool = False

    @property
    def on_device(self) -> bool:
        """Whether it was done on a device and not on the CPU."""
        return self.device not in ("", CPU)


class PhaseFlown(msgspec.Struct, frozen=True):
    """The steps of a phase that were done on devices: how many, the highest plan and peak, the sum of seconds,
    and how many tries failed."""

    phase: Phase
    devices: tuple[str, ...]
    steps: int
    planned: int | None
    peak: int | None
    difference: int | None
    seconds: float
    failures: int
    simulated: bool


class Flight(msgspec.Struct, frozen=True):
    """Every finished step in the order of the phases, and the phases that used a device. `failed` are the steps that
    were given up, with the reason. `measured`: at least one step has a peak."""

    steps: tuple[Flown, ...]
    phases: tuple[PhaseFlown, ...]
    failed: dict[str, str]

    @property
    def measured(self) -> bool:
        """Whether anything was measured on a device."""
        return any(phase.peak is not None for phase in self.phases)

    @property
    def on_device(self) -> tuple[Flown, ...]:
        """The steps that were done on a device."""
        return tuple(step for step in self.steps if step.on_device)


def flight(snapshot: Snapshot) -> Flight:
    """Return the flight record of a reel, from its receipts; one whose files are damaged does not count."""
    order = {phase: place for place, phase in enumerate(Phase)}
    steps = sorted((_flown(receipt) for receipt in _receipts(snapshot)), key=lambda s: (order[s.phase], s.step))
    phases = []
    for phase in Phase:
        mine = [step for step in steps if step.phase is phase and step.on_device]
        if mine:
            phases.append(_phase(phase, mine))
    return Flight(tuple(steps), tuple(phases), dict(snapshot.failures))


def _receipts(snapshot: Snapshot) -> Iterator[Receipt]:
    artifacts = list(snapshot.artifacts.values())
    for takes in snapshot.takes.values():
        for take in takes:
            artifacts += [take.clip, *([take.verdict] if take.verdict is not None else [])]
    for artifact in artifacts:
        if artifact.whole and artifact.receipt is not None:
            yield artifact.receipt


def _flown(receipt: Receipt) -> Flown:
    on_device = receipt.device not in ("", CPU)
    planned = receipt.planned_vram if on_device else None
    peak = receipt.peak_vram if on_device else None
    return Flown(
        step=receipt.step,
        phase=_LAST.get(receipt.step.rpartition("/")[2], Phase.MASTERS),
        device=receipt.device,
        backend=receipt.backend,
        planned=planned,
        peak=peak,
        difference=_difference(planned, peak),
        seconds=receipt.seconds,
        fallbacks=receipt.fallbacks,
        failures=receipt.failures,
        simulated=is_simulated(receipt.device),
    )


def _phase(phase: Phase, steps: list[Flown]) -> PhaseFlown:
    planned = _highest(step.planned for step in steps)
    peak = _highest(step.peak for step in steps)
    return PhaseFlown(
        phase=phase,
        devices=tuple(sorted({step.device for step in steps})),
        steps=len(steps),
        planned=planned,
        peak=peak,
        difference=_difference(planned, peak),
        seconds=round(sum(step.seconds for step in steps), 3),
        failures=sum(len(step.failures) for step in steps),
        simulated=any(step.simulated for step in steps),
    )


def _highest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _difference(planned: int | None, peak: int | None) -> int | None:
    return None if planned is None or peak is None else peak - planned
