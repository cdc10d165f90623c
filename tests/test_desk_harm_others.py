"""The desk beside others: a reel held by another process, two desks on one reel, a worker that is killed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from textual.screen import Screen
from textual.widgets import TextArea

from core.film.decision import Kind, in_force
from core.film.plan import Plan, decode_plan
from core.folder import layout
from core.folder.queue import enqueue
from core.folder.snapshot import read_snapshot
from core.worker.daemon.libraries import register
from core.worker.daemon.start import start
from core.worker.records import utc_now
from reeltui.acts.edit import propose, read_text
from reeltui.acts.edit import save as save_edit
from reeltui.app import Desk
from reeltui.screens.plan import PlanScreen
from reeltui.screens.queue import QueueScreen
from reeltui.screens.reel import ReelScreen
from reeltui.screens.shot import ShotScreen
from reeltui.widgets.rows import Rows
from tests.desk_driving import NOW, Seat, at_desk, edits_with, finished_reel
from tests.holding import held_elsewhere
from tests.stage import TINY, new_reel
from tests.toys import toy_plan
from tests.watching import alive, detached, held_at, hold, hosts_of, until

__all__ = ["detached"]  # the fixture, which every test here may have

TOY = msgspec.structs.replace(TINY, engine="toy")


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of toys."""
    return finished_reel(library)


def plan_of(root: Path) -> Plan:
    return decode_plan((root / layout.PLAN_FILE).read_bytes())


def kinds(root: Path) -> list[Kind]:
    return [one.kind for one in read_snapshot(root).decisions]


def standing(root: Path) -> list[Kind]:
    return [one.kind for one in in_force(read_snapshot(root).decisions)]


# --- a reel that another process holds -------------------------------------------------------------------------------


def test_a_reel_another_process_makes_takes_decisions_and_says_who_holds_it(root: Path) -> None:
    enqueue(root, now=utc_now())

    async def story(seat: Seat) -> None:
        with held_elsewhere(root / layout.LOCK, "make") as pid:
            seat.desk.push_screen(ReelScreen(root))
            await seat.sees("running", "Line number 0.")
            await seat.press("t")
            await seat.until(lambda: kinds(root) == [Kind.RETAKE])
            await seat.hears("shot 0")
            assert "nobody works on it" not in seat.told, "somebody does"
            await seat.press("u")
            await seat.until(lambda: standing(root) == [])
            await seat.press("p")  # the queue has no say in a process of the foreground
            await seat.hears("goes on until that process ends", f"process {pid}", "Ctrl-C there")
        await seat.sees_no("running")

    at_desk(root.parent, story)


def test_who_edits_at_this_moment_is_told_and_the_words_stay(root: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(ShotScreen(root, 0))
        await seat.sees("Line number 0.")
        await seat.press("n")
        await seat.sees("Narration of shot 0")
        with held_elsewhere(root / layout.EDIT_LOCK, "edit") as pid:
            await seat.press(*" So.", "ctrl+s")
            await seat.sees("is being worked on by reeltui edit", f"{pid}", "Line number 0. So.")
        await seat.press("ctrl+s")
        await seat.until(lambda: plan_of(root).vo_script_per_shot[0] == "Line number 0. So.")

    at_desk(root.parent, story)


# --- two desks on one reel -------------------------------------------------------------------------------------------


class Beside(Seat):
    """A seat at one of two desks: what is done there is done in that desk's context."""

    async def go(self, screen: Screen[None]) -> None:
        """Show a screen."""
        with self.desk._context():
            await self.desk.push_screen(screen)

    async def press(self, *keys: str) -> None:
        """Press keys, one after another."""
        with self.desk._context():
            await super().press(*keys)

    async def until(self, condition: Callable[[], bool], what: str = "") -> None:
        """Wait until something is so."""
        with self.desk._context():
            await super().until(condition, what)


def at_two_desks(library: Path, story: Callable[[Beside, Beside], Awaitable[None]]) -> None:
    """Open two desks on a library and play a story at both."""

    async def play() -> None:
        one, other = (Desk(library, clock=lambda: NOW) for _ in range(2))
        async with one.run_test(size=(120, 40)) as first, other.run_test(size=(120, 40)) as second:
            await story(Beside(one, first), Beside(other, second))

    asyncio.run(play())


async def at_shot(seat: Beside, root: Path) -> None:
    await seat.go(ShotScreen(root, 0))
    await seat.sees("Line number 0.", "composition")


def test_what_one_desk_does_the_other_shows_and_can_take_back(root: Path) -> None:
    async def story(here: Beside, there: Beside) -> None:
        await at_shot(here, root)
        await there.go(ReelScreen(root))
        await there.sees("aiko-walks")
        await here.press("a")
        await here.sees("approved")
        await there.sees("approved")  # nobody pressed a key there
        await there.press("u")
        await there.hears("taken back")
        assert standing(root) == []
        await here.sees_no("is approved")

    at_two_desks(root.parent, story)


def test_an_edit_is_shown_in_the_other_desk(root: Path) -> None:
    async def story(here: Beside, there: Beside) -> None:
        await at_shot(here, root)
        await there.go(PlanScreen(root))
        await there.sees("Line number 0.")
        await here.press("n")
        await here.sees("Narration of shot 0")
        await here.press(*" Rain.", "ctrl+s")
        await there.sees("Line number 0. Rain.")

    at_two_desks(root.parent, story)


@pytest.mark.parametrize("room", ["shot", "plan"])
def test_words_changed_elsewhere_are_not_overwritten_unseen(root: Path, room: str) -> None:
    async def story(seat: Seat) -> None:
        screen = ShotScreen(root, 0) if room == "shot" else PlanScreen(root)
        seat.desk.push_screen(screen)
        await seat.sees("Line number 0.")
        if isinstance(screen, PlanScreen):
            screen.query_one("#items", Rows).go_to("line.0")
        await seat.press("n" if room == "shot" else "e")
        await seat.sees("save", "leave")
        first = seat.desk.screen
        save_edit(propose(root, 0, narration="Theirs."))
        save_edit(propose(root, 1, narration="Theirs too."))
        await seat.press(*" Mine.", "ctrl+s")
        await seat.until(lambda: seat.desk.screen not in (first, screen), "asked again")
        await seat.sees("somebody else changed it meanwhile, to: Theirs.", "save once more", "Line number 0. Mine.")
        assert plan_of(root).vo_script_per_shot[0] == "Theirs."
        await seat.until(lambda: bool(seat.desk.screen.query(TextArea)))
        await seat.press("ctrl+s")
        await seat.until(lambda: plan_of(root).vo_script_per_shot[0] == "Line number 0. Mine.")
        assert plan_of(root).vo_script_per_shot[1] == "Theirs too.", "what was changed elsewhere in the plan stays"

    at_desk(root.parent, story)


def test_a_plan_that_was_overtaken_is_saved_only_after_it_was_said(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits_with(monkeypatch, tmp_path / "editor", "s/calm/wild/")

    async def story(seat: Seat) -> None:
        screen = PlanScreen(root)
        seat.desk.push_screen(screen)
        await seat.sees("Logline")
        await seat.press("E")
        await seat.sees("Save the plan?")
        save_edit(propose(root, 0, narration="Theirs."))
        await seat.press("y")
        await seat.hears("changed by somebody else in the meantime")
        await seat.until(lambda: seat.desk.screen is screen)
        await seat.press("E")
        await seat.sees("Somebody else changed the plan after you began yours", "music")
        assert "Theirs." in read_text(root).text
        await seat.press("y")
        await seat.until(lambda: "wild" in plan_of(root).music_style)

    at_desk(root.parent, story)


# --- a worker that is killed -----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("room", ["reel", "queue"])
def test_a_real_worker_that_is_killed_is_told(library: Path, room: str) -> None:
    root = new_reel(library, TOY, toy_plan(1))
    register(library)
    enqueue(root.resolve(), now=utc_now())
    step = layout.keyframe(0)
    waiting = hold(root, step)
    worker = start(("cpu",), linger=None, library=library)
    until(lambda: held_at(root, step))

    async def story(seat: Seat) -> None:
        screen = ReelScreen(root) if room == "reel" else QueueScreen(library)
        seat.desk.push_screen(screen)
        await seat.sees("running")
        dead = (worker.pid, *hosts_of(worker.pid))
        os.kill(worker.pid, signal.SIGKILL)
        await seat.sees_no("running")  # no key is pressed, and no file may have changed
        assert "a mistake in reeltui" not in seat.text
        assert screen is seat.desk.screen
        until(lambda: not any(alive(pid) for pid in dead))
        await seat.press("t" if room == "reel" else "home")
        assert screen is seat.desk.screen

    at_desk(library, story)
    waiting.unlink()
