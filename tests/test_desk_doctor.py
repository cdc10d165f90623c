"""The doctor screen: checks that come one after another, the remedy in full, and again without anything moving."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reeltui.doctor import diagnose as doctor
from reeltui.doctor.check import Check, Group, State
from reeltui.lines import Line, Span, Tone, plain, width_of
from reeltui.screens.doctor import DoctorScreen
from reeltui.views.doctor import DoctorView, begun, check_row, closer, ended, found, title
from reeltui.widgets.rows import Rows
from tests.desk_driving import Seat, at_desk, hears

WIDTHS = (58, 78, 98, 118, 158, 198)
SIZES = ((60, 18), (80, 24), (120, 40), (200, 60))
LONG = "put the models where they are looked for, or say where they are, " * 4 + "the end"
PYTHON = Check("Python", Group.INSTALLATION, State.OK, "3.11.7")
CORE = Check("core", Group.INSTALLATION, State.BAD, "another program's", "leave that environment")
SPACE = Check("space", Group.DISK, State.WARN, "nearly full", LONG)
MODEL = Check("model", Group.MODELS, State.UNKNOWN, "長い" * 90, "see \x1b]52;c;aGk=\x07 the guide")
ALL = (PYTHON, CORE, MODEL, SPACE)
Checks = list[Check]


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> Checks:
    """What the doctor will find: a list to change."""
    known = list(ALL)
    monkeypatch.setattr(doctor, "diagnose", lambda library: iter(tuple(known)))
    return known


def key(name: str) -> Span:
    return Span(f"<{name}>", Tone.ACCENT)


def view_of(*checks: Check) -> DoctorView:
    view = begun(DoctorView("/reels"))
    for check in checks:
        view = found(view, check)
    return ended(view)


# --- the view ------------------------------------------------------------------------------------------------------


def test_what_is_known_stays_until_it_is_found_otherwise() -> None:
    view = begun(view_of(PYTHON, CORE, SPACE))
    well = Check("core", Group.INSTALLATION, State.OK, "ours")
    view = found(found(view, PYTHON), well)
    assert [seen.check for seen in view.checks] == [PYTHON, well, SPACE]
    assert (view.fresh, view.over) == (2, False)
    view = ended(view)  # space was not looked at any more
    assert [seen.check for seen in view.checks] == [PYTHON, well]


def test_two_checks_of_one_name_are_two() -> None:
    other = Check("core", Group.INSTALLATION, State.OK, "more")
    view = view_of(CORE, other)
    assert len({seen.key for seen in view.checks}) == 2
    again = ended(found(found(begun(view), CORE), other))
    assert again == view


def test_the_title_says_how_many_stand_how_the_worst_first() -> None:
    words = plain(title(view_of(*ALL))[1])
    assert words == "✗ 1 bad   ! 1 worth doing something about   ? 1 not known   ✓ 1 ok"
    assert "looking…  1 of 4" in plain(title(found(begun(view_of(*ALL)), PYTHON))[1])


def test_a_group_is_named_once() -> None:
    view = view_of(*ALL)
    rows = [plain(check_row(view, seen.key, 118)) for seen in view.checks]
    assert [row.split()[0] for row in rows] == ["Installation", "✗", "Models", "Disk"]
    assert "✗ BAD" in rows[1]
    assert rows[1].index("core") == rows[0].index("Python")  # in columns
    assert check_row(view, "gone", 118) == ()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_screen_and_the_remedy_is_whole(width: int) -> None:
    view = view_of(*ALL)
    rows: list[Line] = [check_row(view, seen.key, width) for seen in view.checks]
    for check in ALL:
        rows += closer(check, key, width)
    assert {width_of(row) for row in rows if width_of(row) > width} == set()
    text = " ".join(" ".join(plain(row) for row in closer(SPACE, key, width)).split())
    assert LONG.split()[-3:] == ["are,", "the", "end"]
    assert SPACE.remedy in text
    assert "<doctor.copy> copies it" in text
    assert not any(sign in text for sign in "\x1b\x07")


# --- at the screen -------------------------------------------------------------------------------------------------


async def open_doctor(seat: Seat) -> DoctorScreen:
    await seat.press("D")
    await seat.until(lambda: isinstance(seat.desk.screen, DoctorScreen))
    screen = seat.desk.screen
    assert isinstance(screen, DoctorScreen)
    return screen


def over(screen: DoctorScreen) -> Callable[[], bool]:
    return lambda: screen.view.over and screen.view.checks != ()


@pytest.mark.parametrize("size", SIZES)
def test_checks_and_the_remedy_are_seen_at_every_size(library: Path, checks: Checks, size: tuple[int, int]) -> None:
    async def story(seat: Seat) -> None:
        screen = await open_doctor(seat)
        await seat.until(over(screen))
        await seat.sees("Python", "✗ BAD", "! warn", "3.11.7")
        await seat.press("j")
        await seat.sees("→ leave that environment", "reels cannot be made", "y Copy", "r Again")

    at_desk(library, story, size=size)


def test_checks_appear_one_after_another_and_the_screen_can_be_used(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [threading.Event() for _ in ALL]

    def slow(library: Path) -> Iterator[Check]:
        for step, check in zip(steps, ALL, strict=True):
            step.wait(30)
            yield check

    monkeypatch.setattr(doctor, "diagnose", slow)

    async def story(seat: Seat) -> None:
        screen = await open_doctor(seat)
        await seat.sees("looking…")
        steps[0].set()
        steps[1].set()
        await seat.sees("another program's", "looking…")
        assert screen.check_action("again", ()) is False
        await seat.press("j")  # it can be used meanwhile
        await seat.sees("→ leave that environment")
        assert "nearly full" not in seat.text
        for step in steps:
            step.set()
        await seat.sees("nearly full", "1 bad")
        assert screen.check == CORE

    at_desk(library, story)


def test_again_changes_only_what_is_otherwise(library: Path, checks: Checks) -> None:
    async def story(seat: Seat) -> None:
        screen = await open_doctor(seat)
        await seat.until(over(screen))
        await seat.press("end")
        await seat.sees("→ put the models")
        rows = screen.query_one("#checks", Rows)
        painted: list[object] = []
        refresh = rows.refresh
        rows.refresh = lambda *regions, **more: (painted.append(regions), refresh(*regions, **more))[1]  # type: ignore[method-assign]
        text = seat.text
        await seat.press("r")
        await seat.until(lambda: screen._round == 2)
        await seat.until(over(screen))
        assert painted == []
        assert seat.text == text
        checks[1] = Check("core", Group.INSTALLATION, State.OK, "ours")
        await seat.press("f5")
        await seat.sees("ours")
        await seat.sees_no("1 bad", "another program's")
        assert painted != []
        assert screen.check == SPACE  # the cursor stays

    at_desk(library, story)


def test_the_remedy_is_copied(library: Path, checks: Checks, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr("reeltui.clipboard.copy", lambda text, write: copied.append(text))

    async def story(seat: Seat) -> None:
        screen = await open_doctor(seat)
        await seat.until(over(screen))
        assert screen.check_action("copy", ()) is False  # nothing has to be done about Python
        await seat.press("y")
        assert copied == []
        await seat.press("end")
        await seat.sees("→ put the models")
        await seat.press("y")
        await hears(seat, "copied the remedy")
        assert copied == [SPACE.remedy]

    at_desk(library, story)


def test_it_opens_from_anywhere_once_and_goes_back(library: Path, checks: Checks) -> None:
    async def story(seat: Seat) -> None:
        await seat.press("Q")
        await seat.sees("Queue")
        screen = await open_doctor(seat)
        await seat.press("D")
        await seat.until(over(screen))
        assert len(seat.desk.screen_stack) == 3
        await seat.press("escape")
        await seat.sees("Nothing is queued")

    at_desk(library, story)


@pytest.mark.slow
def test_this_machine_is_looked_at_for_real(library: Path) -> None:
    library.mkdir(parents=True)

    async def story(seat: Seat) -> None:
        screen = await open_doctor(seat)
        await seat.until(over(screen))
        assert {seen.check.group for seen in screen.view.checks} == set(Group)
        assert screen.view.checks[0].check.name == "Python"
        assert not [seen.check for seen in screen.view.checks if "this check itself failed" in seen.check.found]

    at_desk(library, story)
