"""The room and the master: reverberation, no rumble, soft peaks, a quiet end, a set level."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.engines.animatic.compose.tones import RATE, Wave, noise

PEAK = -2.0  # dBFS of the finished piece
_REVERB_SECONDS = 2.4
_PREDELAY = int(0.022 * RATE)
_CENTRE = 2400  # samples; half the length of the filter against rumble
_FFT = 1 << 18
_DRIVE = 0.9  # how far the peaks go into the soft knee


def _room() -> npt.NDArray[np.float32]:
    """Return an impulse response (samples, 2) of a hall of 2 s: noise whose highs die first, with early echoes."""
    count = int(_REVERB_SECONDS * RATE)
    t = np.arange(count, dtype=np.float32) / np.float32(RATE)
    made = np.zeros((count, 2), np.float32)
    f = np.fft.rfftfreq(count, 1.0 / RATE)
    for side in (0, 1):
        spectrum = np.fft.rfft(noise(count, 71 + side))
        for low, high, lasting, gain in ((120, 700, 2.0, 1.0), (700, 2600, 1.6, 0.8), (2600, 9000, 0.9, 0.45)):
            shape = 1.0 / ((1 + (low / np.maximum(f, 1e-3)) ** 4) * (1 + (f / high) ** 4))
            part = np.fft.irfft(spectrum * shape, count).astype(np.float32)
            made[:, side] += np.float32(gain) * part * np.exp(-t * np.float32(6.9 / lasting))
        made[: int(0.03 * RATE), side] *= np.linspace(0.2, 1.0, int(0.03 * RATE), dtype=np.float32)
        for place, strength in ((0.011, 9.0), (0.019, -7.0), (0.029, 6.0), (0.041, -4.5)):
            made[int((place + 0.0023 * side) * RATE), side] += strength * made[:, side].std()
    made[-4800:] *= np.linspace(1, 0, 4800, dtype=np.float32)[:, None]
    made /= np.sqrt(np.sum(made**2, axis=0))
    return made


def _rumble_filter() -> npt.NDArray[np.float32]:
    """Return a linear-phase high-pass at about 25 Hz, `_CENTRE` samples late."""
    window = np.hanning(2 * _CENTRE + 1)
    kernel = -window / window.sum()
    kernel[_CENTRE] += 1.0
    return np.asarray(kernel, dtype=np.float32)


def reverberate(dry: Wave, send: Wave, tick: Callable[[float], None]) -> None:
    """Replace `dry` (samples, 2), in place, by itself without rumble plus the room's answer to `send` (samples,).

    By overlap-add, block by block, so that memory stays small; `tick` hears the fraction done and may raise.
    """
    total = len(dry)
    room, high_pass = _room(), _rumble_filter()
    hall = np.zeros((_CENTRE + _PREDELAY + len(room), 2), np.float32)
    hall[_CENTRE + _PREDELAY :] = room
    kernels = [np.fft.rfft(hall[:, side], _FFT) for side in (0, 1)]
    straight = np.fft.rfft(high_pass, _FFT)
    block = _FFT - len(hall)
    carry = np.zeros((_FFT, 2), np.float32)
    # The filters answer _CENTRE samples late: what is final up to `start + block` belongs that much further ahead,
    # where everything has been read already; one more stretch of silence brings the last of it.
    for start in range(0, total + _CENTRE, block):
        stop = min(start + block, total)
        if stop > start:
            echo = np.fft.rfft(send[start:stop], _FFT)
            for side in (0, 1):
                both = np.fft.rfft(dry[start:stop, side], _FFT) * straight + echo * kernels[side]
                carry[:, side] += np.fft.irfft(both, _FFT)
        first, last = max(0, start - _CENTRE), min(total, start + block - _CENTRE)
        dry[first:last] = carry[first + _CENTRE - start : last + _CENTRE - start]
        carry[:-block] = carry[block:]
        carry[-block:] = 0
        tick(min(1.0, (start + block) / (total + _CENTRE)))


def finish(mix: Wave, fade_seconds: float) -> None:
    """Master `mix` (samples, 2) in place: soft knee, a quiet end, PEAK.

    The last `fade_seconds` fall to silence, which is reached 0.1 s before the end.
    """
    loudest = max(float(mix.max()), -float(mix.min()))
    if loudest > 0:
        mix *= np.float32(_DRIVE / loudest)
        np.tanh(mix, out=mix)
    quiet = min(len(mix), int(0.1 * RATE))
    fade = min(len(mix) - quiet, int(fade_seconds * RATE))
    if fade > 0:
        curve = np.cos(np.linspace(0, np.pi / 2, fade, dtype=np.float32)) ** 3
        mix[len(mix) - quiet - fade : len(mix) - quiet] *= curve[:, None]
    mix[len(mix) - quiet :] = 0
    loudest = max(float(mix.max()), -float(mix.min()))
    if loudest > 0:
        mix *= np.float32(10 ** (PEAK / 20) / loudest)
