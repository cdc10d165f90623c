"""Which take ships: approved, else chosen, else the best passing, else the best scored, else one marked unjudged."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.film.decision import Decision, Kind
from core.film.preset import PresetName
from core.film.verdict import Label, Verdict
from core.folder.records import Artifact, Fingerprint, Output, Receipt, Take
from core.pipeline.choice import TakeState, judge_takes, mark, passes, shipped
from tests.stage import TINY, board, edit, made, new_reel, play
from tests.told import say, told_lineup
from tests.toys import toy_plan

LINEUP = told_lineup()
ONE = msgspec.structs.replace(TINY, shots=1)
CONTENT, INPUTS = "c" * 64, {"first": "f" * 64}


def receipt(step: str, inputs: dict[str, str], sha: str = "", verdict: Verdict | None = None) -> Receipt:
    return Receipt(
        step=step,
        made_from=Fingerprint(CONTENT, "s"),
        inputs=inputs,
        outputs={"clip.mp4": Output(sha, 1)} if sha else {},
        request=None,
        backend="toy",
        model="",
        revision="",
        seed=None,
        seconds=0.0,
        finished="",
        device="",
        versions={},
        verdict=verdict,
    )


def take(number: int, overall: float | None, axis: float | None = None, *, fresh: bool = True) -> Take:
    """A take with this mark on everything, one axis perhaps apart; None: not judged."""
    clip = Artifact("clip", receipt("clip", INPUTS if fresh else {"first": "old"}, f"sha{number}"))
    judged = None
    if overall is not None:
        marks = [overall] * 4
        marks[3] = overall if axis is None else axis
        judged = Artifact("verdict", receipt("verdict", {"clip": f"sha{number}"}, verdict=Verdict(*marks, overall)))
    return Take(0, number, clip, judged)


def ships(*takes: Take, threshold: float = 7.0, decisions: tuple[Decision, ...] = ()) -> tuple[int | None, str]:
    best, why = shipped(judge_takes(takes, CONTENT, INPUTS, threshold, decisions))
    return (best.take.number if best else None), why


def word(kind: Kind, number: int, content: str = CONTENT) -> Decision:
    return Decision(f"{kind}{number}", kind, "t", shot=0, take=number, content=content)


def test_no_take_no_ship() -> None:
    assert ships() == (None, "no take yet")


@pytest.mark.parametrize(
    ("marks", "number"),
    [
        ([6, 2], 1),
        ([2, 6], 2),
        ([6, 6], 1),
        ([7.5, 9], 2),
        ([9, 7.5], 1),
        ([9, 9], 1),
        ([6.9, 7.0], 2),
        ([3, 6, 5, 6], 2),
        ([None, 3], 2),
        ([3, None], 1),
        ([None, None], 2),
    ],
)
def test_the_best_one_ships_and_a_later_worse_or_equal_one_never_replaces_it(
    marks: list[float | None], number: int
) -> None:
    assert ships(*(take(n, m) for n, m in enumerate(marks, 1)))[0] == number


def test_what_ships_is_marked_as_what_it_is() -> None:
    assert ships(take(1, 8))[1] == "best passing take"
    assert ships(take(1, 4))[1] == "best scored take; none passed"
    assert ships(take(1, None))[1] == "not judged"


def test_one_axis_at_one_fails_whatever_the_overall_says() -> None:
    told = Verdict(9, 9, 9, 1, 9)
    assert not passes(told, 7.0)
    assert mark(told) == 8.0, "an overall far above its axes is not believed"
    assert ships(take(1, 9, axis=1), take(2, 7.2))[0] == 2
    assert passes(Verdict(9, 9, 9, 4, 9), 7.0)
    assert not passes(Verdict(9, 9, 9, 3.9, 9), 7.0)
    assert passes(Verdict(7, 7, 7, 7, 7), 7.0)
    assert not passes(Verdict(7, 7, 7, 7, 6.99), 7.0)


def test_a_take_of_other_pictures_gives_way_only_to_one_that_passes() -> None:
    assert ships(take(1, 9, fresh=False), take(2, 7.5))[0] == 2
    assert ships(take(1, 7.5, fresh=False), take(2, 6.5))[0] == 1
    assert ships(take(1, 6, fresh=False), take(2, 2))[0] == 1, "a repainted keyframe makes a bad take no better"


def test_a_person_outranks_the_critic() -> None:
    takes = take(1, 9), take(2, 3), take(3, None)
    assert ships(*takes, decisions=(word(Kind.APPROVE, 2),)) == (2, "approved")
    assert ships(*takes, decisions=(word(Kind.CHOOSE, 3),)) == (3, "chosen")
    assert ships(*takes, decisions=(word(Kind.APPROVE, 2), word(Kind.CHOOSE, 3)))[0] == 3, "the later word counts"
    assert ships(*takes, decisions=(word(Kind.APPROVE, 2), word(Kind.REJECT, 2)))[0] == 1
    assert ships(*takes, decisions=(word(Kind.REJECT, 1), word(Kind.REJECT, 2)))[0] == 3
    assert ships(*takes, decisions=tuple(word(Kind.REJECT, n) for n in (1, 2, 3))) == (None, "no take yet")
    assert ships(*takes, decisions=(word(Kind.REJECT, 1), word(Kind.APPROVE, 1)))[0] == 1


def test_what_was_said_about_other_words_does_not_hold() -> None:
    assert ships(take(1, 9), take(2, 3), decisions=(word(Kind.APPROVE, 2, "other"),))[0] == 1


def test_what_was_said_holds_for_the_clip_that_was_seen_and_not_for_one_in_its_place() -> None:
    seen = msgspec.structs.replace(word(Kind.APPROVE, 2), seen="sha2")
    assert ships(take(1, 9), take(2, 3), decisions=(seen,)) == (2, "approved")
    another = msgspec.structs.replace(seen, seen="the sha of a clip that was lost")
    assert ships(take(1, 9), take(2, 3), decisions=(another,))[0] == 1


def test_a_verdict_of_another_clip_does_not_count() -> None:
    """The clip was replaced after it was judged."""
    judged = take(1, 9)
    other = msgspec.structs.replace(judged, clip=take(2, None).clip)
    assert other.judged is None
    assert ships(other) == (1, "not judged")


MARKS = st.none() | st.floats(1, 10)


@given(st.lists(st.tuples(MARKS, st.booleans()), max_size=6), st.sampled_from([5.0, 6.0, 7.0]))
def test_against_a_plain_search(told: list[tuple[float | None, bool]], threshold: float) -> None:
    """The same rule once more, written as a search over all takes."""
    takes = [take(n, m, fresh=f) for n, (m, f) in enumerate(told, 1)]
    passing = [(f, m, -n) for n, (m, f) in enumerate(told, 1) if m is not None and m >= threshold]
    scored = [(m, f, -n) for n, (m, f) in enumerate(told, 1) if m is not None]
    expected: int | None = len(told) or None
    if passing:
        expected = -max(passing)[2]
    elif scored:
        expected = -max(scored)[2]
    assert ships(*takes, threshold=threshold)[0] == expected


# --- the same in whole reels ----------------------------------------------------------------------------------------


def shot_of(library: Path, marks: str, **settings: object) -> Path:
    root = new_reel(library, msgspec.structs.replace(ONE, **settings), toy_plan(1))
    edit(root, prompt={0: f"Pan left. Aiko walks [marks {marks}]. 35mm"})
    assert play(root, LINEUP)[0] == "done"
    return root


def state(root: Path) -> tuple[int | None, list[str]]:
    shot = board(root, LINEUP)[1].shots[0]
    return shot.ships, [judged.state.value for judged in shot.takes]


@pytest.mark.parametrize(
    ("marks", "ship", "states"),
    [
        ("8", 1, ["passed"]),
        ("6 8", 2, ["failed", "passed"]),
        ("6 2 3", 1, ["failed"] * 3),
        ("6/CHARACTER_DRIFT 2/CHARACTER_DRIFT 3", 1, ["failed"] * 3),
        ("2/CHARACTER_DRIFT 6 3/CHARACTER_DRIFT", 2, ["failed"] * 3),
        ("9/axis 7", 2, ["failed", "passed"]),
        ("-", 1, ["unjudged"]),
        ("3 -", 1, ["failed", "unjudged"]),
    ],
)
def test_a_reel_renders_until_one_passes_and_ships_the_best(
    library: Path, marks: str, ship: int, states: list[str]
) -> None:
    root = shot_of(library, marks)
    assert state(root) == (ship, states)
    assert made(play(root, LINEUP)[1]) == []


@pytest.mark.parametrize(("preset", "takes"), [("default", 3), ("fast", 2), ("draft", 1)])
def test_the_preset_says_how_many_takes(library: Path, preset: str, takes: int) -> None:
    root = shot_of(library, "2 2 2 2", preset=PresetName(preset))
    assert state(root)[1] == ["failed"] * takes


def test_a_rejection_gives_one_more_take(library: Path) -> None:
    root = shot_of(library, "2 3 4 5 6")
    say(root, Kind.REJECT, 0, 3)
    steps = made(play(root, LINEUP)[1])
    assert steps == ["shots/00/takes/004/clip", "shots/00/takes/004/verdict", "reel"]
    assert state(root) == (4, ["failed", "failed", "rejected", "failed"])


def test_a_passing_take_that_is_rejected_is_made_again(library: Path) -> None:
    root = shot_of(library, "9 8")
    say(root, Kind.REJECT, 0, 1, labels=(Label.SCENE_MISMATCH,))
    assert made(play(root, LINEUP)[1])[-1] == "reel"
    assert state(root) == (2, ["rejected", "passed"])


def test_a_take_asked_for_is_made_and_ships_only_if_it_is_better(library: Path) -> None:
    root = shot_of(library, "8 7.5 9")
    say(root, Kind.RETAKE, 0)
    assert made(play(root, LINEUP)[1]) == ["shots/00/takes/002/clip", "shots/00/takes/002/verdict"]
    assert state(root) == (1, ["passed", "passed"])
    say(root, Kind.RETAKE, 0)
    assert made(play(root, LINEUP)[1]) == ["shots/00/takes/003/clip", "shots/00/takes/003/verdict", "reel"]
    assert state(root)[0] == 3


def test_an_approved_take_is_never_rendered_again_by_itself(library: Path) -> None:
    root = shot_of(library, "2 3 4")
    say(root, Kind.APPROVE, 0, 1)
    assert made(play(root, LINEUP)[1]) == ["reel"]
    assert state(root) == (1, ["approved", "failed", "failed"])
    say(root, Kind.RETAKE, 0)
    assert made(play(root, LINEUP)[1]) == ["shots/00/takes/004/clip", "shots/00/takes/004/verdict"]
    assert state(root)[0] == 1, "asked for by the person, and still the approved one ships"


def test_undo_takes_a_word_back(library: Path) -> None:
    root = shot_of(library, "8 9")
    said = say(root, Kind.REJECT, 0, 1)
    assert state(root)[0] is None
    say(root, Kind.UNDO, seen=said)
    assert state(root) == (1, ["passed"])
    assert made(play(root, LINEUP)[1]) == []


def test_a_take_of_other_words_may_be_approved_and_nothing_is_rendered_for_the_new_ones(library: Path) -> None:
    root = shot_of(library, "8")
    edit(root, prompt={0: "Pan left. Something else. 35mm"})
    say(root, Kind.APPROVE, 0, 1)
    assert [step for step in made(play(root, LINEUP)[1]) if "takes" in step] == []
    assert state(root) == (1, ["approved"])


def test_a_take_that_was_never_judged_is_asked_about_twice_and_ships_as_such(library: Path) -> None:
    root = shot_of(library, "- -")
    events = play(root, LINEUP)[1]
    assert made(events) == []
    shot = board(root, LINEUP)[1].shots[0]
    assert (shot.ships, shot.why_ships, shot.to_judge) == (1, "not judged", ())
    assert "nothing to say" in shot.takes[0].note
    assert (root / "critic.log").read_text().count("NOT JUDGED") == 2


def test_a_lost_take_gives_its_number_to_no_other_while_later_ones_stand(library: Path) -> None:
    root = shot_of(library, "3 4 5")
    say(root, Kind.REJECT, 0, 1)
    (root / "shots/00/takes/001/clip.mp4").unlink()
    steps = made(play(root, LINEUP)[1])
    assert steps == ["shots/00/takes/004/clip", "shots/00/takes/004/verdict", "reel"]
    assert state(root) == (4, ["failed", "failed", "passed"])


def test_a_retake_is_one_take_though_an_earlier_one_was_lost(library: Path) -> None:
    root = shot_of(library, "3 9")
    (root / "shots/00/takes/001/clip.mp4").unlink()
    say(root, Kind.RETAKE, 0)
    assert made(play(root, LINEUP)[1]) == ["shots/00/takes/003/clip", "shots/00/takes/003/verdict"]


def test_damaged_takes_never_ship() -> None:
    broken = msgspec.structs.replace(take(1, 9), clip=msgspec.structs.replace(take(1, 9).clip, damage="cut off"))
    judged = judge_takes((broken, take(2, 3)), CONTENT, INPUTS, 7.0, (word(Kind.APPROVE, 1),))
    assert [j.state for j in judged] == [TakeState.DAMAGED, TakeState.FAILED]
    assert ships(broken, take(2, 3), decisions=(word(Kind.APPROVE, 1),))[0] == 2
