"""Following a reel that somebody else makes: in the queue, under way, to its end, and every way it does not come."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.errors import BadInput, Interrupted, PersonNeeded, ReelError, TryAgain
from core.film.event import Event, Happened, Live, RunEnded
from core.folder import layout
from core.folder.journal import Bookmark, Journal
from core.folder.lock import Lock
from core.folder.queue import Held, change_queue, hold, pause, read_queue, remove
from core.worker import follow as module
from core.worker.daemon.leases import Leases
from core.worker.follow import Queued, Seen, follow, why_idle
from core.worker.records import Ledger
from tests.stage import TINY, new_reel
from tests.waiting import NOW, died, gated, own_engines, queued, say

__all__ = ["own_engines"]  # a fixture


def steps(root: Path, *acts: Callable[[], Any], since: Bookmark | None = None) -> list[Seen]:
    """Follow a reel; every time the follower sleeps, the next act is done."""
    todo = list(acts)

    def sleep(seconds: float) -> None:
        if not todo:
            raise AssertionError("it never ended")
        todo.pop(0)()

    return list(follow(root, since or Bookmark(), sleep))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUEUE_EVERY", 0.0)
    monkeypatch.setattr(module, "GRACE", 0.05)


@pytest.fixture
def worker() -> Iterator[Leases]:
    leases = Leases(["cpu"], now=NOW)
    yield leases
    leases.release()


def test_a_run_is_followed_from_the_queue_to_its_end(library: Path, worker: Leases, quick: None) -> None:
    queued(library, "before")
    root = queued(library, "one")
    (root / layout.LIVE).write_bytes(msgspec.json.encode(Live(1.0, 1, "left by a dead run", "", 0, "", 0, 0, 0)))
    ledger, locks = Ledger(root), []

    def take() -> None:
        locks.append(Lock(root / layout.LOCK, verb="worker", now=NOW))
        died(root)

    def end() -> None:
        ledger.idle()
        say(root, (Happened.RUN_ENDED, RunEnded("done")))
        locks[0].release()

    seen = steps(
        root,
        lambda: change_queue(library, lambda queue: remove(queue, queue.reels[0].key)),
        take,
        lambda: ledger.live((), None),
        lambda: None,
        end,
    )
    queue = [item for item in seen if isinstance(item, Queued)]
    assert queue[0] == Queued(2, ("before",))
    assert [item.event for item in seen if isinstance(item, Event)] == [Happened.RUN_STARTED, Happened.RUN_ENDED]
    live = [item for item in seen if isinstance(item, Live)]
    assert [item.pid for item in live] == [os.getpid()], "once, and not what a dead run left"


def test_only_the_run_after_the_bookmark_counts(library: Path, worker: Leases, quick: None) -> None:
    root = queued(library, "one")
    died(root)
    say(root, (Happened.RUN_ENDED, RunEnded("failed")))
    since = Journal(root / layout.EVENTS, Event).end()
    seen = steps(root, lambda: say(root, (Happened.RUN_ENDED, RunEnded("done"))), since=since)
    assert [item.data["outcome"] for item in seen if isinstance(item, Event)] == ["done"]


def never() -> None:
    time.sleep(0.02)


def refused(root: Path, kind: type[ReelError], *acts: Callable[[], Any]) -> str:
    with pytest.raises(kind) as error:
        steps(root, *acts, *[never] * 50)
    assert error.value.remedy
    return str(error.value)


def test_a_reel_that_nobody_will_make_is_told(library: Path, quick: None) -> None:
    root = queued(library, "one")
    assert "no worker runs that could make it" in refused(root, TryAgain)
    assert "no worker runs" in why_idle(root)


def test_a_gpu_reel_with_only_a_cpu_worker_is_told(library: Path, quick: None, worker: Leases) -> None:
    root = queued(library, "one", engine="big")
    assert "no worker runs that could make it" in refused(root, TryAgain)


def test_a_worker_that_dies_is_told(library: Path, quick: None) -> None:
    root = queued(library, "one")
    lock = Lock(root / layout.LOCK, verb="worker", now=NOW)
    text = refused(root, TryAgain, lambda: died(root), lock.release)
    assert f"reeltui worker (process {os.getpid()} on " in text
    assert "died while it made one" in text


def test_a_foreground_run_that_dies_is_told(library: Path, quick: None) -> None:
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy"))
    lock = Lock(root / layout.LOCK, verb="make", now=NOW)
    assert why_idle(root) == ""
    assert "died while it made" in refused(root, TryAgain, lambda: died(root), lock.release)


def test_another_worker_that_takes_it_up_at_once_is_followed_on(library: Path, quick: None, worker: Leases) -> None:
    root = queued(library, "one")
    locks = [Lock(root / layout.LOCK, verb="worker", now=NOW)]

    def again() -> None:
        locks.append(Lock(root / layout.LOCK, verb="worker", now=NOW))

    seen = steps(
        root,
        lambda: died(root),
        locks[0].release,
        never,
        never,
        never,
        again,
        lambda: died(root),
        lambda: say(root, (Happened.RUN_ENDED, RunEnded("done"))),
    )
    assert [item.event.value for item in seen if isinstance(item, Event)] == ["run_started"] * 2 + ["run_ended"]
    locks[1].release()


def test_what_somebody_does_to_a_queued_reel_is_told(library: Path, quick: None, worker: Leases) -> None:
    root = queued(library, "one")
    key = read_queue(library).reels[0].key
    change_queue(library, lambda queue: hold(queue, key, Held.PAUSED))
    assert "one is paused" in refused(root, PersonNeeded)
    assert "paused" in why_idle(root)
    change_queue(library, lambda queue: hold(queue, key, Held.INTERRUPTED))
    assert "its worker died" in refused(root, PersonNeeded)
    change_queue(library, lambda queue: remove(queue, key))
    assert "taken out of the queue" in refused(root, Interrupted)
    assert "not queued" in why_idle(root)


def test_a_gate_a_broken_reel_and_a_gone_one_are_told(library: Path, quick: None, worker: Leases) -> None:
    root = gated(library)
    since = Journal(root / layout.EVENTS, Event).end()
    with pytest.raises(PersonNeeded, match="waits for approval of the plan"):
        steps(root, *[never] * 50, since=since)
    assert "approval of the plan" in why_idle(root)
    (root / layout.REEL_FILE).write_text("[")
    with pytest.raises(BadInput, match=r"reel\.toml"):
        steps(root, *[never] * 50, since=since)
    shutil.rmtree(root)
    change_queue(library, lambda queue: remove(queue, queue.reels[0].key))
    with pytest.raises(BadInput, match="is gone"):
        steps(root, *[never] * 50, since=since)


def test_a_paused_queue_is_waited_for(library: Path, quick: None, worker: Leases) -> None:
    root = queued(library, "one")
    change_queue(library, pause)
    seen = steps(root, never, lambda: say(root, (Happened.RUN_ENDED, RunEnded("done"))))
    assert [item.paused for item in seen if isinstance(item, Queued)] == [True]


def test_a_run_that_ends_while_it_is_looked_at_is_not_taken_for_dead(
    library: Path, quick: None, worker: Leases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how it ended, lets go of the reel and takes it out of the queue between our look at its events and our
    look at its lock."""
    root = queued(library, "one")
    died(root)

    def ends(path: Path) -> None:
        say(root, (Happened.RUN_ENDED, RunEnded("done")))
        change_queue(library, lambda queue: remove(queue, queue.reels[0].key))

    monkeypatch.setattr(module, "holder_of", ends)
    monkeypatch.setattr(module, "GRACE", 0.0)
    seen = steps(root)
    assert [item.data["outcome"] for item in seen if isinstance(item, Event) and item.data.get("outcome")] == ["done"]


def test_between_two_holders_it_is_not_taken_for_dead_at_once(library: Path, worker: Leases, quick: None) -> None:
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy"))
    lock = Lock(root / layout.LOCK, verb="resume", now=NOW)
    since = Journal(root / layout.EVENTS, Event).end()
    ends = (Happened.RUN_ENDED, RunEnded("done"))
    seen = steps(root, lambda: died(root), lock.release, lambda: say(root, ends), since=since)
    assert isinstance(seen[-1], Event)
    assert seen[-1].event is Happened.RUN_ENDED
