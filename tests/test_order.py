"""What runs next and where: whole rounds on one lane, several lanes, routes, budgets, and what is made ready early."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from bench.replay import Case, MemoryReel
from core.film.lineup import Lineup, Phase, Role
from core.film.settings import Settings
from core.film.verdict import Label
from core.pipeline.board import Board
from core.pipeline.cost import Rates, Timing
from core.pipeline.order import assign, warm_next
from core.pipeline.residency import CPU, Lane, Need
from tests.in_memory import ALL_PASS, STUDIO, board_of, finish, lane, lineup_of, made_until, next_is, next_state

SIX = Settings(shots=6)
CPU_LANE = Lane(CPU, None)
DRIFT = Label.CHARACTER_DRIFT
TWO = (lane(name="card:0"), lane(name="card:1"))


def chosen(board: Board, *lanes: Lane, lineup: Lineup = STUDIO, **options: object) -> list[tuple[str, str]]:
    """What is started where."""
    return [(one.lane, one.state.step.id) for one in assign(board, lineup, lanes, **options)]  # type: ignore[arg-type]


def board_at(phase: Phase, case: Case = ALL_PASS, settings: Settings = SIX) -> Board:
    return board_of(made_until(next_is(phase), case, settings))


def sent(board: Board, *lanes: Lane, **options: object) -> dict[str, str]:
    return dict(chosen(board, *lanes, **options))  # type: ignore[arg-type]


# --- one lane -------------------------------------------------------------------------------------------------------


def test_the_earliest_phase_goes_first_where_nothing_is_loaded() -> None:
    assert chosen(board_at(Phase.MASTERS), lane()) == [("card:0", "masters/A")]
    assert chosen(board_at(Phase.CRITIQUE), lane()) == [("card:0", "shots/00/takes/001/verdict")]


def test_what_is_loaded_goes_on_first() -> None:
    board = board_at(Phase.MASTERS)
    assert chosen(board, lane("kokoro")) == [("card:0", "shots/00/narration")]
    spoken = frozenset(f"shots/0{shot}/narration" for shot in range(6))
    assert chosen(board, lane("kokoro"), in_flight=spoken) == [("card:0", "masters/A")]
    assert chosen(board, lane("kokoro", "klein")) == [("card:0", "masters/A")]


def test_what_is_loaded_but_would_push_out_what_is_needed_does_not_go_first() -> None:
    """The painter is loaded beside the critic, but has no room to work; the verdicts are given first."""
    reel = made_until(lambda board: any(s.candidates and s.due for s in board.shots), Case("", {0: 1}, DRIFT))
    board = board_of(reel)
    large = lineup_of({"qwen": (70, 84), "klein": (5, 40), "wan": (80, 94), "ace-step": (12, 12), "kokoro": (1, 1)})
    both, verdict = ("qwen", "klein"), "shots/01/takes/001/verdict"
    assert chosen(board, lane(*both, gb=92), lineup=large) == [("card:0", verdict)]
    assert chosen(board, lane(*both, gb=110), lineup=large) == [("card:0", "shots/00/keyframe")]


def test_nothing_is_started_twice_nor_what_was_given_up() -> None:
    board = board_at(Phase.MASTERS)
    everything = frozenset(state.step.id for state in board.due)
    assert chosen(board, lane(), in_flight=everything) == []
    assert chosen(board, lane(), given_up=everything) == []
    assert chosen(board, lane(), given_up=frozenset({"masters/A"})) == [("card:0", "masters/B")]
    assert chosen(board, lane(busy="masters/A"), in_flight=frozenset({"masters/A"})) == []


def test_nobody_is_unloaded_while_a_result_is_inspected() -> None:
    """It may be wrong, and then what is loaded is needed again."""
    board = board_at(Phase.CRITIQUE)
    assert chosen(board, lane("wan", draining=True)) == []
    assert chosen(board, lane("wan", "qwen", draining=True)) == [("card:0", "shots/00/takes/001/verdict")]
    assert chosen(board, lane("wan", "qwen", gb=100, draining=True)) == [], "there is no room for it to work"
    assert chosen(board, lane("wan")) == [("card:0", "shots/00/takes/001/verdict")]


def rounds(case: Case) -> list[str]:
    """The clips and verdicts of a reel in order, as shot, take and kind."""
    reel, found = MemoryReel(SIX, case), []
    while (state := next_state(reel)) is not None:
        finish(reel, state)
        if state.step.take is not None:
            found.append(f"{state.step.shot}.{state.step.take} {state.step.id.rpartition('/')[2]}")
    return found


def test_whole_rounds_and_only_the_failures_again() -> None:
    first = [f"{shot}.1 {kind}" for kind in ("clip", "verdict") for shot in range(6)]
    assert rounds(ALL_PASS) == first
    assert rounds(Case("", {1: 1, 4: 2})) == [
        *first,
        *["1.2 clip", "4.2 clip", "1.2 verdict", "4.2 verdict"],
        *["4.3 clip", "4.3 verdict"],
    ]


# --- several lanes --------------------------------------------------------------------------------------------------


def test_two_clips_at_once_on_two_devices() -> None:
    board = board_at(Phase.ANIMATE)
    first, second = "shots/00/takes/001/clip", "shots/01/takes/001/clip"
    assert sent(board, *TWO, CPU_LANE) == {"card:0": first, "card:1": second}
    loaded = (lane("wan", name="card:0"), lane("wan", name="card:1"))
    assert sent(board, *loaded) == {"card:0": first, "card:1": second}


def test_two_clips_that_failed_are_rendered_at_once_but_one_is_not_worth_a_load() -> None:
    again = made_until(_round_two, Case("", {1: 1, 4: 1}), SIX)
    assert set(sent(board_of(again), *TWO).values()) == {"shots/01/takes/002/clip", "shots/04/takes/002/clip"}
    once = made_until(_round_two, Case("", {1: 1}), SIX)
    assert sent(board_of(once), lane("wan", name="card:0"), lane("qwen", name="card:1"))["card:0"].endswith("clip")
    busy = (lane("wan", name="card:0", busy="shots/01/takes/002/clip"), lane("qwen", name="card:1"))
    flying = frozenset({"shots/01/takes/002/clip"})
    assert sent(board_of(once), *busy, in_flight=flying) == {"card:1": "music"}, (
        "something else, that is loaded nowhere"
    )


def _one_clip_left(board: Board) -> bool:
    return sum(state.step.phase is Phase.ANIMATE for state in board.due) == 1


def _round_two(board: Board) -> bool:
    return next_is(Phase.ANIMATE)(board) and all(shot.candidates for shot in board.shots)


def test_a_model_is_not_loaded_for_what_another_lane_does_sooner() -> None:
    """Six verdicts of seconds are no reason to load for minutes; six clips of a quarter of an hour are."""
    board = board_at(Phase.CRITIQUE)
    holder = lane("qwen", name="card:0", busy="shots/00/takes/001/verdict")
    flying = frozenset({"shots/00/takes/001/verdict", "music", *(f"shots/0{shot}/narration" for shot in range(6))})
    assert chosen(board, holder, lane("wan", name="card:1"), in_flight=flying) == []
    board = board_at(Phase.ANIMATE)
    holder = lane("wan", name="card:0", busy="shots/00/takes/001/clip")
    flying = frozenset({"shots/00/takes/001/clip"})
    assert sent(board, holder, lane(name="card:1"), in_flight=flying) == {"card:1": "shots/01/takes/001/clip"}


def test_what_this_machine_measured_counts_and_not_what_is_declared() -> None:
    board = board_at(Phase.ANIMATE)
    holder = lane("wan", name="card:0", busy="shots/00/takes/001/clip")
    flying = frozenset({"shots/00/takes/001/clip"})
    backend = STUDIO.backends[Role.ANIMATOR]
    fast = Rates(STUDIO, [Timing(Phase.ANIMATE, backend.name, 90.0, 9.0)])
    options = {"in_flight": flying, "rates": fast}
    assert sent(board, holder, lane(name="card:1"), **options) == {"card:1": "music"}
    quick = {"wan": Need(backend.weights, backend.peak, 1.0)}
    assert sent(board, holder, lane(name="card:1"), needs=quick, **options) == {"card:1": "shots/01/takes/001/clip"}


def test_a_step_goes_where_least_has_to_leave_then_where_most_is_free() -> None:
    board = board_at(Phase.CRITIQUE)
    # The animator may be needed again; the painter is not.
    used = (lane("wan", name="card:0", gb=139), lane("klein", name="card:1", gb=139))
    assert sent(board, *used)["card:1"] == "shots/00/takes/001/verdict"
    board = board_at(Phase.MASTERS)
    assert sent(board, lane(name="card:0", gb=24), lane(name="card:1", gb=48))["card:1"] == "masters/A"


def test_a_lane_with_two_models_leaves_the_work_of_one_to_the_lane_that_has_only_that() -> None:
    board = board_of(made_until(_one_clip_left, ALL_PASS, SIX))
    both = (lane("wan", "qwen", name="card:0"), lane("wan", name="card:1"))
    assert sent(board, *both) == {"card:1": "shots/05/takes/001/clip", "card:0": "shots/00/takes/001/verdict"}


@pytest.mark.parametrize(
    "lanes",
    [
        (lane("wan", name="card:0", gb=24), lane(name="card:1", gb=100)),
        (lane(name="card:0", gb=93), lane(name="card:1", gb=94)),
        (lane(name="card:0", gb=24), lane(name="card:1", gb=48)),  # nowhere: then where it has the best chance
        (lane(name="card:0", gb=24), lane(name="card:1", gb=None)),
    ],
)
def test_a_load_goes_where_it_fits(lanes: tuple[Lane, Lane]) -> None:
    found = sent(board_at(Phase.ANIMATE), *lanes)
    assert [place for place, step in found.items() if step.endswith("clip")] == ["card:1"]


def test_the_cpu_lane_takes_what_needs_no_device() -> None:
    board = board_at(Phase.MIX)
    assert chosen(board, lane(), CPU_LANE) == [(CPU, "reel")]
    assert chosen(board, lane()) == []
    board = board_at(Phase.MUSIC)
    assert chosen(board, CPU_LANE) == [(CPU, "music")], "no device at all: the backend says what is missing"


def test_routes() -> None:
    board = board_at(Phase.MASTERS)
    routes = {Role.PAINTER: "card:1", Role.NARRATOR: CPU, Role.COMPOSER: "card:9"}
    found = sent(board, *TWO, CPU_LANE, routes=routes)
    assert found == {"card:1": "masters/A", "card:0": "music", CPU: "shots/00/narration"}
    clips = board_at(Phase.ANIMATE)
    route = {Role.ANIMATOR: "card:1"}
    assert [step for step in sent(clips, *TWO, routes=route).items() if step[1].endswith("clip")] == [
        ("card:1", "shots/00/takes/001/clip")
    ]


# --- what is made ready early ---------------------------------------------------------------------------------------


def following(reel: MemoryReel, place: Lane, lanes: Sequence[Lane] = (), **options: object) -> str:
    """What is made ready while the next step is done."""
    state = next_state(reel)
    assert state is not None
    return warm_next(board_of(reel), STUDIO, place, state, lanes=lanes, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("phase", "resident", "wanted"),
    [
        (Phase.PLAN, "qwen", "klein"),
        (Phase.MASTERS, "klein", "wan"),  # all pictures take less time than that load
        (Phase.ANIMATE, "wan", ""),  # clips take longer: there is time until the last one
        (Phase.MUSIC, "ace-step", "kokoro"),
        (Phase.NARRATE, "kokoro", ""),  # the mixer is not loaded there
    ],
)
def test_what_is_made_ready(phase: Phase, resident: str, wanted: str) -> None:
    assert following(made_until(next_is(phase), ALL_PASS, SIX), lane(resident)) == wanted


def test_with_the_last_clip_the_critic_is_made_ready() -> None:
    reel = made_until(_one_clip_left, ALL_PASS, SIX)
    assert following(reel, lane("wan")) == "qwen"
    assert following(reel, lane("wan", "qwen")) == ""
    other = lane("qwen", name="card:1")
    assert following(reel, lane("wan"), [lane("wan"), other]) == "", "the other lane judges them sooner"


def test_nothing_is_made_ready_on_a_guess() -> None:
    """While verdicts are to come that may call for another take, nobody knows what is next."""
    reel = made_until(next_is(Phase.CRITIQUE), ALL_PASS, SIX)
    assert following(reel, lane("qwen")) == ""
    failed = made_until(lambda board: any(s.due and s.candidates for s in board.shots), Case("", {0: 1}), SIX)
    assert following(failed, lane("qwen")) == "wan", "one has failed: the animator is needed for certain"


def test_a_model_is_made_ready_on_a_second_lane_where_there_is_work_for_two() -> None:
    reel = made_until(next_is(Phase.KEYFRAMES), ALL_PASS, SIX)
    assert following(reel, lane("klein"), [lane("klein"), lane("wan", name="card:1")]) == "wan"


def test_what_was_given_up_is_not_made_ready() -> None:
    reel = made_until(next_is(Phase.MUSIC), ALL_PASS, SIX)
    given_up = frozenset(f"shots/0{shot}/narration" for shot in range(6))
    assert following(reel, lane("ace-step"), given_up=given_up) == ""


def test_a_single_shot_is_judged_before_the_music_is_played() -> None:
    """The clip is still inspected; its verdict is not due yet, and the music would push the animator out."""
    one = Settings(shots=1)
    board = board_of(made_until(next_is(Phase.ANIMATE), ALL_PASS, one))
    flying = frozenset({"shots/00/takes/001/clip"})
    assert chosen(board, lane("wan", gb=100, draining=True), in_flight=flying) == []


def test_the_board_is_not_needed_for_a_plan() -> None:
    reel = MemoryReel(msgspec.structs.replace(SIX, shots=3), ALL_PASS)
    assert chosen(board_of(reel), *TWO) == [("card:0", "plan")]
