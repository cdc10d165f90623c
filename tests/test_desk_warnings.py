"""What is wrong beside the matter is told at the desk, as the command line tells it: nobody is left untold."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from PIL import Image
from textual.widgets import Input, TextArea

from core.film.errors import Locked
from core.film.plan import decode_plan, encode_plan
from core.folder import layout
from core.folder.queue import QUEUE, enqueue, read_queue
from reeltui.acts import line
from reeltui.acts.line import Moved
from reeltui.acts.warned import warnings_of
from reeltui.screens.library import LibraryScreen
from reeltui.screens.plan import PlanScreen
from reeltui.screens.queue import QueueScreen
from reeltui.screens.reel import ReelScreen
from reeltui.screens.shot import ShotScreen
from reeltui.widgets.rows import Rows
from tests.desk_driving import Seat, at_desk, hears, toy_engine
from tests.stage import NOW, TINY, new_reel, play
from tests.toys import toy_lineup, toy_plan

WORKER = SimpleNamespace(pid=4711, version="", devices=("fake:24",), log="")


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of toys in the queue."""
    toy_engine()
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy", width=96, height=96), toy_plan(2)).resolve()
    assert play(root, toy_lineup())[0] == "done"
    enqueue(root, now=NOW)
    return root


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is started at once, and warns of how it was."""
    monkeypatch.setattr("reeltui.acts.hand.ensure", lambda *args, **options: (WORKER, True))
    monkeypatch.setattr("reeltui.acts.hand.login_danger", lambda: "it ends [b]with the login[/b]")


def damage(library: Path) -> None:
    (library / QUEUE).write_text('{"schema": 1, "paused": [31m')


async def warned_of(seat: Seat, *words: str) -> None:
    await hears(seat, *words)
    (note, *_) = [one for one in seat.desk._notifications if all(word in one.message for word in words)]
    assert note.severity in ("warning", "error")


# --- the queue -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("room", "keys"),
    [
        ("reel", ("p",)),
        ("reel", ("X", "y")),
        ("library", ("p",)),
        ("library", ("x", "y")),
        ("queue", ("p",)),
        ("queue", ("x", "y")),
    ],
)
def test_a_queue_that_was_damaged_meanwhile_is_told_with_what_it_kept_from(
    root: Path, room: str, keys: tuple[str, ...]
) -> None:
    """The act fails for there is no entry any more, and the error alone would not say why."""

    async def story(seat: Seat) -> None:
        if room == "reel":
            seat.desk.push_screen(ReelScreen(root))
            await seat.sees("Finished")
        elif room == "queue":
            seat.desk.push_screen(QueueScreen(root.parent))
            await seat.sees("queue", root.name)
        else:
            await seat.sees(root.name, "1 reel")
        screen = seat.desk.screen
        await seat.until(lambda: screen.check_action("pause", ()) is True)
        screen.look_again = lambda: None  # type: ignore[attr-defined, method-assign]
        await seat.until(lambda: not screen._looking)  # type: ignore[attr-defined]
        damage(root.parent)
        await seat.press(*keys)
        await warned_of(seat, QUEUE, "damaged")
        await hears(seat, "neither queued nor running")

    at_desk(root.parent, story)


def test_all_of_a_damaged_queue_is_held_with_a_word(root: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(QueueScreen(root.parent))
        await seat.sees(root.name)
        damage(root.parent)
        await seat.press("P")
        await warned_of(seat, QUEUE, "it is kept as")
        assert read_queue(root.parent).paused

    at_desk(root.parent, story)


def test_what_a_reel_is_meant_by_carries_its_warnings(root: Path) -> None:
    def moved(reel: line.Meant) -> Moved:
        return Moved(reel.name, 1, 1, reel.queued().held, ("b",))

    assert line.to(root.name, root.parent, moved).warnings == ("b",)
    damage(root.parent)

    def still(reel: line.Meant) -> Moved:
        return Moved(reel.name, 1, 1, line.Held.NO, (*reel.warnings, "b"))

    first, second = line.to(root.name, root.parent, still).warnings
    assert QUEUE in first
    assert second == "b"
    with pytest.raises(Exception, match="neither") as refused:
        line.to(root.name, root.parent, line.pause)
    assert any(QUEUE in one for one in warnings_of(refused.value))  # type: ignore[arg-type]


# --- going on ------------------------------------------------------------------------------------------------------


async def at_what_can_go_on(seat: Seat, root: Path) -> None:
    """Stand before a reel that can be resumed."""
    seat.desk.push_screen(ReelScreen(root))
    await seat.sees("hero")
    screen = seat.desk.screen
    await seat.until(lambda: screen.check_action("resume", ()) is True)


def test_what_is_to_be_known_of_the_worker_is_told(root: Path, hand: None) -> None:
    (root / "reel.mp4").unlink()

    async def story(seat: Seat) -> None:
        await at_what_can_go_on(seat, root)
        await seat.press("r")
        await warned_of(seat, "it ends [b]with the login[/b]")

    at_desk(root.parent, story)


def test_a_damaged_queue_is_told_of_where_no_worker_can_be_started(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*args: object, **options: object) -> None:
        raise Locked("the device is taken")

    monkeypatch.setattr("reeltui.acts.hand.ensure", refuses)
    (root / "reel.mp4").unlink()

    async def story(seat: Seat) -> None:
        await at_what_can_go_on(seat, root)
        damage(root.parent)
        await seat.press("r")
        await warned_of(seat, QUEUE, "it is kept as")
        await hears(seat, "the device is taken")

    at_desk(root.parent, story)


def test_a_worker_that_is_started_tells_of_its_libraries(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.worker.daemon.libraries.register", lambda library: "the list of libraries was damaged")
    monkeypatch.setattr("core.worker.daemon.start.start", lambda *args, **options: WORKER)
    monkeypatch.setattr("core.worker.daemon.login.login_danger", lambda: "it ends with the login")

    async def story(seat: Seat) -> None:
        seat.desk.push_screen(QueueScreen(root.parent))
        await seat.sees(root.name)
        await seat.press("S")
        await warned_of(seat, "the list of libraries was damaged")
        await warned_of(seat, "it ends with the login")
        await hears(seat, "process 4711")

    at_desk(root.parent, story)


# --- words and pictures --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("keys", [("a",), ("c",), ("t",), ("x", "enter"), ("N", "enter"), ("R",)])
def test_a_plan_that_is_refused_is_told_with_every_word(root: Path, keys: tuple[str, ...]) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(ShotScreen(root, 0))
        await seat.sees("shot 0", "composition")
        (root / layout.PLAN_FILE).write_text("{")
        await seat.press(*keys)
        await warned_of(seat, "plan.json is refused", "the last good plan is in force")

    at_desk(root.parent, story)


@pytest.mark.parametrize("room", ["shot", "plan"])
def test_a_picture_that_is_too_small_is_told(root: Path, tmp_path: Path, room: str) -> None:
    own = tmp_path / "own.png"
    Image.new("RGB", (64, 64), "red").save(own)

    async def story(seat: Seat) -> None:
        if room == "shot":
            seat.desk.push_screen(ShotScreen(root, 0))
            await seat.sees("shot 0", "composition")
            await seat.press("K")
        else:
            seat.desk.push_screen(PlanScreen(root))
            await seat.sees("Character A")
            seat.desk.screen.query_one("#items", Rows).go_to("characters.A")
            await seat.press("m")
        await seat.sees("Your own picture")
        seat.desk.screen.query_one(Input).value = str(own)
        await seat.press("enter")
        await warned_of(seat, "(64x64) is smaller than the reel")
        await hears(seat, "is a picture of your own")

    at_desk(root.parent, story)


def test_what_an_edit_makes_due_is_told_when_it_is_saved(root: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(ShotScreen(root, 0))
        await seat.sees("shot 0", "composition")
        await seat.press("n")
        await seat.sees("Narration of shot 0")
        await seat.press(*" on", "ctrl+s")
        await hears(seat, "Saved", "narration 0, mix")
        await seat.press("n")
        await seat.sees("Narration of shot 0")
        seat.desk.screen.query_one(TextArea).insert("   ")
        await seat.press("ctrl+s")
        await hears(seat, "The plan says that already")

    at_desk(root.parent, story)


def test_who_goes_on_is_said_as_it_is(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(ShotScreen(root, 0))
        await seat.sees("shot 0", "composition")
        await seat.press("t")
        await hears(seat, "nobody works on it yet: r on the reel's screen goes on with it")
        seat.desk.clear_notifications()
        monkeypatch.setattr("reeltui.acts.hand.workers", lambda: [WORKER])
        await seat.press("u", "t")
        await seat.until(lambda: sum("asked for" in one.message for one in seat.desk._notifications) == 2)
        assert "nobody works on it" not in seat.told, "a worker sees it by itself"

    at_desk(root.parent, story)


def test_what_a_copy_left_out_is_told(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reeltui.acts.shelf import Duplicated

    copied = Duplicated(root, root, (), 0, ("a picture that is gone",))
    monkeypatch.setattr("reeltui.acts.shelf.duplicate", lambda path: copied)

    async def story(seat: Seat) -> None:
        await seat.sees(root.name, "1 reel")
        assert isinstance(seat.desk.screen, LibraryScreen)
        await seat.press("d")
        await warned_of(seat, "left out: a picture that is gone")

    at_desk(root.parent, story)


def test_what_other_hands_changed_elsewhere_in_the_plan_stays(root: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        await seat.sees("Logline")
        await seat.press("e")
        await seat.sees("save")
        await seat.press(*" x")
        await seat.sees("nothing has to be made again")
        (root / layout.PLAN_FILE).write_bytes(encode_plan(msgspec.structs.replace(toy_plan(2), music_style="drums")))
        await seat.press("ctrl+s")
        await hears(seat, "Saved")

    at_desk(root.parent, story)
    plan = decode_plan((root / layout.PLAN_FILE).read_bytes())
    assert plan.music_style == "drums"
    assert plan.story_logline.endswith(" x")
