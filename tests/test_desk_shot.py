"""The shot screen: takes side by side, words about them, its words with cost and fit, going from shot to shot."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from core.film.decision import Kind
from core.folder import layout
from core.folder.snapshot import read_snapshot
from reeltui.dialogs.playing import Playing
from reeltui.screens.shot import ShotScreen
from reeltui.views.shot import look_at_shot
from reeltui.widgets.contact_sheet import ContactSheet
from reeltui.widgets.rows import Rows
from tests.desk_driving import NOW, Seat, at_desk, finished_reel, hears
from tests.toys import toy_plan


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of toys; the second shot took two takes."""
    plan = toy_plan(2)
    shot = msgspec.structs.replace(plan.shots[1], prompt=f"{plan.shots[1].prompt} [fail OBJECT_MORPHING]")
    plan = msgspec.structs.replace(plan, shots=(plan.shots[0], shot))
    return finished_reel(library, plan)


async def opened(seat: Seat, root: Path, index: int = 1) -> ShotScreen:
    screen = ShotScreen(root, index)
    seat.desk.push_screen(screen)
    await seat.until(lambda: screen.view is not None and screen.view.index == index)
    await seat.sees(f"shot {index}", "composition")
    return screen


def said(root: Path) -> list[tuple[Kind, int | None, int | None]]:
    return [(one.kind, one.shot, one.take) for one in read_snapshot(root).decisions]


def test_two_takes_are_side_by_side_with_what_the_retry_changed(root: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        await seat.sees("A take 2", "B take 1", "object morphing", "does not pass", "→ a new seed")
        assert screen.query_one("#takes", Rows).keys == ("1", "2")
        await seat.until(lambda: screen.query_one("#left-stills", ContactSheet).shown == 4)
        left, right = screen.take, screen.beside
        assert left is not None
        assert right is not None
        await seat.press("space")
        await seat.until(lambda: (screen.take, screen.beside) == (right, left))
        await seat.press("home")
        await seat.until(lambda: screen.take is not None and screen.take.number == 1)
        assert screen.beside is not None
        assert screen.beside.number != 1

    at_desk(root.parent, story)


@pytest.mark.parametrize("key", ["enter", "P"])
def test_enter_on_a_take_plays_it(root: Path, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        found: list[object] = []
        monkeypatch.setattr(seat.desk, "push_screen", lambda one, *_: found.append(one))  # the clip ends at once
        await seat.press(key)
        await seat.until(lambda: bool(found))
        assert screen.take is not None
        assert isinstance(found[0], Playing)
        assert found[0]._clip == screen.take.clip

    at_desk(root.parent, story)


def test_the_words_name_the_keys_that_edit_them(root: Path) -> None:
    async def story(seat: Seat) -> None:
        await opened(seat, root)
        await seat.sees("Narration   M edits", "Prompt   e edits")
        await seat.press("M")
        await seat.sees("Line number 1.", "leave")

    at_desk(root.parent, story, keymap={"shot.edit-narration": "M"})


def test_words_about_a_take_are_written_at_once_and_taken_back(root: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        screen.query_one("#takes", Rows).go_to("2")
        await seat.press("c")
        await seat.until(lambda: said(root) == [(Kind.CHOOSE, 1, 2)])
        await seat.sees("take 2 ships", "take 2 of shot 1 is chosen")
        await seat.press("a")
        await seat.until(lambda: said(root)[-1] == (Kind.APPROVE, 1, 2))
        await seat.press("u")
        await seat.until(lambda: said(root)[-1][0] is Kind.UNDO)
        await seat.press("t")
        await seat.until(lambda: said(root)[-1][0] is Kind.RETAKE)
        await seat.sees("take 3 is due")

    at_desk(root.parent, story)


def test_a_take_is_rejected_with_a_label(root: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await opened(seat, root, 0)
        await seat.press("x")
        await seat.sees("Reject take 1 of shot 0", "Camera ignored")
        await seat.press("3", "enter")
        await seat.until(lambda: said(root) == [(Kind.REJECT, 0, 1)])
        await seat.until(lambda: seat.desk.screen is screen)
        await seat.sees("rejected", "camera ignored")

    at_desk(root.parent, story)


def test_a_retake_is_asked_for_with_a_note(root: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await opened(seat, root, 0)
        assert screen.check_action("undo", ()) is False
        await seat.press("N")
        await seat.sees("One more take of shot 0", "Your words steer it")
        await seat.press(*"slower [b]pan")
        await seat.sees("to make", "clip 0 take 2")
        assert said(root) == []
        await seat.press("enter")
        await seat.until(lambda: said(root) == [(Kind.RETAKE, 0, None)])
        await hears(seat, "one more take of shot 0 is asked for", "“slower [b]pan”")
        await seat.sees("Last said:", "“slower [b]pan”")
        assert screen.check_action("undo", ()) is True
        await seat.press("N", "escape")
        await seat.until(lambda: seat.desk.screen is screen)
        await seat.press("u")
        await seat.until(lambda: said(root)[-1][0] is Kind.UNDO)
        await seat.sees_no("“slower [b]pan”")
        await seat.until(lambda: screen.check_action("undo", ()) is False)

    at_desk(root.parent, story)
    written = [json.loads(row) for row in (root / layout.DECISIONS).read_text().splitlines()]
    assert [row.get("note", "") for row in written] == ["slower [b]pan", ""]


def test_ones_own_keyframe_has_a_key_that_no_list_takes(root: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        assert screen.query_one("#takes", Rows).has_focus
        await seat.press("K")
        await seat.sees("Your own picture for keyframe 1")

    at_desk(root.parent, story)


def test_a_line_is_spoken_while_it_is_typed(root: Path) -> None:
    async def story(seat: Seat) -> None:
        await opened(seat, root)
        await seat.press("n")
        await seat.sees("Narration of shot 1")
        await seat.press(*(" and on" * 14))
        await seat.sees("too long", "narration 1, mix")
        await seat.press("ctrl+s")
        await seat.until(lambda: look_at_shot(root, 1, NOW).narration.endswith("and on"))

    at_desk(root.parent, story)


def test_a_prompt_shows_its_cost(root: Path) -> None:
    async def story(seat: Seat) -> None:
        await opened(seat, root)
        await seat.press("e")
        await seat.sees("Prompt of shot 1")
        await seat.press(*" Rain.")
        await seat.sees("makes again", "keyframe 1")
        await seat.press("escape", "escape")
        await seat.sees_no("Prompt of shot 1")
        assert "Rain." not in look_at_shot(root, 1, NOW).shot.prompt

    at_desk(root.parent, story)


def test_going_from_shot_to_shot_and_reading_a_request(root: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        assert screen.check_action("next", ()) is False
        await seat.press("left_square_bracket")
        await seat.until(lambda: screen.view is not None and screen.view.index == 0)
        assert screen.check_action("previous", ()) is False
        await seat.sees("keyframe", "the first frame")
        await seat.press("i")
        await seat.sees("Take 1 of shot 0", "flow shift", "81 frames at 16 fps")
        await seat.press("escape", "y")
        await hears(seat, "copied the prompt")

    at_desk(root.parent, story)


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (200, 60)])
def test_it_is_laid_out_for_every_size(root: Path, size: tuple[int, int]) -> None:
    async def story(seat: Seat) -> None:
        screen = await opened(seat, root)
        assert screen.query_one("#takes", Rows).has_focus
        assert screen.query_one("#right-side").display == (size[0] >= 100)

    at_desk(root.parent, story, size=size)


def test_a_shot_that_is_no_more_is_told(root: Path) -> None:
    async def story(seat: Seat) -> None:
        await opened(seat, root)
        plan = toy_plan(1)
        from core.film.plan import encode_plan

        (root / layout.PLAN_FILE).write_bytes(encode_plan(plan))
        await seat.sees("there is no shot 1 in this plan")
        await seat.press("escape")

    at_desk(root.parent, story)
