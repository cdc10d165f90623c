"""Turns a paint request into the one prompt the painter's model understands: whole sentences, references by number."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from core.engines.studio.paint_words import PaintWords, ReferenceWords
from core.engines.studio.references import Chosen, Hold, kind_of
from core.film.requests import PaintRequest

# Tokens the model reads of a prompt, its chat frame included (`max_sequence_length` of Flux2KleinPipeline).
LONGEST = 512

_NAME_WORDS = 4


class Sentence(msgspec.Struct, frozen=True):
    """A part of the prompt. `spare` 0 must stay; else the greatest is left out first."""

    text: str
    what: str
    spare: int = 0


class Prompt(msgspec.Struct, frozen=True):
    """The words for a picture. `boundaries` counts negatives turned into words, `unusable` names those that were not,
    `left_out` the parts there was no room for; `tokens` of at most LONGEST, more of which the model does not read."""

    text: str
    tokens: int
    boundaries: int
    unusable: tuple[str, ...]
    left_out: tuple[str, ...]


def write_prompt(request: PaintRequest, chosen: Chosen, words: PaintWords, count: Callable[[str], int]) -> Prompt:
    """Return the prompt for a request painted from `chosen`; `count` tells how many tokens a text is."""
    boundaries, unusable = positive(request.negative, words)
    told = _told(request, chosen, words)
    picture = Sentence(_picture(request, words), "picture")
    limits = [Sentence(text, "boundary") for text in boundaries]
    before, after = (told, []) if chosen.hold.people_first else ([], told)
    sentences = [*before, picture, *after, *_around(request, chosen, words), *limits, *_closing(request, chosen, words)]
    kept = [sentence for sentence in sentences if sentence.text]
    left_out = []
    while count(_joined(kept)) > LONGEST and any(sentence.spare for sentence in kept):
        least = max(kept, key=lambda sentence: sentence.spare)
        kept.remove(least)
        left_out.append(least.what)
    text = _joined(kept)
    return Prompt(text, count(text), len(boundaries), unusable, tuple(left_out))


def positive(negative: str, words: PaintWords) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (sentences that say what is to be seen instead of what is not wanted, the phrases there are none for)."""
    known = {phrase.casefold(): boundary.words for boundary in words.boundary for phrase in boundary.instead_of}
    phrases = [phrase.strip(" .").casefold() for phrase in re.split(r"[,，、;；\n]", negative)]
    asked = dict.fromkeys(phrase for phrase in phrases if phrase)
    sentences = dict.fromkeys(known[phrase] for phrase in asked if phrase in known)
    return tuple(sentences), tuple(phrase for phrase in asked if phrase not in known)


def short_name(portrait: str, letter: str) -> str:
    """Return what a portrait calls its person: the words before "(" or the first comma, else "character A"."""
    name = re.split(r"[(,;:.，（]", portrait, maxsplit=1)[0].strip()
    return name if name and len(name.split()) <= _NAME_WORDS else f"character {letter}"


def standing(characters: dict[str, str], words: PaintWords, *, portraits: bool) -> str:
    """Return who stands where, in the order of the letters: "on the left Aiko (...), on the right Kenji (...)"."""
    letters = sorted(characters)
    if len(letters) < 2:
        return _plain(characters[letters[0]]) if letters else ""
    said = [_plain(characters[one]) if portraits else short_name(characters[one], one) for one in letters]
    places = words.positions.of(len(letters))
    return ", ".join(f"{place} {person}" for place, person in zip(places, said, strict=True))


def _picture(request: PaintRequest, words: PaintWords) -> str:
    kinds = words.picture
    if request.subject == "group":
        return _filled(kinds.group, people=standing(request.characters, words, portraits=True))
    if request.subject == "scene":
        return _filled(kinds.scene, prompt=_plain(request.prompt))
    if request.subject == "shot":
        return _filled(kinds.onward if request.continues else kinds.shot, prompt=_ended(request.prompt))
    return _filled(kinds.master, portrait=_plain(request.characters.get(request.subject, request.prompt)))


def _told(request: PaintRequest, chosen: Chosen, words: PaintWords) -> list[Sentence]:
    """Return what each reference is for, in their order."""
    kinds = words.reference[chosen.hold]
    people = standing(request.characters, words, portraits=False)
    sentences = []
    for number, reference in enumerate(chosen.references, start=1):
        portrait = request.characters.get(reference.name, "")
        text = _filled(
            _of_kind(kinds, kind_of(reference)),
            n=str(number),
            name=short_name(portrait, reference.name),
            portrait=_plain(portrait),
            people=people,
        )
        sentences.append(Sentence(text, f"image {number}"))
    return sentences


def _of_kind(kinds: ReferenceWords, kind: str) -> str:
    named = {"character": kinds.character, "group": kinds.group, "scene": kinds.scene, "previous": kinds.previous}
    return named[kind]


def _around(request: PaintRequest, chosen: Chosen, words: PaintWords) -> list[Sentence]:
    around, story = words.around, _plain(request.story)
    if request.subject == "scene":
        return [Sentence(_filled(around.light, story=story), "story", 1)] if story else []
    if request.subject != "shot":
        return []
    shown = {reference.name for reference in chosen.references} if chosen.hold.people_first else set()
    portraits = [
        Sentence(
            _filled(around.portrait, name=short_name(portrait, letter), portrait=_plain(portrait)),
            f"portrait {letter}",
            1,
        )
        for letter, portrait in sorted(request.characters.items())
        # A plan's prompt repeats the portrait; a person's own words may not.
        if letter not in shown and _plain(portrait) not in request.prompt
    ]
    framing = Sentence(_filled(around.framing, shot_type=_plain(request.shot_type)), "framing", 2)
    tale = [Sentence(_filled(around.story, story=story), "story", 3)] if story else []
    return [*portraits, *([framing] if request.shot_type else []), *tale]


def _closing(request: PaintRequest, chosen: Chosen, words: PaintWords) -> list[Sentence]:
    closing = words.closing
    said = {
        Hold.LOOSE: closing.loose,
        Hold.NAMED: closing.named,
        Hold.FIRM: closing.firm,
        Hold.BOUND: closing.bound,
    }[chosen.hold]
    who = [
        _filled(closing.same, n=str(number), name=short_name(request.characters[reference.name], reference.name))
        for number, reference in enumerate(chosen.references, start=1)
        if reference.name in request.characters
    ]
    return [Sentence(_filled(said, who=", ".join(who)), "closing")] if said and who else []


def _plain(text: str) -> str:
    return text.strip().rstrip(".").rstrip()


def _ended(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "。", "！", "？")) else f"{text}."


def _filled(words: str, **values: str) -> str:
    # Not str.format: the words may be a user's own and hold any brace. In one pass, so that what is put in stays.
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), words)


def _joined(sentences: Sequence[Sentence]) -> str:
    return " ".join(sentence.text.strip() for sentence in sentences)
