"""The form of a new reel: what is asked for, what is told before, and that nothing that was typed is lost."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from core.engines.registry import animatic
from core.film.errors import BadInput
from core.film.settings import MAX_SENTENCE, Settings
from core.folder.library import create_reel
from reeltui.acts import new
from reeltui.acts.new import Preview, Wanted
from reeltui.dialogs.new_reel import NewReel, draft_of
from reeltui.lines import plain
from reeltui.screens.library import LibraryScreen
from reeltui.views.new_reel import FIELDS, Form, choices_of, form_of, look_ahead, outlook_rows, turned
from tests.desk_driving import Seat, at_desk, toy_engine
from tests.stage import NOW, TINY

HOSTILE = "\x1b]52;c;aGk=\x07[bold red]x[/] \u202eabc \x9b31m"


async def opened(seat: Seat, form: NewReel) -> list[object]:
    """Open the form; return the list its answer goes to."""
    answers: list[object] = []
    await seat.sees("There are no reels here yet")
    seat.desk.push_screen(form, answers.append)
    await seat.sees("New reel")
    return answers


async def answered(seat: Seat, answers: list[object]) -> object:
    await seat.until(lambda: bool(answers) and isinstance(seat.desk.screen, LibraryScreen), "an answer")
    return answers[0]


def test_a_sentence_and_enter_is_all_it_takes(library: Path) -> None:
    async def story(seat: Seat) -> None:
        answers = await opened(seat, NewReel(library))
        await seat.press(*"a boat at dawn", "enter")
        assert await answered(seat, answers) == Wanted("a boat at dawn", Settings(engine="auto"))

    at_desk(library, story)


def test_every_field_is_changed_by_keys(library: Path) -> None:
    toy_engine()

    async def story(seat: Seat) -> None:
        answers = await opened(seat, NewReel(library))
        await seat.press(*"a boat at dawn", "tab")
        await seat.press("right", "right", "right", "down")  # engine: auto, animatic, studio, toy
        await seat.press("l", "j")  # preset: cinematic
        await seat.press("left", "down")  # aspect, backwards: 1:1
        await seat.press("right", "right", "down")  # language: British English
        await seat.press("space", "down")  # voice: off
        await seat.press("h", "down")  # music: off
        await seat.press("right", "down")  # review: plan
        await seat.press("right", "down")  # shots: 7; then on to the name
        await seat.press(*"dawn")
        await seat.sees("‹ toy ›", "‹ British English ›", "voice bf_emma", "waits for you after the plan")
        await seat.press("ctrl+s")
        wanted = await answered(seat, answers)
        assert isinstance(wanted, Wanted)
        told = msgspec.to_builtins(wanted.settings)
        assert (wanted.sentence, wanted.name) == ("a boat at dawn", "dawn")
        assert {field: told[field] for field in (*FIELDS, "width", "height")} == {
            "engine": "toy",
            "preset": "cinematic",
            "aspect": "1:1",
            "language": "b",
            "voice": False,
            "music": False,
            "review": "plan",
            "shots": 7,
            "width": 960,
            "height": 960,
        }

    at_desk(library, story)


def test_a_value_is_changed_by_a_click(library: Path) -> None:
    async def story(seat: Seat) -> None:
        await opened(seat, NewReel(library))
        rows = (await seat.sees("‹ 16:9 ›")).split("\n")
        y = next(at for at, row in enumerate(rows) if "‹ 16:9 ›" in row)
        await seat.pilot.click(offset=(rows[y].index("›"), y))
        await seat.sees("‹ 9:16 ›", "720 x 1280")

    at_desk(library, story)


def test_the_engine_with_its_why_the_time_and_the_disk_are_told_before(library: Path) -> None:
    async def story(seat: Seat) -> None:
        await opened(seat, NewReel(library))
        await seat.sees("takes animatic", "there is no GPU")
        await seat.sees("about", "not yet measured on this machine", "MB", "free")

    at_desk(library, story)


def test_nothing_is_made_of_no_words_and_it_says_so(library: Path) -> None:
    async def story(seat: Seat) -> None:
        answers = await opened(seat, NewReel(library))
        await seat.sees("takes animatic")
        assert "the sentence has no words" not in seat.text  # nothing typed yet is nothing wrong yet
        await seat.press("tab", "enter")
        await seat.sees("! the sentence has no words")
        assert seat.desk.focused is not None
        assert seat.desk.focused.id == "sentence"
        assert not answers
        await seat.press("a", "enter")
        assert isinstance(await answered(seat, answers), Wanted)

    at_desk(library, story)


def test_a_name_that_is_taken_is_refused_while_it_is_typed(library: Path) -> None:
    create_reel(library, "x", TINY, name="dawn", now=NOW)

    async def story(seat: Seat) -> None:
        await seat.sees("dawn")
        answers: list[object] = []
        seat.desk.push_screen(NewReel(library), answers.append)
        await seat.sees("New reel")
        await seat.press(*"a boat", "tab", "tab", *"dawn")
        await seat.sees("! there is already a reel of this name")
        await seat.press("enter")
        await seat.pilot.pause()
        assert not answers
        await seat.press("2")
        await seat.sees_no("already a reel")
        await seat.press("enter")
        wanted = await answered(seat, answers)
        assert isinstance(wanted, Wanted)
        assert wanted.name == "dawn2"

    at_desk(library, story)


def test_what_was_typed_is_there_again(library: Path) -> None:
    async def leaves(seat: Seat) -> None:
        answers = await opened(seat, NewReel(library))
        await seat.press(*"a boat")
        await seat.until(lambda: draft_of(library).read() == "a boat", "kept")
        await seat.press("escape")
        assert await answered(seat, answers) is None

    async def comes_back(seat: Seat) -> None:
        await opened(seat, NewReel(library))
        await seat.sees("a boat")

    at_desk(library, leaves)
    at_desk(library, comes_back)


def test_pasted_lines_become_one_sentence_without_what_a_terminal_obeys(library: Path) -> None:
    from textual import events
    from textual.widgets import TextArea

    async def story(seat: Seat) -> None:
        form = NewReel(library)
        await opened(seat, form)
        seat.desk.post_message(events.Paste(f"a boat\nat dawn {HOSTILE}"))
        area = form.query_one(TextArea)
        await seat.until(lambda: bool(area.text), "pasted")
        assert area.text.startswith("a boat at dawn")
        assert not [char for char in area.text if ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char == "\u202e"]

    at_desk(library, story)


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40), (200, 60)])
def test_all_of_it_can_be_reached_in_every_terminal(library: Path, size: tuple[int, int]) -> None:
    async def story(seat: Seat) -> None:
        await opened(seat, NewReel(library))
        await seat.sees("takes animatic")
        seen = seat.text
        await seat.press("tab", *["down"] * 7)
        seen += seat.text
        await seat.press("down")
        await seat.pilot.pause(0.1)
        seen += seat.text
        for words in ("New reel", "Engine", "Shots", "Name", "Time"):
            assert words in seen

    at_desk(library, story, size=size)


def test_a_full_disk_is_told_before(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = new.preview(library, Settings())
    tight = Preview(found.lineup, found.ahead, needed=500_000_000, free=1_000_000)
    monkeypatch.setattr("reeltui.views.new_reel.preview", lambda library, settings: tight)
    outlook = look_ahead(library, Form("a boat"))
    assert outlook.wrong == {"disk": "the reel may need 500.0 MB, and 1.0 MB are free"}
    assert any("! the reel may need 500.0 MB" in plain(row) for row in outlook_rows(outlook, 80))


def test_what_is_wrong_is_told_by_field(library: Path) -> None:
    assert look_ahead(library, Form("")).wrong.keys() == {"sentence"}
    assert look_ahead(library, Form("x" * (MAX_SENTENCE + 1))).wrong.keys() == {"sentence"}
    assert look_ahead(library, Form("a boat", ".hidden")).wrong.keys() == {"name"}
    assert look_ahead(library, Form("a boat", "", {"engine": "none"})).wrong.keys() == {"engine"}
    assert look_ahead(library, Form("a boat at dawn")).folder == "boat-dawn"
    assert look_ahead(library, Form("a boat at dawn")).wrong == {}


def test_an_engine_that_cannot_be_made_is_told(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(word: str, *more: object) -> object:
        raise BadInput("the engine cannot be made")

    monkeypatch.setattr(new, "choose_engine", broken)
    assert look_ahead(library, Form("a boat")).wrong == {"engine": "the engine cannot be made"}


def test_a_preset_that_is_not_for_the_engine_is_told_whole_where_there_is_room(library: Path) -> None:
    found = look_ahead(library, Form("a boat", "", {"engine": "animatic", "preset": "lightning"}))
    assert found.wrong.keys() == {"preset"}
    rows = ["".join(one.text for one in row).strip() for row in outlook_rows(found, 60)]
    assert " ".join(rows).startswith("! lightning is for the studio engine, and this reel's is animatic (asked for)")


def test_values_go_round_and_numbers_stop_at_their_ends() -> None:
    for field in FIELDS:
        form = Form()
        first = form.value(field)
        assert first in choices_of(field), field
        assert turned(turned(form, field, 1), field, -1).value(field) == first
    assert turned(Form(), "voice", -1).value("voice") == "off"
    assert turned(Form(values={"shots": "24"}), "shots", 1).value("shots") == "24"
    assert turned(Form(values={"shots": "1"}), "shots", -1).value("shots") == "1"


def test_a_form_says_again_what_was_asked_for() -> None:
    form = Form("a boat", "dawn", {"preset": "fast", "language": "j", "voice": "off", "aspect": "9:16", "shots": "3"})
    assert form_of(form.wanted()).wanted() == form.wanted()
    assert animatic("asked for").engine in choices_of("engine")
