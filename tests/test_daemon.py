"""What surrounds a worker, without starting one: leases, its status, its log, the login session it is started from."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.errors import (
    BadInput,
    EngineTrouble,
    Locked,
    ReelError,
)
from core.folder.lock import holder_of
from core.worker.daemon.leases import Leases, holders, lease_path, worker_dir
from core.worker.daemon.log import close_log, log, open_log, read_log, words
from core.worker.daemon.login import danger
from core.worker.daemon.start import Ready, Refused, _answer
from core.worker.daemon.state import Running, status_path, suits, workers, write_status
from core.worker.records import utc_now
from tests.forking import ended, fork, kill
from tests.toys import toy_lineup
from tests.waiting import NOW, big

# --- leases -----------------------------------------------------------------------------------------------------


def test_a_lease_is_taken_once_and_names_its_holder() -> None:
    with contextlib.closing(_Closing(Leases(["cuda:0"], now=NOW))):
        with pytest.raises(Locked) as refused:
            Leases(["cuda:0"], now=NOW)
        assert f"cuda:0 is in use by reeltui worker (process {os.getpid()} on " in str(refused.value)
        assert f"since {NOW}" in str(refused.value)
        assert "worker stop --device cuda:0" in refused.value.remedy
    Leases(["cuda:0"], now=NOW).release()


class _Closing:
    def __init__(self, leases: Leases) -> None:
        self.close = leases.release


def test_all_devices_are_taken_or_none() -> None:
    first = Leases(["cuda:1"], now=NOW)
    with pytest.raises(Locked):
        Leases(["cuda:0", "cuda:1", "cuda:2"], now=NOW)
    assert set(holders()) == {"cuda:1"}
    first.release()


@pytest.mark.parametrize("device", ["cpu", "cuda:0", "rocm:12", "fake:24", "fake:2.5:my-own_one"])
def test_a_lease_tells_its_device(device: str) -> None:
    leases = Leases([device], now=NOW)
    assert list(holders()) == [device]
    assert "/" not in lease_path(device).name
    leases.release()


def test_of_several_who_want_the_same_devices_in_any_order_exactly_one_gets_them() -> None:
    devices = ["cuda:0", "cuda:1", "cuda:2"]
    first = Leases(["cuda:1", "cuda:0"], now=NOW)
    assert first.devices == ("cuda:0", "cuda:1"), "in one order, whoever asks how"
    first.release()
    reader, writer = os.pipe()

    def compete(number: int) -> None:
        leases = Leases(devices[number % 3 :] + devices[: number % 3], now=NOW)
        os.write(writer, b"!")
        signal.pause()
        leases.release()

    children = [fork(lambda number=number: compete(number)) for number in range(6)]
    losers = []
    for _ in range(5):
        pid, status = os.wait()
        losers.append(os.waitstatus_to_exitcode(status))
        children.remove(pid)
    assert losers == [Locked.exit_code] * 5
    assert select.select([reader], [], [], 30)[0]
    assert os.read(reader, 10) == b"!"
    assert {holder.pid for holder in holders().values()} == set(children)
    kill(children[0])
    assert holders() == {}, "the kernel gives back what a dead one held"
    for descriptor in (reader, writer):
        os.close(descriptor)


# --- what it says of itself -------------------------------------------------------------------------------------


def running(**changes: Any) -> Running:
    me = Running(os.getpid(), "here", "boot", NOW, ("cuda:0", "cuda:1"), version="1")
    return msgspec.structs.replace(me, **changes)


def test_the_status_of_a_living_worker_is_its_own_and_a_dead_ones_is_nobodys() -> None:
    assert workers() == ()
    worker_dir().mkdir(parents=True)
    write_status(running(error="of the one before"))
    assert status_path(("cuda:1", "cuda:0")).exists()
    assert workers() == (), "no lease, no worker, whatever a file says"
    leases = Leases(["cuda:0", "cuda:1"], now=NOW)
    found = workers()
    assert [(one.pid, one.devices, one.error) for one in found] == [(os.getpid(), ("cuda:0", "cuda:1"), "")]
    holder = holder_of(lease_path("cuda:0"))
    assert holder is not None
    write_status(running(host=holder.host, boot=holder.boot, reel="/a/walk", step="music"))
    assert [(one.reel, one.step) for one in workers()] == [("/a/walk", "music")]
    leases.release()
    assert workers() == ()


def test_two_workers_are_two() -> None:
    first, second = Leases(["cuda:0"], now=NOW), Leases(["cuda:1"], now=utc_now())
    assert sorted(one.devices for one in workers()) == [("cuda:0",), ("cuda:1",)]
    first.release()
    second.release()


def test_whoever_has_a_device_in_the_foreground_is_no_worker_and_keeps_one_away() -> None:
    leases = Leases(["cuda:0"], now=NOW, verb="make --foreground")
    assert workers() == ()
    with pytest.raises(Locked, match="in use by reeltui make --foreground") as refused:
        Leases(["cuda:0"], now=NOW)
    assert "Ctrl-C" in refused.value.remedy
    leases.release()


def test_what_needs_a_gpu_does_not_suit_a_worker_without_one() -> None:
    assert suits(toy_lineup(), ("cpu",))
    assert suits(big(), ("cuda:0",))
    assert not suits(big(), ("cpu",))


@pytest.mark.parametrize(
    ("kind", "raised"),
    [("Locked", Locked), ("BadInput", BadInput), ("OSError", EngineTrouble), ("nothing", EngineTrouble)],
)
def test_why_a_worker_cannot_start_is_the_error_it_met(kind: str, raised: type[ReelError]) -> None:
    with os.fdopen(os.memfd_create("x"), "w+b") as nothing, pytest.raises(raised, match=r"^no$") as refused:
        _answer(msgspec.msgpack.encode(Refused(kind, "no", "so")), nothing)
    assert refused.value.remedy == "so"


def test_a_worker_that_died_before_it_was_ready_leaves_its_last_words() -> None:
    with os.fdopen(os.memfd_create("x"), "w+b") as said:
        said.write(b"Traceback\n  a line\nImportError: no such \x1b[31mthing\n")
        with pytest.raises(EngineTrouble, match=r"before it was ready: ImportError: no such \[31mthing$"):
            _answer(b"", said)
        assert _answer(msgspec.msgpack.encode(Ready(running())), said) == running()


# --- its log ----------------------------------------------------------------------------------------------------


@pytest.fixture
def closed() -> Iterator[None]:
    yield
    close_log()


def test_the_log_is_one_harmless_line_for_every_thing(tmp_path: Path, closed: None) -> None:
    path = tmp_path / "a" / "worker.log"
    open_log(path, detached=False)
    log.info("%s: %s", "walk", "two\nlines \x1b[31m and \u202e more")
    try:
        raise ValueError("bad\x1b]0;title\x07")
    except ValueError:
        log.exception("unforeseen")
    lines = path.read_text().splitlines()
    assert lines[0].endswith("INFO     walk: two lines [31m and more")
    assert lines[1].endswith("ERROR    unforeseen")
    assert lines[2] == "    Traceback (most recent call last):"
    assert lines[-1] == "    ValueError: bad]0;title"
    assert "\x1b" not in path.read_text()


def test_the_log_rotates_and_is_read_across_files(tmp_path: Path, closed: None) -> None:
    path = tmp_path / "logs" / "worker.log"
    open_log(path, detached=False, size=1000, kept=3)
    for number in range(200):
        log.info("line %d", number)
    assert sorted(os.listdir(path.parent)) == ["worker.log", "worker.log.1", "worker.log.2", "worker.log.3"]
    assert all(one.stat().st_size <= 1000 for one in path.parent.iterdir())
    assert [line.split()[-1] for line in read_log(path, 40)] == [str(n) for n in range(160, 200)]
    assert read_log(path, 0) == []
    assert read_log(tmp_path / "none.log", 5) == []


def test_what_libraries_print_follows_the_log_into_its_newest_file(tmp_path: Path) -> None:
    def work() -> None:
        open_log(tmp_path / "worker.log", detached=True, size=400, kept=5)
        os.write(2, b"first\n")
        for number in range(8):
            log.info("line %d, made longer by some words", number)
        os.write(2, b"last\n")

    assert ended(fork(work)) == 0
    files = [tmp_path / "worker.log", *sorted(tmp_path.glob("worker.log.*"))]
    assert len(files) > 1
    assert "last" in files[0].read_text()
    assert "first" in files[-1].read_text()


def test_a_full_disk_behind_the_log_stops_nothing(closed: None, capfd: pytest.CaptureFixture[str]) -> None:
    open_log(Path("/dev/full"), detached=False)
    log.removeHandler(log.handlers[1])
    log.info("nobody reads this")
    assert capfd.readouterr().err == ""


def test_an_error_in_words() -> None:
    assert words(BadInput("it is wrong", remedy="mend it")) == "it is wrong (mend it)"
    assert words(KeyError("x")) == "KeyError: 'x'"


# --- the login session ------------------------------------------------------------------------------------------

SCOPE = "0::/user.slice/user-1000.slice/session-3.scope\n"
SCOPE_V1 = "12:pids:/user.slice\n1:name=systemd:/user.slice/user-1000.slice/session-3.scope\n0::/\n"
MANAGER = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn.scope\n"
SERVICE = "0::/system.slice/reeltui.service\n"
UNIT = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/reeltui.service\n"
YES, NO = "[Login]\nKillUserProcesses=yes\n", "[Login]\nKillUserProcesses=no\n"


@pytest.mark.parametrize(
    ("cgroup", "settings", "user", "lingers", "remedy"),
    [
        (SCOPE, [YES], "ann", False, "loginctl enable-linger ann && systemd-run --user --scope"),
        (SCOPE, [YES], "ann", True, "log out, also this worker; start it with: systemd-run --user --scope"),
        (SCOPE_V1, [YES], "ann", False, "systemd-run"),
        (SCOPE, [], "ann", False, "systemd-run"),
        (SCOPE, ["[Login]\n#KillUserProcesses=no\n"], "ann", False, ""),
        (SCOPE, ["[Login]\n#KillUserProcesses=no\n", YES], "ann", False, "systemd-run"),
        (SCOPE, [YES, NO], "ann", False, ""),
        (SCOPE, [NO, YES], "ann", False, "systemd-run"),
        (SCOPE, ["[Other]\nKillUserProcesses=no\n"], "ann", False, "systemd-run"),
        (SCOPE, [YES], "root", False, ""),
        (SCOPE, [YES, "[Login]\nKillExcludeUsers=ann bob\n"], "ann", False, ""),
        (SCOPE, [YES, "[Login]\nKillExcludeUsers=\n"], "root", False, "systemd-run"),
        (SCOPE, [YES, "[Login]\nKillOnlyUsers=bob\n"], "ann", False, ""),
        (SCOPE, [YES, "[Login]\nKillOnlyUsers=ann\n"], "ann", False, "systemd-run"),
        (MANAGER, [NO], "ann", False, "loginctl enable-linger ann"),
        (UNIT, [NO], "ann", False, "loginctl enable-linger ann"),
        (MANAGER, [YES], "ann", True, ""),
        (SERVICE, [YES], "ann", False, ""),
        ("0::/\n", [YES], "ann", False, ""),
        ("", [YES], "ann", False, ""),
        ("nonsense\n:::\n", ["\0", "[Login"], "ann", False, ""),
    ],
)
def test_who_is_warned_of_logging_out(cgroup: str, settings: list[str], user: str, lingers: bool, remedy: str) -> None:
    warning = danger(cgroup, settings, user, lingers=lingers)
    assert (remedy in warning) if remedy else (warning == "")
