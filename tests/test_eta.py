"""How long it still takes: ranges, paces, retries, loads; never negative, never nothing while there is work."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.film.lineup import Phase
from core.pipeline.cost import Estimate, Job, Rates, Timing
from core.pipeline.eta import Pace, passing, remaining
from tests.toys import toy_lineup

LINEUP = toy_lineup()
PHASES = st.sampled_from(list(Phase))
SECONDS = st.floats(0.01, 1e5)
HISTORY = st.lists(
    st.builds(
        lambda phase, units, seconds: Timing(phase, f"toy-{ROLE[phase]}", units, seconds), PHASES, SECONDS, SECONDS
    ),
    max_size=30,
)
ROLE = {
    Phase.PLAN: "director",
    Phase.MASTERS: "painter",
    Phase.KEYFRAMES: "painter",
    Phase.ANIMATE: "animator",
    Phase.CRITIQUE: "critic",
    Phase.MUSIC: "composer",
    Phase.NARRATE: "narrator",
    Phase.MIX: "mixer",
}
JOBS = st.lists(st.builds(Job, PHASES, st.floats(0.0, 100.0), st.sampled_from(["", "a", "b"])), max_size=12)


def rates(*history: Timing) -> Rates:
    return Rates(LINEUP, history)


def clip(units: float = 1.0, step: str = "") -> Job:
    return Job(Phase.ANIMATE, units, step)


def took(seconds: float, units: float = 1.0, passed: bool | None = None) -> Timing:
    phase = Phase.CRITIQUE if passed is not None else Phase.ANIMATE
    return Timing(phase, f"toy-{ROLE[phase]}", units, seconds, passed=passed)


@given(JOBS, HISTORY, st.floats(0, 1000), st.floats(0, 1), st.integers(1, 4), st.floats(0, 1), st.floats(0, 1e4))
def test_whatever_the_figures_the_range_holds_its_middle(
    jobs: list[Job], history: list[Timing], loading: float, passed: float, takes: int, fraction: float, elapsed: float
) -> None:
    ahead = remaining(
        jobs, rates(*history), loading=loading, passed=passed, takes=takes, paces={"a": Pace(elapsed, fraction)}
    )
    for one in (ahead.whole, *ahead.phases.values()):
        assert all(math.isfinite(figure) for figure in (one.low, one.seconds, one.high))
        assert 0 <= one.low <= one.seconds * (1 + 1e-9)
        assert one.seconds <= one.high * (1 + 1e-9)
    assert set(ahead.phases) == {job.phase for job in jobs}


@given(JOBS, st.builds(Job, PHASES, st.floats(0.1, 100.0)), HISTORY)
def test_more_work_never_takes_less(jobs: list[Job], more: Job, history: list[Timing]) -> None:
    less, whole = remaining(jobs, rates(*history)).whole, remaining([*jobs, more], rates(*history)).whole
    assert whole.seconds >= less.seconds * (1 - 1e-9)
    assert whole.high >= less.high * (1 - 1e-9)


def test_a_finished_reel_takes_nothing() -> None:
    assert remaining([], rates()).whole == Estimate(0.0, 0.0, 0.0, True)


def test_what_was_measured_here_counts_and_not_what_was_declared() -> None:
    ahead = remaining([clip(2.0)], rates(*(took(seconds) for seconds in (9, 10, 10, 11))))
    assert ahead.whole.seconds == pytest.approx(20)
    assert ahead.whole.measured
    assert not remaining([clip()], rates()).whole.measured


def test_many_measured_steps_are_surer_together_than_one() -> None:
    history = [took(seconds) for seconds in (8, 9, 10, 11, 12)]
    one, many = remaining([clip()], rates(*history)).whole, remaining([clip()] * 16, rates(*history)).whole
    assert many.seconds == pytest.approx(16 * one.seconds)
    assert many.high - many.seconds == pytest.approx(4 * (one.high - one.seconds))


def test_what_was_only_declared_is_off_by_the_same_everywhere() -> None:
    one, many = remaining([clip()], rates()).whole, remaining([clip()] * 16, rates()).whole
    assert many.high - many.seconds == pytest.approx(16 * (one.high - one.seconds))


@pytest.mark.parametrize(
    ("fraction", "elapsed", "left"),
    [
        (0.0, 0.0, 100.0),  # nothing is known but the history
        (0.02, 30.0, 70.0),  # a slow first per cent (a compile) says nothing yet
        (0.5, 60.0, 60.0),  # its own pace alone
        (1.0, 120.0, 0.0),
    ],
)
def test_a_step_under_way_goes_by_its_own_pace_once_it_has_one(fraction: float, elapsed: float, left: float) -> None:
    expected = Estimate(100.0, 80.0, 125.0, True)
    assert Pace(elapsed, fraction).left(expected).seconds == pytest.approx(left)


def test_a_step_that_takes_longer_than_expected_is_never_nearly_done_for_that() -> None:
    assert Pace(500.0, 0.0).left(Estimate(100.0, 80.0, 125.0, True)).seconds > 0


def test_a_pace_is_believed_sooner_where_nothing_was_measured() -> None:
    known, unknown = (Pace(20.0, 0.1).left(Estimate(100.0, 50.0, 200.0, measured)) for measured in (True, False))
    assert unknown.seconds == pytest.approx(180.0), "20 s for a tenth"
    assert known.seconds < unknown.seconds


def test_the_pace_of_a_step_counts_for_that_step_alone() -> None:
    history = rates(*(took(10.0) for _ in range(4)))
    ahead = remaining([clip(step="a"), clip(step="b")], history, paces={"a": Pace(30.0, 0.5)}).whole
    assert ahead.seconds == pytest.approx(30.0 + 10.0)


def test_retries_are_foreseen_by_the_share_that_passed_here() -> None:
    jobs, history = [clip(), Job(Phase.CRITIQUE, 1.0)], rates(*(took(10.0) for _ in range(4)))
    never = remaining(jobs, history, passed=1.0, takes=3).whole
    half = remaining(jobs, history, passed=0.5, takes=3).whole
    once = remaining(jobs, history, passed=0.5, takes=1).whole
    assert half.seconds == pytest.approx(never.seconds * 1.75), "1 + 1/2 + 1/4 takes"
    assert once.seconds == pytest.approx(never.seconds)
    unknown = remaining(jobs, history, passed=None, takes=3).whole
    assert unknown.seconds == pytest.approx(never.seconds)
    assert unknown.high > never.seconds, "some may fail all the same"


def test_the_share_that_passed_needs_some_verdicts() -> None:
    history = [took(1.0, passed=word) for word in (True, False, True)]
    assert passing(history, "toy-critic") is None
    assert passing([*history, took(1.0, passed=True)], "toy-critic") == 0.75
    assert passing([*history, took(1.0, passed=True)], "another") is None


def test_loading_and_lanes_count() -> None:
    history = rates(*(took(10.0) for _ in range(4)))
    assert remaining([clip()], history, loading=300.0).whole.seconds == pytest.approx(310.0)
    assert remaining([clip()] * 4, history, lanes={Phase.ANIMATE: 2}).whole.seconds == pytest.approx(20.0)
