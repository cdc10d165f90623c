"""Every edit of a plan: what it makes due, what becomes stale, what comes back for nothing when it is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.engines.wording import load_wording
from core.film.event import Event, Happened
from core.film.language import Language
from core.film.plan import Plan, Transition, decode_plan, encode_plan
from core.pipeline.board import Status
from core.worker.run import Runner
from tests.stage import TINY, InlineTroupe, board, edit, made, new_reel, play
from tests.told import told_lineup
from tests.toys import toy_plan

LINEUP = told_lineup()
OTHER_WORDS = "Pan left. Something else entirely. 35mm"


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of three shots; shot 1 continues shot 0."""
    finished = new_reel(library, TINY, toy_plan(3))
    assert play(finished, LINEUP)[0] == "done"
    return finished


def write(root: Path, plan: Plan) -> None:
    (root / "plan.json").write_bytes(encode_plan(plan))


def read(root: Path) -> Plan:
    return decode_plan((root / "plan.json").read_bytes())


def with_shot(plan: Plan, place: int, **changes: Any) -> Plan:
    shots = list(plan.shots)
    shots[place] = msgspec.structs.replace(shots[place], **changes)
    return msgspec.structs.replace(plan, shots=tuple(shots))


def stale(root: Path, status: Status) -> set[str]:
    return {state.step.id for state in board(root, LINEUP)[1].steps if state.status is status}


def again(shot: int) -> list[str]:
    return [f"shots/{shot:02d}/keyframe", f"shots/{shot:02d}/takes/002/clip", f"shots/{shot:02d}/takes/002/verdict"]


KEYFRAMES = {f"shots/{shot:02d}/keyframe" for shot in range(3)}
NARRATIONS = [f"shots/{shot:02d}/narration" for shot in range(3)]
PLAN = toy_plan(3)
PEOPLE = PLAN.characters
FIRST_CLIP = "shots/00/takes/001/clip"

# name: (the new plan, the steps made, the steps that become upstream, those made again when it is taken back)
EDITS: dict[str, tuple[Plan, list[str], set[str], list[str]]] = {
    "narration": (
        msgspec.structs.replace(PLAN, vo_script_per_shot=("Line number 0.", "Hello.", "Line number 2.")),
        ["shots/01/narration", "reel"],
        set(),
        ["reel"],
    ),
    "an emptied line": (
        msgspec.structs.replace(PLAN, vo_script_per_shot=("Line number 0.", " ", "Line number 2.")),
        ["reel"],
        set(),
        ["reel"],
    ),
    "prompt of the first": (
        with_shot(PLAN, 0, prompt=OTHER_WORDS),
        [*again(0), "reel"],
        {"shots/01/keyframe"},
        ["reel"],
    ),
    "prompt of one that continues": (
        with_shot(PLAN, 1, prompt=OTHER_WORDS),
        [*again(1), "reel"],
        {FIRST_CLIP},
        ["reel"],
    ),
    "prompt of the last": (with_shot(PLAN, 2, prompt=OTHER_WORDS), [*again(2), "reel"], set(), ["reel"]),
    "negative": (with_shot(PLAN, 2, negative="fog"), [*again(2), "reel"], set(), ["reel"]),
    "shot type": (
        with_shot(PLAN, 2, shot_type="Close-up"),
        ["shots/02/keyframe"],
        {"shots/02/takes/001/clip"},
        [],
    ),
    "subject": (
        with_shot(PLAN, 2, dominant_subject="B"),
        ["shots/02/keyframe"],
        {"shots/02/takes/001/clip"},
        [],
    ),
    "cut": (
        with_shot(PLAN, 1, cut=True),
        ["shots/01/keyframe"],
        {FIRST_CLIP, "shots/01/takes/001/clip"},
        [],
    ),
    "portrait seen everywhere": (
        msgspec.structs.replace(PLAN, characters={**PEOPLE, "A": "Aiko (woman, red coat)"}),
        ["masters/A", "masters/group"],
        KEYFRAMES,
        [],
    ),
    "portrait seen nowhere": (
        msgspec.structs.replace(PLAN, characters={**PEOPLE, "B": "Ken (man, hat)"}),
        ["masters/B", "masters/group"],
        set(),
        [],
    ),
    "one more character": (
        msgspec.structs.replace(PLAN, characters={**PEOPLE, "C": "Mei (woman, denim)"}),
        ["masters/C", "masters/group"],
        set(),
        [],
    ),
    "setting": (msgspec.structs.replace(PLAN, setting="a loud market"), ["masters/scene"], KEYFRAMES, []),
    "story": (msgspec.structs.replace(PLAN, story_logline="Aiko runs"), [], set(), []),
    "music brief": (msgspec.structs.replace(PLAN, music_style="a tango"), ["music", "reel"], set(), ["reel"]),
    "transition": (
        with_shot(PLAN, 2, transition=Transition.CROSSFADE),
        ["music", "reel"],  # the reel is half a second shorter
        set(),
        ["reel"],
    ),
    "a cut said aloud": (with_shot(PLAN, 2, transition=Transition.CUT), [], set(), []),
    "voice": (with_shot(PLAN, 1, voice="af_bella"), ["shots/01/narration", "reel"], set(), ["reel"]),
    "speed": (with_shot(PLAN, 1, speed=1.2), ["shots/01/narration", "reel"], set(), ["reel"]),
    "language": (
        msgspec.structs.replace(PLAN, vo_lang=Language.FRENCH),
        [*NARRATIONS, "reel"],
        set(),
        ["reel"],
    ),
    "hero": (with_shot(PLAN, 2, is_hero=True), [], set(), []),
    "seed of a shot": (with_shot(PLAN, 2, seed=9), [], set(), []),
    "flow shift of a shot": (with_shot(PLAN, 2, flow_shift=4.0), [], set(), []),
    "steps of a shot": (with_shot(PLAN, 2, steps=50), [], set(), []),
    "last shot removed": (
        msgspec.structs.replace(PLAN, shots=PLAN.shots[:2], vo_script_per_shot=PLAN.vo_script_per_shot[:2]),
        ["music", "reel"],
        set(),
        ["reel"],
    ),
    "middle shot removed": (
        msgspec.structs.replace(
            PLAN,
            shots=(PLAN.shots[0], PLAN.shots[2]),
            vo_script_per_shot=(PLAN.vo_script_per_shot[0], PLAN.vo_script_per_shot[2]),
        ),
        ["music", "reel"],
        {FIRST_CLIP},
        ["reel"],
    ),
    "two shots in another order of lines": (
        msgspec.structs.replace(PLAN, vo_script_per_shot=("Line number 0.", "Line number 2.", "Line number 1.")),
        ["shots/01/narration", "shots/02/narration", "reel"],
        set(),
        ["reel"],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_makes_what_it_must_and_nothing_else_and_can_be_taken_back(root: Path, name: str) -> None:
    plan, steps, upstream, back = EDITS[name]
    clips = {path: path.read_bytes() for path in root.rglob("clip.mp4")}
    write(root, plan)
    outcome, events = play(root, LINEUP)
    assert (outcome, made(events)) == ("done", steps)
    assert stale(root, Status.UPSTREAM) == upstream
    assert made(play(root, LINEUP)[1]) == []
    write(root, PLAN)
    outcome, events = play(root, LINEUP)
    assert (outcome, made(events)) == ("done", back)
    assert stale(root, Status.CURRENT) == {state.step.id for state in board(root, LINEUP)[1].steps}
    assert all(path.read_bytes() == data for path, data in clips.items()), "a take is never touched again"


def test_taking_a_prompt_back_restores_the_keyframe_from_the_shelf(root: Path) -> None:
    before = (root / "shots/01/keyframe.png").read_bytes()
    edit(root, prompt={1: OTHER_WORDS})
    play(root, LINEUP)
    assert (root / "shots/01/keyframe.png").read_bytes() != before
    assert board(root, LINEUP)[1].shots[1].ships == 2
    write(root, PLAN)
    _, events = play(root, LINEUP)
    assert [event.step for event in events if event.event is Happened.RESTORED] == ["shots/01/keyframe"]
    assert (root / "shots/01/keyframe.png").read_bytes() == before
    assert board(root, LINEUP)[1].shots[1].ships == 1


def test_back_and_forth_and_back_makes_no_picture_twice(root: Path) -> None:
    for number in range(4):
        edit(root, prompt={1: OTHER_WORDS if number % 2 == 0 else PLAN.shots[1].prompt})
        steps = made(play(root, LINEUP)[1])
        assert steps == ([*again(1), "reel"] if number == 0 else ["reel"])


def test_a_removed_shot_comes_back_with_its_takes(root: Path) -> None:
    write(root, EDITS["middle shot removed"][0])
    play(root, LINEUP)
    assert [shot.index for shot in board(root, LINEUP)[1].shots] == [0, 2]
    assert (root / "shots/01/takes/001/clip.mp4").exists()
    write(root, PLAN)
    _, events = play(root, LINEUP)
    assert made(events) == ["reel"]
    assert [event.step for event in events if event.event is Happened.RESTORED] == ["music"]


def test_an_edit_in_the_middle_of_a_run_is_seen_by_the_run(library: Path) -> None:
    root = new_reel(library, TINY, PLAN)
    runner = Runner(root, LINEUP, load_wording(), verb="test", troupe=InlineTroupe())
    steps = []
    for item in runner.run():
        if isinstance(item, Event) and item.event is Happened.STEP_DONE:
            steps.append(item.step)
            if item.step == "shots/01/takes/001/clip":
                edit(root, narration={0: "Said later."})
            if item.step == "shots/00/narration":
                (root / "plan.json").write_bytes(b"{ half saved")
    assert runner.outcome == "done"
    assert steps.count("shots/00/narration") == 1
    assert b"Said later." in (root / "reel.srt").read_bytes(), "a plan broken meanwhile leaves the good one in force"
    assert board(root, LINEUP)[0].plan_error


def test_new_words_for_a_shot_made_under_two_plans_are_told_apart(root: Path) -> None:
    edit(root, prompt={2: OTHER_WORDS})
    play(root, LINEUP)
    shot = board(root, LINEUP)[1].shots[2]
    assert [judged.state.value for judged in shot.takes] == ["old", "passed"]
    assert shot.attempt.number == 2
    assert read(root).shots[2].prompt == OTHER_WORDS
