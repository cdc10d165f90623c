"""Checks a model's files in the hub's cache: each against its size, and with `deep` against the hash it is kept under.

The cache names a file's blob by what the hub calls it: the sha256 of a large file (64 digits), git's id of a small one
(40 digits), so no network and no list is needed to find a flipped bit.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from core.engines.hub import Presence, find_snapshot, look, repository_folder
from core.engines.models import Model
from core.engines.pins import Pin

_CHUNK = 1 << 22
_LARGEST_HEADER = 100_000_000  # of a safetensors file, by its own specification
_LARGEST_JSON = 64_000_000
_HEX = frozenset("0123456789abcdef")

Told = Callable[[str, int, int], None]


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong: the file's path in the model ("" for the model as a whole), and what."""

    path: str
    text: str


class Verified(msgspec.Struct, frozen=True):
    """What was found. `hashed` of `files` were read whole; those that lie there without a blob's name cannot be."""

    repository: str
    presence: Presence
    revision: str
    files: int
    bytes: int
    hashed: int
    problems: tuple[Problem, ...]

    @property
    def whole(self) -> bool:
        """Whether everything is there and as it should be."""
        return self.presence is Presence.COMPLETE and not self.problems


def verify(model: Model, cache: Path, pins: Mapping[str, Pin], *, deep: bool, told: Told) -> Verified:
    """Check every file of a model. `told` hears (path, bytes so far, bytes in all) and may raise to stop.

    Raises OSError where the cache cannot be read.
    """
    pinned = pins.get(model.repository)
    revision = model.revision or (pinned.revision if pinned else "")
    found = look(model, cache, revision)
    snapshot = find_snapshot(repository_folder(model.repository, cache), revision)
    if snapshot is None:
        return Verified(model.repository, found.presence, "", 0, 0, 0, ())
    sizes = dict(pinned.files) if pinned is not None and pinned.revision == snapshot.name else {}
    names = sorted({*sizes, *(path.relative_to(snapshot).as_posix() for path in _files(snapshot))})
    total = sum((snapshot / name).stat().st_size for name in names if (snapshot / name).is_file())
    problems = [Problem(name, "is missing") for name in found.missing if name not in sizes]
    done = hashed = 0
    for name in names:
        told(name, done, total)
        path = snapshot / name
        wrong = _wrong(path, sizes.get(name))
        if wrong:
            problems.append(Problem(name, wrong))
        elif deep:
            begun = done

            def step(read: int, name: str = name, begun: int = begun) -> None:
                told(name, begun + read, total)

            same = _same_as_named(path, step)
            hashed += same is not None
            if same is False:
                problems.append(Problem(name, f"has another hash than the hub's: remove {path.resolve()}"))
        done += path.stat().st_size if path.is_file() else 0
    return Verified(model.repository, found.presence, snapshot.name, len(names), total, hashed, tuple(problems))


def _files(snapshot: Path) -> list[Path]:
    """Return every file of a snapshot; a link into nothing is one as well."""
    return [path for path in snapshot.rglob("*") if path.is_file() or path.is_symlink()]


def _wrong(path: Path, size: int | None) -> str:
    """Return what is wrong with a file, "" where nothing is; `size` is what it should have, where that is known."""
    if not path.is_file():
        return "is missing"
    found = path.stat().st_size
    if size is not None and found != size:
        return f"has {found:,} bytes instead of {size:,}"
    if path.suffix == ".safetensors":
        expected = _safetensors_size(path)
        if expected is None:
            return "is no safetensors file"
        return "" if found == expected else f"has {found:,} bytes, and its header tells of {expected:,}"
    if path.suffix == ".json" and found <= _LARGEST_JSON:
        try:
            json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            return "is no JSON"
    return "is empty" if size is None and found == 0 else ""


def _safetensors_size(path: Path) -> int | None:
    """Return the bytes a safetensors file has by its own header: 8, the header, and the end of the last tensor."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= _LARGEST_HEADER:
            return None
        try:
            header = json.loads(file.read(length))
            ends = [int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"]
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
            return None
    return 8 + length + max(ends, default=0)


def _same_as_named(path: Path, step: Callable[[int], None]) -> bool | None:
    """Tell whether a file has the hash its blob is named by; None where it is not kept under one."""
    blob = path.resolve()
    if blob.parent.name != "blobs" or set(blob.name) - _HEX or len(blob.name) not in (40, 64):
        return None
    if len(blob.name) == 64:
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(b"blob %d\0" % blob.stat().st_size, usedforsecurity=False)  # git's own id of a file
    with blob.open("rb") as file:
        read = 0
        while piece := file.read(_CHUNK):
            digest.update(piece)
            read += len(piece)
            step(read)
    return digest.hexdigest() == blob.name
