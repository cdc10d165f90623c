"""A worker's log: one line for every thing that happened, made harmless, in files that do not grow without end."""

from __future__ import annotations

import contextlib
import logging
import os
import time
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

from core.film.errors import DiskTrouble, ReelError
from core.film.text import clean
from core.folder.plain import read_plain
from core.folder.write import disk_trouble

# Bytes of one file, and how many old ones are kept beside it.
SIZE = 1_000_000
KEPT = 5
# Of one message; what is cut off is in the reel's own events.
_LONGEST = 2000
# A log (bytes) that is longer is none of ours: a file goes a little over SIZE, never by this much.
_MOST = 20 * SIZE

log = logging.getLogger("reeltui.worker")


class _Lines(logging.Formatter):
    """UTC, level, words; the lines of a traceback follow, indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as it stands in the file."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created))
        lines = [f"{moment}  {record.levelname:<7}  {clean(record.getMessage(), limit=_LONGEST)}"]
        if record.exc_info and record.exc_info[1] is not None:
            for piece in traceback.format_exception(record.exc_info[1]):
                lines += [f"    {clean(line, limit=_LONGEST)}" for line in piece.splitlines()]
        return "\n".join(lines)


class _File(RotatingFileHandler):
    """The file; with `take_stderr`, what others write to standard error goes to the newest one as well."""

    def __init__(self, path: Path, *, take_stderr: bool, size: int, kept: int) -> None:
        super().__init__(path, maxBytes=size, backupCount=kept, encoding="utf-8", errors="backslashreplace")
        self._take_stderr = take_stderr
        self._redirect()

    def doRollover(self) -> None:  # noqa: N802 - the name is logging's
        """Begin the next file."""
        super().doRollover()
        self._redirect()

    def _redirect(self) -> None:
        if self._take_stderr and self.stream is not None:
            os.dup2(self.stream.fileno(), 2)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """A log that cannot be written (a full disk) stops no work, and there is nowhere else to say so."""


def open_log(path: Path, *, detached: bool, size: int = SIZE, kept: int = KEPT) -> None:
    """Write the log to `path`; a worker in the foreground says everything on standard error as well.

    Raises DiskTrouble where the file cannot be opened.
    """
    close_log()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handlers: list[logging.Handler] = [_File(path, take_stderr=detached, size=size, kept=kept)]
    except OSError as error:
        disk_trouble(error, path)
    if not detached:
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(_Lines())
        log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def close_log() -> None:
    """Close the log; harmless when none is open."""
    for handler in list(log.handlers):
        log.removeHandler(handler)
        with contextlib.suppress(OSError):  # a full disk: what could not be written is lost anyway
            handler.close()


def words(error: BaseException) -> str:
    """Return an error as one line: what happened, and what to do."""
    text = f"{error}" if isinstance(error, ReelError) else f"{type(error).__name__}: {error}"
    return f"{text} ({error.remedy})" if isinstance(error, ReelError) and error.remedy else text


def read_log(path: Path, count: int, *, end: int | None = None) -> list[str]:
    """Return the last `count` lines, reaching back into older files. Raises DiskTrouble where one is unreadable.

    `end`: what was written after so many bytes is left out, for whoever goes on reading from there.
    """
    lines: list[str] = []
    for number in range(KEPT + 1):
        older = path.with_name(f"{path.name}.{number}") if number else path
        try:
            data = read_plain(older, most=_MOST)
        except FileNotFoundError:
            break
        except OSError as error:
            raise DiskTrouble(f"cannot read {older}: {error.strerror}", remedy="check its permissions") from None
        data = data[:end] if older == path else data
        lines = data.decode("utf-8", errors="replace").splitlines() + lines
        if len(lines) >= count:
            break
    return lines[-count:] if count else []
