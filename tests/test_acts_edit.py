"""Changing a plan: what it costs is told first, then it is saved, unless somebody else was faster."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from core.film.errors import BadInput
from core.film.plan import decode_plan, encode_plan
from core.folder import layout
from reeltui.acts import edit as acts
from reeltui.acts import opened
from tests.stage import board, new_reel, play
from tests.toys import toy_lineup, toy_plan


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "engine_of", lambda settings: toy_lineup())


@pytest.fixture
def root(library: Path) -> Path:
    made = new_reel(library, plan=toy_plan())
    play(made)
    return made


def test_proposing_changes_nothing_and_saving_costs_what_was_said(root: Path) -> None:
    before = (root / layout.PLAN_FILE).read_bytes()
    edit = acts.propose(root, 1, narration="She\nruns.")
    assert (root / layout.PLAN_FILE).read_bytes() == before
    assert edit.impact.redo == ("shots/01/narration", "reel")
    assert acts.describe(edit.impact)[0].startswith("To make again: narration 1, mix: about ")
    acts.save(edit)
    assert decode_plan((root / layout.PLAN_FILE).read_bytes()).vo_script_per_shot[1] == "She runs."
    assert [state.step.id for state in board(root)[1].due] == list(edit.impact.redo)


def test_the_same_words_are_told_to_be_the_same(root: Path) -> None:
    edit = acts.propose(root, 1, narration="Line number 1.")
    assert edit.same
    assert acts.describe(edit.impact) == ["Nothing has to be made again."]


def test_an_edit_of_what_somebody_else_changed_is_refused(root: Path) -> None:
    first = acts.propose(root, 0, prompt="Pan left. Aiko sits. 35mm")
    acts.save(acts.propose(root, 1, narration="Faster."))
    with pytest.raises(BadInput, match="changed by somebody else"):
        acts.save(first)
    assert "Faster." in (root / layout.PLAN_FILE).read_text()


@pytest.mark.parametrize(
    ("index", "changes", "problem"),
    [
        (9, {"narration": "x"}, "no shot 9"),
        (0, {"prompt": "  "}, "prompt"),
        (0, {}, "nothing to change"),
        (0, {"narration": "x" * 1001}, "1000"),
    ],
)
def test_what_makes_no_plan_is_refused(root: Path, index: int, changes: dict[str, str], problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        acts.propose(root, index, **changes)


def test_a_whole_plan_is_edited_as_text(root: Path) -> None:
    read = acts.read_text(root)
    assert read.problem == ""
    edit = acts.propose_text(root, read.text.replace("calm piano", "wild drums"), read.sha)
    assert edit.impact.redo == ("music", "reel")
    acts.save(edit)
    assert decode_plan((root / layout.PLAN_FILE).read_bytes()).music_style.startswith("wild drums")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ('{"characters": {}}', "missing required field"),
        ("\ud800", "not valid JSON"),
        ('{"setting": ' + "[" * 100_000, "nested too deeply|Expected"),
        (" " * 1_000_001, "at most"),
    ],
)
def test_a_text_that_is_no_plan_says_why(root: Path, text: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem) as found:
        acts.plan_of(text)
    assert found.value.remedy
    with pytest.raises(BadInput, match=problem):
        acts.propose_text(root, text, acts.read_text(root).sha)


def test_a_plan_that_is_refused_can_be_mended(root: Path) -> None:
    good = acts.read_text(root).text
    (root / layout.PLAN_FILE).write_bytes(good.encode()[:-10] + b"\xff\x1b")
    read = acts.read_text(root)
    assert "not valid JSON" in read.problem
    with pytest.raises(BadInput, match="valid JSON"):
        acts.propose(root, 0, narration="x")
    edit = acts.propose_text(root, good, read.sha)
    assert not edit.same, "what lies there is not the plan in force"
    acts.save(edit)
    assert acts.read_text(root).problem == ""
    assert board(root)[1].due == ()


def test_a_first_plan_can_be_put_there(library: Path) -> None:
    root = new_reel(library)
    assert acts.read_text(root) == acts.PlanText("", "")
    with pytest.raises(BadInput, match="no plan yet"):
        acts.propose(root, 0, narration="x")
    edit = acts.propose_plan(root, toy_plan(), "")
    assert "reel" in edit.impact.redo
    acts.save(edit)
    assert board(root)[0].plan == toy_plan()


def test_a_plan_that_breaks_a_rule_of_the_house_is_refused(root: Path) -> None:
    read = acts.read_text(root)
    plan = msgspec.structs.replace(toy_plan(), vo_script_per_shot=("one",))
    with pytest.raises(BadInput, match="one line per shot"):
        acts.propose_plan(root, plan, read.sha)
    with pytest.raises(BadInput, match="one line per shot"):
        acts.propose_text(root, encode_plan(plan).decode(), read.sha)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "large"])
def test_a_plan_that_is_no_plain_file_is_not_read(root: Path, tmp_path: Path, kind: str) -> None:
    path = root / layout.PLAN_FILE
    path.unlink()
    if kind == "link":
        (tmp_path / "other").write_text("secret")
        path.symlink_to(tmp_path / "other")
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_bytes(b" " * 1_000_001)
    with pytest.raises(BadInput, match=r"plan\.json"):
        acts.read_text(root)
