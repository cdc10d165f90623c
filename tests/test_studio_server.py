"""Our own model server as a real process: start, health, log, and that nothing of it outlives whoever started it."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.engines.roles import Cancelled
from core.engines.studio import server as server_module
from core.engines.studio.chat import Cord, ServerTrouble
from core.engines.studio.keeper import Log
from core.engines.studio.server import Figures, GivenServer, OwnServer, serve_arguments
from core.engines.studio.server_log import open_log
from core.engines.studio.torch_device import OutOfDeviceMemory
from core.film.errors import BadInput, DiskTrouble, EngineTrouble
from core.film.failure import Cause
from core.places import state_dir
from core.worker.hosts.child import failed
from core.worker.hosts.process import cause_of
from tests.asking import quiet
from tests.tiny.server import KEY, environment, noted, running
from tests.watching import ROOT, alive, until

COMMAND = f"{sys.executable} -m tests.tiny.server"
SNAPSHOT = Path("/nowhere/snapshots/0123abc")
USUAL = Figures(COMMAND, seconds=60)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes a server with a script; all are ended after the test."""
    made: list[OwnServer] = []

    def make(figures: Figures = USUAL, **script: list[str]) -> OwnServer:
        for name, value in environment(tmp_path / "tiny", **script).items():
            monkeypatch.setenv(name, value)
        made.append(OwnServer(SNAPSHOT, figures))
        return made[-1]

    yield make
    for one in made:
        one.end()


def record(tmp_path: Path) -> list[dict[str, Any]]:
    return noted(tmp_path / "tiny" / "record.jsonl")


def log_of(pid: int) -> Path:
    """Return the one log of the servers that a process started."""
    (log,) = state_dir().glob(f"model-server-{pid}-*.log")
    return log


@pytest.mark.slow
def test_it_is_started_as_vllm_is_and_answers_to_its_key_alone(own: Any, tmp_path: Path) -> None:
    server = own(Figures(COMMAND, "--extra 'two words'", context=4096, cache=123, concurrent=3, seconds=60))
    server.wait(quiet)
    (started,) = record(tmp_path)
    words = started["started"]
    assert words[:2] == ["serve", os.fspath(SNAPSHOT)]
    told = dict(itertools.pairwise(words))
    assert told["--host"] == "127.0.0.1"
    assert told["--max-model-len"] == "4096"
    assert told["--kv-cache-memory-bytes"] == "123"
    assert told["--max-num-seqs"] == "3"
    assert words[-2:] == ["--extra", "two words"]
    assert started["ours"] == ["HF_HUB_OFFLINE", "VLLM_API_KEY"]
    assert server.revision == "0123abc"
    chat = server.chat(10)
    assert chat.models(Cord()) == (chat.model,)
    stranger = GivenServer(chat.address, seconds=0.1)
    with pytest.raises(ServerTrouble, match="401"):
        stranger.wait(quiet)


def test_nothing_is_fetched_and_nothing_logged() -> None:
    words = serve_arguments(Figures(), 4000)
    told = dict(itertools.pairwise(words))
    assert told["--allowed-media-domains"].endswith(".invalid")
    assert "--allowed-local-media-path" not in words
    assert "--trust-remote-code" not in words
    assert "--api-key" not in words
    assert {"--no-enable-log-requests", "--disable-uvicorn-access-log"} <= set(words)


@pytest.mark.slow
def test_the_key_is_in_no_list_of_processes_and_in_no_log(own: Any, tmp_path: Path) -> None:
    server = own()
    server.wait(quiet)
    pid = record(tmp_path)[0]["pid"]
    key = Path(f"/proc/{pid}/environ").read_bytes().partition(b"VLLM_API_KEY=")[2].partition(b"\0")[0]
    assert len(key) > 30
    for process in (pid, server._keeper.pid):
        assert key not in Path(f"/proc/{process}/cmdline").read_bytes()
    log = log_of(os.getpid())
    assert key not in log.read_bytes()
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.slow
def test_ending_it_ends_all_it_started(own: Any, tmp_path: Path) -> None:
    server = own(start=["child"])
    server.wait(quiet)
    pids = [note[name] for note in record(tmp_path) for name in ("pid", "child") if name in note]
    assert len(pids) == 2
    assert all(map(alive, pids))
    server.end()
    assert not any(map(alive, pids))
    server.end()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_whoever_started_it_may_die_in_any_way(tmp_path: Path, how: signal.Signals) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from core.engines.studio.server import Figures, OwnServer\n"
        f"server = OwnServer(Path('/nowhere'), Figures({COMMAND!r}, seconds=60))\n"
        "server.wait(lambda fraction, note: None)\nprint('ready', flush=True)\ntime.sleep(600)"
    )
    environ = {**os.environ, **environment(tmp_path / "tiny", start=["child"])}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environ, stdout=subprocess.PIPE) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"ready\n"
        pids = [note[name] for note in record(tmp_path) for name in ("pid", "child") if name in note]
        host.send_signal(how)
        host.wait()
    until(lambda: not any(map(alive, pids)))


@pytest.mark.slow
def test_one_that_fails_to_start_says_its_last_words(own: Any) -> None:
    server = own(start=["fail"])
    with pytest.raises(ServerTrouble, match="out of memory") as caught:
        server.wait(quiet)
    assert "ended while it started (status 1)" in str(caught.value)
    assert f"see {log_of(os.getpid())}" in caught.value.remedy
    assert not server.alive


@pytest.mark.slow
def test_a_card_that_others_hold_is_too_little_memory(own: Any) -> None:
    """The worker makes room on the card only for what says so."""
    with pytest.raises(OutOfDeviceMemory, match=r"9\.5/79\.1 GiB") as caught:
        own(start=["crowded"]).wait(quiet)
    assert "ended while it started (status 1)" in str(caught.value)
    assert str(log_of(os.getpid())) in caught.value.remedy
    assert cause_of(failed(caught.value), loading=True) is Cause.OUT_OF_MEMORY


@pytest.mark.slow
def test_the_cause_is_told_whatever_is_written_after_it(own: Any) -> None:
    server = own(start=["fail wordily"])
    with pytest.raises(ServerTrouble) as caught:
        server.wait(quiet)
    lines = str(caught.value).splitlines()
    assert lines[1] == "RuntimeError: CPU Generator does not use offset"
    assert lines[-1] == "leaked 99"


@pytest.mark.slow
def test_one_that_takes_too_long_is_ended(own: Any, tmp_path: Path) -> None:
    server = own(Figures(COMMAND, seconds=1.0), start=["hang"])
    notes: list[str] = []
    with pytest.raises(ServerTrouble, match="not ready after 1 s"):
        server.wait(lambda fraction, note: notes.append(note))
    assert notes[0].startswith("starting the model server")
    assert not any(alive(note["pid"]) for note in record(tmp_path))


@pytest.mark.slow
def test_waiting_for_it_can_be_cancelled(own: Any, tmp_path: Path) -> None:
    server = own(start=["hang"])

    def cancel(fraction: float, note: str) -> None:
        if record(tmp_path):
            raise Cancelled

    with pytest.raises(Cancelled):
        server.wait(cancel)
    assert not alive(record(tmp_path)[0]["pid"])


@pytest.mark.slow
def test_a_port_that_was_taken_meanwhile_is_another_try(
    own: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(tmp_path / "other") as other:
        ports = iter([int(other.address.rpartition(":")[2]), server_module._free_port()])
        monkeypatch.setattr(server_module, "_free_port", lambda: next(ports))
        server = own()
        server.wait(quiet)
    assert len([note for note in record(tmp_path) if "started" in note]) == 2


@pytest.mark.slow
def test_one_that_died_is_told_with_its_last_words(own: Any, tmp_path: Path) -> None:
    server = own()
    server.wait(quiet)
    server.check()
    os.killpg(server._keeper.pid, signal.SIGKILL)
    server._keeper.wait()
    until(lambda: not alive(record(tmp_path)[0]["pid"]))  # without its keeper it goes as well
    with pytest.raises(ServerTrouble, match="ended"):
        server.check()


@pytest.mark.slow
def test_its_log_is_bounded(own: Any) -> None:
    server = own(start=["noisy"])
    server.wait(quiet)
    log = log_of(os.getpid())
    assert log.stat().st_size < 2_100_000
    assert "port " in until(lambda: "port " in server.tail() and server.tail())
    assert len(server.tail().splitlines()) <= 10


def test_a_log_keeps_its_newest_whole_lines(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "log", os.O_RDWR | os.O_CREAT)
    log = Log(descriptor, size=100)
    for number in range(50):
        log.write(f"line {number}\n".encode())
    os.close(descriptor)
    lines = (tmp_path / "log").read_text().splitlines()
    assert lines[-1] == "line 49"
    assert [int(line.split()[1]) for line in lines] == list(range(50 - len(lines), 50))
    assert (tmp_path / "log").stat().st_size <= 100


def test_a_program_that_is_not_there_is_told(own: Any) -> None:
    with pytest.raises(EngineTrouble, match="no-such-vllm is not installed") as caught:
        own(Figures("no-such-vllm")).wait(quiet)
    assert "studio" in caught.value.remedy


def test_a_log_that_cannot_be_written_is_told(own: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", os.fspath(tmp_path / "file"))
    with pytest.raises(DiskTrouble):
        own().wait(quiet)


def test_every_server_has_a_log_of_its_own_and_old_ones_go(tmp_path: Path) -> None:
    older = ("model-server.log.1", "model-server.log", *(f"model-server-{n}.log" for n in "abc"))
    for number, name in enumerate(older):
        (tmp_path / name).write_text("older")
        os.utime(tmp_path / name, (number, number))
    first, path = open_log(tmp_path)
    os.utime(path, (0, 0))  # the oldest of all, but a server still writes it
    with subprocess.Popen(["sleep", "600"], pass_fds=(first,)) as heir:
        os.close(first)
        second, other = open_log(tmp_path)
        assert other != path
        assert path.exists(), "whoever inherited it writes on"
        assert {one.name for one in tmp_path.iterdir()} == {*older[1:], path.name, other.name}
        heir.kill()
    os.close(open_log(tmp_path)[0])
    assert not path.exists()
    os.close(second)


def test_many_may_open_a_log_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: open_log(tmp_path), range(16)))
    assert len({path for _, path in opened}) == 16
    assert all(path.exists() for _, path in opened)
    for descriptor, _ in opened:
        os.close(descriptor)


def test_a_given_server_is_asked_and_never_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    with running(tmp_path) as tiny:
        server = GivenServer(tiny.address, key="MY_KEY")
        server.wait(quiet)
        assert server.chat(10).model == "tiny"
        server.end()
        assert tiny.process.poll() is None
        with pytest.raises(BadInput, match=r"does not serve large \(it has: tiny\)"):
            GivenServer(tiny.address, key="MY_KEY", model="large").wait(quiet)


def test_a_key_that_is_not_set_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(BadInput, match="MY_KEY holds no key") as caught:
        GivenServer("http://127.0.0.1:1", key="MY_KEY")
    assert "reeltui worker stop" in caught.value.remedy, "one that runs has its environment already"


def test_a_given_server_may_still_be_starting_for_a_while(tmp_path: Path) -> None:
    notes: list[str] = []
    with pytest.raises(ServerTrouble, match="cannot be reached"):
        GivenServer(f"http://127.0.0.1:{server_module._free_port()}", seconds=0.6).wait(
            lambda fraction, note: notes.append(note)
        )
    assert set(notes) == {"waiting for the model server"}
