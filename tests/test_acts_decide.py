"""What a person says, as every face says it: foreseen without a trace, then written with what follows."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from PIL import Image

from core.film.decision import Decision, Kind
from core.film.errors import BadInput
from core.film.settings import Review
from core.film.verdict import Label
from core.folder import layout
from core.folder.journal import Journal
from reeltui.acts import decide, opened
from reeltui.acts.decide import foresee, say
from tests.stage import TINY, board, new_reel, play, retaken
from tests.toys import toy_lineup, toy_plan


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "engine_of", lambda settings: toy_lineup())


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of three shots; shot 1 needed two takes."""
    return retaken(library)


def written(root: Path) -> list[Decision]:
    return Journal(root / layout.DECISIONS, Decision).read()[0]


def everything(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_foreseeing_writes_nothing_and_foresees_what_then_follows(root: Path) -> None:
    before = everything(root)
    word = decide.reject(0, labels=(Label.CAMERA_IGNORED,), note="not her")
    foreseen = foresee(root, word)
    assert everything(root) == before
    told = say(root, word)
    assert told.effect == foreseen
    assert told.written
    assert told.said == ("take 1 of shot 0 is rejected: CAMERA_IGNORED; “not her”",)
    assert written(root) == list(told.decisions)
    assert decide.describe(told.effect)[0] == "shot 0: no take ships now"
    assert decide.describe(told.effect)[1].startswith("to make: clip 0 take 2, verdict 0 take 2, mix: about ")


def test_a_word_is_worked_out_afresh_every_time_it_is_said(root: Path) -> None:
    word = decide.approve(1)
    assert say(root, word).decisions[0].take == 2
    say(root, decide.choose(1, 1))
    assert say(root, word).decisions[0].take == 1, "the take that ships now"


def test_what_is_in_force_already_is_not_written_twice(root: Path) -> None:
    assert say(root, decide.approve(1)).written
    again = say(root, decide.approve(1))
    assert (again.written, len(written(root))) == (False, 1)
    assert again.said == ("take 2 of shot 1 is approved",)


def test_undo_takes_the_last_word_back_and_says_which(root: Path) -> None:
    say(root, decide.approve(0))
    say(root, decide.retake(2, "slower"))
    assert say(root, decide.undo()).said == ("taken back: one more take of shot 2 is asked for: “slower”",)
    assert [said.kind for said in written(root)] == [Kind.APPROVE, Kind.RETAKE, Kind.UNDO]
    say(root, decide.undo())
    with pytest.raises(BadInput, match="nothing to take back"):
        foresee(root, decide.undo())


@pytest.mark.parametrize(
    ("word", "problem"),
    [
        (decide.approve(7), "no shot 7"),
        (decide.choose(0, 5), "no take 5"),
        (decide.pass_gate(), "waits at no gate"),
        (decide.repaint(9), "no shot 9"),
        (decide.drop_picture("masters/A"), "no picture of your own"),
        (decide.use_picture("masters/Z", "-"), "no master Z"),
        (decide.reject(0, note="x" * 401), "at most 400"),
    ],
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_written(root: Path, word: decide.Word, problem: str) -> None:
    for act in (foresee, say):
        with pytest.raises(BadInput, match=problem):
            act(root, word)
    assert written(root) == []


def test_notes_are_one_harmless_line(root: Path) -> None:
    told = say(root, decide.reject(0, note="who\nis \x1b]0;x\x07 that?"))
    assert told.decisions[0].note == "who is ]0;x that?"


def test_a_gate_is_passed_as_a_whole_or_for_one_shot(library: Path) -> None:
    settings = msgspec.structs.replace(TINY, review=Review.KEYFRAMES)
    root = new_reel(library, settings, toy_plan())
    assert play(root)[0] == "waiting"
    one = say(root, decide.approve(0))
    assert one.said == ("the keyframe of shot 0 is approved",)
    assert "shots/00/takes/001/clip" in one.effect.due
    assert board(root)[1].gate_shots == (1, 2)
    say(root, decide.pass_gate(1))
    assert board(root)[1].gate_shots == (2,)
    say(root, decide.pass_gate())
    assert board(root)[1].gate == ""


def test_a_refused_plan_is_told_with_the_answer(root: Path) -> None:
    (root / layout.PLAN_FILE).write_text("{")
    assert "not valid JSON" in say(root, decide.approve(0)).plan_error


def test_a_picture_is_brought_first_and_used_by_a_word(root: Path, tmp_path: Path) -> None:
    image = tmp_path / "mine.png"
    Image.new("RGB", (90, 64), (200, 30, 30)).save(image)
    step = layout.keyframe(1)
    brought = decide.bring_picture(root, step, image)
    assert (brought.width, brought.height, brought.warning) == (90, 64, "")
    assert written(root) == []
    assert board(root)[1].due == ()
    foreseen = foresee(root, decide.use_picture(step, brought.sha, again=True))
    assert "shots/01/takes/003/clip" in foreseen.redo
    told = say(root, decide.use_picture(step, brought.sha, again=True))
    assert [said.kind for said in told.decisions] == [Kind.PICTURE, Kind.RETAKE]
    assert step in [state.step.id for state in board(root)[1].due]
    back = say(root, decide.drop_picture(step))
    assert back.said == ("keyframe 1 is no picture of your own any more",)


def test_a_picture_for_a_shot_that_is_not_there_is_not_even_looked_at(root: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no keyframe 9"):
        decide.bring_picture(root, layout.keyframe(9), tmp_path / "missing.png")
    assert not (root / layout.PICTURES).exists()


def test_a_keyframe_is_painted_anew_with_a_take_where_there_are_takes(root: Path, library: Path) -> None:
    told = say(root, decide.repaint(0, again=True))
    assert [said.kind for said in told.decisions] == [Kind.REDO, Kind.RETAKE]
    assert told.effect.redo[0] == "shots/00/keyframe"
