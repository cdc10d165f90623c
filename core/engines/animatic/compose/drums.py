"""Drums: one pattern a kit, fuller as the piece grows, with a turn before a new part."""

from __future__ import annotations

import random

import msgspec

from core.engines.animatic.compose.brief import Brief
from core.engines.animatic.compose.form import Form, Section

# Places in a bar of four, in beats, and how loud (0..1). Three beats a bar use those below 3.
_PATTERNS: dict[str, dict[str, tuple[tuple[float, float], ...]]] = {
    "brushes": {
        "kick": ((0, 0.5), (2.5, 0.35)),
        "brush": ((1, 0.55), (3, 0.6)),
        "shaker": ((0, 0.3), (0.5, 0.2), (1, 0.3), (1.5, 0.2), (2, 0.3), (2.5, 0.2), (3, 0.3), (3.5, 0.24)),
    },
    "beat": {
        "kick": ((0, 0.85), (1.5, 0.45), (2, 0.75)),
        "snare": ((1, 0.7), (3, 0.75)),
        "hat": ((0, 0.4), (0.5, 0.28), (1, 0.4), (1.5, 0.28), (2, 0.4), (2.5, 0.28), (3, 0.4), (3.5, 0.34)),
    },
    "pulse": {
        "kick": ((0, 0.8), (1, 0.6), (2, 0.75), (3, 0.6)),
        "hat": ((0.5, 0.4), (1.5, 0.4), (2.5, 0.4), (3.5, 0.4), (3.75, 0.25)),
        "snare": ((1, 0.3), (3, 0.5)),
    },
    "taiko": {
        "tom": ((0, 0.95), (1.5, 0.55), (2, 0.7), (3, 0.5), (3.5, 0.6)),
        "kick": ((0, 0.8), (2, 0.6)),
        "shaker": ((0, 0.25), (1, 0.25), (2, 0.25), (3, 0.25)),
    },
}
_TURNS: dict[str, str] = {"brushes": "brush", "beat": "snare", "pulse": "snare", "taiko": "tom"}
_SHY = ("shaker", "hat", "tom")  # what begins before the rest of the kit


class Hit(msgspec.Struct, frozen=True):
    """One stroke; `beat` counted from the beginning of the piece."""

    drum: str
    beat: float
    loudness: float


def write_drums(brief: Brief, form: Form, rng: random.Random) -> list[Hit]:
    """Return every stroke of the piece, none for a brief without drums."""
    if brief.drums == "none":
        return []
    hits: list[Hit] = []
    parts = [section for section in form.sections if section.name not in ("intro", "end")]
    for index, section in enumerate(parts):
        quiet = section.fullness < 0.6
        if quiet and brief.energy < 0.55 and len(parts) > 1:
            continue
        hits += _part(brief, section, quiet=quiet, turn=index + 1 < len(parts))
    if parts and hits:
        end = form.clock.end
        hits.append(Hit("tom" if brief.drums == "taiko" else "kick", end, 0.7))
        peak = next((part.start for part in parts if part.name == "B"), form.sections[-1].start)
        hits.append(Hit("swell", max(0.0, peak - 2.0), 0.35 + 0.1 * rng.random()))
    return hits


def _part(brief: Brief, section: Section, *, quiet: bool, turn: bool) -> list[Hit]:
    pattern = _PATTERNS[brief.drums]
    bars = section.beats // brief.meter
    made: list[Hit] = []
    for bar in range(bars):
        start = section.start + bar * brief.meter
        turning = turn and bar == bars - 1
        for drum, places in pattern.items():
            if quiet and drum not in _SHY:
                continue
            made += [
                Hit(drum, start + at, loudness * (0.6 + 0.4 * section.fullness))
                for at, loudness in places
                if at < brief.meter - (1 if turning and drum == _TURNS[brief.drums] else 0)
            ]
        if turning and not quiet:
            last = start + brief.meter - 1
            made += [Hit(_TURNS[brief.drums], last + i / 4, 0.3 + 0.13 * i) for i in range(4)]
    return made
