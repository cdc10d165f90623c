"""Events: the documentation says what the code says; every event of a real run fits its struct and has its stage."""

from __future__ import annotations

import json
import re
import zlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.event import DETAILS, Beside, Event, Happened, Live, Nothing, RunEnded, Stage, StepDone, stage_of
from core.film.failure import Cause
from core.film.gauge import Gauge
from core.film.lineup import Phase
from core.folder import layout
from core.folder.journal import Journal, decode_line, encode_line
from tests.stage import new_reel, play
from tests.toys import toy_plan
from tests.watching import ROOT

TEXT = (ROOT / "docs/events.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]


def table(title: str) -> dict[str, str]:
    """Return the first table of a section: the first column's names to the rest of the row."""
    rows = re.findall(r"^\| (`.*?) \|(.*)\|$", section(title), re.MULTILINE)
    return {name: rest for names, rest in rows for name in re.findall("`([a-z_0-9]+)`", names)}


def encoded(struct: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(struct)}


def test_every_kind_and_every_field_of_it_is_documented_and_nothing_else() -> None:
    kinds = table("Kinds")
    assert set(kinds) == {kind.value for kind in Happened} == {kind.value for kind in DETAILS}
    for kind, detail in DETAILS.items():
        _, fields = kinds[kind.value].split(" | ")
        outside_brackets = re.sub(r"\([^)]*\)", "", fields)
        assert set(re.findall("`([a-z_0-9]+)`", outside_brackets)) == encoded(detail), kind


def test_the_fields_of_events_and_live_state_are_documented() -> None:
    assert set(table("Fields of every event")) == encoded(Event)
    live = table("live.json")
    assert set(live) == encoded(Live)
    assert set(re.findall("`([a-z_]+)`", live["running"])) == encoded(Beside)
    assert set(re.findall("`([a-z_]+)`", live["gauges"])) == encoded(Gauge)


def test_the_stages_and_causes_are_documented() -> None:
    assert set(table("Stages")) == {stage.value for stage in Stage}
    for cause in Cause:
        assert re.search(rf"\b{cause.value}\b", section("Kinds")), cause


def test_the_example_is_made_of_real_events() -> None:
    lines = [line for line in section("Example").splitlines() if line.startswith("{")]
    for line in lines:
        event = msgspec.json.decode(json.dumps({"at": 1.0, **json.loads(line)}), type=Event)
        phase = Phase(event.phase) if event.phase else None
        assert event.data == {} or event.detail() is not None
        if event.event is not Happened.STEP_DONE or event.data:
            assert event.stage == stage_of(event.event, phase, event.detail() if event.data else StepDone())
    assert [json.loads(line)["stage"] for line in lines if "stage" in line] == [stage.value for stage in Stage]


@pytest.mark.parametrize(
    ("happened", "phase", "detail", "stage"),
    [
        (Happened.RUN_ENDED, None, RunEnded("done"), Stage.COMPLETED),
        (Happened.RUN_ENDED, None, RunEnded("failed"), None),
        (Happened.RUN_ENDED, None, RunEnded("waiting"), None),
        (Happened.STEP_STARTED, Phase.ANIMATE, Nothing(), Stage.CLIP_STARTED),
        (Happened.STEP_STARTED, Phase.MASTERS, Nothing(), None),
        (Happened.STEP_DONE, Phase.CRITIQUE, StepDone(overall=3.0), Stage.CRITIC_VERDICT),
        (Happened.STEP_DONE, Phase.CRITIQUE, StepDone(), None),
        (Happened.STEP_FAILED, Phase.ANIMATE, Nothing(), None),
        (Happened.RESTORED, Phase.ANIMATE, Nothing(), None),
    ],
)
def test_a_stage_is_said_only_of_what_it_means(happened: Happened, phase: Any, detail: Any, stage: Any) -> None:
    assert stage_of(happened, phase, detail) is stage


DONE = {
    Phase.PLAN: "plan_ready",
    Phase.MASTERS: "master_ready",
    Phase.KEYFRAMES: "keyframe_ready",
    Phase.ANIMATE: "clip_rendered",
    Phase.CRITIQUE: "critic_verdict",
    Phase.MUSIC: "music_ready",
    Phase.NARRATE: "vo_chunk_ready",
    Phase.MIX: "mix_done",
}


@pytest.mark.parametrize("happened", Happened)
def test_every_kind_in_every_phase_has_the_stage_of_the_seed_or_none(happened: Happened) -> None:
    detail = {Happened.STEP_DONE: StepDone(overall=8.0), Happened.RUN_ENDED: RunEnded("done")}.get(happened, Nothing())
    always = {"run_started": "started", "run_ended": "completed", "clip_passed": "clip_passed"}
    for phase in (None, *Phase):
        expected = always.get(happened.value)
        if happened is Happened.STEP_DONE and phase is not None:
            expected = DONE[phase]
        elif happened is Happened.STEP_STARTED and phase is Phase.ANIMATE:
            expected = "clip_started"
        assert stage_of(happened, phase, detail) == expected, phase


def test_a_reader_can_check_a_line_as_it_is_documented() -> None:
    line = encode_line(Event(Happened.STEP_DONE, 1.5, message="é", data={"seconds": 0.5})).decode().rstrip("\n")
    body, crc = line[:-1].rsplit(',"crc":', 1)
    assert json.loads(crc) == f"{zlib.crc32((body + '}').encode()):08x}"
    assert decode_line(line.replace("0.5", "0.6").encode()) is None


def test_a_line_is_an_object_that_ends_with_the_crc_of_the_rest() -> None:
    line = encode_line(Event(Happened.WAITING, 1.5, message="x", data={"gate": "plan"})).rstrip(b"\n")
    told = json.loads(line)
    assert list(told)[-1] == "crc"
    body = decode_line(line)
    assert body is not None
    assert json.loads(body) == {key: value for key, value in told.items() if key != "crc"}


def told_by(root: Path) -> list[Event]:
    assert play(root)[0] == "done"
    told, bad = Journal(root / layout.EVENTS, Event).read()
    assert bad == 0
    return told


def whole_reel(library: Path) -> list[Event]:
    plan = toy_plan(3)
    shots = (msgspec.structs.replace(plan.shots[0], prompt=f"{plan.shots[0].prompt} [fail CHARACTER_DRIFT]"),)
    return told_by(new_reel(library, plan=msgspec.structs.replace(plan, shots=(*shots, *plan.shots[1:]))))


def test_every_event_of_a_reel_fits_its_kind_and_has_its_stage(library: Path) -> None:
    told = whole_reel(library)
    for event in told:
        phase = Phase(event.phase) if event.phase else None
        assert event.stage is stage_of(event.event, phase, event.detail()), event


def test_the_stages_of_a_reel_come_in_their_order(library: Path) -> None:
    stages = [event.stage for event in whole_reel(library) if event.stage is not None]
    assert [stages[0], stages[-1]] == [Stage.STARTED, Stage.COMPLETED]
    firsts = list(dict.fromkeys(stages))
    without_plan = [stage for stage in Stage if stage is not Stage.PLAN_READY]  # the plan was given
    assert firsts == without_plan
    assert stages.count(Stage.CLIP_RENDERED) == stages.count(Stage.CLIP_STARTED) == 4, "three shots, one twice"
    assert stages.count(Stage.CRITIC_VERDICT) == 4
    assert stages.count(Stage.CLIP_PASSED) == 3
    assert stages.count(Stage.VO_CHUNK_READY) == 3


def test_a_reel_from_its_sentence_has_every_stage_of_the_seed_in_the_seeds_order(library: Path) -> None:
    told = told_by(new_reel(library))
    assert list(dict.fromkeys(event.stage for event in told if event.stage is not None)) == list(Stage)
    for event in told:
        assert event.detail() is not None
