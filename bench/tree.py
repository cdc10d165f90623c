"""Samples the memory of a process and everything below it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import NamedTuple


def _parents() -> dict[int, int]:
    """Return every process's parent."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                after = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            found[int(folder.name)] = int(after[1])
    return found


def family(root: int) -> list[int]:
    """Return `root` and all its descendants that run now."""
    parents = _parents()
    found = [root]
    for pid in found:  # grows while it is walked
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found


class Held(NamedTuple):
    """Memory of a process in bytes: its own pages and its part of those it shares (PSS), and all of them (RSS)."""

    pss: int
    rss: int


def held(pid: int) -> Held:
    """Return what a process holds; nothing where it has ended."""
    try:
        words = Path(f"/proc/{pid}/smaps_rollup").read_text().split()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return Held(0, 0)
    if "Pss:" not in words:  # it has no memory any more
        return Held(0, 0)
    return Held(*(int(words[words.index(name) + 1]) * 1024 for name in ("Pss:", "Rss:")))


class MemoryWatch:
    """Samples a process tree until stopped; `peak` is the largest sum and `largest` the largest process, in bytes."""

    def __init__(self, root: int, every: float = 0.1) -> None:
        self.peak = 0
        self.largest = 0
        self.samples = 0
        self._root = root
        self._every = every
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            sizes = [held(pid).pss for pid in family(self._root)]
            self.samples += 1
            self.peak = max(self.peak, sum(sizes))
            self.largest = max(self.largest, *sizes)

    def stop(self) -> None:
        """Stop sampling."""
        self._stop.set()
        self._thread.join()
