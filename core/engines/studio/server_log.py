"""The log of a model server: a file of its own, because two lanes may start a server at once; old ones are removed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from pathlib import Path

from core.folder.write import disk_trouble

_NAME = "model-server"
_KEPT = 4  # logs of servers that have ended; why one fell is often looked up after the next has started


def open_log(folder: Path) -> tuple[int, Path]:
    """Open a new log that only its owner can read; return its descriptor and its path. Raises DiskTrouble.

    It counts as in use while the descriptor, or one that another process inherited, is open.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{_NAME}-{os.getpid()}-", suffix=".log", dir=folder)
    except OSError as error:
        disk_trouble(error, folder)
    with contextlib.suppress(OSError):  # a file system without locks: it is among the newest for long enough
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # who cleans holds a lock for an instant only
    _clean(folder)
    return descriptor, Path(name)


def _clean(folder: Path) -> None:
    """Remove the logs of servers that have ended, but for the newest; another process may do the same meanwhile."""
    ended: list[tuple[float, Path]] = []
    for path in folder.glob(f"{_NAME}*.log*"):
        with contextlib.suppress(OSError):
            if not _in_use(path):
                ended.append((path.stat().st_mtime, path))
    for _, path in sorted(ended, reverse=True)[_KEPT:]:
        with contextlib.suppress(OSError):
            path.unlink()


def _in_use(path: Path) -> bool:
    """Tell whether a server still writes it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
