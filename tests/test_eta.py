"""How long it still takes: ranges, paces, retries, loads; never negative, never nothing while there is work."""

from __future__ import annotations

import math

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.film.lineup import ROLE_OF, Phase
from core.pipeline.cost import Estimate, Job, Rates, Timing
from core.pipeline.eta import Pace, aged, passing, remaining
from tests.toys import toy_lineup

LINEUP = toy_lineup()
PHASES = st.sampled_from(list(Phase))
SECONDS = st.floats(0.01, 1e5)
HISTORY = st.lists(
    st.builds(
        lambda phase, units, seconds: Timing(phase, LINEUP.backends[ROLE_OF[phase]].name, units, seconds),
        PHASES,
        SECONDS,
        SECONDS,
    ),
    max_size=30,
)
JOB = st.builds(
    lambda phase, units, step, retake, failed: Job(
        phase, units, step, retake if phase is Phase.CRITIQUE else 0.0, failed if phase is Phase.CRITIQUE else 0
    ),
    PHASES,
    st.floats(0.0, 100.0),
    st.sampled_from(["", "a", "b"]),
    st.floats(0.0, 100.0),
    st.integers(0, 3),
)
JOBS = st.lists(JOB, max_size=12)
LANES = st.dictionaries(PHASES, st.integers(0, 4))
PASSED = st.none() | st.floats(0, 1)


def rates(*history: Timing) -> Rates:
    return Rates(LINEUP, history)


def clip(units: float = 1.0, step: str = "") -> Job:
    return Job(Phase.ANIMATE, units, step)


def took(seconds: float, units: float = 1.0, passed: bool | None = None) -> Timing:
    phase = Phase.CRITIQUE if passed is not None else Phase.ANIMATE
    return Timing(phase, LINEUP.backends[ROLE_OF[phase]].name, units, seconds, passed=passed)


@given(
    jobs=JOBS,
    history=HISTORY,
    loading=st.floats(0, 1000),
    passed=PASSED,
    takes=st.integers(1, 4),
    pace=st.builds(Pace, st.floats(0, 1e4), st.floats(0, 1)),
    lanes=LANES,
)
def test_whatever_the_figures_the_range_holds_its_middle(
    jobs: list[Job],
    history: list[Timing],
    loading: float,
    passed: float | None,
    takes: int,
    pace: Pace,
    lanes: dict[Phase, int],
) -> None:
    paces = {"a": pace}
    ahead = remaining(jobs, rates(*history), loading=loading, passed=passed, takes=takes, paces=paces, lanes=lanes)
    for one in (ahead.whole, *ahead.phases.values()):
        assert all(math.isfinite(figure) for figure in (one.low, one.seconds, one.high))
        assert 0 <= one.low <= one.seconds * (1 + 1e-9)
        assert one.seconds <= one.high * (1 + 1e-9)
    assert set(ahead.phases) == {job.phase for job in jobs}


@given(jobs=JOBS, more=JOB, history=HISTORY, lanes=LANES, passed=PASSED, takes=st.integers(1, 4))
def test_more_work_never_takes_less(
    jobs: list[Job], more: Job, history: list[Timing], lanes: dict[Phase, int], passed: float | None, takes: int
) -> None:
    less, whole = (
        remaining(some, rates(*history), lanes=lanes, passed=passed, takes=takes).whole
        for some in (jobs, [*jobs, more])
    )
    assert whole.low >= less.low * (1 - 1e-9)
    assert whole.seconds >= less.seconds * (1 - 1e-9)
    assert whole.high >= less.high * (1 - 1e-9)


@given(st.builds(Pace, st.floats(), st.floats()), st.floats(0, 1e5))
@example(Pace(2.0, 1e-308), 0.0)
def test_no_pace_gives_nonsense(pace: Pace, seconds: float) -> None:
    """A host may say anything about how far it is; what it took so far is ours, but a clock may jump."""
    left = pace.left(Estimate(seconds, seconds / 2, seconds * 2, True))
    assert 0 <= left.low <= left.seconds <= left.high
    assert math.isfinite(left.high) or pace.elapsed > 1e300


@given(st.floats(0, 1e5), st.floats(0.01, 0.99), st.floats(0, 0.5))
def test_further_at_the_same_time_is_sooner_done_once_only_the_pace_counts(
    elapsed: float, fraction: float, more: float
) -> None:
    expected, fraction = Estimate(100.0, 80.0, 125.0, True), max(0.3, fraction)
    now, later = (Pace(elapsed, one).left(expected).seconds for one in (fraction, min(1.0, fraction + more)))
    assert later <= now * (1 + 1e-9)


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


@pytest.mark.parametrize("seen", [(), (10.0,), (10.0, 30.0, 11.0)], ids=["declared", "one", "three"])
def test_what_is_hardly_known_is_off_by_the_same_everywhere(seen: tuple[float, ...]) -> None:
    history = rates(*(took(seconds) for seconds in seen))
    one, many = remaining([clip()], history).whole, remaining([clip()] * 16, history).whole
    assert many.high - many.seconds == pytest.approx(16 * (one.high - one.seconds))
    assert one.high > one.seconds


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
    jobs = [clip(), Job(Phase.CRITIQUE, 1.0, retake=1.0)]
    history = rates(*(took(10.0) for _ in range(4)))
    never = remaining(jobs, history, passed=1.0, takes=3).whole
    half = remaining(jobs, history, passed=0.5, takes=3).whole
    once = remaining(jobs, history, passed=0.5, takes=1).whole
    assert half.seconds == pytest.approx(never.seconds * 1.75), "1 + 1/2 + 1/4 takes"
    assert once.seconds == pytest.approx(never.seconds)
    unknown = remaining(jobs, history, passed=None, takes=3).whole
    assert unknown.seconds == pytest.approx(never.seconds)
    assert unknown.high > never.seconds, "some may fail all the same"


def test_a_verdict_that_is_to_come_may_call_for_a_take_although_no_clip_is_due() -> None:
    history = rates(*(took(10.0) for _ in range(4)))
    verdict = Job(Phase.CRITIQUE, 1.0, retake=2.0)
    each = 20.0 + LINEUP.backends[ROLE_OF[Phase.CRITIQUE]].declared
    alone = remaining([msgspec.structs.replace(verdict, retake=0.0)], history, passed=0.5, takes=2).whole
    assert remaining([verdict], history, passed=0.5, takes=2).whole.seconds == pytest.approx(alone.seconds + 0.5 * each)
    last = msgspec.structs.replace(verdict, failed=1)
    assert remaining([last], history, passed=0.5, takes=2).whole == alone, "the shot has had all its takes"
    assert remaining([last], history, passed=0.0, takes=3).whole.seconds == pytest.approx(alone.seconds + each)


def test_one_step_is_not_done_sooner_by_a_second_lane() -> None:
    history, two = rates(*(took(10.0) for _ in range(4))), {Phase.ANIMATE: 2}
    assert remaining([clip()], history, lanes=two).whole.seconds == pytest.approx(10.0)
    under_way = remaining([clip(step="a"), clip(step="b")], history, lanes=two, paces={"a": Pace(90.0, 0.9)}).whole
    assert under_way.seconds == pytest.approx(10.0), "both have ten seconds left"
    verdict = Job(Phase.CRITIQUE, 1.0, retake=1.0)
    alone, beside = (remaining([verdict], history, passed=0.0, takes=2, lanes=lanes).whole for lanes in ({}, two))
    assert beside == alone


def test_steps_side_by_side_are_as_unsure_as_the_least_sure_of_them() -> None:
    history, two = rates(*(took(seconds) for seconds in (1, 1, 10, 19, 19))), {Phase.ANIMATE: 2}
    one, both = (remaining([clip()] * count, history, lanes=two).whole for count in (1, 2))
    assert both == one
    ahead = remaining([clip(step="a"), clip(4.5)], history, lanes=two, paces={"a": Pace(50.0, 0.5)}).whole
    assert ahead.seconds == pytest.approx(50.0)
    assert ahead.low == pytest.approx(45.0), "the one under way takes that long, whatever the other does"
    assert ahead.high == pytest.approx(50.0 + 4.5 * 9)


def test_what_was_said_some_time_ago_counts_down() -> None:
    told = Estimate(100.0, 80.0, 130.0, True)
    assert aged(told, 30.0) == Estimate(70.0, 50.0, 100.0, True)
    assert aged(told, 90.0) == Estimate(10.0, 0.0, 40.0, True)
    assert aged(told, 1000.0) == Estimate(0.0, 0.0, 0.0, True)
    assert aged(told, -5.0) == told, "a clock that was set back"


def test_the_share_that_passed_needs_some_verdicts() -> None:
    history = [took(1.0, passed=word) for word in (True, False, True)]
    assert passing(history, "toy-critic") is None
    assert passing([*history, took(1.0, passed=True)], "toy-critic") == 0.75
    assert passing([*history, took(1.0, passed=True)], "another") is None


def test_loading_and_lanes_count() -> None:
    history = rates(*(took(10.0) for _ in range(4)))
    assert remaining([clip()], history, loading=300.0).whole.seconds == pytest.approx(310.0)
    assert remaining([clip()] * 4, history, lanes={Phase.ANIMATE: 2}).whole.seconds == pytest.approx(20.0)
