"""The mix: no frame lost, every line at its place, music under speech, loudness as promised, bytes repeatable."""

from __future__ import annotations

import hashlib
import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engines.roles import Mixer as MixerRole
from core.engines.roles import Room
from core.film.errors import BadInput
from core.film.language import Language
from core.film.plan import Transition
from core.film.requests import Made, MixRequest
from core.media import fonts
from core.media.captions import parse_srt
from core.media.frames import read_frames
from core.media.loudness import measure_loudness
from core.media.mix import Mixer
from core.media.mix.timeline import lay_out
from core.media.probe import decode_check, probe
from core.media.unreadable import Unreadable
from tests.media_making import RATE, Sound, clip, heard, noise, request, shot, speech, tone, wav


class Told:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.fractions: list[float] = []

    def __call__(self, fraction: float, note: str = "") -> None:
        self.fractions.append(fraction)


@pytest.fixture
def reel(tmp_path: Path) -> Path:
    folder = tmp_path / 'l\'été à "Rio" [1], 50%'
    folder.mkdir()
    return folder


def mix(reel: Path, asked: MixRequest, stage: str = "stage") -> tuple[Made, Path]:
    room = Room(reel, reel.parent / stage)
    room.stage.mkdir()
    mixer: MixerRole = Mixer()
    mixer.load("cpu")
    told = Told()
    made = mixer.run(asked, room, told)
    assert told.fractions == sorted(told.fractions)
    assert told.fractions[-1] == 1.0
    assert sorted(path.name for path in room.stage.iterdir()) == sorted(made.files)
    return made, room.stage / "reel.mp4"


def number(made: Made, fact: str) -> float:
    value = made.facts[fact]
    assert isinstance(value, (int, float))
    return float(value)


def grays(path: Path) -> list[int]:
    return [round(float(frame.mean())) for frame in read_frames(path, gray=True)]


def near(found: list[int], wanted: list[int], slack: int = 3) -> bool:
    return len(found) == len(wanted) and all(abs(a - b) <= slack for a, b in zip(found, wanted, strict=True))


def stamps(path: Path) -> list[Fraction]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        found = [p.pts * p.time_base for p in container.demux(stream) if p.pts is not None and p.time_base]
    return sorted(found)


# --- where things lie -------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 130), st.sampled_from(Transition)), min_size=1, max_size=24),
    st.integers(1, 60),
)
def test_no_frame_is_lost_on_paper(shots: list[tuple[int, Transition]], fps: int) -> None:
    lengths, transitions = zip(*shots, strict=True)
    line = lay_out(lengths, transitions, fps)
    assert line.frames == sum(lengths) - sum(line.overlaps)
    assert line.overlaps[0] == 0
    for at in range(1, len(lengths)):
        assert line.starts[at] == line.starts[at - 1] + lengths[at - 1] - line.overlaps[at]
        assert 0 <= line.overlaps[at] <= min(lengths[at], lengths[at - 1]) // 2
        assert line.overlaps[at] <= -(-fps // 2)
        assert line.mark(at - 1) < line.mark(at) < line.seconds
    for at in range(len(lengths) - 1):
        assert line.overlaps[at] + line.overlaps[at + 1] <= lengths[at]


def test_marks_do_not_drift() -> None:
    line = lay_out([121] * 24, [Transition.CUT] * 24, 24)
    assert line.mark_sample(23) == 23 * 121 * 2000
    faded = lay_out([81, 81], [Transition.CUT, Transition.CROSSFADE], 16)
    assert (faded.overlaps, faded.starts, faded.mark(1)) == ((0, 8), (0, 73), Fraction(77, 16))


# --- the picture ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fps", [16, 24])
def test_cuts_copy_every_frame(reel: Path, fps: int) -> None:
    parts = [range(20, 20 + 8 * 9, 8), range(100, 100 + 8 * 13, 8), range(30, 30 + 8 * 6, 8)]
    for at, part in enumerate(parts):
        clip(reel / f"c'{at}.mp4", part, fps=fps)
    made, path = mix(reel, request([shot(f"c'{at}.mp4") for at in range(3)], fps=fps))
    assert made.facts["copied"] is True
    assert near(grays(path), list(itertools.chain(*parts)))
    assert stamps(path) == [Fraction(at, fps) for at in range(28)]
    assert [made.facts[f"offset_{at:02d}"] for at in range(3)] == [0.0, round(9 / fps, 6), round(22 / fps, 6)]
    assert (made.facts["frames"], made.facts["seconds"]) == (28, round(28 / fps, 6))


def test_copied_packets_are_the_clips_own(reel: Path) -> None:
    for at in range(2):
        clip(reel / f"c{at}.mp4", range(20 + at * 50, 80 + at * 50, 5))
    _, path = mix(reel, request([shot("c0.mp4"), shot("c1.mp4")]))

    def packets(file: Path) -> list[bytes]:
        with av.open(str(file)) as container:
            return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]

    assert packets(path) == packets(reel / "c0.mp4") + packets(reel / "c1.mp4")


def test_a_crossfade_blends_and_loses_nothing(reel: Path) -> None:
    clip(reel / "a.mp4", [60] * 20)
    clip(reel / "b.mp4", [180] * 20)
    clip(reel / "c.mp4", [60] * 12)
    shots = [shot("a.mp4", fade=True), shot("b.mp4", fade=True), shot("c.mp4", fade=True)]
    made, path = mix(reel, request(shots))
    found = grays(path)
    assert made.facts["copied"] is False
    assert made.facts["frames"] == len(found) == 20 + 20 + 12 - 8 - 6
    ramp = [round(60 + 120 * (k + 0.5) / 8) for k in range(8)]
    back = [round(180 - 120 * (k + 0.5) / 6) for k in range(6)]
    assert near(found, [60] * 12 + ramp + [180] * 6 + back + [60] * 6)
    assert (made.facts["offset_01"], made.facts["offset_02"]) == (1.0, 1.8125)
    assert stamps(path) == [Fraction(at, 16) for at in range(len(found))]


def test_cut_and_crossfade_together(reel: Path) -> None:
    for name, gray in (("a", 40), ("b", 120), ("c", 200)):
        clip(reel / f"{name}.mp4", [gray] * 16)
    _, path = mix(reel, request([shot("a.mp4"), shot("b.mp4"), shot("c.mp4", fade=True)]))
    ramp = [round(120 + 80 * (k + 0.5) / 8) for k in range(8)]
    assert near(grays(path), [40] * 16 + [120] * 8 + ramp + [200] * 8)


def test_clips_of_other_sizes_and_rates_become_alike(reel: Path) -> None:
    clip(reel / "a.mp4", range(40, 140, 10))
    clip(reel / "b.mp4", [50] * 24 + [150] * 24, fps=24, size=(128, 72))
    clip(reel / "tall.mp4", [200] * 8, size=(36, 64))
    made, path = mix(reel, request([shot("a.mp4"), shot("b.mp4"), shot("tall.mp4")]))
    found = probe(path)
    assert (found.width, found.height, found.fps, found.frames) == (64, 36, 16.0, 10 + 32 + 8)
    assert near(grays(path)[:42], [*range(40, 140, 10), *[50] * 16, *[150] * 16])
    last = list(read_frames(path))[-1]
    assert last[18, 32].mean() > 190  # the picture in the middle,
    assert last[18, 2].mean() < 10  # black beside it: nothing is stretched or cut off
    assert made.facts["offset_02"] == 42 / 16


def test_single_frames_can_be_shots(reel: Path) -> None:
    clip(reel / "a.mp4", [50])
    clip(reel / "b.mp4", [150])
    made, path = mix(reel, request([shot("a.mp4"), shot("b.mp4", fade=True)]))
    assert near(grays(path), [50, 150])
    assert made.facts["lufs"] is None


# --- the sound --------------------------------------------------------------------------------------------------


def level(sound: Sound, begin: float, end: float, hertz: float = 220.0) -> float:
    """Amplitude in dB of one frequency between two seconds of the left channel."""
    part = sound[round(begin * RATE) : round(end * RATE), 0].astype(float)
    at = np.arange(len(part)) / RATE
    window = np.hanning(len(part))
    return 20 * float(np.log10(abs(np.sum(part * window * np.exp(-2j * np.pi * hertz * at))) / window.sum() * 2))


def lag(found: Sound, line: Sound, about: float) -> float:
    """Seconds by which `line` lies away from `about` in the mix, by cross-correlation within 0.2 s."""
    reach = RATE // 5
    start = round(about * RATE)
    span = np.pad(found[:, 0], (reach, reach + len(line)))[start : start + 2 * reach + len(line)].astype(float)
    size = 2 ** int(np.ceil(np.log2(len(span) + len(line))))
    spectrum = np.fft.rfft(span, size) * np.conj(np.fft.rfft(line.astype(float), size))
    return (int(np.argmax(np.abs(np.fft.irfft(spectrum, size)[: 2 * reach]))) - reach) / RATE


@pytest.mark.parametrize("fade", [False, True])
def test_lines_begin_where_their_shots_do(reel: Path, fade: bool) -> None:
    lines = [speech(0.8, 0.05, seed=at) for at in range(4)]
    for at, (line, frames) in enumerate(zip(lines, (31, 25, 29, 40), strict=True)):
        clip(reel / f"c{at}.mp4", [60 + 40 * at] * frames, fps=24)
        wav(reel / f"n{at}.wav", line)
    shots = [shot(f"c{at}.mp4", f"n{at}.wav", f"line {at}", fade=fade) for at in range(4)]
    made, path = mix(reel, request(shots, fps=24))
    wanted = [0, 25 / 24, 38 / 24, 55 / 24] if fade else [0, 31 / 24, 56 / 24, 85 / 24]
    sound = heard(path)
    for at, line in enumerate(lines):
        assert made.facts[f"offset_{at:02d}"] == pytest.approx(wanted[at], abs=1e-6)
        assert abs(lag(sound, line, wanted[at])) < 0.002
    assert abs(lag(heard(path), lines[3], wanted[3] + 0.1)) > 0.05  # the measure itself can miss


@pytest.mark.parametrize(("spoken", "played"), [(0.1, 0.2), (0.002, 0.9), (0.5, 0.01)])
def test_music_is_lower_under_speech(reel: Path, spoken: float, played: float) -> None:
    clip(reel / "a.mp4", [90] * 48)
    clip(reel / "b.mp4", [90] * 64)
    wav(reel / "n.wav", speech(2.0, spoken))
    wav(reel / "m.wav", tone(9.0, played))
    made, path = mix(reel, request([shot("a.mp4"), shot("b.mp4", "n.wav", "hello")], "m.wav"))
    assert made.facts["offset_01"] == 3.0
    sound = heard(path)
    free, under = level(sound, 1.5, 2.9), level(sound, 3.3, 4.9)
    assert free - under >= 6.0
    assert abs(level(sound, 0.0, 0.05) - free) > 6.0  # faded in,
    assert level(sound, 6.9, 7.0) < free - 6.0  # and out


PROGRAMMES = {
    "quiet speech": (0.001, None),
    "loud music": (None, 0.99),
    "sparse short speech": (0.2, None),
    "speech over loud music": (0.05, 0.9),
}


@pytest.mark.parametrize("name", PROGRAMMES)
def test_loudness_and_true_peak_are_kept_on_the_finished_file(reel: Path, name: str) -> None:
    spoken, played = PROGRAMMES[name]
    seconds = 0.45 if "sparse" in name else 2.5
    clip(reel / "a.mp4", [90] * 96)
    line = music = None
    if spoken is not None:
        line = wav(reel / "n.wav", speech(seconds, spoken)).name
    if played is not None:
        music = wav(reel / "m.wav", np.clip(tone(7.0, played) * 3, -0.99, 0.99)).name
    made, path = mix(reel, request([shot("a.mp4", line, "x")], music))
    found = measure_loudness(path)
    assert (found.integrated_lufs, found.true_peak_dbtp) == (made.facts["lufs"], made.facts["true_peak"])
    assert abs(number(made, "lufs") + 18.0) <= 0.5
    assert number(made, "true_peak") <= -1.5
    assert made.facts["loudness_reached"] is True


def test_sharp_clicks_keep_the_true_peak(reel: Path) -> None:
    clip(reel / "a.mp4", [90] * 64)
    clicks = np.zeros(4 * RATE, np.float32)
    clicks[:: RATE // 3] = 0.9
    wav(reel / "n.wav", clicks)
    made, path = mix(reel, request([shot("a.mp4", "n.wav", "x")]))
    assert number(made, "true_peak") <= -1.5
    assert measure_loudness(path).true_peak_dbtp == made.facts["true_peak"]
    assert made.facts["loudness_reached"] is (abs(number(made, "lufs") + 18.0) <= 0.3 + 1e-9)


def test_a_silent_reel_has_a_silent_track(reel: Path) -> None:
    clip(reel / "a.mp4", [90] * 16)
    made, path = mix(reel, request([shot("a.mp4")]))
    found = probe(path)
    assert found.audio is not None
    assert (found.audio.sample_rate, found.audio.channels) == (48_000, 2)
    assert found.audio.seconds == pytest.approx(1.0, abs=0.001)
    assert (made.facts["lufs"], made.facts["true_peak"]) == (None, None)
    assert np.abs(heard(path)).max() == 0.0


@pytest.mark.parametrize("seconds", [0.6, 20.0])
def test_music_of_any_length_fits(reel: Path, seconds: float) -> None:
    clip(reel / "a.mp4", [90] * 48)
    wav(reel / "m.wav", tone(seconds, 0.3))
    made, path = mix(reel, request([shot("a.mp4")], "m.wav"))
    found = probe(path)
    assert found.audio is not None
    assert (found.seconds, round(found.audio.seconds, 3)) == (3.0, 3.0)
    assert abs(number(made, "lufs") + 18.0) <= 0.5
    sound = heard(path)
    assert np.abs(sound[round(min(seconds, 2.99) * RATE) + 4800 :]).max(initial=0.0) < 0.01
    assert np.abs(np.diff(sound[:, 0])).max() < 0.1  # no click where it ends


def test_a_line_past_its_shot_goes_on_and_fades_at_the_end_of_the_reel(reel: Path) -> None:
    clip(reel / "a.mp4", [90] * 16)
    clip(reel / "b.mp4", [90] * 32)
    wav(reel / "n0.wav", tone(1.8, 0.2, hertz=500))
    wav(reel / "n1.wav", tone(5.0, 0.2, hertz=900))
    _, path = mix(reel, request([shot("a.mp4", "n0.wav", "one"), shot("b.mp4", "n1.wav", "two")]))
    sound = heard(path)
    assert level(sound, 1.2, 1.7, 500) > level(sound, 0.2, 0.7, 500) - 1.5  # not cut by the next shot
    assert level(sound, 2.0, 2.5, 900) > level(sound, 1.3, 1.6, 900) - 1.5
    assert level(sound, 2.93, 3.0, 900) < level(sound, 2.0, 2.5, 900) - 9
    assert probe(path).seconds == 3.0
    cues = parse_srt((path.parent / "reel.srt").read_text(encoding="utf-8"))
    assert [(cue.start, cue.end) for cue in cues] == [(0.0, 1.8), (1.0, 3.0)]


# --- captions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", [Language.FRENCH, Language.JAPANESE, Language.HINDI])
def test_captions_are_the_narration(reel: Path, language: Language) -> None:
    said = {
        Language.FRENCH: [
            "Où va-t-elle <si> tard, l'été & l'hiver ?",
            "",
            "Personne ne sait; {personne} ne demande rien.",
        ],
        Language.JAPANESE: ["東京の夜、雨が静かに石畳を濡らしている。", "", "彼女は振り返らない、もう二度と。"],
        Language.HINDI: ["मुंबई की बारिश में एक लड़की अकेली खड़ी है", "", "वह समुद्र को देख रही है"],
    }[language]
    for at in range(3):
        clip(reel / f"c{at}.mp4", [90] * 16)
    wav(reel / "n.wav", speech(0.5, 0.1))
    shots = [shot("c0.mp4", "n.wav", said[0]), shot("c1.mp4", None, said[1]), shot("c2.mp4", None, said[2])]
    _, path = mix(reel, request(shots, language=language))
    cues = parse_srt((path.parent / "reel.srt").read_text(encoding="utf-8"))
    assert [(cue.start, cue.end, cue.text) for cue in cues] == [(0.0, 0.5, said[0]), (2.0, 3.0, said[2])]
    assert (path.parent / "reel.vtt").read_text(encoding="utf-8").startswith("WEBVTT\n\n00:00:00.000 -->")
    iso = {Language.FRENCH: "fra", Language.JAPANESE: "jpn", Language.HINDI: "hin"}[language]
    with av.open(str(path)) as container:
        track = container.streams.subtitles[0]
        assert (track.codec_context.name, track.language, container.streams.audio[0].language) == ("mov_text", iso, iso)
        shown = [bytes(p)[2:].decode().replace("\n", "") for p in container.demux(track) if p.size > 2]
    plain = [text.replace("{", "(").replace("}", ")") for text in (said[0], said[2])]
    assert [text.replace(" ", "") for text in shown] == [text.replace(" ", "") for text in plain]


def test_without_words_there_is_no_caption_track(reel: Path) -> None:
    clip(reel / "a.mp4", [90] * 16)
    _, path = mix(reel, request([shot("a.mp4", None, " \n")]))
    assert probe(path).subtitles == 0
    assert (path.parent / "reel.srt").read_text() == ""
    assert (path.parent / "reel.vtt").read_text() == "WEBVTT\n\n"


def test_burned_captions_are_in_the_picture_at_their_time(reel: Path) -> None:
    if fonts.caption_font(Language.FRENCH) is None:
        pytest.skip("no font on this machine")
    for at in range(2):
        clip(reel / f"c{at}.mp4", [60] * 16, size=(320, 180))
    shots = [shot("c0.mp4", None, ""), shot("c1.mp4", None, "L'été, enfin {ici}")]
    made, path = mix(reel, request(shots, burn=True, size=(320, 180)))
    assert made.facts["copied"] is False
    frames = list(read_frames(path))
    assert len(frames) == 32
    bright = [int((frame > 120).sum()) for frame in frames]
    assert max(bright[:16]) == 0
    assert min(bright[16:]) > 300
    low = frames[20] > 120
    assert low[:100].sum() == 0  # in the lower part of the picture


def test_a_missing_font_is_told_before_any_work(reel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_DATA_HOME", "XDG_DATA_DIRS", "HOME"):
        monkeypatch.setenv(variable, str(reel))
    with pytest.raises(BadInput, match="font") as error:  # the clip is not even there
        mix(reel, request([shot("absent.mp4", None, "東京")], language=Language.JAPANESE, burn=True))
    assert "fonts-noto-cjk" in error.value.remedy


# --- the whole --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fade", [False, True])
def test_the_same_request_gives_the_same_bytes(reel: Path, fade: bool) -> None:
    for at in range(3):
        clip(reel / f"c{at}.mp4", range(40 + at * 50, 70 + at * 50))
        wav(reel / f"n{at}.wav", speech(1.0 + 0.3 * at, 0.05, seed=at))
    wav(reel / "m.wav", tone(8.0, 0.4))
    asked = request([shot(f"c{at}.mp4", f"n{at}.wav", f"line {at}", fade=fade) for at in range(3)], "m.wav")
    digests = set()
    for attempt in range(2):
        made, path = mix(reel, asked, f"stage{attempt}")
        digests.add(tuple(hashlib.sha256((path.parent / name).read_bytes()).digest() for name in made.files))
    assert len(digests) == 1
    assert path.read_bytes().index(b"moov") < path.read_bytes().index(b"mdat")
    assert decode_check(path).frames == made.facts["frames"]


@pytest.mark.parametrize("broken", ["c.mp4", "n.wav", "m.wav"])
def test_a_file_cut_short_is_refused_and_nothing_is_left(reel: Path, broken: str) -> None:
    clip(reel / "c.mp4", range(40, 72))
    wav(reel / "n.wav", noise(1.0, 0.1))
    wav(reel / "m.wav", noise(2.0, 0.1))
    data = (reel / broken).read_bytes()
    (reel / broken).write_bytes(data[: len(data) // 2])
    with pytest.raises(Unreadable, match=broken):
        mix(reel, request([shot("c.mp4", "n.wav", "x")], "m.wav"))
    assert not list((reel.parent / "stage").iterdir())


@pytest.mark.parametrize("name", ["absent.mp4", "../outside.mp4"])
def test_a_file_that_is_not_the_reels_is_refused(reel: Path, name: str) -> None:
    clip(reel.parent / "outside.mp4", [50] * 4)
    with pytest.raises(BadInput, match="not a file of this reel"):
        mix(reel, request([shot(name)]))


def test_a_step_no_longer_wanted_leaves_nothing(reel: Path) -> None:
    clip(reel / "c.mp4", range(40, 72))

    class Enough(Exception):
        pass

    def stop(fraction: float, note: str = "") -> None:
        if fraction > 0.1:
            raise Enough

    room = Room(reel, reel.parent / "stage")
    room.stage.mkdir()
    with pytest.raises(Enough):
        Mixer().run(request([shot("c.mp4")]), room, stop)
    assert not list(room.stage.iterdir())
