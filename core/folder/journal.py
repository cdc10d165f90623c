"""Append-only journals: one JSON object a line, each with a CRC; a torn tail is moved aside, never fatal."""

from __future__ import annotations

import errno
import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import msgspec

from core.folder.plain import plain_opener
from core.folder.write import disk_trouble, sync_folder, write_all, write_whole

T = TypeVar("T")
_TAIL = re.compile(rb',"crc":"([0-9a-f]{8})"\}$')

_NOTHING = (errno.ENOENT, errno.ELOOP)  # a link is not followed; appending to it is refused with a word


def encode_line(record: object) -> bytes:
    """Return a record as one journal line: its JSON object with the CRC-32 of that object as last member."""
    body = msgspec.json.encode(record)
    if body == b"{}":
        raise ValueError("an empty record says nothing")
    return b'%s,"crc":"%08x"}\n' % (body[:-1], zlib.crc32(body))


def decode_line(line: bytes) -> bytes | None:
    """Return the JSON body of a line whose CRC holds, else None."""
    found = _TAIL.search(line)
    if found is None:
        return None
    body = line[: found.start()] + b"}"
    return body if zlib.crc32(body) == int(found.group(1), 16) else None


class Bookmark(msgspec.Struct, frozen=True):
    """How far a journal was read: the end of the last good line in bytes, and that line."""

    offset: int = 0
    line: bytes = b""


class Journal(Generic[T]):
    """One journal file of records of one type. Reading never changes it; `mend` and `append` need its writer's lock."""

    def __init__(self, path: Path, record: type[T]) -> None:
        self.path = path
        self._decoder = msgspec.json.Decoder(record)

    def read(self) -> tuple[list[T], int]:
        """Return the good records, oldest first, and how many lines were bad."""
        return self._parse(self._bytes())

    def tail(self, limit: int = 8192) -> list[T]:
        """Return the good records of the last `limit` bytes: cheap, for listings."""
        try:
            with open(self.path, "rb", opener=plain_opener) as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - limit))
                data = file.read()
        except OSError as error:
            if error.errno in _NOTHING:
                return []
            raise
        if size > limit:
            data = data.partition(b"\n")[2]
        return self._parse(data)[0]

    def since(self, mark: Bookmark) -> tuple[list[T], Bookmark]:
        """Return the good records after a bookmark, and the bookmark behind them.

        A torn tail is left for later. In a file that was mended or replaced the marked line is looked for; where it is
        gone, all that is there counts as read. Raises OSError where the file cannot be read.
        """
        try:
            with open(self.path, "rb", opener=plain_opener) as file:
                start = _place(file, mark)
                if start is None:
                    return [], self.end()
                file.seek(start)
                data = file.read()
        except OSError as error:
            if error.errno in _NOTHING:
                return [], mark
            raise
        found: list[T] = []
        for line, end in _whole_lines(data, start):
            records, _ = self._parse(line)
            if records:
                found += records
                mark = Bookmark(end, line)
        return found, mark

    def end(self) -> Bookmark:
        """Return the bookmark behind the last good line, for `since`. Raises OSError."""
        lines = list(_whole_lines(self._bytes(), 0))
        return next((Bookmark(end, line) for line, end in reversed(lines) if self._parse(line)[0]), Bookmark())

    def _bytes(self) -> bytes:
        try:
            with open(self.path, "rb", opener=plain_opener) as file:
                return file.read()
        except OSError as error:
            if error.errno in _NOTHING:
                return b""
            raise

    def _parse(self, data: bytes) -> tuple[list[T], int]:
        good: list[T] = []
        bad = 0
        for line in data.split(b"\n"):
            if not line:
                continue
            body = decode_line(line)
            try:
                if body is None:
                    raise msgspec.DecodeError("CRC")
                good.append(self._decoder.decode(body))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                bad += 1
        return good, bad

    def mend(self, aside: Path) -> int:
        """Keep only the good lines; the file as it was goes to `aside`. Return how many lines were bad."""
        data = self._bytes()
        _, bad = self._parse(data)
        if not bad:
            return 0
        kept = [line + b"\n" for line in data.split(b"\n") if line and not self._parse(line)[1]]
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            disk_trouble(error, aside)
        write_whole(aside, data)
        write_whole(self.path, b"".join(kept))
        return bad

    def append(self, record: T) -> None:
        """Add a record durably. Raises DiskTrouble; then at most a torn tail was left, which the next reader skips."""
        line = encode_line(record)
        try:
            fresh = not self.path.exists()
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
            descriptor = plain_opener(os.fspath(self.path), flags)
            try:
                size = os.fstat(descriptor).st_size
                if size and os.pread(descriptor, 1, size - 1) != b"\n":
                    line = b"\n" + line  # never glue a record to a torn one
                write_all(descriptor, line)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            if fresh:
                sync_folder(self.path.parent)
        except OSError as error:
            disk_trouble(error, self.path)


def _whole_lines(data: bytes, start: int) -> Iterator[tuple[bytes, int]]:
    """Yield the lines that have their end, each with where it ends in a file in which `data` begins at `start`."""
    for line in data.split(b"\n")[:-1]:
        start += len(line) + 1
        yield line + b"\n", start


def _place(file: BinaryIO, mark: Bookmark) -> int | None:
    """Return where to go on reading: at the bookmark if its line stands before it, else where that line is now."""
    file.seek(mark.offset - len(mark.line))
    if file.read(len(mark.line)) == mark.line:
        return mark.offset
    file.seek(0)
    found = file.read().rfind(mark.line)
    return found + len(mark.line) if found >= 0 else None
