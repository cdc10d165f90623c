"""Casts a story: names that fit the place, and portraits that repeat word for word in every shot."""

from __future__ import annotations

import msgspec

from core.engines.animatic.direct.choice import pick, shuffled
from core.engines.animatic.direct.figures import ADULT, Figure
from core.engines.animatic.direct.sentence import INDOOR, Told
from core.engines.animatic.direct.words import DirectorWords
from core.film.language import Language

ELDER = 62
TEEN = 13
# Which of a name's forms a narration uses: "Latin|katakana|Devanagari|Chinese".
_FORM = {Language.JAPANESE: 1, Language.HINDI: 2, Language.MANDARIN_CHINESE: 3}


class Character(msgspec.Struct, frozen=True):
    """One of the cast. `spoken` is the name in the narration's script, "" where it has none there."""

    letter: str
    name: str
    spoken: str
    portrait: str
    figure: Figure

    @property
    def their(self) -> str:
        """The possessive: her, his, its."""
        return {"woman": "her", "man": "his"}[self.figure.sex] if self.figure.human else "its"

    @property
    def them(self) -> str:
        """The object pronoun: her, him, it."""
        return {"woman": "her", "man": "him"}[self.figure.sex] if self.figure.human else "it"


def make_cast(told: Told, words: DirectorWords, seed: int) -> tuple[Character, ...]:
    """Return the cast of a story, letters from A on; nobody shares a name or a main colour."""
    taken: set[str] = {figure.name for figure in told.figures if figure.name}
    taken |= set(told.landmark.split())
    borne: set[str] = set()
    bright = shuffled(words.cast.colours["bright"], seed, "bright")
    dark = shuffled(words.cast.colours["dark"], seed, "dark")
    accent = shuffled(words.cast.colours["accent"], seed, "accent")
    cast = []
    for number, figure in enumerate(told.figures):
        letter = "ABC"[number]
        # A name the sentence gives twice is the first one's: a prompt that has it must mean one portrait.
        own = figure.name if figure.name not in borne else ""
        entry = own or _name(figure, told, words, seed, taken)
        forms = entry.split("|")
        taken.add(forms[0])
        borne.add(forms[0])
        colours = {"c1": bright[number], "c2": dark[number], "c3": accent[number]}
        looks = _looks(figure, told, words, seed, letter, plain=len(told.figures) > 2)
        for slot, colour in colours.items():
            looks = looks.replace("{" + slot + "}", colour)
        form = _FORM.get(told.language, 0)
        spoken = forms[form] if form < len(forms) else ""
        cast.append(Character(letter, forms[0], spoken, f"{forms[0]} ({looks})", figure))
    return tuple(cast)


def _name(figure: Figure, told: Told, words: DirectorWords, seed: int, taken: set[str]) -> str:
    culture = words.cast.culture[told.culture]
    if figure.human:
        options = culture.woman if figure.sex == "woman" else culture.man
    elif figure.kind == "robot":
        options = words.cast.robot["names"]
    else:
        options = words.cast.animal[f"names_{figure.kind}"]
    order = list(shuffled(options, seed, "name", figure.kind, figure.sex))
    # A list of one's own may be short, and two of one name would be one portrait.
    order += [entry for key, names in words.cast.animal.items() if key.startswith("names_") for entry in names]
    return next((entry for entry in order if entry.partition("|")[0] not in taken), order[0])


def _looks(figure: Figure, told: Told, words: DirectorWords, seed: int, letter: str, *, plain: bool) -> str:
    if figure.kind == "robot":
        return pick(words.cast.robot["looks"], seed, "look", letter)
    if not figure.human:
        return pick(words.cast.animal[figure.kind], seed, "look", letter)
    culture = words.cast.culture[told.culture]
    people = culture.people_man if figure.sex == "man" and culture.people_man else culture.people
    parts = [f"{_build(figure, words, seed, letter)} {people} {_noun(figure)}", str(_age(figure, seed, letter))]
    if figure.role:
        parts.append(figure.role)
    parts.append(_hair(figure, told, words, seed, letter))
    outfit = figure.wears or _outfit(figure, told, words, seed, letter)
    parts.append(", ".join(outfit.split(", ")[:2]) if plain else outfit)
    if figure.carries:
        parts.append(figure.carries)
    elif not plain:
        parts.append(_accessory(figure, told, words, seed, letter))
    return ", ".join(parts)


def _noun(figure: Figure) -> str:
    if figure.age < ADULT:
        young = "girl" if figure.sex == "woman" else "boy"
        return f"teenage {young}" if figure.age >= TEEN else young
    return figure.sex


def _age(figure: Figure, seed: int, letter: str) -> int:
    return figure.age + pick((-1, 0, 1, 2) if figure.age >= ADULT + 1 else (0, 1), seed, "age", letter)


def _build(figure: Figure, words: DirectorWords, seed: int, letter: str) -> str:
    group = "child" if figure.age < TEEN else "old" if figure.age >= ELDER else figure.sex
    return pick(words.cast.build[group], seed, "build", letter)


def _hair(figure: Figure, told: Told, words: DirectorWords, seed: int, letter: str) -> str:
    if figure.hair:
        return figure.hair
    group = figure.sex
    if figure.age < TEEN:
        group = f"child_{group}"
    elif figure.age >= ELDER:
        group = f"old_{group}"
    colour = pick(words.cast.culture[told.culture].hair, seed, "hair colour", letter)
    # A style of its own for each of the cast, or two friends would look like twins.
    styles = shuffled(words.cast.hair[group], seed, "hair", group)
    return styles[ord(letter) % len(styles)].replace("{hair}", colour)


def _climate(told: Told) -> str:
    scene = told.scene
    if scene.place in INDOOR:
        return "indoor"
    if scene.place == "space":
        return "space"
    if scene.weather in ("rain", "storm"):
        return "rain"
    if scene.weather == "snow" or scene.place == "snowfield":
        return "snow"
    if scene.place in ("beach", "desert") or (scene.place in ("field", "garden") and scene.time in ("day", "golden")):
        return "warm"
    return "mild"


def _outfit(figure: Figure, told: Told, words: DirectorWords, seed: int, letter: str) -> str:
    climate = _climate(told)
    group = figure.outfit or climate
    if figure.age < TEEN and not figure.outfit:
        group = f"child_{climate}" if climate in ("rain", "snow") else "child"
    lists = words.cast.outfit
    own = f"{group}_{figure.sex}"
    options = lists[own] if own in lists else lists[group]
    return shuffled(options, seed, "outfit", group, figure.sex)[ord(letter) % len(options)]


def _accessory(figure: Figure, told: Told, words: DirectorWords, seed: int, letter: str) -> str:
    climate = _climate(told)
    group = climate if climate in words.cast.accessory else "any"
    if climate not in ("rain", "snow"):
        if figure.age < TEEN:
            group = "child"
        elif figure.outfit == "sea":
            group = "sea"
        elif figure.age >= ELDER:
            group = "old"
    options = shuffled(words.cast.accessory[group], seed, "accessory", group)
    return options[ord(letter) % len(options)]
