"""Text from people and files, made harmless for a terminal."""

from __future__ import annotations

import unicodedata

# Cc: C0 and C1 controls (ESC, CSI, OSC live here). Cf: bidi overrides, zero-width and other invisible marks;
# ZWJ and ZWNJ stay, because Hindi and emoji need them. Cs: lone surrogates, which cannot be written as UTF-8.
# Zl, Zp: line separators some terminals obey.
_BAD = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_KEEP = {"\u200c", "\u200d"}


def clean(text: str, *, limit: int | None = None) -> str:
    """Return `text` on one line without control, bidi or surrogate characters, cut to `limit` characters.

    Tabs and line breaks become one space. Nothing a terminal would obey survives.
    """
    kept = [
        char if char in _KEEP or unicodedata.category(char) not in _BAD else (" " if char in "\t\n\r\v\f" else "")
        for char in text
    ]
    line = " ".join("".join(kept).split())
    if limit is not None and len(line) > limit:
        return line[: max(0, limit - 1)].rstrip() + "…"
    return line


def disarm(text: str) -> str:
    """Return `text` without anything a terminal would obey; spaces and line breaks stay as they are."""
    return "".join(char for char in text if char == "\n" or char in _KEEP or unicodedata.category(char) not in _BAD)


def words(text: str) -> list[str]:
    """Return the words of `text`; a script without spaces (Han, Kana) counts one word for two characters."""
    found: list[str] = []
    for piece in text.split():
        wide = sum(1 for char in piece if unicodedata.east_asian_width(char) in "WF")
        if wide > 1 and wide * 2 > len(piece):
            found.extend(piece[i : i + 2] for i in range(0, len(piece), 2))
        else:
            found.append(piece)
    return found
