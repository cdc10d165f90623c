"""Reads a music brief: tempo, metre, key, moods and instruments, by the word lists in prompts/music.toml."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from core.film.errors import BadInput

SLOWEST, FASTEST = 40.0, 200.0  # beats a minute that are played as asked
_LETTERS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
# Tonics whose chords lie well in the voices' registers.
_TONICS = {"bright": (0, 2, 5, 7, 9), "dark": (0, 2, 4, 7, 9, 11)}
_LEADS = ("piano", "strings", "flute", "guitar", "bell", "harp")
_FIGURES = ("piano", "guitar", "harp")
_BEDS = ("pad", "strings")
_BPM = re.compile(r"(\d{2,3})(?:\s*(?:-|–|to)\s*(\d{2,3}))?\s*(?:bpm|beats per minute)")
_KEY = re.compile(r"\b([a-g])(?:[ -]?(sharp|flat|#|♯|♭|b))?[ -](%s)\b")
_KEY_OF = re.compile(r"\bkey of ([a-g])(?:[ -]?(sharp|flat|#|♯|♭|b)(?![a-z]))?")


class Brief(msgspec.Struct, frozen=True):
    """What to play. `tonic` is a pitch class (0 is C), `mode` a scale's name, `energy` 0..1.

    `mood` and `lift` (the B part's) name entries of music.toml; `lead` plays the melody, `figure` the broken chords,
    `bed` the held ones, `colour` single high notes; `drums` is a kit or "none".
    """

    bpm: float
    meter: int
    tonic: int
    mode: str
    mood: str
    lift: str
    energy: float
    lead: str
    figure: str | None
    bed: tuple[str, ...]
    colour: str | None
    bass: bool
    drums: str


def read_brief(text: str, rng: random.Random, table: Mapping[str, Any]) -> Brief:
    """Return what `text` asks for; what it leaves open is chosen by `rng` within its mood.

    Raises BadInput where the word lists are broken.
    """
    plain = " " + " ".join(text.lower().split()) + " "
    try:
        return _read(plain, rng, table)
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise BadInput(
            f"prompts/music.toml is not complete: {error}", remedy="correct it, or use the packaged one"
        ) from error


def _read(plain: str, rng: random.Random, table: Mapping[str, Any]) -> Brief:
    moods = {str(mood["name"]): mood for mood in table["mood"]}
    without = tuple(table["words"]["without"])
    named = _in_order(plain, {name: mood["words"] for name, mood in moods.items()}, without)
    faint = _in_order(plain, {name: mood.get("faint", ()) for name, mood in moods.items()}, without)
    named += [name for name in faint if name not in named]
    mood = moods[named[0]] if named else moods[next(iter(moods))]
    tonic, mode = _key(plain, rng, table, mood["modes"])
    lead, figure, bed, colour, bass = _instruments(plain, rng, table, mood)
    return Brief(
        bpm=_tempo(plain, rng, table, mood["bpm"]),
        meter=next((int(beats) for word, beats in table["meter"].items() if _at(plain, word) is not None), 4),
        tonic=tonic,
        mode=mode,
        mood=str(mood["name"]),
        lift=named[1] if len(named) > 1 else str(mood["name"]),
        energy=float(mood["energy"]),
        lead=lead,
        figure=figure,
        bed=bed,
        colour=colour,
        bass=bass,
        drums=_drums(plain, table, str(mood["drums"])),
    )


def _at(plain: str, word: str) -> int | None:
    """Return where `word` stands in `plain` as a whole word, or None."""
    found = re.search(rf"(?<![a-z0-9]){re.escape(word.lower())}(?![a-z0-9])", plain)
    return found.start() if found else None


def _denied(plain: str, at: int, without: Iterable[str]) -> bool:
    """Tell whether the word at `at` stands behind "no", "without" and the like, within two words."""
    before = re.split(r"[.;,]| but | with ", plain[:at])[-1].split()[-3:]
    return any(word in without for word in before)


def _in_order(plain: str, lists: Mapping[str, Iterable[str]], without: Iterable[str]) -> list[str]:
    """Return the names whose words stand in `plain` undenied, in the order they are said."""
    places: list[tuple[int, int, str]] = []
    for rank, (name, wordings) in enumerate(lists.items()):
        at = [place for word in wordings if (place := _at(plain, word)) is not None]
        at = [place for place in at if not _denied(plain, place, without)]
        if at:
            places.append((min(at), rank, name))
    return [name for _, _, name in sorted(places)]


def _tempo(plain: str, rng: random.Random, table: Mapping[str, Any], usual: list[int]) -> float:
    figure = _BPM.search(plain)
    drawn = rng.uniform(float(usual[0]), float(usual[1]))
    if figure:
        low, high = float(figure[1]), float(figure[2] or figure[1])
        return min(FASTEST, max(SLOWEST, (low + high) / 2))
    for word in sorted(table["tempo"], key=len, reverse=True):
        if _at(plain, word) is not None:
            return float(table["tempo"][word])
    return float(round(drawn))


def _key(plain: str, rng: random.Random, table: Mapping[str, Any], usual: list[str]) -> tuple[int, str]:
    wordings = {word: mode for mode, words in table["modes"].items() for word in words}
    drawn_mode = str(rng.choice(usual))
    written = re.search(_KEY.pattern % "|".join(map(re.escape, wordings)), plain)
    said = next((mode for word, mode in wordings.items() if _at(plain, word) is not None), None)
    mode = wordings[written[3]] if written else str(said or drawn_mode)
    tonics = _TONICS["bright" if mode in ("major", "lydian", "mixolydian") else "dark"]
    drawn_tonic = rng.choice(tonics)
    written = written or _KEY_OF.search(plain)
    if not written:
        return drawn_tonic, mode
    accidental = written[2] or ""
    shift = 1 if accidental in table["words"]["sharp"] else -1 if accidental else 0
    return (_LETTERS[written[1]] + shift) % 12, mode


def _instruments(
    plain: str, rng: random.Random, table: Mapping[str, Any], mood: Mapping[str, Any]
) -> tuple[str, str | None, tuple[str, ...], str | None, bool]:
    """Return (lead, figure, bed, colour, bass)."""
    without = tuple(table["words"]["without"])
    lists = {name: tuple(words) for name, words in table["instruments"].items()}
    named = _in_order(plain, lists, without)
    banned = {
        name
        for name, words in lists.items()
        if name not in named and any(_at(plain, word) is not None for word in words)
    }
    alone = any(_at(plain, word) is not None for word in table["words"]["alone"]) and bool(named)

    def choose(role: str, fit: tuple[str, ...]) -> str | None:
        drawn = [name for name in mood[role] if name not in banned and name in fit]
        usual = rng.choice(drawn) if drawn else None
        return next((name for name in named if name in fit and name != "strings"), None if alone else usual)

    figure = choose("figure", _FIGURES)
    # What sings stands before what is only struck or plucked; one player of several strings is "strings" too.
    singers = [name for name in named if name in ("flute", "fiddle")]
    others = [name for name in named if name in _FIGURES and name != figure]
    lead = next(iter(singers + others), None) or choose("lead", _LEADS)
    lead = "strings" if lead == "fiddle" else lead or next((n for n in _LEADS if n not in banned), "piano")
    beds = tuple(name for name in named if name in _BEDS and name != lead)
    if not beds and not alone:
        left = [name for name in mood["bed"] if name in _BEDS and name not in banned]
        beds = (rng.choice(left),) if left else ()
    colour = next((name for name in named if name in ("bell", "harp") and name not in (lead, figure)), None)
    if colour is None and not alone and "bell" not in banned and lead != "bell" and rng.random() < 0.35:
        colour = "bell"
    bass = "bass" in named or (not alone and "bass" not in banned)
    return lead, figure, beds, colour, bass


def _drums(plain: str, table: Mapping[str, Any], usual: str) -> str:
    without = tuple(table["words"]["without"])
    said = [word for word in table["instruments"]["drums"] if _at(plain, word) is not None]
    if "drumless" in plain:
        return "none"
    if said and not _in_order(plain, {"drums": said}, without):
        return "none"
    kits = _in_order(plain, table["kits"], without)
    alone = any(_at(plain, word) is not None for word in table["words"]["alone"])
    if said:
        return kits[0] if kits else ("beat" if usual == "none" else usual)
    return "none" if alone else (usual if usual == "none" or not kits else kits[0])
