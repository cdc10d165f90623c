"""Makes trimmed speech pleasant: resampled, tone-shaped, levelled and faded."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from core.engines.narration import fade

OUTPUT_RATE = 48000  # hertz
LOUDNESS = -20.0  # LUFS aimed at
CEILING = -3.0  # dBFS, no sample above

Samples = npt.NDArray[np.float32]


def _shape(hertz: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the tone curve as gain: high-pass at 75 Hz, +2 dB of warmth near 220 Hz, -3 dB of buzz near 3.4 kHz."""
    with np.errstate(divide="ignore"):
        high_pass = 1.0 / np.sqrt(1.0 + (75.0 / np.maximum(hertz, 1e-9)) ** 6)
    octaves = np.log2(np.maximum(hertz, 1.0))
    warmth = 2.0 * np.exp(-0.5 * ((octaves - np.log2(220.0)) / 0.9) ** 2)
    buzz = -3.0 * np.exp(-0.5 * ((octaves - np.log2(3400.0)) / 0.6) ** 2)
    air = -4.0 / (1.0 + np.exp(-(octaves - np.log2(7500.0)) * 6.0))
    return np.asarray(high_pass * 10 ** ((warmth + buzz + air) / 20))


def resample_and_shape(sound: Samples, rate: int) -> Samples:
    """Return `sound` (samples,) at OUTPUT_RATE with the tone curve applied, band-limited, without delay.

    Done on the whole spectrum: the new length is the exact ratio of the rates, rounded up.
    """
    step = int(np.gcd(rate, OUTPUT_RATE))
    into, out_of = OUTPUT_RATE // step, rate // step
    edge = out_of * (rate // out_of // 10)  # about 0.1 s of silence on either side takes the filter's skirts
    blocks = -(-(len(sound) + 2 * edge) // (out_of * 64)) * 64
    padded = np.zeros(blocks * out_of)
    padded[edge : edge + len(sound)] = sound
    spectrum = np.fft.rfft(padded)
    spectrum *= _shape(np.fft.rfftfreq(len(padded), 1.0 / rate))
    wide = np.zeros(blocks * into // 2 + 1, np.complex128)
    keep = min(len(spectrum), len(wide)) - 1
    wide[:keep] = spectrum[:keep]
    made = np.fft.irfft(wide, blocks * into) * (into / out_of)
    begin = edge // out_of * into
    return made[begin : begin - (-len(sound) * into // out_of)].astype(np.float32)


def _k_gain(hertz: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the power gain of ITU-R BS.1770's K weighting at 48 kHz."""
    z = np.exp(-2j * np.pi * hertz / 48000)
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    return np.asarray(np.abs(shelf * high) ** 2)


def loudness(sound: Samples) -> float:
    """Return the integrated loudness of mono `sound` at 48 kHz in LUFS (ITU-R BS.1770 gating); -70 for silence.

    Shorter than one 0.4 s block: padded with silence to one.
    """
    block, hop = 19200, 4800
    count = max(1, 1 + (len(sound) - block) // hop)
    padded = np.zeros((count - 1) * hop + block)
    padded[: min(len(sound), len(padded))] = sound[: len(padded)]
    weights = np.sqrt(_k_gain(np.fft.rfftfreq(len(padded) + block, 1.0 / 48000)))
    heard = np.fft.irfft(np.fft.rfft(padded, len(padded) + block) * weights, len(padded) + block)[: len(padded)]
    energy = np.concatenate([[0.0], np.cumsum(heard**2)])
    starts = np.arange(count) * hop
    power = (energy[starts + block] - energy[starts]) / block
    power = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not len(power):
        return -70.0
    gated = power[power > np.mean(power) * 0.1]
    return float(-0.691 + 10 * np.log10(np.mean(gated)))


def level(sound: Samples) -> Samples:
    """Return `sound` brought to LOUDNESS; peaks that would pass CEILING are rounded off, never cut square."""
    made = sound * np.float32(10 ** ((LOUDNESS - loudness(sound)) / 20))
    ceiling = 10 ** (CEILING / 20)
    knee = 0.6 * ceiling
    over = np.abs(made) - knee
    room = ceiling - knee
    bent = np.sign(made) * (knee + room * np.tanh(np.maximum(over, 0) / room))
    return np.where(over > 0, bent, made).astype(np.float32)


def polish(sound: Samples, rate: int) -> Samples:
    """Return trimmed speech (samples,) at `rate` as finished narration at OUTPUT_RATE, -1..1."""
    return fade(level(resample_and_shape(sound, rate)), OUTPUT_RATE)
