"""Finds who appears in a sentence: people, robots and animals, how many, how old, what they wear."""

from __future__ import annotations

import re

import msgspec

from core.engines.animatic.direct.choice import pick
from core.engines.animatic.direct.words import Cast, DirectorWords, Noun
from core.engines.animatic.lexicon import Hit, plain, without
from core.film.text import clean

MOST = 3  # portraits of more would not fit into a prompt of 110 words
ADULT = 18
OLD, YOUNG, CHILD = 70, 25, 9
BEFORE = 4  # words before a noun that may belong to it
_GIVEN_NAME = r"([^\W\d_a-z][^\W\d_]{1,13})"


class Figure(msgspec.Struct, frozen=True):
    """Somebody in the story. `sex` "woman" or "man"; `kind` "human", "robot" or an animal; `meets`: comes in later.

    `wears` and `hair` are what the sentence itself says of them, or "". `name` is a name the sentence gives, or "".
    """

    sex: str
    age: int
    kind: str = "human"
    role: str = ""
    outfit: str = ""
    carries: str = ""
    meets: bool = False
    wears: str = ""
    hair: str = ""
    name: str = ""

    @property
    def human(self) -> bool:
        """Whether this is a person."""
        return self.kind == "human"


def find_figures(sentence: str, words: DirectorWords, seed: int) -> tuple[Figure, ...]:
    """Return who the sentence names, in order, at most MOST; empty where it names nobody."""
    text = plain(sentence)
    hits = _nouns(text, words)
    found: list[Figure] = []
    for number, hit in enumerate(hits):
        start = hits[number - 1].end if number else 0
        end = hits[number + 1].at if number + 1 < len(hits) else len(text)
        before = " ".join(text[start : hit.at].split()[-BEFORE:])
        after = text[hit.end : end]
        glued = bool(number) and text[start : hit.at].strip() == ""
        figures = _figures(hit, before, after, text, words, seed)
        if glued and found and len(figures) == 1:
            found[-1] = _merged(found[-1], figures[0])
        elif not _same_again(found, figures, before, words):
            meets = bool(found) and words.lexicons["meeting"].first(before) is not None
            found.extend(msgspec.structs.replace(one, meets=one.meets or meets) for one in figures)
    found = found or _by_name(sentence, words)
    return _named(sentence, tuple(found[:MOST]), words)


def _nouns(text: str, words: DirectorWords) -> list[Hit]:
    return words.lexicons["noun"].find(without(text, words.lexicons["nobody"].find(text)))


def _figures(hit: Hit, before: str, after: str, text: str, words: DirectorWords, seed: int) -> list[Figure]:
    noun = words.people.nouns[hit.key]
    surface = text[hit.at : hit.end]
    plural = noun.many or noun.pair or surface in words.people.words["plurals"] or surface != hit.phrase
    counted = words.lexicons["number"].find(before)
    count = min(MOST, int(counted[-1].key)) if counted else (2 if plural else 1)
    if noun.pair:
        count = 2
    figures = []
    for number in range(count):
        sex = _sex(noun, number, before, after, words, seed, hit.at)
        figures.append(
            Figure(
                sex=sex,
                age=_age(noun, before, words),
                kind=noun.kind,
                role=noun.role,
                outfit=noun.outfit,
                carries=noun.carries if number == 0 else "",
                meets=noun.meets,
                wears=_wears(after, words.cast) if number == 0 else "",
                hair=_hair(f"{before} {after}", words.cast) if number == 0 else "",
            )
        )
    return figures


def _sex(noun: Noun, number: int, before: str, after: str, words: DirectorWords, seed: int, at: int) -> str:
    if noun.pair:
        return ("woman", "man")[number]
    told = words.lexicons["adjective"].find(before)
    for hit in reversed(told):
        if hit.key in ("woman", "man"):
            return hit.key
    if noun.sex:
        return noun.sex
    spoken = words.lexicons["pronoun"].first(after)
    if spoken is not None and number == 0 and not noun.meets:
        return spoken.key
    return pick(("woman", "man"), seed, "sex", at, number)


def _age(noun: Noun, before: str, words: DirectorWords) -> int:
    told = {hit.key for hit in words.lexicons["adjective"].find(before)}
    if "old" in told and noun.age < OLD:
        return OLD - 4 if noun.role else OLD
    if "young" in told and noun.age > YOUNG:
        return YOUNG
    if "child" in told and noun.age < ADULT:
        return CHILD - 1
    return noun.age


def _same_again(found: list[Figure], figures: list[Figure], before: str, words: DirectorWords) -> bool:
    """Tell whether "the woman" is the woman told of before."""
    last = before.split()[-1:]
    if not last or last[0] not in words.people.words["the"]:
        return False
    new = figures[0]
    return any(one.kind == new.kind and (one.sex == new.sex or not new.role) for one in found)


def _merged(first: Figure, second: Figure) -> Figure:
    """Return "a woman violinist" and "a boy wizard" as the one person they are; "a robot gardener" is a robot."""
    if not first.human:
        return first
    return msgspec.structs.replace(
        second,
        sex=first.sex,
        age=first.age if first.age < ADULT or first.age >= OLD else second.age,
        meets=first.meets,
        wears=second.wears or first.wears,
        hair=second.hair or first.hair,
    )


def _wears(text: str, cast: Cast) -> str:
    colours = _either(cast.told["colours"])
    whole, outer = _either(cast.told["whole"]), _either(cast.told["outer"])
    found = re.search(rf"\b({colours})(?: \w+)? ({whole}|{outer})\b", text)
    if found is None:
        return ""
    garment = f"{found[1]} {found[2]}"
    return garment if found[2] in cast.told["whole"] else f"{garment}, {{c2}} trousers"


def _hair(text: str, cast: Cast) -> str:
    found = re.search(rf"\b({_either(cast.told['hair'])}) hair(?:ed)?\b", text)
    return f"{found[1]} hair" if found else ""


def _either(phrases: tuple[str, ...]) -> str:
    return "|".join(sorted((re.escape(phrase) for phrase in phrases), key=len, reverse=True))


def _by_name(sentence: str, words: DirectorWords) -> list[Figure]:
    """Return figures for first names the lists know ("Maria walks home")."""
    known = {
        entry.partition("|")[0]: sex
        for culture in words.cast.culture.values()
        for sex, names in (("woman", culture.woman), ("man", culture.man))
        for entry in names
    }
    found: dict[str, Figure] = {}
    before = ""
    for token in re.findall(r"[^\W\d_]+", sentence):
        if token in known and before != "in" and words.lexicons["place"].first(plain(token)) is None:
            found.setdefault(token, Figure(sex=known[token], age=30, name=token))
        before = token
    return list(found.values())


def _named(sentence: str, figures: tuple[Figure, ...], words: DirectorWords) -> tuple[Figure, ...]:
    """Return the figures with the names the sentence gives them ("a girl named Luna")."""
    named = _either(words.people.words["named"])
    given = re.findall(rf"\b(?:{named})\s+{_GIVEN_NAME}", clean(sentence))
    free = [number for number, one in enumerate(figures) if not one.name]
    renamed = list(figures)
    for number, name in zip(free, given, strict=False):
        renamed[number] = msgspec.structs.replace(renamed[number], name=name)
    return tuple(renamed)
