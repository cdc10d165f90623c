"""The feed: what changes in the watched folders is told, coalesced; folders may come and go."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from reeltui.feed import Feed
from tests.watching import until


class Heard:
    """What the feed told."""

    def __init__(self) -> None:
        self.told: list[frozenset[Path]] = []
        self.feed = Feed(self.told.append)

    def names(self) -> set[str]:
        return {path.name for paths in self.told for path in paths}


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()
    yield heard
    heard.feed.close()
    until(lambda: not [thread for thread in threading.enumerate() if thread.name == "desk-feed"])


def changed(heard: Heard, path: Path) -> None:
    """Write until it is heard: a watch takes a moment to begin."""

    def written() -> bool:
        path.write_text("x")
        return path.name in heard.names()

    until(written)


def test_a_change_is_told_and_what_lies_below_is_not(heard: Heard, tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    heard.feed.watch([tmp_path])
    changed(heard, tmp_path / "one")
    (below / "deep").write_text("x")
    changed(heard, tmp_path / "two")
    assert "deep" not in heard.names()


def test_many_changes_at_once_are_told_together(heard: Heard, tmp_path: Path) -> None:
    heard.feed.watch([tmp_path])
    changed(heard, tmp_path / "one")
    before = len(heard.told)
    for number in range(200):
        (tmp_path / f"n{number}").write_text("x")
    until(lambda: "n199" in heard.names())
    assert len(heard.told) - before <= 5


def test_another_screen_is_watched_and_the_one_before_is_not(heard: Heard, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    heard.feed.watch([first])
    changed(heard, first / "one")
    heard.feed.watch([second])
    changed(heard, second / "two")
    until(lambda: len([thread for thread in threading.enumerate() if thread.name == "desk-feed"]) == 1)
    (first / "three").write_text("x")
    changed(heard, second / "four")
    assert "three" not in heard.names()


def test_a_folder_that_vanishes_is_told_and_watched_again_when_it_comes_back(heard: Heard, tmp_path: Path) -> None:
    folder, other = tmp_path / "folder", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    heard.feed.watch([folder, other])
    changed(heard, folder / "one")
    shutil.rmtree(folder)
    until(lambda: frozenset() in heard.told)
    changed(heard, other / "still")
    folder.mkdir()
    changed(heard, folder / "again")


def test_a_folder_that_is_not_there_yet_is_waited_for(heard: Heard, tmp_path: Path) -> None:
    heard.feed.watch([tmp_path / "later"])
    (tmp_path / "later").mkdir()
    changed(heard, tmp_path / "later" / "one")
