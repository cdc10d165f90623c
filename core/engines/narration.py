"""What every narrator shares: a line checked, trimmed, fitted to its shot, and the facts told about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.film.errors import BadInput
from core.film.requests import Fact, NarrateRequest

Samples = npt.NDArray[np.float32]

FILE = "narration.wav"
BREATH_SECONDS = 0.15  # kept free at the end of a shot, so that the next line does not begin in this one's last word
MOST_FASTER = 1.15
FADE_SECONDS = 0.010

_TRIES = 5
_QUIET = -42.0  # dB under the loudest frame: still silence
_LEAD_SECONDS, _TRAIL_SECONDS = 0.020, 0.050  # kept around the words, so that soft consonants are not cut


def check_line(request: NarrateRequest) -> None:
    """Raise BadInput where speed or length is not possible."""
    if not (math.isfinite(request.speed) and request.speed > 0):
        raise BadInput(f"a speaking speed of {request.speed} is not possible", remedy="use 0.5 to 2.0")
    if not (math.isfinite(request.fit_seconds) and request.fit_seconds > 0):
        raise BadInput(f"a line cannot fit into {request.fit_seconds} seconds")


def no_words() -> BadInput:
    """Return the error of a line without a word in it."""
    return BadInput(
        "the shot's narration line holds no word to speak",
        remedy="write a line for this shot in vo_script_per_shot, or turn the voice off",
    )


@dataclass(frozen=True)
class Fitted:
    """Trimmed speech, its pace in the voice's own steps, and the seconds it took before it was made faster."""

    sound: Samples
    pace: int
    natural: float


def fit(
    say: Callable[[int], Samples], *, pace: int, fastest: int, rate: int, fit_seconds: float, step: int = 1
) -> Fitted:
    """Return the speech at `pace`, or faster, up to `fastest`, where it is longer than `fit_seconds` less a breath.

    `say` speaks at a pace in whole steps of the voice's own (words a minute, thousandths of its natural speed) and
    gives trimmed samples at `rate`. A voice's lengths do not shrink quite in proportion, so every try goes at least
    `step` further.
    """
    room = fit_seconds - BREATH_SECONDS
    sound = say(pace)
    natural = len(sound) / rate
    for _ in range(_TRIES):
        seconds = len(sound) / rate
        if seconds <= room or pace >= fastest:
            break
        needed = math.ceil(pace * seconds / room) if room > 0 else fastest
        pace = min(fastest, max(needed, pace + step))
        sound = say(pace)
    return Fitted(sound, pace, natural)


def spoken_facts(seconds: float, speed: float, fit_seconds: float) -> dict[str, Fact]:
    """Return the facts every narrator tells: `seconds` of the file, `speed` after fitting, `overrun_seconds` by which
    it is longer than `fit_seconds` (0.0 where it fits)."""
    return {
        "seconds": round(seconds, 3),
        "speed": round(speed, 3),
        "overrun_seconds": round(max(0.0, seconds - fit_seconds), 3),
        "fit_seconds": fit_seconds,
    }


def trim(sound: Samples, rate: int) -> Samples:
    """Return `sound` (samples,) without its leading and trailing silence; empty where all of it is silence."""
    frame = rate // 200
    count = -(-len(sound) // frame)
    if count == 0:
        return sound
    padded = np.zeros(count * frame, np.float32)
    padded[: len(sound)] = sound
    level = np.sqrt(np.mean(padded.reshape(count, frame) ** 2, axis=1))
    loud = np.flatnonzero(level > max(1e-4, float(level.max()) * 10 ** (_QUIET / 20)))
    if not len(loud):
        return sound[:0]
    start = max(0, int(loud[0]) * frame - int(_LEAD_SECONDS * rate))
    end = min(len(sound), (int(loud[-1]) + 1) * frame + int(_TRAIL_SECONDS * rate))
    return sound[start:end]


def fade(sound: Samples, rate: int) -> Samples:
    """Return `sound` with raised-cosine fades of FADE_SECONDS at both ends."""
    count = min(int(FADE_SECONDS * rate), len(sound) // 2)
    ramp = (0.5 - 0.5 * np.cos(np.pi * np.arange(count) / max(1, count))).astype(np.float32)
    made = sound.copy()
    made[:count] *= ramp
    if count:
        made[-count:] *= ramp[::-1]
    return made
