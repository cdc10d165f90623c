"""Loads of a whole reel, counted from its events, on simulated cards with real hosts: as few as the card allows. The
simulated card refuses what does not fit, so a planner that keeps too much fails here as well."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from bench.figures import _STUDIO, GB, LOADS_OF
from bench.floor import Floor, Held, reel_jobs
from core.engines.wording import load_wording
from core.film.event import Event, Happened, Live, Loaded
from core.film.lineup import Lineup, Role
from core.pipeline.residency import CPU
from core.worker.devices.find import open_devices
from core.worker.hosts.troupe import Troupe
from core.worker.run import Runner
from core.worker.settings import WorkerSettings
from tests.stage import TINY, new_reel
from tests.toys import toy_lineup, toy_plan

pytestmark = pytest.mark.slow

SHOTS = 4
RESERVE = 2.0
CASES = {"all pass": {}, "two fail once": {0: 1, 3: 1}, "all fail": dict.fromkeys(range(SHOTS), 3)}


def lineup() -> Lineup:
    """Return toys that need what the studio's models need."""
    toys = toy_lineup(director="tests.toys:ToyMind", critic="tests.toys:ToyMind")
    backends = {}
    for role, backend in toys.backends.items():
        size = _STUDIO.get(LOADS_OF.get(role, ""))
        backends[role] = backend
        if size is not None:
            backends[role] = msgspec.structs.replace(
                backend,
                loads_as=LOADS_OF[role],
                needs_device=True,
                weights=int(size.weights * GB),
                peak=int(size.peak * GB),
            )
    return msgspec.structs.replace(toys, backends=backends)


def play(library: Path, fails: dict[int, int], card: int) -> list[Event]:
    """Make a reel whose shots fail so often; return its events."""
    plan = toy_plan(SHOTS)
    words = {shot: f" [fail*{count} OBJECT_MORPHING]" for shot, count in fails.items()}
    shots = tuple(msgspec.structs.replace(s, prompt=s.prompt + words.get(s.index, "")) for s in plan.shots)
    settings = msgspec.structs.replace(TINY, shots=SHOTS)
    root = new_reel(library, settings, plan=msgspec.structs.replace(plan, shots=shots))
    troupe = Troupe(open_devices([f"fake:{card}"]), WorkerSettings(reserve=RESERVE))
    try:
        runner = Runner(root, lineup(), load_wording(), verb="test", troupe=troupe)
        told = [item for item in runner.run() if not isinstance(item, Live)]
    finally:
        troupe.end()
    assert runner.outcome == "done"
    assert [event for event in told if event.event is Happened.STEP_FAILED] == [], "everything fitted"
    return told


@pytest.mark.parametrize("card", [192, 141, 100])
@pytest.mark.parametrize("case", CASES)
def test_a_reel_loads_no_more_than_it_must(library: Path, case: str, card: int) -> None:
    fails = CASES[case]
    told = play(library, fails, card)
    details = [event.detail() for event in told if event.event is Happened.LOADED]
    counted = Counter(one.loads_as for one in details if isinstance(one, Loaded) and one.device != CPU)
    takes = {shot: min(3, fails.get(shot, 0) + 1) for shot in range(SHOTS)}
    # The plan is given here, so that it needs no director; whatever comes before everything adds at most one load.
    jobs = reel_jobs(SHOTS, takes, {}, {role.value: LOADS_OF[role] for role in LOADS_OF})
    jobs = {name: job._replace(needs=tuple(n for n in job.needs if n != "plan")) for name, job in jobs.items()}
    del jobs["plan"]
    sizes = {name: Held(int(size.weights * GB), int(size.peak * GB)) for name, size in _STUDIO.items()}
    floor = Floor(jobs).loads(sizes, int((card - RESERVE) * GB))
    assert sum(counted.values()) == floor, counted
    assert Role.MIXER not in LOADS_OF, "the mix is made on the CPU and counts for nothing"


def two_cards(library: Path, monkeypatch: pytest.MonkeyPatch, **routes: str) -> tuple[list[Live], list[Event]]:
    """Make a reel on two simulated cards; clips take far longer than loading. Return what was told."""
    monkeypatch.setenv("TOY_PAUSE", "1.5")
    toys = toy_lineup(animator="tests.rogues:SlowAnimator")
    slow = msgspec.structs.replace(
        toys.backends[Role.ANIMATOR], needs_device=True, weights=10, peak=20, declared=1000.0, load_seconds=0.01
    )
    cards = open_devices(["fake:24:a", "fake:24:b"])
    root = new_reel(library, msgspec.structs.replace(TINY, shots=SHOTS), plan=toy_plan(SHOTS))
    troupe = Troupe(cards, WorkerSettings(routes={Role(role): name for role, name in routes.items()}))
    lineup = msgspec.structs.replace(toys, backends={**toys.backends, Role.ANIMATOR: slow})
    try:
        runner = Runner(root, lineup, load_wording(), verb="test", troupe=troupe)
        told = list(runner.run())
    finally:
        troupe.end()
    assert runner.outcome == "done"
    events = [item for item in told if isinstance(item, Event)]
    assert [event for event in events if event.event is Happened.STEP_FAILED] == []
    return [item for item in told if isinstance(item, Live)], events


def places(events: list[Event]) -> set[object]:
    """Return where clips were rendered."""
    return {e.data["device"] for e in events if e.event is Happened.STEP_STARTED and e.phase == "animate"}


def test_two_cards_render_two_clips_at_once(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lives, events = two_cards(library, monkeypatch)
    working = [[one.device for one in live.running if one.doing == "working"] for live in lives]
    assert ["fake:24:a", "fake:24:b"] in [sorted(devices) for devices in working if len(devices) == 2]
    assert places(events) == {"fake:24:a", "fake:24:b"}
    gauges = [gauge for live in lives for gauge in live.gauges]
    assert {gauge.device for gauge in gauges} == {"fake:24:a", "fake:24:b"}
    assert all(gauge.simulated for gauge in gauges)
    assert max(gauge.used or 0 for gauge in gauges) >= 10, "what is held is seen"
    held = {(one.planned, one.held) for live in lives for one in live.running if one.held is not None}
    assert held == {(20, 20)}, "a host that is asked tells what it holds while it works"


def test_a_route_sends_a_role_to_one_card(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, events = two_cards(library, monkeypatch, animator="fake:24:b")
    assert places(events) == {"fake:24:b"}
