"""The offline director's word lists, read from `prompts/director/` and checked once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from core.engines.animatic.lexicon import Lexicon
from core.film.errors import BadInput
from core.film.language import Language
from core.places import data_file

T = TypeVar("T")
Words = dict[str, tuple[str, ...]]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place of the gazetteer; `e`..`z` are its names in the narration's languages where they differ."""

    words: tuple[str, ...]
    label: str
    culture: str
    language: Language
    city: bool = False
    of_people: bool = False
    e: str = ""
    f: str = ""
    i: str = ""
    p: str = ""
    j: str = ""
    h: str = ""
    z: str = ""


class Noun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody a sentence may name; `age` in years."""

    words: tuple[str, ...]
    sex: str = ""
    age: int = 30
    role: str = ""
    outfit: str = ""
    carries: str = ""
    kind: str = "human"
    meets: bool = False
    many: bool = False
    pair: bool = False


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`people.toml`."""

    nouns: dict[str, Noun]
    adjectives: Words
    pronouns: Words
    numbers: Words
    words: Words


class Culture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Names ("Latin|katakana|Devanagari|Chinese"), hair colours and what its people are called in English."""

    people: str
    hair: tuple[str, ...]
    woman: tuple[str, ...]
    man: tuple[str, ...]
    people_man: str = ""


class Cast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cast.toml`."""

    culture: dict[str, Culture]
    robot: Words
    animal: Words
    hair: Words
    build: Words
    colours: Words
    outfit: Words
    accessory: Words
    told: Words


class Themes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`themes.toml`."""

    theme: Words
    activity: Words
    acting: Words
    logline: dict[str, str]


class Setting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a kind of place is put into words."""

    scene: str
    brief: str
    way: str
    spot: str
    view: str
    ground: str
    details: tuple[str, ...]
    at: str = "in"
    indoor: bool = False
    scene_in: str = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`settings.toml`."""

    place: dict[str, Setting]
    light: dict[str, Words]
    weather: dict[str, Words]
    neon: Words
    near: Words
    time_words: dict[str, str]
    weather_words: dict[str, str]
    mood_words: dict[str, str]
    boundary: Words
    lens: Words
    things: dict[str, tuple[str, str]]


class Beat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One beat of the arc: the shot's size, how its picture begins in words, the camera moves it may use."""

    size: str
    moves: tuple[str, ...]
    place_moves: tuple[str, ...]
    prefix: str = ""


class Activity(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody does; `still` stays in one spot, `only` are the kinds of place where it can be done."""

    main: str
    again: str
    mains: str
    still: bool = False
    only: tuple[str, ...] = ()


class Shots(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`shots.toml`."""

    camera: Words
    beat: dict[str, Beat]
    beat_motion: dict[str, Words]
    activity: dict[str, Activity]
    fill: Words


class MoodMusic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What music of a mood is made of; `tempo` is the range in beats a minute."""

    feel: tuple[str, ...]
    lead: tuple[str, ...]
    bed: tuple[str, ...]
    key: tuple[str, ...]
    tempo: tuple[int, int]
    rhythm: tuple[str, ...]


class Music(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`music.toml`."""

    mood: dict[str, MoodMusic]
    culture: Words
    instrument: dict[str, str]


class Lines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language's narration: openings by time, weather and kind of place, lines by theme and beat, and others."""

    time: Words
    weather: Words
    place: Words
    theme: dict[str, Words]
    middle: Words
    inherits: str = ""


class Gazetteer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`places.toml`."""

    place: dict[str, Place]
    landmark: Words


class DirectorWords(msgspec.Struct, frozen=True):
    """Every list of the offline director, with the lexicons they are searched by."""

    gazetteer: Gazetteer
    people: People
    cast: Cast
    themes: Themes
    settings: Settings
    shots: Shots
    music: Music
    lexicons: dict[str, Lexicon]


_FILES: dict[str, type] = {
    "places": Gazetteer,
    "people": People,
    "cast": Cast,
    "themes": Themes,
    "settings": Settings,
    "shots": Shots,
    "music": Music,
}


def load_words() -> DirectorWords:
    """Return the lists in force, a user's own files first; BadInput naming the file and field that is wrong."""
    stamps = tuple((name, *_stamp(f"prompts/director/{name}.toml")) for name in _FILES)
    return _load_words(stamps)


def load_lines(language: Language) -> Lines:
    """Return the narration lines of a language; BadInput naming the file and field that is wrong."""
    path, stamp = _stamp(f"prompts/director/narration/{language.value}.toml")
    return _load_lines(path, stamp)


def _stamp(name: str) -> tuple[Path, int]:
    path = data_file(name)
    return path, path.stat().st_mtime_ns


@lru_cache(maxsize=2)
def _load_words(stamps: tuple[tuple[str, Path, int], ...]) -> DirectorWords:
    tables: dict[str, Any] = {name: _convert(path, _table(path), _FILES[name]) for name, path, _ in stamps}
    return DirectorWords(
        gazetteer=tables["places"],
        people=tables["people"],
        cast=tables["cast"],
        themes=tables["themes"],
        settings=tables["settings"],
        shots=tables["shots"],
        music=tables["music"],
        lexicons=_lexicons(tables["places"], tables["people"], tables["themes"]),
    )


def _lexicons(gazetteer: Gazetteer, people: People, themes: Themes) -> dict[str, Lexicon]:
    lists: dict[str, Mapping[str, tuple[str, ...]]] = {
        "place": {key: place.words for key, place in gazetteer.place.items() if not place.of_people},
        "of_people": {key: place.words for key, place in gazetteer.place.items() if place.of_people},
        "noun": {key: noun.words for key, noun in people.nouns.items()},
        "adjective": people.adjectives,
        "pronoun": people.pronouns,
        "number": people.numbers,
        "nobody": {"nobody": people.words["ignore"]},
        "meeting": {"meeting": people.words["meeting"]},
        "someone": {"someone": people.words["someone"]},
        "activity": themes.activity,
        "acting": themes.acting,
    }
    # A word may speak for several themes, so each theme is searched alone.
    lists |= {f"theme.{key}": {key: words} for key, words in themes.theme.items()}
    return {name: Lexicon(words) for name, words in lists.items()}


@lru_cache(maxsize=16)
def _load_lines(path: Path, _stamp_ns: int) -> Lines:
    table = _table(path)
    base = table.get("inherits", "")
    if base:
        if base not in set(Language) or base == path.stem:
            raise BadInput(f"{path}: inherits names no other language: {base}", remedy="correct that file")
        parent = msgspec.to_builtins(load_lines(Language(base)))
        table = _merged(parent, table)
    return _convert(path, table, Lines)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}", remedy="correct that file, or remove it to use the packaged one") from None


def _convert(path: Path, table: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise BadInput(f"{path}: {error}", remedy="correct that field, or remove the file") from None
