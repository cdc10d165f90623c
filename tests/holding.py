"""A lock in the hands of another process."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.folder.lock import Lock
from tests.forking import fork, kill
from tests.stage import NOW


@contextmanager
def held_elsewhere(path: Path, verb: str = "make", now: str = NOW) -> Iterator[int]:
    """Let a child process hold a lock; yield its pid; kill it with -9 if it still lives."""
    reader, writer = os.pipe()

    def hold() -> None:
        os.close(reader)
        lock = Lock(path, verb=verb, now=now)
        os.write(writer, b"x")
        signal.pause()
        lock.release()

    child = fork(hold)
    os.close(writer)
    try:
        assert select.select([reader], [], [], 30)[0], "the child never took the lock"
        assert os.read(reader, 1) == b"x", "the child ended without the lock"
        yield child
    finally:
        os.close(reader)
        kill(child)
