"""Finds a model's files on this machine: in the hub's cache, of the pinned commit, or in a folder. No network."""

from __future__ import annotations

import os
from pathlib import Path

from core.engines.hub import find_snapshot, hub_cache, missing_of, repository_folder
from core.engines.models import Model, model_of
from core.engines.pins import read_pins
from core.film.errors import EngineTrouble

_SHOWN = 3


class MissingWeights(EngineTrouble):
    """A model's files are not on this machine, or not all of them."""


def snapshot(repository: str, revision: str = "") -> Path:
    """Return the folder of a model's files: of the commit `revision`, else of the one `reeltui models fetch` pinned,
    else of what `main` names in the cache. `repository` may be a local folder's path ("/", "~" or "." first).

    Raises MissingWeights saying what is missing and how to get it, BadInput where models.toml is broken.
    """
    known = model_of(repository)
    if repository[:1] in ("/", "~", "."):
        folder = Path(repository).expanduser()
        if not folder.is_dir():
            remedy = "correct that path in config.toml, or remove it to use the hub's cache"
            raise MissingWeights(f"there is no folder {repository} with a model", remedy=remedy)
        return folder
    wanted = revision or (known.revision if known else "") or _pinned(repository)
    model, cache = known or Model(repository, (), (), 0), hub_cache(os.environ)
    found = find_snapshot(repository_folder(repository, cache), wanted)
    if found is None:
        at = f" at revision {wanted}" if wanted else ""
        text = f"{repository}{at} is not on this machine (looked in {cache})"
        raise MissingWeights(text, remedy=model.download)
    missing = missing_of(model, found)
    if missing:
        more = len(missing) - _SHOWN
        lacks = ", ".join(missing[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        raise MissingWeights(f"{repository} is incomplete, it lacks {lacks}", remedy=model.download)
    return found


def revision_of(folder: Path) -> str:
    """Return the commit of a snapshot folder, for the receipt; "local" for any other folder."""
    return folder.name if folder.parent.name == "snapshots" else "local"


def _pinned(repository: str) -> str:
    found = read_pins().get(repository)
    return found.revision if found is not None else ""
