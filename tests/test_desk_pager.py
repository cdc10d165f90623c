"""What is read over a screen is read in the person's own pager too; nothing of it is obeyed by a terminal."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path

import pytest

from core.folder import layout
from reeltui.dialogs.reading import Reading
from reeltui.lines import line, span
from reeltui.screens.reel import ReelScreen
from reeltui.screens.shot import ShotScreen
from tests.desk_driving import Seat, at_desk, finished_reel, hears, text_of

HOSTILE = "one\x1b]52;c;ZXZpbA==\x07 \x1b[31mtwo\x9b31m\u202e \ttabbed"
LONG = "word " * 80


@pytest.fixture
def root(library: Path) -> Path:
    """A finished reel of toys."""
    return finished_reel(library)


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a pager got, after its words; it is given the terminal without asking for a real one."""
    shown = tmp_path / "shown by it"
    pager = tmp_path / "own pager"
    pager.write_text(f'#!/bin/sh\n{{ echo "$1"; cat "$2"; }} > {shlex.quote(str(shown))}\n')
    pager.chmod(0o755)
    monkeypatch.setenv("PAGER", f"{shlex.quote(str(pager))} '-R and more'")
    monkeypatch.setenv("LESS", "-R")
    monkeypatch.setattr("textual.app.App.suspend", lambda app: contextlib.nullcontext())
    monkeypatch.setattr("reeltui.editor._GLANCE", 0.0)
    return shown


def harmless(text: str) -> bool:
    """Tell whether a terminal would obey nothing of it."""
    return not [one for one in text if (ord(one) < 32 and one != "\n") or 0x7F <= ord(one) < 0xA0 or one == "\u202e"]


def test_a_log_opens_in_the_pager_whole_and_harmless(root: Path, shown: Path) -> None:
    (root / layout.CRITIC_LOG).write_text(f"{HOSTILE}\n{LONG}\nlast")

    async def story(seat: Seat) -> None:
        seat.desk.push_screen(ReelScreen(root))
        await seat.sees("Finished")
        await seat.press("L")
        await seat.sees("Critic's log", "last", "v", "In $PAGER", "Close")
        await seat.press("v")
        await seat.until(shown.exists)
        await seat.sees("Critic's log")  # it is there when the pager is left
        await seat.press("escape")
        await seat.sees_no("Critic's log")

    at_desk(root.parent, story)
    words, first, second, last = shown.read_text().split("\n")[:4]
    assert words == "-R and more"
    assert first.split() == ["one]52;c;ZXZpbA==", "[31mtwo31m", "tabbed"]
    assert second == LONG, "a pager wraps lines itself"
    assert last == "last"
    assert harmless(shown.read_text())


def test_what_is_drawn_opens_as_it_is_drawn(root: Path, shown: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(ShotScreen(root, 0))
        await seat.sees("shot 0", "composition")
        await seat.press("i")
        await seat.sees("Take 1 of shot 0", "flow shift")
        await seat.pilot.click("#foot", offset=(2, 1))  # the key in the foot
        await seat.until(shown.exists)

    at_desk(root.parent, story)
    assert "flow shift" in shown.read_text()
    assert harmless(shown.read_text())


def test_files_cannot_smuggle_anything_through_a_drawn_text(library: Path, shown: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(Reading(f"x{HOSTILE}/..", lambda width: [line(span(HOSTILE))]))
        await seat.sees("tabbed")
        await seat.press("v")
        await seat.until(shown.exists)

    at_desk(library, story)
    assert harmless(shown.read_text())


def test_a_pager_that_is_not_there_is_said_with_what_to_do(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "no-such-pager --at-all")

    async def story(seat: Seat) -> None:
        seat.desk.push_screen(Reading("Something", lambda width: [line("one")]))
        await seat.press("v")
        await hears(seat, "no-such-pager", "not there", "set PAGER")
        assert "Something" in text_of(seat.desk)

    at_desk(library, story)


def test_a_terminal_that_cannot_be_given_away_is_said(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAGER", "cat")

    async def story(seat: Seat) -> None:
        seat.desk.push_screen(Reading("Something", lambda width: [line("one")]))
        await seat.press("v")
        await hears(seat, "cannot be given to another program", "use a real terminal")

    at_desk(library, story)


def test_the_keys_are_the_persons_own(library: Path, shown: Path) -> None:
    async def story(seat: Seat) -> None:
        seat.desk.push_screen(Reading("Something", lambda width: [line("one")]))
        await seat.sees("o In $PAGER")
        await seat.press("v", "o")
        await seat.until(shown.exists)

    at_desk(library, story, keymap={"reading.pager": "o"})
