"""The one write protocol: a file is either the old one or the new one, whole, whatever happens in between."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NoReturn

from core.film.errors import DiskTrouble

_DISK = {
    errno.ENOSPC: ("the disk is full", "free some space, then resume"),
    errno.EDQUOT: ("the disk quota is used up", "free some space, then resume"),
    errno.EROFS: ("the file system is read-only", "choose a library you can write to with --library"),
    errno.EACCES: ("permission was denied", "choose a library you can write to with --library"),
    errno.EPERM: ("permission was denied", "choose a library you can write to with --library"),
    errno.EFBIG: ("a file-size limit was reached", "raise the limit (ulimit -f), then resume"),
    errno.EIO: ("the disk reported an error", "check the disk; what was finished is kept"),
    errno.ENOTDIR: ("part of the path is not a folder", "choose another library with --library"),
    errno.ELOOP: ("it is a symbolic link, and nothing in a reel is followed out of it", "put a file there instead"),
    errno.ENOENT: ("the folder is gone", "check that the library is still mounted"),
}


def disk_trouble(error: OSError, path: Path | str) -> NoReturn:
    """Raise DiskTrouble for an OSError met while writing `path`."""
    what, remedy = _DISK.get(error.errno or 0, (error.strerror or str(error), "check the disk and try again"))
    raise DiskTrouble(f"cannot write {os.fspath(path)}: {what}", remedy=remedy) from error


def is_disk_error(error: OSError) -> bool:
    """Tell whether an OSError speaks of the disk (full, read-only, failing) and not of our own mistake."""
    disk = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO)
    return error.errno in disk


def write_whole(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace `path` by `data`: temp file beside it, all bytes, length checked, fsync, rename, fsync folder.

    `durable=False` leaves the fsyncs out, for files that are worthless after a crash. Raises DiskTrouble; then the
    old file is untouched.
    """
    temp = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            write_all(descriptor, data)
            if os.fstat(descriptor).st_size != len(data):
                raise OSError(errno.EIO, f"wrote {os.fstat(descriptor).st_size} of {len(data)} bytes")
            if durable:
                os.fsync(descriptor)  # a failed fsync is never retried: the pages may already be dropped
        finally:
            os.close(descriptor)
        os.rename(temp, path)
        if durable:
            sync_folder(path.parent)
    except OSError as error:
        temp.unlink(missing_ok=True)
        disk_trouble(error, path)
    except BaseException:
        temp.unlink(missing_ok=True)
        raise


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte; a bare os.write may write fewer and call it success."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_file(path: Path) -> None:
    """Push a finished file to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Push a folder's entries (renames) to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
