"""The one write protocol: the old file or the new one, whole, whatever the disk does in between."""

from __future__ import annotations

import errno
import os
import resource
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.errors import BadInput, DiskTrouble
from core.folder import layout
from core.folder.commit import commit, recover, stage_folder
from core.folder.records import Fingerprint, Receipt
from core.folder.write import write_all, write_whole
from tests.forking import ended, fork
from tests.stage import TINY, made, new_reel, play
from tests.toys import toy_plan


def fails(monkeypatch: pytest.MonkeyPatch, name: str, number: int, *, at: int = 1) -> list[str]:
    """Make the `at`-th call of an os function fail once; return a list that grows with every call."""
    real, calls = getattr(os, name), []

    def once(*args: Any, **options: Any) -> Any:
        calls.append(os.readlink(f"/proc/self/fd/{args[0]}") if isinstance(args[0], int) else str(args[0]))
        if len(calls) == at:
            raise OSError(number, os.strerror(number))
        return real(*args, **options)

    monkeypatch.setattr(os, name, once)
    return calls


def test_short_writes_are_carried_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, data = os.write, bytes(range(256)) * 40
    monkeypatch.setattr(os, "write", lambda fd, view: real(fd, view[: max(1, len(view) // 3)]))
    write_whole(tmp_path / "a", data)
    assert (tmp_path / "a").read_bytes() == data


def test_a_write_that_stops_short_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that says it took all bytes and did not."""
    real = os.write
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "write", lambda fd, view: (real(fd, view[:2]), len(view))[1])
    with pytest.raises(DiskTrouble):
        write_whole(tmp_path / "a", b"a new text")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("number", "says"),
    [(errno.ENOSPC, "full"), (errno.EDQUOT, "quota"), (errno.EIO, "error"), (errno.EROFS, "read-only")],
)
@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
def test_a_failing_disk_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, says: str
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    fails(monkeypatch, call, number)
    with pytest.raises(DiskTrouble, match=says) as caught:
        write_whole(tmp_path / "a", b"a new text")
    assert caught.value.remedy
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_a_failed_fsync_is_never_retried_on_the_same_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = fails(monkeypatch, "fsync", errno.EIO)
    with pytest.raises(DiskTrouble):
        write_whole(tmp_path / "a", b"x")
    assert len(calls) == 1
    first = os.open(tmp_path / "kept", os.O_CREAT)  # keeps the inode number of a new file from being the old one's
    write_whole(tmp_path / "a", b"x")
    os.close(first)
    assert (tmp_path / "a").read_bytes() == b"x"


def test_files_that_are_worthless_after_a_crash_are_not_pushed_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = fails(monkeypatch, "fsync", errno.EIO)
    write_whole(tmp_path / "live.json", b"x", durable=False)
    assert calls == []


def test_an_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "write", stopped)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a", b"x")
    assert os.listdir(tmp_path) == []


def test_a_real_limit_on_the_size_of_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    def work() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        write_whole(tmp_path / "a", b"x" * 1001)

    assert ended(fork(work)) == DiskTrouble.exit_code
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_a_reel_that_runs_into_a_limit_loses_nothing_and_goes_on_later(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(2))

    def work() -> None:
        # Pictures and clips fit, the music (about 1.9 MB) does not.
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
        play(root)

    assert ended(fork(work)) == DiskTrouble.exit_code
    finished = {path: path.read_bytes() for path in root.rglob("clip.mp4")}
    assert len(finished) == 2
    outcome, events = play(root)
    assert outcome == "done"
    assert made(events) == ["music", "shots/00/narration", "shots/01/narration", "reel"]
    assert all(path.read_bytes() == data for path, data in finished.items())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_clear_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DiskTrouble, match="permission was denied"):
        write_whole(tmp_path / "a", b"x")


def test_write_all_writes_an_empty_text_too(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "a", os.O_WRONLY | os.O_CREAT)
    write_all(descriptor, b"")
    os.close(descriptor)
    assert (tmp_path / "a").read_bytes() == b""


# --- what is finished enters the reel whole, or not at all ---------------------------------------------------------


def receipt(step: str = "music") -> Receipt:
    return Receipt(
        step=step,
        made_from=Fingerprint("a" * 64, "b" * 64),
        inputs={},
        outputs={},
        request=None,
        backend="toy",
        model="",
        revision="1",
        seed=None,
        seconds=1.0,
        finished="2026-01-01T00:00:00Z",
        device="cpu",
        versions={},
    )


@pytest.mark.parametrize("at", range(1, 8))
@pytest.mark.parametrize("call", ["fsync", "rename", "write"])
def test_a_disk_that_fails_during_a_commit(library: Path, monkeypatch: pytest.MonkeyPatch, call: str, at: int) -> None:
    """Old or new after recovery, whichever call fails: never neither, never half of each."""
    root = new_reel(library)
    old = commit(root, receipt(), {"music.wav": put(root, b"old sound")})
    source = put(root, b"new sound")
    with monkeypatch.context() as patch:
        fails(patch, call, errno.EIO, at=at)
        try:
            final = commit(root, msgspec.structs.replace(receipt(), seed=5), {"music.wav": source})
        except DiskTrouble:
            final = None
    recover(root)
    found = msgspec.json.decode((root / "music.json").read_bytes(), type=Receipt)
    sound = (root / "music.wav").read_bytes()
    assert (found.seed, sound) in ((old.seed, b"old sound"), (5, b"new sound"))
    assert final is None or found == final
    assert list((root / layout.STAGING).iterdir()) == []


def put(root: Path, data: bytes) -> Path:
    source = stage_folder(root, "music") / "music.wav"
    source.write_bytes(data)
    return source


# --- nothing inside a reel is followed out of it -------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "..", "a\0b"])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="leads out of the reel"):
        layout.inside(tmp_path, name)


def test_a_link_is_refused_wherever_it_stands_in_the_path(tmp_path: Path) -> None:
    (tmp_path / "reel/shots").mkdir(parents=True)
    (tmp_path / "reel/shots/00").symlink_to(tmp_path)
    for name in ("shots/00", "shots/00/takes/001/clip.mp4"):
        with pytest.raises(BadInput, match="symbolic link") as caught:
            layout.inside(tmp_path / "reel", name)
        assert "replace the link" in caught.value.remedy
    assert layout.inside(tmp_path / "reel", "shots/01/clip.mp4") == tmp_path / "reel/shots/01/clip.mp4"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """Somebody's own folder, which no reel may touch."""
    folder = tmp_path / "home"
    (folder / "letters").mkdir(parents=True)
    (folder / "letters/a.txt").write_text("precious\n")
    return folder


def untouched(outside: Path) -> bool:
    return sorted(p.name for p in outside.rglob("*")) == ["a.txt", "letters"] and (
        (outside / "letters/a.txt").read_text() == "precious\n"
    )


@pytest.mark.parametrize("name", [layout.STAGING, layout.HISTORY, "shots", "masters", "shots/00", "shots/00/takes"])
def test_a_linked_folder_in_a_reel_is_refused_and_what_it_leads_to_stays(
    library: Path, outside: Path, name: str
) -> None:
    root = new_reel(library, plan=toy_plan(1))
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).symlink_to(outside)
    with pytest.raises(BadInput, match="symbolic link"):
        play(root)
    assert untouched(outside)


@pytest.mark.parametrize("name", [layout.LOCK, layout.EVENTS, layout.CRITIC_LOG])
def test_a_linked_file_the_worker_writes_is_refused(library: Path, outside: Path, name: str) -> None:
    root = new_reel(library, plan=toy_plan(1))
    (root / name).symlink_to(outside / "letters/a.txt")
    with pytest.raises(DiskTrouble, match="symbolic link"):
        play(root)
    assert untouched(outside)


@pytest.mark.parametrize("name", ["plan.receipt.json", layout.LIVE, "masters/A.png", "masters/A.json", "music.wav"])
def test_a_linked_artifact_is_replaced_by_our_own(library: Path, outside: Path, name: str) -> None:
    root = new_reel(library, msgspec.structs.replace(TINY, shots=1), plan=toy_plan(1))
    play(root)
    (root / name).unlink(missing_ok=True)
    (root / name).symlink_to(outside / "letters/a.txt")
    assert play(root)[0] == "done"
    assert untouched(outside)
    assert not (root / name).is_symlink()
