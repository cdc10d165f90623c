"""The lock: one process at a time, freed by any death, the holder named."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from core.film.errors import DiskTrouble, Locked
from core.folder.lock import Lock, holder_of
from tests.holding import held_elsewhere
from tests.stage import NOW, new_reel, play
from tests.toys import toy_plan


def test_a_second_process_is_refused_and_told_by_whom(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with held_elsewhere(path) as child:
        with pytest.raises(Locked, match=f"reeltui make .process {child}.*since {NOW}") as caught:
            Lock(path, verb="resume", now=NOW)
        assert caught.value.exit_code == 4
        holder = holder_of(path)
        assert holder is not None
        assert (holder.pid, holder.verb, holder.since) == (child, "make", NOW)


def test_kill_9_frees_it_at_once(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    with held_elsewhere(path):
        assert holder_of(path) is not None
    assert holder_of(path) is None
    with Lock(path, verb="resume", now=NOW):
        pass


def test_the_same_process_cannot_take_it_twice(tmp_path: Path) -> None:
    with Lock(tmp_path / "l", verb="a", now=NOW), pytest.raises(Locked):
        Lock(tmp_path / "l", verb="b", now=NOW)
    Lock(tmp_path / "l", verb="b", now=NOW).release()


def test_a_child_that_outlives_us_does_not_keep_it(tmp_path: Path) -> None:
    """A process started with exec while we hold the lock (a host, say) must not inherit it."""
    lock = Lock(tmp_path / "l", verb="a", now=NOW)
    child = os.posix_spawn("/bin/sleep", ["sleep", "60"], os.environ)
    try:
        lock.release()
        Lock(tmp_path / "l", verb="b", now=NOW).release()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_asking_who_holds_it_changes_nothing(tmp_path: Path) -> None:
    assert holder_of(tmp_path / "l") is None
    assert not (tmp_path / "l").exists()
    Lock(tmp_path / "l", verb="a", now=NOW).release()
    before = (tmp_path / "l").read_bytes()
    assert holder_of(tmp_path / "l") is None
    assert (tmp_path / "l").read_bytes() == before, "the file stays, and says who had it last"


@pytest.mark.parametrize("rubbish", [b"", b"{", b"\xff\xff", b'{"pid": "x"}'])
def test_a_holder_that_cannot_be_read_still_holds(tmp_path: Path, rubbish: bytes) -> None:
    path = tmp_path / "l"
    with held_elsewhere(path):
        path.write_bytes(rubbish)
        assert holder_of(path) is not None
        with pytest.raises(Locked):
            Lock(path, verb="b", now=NOW)


def test_a_link_is_refused_and_not_emptied(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("precious")
    (tmp_path / "l").symlink_to(tmp_path / "outside")
    with pytest.raises(DiskTrouble, match="symbolic link"):
        Lock(tmp_path / "l", verb="a", now=NOW)
    assert holder_of(tmp_path / "l") is None
    assert (tmp_path / "outside").read_text() == "precious"


def test_release_twice_is_harmless_and_frees_nobody_elses(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "l", verb="a", now=NOW)
    lock.release()
    with Lock(tmp_path / "l", verb="b", now=NOW):
        lock.release()
        assert holder_of(tmp_path / "l") is not None


def test_a_reel_that_is_being_worked_on_is_refused(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    with held_elsewhere(root / ".lock") as child:
        before = sorted(path.name for path in root.rglob("*"))
        with pytest.raises(Locked, match=f"{root.name} is being worked on by reeltui make .process {child}"):
            play(root)
        assert sorted(path.name for path in root.rglob("*")) == before
    assert play(root)[0] == "done"
