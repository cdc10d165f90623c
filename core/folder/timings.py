"""This machine's history of step times, outside any reel: what estimates rest on."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from core.film.errors import DiskTrouble
from core.folder.journal import Journal

T = TypeVar("T")

# Enough for the newest steps of every phase; the file is cut when it grows past four times this.
KEPT_BYTES = 256 * 1024


class Timings(Journal[T]):
    """A journal that forgets its oldest half when it grows; losing it costs nothing but the estimates."""

    def remember(self, record: T) -> str:
        """Add a record; return what went wrong ("" where nothing did), which never stops the work."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > 4 * KEPT_BYTES:
                self._forget()
            self.append(record)
        except (OSError, DiskTrouble) as error:
            return f"step times cannot be kept: {error}"
        return ""

    def recent(self) -> list[T]:
        """Return the newest records."""
        try:
            return self.tail(KEPT_BYTES)
        except OSError:
            return []

    def _forget(self) -> None:
        data = self.path.read_bytes()[-KEPT_BYTES:].partition(b"\n")[2]
        temp = Path(f"{self.path}.tmp")
        temp.write_bytes(data)
        temp.replace(self.path)
