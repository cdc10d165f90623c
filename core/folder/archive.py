"""Reels set aside: moved whole into a folder of the library that no listing looks into, and back again."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

from core.film.errors import BadInput
from core.film.text import clean
from core.folder import layout
from core.folder.library import ARCHIVE, reel_folders
from core.folder.lock import Lock
from core.folder.write import disk_trouble, sync_folder


def archive_reel(root: Path, *, now: str, moved: Callable[[], None] = lambda: None) -> Path:
    """Move a reel into its library's archive by one rename and return its new folder.

    Where the archive has one of its name, it gets a number. `moved` is called while nobody else can have the reel yet.
    Raises Locked where somebody works on it, BadInput where it is archived already or the archive is a link,
    DiskTrouble.
    """
    if root.parent.name == ARCHIVE:
        raise BadInput(f"{clean(root.name)} is archived already", remedy="see `reeltui archive --list`")
    archive = _archive(root.parent)
    try:
        archive.mkdir(exist_ok=True)
    except OSError as error:
        disk_trouble(error, archive)
    return _move(root, archive, verb="archive", now=now, moved=moved)


def bring_back(library: Path, name: str, *, now: str) -> Path:
    """Move a reel out of the archive into the library by one rename and return its folder.

    Where the library has one of its name by now, it gets a number. Raises BadInput where the archive has none of that
    name, Locked, DiskTrouble.
    """
    there = {root.name: root for root in archived(library)}
    if name not in there:
        near = difflib.get_close_matches(name, there, n=3)
        remedy = f"did you mean {', '.join(near)}?" if near else "`reeltui archive --list` shows what is there"
        raise BadInput(f"no reel {clean(name, limit=80)!r} is archived in {library}", remedy=remedy)
    return _move(there[name], library, verb="archive --back", now=now)


def archived(library: Path) -> list[Path]:
    """Return the folders of a library's archived reels, by name. Raises BadInput where the archive is a link."""
    return reel_folders(_archive(library))


def _archive(library: Path) -> Path:
    return layout.inside(library, ARCHIVE)


def _move(root: Path, into: Path, *, verb: str, now: str, moved: Callable[[], None] = lambda: None) -> Path:
    # The second lock: whoever is writing an edit or a decision at this moment finishes first.
    with (
        Lock(root / layout.LOCK, verb=verb, now=now),
        Lock(root / layout.EDIT_LOCK, verb=verb, now=now, wait=True),
    ):
        target = _rename(root, into)
        moved()
    return target


def _rename(root: Path, into: Path) -> Path:
    try:
        for number in range(1, 10_000):
            target = into / (root.name if number == 1 else f"{root.name}-{number}")
            if os.path.lexists(target):
                continue
            try:
                os.rename(root, target)  # onto a folder that is not empty this fails: somebody was faster
            except OSError:
                if os.path.lexists(target) and os.path.lexists(root):
                    continue
                raise
            sync_folder(into)
            sync_folder(root.parent)
            return target
    except OSError as error:
        disk_trouble(error, into)
    raise BadInput(f"there are too many reels named {clean(root.name)} in {into}", remedy="rename some of them")
