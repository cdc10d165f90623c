"""A small JSON file that several processes change: whole at every moment, changed by one at a time, never trusted."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from core.film.errors import BadInput, DiskTrouble, Locked, TryAgain
from core.film.text import clean
from core.folder.lock import Lock
from core.folder.write import disk_trouble, sync_folder, write_whole

T = TypeVar("T", bound=msgspec.Struct)

MAX_BYTES = 32_000_000
# Seconds a change waits for the lock. Another change holds it for the time of two fsyncs.
PATIENCE = 10.0


class Damaged(BadInput):
    """The file is there, and is not what it should be."""


class Shared(Generic[T]):
    """One file `NAME.json` holding a struct with a `schema`, its lock `NAME.lock` beside it."""

    def __init__(
        self, path: Path, kind: type[T], *, schema: int, remedy: str, durable: bool = True, verb: str = "queue"
    ) -> None:
        """`remedy` is what a person does about a damaged file. `verb` is what the holder of its lock is said to do.

        `durable=False` leaves the fsyncs out, for what may be lost with the machine's power.
        """
        self.path = path
        self._kind = kind
        self._schema = schema
        self._remedy = remedy
        self._durable = durable
        self._verb = verb

    def read(self) -> T | None:
        """Return what the file says, or None where there is none. Changes nothing and waits for nobody.

        Raises Damaged, BadInput where a newer reeltui wrote it, DiskTrouble where it or its folder cannot be read.
        """
        data = self._bytes()
        if data is None:
            return None
        try:
            found = json.loads(data.decode())
            schema = found.get("schema") if isinstance(found, dict) else None
            if isinstance(schema, int) and schema > self._schema:
                text = f"{self.path}: schema {schema} is not known here (expected {self._schema})"
                raise BadInput(text, remedy="use the reeltui version that wrote it")
            if schema != self._schema or isinstance(schema, bool):
                raise self._damaged("its schema is missing or wrong")
            return msgspec.convert(found, self._kind)
        except (msgspec.ValidationError, ValueError, RecursionError) as error:
            raise self._damaged(clean(str(error), limit=200)) from None

    def change(self, empty: T, change: Callable[[T], T]) -> tuple[T, str]:
        """Read, change and write under the lock; return what it says now, and what was wrong with it before ("").

        A file that is missing or damaged counts as `empty`; a damaged one is kept under another name. Nothing is
        written where nothing changed or `change` raised. Raises TryAgain where the lock stays taken, BadInput where
        a newer reeltui wrote it, DiskTrouble; then the file is what it was.
        """
        with self._locked():
            self._sweep()
            damage = ""
            try:
                value = self.read() or empty
            except Damaged as problem:
                value, damage = empty, str(problem)
            changed = change(value)
            if changed == value:
                return value, damage
            if damage:
                damage += f"; it is kept as {self._set_aside()}"
            # The standard library's JSON escapes the bytes of a file's name that are no UTF-8; msgspec refuses them.
            data = json.dumps(msgspec.to_builtins(changed), indent=1).encode() + b"\n"
            write_whole(self.path, data, durable=self._durable)
            return changed, damage

    def _locked(self) -> Lock:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                return Lock(self.path.with_suffix(".lock"), verb=self._verb, now=since)
            except Locked:
                if time.monotonic() >= deadline:
                    text = f"another process has been changing {self.path} for {PATIENCE:g} seconds"
                    raise TryAgain(text, remedy="try again; if it stays, look for a stopped reeltui") from None
                time.sleep(0.01)

    def _sweep(self) -> None:
        """Remove the half of a file that a kill left; the lock is ours, so nobody is writing one."""
        with contextlib.suppress(OSError):  # it may stay; a folder that cannot be written is told by the write itself
            for temp in self.path.parent.glob(f".{self.path.name}.*.tmp"):
                temp.unlink(missing_ok=True)

    def _bytes(self) -> bytes | None:
        """Return the bytes of the file, or None where there is none; a link is not followed, a pipe not waited for."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            if os.path.isdir(self.path.parent):
                return None
            raise DiskTrouble(f"{self.path.parent} is gone", remedy="check that it is still mounted") from None
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise self._damaged("it is a symbolic link") from None
            raise self._unreadable(error) from None
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise self._damaged("it is not a plain file")
            if status.st_size > MAX_BYTES:
                raise self._damaged(f"it has {status.st_size:,} bytes")
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(MAX_BYTES)
        except OSError as error:
            raise self._unreadable(error) from None
        finally:
            os.close(descriptor)

    def _damaged(self, what: str) -> Damaged:
        return Damaged(f"{self.path} is damaged: {what}", remedy=self._remedy)

    def _unreadable(self, error: OSError) -> DiskTrouble:
        return DiskTrouble(f"cannot read {self.path}: {error.strerror}", remedy="check the disk and permissions")

    def _set_aside(self) -> str:
        """Rename the damaged file; return its new name."""
        number = 1
        while os.path.lexists(kept := self.path.with_name(f"{self.path.stem}.damaged-{number}.json")):
            number += 1
        try:
            os.rename(self.path, kept)
            sync_folder(self.path.parent)
        except OSError as error:
            disk_trouble(error, self.path)
        return kept.name
