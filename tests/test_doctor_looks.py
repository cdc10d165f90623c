"""What the doctor finds on real disks, in real processes, and that nothing it finds can stop or hang it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib.metadata
import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.engines.hub import Presence, hub_cache, look
from core.engines.models import STUDIO_MODELS, Model
from core.film.errors import DiskTrouble
from core.film.lineup import Role
from core.film.settings import Settings
from core.folder.library import create_reel
from core.folder.lock import Lock
from core.worker.daemon.leases import CPU, Leases, worker_dir
from core.worker.daemon.state import Running, write_status
from reeltui.doctor import disk, installation, leftovers, media, models, terminal
from reeltui.doctor.check import Check, Group, State
from reeltui.doctor.diagnose import Look, guarded, looks
from tests.test_full_disk import mounted

__all__ = ["mounted"]  # a fixture

HERE = Path("/nowhere")
NOW = "2026-01-01T00:00:00Z"


# --- the guard ------------------------------------------------------------------------------------------------------


def of(run: Callable[[Path], Iterator[Check]], **more: State) -> list[Check]:
    return list(guarded(Look("one", Group.DISK, run, remedy="do it", **more), HERE, patience=10.0))


def test_a_look_that_raises_is_a_finding() -> None:
    def broken(library: Path) -> Iterator[Check]:
        yield Check("first", Group.DISK, State.OK, "fine")
        raise ZeroDivisionError("by \x1b[31mzero")

    first, second = of(broken)
    assert first.found == "fine"
    assert (second.state, second.name) == (State.BAD, "one")
    assert "ZeroDivisionError: by [31mzero" in second.found


def test_an_error_for_people_keeps_its_remedy() -> None:
    def full(library: Path) -> Iterator[Check]:
        yield from ()
        raise DiskTrouble("the disk is full", remedy="free some")

    (check,) = of(full)
    assert (check.state, check.found, check.remedy) == (State.BAD, "the disk is full", "free some")


def test_a_look_that_hangs_is_left_behind_with_what_it_found() -> None:
    go = threading.Event()

    def hangs(library: Path) -> Iterator[Check]:
        yield Check("first", Group.DISK, State.OK, "fine")
        go.wait(60)

    began = time.monotonic()
    found = list(guarded(Look("one", Group.DISK, hangs, State.BAD, "do it"), HERE, patience=0.3))
    go.set()
    assert time.monotonic() - began < 30, "it waited for what hangs"
    assert [check.found for check in found] == ["fine", "no answer within 0.3 seconds"]
    assert (found[1].state, found[1].remedy) == (State.BAD, "do it")


def test_looks_come_in_the_order_of_their_groups() -> None:
    order = list(Group)
    places = [order.index(look.group) for look in looks()]
    assert places == sorted(places)
    assert set(places) == set(range(len(order)))


# --- models in the hub's cache --------------------------------------------------------------------------------------

PIPELINE = Model("owner/pipe", (Role.PAINTER,), ("model_index.json", "transformer/*.safetensors"), 1000)
SHARDED = Model("owner/sharded", (Role.DIRECTOR,), ("config.json", "*.safetensors"), 1000)


class Hub:
    """A cache of the hub with tiny files, laid out as the hub's own library does."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, model: Model, files: dict[str, bytes], *, revision: str = "r1", main: bool = True) -> Path:
        folder = self.root / f"models--{model.repository.replace('/', '--')}"
        for name, data in files.items():
            blob = folder / "blobs" / hashlib.sha256(data).hexdigest()
            link = folder / "snapshots" / revision / name
            for path in (blob, link):
                path.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(data)
            link.symlink_to(os.path.relpath(blob, link.parent))
        if main:
            (folder / "refs").mkdir(exist_ok=True)
            (folder / "refs/main").write_text(revision)
        return folder


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path / "hub")


INDEX = json.dumps({"weight_map": {"a": "m-1.safetensors", "b": "m-2.safetensors"}}).encode()
PARTS = json.dumps(
    {"_class_name": "P", "transformer": ["diffusers", "T"], "vae": ["diffusers", "V"], "safety": [None, None]}
).encode()


def test_where_the_cache_is(tmp_path: Path) -> None:
    assert hub_cache({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}) == Path("/a")
    assert hub_cache({"HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}) == Path("/b/hub")
    assert hub_cache({"XDG_CACHE_HOME": "/c"}) == Path("/c/huggingface/hub")
    assert hub_cache({}) == Path.home() / ".cache/huggingface/hub"


def test_shards_an_index_names_must_be_there(hub: Hub) -> None:
    assert look(SHARDED, hub.root).presence is Presence.MISSING
    files = {"config.json": b"{}", "model.safetensors.index.json": INDEX, "m-1.safetensors": b"one"}
    hub.put(SHARDED, files)
    half = look(SHARDED, hub.root)
    assert (half.presence, half.missing) == (Presence.PARTIAL, ("m-2.safetensors",))
    hub.put(SHARDED, {"m-2.safetensors": b"two"})
    whole = look(SHARDED, hub.root)
    assert (whole.presence, whole.missing, whole.revision) == (Presence.COMPLETE, (), "r1")
    assert whole.bytes >= sum(map(len, files.values()))


def test_parts_a_pipeline_names_must_be_there(hub: Hub) -> None:
    hub.put(PIPELINE, {"model_index.json": PARTS, "transformer/x.safetensors": b"x"})
    half = look(PIPELINE, hub.root)
    assert (half.presence, half.missing) == (Presence.PARTIAL, ("vae/",))
    hub.put(PIPELINE, {"vae/config.json": b"{}"})
    assert look(PIPELINE, hub.root).presence is Presence.COMPLETE


def test_a_link_without_its_blob_and_an_empty_file_are_missing(hub: Hub) -> None:
    folder = hub.put(SHARDED, {"config.json": b"{}", "m.safetensors": b"weights"})
    assert look(SHARDED, hub.root).presence is Presence.COMPLETE
    blob = folder / "blobs" / hashlib.sha256(b"weights").hexdigest()
    blob.write_bytes(b"")
    assert look(SHARDED, hub.root).missing == ("*.safetensors",)
    blob.unlink()
    (folder / "blobs" / "abc.incomplete").write_bytes(b"half")
    assert look(SHARDED, hub.root).missing == ("*.safetensors", "the end of a download")


def test_the_revision_main_names_counts_and_damage_is_no_crash(hub: Hub) -> None:
    hub.put(SHARDED, {"config.json": b"{}", "m.safetensors": b"old"}, revision="old")
    folder = hub.put(SHARDED, {"config.json": b"{}"}, revision="new")
    assert look(SHARDED, hub.root).revision == "new"
    assert look(SHARDED, hub.root).presence is Presence.PARTIAL
    (folder / "refs/main").write_text("../../../etc")
    assert look(SHARDED, hub.root).revision in ("old", "new")
    hub.put(PIPELINE, {"model_index.json": b"\xff[", "transformer/x.safetensors": b"x"})
    assert look(PIPELINE, hub.root).presence is Presence.COMPLETE
    begun = Model("owner/begun", (Role.PAINTER,), ("x",), 10)
    blobs = hub.root / "models--owner--begun/blobs"
    blobs.mkdir(parents=True)
    assert look(begun, hub.root).presence is Presence.MISSING
    (blobs / "a.incomplete").write_bytes(b"12")
    assert look(begun, hub.root).presence is Presence.PARTIAL


def test_the_models_are_told_one_after_another(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    kokoro = next(model for model in STUDIO_MODELS if Role.NARRATOR in model.roles)
    hub.put(kokoro, {"config.json": b"{}", "kokoro-v1_0.pth": b"w", "voices/af_heart.pt": b"v"})
    monkeypatch.setenv("HF_HUB_CACHE", str(hub.root))
    found = {check.name: check for check in models.models(HERE)}
    assert len(found) == len(STUDIO_MODELS) + 1
    assert "complete" in found["narrator"].found
    assert "not downloaded" in found["painter"].found
    assert found["model cache"].found.startswith(f"1 of {len(STUDIO_MODELS)} models complete in {hub.root}")
    assert {check.state for check in found.values()} == {State.OK}, "no engine of this version uses them"
    wanted = {check.name: check for check in models.look_at(STUDIO_MODELS, hub.root, needed=True)}
    assert wanted["painter"].state is State.WARN


# --- disks ----------------------------------------------------------------------------------------------------------


def test_a_library_is_tried_and_left_as_it_was(library: Path) -> None:
    library.mkdir()
    (library / "keep").write_text("x")
    check = disk.try_in("library", library)
    assert check.state is State.OK, check
    assert os.listdir(library) == ["keep"]


def test_a_library_that_is_not_there_yet_is_tried_where_it_will_be(tmp_path: Path) -> None:
    check = disk.try_in("library", tmp_path / "a/b")
    assert check.state is State.OK
    assert "made when it is first needed" in check.found
    assert not (tmp_path / "a").exists()


def test_a_library_that_is_a_file_is_bad(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert disk.try_in("library", tmp_path / "file").state is State.BAD
    assert disk.try_in("library", tmp_path / "file/below").state is State.BAD


def fill(place: Path) -> None:
    """Write into a folder until its disk is full."""
    with (place / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(bytes(4096))


def test_a_disk_that_is_read_only_or_full_is_bad(mounted: Callable[..., Path]) -> None:
    place = mounted("size=256k")
    assert disk.try_in("library", place).state is State.OK
    assert next(disk.space(place)).state is State.BAD, "no reel fits"
    fill(place)
    full = disk.try_in("library", place)
    assert (full.state, "the disk is full" in full.found) == (State.BAD, True)
    assert os.fspath(place) in full.found
    assert disk.TRIAL not in full.found
    assert os.listdir(place) == ["filler"]
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
    stuck = disk.try_in("library", place)
    assert (stuck.state, "read-only" in stuck.found) == (State.BAD, True)


def test_locks_that_do_not_hold_are_bad(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "holder_of", lambda path: None)
    check = disk.try_in("library", library.parent)
    assert (check.state, "locks do not hold" in check.found) == (State.BAD, True)


def test_the_librarys_own_reels_make_the_estimate_larger(library: Path) -> None:
    root = create_reel(library, "a boat", Settings(width=64, height=64, shots=1), name="boat", now=NOW)
    before = next(disk.space(library)).found
    with (root / "reel.mp4").open("wb") as film:
        film.truncate(40_000_000)
    after = next(disk.space(library)).found
    assert "as the newest 1 here" not in before
    assert "as the newest 1 here" in after


def test_what_a_crash_left_is_named_once_it_is_old(library: Path) -> None:
    library.mkdir()
    for name in (".new-0123456789ab", ".new-notours", ".doctor-x_1"):
        (library / name).mkdir()
    assert next(leftovers.leftovers(library)).state is State.OK, "somebody may be at it"
    for name in os.listdir(library):
        os.utime(library / name, (1, 1))
    check = next(leftovers.leftovers(library))
    assert check.state is State.WARN
    assert ".new-0123456789ab" in check.remedy
    assert ".doctor-x_1" in check.remedy
    assert "notours" not in check.remedy


def test_a_damaged_queue_and_a_lock_of_nobody(library: Path) -> None:
    root = create_reel(library, "a boat", Settings(), name="boat", now=NOW)
    (library / ".queue.json").write_text("{")
    with Lock(root / ".lock", verb="worker", now="now"):
        (root / ".lock").write_text('{"pid":0,"host":"","boot":"","verb":"unknown","since":""}')
        found = {check.name: check.state for check in leftovers.leftovers(library)}
    assert found == {"leftovers": State.OK, "queue file": State.WARN, "lock of boat": State.UNKNOWN}
    found = {check.name: check.state for check in leftovers.leftovers(library)}
    assert "lock of boat" not in found


def test_a_worker_that_died_without_a_word() -> None:
    assert list(leftovers.dead_workers(HERE)) == []
    with_status = Running(os.getpid(), "here", "boot", "now", (CPU,))
    worker_dir().mkdir(parents=True)
    write_status(with_status)
    leases = Leases([CPU], now="now")
    assert list(leftovers.dead_workers(HERE)) == []
    leases.release()
    (check,) = leftovers.dead_workers(HERE)
    assert (check.state, "status-cpu.json" in check.found) == (State.WARN, True)


# --- installation, media, terminal ----------------------------------------------------------------------------------


def test_files_that_are_not_what_was_installed(tmp_path: Path) -> None:
    files = {"core/a.py": b"a = 1\n", "core/b.py": b"b = 2\n", "other/c.py": b"c = 3\n"}
    record = []
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(data)}")
    info = tmp_path / "reeltui-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: reeltui\nVersion: 1.0\n")
    (info / "RECORD").write_text("\n".join([*record, "core/__pycache__/a.pyc,,", ""]))
    distribution = importlib.metadata.Distribution.at(info)
    assert installation._changed(distribution) == []
    (tmp_path / "core/b.py").write_text("b = 3\n")
    (tmp_path / "other/c.py").write_text("c = 4\n")
    assert installation._changed(distribution) == ["core/b.py"]
    (tmp_path / "core/a.py").unlink()
    assert installation._changed(distribution) == ["core/a.py", "core/b.py"]


def test_the_ffmpeg_that_is_used_has_everything() -> None:
    found = list(media.ffmpeg(HERE))
    assert [(check.name, check.state) for check in found] == [("ffmpeg", State.OK), ("ffmpeg parts", State.OK)]
    assert {check.state for check in media.libraries(HERE)} == {State.OK}


def test_tmux_that_does_not_answer_is_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tmux"
    program.write_text("#!/bin/sh\necho '3.4\non\n0\n1\nRGB\nxterm'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("TMUX", "/tmp/x,1,0")
    found = {check.name: check for check in terminal.terminal(HERE)}
    assert found["tmux"].found == "3.4; set-clipboard on, allow-passthrough off"
    program.write_text("#!/bin/sh\nexit 1\n")
    found = {check.name: check for check in terminal.terminal(HERE)}
    assert (found["tmux"].state, found["clipboard"].state) == (State.UNKNOWN, State.UNKNOWN)
