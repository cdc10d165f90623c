"""Reels duplicated, set aside and brought back: whole or not at all, and never from under somebody's hands."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from core.film.errors import BadInput, DiskTrouble, Locked
from core.folder import copies, layout
from core.folder.library import ARCHIVE, find_reel, list_reels, read_card
from core.folder.lock import Lock
from core.folder.queue import QUEUE, read_queue
from core.folder.snapshot import HashChecker, read_reel, read_snapshot
from reeltui.acts import decide, line, opened
from reeltui.acts.shelf import archive, archived, bring_back, duplicate
from tests.stage import NOW, TINY, board, edit, new_reel, play, retaken
from tests.test_cli_decisions import picture
from tests.toys import toy_lineup


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "engine_of", lambda settings: toy_lineup())


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of three shots; shot 1 has two takes and a word about one."""
    made = (library / "walk").resolve()
    retaken(library).rename(made)
    decide.say(made, decide.approve(1, 1))
    play(made)
    return made


def content(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def due(root: Path) -> list[str]:
    return [state.step.id for state in board(root)[1].due]


# --- duplicates -----------------------------------------------------------------------------------------------------


def test_a_duplicate_has_the_words_and_nothing_that_was_made(root: Path) -> None:
    before = content(root)
    made = duplicate(root)
    assert made.root == root.parent / "walk-2"
    assert (made.steps, made.bytes, made.warnings) == ((), 0, ())
    old, new = read_reel(root), read_reel(made.root)
    assert (new.sentence, new.settings, new.name) == (old.sentence, old.settings, "walk-2")
    assert new.id != old.id
    snapshot = read_snapshot(made.root)
    assert snapshot.plan == read_snapshot(root).plan
    assert (snapshot.artifacts, snapshot.takes, snapshot.decisions) == ({}, {}, ())
    assert content(root) == before
    assert play(made.root)[0] == "done"


def test_a_duplicate_with_takes_has_nothing_to_do_and_ships_the_same(root: Path) -> None:
    made = duplicate(root, with_takes=True)
    assert "shots/01/takes/002/clip" in made.steps
    assert (made.warnings, due(made.root)) == ((), [])
    old, new = read_snapshot(root, HashChecker()), read_snapshot(made.root, HashChecker())
    assert new.artifacts == old.artifacts
    assert new.takes == old.takes
    assert new.decisions == old.decisions
    assert [shot.ships for shot in board(made.root)[1].shots] == [1, 1, 1]
    assert made.bytes == sum(
        output.bytes
        for artifact in (*new.artifacts.values(), *(t.clip for ts in new.takes.values() for t in ts))
        if artifact.receipt is not None and artifact.step != layout.PLAN
        for output in artifact.receipt.outputs.values()
    )
    card = read_card(made.root)
    assert (card.state, card.changed, card.seconds) == ("done", False, read_card(root).seconds)
    assert (card.done, card.total) == (len(board(root)[1].steps),) * 2
    outcome, events = play(made.root)
    assert outcome == "done"
    assert not [event for event in events if event.event.value == "step_done"]


def test_a_duplicate_lives_on_its_own(root: Path) -> None:
    made = duplicate(root, with_takes=True)
    edit(made.root, narration={0: "Other words."})
    play(made.root)
    assert due(root) == []
    assert not {(root / name).stat().st_ino for name in content(root)} & {
        (made.root / name).stat().st_ino for name in content(made.root)
    }


def test_own_pictures_come_along_and_other_words_do_not(root: Path, tmp_path: Path) -> None:
    step = layout.master("A")
    brought = decide.bring_picture(root, step, picture(tmp_path))
    decide.say(root, decide.use_picture(step, brought.sha))
    decide.say(root, decide.retake(0))
    made = duplicate(root).root
    snapshot = read_snapshot(made)
    assert [(said.step, said.seen) for said in snapshot.decisions] == [(step, brought.sha)]
    assert snapshot.pictures == read_snapshot(root).pictures
    assert play(made)[0] == "done"
    assert read_snapshot(made).artifacts[step].receipt.backend == "own-picture"  # type: ignore[union-attr]


def test_an_own_picture_that_is_lost_is_left_out_and_named(root: Path, tmp_path: Path) -> None:
    step = layout.master("A")
    brought = decide.bring_picture(root, step, picture(tmp_path))
    decide.say(root, decide.use_picture(step, brought.sha))
    (root / layout.picture(brought.sha, "png")).write_bytes(b"other")
    made = duplicate(root)
    assert "masters/A: your own picture is missing" in made.warnings[0]
    assert play(made.root)[0] == "done"


def test_what_is_damaged_is_left_out_named_and_made_again(root: Path) -> None:
    clip = root / "shots/00/takes/001/clip.mp4"
    data = clip.read_bytes()
    clip.write_bytes(bytes(len(data)))  # of the right size, so only its sha256 tells
    (root / "music.wav").unlink()
    made = duplicate(root, with_takes=True)
    assert sorted(text.partition(":")[0] for text in made.warnings) == ["music", "shots/00/takes/001/clip"]
    assert not (made.root / "shots/00/takes/001/clip.mp4").exists()
    assert {"music", "shots/00/takes/001/clip"} <= set(due(made.root))
    assert play(made.root)[0] == "done"


def test_a_step_is_copied_with_all_of_its_files_or_none(root: Path) -> None:
    still = root / "shots/00/takes/001/frame_3.jpg"
    still.write_bytes(bytes(still.stat().st_size))
    made = duplicate(root, with_takes=True)
    assert made.warnings == ("shots/00/takes/001/clip: frame_3.jpg is not what was made (its sha256 differs)",)
    left = {path.name for path in (made.root / "shots/00/takes/001").iterdir()}
    assert left <= {"verdict.json"}


def test_a_refused_plan_gives_way_to_the_last_good_one(root: Path, library: Path) -> None:
    good = read_snapshot(root).plan
    (root / layout.PLAN_FILE).write_text("{")
    made = duplicate(root, with_takes=True)
    assert "its last good plan is taken" in made.warnings[0]
    assert read_snapshot(made.root).plan == good
    assert due(made.root) == []
    first = new_reel(library, TINY)
    (first / layout.PLAN_FILE).write_text("{")
    assert "the copy has no plan" in duplicate(first).warnings[0]


def test_a_plan_edited_since_is_the_copys_plan_and_the_old_one_its_last_good(root: Path) -> None:
    edit(root, narration={0: "Other words."})
    made = duplicate(root, with_takes=True).root
    assert due(made) == due(root) != []
    (made / layout.PLAN_FILE).write_text("{")
    assert read_snapshot(made).plan is not None


def test_names_are_numbered_and_a_given_one_must_be_free(root: Path) -> None:
    assert [duplicate(root).root.name for _ in range(2)] == ["walk-2", "walk-3"]
    assert duplicate(root.parent / "walk-2").root.name == "walk-4"
    assert duplicate(root, name="run").root.name == "run"
    with pytest.raises(BadInput, match="already a reel named run"):
        duplicate(root, name="run")
    odd = root.rename(root.with_name("-odd\x1b"))
    assert duplicate(odd).root.name == "aiko-walks"


def test_takes_are_not_copied_from_under_somebodys_hands(root: Path) -> None:
    with Lock(root / layout.LOCK, verb="worker", now=NOW):
        with pytest.raises(Locked, match="reeltui worker") as busy:
            duplicate(root, with_takes=True)
        assert "pause" in busy.value.remedy
        assert duplicate(root).root.name == "walk-2"
    assert sorted(os.listdir(root.parent)) == ["walk", "walk-2"]


def test_a_disk_that_fills_leaves_no_reel(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    real = copies.write_all

    def full(descriptor: int, data: bytes) -> None:
        written.append(len(data))
        if len(written) > 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor, data)

    monkeypatch.setattr(copies, "write_all", full)
    with pytest.raises(DiskTrouble, match="full"):
        duplicate(root, with_takes=True)
    assert os.listdir(root.parent) == ["walk"]
    monkeypatch.setattr(copies, "write_all", real)
    assert duplicate(root, with_takes=True).warnings == ()


@pytest.mark.parametrize("how", ["link", "pipe", "folder"])
def test_nothing_is_followed_out_of_the_reel(root: Path, tmp_path: Path, how: str) -> None:
    path = root / "music.wav"
    data = path.read_bytes()
    path.unlink()
    if how == "link":
        (tmp_path / "music.wav").write_bytes(data)
        path.symlink_to(tmp_path / "music.wav")
    elif how == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    made = duplicate(root, with_takes=True)
    assert [text.partition(":")[0] for text in made.warnings] == ["music"]
    assert not (made.root / "music.wav").exists()


def test_a_broken_reel_is_not_duplicated(root: Path) -> None:
    (root / layout.REEL_FILE).write_text("{{{")
    with pytest.raises(BadInput, match=r"reel\.toml"):
        duplicate(root)
    assert os.listdir(root.parent) == ["walk"]


# --- the archive ----------------------------------------------------------------------------------------------------


def test_a_reel_is_set_aside_whole_and_comes_back_as_it_was(root: Path, library: Path) -> None:
    before = content(root)
    line.add(root)
    moved = archive(root)
    assert (moved.root, moved.before, moved.queued) == (root.parent / ARCHIVE / "walk", root, True)
    assert not moved.renamed
    assert not root.exists()
    assert read_queue(library).reels == ()
    assert (list_reels(library), [card.name for card in archived(library)]) == ((), ["walk"])
    assert archived(library)[0].state == "done"
    back = bring_back(library, "walk")
    assert back.root == library / "walk"
    assert archived(library) == ()
    after = content(root)
    assert {name: data for name, data in after.items() if "lock" not in name} == {
        name: data for name, data in before.items() if "lock" not in name
    }
    assert due(root) == []


def test_a_reel_somebody_works_on_is_not_set_aside(root: Path, library: Path) -> None:
    line.add(root)
    with Lock(root / layout.LOCK, verb="worker", now=NOW), pytest.raises(Locked) as busy:
        archive(root)
    assert "cancel" in busy.value.remedy
    assert root.exists()
    assert len(read_queue(library).reels) == 1
    assert archived(library) == ()


def test_a_decision_that_is_being_written_is_waited_for(root: Path) -> None:
    import threading

    held, done = Lock(root / layout.EDIT_LOCK, verb="approve", now=NOW), threading.Event()
    mover = threading.Thread(target=lambda: (archive(root), done.set()))
    mover.start()
    assert not done.wait(0.3)
    assert root.exists()
    held.release()
    mover.join(30)
    assert done.is_set()
    assert not root.exists()


def test_names_that_are_taken_get_a_number(root: Path, library: Path) -> None:
    copy = duplicate(root, name="other").root
    archive(root)
    os.rename(copy, library / "walk")
    moved = archive(library / "walk")
    assert (moved.root.name, moved.renamed) == ("walk-2", True)
    new_reel(library, sentence="walk")
    assert bring_back(library, "walk").root.name == "walk-2"
    assert {card.name for card in archived(library)} == {"walk-2"}


def test_what_is_not_there_is_said_with_what_is(root: Path, library: Path) -> None:
    assert archived(library) == ()
    archive(root)
    with pytest.raises(BadInput, match="no reel 'wolk'") as wrong:
        bring_back(library, "wolk")
    assert "walk" in wrong.value.remedy
    for name in ("", "..", "../walk", "/etc", "."):
        with pytest.raises(BadInput):
            bring_back(library, name)
    with pytest.raises(BadInput) as gone:
        find_reel("walk", library)
    assert "reeltui archive --back walk" in gone.value.remedy
    with pytest.raises(BadInput, match="archived already"):
        archive(library / ARCHIVE / "walk")


def test_an_archive_that_is_a_link_is_refused(root: Path, library: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (library / ARCHIVE).symlink_to(tmp_path / "elsewhere")
    for act in (lambda: archive(root), lambda: archived(library), lambda: bring_back(library, "walk")):
        with pytest.raises(BadInput, match="symbolic link"):
            act()
    assert root.exists()


def test_a_disk_that_refuses_leaves_the_reel_where_it_was(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.add(root)

    def refuse(*_: Any) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(DiskTrouble, match="read-only"):
        archive(root)
    monkeypatch.undo()
    assert root.exists()
    assert len(read_queue(library).reels) == 1


def test_a_queue_that_cannot_be_changed_is_a_warning(
    root: Path, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.film.errors import TryAgain
    from reeltui.acts import shelf

    line.add(root)

    def busy(*_: Any) -> None:
        raise TryAgain("somebody changes it")

    monkeypatch.setattr(shelf, "change_queue", busy)
    moved = archive(root)
    assert "it is still in the queue: somebody changes it" in moved.warnings
    assert moved.root.exists()
    assert (library / QUEUE).exists()


def test_a_broken_reel_can_be_set_aside(root: Path, library: Path) -> None:
    (root / layout.REEL_FILE).write_text("{{{")
    archive(root)
    assert archived(library)[0].state == "broken"
    assert bring_back(library, "walk").root.exists()


def test_a_copy_can_be_made_of_an_archived_reel(root: Path, library: Path) -> None:
    away = archive(root).root
    made = duplicate(away, with_takes=True)
    assert made.root == library.resolve() / "walk"
    assert read_reel(made.root).settings == TINY
