"""What of a model lies in the cache of the Hugging Face hub, told from its files alone: no library, no network.

The layout is the hub's documented one ("Hub Local Cache"): `models--<owner>--<name>/` with `refs/main`, which names a
snapshot, `snapshots/<revision>/` with links, and `blobs/`, where a download under way ends in `.incomplete`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from core.engines.models import Model

_LARGEST_INDEX = 64_000_000
_INCOMPLETE = ".incomplete"


class Presence(StrEnum):
    """How much of a model is there."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    MISSING = "missing"


class Cached(msgspec.Struct, frozen=True):
    """One model in the cache: bytes on disk, the revision that counts, and the first things that are missing."""

    presence: Presence
    bytes: int = 0
    revision: str = ""
    missing: tuple[str, ...] = ()


def hub_cache(environ: Mapping[str, str]) -> Path:
    """Return the cache's folder: $HF_HUB_CACHE, else $HF_HOME/hub, else $XDG_CACHE_HOME or ~/.cache below it."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):  # the second is the older name of the first
        if environ.get(name):
            return _expanded(environ[name])
    if environ.get("HF_HOME"):
        return _expanded(environ["HF_HOME"]) / "hub"
    return _expanded(environ.get("XDG_CACHE_HOME") or "~/.cache") / "huggingface" / "hub"


def _expanded(text: str) -> Path:
    return Path(os.path.expanduser(os.path.expandvars(text)))


def repository_folder(repository: str, cache: Path) -> Path:
    """Return the folder of a repository in the cache, whether it is there or not."""
    return cache / f"models--{repository.replace('/', '--')}"


def look(model: Model, cache: Path, revision: str = "") -> Cached:
    """Return how much of a model is in the cache; of the commit `revision`, or of what `main` names there.

    Raises OSError where it is there and cannot be read.
    """
    folder = repository_folder(model.repository, cache)
    if not folder.is_dir():
        return Cached(Presence.MISSING)
    size = sum(_sizes(folder))
    snapshot = find_snapshot(folder, revision)
    if snapshot is None:
        presence = Presence.PARTIAL if size else Presence.MISSING
        wanted = f"the snapshot {revision[:12]}" if revision else "a snapshot"
        return Cached(presence, size, missing=(wanted,) if size else ())
    missing = missing_of(model, snapshot)
    if any(_unfinished(folder)) and missing:
        missing = (*missing, "the end of a download")
    return Cached(Presence.PARTIAL if missing else Presence.COMPLETE, size, snapshot.name, missing)


def missing_of(model: Model, snapshot: Path) -> tuple[str, ...]:
    """Return what a model's snapshot lacks: patterns that find nothing, and files that an index names."""
    return tuple(dict.fromkeys(_missing(model, snapshot)))


def _sizes(folder: Path) -> Iterator[int]:
    """Yield the bytes of every file, a link's target not counted twice (blobs and snapshots are one repository)."""
    for root, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(root, name)
            if not os.path.islink(path):
                yield os.lstat(path).st_size


def _unfinished(folder: Path) -> Iterator[Path]:
    return (folder / "blobs").glob(f"*{_INCOMPLETE}")


def find_snapshot(folder: Path, revision: str = "") -> Path | None:
    """Return the snapshot of a commit or branch; without one that of `main`, else the newest there is."""
    name = revision or "main"
    if not _plain(name):
        return None
    if revision and (folder / "snapshots" / revision).is_dir():
        return folder / "snapshots" / revision
    try:
        commit = (folder / "refs" / name).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        commit = ""
    named = folder / "snapshots" / commit
    if _plain(commit) and named.is_dir():
        return named
    if revision:
        return None
    found = [path for path in (folder / "snapshots").glob("*") if path.is_dir()]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def _plain(name: str) -> bool:
    return bool(name) and "/" not in name and "\0" not in name and name not in (".", "..")


def _missing(model: Model, snapshot: Path) -> Iterator[str]:
    for pattern in model.files:
        found = [path for path in snapshot.glob(pattern) if _there(path)]
        if not found:
            yield pattern
    for index in snapshot.rglob("*.index.json"):
        for name in _shards(index):
            if not _there(index.parent / name):
                yield (index.parent / name).relative_to(snapshot).as_posix()
    for name in _parts(snapshot / "model_index.json"):
        if not any(_there(path) for path in (snapshot / name).glob("*")):
            yield f"{name}/"


def _there(path: Path) -> bool:
    """Tell whether a file, its link followed, is there and holds something."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _table(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > _LARGEST_INDEX:
            return {}
        table = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}  # a broken index is found missing by whoever needs it
    return table if isinstance(table, dict) else {}


def _shards(index: Path) -> set[str]:
    shards = _table(index).get("weight_map")
    named = shards.values() if isinstance(shards, dict) else ()
    return {name for name in named if isinstance(name, str) and "/" not in name and "\0" not in name}


def _parts(index: Path) -> list[str]:
    """Return the folders of a pipeline's parts: entries [library, class], both null for a part it does without."""
    parts = _table(index).items()
    return [
        name
        for name, value in parts
        if isinstance(value, list) and len(value) == 2 and value[1] and name.isidentifier()
    ]
