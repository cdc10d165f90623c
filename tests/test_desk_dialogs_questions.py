"""The small questions: confirming, one line of words, why a take is rejected."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.engines.wording import load_wording
from core.film.errors import BadInput
from core.film.verdict import Label
from reeltui.dialogs.confirm import Confirm
from reeltui.dialogs.paths import check_picture, complete_picture
from reeltui.dialogs.reject import Reject, Rejection
from reeltui.dialogs.words import Words
from reeltui.lines import line
from reeltui.screens.library import LibraryScreen
from reeltui.views.labels import change_of, name_of
from tests.desk_driving import Seat, at_desk, text_of

HOSTILE = "\x1b]52;c;aGk=\x07[bold red]x[/] \u202eabc \x9b31m"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


async def asked(seat: Seat, question: Any) -> list[object]:
    """Ask a question; return the list its answer goes to."""
    answers: list[object] = []
    await seat.sees("There are no reels here yet")
    seat.desk.push_screen(question, answers.append)
    await seat.until(lambda: seat.desk.screen is question, "the question")
    return answers


async def answered(seat: Seat, answers: list[object]) -> object:
    await seat.until(lambda: bool(answers) and isinstance(seat.desk.screen, LibraryScreen), "an answer")
    return answers[0]


def harmless(text: str) -> bool:
    return not [char for char in text if char != "\n" and (ord(char) < 32 or 0x7F <= ord(char) < 0xA0)]


# --- confirming ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("enter",), False),
        (("escape",), False),
        (("n",), False),
        (("y",), True),
        (("left", "enter"), True),
        (("tab", "space"), True),
        (("left", "right", "enter"), False),
    ],
)
def test_the_safe_answer_is_the_one_that_is_there_by_itself(
    library: Path, keys: tuple[str, ...], expected: bool
) -> None:
    async def story(seat: Seat) -> None:
        answers = await asked(seat, Confirm("Cancel it?", [line("All of it goes.")], yes="Cancel the reel"))
        await seat.sees("Cancel it?", "All of it goes.", "Cancel the reel", "▸ Leave it as it is ◂")
        await seat.press(*keys)
        assert await answered(seat, answers) is expected

    at_desk(library, story)


def test_an_answer_can_be_clicked(library: Path) -> None:
    async def story(seat: Seat) -> None:
        answers = await asked(seat, Confirm("Cancel it?", yes="Cancel the reel"))
        await seat.sees("Cancel the reel")
        rows = seat.text.split("\n")
        y = next(at for at, row in enumerate(rows) if "Cancel the reel" in row)
        await seat.pilot.click(offset=(rows[y].index("Cancel the reel"), y))
        assert await answered(seat, answers) is True

    at_desk(library, story)


def test_hostile_words_in_a_question_do_no_harm(library: Path) -> None:
    async def story(seat: Seat) -> None:
        await asked(seat, Confirm(HOSTILE, yes=HOSTILE))
        text = await seat.sees("[bold red]x[/] abc")
        assert harmless(text)

    at_desk(library, story)


# --- one line ------------------------------------------------------------------------------------------------------


def test_a_line_is_given_without_outer_spaces_and_esc_gives_nothing(library: Path) -> None:
    async def story(seat: Seat) -> None:
        answers = await asked(seat, Words("A note for the next take", "old", hint="It steers it."))
        await seat.sees("A note for the next take", "It steers it.", "old")
        await seat.press(*" new ", "enter")
        assert await answered(seat, answers) == "old new"
        answers = []
        seat.desk.push_screen(Words("Again"), answers.append)
        await seat.sees("Again")
        await seat.press("a", "escape")
        assert await answered(seat, answers) is None

    at_desk(library, story)


def test_a_line_is_checked_while_it_is_typed_and_a_bad_one_stays(library: Path) -> None:
    def check(text: str) -> list[str]:
        if "x" in text:
            raise BadInput("no x is wanted", remedy="leave it out")
        return [f"{len(text)} letters"]

    async def story(seat: Seat) -> None:
        answers = await asked(seat, Words("Without x", check=check))
        await seat.press(*"ab")
        await seat.sees("2 letters")
        await seat.press("x")
        await seat.sees("! no x is wanted — leave it out")
        await seat.press("enter")
        await seat.pilot.pause()
        assert not answers
        await seat.press("backspace", "enter")
        assert await answered(seat, answers) == "ab"

    at_desk(library, story)


def test_an_answer_waits_until_it_was_checked(library: Path) -> None:
    """Enter before the check is done gives neither an unchecked answer nor none."""
    go_on = threading.Event()

    def check(text: str) -> list[str]:
        assert go_on.wait(30)
        if text == "bad":
            raise BadInput("that is bad")
        return []

    async def story(seat: Seat) -> None:
        answers = await asked(seat, Words("Slowly", check=check))
        await seat.press(*"bad", "enter")
        await seat.pilot.pause(0.05)
        assert not answers
        go_on.set()
        await seat.sees("! that is bad")
        assert not answers
        await seat.press(*"der", "enter")
        assert await answered(seat, answers) == "badder"

    at_desk(library, story)


def test_a_check_that_fails_of_itself_is_shown(library: Path) -> None:
    def check(text: str) -> list[str]:
        raise ZeroDivisionError("oh")

    async def story(seat: Seat) -> None:
        await asked(seat, Words("Well", check=check))
        await seat.press("a")
        await seat.sees("a mistake in reeltui: ZeroDivisionError: oh")

    at_desk(library, story)


def test_the_path_of_a_picture_is_completed_and_checked(library: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    (folder / "dawn-one.png").write_bytes(PNG)
    (folder / "dawn-two.png").write_bytes(PNG)
    (folder / "notes.txt").write_text("none")

    async def story(seat: Seat) -> None:
        question = Words("Your own picture", f"{tmp_path}/sh", check=check_picture, complete=complete_picture)
        answers = await asked(seat, question)
        await seat.press("tab")
        await seat.until(lambda: question.text == f"{folder}/", "the folder")
        await seat.press("tab")
        await seat.until(lambda: question.text == f"{folder}/dawn-", "what both share")
        await seat.sees("dawn-one.png", "dawn-two.png")
        await seat.pilot.pause(0.4)
        assert "dawn-one.png" in seat.text  # the check does not take the ways on away
        await seat.press("t", "tab")
        await seat.until(lambda: question.text == f"{folder}/dawn-two.png", "whole")
        await seat.sees("a picture of 108 bytes")
        await seat.press("enter")
        assert await answered(seat, answers) == f"{folder}/dawn-two.png"

    at_desk(library, story)


def test_pasted_words_come_without_what_a_terminal_obeys(library: Path) -> None:
    from textual import events

    async def story(seat: Seat) -> None:
        question = Words("Paste")
        await asked(seat, question)
        await seat.until(lambda: seat.desk.focused is not None)
        seat.desk.post_message(events.Paste(f"two\nlines {HOSTILE}"))
        await seat.until(lambda: bool(question.text), "pasted")
        assert question.text.startswith("two lines")
        assert harmless(question.text)
        assert "\u202e" not in question.text

    at_desk(library, story)


def test_what_completes_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.jpg").write_bytes(b"")
    (tmp_path / "a" / "b.webp").write_bytes(b"")
    (tmp_path / "a" / ".hidden.png").write_bytes(b"")
    (tmp_path / "a" / "x\x1b[31m.png").write_bytes(b"")
    assert complete_picture(f"{tmp_path}/a").text == f"{tmp_path}/a/"
    found = complete_picture(f"{tmp_path}/a/")
    assert (found.text, found.ways) == (f"{tmp_path}/a/b.", ("b.jpg", "b.webp"))
    assert complete_picture(f"{tmp_path}/a/.h").text == f"{tmp_path}/a/.hidden.png"
    assert complete_picture(f"{tmp_path}/none/x") == complete_picture(f"{tmp_path}/none/x")
    assert complete_picture(f"{tmp_path}/none/x").ways == ()
    monkeypatch.chdir(tmp_path)
    assert complete_picture("a/b.j").text == "a/b.jpg"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: None, "no such file"),
        (lambda path: path.write_bytes(b"GIF89a"), "no PNG, JPEG or WebP"),
    ],
)
def test_what_is_no_picture(tmp_path: Path, make: Callable[[Path], object], words: str) -> None:
    make(tmp_path / "p")
    with pytest.raises(BadInput, match=words):
        check_picture(str(tmp_path / "p"))


# --- rejecting -----------------------------------------------------------------------------------------------------


def rejecting(foresee: Callable[[Rejection], list[str]] = lambda said: []) -> Reject:
    wording = load_wording()
    return Reject(
        "take 2 of shot 3", lambda label: change_of(label, wording), lambda said: [line(row) for row in foresee(said)]
    )


def test_labels_are_marked_and_words_typed(library: Path) -> None:
    async def story(seat: Seat) -> None:
        answers = await asked(seat, rejecting())
        await seat.sees("Reject take 2 of shot 3", "Character drift", "reference strength +0.15")
        await seat.press("space", "down", "down", "space", "4", "4", "5")
        await seat.sees("3 marked")
        await seat.press("tab", *"slower", "enter")
        said = await answered(seat, answers)
        assert said == Rejection((Label.CHARACTER_DRIFT, Label.CAMERA_IGNORED, Label.OBJECT_MORPHING), "slower")

    at_desk(library, story)


def test_no_label_and_no_words_is_a_rejection_and_esc_is_none(library: Path) -> None:
    async def story(seat: Seat) -> None:
        answers = await asked(seat, rejecting())
        await seat.press("enter")
        assert await answered(seat, answers) == Rejection((), "")
        answers = []
        seat.desk.push_screen(rejecting(), answers.append)
        await seat.sees("Reject take 2")
        await seat.press("space", "escape")
        assert await answered(seat, answers) is None

    at_desk(library, story)


def test_what_follows_is_there_from_the_first_moment_and_follows_the_labels(library: Path) -> None:
    def foresee(said: Rejection) -> list[str]:
        if said.note == "no":
            raise BadInput("that cannot be", remedy="say something else")
        return [f"to make: clip 3 with {len(said.labels)} labels"]

    async def story(seat: Seat) -> None:
        await asked(seat, rejecting(foresee))
        await seat.sees("clip 3 with 0 labels")
        await seat.press("space")
        await seat.sees("clip 3 with 1 labels")
        await seat.press("tab", *"no")
        await seat.sees("! that cannot be — say something else")

    at_desk(library, story)


@pytest.mark.parametrize("size", [(80, 24), (60, 18), (200, 60)])
def test_a_rejection_fits_every_terminal(library: Path, size: tuple[int, int]) -> None:
    async def story(seat: Seat) -> None:
        await asked(seat, rejecting(lambda said: ["to make: keyframe 3, clip 3, mix"]))
        await seat.sees("Character drift", "In words", "reject it")
        for _ in range(20):
            await seat.press("down")
        assert "Scene mismatch" in text_of(seat.desk)

    at_desk(library, story, size=size)


def test_every_label_says_what_it_changes() -> None:
    wording = load_wording()
    for label in Label:
        assert change_of(label, wording), label
        assert "{" not in change_of(label, wording)
        assert "_" not in name_of(label)
    assert change_of(Label.CHARACTER_DRIFT, wording).startswith("reference strength +0.15")
    assert change_of(Label.OBJECT_MORPHING, wording).startswith("flow shift -1")
