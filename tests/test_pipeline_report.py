"""The status of a reel: every field that was promised is there, and says what is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.lineup import Phase
from core.folder.lock import Lock
from core.pipeline.cost import Rates, forecast
from core.pipeline.eta import remaining
from core.pipeline.report import report
from tests.stage import TINY, board, edit, new_reel, play
from tests.told import told_lineup
from tests.toys import toy_plan

LINEUP = told_lineup()
TWO = msgspec.structs.replace(TINY, shots=2)


def status(root: Path) -> Any:
    """The report as `status --json` prints it."""
    snapshot, assessed = board(root, LINEUP)
    ahead = remaining(forecast(assessed, LINEUP, snapshot.reel.settings), Rates(LINEUP, []))
    return json.loads(msgspec.json.encode(report(snapshot, assessed, ahead)))


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
