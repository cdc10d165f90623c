"""The desk while files break under it: the reason is on the screen, keys are answered, and what is mended is shown."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import cast

import msgspec
import pytest

from core.folder import layout
from core.folder.lock import Lock
from core.folder.queue import QUEUE, enqueue
from core.worker.records import utc_now
from reeltui.screens import library
from reeltui.screens.base import DeskScreen
from reeltui.screens.plan import PlanScreen
from reeltui.screens.queue import QueueScreen
from reeltui.screens.reel import ReelScreen
from reeltui.screens.shot import ShotScreen
from reeltui.widgets.rows import Rows
from tests.desk_driving import Seat, at_desk, toy_engine
from tests.harming import harmed
from tests.stage import TINY, new_reel, play
from tests.toys import toy_plan

# What is most unlike between screens; `test_folder_plain` has the readers and the rest.
FILES = (
    layout.REEL_FILE,
    layout.PLAN_FILE,
    layout.EVENTS,
    layout.LIVE,
    "shots/00/keyframe.png",
    "shots/00/takes",
    "../.queue.json",
)
KINDS = ("folder", "pipe", "nothing")
ROOMS: dict[str, Callable[[Path], DeskScreen] | None] = {
    "library": None,
    "reel": lambda root: ReelScreen(root),
    "shot": lambda root: ShotScreen(root, 0),
    "plan": lambda root: PlanScreen(root),
    "queue": lambda root: QueueScreen(root.parent),
}


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel beside another, both queued."""
    toy_engine()
    settings = msgspec.structs.replace(TINY, engine="toy")
    other, root = (new_reel(library, settings, toy_plan(3), name) for name in ("A dog", "Aiko walks"))
    play(root)
    for one in (root, other):
        enqueue(one, now=utc_now())
    return root


async def enter(seat: Seat, room: str, root: Path) -> DeskScreen:
    """Go to a room; return its screen when it shows something."""
    make = ROOMS[room]
    if make is not None:
        seat.desk.push_screen(make(root))
        await seat.until(lambda: getattr(seat.desk.screen, "ROOM", "") == room)
    screen = cast(DeskScreen, seat.desk.screen)
    await seat.until(lambda: getattr(screen, "view", None) is not None, "something to be shown")
    await looked(seat, screen)
    return screen


async def looked(seat: Seat, screen: DeskScreen) -> None:
    """Let the screen look at everything, and wait until it has."""
    screen._looked_at = float("-inf")  # no person waits between two looks here
    screen.files_changed(frozenset())
    await seat.until(lambda: not screen._looking and not screen._again and screen._later is None, "a look to end")


async def answers(seat: Seat, screen: DeskScreen) -> None:
    """Press a key and see a reaction: the cursor goes to the last row."""
    rows = screen.query(Rows).first()
    before = rows.cursor
    await seat.press("end")
    assert rows.cursor == (rows.keys[-1] if rows.keys else "")
    rows.go_to(before)


@pytest.mark.parametrize("room", ROOMS)
def test_whatever_a_file_becomes_the_screen_goes_on(root: Path, room: str) -> None:
    async def story(seat: Seat) -> None:
        screen = await enter(seat, room, root)
        before = seat.text
        for name in FILES:
            for harm in KINDS:
                with harmed(root / name, harm):
                    await looked(seat, screen)
                    assert "a mistake in reeltui" not in seat.text, (name, harm, seat.text)
                    assert "\x1b" not in seat.text, (name, harm)
                    await answers(seat, screen)
                await looked(seat, screen)
            await seat.until(lambda: seat.text == before, f"the same as before {name}:\n{before}")

    at_desk(root.parent, story)


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("harm", ["garbage", "pipe"])
def test_the_reason_is_shown(root: Path, room: str, harm: str) -> None:
    names = {
        "library": (layout.REEL_FILE, QUEUE),
        "queue": (QUEUE,),
        "reel": (layout.REEL_FILE, layout.PLAN_FILE),
        "shot": (layout.REEL_FILE, layout.PLAN_FILE),
        "plan": (layout.REEL_FILE, layout.PLAN_FILE),
    }[room]

    async def story(seat: Seat) -> None:
        screen = await enter(seat, room, root)
        if room == "library":  # of its reels, it watches the one under the cursor and those that run
            screen.query(Rows).first().go_to(root.name)
            await seat.until(lambda: root in screen.desk.near.folders)
        for name in names:
            with harmed((root.parent if name == QUEUE else root) / name, harm):
                await seat.sees(name)  # nothing is pressed: the files are watched
            await seat.sees_no(name)
        assert screen is seat.desk.screen

    at_desk(root.parent, story)


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("whole", [False, True], ids=["reel", "library"])
def test_a_folder_that_is_gone_is_said_and_comes_back(root: Path, room: str, whole: bool, tmp_path: Path) -> None:
    gone = root.parent if whole else root

    async def story(seat: Seat) -> None:
        screen = await enter(seat, room, root)
        before = seat.text
        gone.rename(tmp_path / "elsewhere")
        await looked(seat, screen)
        assert "a mistake in reeltui" not in seat.text
        assert seat.text != before
        await answers(seat, screen)
        (tmp_path / "elsewhere").rename(gone)
        await looked(seat, screen)
        await seat.until(lambda: seat.text == before, f"the same as before:\n{before}")

    at_desk(root.parent, story)


def test_a_reel_that_was_deleted_can_be_left(root: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await enter(seat, "reel", root)
        shutil.rmtree(root)
        await seat.sees("is not a reel")
        for keys in (["a"], ["x"], ["r"], ["u"], ["enter"], ["escape"], ["escape"]):
            await seat.press(*keys)
        await seat.until(lambda: seat.desk.screen is not screen)

    at_desk(root.parent, story)


@pytest.mark.parametrize("room", ["library", "queue"])
def test_a_death_that_changes_no_file_is_shown(root: Path, room: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "PULSE", 0.5)

    async def story(seat: Seat) -> None:
        lock = Lock(root / layout.LOCK, verb="worker", now=utc_now())
        await enter(seat, room, root)
        await seat.sees("running")
        lock.release()  # as the kernel does for one that is killed: no file changes
        await seat.sees_no("running")

    at_desk(root.parent, story)
