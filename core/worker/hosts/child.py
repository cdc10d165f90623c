"""The child process that holds one backend: `python -m core.worker.hosts.child READ_FD WRITE_FD`.

Nothing heavy is imported before the Prepare message has set the environment and named the device.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import os
import select
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.engines.roles import Cancelled, Room
from core.film.errors import ReelError
from core.film.gauge import is_simulated
from core.worker.hosts.memory import Meter
from core.worker.hosts.messages import (
    AskMemory,
    Cancel,
    Failed,
    Finished,
    FromHost,
    Inspect,
    Load,
    Memory,
    Prepare,
    Quit,
    Ready,
    Run,
    Stopped,
    ToHost,
    ToHostDecoder,
    Torn,
    Working,
    receive,
    send,
)

if TYPE_CHECKING:
    from core.worker.hosts.hold import Hold

_PR_SET_PDEATHSIG = 1
# A host keeps a core busy for minutes. Whoever looks at it through the desk, and the worker, come first where cores are
# few; where they are not, this changes nothing.
_NICE = 10


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies, and check that it has not died already."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class Child:
    """Serves messages until the worker says quit or goes away."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader = reader
        self._writer = writer
        self._prepared: Prepare | None = None
        self._kind: Any = None
        self._backend: Any = None
        self._meter: Meter | None = None
        self._hold: Hold | None = None

    def serve(self) -> None:
        """Answer every message; an error in a step is an answer, not an end."""
        while True:
            message = self._heard()
            if message is None or isinstance(message, Quit):
                return
            try:
                answer = self._answer(message)
                if answer is not None:
                    self._say(answer)
            except BrokenPipeError:
                return

    def _heard(self) -> ToHost | None:
        """Return the next message; None where the worker has gone."""
        try:
            body = receive(self._reader)
        except Torn:
            return None
        return None if body is None else ToHostDecoder.decode(body)

    def _say(self, message: FromHost) -> None:
        send(self._writer, message)

    def _answer(self, message: ToHost) -> FromHost | None:
        started = time.monotonic()
        try:
            if isinstance(message, Prepare):
                return self._prepare(message)
            if isinstance(message, Load):
                return self._load(message, started)
            if isinstance(message, AskMemory):
                return self._memory()
            if isinstance(message, Run):
                return self._run(message, started)
            if isinstance(message, Inspect):
                return Finished(self._backend.inspect(message), time.monotonic() - started)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a backend raises must reach the worker as an answer
            return failed(error)
        return None  # a Cancel that came too late: the step's own answer is already under way

    def _prepare(self, message: Prepare) -> FromHost | None:
        """Import the backend; only a failure is told, because whoever prepares does not wait."""
        self._prepared = message
        os.environ.update(message.environment)
        module, _, name = message.target.partition(":")
        try:
            self._kind = getattr(importlib.import_module(module), name)
            warm = getattr(self._kind, "prepare", None)  # optional: read files into the page cache
            if warm is not None:
                warm(message.device)
        except Exception as error:  # noqa: BLE001 - told when it is to be loaded
            self._kind = error
        return None

    def _load(self, message: Load, started: float) -> Ready:
        if isinstance(self._kind, Exception):
            raise self._kind
        assert self._prepared is not None, "Load follows Prepare"
        device = self._prepared.device
        self._meter = Meter(device)
        if is_simulated(device):
            from core.worker.hosts.hold import Hold  # only a simulated device needs it

            self._hold = Hold(device, message.weights, message.peak)
            self._hold.idle()
        self._backend = self._kind(**self._prepared.options)
        self._backend.load(device)
        return Ready(time.monotonic() - started, _versions(), self._meter.now())

    def _run(self, message: Run, started: float) -> FromHost:
        assert self._meter is not None, "Run follows Load"
        self._meter.start()
        try:
            if self._hold is not None:
                self._hold.work()
            room = Room(Path(message.reel), Path(message.stage), message.fallbacks, message.ahead)
            made = self._backend.run(message.request, room, self._progress)
            peak = self._meter.peak()
        except Cancelled:
            return Stopped()
        finally:
            if self._hold is not None:
                self._hold.idle()
        return Finished(made, time.monotonic() - started, peak)

    def _memory(self) -> Memory:
        meter = self._meter
        return Memory(meter.now(), meter.peak()) if meter is not None else Memory(None, None)

    def _progress(self, fraction: float, note: str = "") -> None:
        """Tell how far the step is, and hear whether it is still wanted. Raises Cancelled."""
        self._say(Working(min(1.0, max(0.0, fraction)), note[:200]))
        while select.select([self._reader], [], [], 0)[0]:
            message = self._heard()
            if message is None or isinstance(message, Quit):
                os._exit(0)  # nobody waits for this step; what it holds goes with the process
            if isinstance(message, AskMemory):
                self._say(self._memory())
            elif isinstance(message, Cancel):
                raise Cancelled


def failed(error: Exception) -> Failed:
    """Return whatever a backend raised as an answer."""
    if isinstance(error, ReelError):
        return Failed(type(error).__name__, str(error), error.remedy, error.exit_code, traceback.format_exc())
    if isinstance(error, MemoryError):
        remedy = "close other programs, or choose a smaller --size"
        return Failed("MemoryError", "there was not enough memory", remedy, 6)
    if isinstance(error, OSError):
        return _disk_or_bug(error)
    return Failed(type(error).__name__, f"{type(error).__name__}: {error}", "", 6, traceback.format_exc())


def _disk_or_bug(error: OSError) -> Failed:
    from core.folder.write import is_disk_error

    if is_disk_error(error):
        text = f"cannot write {error.filename or 'a file'}: {error.strerror}"
        return Failed("DiskTrouble", text, "free some space, then resume", 5, traceback.format_exc())
    return Failed(type(error).__name__, f"{type(error).__name__}: {error}", "", 6, traceback.format_exc())


def _versions() -> dict[str, str]:
    """Return the versions of the libraries that were loaded and can change a result."""
    found = {"python": sys.version.split()[0]}
    for name in ("numpy", "cv2", "av", "PIL", "torch", "diffusers", "transformers", "kokoro"):
        module = sys.modules.get(name)
        version = getattr(module, "__version__", None)
        if isinstance(version, str):
            found[name] = str(version)  # torch has a class of its own for it
    return found


def _step_back() -> None:
    """Leave the processor to whoever sits at the machine.

    Where the kernel groups processes by their session (sched(7), "The autogroup feature"; most distributions turn it
    on), a nice value counts among those of one session alone, and the host's session has to be told as well.
    """
    os.nice(_NICE)
    with contextlib.suppress(OSError):  # there is no such grouping, or it may not be told
        Path("/proc/self/autogroup").write_text(str(_NICE), encoding="ascii")


def main() -> None:
    """Run one host on the two pipe ends named on the command line."""
    reader, writer, parent = (int(word) for word in sys.argv[1:4])
    # Ctrl-C belongs to the worker, which decides what becomes of this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(parent)
    _step_back()
    Child(reader, writer).serve()


if __name__ == "__main__":
    main()
