"""Reads a music brief as ACE-Step is told it: a caption, and tempo, key and metre in fields of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from core.film.errors import BadInput
from core.places import data_file, data_table

FILE = "prompts/composer.toml"

# ACE-Step 1.5 docs, INFERENCE.md: a caption has at most 512 characters, a tempo is 30 to 300, a metre 2, 3, 4 or 6.
LONGEST_CAPTION = 512
SLOWEST, FASTEST = 30, 300

_BPM = re.compile(r"(\d{2,3})(?:\s*(?:-|–|to)\s*(\d{2,3}))?\s*(?:bpm|beats per minute)", re.IGNORECASE)
_KEY = re.compile(r"\b([A-G])(?:[ -]?(sharp|flat|#|♯|♭|b))?[ -](major|minor)\b", re.IGNORECASE)
_METRE = re.compile(r"\b(?:([236])/[248]|(4)/4)")
_SIGNS = {"sharp": "#", "♯": "#", "#": "#", "flat": "b", "♭": "b", "b": "b"}


class Brief(msgspec.Struct, frozen=True):
    """What to compose. `bpm`, `key` ("F# minor") and `metre` ("3") are None where the words leave them open.

    `cut` tells that the caption had to be shortened.
    """

    caption: str
    bpm: int | None = None
    key: str | None = None
    metre: str | None = None
    cut: bool = False


def read_brief(text: str, version: str) -> Brief:
    """Return what `text` asks for, as this version of the model is told it.

    Raises BadInput where prompts/composer.toml is broken.
    """
    words = " ".join(text.split()).rstrip(". ")
    caption = _caption(version).replace("{brief}", words)
    short = caption if len(caption) <= LONGEST_CAPTION else caption[:LONGEST_CAPTION].rsplit(" ", 1)[0].rstrip(",;. ")
    return Brief(short, _bpm(words), _key(words), _metre(words), cut=short != caption)


def check_words() -> None:
    """Raise BadInput where prompts/composer.toml is broken."""
    for version in ("v1.5", "v1"):
        _caption(version)


def _caption(version: str) -> str:
    captions = data_table(FILE).get("caption")
    words = captions.get(version) if isinstance(captions, Mapping) else None
    if not isinstance(words, str) or "{brief}" not in words:
        text = f'{data_file(FILE)}: [caption] needs words for "{version}" with {{brief}} in them'
        raise BadInput(text, remedy="correct or remove your own file")
    return words


def _bpm(words: str) -> int | None:
    found = _BPM.search(words)
    if found is None:
        return None
    slow, fast = int(found[1]), int(found[2] or found[1])
    middle = round((slow + fast) / 2)
    return middle if SLOWEST <= middle <= FASTEST else None


def _key(words: str) -> str | None:
    found = _KEY.search(words)
    if found is None:
        return None
    letter, sign, mode = found[1], found[2] or "", found[3]
    if letter == "a" and not sign:  # "a minor change"
        return None
    return f"{letter.upper()}{_SIGNS.get(sign.lower(), '')} {mode.lower()}"


def _metre(words: str) -> str | None:
    found = _METRE.search(words)
    if found is not None:
        return found[1] or found[2]
    return "3" if re.search(r"\bwaltz\b", words, re.IGNORECASE) else None
