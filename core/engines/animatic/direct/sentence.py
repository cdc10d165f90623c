"""Reads a sentence as a director does: where and when, who, what they do, what it is about, in which language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import msgspec

from core.engines.animatic.direct.choice import pick
from core.engines.animatic.direct.figures import Figure, find_figures
from core.engines.animatic.direct.words import DirectorWords, Place
from core.engines.animatic.lexicon import plain
from core.engines.animatic.reading import Scene, names_place, read_scene
from core.film.language import Language
from core.film.text import clean

# Kinds of place by what they are like: they choose opening lines, and whether a story can do without people.
URBAN = ("city", "street", "market", "station", "rooftop", "bridge", "village", "park", "garden", "castle", "temple")
INDOOR = ("room", "kitchen", "cafe", "library", "workshop", "hall")
WATER = ("sea", "beach", "harbour", "river", "ship")
LONELY = ("forest", "field", "desert", "mountain", "snowfield", "sea", "beach", "river", "space", "ship")
_CULTURES = {
    Language.AMERICAN_ENGLISH: "american",
    Language.BRITISH_ENGLISH: "british",
    Language.SPANISH: "spanish",
    Language.FRENCH: "french",
    Language.HINDI: "indian",
    Language.ITALIAN: "italian",
    Language.JAPANESE: "japanese",
    Language.BRAZILIAN_PORTUGUESE: "brazilian",
    Language.MANDARIN_CHINESE: "chinese",
}
NATURE_WEIGHT = 0.4  # with people in it, a sentence full of sea and snow is still about them


class Told(msgspec.Struct, frozen=True):
    """What a sentence tells. `figures` is empty for a story of the place itself; `place` may be None."""

    sentence: str
    scene: Scene
    place: Place | None
    language: Language
    culture: str
    theme: str
    activity: str
    figures: tuple[Figure, ...]
    landmark: str

    @property
    def ground(self) -> str:
        """What kind of place it is for a narration line: "urban", "indoor", "water" or "wild"."""
        kind = self.scene.place
        return "urban" if kind in URBAN else "indoor" if kind in INDOOR else "water" if kind in WATER else "wild"


def read_sentence(
    sentence: str, language: Language | None, words: DirectorWords, phrases: dict[str, tuple[str, ...]], seed: int
) -> Told:
    """Return what `sentence` tells; anything it leaves open is chosen by `seed`, steadily.

    `phrases` are the camera's wordings: no name out of the sentence may contain one.
    """
    text = plain(sentence)
    scene = read_scene(sentence)
    place = _place(text, words)
    spoken = language or _language(sentence, place)
    culture = place.culture if place else _CULTURES[spoken if language is None else _language(sentence, None, spoken)]
    figures = find_figures(sentence, words, seed) or _somebody(sentence, text, scene, words, seed)
    figures = tuple(
        msgspec.structs.replace(one, name="") if _unsafe(one.name, phrases) else one for one in _company(figures)
    )
    return Told(
        sentence=sentence,
        scene=scene,
        place=place,
        language=spoken,
        culture=culture,
        theme=_theme(text, scene, figures, words),
        activity=_activity(text, scene, words),
        figures=figures,
        landmark=_landmark(sentence, words, phrases, [one.name for one in figures if one.name]),
    )


def _place(text: str, words: DirectorWords) -> Place | None:
    for name in ("place", "of_people"):
        hit = words.lexicons[name].first(text)
        if hit is not None:
            return words.gazetteer.place[hit.key]
    return None


def _language(sentence: str, place: Place | None, otherwise: Language = Language.AMERICAN_ENGLISH) -> Language:
    """Return the language of the place, else of the script the sentence is written in."""
    if place is not None:
        return place.language
    names = [unicodedata.name(char, "") for char in sentence]
    if any(name.startswith(("HIRAGANA", "KATAKANA")) for name in names):
        return Language.JAPANESE
    if any(name.startswith("DEVANAGARI") for name in names):
        return Language.HINDI
    if any(name.startswith("CJK UNIFIED") for name in names):
        return Language.MANDARIN_CHINESE
    return otherwise


def _somebody(sentence: str, text: str, scene: Scene, words: DirectorWords, seed: int) -> tuple[Figure, ...]:
    """Return a protagonist where the sentence names nobody, or none where the place or a thing is the hero."""
    pronoun = words.lexicons["pronoun"].first(text)
    acting = words.lexicons["acting"].first(text) or words.lexicons["someone"].first(text)
    where = names_place(sentence)
    if pronoun is None and acting is None and (where in LONELY or scene.things):
        return ()
    sex = pronoun.key if pronoun else pick(("woman", "man"), seed, "sex")
    return (Figure(sex=sex, age=pick((26, 29, 33, 38), seed, "age")),)


def _company(figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Return the figures with the protagonist never somebody who is only met later."""
    if figures and figures[0].meets:
        return tuple(msgspec.structs.replace(one, meets=False) for one in figures)
    return figures


def _theme(text: str, scene: Scene, figures: tuple[Figure, ...], words: DirectorWords) -> str:
    if not figures:
        return "nature" if scene.place in (*LONELY, "garden", "harbour", "park") else "generic"
    best, most = "generic", 0.0
    for theme in words.themes.theme:
        count = float(len(words.lexicons[f"theme.{theme}"].find(text)))
        count *= NATURE_WEIGHT if theme == "nature" else 1.0
        if count > most:
            best, most = theme, count
    if best == "nature" and figures[0].human:
        return "alone" if len(figures) == 1 else "generic"
    return best


def _activity(text: str, scene: Scene, words: DirectorWords) -> str:
    found = [hit.key for hit in words.lexicons["activity"].find(text)]
    can = [name for name in found if _possible(name, scene, words)]
    return next((name for name in can if name != "walk"), "float" if scene.place == "space" else "walk")


def _possible(name: str, scene: Scene, words: DirectorWords) -> bool:
    activity = words.shots.activity.get(name)
    return activity is not None and (not activity.only or scene.place in activity.only)


def _landmark(sentence: str, words: DirectorWords, phrases: dict[str, tuple[str, ...]], names: Sequence[str]) -> str:
    """Return the landmark the sentence names ("the Golden Gate Bridge"), or "".

    None that has a name of the cast in it ("Zed Big Park", of a man named Zed): its shots would name who is not there.
    """
    last = "|".join(re.escape(word) for word in words.gazetteer.landmark["last"])
    found = re.findall(rf"\b(the )?((?:[A-Z][a-z]+ ){{1,3}}(?:{last}))\b", clean(sentence))
    cast = {word for name in names for word in name.split()}
    safe = [article + name for article, name in found if not _unsafe(name, phrases) and not cast & set(name.split())]
    # "the Golden Gate Bridge" is something to see; "Pacific Heights" is where one is.
    return next((name for name in safe if name.startswith("the ")), safe[0] if safe else "")


def _unsafe(name: str, phrases: dict[str, tuple[str, ...]]) -> bool:
    low = name.lower()
    return "cinematic" in low or any(phrase in low for wordings in phrases.values() for phrase in wordings)
