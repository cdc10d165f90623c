"""Reads a scene out of words: place, light, weather, mood and things, by the word lists in `prompts/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from core.engines.animatic.lexicon import Lexicon, plain, without
from core.film.errors import BadInput
from core.places import data_file, data_table

PLACES = (
    "city", "street", "market", "station", "park", "garden", "forest", "field", "desert", "mountain", "snowfield",
    "sea", "beach", "harbour", "river", "bridge", "rooftop", "room", "kitchen", "cafe", "library", "workshop",
    "hall", "temple", "castle", "village", "ship", "space",
)  # fmt: skip
TIMES = ("dawn", "day", "golden", "dusk", "night")
WEATHERS = ("clear", "cloud", "rain", "snow", "fog", "storm")
MOODS = ("calm", "joyful", "tense", "melancholic", "romantic", "mysterious", "epic")
MAX_THINGS = 6
WORDS = "prompts/director/reading.toml"


class Scene(msgspec.Struct, frozen=True):
    """What a picture or a piece of music should feel like.

    `place`, `time`, `weather` and `mood` are one of PLACES, TIMES, WEATHERS, MOODS; `neon` tells of signs and
    coloured light; `things` are objects worth drawing ("umbrella", "lantern", "boat"), at most six, in order.
    """

    place: str = "city"
    time: str = "day"
    weather: str = "clear"
    mood: str = "calm"
    neon: bool = False
    things: tuple[str, ...] = ()


_USUAL = Scene()


class _Words(msgspec.Struct, frozen=True):
    ignore: Lexicon
    named: dict[str, Lexicon]


def read_scene(*texts: str) -> Scene:
    """Return the scene the texts speak of; the first text that names a thing wins over the later ones.

    What a text only hints at ("puddles" of rain, "fisherman" of a harbour) counts where no text names it. Raises
    BadInput where the word lists are broken.
    """
    words = _words()
    plains = [_heard(text, words.ignore) for text in texts]
    named = words.named
    return Scene(
        place=_first(plains, named["place"]) or _first(plains, named["place_hint"]) or _USUAL.place,
        time=_first(plains, named["time"]) or _first(plains, named["time_hint"]) or _USUAL.time,
        weather=_first(plains, named["weather"]) or _first(plains, named["weather_hint"]) or _USUAL.weather,
        mood=_mood(plains, named["mood"]),
        neon=any(named["neon"].first(text) for text in plains),
        things=_things(plains, named["things"]),
    )


def names_place(*texts: str) -> str | None:
    """Return the kind of place the texts name or hint at, or None where they say nothing of one."""
    words = _words()
    plains = [_heard(text, words.ignore) for text in texts]
    return _first(plains, words.named["place"]) or _first(plains, words.named["place_hint"])


def _heard(text: str, ignore: Lexicon) -> str:
    whole = plain(text)
    return without(whole, ignore.find(whole))


def _first(plains: Sequence[str], lexicon: Lexicon) -> str | None:
    for text in plains:
        found = lexicon.find(text)
        # A city is where the other places are, so a closer word wins over it.
        closer = [hit for hit in found if hit.key != "city"]
        if found:
            return (closer or found)[0].key
    return None


def _mood(plains: Sequence[str], lexicon: Lexicon) -> str:
    # Calm is what is left when nothing else is said, so a text that says only "quiet" names no mood.
    for text in plains:
        found = [hit.key for hit in lexicon.find(text) if hit.key != _USUAL.mood]
        if found:
            return min(found, key=lambda mood: (-found.count(mood), found.index(mood)))
    return _USUAL.mood


def _things(plains: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    for text in plains:
        found = tuple(dict.fromkeys(hit.key for hit in lexicon.find(text)))
        if found:
            return found[:MAX_THINGS]
    return ()


def _words() -> _Words:
    path = data_file(WORDS)
    return _compiled(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _compiled(path: Path, _mtime: int) -> _Words:
    table = data_table(WORDS)
    named = {name: Lexicon(_lists(table, name, path)) for name in (*_KEYS, "things", "neon")}
    for name, known in _KEYS.items():
        odd = set(table[name]) - set(known)
        if odd:
            raise BadInput(f"{path}: {name} has unknown lists: {', '.join(sorted(odd))}", remedy="correct their names")
    ignore = table.get("ignore", [])
    return _Words(Lexicon({"ignore": ignore}), named)


_KEYS: Mapping[str, tuple[str, ...]] = {
    "place": PLACES,
    "place_hint": PLACES,
    "time": TIMES,
    "time_hint": TIMES,
    "weather": WEATHERS,
    "weather_hint": WEATHERS,
    "mood": MOODS,
}


def _lists(table: Mapping[str, Any], name: str, path: Path) -> dict[str, list[str]]:
    try:
        return msgspec.convert(table[name], dict[str, list[str]])
    except (KeyError, msgspec.ValidationError) as error:
        raise BadInput(f"{path}: the word lists of {name} are wrong: {error}", remedy="correct that file") from None
