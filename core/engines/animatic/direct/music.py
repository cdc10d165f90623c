"""Writes the music brief: feeling, instruments, key, tempo, rhythm, in the words the composer reads."""

from __future__ import annotations

from core.engines.animatic.direct.choice import pick
from core.engines.animatic.direct.sentence import Told
from core.engines.animatic.direct.words import DirectorWords
from core.pipeline.fingerprint import derive_seed


def write_brief(told: Told, words: DirectorWords, seed: int) -> str:
    """Return the brief, such as "solo cello with warm pad, A minor, 68 BPM, tender and melancholic, no drums"."""
    mood = words.music.mood[told.scene.mood]
    lead = words.music.instrument.get(told.activity) or pick(mood.lead, seed, "lead")
    colours = words.music.culture.get(told.culture)
    colour = f", touches of {pick(colours, seed, 'colour')}" if colours else ""
    low, high = mood.tempo
    tempo = low + derive_seed(seed, "tempo") % (high - low + 1)
    return (
        f"{lead} with {pick(mood.bed, seed, 'bed')}{colour}, {pick(mood.key, seed, 'key')}, {tempo} BPM, "
        f"{pick(mood.feel, seed, 'feel')}, {pick(mood.rhythm, seed, 'rhythm')}"
    )
