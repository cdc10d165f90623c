"""What people do while a reel is being made: decisions, edits, pause, cancel, stop; with real hosts and slow toys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from core.engines.wording import load_wording
from core.film.decision import Decision, Kind
from core.film.event import Event, Happened, Live
from core.film.lineup import Lineup
from core.film.verdict import Label
from core.folder.decisions import say_decision
from core.folder.snapshot import read_snapshot
from core.pipeline.choice import TakeState
from core.pipeline.decide import Stamp, retake
from core.pipeline.steps import clip_content
from core.worker.run import Runner, Wish
from tests.stage import NOW, board, edit, made, new_reel, play
from tests.toys import toy_lineup, toy_plan
from tests.watching import leftovers

pytestmark = pytest.mark.slow

SLOW = toy_lineup(animator="tests.rogues:SlowAnimator")
Item = Event | Live


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_PAUSE", "2")


def drifting(library: Path, shots: int = 1) -> Path:
    """Return a reel whose first shot fails once."""
    plan = toy_plan(shots)
    first = msgspec.structs.replace(plan.shots[0], prompt=f"{plan.shots[0].prompt} [fail*2 CAMERA_IGNORED]")
    return new_reel(library, plan=msgspec.structs.replace(plan, shots=(first, *plan.shots[1:])))


def said(root: Path, kind: Kind, shot: int, take: int | None = None, **more: object) -> None:
    """Write a decision the way a face does."""
    snapshot = read_snapshot(root)
    assert snapshot.plan is not None
    content = clip_content(snapshot.plan.shots[snapshot.plan.position(shot)])
    seen = more.pop("seen", "")
    if take is not None:
        clip = next(one.clip for one in snapshot.takes[shot] if one.number == take)
        assert clip.receipt is not None
        assert clip.receipt.main is not None
        seen = clip.receipt.main.sha256
    number = len(snapshot.decisions)
    say_decision(root, Decision(f"d{number}", kind, NOW, shot=shot, take=take, content=content, seen=str(seen), **more))


def watch(
    root: Path, act: Callable[[Item], None], lineup: Lineup = SLOW, control: Callable[[], Wish] = lambda: Wish.GO
) -> tuple[Runner, list[Event]]:
    """Play a reel and show every item to `act`; return the run and its events."""
    runner = Runner(root, lineup, load_wording(), verb="test", control=control)
    told: list[Event] = []
    for item in runner.run():
        if isinstance(item, Event):
            told.append(item)
        act(item)
    return runner, told


def once(when: Callable[[Item], bool], what: Callable[[], None]) -> Callable[[Item], None]:
    """Return an `act` that does something the first time that `when` holds."""
    left = [what]

    def act(item: Item) -> None:
        if left and when(item):
            left.pop()()

    return act


def rendering(step: str, fraction: float = 0.2) -> Callable[[Item], bool]:
    return lambda item: isinstance(item, Live) and any(b.step == step and b.fraction > fraction for b in item.running)


def dropped(told: list[Event]) -> list[tuple[str, str]]:
    return [(event.step, event.message) for event in told if event.event is Happened.STEP_DROPPED]


SECOND = "shots/00/takes/002/clip"


def test_an_approval_while_the_shot_is_retaken_stops_the_retake(library: Path) -> None:
    root = drifting(library)
    act = once(rendering(SECOND), lambda: said(root, Kind.APPROVE, 0, 1))
    runner, told = watch(root, act)
    assert runner.outcome == "done"
    assert dropped(told) == [(SECOND, "no longer wanted")]
    assert SECOND not in made(told)
    _, now = board(root)
    assert (now.shots[0].ships, now.shots[0].why_ships) == (1, "approved")
    assert leftovers(root) == []
    pids = {event.data["pid"] for event in told if event.event is Happened.LOADED and "animator" in event.message}
    assert len(pids) == 1, "the animator stayed loaded"


def test_a_rejection_while_the_shot_is_retaken_steers_the_take_after_it(library: Path) -> None:
    root = drifting(library)
    words = "slower, please"
    act = once(rendering(SECOND), lambda: said(root, Kind.REJECT, 0, 1, labels=(Label.OBJECT_MORPHING,), note=words))
    runner, told = watch(root, act)
    assert runner.outcome == "done"
    assert dropped(told) == [], "the take in hand is still one more take"
    third = read_snapshot(root).takes[0][2].clip.receipt
    assert third is not None
    assert third.request is not None
    assert words in third.request.prompt  # type: ignore[union-attr]
    assert third.request.flow_shift == 4.0, "OBJECT_MORPHING lowers it from the hero's 5"  # type: ignore[union-attr]


def test_an_edit_of_the_words_being_rendered_drops_them_and_renders_the_new(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(2))
    first = "shots/00/takes/001/clip"
    new = "Pan left. Aiko stands still. shot on 35mm film"
    runner, told = watch(root, once(rendering(first), lambda: edit(root, prompt={0: new})))
    assert runner.outcome == "done"
    assert dropped(told)[0][0] == first
    clip = read_snapshot(root).takes[0][0].clip.receipt
    assert clip is not None
    assert clip.request is not None
    assert clip.request.prompt == new  # type: ignore[union-attr]
    assert made(told).count(first) == 1


def test_an_edit_of_a_line_leaves_the_clip_in_hand_alone(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    clip = "shots/00/takes/001/clip"
    runner, told = watch(root, once(rendering(clip), lambda: edit(root, narration={0: "Another line."})))
    assert runner.outcome == "done"
    assert dropped(told) == []
    line = read_snapshot(root).artifacts["shots/00/narration"].receipt
    assert line is not None
    assert line.request is not None
    assert line.request.text == "Another line."  # type: ignore[union-attr]


def test_what_could_not_be_made_is_tried_again_once_its_words_are_changed(library: Path) -> None:
    plan = toy_plan(2)
    broken = msgspec.structs.replace(plan.shots[0], prompt="Pan left. Aiko sits. [raise] shot on 35mm film")
    root = new_reel(library, plan=msgspec.structs.replace(plan, shots=(broken, plan.shots[1])))
    good = "Pan left. Aiko sits. shot on 35mm film"

    def failed_for_good(item: Item) -> bool:
        return isinstance(item, Event) and item.event is Happened.STEP_FAILED and bool(item.data["final"])

    runner, _ = watch(root, once(failed_for_good, lambda: edit(root, prompt={0: good})))
    assert runner.outcome == "done"


def test_a_wish_said_while_the_shot_renders_is_for_the_take_after_it(library: Path) -> None:
    root = drifting(library)
    assert play(root, SLOW, hosts=True)[0] == "done"

    def wish() -> None:
        snapshot, now = board(root)
        say_decision(root, retake(snapshot, now, Stamp("w", NOW), 0, "make her smile"))

    snapshot, now = board(root)
    say_decision(root, retake(snapshot, now, Stamp("first", NOW), 0))
    fourth = "shots/00/takes/004/clip"
    runner, _ = watch(root, once(rendering(fourth), wish))
    assert runner.outcome == "done"
    fifth = read_snapshot(root).takes[0][4].clip.receipt
    assert fifth is not None
    assert fifth.request is not None
    assert "make her smile" in fifth.request.prompt  # type: ignore[union-attr]


def test_back_and_forth_in_one_run_is_no_mistake(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(2))
    words = iter(["jazz", "calm piano, 80 BPM"] * 3)

    def act(item: Item) -> None:
        music = isinstance(item, Event) and item.step == "music"
        if music and item.event in (Happened.STEP_DONE, Happened.RESTORED):  # type: ignore[union-attr]
            word = next(words, None)
            if word is not None:
                edit(root, music_style=word)

    runner, _ = watch(root, act, lineup=toy_lineup())
    assert runner.outcome == "done"


def test_a_bad_edit_while_it_runs_is_refused_and_the_work_goes_on(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    clip = "shots/00/takes/001/clip"
    runner, told = watch(root, once(rendering(clip), lambda: (root / "plan.json").write_text("{") and None))
    assert runner.outcome == "done"
    assert [event.event for event in told].count(Happened.PLAN_REFUSED) == 1
    assert dropped(told) == []


@pytest.mark.parametrize(
    ("wish", "outcome", "finished"),
    [
        (Wish.PAUSE, "paused", True),
        (Wish.HOLD, "paused", False),
        (Wish.CANCEL, "cancelled", False),
        (Wish.STOP, "interrupted", False),
    ],
)
def test_pause_finishes_the_step_in_hand_and_the_others_drop_it(
    library: Path, wish: Wish, outcome: str, finished: bool
) -> None:
    root = new_reel(library, plan=toy_plan(2))
    clip = "shots/00/takes/001/clip"
    wishes = [Wish.GO]
    runner, told = watch(root, once(rendering(clip), lambda: wishes.append(wish)), control=lambda: wishes[-1])
    assert runner.outcome == outcome
    assert told[-1].event is Happened.RUN_ENDED
    assert told[-1].data["outcome"] == outcome
    assert (clip in made(told)) is finished
    assert "shots/01/takes/001/clip" not in made(told)
    assert [step for step, _ in dropped(told)] == ([] if finished else [clip])
    assert leftovers(root) == []
    again, events = play(root, hosts=True)
    assert again == "done"
    assert (clip in made(events)) is not finished, "what was finished is not made again"


def test_what_is_going_on_is_told_at_least_every_second(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    moments = []

    def act(item: Item) -> None:
        if isinstance(item, Live):
            moments.append(item)

    watch(root, act)
    clip = [item for item in moments if item.step == "shots/00/takes/001/clip"]
    assert {beside.doing for item in moments for beside in item.running} >= {"loading", "working"}
    assert any(0 < item.fraction < 1 for item in clip)
    for item in moments:
        assert item.eta is not None
        assert item.eta_low is not None
        assert item.eta_high is not None
        assert item.eta_low <= item.eta <= item.eta_high


def test_takes_that_were_judged_stay_what_they_are(library: Path) -> None:
    root = drifting(library)
    assert play(root, SLOW, hosts=True)[0] == "done"
    _, now = board(root)
    states = [judged.state for judged in now.shots[0].takes]
    assert states == [TakeState.FAILED, TakeState.FAILED, TakeState.PASSED]


def closing(items: Iterator[Item]) -> None:
    getattr(items, "close", lambda: None)()


def test_closing_the_run_leaves_nothing_half_and_nobody_behind(library: Path) -> None:
    root = new_reel(library, plan=toy_plan(1))
    items = Runner(root, SLOW, load_wording(), verb="test").run()
    for item in items:
        if rendering("shots/00/takes/001/clip")(item):
            break
    closing(items)
    assert leftovers(root) == []
    assert play(root, hosts=True)[0] == "done"
