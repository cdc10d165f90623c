"""Copying: the sequence reaches the terminal through what is in between, and nothing in it is obeyed."""

from __future__ import annotations

import base64
import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import msgspec
import pytest
from textual.widgets import TextArea

from core.film.errors import BadInput
from reeltui import clipboard
from reeltui.clipboard import MOST, Way, copy, for_screen, for_tmux, prepared, sequences_for
from reeltui.dialogs.edit_words import EditWords
from reeltui.screens.plan import PlanScreen
from reeltui.screens.reel import ReelScreen
from reeltui.screens.shot import ShotScreen
from tests.desk_driving import Seat, at_desk, toy_engine
from tests.stage import TINY, new_reel, play
from tests.toys import toy_lineup, toy_plan

BARE = "\x1b]52;c;aGVsbG8=\a"


def sent(text: str, environ: dict[str, str]) -> str:
    written: list[str] = []
    assert copy(text, written.append, environ, run=lambda command, data: False) is Way.SEQUENCE
    return "".join(written)


def unwrapped(sequence: str) -> str:
    """What a terminal gets from a multiplexer that passes on the strings within ESC P and ESC \\."""
    return "".join(part.removesuffix("\x1b\\") for part in sequence.split("\x1bP") if part)


def test_a_terminal_is_told() -> None:
    assert sent("hello", {"TERM": "xterm"}) == BARE


def test_screen_gets_it_in_short_strings() -> None:
    text = "a long prompt " * 200
    sequence = sent(text, {"TERM": "screen", "STY": "1.x"})
    pieces = [piece for piece in sequence.split("\x1bP") if piece]
    assert len(pieces) > 10
    assert all(len(piece) <= 256 and piece.endswith("\x1b\\") for piece in pieces)
    whole = unwrapped(sequence)
    assert base64.b64decode(whole.removeprefix("\x1b]52;c;").removesuffix("\a")).decode() == text
    assert for_screen("abc") == "\x1bPabc\x1b\\"


def test_inside_tmux_tmux_is_asked() -> None:
    asked: list[tuple[list[str], bytes]] = []

    def run(command: list[str], data: bytes) -> bool:
        asked.append((command, data))
        return True

    written: list[str] = []
    assert copy("hello", written.append, {"TMUX": "x"}, run=run) is Way.TMUX
    assert asked == [(["tmux", "load-buffer", "-w", "-"], b"hello")]
    assert written == []


def test_a_tmux_that_cannot_gets_the_sequence_bare_and_wrapped() -> None:
    wrapped = "\x1bPtmux;\x1b\x1b]52;c;aGVsbG8=\a\x1b\\"
    assert for_tmux(BARE) == wrapped
    assert sent("hello", {"TMUX": "x", "TERM": "screen-256color"}) == BARE + wrapped
    # On the far end of SSH there is no tmux to ask, only the name of the terminal.
    assert sequences_for("hello", {"TERM": "tmux-256color"}) == BARE + wrapped


def test_a_tmux_that_is_not_there_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    written: list[str] = []
    assert copy("hello", written.append, {"TMUX": "x"}) is Way.SEQUENCE
    assert written


def test_a_tmux_that_hangs_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "tmux"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(clipboard, "_PATIENCE", 0.2)
    written: list[str] = []
    assert copy("hello", written.append, {"TMUX": "x"}) is Way.SEQUENCE
    assert written


def test_what_a_terminal_would_obey_is_taken_out() -> None:
    hostile = "a\x1b]52;c;ZXZpbA==\ab\x9b31m\u202ec\td\r\ne\n\n"
    found = prepared(hostile)
    assert not any((ord(char) < 32 and char != "\n") or 127 <= ord(char) < 160 for char in found)
    assert "\u202e" not in found
    assert found.endswith("\ne")
    assert prepared("rm -rf x\n") == "rm -rf x"


def test_nothing_and_too_much_are_refused() -> None:
    for nothing in ("", "  \n", "\x1b\x07"):
        with pytest.raises(BadInput, match="nothing"):
            prepared(nothing)
    assert prepared("x" * MOST)
    assert len(sequences_for("x" * MOST, {})) < 100_000
    with pytest.raises(BadInput, match="too much") as refused:
        copy("ü" * MOST, lambda text: pytest.fail("it was written"), {})
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("environ", "name"), [({"TERM": "linux"}, "linux"), ({"TERM_PROGRAM": "Apple_Terminal"}, "macOS")]
)
def test_a_terminal_that_takes_nothing_is_said(environ: dict[str, str], name: str) -> None:
    with pytest.raises(BadInput, match=name) as refused:
        copy("hello", lambda text: pytest.fail("it was written"), environ)
    assert refused.value.remedy
    # tmux has a buffer of its own.
    assert copy("hello", print, {**environ, "TMUX": "x"}, run=lambda command, data: True) is Way.TMUX


# --- at the desk -------------------------------------------------------------------------------------------------


ROOMS = {"library": "y", "reel": "y", "shot": "yYw", "plan": "y"}


@pytest.mark.parametrize(("room", "key"), [(room, key) for room, keys in ROOMS.items() for key in keys])
@pytest.mark.parametrize("term", ["xterm-256color", "linux"])
def test_every_room_copies_by_the_terminal_and_tells_where_it_cannot(
    library: Path, monkeypatch: pytest.MonkeyPatch, room: str, key: str, term: str
) -> None:
    for name in ("TMUX", "STY", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", term)
    toy_engine()
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy"), toy_plan(2)).resolve()
    assert play(root, toy_lineup())[0] == "done"
    written: list[str] = []

    async def story(seat: Seat) -> None:
        screens = {"reel": ReelScreen(root), "plan": PlanScreen(root), "shot": ShotScreen(root, 0)}
        if room in screens:
            seat.desk.push_screen(screens[room])
        await seat.sees({"library": "1 reel", "reel": "Finished", "shot": "composition", "plan": "Logline"}[room])
        await seat.sees(root.name)
        monkeypatch.setattr(seat.desk, "_write", written.append)
        await seat.press(key)
        await seat.hears("copied " if term != "linux" else "not copied: this terminal (linux) lets no program copy")

    at_desk(library, story)
    assert len(written) == (term != "linux")
    assert all(one.startswith("\x1b]52;c;") for one in written)


def test_words_that_were_cut_can_be_pasted(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(seat: Seat) -> None:
        monkeypatch.setattr(seat.desk, "_write", lambda sequence: None)
        seat.desk.push_screen(EditWords("Words", "a kite", lambda text: ()))
        await seat.sees("a kite", "save")
        area = seat.desk.screen.query_one(TextArea)
        await seat.press("ctrl+a", "ctrl+x")
        await seat.until(lambda: area.text == "")
        await seat.press("ctrl+v")
        await seat.until(lambda: area.text == "a kite")

    at_desk(library, story)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux here")
def test_a_real_tmux_passes_it_on(tmp_path: Path) -> None:
    """A tmux with the settings it comes with, in a terminal that we are: OSC 52 arrives there."""
    socket = tmp_path / "socket"
    environ = {"TERM": "xterm-256color", "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(tmp_path)}
    tmux = ["tmux", "-S", str(socket), "-f", "/dev/null"]
    terminal, inside = pty.openpty()
    client = subprocess.Popen(
        [*tmux, "new-session", "sleep 60"],
        stdin=inside,
        stdout=inside,
        stderr=inside,
        env=environ,
        start_new_session=True,
    )
    os.close(inside)
    try:
        heard, deadline = b"", time.monotonic() + 30

        def hear(until: bytes) -> bool:
            nonlocal heard
            while until not in heard and time.monotonic() < deadline:
                if select.select([terminal], [], [], 0.1)[0]:
                    heard += os.read(terminal, 65536)
            return until in heard

        assert hear(b"\x1b[")
        shown = subprocess.run(
            [*tmux, "display-message", "-p", "#{socket_path},#{pid},0"], capture_output=True, text=True, env=environ
        )
        session = {**environ, "TMUX": shown.stdout.strip()}

        def run(command: list[str], data: bytes) -> bool:
            return subprocess.run(command, input=data, env=session, capture_output=True).returncode == 0

        if not run(["tmux", "load-buffer", "-w", "-"], b"first"):
            pytest.skip("this tmux is older than 3.2")
        assert copy("hello", lambda text: pytest.fail("it was written"), session, run=run) is Way.TMUX
        assert hear(b"aGVsbG8=")
        assert b"]52;" in heard
    finally:
        subprocess.run([*tmux, "kill-server"], env=environ, capture_output=True)
        os.close(terminal)
        client.wait(30)
