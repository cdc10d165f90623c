"""The library screen: finding, sorting, the queue from here, a new reel, duplicates, the archive."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest

from core.film.decision import Kind
from core.film.settings import Review
from core.folder import layout
from core.folder.library import create_reel
from core.folder.queue import Held, change_queue, enqueue, hold, read_queue
from core.folder.snapshot import read_reel, read_snapshot
from core.worker.daemon.state import Running
from reeltui.acts import hand
from reeltui.dialogs.confirm import Confirm
from reeltui.dialogs.new_reel import NewReel, draft_of
from reeltui.screens.base import LONGEST, QUIET
from reeltui.screens.library import LibraryScreen
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from tests.desk_driving import Seat, at_desk, toy_engine
from tests.holding import held_elsewhere
from tests.stage import NOW, TINY, new_reel, play
from tests.toys import toy_lineup, toy_plan

WORKER = Running(4711, "here", "boot", NOW, ("cpu",))
# Newest first, as the list begins.
NAMES = ("harbour", "Alpine", "bakery", "canal")


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is there already, so that none is started."""
    toy_engine()
    monkeypatch.setattr(hand, "ensure", lambda lineup, settings, *, version: (WORKER, True))


@pytest.fixture
def reels(library: Path) -> dict[str, Path]:
    """Four reels, the last two of them in the queue."""
    settings = msgspec.structs.replace(TINY, engine="toy", shots=1)
    sentences = {
        "canal": "a barge in fog",
        "bakery": "bread at four in the morning",
        "Alpine": "snow and a dog",
        "harbour": "a crane",
    }
    made = {}
    for number, (name, sentence) in enumerate(sentences.items()):
        moment = f"2025-12-31T0{number}:00:00Z"
        made[name] = create_reel(library, sentence, settings, name=name, now=moment).resolve()
    for name in ("canal", "bakery"):
        enqueue(made[name], now=NOW)
    return made


def order(library: Path) -> list[str]:
    return [entry.name for entry in read_queue(library).reels]


def held(root: Path) -> Held:
    return next(entry.held for entry in read_queue(root.parent).reels if entry.name == root.name)


def rows(seat: Seat) -> list[str]:
    screen = seat.desk.screen_stack[0]
    assert isinstance(screen, LibraryScreen)
    return list(screen.query_one("#reels", Rows).keys)


async def stands_on(seat: Seat, name: str) -> LibraryScreen:
    """Put the cursor on a reel as soon as it is there."""
    screen = seat.desk.screen
    assert isinstance(screen, LibraryScreen)
    await seat.until(lambda: name in rows(seat), f"{name} in the list")
    screen.query_one("#reels", Rows).go_to(name)
    await seat.until(lambda: screen.selected == name, f"on {name}")
    return screen


def footer(seat: Seat) -> str:
    return "".join(piece.text for row in seat.desk.screen.query_one(Keys).lines for piece in row)


# --- finding -------------------------------------------------------------------------------------------------------


def test_words_narrow_the_list_and_esc_shows_all(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        await seat.until(lambda: rows(seat) == list(NAMES))
        await seat.press("slash", *"bread")
        await seat.until(lambda: rows(seat) == ["bakery"], "only the bakery")
        await seat.press(*"zz")
        await seat.sees("Nothing has “breadzz”")
        await seat.press("backspace", "backspace", "enter")
        await seat.until(lambda: seat.desk.focused is not None and seat.desk.focused.id == "reels", "in the list")
        assert rows(seat) == ["bakery"]  # it stays while one goes about in it
        await seat.press("escape")
        await seat.until(lambda: rows(seat) == list(NAMES), "all again")
        assert seat.desk.is_running
        assert "words of a name" not in seat.text

    at_desk(library, story)


def test_the_arrows_move_in_the_list_while_words_are_typed(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await stands_on(seat, "harbour")
        await seat.press("slash", "a", "down")
        assert screen.selected == "Alpine"
        await seat.press("up")
        assert screen.selected == "harbour"

    at_desk(library, story)


def test_the_list_is_sorted_by_the_next_column(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        await seat.until(lambda: rows(seat) == list(NAMES))
        await seat.press("s")
        await seat.until(lambda: rows(seat) == ["Alpine", "bakery", "canal", "harbour"], "by name")
        await seat.sees("Reel▾")
        await seat.press("s", "s")
        await seat.until(lambda: rows(seat)[:2] == ["canal", "bakery"], "by queue")

    at_desk(library, story)


def test_only_what_is_possible_is_in_the_footer(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        await stands_on(seat, "harbour")
        await seat.until(lambda: "Resume" in footer(seat) and "Pause" not in footer(seat), "not queued")
        await stands_on(seat, "canal")
        await seat.until(lambda: "Pause" in footer(seat) and "Resume" not in footer(seat), "queued")

    at_desk(library, story)


# --- the queue -----------------------------------------------------------------------------------------------------


def test_pause_holds_a_reel_and_lets_it_go_on(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        await stands_on(seat, "canal")
        await seat.press("p")
        await seat.until(lambda: held(reels["canal"]) is Held.PAUSED, "held")
        await seat.hears("canal is held in the queue")
        await seat.press("p")
        await seat.until(lambda: held(reels["canal"]) is Held.NO, "let go")
        await seat.hears("place 1 of the queue")

    at_desk(library, story)


def test_resume_queues_a_reel_and_starts_a_worker(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        await stands_on(seat, "Alpine")
        await seat.press("r")
        await seat.until(lambda: order(library) == ["canal", "bakery", "Alpine"], "queued")
        await seat.hears("place 3", "process 4711")

    at_desk(library, story)


def test_resume_asks_before_it_approves_a_gate(library: Path) -> None:
    settings = msgspec.structs.replace(TINY, engine="toy", shots=2, review=Review.PLAN)
    root = new_reel(library, settings, toy_plan(2)).resolve()
    assert play(root, toy_lineup())[0] == "waiting"

    async def story(seat: Seat) -> None:
        await stands_on(seat, root.name)
        await seat.press("r")
        await seat.sees("waits for your approval of the plan")
        await seat.press("enter")  # without looking: the safe answer
        await seat.until(lambda: isinstance(seat.desk.screen, LibraryScreen))
        assert order(library) == []
        await seat.press("r", "y")
        await seat.until(lambda: order(library) == [root.name], "queued")

    at_desk(library, story)
    assert [said.kind for said in read_snapshot(root).decisions] == [Kind.PASS_GATE]


def test_cancel_asks_first(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        await stands_on(seat, "canal")
        await seat.press("x")
        await seat.sees("Cancel canal?", "everything finished is kept")
        await seat.press("escape")
        await seat.until(lambda: not isinstance(seat.desk.screen, Confirm))
        assert order(library) == ["canal", "bakery"]
        await seat.press("x", "y")
        await seat.until(lambda: order(library) == ["bakery"], "cancelled")
        await seat.hears("canal left the queue")

    at_desk(library, story)


def test_reels_move_in_the_queue(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        await stands_on(seat, "bakery")
        await seat.press("K")
        await seat.until(lambda: order(library) == ["bakery", "canal"], "earlier")
        await seat.hears("bakery is at place 1 of 2")
        await seat.until(lambda: "bakery" in seat.text)
        await seat.press("J")
        await seat.until(lambda: order(library) == ["canal", "bakery"], "later")

    at_desk(library, story)


def test_what_is_refused_is_told_with_the_remedy(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        with held_elsewhere(reels["canal"] / layout.LOCK, "make"):
            await stands_on(seat, "canal")
            await seat.press("x", "y")
            await seat.hears("goes on until that process ends", "Ctrl-C")

    at_desk(library, story, size=(160, 40))


# --- the shelf -----------------------------------------------------------------------------------------------------


def test_a_duplicate_has_the_same_sentence_and_the_cursor(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await stands_on(seat, "bakery")
        await seat.press("d")
        await seat.until(lambda: screen.selected == "bakery-2", "on the duplicate")

    at_desk(library, story)
    one, other = read_reel(library / "bakery"), read_reel(library / "bakery-2")
    assert (other.sentence, other.settings) == (one.sentence, one.settings)
    assert other.id != one.id
    assert order(library) == ["canal", "bakery"]


def test_archive_asks_first_and_takes_the_reel_out_of_list_and_queue(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        await stands_on(seat, "canal")
        await seat.press("A")
        await seat.sees("Archive canal?", "leaves the queue")
        await seat.press("n")
        await seat.until(lambda: not isinstance(seat.desk.screen, Confirm))
        assert (library / "canal").is_dir()
        await seat.press("A", "y")
        await seat.until(lambda: "canal" not in rows(seat), "gone from the list")
        await seat.hears("reeltui archive --back canal")

    at_desk(library, story)
    assert order(library) == ["bakery"]
    assert (library / ".archive" / "canal" / layout.REEL_FILE).is_file()


def test_the_path_of_a_reel_is_copied(reels: dict[str, Path], library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[tuple[str, str]] = []

    async def story(seat: Seat) -> None:
        monkeypatch.setattr(seat.desk, "copy", lambda text, what: copied.append((text, what)))
        await stands_on(seat, "Alpine")
        await seat.press("y")
        assert [text for text, _ in copied] == [str(library / "Alpine")]

    at_desk(library, story)


# --- a new one -----------------------------------------------------------------------------------------------------


def test_a_new_reel_is_made_and_queued_and_has_the_cursor(reels: dict[str, Path], library: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await stands_on(seat, "canal")
        await seat.press("slash", *"barge", "enter")  # words that would hide it
        await seat.press("n")
        await seat.sees("New reel")
        await seat.press(*"a fox crosses a frozen lake")
        form = seat.desk.screen
        assert isinstance(form, NewReel)
        form.action_turn("shots", -4)
        form.action_turn("preset", 3)
        await seat.sees("‹ draft ›", "‹ 2 ›")
        await seat.press("enter")
        await seat.until(lambda: screen.selected == "fox-crosses-frozen-lake", "on the new one")
        await seat.hears("is at place 3 of the queue", "process 4711")

    at_desk(library, story)
    reel = read_reel(library / "fox-crosses-frozen-lake")
    assert reel.sentence == "a fox crosses a frozen lake"
    assert (reel.settings.shots, reel.settings.preset.value) == (2, "draft")
    assert order(library)[-1] == "fox-crosses-frozen-lake"
    assert draft_of(library).read() is None


def test_what_was_filled_in_comes_back_where_a_reel_cannot_be_made(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.film.errors import DiskTrouble
    from reeltui.acts import new

    def full(*_: object, **__: object) -> Path:
        raise DiskTrouble("the disk is full", remedy="free some space")

    monkeypatch.setattr(new, "create_reel", full)

    async def story(seat: Seat) -> None:
        await seat.sees("There are no reels here yet")
        await seat.press("n")
        await seat.sees("New reel")
        await seat.press(*"a fox")
        first = seat.desk.screen
        assert isinstance(first, NewReel)
        first.action_turn("aspect", 1)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.desk.screen, NewReel) and seat.desk.screen is not first, "again")
        await seat.sees("the disk is full — free some space", "a fox", "‹ 9:16 ›")

    at_desk(library, story)
    assert draft_of(library).read() == "a fox"


def test_where_no_worker_can_be_started_the_reel_is_there_and_queued(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.film.errors import EngineTrouble

    def broken(*_: object, **__: object) -> tuple[Running, bool]:
        raise EngineTrouble("the worker did not start", remedy="see its log")

    monkeypatch.setattr(hand, "ensure", broken)

    async def story(seat: Seat) -> None:
        await seat.sees("There are no reels here yet")
        await seat.press("n")
        await seat.sees("New reel")
        await seat.press(*"a fox", "enter")
        await seat.hears("the worker did not start — see its log")
        await seat.until(lambda: rows(seat) == ["fox"], "in the list")

    at_desk(library, story)
    assert order(library) == ["fox"]


def test_a_reel_that_is_held_can_go_on(reels: dict[str, Path], library: Path) -> None:
    entry = next(entry for entry in read_queue(library).reels if entry.name == "bakery")
    change_queue(library, lambda now: hold(now, entry.key, Held.INTERRUPTED))

    async def story(seat: Seat) -> None:
        await stands_on(seat, "bakery")
        await seat.press("r")
        await seat.until(lambda: held(reels["bakery"]) is Held.NO, "goes on")

    at_desk(library, story)


def test_while_somebody_types_changes_wait_but_not_for_ever(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is not held up by reading and painting what changed meanwhile."""
    library.mkdir(parents=True)

    async def story(seat: Seat) -> None:
        await seat.sees("no reels here yet")
        screen = seat.desk.screen
        assert isinstance(screen, LibraryScreen)
        await seat.until(lambda: not screen._looking and screen._later is None)
        looks: list[float] = []
        monkeypatch.setattr(screen, "look_again", lambda: looks.append(time.monotonic()))
        screen._looked_at = time.monotonic() - screen.EVERY
        await seat.press("j")
        typed = seat.desk.tidy.typed_at
        screen.files_changed(frozenset())
        assert looks == []
        await seat.until(lambda: bool(looks))
        assert looks[0] - typed >= QUIET
        looks.clear()
        screen._looked_at = time.monotonic() - LONGEST
        await seat.press("j")
        screen.files_changed(frozenset())
        assert len(looks) == 1, "whoever types on and on sees changes all the same"

    at_desk(library, story)
