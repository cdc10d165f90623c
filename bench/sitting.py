"""A program in a terminal of its own: started, read, typed at, and ended, with a time on every piece of its output."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from bench.terminal import QUESTION, Terminal
from bench.tree import family

# Nothing came for so long (seconds): time to look at what came before. Parsing takes milliseconds, and what arrives
# meanwhile would get a time that is late by as much.
_QUIET = 0.02
_PIECE = 65536


class NotMeasured(Exception):
    """A program could not be measured; the words say why."""


class Piece(NamedTuple):
    """Output that arrived at once: when (monotonic seconds), its bytes, and the cells (row * width + column) that were
    seen to change with it. Cells painted within a synchronized update are seen when it ends."""

    at: float
    size: int
    seen: frozenset[int]


class Sitting:
    """A program between its start and its end. Close it in any case: it kills what is left."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], size: tuple[int, int], cwd: Path) -> None:
        """Start it in a terminal of `size` (columns, rows). Raises NotMeasured where it cannot be started."""
        self.terminal = Terminal(*size)
        self.pieces: list[Piece] = []
        self.ended: float | None = None
        self._raw: list[tuple[float, bytes]] = []
        self._tail = b""
        self._held: set[int] = set()
        self._ready = ""
        self._ready_at: float | None = None
        self._spent: dict[int, float] = {}
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.started = time.monotonic()
        try:
            # No threads run here, so calling into the child before it is replaced is safe.
            self._process = subprocess.Popen(argv, env=dict(env), cwd=cwd, preexec_fn=lambda: _sit_down(slave))
        except OSError as error:
            os.close(self._master)
            raise NotMeasured(f"{argv[0]} cannot be started: {error.strerror}") from None
        finally:
            os.close(slave)
        self._end = os.pidfd_open(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)  # it leads a session of its own
        self._process.wait()
        os.close(self._master)
        os.close(self._end)

    @property
    def pid(self) -> int:
        """Return the program's process."""
        return self._process.pid

    def type(self, keys: bytes) -> float:
        """Type something; return when."""
        at = time.monotonic()
        self._send(keys)
        return at

    def wait_for(self, text: str, seconds: float) -> float:
        """Return when a text was first seen on the screen. Raises NotMeasured where that takes too long."""
        self._ready, self._ready_at = text, None
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._over():
            self._turn(deadline)
        self._look()
        seen = self._seen()
        if seen is not None:
            return seen
        if self.ended is not None:
            raise NotMeasured(f"it ended with {self._process.wait()} before it showed {text!r}: {self._last_words()}")
        raise NotMeasured(f"{text!r} was not seen within {seconds:g} s: {self._last_words()}")

    def watch(self, seconds: float) -> list[Piece]:
        """Read for so long; return what came. Raises NotMeasured where the program ends meanwhile."""
        first, deadline = len(self.pieces), time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._turn(deadline)
            if self.ended is not None:
                self._look()
                raise NotMeasured(f"it ended by itself with {self._process.wait()}: {self._last_words()}")
        self._look()
        return self.pieces[first:]

    def painted(self, since: float, seconds: float, unless: frozenset[int]) -> float | None:
        """Return when a cell that is not in `unless` was first seen to change after `since`; None: not in so long."""
        first, deadline = len(self.pieces), since + seconds
        while time.monotonic() < deadline:
            self.watch(min(_QUIET, max(0.0, deadline - time.monotonic())))
            for piece in self.pieces[first:]:
                if piece.at >= since and piece.seen - unless:
                    return piece.at
            first = len(self.pieces)
        return None

    def quit(self, keys: bytes, seconds: float) -> float:
        """Type the keys that end it; return how many seconds its end took. Raises NotMeasured where it goes on."""
        since = self.type(keys)
        while time.monotonic() < since + seconds:
            self._turn(since + seconds)
            if self.ended is not None:
                self._look()
                return self.ended - since
        self._look()
        raise NotMeasured(f"it did not end within {seconds:g} s of {keys!r}: {self._last_words()}")

    def processor(self) -> float:
        """Return the processor seconds of the program and all that it started, as far as that was ever seen."""
        for pid in family(self.pid):
            try:
                # The clock of a whole process, threads that ended with it: exact, where ticks are 10 ms.
                self._spent[pid] = time.clock_gettime((~pid << 3) | 2)
            except OSError:
                continue  # it has ended; what it had used when last seen still counts
        return sum(self._spent.values())

    def _seen(self) -> float | None:
        """Return when the text that is waited for was seen, as far as the output was parsed."""
        return self._ready_at

    def _over(self) -> bool:
        """Return whether there is nothing more to wait for: the text was seen, or the program has ended."""
        return self._ready_at is not None or self.ended is not None

    def _turn(self, deadline: float) -> None:
        """Read once, or parse what was read where nothing comes."""
        wait = max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select([self._master, self._end], [], [], min(wait, _QUIET))
        if self._master in ready and self._read():
            return
        if self._end in ready:
            self.ended = time.monotonic()
            while self._read():
                pass
        elif not ready and self._raw:
            self._parse()

    def _read(self) -> bool:
        """Take what the program wrote; return whether there was anything."""
        try:
            data = os.read(self._master, _PIECE) if select.select([self._master], [], [], 0)[0] else b""
        except OSError:  # nobody holds the other side any more
            return False
        if not data:
            return False
        self._raw.append((time.monotonic(), data))
        if QUESTION.search(self._tail + data):
            self._look()  # a program waits for the answer
        self._tail = data[-32:]
        return True

    def _send(self, data: bytes) -> None:
        with contextlib.suppress(OSError):  # nobody is left to read it; the next turn sees that the program ended
            os.write(self._master, data)

    def _look(self) -> None:
        while self._raw:
            self._parse()

    def _parse(self) -> None:
        """Feed the oldest piece to the terminal."""
        at, data = self._raw.pop(0)
        reply = self.terminal.feed(data)
        if reply:
            self._send(reply)
        self._held |= self.terminal.touched
        self.terminal.touched.clear()
        seen: frozenset[int] = frozenset()
        if not self.terminal.holding:
            seen, self._held = frozenset(self._held), set()
            if self._ready and self._ready_at is None and self.terminal.shows(self._ready):
                self._ready_at = at
        self.pieces.append(Piece(at, len(data), seen))

    def _last_words(self) -> str:
        """Return the last lines on the screen, down to the last one with words, put together again where they broke."""
        lines = self.terminal.lines()
        while lines and not re.search(r"\w", lines[-1]):
            lines.pop()
        said = ""
        for line in lines[-5:]:
            said += line.rstrip() if line[-1] != " " else f"{line.rstrip()} "
        return " ".join(said.split())[-500:] or "the screen is empty"


def _sit_down(slave: int) -> None:
    """In the child: lead a session with this terminal, and hear Ctrl-C whatever the bench was started by."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    os.login_tty(slave)
