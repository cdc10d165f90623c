"""The rough picture a step shows of what it makes while it works: told by its worker, found again by whoever looks."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from core.film.errors import BadInput
from core.folder import layout

# More bytes than this are no rough picture. Whoever looks reads it again whenever it changes.
MOST_PREVIEW = 2 << 20


def look_for_preview(root: Path, step: str) -> tuple[str, float | None]:
    """Return the path of a step's preview in the reel and when it was written (epoch seconds); "" and None without."""
    name = f"{layout.stage(step)}/{layout.PREVIEW}"
    status = _plain(root, name)
    return (name, status.st_mtime) if status is not None else ("", None)


def find_preview(root: Path, name: str) -> Path | None:
    """Return where the preview lies that live state names, None where nothing lies there that may be shown."""
    return root / name if name and _plain(root, name) is not None else None


def _plain(root: Path, name: str) -> os.stat_result | None:
    """Return what the file system says of a plain file inside the reel that is not too large, else None.

    A preview comes and goes with its step, so that one that is not there is nothing to be told. Nor is a name that
    leads out of the reel: who wrote it is not asked for anything.
    """
    try:
        status = layout.inside(root, name).lstat()
    except (OSError, ValueError, BadInput):
        return None
    return status if stat.S_ISREG(status.st_mode) and status.st_size <= MOST_PREVIEW else None
