"""kill -9 at every durable operation of a run: resume finishes, repeats nothing, loses nothing, ends the same."""

from __future__ import annotations

import os
import random
from pathlib import Path

import msgspec
import pytest

from core.engines.roles import Progress, Room
from core.film.plan import encode_plan
from core.film.requests import DirectRequest, Made
from core.folder import layout
from core.folder.snapshot import HashChecker, read_snapshot
from tests.crashing import key, killed_at, picture, receipts, traced
from tests.stage import TINY, new_reel, play
from tests.told import told_lineup
from tests.toys import toy_plan

LINEUP = told_lineup(director="tests.test_crash_points:Director")
SHOTS = 2
COMMITTING = {"commit", "_roll_forward", "shelve", "aside", "accept_plan", "unshelve"}


class Director:
    """Writes a plan whose first shot fails once, so that its keyframe is repainted and a second take made."""

    def load(self, device: str) -> None:
        """Nothing to load."""

    def run(self, request: DirectRequest, room: Room, progress: Progress) -> Made:
        """Write the plan."""
        plan = toy_plan(SHOTS)
        words = "Pan left. Aiko walks [marks 4/CHARACTER_DRIFT 9]. shot on 35mm film"
        first = msgspec.structs.replace(plan.shots[0], prompt=words)
        plan = msgspec.structs.replace(plan, shots=(first, *plan.shots[1:]))
        (room.stage / "plan.json").write_bytes(encode_plan(plan))
        return Made(("plan.json",))


def fresh(library: Path) -> Path:
    return new_reel(library, msgspec.structs.replace(TINY, shots=SHOTS, music=False))


def finishes_as(root: Path, whole: dict[str, bytes]) -> None:
    """Resume, and check everything a kill must not have cost."""
    before = receipts(root)
    outcome, _ = play(root, LINEUP)
    assert outcome == "done"
    after = receipts(root)
    lost = {before[seal].step for seal in set(before) - set(after)}
    assert not lost, "finished, and gone"
    done_before = {key(receipt) for receipt in before.values()}
    again = [receipt.step for seal, receipt in after.items() if seal not in before and key(receipt) in done_before]
    assert not again, "finished before the kill, and made again"
    assert picture(root) == whole
    snapshot = read_snapshot(root, HashChecker())
    assert all(artifact.whole for artifact in snapshot.artifacts.values())
    assert list((root / layout.STAGING).iterdir()) == []


@pytest.fixture(autouse=True)
def _no_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process loses nothing the kernel has; waiting for the disk thousands of times would test the disk."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def whole(library: Path) -> dict[str, bytes]:
    """What the reel comes to when nobody kills it."""
    root = fresh(library)
    assert play(root, LINEUP)[0] == "done"
    assert (root / "shots/00/takes/002/clip.mp4").exists()
    assert list((root / layout.SHELF).iterdir()), "the repainted keyframe's first version is kept"
    return picture(root)


def points(library: Path) -> tuple[list[int], list[int]]:
    """Return the numbers of all operations within a commit, and of all others."""
    calls = [set(line.split()) for line in traced(fresh(library), LINEUP)]
    inside = [n for n, names in enumerate(calls, 1) if names & COMMITTING]
    return inside, [n for n in range(1, len(calls) + 1) if n not in set(inside)]


def test_a_sample_of_kill_points(library: Path, whole: dict[str, bytes]) -> None:
    inside, outside = points(library)
    chance = random.Random(7)
    for number in sorted([*chance.sample(inside, 8), *chance.sample(outside, 5)]):
        root = fresh(library)
        assert killed_at(root, LINEUP, number)
        finishes_as(root, whole)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_every_kill_point_of_a_commit_and_many_others(library: Path, whole: dict[str, bytes], part: int) -> None:
    """In two parts, for two processors."""
    inside, outside = points(library)
    assert len(inside) > 200, "the operations were not seen"
    for number in sorted([*inside, *random.Random(13).sample(outside, 30)])[part::2]:
        root = fresh(library)
        assert killed_at(root, LINEUP, number)
        finishes_as(root, whole)


def test_one_operation_past_the_last_nothing_is_killed(library: Path, whole: dict[str, bytes]) -> None:
    inside, outside = points(library)
    root = fresh(library)
    assert not killed_at(root, LINEUP, len(inside) + len(outside) + 1)
    finishes_as(root, whole)


@pytest.mark.slow
def test_killed_again_and_again_while_recovering(library: Path, whole: dict[str, bytes]) -> None:
    """A kill inside a commit, then kills at the first operations of every recovery that follows."""
    inside, _ = points(library)
    chance = random.Random(11)
    for number in sorted(chance.sample(inside, 12)):
        root = fresh(library)
        assert killed_at(root, LINEUP, number)
        for second in (*range(1, 12), *sorted(chance.sample(range(12, 60), 4))):
            before = receipts(root)
            killed_at(root, LINEUP, second)
            assert set(before) <= set(receipts(root))
        finishes_as(root, whole)
