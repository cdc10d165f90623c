"""Melody: a motif of one or two bars, carried over the chords, varied, answered and led home."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.engines.animatic.compose.brief import Brief
from core.engines.animatic.compose.form import Form, Section, Span
from core.engines.animatic.compose.harmony import scale_of
from core.film.errors import BadInput

# Lowest and highest MIDI pitch of the melody by instrument.
REGISTERS: dict[str, tuple[int, int]] = {
    "piano": (64, 86),
    "strings": (60, 81),
    "flute": (67, 88),
    "guitar": (57, 77),
    "bell": (72, 91),
    "harp": (64, 86),
}
_WIDEST = 9  # semitones between neighbours; a wider leap is folded back by an octave
_SHAPES = {"arch": (1, 1, -1, -1), "fall": (-1, -1, 1, -1), "rise": (1, -1, 1, 1), "wave": (1, -1, -1, 1)}


class Tone(msgspec.Struct, frozen=True):
    """A melody note; `start` and `beats` in beats, `pitch` in MIDI, `weight` 0..1 is its stress."""

    start: float
    beats: float
    pitch: int
    weight: float


class Motif(msgspec.Struct, frozen=True):
    """One bar: (place in the bar, length, scale steps above the bar's first note) for each note."""

    notes: tuple[tuple[float, float, int], ...]

    def turned(self) -> Motif:
        """Return the motif upside down."""
        return Motif(tuple((at, beats, -step) for at, beats, step in self.notes))


def _motif(rhythm: Sequence[float], rng: random.Random) -> Motif:
    shape = _SHAPES[rng.choice(sorted(_SHAPES))]
    at, step, notes = 0.0, 0, []
    for index, length in enumerate(rhythm):
        if length > 0:
            notes.append((at, float(length), step))
            leap = rng.choices((1, 2, 3), (0.68, 0.22, 0.1))[0]
            step += shape[index % len(shape)] * leap
        at += abs(length)
    return Motif(tuple(notes))


def _answer(motif: Motif, meter: int, rng: random.Random) -> Motif:
    """Return a bar that comes to rest: the motif's beginning, then one long note."""
    head = [note for note in motif.notes if note[0] + note[1] <= meter / 2][:3]
    at = head[-1][0] + head[-1][1] if head else 0.0
    last = head[-1][2] if head else 0
    return Motif((*head, (at, meter - at, last + rng.choice((-1, 1)))))


def write_melody(brief: Brief, form: Form, rng: random.Random, table: Mapping[str, Any]) -> list[Tone]:
    """Return the melody of the whole piece, in order, the last note on the tonic at the end.

    Notes on the beat belong to the chord; the others to the scale around it. Raises BadInput where music.toml has
    no rhythm for the metre.
    """
    try:
        kinds = table["rhythms"][str(brief.meter)]
        # A fast pulse needs fewer notes a beat for the same liveliness.
        pace = brief.energy + (0.15 if brief.bpm < 80 else -0.2 if brief.bpm > 125 else 0.0)
        rhythms = kinds["calm" if pace < 0.4 else "moving" if pace < 0.72 else "lively"]
        first, second = (rng.choice(rhythms) for _ in range(2))
    except (KeyError, IndexError) as error:
        raise BadInput(f"prompts/music.toml lacks rhythms: {error}", remedy="correct it") from error
    motifs = (_motif(first, rng), _motif(second, rng))
    singer = _Singer(brief, form.spans, rng)
    for section in form.sections:
        if section.name == "end":
            singer.close(section, form.clock.end)
        elif section.name != "intro":
            singer.sing(section, motifs, brief.meter)
    return singer.tones


class _Singer:
    """Writes bar after bar, remembering where the voice is."""

    def __init__(self, brief: Brief, spans: Sequence[Span], rng: random.Random) -> None:
        self.tones: list[Tone] = []
        self._brief, self._spans, self._rng = brief, spans, rng
        self._low, self._high = REGISTERS[brief.lead]
        self._at = (self._low + self._high) // 2 - 2

    def sing(self, section: Section, motifs: tuple[Motif, Motif], meter: int) -> None:
        """Write a phrase: motif, answer or motif, second motif, long note; B is higher and upside down."""
        bars = section.beats // meter
        theme, other = motifs
        lift = section.name == "B"
        if lift:
            theme, other = other.turned(), theme.turned()
        middle = (self._low + self._high) / 2 + (3 if lift else -2)
        for bar in range(bars):
            closes = bar % 4 == 3 or bar == bars - 1
            motif = _answer(theme, meter, self._rng) if closes else other if bar % 4 == 2 else theme
            start = section.start + bar * meter
            varied = section.name in ("A'", "A''") and not closes and bar % 2 == 1
            self._bar(start, motif, middle, ornament=varied, stress=section.fullness)

    def close(self, section: Section, end: float) -> None:
        """Walk down to the tonic in long notes, the last one held."""
        self._at = min(self._at, (self._low + self._high) // 2 + 4)
        if section.beats:
            step = 1.0 if section.beats <= 4 else 2.0
            count = min(4, int(section.beats / step))
            begin = end - count * step
            for index in range(count):
                at = begin + index * step
                tones = self._chord_pitches(at)
                below = [pitch for pitch in tones if pitch <= self._at - (1 if index else 0)]
                self._add(at, step, below[-1] if below else tones[0], 0.6)
        home = [pitch for pitch in range(self._low, self._high + 1) if pitch % 12 == self._brief.tonic]
        self._add(end, 4.0, min(home, key=lambda pitch: (abs(pitch - self._at), pitch)), 0.7)

    def _bar(self, start: float, motif: Motif, middle: float, *, ornament: bool, stress: float) -> None:
        anchor: int | None = None
        for index, (at, beats, step) in enumerate(motif.notes):
            place = start + at
            ladder = self._ladder(place)
            tones = self._chord_pitches(place)
            if anchor is None:
                anchor = min(tones, key=lambda pitch: (abs(pitch - (0.6 * self._at + 0.4 * middle)), pitch))
                pitch = anchor
            else:
                base = min(range(len(ladder)), key=lambda i: (abs(ladder[i] - (anchor or 0)), i))
                pitch = ladder[min(len(ladder) - 1, max(0, base + step))]
            if beats >= 1 or at == int(at):
                pitch = min(tones, key=lambda tone: (abs(tone - pitch), abs(tone - self._at), tone))
            weight = stress * (1.0 if at == 0 else 0.85 if at == int(at) else 0.72)
            if ornament and beats >= 1.5 and index:
                neighbour = next((rung for rung in ladder if rung > pitch), pitch)
                self._add(place, 0.5, neighbour, weight)
                self._add(place + 0.5, beats - 0.5, pitch, weight * 0.85)
            else:
                self._add(place, beats, pitch, weight)

    def _add(self, start: float, beats: float, pitch: int, weight: float) -> None:
        while pitch - self._at > _WIDEST and pitch - 12 >= self._low:
            pitch -= 12
        while self._at - pitch > _WIDEST and pitch + 12 <= self._high:
            pitch += 12
        self.tones.append(Tone(start, beats, pitch, weight))
        self._at = pitch

    def _span(self, at: float) -> Span:
        return next(span for span in reversed(self._spans) if span.start <= at + 1e-6)

    def _chord_pitches(self, at: float) -> list[int]:
        tones = self._span(at).chord.tones[:3]
        return [pitch for pitch in range(self._low, self._high + 1) if pitch % 12 in tones]

    def _ladder(self, at: float) -> list[int]:
        scale = scale_of(self._span(at).chord, self._brief.tonic, self._brief.mode)
        return [pitch for pitch in range(self._low, self._high + 1) if pitch % 12 in scale]
