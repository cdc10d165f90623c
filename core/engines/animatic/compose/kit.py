"""The drum kit: each stroke from noise and falling sines."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.engines.animatic.compose.tones import RATE, Wave, attack, band, noise, release
from core.film.errors import EngineTrouble


def _times(seconds: float) -> Wave:
    return np.arange(int(seconds * RATE), dtype=np.float32) / np.float32(RATE)


def _drop(start: float, end: float, fall: float, t: Wave) -> Wave:
    """A sine that falls from `start` to `end` hertz with the time constant `fall` in seconds."""
    turns = end * t + (start - end) * fall * (1 - np.exp(-t / fall))
    return np.asarray(np.sin(2 * np.pi * turns), dtype=np.float32)


def _kick() -> Wave:
    t = _times(0.5)
    made = _drop(150, 48, 0.035, t) * np.exp(-t * 8) + 0.15 * band(noise(len(t), 11), 800, 3500) * np.exp(-t * 160)
    return np.asarray(made * np.float32(0.9), dtype=np.float32)


def _tom() -> Wave:
    t = _times(1.4)
    skin = _drop(112, 68, 0.06, t) * np.exp(-t * 4.2) + 0.35 * _drop(190, 122, 0.04, t) * np.exp(-t * 9)
    return np.asarray((skin + 0.25 * band(noise(len(t), 12), 200, 1800) * np.exp(-t * 45)) * 0.8, dtype=np.float32)


def _snare() -> Wave:
    t = _times(0.4)
    wires = band(noise(len(t), 13), 900, 7500) * np.exp(-t * 17)
    return np.asarray((0.8 * wires + 0.5 * _drop(230, 180, 0.02, t) * np.exp(-t * 24)) * 0.6, dtype=np.float32)


def _brush() -> Wave:
    t = _times(0.45)
    sweep = np.minimum(t / 0.02, 1.0) * np.exp(-t * 13)
    return np.asarray(band(noise(len(t), 14), 1500, 6500) * sweep * 0.6, dtype=np.float32)


def _hat() -> Wave:
    t = _times(0.12)
    return np.asarray(band(noise(len(t), 15), 6500, 13000) * np.exp(-t * 55) * 0.6, dtype=np.float32)


def _shaker() -> Wave:
    t = _times(0.16)
    grain = np.minimum(t / 0.03, 1.0) * np.exp(-np.maximum(t - 0.03, 0) * 38)
    return np.asarray(band(noise(len(t), 16), 4500, 9500) * grain * 0.55, dtype=np.float32)


def _swell() -> Wave:
    t = _times(3.2)
    rise = np.where(t < 1.2, (t / 1.2) ** 2.5, np.exp(-(t - 1.2) * 1.9))
    return np.asarray(band(noise(len(t), 17), 3000, 9000) * rise.astype(np.float32) * 0.3, dtype=np.float32)


_DRUMS: dict[str, Callable[[], Wave]] = {
    "kick": _kick,
    "tom": _tom,
    "snare": _snare,
    "brush": _brush,
    "hat": _hat,
    "shaker": _shaker,
    "swell": _swell,
}


def stroke(drum: str) -> Wave:
    """Return one stroke (samples,) at RATE at full loudness; EngineTrouble for a drum the kit has not."""
    if drum not in _DRUMS:
        raise EngineTrouble(f"the kit has no {drum!r}", remedy="report this; the score and the kit disagree")
    made = np.asarray(_DRUMS[drum](), dtype=np.float32)
    made -= np.float32(made.mean())
    return release(attack(made, 0.0015), 0.05)
