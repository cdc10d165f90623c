"""Finds a model's files on this machine: its snapshot in the cache of the Hugging Face hub. No network."""

from __future__ import annotations

import os
from pathlib import Path

from core.engines.hub import hub_cache
from core.film.errors import EngineTrouble


class MissingWeights(EngineTrouble):
    """A model's files are not on this machine, or not all of them."""


def snapshot(repository: str, revision: str = "") -> Path:
    """Return the folder of a model's files: of `revision` (a branch or a commit), of `main` where it is "".

    A path to a local folder is taken as it is. Raises MissingWeights.
    """
    local = Path(repository).expanduser()
    if local.is_absolute() and local.is_dir():
        return local
    folder = hub_cache(os.environ) / f"models--{repository.replace('/', '--')}"
    wanted = revision or "main"
    try:
        named = (folder / "refs" / wanted).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        named = wanted
    found = folder / "snapshots" / named
    if not found.is_dir() or found.parent != folder / "snapshots":
        at = f" at revision {revision}" if revision else ""
        raise MissingWeights(f"{repository}{at} is not on this machine", remedy=f"reeltui models fetch {repository}")
    return found
