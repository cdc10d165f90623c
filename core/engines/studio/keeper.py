"""Keeps one server process: bounds what it writes, and ends it and all it started once nobody wants it any more.

`python -m core.engines.studio.keeper LEASE LOG PARENT GRACE COMMAND...` - LEASE is the reading end of a pipe. When the
other end closes, and it closes with the host however that ends, everything below this process is ended. No signal needs
to reach anybody for that, so a host that is killed leaves no model on the card.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path

LOG_SIZE = 2_000_000  # bytes; when it is full the older half goes
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_TICK = 0.2
_BURIAL = 6.0  # a process in a driver's call does not die before the call ends; nobody waits longer for it


class Log:
    """A file that keeps the newest `size` bytes or less. The file is open already, its name does not matter."""

    def __init__(self, descriptor: int, size: int = LOG_SIZE) -> None:
        self._descriptor = descriptor
        self._size = size
        self._held = os.fstat(descriptor).st_size

    def write(self, data: bytes) -> None:
        """Append; a full disk must not stop the server, so what cannot be written is dropped."""
        with contextlib.suppress(OSError):
            if self._held + len(data) > self._size:
                keep = os.pread(self._descriptor, self._size // 2, max(0, self._held - self._size // 2))
                keep = keep.partition(b"\n")[2]
                os.ftruncate(self._descriptor, 0)
                self._held = os.pwrite(self._descriptor, keep, 0)
            self._held += os.pwrite(self._descriptor, data, self._held)


class Keeper:
    """One server below this process."""

    def __init__(self, command: list[str], lease: int, log: Log, grace: float) -> None:
        self._lease = lease
        self._log = log
        self._grace = grace
        self._unwanted = False
        self._server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=_die_with_parent,  # one thread here, so nothing can be held over the fork
        )
        assert self._server.stdout is not None, "it was asked for"
        self._output = self._server.stdout
        os.set_blocking(self._output.fileno(), False)

    def keep(self) -> int:
        """Return the server's status once it has ended, by itself or because it is no longer wanted."""
        signal.signal(signal.SIGTERM, self._not_wanted)
        with selectors.DefaultSelector() as selector:
            selector.register(self._lease, selectors.EVENT_READ)
            selector.register(self._output, selectors.EVENT_READ)
            while self._server.poll() is None and not self._unwanted:
                for key, _ in selector.select(_TICK):
                    if key.fd == self._lease:
                        self._unwanted = not os.read(self._lease, 1)
                    elif not self._pump():
                        selector.unregister(self._output)
        return self._end()

    def _not_wanted(self, *_: object) -> None:
        self._unwanted = True

    def _pump(self) -> bool:
        """Carry what the server wrote into the log; tell whether it can write more."""
        while True:
            try:
                data = os.read(self._output.fileno(), 1 << 16)
            except BlockingIOError:
                return True
            if not data:
                return False
            self._log.write(data)

    def _end(self) -> int:
        """End the server, politely first because it may hold shared memory, then everything below this process."""
        if self._server.poll() is None:
            self._server.terminate()
            until = time.monotonic() + self._grace
            while self._server.poll() is None and time.monotonic() < until:
                self._pump()
                time.sleep(_TICK / 10)
        until = time.monotonic() + _BURIAL
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._server.pid, signal.SIGKILL)
        self._pump()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._server.wait(_BURIAL)
        status = self._server.returncode
        _bury(until)
        return status if status is not None else -signal.SIGKILL


def _bury(until: float) -> None:
    """Kill what is left below this process: it is a subreaper, so whoever lost a parent is its own child now."""
    while time.monotonic() < until:
        for pid in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        # The list may leave somebody out while it changes; only the kernel's answer to a wait says that nobody is left.
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(_TICK / 10)


def _children() -> list[int]:
    """Return this process's children; none where the kernel does not list them."""
    try:
        text = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(word) for word in text.split()]


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value)


def _die_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def main() -> int:
    """Run one server; the exit status is its own, 128 and more where a signal ended it, 127 where there is none."""
    lease, descriptor, parent = (int(word) for word in sys.argv[1:4])
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to the worker
    log = Log(descriptor)
    if os.getppid() != parent:
        return 0
    try:
        keeper = Keeper(sys.argv[5:], lease, log, float(sys.argv[4]))
    except OSError as error:
        log.write(f"{sys.argv[5]}: {error.strerror}\n".encode())
        return 127
    status = keeper.keep()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main())
