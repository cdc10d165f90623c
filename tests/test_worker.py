"""The detached worker for real: processes, terminals, signals; toys for an engine."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from core.film.event import Happened
from core.folder import layout
from core.folder.lock import holder_of
from core.folder.queue import Held, read_queue
from core.worker.daemon.leases import worker_dir
from core.worker.daemon.state import workers
from tests.test_terminal import Terminal
from tests.watching import (
    ROOT,
    alive,
    client,
    configure,
    detached,
    done,
    events,
    finish,
    held_at,
    hold,
    hosts_of,
    leftovers,
    lines,
    live,
    only,
    outcomes,
    queued,
    reeltui,
    until,
)

__all__ = ["detached"]
pytestmark = pytest.mark.slow

# The child makes the terminal its own, so that what is typed there, and its end, reach it as they do in life.
OWN_TERMINAL = "import fcntl, os, termios; os.setsid(); fcntl.ioctl(2, termios.TIOCSCTTY, 0)"
MAKE = ("make", "Aiko walks", "--name", "walk", "--size", "64x64", "--shots", "2", "--engine", "toy")

RUN = ("make", "Ken runs", "--name", "run", "--size", "64x64", "--shots", "1", "--engine", "toy")


def animating(root: Path) -> Any:
    now = live(root)
    return now and now.phase == "animate" and now.fraction > 0 and now


# --- the process ------------------------------------------------------------------------------------------------


def test_a_worker_starts_tells_of_itself_and_stops(library: Path) -> None:
    library.mkdir()
    out, _ = reeltui("worker", "start", "--json")
    (told,) = lines(out)
    worker = only()
    assert (told["pid"], told["devices"], told["by_hand"]) == (worker.pid, ["cpu"], True)
    out, _ = reeltui("worker", "status", "--json")
    assert [one["pid"] for one in lines(out)[0]] == [worker.pid]
    assert "started by hand, stays" in reeltui("worker")[0]
    out, _ = reeltui("worker", "logs")
    assert f"process {worker.pid} on" in out
    assert "is ready" in out
    out, _ = reeltui("worker", "stop")
    assert f"worker stopped: process {worker.pid}, cpu; it had nothing in hand" in out
    assert workers() == ()
    assert not alive(worker.pid)
    assert not list(worker_dir().glob("status-*.json"))
    assert "no worker runs" in reeltui("worker", "stop")[0]
    assert lines(reeltui("worker", "stop", "--json")[0]) == [[]]
    assert "ended" in reeltui("worker", "logs", "-n", "1")[0]


def test_it_has_left_everything_behind(library: Path) -> None:
    """Its own session without a terminal, nothing open but its own files, root as its folder, signals as they come."""
    terminal = Terminal()
    strange = os.open("/dev/zero", os.O_RDONLY)
    os.set_inheritable(strange, True)
    starter = client(
        "worker",
        "start",
        stdin=terminal.slave,
        stderr=terminal.slave,
        close_fds=False,
        prelude=f"{OWN_TERMINAL}\nos.umask(0o777); signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)",
    )
    code, _, _ = finish(starter)
    os.close(strange)
    assert code == 0
    terminal.close()
    worker = only()
    folder = Path(f"/proc/{worker.pid}")
    fields = folder.joinpath("stat").read_text().rpartition(")")[2].split()
    session, terminal_number = int(fields[3]), int(fields[4])
    assert terminal_number == 0
    assert session not in (worker.pid, os.getsid(0), starter.pid), "a session of its own, which it does not lead"
    status = dict(line.split(":\t", 1) for line in folder.joinpath("status").read_text().splitlines() if ":\t" in line)
    assert status["Umask"].strip() == "0022"
    assert int(status["SigBlk"], 16) == 0
    assert int(status["SigIgn"], 16) & 1 << signal.SIGHUP - 1
    assert not int(status["SigIgn"], 16) & 1 << signal.SIGINT - 1
    assert os.readlink(folder / "cwd") == "/"
    opened = {int(name): os.readlink(folder / "fd" / name) for name in os.listdir(folder / "fd")}
    assert (opened[0], opened[1], opened[2]) == ("/dev/null", "/dev/null", worker.log)
    known = ("pipe:", "anon_inode:", str(worker_dir()))
    assert [name for number, name in opened.items() if number > 2 and not name.startswith(known)] == []
    os.kill(worker.pid, signal.SIGHUP)
    reeltui("worker", "stop")


def test_of_many_started_at_once_one_wins_and_the_others_are_told_who(library: Path) -> None:
    starters = [client("worker", "start", "--json") for _ in range(4)]
    ended = [finish(starter) for starter in starters]
    worker = only()
    assert sorted(code for code, _, _ in ended) == [0, 4, 4, 4]
    for code, out, _ in ended:
        (told,) = lines(out)
        if code == 0:
            assert told["pid"] == worker.pid
        else:
            assert f"the device cpu is in use by reeltui worker (process {worker.pid} on " in told["message"]


def test_a_worker_for_every_device(library: Path) -> None:
    reeltui("worker", "start", "--device", "fake:8")
    reeltui("worker", "start", "--device", "fake:9:b", "--device", "fake:9:a")
    reeltui("worker", "start", "--device", "fake:9:a", code=4)
    reeltui("worker", "start", "--device", "cuda:77", code=2)
    assert sorted(worker.devices for worker in workers()) == [("fake:8",), ("fake:9:a", "fake:9:b")]
    reeltui("worker", "logs", code=2)
    assert "fake:8" in reeltui("worker", "logs", "--device", "fake:8")[0]
    reeltui("worker", "stop", "--device", "fake:9:b")
    assert [worker.devices for worker in workers()] == [("fake:8",)]


def test_a_starter_that_died_before_it_was_ready_does_not_take_it_along(library: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "core.worker.daemon", "--ready", str(writer)]
    subprocess.run(words, pass_fds=(writer,), cwd=ROOT, start_new_session=True, check=True, timeout=60)
    os.close(writer)
    worker = until(lambda: (found := workers()) and found[0].version == "" and found[0].log and found[0])
    until(lambda: "is ready" in reeltui("worker", "logs")[0])
    assert "Traceback" not in reeltui("worker", "logs")[0]
    assert alive(worker.pid)
    reeltui(*RUN)


def test_what_keeps_it_from_starting_is_said(library: Path, tmp_path: Path) -> None:
    configure('devices = ["cuda:77"]')
    _, err = reeltui("worker", "start", code=2)
    assert "there is no device cuda:77" in err
    configure("linger = -1")
    reeltui("worker", "start", code=2)
    configure()
    state = Path(os.environ["XDG_STATE_HOME"])
    state.mkdir(exist_ok=True)
    (state / "reeltui").write_text("in the way")
    _, err = reeltui("worker", "start", code=5)
    assert len(err.splitlines()) == 1


def test_a_worker_by_itself_ends_when_nothing_is_to_do(library: Path) -> None:
    configure("linger = 0.5")
    reeltui(*MAKE)
    until(lambda: not workers())
    said = reeltui("worker", "logs")[0]
    assert "nothing was to do for 0.5 s" in said
    assert "Traceback" not in said
    assert not list(worker_dir().glob("status-*.json"))


def test_idle_it_costs_next_to_nothing(library: Path) -> None:
    reeltui(*MAKE, "--review", "plan", code=3)
    worker = only()
    time.sleep(0.5)
    folder = Path(f"/proc/{worker.pid}")
    before = int(folder.joinpath("schedstat").read_text().split()[0])
    time.sleep(5)
    spent = int(folder.joinpath("schedstat").read_text().split()[0]) - before
    assert spent / 5e9 < 0.005
    resident = int(re.findall(r"VmRSS:\s+(\d+) kB", folder.joinpath("status").read_text())[0])
    assert resident < 60_000


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_in_the_foreground_a_signal_stops_it(library: Path, number: signal.Signals) -> None:
    worker = client("worker", "run", "--json")
    assert worker.stdout is not None
    told = json.loads(worker.stdout.readline())
    assert told["pid"] == worker.pid == only().pid
    reeltui(*MAKE, "--detach")
    until(lambda: animating(library / "walk"))
    worker.send_signal(number)
    code, _, err = finish(worker)
    assert code == 0
    assert "is ready" in err
    assert "Traceback" not in err
    assert outcomes(library / "walk") == ["interrupted"]
    assert queued(library) == ["walk"]


# --- making and following ---------------------------------------------------------------------------------------


def test_make_starts_a_worker_and_tells_the_same_as_ever(library: Path) -> None:
    out, err = reeltui(*MAKE)
    assert str(library / "walk" / "reel.mp4") in out
    assert "What to try next" in out
    assert re.search(r"\[ *\d+/\d+\] mix +mix", err)
    first = only()
    assert f"started a background worker (process {first.pid}, cpu)" in err
    assert not first.by_hand
    assert queued(library) == []
    out, err = reeltui("resume", "walk")
    assert "nothing was due" in out
    assert "started" not in err
    out, _ = reeltui(*RUN, "--json")
    told = lines(out)
    assert {line["type"] for line in told} >= {"event", "progress", "result"}
    assert told[-1]["type"] == "result"
    assert told[-1]["status"]["state"] == "done"
    assert only().pid == first.pid, "one worker made both"


def test_detached_it_is_followed_later(library: Path) -> None:
    out, _ = reeltui(*MAKE, "--detach", "--json", pause=0.1)
    (told,) = lines(out)
    assert (told["type"], told["place"], told["worker"], told["started"]) == ("queued", 1, only().pid, True)
    reeltui(*RUN, "--detach")
    second = client("status", "run", "--follow", "--json")
    out, err = reeltui("status", "walk", "--follow")
    assert "reel.mp4" in out
    assert re.search(r"\[ *\d+/\d+\] mix +mix", err)
    code, out, _ = finish(second)
    assert code == 0
    first = lines(out)[0]
    assert (first["type"], first["position"], first["before"]) == ("queued", 2, ["walk"])
    out, err = reeltui("status", "walk", "--follow")
    assert "nobody works on it, and it is not queued" in err
    assert "done" in out


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM", "SIGHUP", "kill -9", "hang-up", "reader gone"])
def test_the_worker_goes_on_without_its_client(library: Path, how: str) -> None:
    root = library / "walk"
    terminal = Terminal()
    # A terminal's hang-up needs one that nobody else has open.
    options: dict[str, Any] = {}
    if how in ("Ctrl-C", "hang-up"):
        options = {"stdin": terminal.slave, "stderr": terminal.slave, "prelude": OWN_TERMINAL, "env": {"TERM": "xterm"}}
    if how == "hang-up":
        options["stdout"] = terminal.slave
    following = client(*MAKE, *(["--json"] if how == "reader gone" else []), pause=0.3, **options)
    until(lambda: animating(root))
    worker = only()
    if how == "Ctrl-C":
        os.write(terminal.master, b"\x03")
    elif how == "hang-up":
        os.close(terminal.slave)
        os.close(terminal.master)
    elif how == "reader gone":
        assert following.stdout is not None
        following.stdout.close()
    else:
        following.send_signal({"kill -9": signal.SIGKILL}.get(how) or signal.Signals[how])
    if how == "reader gone":
        assert following.stderr is not None
        said = following.stderr.read().decode()
        following.stderr.close()
        code = following.wait(60)
    else:
        code, _, said = finish(following)
    if how == "Ctrl-C":
        said = terminal.close()
    elif how != "hang-up":
        terminal.close()
    assert code == (-9 if how == "kill -9" else 130)
    if how not in ("kill -9", "hang-up"):
        assert "the worker goes on" in said
        assert "status walk --follow` comes back" in said
        assert "cancel walk` stops it" in said
        assert "Traceback" not in said
    assert alive(worker.pid)
    assert holder_of(root / layout.LOCK) is not None
    until(lambda: outcomes(root))
    assert outcomes(root) == ["done"]
    assert [event.event for event in events(root)].count(Happened.RUN_STARTED) == 1
    assert leftovers(root) == []
    until(lambda: queued(library) == [])


def test_a_reel_at_a_gate_goes_on_by_itself_once_it_is_approved(library: Path) -> None:
    root = library / "walk"
    _, err = reeltui(*MAKE, "--review", "plan", code=3)
    assert "waits for your approval of the plan" in err
    assert queued(library) == ["walk"]
    _, err = reeltui("status", "walk", "--follow")
    assert "it waits for approval of the plan" in err
    reeltui(*RUN)
    reeltui("resume", "walk")
    # A worker that saw the approval before the reel was asked for looks at it once more.
    assert outcomes(root) in (["waiting", "done"], ["waiting", "done", "done"])


def test_a_cancelled_and_a_paused_reel_end_their_followers(library: Path) -> None:
    root = library / "walk"
    following = client(*MAKE, pause=0.4)
    until(lambda: animating(root))
    reeltui("pause", "walk")
    code, _, err = finish(following)
    assert code == 3
    assert "walk was paused" in err
    assert read_queue(library).reels[0].held is Held.PAUSED
    following = client("resume", "walk", pause=0.4)
    until(lambda: animating(root))
    reeltui("pause", "walk", "--now")
    code, _, err = finish(following)
    assert code == 3
    assert "walk was paused" in err
    following = client("resume", "walk", pause=0.4)
    until(lambda: animating(root))
    reeltui("cancel", "walk")
    code, _, err = finish(following)
    assert code == 130
    assert "walk was cancelled" in err
    assert queued(library) == []
    assert leftovers(root) == []


# --- two who want the same --------------------------------------------------------------------------------------


def test_two_writers_for_one_reel(library: Path) -> None:
    """The worker passes a reel over that another process makes, makes others, and goes on with it when it is free."""
    root = library / "walk"
    reeltui("worker", "start")
    held = hold(root, layout.clip(1, 1))
    other = client(*MAKE, "--foreground", pause=0.3)
    until(lambda: held_at(root, layout.clip(1, 1)))
    reeltui("queue", "add", "walk")
    reeltui(*RUN)
    _, err = reeltui("resume", "walk", code=4)
    assert f"reeltui make (process {other.pid} on " in err
    assert [event.event for event in events(root)].count(Happened.RUN_STARTED) == 1
    watching = client("status", "walk", "--follow")
    other.kill()
    other.communicate()
    until(lambda: holder_of(root / layout.LOCK) is not None and held_at(root, layout.clip(1, 1)))
    held.unlink()
    code, out, _ = finish(watching)
    assert code == 0, "the worker took it up at once, and it is followed on"
    assert outcomes(root) == ["done"]
    assert "reel.mp4" in out


def test_what_the_worker_makes_is_refused_in_the_foreground_and_followed_otherwise(library: Path) -> None:
    reeltui(*MAKE, "--detach", pause=0.3)
    until(lambda: animating(library / "walk"))
    _, err = reeltui("resume", "walk", "--foreground", code=4)
    assert f"reeltui worker (process {only().pid} on " in err
    out, _ = reeltui("resume", "walk")
    assert "reel.mp4" in out
    assert outcomes(library / "walk")[0] == "done"


def test_a_foreground_run_can_be_watched(library: Path) -> None:
    root = library / "walk"
    other = client(*MAKE, "--foreground", pause=0.3)
    until(lambda: animating(root))
    out, err = reeltui("status", "walk", "--follow")
    assert "reel.mp4" in out
    assert "mix" in err
    assert finish(other)[0] == 0
    assert workers() == ()


# --- ends -------------------------------------------------------------------------------------------------------


def test_a_killed_worker_takes_its_hosts_along_and_the_next_goes_on_by_itself(library: Path) -> None:
    root = library / "walk"
    reeltui(*RUN)
    held = hold(root, layout.clip(1, 1))
    following = client(*MAKE)
    until(lambda: held_at(root, layout.clip(1, 1)))
    reeltui("queue", "add", "run")
    worker = only()
    hosts = hosts_of(worker.pid)
    assert hosts
    os.kill(worker.pid, signal.SIGKILL)
    code, _, err = finish(following)
    assert code == 75
    assert f"reeltui worker (process {worker.pid} on " in err
    assert "died while it made walk" in err
    until(lambda: not [pid for pid in hosts if alive(pid)])
    assert queued(library) == ["walk", "run"]
    assert "no worker runs" in reeltui("worker", "status")[0]
    finished = done(events(root))
    held.unlink()
    reeltui("worker", "start")
    until(lambda: queued(library) == [])
    assert outcomes(root) == ["done"]
    again = done(events(root))
    assert again[: len(finished)] == finished
    assert "gone on with, its last run died" in reeltui("worker", "logs")[0]
    assert leftovers(root) == []


def test_or_the_reel_is_held_where_the_settings_want_that(library: Path) -> None:
    configure("take_up_interrupted = false")
    root = library / "walk"
    reeltui(*MAKE, "--detach", pause=0.3)
    until(lambda: animating(root))
    os.kill(only().pid, signal.SIGKILL)
    until(lambda: not workers())
    reeltui("worker", "start")
    until(lambda: read_queue(library).reels[0].held is Held.INTERRUPTED)
    assert outcomes(root) == []
    reeltui("resume", "walk")
    assert outcomes(root) == ["done"]


def test_stop_drops_the_step_in_hand_and_the_next_worker_goes_on(library: Path) -> None:
    root = library / "walk"
    following = client(*MAKE, pause=0.5)
    until(lambda: animating(root))
    worker = only()
    hosts = hosts_of(worker.pid)
    out, _ = reeltui("worker", "stop")
    assert re.search(r"clip \d of walk was dropped. walk stays in the queue", out)
    assert not alive(worker.pid)
    assert not [pid for pid in hosts if alive(pid)]
    code, _, err = finish(following)
    assert code == 130
    assert "walk was stopped" in err
    assert outcomes(root) == ["interrupted"]
    assert leftovers(root) == []
    assert queued(library) == ["walk"]
    reeltui("worker", "start")
    until(lambda: queued(library) == [])
    assert outcomes(root) == ["interrupted", "done"]


def test_stop_after_the_step_finishes_it(library: Path) -> None:
    root = library / "walk"
    reeltui(*MAKE, "--detach", pause=1)
    step = until(lambda: animating(root)).step
    out, _ = reeltui("worker", "stop", "--after-step")
    assert "walk stays in the queue" in out
    assert "dropped" not in out
    assert step in done(events(root))
    assert queued(library) == ["walk"]


def test_kill_is_the_last_resort(library: Path) -> None:
    root = library / "walk"
    reeltui(*MAKE, "--detach", pause=0.5)
    until(lambda: animating(root))
    worker = only()
    os.kill(worker.pid, signal.SIGSTOP)
    hosts = hosts_of(worker.pid)
    reeltui("worker", "stop", "--kill")
    assert not alive(worker.pid)
    until(lambda: not [pid for pid in hosts if alive(pid)])
    assert not list(worker_dir().glob("status-*.json"))


def test_a_process_that_only_has_the_number_of_a_worker_is_left_alone(library: Path) -> None:
    """A lease file that names another process: it is held, but not by the process it names."""
    reeltui("worker", "start")
    worker = only()
    bystander = subprocess.Popen(["sleep", "600"])
    lease = next(worker_dir().glob("lease-*.lock"))
    words = json.loads(lease.read_bytes())
    lease.write_text(json.dumps({**words, "pid": bystander.pid}))
    _, err = reeltui("worker", "stop", code=4)
    assert "not a process of this system" in err
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()
    _, err = reeltui("worker", "stop", code=4)
    os.kill(worker.pid, signal.SIGKILL)
    until(lambda: not workers())


def test_a_broken_reel_does_not_stop_the_next_one(library: Path) -> None:
    def make(name: str) -> Path:
        words = ("make", name, "--name", name, "--size", "64x64", "--shots", "1", "--engine", "toy")
        reeltui(*words, "--review", "plan", code=3)
        return library / name

    broken, bad, vanished, good = (make(name) for name in ("broken", "bad", "vanished", "good"))
    reeltui("worker", "stop")
    (broken / layout.REEL_FILE).write_text("not = [toml")
    (bad / layout.PLAN_FILE).write_text("{")
    (vanished / layout.LOCK).unlink()
    (vanished / layout.LOCK).mkdir()
    os.utime(vanished / layout.PLAN_FILE)
    reeltui("resume", "good")
    assert outcomes(good) == ["waiting", "done"]
    until(lambda: queued(library) == ["broken", "vanished"])
    assert events(bad)[-1].data["outcome"] == "failed"
    assert events(bad)[-1].data["code"] == 2
    assert "plan.json" in events(bad)[-1].message
    said = reeltui("worker", "logs")[0]
    assert "broken is passed over" in said
    assert "bad: failed" in said
    assert "vanished is tried again in 30 s" in said
    assert "bad" in only().error or "vanished" in only().error


def test_the_log_is_followed_across_its_rotation(library: Path) -> None:
    reeltui("worker", "start")
    log = Path(only().log)
    assert stat.S_IMODE(log.stat().st_mode) == 0o644
    following = client("worker", "logs", "-f", "-n", "1")
    assert following.stdout is not None
    assert b"is ready" in following.stdout.readline()
    with log.open("a") as file:
        file.write("x" * 1_000_000 + "\n")
    assert len(following.stdout.readline()) == 1_000_001
    reeltui("worker", "stop")
    assert b"ended" in following.stdout.readline()
    assert log.with_name(log.name + ".1").stat().st_size > 1_000_000
    following.send_signal(signal.SIGINT)
    assert finish(following)[0] == 0
