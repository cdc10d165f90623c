"""The score: every note of every part, in seconds, as pure data."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import msgspec

from core.engines.animatic.compose.brief import Brief, read_brief
from core.engines.animatic.compose.drums import write_drums
from core.engines.animatic.compose.form import Form, Section, plan_form
from core.engines.animatic.compose.harmony import lead_voices
from core.engines.animatic.compose.melody import REGISTERS, write_melody

# Broken chords as indices into bass note (0) and voices (1..4), in halves of a beat, one bar of four.
_FIGURES: tuple[tuple[int, ...], ...] = (
    (0, 2, 3, 4, 3, 2, 3, 2),
    (0, 2, 1, 3, 2, 4, 2, 3),
    (0, 1, 2, 3, 4, 3, 2, 1),
    (0, 3, 2, 4, 1, 3, 2, 3),
    (0, 2, 4, 2, 3, 2, 4, 2),
)
_FLUTTER = 0.007  # seconds a player is early or late at most


class Note(msgspec.Struct, frozen=True):
    """One note: `start` and `seconds` in seconds, `pitch` in MIDI, `loudness` 0..1.

    `voice` is an instrument, with the part after a colon where it plays two ("piano:lead"); a drum is "drum:kick".
    """

    voice: str
    start: float
    seconds: float
    pitch: int
    loudness: float


class Score(msgspec.Struct, frozen=True):
    """A whole piece. Notes are in order of their start; none sounds after `form.seconds`."""

    brief: Brief
    form: Form
    notes: tuple[Note, ...]


def write_score(text: str, seconds: float, seed: int, table: Mapping[str, Any]) -> Score:
    """Return the piece for a brief, a length and a seed; the same three give the same score everywhere.

    Raises BadInput where the data in `table` (prompts/music.toml) is broken.
    """
    rng = random.Random(f"{seed} {' '.join(text.lower().split())}")
    brief = read_brief(text, rng, table)
    form = plan_form(brief, seconds, rng, table)
    writer = _Writer(brief, form, random.Random(rng.getrandbits(64)))
    writer.bed()
    writer.bass()
    writer.figure()
    writer.melody(rng, table)
    writer.colour()
    writer.drums()
    return Score(brief, form, tuple(sorted(writer.notes, key=lambda note: (note.start, note.voice, note.pitch))))


class _Writer:
    """Writes the parts one after the other into `notes`."""

    def __init__(self, brief: Brief, form: Form, rng: random.Random) -> None:
        self.notes: list[Note] = []
        self._brief, self._form, self._rng = brief, form, rng
        self._voicings = lead_voices([span.chord for span in form.spans], 52, 74)
        self._figure = rng.choice(_FIGURES)
        self._straight = rng.random() < 0.5

    def _section(self, index: int) -> Section:
        return self._form.sections[index]

    def _add(self, voice: str, start: float, beats: float, pitch: int, loudness: float, *, loose: bool = False) -> None:
        """Add a note given in beats; a note of infinite length is held to the end."""
        begin = self._form.clock.at(start)
        end = self._form.seconds if beats == float("inf") else self._form.clock.at(start + beats)
        if loose and start > 0:
            begin += self._rng.uniform(-_FLUTTER, _FLUTTER)
            loudness *= self._rng.uniform(0.9, 1.08)
        seconds = min(end, self._form.seconds) - begin
        if seconds > 0.02:
            self.notes.append(Note(voice, max(0.0, begin), seconds, pitch, min(1.0, loudness)))

    def bed(self) -> None:
        """Held chords, one instrument from the start, the second from B on."""
        for number, voice in enumerate(self._brief.bed[:2]):
            for span, voicing in zip(self._form.spans, self._voicings, strict=True):
                section = self._section(span.section)
                if number and section.name in ("intro", "A", "A'"):
                    continue
                loudness = 0.4 + 0.35 * section.fullness
                for pitch in voicing if voice == "pad" else voicing[-3:]:
                    self._add(f"{voice}:bed", span.start, span.beats, pitch, loudness)

    def bass(self) -> None:
        """Roots, with a fifth or an octave in fuller parts; none in the intro."""
        if not self._brief.bass:
            return
        for span in self._form.spans:
            section = self._section(span.section)
            low = 28 + (span.chord.root - 28) % 12
            pitch = low if low >= 31 else low + 12
            if section.name == "intro":
                continue
            lively = self._brief.energy > 0.6 and section.fullness > 0.6
            if span.beats == float("inf") or span.beats < 2 or section.fullness < 0.6:
                self._add("bass", span.start, span.beats, pitch, 0.75)
            elif lively:
                for half in range(int(span.beats)):
                    other = pitch + (7 if half % 4 == 3 and pitch < 38 else 0)
                    self._add("bass", span.start + half, 0.92, other, 0.8 if half % 2 == 0 else 0.62, loose=True)
            else:
                long = span.beats * 0.75 if span.beats >= 3 else span.beats / 2
                self._add("bass", span.start, long, pitch, 0.78)
                other = pitch + 12 if pitch + 12 < 48 and not self._straight else pitch
                self._add("bass", span.start + long, span.beats - long, other, 0.58)

    def figure(self) -> None:
        """Broken chords: quarters in the quiet parts, eighths in the others; the last chord is rolled and held."""
        voice = self._brief.figure
        if voice is None:
            return
        for span, voicing in zip(self._form.spans, self._voicings, strict=True):
            section = self._section(span.section)
            root = 36 + (span.chord.root - 36) % 12
            pitches = (root if root >= 38 else root + 12, *voicing)
            if span.beats == float("inf"):
                for place, pitch in enumerate((*pitches[:4], pitches[4])):
                    self._roll(voice, span.start, place * 0.055, pitch)
                continue
            step = 1.0 if section.fullness < 0.5 and self._brief.energy < 0.6 else 0.5
            for count in range(int(span.beats / step)):
                at = count * step
                index = self._figure[int(at * 2) % len(self._figure)]
                if step == 1.0:
                    index = self._figure[count % len(self._figure)]
                if self._brief.meter == 3 and count == 0:
                    index = 0
                loudness = (0.3 + 0.28 * section.fullness) * (1.15 if at == 0 else 1.0 if at == int(at) else 0.85)
                # The pedal stays down until the chord changes.
                self._add(f"{voice}:figure", span.start + at, span.beats - at, pitches[index], loudness, loose=True)

    def _roll(self, voice: str, start: float, late: float, pitch: int) -> None:
        begin = self._form.clock.at(start) + late
        self.notes.append(Note(f"{voice}:figure", begin, self._form.seconds - begin, pitch, 0.46))

    def melody(self, rng: random.Random, table: Mapping[str, Any]) -> None:
        """The lead; in A'' an octave below or above joins it."""
        tones = write_melody(self._brief, self._form, rng, table)
        low, high = REGISTERS[self._brief.lead]
        second = next((voice for voice in ("strings", "flute") if voice in self._brief.bed), None)
        for tone in tones:
            last = tone.start >= self._form.clock.end
            beats = float("inf") if last else tone.beats * 0.97
            loudness = 0.5 + 0.42 * tone.weight
            self._add(f"{self._brief.lead}:lead", tone.start, beats, tone.pitch, loudness, loose=not last)
            name = self._name_at(tone.start)
            if name == "A''" and second and second != self._brief.lead and not last:
                pitch = tone.pitch - 12 if tone.pitch - 12 >= low - 12 else min(high, tone.pitch + 12)
                self._add(f"{second}:double", tone.start, beats, pitch, loudness * 0.6)

    def _name_at(self, beat: float) -> str:
        return next((s.name for s in reversed(self._form.sections) if s.start <= beat + 1e-6), "end")

    def colour(self) -> None:
        """Single high notes of the chord: at the start of a part, and every other chord of the intro and B."""
        voice = self._brief.colour
        if voice is None:
            return
        for index, span in enumerate(self._form.spans):
            section = self._section(span.section)
            opens = span.start == section.start
            if not opens and not (section.name in ("intro", "B") and index % 2 == 0) and span.beats != float("inf"):
                continue
            tone = span.chord.root if span.beats == float("inf") else self._rng.choice(span.chord.tones[:3])
            pitch = 79 + (tone - 79) % 12
            late = 0.0 if opens or span.beats < 2 or span.beats == float("inf") else span.beats / 2
            self._add(f"{voice}:colour", span.start + late, float("inf") if late == 0 else 4.0, pitch, 0.5)

    def drums(self) -> None:
        """The kit's pattern, from the first A of a lively piece, else from A' on; it rests at the end."""
        for hit in write_drums(self._brief, self._form, self._rng):
            self._add(f"drum:{hit.drum}", hit.beat, 2.0, 60, hit.loudness, loose=True)
