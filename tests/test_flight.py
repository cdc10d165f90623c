"""The flight recorder: planned against measured, step by step and phase by phase, and nothing that was not measured."""

from __future__ import annotations

from typing import Any

import msgspec

from core.film.failure import Cause, Failure
from core.film.lineup import Phase
from core.film.settings import Reel, Settings
from core.folder.records import Artifact, Fingerprint, Output, Receipt, Snapshot, Take
from core.pipeline.flight import flight

GB = 1_000_000_000
OOM = Failure(Cause.OUT_OF_MEMORY, "out of memory on cuda:0", ("compile",))


def receipt(step: str, **changes: Any) -> Receipt:
    made = Receipt(
        step=step,
        made_from=Fingerprint("0" * 64, "0" * 64),
        inputs={},
        outputs={"file": Output("0" * 64, 1)},
        request=None,
        backend="toy",
        model="",
        revision="1",
        seed=None,
        seconds=2.0,
        finished="2026-01-01T00:00:00Z",
        device="cuda:0",
        versions={},
        planned_vram=94 * GB,
        peak_vram=90 * GB,
    )
    return msgspec.structs.replace(made, **changes)


def snapshot(*receipts: Receipt, failures: dict[str, str] | None = None, damage: str = "") -> Snapshot:
    """Return a snapshot that holds these receipts where they belong."""
    artifacts: dict[str, Artifact] = {}
    takes: dict[int, tuple[Take, ...]] = {}
    for one in receipts:
        artifact = Artifact(one.step, one, damage)
        parts = one.step.split("/")
        if "takes" not in parts:
            artifacts[one.step] = artifact
        elif parts[-1] == "clip":
            shot = int(parts[1])
            takes[shot] = (*takes.get(shot, ()), Take(shot, int(parts[3]), artifact, None))
        else:
            shot = int(parts[1])
            *before, last = takes[shot]
            takes[shot] = (*before, msgspec.structs.replace(last, verdict=artifact))
    reel = Reel("id", "walk", "Aiko walks", "2026-01-01T00:00:00Z", Settings())
    return Snapshot(
        path="/library/walk",
        reel=reel,
        plan=None,
        plan_sha="",
        plan_error="",
        plan_accepted=False,
        artifacts=artifacts,
        takes=takes,
        shelf=(),
        decisions=(),
        last_event=None,
        failures=failures or {},
        live=None,
        holder=None,
    )


CLIP, AGAIN, VERDICT = "shots/00/takes/001/clip", "shots/00/takes/002/clip", "shots/00/takes/001/verdict"


def test_every_kind_of_step_is_in_its_phase_and_in_order() -> None:
    names = [
        "reel",
        "music",
        "shots/01/narration",
        CLIP,
        VERDICT,
        "shots/00/keyframe",
        "masters/A",
        "masters/group",
        "plan",
    ]
    flown = flight(snapshot(*map(receipt, names)))
    assert [(step.step, step.phase) for step in flown.steps] == [
        ("plan", Phase.PLAN),
        ("masters/A", Phase.MASTERS),
        ("masters/group", Phase.MASTERS),
        ("shots/00/keyframe", Phase.KEYFRAMES),
        (CLIP, Phase.ANIMATE),
        (VERDICT, Phase.CRITIQUE),
        ("music", Phase.MUSIC),
        ("shots/01/narration", Phase.NARRATE),
        ("reel", Phase.MIX),
    ]


def test_a_step_tells_planned_measured_and_what_lies_between() -> None:
    (step,) = flight(snapshot(receipt(CLIP, failures=(OOM,), fallbacks=("compile", "tiling")))).steps
    assert (step.device, step.planned, step.peak, step.difference) == ("cuda:0", 94 * GB, 90 * GB, -4 * GB)
    assert (step.seconds, step.failures, step.fallbacks, step.simulated) == (2.0, (OOM,), ("compile", "tiling"), False)


def test_a_phase_tells_the_highest_and_the_sum() -> None:
    flown = flight(
        snapshot(
            receipt(CLIP, failures=(OOM, OOM), seconds=1.5),
            receipt(AGAIN, peak_vram=97 * GB, device="cuda:1"),
            receipt("shots/01/takes/001/clip", peak_vram=None, planned_vram=10 * GB),
        )
    )
    (phase,) = flown.phases
    assert (phase.phase, phase.steps, phase.devices) == (Phase.ANIMATE, 3, ("cuda:0", "cuda:1"))
    assert (phase.planned, phase.peak, phase.difference) == (94 * GB, 97 * GB, 3 * GB)
    assert (phase.seconds, phase.failures, phase.simulated) == (5.5, 2, False)


def test_what_is_not_known_is_never_zero() -> None:
    flown = flight(snapshot(receipt(CLIP, peak_vram=None), receipt("music", planned_vram=None)))
    clip, music = flown.steps
    assert (clip.planned, clip.peak, clip.difference) == (94 * GB, None, None)
    assert (music.planned, music.peak, music.difference) == (None, 90 * GB, None)
    assert flown.measured
    assert not flight(snapshot(receipt(CLIP, peak_vram=None))).measured


def test_the_cpu_is_no_device() -> None:
    flown = flight(
        snapshot(receipt("reel", device="cpu", planned_vram=None), receipt("plan", device="", peak_vram=None))
    )
    assert [(step.planned, step.peak, step.on_device) for step in flown.steps] == [(None, None, False)] * 2
    assert (flown.phases, flown.measured, flown.on_device) == ((), False, ())


def test_a_simulated_device_is_marked_everywhere() -> None:
    flown = flight(snapshot(receipt(CLIP, device="fake:24"), receipt("music")))
    assert [step.simulated for step in flown.steps] == [True, False]
    assert [phase.simulated for phase in flown.phases] == [True, False]


def test_what_is_damaged_does_not_count_and_what_failed_is_told() -> None:
    flown = flight(snapshot(receipt(CLIP), damage="it was cut", failures={"music": "the GPU went away"}))
    assert flown.steps == ()
    assert flown.failed == {"music": "the GPU went away"}


def test_an_empty_reel_has_an_empty_record() -> None:
    flown = flight(snapshot())
    assert (flown.steps, flown.phases, flown.failed, flown.measured) == ((), (), {}, False)
