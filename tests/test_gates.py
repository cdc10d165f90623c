"""Review gates: what each holds up, what passes it, what goes on beside it, and its clock."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.film.decision import Decision, Kind
from core.film.errors import BadInput
from core.film.event import Event, Happened
from core.film.lineup import Phase
from core.film.settings import OnTimeout, Review, Settings
from core.film.verdict import Label
from core.folder import layout
from core.folder.decisions import say_decision
from core.folder.journal import Journal
from core.folder.records import Snapshot
from core.folder.snapshot import read_snapshot
from core.pipeline import decide
from core.pipeline.board import Status, StepState
from core.pipeline.gates import GateTime, gate_time, waiting_since
from core.pipeline.report import reel_state, report
from tests.paper import after, due, filmed, look, reel, stamp, with_pictures, with_sound, with_take
from tests.stage import TINY, board, edit, made, new_reel, play
from tests.toys import toy_plan

CLIPS = [layout.clip(shot, 1) for shot in range(3)]


def gated(review: Review, **more: object) -> Settings:
    return msgspec.structs.replace(TINY, review=review, **more)


def passed(snapshot: Snapshot, shot: int | None = None) -> Snapshot:
    return after(snapshot, decide.pass_gate(snapshot, look(snapshot), stamp(), shot))


def held(snapshot: Snapshot) -> dict[str, str]:
    return {state.step.id: state.why for state in look(snapshot).held}


def ready(snapshot: Snapshot) -> list[StepState]:
    return [state for state in look(snapshot).due if state.ready]


# --- the plan -------------------------------------------------------------------------------------------------------


def test_at_the_plan_everything_behind_it_waits() -> None:
    snapshot = reel(settings=gated(Review.PLAN), pictures=False)
    found = look(snapshot)
    assert (found.gate, found.due) == ("plan", ())
    assert {state.step.phase for state in found.held} == set(Phase) - {Phase.PLAN, Phase.CRITIQUE}
    assert set(held(snapshot).values()) == {"waits for approval of the plan"}
    assert look(passed(snapshot)).gate == ""
    assert due(passed(snapshot)) == due(reel(pictures=False))
    with pytest.raises(BadInput, match="as a whole"):
        passed(snapshot, 1)


def test_nothing_is_held_where_nothing_is_wanted() -> None:
    done = filmed(review=Review.PLAN)
    assert look(done).gate == "plan", "the mix is wanted"
    assert held(done) == {layout.MIX: "waits for approval of the plan"}
    assert look(filmed()).gate == ""


# --- the keyframes --------------------------------------------------------------------------------------------------


def test_at_the_keyframes_only_clips_wait_and_what_hangs_on_them() -> None:
    snapshot = reel(settings=gated(Review.KEYFRAMES), pictures=False)
    free = {state.step.phase for state in look(snapshot).due}
    assert free == {Phase.MASTERS, Phase.KEYFRAMES, Phase.MUSIC, Phase.NARRATE}
    assert held(snapshot) == dict.fromkeys([*CLIPS, layout.MIX], "waits for approval of the keyframes")
    assert look(snapshot).gate == "", "there is nothing to approve yet"
    assert reel_state(snapshot, look(snapshot)) == "planned"


def test_a_clip_whose_own_keyframe_is_there_waits_for_the_others_to_be_seen() -> None:
    some = with_pictures(reel(settings=gated(Review.KEYFRAMES), pictures=False), [0, 1])
    assert CLIPS[0] in held(some)
    assert look(some).gate == ""


def test_the_gate_is_reached_once_all_keyframes_are_there_and_other_work_goes_on() -> None:
    snapshot = reel(settings=gated(Review.KEYFRAMES))
    found = look(snapshot)
    assert (found.gate, found.gate_shots) == ("keyframes", (0, 1, 2))
    assert {state.step.phase for state in ready(snapshot)} == {Phase.MUSIC, Phase.NARRATE}
    assert not found.idle()
    assert report(snapshot, found, None).waits_for == "", "it waits once nothing else can be done"
    silent = with_sound(snapshot)
    assert look(silent).idle()
    told = report(silent, look(silent), None)
    assert (told.state, told.waits_for) == ("waiting", "keyframes")
    clip = next(step for step in told.steps if step.id == CLIPS[0])
    assert (clip.status, clip.due, clip.held) == (Status.MISSING, False, True)
    assert clip.why == "waits for approval of the keyframes"


def test_what_failed_does_not_keep_a_reel_from_waiting() -> None:
    snapshot = with_sound(reel(settings=gated(Review.KEYFRAMES)))
    lost = {step: a for step, a in snapshot.artifacts.items() if step != layout.MUSIC}
    failing = msgspec.structs.replace(snapshot, artifacts=lost)
    assert not look(failing).idle()
    assert look(failing).idle({layout.MUSIC})


def test_keyframes_are_passed_as_a_whole_or_shot_by_shot() -> None:
    snapshot = with_sound(reel(settings=gated(Review.KEYFRAMES)))
    assert {CLIPS[0], CLIPS[1], CLIPS[2]} < due(passed(snapshot))
    one = passed(snapshot, 1)
    assert due(one) == {CLIPS[1]}
    assert (look(one).gate, look(one).gate_shots) == ("keyframes", (0, 2))
    assert not look(one).idle()
    all_three = passed(passed(one, 0), 2)
    assert look(all_three).gate == ""
    assert held(all_three) == {}


def test_a_shot_that_was_passed_waits_again_when_its_words_change() -> None:
    snapshot = passed(with_sound(reel(settings=gated(Review.KEYFRAMES))), 1)
    plan = toy_plan()
    shots = (plan.shots[0], msgspec.structs.replace(plan.shots[1], prompt="Push in. Else. 35mm"), plan.shots[2])
    edited = msgspec.structs.replace(snapshot, plan=msgspec.structs.replace(plan, shots=shots))
    assert CLIPS[1] not in due(edited)
    whole = passed(with_sound(reel(settings=gated(Review.KEYFRAMES))))
    assert CLIPS[1] in due(msgspec.structs.replace(whole, plan=edited.plan)), "edited by whoever passed it all"


def test_approving_a_shot_without_a_take_approves_its_keyframe() -> None:
    snapshot = with_sound(reel(settings=gated(Review.KEYFRAMES)))
    said = decide.approve(snapshot, look(snapshot), stamp(), 1, note="good")
    assert (said.kind, said.step, said.shot, said.note) == (Kind.PASS_GATE, "keyframes", 1, "good")
    assert due(after(snapshot, said)) == {CLIPS[1]}
    early = reel(settings=gated(Review.KEYFRAMES), pictures=False)
    with pytest.raises(BadInput, match="no take yet"):
        decide.approve(early, look(early), stamp(), 1)


def test_a_person_who_asks_for_a_take_has_seen_enough() -> None:
    old = filmed(review=Review.KEYFRAMES)
    asked = after(old, decide.retake(old, look(old), stamp(), 1))
    assert layout.clip(1, 2) in due(asked)
    assert look(asked).gate == ""


def test_a_passed_gate_stays_passed_when_a_retry_repaints() -> None:
    snapshot = passed(with_sound(reel(settings=gated(Review.KEYFRAMES))))
    snapshot = with_take(snapshot, 0, 2.0, labels=(Label.CHARACTER_DRIFT,))
    assert layout.keyframe(0) in due(snapshot)
    assert look(snapshot).held == ()


# --- the shots ------------------------------------------------------------------------------------------------------


def test_at_the_shots_only_the_mix_waits_until_every_shot_was_settled_by_a_person() -> None:
    snapshot = filmed(review=Review.SHOTS)
    assert held(snapshot) == {layout.MIX: "waits for approval of the shots"}
    assert look(snapshot).gate_shots == (0, 1, 2)
    approve = decide.approve(snapshot, look(snapshot), stamp(), 0)
    snapshot = after(snapshot, approve, decide.choose(snapshot, look(snapshot), stamp(), 2, 1))
    assert look(snapshot).gate_shots == (1,)
    last = after(snapshot, decide.approve(snapshot, look(snapshot), stamp(), 1))
    assert (look(last).gate, due(last)) == ("", {layout.MIX})
    rejected = after(last, decide.reject(last, look(last), stamp(), 1))
    assert layout.clip(1, 2) in due(rejected)
    assert look(rejected).gate == "", "it waits for its take, not for a person"
    again = with_take(rejected, 1, 9.0)
    assert (look(again).gate, look(again).gate_shots) == ("shots", (1,))


def test_shots_are_passed_as_a_whole_or_one_by_one() -> None:
    snapshot = filmed(review=Review.SHOTS)
    assert due(passed(snapshot)) == {layout.MIX}
    assert look(passed(snapshot, 1)).gate_shots == (0, 2)


def test_while_a_take_is_to_come_the_shots_are_not_up_for_approval() -> None:
    snapshot = filmed(3.0, review=Review.SHOTS)
    found = look(snapshot)
    assert (found.gate, found.held) == ("", ())
    mix = found.state(layout.MIX)
    assert mix is not None
    assert (mix.due, mix.ready) == (True, False)


def test_shots_can_be_looked_at_while_the_music_is_made() -> None:
    snapshot = filmed(review=Review.SHOTS)
    lost = {step: a for step, a in snapshot.artifacts.items() if step != layout.MUSIC}
    composing = msgspec.structs.replace(snapshot, artifacts=lost)
    assert (look(composing).gate, due(composing)) == ("shots", {layout.MUSIC})
    assert not look(composing).idle()


def test_a_gate_nobody_stands_at_cannot_be_passed() -> None:
    for snapshot in (
        filmed(),
        reel(settings=gated(Review.KEYFRAMES), pictures=False),
        passed(filmed(review=Review.SHOTS)),
    ):
        with pytest.raises(BadInput, match="waits at no gate") as refused:
            passed(snapshot)
        assert refused.value.remedy


def test_a_word_about_another_gate_passes_nothing() -> None:
    snapshot = filmed(review=Review.SHOTS)
    other = Decision("x", Kind.PASS_GATE, "t", step="keyframes")
    assert look(after(snapshot, other)).gate == "shots"


# --- the clock ------------------------------------------------------------------------------------------------------


def told(*kinds: str) -> list[Event]:
    """Events a second apart; a gate's name stands for waiting at it."""
    events = []
    for second, kind in enumerate(kinds):
        gate = kind in list(Review)
        data = {"gate": kind} if gate else {}
        events.append(Event(Happened.WAITING if gate else Happened(kind), float(second), data=data))
    return events


@pytest.mark.parametrize(
    ("kinds", "since"),
    [
        ([], None),
        (["run_started", "step_done", "keyframes", "run_ended"], 2.0),
        (["shots"], None),
        (["keyframes", "run_ended", "run_started", "keyframes", "run_ended"], 0.0),
        (["keyframes", "run_ended", "run_started", "step_started", "step_done", "keyframes"], 5.0),
        (["keyframes", "run_started", "step_started", "step_dropped", "keyframes"], 4.0),
        (["keyframes", "restored", "keyframes"], 2.0),
        (["keyframes", "plan_accepted", "keyframes"], 2.0),
        (["keyframes", "step_started", "step_done"], None),
        (["shots", "keyframes"], 1.0),
        (["keyframes", "shots"], None),
    ],
)
def test_the_clock_starts_with_the_first_time_it_waited_for_what_is_there_now(
    kinds: list[str], since: float | None
) -> None:
    assert waiting_since(told(*kinds), "keyframes") == since


def test_what_the_clock_says() -> None:
    late = gated(Review.SHOTS, review_timeout=60.0, on_timeout=OnTimeout.ACCEPT)
    assert gate_time(late, 100.0, 159.9) == GateTime(OnTimeout.WAIT, 160.0)
    assert gate_time(late, 100.0, 160.0) == GateTime(OnTimeout.ACCEPT)
    assert gate_time(late, None, 1e9) == GateTime(OnTimeout.WAIT), "it does not wait there"
    skip = msgspec.structs.replace(late, on_timeout=OnTimeout.SKIP)
    assert gate_time(skip, 100.0, 1e9) == GateTime(OnTimeout.SKIP)
    for patient in (
        gated(Review.SHOTS),
        gated(Review.SHOTS, on_timeout=OnTimeout.ACCEPT),
        gated(Review.SHOTS, review_timeout=60.0),
    ):
        assert gate_time(patient, 100.0, 1e12) == GateTime(OnTimeout.WAIT)


@settings(deadline=None)
@given(st.floats(0, 1e9), st.floats(0, 1e7), st.floats(0, 2e9), st.sampled_from(list(OnTimeout)))
def test_the_clock_acts_only_when_its_time_is_over(since: float, wait: float, now: float, then: OnTimeout) -> None:
    said = gate_time(gated(Review.SHOTS, review_timeout=wait, on_timeout=then), since, now)
    if said.act is not OnTimeout.WAIT:
        assert (said.act, said.until) == (then, None)
        assert wait > 0
        assert now >= since + wait
    elif said.until is not None:
        assert now < said.until == since + wait


def test_a_gate_passed_by_the_clock_says_so() -> None:
    snapshot = filmed(review=Review.SHOTS)
    said = decide.pass_gate(snapshot, look(snapshot), stamp("time-out"))
    assert (said.by, said.shot, said.step, said.seen) == ("time-out", None, "shots", snapshot.plan_sha)
    assert due(after(snapshot, said)) == {layout.MIX}
    undone = after(snapshot, said, decide.undo(after(snapshot, said), stamp()))
    assert look(undone).gate == "shots"


# --- whatever was made and said -------------------------------------------------------------------------------------


_WORDS = ["approve", "reject", "retake", "pass", "undo"]


@given(
    review=st.sampled_from(list(Review)),
    frames=st.sets(st.integers(0, 2)),
    takes=st.lists(st.tuples(st.integers(0, 2), st.sampled_from([2.0, 9.0, None])), max_size=5),
    said=st.lists(
        st.tuples(st.sampled_from(["approve", "reject", "retake", "pass", "undo"]), st.integers(0, 2)), max_size=5
    ),
    sound=st.booleans(),
)
@settings(deadline=None)
def test_a_gate_holds_up_what_it_should_and_nothing_else(
    review: Review,
    frames: set[int],
    takes: list[tuple[int, float | None]],
    said: list[tuple[str, int]],
    sound: bool,
) -> None:
    some = range(max(frames, default=-1) + 1)  # a shot that goes on from another needs that one's keyframe
    snapshot = with_pictures(reel(settings=gated(review), pictures=False), some)
    snapshot = with_sound(snapshot) if sound else snapshot
    for shot, mark in takes:
        snapshot = with_take(snapshot, shot, mark) if len(some) == 3 else snapshot
    for word, shot in said:
        found = look(snapshot)
        try:
            if word == "pass":
                snapshot = passed(snapshot, shot if shot else None)
            elif word == "undo":
                snapshot = after(snapshot, decide.undo(snapshot, stamp()))
            else:
                snapshot = after(snapshot, getattr(decide, word)(snapshot, found, stamp(), shot))
        except BadInput:
            continue
    found = look(snapshot)
    open_ = look(msgspec.structs.replace(snapshot, reel=msgspec.structs.replace(snapshot.reel, settings=TINY)))
    assert [state.step for state in found.steps] == [state.step for state in open_.steps]
    assert {s.step.id for s in (*found.due, *found.held)} == {s.step.id for s in open_.due}, "wanted is wanted"
    assert not any(state.held and state.due for state in found.steps)
    for state in found.held:
        assert review is not Review.NONE
        assert state.step.phase is not Phase.PLAN
        assert review is Review.PLAN or state.step.phase in (Phase.ANIMATE, Phase.MIX)
        assert state.why == f"waits for approval of the {review}"
    if found.gate:
        assert found.gate == review
        assert found.held
        assert look(passed(snapshot)).held == ()
    if not found.due and found.held:
        assert found.gate, "nobody else can let it go on"


# --- played ---------------------------------------------------------------------------------------------------------


def decided(root: Path, shot: int | None = None) -> None:
    snapshot, found = board(root)
    say_decision(root, decide.pass_gate(snapshot, found, stamp(), shot))


@pytest.mark.slow
def test_a_reel_stops_at_its_keyframes_with_everything_else_made(library: Path) -> None:
    root = new_reel(library, gated(Review.KEYFRAMES))
    outcome, events = play(root)
    assert outcome == "waiting"
    phases = {event.phase for event in events if event.event is Happened.STEP_DONE}
    assert phases == {"plan", "masters", "keyframes", "music", "narrate"}
    waiting = [event for event in events if event.event is Happened.WAITING]
    assert [event.data for event in waiting] == [{"gate": "keyframes"}]
    assert play(root)[0] == "waiting"
    since = waiting_since(Journal(root / layout.EVENTS, Event).read()[0], "keyframes")
    assert since == waiting[0].at, "looking again does not start the clock anew"
    decided(root, 1)
    assert made(play(root)[1]) == ["shots/01/takes/001/clip", "shots/01/takes/001/verdict"]
    decided(root)
    outcome, events = play(root)
    assert (outcome, made(events)[-1]) == ("done", "reel")


@pytest.mark.slow
def test_a_reel_stops_at_its_shots_until_each_was_approved(library: Path) -> None:
    root = new_reel(library, gated(Review.SHOTS), toy_plan())
    edit(root, prompt={1: "Pan left. Aiko walks [fail OBJECT_MORPHING]. 35mm"})
    outcome, events = play(root)
    assert outcome == "waiting"
    assert "shots/01/takes/002/verdict" in made(events), "retries are no matter for a person"
    assert "reel" not in made(events)
    for shot in range(3):
        snapshot, found = board(root)
        assert found.gate_shots == tuple(range(shot, 3))
        say_decision(root, decide.approve(snapshot, found, stamp(), shot))
    outcome, events = play(root)
    assert (outcome, made(events)) == ("done", ["reel"])
    assert read_snapshot(root).decisions[-1].kind is Kind.APPROVE
