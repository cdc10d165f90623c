"""Written Japanese to the kana it is spoken as; espeak-ng spells kanji out as "Chinese letter"."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

import msgspec

from core.engines.animatic.narrate.numbers import numbers_to_kana
from core.film.errors import EngineTrouble

_KANJI = re.compile(r"[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa\u30fc]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+(?:['’][A-Za-z]+)?")
_LETTERS: dict[str, str] = {
    "A": "エー", "B": "ビー", "C": "シー", "D": "ディー", "E": "イー", "F": "エフ", "G": "ジー", "H": "エイチ",
    "I": "アイ", "J": "ジェー", "K": "ケー", "L": "エル", "M": "エム", "N": "エヌ", "O": "オー", "P": "ピー",
    "Q": "キュー", "R": "アール", "S": "エス", "T": "ティー", "U": "ユー", "V": "ブイ", "W": "ダブリュー",
    "X": "エックス", "Y": "ワイ", "Z": "ゼット",
}  # fmt: skip
# Romanised without their long vowels.
_PLACES = {
    "tokyo": "トーキョー",
    "kyoto": "キョート",
    "osaka": "オーサカ",
    "kobe": "コーベ",
    "hokkaido": "ホッカイドー",
}
_SYMBOLS = {"%": "パーセント", "&": "アンド", "+": "プラス", "=": "イコール", "@": "アット", "°C": "ド"}
_CLAUSE_ENDS = "、。！？!?,.;:…"

# Hepburn, longest first; kana by vowel. "si", "tu" and the like (Kunrei) are read too.
_ROWS: dict[str, str] = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サシスセソ", "z": "ザジズゼゾ", "t": "タチツテト",
    "d": "ダヂヅデド", "n": "ナニヌネノ", "h": "ハヒフヘホ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ",
    "r": "ラリルレロ",
}  # fmt: skip
_GLIDES = {"ky": "キ", "gy": "ギ", "ny": "ニ", "hy": "ヒ", "by": "ビ", "py": "ピ", "my": "ミ", "ry": "リ"}
_PALATAL = {"sh": "シ", "ch": "チ", "j": "ジ"}
_SINGLE = {"ya": "ヤ", "yu": "ユ", "yo": "ヨ", "wa": "ワ", "fu": "フ", "tsu": "ツ"}


class Reading(msgspec.Struct, frozen=True):
    """Pieces of a line in order: (text, is_english). `unread` holds the kanji nobody could read, each once."""

    pieces: tuple[tuple[str, bool], ...]
    unread: str = ""


@cache
def _syllables() -> dict[str, str]:
    made = {onset + vowel: row[i] for onset, row in _ROWS.items() for i, vowel in enumerate("aiueo")}
    for onset, kana in _GLIDES.items():
        made |= {onset + vowel: kana + small for vowel, small in zip("auo", "ャュョ", strict=True)}
    for onset, kana in _PALATAL.items():
        made |= {onset + vowel: kana + small for vowel, small in zip("aueo", "ャュェョ", strict=True)}
        made[onset + "i"] = kana
    return made | _SINGLE


def romaji_to_kana(word: str) -> str | None:
    """Return a romanised Japanese word in katakana ("Aiko" -> "アイコ"), or None where it is no such word."""
    if word.lower() in _PLACES:
        return _PLACES[word.lower()]
    rest, made, table = word.lower().translate(str.maketrans("āīūēō", "aiueo")), "", _syllables()
    while rest:
        for length in (3, 2, 1):
            if len(rest) >= length and rest[:length] in table:
                made, rest = made + table[rest[:length]], rest[length:]
                break
        else:
            if rest[0] in "nm" and rest[1:2] not in tuple("aiueoy"):
                made, rest = made + "ン", rest[1:].removeprefix("'")
            elif len(rest) > 1 and (rest[0] == rest[1] or rest.startswith("tch")) and rest[0] not in "aiueon":
                made, rest = made + "ッ", rest[1:]
            else:
                return None
    return made


@cache
def _tokenizer() -> Any:
    try:
        from janome.tokenizer import Tokenizer
    except ImportError as error:
        raise EngineTrouble("the Japanese dictionary (janome) is not installed", remedy="pip install janome") from error
    return Tokenizer()


def _read_one(char: str) -> str:
    """Return a reading of one kanji by itself, or "" where the dictionary has none."""
    for token in _tokenizer().tokenize(char):
        reading = str(token.phonetic)
        if reading != "*" and not _KANJI.search(reading):
            return reading
    return ""


def _read_singly(text: str) -> tuple[str, str]:
    """Return (`text` with each kanji read by itself, those without a reading)."""
    read = {char: _read_one(char) for char in dict.fromkeys(_KANJI.findall(text))}
    return "".join(read.get(char, char) for char in text), "".join(char for char in read if not read[char])


def _kana(text: str) -> tuple[str, str]:
    """Return (`text` in kana with a space between phrases, the kanji without a reading)."""
    made: list[str] = []
    unread = ""
    for token in _tokenizer().tokenize(text):
        surface, sound, kind = str(token.surface), str(token.phonetic), str(token.part_of_speech)
        if sound == "*":
            sound = surface
        if _KANJI.search(sound):
            sound, missing = _read_singly(sound)
            unread += missing
        # A phrase begins at an independent word; espeak also cuts words that run on for too long.
        if made and not kind.startswith(("助詞", "助動詞", "記号")) and "接尾" not in kind and "非自立" not in kind:
            made.append(" ")
        made.append(sound)
    return "".join(made), unread


def _speakable(text: str) -> str:
    text = re.sub(r"[.…]{2,}|…", "、", text).replace("ヲ", "オ").replace("を", "オ")
    kept = "".join(char if _KANA.match(char) or char in _CLAUSE_ENDS else " " for char in text)
    kept = re.sub(r"(^|[ 、。])[ーッっ]+(?=$|[ 、。])", r"\1", kept)  # a mark without a sound is spelled out
    return " ".join(kept.split())


def _latin(words: list[str]) -> tuple[str, bool]:
    """Return a run of Latin words as (text, is_english): kana where all can be read so, else English."""
    read = [
        " ".join(_LETTERS[letter] for letter in word)
        if len(word) <= 3 and word.isupper() and word.isascii()
        else romaji_to_kana(word)
        for word in words
    ]
    kana = [word for word in read if word is not None]
    return (" ".join(kana), False) if len(kana) == len(words) else (" ".join(words), True)


def read_japanese(text: str) -> Reading:
    """Return a clean line of written Japanese as pieces to speak: kana without a single kanji, and English runs.

    は and へ as particles are ワ and エ; numbers are read with their counters; romanised names become kana, other
    Latin words are left for an English voice; a kanji without any reading is left out and reported in `unread`.
    """
    text = unicodedata.normalize("NFKC", text).replace("°C", _SYMBOLS["°C"])
    text = numbers_to_kana(text)
    for symbol, spoken in _SYMBOLS.items():
        text = text.replace(symbol, spoken)
    pieces: list[tuple[str, bool]] = []
    marked, runs = _lift_latin(text)
    kana, unread = _kana(marked)
    for part in re.split(r"(\d+)", kana):
        said, english = _latin(runs[int(part)]) if part.isdigit() else (_speakable(part), False)
        if not any(char.isalpha() for char in said):
            continue
        if pieces and not english and not pieces[-1][1]:
            said = pieces.pop()[0] + " " + said
        pieces.append((said, english))
    return Reading(tuple(pieces), "".join(dict.fromkeys(unread)))


def _lift_latin(text: str) -> tuple[str, list[list[str]]]:
    """Replace each run of Latin words by its number (no digit is left in the text) and return the runs."""
    runs: list[list[str]] = []

    def lift(match: re.Match[str]) -> str:
        runs.append(_LATIN.findall(match.group(0)))
        return str(len(runs) - 1) + match.group(2)

    text = re.sub(r"\d", " ", text)
    return re.sub(rf"((?:{_LATIN.pattern})(?:[ ,.]+(?:{_LATIN.pattern}))*)()", lift, text), runs
