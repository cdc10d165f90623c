"""Ctrl-C and its kin on real runs, and two processes that want one reel."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections import Counter
from pathlib import Path

import pytest

from core.film.event import Happened
from tests.stage import made
from tests.watching import alive, cli, events, finish, hosts_of, leftovers, lines, live, start, until

MAKE = ("make", "Aiko walks", "--name", "walk", "--size", "64x64", "--shots", "3")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_leaves_nothing_half_and_says_how_to_go_on(library: Path, number: signal.Signals) -> None:
    root = library / "walk"
    worker = start(MAKE, pause=0.4)
    until(lambda: (now := live(root)) and now.phase == "animate" and now.fraction > 0)
    hosts = hosts_of(worker.pid)
    assert len(hosts) >= 2, "the animator's and the inspector's"
    worker.send_signal(number)
    code, out, err = finish(worker)
    assert code == 130
    assert out == ""
    last = err.splitlines()[-1]
    assert "walk was stopped; everything finished is kept" in last
    assert re.search(r"go on with: .* resume walk\)$", last)
    assert "Traceback" not in err
    until(lambda: not [pid for pid in hosts if alive(pid)], 10)
    assert leftovers(root) == []
    told = events(root)
    assert told[-1].event is Happened.RUN_ENDED
    assert told[-1].data["outcome"] == "interrupted"
    before = made(told)
    assert cli("resume", "walk")[0] == 0
    after = made(events(root))
    assert after[: len(before)] == before
    twice = [step for step, times in Counter(after).items() if times > 1]
    assert twice == ["shots/01/keyframe"], "only what the critic wanted again: this shot drifts once"


@pytest.mark.slow
def test_a_second_ctrl_c_does_not_break_the_clean_stop(library: Path) -> None:
    root = library / "walk"
    worker = start(MAKE, pause=0.4)
    until(lambda: (now := live(root)) and now.phase == "masters" and now.fraction > 0)
    for _ in range(20):
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGINT)
    code, _, err = finish(worker)
    assert code == 130
    assert "Traceback" not in err
    assert leftovers(root) == []
    assert events(root)[-1].data["outcome"] == "interrupted"


@pytest.mark.slow
def test_nohup_is_honoured(library: Path) -> None:
    worker = start(MAKE, pause=0.05, prelude="signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    until(lambda: live(library / "walk"))
    worker.send_signal(signal.SIGHUP)
    assert finish(worker)[0] == 0
    assert events(library / "walk")[-1].data["outcome"] == "done"


@pytest.mark.slow
def test_a_second_process_is_refused_and_told_who_has_the_reel(library: Path) -> None:
    root = library / "walk"
    worker = start(MAKE, pause=0.5)
    until(lambda: live(root))
    code, out, err = cli("resume", "walk", "--json")
    assert code == 4
    (problem,) = lines(out)
    assert problem["error"] == "Locked"
    assert problem["code"] == 4
    assert f"reeltui make (process {worker.pid} on " in problem["message"]
    assert problem["message"] in err
    code, out, _ = cli("status", "walk", "--json")
    assert code == 0
    status = lines(out)[0]
    assert status["state"] == "running"
    assert f"process {worker.pid} " in status["held_by"]
    worker.send_signal(signal.SIGINT)
    assert finish(worker)[0] == 130
    assert [event.event for event in events(root)].count(Happened.RUN_STARTED) == 1, "the second wrote nothing"
    assert lines(cli("status", "walk", "--json")[1])[0]["state"] == "interrupted"
