"""The form of a piece: sections, one chord after the other, and a tempo that lands the last one in time."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

import msgspec

from core.engines.animatic.compose.brief import Brief
from core.engines.animatic.compose.harmony import Chord, is_bright, read_chords
from core.film.errors import BadInput

# How loud and full each part is, 0..1.
_FULLNESS = {"intro": 0.35, "A": 0.55, "A'": 0.7, "B": 0.95, "A''": 0.85, "end": 0.5}
# Parts by how many phrases fit.
_PLANS: dict[int, tuple[str, ...]] = {
    0: (),
    1: ("A",),
    2: ("A", "B"),
    3: ("A", "A'", "B"),
    4: ("A", "A'", "B", "A''"),
    5: ("A", "A'", "B", "B", "A''"),
    6: ("A", "A'", "B", "A", "B", "A''"),
    7: ("A", "A'", "B", "A", "A'", "B", "A''"),
}


class Section(msgspec.Struct, frozen=True):
    """A part of the piece; `start` and `beats` in beats."""

    name: str
    start: int
    beats: int
    fullness: float


class Span(msgspec.Struct, frozen=True):
    """One chord and how long it sounds, in beats; `section` is an index."""

    chord: Chord
    start: float
    beats: float
    section: int


class Clock(msgspec.Struct, frozen=True):
    """Beats to seconds: an even pulse that slows down over the last beats before `end`."""

    beat: float
    slow_from: float
    end: float
    extra: float

    def at(self, beats: float) -> float:
        """Return the seconds from the beginning to a place counted in beats."""
        late = min(1.0, max(0.0, (beats - self.slow_from) / max(1e-9, self.end - self.slow_from)))
        return beats * self.beat + self.extra * late * late


class Form(msgspec.Struct, frozen=True):
    """A piece without notes. The last span is the tonic; it begins at `clock.end` and is held until `seconds`."""

    seconds: float
    sections: tuple[Section, ...]
    spans: tuple[Span, ...]
    clock: Clock

    @property
    def last_chord_at(self) -> float:
        """Seconds at which the last chord begins."""
        return self.clock.at(self.clock.end)


def plan_form(brief: Brief, seconds: float, rng: random.Random, table: Mapping[str, Any]) -> Form:
    """Return the form of a piece of exactly `seconds`; BadInput where the mood's chords cannot be read."""
    beat = 60.0 / brief.bpm
    least_hold = min(2.6, max(0.8, 0.22 * seconds))
    beats = max(0, math.floor((seconds - least_hold) / beat))
    if beats >= 2 * brief.meter:
        beats -= beats % brief.meter
    spare = seconds - least_hold - beats * beat
    slow = min(float(brief.meter), beats / 2)
    # A ritardando takes part of what is left over, the held chord the rest.
    extra = min(0.45 * spare, 0.4 * slow * beat)
    clock = Clock(beat=beat, slow_from=beats - slow, end=float(beats), extra=extra)
    sections = _sections(beats, brief.meter)
    spans = _spans(brief, sections, rng, table, beats)
    return Form(seconds, sections, spans, clock)


def _sections(beats: int, meter: int) -> tuple[Section, ...]:
    bars = beats // meter
    if bars < 3:
        return (Section("end", 0, beats, _FULLNESS["A'"]),)
    # Three beats a bar go by faster, so their phrases have more bars.
    phrase = 2 if bars < (14 if meter == 4 else 8) else 4 if bars < 44 else 8
    end = max(1, phrase // 2)
    intro = phrase // 2 if bars >= 6 else 0
    count, left = divmod(bars - intro - end, phrase)
    names = _plan(count)
    lengths = [phrase] * count
    if count and 2 * left >= phrase:
        # Most of a phrase is left over: one shorter phrase more, before the last one.
        names = (*names[:-1], "A'", names[-1])
        lengths.insert(count - 1, left)
    else:
        intro += left
    parts = [("intro", intro), *zip(names, lengths, strict=True), ("end", end)]
    made: list[Section] = []
    at = 0
    for name, length in parts:
        if length:
            made.append(Section(name, at * meter, length * meter, _FULLNESS[name]))
            at += length
    return tuple(made)


def _plan(count: int) -> tuple[str, ...]:
    if count in _PLANS:
        return _PLANS[count]
    middle = ("A", "B", "A'", "B")
    return ("A", "A'", *(middle[i % 4] for i in range(1, count - 4)), "A'", "B", "A''")


def _spans(
    brief: Brief, sections: tuple[Section, ...], rng: random.Random, table: Mapping[str, Any], beats: int
) -> tuple[Span, ...]:
    family = "major" if is_bright(brief.mode) else "minor"
    moods = {str(mood["name"]): mood for mood in table["mood"]}
    try:
        home, lift = moods[brief.mood][family], moods[brief.lift][family]
        verse, other = rng.choice(home["verse"]), rng.choice(lift["lift"])
        cadence = rng.choice(home["end"])
    except (KeyError, IndexError, TypeError) as error:
        raise BadInput(f"prompts/music.toml lacks chords for {brief.mood!r}: {error}", remedy="correct it") from error

    def read(progression: str) -> tuple[Chord, ...]:
        return read_chords(progression, brief.tonic, brief.mode)

    spans: list[Span] = []
    for index, section in enumerate(sections):
        if section.name == "end":
            spans += _close(read(verse), read(cadence), section, index, brief.meter)
        else:
            spans += _spread(read(other if section.name == "B" else verse), section, index, brief.meter)
    tonic = read("I" if family == "major" else "i")[0]
    spans.append(Span(tonic, float(beats), math.inf, len(sections) - 1))
    return tuple(spans)


def _close(
    verse: tuple[Chord, ...], cadence: tuple[Chord, ...], section: Section, index: int, meter: int
) -> list[Span]:
    """The cadence over the last bar or two of the ending, the verse before it."""
    cadence = cadence[-max(1, section.beats // 2) :]
    beats = min(section.beats, meter * len(cadence) if section.beats >= 2 * meter else meter)
    begin = section.start + section.beats - beats
    free = section.beats - beats
    cuts = [section.start, *range(section.start + (free % meter or meter), begin, meter), begin] if free else []
    before = [Span(verse[i % len(verse)], at, cuts[i + 1] - at, index) for i, at in enumerate(cuts[:-1])]
    length = beats / len(cadence)
    last = [Span(chord, begin + i * length, length, index) for i, chord in enumerate(cadence)]
    return before + [span for span in last if span.beats > 0]


def _spread(chords: tuple[Chord, ...], section: Section, index: int, meter: int) -> list[Span]:
    """Spread chords over a part: one a bar, two a bar in a part of two bars; over again where the part is longer."""
    halved = meter % 2 == 0 and section.beats <= 2 * meter and section.name != "intro"
    length = meter / 2 if halved else float(meter)
    count = round(section.beats / length)
    return [Span(chords[i % len(chords)], section.start + i * length, length, index) for i in range(count)]
