"""Makes what a model composed into the music of a reel: 48 kHz, stereo, exactly as long, never clipping."""

from __future__ import annotations

import av
import numpy as np
from numpy.typing import NDArray

from core.film.errors import EngineTrouble
from core.media.sound import Samples

RATE = 48_000
PEAK = float(10 ** (-2 / 20))  # -2 dBFS, as the animatic's music has: room for what the mixer does
FADE = 2.0  # seconds at the end; a quarter of shorter music
_SILENT = 1e-3  # -60 dBFS
_MISSING = 1.0  # seconds; a model's own grid of lengths is far finer (ACE-Step 1.5: 25 a second)


def fitted(sound: Samples, rate: int, seconds: float) -> Samples:
    """Return `sound`, (samples, channels) at `rate` Hz, as (round(seconds * RATE), 2): cut with a fade at the end, what
    little may be missing silent, its loudest sample at PEAK.

    Raises EngineTrouble where it is silent, not numbers, or more than a second short: that is no music for this reel.
    """
    if not np.isfinite(sound).all():
        raise EngineTrouble("the composer's model gave no sound, only values that are not numbers", remedy="resume")
    wanted = round(seconds * RATE)
    piece = _resampled(_stereo(sound), rate)[:wanted]
    if wanted - len(piece) > _MISSING * RATE:
        text = f"the composer's model made {len(piece) / RATE:.1f} of {seconds:.1f} seconds of music"
        raise EngineTrouble(text, remedy="resume, or choose another composer in the settings")
    loudest = float(np.abs(piece).max(initial=0.0))
    if loudest < _SILENT:
        raise EngineTrouble("the composer's model made silence", remedy="resume, or say more in the plan's music_style")
    piece = piece * _fade(len(piece), seconds)[:, None]
    loudest = float(np.abs(piece).max(initial=0.0))
    whole = np.zeros((wanted, 2), np.float32)
    whole[: len(piece)] = piece * (PEAK / max(loudest, _SILENT))
    return whole


def _stereo(sound: Samples) -> Samples:
    frames = sound[:, None] if sound.ndim == 1 else sound
    return np.repeat(frames, 2, axis=1) if frames.shape[1] == 1 else frames[:, :2]


def _resampled(sound: Samples, rate: int) -> Samples:
    if rate == RATE:
        return sound
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.T, dtype=np.float32), format="fltp", layout="stereo")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
    parts = [part.to_ndarray() for one in (frame, None) for part in resampler.resample(one)]
    return np.concatenate(parts, axis=1).T.astype(np.float32)


def _fade(samples: int, seconds: float) -> NDArray[np.float32]:
    """Return 1.0 falling to 0.0 along half a cosine at the end."""
    length = min(samples, round(min(FADE, seconds / 4) * RATE))
    curve = np.ones(samples, np.float32)
    if length:
        curve[-length:] = 0.5 + 0.5 * np.cos(np.linspace(0.0, np.pi, length))
    return curve
