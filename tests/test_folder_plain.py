"""Files that are none: a pipe is never waited for, a link not followed, a folder said to be one, by every reader."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from core.film.errors import ReelError
from core.film.event import Event
from core.folder import layout
from core.folder.journal import Journal
from core.folder.library import list_reels, read_card
from core.folder.lock import Lock, holder_of
from core.folder.plain import read_plain
from core.folder.queue import QUEUE, read_queue
from core.folder.snapshot import HashChecker, check_size, read_live, read_snapshot
from tests.harming import HARMS, harmed
from tests.stage import TINY, new_reel, play
from tests.toys import toy_plan

FILES = (
    layout.REEL_FILE,
    layout.PLAN_FILE,
    "plan.receipt.json",
    layout.EVENTS,
    layout.DECISIONS,
    layout.LIVE,
    layout.LOCK,
    "shots/00/keyframe.json",
    "shots/00/keyframe.png",
    "shots/00/takes/001/clip.json",
    "shots/00/takes/001/verdict.json",
    "reel.json",
    "../.queue.json",
)


@pytest.fixture
def soon() -> Iterator[None]:
    """End a test that waits for ever."""

    def late(number: int, frame: FrameType | None) -> None:
        raise AssertionError("somebody waits at a pipe")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(30)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture
def reel(library: Path) -> Path:
    """A finished reel."""
    root = new_reel(library, TINY, toy_plan(3))
    play(root)
    (library / QUEUE).write_text('{"schema":1,"paused":false,"reels":[]}')
    return root


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("name", FILES)
def test_whatever_a_file_is_everybody_comes_back(reel: Path, name: str) -> None:
    before, path = read_snapshot(reel), reel / name
    for harm in HARMS:
        with harmed(path, harm):
            cards = list_reels(reel.parent)
            if (name, harm) != (layout.REEL_FILE, "nothing"):
                assert [card.name for card in cards] == [reel.name], harm
            for check in (check_size, HashChecker()):
                trouble = None
                try:
                    read_snapshot(reel, check)
                except ReelError as error:
                    trouble = error
                assert trouble is None or (path.name in f"{trouble}" and trouble.remedy), harm
            read_queue(reel.parent)
            read_live(reel)
            holder_of(reel / layout.LOCK)
    assert read_snapshot(reel) == before


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("harm", ["folder", "pipe", "socket", "loop"])
def test_what_is_no_file_is_named_with_the_reason(reel: Path, harm: str) -> None:
    reason = "symbolic link" if harm == "loop" else "not a plain file"
    with harmed(reel / layout.REEL_FILE, harm):
        card = list_reels(reel.parent)[0]
        assert card.state == "broken"
        assert reason in card.problem
    if harm == "loop":
        return  # a journal that is a link counts as none, and writing to it is refused
    with harmed(reel / layout.EVENTS, harm):
        assert reason in read_card(reel).problem
        assert read_card(reel).sentence == "Aiko walks"
        with pytest.raises(ReelError, match=reason):
            read_snapshot(reel)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("harm", ["folder", "pipe", "socket", "loop"])
def test_writing_there_is_refused(reel: Path, harm: str) -> None:
    event = Journal(reel / layout.EVENTS, Event).read()[0][0]
    with harmed(reel / layout.EVENTS, harm), pytest.raises(ReelError, match="cannot write"):
        Journal(reel / layout.EVENTS, Event).append(event)
    with harmed(reel / layout.LOCK, harm), pytest.raises(ReelError, match="cannot write"):
        Lock(reel / layout.LOCK, verb="test", now="")


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"12345")
    assert read_plain(path, most=5) == b"12345"
    with pytest.raises(OSError, match="it has more than 4 bytes"):
        read_plain(path, most=4)
    os.truncate(path, 1 << 40)  # a hole: it takes no room on the disk, and would take all memory
    with pytest.raises(OSError, match="it has more than 4 bytes"):
        read_plain(path, most=4)
