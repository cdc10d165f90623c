"""The command line on real terminals and pipes, in processes of its own."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.watching import ROOT, alive, cli, events, hosts_of, leftovers, lines, live, start, until


class Terminal:
    """A terminal of its own for a child; `seen` is everything that was written to it."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.seen = b""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                piece = os.read(self.master, 65536)
            except OSError:  # the other end is closed
                return
            if not piece:
                return
            self.seen += piece

    def close(self) -> str:
        """Close our copy of the child's end, read what is left, return all of it."""
        os.close(self.slave)
        self._reader.join(30)
        os.close(self.master)
        return self.seen.decode()


# The child makes the terminal its own, so that Ctrl-C typed there reaches it as it does in life.
_OWN_TERMINAL = "import fcntl, os, termios; os.setsid(); fcntl.ioctl(2, termios.TIOCSCTTY, 0)"
MAKE = ("make", "Aiko walks", "--name", "walk", "--size", "64x64", "--shots", "2")


@pytest.mark.slow
def test_a_terminal_gets_a_bar_that_is_gone_at_the_end(library: Path) -> None:
    terminal = Terminal()
    worker = start(MAKE, pause=0.1, stderr=terminal.slave, env={"TERM": "xterm-256color", "COLUMNS": "100"})
    out, _ = worker.communicate(timeout=120)
    seen = terminal.close()
    assert worker.returncode == 0
    assert "\x1b[?25l" in seen, "a bar hides the cursor while it moves"
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l"), "and gives it back"
    assert re.search(r"animate .*%.*clip 1.*left", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen))
    assert seen.endswith("\r\x1b[1A\x1b[2K"), "the last thing that happens is that the bar's line is wiped"
    assert seen.count("narration 1") >= 1
    assert b"\x1b" not in out, "standard output is a file and gets none of it"
    assert str(library / "walk" / "reel.mp4").encode() in out


@pytest.mark.slow
def test_ctrl_c_typed_at_the_terminal_stops_cleanly(library: Path) -> None:
    root = library / "walk"
    terminal = Terminal()
    worker = start(
        MAKE, pause=0.5, stdin=terminal.slave, stderr=terminal.slave, prelude=_OWN_TERMINAL, env={"TERM": "xterm"}
    )
    until(lambda: (now := live(root)) and now.phase == "masters" and now.fraction > 0)
    hosts = hosts_of(worker.pid)
    os.write(terminal.master, b"\x03")
    worker.communicate(timeout=60)
    seen = terminal.close()
    assert worker.returncode == 130
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l"), "the cursor is back"
    assert "walk was stopped; everything finished is kept" in seen
    assert "Traceback" not in seen
    until(lambda: not [pid for pid in hosts if alive(pid)], 10)
    assert leftovers(root) == []
    assert events(root)[-1].data["outcome"] == "interrupted"


@pytest.mark.slow
def test_a_dumb_terminal_gets_lines(library: Path) -> None:
    terminal = Terminal()
    worker = start(MAKE, stderr=terminal.slave, env={"TERM": "dumb"})
    worker.communicate(timeout=120)
    seen = terminal.close()
    assert worker.returncode == 0
    assert "\x1b" not in seen
    assert re.search(r"\[ *\d+/\d+\] mix +mix", seen)


@pytest.mark.parametrize(
    "words", [("list",), ("list", "--json"), ("--help",), ("make", "--help"), ()], ids=lambda words: " ".join(words)
)
def test_a_reader_that_has_gone_is_no_traceback(words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = start(words, module="reeltui", stdout=writer)
    os.close(writer)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")


@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("--version",)], ids=lambda words: " ".join(words))
def test_a_full_disk_behind_standard_output_is_said_and_is_5(words: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        process = start(words, module="reeltui", stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 5
    assert err.decode().startswith("reeltui: cannot write to standard output: No space left on device (")
    assert len(err.splitlines()) == 1


def test_closed_outputs_are_outputs_nobody_reads() -> None:
    command = 'exec "$0" "$@" >&- 2>&-'
    words = [sys.executable, "-m", "reeltui", "list", "--json"]
    done = subprocess.run(["sh", "-c", command, *words], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0


@pytest.mark.slow
def test_a_run_whose_reader_goes_away_stops_and_is_not_called_done(library: Path) -> None:
    worker = start((*MAKE, "--json"), pause=0.1)
    assert worker.stdout is not None
    worker.stdout.readline()
    worker.stdout.close()
    assert worker.stderr is not None
    err = worker.stderr.read().decode()
    assert worker.wait(60) == 130
    worker.stderr.close()
    assert "nobody reads its output any more" in err
    assert "Traceback" not in err
    assert "Exception ignored" not in err
    assert leftovers(library / "walk") == []
    assert cli("resume", "walk")[0] == 0


@pytest.mark.slow
def test_a_real_run_keeps_json_on_one_side_and_words_on_the_other(library: Path) -> None:
    code, out, err = cli(*MAKE, "--json")
    assert code == 0
    told = lines(out)
    assert told[-1]["type"] == "result"
    assert any(line["type"] == "progress" for line in told)
    assert err.splitlines()[0] == str(library / "walk")
    assert len(err.splitlines()) == 2
