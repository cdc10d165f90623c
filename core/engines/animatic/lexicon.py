"""Finds the words of a word list in a text: whole words, plurals, any script."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

import msgspec

LONGEST_PHRASE = 5  # words; a longer one in a list is never found


class Hit(msgspec.Struct, frozen=True):
    """A phrase found: `at` and `end` are places in the plain text, `key` the list it stands in."""

    at: int
    end: int
    key: str
    phrase: str


def plain(text: str) -> str:
    """Return `text` for comparing: lower case, Latin accents off, everything but letters and digits one space."""
    kept: list[str] = []
    latin = False
    for char in unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold()):
        kind = unicodedata.category(char)
        if kind[0] == "M":
            # Latin letters lose their accents; marks of other scripts (Devanagari vowels, dakuten) are letters.
            # A variation selector only asks for a colourful emoji.
            if not latin and not "\ufe00" <= char <= "\ufe0f":
                kept.append(char)
            continue
        latin = "a" <= char <= "z"
        if kind[0] in "LN":
            kept.append(char)
        elif kind == "So":  # emoji are words of their own
            kept.append(f" {char} ")
        else:
            kept.append(" ")
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def spaceless(text: str) -> bool:
    """Tell whether `text` is written without spaces between words (Han, Kana, Hangul syllables excepted)."""
    return any(unicodedata.east_asian_width(char) in "WF" and unicodedata.category(char) == "Lo" for char in text)


def singulars(word: str) -> tuple[str, ...]:
    """Return the words `word` may be a plural of, itself first."""
    found = [word]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        found.append(word[:-1])
        if word.endswith("es"):
            found.append(word[:-2])
        if word.endswith("ies"):
            found.append(word[:-3] + "y")
    return tuple(found)


class Lexicon:
    """A word list in the form it is searched: `key -> phrases`."""

    def __init__(self, lists: Mapping[str, Sequence[str]]) -> None:
        self._spaced: dict[str, str] = {}
        self._joined: dict[str, str] = {}
        for key, phrases in lists.items():
            for phrase in phrases:
                word = plain(phrase)
                if word:
                    (self._joined if spaceless(word) else self._spaced).setdefault(word, key)
        # First words of phrases: most words of a text begin none, and need no longer look.
        self._heads = {phrase.partition(" ")[0] for phrase in self._spaced if " " in phrase}

    def find(self, text: str) -> list[Hit]:
        """Return every phrase in `text` (already `plain`), in order; of overlapping ones the longest."""
        return _without_overlaps(self._words(text) + self._runs(text))

    def first(self, text: str) -> Hit | None:
        """Return the first phrase in `text` (already `plain`), or None."""
        found = self.find(text)
        return found[0] if found else None

    def _words(self, text: str) -> list[Hit]:
        tokens = text.split()
        starts, at = [], 0
        for token in tokens:
            starts.append(at)
            at += len(token) + 1
        hits = []
        for i in range(len(tokens)):
            most = LONGEST_PHRASE if tokens[i] in self._heads else 1
            for n in range(min(most, len(tokens) - i), 0, -1):
                head = "".join(f"{token} " for token in tokens[i : i + n - 1])
                last = next((s for s in singulars(tokens[i + n - 1]) if head + s in self._spaced), None)
                if last is not None:
                    end = starts[i + n - 1] + len(tokens[i + n - 1])
                    hits.append(Hit(starts[i], end, self._spaced[head + last], head + last))
                    break
        return hits

    def _runs(self, text: str) -> list[Hit]:
        if not spaceless(text):
            return []
        hits = []
        for phrase, key in self._joined.items():
            at = text.find(phrase)
            while at >= 0:
                hits.append(Hit(at, at + len(phrase), key, phrase))
                at = text.find(phrase, at + 1)
        return hits


def _without_overlaps(hits: list[Hit]) -> list[Hit]:
    taken: set[int] = set()
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.at - h.end, h.at, h.key)):
        span = range(hit.at, hit.end)
        if taken.isdisjoint(span):
            taken.update(span)
            kept.append(hit)
    return sorted(kept, key=lambda h: h.at)


def without(text: str, hits: Sequence[Hit]) -> str:
    """Return `text` (already `plain`) with what was hit put out of reach."""
    for hit in hits:
        text = text[: hit.at] + "\u00b7" * (hit.end - hit.at) + text[hit.end :]
    return text
