"""What a look at a reel found: items, a report, and the tree of files they are about."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path

import msgspec

from core.folder import layout
from core.folder.lock import holder_of


class Finding(StrEnum):
    """How something was found."""

    OK = "ok"
    NOTE = "note"  # worth knowing; nothing is lost
    PROBLEM = "problem"  # damaged, or not what it should be


class Item(msgspec.Struct, frozen=True):
    """One thing that was looked at: its path in the reel, what was found, and what to do about it."""

    path: str
    finding: Finding
    step: str = ""
    text: str = ""
    remedy: str = ""
    bytes: int = 0


class VerifyReport(msgspec.Struct, frozen=True):
    """The whole result. `whole`: there is no problem. `files` and `bytes` were found whole. `held_by`: who works on
    the reel meanwhile ("" where nobody does)."""

    reel: str
    path: str
    whole: bool
    held_by: str
    files: int
    bytes: int
    problems: int
    notes: int
    items: tuple[Item, ...]


def sum_up(root: Path, items: Iterable[Item]) -> VerifyReport:
    """Return the report of what `Verifier.run` yielded."""
    found = tuple(items)
    good = [item for item in found if item.finding is Finding.OK]
    problems = sum(1 for item in found if item.finding is Finding.PROBLEM)
    notes = len(found) - len(good) - problems
    holder = holder_of(root / layout.LOCK)
    total = sum(item.bytes for item in good)
    held = str(holder) if holder else ""
    return VerifyReport(root.name, os.fspath(root), not problems, held, len(good), total, problems, notes, found)


class Tree:
    """Everything in a reel's folder when it was walked: `files` with their sizes, symbolic `links` (never followed),
    and what is `odd`, with the reason. What an item was made of is claimed; the rest belongs to nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files: dict[str, int] = {}
        self.links: list[str] = []
        self.odd: dict[str, str] = {}
        self._claimed: set[str] = set()
        self._walk("")

    def _walk(self, folder: str) -> None:
        try:
            entries = sorted(os.scandir(self.root / folder), key=lambda entry: entry.name)
        except OSError as error:
            self.odd[folder or "."] = f"cannot be read: {error.strerror}"
            return
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            try:
                if entry.is_symlink():
                    self.links.append(path)
                elif entry.is_dir(follow_symlinks=False):
                    self._walk(path)
                elif entry.is_file(follow_symlinks=False):
                    self.files[path] = entry.stat(follow_symlinks=False).st_size
                else:
                    self.odd[path] = "is no plain file"
            except FileNotFoundError:
                continue  # a worker took it away just now

    def held(self) -> bool:
        """Tell whether somebody works on the reel now."""
        return holder_of(self.root / layout.LOCK) is not None

    def plain(self, name: str) -> bool:
        """Tell whether a plain file lies there now."""
        try:
            return stat.S_ISREG(os.lstat(self.root / name).st_mode)
        except OSError:
            return False

    def folders(self, parent: str) -> list[str]:
        """Return the names in a folder at or below which there is anything, in order."""
        prefix = f"{parent}/"
        return list(dict.fromkeys(path[len(prefix) :].split("/")[0] for path in self._all() if path.startswith(prefix)))

    def _all(self) -> list[str]:
        return sorted({*self.files, *self.links, *self.odd})

    def claim(self, path: str) -> None:
        """Claim a file, or everything in a folder."""
        self._claimed.update(name for name in self._all() if name == path or name.startswith(f"{path}/"))

    def claim_if(self, mine: Callable[[str], bool]) -> None:
        """Claim every file whose path `mine` knows."""
        self._claimed.update(filter(mine, self._all()))

    def claimed(self, path: str) -> bool:
        """Tell whether there is an item about a path."""
        return path in self._claimed

    def unclaimed(self) -> list[str]:
        """Return the files no item was about, in order."""
        return sorted(self.files.keys() - self._claimed)

    def good(self, path: str, step: str = "") -> Item:
        """Claim a file that is whole."""
        self._claimed.add(path)
        return Item(path, Finding.OK, step, bytes=self.files.get(path, 0))

    def note(self, path: str, text: str, step: str = "") -> Item:
        """Claim a file about which there is something to know."""
        self._claimed.add(path)
        return Item(path, Finding.NOTE, step, text)

    def problem(self, path: str, text: str, remedy: str, step: str = "") -> Item:
        """Claim a file that is not what it should be."""
        self._claimed.add(path)
        return Item(path, Finding.PROBLEM, step, text, remedy)
