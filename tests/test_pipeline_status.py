"""Status is computed from plan, settings, receipts and decisions: every one of SPEC is reached, and only rightly."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from core.film.decision import Kind
from core.film.preset import PresetName
from core.film.settings import Settings
from core.folder import layout
from core.folder.library import write_reel
from core.folder.lock import Lock
from core.folder.snapshot import read_reel, read_snapshot
from core.pipeline.board import Status
from core.pipeline.report import report
from tests.stage import TINY, board, edit, made, new_reel, play
from tests.told import say, told_lineup
from tests.toys import toy_plan

LINEUP = told_lineup()
TWO = msgspec.structs.replace(TINY, shots=2)
PICTURES = {"masters/A", "masters/B", "masters/group", "masters/scene", "shots/00/keyframe", "shots/01/keyframe"}
CLIPS = {"shots/00/takes/001/clip", "shots/01/takes/001/clip"}
VOICES = {"shots/00/narration", "shots/01/narration"}


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of two shots; the second continues the first."""
    finished = new_reel(library, TWO, toy_plan(2))
    assert play(finished, LINEUP)[0] == "done"
    return finished


def of(root: Path, status: Status) -> set[str]:
    return {state.step.id for state in board(root, LINEUP)[1].steps if state.status is status}


def due(root: Path) -> set[str]:
    return {state.step.id for state in board(root, LINEUP)[1].due}


def change(root: Path, **settings: object) -> None:
    reel = read_reel(root)
    told = msgspec.structs.replace(reel.settings, **settings)
    write_reel(root, msgspec.structs.replace(reel, settings=told))


def test_everything_is_missing_at_first(library: Path) -> None:
    empty = new_reel(library, TWO)
    assert {state.step.id: state.status for state in board(empty, LINEUP)[1].steps} == {"plan": Status.MISSING}
    planned = new_reel(library, TWO, toy_plan(2))
    assert of(planned, Status.CURRENT) == {"plan"}
    missing = of(planned, Status.MISSING)
    assert missing == due(planned) == {*PICTURES, *CLIPS, *VOICES, "music", "reel"}


def test_everything_is_current_at_the_end(root: Path) -> None:
    steps = board(root, LINEUP)[1].steps
    assert {state.status for state in steps} == {Status.CURRENT}
    verdicts = {clip.replace("/clip", "/verdict") for clip in CLIPS}
    assert {state.step.id for state in steps} == {"plan", *PICTURES, *CLIPS, *verdicts, *VOICES, "music", "reel"}
    assert due(root) == set()
    outcome, events = play(root, LINEUP)
    assert (outcome, made(events)) == ("done", [])


def test_edited(root: Path) -> None:
    edit(root, prompt={1: "Pan left. Something else. 35mm"}, narration={0: "Another line."}, music_style="a tango")
    assert of(root, Status.EDITED) == {
        "shots/01/keyframe",
        "shots/01/takes/002/clip",
        "shots/00/narration",
        "music",
        "reel",
    }
    assert due(root) == of(root, Status.EDITED)


def test_upstream(root: Path) -> None:
    edit(root, characters={"A": "Aiko (woman, red coat)", "B": "Ken (man, red scarf)"})
    assert due(root) == {"masters/A", "masters/group"}
    outcome, events = play(root, LINEUP)
    assert (outcome, made(events)) == ("done", ["masters/A", "masters/group"])
    assert of(root, Status.UPSTREAM) == {"shots/00/keyframe", "shots/01/keyframe"}
    assert due(root) == set()


def test_upstream_is_made_again_when_asked_and_only_what_was_asked(root: Path) -> None:
    edit(root, characters={"A": "Aiko (woman, red coat)", "B": "Ken (man, red scarf)"})
    play(root, LINEUP)
    say(root, Kind.REDO, step="shots/01/keyframe")
    assert due(root) == {"shots/01/keyframe"}
    outcome, events = play(root, LINEUP)
    assert (outcome, made(events)) == ("done", ["shots/01/keyframe"])
    assert of(root, Status.UPSTREAM) == {"shots/00/keyframe", *CLIPS}
    say(root, Kind.RETAKE, 1)
    outcome, events = play(root, LINEUP)
    assert (outcome, made(events)) == ("done", ["shots/01/takes/002/clip", "shots/01/takes/002/verdict", "reel"])
    assert board(root, LINEUP)[1].shots[1].ships == 2, "both pass; the one of the present picture ships"


OTHER: dict[str, tuple[dict[str, object], set[str]]] = {
    "seed": ({"seed": 5}, {*PICTURES, *CLIPS, "music"}),
    "size": ({"width": 96}, {*PICTURES, *CLIPS, "reel"}),
    "cinematic": ({"preset": PresetName.CINEMATIC}, {*CLIPS, *VOICES, "reel"}),
    "draft": ({"preset": PresetName.DRAFT}, CLIPS),
    "lightning": ({"preset": PresetName.LIGHTNING}, CLIPS),
}


@pytest.mark.parametrize("case", OTHER)
def test_other_settings_make_nothing_due(root: Path, case: str) -> None:
    settings, stale = OTHER[case]
    change(root, **settings)
    assert of(root, Status.OTHER_SETTINGS) == stale
    assert due(root) == set()
    outcome, events = play(root, LINEUP)
    assert (outcome, made(events)) == ("done", [])
    change(root, **{name: getattr(TWO, name) for name in settings})
    assert of(root, Status.OTHER_SETTINGS) == set()


def test_a_longer_preset_asks_for_no_other_music(library: Path) -> None:
    """Ten shots are 50.6 s in one preset and 50.4 s in the other, on either side of a half second."""
    root = new_reel(library, msgspec.structs.replace(TINY, shots=10), toy_plan(10))
    play(root, LINEUP)
    change(root, preset=PresetName.CINEMATIC)
    assert "music" in of(root, Status.OTHER_SETTINGS)
    assert due(root) == set()


def test_another_model_is_another_setting(root: Path) -> None:
    lineup = LINEUP
    newer = {role: msgspec.structs.replace(b, revision="2") for role, b in lineup.backends.items()}
    states = board(root, msgspec.structs.replace(lineup, backends=newer))[1].steps
    verdicts = {clip.replace("/clip", "/verdict") for clip in CLIPS}
    stale = {state.step.id for state in states if state.status is Status.OTHER_SETTINGS}
    assert stale == {*PICTURES, *CLIPS, *verdicts, *VOICES, "music", "reel"}
    assert not any(state.due for state in states)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"voice": False}, ["reel"]),
        ({"music": False}, ["reel"]),
        ({"burn_captions": True}, ["reel"]),
    ],
)
def test_what_the_mix_is_made_of_makes_the_mix_again(
    root: Path, settings: dict[str, object], expected: list[str]
) -> None:
    change(root, **settings)
    assert made(play(root, LINEUP)[1]) == expected
    change(root, **{name: getattr(Settings(), name) for name in settings})
    assert made(play(root, LINEUP)[1]) == ["reel"], "what was switched off is still there"


def test_blocked(root: Path) -> None:
    os.truncate(root / "shots/00/keyframe.png", 10)
    (root / "music.json").write_bytes(b"{")
    assert of(root, Status.BLOCKED) == {"shots/00/keyframe", "music"}
    assert {"shots/00/keyframe", "music"} <= due(root)


def test_failed_until_it_is_done(library: Path) -> None:
    root = new_reel(library, TWO, toy_plan(2))
    edit(root, prompt={1: "Pan left. [stuck] fast. 35mm"})
    outcome, _ = play(root, LINEUP)
    assert outcome == "failed"
    assert of(root, Status.FAILED) == {"shots/01/takes/001/clip"}
    assert read_snapshot(root).failures == {"shots/01/takes/001/clip": "the toy is stuck"}
    (root / "unstuck").touch()
    assert play(root, LINEUP)[0] == "done"
    assert of(root, Status.FAILED) == set()


def test_running_is_said_by_reports_only(root: Path) -> None:
    edit(root, music_style="a tango")
    live = {
        "at": 1.0,
        "pid": os.getpid(),
        "step": "music",
        "phase": "music",
        "fraction": 0.5,
        "note": "",
        "elapsed": 1.0,
    }
    (root / layout.LIVE).write_bytes(msgspec.json.encode({**live, "done": 3, "total": 5, "running": [live]}))

    def status() -> Status:
        told = report(*board(root, LINEUP), None)
        return next(step.status for step in told.steps if step.id == "music")

    assert status() is Status.EDITED, "nobody works on it: the file is left over from a crash"
    with Lock(root / layout.LOCK, verb="resume", now="now"):
        assert status() is Status.RUNNING
        assert of(root, Status.RUNNING) == set()


def test_a_draft_that_passed_stays_usable_under_a_stricter_preset(library: Path) -> None:
    """Preset changed: still usable. A mark of 6 passed as a draft (5) and must not be rendered again under 7."""
    plan = toy_plan(1)
    shot = msgspec.structs.replace(plan.shots[0], prompt="Pan left. [marks 6] Aiko walks. shot on 35mm film")
    plan = msgspec.structs.replace(plan, shots=(shot,))
    draft = msgspec.structs.replace(TINY, shots=1, preset=PresetName.DRAFT)
    root = new_reel(library, draft, plan)
    assert play(root, LINEUP)[0] == "done"
    reel = read_reel(root)
    stricter = msgspec.structs.replace(reel.settings, preset=PresetName.DEFAULT)
    write_reel(root, msgspec.structs.replace(reel, settings=stricter))
    _, events = play(root, LINEUP)
    assert [step for step in made(events) if "/takes/" in step] == []
