"""What each of the eleven labels changes in the next request: as SPEC says, cumulative, bounded, deterministic."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engines.wording import load_wording
from core.film.decision import Kind
from core.film.plan import Plan
from core.film.requests import AnimateRequest, PaintRequest
from core.film.verdict import Label
from core.folder.commit import read_receipt
from core.folder.records import Artifact, Take
from core.pipeline.choice import Judged, TakeState
from core.pipeline.retry import Attempt, add_sentence, first_attempt, heard, next_attempt
from tests.stage import TINY, edit, new_reel, play
from tests.told import say, told_lineup
from tests.toys import toy_plan

WORDING = load_wording()
PLAN = toy_plan(2)
SHOT = PLAN.shots[1]
FIRST = first_attempt(SHOT, WORDING)
LENS = "shot on 35mm film"


def failed(number: int, *labels: Label, state: TakeState = TakeState.FAILED, note: str = "") -> Judged:
    take = Take(1, number, Artifact(f"shots/01/takes/{number:03d}/clip", None), None)
    return Judged(take, state, 4.0, labels, True, note)


def after(*labels: Label, plan: Plan = PLAN) -> Attempt:
    return next_attempt(plan, plan.shots[1], [failed(1, *labels)], WORDING)


def test_the_first_try_is_the_shots_own_words() -> None:
    assert FIRST.prompt == SHOT.prompt
    assert (FIRST.strength, FIRST.flow_shift, FIRST.repaints, FIRST.changes) == (0.7, 8.0, 0, ())
    assert first_attempt(PLAN.shots[0], WORDING).flow_shift == 5.0
    own = msgspec.structs.replace(SHOT, negative="fog", flow_shift=4.0)
    assert first_attempt(own, WORDING).negative.startswith("fog, ")
    assert first_attempt(own, WORDING).flow_shift == 4.0


# label: what the prompt must say, what the negative must say
SAYS: dict[Label, tuple[str, str]] = {
    Label.CHARACTER_DRIFT: ("reference", "different person"),
    Label.EXTRAS_INVADE_FRAME: ("space around the subject stays empty", "crowd"),
    Label.CAMERA_IGNORED: ("The camera turns slowly to the left.", "several camera movements"),
    Label.WALKING_BACKWARDS: ("walks forward", "walking backwards"),
    Label.OBJECT_MORPHING: ("keeps its shape", "morphing"),
    Label.HAND_FINGER_ARTIFACT: ("well-formed fingers", "extra fingers"),
    Label.WARDROBE_DRIFT: ("navy coat", "different outfit"),
    Label.NEON_GLOW_LEAK: ("cool and soft", "neon glow"),
    Label.STYLIZED_AI_LOOK: ("realism", "plastic skin"),
    Label.RANDOM_INTIMACY: ("arm's length", "hugging"),
    Label.SCENE_MISMATCH: ("a quiet street", "different location"),
}


@pytest.mark.parametrize("label", Label)
def test_every_label_has_its_words_and_says_what_it_changed(label: Label) -> None:
    attempt = after(label)
    prompt, negative = SAYS[label]
    assert prompt in attempt.prompt
    assert prompt not in FIRST.prompt
    assert negative in attempt.negative
    assert FIRST.negative in attempt.negative, "the standing negatives stay"
    assert attempt.prompt.endswith(LENS), "the lens anchor stays last"
    assert "cinematic" not in attempt.prompt
    assert attempt.changes[0] == "a new seed"
    assert all(change.startswith(f"{label}: ") for change in attempt.changes[1:])
    assert len(attempt.changes) >= 2
    assert label in attempt.why
    assert "{" not in attempt.prompt


@pytest.mark.parametrize("label", Label)
def test_numbers_move_for_their_own_labels_only(label: Label) -> None:
    attempt = after(label)
    drift, morph = label is Label.CHARACTER_DRIFT, label is Label.OBJECT_MORPHING
    assert attempt.strength == (0.85 if drift else 0.7)
    assert attempt.repaints == (1 if drift else 0)
    assert attempt.flow_shift == (7.0 if morph else 8.0)


def test_strength_stops_at_one_and_flow_shift_at_three() -> None:
    labels = (Label.CHARACTER_DRIFT, Label.OBJECT_MORPHING)
    seen = [next_attempt(PLAN, SHOT, [failed(n, *labels) for n in range(1, k)], WORDING) for k in range(1, 9)]
    assert [a.strength for a in seen] == [0.7, 0.85, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert [a.flow_shift for a in seen] == [8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 3.0, 3.0]
    assert not any("flow shift" in change for change in seen[-1].changes), "what did not change is not claimed"


def test_a_second_camera_retry_does_not_pile_up() -> None:
    twice = next_attempt(PLAN, SHOT, [failed(1, Label.CAMERA_IGNORED), failed(2, Label.CAMERA_IGNORED)], WORDING)
    assert twice.prompt.count("The camera turns slowly to the left.") == 1
    assert twice.prompt.startswith("The camera turns slowly to the left.")
    assert "Pan left." not in twice.prompt


def test_a_long_first_sentence_keeps_who_and_where() -> None:
    words = "Pan left while Aiko in her long navy coat walks slowly past the bright shop window and smiles. 35mm"
    plan = msgspec.structs.replace(PLAN, shots=(PLAN.shots[0], msgspec.structs.replace(SHOT, prompt=words)))
    attempt = after(Label.CAMERA_IGNORED, plan=plan)
    assert attempt.prompt == f"The camera turns slowly to the left. {words}"


def test_a_shot_that_names_no_camera_is_left_as_it_is() -> None:
    plan = msgspec.structs.replace(
        PLAN, shots=(PLAN.shots[0], msgspec.structs.replace(SHOT, prompt="Aiko waits. 35mm"))
    )
    assert after(Label.CAMERA_IGNORED, plan=plan).prompt == "Aiko waits. 35mm"


def test_failures_add_up_in_order() -> None:
    takes = [failed(1, Label.OBJECT_MORPHING), failed(2, Label.CHARACTER_DRIFT, Label.NEON_GLOW_LEAK)]
    attempt = next_attempt(PLAN, SHOT, takes, WORDING)
    assert (attempt.flow_shift, attempt.strength, attempt.repaints, attempt.number) == (7.0, 0.85, 1, 3)
    for label in (Label.OBJECT_MORPHING, Label.CHARACTER_DRIFT, Label.NEON_GLOW_LEAK):
        assert SAYS[label][0] in attempt.prompt
    assert "OBJECT_MORPHING" not in "".join(attempt.changes), "the receipt says what this try changed"


def test_the_note_of_a_rejection_steers_the_next_take() -> None:
    rejected = failed(1, state=TakeState.REJECTED, note="She should smile")
    attempt = next_attempt(PLAN, SHOT, [rejected], WORDING)
    assert "She should smile." in attempt.prompt
    assert "rejected" in attempt.why
    assert "She should smile" in attempt.why


def test_words_of_a_user_with_braces_are_kept() -> None:
    plan = msgspec.structs.replace(PLAN, setting="a {strange} {0} street {", characters={"A": "Aiko {x}", "B": "b"})
    assert "a {strange} {0} street {" in after(Label.SCENE_MISMATCH, plan=plan).prompt
    assert "Aiko {x}" in after(Label.WARDROBE_DRIFT, plan=plan).prompt


@given(st.lists(st.lists(st.sampled_from(Label), max_size=4, unique=True), max_size=6))
def test_the_same_failures_always_give_the_same_request(history: list[list[Label]]) -> None:
    takes = [failed(number, *labels) for number, labels in enumerate(history, 1)]
    attempt = next_attempt(PLAN, SHOT, takes, WORDING)
    assert attempt == next_attempt(PLAN, SHOT, tuple(takes), WORDING)
    assert 3.0 <= attempt.flow_shift <= 8.0
    assert 0.7 <= attempt.strength <= 1.0
    assert attempt.number == len(history) + 1
    for label in set(itertools.chain(*history)):
        assert attempt.prompt.count(SAYS[label][0]) <= 1 or label is Label.WARDROBE_DRIFT


@given(st.text(min_size=1, max_size=80), st.just("One more."))
def test_a_sentence_is_added_once_and_nothing_is_lost(prompt: str, sentence: str) -> None:
    added = add_sentence(prompt, sentence)
    assert sentence in added
    assert set(prompt.replace(".", " ").split()) <= set(added.replace(".", " ").split())


# --- and it reaches the request, the seed, the keyframe and the receipt ---------------------------------------------


def requests(root: Path, shot: int) -> list[AnimateRequest]:
    found = []
    for path in sorted(root.glob(f"shots/{shot:02d}/takes/*/clip.json")):
        receipt = read_receipt(path)
        assert receipt is not None
        assert isinstance(receipt.request, AnimateRequest)
        found.append(receipt.request)
    return found


@pytest.mark.parametrize("label", Label)
def test_a_failed_take_is_asked_for_again_with_the_change_and_a_new_seed(library: Path, label: Label) -> None:
    root = new_reel(library, msgspec.structs.replace(TINY, shots=1), toy_plan(1))
    edit(root, prompt={0: f"Pan left. Aiko walks [marks 4/{label}]. {LENS}"})
    before = play(root, told_lineup())
    assert before[0] == "done"
    one, two = requests(root, 0)
    assert one.seed != two.seed
    assert SAYS[label][0] in two.prompt
    assert one.camera == two.camera, "the critic still looks for the move the shot asks for"
    receipt = read_receipt(root / "shots/00/takes/002/clip.json")
    assert receipt is not None
    assert receipt.why == f"take 1 failed: {label}"
    assert receipt.changes[0] == "a new seed"
    assert any(label in change for change in receipt.changes)
    keyframe = read_receipt(root / "shots/00/keyframe.json")
    assert keyframe is not None
    assert isinstance(keyframe.request, PaintRequest)
    drift = label is Label.CHARACTER_DRIFT
    assert keyframe.facts["repaints"] == (1 if drift else 0)
    assert keyframe.request.strength == (0.85 if drift else 0.7)
    assert (receipt.inputs["first"] != inputs_of_first_take(root)) is drift


def inputs_of_first_take(root: Path) -> str:
    receipt = read_receipt(root / "shots/00/takes/001/clip.json")
    assert receipt is not None
    return receipt.inputs["first"]


def test_a_person_and_the_critic_steer_together(library: Path) -> None:
    root = new_reel(library, msgspec.structs.replace(TINY, shots=1), toy_plan(1))
    play(root, told_lineup())
    say(root, Kind.REJECT, 0, 1, labels=(Label.OBJECT_MORPHING,), note="slower, please")
    play(root, told_lineup())
    _, two = requests(root, 0)
    assert two.flow_shift == 4.0
    assert "slower, please." in two.prompt


def test_what_has_no_say_without_guidance_is_not_claimed() -> None:
    changes = ("a new seed", "OBJECT_MORPHING: flow shift 5 to 4", "X: negative says “crowd”", "X: prompt says “calm”")
    assert heard(changes, 3.5) == changes
    seed, shift, negative, prompt = heard(changes, 1.0)
    assert (seed, prompt) == (changes[0], changes[3])
    assert shift == "OBJECT_MORPHING: flow shift 5 to 4 (no say in this preset)"
    assert negative.endswith("(no say in this preset)")
