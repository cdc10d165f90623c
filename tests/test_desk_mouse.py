"""The mouse and the letters of jump mode: whatever can be chosen by key can be reached by them, in every room."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from textual import events
from textual.widget import Widget

from core.folder.library import create_reel
from core.folder.queue import enqueue, read_queue
from reeltui.dialogs.help import Help
from reeltui.dialogs.jump import Jump
from reeltui.screens.base import DeskScreen
from reeltui.screens.doctor import DoctorScreen
from reeltui.screens.library import LibraryScreen
from reeltui.screens.plan import PlanScreen
from reeltui.screens.queue import QueueScreen
from reeltui.screens.reel import ReelScreen
from reeltui.screens.shot import ShotScreen
from reeltui.widgets.keys import Keys
from reeltui.widgets.rows import Rows
from tests.desk_driving import Seat, at_desk, toy_engine
from tests.stage import NOW, TINY, new_reel, play
from tests.toys import toy_lineup, toy_plan

FAIL = "Pan left. [fail OBJECT_MORPHING]"


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of toys and two that nobody planned, all in the queue."""
    toy_engine()
    plan = toy_plan(3)
    plan = msgspec.structs.replace(plan, shots=(msgspec.structs.replace(plan.shots[0], prompt=FAIL), *plan.shots[1:]))
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy"), plan).resolve()
    assert play(root, toy_lineup())[0] == "done"
    others = [create_reel(library, "a barge", TINY, name=name, now=NOW) for name in ("barge", "canal")]
    for one in (root, *others):
        enqueue(one, now=NOW)
    return root


def screen_of(room: str, root: Path) -> DeskScreen | None:
    """A screen of a room, None for the one the desk begins with."""
    return {
        "library": lambda: None,
        "reel": lambda: ReelScreen(root),
        "shot": lambda: ShotScreen(root, 0),
        "plan": lambda: PlanScreen(root),
        "queue": lambda: QueueScreen(root.parent),
        "doctor": lambda: DoctorScreen(root.parent),
    }[room]()


async def enter(seat: Seat, room: str, root: Path) -> Rows:
    """Go into a room and wait for its rows."""
    screen = screen_of(room, root)
    if screen is not None:
        seat.desk.push_screen(screen)
    await seat.until(lambda: bool(seat.desk.screen.query(Rows)) and seat.desk.screen.query(Rows).first().is_attached)
    rows = seat.desk.screen.query(Rows).first()
    await seat.until(lambda: len(rows.keys) > 1 and rows.size.height > 0, "rows")
    if isinstance(screen, DoctorScreen):
        await seat.until(lambda: screen.view.over, "every check was made: the footer has another key then")
        await seat.sees("r Again")
    return rows


async def wheel(seat: Seat, widget: Widget, down: bool = True) -> None:
    """Turn the wheel over a widget."""
    kind = events.MouseScrollDown if down else events.MouseScrollUp
    await seat.pilot._post_mouse_events([kind], widget=widget, button=0)


async def click_on(seat: Seat, words: str) -> None:
    """Click on words wherever they are seen."""
    lines = seat.text.split("\n")
    y = next(at for at, row in enumerate(lines) if words in row)
    await seat.pilot.click(offset=(lines[y].index(words), y))


ROOMS = ["library", "reel", "shot", "plan", "queue", "doctor"]


@pytest.mark.parametrize("room", ROOMS)
def test_a_click_puts_the_cursor_on_a_row(root: Path, room: str) -> None:
    async def story(seat: Seat) -> None:
        rows = await enter(seat, room, root)
        await seat.press("home")
        await seat.until(lambda: rows.cursor == rows.keys[0])
        await seat.pilot.click(rows, offset=(3, rows.content_region.y - rows.region.y + rows._height))
        await seat.until(lambda: rows.cursor == rows.keys[1], "the second row")

    at_desk(root.parent, story)


@pytest.mark.parametrize(
    ("room", "to"),
    [("library", ReelScreen), ("reel", ShotScreen), ("queue", ReelScreen)],
)
def test_a_double_click_opens_and_so_does_enter(root: Path, room: str, to: type[DeskScreen]) -> None:
    async def story(seat: Seat) -> None:
        rows = await enter(seat, room, root)
        screen = seat.desk.screen
        await seat.pilot.click(rows, offset=(3, rows._height), times=2)
        await seat.until(lambda: isinstance(seat.desk.screen, to), "opened by a double click")
        assert seat.desk.screen_stack[-2] is screen, "once"
        await seat.press("q")
        await seat.until(lambda: seat.desk.screen is screen)
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.desk.screen, to), "opened by Enter")

    at_desk(root.parent, story)


def test_a_double_click_edits_what_it_is_on(root: Path) -> None:
    async def story(seat: Seat) -> None:
        rows = await enter(seat, "plan", root)
        await seat.pilot.click(rows, offset=(3, 1), times=2)
        await seat.sees("save", "leave", "Setting")

    at_desk(root.parent, story)


@pytest.mark.parametrize(("room", "size"), [("library", (100, 12)), ("plan", (100, 9)), ("doctor", (100, 12))])
def test_the_wheel_scrolls_a_list(root: Path, room: str, size: tuple[int, int]) -> None:
    for number in range(12):
        create_reel(root.parent, "a barge", TINY, name=f"barge-{number + 2}", now=NOW)

    async def story(seat: Seat) -> None:
        rows = await enter(seat, room, root)
        await seat.until(lambda: rows.max_scroll_y > 0, "more than fits")
        await seat.press("home")
        cursor = rows.cursor
        await wheel(seat, rows)
        await seat.until(lambda: rows.scroll_offset.y > 0, "scrolled down")
        assert rows.cursor == cursor, "the cursor stays"
        await wheel(seat, rows, down=False)
        await seat.until(lambda: rows.scroll_offset.y == 0, "scrolled up")

    at_desk(root.parent, story, size=size)


@pytest.mark.parametrize("room", ROOMS)
def test_a_key_in_the_footer_can_be_clicked(root: Path, room: str) -> None:
    async def story(seat: Seat) -> None:
        await enter(seat, room, root)
        keys = seat.desk.screen.query_one(Keys)
        await seat.sees("? Help")
        text = seat.text.split("\n")[keys.region.y]
        await seat.pilot.click(Keys, offset=(text.index("? Help") + 3, 0))
        await seat.until(lambda: isinstance(seat.desk.screen, Help), "its words act as well")
        await seat.press("escape")
        await seat.until(lambda: not isinstance(seat.desk.screen, Help))

    at_desk(root.parent, story)


def test_a_rooms_own_key_in_the_footer_can_be_clicked(root: Path) -> None:
    async def story(seat: Seat) -> None:
        await enter(seat, "shot", root)
        await seat.sees("Retake", "composition")
        await click_on(seat, "Retake with note")
        await seat.sees("One more take of shot 0")
        await click_on(seat, "Esc leave")
        await seat.sees_no("One more take of shot 0")
        await click_on(seat, "x Reject")
        await seat.sees("Reject take")
        await click_on(seat, "Object morphing")
        await seat.sees("Reject take")

    at_desk(root.parent, story, size=(160, 45))


@pytest.mark.parametrize("room", ROOMS)
def test_a_letter_leads_to_a_row_in_every_room(root: Path, room: str) -> None:
    async def story(seat: Seat) -> None:
        rows = await enter(seat, room, root)
        screen = seat.desk.screen
        await seat.press("home", "f")
        await seat.until(lambda: isinstance(seat.desk.screen, Jump))
        jump = seat.desk.screen
        assert isinstance(jump, Jump)
        y = rows.content_region.y + rows._height
        name = next(name for name, place in jump.names.items() if place.y == y and place.x == rows.region.x)
        await seat.press(*name)
        await seat.until(lambda: seat.desk.screen is screen and rows.cursor == rows.keys[1], "the second row")
        assert rows.has_focus

    at_desk(root.parent, story)


def test_a_letter_on_a_key_of_the_footer_acts_in_the_queue(root: Path) -> None:
    async def story(seat: Seat) -> None:
        await enter(seat, "queue", root)
        await seat.sees("P Pause all")
        line = seat.text.split("\n")
        await seat.press("f")
        await seat.until(lambda: isinstance(seat.desk.screen, Jump))
        jump = seat.desk.screen
        assert isinstance(jump, Jump)
        place = (line[-1].index("P Pause all") - 1, len(line) - 1)
        await seat.press(*next(name for name, at in jump.names.items() if (at.x, at.y) == place))
        await seat.until(lambda: read_queue(root.parent).paused)

    at_desk(root.parent, story)


@pytest.mark.parametrize("room", ["reel", "shot", "plan"])
def test_undo_is_possible_only_where_something_can_be_taken_back(root: Path, room: str) -> None:
    from reeltui.acts import decide

    async def story(seat: Seat) -> None:
        await enter(seat, room, root)
        screen = seat.desk.screen
        await seat.until(lambda: screen.check_action("undo", ()) is False)
        decide.say(root, decide.retake(0, "slower"))
        await seat.until(lambda: screen.check_action("undo", ()) is True, "somebody said something")
        await seat.press("u")
        await seat.hears("taken back: one more take of shot 0", "“slower”")
        await seat.until(lambda: screen.check_action("undo", ()) is False, "nothing is left")
        await seat.press("u")
        assert isinstance(seat.desk.screen_stack[0], LibraryScreen)

    at_desk(root.parent, story)
