"""What the desk remembers: kept over sessions, bounded, shared by several desks, and forgotten where it is damaged."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from core.places import state_dir
from reeltui.remembered import MOST_LIBRARIES, MOST_REELS, InLibrary, InReel, Place, Remembered

LIBRARY = Path("/home/ada/reels")
REEL = LIBRARY / "tokyo-night"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


def desk(clock: Clock | None = None) -> Remembered:
    """A desk that was just opened."""
    found = Remembered(clock=clock or Clock())
    assert found.load() == ""
    return found


def test_the_first_time_nothing_is_known_and_nothing_written() -> None:
    one = desk()
    assert (one.theme, one.last, one.library(LIBRARY), one.reel(REEL)) == ("", Place(), InLibrary(), InReel())
    assert one.save() == ""
    assert not one.path.exists()


def test_what_was_chosen_is_there_the_next_time() -> None:
    clock = Clock()
    one = desk(clock)
    one.choose_theme("daylight")
    one.be_at("shot", library=LIBRARY, reel=REEL, shot=3)
    one.in_library(LIBRARY, reel="tokyo-night", sort="age")
    one.in_library(LIBRARY, filter="kite")
    one.in_reel(REEL, shot=3)
    one.saw(REEL)
    assert one.save() == ""
    two = desk(clock)
    assert two.path == state_dir() / "desk.json"
    assert two.theme == "daylight"
    assert two.last == Place("shot", str(LIBRARY), str(REEL), 3)
    known = two.library(LIBRARY)
    assert (known.reel, known.sort, known.filter) == ("tokyo-night", "age", "kite")
    assert (two.reel(REEL).shot, two.reel(REEL).seen) == (3, clock.now)
    two.in_library(LIBRARY, filter="")
    assert two.save() == ""
    assert desk().library(LIBRARY).filter == ""
    assert desk().library(LIBRARY).sort == "age"


def test_what_is_the_same_is_not_written_again() -> None:
    one = desk()
    one.choose_theme("daylight")
    one.in_reel(REEL, shot=1)
    one.be_at("reel", reel=REEL)
    one.save()
    one.path.unlink()
    one.choose_theme("daylight")
    one.in_reel(REEL, shot=1)
    one.be_at("reel", reel=REEL)
    assert one.save() == ""
    assert not one.path.exists()


def test_two_desks_lose_nothing_of_each_other() -> None:
    clock = Clock()
    one, two = desk(clock), desk(clock)
    one.choose_theme("daylight")
    one.in_reel(REEL, shot=2)
    one.in_library(LIBRARY, sort="age")
    two.saw(REEL)
    two.in_library(LIBRARY, filter="kite")
    two.in_reel(LIBRARY / "other", shot=1)
    assert one.save() == two.save() == ""
    three = desk()
    assert three.theme == "daylight"
    assert three.reel(REEL).shot == 2
    assert three.reel(REEL).seen > 0
    assert (three.library(LIBRARY).sort, three.library(LIBRARY).filter) == ("age", "kite")
    assert three.reel(LIBRARY / "other").shot == 1


def test_whoever_looked_last_counts() -> None:
    clock = Clock()
    one, two = desk(clock), desk(clock)
    two.saw(REEL)
    early = clock.now
    one.saw(REEL)
    late = clock.now
    one.save()
    two.save()
    assert early < late == desk().reel(REEL).seen


def test_many_desks_at_once_write_everything() -> None:
    desks = [desk() for _ in range(8)]

    def work(number: int) -> None:
        for shot in range(5):
            desks[number].in_reel(LIBRARY / f"reel-{number}", shot=shot)
            assert desks[number].save() == ""

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = desk()
    assert [found.reel(LIBRARY / f"reel-{number}").shot for number in range(8)] == [4] * 8


def test_it_does_not_grow_without_end() -> None:
    one = desk()
    for number in range(MOST_REELS + 20):
        one.in_reel(LIBRARY / str(number), shot=1)
    for number in range(MOST_LIBRARIES + 5):
        one.in_library(Path("/", str(number)), sort="age")
    one.save()
    stored = json.loads(one.path.read_text())
    assert len(stored["reels"]) == MOST_REELS
    assert len(stored["libraries"]) == MOST_LIBRARIES
    assert one.reel(LIBRARY / "0") == InReel()
    assert one.reel(LIBRARY / str(MOST_REELS + 19)).shot == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"schema": true}',
        b'{"theme": "daylight"}',
        b'{"schema": 1, "theme": 3}',
        b'{"schema": 1, "reels": {"/a": {"shot": -1}}}',
        b'{"schema": 1, "reels": {"/a": {"seen": "x"}}}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
    ],
)
def test_a_damaged_file_is_put_aside_and_said_once(data: bytes) -> None:
    path = state_dir() / "desk.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    one = Remembered()
    assert "forgotten" in one.load()
    assert (path.parent / "desk.damaged-1.json").read_bytes() == data
    assert desk().theme == ""
    one.choose_theme("daylight")
    assert one.save() == ""
    assert desk().theme == "daylight"


def test_what_a_newer_one_wrote_is_left_alone() -> None:
    path = state_dir() / "desk.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"schema": 2, "theme": "x"}')
    one = Remembered()
    assert "schema 2" in one.load()
    one.choose_theme("daylight")
    assert one.theme == "daylight"
    assert "schema 2" in one.save()
    assert path.read_text() == '{"schema": 2, "theme": "x"}'


def test_a_pipe_is_not_waited_for_and_a_link_not_followed(tmp_path: Path) -> None:
    path = state_dir() / "desk.json"
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    assert "forgotten" in Remembered().load()
    path.unlink()
    (tmp_path / "else.json").write_text('{"schema": 1, "theme": "x"}')
    path.symlink_to(tmp_path / "else.json")
    one = Remembered()
    assert "forgotten" in one.load()
    one.choose_theme("daylight")
    one.save()
    assert (tmp_path / "else.json").read_text() == '{"schema": 1, "theme": "x"}'


def test_where_nothing_can_be_written_it_is_said_and_tried_again() -> None:
    path = state_dir() / "desk.json"
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.write_text("in the way")
    one = Remembered()
    assert one.load() == ""
    one.choose_theme("daylight")
    assert "not be remembered" in one.save()
    path.parent.unlink()
    assert one.save() == ""
    assert desk().theme == "daylight"


def test_only_whole_files_are_written() -> None:
    one = desk()
    one.choose_theme("daylight")
    one.save()
    assert stat.S_ISREG(one.path.stat().st_mode)
    assert sorted(path.name for path in one.path.parent.iterdir()) == ["desk.json", "desk.lock"]


def test_names_that_are_no_utf8_come_back() -> None:
    odd = Path(os.fsdecode(b"/reels/\xff\xfe"))
    one = desk()
    one.in_reel(odd, shot=2)
    one.be_at("reel", reel=odd)
    one.save()
    two = desk()
    assert two.reel(odd).shot == 2
    assert Path(two.last.reel) == odd


def test_words_from_the_file_are_harmless() -> None:
    path = state_dir() / "desk.json"
    path.parent.mkdir(parents=True)
    hostile = "a\x1b]0;x\x07\u202eb"
    stored = {"schema": 1, "theme": hostile, "libraries": {"/reels": {"filter": hostile, "sort": hostile}}}
    path.write_text(json.dumps(stored))
    one = desk()
    known = one.library(Path("/reels"))
    assert {one.theme, known.filter, known.sort} == {"a]0;xb"}
