"""What work will take, from this machine's own finished steps."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

import msgspec

from core.film.lineup import ROLE_OF, Backend, Lineup, Phase
from core.film.preset import PRESETS
from core.film.settings import Settings
from core.pipeline.board import Board
from core.pipeline.choice import TakeState
from core.pipeline.steps import Bill, music_seconds, shot_steps

# How many of the newest finished steps count: enough for a median, few enough to follow a driver update.
RECENT = 20
# How many make quartiles. With fewer the middle itself is hardly known.
ENOUGH = 4


class Timing(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finished step on this machine: how many units of work, how many seconds.

    `peak` is the most bytes of its device that its host held, where that is known; `fallbacks` is what it was done
    without, `device` where. `passed` is what a verdict said.
    """

    phase: Phase
    backend: str
    units: float
    seconds: float
    peak: int | None = None
    fallbacks: tuple[str, ...] = ()
    device: str = ""
    passed: bool | None = None


class Estimate(msgspec.Struct, frozen=True):
    """Seconds of work, with a range; `measured` when all of it rests on this machine's history."""

    seconds: float
    low: float
    high: float
    measured: bool


class Job(msgspec.Struct, frozen=True):
    """One piece of work ahead: a phase and how many units of it.

    A verdict may call for another take: `retake` is the units of that clip (0 where none would follow, whatever the
    verdict), `failed` how many takes of the shot failed before.
    """

    phase: Phase
    units: float
    step: str = ""
    retake: float = 0.0
    failed: int = 0


def units(phase: Phase, backend: Backend, settings: Settings, *, denoising: int = 24, seconds: float = 30.0) -> float:
    """Return how much work one step of a phase is.

    Megapixels for a picture, megapixels x frames for a clip (x steps / 24 where the backend denoises) or a verdict
    or the mix of a whole reel, seconds for music, 1 for a plan or a spoken line.
    """
    megapixels = settings.width * settings.height / 1e6
    preset = PRESETS[settings.preset]
    if phase in (Phase.MASTERS, Phase.KEYFRAMES):
        return megapixels
    if phase is Phase.ANIMATE:
        return megapixels * preset.frames * (denoising / 24 if backend.denoises else 1.0)
    if phase is Phase.CRITIQUE:
        return megapixels * preset.frames
    if phase is Phase.MUSIC:
        return seconds
    if phase is Phase.MIX:
        return megapixels * preset.fps * seconds
    return 1.0


def forecast(board: Board, lineup: Lineup, settings: Settings) -> list[Job]:
    """Return the work resume has ahead: the due steps, and a verdict for every clip that is due.

    Without a plan yet: what an ordinary reel of these settings takes. Retries are not foreseen.
    """
    if board.bill is None:
        return _unplanned(lineup, settings)
    jobs = []
    for state in board.due:
        step = state.step
        if step.phase is Phase.CRITIQUE:
            jobs.append(_verdict(board, board.bill, step.id, step.shot))
            continue
        # A person's own picture is no work of the engine's, and too little to count.
        work = 0.0 if step.own else job_units(board.bill, step.phase, step.shot)
        jobs.append(Job(step.phase, work, step.id))
        if step.phase is Phase.ANIMATE:
            jobs.append(_verdict(board, board.bill, step.id.rpartition("/")[0] + "/verdict", step.shot))
    return jobs


def _verdict(board: Board, bill: Bill, step: str, index: int | None) -> Job:
    """Return a verdict that is to come, with the take that follows where it is a bad one (`shots.assess_shot`)."""
    shot = next(shot for shot in board.shots if shot.index == index)
    good = (TakeState.APPROVED, TakeState.CHOSEN, TakeState.PASSED)
    settled = any(judged.state in good for judged in shot.takes)
    failed = sum(judged.state is TakeState.FAILED for judged in shot.candidates)
    clip = 0.0 if settled else job_units(bill, Phase.ANIMATE, index)
    return Job(Phase.CRITIQUE, job_units(bill, Phase.CRITIQUE, index), step, clip, failed)


def job_units(bill: Bill, phase: Phase, shot: int | None) -> float:
    """Return the units of one step of a planned reel."""
    denoising = 24
    if phase is Phase.ANIMATE and shot is not None:
        denoising = shot_steps(bill, bill.plan.shots[bill.plan.position(shot)])
    return units(phase, bill.backend(phase), bill.settings, denoising=denoising, seconds=music_seconds(bill))


def _unplanned(lineup: Lineup, settings: Settings) -> list[Job]:
    shots = settings.shots
    counts = {
        Phase.PLAN: 1,
        Phase.MASTERS: 4,  # two people, the group, the place
        Phase.KEYFRAMES: shots,
        Phase.ANIMATE: shots,
        Phase.CRITIQUE: shots,
        Phase.MUSIC: int(settings.music),
        Phase.NARRATE: shots * int(settings.voice),
        Phase.MIX: 1,
    }
    length = shots * PRESETS[settings.preset].seconds
    work = {phase: units(phase, lineup.backends[ROLE_OF[phase]], settings, seconds=length) for phase in counts}
    return [
        Job(phase, work[phase], retake=work[Phase.ANIMATE] if phase is Phase.CRITIQUE else 0.0)
        for phase, count in counts.items()
        for _ in range(count)
    ]


class Rates:
    """Seconds per unit of work for every phase, from a history or declared."""

    def __init__(self, lineup: Lineup, history: Iterable[Timing]) -> None:
        self._lineup = lineup
        self._seen: dict[tuple[Phase, str], list[float]] = {}
        for timing in history:
            if timing.units > 0 and timing.seconds >= 0 and math.isfinite(timing.seconds / timing.units):
                self._seen.setdefault((timing.phase, timing.backend), []).append(timing.seconds / timing.units)

    def sure(self, phase: Phase) -> bool:
        """Tell whether so many steps of a phase were seen that they differ by chance and not by being unknown."""
        return len(self._newest(phase)) >= ENOUGH

    def _newest(self, phase: Phase) -> list[float]:
        return self._seen.get((phase, self._lineup.backends[ROLE_OF[phase]].name), [])[-RECENT:]

    def of(self, phase: Phase) -> tuple[float, float, float, bool]:
        """Return (median, low, high, measured) seconds per unit.

        The range: quartiles; all that was seen and a fifth to a quarter beside where that is little; half and double
        where it is declared.
        """
        backend, seen = self._lineup.backends[ROLE_OF[phase]], self._newest(phase)
        if not seen:
            return backend.declared, backend.declared / 2, backend.declared * 2, False
        middle = statistics.median(seen)
        if len(seen) < ENOUGH:
            return middle, min(middle * 0.8, *seen), max(middle * 1.25, *seen), True
        low, _, high = statistics.quantiles(seen, n=4)
        return middle, min(low, middle), max(high, middle), True

    def estimate(self, jobs: Sequence[Job]) -> Estimate:
        """Return what these jobs will take one after another."""
        total = low = high = 0.0
        measured = True
        for job in jobs:
            middle, least, most, known = self.of(job.phase)
            total += middle * job.units
            low += least * job.units
            high += most * job.units
            measured = measured and known
        return Estimate(total, low, high, measured)
