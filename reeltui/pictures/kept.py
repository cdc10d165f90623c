"""Drawn pictures on the disk, found again by what the picture is and how it was wanted. May be deleted at any time."""

from __future__ import annotations

import hashlib
import threading
import time
import zlib
from pathlib import Path

import msgspec

from core.film.errors import DiskTrouble
from core.folder.write import write_whole
from reeltui.pictures.cells import Cells, Shape

DISK = 32 << 20
_HEAD = b"reeltui picture\n"
# Another number where pictures are drawn in another way: the old ones are then never found and pushed out in time.
_DRAWN = 1
_ENDING = ".cells"
_BLOCK = 4096  # what a small file takes at least
_LEFT = 0.75  # of the size, after making room
_FORGOTTEN = 3600.0  # seconds after which a temporary file is nobody's


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    shape: Shape
    cells: Cells


class Kept:
    """A folder of drawn pictures of at most `most` bytes; used from several threads, and by several desks at once.

    `trouble` says why nothing is kept any more ("" where all is well): a desk works without.
    """

    def __init__(self, folder: Path, most: int = DISK) -> None:
        self.folder = folder
        self.trouble = ""
        self._most = most
        self._lock = threading.Lock()
        self._used: int | None = None

    def read(self, key: str, shape: Shape) -> Cells | None:
        """Return a drawn picture, None where it is not kept; a damaged file is removed."""
        path = self._path(key, shape)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        entry = _decode(data)
        if entry is None or (entry.key, entry.shape) != (key, shape):
            self._remove(path)
            return None
        return entry.cells

    def write(self, key: str, shape: Shape, cells: Cells) -> None:
        """Keep a drawn picture, and make room where the folder is full. Never raises: see `trouble`."""
        if self.trouble:
            return
        body = msgspec.msgpack.encode(_Entry(key, shape, cells))
        data = _HEAD + zlib.crc32(body).to_bytes(4, "big") + body
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._path(key, shape), data, durable=False)
            self._make_room(len(data))
        except (DiskTrouble, OSError) as error:
            self.trouble = f"drawn pictures are not kept: {error}"

    def _path(self, key: str, shape: Shape) -> Path:
        name = hashlib.sha256(msgspec.msgpack.encode((_DRAWN, key, shape))).hexdigest()[:40]
        return self.folder / f"{name}{_ENDING}"

    def _remove(self, path: Path) -> None:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            self.trouble = f"a damaged picture could not be removed: {error}"

    def _make_room(self, added: int) -> None:
        with self._lock:
            if self._used is not None:
                self._used += max(added, _BLOCK)
            if self._used is None or self._used > self._most:
                self._used = self._push_out()

    def _push_out(self) -> int:
        """Remove the oldest where there are too many bytes, and return how many are left."""
        found: list[tuple[float, int, Path]] = []
        now = time.time()
        for path in self.folder.iterdir():
            try:
                status = path.lstat()
                if path.name.endswith(".tmp") and now - status.st_mtime > _FORGOTTEN:
                    path.unlink(missing_ok=True)
            except FileNotFoundError:
                continue  # another desk was quicker
            if path.suffix == _ENDING:
                found.append((status.st_mtime, max(status.st_size, _BLOCK), path))
        used = sum(size for _, size, _ in found)
        if used > self._most:
            for _, size, path in sorted(found):
                path.unlink(missing_ok=True)
                used -= size
                if used <= _LEFT * self._most:
                    break
        return used


def _decode(data: bytes) -> _Entry | None:
    body = data[len(_HEAD) + 4 :]
    if not data.startswith(_HEAD) or zlib.crc32(body).to_bytes(4, "big") != data[len(_HEAD) : len(_HEAD) + 4]:
        return None
    try:
        entry = msgspec.msgpack.decode(body, type=_Entry)
    except msgspec.MsgspecError:
        return None
    return entry if entry.cells.sound else None
