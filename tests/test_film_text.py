"""Text from people and files reaches a terminal harmless, and stays itself."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.film.text import clean, words

ATTACKS = {
    "colour": "\x1b[31mred",
    "title": "\x1b]0;owned\x07",
    "clipboard": "\x1b]52;c;aGk=\x1b\\",
    "csi of eight bits": "\x9b2J",
    "osc of eight bits": "\x9d0;owned\x9c",
    "bidi override": "abc\u202egpj.exe",
    "bidi isolate": "\u2066abc\u2069",
    "zero width": "pass\u200bword",
    "tag letters": "\U000e0041\U000e0042",
    "byte order": "\ufeffx",
    "surrogate": "\ud83dx\ude00",
    "backspace": "abc\x08\x08\x08xyz",
    "null": "a\x00b",
    "delete": "a\x7fb",
    "line separator": "a\u2028b\u2029c",
    "next line": "a\x85b",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_nothing_a_terminal_obeys_survives(attack: str) -> None:
    kept = clean(attack)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in kept)
    kept.encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "ネオンの街を歩く。",
        "क्षत्रिय और हिन्दी",
        "क्\u200dष",  # ZWJ shapes Hindi
        "می\u200cخواهم",  # ZWNJ shapes Persian
        "👩\u200d👩\u200d👧 naïve café",
        "Ünïcödé — “quotes” … ¿sí?",
    ],
)
def test_ordinary_words_of_any_script_stay(text: str) -> None:
    assert clean(text) == text


def test_breaks_become_one_space() -> None:
    assert clean(" a\tb\r\n\x0b c\f\fd ") == "a b c d"


@given(st.text(st.characters()))
def test_the_result_is_one_plain_line(text: str) -> None:
    kept = clean(text)
    kept.encode("utf-8")
    assert len(kept.splitlines()) <= 1
    assert kept == kept.strip()
    assert clean(kept) == kept
    assert "\x1b" not in kept


@given(st.text(st.characters()), st.integers(1, 60))
def test_the_limit_holds_and_says_that_it_cut(text: str, limit: int) -> None:
    kept, whole = clean(text, limit=limit), clean(text)
    assert len(kept) <= limit
    assert kept == whole or kept.endswith("…")


def test_words_are_counted_in_scripts_without_spaces() -> None:
    assert words("six words in a plain line") == ["six", "words", "in", "a", "plain", "line"]
    assert len(words("彼女は走り出した。")) == 5
    assert words("") == []
