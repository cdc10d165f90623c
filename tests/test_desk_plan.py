"""The plan screen: reading, editing in place with what it costs, drafts, hostile words, a plan that is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from textual.widgets import Input

from core.film.decision import Kind
from core.film.plan import decode_plan
from core.folder import layout
from core.folder.snapshot import read_snapshot
from reeltui.acts.reword import with_text
from reeltui.screens.plan import PlanScreen
from reeltui.views.plan import look_at_plan
from tests.desk_driving import Seat, at_desk, edits_with, finished_reel

HOSTILE = "\x1b]52;c;aGk=\x07[bold red]x[/] \u202eabc \x9b31m"


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of toys."""
    return finished_reel(library)


def in_force(root: Path) -> object:
    return decode_plan((root / layout.PLAN_FILE).read_bytes())


def test_every_text_of_the_plan_is_there(root: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        await seat.sees("Logline", "Character A", "Shot 1", "Line 1", "Brief")

    at_desk(root.parent, story)


def test_an_edit_shows_what_it_costs_before_it_is_saved(root: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        await seat.sees("Line 0")
        screen = seat.desk.screen
        assert isinstance(screen, PlanScreen)
        screen.query_one("#items").go_to("line.0")  # type: ignore[attr-defined]
        await seat.press("enter")
        await seat.sees("save", "leave")
        await seat.press(*" again")
        await seat.sees("makes again", "narration 0, mix")
        before = in_force(root)
        await seat.press("ctrl+s")
        await seat.until(lambda: in_force(root) != before)
        await seat.until(lambda: screen.view is not None and screen.view.plan.vo_script_per_shot[0].endswith(" again"))
        await seat.sees("again")

    at_desk(root.parent, story)


def test_a_bad_edit_cannot_be_saved_and_leaving_asks_once(root: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        await seat.sees("Language")
        seat.desk.screen.query_one("#items").go_to("vo_lang")  # type: ignore[attr-defined]
        await seat.press("e")
        await seat.sees("leave")
        await seat.press(*"xyz")
        await seat.sees("is no language known here")
        await seat.press("ctrl+s")
        await seat.sees("is no language known here")
        await seat.press("escape")
        await seat.sees("What you changed is not saved")
        await seat.press("escape")
        await seat.sees_no("leave")

    before = in_force(root)
    at_desk(root.parent, story)
    assert in_force(root) == before


def test_what_was_typed_outlives_a_desk_that_dies(root: Path) -> None:
    async def types(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        await seat.sees("Logline")
        await seat.press("e")
        await seat.sees("leave")
        await seat.press(*" at night")
        await seat.sees("nothing has to be made again")

    async def comes_back(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        await seat.sees("Logline")
        await seat.press("e")
        await seat.sees("had typed and not saved", "at night")
        await seat.press("escape", "escape")
        await seat.sees_no("leave")
        await seat.press("e")
        await seat.sees("leave")
        await seat.sees_no("had typed and not saved")

    at_desk(root.parent, types)
    at_desk(root.parent, comes_back)


def test_a_plan_that_is_refused_is_shown_with_the_reason(root: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        await seat.sees("Logline")
        (root / layout.PLAN_FILE).write_text("{")
        await seat.sees("is refused", "The last good plan stays in force")

    at_desk(root.parent, story)


def test_hostile_words_do_no_harm(root: Path) -> None:
    table = json.loads((root / layout.PLAN_FILE).read_text())
    table["story_logline"] = HOSTILE + "z" * 100
    table["music_style"] = HOSTILE
    (root / layout.PLAN_FILE).write_text(json.dumps(table))

    async def story(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        text = await seat.sees("[bold red]x[/] abc")
        assert not [char for char in text if char != "\n" and (ord(char) < 32 or 0x7F <= ord(char) < 0xA0)]
        await seat.press("e")
        await seat.sees("leave")
        assert "\x1b" not in seat.text
        assert "\x9b" not in seat.text

    at_desk(root.parent, story)


def test_a_changed_text_is_a_changed_plan(root: Path) -> None:
    plan = look_at_plan(root).plan
    assert with_text(plan, "characters.A", "an old man").characters["A"] == "an old man"
    assert with_text(plan, "prompt.1", "Pan left.").shots[1].prompt == "Pan left."
    assert with_text(plan, "line.1", "").vo_script_per_shot[1] == ""
    assert with_text(plan, "vo_lang", "french").vo_lang.value == "f"
    assert with_text(plan, "music_style", "a  drum\n").music_style == "a drum"


def test_the_whole_plan_in_an_editor_is_saved_after_its_cost_was_seen(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edits_with(monkeypatch, tmp_path / "editor", "s/calm/wild/")

    async def story(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        await seat.sees("Brief")
        await seat.press("E")
        await seat.sees("Save the plan?", "makes again", "music")
        assert "calm" in (root / layout.PLAN_FILE).read_text()
        await seat.press("y")
        await seat.until(lambda: "wild" in (root / layout.PLAN_FILE).read_text())

    at_desk(root.parent, story)


def test_a_picture_of_ones_own_takes_a_masters_place(root: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.png"
    Image.new("RGB", (64, 64), "red").save(own)

    async def story(seat: Seat) -> None:
        seat.desk.push_screen(PlanScreen(root))
        await seat.sees("Character A")
        seat.desk.screen.query_one("#items").go_to("characters.A")  # type: ignore[attr-defined]
        await seat.press("m")
        await seat.sees("Your own picture for master A")
        seat.desk.screen.query_one(Input).value = str(own)
        await seat.press("enter")
        await seat.until(lambda: bool(read_snapshot(root).decisions), "the decision")
        await seat.sees("u Undo")
        await seat.press("u")
        await seat.until(lambda: len(read_snapshot(root).decisions) == 2, "taken back")

    at_desk(root.parent, story)
    said, back = read_snapshot(root).decisions
    assert (said.kind, said.step) == (Kind.PICTURE, "masters/A")
    assert back.kind is Kind.UNDO
