"""The desk on a disk that is full: what is asked for is refused with the reason, no word is lost, and it goes later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input, TextArea

from core.film.decision import Kind
from core.film.plan import Plan, decode_plan
from core.folder import layout
from core.folder.snapshot import read_snapshot
from reeltui.acts import new
from reeltui.dialogs.new_reel import NewReel
from reeltui.dialogs.reject import Reject
from reeltui.screens.library import LibraryScreen
from reeltui.screens.plan import PlanScreen
from reeltui.screens.shot import ShotScreen
from reeltui.widgets.rows import Rows
from tests.desk_driving import Seat, at_desk, edits_with, finished_reel
from tests.harming import fill, mounted

__all__ = ["mounted"]  # the fixture

FULL = "the disk is full"
REMEDY = "free some space"


@pytest.fixture
def root(mounted: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished reel on a disk of its own, on which the desk keeps its drafts as well."""
    disk = mounted("size=8m")
    monkeypatch.setenv("XDG_STATE_HOME", str(disk / "state"))
    return finished_reel(disk / "reels")


def full(root: Path) -> Path:
    return fill(root.parent.parent, 0)


def said(root: Path) -> list[tuple[Kind, str]]:
    return [(one.kind, one.note) for one in read_snapshot(root).decisions]


def plan_of(root: Path) -> Plan:
    return decode_plan((root / layout.PLAN_FILE).read_bytes())


async def at_shot(seat: Seat, root: Path) -> ShotScreen:
    screen = ShotScreen(root, 0)
    seat.desk.push_screen(screen)
    await seat.sees("Line number 0.", "composition")
    return screen


async def at_plan(seat: Seat, root: Path, item: str) -> PlanScreen:
    screen = PlanScreen(root)
    seat.desk.push_screen(screen)
    await seat.sees("Logline")
    screen.query_one("#items", Rows).go_to(item)
    return screen


def test_a_decision_is_refused_and_goes_when_there_is_room_again(root: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await at_shot(seat, root)
        filler = full(root)
        for key in ("a", "t"):
            seat.desk.clear_notifications()
            await seat.press(key)
            await seat.hears(FULL, REMEDY)
            assert said(root) == []
        filler.unlink()
        await seat.press("a")
        await seat.until(lambda: said(root) == [(Kind.APPROVE, "")])
        await seat.sees("approved")
        assert seat.desk.screen is screen

    at_desk(root.parent, story)


def test_the_words_of_a_rejection_are_still_there(root: Path) -> None:
    async def story(seat: Seat) -> None:
        await at_shot(seat, root)
        await seat.press("x")
        await seat.sees("Reject take 1 of shot 0")
        first = seat.desk.screen
        await seat.press("3", "tab", *"too fast")
        filler = full(root)
        await seat.press("enter")
        await seat.hears(FULL, REMEDY)
        await seat.until(lambda: isinstance(seat.desk.screen, Reject) and seat.desk.screen is not first, "asked again")
        await seat.sees("too fast", "1 marked")
        filler.unlink()
        await seat.press("enter")
        await seat.until(lambda: said(root) == [(Kind.REJECT, "too fast")])
        assert [label.value for label in read_snapshot(root).decisions[0].labels] == ["CAMERA_IGNORED"]

    at_desk(root.parent, story)


def test_a_picture_of_ones_own_is_asked_for_again(root: Path, tmp_path: Path) -> None:
    from PIL import Image

    own = tmp_path / "own.png"
    Image.new("RGB", (64, 64), "red").save(own)

    async def story(seat: Seat) -> None:
        await at_plan(seat, root, "characters.A")
        await seat.press("m")
        await seat.sees("Your own picture for master A")
        first = seat.desk.screen
        first.query_one(Input).value = str(own)
        filler = full(root)
        await seat.press("enter")
        await seat.hears(FULL, REMEDY)
        await seat.until(lambda: seat.desk.screen is not first and bool(seat.desk.screen.query(Input)), "asked again")
        await seat.until(lambda: seat.desk.screen.query_one(Input).value == str(own))
        filler.unlink()
        await seat.press("enter")
        await seat.until(lambda: said(root) == [(Kind.PICTURE, "")])

    at_desk(root.parent, story)


@pytest.mark.parametrize("room", ["shot", "plan"])
def test_an_edit_stays_in_its_dialog_until_it_is_saved(root: Path, room: str) -> None:
    async def story(seat: Seat) -> None:
        await (at_shot(seat, root) if room == "shot" else at_plan(seat, root, "line.0"))
        below, key = seat.desk.screen, "n" if room == "shot" else "e"
        await seat.press(key)
        await seat.sees("save", "leave")
        first, filler = seat.desk.screen, full(root)
        await seat.press(*" She sits.")
        await seat.sees("narration 0")
        await seat.press("ctrl+s")
        await seat.until(lambda: seat.desk.screen not in (first, below), "asked again")
        await seat.sees(FULL, REMEDY, "Line number 0. She sits.")
        assert plan_of(root).vo_script_per_shot[0] == "Line number 0."
        await seat.press("ctrl+s")  # still no room
        await seat.sees(FULL, "Line number 0. She sits.")
        filler.unlink()
        await seat.until(lambda: bool(seat.desk.screen.query(TextArea)))
        await seat.press("ctrl+s")
        await seat.until(lambda: plan_of(root).vo_script_per_shot[0] == "Line number 0. She sits.")
        await seat.until(lambda: seat.desk.screen is below)
        await seat.sees("She sits.")
        await seat.press(key)
        await seat.sees("save", "leave")
        assert "not saved" not in seat.text

    at_desk(root.parent, story)


def test_a_whole_plan_is_in_the_editor_again(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = tmp_path / "editor"
    edits_with(monkeypatch, editor, "s/calm/wild/")

    async def story(seat: Seat) -> None:
        screen = await at_plan(seat, root, "setting")
        filler = full(root)
        await seat.press("E")
        await seat.sees("Save the plan?", "music")
        await seat.press("y")
        await seat.hears(FULL, REMEDY)
        assert "calm" in plan_of(root).music_style
        await seat.until(lambda: seat.desk.screen is screen)
        filler.unlink()
        editor.write_text("#!/bin/sh\n")  # nothing more is written: it was all there
        await seat.press("E")
        await seat.sees("Save the plan?", "music")
        await seat.press("y")
        await seat.until(lambda: "wild" in plan_of(root).music_style)

    at_desk(root.parent, story)


@pytest.mark.parametrize("foreseen", [True, False])
def test_a_new_reel_is_made_as_soon_as_there_is_room(
    root: Path, foreseen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A disk may also be full for this person alone (a quota), which cannot be foreseen.
    monkeypatch.setattr(new, "room_needed", lambda settings: 100_000 if foreseen else 0)

    async def story(seat: Seat) -> None:
        await seat.sees("1 reel")
        filler = full(root)
        await seat.press("n")
        await seat.sees("New reel")
        await seat.press(*"a fox sleeps", "enter")
        await seat.sees("the reel may need" if foreseen else FULL, "a fox sleeps")
        await seat.until(lambda: isinstance(seat.desk.screen, NewReel))
        filler.unlink()
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.desk.screen, LibraryScreen))
        await seat.sees("2 reels", "a fox sleeps")

    at_desk(root.parent, story)


def test_who_went_on_to_another_screen_is_told_all_the_same(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from reeltui.acts import decide

    gone, say = threading.Event(), decide.say

    def slowly(*args: object) -> object:
        assert gone.wait(30)
        return say(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(decide, "say", slowly)

    async def story(seat: Seat) -> None:
        await at_shot(seat, root)
        full(root)
        await seat.press("a", "escape")
        await seat.until(lambda: isinstance(seat.desk.screen, LibraryScreen))
        gone.set()
        await seat.hears(FULL, REMEDY)

    at_desk(root.parent, story)
