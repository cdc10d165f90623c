"""Which reel is taken next, over several libraries, and what the queue wants of one that runs."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.folder.queue import Entry, Held, Queue, ReelKey, hold, move, pause, remove
from core.pipeline.queueing import Turn, in_order, pick, positions, wish_for


def queue(*reels: str) -> Queue:
    """Return a queue of reels said as "name@added"."""
    pairs = [reel.split("@") for reel in reels]
    return Queue(reels=tuple(Entry(name, f"id-{name}", f"2026-01-01T{added}:00Z") for name, added in pairs))


def key(name: str) -> ReelKey:
    return ReelKey(f"id-{name}", name)


def names(turns: tuple[Turn, ...]) -> str:
    return " ".join(turn.entry.name for turn in turns)


def facts(turns: tuple[Turn, ...], **about: dict[str, bool]) -> tuple[Turn, ...]:
    return tuple(msgspec.structs.replace(turn, **about.get(turn.entry.name, {})) for turn in turns)


def picked(turns: tuple[Turn, ...]) -> str:
    turn = pick(turns)
    return turn.entry.name if turn else ""


A, B = queue("a1@10:00", "a2@12:00", "a3@14:00"), queue("b1@11:00", "b2@13:00")


def test_first_in_first_out_over_several_libraries() -> None:
    assert names(in_order({"A": A, "B": B})) == "a1 b1 a2 b2 a3"
    assert names(in_order({"B": B, "A": A})) == "a1 b1 a2 b2 a3"
    assert [(turn.library, turn.place) for turn in in_order({"A": A, "B": B})][:2] == [("A", 1), ("B", 1)]


@pytest.mark.parametrize(
    ("name", "where", "order"),
    [
        ("a3", "top", "a3 b1 a1 b2 a2"),
        ("a1", "bottom", "a2 b1 a3 b2 a1"),
        ("a3", "up", "a1 b1 a3 b2 a2"),
        ("a1", "2", "a2 b1 a1 b2 a3"),
    ],
)
def test_a_move_is_obeyed_and_costs_the_other_library_nothing(name: str, where: str, order: str) -> None:
    turns = in_order({"A": move(A, key(name), where), "B": B})
    assert names(turns) == order
    assert picked(turns) == order.split()[0]


def test_a_tie_goes_to_the_library_named_first_and_then_by_place() -> None:
    x, y = queue("x1@10:00", "x2@10:00"), queue("y1@10:00")
    assert names(in_order({"X": x, "Y": y})) == "x1 x2 y1"
    assert names(in_order({"Y": y, "X": x})) == "y1 x1 x2"


@pytest.mark.parametrize("why", ["running", "parked", "gone"])
def test_a_reel_that_cannot_be_taken_is_skipped_over(why: str) -> None:
    turns = facts(in_order({"A": A, "B": B}), a1={why: True}, b1={why: True})
    assert picked(turns) == "a2"
    assert [turn.state for turn in turns][:3] == [{"parked": "waiting"}.get(why, why)] * 2 + ["queued"]


def test_held_reels_and_paused_queues_are_skipped_over() -> None:
    held = hold(hold(A, key("a1"), Held.PAUSED), key("a2"), Held.INTERRUPTED)
    turns = in_order({"A": held, "B": pause(B)})
    assert picked(turns) == "a3"
    assert [turn.state for turn in turns] == ["paused", "paused", "interrupted", "paused", "queued"]
    assert picked(in_order({"A": pause(A)})) == ""
    assert picked(in_order({})) == ""


def test_a_held_reel_runs_on_until_its_step_is_done() -> None:
    turns = facts(in_order({"A": hold(A, key("a1"), Held.PAUSED)}), a1={"running": True})
    assert turns[0].state == "running"


def test_positions_count_only_what_can_be_taken() -> None:
    turns = facts(in_order({"A": hold(A, key("a2"), Held.PAUSED), "B": B}), a1={"running": True})
    assert positions(turns) == {("B", key("b1")): 1, ("B", key("b2")): 2, ("A", key("a3")): 3}


moments = st.integers(0, 99).map(lambda minute: f"10:{minute:02d}")


@given(
    st.dictionaries(st.sampled_from("ABC"), st.lists(moments, max_size=6), max_size=3),
    st.data(),
)
def test_every_order_keeps_every_librarys_own_order_and_all_its_reels(
    libraries: dict[str, list[str]], data: st.DataObject
) -> None:
    queues = {lib: queue(*(f"{lib}{n}@{at}" for n, at in enumerate(times))) for lib, times in libraries.items()}
    turns = in_order(queues)
    for library, found in queues.items():
        mine = [turn.entry for turn in turns if turn.library == library]
        assert mine == list(found.reels)
    assert len(turns) == sum(len(found.reels) for found in queues.values())
    full = [library for library, found in queues.items() if len(found.reels) > 1]
    if full:
        library = data.draw(st.sampled_from(full))
        entry = data.draw(st.sampled_from(queues[library].reels))
        moved = in_order({**queues, library: move(queues[library], entry.key, "top")})
        pattern = [turn.library for turn in turns]
        assert [turn.library for turn in moved] == pattern, "the other libraries have the turns they had"
        assert next(turn for turn in moved if turn.library == library).entry == entry


def test_what_the_queue_wants_of_a_reel_that_runs() -> None:
    assert wish_for(A, "id-a1") == "go"
    assert wish_for(pause(A), "id-a1") == "go", "a paused queue takes nothing further, and stops nothing"
    assert wish_for(hold(A, key("a1"), Held.PAUSED), "id-a1") == "pause"
    assert wish_for(hold(A, key("a1"), Held.PAUSED, drop=True), "id-a1") == "drop"
    assert wish_for(remove(A, key("a1")), "id-a1") == "cancel"
    assert wish_for(Queue(), "id-a1") == "cancel"


def test_a_queue_that_cannot_be_read_stops_nothing() -> None:
    assert wish_for(Queue(warning="the disk reported an error"), "id-a1") == "go"


def test_a_copy_in_the_queue_does_not_keep_a_cancelled_reel_running() -> None:
    both = Queue(reels=(*queue("walk@10:00").reels, Entry("copy", "id-walk", "2026-01-01T11:00:00Z")))
    assert wish_for(both, "id-walk", "walk") == "go"
    assert wish_for(remove(both, key("walk")), "id-walk", "walk") == "cancel"
    held = hold(both, ReelKey("id-walk", "copy"), Held.PAUSED)
    assert (wish_for(held, "id-walk", "walk"), wish_for(held, "id-walk", "copy")) == ("go", "pause")
