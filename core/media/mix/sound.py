"""The sound of the reel: lines placed, music ducked, loudness brought to its mark on the finished AAC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ffmpeg
import msgspec

from core.film.errors import EngineTrouble
from core.media.ffmpeg import find_ffmpeg, run_ffmpeg
from core.media.loudness import METER, Loudness, measure_loudness, read_meter
from core.media.mix.timeline import SAMPLE_RATE

# Levels before the final gain. Speech is brought to VOICE_LUFS whoever speaks, so that the ducking below always
# meets the level it was set for; the bed lies MUSIC_BELOW under it, and the ducking takes it down further.
VOICE_LUFS = -20.0
MUSIC_BELOW = 6.0
# Sidechain compressor: speech at VOICE_LUFS is some 14 dB over the threshold, so 12 dB come off at this ratio.
DUCK: dict[str, Any] = {"threshold": 0.02, "ratio": 8, "attack": 20, "release": 400, "detection": "rms"}
MUSIC_IN, MUSIC_OUT = 0.3, 2.0
LINE_OUT = 0.4
AAC: dict[str, Any] = {"c:a": "aac", "b:a": "192k", "ar": SAMPLE_RATE, "ac": 2}
EXACT: dict[str, Any] = {"map_metadata": -1, "fflags": "+bitexact", "flags:a": "+bitexact"}

LOUDNESS_SLACK = 0.3  # half of what is promised: the meter reads in steps of 0.1
PEAK_SLACK = 0.1
MOST_ROUNDS = 8
_LIMITER_RATE = 192_000  # four times over, where sample peaks are as good as true peaks (ITU-R BS.1770-4, annex 2)
_LOWEST_CEILING = -12.0


class Line(msgspec.Struct, frozen=True):
    """One spoken line: begins at `start` (sample of the reel) and lasts `seconds`."""

    path: Path
    start: int
    seconds: float


class Track(msgspec.Struct, frozen=True):
    """A finished AAC file and what was measured on it; `reached` tells whether the loudness asked for was met."""

    path: Path
    loudness: Loudness
    reached: bool


Report = Callable[[float], None]


def make_sound(
    lines: Sequence[Line],
    music: tuple[Path, float] | None,
    samples: int,
    target: tuple[float, float],
    work: Path,
    progress: Report,
) -> Track:
    """Mix lines and music (path, seconds) into an AAC track of exactly `samples` samples at 48 kHz, stereo.

    `target` is (integrated loudness in LUFS, highest true peak in dBTP). Without sound, or with nothing audible
    in it, the track is what it is and no loudness is asked of it.
    Raises EngineTrouble where the true peak cannot be kept.
    """
    voice = _voice(lines, samples, work) if lines else None
    progress(0.2)
    if voice is None and music is None:
        silence = work / "silence.wav"
        _run(_whole(_silence(), samples), silence)
        return _encode(silence, 0.0, target[1], samples, work / "sound.m4a", target)
    mix, level = _mix(voice, music, samples, work)
    progress(0.4)
    return _to_target(mix, level, target, samples, work, progress)


def _silence() -> Any:
    return ffmpeg.input(f"anullsrc=channel_layout=stereo:sample_rate={SAMPLE_RATE}", format="lavfi").audio


def _stereo(path: Path) -> Any:
    sound = ffmpeg.input(str(path)).audio.filter("aresample", SAMPLE_RATE)
    return sound.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")


def _whole(stream: Any, samples: int) -> Any:
    return stream.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)


def _run(stream: Any, path: Path, **options: Any) -> list[str]:
    settings = {**EXACT, "c:a": "pcm_f32le", "ar": SAMPLE_RATE, "ac": 2, **options}
    return run_ffmpeg(stream.output(str(path), **settings).compile(cmd=find_ffmpeg(), overwrite_output=True))


def _voice(lines: Sequence[Line], samples: int, work: Path) -> tuple[Path, Loudness]:
    """Lay the lines on one track and measure it. A line still speaking at the end of the reel fades there."""
    placed = []
    for line in lines:
        room = samples - line.start
        heard = _stereo(line.path)
        if line.seconds * SAMPLE_RATE > room:
            fade = min(room, round(LINE_OUT * SAMPLE_RATE))
            heard = heard.filter("atrim", end_sample=room)
            heard = heard.filter("afade", type="out", start_sample=room - fade, nb_samples=fade)
        placed.append(heard.filter("adelay", delays=f"{line.start}S", all=1))
    track = placed[0]
    if len(placed) > 1:
        track = ffmpeg.filter(placed, "amix", inputs=len(placed), normalize=0, duration="longest")
    path = work / "voice.wav"
    log = _run(_whole(track, samples).filter("ebur128", **METER), path)
    return path, read_meter(log)


def _bed(music: tuple[Path, float], samples: int, level: float) -> Any:
    """The music at `level` LUFS, faded in and out; it ends with the reel or before it."""
    path, seconds = music
    end = min(seconds, samples / SAMPLE_RATE)
    measured = measure_loudness(path).integrated_lufs
    bed = _stereo(path).filter("atrim", end_sample=min(samples, round(end * SAMPLE_RATE)))
    bed = bed.filter("afade", type="in", start_time=0, duration=min(MUSIC_IN, end / 4))
    out = min(MUSIC_OUT, end / 3)
    bed = bed.filter("afade", type="out", start_time=f"{end - out:.6f}", duration=f"{out:.6f}")
    if measured is not None:
        bed = bed.filter("volume", f"{level - measured:.2f}dB")
    return _whole(bed, samples)


def _mix(
    voice: tuple[Path, Loudness] | None, music: tuple[Path, float] | None, samples: int, work: Path
) -> tuple[Path, Loudness]:
    """Bring voice and music to their levels, duck the one under the other, and measure the sum."""
    parts = []
    spoken = None
    if voice is not None:
        path, heard = voice
        spoken = ffmpeg.input(str(path)).audio
        if heard.integrated_lufs is not None:
            spoken = spoken.filter("volume", f"{VOICE_LUFS - heard.integrated_lufs:.2f}dB")
        if music is not None:
            spoken, key = (split := spoken.filter_multi_output("asplit"))[0], split[1]
        parts.append(spoken)
    if music is not None:
        bed = _bed(music, samples, VOICE_LUFS - MUSIC_BELOW)
        if spoken is not None:
            # At the end of either input the compressor drops what it holds of the other, more or less by chance:
            # both go on without end, and the result is cut.
            bed = ffmpeg.filter([bed.filter("apad"), key.filter("apad")], "sidechaincompress", **DUCK)
            bed = bed.filter("atrim", end_sample=samples)
        parts.append(bed)
    total = parts[0]
    if len(parts) == 2:
        total = ffmpeg.filter(parts, "amix", inputs=2, normalize=0, duration="longest")
    mix = work / "mix.wav"
    return mix, read_meter(_run(_whole(total, samples).filter("ebur128", **METER), mix))


def _to_target(
    mix: Path, level: Loudness, target: tuple[float, float], samples: int, work: Path, progress: Report
) -> Track:
    """Encode, measure the file, and correct gain and ceiling until both marks are met; a bounded number of times."""
    lufs, peak = target
    gain = 0.0 if level.integrated_lufs is None else lufs - level.integrated_lufs
    ceiling = peak - 2 * PEAK_SLACK
    best: Track | None = None
    for attempt in range(MOST_ROUNDS):
        track = _encode(mix, gain, ceiling, samples, work / f"sound_{attempt}.m4a", target)
        progress(0.4 + 0.6 * (attempt + 1) / MOST_ROUNDS)
        heard = track.loudness
        over = (heard.true_peak_dbtp or -99.0) - (peak - PEAK_SLACK)
        if over <= 0 and (best is None or _miss(track, lufs) < _miss(best, lufs)):
            best = track
        if over <= 0 and track.reached:
            break
        if heard.integrated_lufs is not None and level.integrated_lufs is not None:
            gain += lufs - heard.integrated_lufs
        if over > 0:
            ceiling = max(_LOWEST_CEILING, ceiling - over - PEAK_SLACK)
    if best is None:
        raise EngineTrouble(
            f"the true peak could not be kept at {peak} dBTP", remedy="listen to the narration and the music"
        )
    return best


def _miss(track: Track, lufs: float) -> float:
    heard = track.loudness.integrated_lufs
    return 0.0 if heard is None else abs(heard - lufs)


def _encode(source: Path, gain: float, ceiling: float, samples: int, path: Path, target: tuple[float, float]) -> Track:
    sound = ffmpeg.input(str(source)).audio.filter("volume", f"{gain:.2f}dB")
    sound = sound.filter("aresample", _LIMITER_RATE)
    # `level` would turn the limited sound up again, `latency` takes back the 5 ms the limiter looks ahead.
    sound = sound.filter("alimiter", limit=f"{10 ** (ceiling / 20):.6f}", attack=5, release=80, level=0, latency=1)
    sound = _whole(sound.filter("aresample", SAMPLE_RATE), samples)
    _run(sound, path, **AAC)
    loudness = measure_loudness(path)
    heard = loudness.integrated_lufs
    return Track(path, loudness, heard is None or abs(heard - target[0]) <= LOUDNESS_SLACK + 1e-9)
