"""The stage: plays a score into a stereo mix, every voice at its place, its level and its distance."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np

from core.engines.animatic.compose.kit import stroke
from core.engines.animatic.compose.room import finish, reverberate
from core.engines.animatic.compose.score import Note, Score
from core.engines.animatic.compose.tones import (
    RATE,
    Wave,
    bass,
    bell,
    bowed,
    flute,
    pad,
    piano,
    plucked,
    release,
)
from core.film.errors import EngineTrouble

Tick = Callable[[float], None]

_RING = {"piano": 5.5, "guitar": 4.0, "harp": 4.5, "bell": 4.5}  # seconds the decaying voices are kept for
_DAMP = {"piano": 0.22, "guitar": 0.25, "harp": 0.6, "bell": 0.9}  # seconds they fade for when let go


class Place(msgspec.Struct, frozen=True):
    """Where a part sits: linear gain, 0 (left) .. 1 (right), spread by pitch, and how much goes to the room."""

    gain: float
    side: float
    spread: float
    send: float


_PLACES: dict[str, Place] = {
    "piano:lead": Place(1.00, 0.54, 0.10, 0.26),
    "piano:figure": Place(0.50, 0.42, 0.22, 0.24),
    "guitar:lead": Place(1.15, 0.56, 0.08, 0.24),
    "guitar:figure": Place(0.62, 0.34, 0.14, 0.22),
    "harp:lead": Place(1.50, 0.52, 0.16, 0.34),
    "harp:figure": Place(0.62, 0.64, 0.24, 0.32),
    "harp:colour": Place(0.70, 0.70, 0.10, 0.50),
    "bell:lead": Place(0.70, 0.52, 0.14, 0.42),
    "bell:colour": Place(0.42, 0.66, 0.20, 0.55),
    "flute:lead": Place(0.52, 0.48, 0.06, 0.36),
    "flute:double": Place(0.34, 0.60, 0.06, 0.40),
    "strings:lead": Place(0.60, 0.46, 0.06, 0.36),
    "strings:double": Place(0.36, 0.60, 0.06, 0.40),
    "strings:bed": Place(0.24, 0.50, 0.0, 0.34),
    "pad:bed": Place(0.12, 0.50, 0.0, 0.26),
    "bass": Place(0.40, 0.50, 0.0, 0.03),
    "drum:kick": Place(0.70, 0.50, 0.0, 0.05),
    "drum:tom": Place(0.55, 0.44, 0.0, 0.30),
    "drum:snare": Place(0.85, 0.53, 0.0, 0.18),
    "drum:brush": Place(0.90, 0.55, 0.0, 0.18),
    "drum:hat": Place(0.70, 0.64, 0.0, 0.10),
    "drum:shaker": Place(0.90, 0.30, 0.0, 0.14),
    "drum:swell": Place(0.95, 0.58, 0.0, 0.30),
}


def perform(score: Score, samples: int, tick: Tick) -> Wave:
    """Return the finished piece as (samples, 2) at RATE, -1..1. `tick` hears the fraction done and may raise."""
    mix, send = np.zeros((samples, 2), np.float32), np.zeros(samples, np.float32)
    players = _Players()
    for number, note in enumerate(score.notes):
        place = _PLACES.get(note.voice)
        if place is None:
            raise EngineTrouble(f"no place for {note.voice!r}", remedy="report this; score and stage disagree")
        _put(mix, send, players.sound(note), note, place)
        if number % 8 == 0:
            tick(0.75 * number / len(score.notes))
    del players
    reverberate(mix, send, lambda done: tick(0.75 + 0.2 * done))
    held = score.form.seconds - score.form.last_chord_at
    finish(mix, max(0.62 * held, min(0.85 * held, 0.9)))
    return mix


def _put(mix: Wave, send: Wave, sound: Wave, note: Note, place: Place) -> None:
    start = min(len(mix), int(note.start * RATE))
    sound = sound[: len(mix) - start]
    stop = start + len(sound)
    gain = np.float32(place.gain * note.loudness)
    if sound.ndim == 2:
        mix[start:stop] += gain * sound
        send[start:stop] += np.float32(0.5) * gain * np.float32(place.send) * (sound[:, 0] + sound[:, 1])
        return
    side = min(0.95, max(0.05, place.side + place.spread * (note.pitch - 64) / 24))
    mix[start:stop, 0] += gain * np.float32(np.cos(side * np.pi / 2)) * sound
    mix[start:stop, 1] += gain * np.float32(np.sin(side * np.pi / 2)) * sound
    send[start:stop] += gain * np.float32(place.send) * sound


class _Players:
    """Makes sounds; those that only ring out are made once a pitch and then cut to length."""

    def __init__(self) -> None:
        self._rung: dict[tuple[str, int, bool], Wave] = {}

    def sound(self, note: Note) -> Wave:
        voice = note.voice.partition(":")[0]
        if voice == "drum":
            return self._ring(note.voice, 60, False)
        if voice in _RING:
            hard = voice == "piano" and note.loudness > 0.6
            whole = self._ring(voice, note.pitch, hard)
            cut = whole[: int((note.seconds + _DAMP[voice]) * RATE)].copy()
            return release(cut, _DAMP[voice])
        if voice == "pad":
            # Held a little into the next chord, so that one melts into the other.
            return pad(note.pitch, note.seconds + 0.5, note.loudness)
        if voice == "strings":
            players = 1 if note.voice == "strings:lead" else 3
            return bowed(note.pitch, note.seconds + (0.08 if players == 1 else 0.25), note.loudness, players=players)
        if voice == "flute":
            return flute(note.pitch, note.seconds + 0.06, note.loudness)
        return bass(note.pitch, note.seconds + 0.05)

    def _ring(self, voice: str, pitch: int, hard: bool) -> Wave:
        key = (voice, pitch, hard)
        if key not in self._rung:
            self._rung[key] = _rung(voice, pitch, hard)
        return self._rung[key]


def _rung(voice: str, pitch: int, hard: bool) -> Wave:
    seconds = _RING.get(voice, 0.0)
    if voice == "piano":
        return piano(pitch, seconds, hard)
    if voice == "guitar":
        return plucked(pitch, seconds, softness=0.55, lasting=2.8 * 2 ** (-(pitch - 52) / 26))
    if voice == "harp":
        return plucked(pitch, seconds, softness=0.85, lasting=4.0 * 2 ** (-(pitch - 52) / 26))
    if voice == "bell":
        return bell(pitch, seconds)
    return stroke(voice.partition(":")[2])
