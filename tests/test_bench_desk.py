"""The measuring of the desk: what its terminal shows and answers, and what a sitting tells of a program."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.sitting import NotMeasured, Piece, Sitting
from bench.terminal import QUESTION, Terminal
from bench.watched import Program, Times, measure, settled_at, share


def test_terminal_shows_what_was_painted() -> None:
    terminal = Terminal(20, 3)
    assert terminal.feed("one\r\ntwo 日本\x1b[3;19Hright and on\x1b[1;2H\x1b[7mN\x1b[0m".encode()) == b""
    # Writing over the end of the last row scrolls everything up by one.
    assert [line.rstrip() for line in terminal.lines()] == ["tNo 日本", "                  ri", "ght and on"]
    assert terminal.shows("日本")
    assert not terminal.shows("one")


def test_only_a_change_of_look_touches_a_cell() -> None:
    terminal = Terminal(10, 2)
    terminal.feed(b"\x1b[2;1Hrow")
    assert terminal.touched == {10, 11, 12}
    terminal.touched.clear()
    terminal.feed(b"\x1b[2;1H\x1b[0mrow")
    assert not terminal.touched
    terminal.feed(b"\x1b[2;1H\x1b[48;2;1;2;3mr\x1b[49mow")
    assert terminal.touched == {10}


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (b"\x1b[2;5H\x1b[6n", b"\x1b[2;5R"),
        (b"\x1b[?2026$p", b"\x1b[?2026;2$y"),
        (b"\x1b[?2026h\x1b[?2026$p", b"\x1b[?2026;1$y"),
        (b"\x1b[?2048$p", b"\x1b[?2048;0$y"),
        (b"\x1b[5n", b"\x1b[0n"),
        (b"\x1b[18t", b"\x1b[8;4;20t"),
        (b"\x1b]11;?\x07", b"\x1b]11;rgb:0000/0000/0000\x1b\\"),
        (b"\x1b[?u\x1b[>1u\x1b_Gi=1;AAAA\x1b\\", b""),
    ],
)
def test_terminal_answers(asked: bytes, answered: bytes) -> None:
    terminal = Terminal(20, 4)
    assert terminal.feed(asked) == answered
    assert not answered or QUESTION.search(asked)
    # The same one byte at a time: a read may end anywhere.
    slowly = Terminal(20, 4)
    assert b"".join(slowly.feed(bytes([byte])) for byte in asked) == answered
    assert not terminal.unknown
    assert not any(line.strip() for line in slowly.lines())


def test_blinking_is_not_settling() -> None:
    first, second, blink = Piece(1.0, 10, frozenset({1, 2})), Piece(2.0, 10, frozenset({3})), frozenset({7})
    beginning = [first, second, Piece(2.5, 4, blink), Piece(3.0, 4, blink)]
    assert settled_at(beginning, [Piece(3.5, 4, blink)], blink) == 2.0
    assert settled_at(beginning, [], frozenset()) == 3.0  # nothing blinks later: all of that was the beginning


def test_share_is_the_nearest_rank() -> None:
    assert share([3.0, None, 1.0, 2.0], 0.5) == 2.0
    assert share([float(number) for number in range(1, 41)], 0.95) == 38.0
    assert share([None], 0.5) is None


# Asks where its cursor is and waits for the answer; marks the row it is on; x does nothing, q ends it.
_PROGRAM = r"""
import os, sys, tty
tty.setraw(0)
os.write(1, b"\x1b[6n")
assert os.read(0, 20) == b"\x1b[1;1R"
os.write(1, b"\x1b[?2026h\x1b[3;1Hready" + b"\x1b[?2026l")
row = 5
while (key := os.read(0, 1)) != b"q":
    if key in b"jk":
        row += 1 if key == b"j" else -1
        os.write(1, b"\x1b[?2026h\x1b[2;1H" + str(row).encode() + b"  \x1b[?2026l")
"""


def _program(folder: Path, code: str, **more: object) -> Program:
    env = {"HOME": str(folder), "PATH": os.environ["PATH"], "TERM": "xterm-256color"}
    return Program("toy", (sys.executable, "-c", code), env, "ready", quit=b"q", **more)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_program_is_measured(tmp_path: Path) -> None:
    program = _program(tmp_path, _PROGRAM, keys=(b"j", b"k"), others=(b"x",))
    found = measure(program, Times(settle=0.2, idle=0.2, keys=4, size=(40, 5)))
    assert 0 < found.first_content <= found.settled
    assert found.bytes_settled == len(b"\x1b[6n\x1b[?2026h\x1b[3;1Hready\x1b[?2026l")
    assert found.idle_bytes == 0
    assert found.key_p95 is not None
    assert (found.blind, found.other_p50) == (1, None)
    assert found.rss > found.pss > 1e6
    assert found.exit > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("raise SystemExit('no such verb: desk')", "it ended with 1 before it showed 'ready': no such verb: desk"),
        ("print('ready')", "it ended"),
        ("import time; print('ready', flush=True); time.sleep(60)", "did not end within"),
    ],
)
def test_a_program_that_fails_says_why(tmp_path: Path, code: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.watched._QUIT", 0.3)
    program = _program(tmp_path, code, keys=(b"\x00", b"\x00"))
    with pytest.raises(NotMeasured, match=why):
        measure(program, Times(settle=0.1, idle=0.1, keys=2, size=(80, 5)))


@pytest.mark.slow
def test_an_update_is_seen_when_it_ends(tmp_path: Path) -> None:
    code = r"""
import os, time
os.write(1, b"\x1b[?2026hready")
os.read(0, 1)  # what is typed below: so the two writes are read apart
os.write(1, b"\x1b[?2026l")
time.sleep(60)
"""
    program = _program(tmp_path, code)
    with Sitting(program.argv, program.env, (40, 5), tmp_path) as sitting:
        with pytest.raises(NotMeasured, match="'ready' was not seen"):
            sitting.wait_for("ready", 1.0)
        sitting.type(b"\n")
        assert sitting.wait_for("ready", 30) == sitting.pieces[-1].at
        assert {cell for piece in sitting.pieces for cell in piece.seen} >= set(range(5))


@pytest.mark.slow
def test_what_is_left_of_a_program_is_killed(tmp_path: Path) -> None:
    program = _program(tmp_path, "import time; print('ready', flush=True); time.sleep(600)")
    with Sitting(program.argv, program.env, (40, 5), tmp_path) as sitting:
        sitting.wait_for("ready", 30)
    with pytest.raises(ProcessLookupError):
        os.kill(sitting.pid, 0)
