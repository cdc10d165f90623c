"""Reels on paper: snapshots made by hand, for decisions that need no disk."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable

import msgspec

from core.engines.wording import load_wording
from core.film.decision import Decision
from core.film.plan import Plan, encode_plan
from core.film.settings import Reel, Settings
from core.film.verdict import Label, Verdict
from core.folder import layout
from core.folder.records import Artifact, Fingerprint, Output, Receipt, Snapshot, Take, sealed
from core.pipeline.board import Board, assess
from core.pipeline.decide import Stamp
from core.pipeline.steps import bill_of, keyframe_step, master_steps, music_step, narration_step
from tests.stage import TINY
from tests.toys import toy_lineup, toy_plan

LINEUP, WORDING = toy_lineup(), load_wording()
_IDS = itertools.count(1)


def stamp(by: str = "") -> Stamp:
    """A stamp of its own."""
    return Stamp(f"p{next(_IDS)}", "2026-01-01T00:00:00Z", by)


def sha(words: str) -> str:
    """Some sha256."""
    return hashlib.sha256(words.encode()).hexdigest()


def receipt(step: str, made_from: Fingerprint, inputs: dict[str, str], name: str, **more: object) -> Receipt:
    """A sealed receipt of one file; a verdict has none."""
    outputs = {name: Output(sha(f"{step} {made_from.content}"), 1)} if name else {}
    bare = Receipt(step, made_from, inputs, outputs, None, "toy", "", "", 0, 1.0, "", "cpu", {})
    return sealed(msgspec.structs.replace(bare, **more))


def reel(plan: Plan | None = None, settings: Settings = TINY, *, pictures: bool = True) -> Snapshot:
    """A reel with a plan in force and, unless `pictures` is off, its masters and keyframes; no take yet."""
    plan = plan or toy_plan()
    settings = msgspec.structs.replace(settings, shots=len(plan.shots))
    data = encode_plan(plan)
    snapshot = Snapshot(
        path="/library/walk",
        reel=Reel("id", "walk", "Aiko walks", "2026-01-01T00:00:00Z", settings),
        plan=plan,
        plan_sha=hashlib.sha256(data).hexdigest(),
        plan_error="",
        plan_accepted=True,
        artifacts={},
        takes={},
        shelf=(),
        decisions=(),
        last_event=None,
        failures={},
        live=None,
        holder=None,
    )
    return with_pictures(snapshot) if pictures else snapshot


def with_pictures(snapshot: Snapshot, shots: Iterable[int] | None = None) -> Snapshot:
    """The same reel with masters and with the keyframes of these shots (by place in the plan; all)."""
    assert snapshot.plan is not None
    bill, artifacts = bill_of(snapshot, snapshot.plan, LINEUP), dict(snapshot.artifacts)
    places = range(len(snapshot.plan.shots)) if shots is None else shots
    for step in [*master_steps(bill), *(keyframe_step(bill, place, 0) for place in places)]:
        inputs = {name: artifacts[source].receipt.main.sha256 for name, source in step.needs.items()}  # type: ignore[union-attr]
        name = f"{step.id.rpartition('/')[2]}.png"
        artifacts[step.id] = Artifact(step.id, receipt(step.id, Fingerprint(step.content, step.settings), inputs, name))
    return msgspec.structs.replace(snapshot, artifacts=artifacts)


def with_sound(snapshot: Snapshot) -> Snapshot:
    """The same reel with its music and every line spoken."""
    assert snapshot.plan is not None
    bill, artifacts = bill_of(snapshot, snapshot.plan, LINEUP), dict(snapshot.artifacts)
    spoken = [narration_step(bill, place) for place in range(len(snapshot.plan.shots))]
    for step in [music_step(bill), *spoken]:
        assert step is not None
        made = Fingerprint(step.content, step.settings)
        artifacts[step.id] = Artifact(step.id, receipt(step.id, made, {}, f"{step.id.rpartition('/')[2]}.wav"))
    return msgspec.structs.replace(snapshot, artifacts=artifacts)


def with_take(
    snapshot: Snapshot,
    shot: int,
    mark: float | None = 9.0,
    *,
    number: int | None = None,
    labels: tuple[Label, ...] = (),
    damage: str = "",
) -> Snapshot:
    """The same reel with one more take of a shot, made from what is there now and with this mark (None: not judged)."""
    board, plan = assess(snapshot, LINEUP, WORDING), snapshot.plan
    assert plan is not None
    number = number or board.shots[plan.position(shot)].next_number
    from core.pipeline.retry import first_attempt
    from core.pipeline.steps import clip_step

    bill, place = bill_of(snapshot, plan, LINEUP), plan.position(shot)
    step = clip_step(bill, place, number, first_attempt(plan.shots[place], WORDING))
    there = {name: snapshot.artifacts[source].receipt for name, source in step.needs.items()}
    inputs = {name: found.main.sha256 for name, found in there.items() if found is not None and found.main is not None}
    made = receipt(step.id, Fingerprint(step.content, step.settings), inputs, "clip.mp4", facts={"attempt": number})
    verdict = None
    if mark is not None and made.main is not None:
        judged = Verdict(mark, mark, mark, mark, mark, tuple(f"{label}: seen" for label in labels))
        told = receipt(
            layout.verdict(shot, number), Fingerprint("", ""), {"clip": made.main.sha256}, "", verdict=judged
        )
        verdict = Artifact(layout.verdict(shot, number), told)
    take = Take(shot, number, Artifact(step.id, made, damage), verdict)
    takes = {**snapshot.takes, shot: (*snapshot.takes.get(shot, ()), take)}
    return msgspec.structs.replace(snapshot, takes=takes)


def filmed(mark: float = 9.0, **changes: object) -> Snapshot:
    """A reel of three shots with one take each, sound and all, that only lacks its mix."""
    settings = msgspec.structs.replace(TINY, **changes)
    snapshot = with_sound(reel(settings=settings))
    for shot in range(3):
        snapshot = with_take(snapshot, shot, mark)
    return snapshot


def after(snapshot: Snapshot, *said: Decision) -> Snapshot:
    """The same reel after these were said."""
    return msgspec.structs.replace(snapshot, decisions=(*snapshot.decisions, *said))


def look(snapshot: Snapshot) -> Board:
    """Its board."""
    return assess(snapshot, LINEUP, WORDING)


def due(snapshot: Snapshot) -> set[str]:
    """The steps that are due."""
    return {state.step.id for state in look(snapshot).due}
