"""The queue on disk: every change is whole or not at all, nobody's entry is lost, hostile files are harmless."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.errors import BadInput, DiskTrouble, ReelError, TryAgain
from core.film.settings import Settings
from core.folder import layout, queue, shared
from core.folder.library import create_reel, list_reels, locate
from core.folder.lock import Lock
from core.folder.queue import (
    Entry,
    Held,
    Queue,
    ReelKey,
    add,
    change_queue,
    enqueue,
    entry_of,
    hold,
    leave_queue,
    move,
    pause,
    read_queue,
    release,
    remove,
    unpause,
)
from core.folder.snapshot import read_reel
from core.worker.daemon import libraries as registry
from core.worker.daemon.libraries import libraries, register
from tests.crashing import watch
from tests.forking import ended, fork

NOW = "2026-01-01T00:00:00.000Z"
LATER = "2026-01-01T00:00:01.000Z"


def key(name: str) -> ReelKey:
    return ReelKey(f"id-{name}", name)


def queue_of(names: str) -> Queue:
    found = Queue()
    for name in names:
        found = add(found, key(name), now=NOW)
    return found


def names(found: Queue) -> str:
    return "".join(entry.name for entry in found.reels)


def new_reel(library: Path, name: str) -> Path:
    return create_reel(library, "Aiko walks", Settings(width=64, height=64, shots=1), name=name, now=NOW).resolve()


@pytest.fixture
def shelf(library: Path) -> Path:
    """A library that is there."""
    library.mkdir(parents=True)
    return library


# --- changes, without any file ----------------------------------------------------------------------------------


def test_what_is_added_comes_last_and_stays_where_it_is_when_added_again() -> None:
    found = queue_of("abc")
    again = add(hold(found, key("b"), Held.PAUSED), key("b"), now=LATER)
    assert names(again) == "abc"
    assert again.entry(key("b")) == Entry("b", "id-b", NOW, held=Held.PAUSED, asked=LATER)
    assert [found.place(key(name)) for name in "abcd"] == [1, 2, 3, None]


@pytest.mark.parametrize(
    ("name", "where", "after"),
    [
        ("c", "up", "acbd"),
        ("c", "down", "abdc"),
        ("c", "top", "cabd"),
        ("a", "bottom", "bcda"),
        ("a", "up", "abcd"),
        ("d", "down", "abcd"),
        ("a", "3", "bcad"),
        ("d", "1", "dabc"),
        ("b", "2", "abcd"),
    ],
)
def test_a_move_changes_one_reels_place(name: str, where: str, after: str) -> None:
    assert names(move(queue_of("abcd"), key(name), where)) == after


@pytest.mark.parametrize("where", ["0", "5", "-1", "first", "", "²", "99999999999999999999", "\x1b[2J"])
def test_a_place_that_is_none_is_refused(where: str) -> None:
    with pytest.raises(BadInput) as caught:
        move(queue_of("abcd"), key("a"), where)
    assert caught.value.remedy
    assert "\x1b" not in str(caught.value)


def test_holding_and_releasing() -> None:
    found = hold(queue_of("ab"), key("a"), Held.PAUSED, drop=True)
    entry = found.entry(key("a"))
    assert entry is not None
    assert (entry.held, entry.drop) == ("paused", True)
    assert release(found, key("a")) == queue_of("ab")
    assert names(remove(found, key("a"))) == "b"
    assert pause(found).paused
    assert unpause(pause(found)) == found


@pytest.mark.parametrize(
    "change",
    [remove, release, lambda found, it: move(found, it, "up"), lambda found, it: hold(found, it, Held.PAUSED)],
)
def test_a_reel_that_is_not_there_cannot_be_changed(change: Callable[[Queue, ReelKey], Queue]) -> None:
    for absent in (key("x"), ReelKey("id-a", "a-copy"), ReelKey("another", "a")):
        with pytest.raises(BadInput, match="is not in the queue") as caught:
            change(queue_of("ab"), absent)
        assert caught.value.remedy


@pytest.mark.parametrize("bad", [ReelKey("", "a"), ReelKey("x" * 101, "a"), ReelKey("i", ".a"), ReelKey("i", "a/b")])
def test_what_could_not_be_read_back_is_not_added(bad: ReelKey) -> None:
    with pytest.raises(BadInput, match="cannot be queued"):
        add(Queue(), bad, now=NOW)


def test_a_queue_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MAX_REELS", 2)
    with pytest.raises(BadInput, match="full"):
        queue_of("abc")


# --- the file ---------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_back(shelf: Path) -> None:
    assert read_queue(shelf) == Queue()
    odd = add(queue_of("ab"), ReelKey("1", os.fsdecode(b"no \xff utf-8 \xe2\x9c\x93")), now=NOW)
    wanted = pause(hold(odd, key("a"), Held.INTERRUPTED, drop=True))
    assert change_queue(shelf, lambda _: wanted) == wanted
    assert read_queue(shelf) == wanted
    assert sorted(os.listdir(shelf)) == [".queue.json", ".queue.lock"]
    assert list_reels(shelf) == ()


def test_the_largest_queue_can_be_read_back(shelf: Path) -> None:
    entry = Entry("\N{GRINNING FACE}" * 63, "\N{GRINNING FACE}" * 100, NOW, Held.INTERRUPTED, True, NOW)
    size = len(json.dumps(msgspec.to_builtins(entry), indent=1)) + 40
    assert size * queue.MAX_REELS < shared.MAX_BYTES


def test_nothing_is_written_where_nothing_changed_or_the_change_is_refused(shelf: Path) -> None:
    change_queue(shelf, lambda _: queue_of("ab"))
    before = os.stat(shelf / ".queue.json")
    change_queue(shelf, lambda found: found)
    with pytest.raises(BadInput):
        change_queue(shelf, lambda found: remove(found, key("x")))
    after = os.stat(shelf / ".queue.json")
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def entry(**changes: object) -> dict[str, object]:
    return {"name": "a", "id": "1", "added": NOW, **changes}


def stored(*reels: object, **changes: object) -> bytes:
    return json.dumps({"paused": False, "reels": reels, "schema": 1, **changes}).encode()


HOSTILE = {
    "empty": b"",
    "not json": b"\x1b]0;x\x07{",
    "torn": stored(entry())[:-9],
    "not utf-8": b"\xff\xfe",
    "deep": b"[" * 100_000,
    "a number": b"1" * 10_000,
    "a list": b"[]",
    "no schema": b'{"paused": false, "reels": []}',
    "schema true": stored(schema=True),
    "schema -1": stored(schema=-1),
    "paused is a word": stored(paused="no"),
    "reels is null": stored(None),
    "a field more": stored(**{"\x1b[31mfield": 1}),
    "a name that leads out": stored(entry(name="../../etc")),
    "an absolute name": stored(entry(name="/etc")),
    "a hidden name": stored(entry(name=".")),
    "a name with a NUL": stored(entry(name="a\0b")),
    "a long name": stored(entry(name="x" * 300)),
    "no id": stored(entry(id="")),
    "an unknown hold": stored(entry(held="\x1b[31mfor ransom")),
    "a command": stored(entry(run="rm -rf")),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_a_damaged_file_is_empty_with_a_warning_and_kept_aside_by_the_next_change(shelf: Path, data: bytes) -> None:
    (shelf / ".queue.json").write_bytes(data)
    for _ in range(2):
        found = read_queue(shelf)
        assert (found.reels, found.paused) == ((), False)
        assert "is damaged" in found.warning
        assert "\x1b" not in found.warning
    assert (shelf / ".queue.json").read_bytes() == data, "looking changes nothing"
    with pytest.raises(BadInput, match="not in the queue"):
        change_queue(shelf, lambda now: remove(now, key("a")))
    assert (shelf / ".queue.json").read_bytes() == data
    changed = change_queue(shelf, lambda now: add(now, key("a"), now=NOW))
    assert "kept as .queue.damaged-1.json" in changed.warning
    assert (shelf / ".queue.damaged-1.json").read_bytes() == data
    assert read_queue(shelf) == queue_of("a")


def test_damage_never_overwrites_what_was_kept_before(shelf: Path) -> None:
    for number in (1, 2):
        (shelf / ".queue.json").write_bytes(b"%d" % number)
        change_queue(shelf, lambda now: add(now, key("a"), now=NOW))
        assert (shelf / f".queue.damaged-{number}.json").read_bytes() == b"%d" % number


def test_the_same_reel_twice_counts_once(shelf: Path) -> None:
    (shelf / ".queue.json").write_bytes(stored(entry(), entry(id="2"), entry(held="paused")))
    assert read_queue(shelf).reels == (Entry("a", "1", NOW), Entry("a", "2", NOW))


def _link(path: Path) -> None:
    (path.parent / "elsewhere").write_bytes(stored(entry()))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize("make", [_link, os.mkfifo, os.mkdir], ids=["a link", "a pipe", "a folder"])
def test_what_is_no_plain_file_is_not_followed_nor_waited_for(shelf: Path, make: Callable[[Path], None]) -> None:
    make(shelf / ".queue.json")
    assert "is damaged" in read_queue(shelf).warning
    change_queue(shelf, lambda now: add(now, key("b"), now=NOW))
    assert names(read_queue(shelf)) == "b"
    assert os.path.lexists(shelf / ".queue.damaged-1.json")


def test_a_huge_file_is_not_read(shelf: Path) -> None:
    with (shelf / ".queue.json").open("wb") as file:
        file.truncate(1 << 40)
    assert "1,099,511,627,776 bytes" in read_queue(shelf).warning


def test_the_file_of_a_newer_reeltui_is_left_alone(shelf: Path) -> None:
    (shelf / ".queue.json").write_bytes(data := stored(schema=2, more=1))
    assert "schema 2 is not known here" in read_queue(shelf).warning
    with pytest.raises(BadInput, match="schema 2"):
        change_queue(shelf, pause)
    assert (shelf / ".queue.json").read_bytes() == data


def test_a_library_that_is_gone_says_so_and_is_not_made(library: Path) -> None:
    assert "is gone" in read_queue(library).warning
    with pytest.raises(BadInput, match="there is no library"):
        change_queue(library, pause)
    assert not library.exists()


# --- disks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "says"), [(errno.ENOSPC, "disk is full"), (errno.EROFS, "read-only"), (errno.EIO, "reported an error")]
)
@pytest.mark.parametrize("call", ["write", "fsync", "rename", "open"])
def test_a_failing_disk_leaves_the_queue_as_it_was(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, says: str
) -> None:
    change_queue(shelf, lambda _: queue_of("ab"))
    real = getattr(os, call)

    def fails(*args: Any, **options: Any) -> Any:
        if call == "open" and not args[1] & os.O_CREAT:
            return real(*args, **options)
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fails)
        with pytest.raises(DiskTrouble, match=says) as caught:
            change_queue(shelf, pause)
    assert caught.value.remedy
    assert read_queue(shelf) == queue_of("ab")
    assert sorted(os.listdir(shelf)) == [".queue.json", ".queue.lock"]
    assert change_queue(shelf, pause).paused, "the lock was given back"


def test_a_queue_that_cannot_be_read_now_is_not_overwritten(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_queue(shelf, lambda _: queue_of("ab"))
    real = os.open

    def fails(path: Any, flags: int, *rest: Any, **options: Any) -> int:
        if str(path).endswith(".queue.json"):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path, flags, *rest, **options)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", fails)
        assert "cannot read" in read_queue(shelf).warning
        with pytest.raises(DiskTrouble, match="cannot read"):
            change_queue(shelf, pause)
    assert read_queue(shelf) == queue_of("ab")


# --- several at once, and kills -----------------------------------------------------------------------------------


def test_two_processes_change_it_two_hundred_times_and_lose_nothing(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # this is about each other, not about the disk

    def work(who: str) -> None:
        for number in range(200):
            change_queue(shelf, lambda now, n=number: add(now, ReelKey(f"{who}{n}", f"{who}{n}"), now=NOW))  # type: ignore[misc]

    children = [fork(lambda who=who: work(who)) for who in "ab"]  # type: ignore[misc]
    assert [ended(child) for child in children] == [0, 0]
    found = read_queue(shelf)
    for who in "ab":
        mine = [entry.name for entry in found.reels if entry.name.startswith(who)]
        assert mine == [f"{who}{number}" for number in range(200)]
    assert sorted(os.listdir(shelf)) == [".queue.json", ".queue.lock"]


def test_a_lock_that_stays_taken_is_told(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "PATIENCE", 0.0)
    with Lock(shelf / ".queue.lock", verb="queue", now=NOW), pytest.raises(TryAgain) as caught:
        change_queue(shelf, pause)
    assert caught.value.remedy
    assert read_queue(shelf) == Queue()


def killed_at(number: int, change: Callable[[], object]) -> bool:
    """Do a change in a child that dies at its `number`-th durable operation; tell whether it died. A write is killed
    half done."""
    real_write = os.write

    def strike(name: str, count: int, args: tuple[Any, ...]) -> None:
        if count == number:
            if name == "write":
                real_write(args[0], args[1][: len(args[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        watch(strike)
        change()

    code = ended(fork(work))
    assert code in (0, -signal.SIGKILL)
    return code != 0


@pytest.mark.parametrize("damaged", [False, True], ids=["a whole file", "a damaged file"])
def test_killed_at_every_durable_operation_it_is_the_old_or_the_new_one(
    shelf: Path, damaged: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # a killed process loses nothing the kernel has
    old, new = (Queue() if damaged else queue_of("ab")), pause(queue_of("bca"))
    seen, number = set(), 0
    while True:
        number += 1
        shutil.rmtree(shelf)
        shelf.mkdir()
        change_queue(shelf, lambda _: queue_of("ab"))
        if damaged:
            (shelf / ".queue.json").write_bytes(b"{")
        died = killed_at(number, lambda: change_queue(shelf, lambda _: new))
        found = read_queue(shelf)
        if damaged and found.warning:
            found = msgspec.structs.replace(found, warning="")
        assert found in (old, new), f"at operation {number}"
        seen.add(found == new)
        assert names(change_queue(shelf, lambda now: add(now, key("z"), now=NOW))) == names(found) + "z"
        kept = {name for name in os.listdir(shelf) if not name.startswith(".queue.damaged-")}
        assert kept == {".queue.json", ".queue.lock"}, "the next change sweeps the half of a file away"
        if damaged:
            assert (shelf / ".queue.damaged-1.json").read_bytes() == b"{"
        if not died:
            break
    assert seen == {False, True}
    assert number > 6, "the operations were not seen"


# --- reels and their entries ------------------------------------------------------------------------------------


def test_a_reel_asked_for_twice_keeps_its_place_and_is_let_go(library: Path) -> None:
    one, two = new_reel(library, "one"), new_reel(library, "two")
    first = enqueue(one, now=NOW)
    assert (first.place, first.fresh, first.was) == (1, True, Held.NO)
    assert enqueue(two, now=NOW).place == 2
    change_queue(library, lambda now: hold(now, first.entry.key, Held.PAUSED, drop=True))
    again = enqueue(one, now=LATER, let_go=False)
    assert (again.place, again.fresh, again.was, again.entry.held) == (1, False, Held.PAUSED, Held.PAUSED)
    freed = enqueue(one, now=LATER)
    assert (freed.place, freed.fresh, freed.was) == (1, False, Held.PAUSED)
    assert (freed.entry.held, freed.entry.drop) == (Held.NO, False)
    assert read_queue(library).reels == (freed.entry, Entry("two", read_reel(two).id, NOW))


def test_a_reel_asked_for_while_its_worker_lets_go_of_it_stays(library: Path) -> None:
    root = new_reel(library, "walk")
    taken = enqueue(root, now=NOW).entry
    asked = enqueue(root, now=LATER).entry
    assert not leave_queue(library, taken), "an approval given in this moment would be forgotten"
    assert read_queue(library).reels == (asked,)
    assert leave_queue(library, asked)
    assert read_queue(library).reels == ()
    assert leave_queue(library, asked), "a cancelled reel has left already"


def test_a_hold_does_not_keep_a_finished_reel(library: Path) -> None:
    taken = enqueue(new_reel(library, "walk"), now=NOW).entry
    change_queue(library, lambda now: hold(now, taken.key, Held.PAUSED))
    assert leave_queue(library, taken)
    assert read_queue(library).reels == ()


def test_a_renamed_folder_is_found_by_its_id_and_a_deleted_one_is_gone(library: Path) -> None:
    for name in ("one", "two", "three"):
        enqueue(new_reel(library, name), now=NOW)
    found = read_queue(library)
    one, two, three = found.reels
    shutil.rmtree(library / "one")
    (library / "two").rename(library / "zwei")
    assert locate(library, found) == {two: library / "zwei", three: library / "three"}
    assert entry_of(found, library / "zwei") == two
    assert enqueue(library / "zwei", now=LATER).place == 2
    cards = {card.name: card.queue for card in list_reels(library)}
    assert cards == {"zwei": 2, "three": 3}
    assert one not in locate(library, found)


def test_another_reel_in_the_place_of_a_deleted_one_is_not_it(library: Path) -> None:
    enqueue(new_reel(library, "walk"), now=NOW)
    shutil.rmtree(library / "walk")
    new = new_reel(library, "walk")
    found = read_queue(library)
    assert locate(library, found) == {}
    assert entry_of(found, new) is None
    assert [card.queue for card in list_reels(library)] == [None]
    assert enqueue(new, now=LATER).place == 2


def test_a_copied_folder_is_another_reel(library: Path) -> None:
    walk = new_reel(library, "walk")
    enqueue(walk, now=NOW)
    copy = library / "walk-2"
    shutil.copytree(walk, copy)
    assert entry_of(read_queue(library), copy) is None
    assert (enqueue(copy, now=NOW).fresh, enqueue(walk, now=NOW).place) == (True, 1)
    first, second = read_queue(library).reels
    assert locate(library, read_queue(library)) == {first: walk, second: copy}
    shutil.rmtree(walk)
    assert locate(library, read_queue(library)) == {second: copy}


def test_a_reel_whose_reel_toml_is_broken_is_not_gone(library: Path) -> None:
    root = new_reel(library, "walk")
    entry = enqueue(root, now=NOW).entry
    (root / layout.REEL_FILE).write_text("{{{")
    assert locate(library, read_queue(library)) == {entry: root}
    assert entry_of(read_queue(library), root) == entry
    assert [(card.state, card.queue) for card in list_reels(library)] == [("broken", 1)]
    with pytest.raises(BadInput):
        enqueue(root, now=NOW)


def test_a_link_in_the_place_of_a_reel_is_not_followed(library: Path, tmp_path: Path) -> None:
    root = new_reel(library, "walk")
    enqueue(root, now=NOW)
    root.rename(tmp_path / "moved out")
    root.symlink_to(tmp_path / "moved out")
    assert locate(library, read_queue(library)) == {}


def test_the_place_and_the_hold_are_on_the_card(library: Path) -> None:
    for name in ("one", "two", "three"):
        enqueue(new_reel(library, name), now=NOW)
    two = read_queue(library).reels[1].key
    change_queue(library, lambda now: move(hold(now, two, Held.PAUSED), two, "top"))
    change_queue(library, lambda now: remove(now, now.reels[2].key))
    cards = {card.name: (card.queue, card.held) for card in list_reels(library)}
    assert cards == {"two": (1, "paused"), "one": (2, ""), "three": (None, "")}


# --- the libraries of this machine ------------------------------------------------------------------------------


def test_libraries_are_registered_once_and_those_that_are_gone_left_out(tmp_path: Path) -> None:
    assert libraries() == ()
    places = [tmp_path / "one", tmp_path / os.fsdecode(b"two \xff"), tmp_path / "three"]
    for place in places:
        place.mkdir()
        assert register(place) == ""
    register(tmp_path / "x" / ".." / "one")
    assert libraries() == tuple(places)
    places[2].rmdir()
    assert libraries() == tuple(places[:2])
    places[2].mkdir()
    assert libraries() == tuple(places), "a disk that comes back is served again"
    with pytest.raises(BadInput, match="there is no library"):
        register(tmp_path / "nothing")


def test_many_processes_register_at_once(tmp_path: Path) -> None:
    places = [tmp_path / str(number) for number in range(8)]
    for place in places:
        place.mkdir()
    children = [fork(lambda place=place: register(place)) for place in places]  # type: ignore[misc]
    assert [ended(child) for child in children] == [0] * 8
    assert sorted(libraries()) == places


def test_a_long_registry_forgets_what_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_MANY", 3)
    places = [tmp_path / str(number) for number in range(5)]
    for place in places:
        place.mkdir()
    for place in places[:3]:
        register(place)
    places[1].rmdir()
    register(places[3])
    assert libraries() == (places[0], places[2], places[3])
    register(places[4])
    assert libraries() == (places[0], places[2], places[3], places[4]), "one that is there is never forgotten"
    places[1].mkdir()
    assert places[1] not in libraries()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"libraries": [5], "schema": 1}', b"[" * 100_000])
def test_a_damaged_registry_is_told_and_kept_aside(tmp_path: Path, data: bytes) -> None:
    register(tmp_path)
    place = tmp_path / "state/reeltui/worker/libraries.json"
    place.write_bytes(data)
    with pytest.raises(BadInput, match="is damaged") as caught:
        libraries()
    assert caught.value.remedy
    assert "kept as libraries.damaged-1.json" in register(tmp_path)
    assert place.with_name("libraries.damaged-1.json").read_bytes() == data
    assert libraries() == (tmp_path,)


def test_a_registry_cannot_name_what_is_no_path(tmp_path: Path) -> None:
    register(tmp_path)
    place = tmp_path / "state/reeltui/worker/libraries.json"
    place.write_text(json.dumps({"libraries": ["a\0b", "relative", "", str(tmp_path)], "schema": 1}))
    assert libraries() == (tmp_path,)


def test_a_full_disk_at_registering_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(ReelError, match="the disk is full"):
        register(tmp_path)
    assert libraries() == ()
