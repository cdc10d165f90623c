"""How long the work ahead takes, with a range: by this machine's own steps, by the pace of what is under way, by how
many takes passed here before, and by what has still to be loaded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from core.film.lineup import Phase
from core.pipeline.cost import ENOUGH, RECENT, Estimate, Job, Rates, Timing

# A step's own pace begins to count here and counts alone there (fractions of the step): the first per cent of a step
# may be slow (a compile, a first batch), and a pace measured on them would be far off.
_PACE_FROM, _PACE_ALONE = 0.05, 0.30
# Without a history the first sign of a pace is worth more than what was declared.
_PACE_ALONE_UNKNOWN = 0.10
# A step that takes longer than expected is never said to be done at once: this share of it is still to come.
_OVERDUE = 0.05
# How much worse the share of passing takes may get than it was here (one in five).
_WORSE = 0.2
# Where nothing is known of this machine's takes: none is foreseen to fail, and at most one in three once.
_UNKNOWN_FAILS = 1 / 3


class Pace(msgspec.Struct, frozen=True):
    """A step under way: seconds of work so far, and how far it says it is (0..1)."""

    elapsed: float
    fraction: float

    def left(self, expected: Estimate) -> Estimate:
        """Return the seconds that are left, from what such a step was expected to take and its own pace so far.

        Between 5 % and 30 % the two are blended (10 % where nothing was measured here); then only the pace counts.
        """
        fraction = min(1.0, max(0.0, self.fraction))
        elapsed = max(0.0, self.elapsed) if math.isfinite(self.elapsed) else 0.0
        if fraction >= 1.0:
            return Estimate(0.0, 0.0, 0.0, expected.measured)
        alone = _PACE_ALONE if expected.measured else _PACE_ALONE_UNKNOWN
        weight = min(1.0, max(0.0, (fraction - _PACE_FROM) / (alone - _PACE_FROM)))
        own = elapsed / fraction if weight > 0 else 0.0
        totals = [weight * own + (1 - weight) * one for one in (expected.seconds, expected.low, expected.high)]
        # The pace may still change over what is left.
        middle, low, high = totals[0], min(totals[1], totals[0] * 0.95), max(totals[2], totals[0] * 1.05)
        left = [max(total - elapsed, _OVERDUE * (1 - fraction) * total) for total in (middle, low, high)]
        return Estimate(left[0], min(left[1], left[0]), max(left[2], left[0]), expected.measured)


class Ahead(msgspec.Struct, frozen=True):
    """What is ahead: of the whole reel, and of each phase that has work left (without loading and retries)."""

    whole: Estimate
    phases: dict[Phase, Estimate] = {}


def aged(estimate: Estimate, seconds: float) -> Estimate:
    """Return an estimate that was made so many seconds ago, counted down; never below 0."""
    low, middle, high = (max(0.0, one - max(0.0, seconds)) for one in (estimate.low, estimate.seconds, estimate.high))
    return Estimate(middle, low, high, estimate.measured)


def passing(history: Iterable[Timing], critic: str) -> float | None:
    """Return the share of takes that passed among this machine's newest verdicts of a critic; None for too few."""
    said = [t.passed for t in history if t.phase is Phase.CRITIQUE and t.backend == critic and t.passed is not None]
    newest = said[-RECENT:]
    return sum(newest) / len(newest) if len(newest) >= ENOUGH else None


def remaining(
    jobs: Sequence[Job],
    rates: Rates,
    *,
    paces: Mapping[str, Pace] | None = None,
    loading: float = 0.0,
    passed: float | None = None,
    takes: int = 1,
    lanes: Mapping[Phase, int] | None = None,
) -> Ahead:
    """Return how long the work ahead takes. All figures are seconds.

    `jobs` is everything that is due, what is under way included; `paces` says how far that is, by step. `loading` is
    what loads take that nobody can do beside the work. `passed` is the share of takes that pass here (`passing`) and
    `takes` how many a shot may have; `lanes` how many places do steps of a phase side by side.

    The half-widths of steps of a phase that was measured often enough here are taken as independent and add up as the
    square root of the sum of their squares; else all are off by about the same, and they add up as they are. Phases
    are independent of each other. Takes that have to be made again count in the middle as often as takes failed here,
    in `high` more often, in `low` never.
    """
    phases: dict[Phase, Estimate] = {}
    below = above = 0.0
    for phase in Phase:
        mine = [job for job in jobs if job.phase is phase]
        if mine:
            phases[phase] = estimate = _phase(mine, rates, paces or {}, max(1, (lanes or {}).get(phase, 1)))
            below += (estimate.seconds - estimate.low) ** 2
            above += (estimate.high - estimate.seconds) ** 2
    again, most = _retries(jobs, rates, passed, takes, lanes or {})
    middle = sum(one.seconds for one in phases.values()) + max(0.0, loading) + again
    whole = Estimate(
        seconds=middle,
        low=max(0.0, middle - again - math.sqrt(below)),
        high=middle + (most - again) + math.sqrt(above),
        measured=all(one.measured for one in phases.values()),
    )
    return Ahead(whole, phases)


def _phase(jobs: Sequence[Job], rates: Rates, paces: Mapping[str, Pace], lanes: int) -> Estimate:
    phase = jobs[0].phase
    sure = rates.sure(phase)
    ones = []
    for job in jobs:
        expected = rates.estimate([job])
        pace = paces.get(job.step) if job.step else None
        ones.append(pace.left(expected) if pace is not None else expected)
    least = max(one.low for one in ones)
    middle = _side_by_side([one.seconds for one in ones], lanes)
    below = _together([one.seconds - one.low for one in ones], lanes, independent=sure)
    above = _together([one.high - one.seconds for one in ones], lanes, independent=sure)
    return Estimate(middle, max(least, middle - below), middle + above, rates.of(phase)[3])


def _side_by_side(seconds: Sequence[float], lanes: int) -> float:
    """Return what steps take on several lanes: never less than the longest of them, which cannot be divided."""
    return max(sum(seconds) / lanes, *seconds)


def _together(widths: Sequence[float], lanes: int, *, independent: bool) -> float:
    whole = math.sqrt(sum(width * width for width in widths)) if independent else sum(widths)
    return max(whole / lanes, *widths)


def _retries(
    jobs: Sequence[Job], rates: Rates, passed: float | None, takes: int, lanes: Mapping[Phase, int]
) -> tuple[float, float]:
    """Return the seconds of takes that will have to be made again, as they are expected and at most."""
    expected = most = longest = 0.0
    fails = 1 - min(1.0, max(0.0, passed)) if passed is not None else 0.0
    for job in jobs:
        more = takes - 1 - job.failed
        if job.phase is not Phase.CRITIQUE or job.retake <= 0 or more < 1:
            continue
        one = rates.of(Phase.ANIMATE)[0] * job.retake + rates.of(Phase.CRITIQUE)[0] * job.units
        longest = max(longest, one)
        expected += _extra(fails, more) * one
        most += one * (_UNKNOWN_FAILS if passed is None else _extra(min(1.0, fails + _WORSE), more))
    # Fewer takes than there are lanes cannot be divided among them.
    side = max(1, lanes.get(Phase.ANIMATE, 1))
    return max(expected / side, min(expected, longest)), max(most / side, min(most, longest))


def _extra(fails: float, more: int) -> float:
    """Return how many takes a shot gets on average beyond the present one, of so many it may still have."""
    return float(sum(fails**number for number in range(1, more + 1)))
