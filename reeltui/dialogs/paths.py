"""A path as a person types it: completed from the disk, and checked to be a picture."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.text import clean
from core.folder.pictures import MAX_BYTES
from core.places import at_home
from reeltui.figures import size

# How much of a folder is read for a completion: enough for a person's pictures, and a bound for a folder of millions.
_MOST = 5_000
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")
# How a PNG, a JPEG and a WebP file begin.
_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


class Completed(msgspec.Struct, frozen=True):
    """A text as far as it can be completed, and the ways it may go on (names, folders with a slash)."""

    text: str
    ways: tuple[str, ...] = ()


def complete_picture(text: str) -> Completed:
    """Complete the path of a picture: folders and pictures that begin so. A folder that cannot be read has none."""
    head, _, start = text.rpartition("/")
    folder = at_home(Path(f"{head}/" if head or text.startswith("/") else "."))
    names = _names(folder, start)
    if not names:
        return Completed(text)
    first, last = names[0], names[-1]  # sorted: what these two share, all do
    common = first[: next((at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
    whole = f"{head}/{common}" if "/" in text else common
    return Completed(whole if len(common) >= len(start) else text, tuple(names))


def _names(folder: Path, start: str) -> list[str]:
    found: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for _, entry in zip(range(_MOST), entries, strict=False):
                name = entry.name
                # What a terminal would obey cannot be typed into the line either.
                if not name.startswith(start) or clean(name) != name or (name.startswith(".") and not start):
                    continue
                if entry.is_dir():
                    found.append(f"{name}/")
                elif name.lower().endswith(_PICTURES):
                    found.append(name)
    except OSError:
        return []
    return sorted(found)


def check_picture(text: str) -> list[str]:
    """Return what is told about a picture before it is brought. Raises BadInput where it can be none."""
    remedy = "give the path of a PNG, JPEG or WebP picture; Tab completes it"
    if not text.strip():
        raise BadInput("a picture needs a path", remedy=remedy)
    path = at_home(Path(text.strip()))
    try:
        if path.is_dir():
            raise BadInput("that is a folder", remedy=remedy)
        if not path.exists():
            raise BadInput("there is no such file", remedy=remedy)
        if not path.is_file():
            raise BadInput("that is no plain file", remedy=remedy)
        length = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(12)
    except (OSError, ValueError) as error:
        raise BadInput(f"it cannot be read: {getattr(error, 'strerror', None) or error}", remedy=remedy) from None
    if not start.startswith(_STARTS):
        raise BadInput("that is no PNG, JPEG or WebP picture", remedy=remedy)
    if length > MAX_BYTES:
        raise BadInput(f"it has {size(length)}; a picture has at most {size(MAX_BYTES)}", remedy="scale it down")
    return [f"a picture of {size(length)}"]
