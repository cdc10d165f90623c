"""People's own pictures inside a reel: read from wherever they lie, and kept by what is in them."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from core.film.errors import BadInput
from core.folder import layout
from core.folder.lock import Lock
from core.folder.write import disk_trouble, write_whole

MAX_BYTES = 64 << 20
_GIVE = "give the path of a PNG, JPEG or WebP picture"


def read_picture(path: Path) -> bytes:
    """Return what is in a picture file of a person's, wherever it lies.

    Raises BadInput where it is missing, no plain file, empty or larger than MAX_BYTES.
    """
    try:
        # Without waiting: the other end of a pipe may never come.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise BadInput(f"{path} is no plain file", remedy=_GIVE)
        if status.st_size > MAX_BYTES:
            raise BadInput(
                f"{path} has {status.st_size:,} bytes; a picture has at most {MAX_BYTES:,}",
                remedy="save it as JPEG, or scale it down",
            )
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, error) from None
    finally:
        os.close(descriptor)
    if not data or len(data) > MAX_BYTES:
        raise BadInput(f"{path} {'grows while it is read' if data else 'is empty'}", remedy=_GIVE)
    return data


def _unreadable(path: Path, error: OSError | ValueError) -> BadInput:
    reason = getattr(error, "strerror", None) or str(error)
    return BadInput(f"cannot read {path}: {reason}", remedy="check the path")


def keep_picture(root: Path, data: bytes, ending: str, *, now: str) -> str:
    """Keep a picture in the reel and return its sha256; one that is there already stays. Waits for the edit lock.

    Raises BadInput where the folder leads out of the reel, DiskTrouble.
    """
    sha = hashlib.sha256(data).hexdigest()
    with Lock(root / layout.EDIT_LOCK, verb="picture", now=now, wait=True):
        path = layout.inside(root, layout.picture(sha, ending))
        try:
            path.parent.mkdir(exist_ok=True)
            same = path.is_file() and path.read_bytes() == data
        except OSError as error:
            disk_trouble(error, path)
        if not same:
            write_whole(path, data)
    return sha
