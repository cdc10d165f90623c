"""The command line as people and programs meet it: help, JSON, exit codes, gates, edits, progress."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import pytest

from core.film.plan import encode_plan
from core.folder import commit, layout
from core.folder.write import disk_trouble
from core.worker import perform
from reeltui import __version__
from reeltui.cli.main import VERBS
from tests.face import Face, face
from tests.stage import edit, made
from tests.toys import toy_lineup, toy_plan
from tests.watching import events

__all__ = ["face"]  # the fixture

NUMBER = (int, float)
STATES = {"planned", "running", "waiting", "interrupted", "failed", "done"}
PHASES = ["plan", "masters", "keyframes", "animate", "critique", "music", "narrate", "mix"]


# --- help -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(face: Face, verb: str) -> None:
    said = face(verb, "--help")
    assert said.code == 0
    assert said.err == ""
    assert f"usage: reeltui {verb}" in said.out
    assert "--json" in said.out or verb == "desk", "what the desk shows, other verbs tell"
    assert re.search(rf"^examples:\n  reeltui {verb}", said.out, re.MULTILINE)


def test_without_a_verb_the_whole_is_explained(face: Face) -> None:
    said = face()
    assert said.code == 0
    for word in (*VERBS, "examples:", "exit codes:", "130"):
        assert word in said.out
    assert face("--help").out == said.out
    assert face("--version").out.strip() == f"reeltui {__version__}"


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("fly",), "invalid choice: 'fly'"),
        (("make", "--shots", "x", "a boat"), "argument --shots: invalid int value: 'x'"),
        (("make", "a boat", "--preset", "slow"), "argument --preset: invalid choice: 'slow'"),
        (("make", "a boat", "and more"), "unrecognized arguments: and more"),
        (("status",), "arguments are required: REEL"),
        (("edit", "walk", "--prompt", "x"), "arguments are required: --shot"),
    ],
)
def test_a_wrong_argument_is_one_line_and_an_object(face: Face, words: tuple[str, ...], part: str) -> None:
    line = face(*words).refused(2)
    assert part in line
    assert "--help`" in line
    said = face(*words, "--json")
    assert said.code == 2
    assert said.last["type"] == "error"
    assert said.last["code"] == 2
    assert part in said.last["message"]


# --- JSON -------------------------------------------------------------------------------------------------


def test_make_tells_every_event_and_the_result_as_json_lines(face: Face, library: Path) -> None:
    said = face.make("--json")
    assert said.code == 0
    *told, result = said.lines
    assert {line["type"] for line in told} <= {"event", "progress"}
    happened = [line for line in told if line["type"] == "event"]
    assert [happened[0]["event"], happened[-1]["event"]] == ["run_started", "run_ended"]
    assert happened[-1]["data"]["outcome"] == "done"
    assert [line["step"] for line in happened if line["event"] == "step_done"] == made(events(library / "walk"))
    for line in told:
        fields = {"at", "done", "total", "step", "phase"} if line["type"] == "progress" else {"at", "event"}
        assert fields <= set(line)
    progress = [line for line in told if line["type"] == "progress"]
    assert progress
    assert all({"pid", "fraction", "note", "elapsed", "eta"} <= set(line) for line in progress)
    assert result["type"] == "result"
    assert result["status"] == face("status", "walk", "--json").last
    assert str(library / "walk") in said.err, "messages go to standard error"


def test_status_has_every_field_that_was_promised(face: Face, library: Path) -> None:
    face.make("--seed", "3")
    status = face("status", "walk", "--json").last
    assert status["reel"] == "walk"
    assert status["path"] == str(library / "walk")
    assert (status["engine"], status["preset"], status["state"]) == ("animatic", "default", "done")
    assert status["vo_lang"] == "a"
    assert [phase["name"] for phase in status["phases"]] == PHASES
    for phase in status["phases"]:
        assert phase["state"] in STATES
        assert phase["done"] == phase["total"] > 0
        assert isinstance(phase["seconds"], NUMBER)
    ids = [step["id"] for step in status["steps"]]
    assert ids[0] == "plan"
    assert ids[-1] == "reel"
    assert all(step["status"] == "current" and isinstance(step["seconds"], NUMBER) for step in status["steps"])
    assert [shot["index"] for shot in status["shots"]] == [0, 1, 2]
    for shot in status["shots"]:
        assert shot["shipped_take"] == 1
        assert shot["narration"].startswith("Line number")
        assert shot["overrun_seconds"] == 0
        (take,) = shot["takes"]
        assert (take["number"], take["overall"], take["labels"], take["state"]) == (1, 8.5, [], "passed")
    output = status["output"]
    assert output["path"] == str(library / "walk" / "reel.mp4")
    assert [output[key] for key in ("seconds", "width", "height", "fps", "lufs")] == [1.0, 64, 64, 16.0, -18.0]
    assert "true_peak" in output


def test_a_new_reel_has_a_status_before_there_is_anything(face: Face, library: Path) -> None:
    face.make("--review", "plan")
    (library / "walk" / "plan.json").unlink()
    (library / "walk" / "plan.receipt.json").unlink()
    status = face("status", "walk", "--json").last
    assert status["vo_lang"] is None
    assert status["shots"] == []
    assert status["output"] is None
    assert [phase["name"] for phase in status["phases"]] == PHASES


def test_list_tells_what_is_there(face: Face, library: Path) -> None:
    assert face("list", "--json").last == []
    assert "no reels in" in face("list").out
    face.make()
    face("make", "a boat at dawn", "--size", "64x64", "--shots", "1", "--review", "plan")
    (library / "broken").mkdir()
    (library / "broken" / "reel.toml").write_text("id = [")
    (library / "not a reel").mkdir()
    cards = {card["name"]: card for card in face("list", "--json").last}
    assert set(cards) == {"walk", "boat-dawn", "broken"}
    assert cards["walk"]["state"] == "done"
    assert cards["walk"]["sentence"] == "Aiko walks"
    assert cards["walk"]["seconds"] == 1.0
    assert cards["walk"]["done"] == cards["walk"]["total"] == 19
    assert cards["boat-dawn"]["state"] == "waiting"
    assert cards["broken"]["state"] == "broken"
    assert cards["broken"]["problem"]
    shown = face("list").out.splitlines()
    assert len(shown) == 3
    assert any(re.match(r"walk +done +mix +1\.0 s +Aiko walks", line) for line in shown)


def test_a_folder_whose_name_is_no_utf8_is_listed_like_any_other(face: Face, library: Path) -> None:
    face.make()
    name = os.fsdecode(b"caf\xe9")
    (library / "walk").rename(library / name)
    (card,) = face("list", "--json").last
    assert card["path"] == str(library / name), "what is printed leads to the folder"
    assert face("status", card["path"], "--json").last["state"] == "done"
    assert "done" in face("list").out


# --- what a person reads -----------------------------------------------------------------------------------


def test_make_tells_a_line_per_step_and_ends_with_what_was_made(face: Face, library: Path) -> None:
    said = face.make()
    assert said.code == 0
    told = said.err.splitlines()
    assert told[0] == str(library / "walk")
    steps = [line for line in told if re.match(r"\[ *\d+/19\] ", line)]
    assert len(steps) == 19
    assert re.match(r"\[ 1[0-9]/19\] animate +clip 2  \d", steps[10])
    assert "mark 8.5" in steps[11]
    for part in (str(library / "walk" / "reel.mp4"), "1.00 s", "64x64", "-18.0 LUFS", "made in", "reeltui status"):
        assert part in said.out


def test_a_reel_without_voice_and_music_says_so(face: Face) -> None:
    face.make("--no-voice", "--no-music")
    ids = [step["id"] for step in face("status", "walk", "--json").last["steps"]]
    assert "music" not in ids
    assert not [step for step in ids if "narration" in step]


def test_resume_of_a_finished_reel_makes_nothing(face: Face, library: Path) -> None:
    face.make()
    before = made(events(library / "walk"))
    assert face("resume", "walk").code == 0
    assert made(events(library / "walk")) == before


def test_a_reel_may_be_named_by_its_path(face: Face, library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    face.make()
    assert face("status", str(library / "walk")).code == 0
    monkeypatch.chdir(library)
    monkeypatch.setenv("REELTUI_LIBRARY", "/nowhere")
    assert face("status", "./walk").code == 0


def test_a_reel_that_is_not_there_is_told_with_near_names(face: Face) -> None:
    face.make()
    line = face("status", "wlak").refused(2)
    assert "there is no reel 'wlak'" in line
    assert "did you mean walk?" in line


# --- exit codes --------------------------------------------------------------------------------------------


def test_a_plan_review_stops_with_3_and_resume_goes_on(face: Face, library: Path) -> None:
    said = face.make("--review", "plan", "--json")
    assert said.code == 3
    assert [line["type"] for line in said.lines[-2:]] == ["result", "error"]
    assert said.lines[-2]["status"]["waits_for"] == "plan"
    assert said.lines[-2]["status"]["state"] == "waiting"
    assert said.last["error"] == "PersonNeeded"
    assert made(events(library / "walk")) == ["plan"]
    assert face("status", "walk", "--json").last["state"] == "waiting"
    assert face("resume", "walk", "--json").last["status"]["state"] == "done"


def test_an_edit_made_while_it_waits_is_what_is_made(face: Face, library: Path) -> None:
    face.make("--review", "plan")
    assert face("edit", "walk", "--shot", "1", "--narration", "Another line.", "--yes").code == 0
    assert face("resume", "walk").code == 0
    status = face("status", "walk", "--json").last
    assert status["shots"][1]["narration"] == "Another line."
    assert status["state"] == "done"


def test_an_engine_that_fails_is_6(face: Face) -> None:
    face.lineup = toy_lineup(composer="tests.rogues:PoliteRaiser")

    said = face.make("--json")
    assert said.code == 6
    assert said.last["error"] == "EngineTrouble"
    assert "music: there is no paint left" in said.last["message"]
    assert "buy paint" in said.last["remedy"]
    assert "reeltui resume" in said.last["remedy"]
    assert said.lines[-2]["status"]["state"] == "failed"
    assert said.lines[-2]["status"]["failures"] == {"music": "there is no paint left"}
    assert "failed: music: there is no paint left" in face("status", "walk").out
    face.lineup = toy_lineup()
    assert face("resume", "walk").code == 0


def test_a_disk_that_fails_is_5(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path, data: bytes, **_: object) -> None:
        disk_trouble(OSError(errno.EIO, "Input/output error"), path)

    face.make("--review", "plan")
    monkeypatch.setattr("core.folder.commit.write_whole", broken)
    said = face("resume", "walk", "--json")
    assert said.code == 5
    assert said.last["error"] == "DiskTrouble"
    assert "the disk reported an error" in said.last["message"]


def test_ctrl_c_is_130_wherever_it_comes(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    face.make("--review", "plan")
    monkeypatch.setattr("core.worker.run.ask_ahead", pressed)
    said = face("resume", "walk", "--json")
    assert said.code == 130
    assert said.last["error"] == "Interrupted"
    assert "reeltui resume" in said.last["remedy"]
    monkeypatch.setattr("reeltui.cli.status.describe", pressed)
    assert "stopped" in face("status", "walk").refused(130)


# --- edit --------------------------------------------------------------------------------------------------


def test_an_edit_shows_what_it_costs_and_saves_nothing_without_a_yes(face: Face, library: Path) -> None:
    face.make()
    before = (library / "walk" / "plan.json").read_bytes()
    said = face("edit", "walk", "--shot", "1", "--narration", "She runs.", "--json")
    assert said.code == 3
    effect, problem = said.lines
    assert (effect["type"], effect["saved"]) == ("impact", False)
    assert effect["impact"]["redo"] == ["shots/01/narration", "reel"]
    assert effect["impact"]["restore"] == effect["impact"]["stale"] == []
    assert {"seconds", "low", "high", "measured"} == set(effect["impact"]["cost"])
    assert (problem["type"], problem["error"]) == ("error", "PersonNeeded")
    assert "To make again: narration 1, mix: about " in said.err
    assert (library / "walk" / "plan.json").read_bytes() == before


def test_an_edit_with_yes_is_saved_and_only_that_is_made(face: Face, library: Path) -> None:
    face.make()
    before = made(events(library / "walk"))
    said = face("edit", "walk", "--shot", "1", "--narration", "She runs.", "--yes", "--json")
    assert said.code == 0
    assert said.last["saved"] is True
    status = face("status", "walk", "--json").last
    assert [step["id"] for step in status["steps"] if step["due"]] == ["shots/01/narration", "reel"]
    assert status["output"]["current"] is False
    assert face("resume", "walk").code == 0
    assert made(events(library / "walk"))[len(before) :] == ["shots/01/narration", "reel"]


def test_a_prompt_edit_tells_what_stays_usable_and_taking_it_back_costs_the_mix(face: Face, library: Path) -> None:
    face.make()
    old = toy_plan(3).shots[0].prompt
    effect = face("edit", "walk", "--shot", "0", "--prompt", "Tilt up. A cat.", "--yes", "--json").last["impact"]
    assert {"shots/00/keyframe", "reel"} <= set(effect["redo"])
    assert "shots/01/keyframe" in effect["stale"]
    assert face("resume", "walk").code == 0
    back = face("edit", "walk", "--shot", "0", "--prompt", old, "--yes", "--json").last["impact"]
    assert back["redo"] == ["reel"]
    before = made(events(library / "walk"))
    assert face("resume", "walk").code == 0
    assert made(events(library / "walk"))[len(before) :] == ["reel"]


def test_an_edit_that_says_the_same_changes_nothing(face: Face) -> None:
    face.make()
    said = face("edit", "walk", "--shot", "1", "--narration", "Line number 1.")
    assert said.code == 0
    assert "Nothing changes" in said.err


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--shot", "7", "--narration", "x"), "there is no shot 7"),
        (("--shot", "1"), "nothing to change"),
        (("--shot", "1", "--prompt", " "), "$.shots[1].prompt"),
        (("--shot", "1", "--prompt", "x" * 4001), "$.shots[1].prompt"),
        (("--shot", "1", "--narration", "x" * 1001), "$.vo_script_per_shot[1]"),
    ],
)
def test_an_edit_that_makes_no_plan_is_refused_with_the_field(
    face: Face, library: Path, words: tuple[str, ...], part: str
) -> None:
    face.make("--review", "plan")
    before = (library / "walk" / "plan.json").read_bytes()
    assert part in face("edit", "walk", *words, "--yes").refused(2)
    assert (library / "walk" / "plan.json").read_bytes() == before


# --- a bad edit by hand -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        (b'"index": 1', b'"index": "one"', "Expected `int`, got `str` - at `$.shots[1].index`"),
        (b'"cut": false', b'"cut": false, "mood": "sad"', "unknown field `mood` - at `$.shots[1]`"),
        (b'"vo_lang": "a"', b'"vo_lang": "q"', "at `$.vo_lang`"),
        (b'"Line number 2."', b'""', ""),
        (b'"characters": {', b'"characters" {', "is not valid JSON"),
    ],
)
def test_a_bad_hand_edit_is_refused_by_field_and_the_old_plan_stays(
    face: Face, library: Path, old: bytes, new: bytes, part: str
) -> None:
    face.make()
    root = library / "walk"
    plan = (root / "plan.json").read_bytes()
    assert plan.count(old) == 1
    (root / "plan.json").write_bytes(plan.replace(old, new))
    if not part:  # an empty line is a legal edit: the control that this test looks at the right thing
        assert face("resume", "walk").code == 0
        return
    before = made(events(root))
    line = face("resume", "walk").refused(2)
    assert part in line
    assert "the last good plan stays in force" in line
    assert "--keep-plan" in line
    assert made(events(root)) == before
    shown = face("status", "walk").out
    assert "plan.json is refused: " in shown
    assert "the last good plan stays in force" in shown
    status = face("status", "walk", "--json").last
    assert part in status["plan_error"]
    assert [shot["index"] for shot in status["shots"]] == [0, 1, 2]
    assert part in face("edit", "walk", "--shot", "1", "--narration", "x", "--yes").refused(2)
    assert (root / "plan.json").read_bytes() == plan.replace(old, new), "a person's file is not touched"
    assert face("resume", "walk", "--keep-plan").code == 0
    assert (root / "plan.json").read_bytes() == plan
    assert [path.read_bytes() for path in (root / layout.DAMAGED).glob("plan-*.json")] == [plan.replace(old, new)]


def test_a_bad_edit_in_the_middle_of_a_run_does_not_stop_it(
    face: Face, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    face.make("--review", "plan")
    root = library / "walk"
    spoiled = False

    real = commit.commit

    def spoiling(place: Path, receipt: object, staged: object) -> object:
        nonlocal spoiled
        if not spoiled:
            (root / "plan.json").write_bytes(b"{")
            spoiled = True
        return real(place, receipt, staged)  # type: ignore[arg-type]

    monkeypatch.setattr(perform, "commit", spoiling)
    said = face("resume", "walk", "--json")
    assert said.code == 0
    refused = [line for line in said.lines if line.get("event") == "plan_refused"]
    assert len(refused) == 1, "told once, not at every step"
    assert "stays in force" in refused[0]["message"]
    assert said.last["status"]["plan_error"]
    assert (root / "reel.mp4").exists()


def test_a_good_hand_edit_is_taken_up_by_resume(face: Face, library: Path) -> None:
    face.make()
    edit(library / "walk", narration={2: "By hand."})
    said = face("resume", "walk", "--json")
    assert said.code == 0
    assert "plan_accepted" in [line.get("event") for line in said.lines]
    assert said.last["status"]["shots"][2]["narration"] == "By hand."


def test_keep_plan_without_a_bad_plan_changes_nothing(face: Face, library: Path) -> None:
    face.make()
    plan = (library / "walk" / "plan.json").read_bytes()
    assert face("resume", "walk", "--keep-plan").code == 0
    assert (library / "walk" / "plan.json").read_bytes() == plan


# --- a plan of one's own ------------------------------------------------------------------------------------


def test_a_given_plan_is_used_and_nobody_writes_another(face: Face, library: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_bytes(encode_plan(toy_plan(2, user_prompt="two shots of mine")))
    said = face("make", "--plan", str(tmp_path / "mine.json"), "--name", "mine", "--size", "64x64", "--json")
    assert said.code == 0
    assert "plan" not in made(events(library / "mine"))
    assert said.last["status"]["sentence"] == "two shots of mine"
    assert len(said.last["status"]["shots"]) == 2
