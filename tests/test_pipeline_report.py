"""The status of a reel: every field that was promised is there, and says what is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.event import Beside, Live
from core.film.gauge import Gauge
from core.film.lineup import Phase
from core.folder import layout
from core.folder.lock import Lock
from core.pipeline.cost import Rates, forecast
from core.pipeline.eta import remaining
from core.pipeline.report import STALE_AFTER, report
from tests.stage import TINY, board, edit, new_reel, play
from tests.told import told_lineup
from tests.toys import toy_plan

LINEUP = told_lineup()
TWO = msgspec.structs.replace(TINY, shots=2)


NOW = 1000.0


def status(root: Path, now: float | None = None) -> Any:
    """The report as `status --json` prints it."""
    snapshot, assessed = board(root, LINEUP)
    ahead = remaining(forecast(assessed, LINEUP, snapshot.reel.settings), Rates(LINEUP, []))
    return json.loads(msgspec.json.encode(report(snapshot, assessed, ahead, now)))


@pytest.fixture
def root(library: Path) -> Path:
    made = new_reel(library, TWO, toy_plan(2))
    edit(made, prompt={0: "Pan left. Aiko [marks 4/OBJECT_MORPHING 9]. 35mm"})
    return made


def test_every_promised_field_is_there(root: Path) -> None:
    play(root, LINEUP)
    told = status(root)
    promised = {"reel", "path", "engine", "preset", "state", "vo_lang", "phases", "steps", "shots", "output"}
    assert promised <= set(told)
    assert [phase["name"] for phase in told["phases"]] == [phase.value for phase in Phase]
    assert all({"name", "state", "done", "total", "seconds"} <= set(phase) for phase in told["phases"])
    assert all({"id", "status", "seconds"} <= set(step) for step in told["steps"])
    for shot in told["shots"]:
        assert {"index", "shipped_take", "takes", "narration", "overrun_seconds"} <= set(shot)
        assert all({"number", "overall", "labels", "state"} <= set(take) for take in shot["takes"])
    assert {"path", "seconds", "width", "height", "fps", "lufs", "true_peak"} <= set(told["output"])


def test_a_finished_reel(root: Path) -> None:
    play(root, LINEUP)
    told = status(root)
    assert (told["reel"], told["path"], told["engine"]) == (root.name, str(root), "animatic")
    assert (told["preset"], told["state"], told["vo_lang"]) == ("default", "done", "a")
    assert {phase["state"] for phase in told["phases"]} == {"done"}
    assert all(phase["done"] == phase["total"] for phase in told["phases"])
    assert [phase["seconds"] >= 0 for phase in told["phases"]] == [True] * 8
    shot = told["shots"][0]
    assert (shot["index"], shot["shipped_take"], shot["narration"]) == (0, 2, "Line number 0.")
    assert shot["overrun_seconds"] == 0.0
    takes = [(t["number"], t["overall"], t["labels"], t["state"]) for t in shot["takes"]]
    assert takes == [(1, 4.0, ["OBJECT_MORPHING"], "failed"), (2, 9.0, [], "passed")]
    output = told["output"]
    assert output["path"] == str(root / "reel.mp4")
    assert (output["width"], output["height"], output["fps"], output["current"]) == (64, 64, 16.0, True)
    assert (output["seconds"], output["lufs"]) == (1.0, -18.0)
    assert told["eta_seconds"] is None


def test_before_the_plan(library: Path) -> None:
    told = status(new_reel(library, TWO))
    assert (told["state"], told["vo_lang"], told["output"], told["shots"]) == ("planned", None, None, [])
    assert told["eta_seconds"] > 0


def test_planned_again_after_an_edit(root: Path) -> None:
    play(root, LINEUP)
    edit(root, narration={1: "Other."})
    told = status(root)
    assert told["state"] == "planned"
    assert told["output"]["current"] is False
    due = {step["id"]: step["status"] for step in told["steps"] if step["due"]}
    assert due == {"shots/01/narration": "edited", "reel": "edited"}
    states = {phase["name"]: phase["state"] for phase in told["phases"]}
    assert (states["music"], states["narrate"], states["mix"]) == ("done", "planned", "planned")


def test_failed_interrupted_running_and_a_bad_plan(root: Path) -> None:
    edit(root, prompt={1: "Pan left. [stuck]. 35mm"})
    play(root, LINEUP)
    told = status(root)
    assert told["state"] == "failed"
    assert told["failures"] == {"shots/01/takes/001/clip": "the toy is stuck"}
    assert {p["name"]: p["state"] for p in told["phases"]}["animate"] == "failed"
    with Lock(root / ".lock", verb="resume", now="now"):
        told = status(root)
        assert told["state"] == "running"
        assert "reeltui resume" in told["held_by"]
    lines = (root / "events.jsonl").read_bytes().split(b"\n")
    (root / "events.jsonl").write_bytes(b"\n".join(lines[:8]) + b"\n")
    assert status(root)["state"] == "interrupted"
    (root / "plan.json").write_bytes(b"{}")
    told = status(root)
    assert "characters" in told["plan_error"]
    assert told["vo_lang"] == "a", "the last good plan stays in force"


# --- while somebody works on it --------------------------------------------------------------------------------------


def live(root: Path, **changes: Any) -> Live:
    """Leave live state in a reel, of this process and `NOW`."""
    clip = Beside("shots/00/takes/001/clip", "animate", 0.25, "frame 20", 40.0, "fake:a", 77)
    told = Live(
        at=NOW,
        pid=os.getpid(),
        step=clip.step,
        phase=clip.phase,
        fraction=clip.fraction,
        note=clip.note,
        elapsed=clip.elapsed,
        done=5,
        total=12,
        eta=300.0,
        eta_low=200.0,
        eta_high=450.0,
        running=(clip, Beside("music", "music", 0.0, "", 0.0, "cpu", 78, "loading")),
        gauges=(Gauge("fake:a", "a card", 24_000, 18_000, source="simulated", simulated=True),),
    )
    told = msgspec.structs.replace(told, **changes)
    (root / layout.LIVE).write_bytes(msgspec.json.encode(told))
    return told


def test_every_phase_with_work_left_has_an_estimate_and_no_other(root: Path) -> None:
    phases = {phase["name"]: phase for phase in status(root)["phases"]}
    assert phases["plan"]["eta_seconds"] is None, "the plan is there"
    for name in ("masters", "keyframes", "animate", "critique", "music", "narrate", "mix"):
        phase = phases[name]
        assert 0 < phase["eta_low"] < phase["eta_seconds"] < phase["eta_high"], name
    play(root, LINEUP)
    told = status(root)
    assert {phase["eta_seconds"] for phase in told["phases"]} == {None}
    assert (told["eta_seconds"], told["eta_low"], told["eta_high"]) == (None, None, None)


def test_what_goes_on_is_told_with_the_estimate_of_whoever_does_it(root: Path) -> None:
    left = live(root)
    with Lock(root / ".lock", verb="worker", now="2026-01-01T00:00:00Z"):
        told = status(root, NOW + 2)
    assert (told["state"], told["since"]) == ("running", "2026-01-01T00:00:00Z")
    assert told["running"] == json.loads(msgspec.json.encode(left.running))
    assert [(one["step"], one["doing"]) for one in told["running"] if "doing" in one] == [("music", "loading")]
    assert told["gauges"] == json.loads(msgspec.json.encode(left.gauges))
    assert (told["live_at"], told["stale"]) == (NOW, False)
    assert (told["eta_low"], told["eta_seconds"], told["eta_high"]) == (198.0, 298.0, 448.0), "two seconds later"
    assert {step["id"] for step in told["steps"] if step["status"] == "running"} == {
        "shots/00/takes/001/clip",
        "music",
    }
    states = {phase["name"]: phase["state"] for phase in told["phases"]}
    assert (states["animate"], states["music"], states["narrate"]) == ("running", "running", "planned")


def test_live_state_that_is_old_is_called_stale_and_its_estimate_runs_out(root: Path) -> None:
    live(root)
    with Lock(root / ".lock", verb="worker", now="now"):
        assert not status(root, NOW + STALE_AFTER)["stale"]
        told = status(root, NOW + 400)
    assert told["stale"]
    assert (told["eta_low"], told["eta_seconds"], told["eta_high"]) == (0.0, 0.0, 50.0)


@pytest.mark.parametrize("holder", [False, True], ids=["nobody", "another"])
def test_what_a_dead_worker_left_says_nothing(root: Path, holder: bool) -> None:
    """Also while the next one has just begun and has not said anything yet."""
    expected = status(root, NOW)["eta_seconds"]
    live(root, pid=os.getpid() + 1)
    if holder:
        with Lock(root / ".lock", verb="worker", now="now"):
            told = status(root, NOW)
        assert told["state"] == "running"
    else:
        told = status(root, NOW)
    assert (told["running"], told["gauges"], told["live_at"], told["stale"]) == ([], [], None, False)
    assert told["eta_seconds"] == expected
    assert "running" not in {step["status"] for step in told["steps"]}


def test_live_state_without_a_range_or_an_estimate(root: Path) -> None:
    with Lock(root / ".lock", verb="worker", now="now"):
        before = status(root, NOW)["eta_seconds"]
        live(root, eta_low=None, eta_high=None)
        told = status(root, NOW)
        assert (told["eta_low"], told["eta_seconds"], told["eta_high"]) == (300.0, 300.0, 300.0)
        live(root, eta=None)
        assert status(root, NOW)["eta_seconds"] == before
