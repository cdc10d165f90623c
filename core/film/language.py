"""The nine narration languages: one-letter codes as in plan.json (Kokoro's own)."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Language(StrEnum):
    """Narration language code as written in `vo_lang`."""

    AMERICAN_ENGLISH = "a"
    BRITISH_ENGLISH = "b"
    SPANISH = "e"
    FRENCH = "f"
    HINDI = "h"
    ITALIAN = "i"
    JAPANESE = "j"
    BRAZILIAN_PORTUGUESE = "p"
    MANDARIN_CHINESE = "z"


class LanguageInfo(msgspec.Struct, frozen=True):
    """`voice` is Kokoro's default voice, `espeak` espeak-ng's voice, `tag` BCP 47, `iso` ISO 639-2/T."""

    name: str
    voice: str
    espeak: str
    tag: str
    iso: str


LANGUAGES: dict[Language, LanguageInfo] = {
    Language.AMERICAN_ENGLISH: LanguageInfo("American English", "af_heart", "en-us", "en-US", "eng"),
    Language.BRITISH_ENGLISH: LanguageInfo("British English", "bf_emma", "en-gb", "en-GB", "eng"),
    Language.SPANISH: LanguageInfo("Spanish", "ef_dora", "es", "es-ES", "spa"),
    Language.FRENCH: LanguageInfo("French", "ff_siwis", "fr-fr", "fr-FR", "fra"),
    Language.HINDI: LanguageInfo("Hindi", "hf_alpha", "hi", "hi-IN", "hin"),
    Language.ITALIAN: LanguageInfo("Italian", "if_sara", "it", "it-IT", "ita"),
    Language.JAPANESE: LanguageInfo("Japanese", "jf_alpha", "ja", "ja-JP", "jpn"),
    Language.BRAZILIAN_PORTUGUESE: LanguageInfo("Brazilian Portuguese", "pf_dora", "pt-br", "pt-BR", "por"),
    Language.MANDARIN_CHINESE: LanguageInfo("Mandarin Chinese", "zf_xiaobei", "cmn", "zh-CN", "zho"),
}
