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


class Unsaved:
    """The whole plan as a person wrote it, with the sha256 of the plan.json it was made from, until it is saved. It
    outlives the desk; where the disk keeps nothing, it is held here."""

    def __init__(self, reel_id: str) -> None:
        self.text = ""
        self._made_from = ""
        self._drafts = Draft(reel_id, "plan.json"), Draft(reel_id, "plan.json was")

    def read(self) -> tuple[str, str] | None:
        """Return the text and what it was made from, or None where there is none."""
        if not self.text:
            text, made_from = (draft.read() for draft in self._drafts)
            self.text, self._made_from = text or "", made_from or ""
        return (self.text, self._made_from) if self.text else None

    def keep(self, text: str, made_from: str) -> None:
        """Remember it."""
        self.text, self._made_from = text, made_from
        for draft, words in zip(self._drafts, (text, made_from), strict=True):
            draft.keep(words)

    def forget(self) -> None:
        """Forget it: it was saved, or dropped."""
        self.text = ""
        for draft in self._drafts:
            draft.forget()
