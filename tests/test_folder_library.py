"""The library: names, making, finding, listing; odd things in it are shown or left alone, never fatal."""

from __future__ import annotations

import os
from pathlib import Path
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.film.errors import BadInput, DiskTrouble
from core.film.settings import Settings
from core.folder.library import check_name, create_reel, find_reel, list_reels, slug
from core.folder.lock import Lock
from core.folder.snapshot import read_reel
from tests.stage import NOW, TINY, edit, new_reel, play
from tests.toys import toy_plan

ONE = msgspec.structs.replace(TINY, shots=1)


def test_a_reel_appears_with_everything_it_was_told(library: Path) -> None:
    settings = Settings(width=64, height=96, shots=2, seed=7, voice=False)
    root = create_reel(library, "Aiko walks through\nTokyo", settings, name=None, now=NOW)
    reel = read_reel(root)
    assert (reel.settings, reel.sentence, reel.created) == (settings, "Aiko walks through\nTokyo", NOW)
    assert (reel.name, root.name) == ("aiko-walks-tokyo", "aiko-walks-tokyo")
    assert os.listdir(library) == ["aiko-walks-tokyo"]


def test_the_same_sentence_gets_a_number_and_a_given_name_must_be_free(library: Path) -> None:
    names = [create_reel(library, "A dog", TINY, name=None, now=NOW).name for _ in range(3)]
    assert names == ["dog", "dog-2", "dog-3"]
    with pytest.raises(BadInput, match="already a reel named dog"):
        create_reel(library, "A dog", TINY, name="dog", now=NOW)
    assert sorted(os.listdir(library)) == names


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", ".hidden", "-rf", "a\0b", "a\x1b[31m", "x" * 101, "字" * 70, "a\nb"]
)
def test_a_name_that_cannot_be_a_folders_is_refused(library: Path, name: str) -> None:
    with pytest.raises(BadInput):
        check_name(name)
    if name:
        with pytest.raises(BadInput):
            create_reel(library, "A dog", TINY, name=name, now=NOW)
    assert not library.exists() or os.listdir(library) == []


@given(st.text(st.characters(), max_size=400))
def test_every_sentence_gives_a_name_that_is_allowed(sentence: str) -> None:
    name = slug(sentence)
    assert check_name(name) == name
    assert len(os.fsencode(name)) <= 255


@pytest.mark.parametrize("sentence", ["東京の夜を歩く", "...", "\x1b]0;x\x07", "नमस्ते दुनिया", "🎬🎬", "the of and"])
def test_other_scripts_and_no_words_make_folders(library: Path, sentence: str) -> None:
    root = create_reel(library, sentence, TINY, name=None, now=NOW)
    assert root.is_dir()
    assert read_reel(root).sentence == sentence


def test_a_library_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DiskTrouble, match="not a folder"):
        create_reel(tmp_path / "file" / "library", "A dog", TINY, name=None, now=NOW)


def test_a_disk_that_fills_while_a_reel_is_made_leaves_nothing(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(DiskTrouble, match="full"):
        create_reel(library, "A dog", TINY, name=None, now=NOW)
    assert os.listdir(library) == []


def test_a_reel_is_found_by_name_or_path_and_near_names_are_told(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = new_reel(library)
    assert find_reel("aiko-walks", library) == root.resolve()
    assert find_reel(str(root), library / "elsewhere") == root.resolve()
    monkeypatch.chdir(root)
    assert find_reel(".", library / "elsewhere") == root.resolve()
    with pytest.raises(BadInput) as caught:
        find_reel("aiko-walk", library)
    assert "did you mean aiko-walks?" in caught.value.remedy
    for word in ("", "a\0b", "x" * 5000, "nothing like it"):
        with pytest.raises(BadInput):
            find_reel(word, library)


def test_odd_things_in_a_library_are_left_out_or_shown_as_broken(library: Path) -> None:
    good = new_reel(library)
    (library / "empty").mkdir()
    (library / "a file").write_text("x")
    (library / ".hidden").mkdir()
    (library / ".hidden/reel.toml").write_text("")
    (library / "linked").symlink_to(good)
    broken = {
        "no toml": b"{{{",
        "no utf-8": b"\xff\xfe",
        "empty": b"",
        "wrong type": b'name = 5\nid = "x"',
        "evil": b'name = "\\u001b[31m"\nwhat = 1',
        "too deep": b"a = " + b"[" * 5000,
        "other schema": (good / "reel.toml").read_bytes().replace(b"schema = 1", b"schema = 99"),
    }
    for name, data in broken.items():
        (library / f"bad {name}").mkdir()
        (library / f"bad {name}" / "reel.toml").write_bytes(data)
    (library / "bad folder" / "reel.toml").mkdir(parents=True)
    (library / "bad link").mkdir()
    (library / "bad link" / "reel.toml").symlink_to(good / "reel.toml")
    cards = {card.name: card for card in list_reels(library)}
    assert cards.pop("aiko-walks").state == "planned"
    assert set(cards) == {f"bad {name}" for name in (*broken, "link", "folder")}
    assert {card.state for card in cards.values()} == {"broken"}
    assert all(card.problem and "\x1b" not in card.problem for card in cards.values())
    assert "schema 99" in cards["bad other schema"].problem


def test_no_library_is_an_empty_list(library: Path) -> None:
    assert list_reels(library) == ()


def test_a_library_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="cannot read the library"):
        list_reels(tmp_path / "file")


def test_the_states_of_a_listing(library: Path) -> None:
    planned = new_reel(library, ONE, sentence="Planned one")
    done = new_reel(library, ONE, toy_plan(1), sentence="Done one")
    play(done)
    failed = new_reel(library, ONE, toy_plan(1), sentence="Failed one")
    edit(failed, prompt={0: "Pan left. [raise] now. 35mm"})
    play(failed)
    stopped = new_reel(library, ONE, toy_plan(1), sentence="Stopped one")
    play(stopped)
    events = stopped / "events.jsonl"
    events.write_bytes(b"\n".join(events.read_bytes().split(b"\n")[:5]) + b"\n")
    edited = new_reel(library, ONE, toy_plan(1), sentence="Edited one")
    play(edited)
    edit(edited, setting="a beach")
    os.utime(edited / "plan.json", (4e9, 4e9))
    with Lock(planned / ".lock", verb="make", now=NOW):
        assert {card.name: card.state for card in list_reels(library)}["planned-one"] == "running"
    cards = {card.name: card for card in list_reels(library)}
    states = {name: card.state for name, card in cards.items()}
    assert states == {
        "planned-one": "planned",
        "done-one": "done",
        "failed-one": "failed",
        "stopped-one": "interrupted",
        "edited-one": "planned",
    }
    assert cards["edited-one"].changed
    assert not cards["done-one"].changed
    assert cards["done-one"].seconds == 1.0
    assert cards["done-one"].done == cards["done-one"].total > 5


def test_listing_reads_three_small_files_of_each_reel_and_the_queue_once(library: Path) -> None:
    """A library of 1,000 reels must not read every file of every reel."""
    roots = [new_reel(library, ONE, toy_plan(1), sentence=f"Reel {number}") for number in range(3)]
    for root in roots:
        play(root)
    opened: list[str] = []
    real_open, real_list = os.open, os.listdir

    def watch(path: str | os.PathLike[str], *args: int, **options: int) -> int:
        opened.append(os.path.basename(os.fspath(path)))
        return real_open(path, *args, **options)

    def no_listing(path: str | os.PathLike[str]) -> list[str]:
        assert Path(path).parent != library, "a listing does not look into a reel's folder"
        return real_list(path)

    with mock.patch.object(os, "open", watch), mock.patch.object(os, "listdir", no_listing):
        assert len(list_reels(library)) == 3
    assert set(opened) <= {"reel.toml", "events.jsonl", ".lock", ".queue.json"}
    assert len(opened) == 3 * 3 + 1
