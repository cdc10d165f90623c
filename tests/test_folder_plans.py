"""The plan in force: a bad edit is refused with the field named, the last good one stays, no word is lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from core.film.errors import BadInput
from core.folder import layout
from core.folder.plans import accept_plan, save_plan
from core.folder.snapshot import read_snapshot
from tests.stage import TINY, edit, made, new_reel, play
from tests.toys import toy_plan

ONE = msgspec.structs.replace(TINY, shots=1)


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of one shot."""
    made_root = new_reel(library, ONE, toy_plan(1))
    assert play(made_root)[0] == "done"
    return made_root


BROKEN = {
    "no json": (b"{ not json", "not valid JSON"),
    "bad field": (None, "`$.shots[0].prompt`"),
    "too large": (b" " * 1_000_001, "1,000,001 bytes"),
    "too deep": (b"[" * 10_000, "plan.json"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_hand_edit_that_breaks_the_plan_is_refused_and_the_old_one_stays(root: Path, case: str) -> None:
    good = (root / "plan.json").read_bytes()
    data, says = BROKEN[case]
    if data is None:
        told = json.loads(good)
        told["shots"][0]["prompt"] = ""
        data = json.dumps(told).encode()
    (root / "plan.json").write_bytes(data)
    before = read_snapshot(root)
    assert says in before.plan_error
    assert before.plan == toy_plan(1)
    with pytest.raises(BadInput) as caught:
        play(root)
    assert says in str(caught.value)
    assert "the last good plan stays in force" in str(caught.value)
    assert (root / "plan.json").read_bytes() == data, "the person's text is still there to be corrected"
    outcome, events = play(root, keep_plan=True)
    assert (outcome, made(events)) == ("done", [])
    assert (root / "plan.json").read_bytes() == good
    assert (root / layout.DAMAGED / "plan-1.json").read_bytes() == data


def test_a_bad_plan_before_any_good_one_is_refused(library: Path) -> None:
    root = new_reel(library, ONE)
    (root / "plan.json").write_bytes(b"{}")
    assert read_snapshot(root).plan is None
    with pytest.raises(BadInput, match="characters"):
        play(root)
    assert (root / "plan.json").read_bytes() == b"{}"


def test_a_lost_plan_comes_back(root: Path) -> None:
    good = (root / "plan.json").read_bytes()
    (root / "plan.json").unlink()
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", [])
    assert (root / "plan.json").read_bytes() == good


def test_a_kept_plan_whose_words_were_changed_is_not_put_back(root: Path) -> None:
    for kept in (root / layout.PLANS).iterdir():
        kept.write_bytes(kept.read_bytes().replace(b"part 0", b"part 9"))
    (root / "plan.json").unlink()
    assert read_snapshot(root).plan is None
    with pytest.raises(BadInput, match="missing"):
        play(root)


def test_a_linked_plan_is_refused(root: Path) -> None:
    shutil.move(root / "plan.json", root.parent / "plan.json")
    (root / "plan.json").symlink_to(root.parent / "plan.json")
    assert "symbolic link" in read_snapshot(root).plan_error
    with pytest.raises(BadInput, match="symbolic link"):
        play(root)


def test_only_the_plan_that_was_looked_at_is_accepted(root: Path) -> None:
    """Somebody saves plan.json between the look at it and the acceptance: it must be looked at again."""
    edit(root, setting="a beach")
    seen = read_snapshot(root).plan_sha
    receipt = (root / "plan.receipt.json").read_bytes()
    (root / "plan.json").write_bytes(b"{ half saved")
    assert accept_plan(root, seen, now="now") is False
    assert (root / "plan.receipt.json").read_bytes() == receipt
    assert read_snapshot(root).plan == toy_plan(1)


def test_an_edit_is_not_saved_over_somebody_elses(root: Path) -> None:
    seen = read_snapshot(root).plan_sha
    edit(root, setting="their beach")
    with pytest.raises(BadInput, match="changed by somebody else"):
        save_plan(root, toy_plan(1), expect=seen, verb="edit", now="now")
    snapshot = read_snapshot(root)
    assert snapshot.plan is not None
    assert snapshot.plan.setting == "their beach"
    mine = msgspec.structs.replace(snapshot.plan, setting="my beach")
    save_plan(root, mine, expect=snapshot.plan_sha, verb="edit", now="now")
    assert read_snapshot(root).plan == mine
