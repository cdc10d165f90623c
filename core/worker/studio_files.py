"""What lies in a StudioMI300 output folder: files known by their names; nothing is followed out of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

import msgspec

from core.film.errors import BadInput

_MOST = 10_000  # entries; an output folder has about forty


class Kind(StrEnum):
    """What a file is by its name."""

    PLAN = "plan"
    MASTER = "master"
    KEYFRAME = "keyframe"
    CLIP = "clip"
    MUSIC = "music"
    VOICE = "voice"
    REEL = "reel"
    LOG = "log"


# The system's own names first, then those its forks and older versions used. `key` is a letter or a number.
_NAMES: tuple[tuple[Kind, str], ...] = (
    (Kind.PLAN, r"plan_expanded\.json"),
    (Kind.PLAN, r"plan\.json"),
    (Kind.MASTER, r"master[_-](?P<key>[a-z]+)\.png"),
    (Kind.MASTER, r"(?P<key>[a-z]|scene|group)[_-]master\.png"),
    (Kind.KEYFRAME, r"(?:keyframe|kf)[_-]?(?:shot[_-]?)?(?P<key>\d{1,2})\.png"),
    (Kind.KEYFRAME, r"shot[_-]?(?P<key>\d{1,2})[_-](?:keyframe|kf)\.png"),
    (Kind.CLIP, r"clip[_-]?(?:shot[_-]?)?(?P<key>\d{1,2})\.mp4"),
    (Kind.CLIP, r"shot[_-]?(?P<key>\d{1,2})(?:[_-]clip)?\.mp4"),
    (Kind.MUSIC, r"(?:music|bgm)(?:[_-](?:bed|track|final))?\.wav"),
    (Kind.VOICE, r"(?:vo|voice|voiceover|narration)[_-]?(?:shot[_-]?)?(?P<key>\d{1,2})\.wav"),
    (Kind.REEL, r"reel[_-]final\.mp4"),
    (Kind.REEL, r"(?:final[_-]reel|final|reel)\.mp4"),
    (Kind.LOG, r".+\.(?:jsonl|log)"),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE | re.ASCII)) for kind, pattern in _NAMES)
_SEVERAL = (Kind.LOG,)


def open_source(path: Path) -> BinaryIO:
    """Open a file of the folder for reading, links refused. Raises OSError."""
    return open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC))


class Found(msgspec.Struct, frozen=True):
    """A file that was recognised. `key` is a master's name ("A", "group", "scene"), a number ("0"), or "".

    `name` is its path below the folder. `letters` are those a group is named by ("ABC").
    """

    kind: Kind
    key: str
    path: Path
    name: str
    letters: str = ""


class Left(msgspec.Struct, frozen=True):
    """Something that is not taken, and why."""

    name: str
    reason: str


class Source(msgspec.Struct, frozen=True):
    """A whole output folder: what was recognised, each thing once (logs apart), and what was left."""

    folder: Path
    found: tuple[Found, ...]
    left: tuple[Left, ...]

    def of(self, kind: Kind) -> tuple[Found, ...]:
        """Return the files of one kind, in the order of their keys."""
        return tuple(found for found in self.found if found.kind is kind)


def scan(folder: Path) -> Source:
    """Return what lies in `folder` and in its own folders, one level deep. Raises BadInput where it cannot be read."""
    names, left = _list(folder)
    ranked: list[tuple[tuple[int, int, str], Found]] = []
    for name in names:
        known = _recognise(folder, name)
        if known is None:
            left.append(Left(name, "not a file this system makes"))
        else:
            rank, found = known
            ranked.append(((name.count("/"), rank, name), found))
    kept: dict[tuple[str, ...], Found] = {}
    for _, found in sorted(ranked, key=lambda pair: pair[0]):
        several = found.name if found.kind in _SEVERAL else ""
        first = kept.setdefault((found.kind.value, found.key, found.letters, several), found)
        if first is not found:
            left.append(Left(found.name, f"{first.name} is taken instead"))
    order = sorted(kept.values(), key=lambda found: (found.kind.value, found.key.zfill(2), found.name))
    return Source(folder, tuple(order), tuple(left))


def _list(folder: Path) -> tuple[list[str], list[Left]]:
    names: list[str] = []
    left: list[Left] = []
    try:
        for name, entry in _entries(folder):
            if entry.is_symlink():
                left.append(Left(name, "a symbolic link; nothing is followed out of the folder"))
            elif entry.is_file(follow_symlinks=False):
                names.append(name)
            elif entry.is_dir(follow_symlinks=False):
                left.append(Left(f"{name}/", "a folder inside a folder is not searched"))
            else:
                left.append(Left(name, "not a plain file"))
            if len(names) + len(left) > _MOST:
                raise BadInput(f"{folder} holds more than {_MOST:,} files", remedy="give the output folder of one reel")
    except OSError as error:
        raise BadInput(
            f"cannot read {error.filename or folder}: {error.strerror}", remedy="check the path and permissions"
        ) from None
    return names, left


def _entries(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Yield what is in `folder` and one level below, hidden things left out."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False) and not entry.is_symlink():
            for below in sorted(os.scandir(entry.path), key=lambda entry: entry.name):
                if not below.name.startswith("."):
                    yield f"{entry.name}/{below.name}", below
        else:
            yield entry.name, entry


def _recognise(folder: Path, name: str) -> tuple[int, Found] | None:
    for rank, (kind, pattern) in enumerate(_PATTERNS):
        match = pattern.fullmatch(name.rpartition("/")[2])
        if match is None:
            continue
        key = match.groupdict().get("key") or ""
        letters = ""
        if kind is Kind.MASTER:
            key, letters = _master(key)
        elif key:
            key = str(int(key))
        return rank, Found(kind, key, folder / name, name, letters)
    return None


def _master(word: str) -> tuple[str, str]:
    """Return the master a name means, and the letters of a group: "ABC" is the group of A, B and C."""
    if word.lower() in ("scene", "group"):
        return word.lower(), ""
    return (word.upper(), "") if len(word) == 1 else ("group", word.upper())
