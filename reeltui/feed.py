"""Watches the files of the screen that is shown, in a thread of its own, and says that something changed, coalesced."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

# Milliseconds. Changes within STEP of one another are told together, and at most SPAN after the first of them; with a
# step this long an idle watcher wakes up five times a second and costs nothing that can be measured.
STEP = 200
SPAN = 400
# How long (seconds) it waits before it looks again for a folder that is not there.
ABSENT = 1.0


class Feed:
    """Tells when files in any of a few folders change. Folders are watched without what lies below them."""

    def __init__(self, changed: Callable[[frozenset[Path]], None]) -> None:
        """`changed` is called from another thread, with the paths that changed; an empty set: look at everything."""
        self._changed = changed
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
        from watchfiles import watch  # here: it imports anyio, which the first paint must not wait for

        first = True
        while not stop.is_set():
            present = [folder for folder in folders if folder.is_dir()]
            if not first:
                self._changed(frozenset())
            first = False
            if present:
                self._listen(watch, present, stop, whole=len(present) == len(folders))
            stop.wait(ABSENT)

    def _listen(
        self,
        watch: Callable[..., Iterable[set[Any]]],
        present: list[Path],
        stop: threading.Event,
        *,
        whole: bool,
    ) -> None:
        """Tell what changes until told to stop, or until a folder comes or goes."""
        try:
            told = watch(
                *present,
                watch_filter=None,
                recursive=False,
                step=STEP,
                debounce=SPAN,
                stop_event=stop,
                rust_timeout=5_000,
                yield_on_timeout=True,
                raise_interrupt=False,
            )
            for changes in told:
                if stop.is_set():
                    return
                if changes:
                    self._changed(frozenset(Path(path) for _, path in changes))
                if not all(folder.is_dir() for folder in present):
                    return
                if not whole and not changes:
                    return  # look again whether what was missing has come
        except OSError:
            return  # a folder vanished while it was being watched; it is looked for again
