"""Who works on a reel: `flock` on a file that is never deleted. Pid, boot and start time are only for showing."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import time
from pathlib import Path
from types import TracebackType

import msgspec

from core.film.errors import Locked
from core.folder.plain import plain_opener, read_plain
from core.folder.write import disk_trouble

# More (bytes) nobody says of themselves.
_MOST = 65_536


class Holder(msgspec.Struct, frozen=True):
    """The process that holds a lock, as it described itself; `since` is UTC in ISO 8601."""

    pid: int
    host: str
    boot: str
    verb: str
    since: str

    def __str__(self) -> str:
        return f"reeltui {self.verb} (process {self.pid} on {self.host}, since {self.since})"


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


class Lock:
    """Exclusive lock on one file, held until the process ends or `release`; the kernel frees it after any death.

    The descriptor is not inherited by children, so an orphan can never keep it.
    """

    def __init__(self, path: Path, *, verb: str, now: str, wait: bool = False) -> None:
        """Take the lock. Raises Locked naming the holder, or DiskTrouble. `wait` blocks until it is free."""
        self.path = path
        try:
            self._fd = plain_opener(os.fspath(path), os.O_RDWR | os.O_CREAT)
        except OSError as error:
            disk_trouble(error, path)
        try:
            _take(self._fd, wait=wait)
        except OSError as error:
            self.release()
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                disk_trouble(error, path)
            holder = _described(path)
            raise Locked(
                f"{path.parent.name} is being worked on by {holder or 'another process'}",
                remedy="wait for it, or stop it (Ctrl-C there keeps everything finished)",
            ) from None
        me = Holder(os.getpid(), socket.gethostname(), _boot_id(), verb, now)
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, msgspec.json.encode(me), 0)
        except OSError as error:
            self.release()
            disk_trouble(error, path)

    def release(self) -> None:
        """Give the lock back; harmless when done twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _take(descriptor: int, *, wait: bool) -> None:
    if wait:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    for attempt in range(5):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if attempt == 4:
                raise
            time.sleep(0.01)  # somebody may only be asking who holds it (`holder_of`)


def _described(path: Path) -> Holder | None:
    try:
        return msgspec.json.decode(read_plain(path, most=_MOST), type=Holder)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def holder_of(path: Path) -> Holder | None:
    """Return who holds the lock now, or None where nobody does. Never blocks and never takes it for others."""
    try:
        descriptor = plain_opener(os.fspath(path), os.O_RDONLY)
    except OSError:
        return None
    try:
        # A shared probe: two of them do not see each other as holders.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return _described(path) or Holder(0, "", "", "unknown", "")
    finally:
        os.close(descriptor)
    return None
