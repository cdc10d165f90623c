"""Single tones in NumPy: struck, plucked and rung ones that only decay, and bowed, blown and held ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Wave = npt.NDArray[np.float32]

RATE = 48000  # hertz
_TABLE = 2048
_TURN = 2 * np.pi


def hertz(pitch: float) -> float:
    """Return the frequency of a MIDI pitch in equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def _times(count: int) -> Wave:
    return np.arange(count, dtype=np.float32) / np.float32(RATE)


def noise(count: int, seed: int) -> Wave:
    """Return white noise (count,), the same for the same seed."""
    return np.random.Generator(np.random.PCG64(seed)).standard_normal(count).astype(np.float32)


def band(sound: Wave, low: float, high: float) -> Wave:
    """Return `sound` with what lies outside `low`..`high` hertz rolled off at 12 dB an octave, without delay."""
    spectrum = np.fft.rfft(sound)
    f = np.maximum(np.fft.rfftfreq(len(sound), 1.0 / RATE), 1e-3)
    spectrum *= 1.0 / ((1.0 + (low / f) ** 2) * (1.0 + (f / high) ** 2))
    return np.asarray(np.fft.irfft(spectrum, len(sound)), dtype=np.float32)


def attack(sound: Wave, seconds: float) -> Wave:
    """Fade `sound` in over `seconds`, in place, and return it."""
    count = min(len(sound), max(1, int(seconds * RATE)))
    sound[:count] *= np.sin(np.linspace(0, np.pi / 2, count, endpoint=False, dtype=np.float32)) ** 2
    return sound


def release(sound: Wave, seconds: float) -> Wave:
    """Fade `sound` out over its last `seconds`, in place, and return it."""
    count = min(len(sound), max(1, int(seconds * RATE)))
    sound[-count:] *= np.cos(np.linspace(0, np.pi / 2, count, dtype=np.float32)) ** 2
    return sound


def piano(pitch: int, seconds: float, hard: bool) -> Wave:
    """A struck string: stretched partials that decay the faster the higher they are, in two stages, and a hammer.

    Inharmonicity and the double decay follow Fletcher & Rossing, The Physics of Musical Instruments, ch. 12.
    """
    f0 = hertz(pitch)
    stretch = 0.00035 * 2 ** ((pitch - 60) / 9)
    lasting = 4.2 * 2 ** (-(pitch - 48) / 20)  # seconds until the fundamental has lost 60 dB / 2
    count = int(seconds * RATE)
    made = np.zeros(count, np.float32)
    bright = (7.5 if hard else 3.2) * 2 ** (-(pitch - 60) / 30)
    for n in range(1, 19):
        f = n * f0 * np.sqrt(1 + stretch * n * n)
        if f > 12000:
            break
        strength = np.exp(-(n - 1) / bright) * (0.35 + abs(np.sin(np.pi * n / 7.6))) / n**0.5
        fall = lasting / (1 + 0.22 * (n - 1))
        length = min(count, int(1.6 * fall * RATE))
        t = _times(length)
        two = 0.62 * np.exp(-t * np.float32(6.9 / fall)) + 0.38 * np.exp(-t * np.float32(2.3 / fall))
        tail = np.float32(strength) * two * np.sin(np.float32(_TURN * f) * t + np.float32(0.7 * n))
        # The strings of one note are never quite in tune.
        tail *= 1 + np.float32(0.12) * np.sin(np.float32(_TURN * (0.35 + 0.11 * n)) * t)
        made[:length] += release(tail, 0.1)
    thud = int(0.05 * RATE)
    hammer = band(noise(thud, pitch), 150, 1500 if hard else 700) * np.exp(-_times(thud) * 110)
    made[: min(count, thud)] += (0.3 if hard else 0.22) * hammer[: min(count, thud)]
    return attack(made, 0.0025 if hard else 0.005) * np.float32(0.4)


def plucked(pitch: int, seconds: float, *, softness: float, lasting: float) -> Wave:
    """A plucked string after Karplus and Strong (1983): a burst that goes round a delay line with a mild filter.

    Whole periods are computed at once at a nearby pitch and then stretched to the exact one. `softness` 0..1 is the
    finger's flesh, `lasting` the seconds until the tone has lost 60 dB.
    """
    f0 = hertz(pitch)
    period = int(RATE / f0)
    count = int(seconds * RATE)
    turns = int(count * f0 / RATE * (1 + 1 / period)) + 3
    burst = band(noise(period * 4, 1000 + pitch), 60, 5200 * (1 - 0.75 * softness))[:period]
    burst -= burst.mean()
    # Plucked at a seventh of its length: that comb is what makes it a string.
    burst -= 0.9 * np.roll(burst, max(1, period // 7))
    loss = np.float32(10 ** (-3.0 / (lasting * f0)))
    lines = np.empty((turns, period), np.float32)
    lines[0] = burst / np.float32(np.abs(burst).max() + 1e-9)
    blend = np.float32(0.5 if f0 < 330 else 0.35)
    for i in range(1, turns):
        before = lines[i - 1]
        lines[i] = loss * ((1 - blend) * before + blend * np.roll(before, 1))
    # The filter delays by `blend` samples a turn.
    places = np.arange(count, dtype=np.float64) * (f0 * (period + float(blend)) / RATE)
    flat = lines.reshape(-1)
    left = np.minimum(places.astype(np.int64), len(flat) - 2)
    part = (places - left).astype(np.float32)
    made = flat[left] * (1 - part) + flat[left + 1] * part
    made = band(made, 30, 9000 * (1 - 0.65 * softness))
    return attack(made, 0.002) * np.float32(0.7)


def bell(pitch: int, seconds: float) -> Wave:
    """A small bell by frequency modulation after Chowning (1973), with a soft partial below it."""
    f0 = hertz(pitch)
    t = _times(int(seconds * RATE))
    index = np.float32(1.6) * np.exp(-t * 4.5)
    shine = np.sin(np.float32(_TURN * f0 * 3.51) * t) * index
    made = np.sin(np.float32(_TURN * f0) * t + shine) * np.exp(-t * 2.1)
    made += 0.45 * np.sin(np.float32(_TURN * f0 * 1.003) * t) * np.exp(-t * 1.3)
    made += 0.14 * np.sin(np.float32(_TURN * f0 * 2.756) * t) * np.exp(-t * 6.0)
    return attack(made.astype(np.float32), 0.004) * np.float32(0.4)


def _table(strengths: npt.NDArray[np.floating]) -> Wave:
    """Return one turn of a wave with these partials, at its loudest 1."""
    spectrum = np.zeros(_TABLE // 2 + 1, np.complex128)
    partials = np.arange(1, len(strengths) + 1)
    # Scattered phases keep the wave's peaks low.
    spectrum[1 : len(strengths) + 1] = strengths * np.exp(1j * partials * partials * 0.9)
    wave = np.fft.irfft(spectrum, _TABLE)
    return np.asarray(np.append(wave, wave[0]) / np.abs(wave).max(), dtype=np.float32)


def _turn(table: Wave, phase: npt.NDArray[np.float64]) -> Wave:
    """Read a table at `phase` (in turns)."""
    place = (phase - np.floor(phase)) * _TABLE
    left = place.astype(np.int32)
    part = (place - left).astype(np.float32)
    read = table[left]
    read += part * (table[left + 1] - read)
    return read


def _partials(f0: float, corner: float, slope: float, most: int) -> npt.NDArray[np.float64]:
    n = np.arange(1, max(1, min(most, int(11000 / f0))) + 1)
    return np.asarray(n**-1.0 / (1 + (n * f0 / corner) ** slope))


def pad(pitch: int, seconds: float, loudness: float) -> Wave:
    """A warm synthesiser pad (samples, 2): detuned saws through a low filter that breathes, slow at both ends."""
    f0 = hertz(pitch)
    t = np.arange(int(seconds * RATE)) / RATE
    dark = _table(_partials(f0, 420, 2.0, 24))
    open_ = _table(_partials(f0, 1500, 1.6, 32))
    breath = (0.25 + 0.3 * loudness) * (0.7 + 0.3 * np.sin(_TURN * 0.13 * t + pitch)).astype(np.float32)
    sides = []
    for side, cents in enumerate(((-5.0, 3.0), (5.5, -2.5))):
        made = np.zeros(len(t), np.float32)
        for number, cent in enumerate(cents):
            phase = t * (f0 * 2 ** (cent / 1200)) + 0.37 * number + 0.21 * side + 0.11 * pitch
            low, high = _turn(dark, phase), _turn(open_, phase)
            made += low + breath * (high - low)
        sides.append(made)
    made = np.stack(sides, axis=1)
    ramp = min(0.9, 0.35 * seconds)
    for side in (0, 1):
        attack(made[:, side], ramp)
        release(made[:, side], min(1.1, 0.4 * seconds))
    return made * np.float32(0.33)


def bowed(pitch: int, seconds: float, loudness: float, *, players: int) -> Wave:
    """Bowed strings (samples, 2): a saw through a wooden body, late vibrato, bow noise; several players spread out."""
    f0 = hertz(pitch)
    t = np.arange(int(seconds * RATE)) / RATE
    strengths = _partials(f0, 1500 + 2200 * loudness, 1.5, 40)
    f = f0 * np.arange(1, len(strengths) + 1)
    # Air and wood resonances of a violin family body, roughly (Fletcher & Rossing, ch. 10).
    for centre, width, gain in ((290, 90, 0.9), (460, 130, 0.8), (1100, 400, 0.5), (2600, 700, 0.7)):
        strengths = strengths * (1 + gain * np.exp(-(((f - centre) / width) ** 2)))
    table = _table(strengths)
    made = np.zeros((len(t), 2), np.float32)
    depth = np.minimum(1.0, np.maximum(0.0, (t - 0.18) / 0.5)) * 0.0032
    for player in range(players):
        rate = 5.1 + 0.33 * player
        bend = depth * -np.cos(_TURN * rate * t + player * 2.1) / (_TURN * rate)
        cents = (0.0, 4.0, -4.5, 7.0)[player]
        tone = _turn(table, (t + bend) * (f0 * 2 ** (cents / 1200)) + 0.31 * player)
        place = 0.5 if players == 1 else player / (players - 1)
        made[:, 0] += tone * np.float32(np.cos(place * np.pi / 2))
        made[:, 1] += tone * np.float32(np.sin(place * np.pi / 2))
    bow = band(noise(len(t), 2000 + pitch), 1200, 5000)[:, None] * np.float32(0.015)
    made += bow
    ramp = 0.07 if players == 1 else 0.22
    for side in (0, 1):
        attack(made[:, side], min(ramp, 0.4 * seconds))
        release(made[:, side], min(0.3 if players == 1 else 0.6, 0.45 * seconds))
    return made * np.float32(0.42 / players**0.6)


def flute(pitch: int, seconds: float, loudness: float) -> Wave:
    """A wooden flute: few partials, breath around the tone, a chiff at the start, vibrato that comes late."""
    f0 = hertz(pitch)
    t = np.arange(int(seconds * RATE)) / RATE
    depth = np.minimum(1.0, np.maximum(0.0, (t - 0.25) / 0.6))
    bend = 0.003 * depth * -np.cos(_TURN * 4.9 * t) / (_TURN * 4.9)
    table = _table(np.array([1.0, 0.22 + 0.25 * loudness, 0.1, 0.05, 0.02]))
    made = _turn(table, (t + bend) * f0)
    made *= (1 + 0.1 * depth * np.sin(_TURN * 4.9 * t)).astype(np.float32)
    air = band(noise(len(t), 3000 + pitch), 0.8 * f0, 2.2 * f0)
    air /= np.float32(np.abs(air).max() + 1e-9)
    made += air * (0.045 + 0.25 * np.exp(-t * 28)).astype(np.float32)
    return release(attack(made, min(0.055, 0.3 * seconds)), min(0.14, 0.45 * seconds)) * np.float32(0.4)


def bass(pitch: int, seconds: float) -> Wave:
    """A round bass: a plucked, filtered tone that closes while it sounds."""
    f0 = hertz(pitch)
    t = np.arange(int(seconds * RATE)) / RATE
    closed, opened = _table(_partials(f0, 110, 3.0, 12)), _table(_partials(f0, 420, 2.0, 20))
    low = _turn(closed, t * f0)
    made = low + (0.7 * np.exp(-t * 5.0)).astype(np.float32) * (_turn(opened, t * f0) - low)
    made *= (0.35 + 0.65 * np.exp(-t * 1.1)).astype(np.float32)
    return release(attack(made, 0.012), min(0.18, 0.4 * seconds)) * np.float32(0.6)
