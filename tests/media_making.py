"""Synthetic clips and sounds for the tests of core.media, and the finished file read back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from core.film.language import Language
from core.film.plan import Transition
from core.film.requests import MixRequest, MixShot
from core.media.frames import ClipWriter
from core.media.sound import write_wav

RATE = 48_000
Sound = NDArray[np.float32]


def clip(path: Path, grays: Sequence[int], *, fps: int = 16, size: tuple[int, int] = (64, 36)) -> Path:
    """Write a clip whose frame i is the flat gray `grays[i]`."""
    width, height = size
    with ClipWriter(path, width, height, fps) as writer:
        for gray in grays:
            writer.write(np.full((height, width, 3), gray, np.uint8))
    return path


def noise(seconds: float, level: float, *, seed: int = 0, rate: int = RATE) -> Sound:
    """White noise of RMS `level`, mono."""
    rng = np.random.default_rng(seed)
    return (rng.normal(size=round(seconds * rate)) * level).astype(np.float32)


def tone(seconds: float, level: float, *, hertz: float = 220.0, rate: int = RATE) -> Sound:
    """A sine of amplitude `level`, stereo."""
    at = np.arange(round(seconds * rate)) / rate
    return np.repeat((level * np.sin(2 * np.pi * hertz * at)).astype(np.float32)[:, None], 2, axis=1)


def speech(seconds: float, level: float, *, seed: int = 0) -> Sound:
    """Noise above 2 kHz in four syllables a second: it has speech's gaps, and leaves a low tone measurable."""
    raw = noise(seconds, level, seed=seed)
    spectrum = np.fft.rfft(raw)
    spectrum[np.fft.rfftfreq(len(raw), 1 / RATE) < 2000] = 0
    at = np.arange(len(raw)) / RATE
    syllables = 0.5 - 0.45 * np.cos(2 * np.pi * 4 * at)
    return np.asarray(np.fft.irfft(spectrum, len(raw)) * syllables * 2, np.float32)


def heard(path: Path) -> Sound:
    """Decode the sound of `path`: (samples, channels)."""
    with av.open(str(path)) as container:
        parts = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.asarray(np.concatenate(parts, axis=1).T, np.float32)


def shot(name: str, line: str | None = None, caption: str = "", *, fade: bool = False) -> MixShot:
    """One shot of a mix request."""
    return MixShot(name, line, caption, Transition.CROSSFADE if fade else Transition.CUT)


def request(
    shots: Sequence[MixShot],
    music: str | None = None,
    *,
    language: Language = Language.FRENCH,
    burn: bool = False,
    size: tuple[int, int] = (64, 36),
    fps: int = 16,
) -> MixRequest:
    """A mix request at the size of the synthetic clips."""
    return MixRequest(tuple(shots), music, language, burn, size[0], size[1], fps)


def wav(path: Path, sound: Sound, rate: int = RATE) -> Path:
    """Write a wav and return its path."""
    write_wav(path, sound, rate)
    return path
