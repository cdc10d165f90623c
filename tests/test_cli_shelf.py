"""The verbs duplicate and archive as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.folder import layout
from core.folder.library import ARCHIVE
from core.folder.lock import Lock
from core.folder.queue import read_queue
from tests.face import Face, face
from tests.stage import NOW, new_reel, play
from tests.toys import toy_plan

__all__ = ["face"]


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel named walk."""
    made = new_reel(library, plan=toy_plan(1))
    play(made)
    return made.rename(library / "walk")


def test_a_duplicate_says_what_it_is_and_how_to_make_it(face: Face, root: Path, library: Path) -> None:
    said = face("duplicate", "walk")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "walk-2 is a copy of walk",
        f"  change its words in {library / 'walk-2' / 'plan.json'}",
        "  make it: reeltui resume walk-2",
    ]
    assert face("resume", "walk-2").code == 0


def test_a_duplicate_with_takes_says_how_much_it_took(face: Face, root: Path) -> None:
    (root / "music.wav").unlink()
    said = face("duplicate", "walk", "--with-takes", "--name", "run", "--json")
    assert said.code == 0
    assert said.err == "left out: music: music.wav is missing\n"
    told = said.last
    assert (told["type"], told["reel"], told["source"]) == ("duplicate", "run", "walk")
    assert told["path"] == str(root.parent / "run")
    assert "shots/00/takes/001/clip" in told["steps"]
    assert told["bytes"] > 1000
    assert told["left"] == ["music: music.wav is missing"]
    assert face("duplicate", "run", "--with-takes").out.startswith("run-2 is a copy of run, with ")


def test_what_cannot_be_duplicated_is_refused(face: Face, root: Path) -> None:
    assert "no reel 'nobody'" in face("duplicate", "nobody").refused(2)
    assert "already a reel named walk" in face("duplicate", "walk", "--name", "walk").refused(2)
    assert "cannot be a reel's name" in face("duplicate", "walk", "--name", "../x").refused(2)
    with Lock(root / layout.LOCK, verb="worker", now=NOW):
        assert "without its takes" in face("duplicate", "walk", "--with-takes").refused(4)


def test_a_reel_goes_to_the_archive_and_comes_back(face: Face, root: Path, library: Path) -> None:
    face("queue", "add", "walk")
    said = face("archive", "walk")
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "walk is archived and left the queue; nothing was deleted. Bring it back: reeltui archive walk --back\n"
    )
    assert read_queue(library).reels == ()
    assert "There are no reels" in face("list").out
    assert face("archive", "--list").out.startswith("walk  done")
    assert "reeltui archive --back walk" in face("status", "walk").refused(2)
    said = face("archive", "walk", "--back")
    assert said.out == "walk is back. Go on with: reeltui resume walk\n"
    assert face("archive", "--list").out == f"Nothing is archived in {library}.\n"
    assert face("status", "walk").code == 0


def test_the_archive_answers_in_json(face: Face, root: Path, library: Path) -> None:
    away = library / ARCHIVE / "walk"
    assert face("archive", "walk", "--json").last == [
        {"reel": "walk", "path": str(away), "before": str(root), "archived": True, "queued": False}
    ]
    (card,) = face("archive", "--list", "--json").last
    assert (card["name"], card["state"], card["path"]) == ("walk", "done", str(away))
    assert face("archive", "--back", "walk", "--json").last == [
        {"reel": "walk", "path": str(root), "before": str(away), "archived": False, "queued": False}
    ]
    assert face("archive", "--list", "--json").last == []


def test_another_library_is_named_by_the_path(face: Face, root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    root.parent.rename(other)
    said = face("archive", str(other / "walk"))
    back = said.out.strip().rpartition("Bring it back: reeltui ")[2]
    assert face(*back.split()).code == 0
    assert (other / "walk").is_dir()
    face("archive", "walk", "--library", str(other))
    assert face("archive", "--back", str(other / ARCHIVE / "walk")).code == 0


def test_one_that_is_taken_gets_a_number_and_says_so(face: Face, root: Path, library: Path) -> None:
    face("archive", "walk")
    new_reel(library, sentence="other").rename(root)
    assert "walk is back as walk-2, for there is another of its name" in face("archive", "--back", "walk").out


def test_what_cannot_be_archived_is_refused(face: Face, root: Path) -> None:
    assert "no reel was named" in face("archive").refused(2)
    assert "no reel was named" in face("archive", "--back").refused(2)
    assert "takes no reel" in face("archive", "--list", "walk").refused(2)
    assert "no reel 'nobody' is archived" in face("archive", "--back", "nobody").refused(2)
    assert "no reel 'nobody'" in face("archive", "walk", "nobody").refused(2)
    assert root.exists(), "all were looked for before one was moved"
    with Lock(root / layout.LOCK, verb="make", now=NOW):
        assert "reeltui cancel walk" in face("archive", "walk").refused(4)


def test_words_from_files_are_harmless(face: Face, root: Path, library: Path) -> None:
    nasty = root.rename(library / "a\x1b]0;owned\x07")
    for words in (("duplicate", nasty.name), ("archive", nasty.name), ("archive", "--list")):
        said = face(*words)
        assert said.code == 0
        assert not set("\x1b\x07") & set(said.out + said.err)
