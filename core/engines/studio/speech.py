"""How a line is read out: words into Kokoro's phonemes for nine languages, offline, in pieces short enough for it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable
from typing import Any

import msgspec

from core.engines.narration import no_words
from core.film.errors import EngineTrouble
from core.film.language import Language
from core.film.requests import Fact
from core.film.text import clean
from core.places import cache_dir

# Kokoro's voices have one row of style for every number of phonemes up to 510 (voices/*.pt: [510, 1, 256]), and its
# text encoder 512 places with the two ends. Its authors' page says that it grows hasty above 400.
MOST_PHONEMES = 400

_SPACY_MODEL = "en_core_web_sm"  # what misaki's own English reads a sentence's grammar with
_ENGLISH = {Language.AMERICAN_ENGLISH: "en-us", Language.BRITISH_ENGLISH: "en-gb"}

# espeak's sounds as the English voices were taught them: misaki's notation (its EN_PHONES.md), where it differs from
# espeak's after the ties are gone. In order: longer ones first.
_SOUNDS = (("ɜːɹ", "ɜɹ"), ("ʲo", "jo"), ("ʲə", "jə"), ("ʲ", ""), ("ɚ", "əɹ"), ("r", "ɹ"), ("x", "k"), ("ç", "k"))
_MORE = (("ɐ", "ə"), ("ɬ", "l"), ("\u0303", ""), ("\u0329", ""))
_AMERICAN = (*_SOUNDS, ("ɜː", "ɜɹ"), ("ɪə", "iə"), ("ː", ""), *_MORE, ("o", "ɔ"), ("e", "A"), ("ɾ", "T"), ("ʔ", "t"))
_BRITISH = (*_SOUNDS, ("eə", "ɛː"), ("iə", "ɪə"), *_MORE, ("e", "A"), ("ɾ", "T"), ("ʔ", "t"))

# Where a line may be parted, best first: after a sentence, after a clause, between words.
_ENDS = (
    re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])\s*|(?<=।)\s*"),
    re.compile(r"(?<=[,;:])\s+|(?<=[，、；：])\s*|\s+[-–—]\s+"),
    re.compile(r"\s+"),
)
_SIGNS = re.compile(r"[<>\[\]{}()*_#|\\~^`/]+")

Reader = Callable[[str], str]


class Reading(msgspec.Struct, frozen=True):
    """Who reads a language: `name` for the receipt, `note` what is not as it should be ("" where all is)."""

    name: str
    note: str = ""


def spoken_text(text: str) -> str:
    """Return `text` as it is to be read: no control characters, no markup signs. BadInput where no word is left."""
    plain = " ".join(_SIGNS.sub(" ", clean(text)).split())
    if not any(char.isalnum() for char in plain):
        raise no_words()
    return plain


def open_pipeline(language: Language, model: Any, repository: str) -> tuple[Any, Reading]:
    """Return kokoro's own KPipeline of a language around `model`, and who reads for it.

    Nothing is downloaded: misaki's English would fetch a spaCy model when it has none, so espeak-ng reads English then.
    Raises EngineTrouble where a package is missing.
    """
    try:
        from kokoro import KPipeline

        if language in _ENGLISH and importlib.util.find_spec(_SPACY_MODEL) is None:
            # Any language that espeak reads gives a pipeline without misaki's English in it.
            pipeline = KPipeline(lang_code=Language.SPANISH.value, repo_id=repository, model=model)
            pipeline.g2p = _EspeakEnglish(language)
            note = f"read by espeak-ng: the spaCy model {_SPACY_MODEL}, with which misaki reads English, is not there"
            return pipeline, Reading("espeak", note)
        if language is Language.MANDARIN_CHINESE:
            _own_dictionary_cache()
        pipeline = KPipeline(lang_code=language.value, repo_id=repository, model=model)
    except (ImportError, OSError, RuntimeError) as error:
        text = f"the language {language.value} cannot be read: {error}"
        raise EngineTrouble(
            text, remedy="pip install 'reeltui[studio]' brings what reads all nine languages"
        ) from error
    espeak = language not in (*_ENGLISH, Language.JAPANESE, Language.MANDARIN_CHINESE)
    return pipeline, Reading("espeak" if espeak else "misaki")


class _EspeakEnglish:
    """English by espeak-ng through misaki, in the sounds that Kokoro's English voices were taught."""

    def __init__(self, language: Language) -> None:
        from misaki.espeak import EspeakG2P

        self._espeak = EspeakG2P(language=_ENGLISH[language])
        self._sounds = _BRITISH if language is Language.BRITISH_ENGLISH else _AMERICAN

    def __call__(self, text: str) -> tuple[str, None]:
        sounds, _ = self._espeak(text)
        for espeak, taught in self._sounds:
            sounds = sounds.replace(espeak, taught)
        return sounds, None


def _own_dictionary_cache() -> None:
    """Let jieba keep its prepared dictionary in the user's own cache; it would trust a file in the shared /tmp."""
    import jieba

    folder = cache_dir() / "jieba"
    folder.mkdir(parents=True, exist_ok=True)
    jieba.dt.tmp_dir = str(folder)
    jieba.setLogLevel("WARNING")


def reader_of(pipeline: Any) -> Reader:
    """Return what gives the phonemes of a text, as `pipeline` will speak them."""

    def read(text: str) -> str:
        phonemes, _ = pipeline.g2p(text)
        return str(phonemes or "")

    return read


def split(text: str, read: Reader, most: int = MOST_PHONEMES) -> list[str]:
    """Return `text` in pieces of at most `most` phonemes, in order: whole sentences, several together where they fit;
    a longer sentence is parted at its clauses, then between words, and a longer word through its middle."""
    return _parted(text.strip(), read, most, 0)


def _parted(text: str, read: Reader, most: int, depth: int) -> list[str]:
    if not text:
        return []
    if len(read(text)) <= most or len(text) == 1:
        return [text]
    if depth == len(_ENDS):
        middle = len(text) // 2
        return [*_parted(text[:middle], read, most, depth), *_parted(text[middle:], read, most, depth)]
    parts = [part for part in _ENDS[depth].split(text) if part and part.strip()]
    if len(parts) == 1:
        return _parted(text, read, most, depth + 1)
    pieces: list[str] = []
    for part in parts:
        joined = f"{pieces[-1]}{_blank(pieces[-1])}{part}" if pieces else part
        if pieces and len(read(joined)) <= most:
            pieces[-1] = joined
        else:
            pieces += _parted(part, read, most, depth + 1)
    return pieces


def _blank(before: str) -> str:
    """Return what stood between two pieces: nothing after a full-width mark, a blank after any other."""
    return "" if before[-1] in "。！？，、；：" else " "


def reading_facts(reading: Reading) -> dict[str, Fact]:
    """Return what the receipt says about who read the line."""
    facts: dict[str, Fact] = {"reader": reading.name}
    if reading.note:
        facts["note"] = reading.note
    return facts
