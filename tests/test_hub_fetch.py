"""Fetching a model from a small hub on loopback with the hub's own library: what comes, and what may go wrong."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.engines import hub_child, hub_fetch
from core.engines.hub import Presence, look
from core.engines.hub_child import Trouble, trouble_of
from core.engines.hub_fetch import Fetched, Fetching, check_room, fetch
from core.engines.hub_verify import verify
from core.engines.models import STUDIO_MODELS, Model, model_named
from core.engines.pins import Pin, pin, pins_file, read_pins
from core.engines.studio.weights import MissingWeights, revision_of, snapshot
from core.film.errors import BadInput, DiskTrouble, EngineTrouble, PersonNeeded, TryAgain
from core.film.lineup import Role
from tests.tiny.hub import REVISION, place
from tests.tiny.hub_server import COMMIT, Hub, serving

pytest.importorskip("huggingface_hub", reason="fetching models needs huggingface_hub")

NARRATOR = "hexgrad/Kokoro-82M"


def tensors(size: int = 300_000) -> bytes:
    """A safetensors file of one tensor."""
    header = json.dumps({"a": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return len(header).to_bytes(8, "little") + header + os.urandom(size)


FILES = {
    "config.json": b'{"vocab": {}}',
    "kokoro-v1_0.pth": os.urandom(400_000),
    "voices/af_heart.pt": os.urandom(50_000),
    "voices/bf_emma.pt": os.urandom(50_000),
    "README.md": b"# a page",
    "samples/loud.wav": os.urandom(90_000),
}
WANTED = {"config.json", "kokoro-v1_0.pth", "voices/af_heart.pt", "voices/bf_emma.pt"}
MODEL = model_named("narrator")


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving(Hub(NARRATOR, dict(FILES))) as made:
        yield made


@pytest.fixture
def environ(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment in which the hub is ours, in this process as well."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(hub_fetch, "EVERY", 0.05)
    return dict(os.environ)


@pytest.fixture
def cache(environ: dict[str, str]) -> Path:
    return Path(environ["HF_HOME"]) / "hub"


def to_its_end(model: Model, environ: dict[str, str]) -> tuple[list[Fetching], Fetched]:
    items = list(fetch(model, environ))
    assert isinstance(items[-1], Fetched)
    return [item for item in items if isinstance(item, Fetching)], items[-1]


def loaded(hub: Hub) -> list[str]:
    return [
        path.partition(f"/{COMMIT}/")[2] for method, path, _ in hub.asked if method == "GET" and "/resolve/" in path
    ]


# --- what comes -----------------------------------------------------------------------------------------------------


def test_a_model_comes_whole_and_is_pinned(hub: Hub, environ: dict[str, str], cache: Path) -> None:
    seen, done = to_its_end(MODEL, environ)
    total = sum(len(FILES[name]) for name in WANTED)
    assert (done.revision, done.bytes, done.came) == (COMMIT, total, total)
    assert sorted(loaded(hub)) == sorted(WANTED), "only what the engine needs is downloaded"
    assert all(0 <= one.done <= one.total == total for one in seen)
    assert seen[-1].done == total
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert look(MODEL, cache, COMMIT).presence is Presence.COMPLETE
    pinned = read_pins()[NARRATOR]
    assert pinned.revision == COMMIT
    assert set(pinned.files) == WANTED
    assert pinned.files["config.json"] == len(FILES["config.json"])
    assert snapshot(NARRATOR) == Path(done.folder)
    assert revision_of(Path(done.folder)) == COMMIT
    found = verify(MODEL, cache, read_pins(), deep=True, told=lambda *about: None)
    assert (found.whole, found.hashed, found.files) == (True, len(WANTED), len(WANTED))


def test_what_is_there_does_not_come_again(hub: Hub, environ: dict[str, str]) -> None:
    to_its_end(MODEL, environ)
    hub.asked.clear()
    _, done = to_its_end(MODEL, environ)
    assert done.came == 0
    assert loaded(hub) == []


def test_a_cut_connection_is_gone_on_with(hub: Hub, environ: dict[str, str], cache: Path) -> None:
    # The library writes pieces of 10 MiB; what is cut within one comes again.
    hub.files["kokoro-v1_0.pth"] = bytes(12_000_000)
    hub.cut_once["kokoro-v1_0.pth"] = 11_000_000
    to_its_end(MODEL, environ)
    ranges = [wanted for _, path, wanted in hub.asked if path.endswith(".pth") and wanted]
    assert ranges == [f"bytes={10 << 20}-"], "it went on where it was cut"
    assert verify(MODEL, cache, read_pins(), deep=True, told=lambda *about: None).whole


def test_a_newer_commit_is_taken_only_by_a_fetch(hub: Hub, environ: dict[str, str], cache: Path) -> None:
    to_its_end(MODEL, environ)
    hub.commit = "f" * 40
    hub.files["config.json"] = b'{"vocab": {"a": 1}}'
    assert snapshot(NARRATOR).name == COMMIT
    place_main(cache, "f" * 40)
    assert snapshot(NARRATOR).name == COMMIT, "what others do to main does not count"
    to_its_end(MODEL, environ)
    assert snapshot(NARRATOR).name == "f" * 40
    assert snapshot(NARRATOR, COMMIT).name == COMMIT


def place_main(cache: Path, commit: str) -> None:
    """Let `main` name another commit, as another program's download would."""
    folder = cache / "models--hexgrad--Kokoro-82M"
    (folder / "refs").mkdir(exist_ok=True)
    (folder / "refs" / "main").write_text(commit)
    (folder / "snapshots" / commit).mkdir()


def test_a_file_of_the_wrong_size_is_brought_again(hub: Hub, environ: dict[str, str], cache: Path) -> None:
    to_its_end(MODEL, environ)
    blob = (snapshot(NARRATOR) / "kokoro-v1_0.pth").resolve()
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:1000])
    (problem,) = verify(MODEL, cache, read_pins(), deep=False, told=lambda *about: None).problems
    assert (problem.path, problem.text) == ("kokoro-v1_0.pth", "has 1,000 bytes instead of 400,000")
    hub.asked.clear()
    to_its_end(MODEL, environ)
    assert loaded(hub) == ["kokoro-v1_0.pth"]
    assert verify(MODEL, cache, read_pins(), deep=True, told=lambda *about: None).whole


# --- stopping -------------------------------------------------------------------------------------------------------


def test_a_stop_keeps_whole_files_and_leaves_no_half_ones(hub: Hub, environ: dict[str, str], cache: Path) -> None:
    hub.hold = threading.Event()
    items = fetch(MODEL, environ)
    for item in items:
        assert isinstance(item, Fetching)
        if hub.held.is_set():
            break
    items.close()
    hub.hold.set()
    blobs = cache / "models--hexgrad--Kokoro-82M" / "blobs"
    assert [path.name for path in blobs.glob("*.incomplete")] == []
    assert NARRATOR not in read_pins(), "what is not whole is not pinned"
    hub.hold = None
    kept = sum(path.stat().st_size for path in blobs.iterdir())
    _, done = to_its_end(MODEL, environ)
    assert done.came == done.bytes - kept
    assert verify(MODEL, cache, read_pins(), deep=True, told=lambda *about: None).whole


@pytest.mark.slow
def test_ctrl_c_at_the_verb_and_again(hub: Hub, environ: dict[str, str], cache: Path) -> None:
    hub.hold = threading.Event()
    words = [sys.executable, "-m", "reeltui", "models", "fetch", "narrator"]
    first = subprocess.Popen(words, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert hub.held.wait(60)
    first.send_signal(signal.SIGINT)
    _, err = first.communicate(timeout=60)
    hub.hold.set()
    hub.hold = None
    assert first.returncode == 130, err
    assert "goes on" in err
    assert not list(cache.rglob("*.incomplete"))
    second = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=120, check=False)
    assert second.returncode == 0, second.stderr
    assert f"pinned at commit {COMMIT[:12]}" in second.stdout


@pytest.mark.slow
def test_a_killed_parent_takes_its_child_along(hub: Hub, environ: dict[str, str], cache: Path) -> None:
    hub.hold = threading.Event()
    words = [sys.executable, "-m", "reeltui", "models", "fetch", "narrator"]
    parent = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert hub.held.wait(60)
    parent.kill()
    parent.wait()
    until = time.monotonic() + 30
    while list(cache.rglob("*.incomplete")) and time.monotonic() < until:
        time.sleep(0.05)
    assert not list(cache.rglob("*.incomplete"))


# --- what may go wrong ----------------------------------------------------------------------------------------------


def refused(environ: dict[str, str], kind: type[Exception]) -> Any:
    with pytest.raises(kind) as caught:
        list(fetch(MODEL, environ))
    assert NARRATOR not in read_pins()
    return caught.value


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_model_needs_a_person(hub: Hub, environ: dict[str, str], status: int) -> None:
    hub.refuse, hub.code = status, "GatedRepo"
    error = refused(environ, PersonNeeded)
    assert "accept its terms" in error.remedy
    assert "hf auth login" in error.remedy


def test_a_model_that_is_not_there(hub: Hub, environ: dict[str, str]) -> None:
    hub.refuse, hub.code = 404, "RepoNotFound"
    assert NARRATOR in str(refused(environ, BadInput))


def test_a_hub_that_fails(hub: Hub, environ: dict[str, str]) -> None:
    hub.refuse = 500
    assert "models fetch narrator" in refused(environ, TryAgain).remedy


def test_no_network(environ: dict[str, str]) -> None:
    environ["HF_ENDPOINT"] = "http://127.0.0.1:9"  # nobody listens there
    error = refused(environ, TryAgain)
    assert "could not be reached" in str(error)
    assert "goes on" in error.remedy


@pytest.fixture
def silent(environ: dict[str, str]) -> Iterator[str]:
    """The address of a hub that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:  # the kernel accepts; nobody reads
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_hub_that_never_answers_is_not_waited_for(
    silent: str, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_fetch, "LISTING", 1.0)
    environ["HF_ENDPOINT"] = silent
    begun = time.monotonic()
    error = refused(environ, TryAgain)
    assert "no answer within 1 s" in str(error)
    assert "goes on" in error.remedy
    assert time.monotonic() - begun < 20


def test_the_child_asks_the_hub_with_a_limit(silent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants
    from huggingface_hub.utils import get_session

    monkeypatch.setattr(constants, "ENDPOINT", silent)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(hub_child, "ANSWER", 0.3)
    session = get_session()
    monkeypatch.setattr(session, "timeout", getattr(session, "timeout", None), raising=False)
    told: list[BaseException] = []

    def ask() -> None:
        try:
            hub_child._list(hub_child.Ask("a/b", "", ("*",), ""))
        except BaseException as error:  # noqa: BLE001 - what it is, is what is tested
            told.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(20)
    assert not asking.is_alive()
    assert trouble_of(told[0]) is Trouble.NETWORK


def test_offline_is_honoured(hub: Hub, environ: dict[str, str]) -> None:
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        assert name in str(refused({**environ, name: "1"}, BadInput))
    assert hub.asked == []


def test_a_disk_that_is_too_small_is_told_before_anything_comes(hub: Hub, environ: dict[str, str], cache: Path) -> None:
    hub.claimed["kokoro-v1_0.pth"] = 10**17
    error = refused(environ, DiskTrouble)
    assert "needs 100000000.0 GB more" in str(error)
    assert "HF_HOME" in error.remedy
    assert loaded(hub) == []
    assert not (cache / "models--hexgrad--Kokoro-82M" / "blobs").exists()


def test_room_for_all_of_them_is_looked_at_first(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    usual = hub_fetch.shutil.disk_usage("/")
    monkeypatch.setattr(hub_fetch.shutil, "disk_usage", lambda path: usual._replace(free=90_000_000_000))
    check_room([model_named("director")], environ)
    monkeypatch.setattr(hub_fetch.shutil, "disk_usage", lambda path: usual._replace(free=86_400_000_000))
    with pytest.raises(DiskTrouble, match=r"needs 86\.0 GB more"):
        check_room([model_named("director"), model_named("painter")], environ)


def test_without_the_library(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_fetch.importlib.util, "find_spec", lambda name: None)
    assert "reeltui[studio]" in refused(environ, EngineTrouble).remedy


def test_a_child_that_dies_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    (broken / "huggingface_hub").mkdir(parents=True)
    (broken / "huggingface_hub" / "__init__.py").write_text("import os, sys; sys.stderr.write('bang'); os._exit(3)")
    environ["PYTHONPATH"] = f"{broken}{os.pathsep}{environ.get('PYTHONPATH', '')}"
    assert "bang" in str(refused(environ, EngineTrouble))


class HTTPStatus(Exception):
    """An error with a response, as HTTP libraries have them."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.response = type("Response", (), {"status_code": status})()


class ConnectError(Exception):
    """Named as httpx names it."""


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (HTTPStatus(401), Trouble.GATED),
        (HTTPStatus(403), Trouble.GATED),
        (HTTPStatus(418), Trouble.OTHER),
        (ConnectError(), Trouble.NETWORK),
        (OSError(28, "No space left on device"), Trouble.DISK),
        (ModuleNotFoundError("huggingface_hub"), Trouble.PACKAGE),
        (ValueError("x"), Trouble.OTHER),
    ],
)
def test_which_trouble_it_is(error: Exception, trouble: Trouble) -> None:
    assert trouble_of(error) is trouble
    wrapped = RuntimeError("around it")
    wrapped.__cause__ = error
    assert trouble_of(wrapped) is trouble


# --- pins and weights -----------------------------------------------------------------------------------------------


def test_pins_keep_each_other(tmp_path: Path) -> None:
    pin("a/b", Pin("1" * 40, "2026-01-01T00:00:00Z", {"x y/é.json": 3}))
    pin("c/d", Pin("2" * 40))
    assert read_pins() == {"a/b": Pin("1" * 40, "2026-01-01T00:00:00Z", {"x y/é.json": 3}), "c/d": Pin("2" * 40)}
    pins_file().write_text("[models\n")
    with pytest.raises(BadInput, match=r"models\.toml"):
        read_pins()
    with pytest.raises(BadInput):
        pin("e/f", Pin("3" * 40))
    assert pins_file().read_text() == "[models\n", "what cannot be read is not written over"


def test_snapshots_are_found_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingWeights) as caught:
        snapshot(NARRATOR)
    assert caught.value.remedy == "reeltui models fetch narrator"

    def build(folder: Path) -> None:
        (folder / "config.json").write_text("{}")

    made = place(tmp_path, NARRATOR, build)
    with pytest.raises(MissingWeights, match=r"incomplete, it lacks kokoro-v1_0\.pth, voices/\*\.pt"):
        snapshot(NARRATOR)
    (made / "voices").mkdir()
    for name in ("kokoro-v1_0.pth", "voices/a.pt"):
        (made / name).write_bytes(b"x")
    assert snapshot(NARRATOR) == snapshot(NARRATOR, REVISION) == snapshot(NARRATOR, "main") == made
    assert snapshot(str(made)) == made
    for wrong in ("9" * 40, "../../..", "a/b"):
        with pytest.raises(MissingWeights):
            snapshot(NARRATOR, wrong)
    pin(NARRATOR, Pin("9" * 40))
    with pytest.raises(MissingWeights, match="at revision 999999999999"):
        snapshot(NARRATOR)


def test_models_by_their_names() -> None:
    for model in STUDIO_MODELS:
        assert model_named(model.name) is model_named(model.repository) is model
        assert model.licence
        assert model.fetched
    assert Role.CRITIC in model_named("critic").roles
    assert model_named("animator").preset == ""
    with pytest.raises(BadInput) as caught:
        model_named("paintr")
    assert caught.value.remedy == "did you mean painter?"


# --- verify without a list ------------------------------------------------------------------------------------------


def test_damage_is_found_without_a_pin(tmp_path: Path) -> None:
    whole = tensors(1000)

    def build(folder: Path) -> None:
        for name, data in (("a", whole), ("b", whole[:-1]), ("c", b"nonsense"), ("d", b"")):
            (folder / f"{name}.safetensors").write_bytes(data)
        (folder / "config.json").write_text("{")
        (folder / "gone.json").symlink_to("../../blobs/none")

    place(tmp_path, "o/n", build)
    model = Model("o/n", (Role.PAINTER,), ("*.safetensors",), 1)
    found = verify(model, tmp_path, {}, deep=True, told=lambda *about: None)
    assert {problem.path: problem.text for problem in found.problems} == {
        "b.safetensors": f"has {len(whole) - 1:,} bytes, and its header tells of {len(whole):,}",
        "c.safetensors": "is no safetensors file",
        "d.safetensors": "is no safetensors file",
        "config.json": "is no JSON",
        "gone.json": "is missing",
    }
    assert found.hashed == 0, "files that lie there under no hash are not called right"


def test_a_flipped_bit_is_found_by_reading(hub: Hub, environ: dict[str, str], cache: Path) -> None:
    to_its_end(MODEL, environ)
    for name in ("voices/af_heart.pt", "config.json"):
        blob = (snapshot(NARRATOR) / name).resolve()
        data = bytearray(blob.read_bytes())
        data[3] ^= 1
        blob.chmod(0o644)
        blob.write_bytes(data if name != "config.json" else b'{"vocab": 11}')
    assert verify(MODEL, cache, read_pins(), deep=False, told=lambda *about: None).problems == ()
    found = verify(MODEL, cache, read_pins(), deep=True, told=lambda *about: None)
    assert [problem.path for problem in found.problems] == ["config.json", "voices/af_heart.pt"]
    assert not found.whole
