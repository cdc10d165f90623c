"""Opens plain files and nothing else: a link is not followed, and a pipe or a device is never waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_SAID = {
    errno.ELOOP: "it is a symbolic link, and nothing in a reel is followed out of it",
    errno.ENXIO: "it is not a plain file",  # a socket
}


def plain_opener(path: str, flags: int) -> int:
    """Open a plain file: for `open(..., opener=plain_opener)`. Raises OSError, with words, for anything that is none.

    A link gives ELOOP, whatever else is no file EINVAL or ENXIO.
    """
    try:
        # Without waiting: the other end of a pipe may never come, and whoever looks is a screen.
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if error.errno in _SAID:
            raise OSError(error.errno, _SAID[error.errno], path) from None
        raise
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is not a plain file", path)


def read_plain(path: Path, *, most: int) -> bytes:
    """Return what is in a plain file of at most `most` bytes. Raises OSError (EFBIG: it has more)."""
    with open(path, "rb", opener=plain_opener) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", os.fspath(path))
    return data
