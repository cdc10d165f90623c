"""The verbs of a person's decisions: what they write, what they say, and what they refuse."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.film.decision import Decision, Kind
from core.film.errors import BadInput
from core.film.settings import OnTimeout, Review
from core.film.verdict import Label
from core.folder import layout
from core.folder.journal import Journal
from core.folder.lock import Lock
from core.folder.snapshot import read_reel
from reeltui.cli.duration import seconds_of
from reeltui.cli.reject import label_of
from tests.face import Face, Said, face
from tests.stage import NOW, board, new_reel, retaken
from tests.toys import toy_plan

__all__ = ["face"]


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of three shots; shot 1 needed two takes."""
    return retaken(library).rename(library / "walk")


def said(root: Path) -> list[Decision]:
    return Journal(root / layout.DECISIONS, Decision).read()[0]


def picture(folder: Path, width: int = 96, height: int = 80) -> Path:
    path = folder / "mine.png"
    out = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, "PNG")
    path.write_bytes(out.getvalue())
    return path


def obeyed(root: Path) -> list[str]:
    """What resume would make now."""
    return [state.step.id for state in board(root)[1].due]


# --- what is written and said ---------------------------------------------------------------------------------------


def test_approving_says_what_was_written_and_that_nothing_is_left_to_do(face: Face, root: Path) -> None:
    answer = face("approve", "walk", "1")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "take 2 of shot 1 is approved",
        "  shot 1: take 2 ships (approved)",
        "  nothing has to be made",
    ]
    (decision,) = said(root)
    assert (decision.kind, decision.shot, decision.take) == (Kind.APPROVE, 1, 2)
    assert len(decision.seen) == 64


def test_saying_it_twice_writes_it_once(face: Face, root: Path) -> None:
    face("approve", "walk", "1")
    answer = face("approve", "walk", "1")
    assert answer.code == 0
    assert answer.out.splitlines()[0] == "take 2 of shot 1 is approved already; nothing was written"
    assert len(said(root)) == 1
    assert face("approve", "walk", "1", "--json").last["written"] is False


def test_rejecting_says_what_is_made_and_how(face: Face, root: Path) -> None:
    answer = face("reject", "walk", "0", "--label", "extras-invade-frame", "Camera_Ignored", "--note", "who\nis  that?")
    lines = answer.out.splitlines()
    assert lines[0] == "take 1 of shot 0 is rejected: EXTRAS_INVADE_FRAME, CAMERA_IGNORED; “who is that?”"
    assert lines[1] == "  shot 0: no take ships now"
    assert lines[2].startswith("  to make: clip 0 take 2, verdict 0 take 2, mix: about ")
    assert lines[-1] == "  make it: reeltui resume walk"
    assert said(root)[0].labels == (Label.EXTRAS_INVADE_FRAME, Label.CAMERA_IGNORED)
    assert "shots/00/takes/002/clip" in obeyed(root)


def test_choosing_another_take_makes_the_mix_again(face: Face, root: Path) -> None:
    lines = face("choose", "walk", "1", "--take", "1").out.splitlines()
    assert lines[:2] == ["take 1 of shot 1 is chosen", "  shot 1: take 1 ships (chosen), instead of take 2"]
    assert obeyed(root) == ["reel"]
    assert face("choose", "walk", "1").code == 2, "which one has to be said"


def test_a_retake_is_asked_for_with_words(face: Face, root: Path) -> None:
    lines = face("retake", "walk", "2", "--note", "more slowly").out.splitlines()
    assert lines[0] == "one more take of shot 2 is asked for: “more slowly”"
    told = face("takes", "walk", "2").out
    assert "take 2 is to be made: another take was asked for (more slowly)" in told
    assert "the note: prompt says “more slowly”" in told
    face("approve", "walk", "2")
    assert "shots/02/takes/002/clip" not in obeyed(root)


def test_undo_says_what_it_takes_back(face: Face, root: Path) -> None:
    face("approve", "walk", "0")
    face("retake", "walk", "2")
    assert face("undo", "walk").out.splitlines()[0] == "taken back: one more take of shot 2 is asked for"
    assert face("undo", "walk").out.splitlines()[0] == "taken back: take 1 of shot 0 is approved"
    assert "there is nothing to take back" in face("undo", "walk").refused(2)
    assert [decision.kind for decision in said(root)] == [Kind.APPROVE, Kind.RETAKE, Kind.UNDO, Kind.UNDO]


def test_json_has_the_decision_and_what_follows(face: Face, root: Path) -> None:
    answer = face("reject", "walk", "0", "--note", "no", "--json")
    assert (answer.code, answer.err) == (0, "")
    told = answer.last
    assert told["type"] == "decision"
    assert (told["reel"], told["path"], told["written"], told["held_by"]) == ("walk", str(root), True, "")
    assert told["said"] == ["take 1 of shot 0 is rejected: “no”"]
    (decision,) = told["decisions"]
    assert decision["id"] == said(root)[0].id
    effect = told["effect"]
    keys = {"ships", "redo", "restore", "spared", "stale", "cost", "due", "gate", "gate_shots"}
    assert set(effect) == keys
    assert effect["redo"] == ["shots/00/takes/002/clip", "shots/00/takes/002/verdict", "reel"]
    assert effect["ships"] == [{"shot": 0, "take": None, "why": "no take yet", "before": 1}]
    assert effect["cost"]["seconds"] > 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("approve", "walk", "7"), "there is no shot 7"),
        (("approve", "walk", "x"), "invalid int"),
        (("approve", "walk", "0", "--take", "4"), "shot 0 has no take 4"),
        (("approve", "walk", "--take", "1"), "name the shot"),
        (("approve", "walk"), "waits at no gate"),
        (("approve", "nobody", "0"), "there is no reel 'nobody'"),
        (("reject", "walk", "0", "--label", "blurry"), "there is no label 'blurry'"),
        (("reject", "walk", "0", "--label", "x\x1b[2J"), "choose from: character-drift, extras-invade-frame"),
        (("retake", "walk", "0", "--note", "x" * 401), "the note has 401 characters"),
        (("takes", "walk", "9"), "there is no shot 9"),
        (("keyframe", "walk", "0"), "one of the arguments --image --remove --again is required"),
        (("keyframe", "walk", "9", "--again"), "there is no shot 9"),
        (("keyframe", "walk", "9", "--image", "/nowhere.png"), "this reel has no keyframe 9"),
        (("keyframe", "walk", "0", "--image", "/nowhere.png"), "cannot read /nowhere.png"),
        (("keyframe", "walk", "0", "--remove"), "keyframe 0 is no picture of your own"),
        (("master", "walk", "C", "--image", "/nowhere.png"), "its masters are A, B, group, scene"),
        (("master", "walk", "../A", "--remove"), "this reel has no master"),
    ],
)
def test_what_cannot_be_meant_is_one_clear_error_and_changes_nothing(
    face: Face, root: Path, words: tuple[str, ...], told: str
) -> None:
    line = face(*words).refused(2)
    assert told in line
    assert "\x1b" not in line
    assert said(root) == []
    assert not (root / "pictures").exists()


# --- takes ----------------------------------------------------------------------------------------------------------


def test_takes_shows_everything_about_a_shot(face: Face, root: Path) -> None:
    face("choose", "walk", "1", "--take", "1", "--note", "the\x1b[2J light")
    answer = face("takes", "walk", "1")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[0] == "walk   shot 1   take 1 ships (chosen)"
    head = next(line for line in lines if line.strip().startswith("take  state"))
    assert head.split() == [
        "take",
        "state",
        "mark",
        "character",
        "scene",
        "composition",
        "artifacts",
        "seconds",
        "labels",
    ]
    rows = [line for line in lines if line.strip().startswith(("1  ", "2  "))]
    assert rows[0].split()[1:4] == ["chosen,", "ships", "3.2"]
    assert rows[0].split()[-1] == "OBJECT_MORPHING"
    assert rows[1].split()[1:7] == ["passed", "8.5", "9.0", "9.0", "8.0", "8.0"]
    text = answer.out
    assert "take 2: take 1 failed: OBJECT_MORPHING" in text
    assert "a new seed" in text
    assert "“the[2J light”" in text
    assert str(root / "shots/01/takes/002/clip.mp4") in text
    assert "OBJECT_MORPHING: as told" in text
    assert "\x1b" not in text


def test_takes_as_json(face: Face, root: Path) -> None:
    told = face("takes", "walk", "1", "--json").last
    assert set(told) == {"reel", "path", "shot", "prompt", "shipped_take", "shipped_why", "takes", "due"}
    assert (told["shot"], told["shipped_take"], told["due"]) == (1, 2, None)
    first, second = told["takes"]
    assert (first["state"], first["ships"], first["labels"]) == ("failed", False, ["OBJECT_MORPHING"])
    assert (second["overall"], second["character_match"], second["artifact_free"]) == (8.5, 9.0, 8.0)
    assert second["why"] == "take 1 failed: OBJECT_MORPHING"
    assert second["changes"][0] == "a new seed"
    assert Path(second["clip"]).is_file()
    Path(second["clip"]).write_bytes(b"short")
    damaged = face("takes", "walk", "1", "--json").last["takes"][1]
    assert (damaged["state"], damaged["clip"]) == ("damaged", None)
    assert "its clip is damaged" in face("takes", "walk", "1").out
    assert "is damaged" in face("approve", "walk", "1", "--take", "2").refused(2)


def test_takes_before_there_is_one(face: Face, library: Path) -> None:
    new_reel(library).rename(library / "bare")
    assert "no plan yet" in face("takes", "bare", "0").refused(2)
    new_reel(library, plan=toy_plan()).rename(library / "planned")
    answer = face("takes", "planned", "0")
    assert answer.code == 0
    assert "no take yet" in answer.out
    assert "take 1 is to be made: first take" in answer.out


# --- while others work ----------------------------------------------------------------------------------------------


def test_decisions_are_written_while_another_process_has_the_reel(face: Face, root: Path) -> None:
    with Lock(root / layout.LOCK, verb="resume", now=NOW):
        answer = face("retake", "walk", "0")
        assert answer.code == 0
        assert "reeltui resume (process " in answer.out.splitlines()[-1]
        assert "obeys at once" in answer.out.splitlines()[-1]
        assert "process" in face("approve", "walk", "1", "--json").last["held_by"]
        assert face("undo", "walk").code == 0
    assert len(said(root)) == 3


def test_decisions_are_about_the_last_good_plan(face: Face, root: Path) -> None:
    (root / "plan.json").write_text('{"characters": ')
    answer = face("approve", "walk", "1")
    assert answer.code == 0
    assert "plan.json is refused" in answer.err
    assert "the last good plan is in force" in answer.err
    assert [state.value for state in _states(root, 1)] == ["failed", "approved"]


def _states(root: Path, shot: int) -> list[Any]:
    return [judged.state for judged in board(root)[1].shots[shot].takes]


# --- gates ----------------------------------------------------------------------------------------------------------


def waiting(face: Face, gate: str, *more: str) -> Said:
    return face.make("--review", gate, *more)


@pytest.mark.slow
@pytest.mark.parametrize("gate", ["plan", "keyframes", "shots"])
@pytest.mark.parametrize("way", ["approve", "resume"])
def test_a_reel_waits_and_is_let_pass(face: Face, library: Path, gate: str, way: str) -> None:
    answer = waiting(face, gate)
    assert answer.code == 3
    assert f"walk waits for your approval of the {gate}" in answer.err
    root = library / "walk"
    status = face("status", "walk", "--json").last
    assert (status["state"], status["waits_for"]) == ("waiting", gate)
    behind = [step for step in status["steps"] if step["held"]]
    assert behind
    assert {(step["due"], step["why"]) for step in behind} == {(False, f"waits for approval of the {gate}")}
    assert f"waits for approval of the {gate}" in face("status", "walk").out
    assert "waiting behind it: " in face("status", "walk").out
    if way == "approve":
        approved = face("approve", "walk")
        assert approved.out.splitlines()[0] == f"the {gate} {'is' if gate == 'plan' else 'are'} approved"
        assert approved.out.splitlines()[-1] == "  make it: reeltui resume walk"
        assert len(said(root)) == 1
    assert face("resume", "walk").code == 0
    (decision,) = said(root)
    assert (decision.kind, decision.step, decision.by) == (Kind.PASS_GATE, gate, "")
    assert "waits at no gate" in face("approve", "walk").refused(2)


@pytest.mark.slow
def test_one_keyframe_is_approved_after_the_other(face: Face, library: Path) -> None:
    waiting(face, "keyframes")
    lines = face("approve", "walk", "1").out.splitlines()
    assert lines[0] == "the keyframe of shot 1 is approved"
    assert lines[1].startswith("  to make: clip 1, verdict 1: about ")
    root = library / "walk"
    assert face("resume", "walk").code == 3, "there was something to do: no gate is passed by going on"
    assert [decision.kind for decision in said(root)] == [Kind.PASS_GATE]
    lines = face("approve", "walk", "0").out.splitlines()
    assert lines[-1] == "  make it: reeltui resume walk"


@pytest.mark.slow
def test_after_each_word_it_is_told_which_shots_still_wait(face: Face, library: Path) -> None:
    waiting(face, "shots")
    lines = face("approve", "walk", "1").out.splitlines()
    assert lines[-1] == "  it waits for approval of shots 0, 2; all at once: reeltui approve walk"
    face("approve", "walk", "0")
    lines = face("approve", "walk", "2").out.splitlines()
    assert lines[-2].startswith("  to make: mix: about ")
    assert face("resume", "walk").code == 0


def test_how_long_a_gate_waits(face: Face, library: Path) -> None:
    assert waiting(face, "plan", "--review-timeout", "1h30m", "--on-timeout", "accept").code == 3
    settings = read_reel(library / "walk").settings
    assert (settings.review, settings.review_timeout) == (Review.PLAN, 5400.0)
    assert settings.on_timeout is OnTimeout.ACCEPT


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--review-timeout", "2h"), "no gate to wait at"),
        (("--on-timeout", "skip"), "no gate to wait at"),
        (("--review", "plan", "--review-timeout", "2h"), "add --on-timeout"),
        (("--review", "plan", "--on-timeout", "skip"), "needs a time"),
        (("--review", "plan", "--review-timeout", "soon", "--on-timeout", "skip"), "'soon' is no duration"),
        (("--review", "clips"), "invalid choice: 'clips'"),
    ],
)
def test_a_time_out_that_could_mean_nothing_is_refused(
    face: Face, library: Path, words: tuple[str, ...], told: str
) -> None:
    assert told in face.make(*words).refused(2)
    assert not (library / "walk").exists()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("2h", 7200), ("1h30m", 5400), ("2d", 172_800), (" 1 H ", 3600), ("1d2h3m4s", 93_784)],
)
def test_durations_people_type(text: str, seconds: float) -> None:
    assert seconds_of(text, "--x") == seconds


@pytest.mark.parametrize(
    "text", ["", "90", "h", "-1h", "1.5h", "1m1h", "0s", "366d", "١٢m", "9999999s", "1h x", "\x1b1h"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="--x: ") as refused:
        seconds_of(text, "--x")
    assert refused.value.remedy


def test_labels_are_known_however_they_are_typed() -> None:
    for label in Label:
        for word in (
            label.value,
            label.value.lower(),
            label.value.lower().replace("_", "-"),
            f" {label.value.title()} ",
        ):
            assert label_of(word) is label


# --- own pictures ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_own_keyframe_by_the_command_line(face: Face, root: Path, tmp_path: Path) -> None:
    answer = face("keyframe", "walk", "1", "--image", str(picture(tmp_path)), "--retake")
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert lines[:2] == ["keyframe 1 is a picture of your own", "one more take of shot 1 is asked for"]
    assert lines[2].startswith("  to make: keyframe 1, clip 1 take 3, verdict 1 take 3, mix: about ")
    (kept,) = (root / "pictures").iterdir()
    assert kept.read_bytes() == picture(tmp_path).read_bytes()
    assert said(root)[0].seen.startswith(kept.stem)
    again = face("keyframe", "walk", "1", "--image", str(picture(tmp_path)))
    assert again.out.startswith("keyframe 1 is a picture of your own already; nothing was written")
    kept.unlink()
    face("keyframe", "walk", "1", "--image", str(picture(tmp_path)))
    assert kept.exists(), "a picture that was lost is put back"
    assert len(said(root)) == 2
    assert face("resume", "walk").code == 0
    assert face("takes", "walk", "1", "--json").last["takes"][2]["why"] == "another take was asked for"
    lines = face("keyframe", "walk", "1", "--remove").out.splitlines()
    assert lines[0] == "keyframe 1 is no picture of your own any more"
    assert "  comes back from the history without work: keyframe 1" in lines


@pytest.mark.slow
def test_an_own_master_by_the_command_line(face: Face, root: Path, tmp_path: Path) -> None:
    answer = face("master", "walk", "a", "--image", str(picture(tmp_path, 64, 65)))
    lines = answer.out.splitlines()
    assert lines[0] == "master A is a picture of your own"
    assert any(line.startswith("  stays usable, though made from something that changes: ") for line in lines)
    small = picture(tmp_path, 10, 10)
    assert "10x10 pixels is too small" in face("master", "walk", "B", "--image", str(small)).refused(2)
    small.write_bytes(b"GIF89a")
    assert "no PNG, JPEG or WebP" in face("master", "walk", "B", "--image", str(small)).refused(2)
    assert len(said(root)) == 1
    assert len(list((root / "pictures").iterdir())) == 1


@pytest.mark.slow
def test_a_keyframe_is_painted_anew_by_the_command_line(face: Face, root: Path) -> None:
    lines = face("keyframe", "walk", "1", "--again").out.splitlines()
    assert lines[0] == "keyframe 1 is to be made again"
    assert "  for another take of it: reeltui retake walk 1" in lines
    assert face("keyframe", "walk", "1", "--again").out.startswith("keyframe 1 is to be made again already")
    assert face("resume", "walk").code == 0
    assert obeyed(root) == []
