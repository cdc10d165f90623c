"""Words that were typed and not saved: they outlive the desk, a lost connection and a closed terminal."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

from core.film.errors import DiskTrouble
from core.folder.plain import read_plain
from core.folder.write import write_whole
from core.places import state_dir

# A file that is longer than this (bytes) is none of ours.
_MOST = 1_000_000


class Draft:
    """The unsaved words for one text of one reel. Every method is harmless where the disk refuses: the words are still
    on the screen."""

    def __init__(self, reel_id: str, key: str) -> None:
        name = hashlib.sha256(f"{reel_id} {key}".encode()).hexdigest()[:24]
        self._path = Path(state_dir(), "drafts", f"{name}.txt")

    def read(self) -> str | None:
        """Return what was typed and not saved, or None where nothing was."""
        try:
            return read_plain(self._path, most=_MOST).decode()
        except (OSError, UnicodeDecodeError):
            return None

    def keep(self, text: str) -> None:
        """Remember what is typed."""
        with contextlib.suppress(OSError, DiskTrouble):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, text.encode("utf-8", "replace"), durable=False)

    def forget(self) -> None:
        """Forget it: it was saved, or dropped."""
        with contextlib.suppress(OSError):
            self._path.unlink()
