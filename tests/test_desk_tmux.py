"""The desk from end to end: the real program in a real tmux, with a real detached worker, as a person uses it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import termios
import time
from functools import partial
from pathlib import Path

import pytest

from tests.desk_tmux import Pane, Server, alone, end_of_terminal, seconds_until_gone, tmux
from tests.watching import (
    alive,
    cli,
    detached,
    done,
    events,
    held_at,
    hold,
    leftovers,
    live,
    only,
    outcomes,
    reeltui,
    until,
)

__all__ = ["detached", "tmux"]
pytestmark = pytest.mark.slow

# Leaving takes a third of a second; a wait for a thread, a worker or a time-out would be seen all the same.
PROMPTLY = 5.0
LINE = "Nobody saw the boat leave."
TOYS = ("--engine", "toy", "--size", "64x64", "--shots", "2")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small reel that is finished, to be copied into libraries."""
    home = tmp_path_factory.mktemp("made")
    places = {"XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache"}
    env = {name: str(home / folder) for name, folder in places.items()}
    words = ("make", "a lighthouse in a storm", "--name", "storm", "--size", "64x64", "--shots", "2", "--foreground")
    code, _, err = cli(*words, "--library", str(home / "library"), module="reeltui", env=env)
    assert code == 0, err
    return home / "library" / "storm"


@pytest.fixture
def storm(finished: Path, library: Path) -> Path:
    """The finished reel in the library of the test."""
    return Path(shutil.copytree(finished, library / "storm"))


def no_trouble(root: Path) -> None:
    """Nothing was left behind, and the worker has nothing to be ashamed of."""
    assert leftovers(root) == []
    assert "Traceback" not in reeltui("worker", "logs", "-n", "500")[0]


# --- the whole story ----------------------------------------------------------------------------------------------


def test_a_reel_from_the_form_to_its_end(library: Path, tmux: Server) -> None:
    """Make it, watch it, judge it, change a word, go away, come back, finish it."""
    root = library / "boat"
    desk = tmux.desk()
    desk.sees("There are no reels here yet", "no worker")
    fill_the_form_in(desk)
    worker = watch_it_come_to_its_gate(desk, root)

    direct(desk)
    desk.sees("clip 1 take 2")
    desk.press("C-q")
    assert desk.left() == 0
    assert alive(worker)
    now = live(root)
    assert now is not None
    assert now.phase == "animate", "it goes on where it was"

    until(lambda: outcomes(root)[-1:] == ["waiting"] and "shots/01/takes/002/verdict" in done(events(root)))
    desk = tmux.desk()  # it opens where it was left: at the reel
    desk.sees("Since you left (", "1 take rendered, 1 passed", "◆ Waits for your approval of shot 1")
    desk.press("Enter")
    desk.sees("boat  shot 1", "take 2 ships")
    desk.press("Escape")
    assert "Since you left" not in desk.sees("◆ Waits for your approval of shot 1")
    desk.press("g")
    desk.sees("Approve the shots?")
    desk.press("y")
    desk.sees("✓ Finished", "720x1280", str(root / "reel.mp4"))
    desk.press("q")
    desk.sees("✓ done", "1 reel")
    desk.press("q")
    assert desk.left() == 0

    mixed = json.loads((root / "reel.json").read_bytes())["request"]["shots"]
    assert [shot["clip"] for shot in mixed] == ["shots/00/takes/001/clip.mp4", "shots/01/takes/002/clip.mp4"]
    assert mixed[0]["caption"].endswith(f". {LINE}")
    assert LINE in " ".join((root / "reel.srt").read_text().split())
    retake = json.loads((root / "shots/01/takes/002/clip.json").read_bytes())
    assert "EXTRAS_INVADE_FRAME" in retake["why"]
    assert "the horizon is empty" in json.dumps(retake)
    assert only().pid == worker, "one worker made it all"
    assert "everything is whole" in reeltui("verify", "boat")[0]
    no_trouble(root)


def fill_the_form_in(desk: Pane) -> None:
    desk.press("n")
    desk.sees("New reel", "Time")
    desk.write("a boat rows out at dawn")
    desk.sees("boat-rows-out-dawn")
    desk.press_and_look("Down")  # from the sentence to the fields
    turn(desk, "Aspect", 2, "Right", "9:16")
    turn(desk, "Review", 4, "Left", "shots")
    turn(desk, "Shots", 1, "Left", "2", times=4)
    desk.press_and_look("Down")
    desk.write("boat")
    desk.sees(
        "waits for you before the mix", "Name       boat ", "720 x 1280", "not yet measured on this machine", "free"
    )
    desk.press("Enter")


def turn(desk: Pane, field: str, down: int, way: str, value: str, *, times: int = 1) -> None:
    """Go so many fields down, and turn that one until it has the value."""
    desk.press(*["Down"] * down, *[way] * times)
    desk.sees(f"{field:<11}‹ {value} ›")


def watch_it_come_to_its_gate(desk: Pane, root: Path) -> int:
    """Return the process of the worker."""
    desk.sees("boat is at place 1 of", "a worker was started", "1 running", "● worker")
    worker = only().pid
    desk.press("Enter")
    desk.sees("▶ animate", "▶ clip 0", "✓ plan", "✓ keyframes")
    desk.sees("frame ", "%")
    desk.sees("Waits for your approval of the shots", "✓ critique", "✓ narrate", "◆ waiting")
    assert outcomes(root) == ["waiting"]
    assert not (root / "reel.mp4").exists()
    return worker


def direct(desk: Pane) -> None:
    """Approve one shot and change its line; reject the other."""
    desk.press("Enter")
    desk.sees("boat  shot 0", "take 1 ships")
    desk.press("a")
    desk.sees("take 1 of shot 0 is approved", "✓ approved")
    desk.press("n")
    desk.sees("Narration of shot 0")
    desk.write(f" {LINE}")
    desk.sees(LINE, " of 5.1 s", "makes again", "narration 0")
    desk.press("C-s")
    desk.sees_no("Narration of shot 0")
    desk.sees(LINE)
    desk.press("Escape")
    desk.sees("◆ Waits for your approval of shot 1")
    desk.press("j", "x")
    desk.sees("Reject the take of shot 1", "no take ships now")
    desk.press("2")
    desk.sees("1 marked")
    desk.press_and_look("Tab")
    desk.write("the horizon is empty")
    desk.sees("clip 1 take 2, verdict 1 take 2, mix")
    desk.press("Enter")
    desk.sees("take 1 of shot 1 is rejected", "another take is due")


# --- what breaks off --------------------------------------------------------------------------------------------


def test_words_that_were_typed_outlive_a_kill(storm: Path, tmux: Server) -> None:
    typed, more = " Gulls turn above the lamp room.", " It is late."
    desk = tmux.desk("desk", "storm")
    open_prompt(desk)
    desk.write(typed)
    desk.sees("Gulls turn above the lamp room.", "makes again", "clip 0")
    desk.kill(signal.SIGKILL)
    assert desk.left() == 128 + signal.SIGKILL

    desk = tmux.desk("desk", "storm")
    open_prompt(desk)
    desk.sees("These are the words you had typed and not saved.", "Gulls turn above the lamp room.", "makes again")
    desk.write(more)
    desk.press("C-s")  # what was typed just before it is saved as well
    desk.sees_no("Prompt of shot 0")
    until(lambda: json.loads((storm / "plan.json").read_bytes())["shots"][0]["prompt"].endswith(typed + more))
    desk.press("e")
    desk.sees("Prompt of shot 0")
    desk.sees_no("had typed and not saved")
    desk.write(" Calm.")
    desk.press("C-q")  # from within the dialog, in the middle of a sentence
    assert desk.left() == 0

    desk = tmux.desk("desk", "storm")
    open_prompt(desk)
    desk.sees("These are the words you had typed and not saved.", "Calm.")
    desk.press("C-q")
    assert desk.left() == 0


def open_prompt(desk: Pane) -> None:
    desk.sees("storm", "hero")
    desk.press("Enter")
    desk.sees("storm  shot 0", "take 1")
    desk.press("e")
    desk.sees("Prompt of shot 0")


@pytest.mark.parametrize("how", ["the terminal is closed", "SIGHUP", "SIGTERM"])
def test_the_worker_goes_on_when_the_desk_is_ended_from_outside(library: Path, tmux: Server, how: str) -> None:
    root = library / "walk"
    gate = hold(root, "shots/01/takes/001/clip")
    reeltui("make", "Aiko walks", "--name", "walk", *TOYS, "--detach")
    worker = only().pid
    desk = tmux.desk("desk", "walk")
    until(lambda: held_at(root, "shots/01/takes/001/clip"))
    desk.sees("walk", "▶ animate", "▶ running")
    desk.press_and_look("j")
    remembered = Path(os.environ["XDG_STATE_HOME"], "reeltui", "desk.json")
    left_at = time.time()
    if how == "the terminal is closed":
        assert desk.hang_up() < PROMPTLY
    else:
        number = signal.Signals[how]
        pid = desk.pid
        desk.kill(number)
        assert seconds_until_gone(pid) < PROMPTLY
        assert desk.left() == 130
        assert "stopped" not in desk.text, "nothing was: a worker makes the reel"
        # The shell has its terminal again: its cursor, and no mouse.
        assert desk.ask("#{cursor_flag} #{alternate_on} #{mouse_any_flag}") == "1 0 0"
    assert alive(worker)
    assert held_at(root, "shots/01/takes/001/clip")
    known = json.loads(remembered.read_bytes())["reels"][str(root)]
    assert known["shot"] == 1
    assert known["seen"] >= left_at - 1

    gate.unlink()
    until(lambda: outcomes(root) == ["done"])
    assert alive(worker)
    desk = tmux.desk("desk", "walk")
    desk.sees("Since you left (", "3 takes rendered, 2 passed", "✓ Finished")
    desk.press("Enter")
    desk.sees("walk  shot 1")
    desk.press("C-q")
    assert desk.left() == 0
    no_trouble(root)


def test_it_is_reopened_where_it_was_left(storm: Path, library: Path, tmux: Server) -> None:
    reeltui("make", "Aiko walks", "--name", "walk", *TOYS, "--foreground")
    desk = tmux.desk()
    desk.sees("walk", "storm", "2 reels", "made", "Aiko walks")
    desk.press("s", "j")  # by name: storm, walk
    desk.press("k")
    desk.sees("made", "a lighthouse in a storm")
    desk.press("q")
    assert desk.left() == 0
    desk = tmux.desk()
    text = desk.sees("walk", "a lighthouse in a storm")
    assert text.index(" storm ") < text.index(" walk "), "sorted by name"
    desk.press("Enter")
    desk.sees("storm  a lighthouse in a storm")
    desk.press("j", "Enter")
    desk.sees("storm  shot 1")
    desk.press("C-q")
    assert desk.left() == 0
    desk = tmux.desk()
    desk.sees("storm  shot 1")
    desk.press("Escape")
    desk.sees("storm  a lighthouse in a storm")
    desk.press("Escape")
    desk.sees("2 reels")
    desk.press("q")
    assert desk.left() == 0
    desk = tmux.desk()
    desk.sees("2 reels")
    desk.press("q")
    assert desk.left() == 0


# --- terminals ----------------------------------------------------------------------------------------------------


def test_no_size_of_the_terminal_is_too_much(storm: Path, tmux: Server) -> None:
    desk = tmux.desk()
    rooms = (
        (("j",), ("storm", "✓ done")),
        (("Enter",), ("Finished", "hero")),
        (("Enter",), ("shot 0", "take 1")),
        (("Escape",), ("Finished", "hero")),
        (("e",), ("Story", "Music")),
        (("Q",), ("worker",)),
        (("?",), ("Help",)),
    )
    for keys, words in rooms:
        desk.press(*keys)
        desk.sees(*words)
        for width, height in ((60, 18), (200, 60), (1, 1), (120, 40)):
            desk.resize(width, height)
            until(partial(fills, desk, height))
        desk.sees(*words)
    desk.press("C-q")
    assert desk.left() == 0


def fills(desk: Pane, height: int) -> bool:
    """Tell whether the first and the last line of a terminal are in use: the title and the keys."""
    lines = desk.text.splitlines()
    return len(lines) == height and (height == 1 or bool(lines[0].strip() and lines[-1].strip()))


@pytest.mark.parametrize(
    ("env", "colours"),
    [
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, 0),
        ({"TERM": "dumb"}, 0),
        ({"TERM": "xterm"}, 16),
        ({"TERM": "xterm-256color"}, 256),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, 1 << 24),
    ],
)
def test_it_starts_with_the_colours_there_are(storm: Path, env: dict[str, str], colours: int) -> None:
    with alone("desk", "storm", env=env) as seat:
        seat.sees("storm", "Finished", "take 1 ships")
        seat.write(b"\x11")
        assert seat.left() == 0
    assert most_colours(seat.raw) == colours


def most_colours(raw: bytes) -> int:
    """Return of how many colours those are that were asked for: 0, 16, 256 or 2^24."""
    found = 0
    for style in re.findall(r"\x1b\[([\d;]*)m", raw.decode(errors="replace")):
        if re.search(r"(^|;)[34]8;2;", style):
            return 1 << 24
        if re.search(r"(^|;)[34]8;5;", style):
            found = 256
        elif re.search(r"(^|;)([349][0-7]|10[0-7])(;|$)", style):
            found = max(found, 16)
    return found


def test_it_leaves_the_terminal_as_it_found_it(storm: Path) -> None:
    with alone("desk", "storm") as seat:
        before = termios.tcgetattr(seat.slave)
        seat.sees("storm", "Finished")
        assert termios.tcgetattr(seat.slave) != before
        at = time.monotonic()
        seat.write(b"\x11")
        assert seat.left() == 0
        assert time.monotonic() - at < PROMPTLY
        assert termios.tcgetattr(seat.slave) == before
    end_of_terminal(seat.raw)


def test_a_pager_and_an_editor_have_the_terminal_and_give_it_back(storm: Path, tmux: Server, tmp_path: Path) -> None:
    for name, last in (("pager", ""), ("editor", 'sed -i s/storm/gale/ "$1"')):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "own $1 of $#"\nhead -c 300 "$1"\nread answer\nsleep 1\n{last}\n')
        program.chmod(0o755)
    desk = tmux.desk("desk", "storm", PAGER=str(tmp_path / "pager"), VISUAL=str(tmp_path / "editor"))
    desk.sees("storm", "hero")
    for _ in range(2):  # the second time all is as it was the first
        desk.press("E")
        desk.sees("Events, the newest first", "In $PAGER")
        desk.press("v")
        desk.sees("own ", "of 1")
        assert desk.ask("#{cursor_flag} #{alternate_on} #{mouse_any_flag}") == "1 0 0"
        desk.press("Enter")
        desk.sees("Events, the newest first")
        assert desk.ask("#{alternate_on} #{mouse_any_flag}") == "1 1"
        desk.press("Escape")
        desk.sees_no("Events, the newest first")
    desk.press("e")
    desk.sees("Logline")
    desk.press("E")
    desk.sees("own ", "plan.json")
    desk.press("Enter")
    desk.sees("Save the plan?")
    desk.press("Escape", "C-q")
    assert desk.left() == 0


def test_without_a_terminal_it_says_so(library: Path) -> None:
    code, out, err = cli("desk", module="reeltui", env={"TERM": "xterm"})
    assert code == 2
    assert "the desk needs a terminal" in err
    assert "reeltui list" in err
    assert "\x1b" not in out + err
    assert "Traceback" not in err
