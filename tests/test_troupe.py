"""The troupe with real hosts: progress, cancel, eviction, warming up, inspection beside the work, and nobody left."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.failure import Cause
from core.film.lineup import Backend, Phase, Role
from core.pipeline.residency import CPU
from core.worker.hosts import troupe as troupe_module
from core.worker.hosts.process import StepTrouble
from core.worker.hosts.task import Checked, Gone, Loaded, Lost, Moved, News, Task, Unloaded
from core.worker.hosts.troupe import Troupe
from core.worker.settings import WorkerSettings
from tests.test_hosts import CLIP, LINE, PICTURE
from tests.watching import PATIENCE, alive, until

Told = list[News]


@pytest.fixture
def troupe() -> Iterator[Troupe]:
    """A troupe with room for one backend of 300 MB at a time."""
    made = Troupe(settings=WorkerSettings(memory=0.5, silence=60.0))
    yield made
    made.end()


def backend(target: str, *, load: str = "", size: int = 0) -> Backend:
    name = target.rpartition(":")[2]
    full = target if ":" in target else f"tests.rogues:{target}"
    return Backend(Role.NARRATOR, name, full, "", "1", load or name, 0.1, weights=size, peak=size)


def task(root: Path, who: Backend, request: Any = LINE, name: str = "step", **options: Any) -> Task:
    stage = root / name
    stage.mkdir(exist_ok=True)
    return Task(name, Phase.NARRATE, who, request, root, stage, CPU, **options)


def play(troupe: Troupe, done: Callable[[Told], bool]) -> Told:
    """Turn until `done` says so of everything that was told."""
    told: Told = []
    end = time.monotonic() + PATIENCE
    while not done(told):
        assert time.monotonic() < end, told
        told += troupe.turn(0.2)
    return told


def has(kind: type) -> Callable[[Told], bool]:
    return lambda told: any(isinstance(news, kind) for news in told)


def pids(troupe: Troupe) -> list[int]:
    return [host.pid for stage in troupe._stages.values() for host in stage.hosts.values()]


def test_a_step_is_loaded_worked_inspected_and_told_in_order(troupe: Troupe, tmp_path: Path) -> None:
    who = backend("tests.toys:ToyPainter")
    one = task(tmp_path, who, PICTURE)
    troupe.start(one)
    assert troupe.lanes()[0].busy == "step"
    told = play(troupe, has(Checked))
    assert [type(news) for news in told if not isinstance(news, Moved)] == [Loaded, Checked]
    assert troupe.loads == 1
    assert troupe.tasks() == ()
    again = task(tmp_path, who, PICTURE, name="again")
    troupe.start(again)
    assert not has(Loaded)(play(troupe, has(Checked))), "it is still loaded"


def test_the_lane_is_free_while_what_was_made_is_inspected(troupe: Troupe, tmp_path: Path) -> None:
    who = backend("tests.toys:ToyPainter")
    first = task(tmp_path, who, PICTURE, name="first")
    troupe.start(first)
    play(troupe, lambda told: first.doing == "checking" or has(Checked)(told))
    (lane,) = troupe.lanes()
    assert (lane.busy, lane.draining) == ("", True)
    second = task(tmp_path, who, PICTURE, name="second")
    troupe.start(second)
    assert {one.step for one in troupe.tasks()} == {"first", "second"}
    told = play(troupe, lambda told: sum(isinstance(news, Checked) for news in told) == 2)
    assert [news.task.step for news in told if isinstance(news, Checked)] == ["first", "second"]


def test_a_cancel_is_obeyed_within_a_step_and_the_backend_stays_loaded(troupe: Troupe, tmp_path: Path) -> None:
    one = task(tmp_path, backend("Patient"))
    troupe.start(one)
    play(troupe, has(Moved))
    (before,) = pids(troupe)
    troupe.cancel(one)
    troupe.cancel(one)
    told = play(troupe, has(Gone))
    assert [news.task for news in told if isinstance(news, Gone)] == [one]
    assert pids(troupe) == [before]
    assert alive(before)
    assert troupe.lanes()[0].busy == ""


def test_a_cancel_that_is_not_obeyed_ends_the_process(
    troupe: Troupe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(troupe_module, "CANCEL_GRACE", 0.5)
    one = task(tmp_path, backend("Stubborn"))
    troupe.start(one)
    play(troupe, has(Moved))
    (pid,) = pids(troupe)
    troupe.cancel(one)
    play(troupe, has(Gone))
    assert pids(troupe) == []
    assert not alive(pid)


def test_a_cancel_while_it_loads_takes_effect_at_once_and_the_load_serves_the_next(
    troupe: Troupe, tmp_path: Path
) -> None:
    who = backend("Patient")
    one = task(tmp_path, who)
    troupe.start(one)
    troupe.cancel(one)
    assert [type(news) for news in play(troupe, has(Gone))] == [Gone]
    two = task(tmp_path, who, name="two")
    troupe.start(two)
    told = play(troupe, has(Moved))
    assert sum(isinstance(news, Loaded) for news in told) == 1
    assert troupe.loads == 1


def test_a_cancel_while_it_is_inspected_throws_the_result_away(troupe: Troupe, tmp_path: Path) -> None:
    one = task(tmp_path, backend("tests.toys:ToyPainter"), PICTURE)
    troupe.start(one)
    play(troupe, lambda told: one.doing == "checking" or has(Checked)(told))
    troupe.cancel(one)
    told = play(troupe, lambda told: has(Gone)(told) or has(Checked)(told))
    assert [type(news) for news in told] == [Gone]


def test_who_has_no_room_leaves_and_who_fits_stays(troupe: Troupe, tmp_path: Path) -> None:
    for name, size, leaving in (("small", 100, []), ("large", 350, []), ("huge", 490, ["large", "small"])):
        who = backend("tests.toys:ToyPainter", load=name, size=size * 1_000_000)
        troupe.start(task(tmp_path, who, PICTURE, name=name))
        told = play(troupe, has(Checked))
        assert sorted(news.loads_as for news in told if isinstance(news, Unloaded)) == leaving
    assert troupe.lanes()[0].resident == ("huge",)


def test_what_comes_next_is_made_ready_while_another_works(troupe: Troupe, tmp_path: Path) -> None:
    works, follows = backend("Patient", size=400_000_000), backend("tests.toys:ToyPainter", size=300_000_000)
    troupe.warm(CPU, follows, tmp_path)
    assert pids(troupe) == [], "nobody works: there is nothing to be beside"
    one = task(tmp_path, works)
    troupe.start(one)
    play(troupe, has(Moved))
    troupe.warm(CPU, follows, tmp_path)
    assert len(pids(troupe)) == 2
    warm = pids(troupe)[1]
    assert troupe.lanes()[0].resident == ("Patient",), "there is no room to load it as well"
    troupe.cancel(one)
    play(troupe, has(Gone))
    troupe.start(task(tmp_path, follows, PICTURE, name="next"))
    play(troupe, has(Checked))
    assert pids(troupe) == [warm], "the process that was made ready did it, and the other left"


@pytest.mark.parametrize(
    ("rogue", "cause"),
    [
        ("Segfault", Cause.CRASHED),
        ("Quitter", Cause.CRASHED),
        ("Killed", Cause.KILLED),
        ("Hungry", Cause.OUT_OF_MEMORY),
        ("Raiser", Cause.RAISED),
        ("PoliteRaiser", Cause.RAISED),
        ("LoudGarbage", Cause.NONSENSE),
        ("FramedGarbage", Cause.NONSENSE),
        ("LoadRaiser", Cause.NOT_LOADED),
    ],
)
def test_every_way_to_fail_has_its_cause(troupe: Troupe, tmp_path: Path, rogue: str, cause: Cause) -> None:
    troupe.start(task(tmp_path, backend(rogue)))
    (lost,) = [news for news in play(troupe, has(Lost)) if isinstance(news, Lost)]
    assert isinstance(lost.error, StepTrouble)
    assert lost.error.cause is cause
    assert lost.error.remedy
    assert pids(troupe) == [], "nobody works on in a process that failed"


@pytest.mark.parametrize("rogue", ["Hanger", "LoadHanger", "HalfMessage", "Dripper", "Repeater", "Unquitting"])
def test_who_says_nothing_new_is_hung_however_busy_the_pipe(tmp_path: Path, rogue: str) -> None:
    troupe = Troupe(settings=WorkerSettings(silence=1.5))
    try:
        troupe.start(task(tmp_path, backend(rogue)))
        pid = pids(troupe)[0]
        (lost,) = [news for news in play(troupe, has(Lost)) if isinstance(news, Lost)]
        assert isinstance(lost.error, StepTrouble)
        assert lost.error.cause is Cause.HUNG
        assert not alive(pid)
    finally:
        troupe.end()


def test_a_file_that_is_not_what_was_asked_is_a_wrong_result(troupe: Troupe, tmp_path: Path) -> None:
    troupe.start(task(tmp_path, backend("tests.rogues:Sound"), CLIP, name="nothing"))
    (lost,) = [news for news in play(troupe, has(Lost)) if isinstance(news, Lost)]
    assert isinstance(lost.error, StepTrouble)
    assert lost.error.cause is Cause.WRONG_RESULT
    assert "made no clip.mp4" in str(lost.error)


def test_dropping_ends_who_works_and_keeps_who_is_idle(troupe: Troupe, tmp_path: Path) -> None:
    troupe.start(task(tmp_path, backend("tests.toys:ToyPainter"), PICTURE, name="idle"))
    play(troupe, has(Checked))
    (idle,) = pids(troupe)
    troupe.start(task(tmp_path, backend("Patient")))
    play(troupe, has(Moved))
    working = pids(troupe)[1]
    troupe.drop()
    assert pids(troupe) == [idle]
    assert alive(idle)
    assert not alive(working)
    assert troupe.turn(0.1) == []


def test_nobody_is_left_at_the_end(troupe: Troupe, tmp_path: Path) -> None:
    troupe.start(task(tmp_path, backend("tests.toys:ToyPainter"), PICTURE, name="one"))
    play(troupe, has(Checked))
    troupe.start(task(tmp_path, backend("Patient")))
    play(troupe, has(Moved))
    assert troupe._checks.host is not None
    there = [*pids(troupe), troupe._checks.host.pid]
    assert all(alive(pid) for pid in there)
    troupe.end()
    troupe.end()
    assert [pid for pid in there if alive(pid)] == []


def test_at_rest_what_is_cheap_to_load_again_leaves(troupe: Troupe, tmp_path: Path) -> None:
    who = backend("tests.toys:ToyPainter")
    troupe.start(task(tmp_path, who, PICTURE, name="one"))
    play(troupe, has(Checked))
    (before,) = pids(troupe)
    troupe.rest()
    assert pids(troupe) == []
    assert troupe._checks.host is None
    assert not alive(before)
    troupe.start(task(tmp_path, who, PICTURE, name="two"))
    play(troupe, has(Checked))


def test_a_host_whose_work_was_no_good_does_no_other_step(troupe: Troupe, tmp_path: Path) -> None:
    who = backend("tests.toys:ToyPainter")
    bad = task(tmp_path, who, msgspec.structs.replace(PICTURE, width=66), name="bad")
    troupe.start(bad)
    play(troupe, lambda told: bad.doing == "checking")
    bad.request = PICTURE  # what is inspected is of another size than was asked
    beside = task(tmp_path, who, PICTURE, name="beside")
    troupe.start(beside)
    (first,) = pids(troupe)
    troupe.dismiss(bad)
    assert pids(troupe) == [first], "it is at work: it ends after that"
    play(troupe, lambda told: beside in [news.task for news in told if isinstance(news, Checked)])
    again = task(tmp_path, who, PICTURE, name="again")
    troupe.start(again)
    play(troupe, lambda told: again in [news.task for news in told if isinstance(news, Checked)])
    assert first not in pids(troupe)
    assert not alive(first)


def test_an_idle_host_that_died_costs_the_next_step_nothing(troupe: Troupe, tmp_path: Path) -> None:
    who = backend("tests.toys:ToyPainter")
    troupe.start(task(tmp_path, who, PICTURE, name="one"))
    play(troupe, has(Checked))
    (host,) = [host for stage in troupe._stages.values() for host in stage.hosts.values()]
    os.kill(host.pid, signal.SIGKILL)
    until(lambda: host.gone)  # its main thread may be dead while others still end
    troupe.start(task(tmp_path, who, PICTURE, name="two"))
    told = play(troupe, lambda told: has(Checked)(told) or has(Lost)(told))
    assert not has(Lost)(told)


def test_a_good_result_outlives_its_inspector(troupe: Troupe, tmp_path: Path) -> None:
    who = backend("tests.toys:ToyPainter")
    troupe.start(task(tmp_path, who, PICTURE, name="one"))
    play(troupe, has(Checked))
    assert troupe._checks.host is not None
    os.kill(troupe._checks.host.pid, signal.SIGSTOP)
    two = task(tmp_path, who, PICTURE, name="two")
    troupe.start(two)
    play(troupe, lambda told: two.doing == "checking")
    os.kill(troupe._checks.host.pid, signal.SIGKILL)
    told = play(troupe, lambda told: has(Checked)(told) or has(Lost)(told))
    assert not has(Lost)(told)


def test_an_inspector_that_died_idle_is_replaced(troupe: Troupe, tmp_path: Path) -> None:
    who = backend("tests.toys:ToyPainter")
    troupe.start(task(tmp_path, who, PICTURE, name="one"))
    play(troupe, has(Checked))
    assert troupe._checks.host is not None
    pid = troupe._checks.host.pid
    two = task(tmp_path, who, PICTURE, name="two")
    troupe.start(two)
    time.sleep(0.5)  # its answer waits to be read, beside the end of the inspector
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(pid))
    told = play(troupe, lambda told: has(Checked)(told) or has(Lost)(told))
    assert not has(Lost)(told)
