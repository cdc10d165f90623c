"""The snapshot: everything damaged is found and named, everything else is untouched, nothing is trusted or followed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.decision import Decision, Kind
from core.film.event import Happened
from core.folder import layout
from core.folder.commit import commit, hash_file, read_receipt, stage_folder
from core.folder.decisions import say_decision
from core.folder.lock import Lock
from core.folder.records import Artifact, Receipt, seal_holds, sealed
from core.folder.snapshot import HashChecker, read_snapshot
from tests.stage import TINY, edit, made, new_reel, play
from tests.toys import toy_plan

ONE = msgspec.structs.replace(TINY, shots=1)
ARTIFACTS = {
    "masters/A": "masters/A.png",
    "shots/00/keyframe": "shots/00/keyframe.png",
    "shots/00/takes/001/clip": "shots/00/takes/001/clip.mp4",
    "shots/00/narration": "shots/00/narration.wav",
    "music": "music.wav",
    "reel": "reel.mp4",
}


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of one shot."""
    made_root = new_reel(library, ONE, toy_plan(1))
    assert play(made_root)[0] == "done"
    return made_root


def found(root: Path, step: str) -> Artifact:
    snapshot = read_snapshot(root, HashChecker())
    takes = [take for shot in snapshot.takes.values() for take in shot]
    every = {**snapshot.artifacts, **{t.clip.step: t.clip for t in takes}}
    every |= {t.verdict.step: t.verdict for t in takes if t.verdict}
    return every[step]


def contents(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and path.name not in (".lock", "events.jsonl"))
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def hollow(path: Path) -> None:
    path.write_bytes(b"{}")


def test_a_snapshot_changes_nothing(root: Path) -> None:
    before = contents(root)
    snapshot = read_snapshot(root, HashChecker())
    assert contents(root) == before
    assert all(artifact.whole for artifact in snapshot.artifacts.values())
    assert set(ARTIFACTS) - set(snapshot.artifacts) == {"shots/00/takes/001/clip"}


@pytest.mark.parametrize("step", ARTIFACTS)
@pytest.mark.parametrize("harm", [truncate, flip, lengthen, Path.unlink])
def test_a_damaged_file_is_reported_moved_aside_and_made_again(
    root: Path, step: str, harm: Callable[[Path], None]
) -> None:
    before, path = contents(root), root / ARTIFACTS[step]
    harm(path)
    assert path.name in found(root, step).damage
    outcome, events = play(root)
    aside = [event for event in events if event.event is Happened.MOVED_ASIDE]
    assert [event.data["step"] for event in aside] == [step]
    assert outcome == "done"
    assert made(events) == [step]
    after = contents(root)
    # Toys draw the same again, so what was made over is what it was; the receipt alone tells when.
    assert {n: d for n, d in after.items() if n in before and n != f"{step}.json"} == {
        n: d for n, d in before.items() if n != f"{step}.json"
    }
    assert set(after) - set(before) >= {n for n in after if n.startswith(f"{layout.DAMAGED}/0001-")} != set()
    assert found(root, step).whole


@pytest.mark.parametrize("step", [*ARTIFACTS, "shots/00/takes/001/verdict"])
@pytest.mark.parametrize(
    "harm", [truncate, flip, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"{}")]
)
def test_a_damaged_receipt_is_reported_moved_aside_and_the_step_made_again(
    root: Path, step: str, harm: Callable[[Path], None]
) -> None:
    harm(root / f"{step}.json")
    assert "receipt" in found(root, step).damage
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", [step])
    assert found(root, step).whole


def test_a_damaged_receipt_of_the_plan_loses_no_word(root: Path) -> None:
    before = (root / "plan.json").read_bytes()
    truncate(root / "plan.receipt.json")
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", [])
    assert (root / "plan.json").read_bytes() == before


def fields() -> list[tuple[str, Any]]:
    changes: dict[str, Any] = {
        "step": "music",
        "backend": "somebody else",
        "model": "x",
        "revision": "2",
        "seed": 99,
        "seconds": 0.5,
        "finished": "2030-01-01T00:00:00Z",
        "device": "cuda",
        "versions": {"torch": "9"},
        "why": "x",
        "changes": ["x"],
        "facts": {"x": 1},
        "peak_vram": 5,
        "planned_vram": 5,
        "failures": [{"cause": "crashed", "message": "x"}],
        "fallbacks": ["x"],
        "unjudged": "x",
        "schema": 2,
        "inputs": {"first": "0" * 64},
        "made_from": {"content": "0" * 64, "settings": "0" * 64},
        "outputs": {},
        "seal": "0" * 64,
        "request": None,
    }
    assert {*changes, "verdict"} == set(Receipt.__struct_fields__)
    return list(changes.items())


@pytest.mark.parametrize(("field", "value"), fields())
def test_an_altered_field_breaks_the_seal(root: Path, field: str, value: Any) -> None:
    path = root / "shots/00/keyframe.json"
    receipt = json.loads(path.read_bytes())
    assert receipt.get(field) != value
    path.write_text(json.dumps({**receipt, field: value}))
    damaged = found(root, "shots/00/keyframe")
    assert not damaged.whole
    altered = read_receipt(path)
    assert altered is not None
    assert not seal_holds(altered)


def test_a_seal_does_not_depend_on_how_the_file_is_written(root: Path) -> None:
    path = root / "shots/00/keyframe.json"
    path.write_text(json.dumps(json.loads(path.read_bytes())))
    assert found(root, "shots/00/keyframe").whole


def test_a_verdict_given_in_whole_numbers_holds(root: Path) -> None:
    """9 is written where a float is declared and read back as 9.0."""
    receipt = read_receipt(root / "shots/00/takes/001/verdict.json")
    assert receipt is not None
    assert receipt.verdict is not None
    assert msgspec.json.encode(9) in msgspec.json.encode(receipt.verdict)
    assert seal_holds(sealed(receipt))


def test_a_receipt_of_another_step_is_not_believed(root: Path) -> None:
    shutil.copytree(root / "shots/00/takes/001", root / "shots/00/takes/005")
    assert "receipt is that of" in found(root, "shots/00/takes/005/clip").damage
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", [])
    assert not (root / "shots/00/takes/005/clip.mp4").exists()


EVIL = ["../../../victim.txt", "/etc/hostname", "..", ".hidden", "a/b", "a\\b", "a\0b", ""]


@pytest.mark.parametrize("name", EVIL)
def test_a_receipt_that_names_files_elsewhere_moves_none_of_them(root: Path, name: str) -> None:
    """Anybody can compute a seal, so a seal is no permission."""
    victim = root.parent / "victim.txt"
    victim.write_text("precious")
    path = root / "shots/00/keyframe.json"
    forged = json.loads(path.read_bytes()) | {"outputs": {name: msgspec.to_builtins(hash_file(victim))}, "seal": ""}
    forged["seal"] = seal_of(forged)
    path.write_text(json.dumps(forged))
    assert not found(root, "shots/00/keyframe").whole
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", ["shots/00/keyframe"])
    assert victim.read_text() == "precious"


def seal_of(receipt: dict[str, Any]) -> str:
    bare = msgspec.structs.replace(msgspec.convert({**receipt, "outputs": {}}, Receipt), seal="")
    outputs = {name: msgspec.convert(output, dict[str, Any]) for name, output in receipt["outputs"].items()}
    text = msgspec.json.encode(msgspec.structs.replace(bare, outputs=outputs))
    return hashlib.sha256(text).hexdigest()


@pytest.mark.parametrize("step", ["..", ".", "", "../../x", "shots/00/../../x", "/etc/x", "reel.toml", "plan.receipt"])
def test_a_half_commit_with_a_step_that_leads_elsewhere_is_dropped(root: Path, step: str) -> None:
    stage = root / layout.STAGING / "odd"
    stage.mkdir(parents=True)
    receipt = json.loads((root / "music.json").read_bytes()) | {"step": step}
    (stage / layout.COMMIT).write_text(json.dumps(receipt))
    before = contents(root)
    assert play(root)[0] == "done"
    after = contents(root)
    assert {name for name in before if name not in after} == {".staging/odd/commit.json"}


def test_odd_things_in_a_reel_are_left_alone(root: Path) -> None:
    (root / "notes.txt").write_text("my notes")
    (root / "masters/B").mkdir()
    (root / "shots/00/keyframe").mkdir()
    (root / "shots/00/takes/mine").mkdir()
    (root / "shots/xx").mkdir()
    (root / "shots/٠١").mkdir()
    (root / "shots/00/takes/0001").mkdir()
    (root / layout.STAGING).mkdir(exist_ok=True)
    (root / layout.STAGING / "file").write_text("dropped")
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", [])
    assert (root / "notes.txt").read_text() == "my notes"
    assert (root / "masters/B").is_dir()
    assert list((root / layout.STAGING).iterdir()) == []


def test_a_fresh_reel_with_folders_of_the_names_of_steps_is_made(library: Path) -> None:
    root = new_reel(library, ONE, toy_plan(1))
    for name in ("masters/A", "shots/00/keyframe", "shots/00/narration", "shots/00/takes/001/clip"):
        (root / name).mkdir(parents=True)
    assert play(root)[0] == "done"


def test_files_without_receipts_are_moved_aside_not_trusted(library: Path) -> None:
    root = new_reel(library, ONE, toy_plan(1))
    for name in ("masters/A.png", "shots/00/keyframe.png", "music.wav", "reel.mp4", "shots/00/takes/001/clip.mp4"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"unknown")
    outcome, events = play(root)
    assert outcome == "done"
    aside = {event.data["step"] for event in events if event.event is Happened.MOVED_ASIDE}
    assert aside == {"masters/A", "shots/00/keyframe", "music", "reel", "shots/00/takes/001/clip"}
    kept = [path for path in (root / layout.DAMAGED).rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in kept] == [b"unknown"] * 5


# --- journals, live state ------------------------------------------------------------------------------------------


def test_torn_journals_are_mended_and_what_they_said_is_kept(root: Path) -> None:
    say_decision(root, Decision("1", Kind.APPROVE, "t", shot=0, take=1))
    for name in (layout.EVENTS, layout.DECISIONS):
        with (root / name).open("ab") as file:
            file.write(b'{"id":"2","kind":"reje')
    torn = (root / layout.DECISIONS).read_bytes()
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", [])
    told = [event.message for event in events if event.event is Happened.MOVED_ASIDE]
    assert [text.partition(":")[0] for text in told] == [layout.EVENTS, layout.DECISIONS]
    kept = next((root / layout.DAMAGED).glob(f"{layout.DECISIONS}.*"))
    assert kept.read_bytes() == torn
    assert [decision.id for decision in read_snapshot(root).decisions] == ["1"]


@pytest.mark.parametrize("rubbish", [b"", b"{", b"\xff", b"[]", b'{"at": "x"}'])
def test_live_state_is_worthless_and_never_in_the_way(root: Path, rubbish: bytes) -> None:
    (root / layout.LIVE).write_bytes(rubbish)
    assert read_snapshot(root).live is None
    assert play(root)[0] == "done"
    assert not (root / layout.LIVE).exists()


def test_leftover_temp_files_of_a_kill_are_swept(root: Path) -> None:
    for name in ("live.json", "plan.json", "plan.receipt.json", ".history/plans/x.json", ".history/damaged/y.1"):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.with_name(f".{path.name}.4711.tmp").write_bytes(b"half")
    with Lock(root / layout.EDIT_LOCK, verb="edit", now="now"):
        play(root)
        assert len(list(root.rglob(".*.tmp"))) == 5, "somebody is saving an edit this moment"
    play(root)
    assert list(root.rglob(".*.tmp")) == []


# --- the history ---------------------------------------------------------------------------------------------------


def shelved(root: Path, step: str) -> list[Path]:
    return sorted((root / layout.SHELF).glob(f"{step.replace('/', '~')}@*"))


def test_a_damaged_shelf_is_moved_aside_and_the_step_made(root: Path) -> None:
    old = toy_plan(1).shots[0].prompt
    edit(root, prompt={0: "Pan left. Other words. 35mm"})
    play(root)
    flip(shelved(root, "shots/00/keyframe")[0] / "keyframe.png")
    edit(root, prompt={0: old})
    outcome, events = play(root)
    assert outcome == "done"
    assert made(events) == ["shots/00/keyframe", "reel"]
    assert any("the kept shots/00/keyframe was damaged" in event.message for event in events)


def test_a_shelf_with_a_link_or_a_strange_receipt_is_not_used(root: Path) -> None:
    old = toy_plan(1).shots[0].prompt
    edit(root, prompt={0: "Pan left. Other words. 35mm"})
    play(root)
    shelf = shelved(root, "shots/00/keyframe")[0]
    moved = root.parent / "keyframe.png"
    shutil.move(shelf / "keyframe.png", moved)
    (shelf / "keyframe.png").symlink_to(moved)
    edit(root, prompt={0: old})
    outcome, events = play(root)
    assert outcome == "done"
    assert made(events) == ["shots/00/keyframe", "reel"]
    assert moved.exists()


def test_another_result_of_the_same_request_is_not_lost_on_the_shelf(root: Path) -> None:
    """A model may draw the same request differently; asked for again and again, every result is kept."""
    hashes = set()
    for number in range(3):
        receipt = read_receipt(root / "music.json")
        assert receipt is not None
        hashes.add(hash_file(root / "music.wav").sha256)
        data = f"another sound {number}".encode()
        source = stage_folder(root, "music") / "music.wav"
        source.write_bytes(data)
        commit(root, msgspec.structs.replace(receipt, outputs={}, why=f"again {number}"), {"music.wav": source})
    kept = {hash_file(path / "music.wav").sha256 for path in shelved(root, "music")}
    assert len(hashes) == 3
    assert kept == hashes
