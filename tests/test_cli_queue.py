"""The verbs queue, pause and cancel as a person types them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.event import Event, Happened, Live
from core.film.settings import Settings
from core.folder import layout
from core.folder.journal import Journal
from core.folder.library import create_reel
from core.folder.queue import Held, change_queue, enqueue, hold, read_queue
from core.worker.daemon.libraries import libraries
from tests.face import Face, face
from tests.holding import held_elsewhere
from tests.test_full_disk import mounted
from tests.watching import everything

__all__ = ["face", "mounted"]  # fixtures

NOW = "2026-01-01T00:00:00.000Z"
CLI = ("one", "two", "three")


@pytest.fixture
def reels(library: Path) -> tuple[Path, ...]:
    """Three reels that are not queued."""
    settings = Settings(width=64, height=64, shots=1)
    return tuple(create_reel(library, "Aiko walks", settings, name=name, now=NOW).resolve() for name in CLI)


@pytest.fixture
def queued(reels: tuple[Path, ...]) -> tuple[Path, ...]:
    """Three reels in the queue, in order."""
    for root in reels:
        enqueue(root, now=NOW)
    return reels


def order(library: Path) -> list[str]:
    return [entry.name for entry in read_queue(library).reels]


def rows(face: Face) -> list[Any]:
    found: list[Any] = face("queue", "--json").last["reels"]
    return found


def ended_as(root: Path, outcome: str) -> None:
    """Write what a run leaves that ended so."""
    events = Journal(root / layout.EVENTS, Event)
    if outcome == "waiting":
        events.append(Event(Happened.WAITING, time.time(), data={"gate": "plan"}))
    events.append(Event(Happened.RUN_ENDED, time.time(), phase="plan", done=1, total=9, data={"outcome": outcome}))


# --- list -------------------------------------------------------------------------------------------------------


def test_an_empty_queue_says_how_to_add(face: Face, library: Path) -> None:
    for words in (("queue",), ("queue", "list")):
        said = face(*words)
        assert said.code == 0
        assert "No reel is queued" in said.out
        assert "reeltui queue add" in said.out
    assert face("queue", "--json").last == {"library": str(library), "paused": False, "warning": "", "reels": []}
    assert not library.exists(), "looking makes nothing"


def test_a_library_that_is_a_file_has_no_queue(face: Face, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert "cannot read the library" in face("queue", "--library", str(tmp_path / "file")).refused(2)


def test_the_list_says_place_state_progress_time_left_and_who(face: Face, queued: tuple[Path, ...]) -> None:
    one, two, three = queued
    ended_as(two, "waiting")
    live = Live(time.time(), 1, "shots/00/takes/001/clip", "animate", 0.5, "", 1.0, 4, 9, eta=75.0)
    (three / layout.LIVE).write_bytes(msgspec.json.encode(live))
    with held_elsewhere(one / layout.LOCK, "worker") as child:
        (one / layout.LIVE).write_bytes(msgspec.json.encode(msgspec.structs.replace(live, pid=child)))
        found = rows(face)
        lines = face("queue").out.splitlines()
    running, waiting, last = found
    assert [row["name"] for row in found] == list(CLI)
    assert [row["place"] for row in found] == [1, 2, 3]
    assert [row["turn"] for row in found] == [None, None, 1]
    assert (running["state"], running["phase"], running["done"], running["total"]) == ("running", "animate", 4, 9)
    assert (running["eta_seconds"], running["fraction"]) == (75.0, 0.5)
    assert f"process {child} " in running["held_by"]
    assert (waiting["state"], waiting["waits_for"], waiting["held_by"]) == ("waiting", "plan", "")
    assert (last["state"], last["eta_seconds"], last["path"]) == ("queued", None, str(three)), "old live state is none"
    assert lines[0].split()[:5] == ["1", "one", "running", "animate", "4/9"]
    assert "about 1 min 15 s left" in lines[0]
    assert f"(process {child} " in lines[0]
    assert "waiting for approval of the plan" in lines[1]
    assert lines[2].split() == ["3", "three", "queued"]


def test_the_list_says_what_is_held_gone_renamed_or_broken(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    one, two, three = queued
    four = create_reel(library, "More", Settings(), name="four", now=NOW)
    entry = enqueue(four, now=NOW).entry
    change_queue(library, lambda now: hold(now, entry.key, Held.INTERRUPTED))
    shutil.rmtree(one)
    two.rename(library / "zwei")
    (three / layout.REEL_FILE).write_text("{{{")
    found = rows(face)
    assert [(row["name"], row["state"], row["turn"]) for row in found] == [
        ("one", "gone", None),
        ("zwei", "queued", 1),
        ("three", "broken", 2),
        ("four", "interrupted", None),
    ]
    assert found[0]["path"] is None
    assert found[3]["held"] == "interrupted"
    assert "reel.toml" in found[2]["problem"]
    assert face("queue").code == 0


def test_a_reel_edited_at_its_gate_is_queued_again(face: Face, queued: tuple[Path, ...]) -> None:
    ended_as(queued[0], "waiting")
    (queued[0] / layout.PLAN_FILE).write_text("{}")
    os.utime(queued[0] / layout.PLAN_FILE, (4e9, 4e9))
    assert rows(face)[0]["state"] == "queued"


def test_a_damaged_queue_is_told_and_is_empty(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    (library / ".queue.json").write_bytes(b"\x1b[31m{")
    for _ in range(2):
        said = face("queue", "--json")
        assert (said.code, said.last["reels"]) == (0, [])
        assert "is damaged" in said.err
        assert "is damaged" in said.last["warning"]
        assert "\x1b" not in said.err
    said = face("queue", "add", "two")
    assert "kept as .queue.damaged-1.json" in said.err
    assert order(library) == ["two"]
    assert face("queue").err == ""


def test_a_damaged_queue_is_told_also_where_the_command_is_refused(face: Face, library: Path) -> None:
    library.mkdir()
    (library / ".queue.json").write_text("{")
    said = face("cancel", "nobody")
    first, second = said.err.splitlines()
    assert (said.code, "is damaged" in first, "no reel 'nobody'" in second) == (2, True, True)


def test_words_from_the_queue_are_harmless_on_a_terminal(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    nasty = "a\x1b]0;owned\x07\u202eb"
    data = {"paused": False, "reels": [{"name": nasty, "id": "1", "added": NOW}], "schema": 1}
    (library / ".queue.json").write_text(json.dumps(data))
    said = face("queue")
    assert "a]0;ownedb" in said.out
    assert not set("\x1b\x07\u202e") & set(said.out + said.err)
    assert rows(face)[0]["name"] == nasty
    said = face("queue", "remove", nasty)
    assert said.code == 0
    assert not set("\x1b\x07\u202e") & set(said.out + said.err)
    assert order(library) == []


# --- add, remove, move ------------------------------------------------------------------------------------------


def test_adding_registers_the_library_and_adding_twice_says_where_it_is(
    face: Face, library: Path, reels: tuple[Path, ...]
) -> None:
    said = face("queue", "add", "two", str(reels[0]))
    assert (said.code, said.out) == (0, "two is at place 1 of the queue\none is at place 2 of the queue\n")
    assert libraries() == (library.resolve(),)
    said = face("queue", "add", "one")
    assert (said.code, said.out) == (0, "one is in the queue already, at place 2\n")
    assert face("queue", "add", "one", "three", "--json").last == [
        {"reel": "one", "place": 2, "held": "", "fresh": False},
        {"reel": "three", "place": 3, "held": "", "fresh": True},
    ]
    assert order(library) == ["two", "one", "three"]


def test_adding_a_held_reel_does_not_let_it_go(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    assert face("pause", "two").code == 0
    said = face("queue", "add", "two")
    assert "at place 2, paused; `reeltui resume two` lets it go on" in said.out
    assert read_queue(library).reels[1].held == "paused"


def test_one_unknown_reel_and_nothing_is_added(face: Face, library: Path, reels: tuple[Path, ...]) -> None:
    assert "did you mean" in face("queue", "add", "one", "twoo").refused(2)
    assert order(library) == []


def test_removing(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    shutil.rmtree(queued[0])
    assert face("queue", "remove", "one", "three", "three").code == 0, "also one whose folder is gone"
    assert order(library) == ["two"]
    assert "neither queued nor running" in face("queue", "remove", "two", "three").refused(2)
    assert order(library) == ["two"], "all or none"
    assert face("queue", "remove", "two", "--json").last == [{"reel": "two", "place": None, "held": "", "fresh": False}]


def test_a_running_reel_is_not_removed_by_accident(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    with held_elsewhere(queued[1] / layout.LOCK, "worker"):
        line = face("queue", "remove", "one", "two").refused(2)
    assert "two is running" in line
    assert "reeltui cancel two" in line
    assert order(library) == list(CLI)


@pytest.mark.parametrize(
    ("where", "after"),
    [("top", "three one two"), ("up", "one three two"), ("1", "three one two"), ("bottom", "one two three")],
)
def test_moving(face: Face, library: Path, queued: tuple[Path, ...], where: str, after: str) -> None:
    said = face("queue", "move", "three", where)
    assert said.code == 0
    assert order(library) == after.split()
    assert said.out == f"three is at place {after.split().index('three') + 1} of 3\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add",), "required: REEL"),
        (("remove",), "required: REEL"),
        (("move", "one"), "required: up|down|top|bottom|N"),
        (("move", "one", "up", "up"), "unrecognized arguments: up"),
        (("move", "one", "sideways"), "is no place"),
        (("move", "one", "0"), "there is no place 0"),
        (("move", "one", "4"), "choose one from 1 to 3"),
        (("move", "nobody", "up"), "there is no reel"),
        (("list", "one"), "takes no reel"),
        (("pause", "one"), "for one reel: reeltui pause one"),
        (("resume", "one"), "for one reel: reeltui resume one"),
        (("shuffle",), "invalid choice: 'shuffle'"),
    ],
)
def test_wrong_words_change_nothing(
    face: Face, library: Path, queued: tuple[Path, ...], words: tuple[str, ...], says: str
) -> None:
    before = read_queue(library)
    assert says in face("queue", *words).refused(2)
    assert read_queue(library) == before


# --- the whole queue --------------------------------------------------------------------------------------------


def test_pausing_the_whole_queue_and_going_on(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    with held_elsewhere(queued[0] / layout.LOCK, "worker"):
        said = face("queue", "pause")
        assert "one goes on (`reeltui pause one` holds it)" in said.out
        assert [row["state"] for row in rows(face)] == ["running", "paused", "paused"]
    assert "The queue is paused" in face("queue").out
    assert face("queue", "pause").code == 0
    face("pause", "three")
    assert "1 held reel(s) stay held" in face("queue", "resume").out
    assert [row["state"] for row in rows(face)] == ["queued", "queued", "paused"]
    assert face("queue", "pause", "--json").last["paused"] is True


# --- one reel ---------------------------------------------------------------------------------------------------


def test_pausing_a_reel_that_is_queued(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    said = face("pause", "two")
    assert said.out == "two is paused at place 2 of the queue. Go on with: reeltui resume two\n"
    assert read_queue(library).reels[1].held == "paused"
    assert face("pause", "two").code == 0
    released = enqueue(queued[1], now=NOW)
    assert released.was == "paused"
    assert [row["state"] for row in rows(face)] == ["queued"] * 3


def test_pausing_a_reel_that_a_worker_makes(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    with held_elsewhere(queued[0] / layout.LOCK, "worker"):
        assert "as soon as its step in hand is done" in face("pause", "one").out
        assert not read_queue(library).reels[0].drop
        assert face("queue").out.split("\n")[0].split()[2:6] == ["running,", "about", "to", "pause"]
        said = face("pause", "one", "--now", "--json").last
        assert said == {
            "reel": "one",
            "path": str(queued[0]),
            "place": 1,
            "held": "paused",
            "drop": True,
            "running": True,
        }
        assert "its step in hand is dropped" in face("pause", "one").out, "what was said with --now holds"
    assert read_queue(library).reels[0].drop


def test_cancelling_takes_it_out_and_says_how_to_go_on(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    with held_elsewhere(queued[0] / layout.LOCK, "worker"):
        said = face("cancel", "one")
    assert said.out == (
        "one left the queue; its step in hand is dropped; everything finished is kept. Go on with: reeltui resume one\n"
    )
    assert order(library) == ["two", "three"]
    assert queued[0].is_dir()
    assert face("cancel", "two", "--json").last == {
        "reel": "two",
        "path": str(queued[1]),
        "running": False,
        "cancelled": True,
    }
    shutil.rmtree(queued[2])
    assert "its folder is gone" in face("cancel", "three").out
    assert order(library) == []


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_a_reel_made_in_the_foreground_is_told_with_who_makes_it(
    face: Face, library: Path, reels: tuple[Path, ...], verb: str
) -> None:
    with held_elsewhere(reels[0] / layout.LOCK, "make") as child:
        line = face(verb, "one").refused(4)
    assert f"one is not in the queue; reeltui make (process {child} on " in line
    assert f"kill -INT {child}" in line
    assert not (library / ".queue.json").exists()


@pytest.mark.parametrize(("verb", "left"), [("pause", list(CLI)), ("cancel", ["two", "three"])])
def test_a_queued_reel_made_in_the_foreground_goes_on_and_that_is_told(
    face: Face, library: Path, queued: tuple[Path, ...], verb: str, left: list[str]
) -> None:
    with held_elsewhere(queued[0] / layout.LOCK, "resume") as child:
        line = face(verb, "one").refused(4)
    assert "goes on until that process ends" in line
    assert f"kill -INT {child}" in line
    assert order(library) == left


@pytest.mark.parametrize("verb", ["pause", "cancel"])
def test_a_reel_that_is_neither_queued_nor_running_is_told(face: Face, reels: tuple[Path, ...], verb: str) -> None:
    line = face(verb, "one").refused(2)
    assert "one is neither queued nor running" in line
    assert "reeltui resume one" in line
    assert "there is no reel" in face(verb, "nobody").refused(2)


def test_a_cancelled_reel_that_still_ends_is_no_foreground(face: Face, reels: tuple[Path, ...]) -> None:
    with held_elsewhere(reels[0] / layout.LOCK, "worker"):
        assert "ends in a moment" in face("cancel", "one").refused(4)


@pytest.mark.parametrize("words", [("add", "one"), ("remove", "one"), ("move", "one", "bottom"), ("pause",)])
def test_a_full_disk_is_5_and_the_queue_as_it_was(
    face: Face, library: Path, queued: tuple[Path, ...], words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    face("queue", "add", "one")
    before = read_queue(library)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        assert "the disk is full" in face("queue", *words).refused(5)
    assert read_queue(library) == before


def test_a_read_only_library_is_listed_and_not_changed(face: Face, mounted: Callable[..., Path]) -> None:
    library = mounted("size=8m")
    for name in CLI:
        enqueue(create_reel(library, "Aiko walks", Settings(), name=name, now=NOW), now=NOW)
    subprocess.run(["mount", "-o", "remount,ro", str(library)], check=True)
    here = ("--library", str(library))
    before = everything(library)
    assert [row["name"] for row in face("queue", *here, "--json").last["reels"]] == list(CLI)
    for words in (("queue", "add", "one"), ("queue", "move", "one", "down"), ("pause", "one"), ("cancel", "one")):
        assert "read-only" in face(*words, *here).refused(5)
    assert everything(library) == before


def test_the_list_of_reels_says_place_and_hold(face: Face, library: Path, queued: tuple[Path, ...]) -> None:
    face("pause", "two")
    face("cancel", "three")
    cards = {card["name"]: (card["queue"], card["held"]) for card in face("list", "--json").last}
    assert cards == {"one": (1, ""), "two": (2, "paused"), "three": (None, "")}
    lines = {line.split()[0]: line for line in face("list").out.splitlines()}
    assert "(place 1 in the queue)" in lines["one"]
    assert "(place 2 in the queue, paused)" in lines["two"]
    assert "queue" not in lines["three"]


def test_options_may_stand_anywhere(face: Face, tmp_path: Path, queued: tuple[Path, ...]) -> None:
    empty = str(tmp_path)
    for words in (
        ("queue", "--json", "--library", empty),
        ("queue", "list", "--json", "--library", empty),
        ("queue", "--json", "--library", empty, "list"),
        ("queue", "--library", empty, "list", "--json"),
    ):
        assert face(*words).last["reels"] == []
    assert face("queue", "add", "--json", "one").last[0]["place"] == 1
    assert face("queue", "--json", "add", "one", "two").last[1]["place"] == 2


@pytest.mark.parametrize("action", ["list", "add", "remove", "move", "pause", "resume"])
def test_every_action_explains_itself(face: Face, action: str) -> None:
    said = face("queue", action, "--help")
    assert said.code == 0
    assert said.out.startswith(f"usage: reeltui queue {action} ")


@pytest.mark.parametrize("verb", ["queue", "pause", "cancel"])
def test_every_verb_explains_itself_with_examples(face: Face, verb: str) -> None:
    said = face(verb, "--help")
    assert said.code == 0
    assert "examples:" in said.out


def test_the_queue_is_that_of_the_library_a_reel_lies_in(
    face: Face, library: Path, reels: tuple[Path, ...], tmp_path: Path
) -> None:
    assert face("queue", "add", str(reels[0]), "--library", str(tmp_path / "elsewhere")).code == 0
    assert order(library) == ["one"]
    said = face("pause", str(reels[0]), "--library", str(tmp_path / "elsewhere"))
    assert said.code == 0
    assert read_queue(library).reels[0].held == "paused"
