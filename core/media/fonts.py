"""Fonts for burned-in captions: find an installed one that has the letters, or name the package to install."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import msgspec
from PIL import ImageFont

from core.film.errors import BadInput
from core.film.language import LANGUAGES, Language

_SUFFIXES = {".ttf", ".otf", ".ttc", ".otc"}
_MOST_FACES = 16  # faces in one collection; Noto Sans CJK has ten
_MISSING = "\U0010fffe"  # a code point no font has a glyph for, so its picture is the font's missing-glyph box

# Letters every font for the language must have; a caption's own letters are checked besides.
_SAMPLES = {
    Language.AMERICAN_ENGLISH: "Aaz",
    Language.BRITISH_ENGLISH: "Aaz",
    Language.SPANISH: "Aañéü",
    Language.FRENCH: "Aaéçœ",
    Language.HINDI: "नमहकर",
    Language.ITALIAN: "Aaèòù",
    Language.JAPANESE: "あアの東京",
    Language.BRAZILIAN_PORTUGUESE: "Aaãçõ",
    Language.MANDARIN_CHINESE: "你们这来东",
}
_LATIN = "Debian, Ubuntu: fonts-dejavu-core; Fedora: dejavu-sans-fonts"
_CJK = "Debian, Ubuntu: fonts-noto-cjk; Fedora: google-noto-sans-cjk-fonts"
_PACKAGES = {
    Language.HINDI: "Debian, Ubuntu: fonts-noto-core; Fedora: google-noto-sans-devanagari-fonts",
    Language.JAPANESE: _CJK,
    Language.MANDARIN_CHINESE: _CJK,
}
# One collection holds the same characters drawn for each country; the name of the face tells them apart.
_FACE_HINTS = {Language.JAPANESE: "jp", Language.MANDARIN_CHINESE: "sc"}


class CaptionFont(msgspec.Struct, frozen=True, order=True):
    """A font file and the family name of the face to use in it."""

    path: Path
    family: str


def caption_font(language: Language) -> Path | None:
    """Return an installed font file that has the letters of `language`, or None where there is none."""
    found = _choose(language, frozenset(_SAMPLES[language]))
    return None if found is None else found.path


def require_caption_font(language: Language, texts: Iterable[str]) -> CaptionFont:
    """Return an installed font that has every letter of `texts` and of `language`.

    Raises BadInput with the letters that are missing and the package that brings a font for them.
    """
    letters = frozenset(char for text in texts for char in text if unicodedata.category(char)[0] == "L")
    wanted = letters | frozenset(_SAMPLES[language])
    found = _choose(language, wanted)
    if found is None:
        some = "".join(sorted(letters, key=lambda char: (char.isascii(), char)))[:8]
        raise BadInput(
            f"no installed font can show {LANGUAGES[language].name} captions (such as {some or 'any letter'})",
            remedy=f"install one ({_PACKAGES.get(language, _LATIN)}), or do not burn the captions in",
        )
    return found


def font_folders() -> tuple[Path, ...]:
    """Return the folders fonts are installed in: the user's own, then the system's (XDG base directories)."""
    home = Path.home()
    data_home = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    shared = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    folders = [data_home / "fonts", home / ".fonts", *(Path(folder) / "fonts" for folder in shared if folder)]
    return tuple(dict.fromkeys(folders))


def _choose(language: Language, wanted: frozenset[str]) -> CaptionFont | None:
    hint = _FACE_HINTS.get(language, "")
    for path, faces in _installed(font_folders()):
        able = [index for index, _ in enumerate(faces) if _covers(path, index, wanted)]
        if able:
            family = min((faces[index] for index in able), key=lambda name: (hint not in name.lower(), name))
            return CaptionFont(path, family)
    return None


@cache
def _installed(folders: tuple[Path, ...]) -> tuple[tuple[Path, tuple[str, ...]], ...]:
    """Return every font file with the families of its faces, the fittest for captions first."""
    found = []
    for path in sorted({path for folder in folders for path in _files(folder)}):
        names = _names(path)
        if names:
            found.append((_rank(path, names[0]), path, tuple(family for family, _ in names)))
    return tuple((path, families) for _, path, families in sorted(found))


def _files(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder):
        yield from (Path(root) / name for name in names if Path(name).suffix.lower() in _SUFFIXES)


def _names(path: Path) -> list[tuple[str, str]]:
    names: list[tuple[str, str]] = []
    count = _MOST_FACES if path.suffix.lower() in {".ttc", ".otc"} else 1
    for index in range(count):
        try:
            family, style = ImageFont.truetype(str(path), 16, index=index).getname()
        except OSError:  # past the last face, or no font at all
            break
        if not family:
            break
        names.append((family, style or ""))
    return names


def _rank(path: Path, name: tuple[str, str]) -> tuple[bool, bool, bool, bool, str]:
    family, style = name[0].lower(), name[1].lower()
    return (
        style not in {"regular", "book", "roman", "medium"},
        "mono" in family or "condensed" in family,
        "sans" not in family,
        "noto" not in family and "dejavu" not in family,
        str(path),
    )


@cache
def _covers(path: Path, index: int, wanted: frozenset[str]) -> bool:
    try:
        font = ImageFont.truetype(str(path), 24, index=index)
        box = _drawn(font, _MISSING)
        return all(_drawn(font, char) not in (box, None) for char in sorted(wanted))
    except OSError:
        return False


def _drawn(font: ImageFont.FreeTypeFont, char: str) -> bytes | None:
    mask = font.getmask(char)
    pixels = bytes(mask)
    return pixels if any(pixels) else None
