"""What a person asks becomes a decision, or one clear error; and what follows of it is told before it is written."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.film.decision import Decision, Kind, in_force
from core.film.errors import BadInput
from core.film.settings import Review
from core.film.verdict import Label
from core.folder import layout
from core.folder.records import Snapshot
from core.pipeline import decide
from core.pipeline.ask import ask
from core.pipeline.board import Status
from core.pipeline.choice import TakeState
from core.pipeline.cost import Rates
from core.pipeline.decide import Effect, Ships, describe, effect, stands
from core.pipeline.steps import clip_content
from tests.paper import LINEUP, WORDING, after, due, filmed, look, reel, sha, stamp, with_take
from tests.toys import toy_plan

CLIP = "shots/01/takes/00{}/clip"


def states(snapshot: Snapshot, shot: int = 1) -> list[TakeState]:
    return [judged.state for judged in look(snapshot).shots[shot].takes]


def follows(snapshot: Snapshot, *said: Decision) -> Effect:
    return effect(snapshot, said, LINEUP, WORDING, Rates(LINEUP, []))


def approved(snapshot: Snapshot, shot: int = 1, take: int | None = None) -> Snapshot:
    return after(snapshot, decide.approve(snapshot, look(snapshot), stamp(), shot, take))


def wished(snapshot: Snapshot, note: str = "", shot: int = 1) -> Snapshot:
    return after(snapshot, decide.retake(snapshot, look(snapshot), stamp(), shot, note))


# --- words about takes ----------------------------------------------------------------------------------------------


def test_a_word_about_a_take_says_what_was_seen() -> None:
    snapshot = filmed()
    said = decide.approve(snapshot, look(snapshot), stamp("somebody"), 1, note="lovely")
    assert snapshot.plan is not None
    clip = snapshot.takes[1][0].clip.receipt
    assert clip is not None
    assert clip.main is not None
    assert (said.kind, said.shot, said.take, said.note) == (Kind.APPROVE, 1, 1, "lovely")
    assert said.content == clip_content(snapshot.plan.shots[1])
    assert said.seen == clip.main.sha256
    assert said.by == "somebody"
    assert states(after(snapshot, said)) == [TakeState.APPROVED]


def test_without_a_number_the_take_that_ships_is_meant() -> None:
    snapshot = with_take(with_take(filmed(5.0), 1, 6.0), 1, 2.0)
    for say in (decide.approve, decide.reject):
        assert say(snapshot, look(snapshot), stamp(), 1).take == 2
    assert decide.approve(snapshot, look(snapshot), stamp(), 1, 3).take == 3
    unjudged = with_take(filmed(), 2, None)
    assert decide.reject(unjudged, look(unjudged), stamp(), 2).take == 1


def test_a_clip_made_in_its_place_later_is_not_meant() -> None:
    snapshot = approved(filmed(3.0))
    assert states(snapshot) == [TakeState.APPROVED]
    lost = msgspec.structs.replace(snapshot, takes={**snapshot.takes, 1: ()})
    other = with_take(lost, 1, 3.0, number=1)
    take = other.takes[1][0]
    receipt = take.clip.receipt
    assert receipt is not None
    outputs = {"clip.mp4": msgspec.structs.replace(receipt.outputs["clip.mp4"], sha256=sha("another"))}
    clip = msgspec.structs.replace(take.clip, receipt=msgspec.structs.replace(receipt, outputs=outputs))
    other = msgspec.structs.replace(
        other, takes={**other.takes, 1: (msgspec.structs.replace(take, clip=clip, verdict=None),)}
    )
    assert states(other) == [TakeState.UNJUDGED]


def test_a_rejection_steers_the_next_take() -> None:
    snapshot = filmed()
    assert CLIP.format(2) not in due(snapshot)
    labels = (Label.EXTRAS_INVADE_FRAME, Label.EXTRAS_INVADE_FRAME, Label.CAMERA_IGNORED)
    said = decide.reject(snapshot, look(snapshot), stamp(), 1, labels=labels, note="she looks at us")
    assert said.labels == (Label.EXTRAS_INVADE_FRAME, Label.CAMERA_IGNORED)
    then = after(snapshot, said)
    assert CLIP.format(2) in due(then)
    attempt = look(then).shots[1].attempt
    assert "she looks at us" in attempt.prompt
    assert any(change.startswith("EXTRAS_INVADE_FRAME") for change in attempt.changes)


@pytest.mark.parametrize(
    ("shot", "take", "words"),
    [(7, None, "there is no shot 7"), (-1, None, "no shot -1"), (1, 9, "shot 1 has no take 9"), (1, 0, "no take 0")],
)
def test_what_is_not_there_cannot_be_decided_on(shot: int, take: int | None, words: str) -> None:
    snapshot = filmed()
    board = look(snapshot)
    for say in (decide.approve, decide.reject):
        with pytest.raises(BadInput, match=words) as refused:
            say(snapshot, board, stamp(), shot, take)
        assert refused.value.remedy


def test_a_damaged_take_is_refused_and_never_meant_by_default() -> None:
    snapshot = with_take(filmed(5.0), 1, 9.0, damage="its file is cut short")
    with pytest.raises(BadInput, match="take 2 of shot 1 is damaged: its file is cut short"):
        decide.approve(snapshot, look(snapshot), stamp(), 1, 2)
    assert decide.approve(snapshot, look(snapshot), stamp(), 1).take == 1


def test_a_take_of_other_words_may_be_approved_but_not_rejected() -> None:
    snapshot = filmed()
    assert snapshot.plan is not None
    shots = list(snapshot.plan.shots)
    shots[1] = msgspec.structs.replace(shots[1], prompt="Push in. Something else. 35mm")
    edited = msgspec.structs.replace(snapshot, plan=msgspec.structs.replace(snapshot.plan, shots=tuple(shots)))
    assert states(edited) == [TakeState.OLD]
    assert CLIP.format(2) in due(edited)
    settled = approved(edited)
    assert states(settled) == [TakeState.APPROVED]
    assert CLIP.format(2) not in due(settled)
    with pytest.raises(BadInput, match="made from other words"):
        decide.reject(edited, look(edited), stamp(), 1)


def test_before_there_is_a_plan_or_a_take_the_error_says_so() -> None:
    bare = msgspec.structs.replace(reel(), plan=None)
    with pytest.raises(BadInput, match="no plan yet"):
        decide.approve(bare, look(bare), stamp(), 0)
    with pytest.raises(BadInput, match="no plan yet"):
        decide.picture(bare, look(bare), stamp(), "masters/A", "s")
    empty = reel()
    for ask_for in (decide.approve, decide.reject, decide.retake):
        with pytest.raises(BadInput, match="shot 0 has no take yet"):
            ask_for(empty, look(empty), stamp(), 0)


def test_a_person_may_choose_a_take_the_critic_failed() -> None:
    snapshot = with_take(filmed(5.0), 1, 9.0)
    said = decide.choose(snapshot, look(snapshot), stamp(), 1, 1)
    assert follows(snapshot, said).ships == (Ships(1, 1, "chosen", 2),)


# --- one more take --------------------------------------------------------------------------------------------------


def test_a_wish_makes_one_take_due_and_no_more() -> None:
    snapshot = wished(filmed())
    assert due(snapshot) == {CLIP.format(2), layout.MIX}
    board = look(snapshot).shots[1]
    assert board.asked
    assert board.attempt.why == "another take was asked for"
    assert board.attempt.changes == ("a new seed",)
    assert due(with_take(snapshot, 1, 2.0)) == {layout.MIX}


def test_the_note_of_a_wish_steers_the_next_take() -> None:
    plain = look(filmed()).shots[1].attempt
    snapshot = wished(filmed(), "she walks more slowly.")
    board = look(snapshot)
    attempt = board.shots[1].attempt
    assert attempt.prompt != plain.prompt
    assert attempt.prompt.endswith("she walks more slowly. shot on 35mm film"), "before the lens, which ends a prompt"
    assert attempt.why == "another take was asked for (she walks more slowly.)"
    assert attempt.changes == ("a new seed", "the note: prompt says “she walks more slowly.”")
    asked = ask(snapshot, board, board.state(CLIP.format(2)), WORDING)  # type: ignore[arg-type]
    assert "she walks more slowly" in asked.request.prompt  # type: ignore[union-attr]
    assert asked.changes == attempt.changes, "and the receipt will say so"
    assert look(snapshot) == look(snapshot), "the same words, the same take"


def test_a_note_stays_for_the_tries_that_follow_in_the_order_things_were_said() -> None:
    failed = with_take(wished(with_take(filmed(), 1, 9.0), "more slowly"), 1, 2.0, labels=(Label.OBJECT_MORPHING,))
    again = wished(failed, "at dusk")
    attempt = look(again).shots[1].attempt
    assert attempt.prompt.index("more slowly") < attempt.prompt.index("at dusk")
    assert attempt.flow_shift == look(filmed()).shots[1].attempt.flow_shift - 1.0
    assert attempt.why == "another take was asked for (at dusk)"
    assert not any("more slowly" in change for change in attempt.changes), "that is no change any more"


def test_the_same_note_is_not_put_into_the_prompt_twice() -> None:
    snapshot = wished(with_take(wished(filmed(), "more slowly"), 1, 2.0), "more slowly")
    assert look(snapshot).shots[1].attempt.prompt.count("more slowly") == 1


@pytest.mark.parametrize("say", [decide.approve, lambda s, b, t, shot: decide.choose(s, b, t, shot, 1)])
def test_settling_on_a_take_while_another_is_made_ends_that(say: object) -> None:
    rendering = wished(filmed(), "more slowly")
    assert CLIP.format(2) in due(rendering)
    settled = after(rendering, say(rendering, look(rendering), stamp(), 1))  # type: ignore[operator]
    assert due(settled) == {layout.MIX}
    assert follows(rendering, settled.decisions[-1]).spared == (CLIP.format(2), "shots/01/takes/002/verdict")
    asked_again = wished(settled)
    assert CLIP.format(2) in due(asked_again), "the later word counts"
    assert "more slowly" not in look(asked_again).shots[1].attempt.prompt, "that wish was taken back"
    back = after(asked_again, decide.undo(asked_again, stamp()))
    back = after(back, decide.undo(back, stamp()))
    assert "more slowly" in look(back).shots[1].attempt.prompt


def test_approving_while_the_critics_retake_is_made_ends_that() -> None:
    failing = filmed(3.0)
    assert CLIP.format(2) in due(failing)
    assert CLIP.format(2) not in due(approved(failing))


def test_settling_on_the_take_that_was_wished_for_keeps_its_note() -> None:
    second = with_take(wished(filmed(), "more slowly"), 1, 9.0)
    settled = approved(second, take=2)
    assert "more slowly" in look(wished(settled)).shots[1].attempt.prompt


def test_an_approval_of_a_clip_that_was_lost_does_not_end_a_wish() -> None:
    snapshot = wished(filmed())
    said = decide.approve(snapshot, look(snapshot), stamp(), 1)
    lost = msgspec.structs.replace(said, seen=sha("another clip"))
    assert CLIP.format(2) in due(after(snapshot, lost))


@pytest.mark.parametrize("seen", ["", "many", "9" * 5000, "²"])
def test_a_wish_written_by_hand_is_no_crash(seen: str) -> None:
    snapshot = wished(filmed())
    odd = msgspec.structs.replace(snapshot.decisions[-1], seen=seen)
    assert CLIP.format(2) not in due(msgspec.structs.replace(snapshot, decisions=(odd,)))


# --- taking back, saying twice --------------------------------------------------------------------------------------


def test_undo_takes_back_what_was_said_last_and_then_the_one_before() -> None:
    snapshot = wished(approved(filmed(), 0), "more slowly", 2)
    once = after(snapshot, decide.undo(snapshot, stamp()))
    assert describe(decide.last_said(snapshot)) == "one more take of shot 2 is asked for: “more slowly”"
    assert due(once) == {layout.MIX}
    assert states(once, 0) == [TakeState.APPROVED]
    twice = after(once, decide.undo(once, stamp()))
    assert states(twice, 0) == [TakeState.PASSED]
    with pytest.raises(BadInput, match="nothing to take back"):
        decide.undo(twice, stamp())


def test_what_is_in_force_already_is_known_to_be() -> None:
    snapshot = filmed()
    say = decide.approve(snapshot, look(snapshot), stamp(), 1)
    assert not stands(snapshot, say)
    said = after(snapshot, say)
    assert stands(said, decide.approve(said, look(said), stamp(), 1))
    assert not stands(said, decide.approve(said, look(said), stamp(), 0)), "another shot"
    assert not stands(said, decide.approve(said, look(said), stamp(), 1, note="a word more"))
    assert not stands(said, decide.choose(said, look(said), stamp(), 1, 1))
    taken_back = after(said, decide.undo(said, stamp()))
    assert not stands(taken_back, decide.approve(taken_back, look(taken_back), stamp(), 1))
    asked = wished(said)
    assert not stands(asked, decide.approve(asked, look(asked), stamp(), 1)), "it ends the wish"
    assert stands(asked, decide.retake(asked, look(asked), stamp(), 1))
    made = with_take(asked, 1)
    assert not stands(made, decide.retake(made, look(made), stamp(), 1)), "one more than that"


def test_every_kind_of_decision_is_described_in_words() -> None:
    shown = {
        describe(Decision("i", kind, "t", 3, 2, step=step, seen=seen, labels=labels, note=note, by=by))
        for kind, step, seen, labels, note, by in [
            (Kind.APPROVE, "", "s", (), "", ""),
            (Kind.REJECT, "", "s", (Label.SCENE_MISMATCH, Label.CAMERA_IGNORED), "too dark", ""),
            (Kind.CHOOSE, "", "s", (), "", ""),
            (Kind.RETAKE, "", "2", (), "slower", ""),
            (Kind.REDO, "shots/03/keyframe", "s", (), "", ""),
            (Kind.PASS_GATE, "keyframes", "s", (), "", "time-out"),
            (Kind.PICTURE, "masters/A", "s", (), "", ""),
            (Kind.PICTURE, "shots/03/keyframe", "", (), "", ""),
            (Kind.UNDO, "", "i", (), "", ""),
        ]
    }
    assert shown == {
        "take 2 of shot 3 is approved",
        "take 2 of shot 3 is rejected: SCENE_MISMATCH, CAMERA_IGNORED; “too dark”",
        "take 2 of shot 3 is chosen",
        "one more take of shot 3 is asked for: “slower”",
        "keyframe 3 is to be made again",
        "the keyframe of shot 3 is approved, because nobody looked in time",
        "master A is a picture of your own",
        "keyframe 3 is no picture of your own any more",
        "the last word is taken back",
    }
    assert describe(Decision("i", Kind.PASS_GATE, "t", step="plan")) == "the plan is approved"
    assert describe(Decision("i", Kind.PASS_GATE, "t", step="shots")) == "the shots are approved"


# --- what follows ---------------------------------------------------------------------------------------------------


def test_what_follows_of_a_rejection() -> None:
    snapshot = with_take(filmed(5.0), 1, 9.0)
    told = follows(snapshot, decide.reject(snapshot, look(snapshot), stamp(), 1))
    assert told.ships == (Ships(1, 1, "best scored take; none passed", 2),)
    assert told.redo == (CLIP.format(3), "shots/01/takes/003/verdict")
    assert told.cost.seconds > 0
    assert set(told.redo) < set(told.due)
    assert told.gate == ""


def test_what_follows_of_nothing() -> None:
    told = follows(filmed())
    assert (told.ships, told.redo, told.restore, told.spared, told.stale) == ((), (), (), (), ())
    assert told.due == (layout.MIX,)


def test_it_is_told_where_the_reel_waits_then() -> None:
    snapshot = filmed(review=Review.SHOTS)
    told = follows(snapshot, decide.approve(snapshot, look(snapshot), stamp(), 1))
    assert (told.gate, told.gate_shots, told.due) == ("shots", (0, 2), ())
    last = approved(approved(snapshot, 0), 2)
    assert follows(last, decide.approve(last, look(last), stamp(), 1)).redo == (layout.MIX,)


# --- painting a keyframe anew ---------------------------------------------------------------------------------------


def test_a_keyframe_is_painted_anew_with_another_seed_and_its_clips_stay() -> None:
    snapshot = filmed()
    step = layout.keyframe(1)
    before = look(snapshot).state(step)
    said = decide.repaint(snapshot, look(snapshot), stamp(), 1)
    told = follows(snapshot, said)
    assert told.redo == (step,)
    assert set(told.stale) == {CLIP.format(1), "shots/00/takes/001/clip"}, "shot 1 goes on from shot 0"
    now = look(after(snapshot, said)).state(step)
    assert before is not None
    assert now is not None
    assert (now.due, now.why) == (True, "asked for")
    assert now.step.seed != before.step.seed
    assert (now.step.content, now.step.settings) != (before.step.content, before.step.settings)
    assert stands(after(snapshot, said), decide.repaint(snapshot, look(snapshot), stamp(), 1))


def test_painting_anew_is_about_the_words_it_was_said_of() -> None:
    snapshot = filmed()
    said = after(snapshot, decide.repaint(snapshot, look(snapshot), stamp(), 1))
    plan = toy_plan()
    shots = (plan.shots[0], msgspec.structs.replace(plan.shots[1], prompt="Push in. Else. 35mm"), plan.shots[2])
    edited = msgspec.structs.replace(said, plan=msgspec.structs.replace(plan, shots=shots))
    fresh = msgspec.structs.replace(edited, decisions=())
    assert look(edited).state(layout.keyframe(1)).step == look(fresh).state(layout.keyframe(1)).step  # type: ignore[union-attr]


def test_a_keyframe_that_is_not_there_or_is_ones_own_is_not_painted_anew() -> None:
    bare = reel(pictures=False)
    with pytest.raises(BadInput, match="not made yet"):
        decide.repaint(bare, look(bare), stamp(), 1)
    snapshot = filmed()
    own = after(snapshot, decide.picture(snapshot, look(snapshot), stamp(), layout.keyframe(1), sha("mine")))
    with pytest.raises(BadInput, match="your own picture") as refused:
        decide.repaint(own, look(own), stamp(), 1)
    assert "--remove" in refused.value.remedy


# --- anything a person says -----------------------------------------------------------------------------------------

_SAY = st.lists(
    st.tuples(
        st.sampled_from(["approve", "choose", "reject", "retake", "undo", "film"]),
        st.integers(0, 2),
        st.integers(1, 3),
        st.sampled_from(["", "slower", "at dusk"]),
        st.sampled_from([None, 2.0, 9.0]),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(_SAY)
def test_whatever_is_said_the_board_holds_together(said: list[tuple[str, int, int, str, float | None]]) -> None:
    snapshot = filmed(5.0)
    for word, shot, take, note, mark in said:
        board = look(snapshot)
        try:
            if word == "film":
                snapshot = with_take(snapshot, shot, mark)
                continue
            if word == "undo":
                decision = decide.undo(snapshot, stamp())
            elif word == "retake":
                decision = decide.retake(snapshot, board, stamp(), shot, note)
            elif word == "reject":
                decision = decide.reject(snapshot, board, stamp(), shot, take, (), note)
            else:
                decision = getattr(decide, word)(snapshot, board, stamp(), shot, take, note)
        except BadInput:
            continue
        told = follows(snapshot, decision)
        snapshot = after(snapshot, decision)
        board = look(snapshot)
        assert set(told.due) >= {state.step.id for state in board.due}
        found = board.shots[shot]
        if word in ("approve", "choose"):
            assert (found.ships, found.due) == (take, False), "a person's choice ends the matter"
        if word == "reject":
            assert found.ships != take
        if word == "retake":
            assert found.due or found.to_judge
            assert note in found.attempt.prompt
        assert describe(decision)
        settled = [j for j in found.takes if j.state in (TakeState.APPROVED, TakeState.CHOSEN)]
        assert len(settled) <= 1
        assert stands(snapshot, decision) or decision.kind is Kind.UNDO
    # Everything taken back, one by one, is as if nothing had been said.
    clean = msgspec.structs.replace(snapshot, decisions=())
    while in_force(snapshot.decisions):
        snapshot = after(snapshot, decide.undo(snapshot, stamp()))
    assert look(snapshot) == look(clean)
    assert all(state.status is not Status.FAILED for state in look(snapshot).steps)
