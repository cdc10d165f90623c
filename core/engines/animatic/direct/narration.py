"""Chooses the narration: one curated line a shot, in the language, fitting the story's theme, hour and weather."""

from __future__ import annotations

from collections.abc import Sequence

from core.engines.animatic.direct.choice import pick, shuffled
from core.engines.animatic.direct.sentence import Told
from core.engines.animatic.direct.words import Lines
from core.film.errors import BadInput
from core.film.language import Language

NAMED = 2  # lines with the protagonist's name in one reel; more sounds like a roll call
MOST_WORDS = 10


def write_lines(told: Told, spoken: str, beats: Sequence[str], lines: Lines, seed: int) -> tuple[str, ...]:
    """Return one line for each beat, none twice; `spoken` is the protagonist's name in the language's script or "".

    A theme's line comes at most once; beats without a theme's line are told in lines about hour, weather and place,
    then in lines that fit anywhere. Raises BadInput where the lists hold too few lines.
    """
    city = city_name(told)
    between = _between(told, lines, seed)
    said: list[str] = []
    names = 0
    for number, beat in enumerate(beats):
        own: list[str] = []
        if beat == "hero":
            own = _opening(told, lines, seed)
        elif beat not in beats[:number]:
            own = list(lines.theme[told.theme].get(beat, ()))
        fresh = [one for one in own if one not in said and _can_say(one, spoken, city, names)]
        other = (one for one in between if one not in said and _can_say(one, spoken, city, names))
        line = pick(fresh, seed, "line", beat) if fresh else next(other, "")
        if not line:
            raise BadInput(
                f"the narration lists of language {told.language.value} have too few lines for {len(beats)} shots",
                remedy=f"add lines to prompts/director/narration/{told.language.value}.toml",
            )
        said.append(line)
        names += "{name}" in line
    return tuple(line.replace("{name}", spoken).replace("{city}", city) for line in said)


def city_name(told: Told) -> str:
    """Return the city's name in the narration's language, or "" where no line may name it."""
    place = told.place
    if place is None or not place.city:
        return ""
    own = {
        Language.SPANISH: place.e,
        Language.FRENCH: place.f,
        Language.ITALIAN: place.i,
        Language.BRAZILIAN_PORTUGUESE: place.p,
        Language.JAPANESE: place.j,
        Language.HINDI: place.h,
        Language.MANDARIN_CHINESE: place.z,
    }.get(told.language, "")
    # A script of its own needs the name in that script; the Latin languages share the English one.
    foreign = told.language in (Language.JAPANESE, Language.HINDI, Language.MANDARIN_CHINESE)
    return own or ("" if foreign else place.label)


def _can_say(line: str, spoken: str, city: str, names: int) -> bool:
    if "{name}" in line and (not spoken or names >= NAMED):
        return False
    if "{city}" in line and not city:
        return False
    return "{city}" not in line or len(line.split()) - 1 + len(city.split()) <= MOST_WORDS


def _about(told: Told, lines: Lines) -> list[list[str]]:
    """Return the lines about this story's hour, weather and kind of place, one list each."""
    scene = told.scene
    return [
        list(lines.time[scene.time]),
        list(lines.weather.get(scene.weather, ())),
        list(lines.place[told.ground]),
    ]


def _opening(told: Told, lines: Lines, seed: int) -> list[str]:
    """Return the lines a reel may open with: of one kind, chosen by the seed; weather counts double where it rains."""
    hour, weather, ground = _about(told, lines)
    kinds = [hour, hour, ground, list(lines.theme[told.theme]["hero"])]
    kinds += [weather, weather] if weather else []
    return pick(kinds, seed, "opening")


def _between(told: Told, lines: Lines, seed: int) -> list[str]:
    """Return the lines for everything the theme has no words for, best first."""
    about = [line for kind in _about(told, lines) for line in shuffled(kind, seed, "about")]
    fitting = shuffled(about, seed, "between")
    anywhere = shuffled(lines.middle["any"], seed, "middle")
    # Turn about, so that a long reel is not first all weather and then all wisdom.
    mixed = [line for pair in zip(anywhere, fitting, strict=False) for line in pair]
    return [*mixed, *anywhere[len(fitting) :], *fitting[len(anywhere) :]]
