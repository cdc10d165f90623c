"""Handing reels to the worker, and the queue as a person changes it: what is returned, and that no warning is lost."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.film.decision import Kind
from core.film.errors import BadInput, Locked, TryAgain
from core.film.settings import Review
from core.folder import layout
from core.folder.queue import QUEUE, Held, read_queue
from core.pipeline.board import Status
from core.worker.daemon.libraries import libraries
from core.worker.daemon.state import Running
from reeltui.acts import hand, line, opened
from reeltui.acts.resume import prepare, resume
from reeltui.acts.shelf import archive
from reeltui.acts.warned import warned, warnings_of
from tests.holding import held_elsewhere
from tests.stage import NOW, TINY, board, edit, new_reel, play
from tests.toys import toy_lineup, toy_plan

WORKER = Running(1, "here", "boot", NOW, ("cpu",), version="0.0.1")


@pytest.fixture(autouse=True)
def _toys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "engine_of", lambda settings: toy_lineup())
    monkeypatch.setattr(hand, "ensure", lambda lineup, settings, *, version: (WORKER, False))


@pytest.fixture
def root(library: Path) -> Path:
    return new_reel(library, plan=toy_plan()).resolve()


def order(library: Path) -> list[str]:
    return [entry.name for entry in read_queue(library).reels]


def test_a_reel_is_handed_over_with_its_place_and_worker(library: Path, root: Path) -> None:
    found = hand.hand_over(root)
    assert (found.line.added.place, found.line.added.fresh) == (1, True)
    assert found.engaged == hand.Engaged(WORKER, False, found.engaged.warnings)
    assert "the worker is reeltui 0.0.1, this is " in found.warnings[0]
    assert (order(library), libraries()) == ([root.name], (library.resolve(),))
    assert hand.hand_over(root).line.added.fresh is False


def test_a_reel_that_a_foreground_process_makes_is_not_queued(library: Path, root: Path) -> None:
    with held_elsewhere(root / layout.LOCK, "make"), pytest.raises(Locked, match="reeltui make"):
        hand.hand_over(root)
    assert order(library) == []
    with held_elsewhere(root / layout.LOCK, "worker"):
        assert hand.hand_over(root).line.added.place == 1


def test_a_worker_that_does_not_start_leaves_the_reel_in_the_queue(
    library: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        raise TryAgain("no process can be started")

    monkeypatch.setattr(hand, "ensure", busy)
    with pytest.raises(TryAgain):
        hand.hand_over(root)
    assert order(library) == [root.name]


def test_a_damaged_queue_is_a_warning_also_where_the_act_fails(library: Path, root: Path) -> None:
    (library / QUEUE).write_text("{")
    reel = line.meant(root.name, library)
    assert "is damaged" in reel.warnings[0]
    with pytest.raises(BadInput, match="no reel 'nobody'") as failed:
        line.meant("nobody", library)
    assert "is damaged" in warnings_of(failed.value)[0]
    assert "kept as" in line.add(root).warnings[0]
    assert line.meant(root.name, library).warnings == ()


def test_warnings_ride_on_what_ends_the_block() -> None:
    def act() -> None:
        with warned() as warnings:
            warnings.append("first")
            raise BadInput("no")

    with pytest.raises(BadInput) as failed:
        act()
    assert warnings_of(failed.value) == ("first",)
    assert warnings_of(BadInput("no")) == ()


def test_a_reel_is_paused_resumed_and_cancelled(library: Path, root: Path) -> None:
    line.add(root)
    paused = line.pause(line.meant(root.name, library), drop=True)
    assert (paused.place, paused.drop, paused.running, paused.gone) == (1, True, False, False)
    assert line.pause(line.meant(root.name, library)).drop, "what is dropped already stays dropped"
    assert line.add(root).was is Held.PAUSED
    assert resume(root).line.added.was is Held.PAUSED
    assert read_queue(library).reels[0].held is Held.NO
    cancelled = line.cancel(line.meant(root.name, library))
    assert (cancelled.root, cancelled.running, cancelled.gone) == (root, False, False)
    assert order(library) == []
    for act in (line.pause, line.cancel):
        with pytest.raises(BadInput, match="neither queued nor running"):
            act(line.meant(root.name, library))


def test_what_the_queue_has_no_say_in_is_told_as_such(library: Path, root: Path) -> None:
    line.add(root)
    with held_elsewhere(root / layout.LOCK, "resume"):
        with pytest.raises(Locked, match="is held in the queue, but goes on"):
            line.pause(line.meant(root.name, library))
        assert read_queue(library).reels[0].held is Held.PAUSED
        with pytest.raises(Locked, match="left the queue, but goes on"):
            line.cancel(line.meant(root.name, library))
    assert order(library) == []


def test_reels_are_moved_and_removed_all_or_none(library: Path) -> None:
    reels = [new_reel(library, sentence=word).resolve() for word in ("one", "two", "three")]
    for reel in reels:
        line.add(reel)
    moved = line.move(line.meant("three", library), "top")
    assert (moved.place, moved.of, order(library)) == (1, 3, ["three", "one", "two"])
    with pytest.raises(BadInput, match="no place"):
        line.move(line.meant("three", library), "aside")
    refused = pytest.raises(BadInput, match="two is running; nothing was removed")
    with held_elsewhere(reels[1] / layout.LOCK, "worker"), refused:
        line.remove([line.meant(word, library) for word in ("one", "two")])
    assert len(order(library)) == 3
    assert line.remove([line.meant(word, library) for word in ("one", "two", "one")]) == ()
    assert order(library) == ["three"]


def test_a_reel_whose_folder_is_gone_is_meant_by_its_name(library: Path, root: Path) -> None:
    line.add(root)
    root.rename(library.parent / "elsewhere")
    reel = line.meant(root.name, library)
    assert (reel.root, reel.place) == (None, library / root.name)
    assert line.cancel(reel).gone


def test_a_whole_queue_is_paused_and_goes_on(library: Path, root: Path) -> None:
    line.add(root)
    assert line.pause_all(library).paused
    assert not line.unpause_all(library).paused
    with pytest.raises(BadInput, match="no library"):
        line.pause_all(library / "nowhere")


def test_an_archived_reel_is_not_queued(library: Path, root: Path) -> None:
    away = archive(root).root
    with pytest.raises(BadInput, match="is archived") as refused:
        hand.hand_over(away)
    assert "archive" in refused.value.remedy
    assert not (away.parent / QUEUE).exists()


# --- going on -----------------------------------------------------------------------------------------------------


def test_going_on_passes_the_gate_it_waits_at(library: Path) -> None:
    root = new_reel(library, msgspec.structs.replace(TINY, review=Review.PLAN), toy_plan())
    assert play(root)[0] == "waiting"
    prepare(root)
    (said,) = board(root)[0].decisions
    assert (said.kind, said.step) == (Kind.PASS_GATE, "plan")
    assert play(root)[0] == "done"


def test_going_on_asks_for_what_is_usable_again(root: Path) -> None:
    play(root)
    edit(root, setting="a loud market")
    play(root)
    stale = [state.step.id for state in board(root)[1].steps if state.status is Status.UPSTREAM]
    assert layout.keyframe(0) in stale
    resume(root, redo=[Status.UPSTREAM])
    assert layout.keyframe(0) in [state.step.id for state in board(root)[1].due]


def test_a_refused_plan_is_not_gone_on_with_unless_the_last_good_one_will_do(library: Path, root: Path) -> None:
    play(root)
    (root / layout.PLAN_FILE).write_text("{")
    with pytest.raises(BadInput, match="the last good plan stays in force"):
        resume(root)
    assert order(library) == []
    resume(root, keep_plan=True)
    assert board(root)[0].plan_error == ""
    assert order(library) == [root.name]
