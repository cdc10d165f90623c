"""Watches the files of the screen that is shown, in a thread of its own, and says that something changed, coalesced."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

# Milliseconds. Changes within STEP of one another are told together, and at most SPAN after the first of them; with a
# step this long an idle watcher wakes up five times a second and costs nothing that can be measured.
STEP = 200
SPAN = 400
# How often (milliseconds) it looks whether the folders are still there while nothing happens.
ROUND = 5_000
# How long (seconds) it waits before it looks again for a folder that is not there.
ABSENT = 1
# The name of any file.
ANY = "*"


class Feed:
    """Tells when files in any of a few folders change. Folders are watched without what lies below them."""

    def __init__(self, changed: Callable[[frozenset[Path]], None], *, near: bool = False) -> None:
        """`changed` is called from another thread, with the paths that changed; an empty set: look at everything.

        What changed before a watch began is not known. Then everything is to be looked at; of folders that are `near`,
        only themselves: a path named ANY in each stands for whatever may lie there.
        """
        self._changed = changed
        self._near = near
        self._folders: tuple[Path, ...] = ()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """What is watched."""
        return self._folders

    def watch(self, folders: Iterable[Path]) -> None:
        """Watch these folders and no others."""
        wanted = tuple(dict.fromkeys(folders))
        if wanted == self._folders:
            return
        self._folders = wanted
        self._stop.set()
        self._stop = threading.Event()
        if wanted:
            name = "desk-feed"
            self._thread = threading.Thread(target=self._run, args=(wanted, self._stop), name=name, daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Watch nothing any more. Does not wait for the thread, which ends by itself."""
        self._folders = ()
        self._stop.set()

    def _run(self, folders: tuple[Path, ...], stop: threading.Event) -> None:
        # Here: it imports anyio, which the first paint must not wait for. The class below `watch` tells when it has
        # begun to listen, so that nothing is missed between a look and the watch.
        from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

        while not stop.is_set():
            present = [os.fspath(folder) for folder in folders if folder.is_dir()]
            try:
                with RustNotify(list(filter(_nameable, present)), False, False, 0, False, False) as watcher:
                    self._changed(frozenset(folder / ANY for folder in folders if self._near))
                    self._listen(watcher, folders, len(present), stop)
            except OSError:
                pass  # a folder vanished before it was watched; it is looked for again
            except WatchfilesRustInternalError:
                pass  # something changed whose name is no text; everything is looked at again, as after any pause
            stop.wait(ABSENT)

    def _listen(self, watcher: RustNotify, folders: Sequence[Path], present: int, stop: threading.Event) -> None:
        """Tell what changes until told to stop, or until a folder came or went."""
        whole = present == len(folders)
        unheard = not all(_nameable(os.fspath(folder)) for folder in folders)
        while not stop.is_set():
            told = watcher.watch(SPAN, STEP, ROUND if whole else 1000 * ABSENT, stop)
            if isinstance(told, set) and not stop.is_set():
                self._changed(frozenset(Path(path) for _, path in told))
            elif unheard and not stop.is_set():
                self._changed(
                    frozenset()
                )  # nobody tells of a folder whose name is no text: it is looked at now and then
            if sum(folder.is_dir() for folder in folders) != present:
                return


def _nameable(path: str) -> bool:
    """Tell whether a path is text the watcher can take; names on a disk are bytes, and need not be."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
