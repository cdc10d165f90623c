"""The worker is killed at fifty seeded random moments, with reels in its queue: it always goes on by itself, nothing
that was finished is lost or made twice, no process is left behind, and the queue keeps what it holds."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import msgspec
import pytest

from core.film.event import Happened
from core.folder import layout
from core.folder.queue import enqueue, read_queue
from core.folder.snapshot import HashChecker, read_snapshot
from core.worker.daemon.libraries import register
from core.worker.daemon.start import start
from core.worker.daemon.state import workers
from core.worker.daemon.stop import How, stop
from tests.stage import NOW, TINY, new_reel
from tests.watching import ROOT, alive, events, hosts_of, leftovers, receipts, repeated, until

KILLS = 50
REELS = 3
SEED = 20260101
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(autouse=True)
def _slow_toys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A detached worker whose engine are toys that take their time."""
    monkeypatch.delenv("REELTUI_WORKER", raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("TOY_PAUSE", "0.15")
    config = tmp_path / "config/reeltui/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[engines]\nslow = "tests.rogues:slow_lineup"\n[worker]\ndevices = ["cpu"]\n')


def reel(library: Path, number: int) -> Path:
    return new_reel(library, msgspec.structs.replace(TINY, engine="slow", seed=number), sentence=f"Aiko walks {number}")


def finished(root: Path) -> bool:
    told = events(root)
    return bool(told) and told[-1].event is Happened.RUN_ENDED and told[-1].data["outcome"] == "done"


def wholes(root: Path) -> dict[str, str]:
    """Return every finished artifact with its seal; all of them were hashed. A verdict may have a keyframe painted
    anew, and the mix is made again after that: those are left out."""
    snapshot = read_snapshot(root, HashChecker())
    found = {step: one.receipt.seal for step, one in snapshot.artifacts.items() if one.whole and one.receipt}
    found = {step: seal for step, seal in found.items() if step != layout.MIX and not step.endswith("keyframe")}
    for takes in snapshot.takes.values():
        for take in takes:
            for one in (take.clip, take.verdict):
                if one is not None and one.whole and one.receipt:
                    found[one.step] = one.receipt.seal
    return found


def test_fifty_kills_of_the_worker(library: Path) -> None:
    chance = random.Random(SEED)
    library.mkdir(parents=True, exist_ok=True)
    register(library)
    number = 0
    waiting: list[Path] = []
    all_reels: list[Path] = []
    for _ in range(KILLS):
        waiting = [root for root in waiting if not finished(root)]
        while len(waiting) < REELS:
            number += 1
            root = reel(library, number)
            enqueue(root.resolve(), now=NOW)
            waiting.append(root)
            all_reels.append(root)
        before = {root: wholes(root) for root in all_reels}
        worker = start(("cpu",), linger=None, library=library)
        time.sleep(chance.uniform(0.0, 1.6))
        hosts = hosts_of(worker.pid)
        names = {entry.name for entry in read_queue(library).reels}
        os.kill(worker.pid, signal.SIGKILL)
        dead = (worker.pid, *hosts, *hosts_of(worker.pid))
        until(lambda pids=dead: not any(alive(pid) for pid in pids))
        after = read_queue(library)
        assert after.warning == ""
        left = {entry.name for entry in after.reels}
        assert left <= names, "nobody came into the queue by a kill"
        assert {root.name for root in waiting if not finished(root)} <= left, "who is not finished is still queued"
        for root, seals in before.items():
            now = wholes(root)
            assert {step: now.get(step) for step in seals} == seals, "what was finished is still the same"
    worker = start(("cpu",), linger=None, library=library)
    until(lambda: all(finished(root) for root in waiting), patience=300)
    until(lambda: read_queue(library).reels == ())
    list(stop(worker, How.NOW))
    assert workers() == ()
    clean = reel(library, 1)
    enqueue(clean.resolve(), now=NOW)
    worker = start(("cpu",), linger=None, library=library)
    until(lambda: finished(clean), patience=300)
    list(stop(worker, How.NOW))
    for root in all_reels:
        assert leftovers(root) == []
        assert not (root / layout.LIVE).exists()
        assert repeated(events(root), events(clean)) == {}, "nothing was made twice"
    assert receipts(all_reels[0]) == receipts(clean), "as if nobody had disturbed it"
