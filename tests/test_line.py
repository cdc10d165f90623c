"""Which reel a worker takes next, and what becomes of it, without any hosts."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from core.film.decision import Decision, Kind
from core.film.errors import (
    BadInput,
    DiskTrouble,
    EngineTrouble,
    ReelError,
    TryAgain,
)
from core.film.event import Event, Happened, Live, RunEnded, RunStarted
from core.film.lineup import Lineup
from core.film.settings import OnTimeout, Review
from core.folder import layout
from core.folder.decisions import say_decision
from core.folder.journal import Journal
from core.folder.lock import Lock, holder_of
from core.folder.queue import Held, Queue, change_queue, enqueue, hold, pause, read_queue, release, remove
from core.folder.snapshot import read_snapshot
from core.worker.daemon import line as line_module
from core.worker.daemon.leases import Leases, lease_path
from core.worker.daemon.libraries import register
from core.worker.daemon.line import Line
from core.worker.daemon.log import close_log, open_log, read_log, words
from core.worker.daemon.serve import Worker
from core.worker.daemon.state import Running, log_path, workers
from core.worker.records import Ledger, utc_now
from core.worker.run import Wish
from core.worker.settings import WorkerSettings
from tests.waiting import NOW, at_gate, died, gated, own_engines, queued, say

__all__ = ["own_engines"]  # a fixture


@pytest.fixture
def closed() -> Iterator[None]:
    yield
    close_log()


def names(library: Path) -> list[str]:
    return [entry.name for entry in read_queue(library).reels]


def the_line(*devices: str, take_up: bool = True) -> Line:
    return Line(devices or ("cpu",), take_up_interrupted=take_up)


def next_name(line: Line) -> str:
    taken = line.next()
    return taken.root.name if taken else ""


def test_first_in_first_out_over_all_registered_libraries(tmp_path: Path, library: Path) -> None:
    queued(tmp_path / "other", "one")
    queued(library, "two")
    line = the_line()
    assert next_name(line) == "one"
    change_queue(tmp_path / "other", lambda queue: remove(queue, queue.reels[0].key))
    assert next_name(line) == "two"


def test_held_reels_and_paused_queues_are_passed_over_until_they_are_not(library: Path) -> None:
    root = queued(library, "one")
    line = the_line()
    key = read_queue(library).reels[0].key
    change_queue(library, lambda queue: hold(queue, key, Held.PAUSED))
    assert next_name(line) == ""
    assert not line.changed()
    change_queue(library, lambda queue: release(queue, key))
    assert line.changed()
    assert next_name(line) == root.name
    change_queue(library, pause)
    assert next_name(line) == ""


def test_a_reel_that_another_process_makes_is_passed_over_until_it_lets_go(library: Path) -> None:
    root, other = queued(library, "one"), queued(library, "two")
    line = the_line()
    with Lock(root / layout.LOCK, verb="make", now=NOW), Lock(other / layout.LOCK, verb="make", now=NOW):
        assert next_name(line) == ""
        assert not line.changed()
    assert line.changed()
    assert next_name(line) == "one"


def test_a_folder_that_is_gone_leaves_the_queue_and_a_library_that_is_away_does_not(library: Path) -> None:
    root = queued(library, "one")
    away = library.with_name("away")
    library.rename(away)
    assert next_name(the_line()) == ""
    away.rename(library)
    assert names(library) == ["one"]
    shutil.rmtree(root)
    assert next_name(the_line()) == ""
    assert names(library) == []


def test_a_renamed_reel_is_found(library: Path) -> None:
    root = queued(library, "one")
    root.rename(library / "renamed")
    assert next_name(the_line()) == "renamed"


def test_a_broken_reel_is_passed_over_until_it_is_mended(library: Path) -> None:
    root = queued(library, "one")
    good = (root / layout.REEL_FILE).read_bytes()
    (root / layout.REEL_FILE).write_text("not = [toml")
    queued(library, "two")
    line = the_line()
    assert next_name(line) == "two"
    assert names(library) == ["one", "two"]
    (root / layout.REEL_FILE).write_bytes(good)
    assert next_name(line) == "one"


def test_what_needs_a_gpu_waits_for_a_worker_that_has_one(library: Path) -> None:
    queued(library, "one", engine="big")
    queued(library, "two")
    assert next_name(the_line("cpu")) == "two"
    assert next_name(the_line("fake:24")) == "one"


def test_an_engine_that_is_not_there_any_more_is_for_the_run_to_tell(library: Path) -> None:
    queued(library, "one", engine="nobody")
    assert next_name(the_line()) == "one"


def test_a_reel_whose_worker_died_is_gone_on_with(library: Path) -> None:
    died(queued(library, "one"))
    assert next_name(the_line()) == "one"


def test_or_held_where_the_settings_want_that_until_somebody_asks(library: Path) -> None:
    root = queued(library, "one")
    died(root)
    line = the_line(take_up=False)
    assert next_name(line) == ""
    assert read_queue(library).reels[0].held is Held.INTERRUPTED
    assert next_name(line) == ""
    enqueue(root, now=utc_now())
    assert next_name(line) == "one", "asked for after it died"


def test_what_another_worker_has_just_begun_is_not_taken_for_dead(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes the reel and says so between our look at its lock and our look at its events."""
    root = queued(library, "one")
    died(root)
    lock = Lock(root / layout.LOCK, verb="worker", now=NOW)
    monkeypatch.setattr(line_module, "holder_of", lambda path: None)
    the_line(take_up=False).next()
    assert read_queue(library).reels[0].held is Held.NO
    lock.release()


def test_a_reel_at_a_gate_is_passed_over_until_its_folder_changes(library: Path) -> None:
    root = gated(library)
    line = the_line()
    assert next_name(line) == ""
    assert not line.changed()
    assert not line.timed
    approve(root)
    assert line.changed()
    assert next_name(line) == "one"


def approve(root: Path) -> None:
    snapshot = read_snapshot(root)
    say_decision(root, Decision("d", Kind.PASS_GATE, NOW, step="plan", seen=snapshot.plan_sha))


@pytest.mark.parametrize("name", [layout.PLAN_FILE, layout.REEL_FILE])
def test_an_edit_brings_it_back_as_well(library: Path, name: str) -> None:
    root = gated(library)
    line = the_line()
    assert next_name(line) == ""
    time.sleep(0.02)  # the clock of file times ticks every few milliseconds
    data = (root / name).read_bytes()
    (root / name).write_bytes(data)
    os.utime(root / name)
    assert line.changed()
    assert next_name(line) == "one"


def test_an_approval_said_in_the_moment_the_run_ended_is_not_missed(library: Path) -> None:
    root = queued(library, "one", plan=True, review=Review.PLAN)
    approve(root)
    time.sleep(0.02)
    at_gate(root)  # the run had looked before
    assert next_name(the_line()) == "one"


def test_what_failed_at_a_gate_is_not_tried_for_ever(library: Path) -> None:
    """The gate was passed for another plan; what can be done failed, and the run ended as waiting."""
    root = gated(library)
    assert next_name(the_line()) == ""
    (root / layout.EVENTS).unlink()
    died(root)
    say(root, (Happened.RUN_ENDED, RunEnded("interrupted")))
    assert next_name(the_line()) == "one", "that it waits is only true where its last run said so"


def test_a_gate_whose_time_is_over_is_passed(library: Path) -> None:
    root = gated(library, review_timeout=0.3, on_timeout=OnTimeout.ACCEPT)
    line = the_line()
    assert next_name(line) == ""
    assert line.timed
    until(line.changed)
    found = next_name(line) or next_name(line)
    assert found == "one"
    (said,) = read_snapshot(root).decisions
    assert (said.kind, said.by, said.step) == (Kind.PASS_GATE, "time-out", "plan")
    assert said.seen == read_snapshot(root).plan_sha


def test_or_the_reel_is_set_aside(library: Path) -> None:
    root = gated(library, review_timeout=0.01, on_timeout=OnTimeout.SKIP)
    time.sleep(0.02)
    assert next_name(the_line()) == ""
    assert names(library) == []
    assert read_snapshot(root).decisions == ()


def test_or_it_goes_on_waiting(library: Path) -> None:
    gated(library, review_timeout=0.01, on_timeout=OnTimeout.WAIT)
    time.sleep(0.02)
    line = the_line()
    assert next_name(line) == ""
    assert not line.timed
    assert names(library) == ["one"]


def test_a_damaged_queue_is_told_once_and_stops_nothing(library: Path, tmp_path: Path, closed: None) -> None:
    queued(library, "one")
    queued(tmp_path / "other", "two")
    (library / ".queue.json").write_text("{")
    open_log(tmp_path / "worker.log", detached=False)
    line = the_line()
    assert [next_name(line) for _ in range(3)] == ["two"] * 3
    told = [text for text in read_log(tmp_path / "worker.log", 50) if "damaged" in text]
    assert len(told) == 1


def until(what: Callable[[], Any]) -> Any:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.005)
    raise AssertionError("it never happened")


# --- what becomes of a reel -------------------------------------------------------------------------------------


class FakeOrders:
    """Signals of a test; `sleeps` are how long it slept, and each moves the clock of the test on."""

    def __init__(self) -> None:
        self.wish = Wish.GO
        self.sleeps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        if len(self.sleeps) > 200:
            raise AssertionError("nothing ever changes")
        time.sleep(min(seconds, 0.005))


class Enough(BaseException):
    """Ends a worker, which survives every Exception."""


class FakeRun:
    """A run that does what the test says; `begun` are the reels that were begun."""

    begun: ClassVar[list[str]] = []
    what: ClassVar[dict[str, Callable[[FakeRun], str]]] = {}

    def __init__(self, root: Path, lineup: Lineup, wording: Any, *, verb: str, troupe: Any, control: Any) -> None:
        self.root, self.control, self.outcome, self.verb = root, control, "interrupted", verb
        FakeRun.begun.append(root.name)
        if len(FakeRun.begun) > 50:
            raise Enough

    def run(self) -> Iterator[Event | Live]:
        with Lock(self.root / layout.LOCK, verb=self.verb, now=NOW):
            yield Ledger(self.root).event(Happened.RUN_STARTED, None, "", RunStarted(os.getpid(), self.verb))
            try:
                self.outcome = FakeRun.what.get(self.root.name, lambda run: "done")(self)
            finally:
                Ledger(self.root).event(Happened.RUN_ENDED, None, "", RunEnded(self.outcome))


@pytest.fixture
def fake() -> FakeOrders:
    FakeRun.begun, FakeRun.what = [], {}
    return FakeOrders()


def work(orders: FakeOrders, *, linger: float = 0.0, patience: float = 0.0, take_up: bool = True) -> Worker:
    """Let a worker work until it has had nothing to do for `linger` seconds."""
    leases = Leases(["cpu"], now=NOW)
    holder = holder_of(lease_path("cpu"))
    assert holder is not None
    me = Running(holder.pid, holder.host, holder.boot, NOW, ("cpu",), linger=linger, log=str(log_path(("cpu",))))
    settings = WorkerSettings(take_up_interrupted=take_up)
    worker = Worker(me, (), settings, orders, leases, runner=FakeRun, patience=patience)  # type: ignore[arg-type]
    try:
        worker.loop()
    finally:
        leases.release()
    return worker


def outcome(root: Path) -> RunEnded:
    detail = Journal(root / layout.EVENTS, Event).read()[0][-1].detail()
    assert isinstance(detail, RunEnded)
    return detail


def test_reels_are_made_in_order_and_leave_the_queue(library: Path, fake: FakeOrders) -> None:
    for name in ("one", "two", "three"):
        queued(library, name)
    FakeRun.what["two"] = lambda run: "failed"
    work(fake)
    assert FakeRun.begun == ["one", "two", "three"]
    assert names(library) == []
    assert workers() == ()


def raising(error: BaseException) -> Callable[[FakeRun], str]:
    def what(run: FakeRun) -> str:
        raise error

    return what


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("plan.json is bad", remedy="mend it"), 2),
        (EngineTrouble("it drew nothing"), 6),
        (ZeroDivisionError("a bug"), 6),
        (RecursionError("deep"), 6),
        (MemoryError(), 6),
        (FileNotFoundError(2, "No such file", "x"), 6),
    ],
)
def test_an_error_in_one_reel_fails_that_reel_and_no_other(
    library: Path, fake: FakeOrders, error: Exception, code: int, tmp_path: Path, closed: None
) -> None:
    bad = queued(library, "bad")
    queued(library, "good")
    open_log(tmp_path / "worker.log", detached=False)
    FakeRun.what["bad"] = raising(error)
    work(fake)
    assert FakeRun.begun == ["bad", "good"]
    assert names(library) == []
    ended_as = outcome(bad)
    assert (ended_as.outcome, ended_as.code) == ("failed", code)
    said = (tmp_path / "worker.log").read_text()
    assert ("Traceback" in said) == (not isinstance(error, ReelError))
    assert f"bad: {words(error)}" in said or f"mistake in reeltui: {words(error)}" in said


@pytest.mark.parametrize("error", [DiskTrouble("full"), OSError(errno.ENOSPC, "No space left"), TryAgain("no process")])
def test_a_full_disk_is_tried_again_and_each_time_later(
    library: Path, fake: FakeOrders, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(library, "one")
    times = iter([raising(error), raising(error), raising(error), lambda run: "done"])
    FakeRun.what["one"] = lambda run: next(times)(run)
    real, waits = Line.wait, []

    def wait(self: Line, taken: Any, seconds: float, *, library: bool = False) -> None:
        waits.append(seconds)
        real(self, taken, seconds, library=library)

    monkeypatch.setattr(Line, "wait", wait)
    began = time.monotonic()
    work(fake, patience=0.02)
    assert waits == [0.02, 0.04, 0.08]
    assert time.monotonic() - began >= sum(waits), "and not before"
    assert FakeRun.begun == ["one"] * 4
    assert names(library) == []


def test_a_full_disk_stops_its_library_and_no_other(library: Path, fake: FakeOrders, tmp_path: Path) -> None:
    queued(library, "one")
    queued(library, "two")
    queued(tmp_path / "other", "three")
    times = iter([raising(OSError(errno.ENOSPC, "No space left")), lambda run: "done"])
    FakeRun.what["one"] = lambda run: next(times)(run)
    work(fake, patience=0.05)
    assert FakeRun.begun == ["one", "three", "one", "two"]


def test_an_engine_that_is_not_there_fails_the_reel_and_says_so_in_it(library: Path, fake: FakeOrders) -> None:
    root = queued(library, "one", engine="nobody")
    work(fake)
    assert names(library) == []
    assert FakeRun.begun == []
    assert (outcome(root).outcome, outcome(root).code) == ("failed", 2)


def test_a_run_that_waits_without_a_gate_is_not_begun_again_and_again(library: Path, fake: FakeOrders) -> None:
    queued(library, "one")
    FakeRun.what["one"] = lambda run: "waiting"
    work(fake)
    assert FakeRun.begun == ["one", "one"], "once more, in case something was said just before it ended"
    assert names(library) == ["one"]


def test_the_queue_and_the_signals_are_heard_at_every_tick(library: Path, fake: FakeOrders) -> None:
    roots = {name: queued(library, name) for name in ("cancelled", "paused", "dropped", "asked", "stopped")}
    keys = {entry.name: entry.key for entry in read_queue(library).reels}
    seen: dict[str, Wish] = {}

    def told(name: str, change: Callable[[Queue], Queue], outcome: str) -> Callable[[FakeRun], str]:
        def what(run: FakeRun) -> str:
            assert run.control() is Wish.GO
            change_queue(library, change)
            seen[name] = run.control()
            return outcome

        return what

    FakeRun.what = {
        "cancelled": told("cancelled", lambda q: remove(q, keys["cancelled"]), "cancelled"),
        "paused": told("paused", lambda q: hold(q, keys["paused"], Held.PAUSED), "paused"),
        "dropped": told("dropped", lambda q: hold(q, keys["dropped"], Held.PAUSED, drop=True), "interrupted"),
    }

    def asked(run: FakeRun) -> str:
        if FakeRun.begun.count("asked") == 1:
            enqueue(roots["asked"], now=utc_now())
        return "done"

    def stopped(run: FakeRun) -> str:
        fake.wish = Wish.STOP
        seen["stopped"] = run.control()
        return "interrupted"

    FakeRun.what |= {"asked": asked, "stopped": stopped}
    work(fake)
    assert seen == {"cancelled": Wish.CANCEL, "paused": Wish.PAUSE, "dropped": Wish.HOLD, "stopped": Wish.STOP}
    assert FakeRun.begun == ["cancelled", "paused", "dropped", "asked", "asked", "stopped"]
    assert names(library) == ["paused", "dropped", "stopped"]


def test_a_queue_that_becomes_unreadable_stops_no_run(library: Path, fake: FakeOrders) -> None:
    queued(library, "one")

    def what(run: FakeRun) -> str:
        assert run.control() is Wish.GO
        (library / ".queue.json").write_text("{")
        assert run.control() is Wish.GO
        return "done"

    FakeRun.what["one"] = what
    work(fake)
    assert FakeRun.begun == ["one"]


def test_a_bug_in_looking_for_reels_does_not_end_the_worker(
    library: Path, fake: FakeOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued(library, "one")
    real = Line.next
    calls = iter([True, True])

    def sometimes(self: Line) -> Any:
        if next(calls, False):
            raise KeyError("a bug")
        return real(self)

    monkeypatch.setattr(Line, "next", sometimes)
    work(fake, patience=0.01)
    assert FakeRun.begun == ["one"]
    assert fake.sleeps[:2] == [0.01, 0.01]


def test_a_reel_queued_while_the_worker_leaves_is_not_left_behind(
    library: Path, fake: FakeOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever queues it sees no lease and starts another worker, or this one sees the reel."""
    register_only(library)
    real = Leases.release
    late = iter([lambda: queued(library, "late")])

    def release(self: Leases) -> None:
        next(late, lambda: None)()
        real(self)

    monkeypatch.setattr(Leases, "release", release)
    work(fake)
    assert FakeRun.begun == ["late"]
    assert names(library) == []


def register_only(library: Path) -> None:
    library.mkdir(parents=True)
    register(library)


def test_a_worker_stays_for_a_gate_whose_time_will_be_over(library: Path, fake: FakeOrders) -> None:
    gated(library, review_timeout=0.3, on_timeout=OnTimeout.ACCEPT)
    work(fake)
    assert FakeRun.begun == ["one"]
