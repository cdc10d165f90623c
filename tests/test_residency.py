"""What stays loaded: the sets that leave, what is needed soon at every phase, and loads against the exact floor."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from bench.figures import CARDS, GB, lineup_for
from bench.floor import Floor, Held, Job, reel_jobs
from bench.replay import Case, Evict, play
from bench.residency import cases, floor_of, held
from core.film.lineup import Lineup, Phase
from core.film.preset import PresetName
from core.film.settings import Settings
from core.film.verdict import Label
from core.pipeline.residency import (
    Lane,
    Need,
    Warmth,
    declared_needs,
    fits,
    make_room,
    soon,
    warmth,
)
from tests.in_memory import ALL_PASS, SHORT, STUDIO, WORDING, board_of, finish, lane, lineup_of, made_until, next_is

NEEDS = {
    "a": Need(80, 94, 300.0),
    "c": Need(70, 84, 300.0),
    "p": Need(8, 13, 30.0),
    "m": Need(12, 12, 40.0),
    "n": Need(1, 1, 5.0),
}
DRIFT = Case("drift", {1: 1}, Label.CHARACTER_DRIFT)
ONE_FAILS = Case("one fails", {1: 1})
ALL_FAIL = Case("all fail", dict.fromkeys(range(3), 3))


def room(budget: int | None, resident: str, wanted: str, ahead: str = "", needs: Mapping[str, Need] = NEEDS) -> str:
    return "".join(make_room(Lane("card:0", budget, tuple(resident)), wanted, needs, tuple(ahead)))


# --- who leaves -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "resident", "wanted", "ahead", "leaving"),
    [
        (190, "cpmn", "a", "acmn", ""),  # 94 + 91: everything stays
        (172, "cp", "a", "acmn", ""),  # 94 + 78, to the byte
        (171, "cp", "a", "acmn", "p"),  # the painter is not needed any more
        (163, "cp", "a", "acmn", "c"),  # only the critic makes room: the painter stays, it may be needed again
        (101, "cp", "a", "acmn", "pc"),
        (90, "cp", "a", "acmn", "pc"),  # larger than the whole budget: it gets the place for itself
        (None, "cp", "a", "acmn", "pc"),  # budget not known: one at a time
        (None, "a", "a", "acmn", ""),
        (None, "", "a", "acmn", ""),
        (170, "ca", "a", "acmn", ""),  # loaded already, and there is room to work
        (163, "ca", "a", "acmn", "c"),  # loaded already, but it needs room to work
        (175, "pan", "c", "cmn", ""),
        (170, "pan", "c", "cmn", "p"),  # neither is needed: the one that is loaded again sooner leaves
        (100, "mn", "c", "cnm", ""),
        (96, "mn", "c", "cnm", "n"),  # one of the two, in either case one load later: the cheaper one
        (84, "mn", "c", "cnm", "mn"),  # what is needed last leaves first
    ],
)
def test_who_leaves(budget: int | None, resident: str, wanted: str, ahead: str, leaving: str) -> None:
    assert room(budget, resident, wanted, ahead) == leaving


def test_of_equals_the_one_needed_last_leaves() -> None:
    equal = {name: Need(10, 10, 1.0) for name in "abcdw"}
    assert room(40, "abcd", "w", "wbdca", equal) == "a"
    assert room(30, "abcd", "w", "wbdca", equal) == "ac"
    assert room(40, "abcd", "w", "wbd", equal) in ("a", "c")
    assert room(40, "abcd", "w", "wabc", equal) == "d"


def test_sizes_count_not_only_who_is_needed_when() -> None:
    """Letting go in the order of need until it fits would let both go; the large one alone is enough."""
    needs = {"s": Need(1, 1, 1.0), "l": Need(10, 10, 1.0), "w": Need(10, 10, 1.0)}
    assert room(11, "sl", "w", "wls", needs) == "l"


def test_what_comes_after_counts_too() -> None:
    """Either x or y leaves for w; y cannot stay anyway beside z, which comes before it."""
    needs = {"w": Need(5, 5, 1.0), "x": Need(5, 5, 1.0), "y": Need(6, 6, 9.0), "z": Need(8, 8, 1.0)}
    assert room(13, "xy", "w", "wzxy", needs) == "y"


sizes = some.tuples(some.integers(0, 9), some.integers(0, 5), some.integers(1, 5))


@given(some.lists(sizes, min_size=2, max_size=5), some.integers(0, 30), some.data())
@settings(max_examples=150, deadline=None)
def test_no_choice_costs_fewer_loads(found: list[tuple[int, int, int]], budget: int, data: some.DataObject) -> None:
    """Compared with every choice of who leaves, now and at every later load."""
    needs = {name: Need(w, w + more, s) for name, (w, more, s) in zip("abcde", found, strict=False)}
    ahead = data.draw(some.permutations(sorted(needs)))
    resident = data.draw(some.lists(some.sampled_from(sorted(needs)), unique=True))
    place = Lane("card:0", budget, tuple(resident))
    leaving = make_room(place, ahead[0], needs, ahead)
    staying = [name for name in resident if name not in leaving]
    assert fits(place, staying, ahead[0], needs) or set(staying) <= {ahead[0]}

    def least(held_now: frozenset[str], coming: Sequence[str]) -> int:
        if not coming:
            return 0
        now, *later = coming
        others = sorted(held_now - {now})
        ways = [k for n in range(len(others) + 1) for k in itertools.combinations(others, n)]
        legal = [k for k in ways if not k or fits(place, k, now, needs)]
        return (now not in held_now) + min(least(frozenset((*kept, now)), later) for kept in legal)

    chosen = least(frozenset((*staying, ahead[0])), ahead[1:])
    assert chosen + (ahead[0] not in resident) == least(frozenset(resident), ahead)


# --- what may be made warm ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "resident", "working", "following", "how"),
    [
        (190, "p", "p", "a", Warmth.LOAD),
        (93, "p", "p", "a", Warmth.LOAD),  # 13 while it works, and 80
        (92, "p", "p", "a", Warmth.PREPARE),
        (162, "cp", "p", "a", Warmth.PREPARE),  # 70 + 13 + 80
        (None, "p", "p", "a", Warmth.PREPARE),
        (190, "pa", "p", "a", Warmth.NONE),
        (190, "a", "a", "a", Warmth.NONE),
        (190, "a", "a", "unheard of", Warmth.NONE),
    ],
)
def test_how_warm(budget: int | None, resident: str, working: str, following: str, how: Warmth) -> None:
    assert warmth(Lane("card:0", budget, tuple(resident)), working, following, NEEDS) is how


# --- what is needed soon --------------------------------------------------------------------------------------------

SOON = [
    (ALL_PASS, Phase.PLAN, "qwen klein wan ace-step kokoro mixer"),
    (ALL_PASS, Phase.MASTERS, "klein wan qwen ace-step kokoro mixer"),
    (ALL_PASS, Phase.KEYFRAMES, "klein wan qwen ace-step kokoro mixer"),
    (ALL_PASS, Phase.ANIMATE, "wan qwen ace-step kokoro mixer"),
    (ALL_PASS, Phase.CRITIQUE, "qwen wan ace-step kokoro mixer"),  # a clip may not pass
    (ALL_PASS, Phase.MUSIC, "ace-step kokoro mixer"),
    (ALL_PASS, Phase.NARRATE, "kokoro mixer"),
    (ALL_PASS, Phase.MIX, "mixer"),
]


@pytest.mark.parametrize(("case", "phase", "names"), SOON)
def test_what_is_needed_soon(case: Case, phase: Phase, names: str) -> None:
    board = board_of(made_until(next_is(phase), case))
    assert soon(board, STUDIO, phase) == tuple(names.split())
    first = soon(board, STUDIO, None)
    assert set(first) == set(names.split()), "wherever it is seen from, the same is needed"


def test_what_is_certain_leaves_out_takes_that_may_fail() -> None:
    board = board_of(made_until(next_is(Phase.CRITIQUE)))
    assert soon(board, STUDIO, Phase.CRITIQUE, certain=True) == ("qwen", "ace-step", "kokoro", "mixer")


def test_after_a_verdict_that_failed_the_animator_is_next_and_then_the_critic_again() -> None:
    def failed(board: object) -> bool:
        return any(shot.due and shot.candidates for shot in board.shots)  # type: ignore[attr-defined]

    board = board_of(made_until(failed, ONE_FAILS))
    assert any(shot.to_judge for shot in board.shots), "in the middle of the round"
    names = ("qwen", "wan", "ace-step", "kokoro", "mixer")
    assert soon(board, STUDIO, Phase.CRITIQUE, certain=True) == names
    board = board_of(made_until(failed, DRIFT))
    assert soon(board, STUDIO, Phase.CRITIQUE, certain=True)[:3] == ("qwen", "klein", "wan")
    # The keyframe can be painted at once; its clip waits for the verdicts.
    assert soon(board, STUDIO, Phase.KEYFRAMES)[:3] == ("klein", "qwen", "wan")


def test_after_the_last_round_no_clip_is_made_again() -> None:
    def last(board: object) -> bool:
        return any(len(shot.candidates) == 3 for shot in board.shots) and next_is(Phase.CRITIQUE)(board)  # type: ignore[attr-defined, arg-type]

    board = board_of(made_until(last, ALL_FAIL))
    assert soon(board, STUDIO, Phase.CRITIQUE) == ("qwen", "ace-step", "kokoro", "mixer")


def test_music_done_early_does_not_put_off_the_pictures() -> None:
    board = board_of(made_until(next_is(Phase.MASTERS)))
    assert soon(board, STUDIO, Phase.MUSIC) == ("ace-step", "klein", "wan", "qwen", "kokoro", "mixer")


def test_what_was_given_up_and_what_needs_it_is_not_needed() -> None:
    board = board_of(made_until(next_is(Phase.MASTERS)))
    assert soon(board, STUDIO, None, given_up=frozenset({"masters/A"})) == ("klein", "ace-step", "kokoro")
    board = board_of(made_until(next_is(Phase.MUSIC)))
    assert soon(board, STUDIO, None, given_up=frozenset({"music"})) == ("kokoro",)


def test_only_what_is_loaded_on_that_kind_of_place() -> None:
    board = board_of(made_until(next_is(Phase.MUSIC)))
    assert soon(board, STUDIO, None, lane=lane()) == ("ace-step", "kokoro")
    assert soon(board, STUDIO, None, lane=lane(name="cpu")) == ("mixer",)


def test_nothing_is_needed_when_nothing_is_due() -> None:
    reel = made_until(next_is(Phase.MIX))
    finish(reel, board_of(reel).due[0])
    assert soon(board_of(reel), STUDIO, None) == ()


# --- the floor itself -----------------------------------------------------------------------------------------------


def test_the_floor_of_what_is_known() -> None:
    """Three of one size, two places, used in the order 1 2 3 1 2 3: Bélády's rule misses five times."""
    jobs = {"0": Job("a", ())}
    for number, load in enumerate("bcabc", 1):
        jobs[str(number)] = Job(load, (str(number - 1),))
    same = {name: Held(1, 1) for name in "abc"}
    assert [Floor(jobs).loads(same, budget) for budget in (None, 0, 1, 2, 3)] == [6, 6, 6, 4, 3]


def test_the_floor_uses_that_work_to_come_can_be_done_early() -> None:
    jobs = {"x": Job("a", ()), "y": Job("b", ("x",)), "z": Job("a", ())}
    assert Floor(jobs).loads({name: Held(1, 1) for name in "ab"}, 1) == 2


@given(some.lists(some.tuples(some.sampled_from("abc"), some.integers(0, 4)), min_size=1, max_size=6), some.data())
@settings(max_examples=60, deadline=None)
def test_the_floor_is_that_of_trying_everything(found: list[tuple[str, int]], data: some.DataObject) -> None:
    """Compared with a search over single jobs that may let go of anybody at any time."""
    jobs = {}
    for number, (load, back) in enumerate(found):
        jobs[str(number)] = Job(load, (str(number - back),) if 0 < back <= number else ())
    idle = data.draw(some.tuples(*[some.integers(1, 3)] * 3))
    more = data.draw(some.tuples(*[some.integers(0, 2)] * 3))
    budget = data.draw(some.integers(0, 9))
    held_by = {name: Held(i, i + m) for name, i, m in zip("abc", idle, more, strict=True)}
    assert Floor(jobs).loads(held_by, budget) == _by_trying(jobs, held_by, budget)


def _by_trying(jobs: Mapping[str, Job], sizes_of: Mapping[str, Held], budget: int) -> int:
    states = {(frozenset[str](), frozenset[str]()): 0}
    for _ in jobs:
        after: dict[tuple[frozenset[str], frozenset[str]], int] = {}
        for (done, resident), cost in states.items():
            for name, job in jobs.items():
                if name in done or not done.issuperset(job.needs):
                    continue
                others = sorted(resident - {job.load})
                for kept in (k for n in range(len(others) + 1) for k in itertools.combinations(others, n)):
                    if kept and sum(sizes_of[k].idle for k in kept) + sizes_of[job.load].working > budget:
                        continue
                    state = (done | {name}, frozenset((*kept, job.load)))
                    price = cost + (job.load not in resident)
                    after[state] = min(price, after.get(state, price))
        states = after
    return min(states.values())


def test_the_seeds_figures_are_those_of_loading_both_for_every_take() -> None:
    """7, 9 and 13 loads of each big model: six clips, two more, and twice six, and one load before them."""
    names = {role: role for role in ("director", "painter", "animator", "critic", "composer", "narrator")}
    takes: list[dict[int, int]] = [{}, {1: 2, 5: 2}, dict.fromkeys(range(6), 2)]
    clips = [sum(name.startswith("clip") for name in reel_jobs(6, counts, {}, names)) for counts in takes]
    assert [count + 1 for count in clips] == [7, 9, 13]


# --- the planner against the floor ----------------------------------------------------------------------------------

SHOTS, TAKES = SHORT.shots, SHORT.figures.takes
CASES = {case.name: case for case in cases(SHOTS, TAKES)}
FLOORS = {name: floor_of(case, SHOTS, TAKES) for name, case in CASES.items()}
KNOWN = ("all pass", "two failures once", "all fail")


def both(lineup: Lineup, name: str, budget: int | None, evict: Evict = make_room) -> tuple[int, int]:
    played = play(lineup, WORDING, SHORT, CASES[name], [budget], evict=evict)
    return played.total, FLOORS[name].loads(held(lineup), budget)


def borders(lineup: Lineup) -> list[int]:
    """Every budget at which something more fits, for the three largest loads, and one byte less."""
    needs = sorted(declared_needs(lineup).values(), key=lambda need: -need.peak)[:3]
    sums = {
        working.peak + sum(other.weights for other in kept)
        for working in needs
        for count in range(len(needs))
        for kept in itertools.combinations([need for need in needs if need is not working], count)
    }
    return sorted({budget - less for budget in sums for less in (0, 1)})


@pytest.mark.parametrize("name", KNOWN)
def test_the_planner_is_at_the_floor_for_every_budget(name: str) -> None:
    for budget in [None, 0, *borders(STUDIO), 10**12]:
        loads, floor = both(STUDIO, name, budget)
        assert loads == floor, f"{name} with {budget} bytes"


@given(
    some.tuples(*[some.tuples(some.integers(1, 10), some.sampled_from([0, 0, 1, 3, 6]))] * 5),
    some.none() | some.integers(1, 45),
)
@settings(max_examples=30, deadline=None)
def test_the_planner_is_at_the_floor_for_any_sizes(found: tuple[tuple[int, int], ...], budget: int | None) -> None:
    names = ("qwen", "klein", "wan", "ace-step", "kokoro")
    lineup = lineup_of({name: (idle, idle + more) for name, (idle, more) in zip(names, found, strict=True)})
    for name in KNOWN:
        loads, floor = both(lineup, name, None if budget is None else int(budget * GB))
        assert loads == floor, name


def test_a_planner_that_lets_the_first_in_go_first_is_not_at_the_floor() -> None:
    """The comparison can fail."""

    def first_in(place: Lane, wanted: str, needs: Mapping[str, Need], ahead: Sequence[str]) -> Sequence[str]:
        staying = [name for name in place.resident if name != wanted]
        leaving = []
        while staying and not fits(place, staying, wanted, needs):
            leaving.append(staying.pop(0))
        return leaving

    found = [both(STUDIO, name, budget, first_in) for name in KNOWN for budget in borders(STUDIO)]
    assert any(loads > floor for loads, floor in found)
    assert all(loads >= floor for loads, floor in found)


@pytest.mark.slow
@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("preset", [PresetName.DEFAULT, PresetName.FAST, PresetName.DRAFT])
def test_whole_reels_on_every_card_are_at_the_floor(card: str, preset: PresetName) -> None:
    chosen = Settings(preset=preset)
    lineup, takes = lineup_for(CARDS[card], chosen), chosen.figures.takes
    budget = int((CARDS[card].gigabytes - 2) * GB)
    for case in cases(chosen.shots, takes):
        played = play(lineup, WORDING, chosen, case, [budget])
        assert played.total == floor_of(case, chosen.shots, takes).loads(held(lineup), budget), case.name


def test_two_cards_render_two_clips_at_once_and_are_done_sooner() -> None:
    budget = int(139 * GB)
    one, two = (play(STUDIO, WORDING, SHORT, CASES["all pass"], [budget] * count) for count in (1, 2))
    assert (one.abreast, two.abreast) == (1, 2)
    assert (one.clips, two.clips) == (3, 3)
    assert two.seconds < one.seconds
    assert two.loads["wan"] == 2
    assert two.loads["klein"] == 1, "short pictures are not worth a load more"


def test_what_is_made_ready_early_costs_no_load_and_hides_some_of_the_loading() -> None:
    for budget in (int(190 * GB), int(139 * GB), int(22 * GB)):
        for name in KNOWN:
            cold, warm = (play(STUDIO, WORDING, SHORT, CASES[name], [budget], warm=w) for w in (False, True))
            assert warm.total == cold.total
            assert cold.hidden == 0
            assert 0 < warm.hidden <= warm.loading == cold.loading
            assert warm.seconds == pytest.approx(cold.seconds - warm.hidden)
