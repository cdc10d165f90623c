"""A person's terminal for the end-to-end tests: the real desk in a real tmux, looked at and typed at from outside."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.terminal import Terminal
from tests.watching import ROOT, alive, until

PATIENCE = 60.0  # for a machine that is busy with other things
# What no screen may ever show, and no shell after the desk was left.
_SHAME = ("Traceback (most recent call last)", "a mistake in reeltui")
_LEFT = "the desk was left with "
# Starts the desk, tells its exit code, and stays, as a person's shell does.
_SHELL = f'"$@"; echo "{_LEFT}$?"; exec cat'


class Server:
    """A tmux of its own: it reads nobody's settings, its socket lies in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._socket = folder / "tmux"
        self._panes = 0

    def ask(self, *words: str) -> str:
        """Give tmux a command; return what it says. Fails where tmux refuses it."""
        command = ["tmux", "-S", str(self._socket), "-f", os.devnull, *words]
        done = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, (words, done.stderr)
        return done.stdout

    def desk(self, *words: str, size: tuple[int, int] = (120, 40), **env: str) -> Pane:
        """Start `reeltui` with these words in a terminal of `size` (columns, rows); `env` is for the desk alone."""
        self._panes += 1
        name = f"desk{self._panes}"
        pairs = [f"{name}={value}" for name, value in env.items()]
        shell = ["sh", "-c", _SHELL, "sh", "env", *pairs, sys.executable, "-m", "reeltui", *words]
        options = ["set", "-g", "escape-time", "0", ";", "set", "-g", "default-terminal", "tmux-256color", ";"]
        options += ["set", "-g", "status", "off", ";", "set", "-g", "exit-empty", "off", ";"]
        place = ["-d", "-s", name, "-x", str(size[0]), "-y", str(size[1]), "-c", str(ROOT)]
        self.ask("start-server", ";", *options, "new-session", *place, shlex.join(shell))
        return Pane(self, name, int(self.ask("display-message", "-p", "-t", name, "#{pane_pid}")))

    def end(self) -> None:
        """End it with everything in it; fail where something is left."""
        if not self._panes:
            return
        own = int(self.ask("display-message", "-p", "#{pid}"))
        panes = [int(pid) for pid in self.ask("list-panes", "-a", "-F", "#{pane_pid}").split()]
        family = [own, *(pid for pane in panes for pid in (pane, *children(pane)))]
        self.ask("kill-server")
        with contextlib.suppress(AssertionError):
            until(lambda: not any(map(alive, family)), 10)
        left = [pid for pid in family if alive(pid)]
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        assert not left, "a hang-up ends everything in a terminal"


class Pane:
    """A terminal with a desk in it."""

    def __init__(self, server: Server, name: str, shell: int) -> None:
        self._server = server
        self._name = name
        self._shell = shell

    # --- looking -----------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What is seen this moment."""
        text = self._server.ask("capture-pane", "-p", "-t", self._name)
        assert not any(words in text for words in _SHAME), text
        return text

    @property
    def painted(self) -> str:
        """What is seen this moment, with the sequences of its colours."""
        return self._server.ask("capture-pane", "-p", "-e", "-t", self._name)

    def sees(self, *words: str, patience: float = PATIENCE) -> str:
        """Wait until all these words are seen; return the whole text."""
        return self._until(lambda text: all(one in text for one in words), f"waited for {words}", patience)

    def sees_no(self, *words: str, patience: float = PATIENCE) -> str:
        """Wait until none of these words is seen; return the whole text."""
        return self._until(lambda text: not any(one in text for one in words), f"waited for {words} to go", patience)

    def _until(self, right: Callable[[str], bool], what: str, patience: float) -> str:
        end = time.monotonic() + patience
        while not right(text := self.text):
            assert time.monotonic() < end, f"{what}; the terminal shows:\n{text}"
            time.sleep(0.03)
        return text

    # --- doing -------------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys as tmux names them: "Enter", "Escape", "C-q", "x"."""
        self._server.ask("send-keys", "-t", self._name, *keys)

    def press_and_look(self, key: str) -> None:
        """Press a key and wait until something is seen of it: keys that follow may go elsewhere then."""
        before = self.painted
        self.press(key)
        until(lambda: self.painted != before)

    def write(self, text: str) -> None:
        """Type a text."""
        self._server.ask("send-keys", "-t", self._name, "-l", text)

    def ask(self, what: str) -> str:
        """Ask tmux about the terminal, in its formats."""
        return self._server.ask("display-message", "-p", "-t", self._name, what).strip()

    def resize(self, width: int, height: int) -> None:
        """Make the terminal another size."""
        self._server.ask("resize-window", "-t", self._name, "-x", str(width), "-y", str(height))

    # --- ending ------------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        """The desk's process."""
        (found,) = until(lambda: children(self._shell))
        return found

    def kill(self, number: signal.Signals) -> None:
        """Send the desk a signal."""
        os.kill(self.pid, number)

    def hang_up(self) -> float:
        """Close the terminal under the desk; return how many seconds the desk lived on."""
        pid = self.pid
        self._server.ask("kill-pane", "-t", self._name)
        return seconds_until_gone(pid)

    def left(self) -> int:
        """Wait until the desk was left; return its exit code."""
        self.sees(_LEFT)
        said = self._server.ask("capture-pane", "-p", "-S", "-", "-t", self._name)  # all that scrolled away too
        assert not any(words in said for words in _SHAME), said
        return int(said.rpartition(_LEFT)[2].split()[0])


def plain_environment() -> dict[str, str]:
    """Return the test's environment without what tells of the terminal that the tests run in."""
    of_terminal = ("TMUX", "TEXTUAL", "SSH_", "STY", "NO_COLOR", "COLORTERM", "COLUMNS", "LINES", "LC_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(of_terminal)}
    return {**kept, "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"}


def children(pid: int) -> list[int]:
    """Return the processes that a process started and that still run."""
    try:
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []
    return [int(child) for child in found if alive(int(child))]


def seconds_until_gone(pid: int) -> float:
    """Wait until a process has ended; return how many seconds that took."""
    start = time.monotonic()
    until(lambda: not alive(pid))
    return time.monotonic() - start


@pytest.fixture
def tmux(detached: None) -> Iterator[Server]:
    """A tmux that ends with the test, before the workers do."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed: the desk in a real terminal is not tried")
    with tempfile.TemporaryDirectory(prefix="reeltui-") as folder:  # short: the name of a socket has little room
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.end()


# --- a terminal without tmux --------------------------------------------------------------------------------------


class Seat:
    """A terminal that keeps every byte of what the desk wrote: `raw`."""

    def __init__(self, words: tuple[str, ...], env: dict[str, str]) -> None:
        self.raw = b""
        self._screen = Terminal(120, 40)
        self._master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "reeltui", *words],
            cwd=ROOT,
            env={**plain_environment(), **env},
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
        )

    def _read(self, wait: float) -> None:
        while select.select([self._master], [], [], wait)[0]:
            piece = os.read(self._master, 65536)
            self.raw += piece
            os.write(self._master, self._screen.feed(piece))
            wait = 0.0

    def sees(self, *words: str) -> None:
        """Wait until all these words are seen."""
        end = time.monotonic() + PATIENCE
        while not all(self._screen.shows(one) for one in words):
            shown = "\n".join(self._screen.lines())
            assert time.monotonic() < end, f"waited for {words}; the terminal shows:\n{shown}"
            self._read(0.05)

    def write(self, data: bytes) -> None:
        """Type something."""
        os.write(self._master, data)

    def left(self) -> int:
        """Wait until the desk was left; return its exit code."""
        end = time.monotonic() + PATIENCE
        while (code := self._process.poll()) is None:
            assert time.monotonic() < end, "it does not end"
            self._read(0.02)
        self._read(0.0)
        return code

    def close(self) -> None:
        """End what is left."""
        self._process.kill()
        self._process.wait()
        os.close(self._master)
        os.close(self.slave)


@contextlib.contextmanager
def alone(*words: str, env: dict[str, str] | None = None) -> Iterator[Seat]:
    """Start `reeltui` with these words in a terminal that keeps what was written to it."""
    seat = Seat(words, {"TERM": "xterm-256color", **(env or {})})
    try:
        yield seat
    finally:
        seat.close()


def end_of_terminal(raw: bytes) -> None:
    """Fail where anything that was switched on in a terminal is still on."""
    modes: dict[str, str] = {}
    for numbers, way in re.findall(rb"\x1b\[\?([\d;]+)([hl])", raw):
        for number in numbers.decode().split(";"):
            modes[number] = way.decode()
    assert modes["1049"] == "l", "the alternate screen is left"
    assert modes["25"] == "h", "the cursor is seen again"
    assert {"1000", "1003", "1006", "1004", "2004"} <= set(modes), "these were on"
    usual = {"25", "7"}
    assert {number for number, way in modes.items() if way == "h"} <= usual, "nothing else stays on"
    pushed = re.findall(rb"\x1b\[>\d+u", raw)
    assert len(re.findall(rb"\x1b\[<\d*u", raw)) == len(pushed), "keys are told as before"
    tail = raw[raw.rindex(b"\x1b[?1049l") :]
    assert re.sub(rb"\x1b\[[?<>\d;]*[a-z]|\s", b"", tail) == b"", "and nothing is said"
