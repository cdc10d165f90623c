"""Harmony: modes, chords from Roman numerals, and voices that move as little as they can."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations, pairwise

import msgspec

from core.film.errors import BadInput

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
}
_DEGREES = {"i": 0, "ii": 1, "iii": 2, "iv": 3, "v": 4, "vi": 5, "vii": 6}
_NUMERAL = re.compile(r"^(b|#)?(VII|VI|IV|V|III|II|I|vii|vi|iv|v|iii|ii|i)(o|\+)?(maj7|7|6|add9|sus2|sus4)?$")
_EXTRA = {"7": 10, "maj7": 11, "6": 9, "add9": 2}


class Chord(msgspec.Struct, frozen=True):
    """A chord as pitch classes: `tones` begins with the root."""

    name: str
    tones: tuple[int, ...]

    @property
    def root(self) -> int:
        """Pitch class of the root."""
        return self.tones[0]


def is_bright(mode: str) -> bool:
    """Tell whether the mode's third is major."""
    return MODES[mode][2] == 4


def read_chord(numeral: str, tonic: int, mode: str) -> Chord:
    """Return the chord a numeral means in a key; BadInput where it means none."""
    match = _NUMERAL.match(numeral)
    if match is None:
        raise BadInput(f"{numeral!r} is no chord", remedy="correct it in prompts/music.toml")
    accidental, roman, bend, suffix = match.groups()
    degree = _DEGREES[roman.lower()]
    # As players write them: VI of a dark mode is the minor scale's, bVII is counted from the major scale.
    home = MODES["major" if accidental or is_bright(mode) else "minor"][degree]
    root = tonic + home + {"b": -1, "#": 1}.get(accidental or "", 0)
    third, fifth = (4 if roman.isupper() else 3), 7
    if bend == "o":
        third, fifth = 3, 6
    elif bend == "+":
        fifth = 8
    if suffix in ("sus2", "sus4"):
        third = 2 if suffix == "sus2" else 5
    tones = [0, third, fifth] + ([_EXTRA[suffix]] if suffix in _EXTRA else [])
    return Chord(numeral, tuple((root + tone) % 12 for tone in tones))


def read_chords(progression: str, tonic: int, mode: str) -> tuple[Chord, ...]:
    """Return the chords of a progression such as "i VI III VII"; BadInput where one is none or there is none."""
    chords = tuple(read_chord(numeral, tonic, mode) for numeral in progression.split())
    if not chords:
        raise BadInput("a progression is empty", remedy="correct it in prompts/music.toml")
    return chords


def scale_of(chord: Chord, tonic: int, mode: str) -> tuple[int, ...]:
    """Return the pitch classes a melody may use over `chord`: the mode's, bent to the chord's foreign tones."""
    scale = {(tonic + step) % 12 for step in MODES[mode]}
    for tone in chord.tones:
        if tone not in scale:
            scale -= {(tone - 1) % 12, (tone + 1) % 12} - set(chord.tones)
            scale.add(tone)
    return tuple(sorted(scale))


def lead_voices(chords: Sequence[Chord], low: int, high: int) -> list[tuple[int, ...]]:
    """Return one voicing (rising MIDI pitches, 3 or 4 of them) a chord between `low` and `high`.

    Each has every tone of its chord; the voices move as little as possible, without running in parallel octaves or
    fifths at the outside, and the whole stays near the middle of its range.
    """
    made: list[tuple[int, ...]] = []
    middle = (low + high) / 2
    for chord in chords:
        options = _voicings(chord, low, high)
        made.append(min(options, key=lambda option: (_cost(option, made[-1] if made else None, middle), option)))
    return made


def _voicings(chord: Chord, low: int, high: int) -> list[tuple[int, ...]]:
    pitches = [pitch for pitch in range(low, high + 1) if pitch % 12 in chord.tones]
    size = max(4, len(chord.tones))
    return [
        option
        for option in combinations(pitches, size)
        if {pitch % 12 for pitch in option} == set(chord.tones)
        and all(2 < above - below <= 9 for below, above in pairwise(option))
    ] or [tuple(pitches[:size])]


def _cost(option: tuple[int, ...], before: tuple[int, ...] | None, middle: float) -> float:
    centre = abs(sum(option) / len(option) - middle)
    if before is None:
        return centre
    moves = [new - old for new, old in zip(option, before, strict=True)]
    cost = sum(abs(move) for move in moves) + 0.35 * centre + 0.5 * max(0, abs(moves[-1]) - 4)
    width, was = option[-1] - option[0], before[-1] - before[0]
    if width % 12 in (0, 7) and width % 12 == was % 12 and moves[0] and moves[-1]:
        cost += 4
    return cost
