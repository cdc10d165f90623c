"""The child process that holds one backend: `python -m core.worker.host READ_FD WRITE_FD`.

Nothing heavy is imported before the Load message, whose sender has already set the environment.
"""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from core.engines.roles import Room
from core.film.errors import ReelError
from core.worker.messages import (
    Failed,
    Finished,
    FromHost,
    Inspect,
    Load,
    Quit,
    Ready,
    Run,
    ToHostDecoder,
    Torn,
    Working,
    receive,
    send,
)

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies, and check that it has not died already."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


class Host:
    """Serves messages until the worker says quit or goes away."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader = reader
        self._writer = writer
        self._backend: Any = None

    def serve(self) -> None:
        """Answer every message; an error in a step is an answer, not an end."""
        while True:
            try:
                body = receive(self._reader)
            except Torn:
                return
            if body is None:
                return
            message = ToHostDecoder.decode(body)
            if isinstance(message, Quit):
                return
            try:
                self._say(self._answer(message))
            except BrokenPipeError:
                return

    def _say(self, message: FromHost) -> None:
        send(self._writer, message)

    def _answer(self, message: Load | Run | Inspect) -> FromHost:
        started = time.monotonic()
        try:
            if isinstance(message, Load):
                return self._load(message, started)
            if isinstance(message, Run):
                room = Room(Path(message.reel), Path(message.stage))
                made = self._backend.run(message.request, room, self._progress)
            else:
                made = self._backend.inspect(message)
            return Finished(made, time.monotonic() - started)
        except BrokenPipeError:
            raise
        except ReelError as error:
            return Failed(type(error).__name__, str(error), error.remedy, error.exit_code, traceback.format_exc())
        except MemoryError:
            remedy = "close other programs, or choose a smaller --size"
            return Failed("MemoryError", "there was not enough memory", remedy, 6)
        except OSError as error:
            return _disk_or_bug(error)
        except Exception as error:  # noqa: BLE001 - whatever a backend raises must reach the worker as an answer
            return Failed(type(error).__name__, f"{type(error).__name__}: {error}", "", 6, traceback.format_exc())

    def _load(self, message: Load, started: float) -> Ready:
        module, _, name = message.target.partition(":")
        self._backend = getattr(importlib.import_module(module), name)()
        self._backend.load(message.device)
        return Ready(time.monotonic() - started, _versions())

    def _progress(self, fraction: float, note: str = "") -> None:
        self._say(Working(min(1.0, max(0.0, fraction)), note[:200]))


def _disk_or_bug(error: OSError) -> Failed:
    from core.folder.write import is_disk_error

    if is_disk_error(error):
        text = f"cannot write {error.filename or 'a file'}: {error.strerror}"
        return Failed("DiskTrouble", text, "free some space, then resume", 5, traceback.format_exc())
    return Failed(type(error).__name__, f"{type(error).__name__}: {error}", "", 6, traceback.format_exc())


def _versions() -> dict[str, str]:
    """Return the versions of the libraries that were loaded and can change a result."""
    found = {"python": sys.version.split()[0]}
    for name in ("numpy", "cv2", "av", "PIL", "torch", "diffusers", "transformers"):
        module = sys.modules.get(name)
        version = getattr(module, "__version__", None)
        if isinstance(version, str):
            found[name] = version
    return found


def main() -> None:
    """Run one host on the two pipe ends named on the command line."""
    reader, writer, parent = (int(word) for word in sys.argv[1:4])
    # Ctrl-C belongs to the worker, which decides what becomes of this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(parent)
    Host(reader, writer).serve()


if __name__ == "__main__":
    main()
