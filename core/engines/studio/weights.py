"""Finds a model's files on this machine: its snapshot in the cache of the Hugging Face hub, or a folder. No network."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from core.engines.hub import Presence, hub_cache, look
from core.engines.models import STUDIO_MODELS, Model
from core.film.errors import EngineTrouble

_SHOWN = 3


class MissingWeights(EngineTrouble):
    """A model's files are not on this machine, or not all of them."""


def snapshot(repository: str, revision: str = "") -> Path:
    """Return the folder of a model's files: of the commit or branch `revision`, of `main` where it is "".

    A path to a local folder ("/", "~" or "." first) is taken in place of a repository, as it is. Raises MissingWeights
    where the model is not there, or lacks files that `core.engines.models` or its own index names.
    """
    if repository[:1] in ("/", "~", "."):
        local = Path(repository).expanduser()
        if not local.is_dir():
            remedy = "correct that path in the settings, or name the model's repository"
            raise MissingWeights(f"there is no folder {repository} with a model", remedy=remedy)
        return local
    known = next((model for model in STUDIO_MODELS if model.repository == repository), None)
    cache, remedy = hub_cache(os.environ), f"reeltui models fetch {repository}"
    if revision:
        return _revision(cache, repository, revision, remedy)
    cached = look(known or Model(repository, (), (), 0), cache)
    if cached.presence is Presence.MISSING or not cached.revision:
        raise MissingWeights(f"{repository} is not on this machine (looked in {cache})", remedy=remedy)
    if cached.missing:
        more = len(cached.missing) - _SHOWN
        lacks = ", ".join(cached.missing[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        raise MissingWeights(f"{repository} is incomplete, it lacks {lacks}", remedy=remedy)
    return _folder(cache, repository) / "snapshots" / cached.revision


def revision_of(folder: Path) -> str:
    """Return the commit of a snapshot's folder, for the receipt; "local" for any other folder."""
    return folder.name if folder.parent.name == "snapshots" else "local"


def _folder(cache: Path, repository: str) -> Path:
    return cache / f"models--{repository.replace('/', '--')}"


def _revision(cache: Path, repository: str, revision: str, remedy: str) -> Path:
    """Return the snapshot of a commit, or of the branch that names one."""
    folder, named = _folder(cache, repository), revision
    if ".." not in revision.split("/"):
        with suppress(OSError, UnicodeDecodeError):  # no such branch: it is a commit
            named = (folder / "refs" / revision).read_text(encoding="utf-8").strip()
    found = folder / "snapshots" / named
    if "/" in named or named in ("", ".", "..") or not found.is_dir():
        raise MissingWeights(f"{repository} at revision {revision} is not in {cache}", remedy=remedy)
    return found
