"""The director's and the critic's system prompts: `prompts/director.md` and `prompts/critic.md`, filled in."""

from __future__ import annotations

import re

from core.engines.wording import load_wording
from core.film.errors import BadInput
from core.film.language import LANGUAGES, Language
from core.film.verdict import Label
from core.pipeline.rules import LINE_CHARACTERS, LINE_WORDS, PROMPT_WORDS
from core.places import data_file

_BLANK = re.compile(r"\{\{([^{}]*)\}\}")


def director_instructions() -> str:
    """Return what the director is told once for every plan. Raises BadInput naming the file where it is wrong."""
    low, high = PROMPT_WORDS
    return _filled("prompts/director.md", {"camera": _camera(), "languages": _languages(), "words": f"{low} to {high}"})


def critic_instructions() -> str:
    """Return what the critic is told once for every take.

    Raises BadInput naming the file where it is wrong, or where a label has no words.
    """
    text = _filled("prompts/critic.md", {"camera": _camera()})
    missing = [label.value for label in Label if label.value not in text]
    if missing:
        path = data_file("prompts/critic.md")
        raise BadInput(f"{path} says nothing of {', '.join(missing)}", remedy="correct it, or remove it")
    return text


def _filled(name: str, values: dict[str, str]) -> str:
    path = data_file(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}", remedy="correct that file, or remove it to use the packaged one") from None
    unknown = sorted(set(_BLANK.findall(text)) - set(values))
    if unknown:
        have = ", ".join(f"{{{{{value}}}}}" for value in values)
        raise BadInput(f"{path}: {{{{{unknown[0]}}}}} is not known; there are {have}", remedy="correct that file")
    return _BLANK.sub(lambda match: values[match[1]], text).strip()


def _camera() -> str:
    """Return the moves as their first wordings, those the readers of a prompt understand."""
    return "\n".join(f"- {wordings[0].capitalize()}" for wordings in load_wording().phrases.values())


def _languages() -> str:
    return "\n".join(f"- {code.value}: {info.name}, {_line_length(code)}" for code, info in LANGUAGES.items())


def _line_length(language: Language) -> str:
    wide = language in (Language.JAPANESE, Language.MANDARIN_CHINESE)
    (low, high), unit = (LINE_CHARACTERS, "characters") if wide else (LINE_WORDS, "words")
    return f"{low} to {high} {unit} a line"
