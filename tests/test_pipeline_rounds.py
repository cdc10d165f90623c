"""Order of work: whole rounds with one model loaded; only failures again; failures of steps; the review gate."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pytest

from core.film.decision import Kind
from core.film.event import Event, Happened
from core.film.preset import PresetName
from core.film.settings import Review
from core.folder.library import write_reel
from core.folder.snapshot import read_snapshot
from core.pipeline.board import Status
from core.pipeline.order import assign
from core.pipeline.report import report
from core.pipeline.residency import CPU, Lane
from tests.stage import TINY, board, edit, made, new_reel, play
from tests.told import say, told_lineup
from tests.toys import toy_plan

LINEUP = told_lineup()
ROLES = 7


def marked(number: int, marks: str) -> str:
    return f"Pan left. Aiko walks, part {number} [marks {marks}]. 35mm"


def reel_of(library: Path, *marks: str, **settings: object) -> Path:
    plan = toy_plan(len(marks))
    root = new_reel(library, msgspec.structs.replace(TINY, shots=len(marks), **settings), plan)
    edit(root, prompt={number: marked(number, told) for number, told in enumerate(marks)})
    return root


def loads(events: list[Event]) -> list[str]:
    return [event.message for event in events if event.event is Happened.LOADED]


def kinds(events: list[Event]) -> list[str]:
    """The steps in order, takes as clip or verdict with shot and take."""
    takes = [step.split("/") for step in made(events) if "takes" in step]
    return [f"{shot}.{number} {kind}" for _, shot, _, number, kind in takes]


def test_every_model_is_loaded_once_when_all_passes(library: Path) -> None:
    root = new_reel(library, msgspec.structs.replace(TINY, shots=6))
    outcome, events = play(root, LINEUP)
    assert outcome == "done"
    assert len(loads(events)) == len(set(loads(events))) == ROLES
    assert events[-1].data["loads"] == ROLES


@pytest.mark.parametrize(
    ("marks", "more"),
    [
        (("4/OBJECT_MORPHING 9", "9", "4 9"), ["toy-animator", "toy-critic"]),
        (("4/CHARACTER_DRIFT 9", "9", "4 9"), ["toy-painter", "toy-animator", "toy-critic"]),
        (("4 4 9", "9", "4 9"), ["toy-animator", "toy-critic"] * 2),
    ],
)
def test_a_round_of_failures_costs_one_more_load_each(library: Path, marks: tuple[str, ...], more: list[str]) -> None:
    _, events = play(reel_of(library, *marks), LINEUP)
    first = ["toy-painter", "toy-animator", "toy-critic"]
    last = ["toy-composer", "toy-narrator", "toy-mixer"]
    assert loads(events) == [*first, *more, *last]


def test_rounds(library: Path) -> None:
    """All due shots, then all verdicts, then only the failures again."""
    _, events = play(reel_of(library, "4 9", "9", "4/CHARACTER_DRIFT 4 9"), LINEUP)
    assert kinds(events) == [
        *["00.001 clip", "01.001 clip", "02.001 clip"],
        *["00.001 verdict", "01.001 verdict", "02.001 verdict"],
        *["00.002 clip", "02.002 clip"],
        *["00.002 verdict", "02.002 verdict"],
        *["02.003 clip", "02.003 verdict"],
    ]
    steps = made(events)
    assert steps.index("shots/02/takes/001/verdict") < steps.index("music"), "the shots are settled first"
    repaint = [place for place, step in enumerate(steps) if step == "shots/02/keyframe"]
    assert len(repaint) == 2
    assert steps[repaint[1] + 1] == "shots/00/takes/002/clip", "pictures are repainted before any clip of the round"


def test_every_keyframe_exists_before_the_first_clip(library: Path) -> None:
    _, events = play(reel_of(library, *["9"] * 6), LINEUP)
    steps = made(events)
    first_clip = next(place for place, step in enumerate(steps) if step.endswith("clip"))
    assert all(steps.index(f"shots/{shot:02d}/keyframe") < first_clip for shot in range(6))


def test_a_continuing_shots_keyframe_is_the_last_frame_of_the_one_before(library: Path) -> None:
    root = reel_of(library, "9", "9", "9")
    play(root, LINEUP)
    takes = read_snapshot(root).takes
    first = takes[0][0].clip.receipt
    second = takes[1][0].clip.receipt
    assert first is not None
    assert second is not None
    assert set(first.inputs) == {"first", "last"}
    assert first.inputs["last"] == second.inputs["first"]
    assert set(second.inputs) == {"first"}


def test_what_is_loaded_goes_on_first(library: Path) -> None:
    root = reel_of(library, "9", "9")
    snapshot, planned = board(root, LINEUP)
    assert snapshot.plan is not None

    def first(resident: str, done: frozenset[str] = frozenset()) -> list[str]:
        lane = Lane(CPU, None, (resident,) if resident else ())
        return [one.state.step.id for one in assign(planned, LINEUP, (lane,), given_up=done)]

    assert first("") == ["masters/A"]
    assert first("toy-narrator") == ["shots/00/narration"]
    assert first("toy-narrator", frozenset({"shots/00/narration", "shots/01/narration"})) == ["masters/A"]
    assert first("", frozenset(state.step.id for state in planned.steps)) == []


def test_a_step_that_fails_is_given_up_and_the_others_go_on(library: Path) -> None:
    root = reel_of(library, "9", "9", "9")
    edit(root, prompt={1: "Pan left. [stuck] again. 35mm"})
    outcome, events = play(root, LINEUP)
    assert outcome == "failed"
    tries = [event for event in events if event.event is Happened.STEP_FAILED]
    assert [(event.step, event.data["final"]) for event in tries] == [
        ("shots/01/takes/001/clip", False),
        ("shots/01/takes/001/clip", True),
    ]
    steps = made(events)
    assert {"shots/00/takes/001/verdict", "shots/02/takes/001/verdict", "music", "shots/01/narration"} <= set(steps)
    assert "reel" not in steps
    assert events[-1].data["outcome"] == "failed"
    again = play(root, LINEUP)
    assert again[0] == "failed"
    assert made(again[1]) == []
    (root / "unstuck").touch()
    outcome, events = play(root, LINEUP)
    assert (outcome, made(events)) == ("done", ["shots/01/takes/001/clip", "shots/01/takes/001/verdict", "reel"])


@pytest.mark.parametrize("words", ["[short]", "[black]"])
def test_what_is_not_what_was_asked_never_enters_the_reel(library: Path, words: str) -> None:
    root = reel_of(library, "9", "9")
    edit(root, prompt={0: f"Pan left. {words} this time. 35mm"})
    outcome, _ = play(root, LINEUP)
    assert outcome == "failed"
    assert read_snapshot(root).takes == {0: (), 1: read_snapshot(root).takes[1]}
    assert list(root.glob(".staging/*")) == []


def test_a_picture_that_fails_holds_back_only_what_needs_it(library: Path) -> None:
    root = reel_of(library, "9", "9", "9")
    lineup = told_lineup(painter="tests.toys:ToyPainter")
    edit(root, prompt={2: "Pan left. [raise] here. 35mm"})
    outcome, events = play(root, lineup)
    assert outcome == "failed"
    assert {"shots/00/takes/001/verdict", "shots/01/takes/001/verdict"} <= set(made(events))
    assert not any("shots/02/takes" in step for step in made(events))
    edit(root, prompt={2: marked(2, "9")})
    assert play(root, lineup)[0] == "done"


def test_a_critic_that_says_nothing_is_asked_twice_and_never_counts_as_a_pass(library: Path) -> None:
    root = reel_of(library, "-", "9")
    outcome, events = play(root, LINEUP)
    assert outcome == "done"
    asked = [e for e in events if e.event is Happened.STEP_STARTED and e.step == "shots/00/takes/001/verdict"]
    assert len(asked) == 2
    shots = report(*board(root, LINEUP), None).shots
    assert (shots[0].shipped_take, shots[0].shipped_why) == (1, "not judged")
    assert shots[0].takes[0].overall is None
    assert shots[0].takes[0].state == "unjudged"
    assert shots[1].shipped_why == "best passing take"
    assert made(play(root, LINEUP)[1]) == []


def test_a_clip_made_again_is_judged_again_though_the_lost_one_could_not_be(library: Path) -> None:
    root = reel_of(library, "-")
    play(root, LINEUP)
    (root / "shots/00/takes/001/clip.mp4").unlink()
    reel = read_snapshot(root).reel
    other = msgspec.structs.replace(reel.settings, seed=9)
    write_reel(root, msgspec.structs.replace(reel, settings=other))
    _, events = play(root, LINEUP)
    assert [step for step in made(events) if "verdict" in step] == ["shots/00/takes/001/verdict"] * 2


# --- the review gate ------------------------------------------------------------------------------------------------


def test_at_the_gate_nothing_but_the_plan_is_made(library: Path) -> None:
    root = new_reel(library, msgspec.structs.replace(TINY, review=Review.PLAN))
    outcome, events = play(root, LINEUP)
    assert (outcome, made(events)) == ("waiting", ["plan"])
    assert [event.event for event in events][-2:] == [Happened.WAITING, Happened.RUN_ENDED]
    snapshot, waiting = board(root, LINEUP)
    assert waiting.gate == "plan"
    assert waiting.due == ()
    told = report(snapshot, waiting, None)
    assert (told.state, told.waits_for) == ("waiting", "plan")
    assert play(root, LINEUP)[0] == "waiting"
    edit(root, narration={0: "A better line."})
    assert play(root, LINEUP)[0] == "waiting", "an edit is no approval"
    said = say(root, Kind.PASS_GATE, step="plan", seen=read_snapshot(root).plan_sha)
    assert board(root, LINEUP)[1].gate == ""
    say(root, Kind.UNDO, seen=said)
    assert board(root, LINEUP)[1].gate == "plan"
    say(root, Kind.PASS_GATE, step="plan", seen=read_snapshot(root).plan_sha)
    outcome, _ = play(root, LINEUP)
    assert outcome == "done"
    assert b"A better line." in (root / "reel.srt").read_bytes()


# --- progress -------------------------------------------------------------------------------------------------------


def test_progress_only_grows_unless_work_was_added(library: Path) -> None:
    _, events = play(reel_of(library, "4 9", "9"), LINEUP)
    counted = [(event.done, event.total) for event in events if event.event is Happened.STEP_DONE]
    assert all(done <= total for done, total in counted)
    assert [done for done, _ in counted] == sorted(done for done, _ in counted)
    assert counted[-1][0] == counted[-1][1]
    changes = [(b[1] - a[1]) for a, b in itertools.pairwise(counted)]
    assert sum(changes) == 2, "the retry: one clip and one verdict more"
    assert min(changes) >= 0


def test_two_runs_make_the_same_reel(library: Path) -> None:
    roots = [reel_of(library, "4/CHARACTER_DRIFT 9", "9", preset=PresetName.FAST) for _ in range(2)]
    for root in roots:
        assert play(root, LINEUP)[0] == "done"
    one, two = ({p.relative_to(r): p.read_bytes() for p in r.rglob("*.mp4")} for r in roots)
    assert one == two
    upstream = [s.step.id for s in board(roots[0], LINEUP)[1].steps if s.status is Status.UPSTREAM]
    old = ["shots/01/keyframe", "shots/00/takes/001/clip"]
    assert upstream == old, "made from the picture that was then repainted"
