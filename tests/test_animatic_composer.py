"""The animatic composer: exact length, key, tempo, form, ending, level; same brief and seed, same bytes."""

from __future__ import annotations

import copy
import itertools
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engines.animatic.compose.brief import Brief, read_brief
from core.engines.animatic.compose.harmony import MODES, is_bright, lead_voices, read_chord, read_chords, scale_of
from core.engines.animatic.compose.kit import stroke
from core.engines.animatic.compose.melody import REGISTERS
from core.engines.animatic.compose.room import PEAK, finish, reverberate
from core.engines.animatic.compose.score import Score, write_score
from core.engines.animatic.compose.stage import _PLACES
from core.engines.animatic.compose.tones import RATE, bass, bell, bowed, flute, hertz, pad, piano, plucked
from core.engines.animatic.composer import FILE, WORDS, AnimaticComposer
from core.engines.roles import Cancelled, Room
from core.film.errors import BadInput, EngineTrouble
from core.film.requests import ComposeRequest, Made
from core.media.sound import read_wav
from core.places import data_table

SEED_BRIEF = "intimate ambient piano with warm pad and soft synth bell, 75 BPM, melancholic but hopeful, no drums"
Heard = tuple[np.ndarray, Made]


def silent(fraction: float, note: str = "") -> None:
    """Progress nobody listens to."""


def compose(folder: Path, brief: str, seconds: float, seed: int = 1) -> Heard:
    made = AnimaticComposer().run(ComposeRequest(brief, seconds, seed), Room(folder, folder), silent)
    samples, rate = read_wav(folder / FILE)
    assert rate == RATE == 48000
    return samples, made


def table() -> dict[str, Any]:
    return data_table(WORDS)


def brief_of(text: str, seed: int = 1) -> Brief:
    return read_brief(text, random.Random(seed), table())


def score_of(text: str, seconds: float = 30.5, seed: int = 1) -> Score:
    return write_score(text, seconds, seed, table())


def chroma(samples: np.ndarray, low: float = 60.0, high: float = 2000.0) -> np.ndarray:
    """Return the share of power in each of the twelve pitch classes."""
    mono = samples.mean(axis=1) if samples.ndim == 2 else samples
    count = 1 << 16
    power = np.zeros(count // 2 + 1)
    for start in range(0, max(1, len(mono) - 16384), 12000):
        piece = mono[start : start + 24000]
        power += np.abs(np.fft.rfft(piece * np.hanning(len(piece)), count)) ** 2
    f = np.fft.rfftfreq(count, 1 / RATE)
    keep = (f > low) & (f < high)
    classes = np.round(12 * np.log2(f[keep] / 440.0) + 69).astype(int) % 12
    share = np.bincount(classes, power[keep], 12)
    return share / share.sum()


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Heard:
    return compose(tmp_path_factory.mktemp("seed"), SEED_BRIEF, 16.0)


@pytest.mark.parametrize("seconds", [1.0, 2.0, 2.5, 3.3333, 7.777])
def test_length_is_exact_to_the_sample(seconds: float, tmp_path: Path) -> None:
    samples, made = compose(tmp_path, "calm piano", seconds)
    assert samples.shape == (round(seconds * 48000), 2)
    assert made.files == (FILE,)
    assert made.facts["seconds"] == len(samples) / 48000


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [30.5, 150.0])
def test_long_pieces(seconds: float, tmp_path: Path) -> None:
    samples, _ = compose(tmp_path, "epic orchestral strings with taiko and choir", seconds)
    assert len(samples) == round(seconds * 48000)
    check_level(samples)
    check_end(samples)


def check_level(samples: np.ndarray) -> None:
    peak = 20 * np.log10(np.abs(samples).max())
    assert -3.0 <= peak <= -1.0
    assert np.abs(samples.mean(axis=0)).max() < 1e-3, "direct current"
    # A square top would be two neighbours both at the peak.
    top = np.abs(samples) >= np.abs(samples).max() * 0.9999
    assert not (top[1:] & top[:-1]).any()
    assert np.abs(samples[:2]).max() < 0.01, "a click at the start"


def check_end(samples: np.ndarray) -> None:
    def level(piece: np.ndarray) -> float:
        return 20 * np.log10(np.sqrt(np.mean(piece**2)) + 1e-9)

    whole = level(samples)
    last = [level(samples[-int(s * RATE) - 4800 : -int(s * RATE)]) for s in (0.6, 0.4, 0.2)]
    assert last[0] > last[1] > last[2]
    assert level(samples[-int(0.3 * RATE) :]) < whole - 30
    assert not samples[-4000:].any()


@pytest.mark.parametrize("seconds", [2.0, 5.0, 12.0])
@pytest.mark.parametrize("brief", ["", "joyful guitar and flute with drums, 120 bpm", "dark tense strings"])
def test_level_and_ending(brief: str, seconds: float, tmp_path: Path) -> None:
    samples, _ = compose(tmp_path, brief, seconds)
    check_level(samples)
    check_end(samples)


def test_it_is_a_piece_and_not_a_drone(heard: Heard) -> None:
    samples, made = heard
    windows = [chroma(samples[start : start + RATE]) for start in range(RATE, 13 * RATE, RATE)]
    likeness = [float(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) for a, b in itertools.pairwise(windows)]
    assert np.mean(likeness) < 0.9
    assert len({int(window.argmax()) for window in windows}) >= 3
    assert len(str(made.facts["chords"]).split()) >= 4


def test_the_arrangement_builds(tmp_path: Path) -> None:
    samples, _ = compose(tmp_path, "hopeful piano, 90 bpm, brushes", 30.0)
    form = score_of("hopeful piano, 90 bpm, brushes", 30.0).form
    levels = {}
    for section in form.sections:
        piece = samples[int(form.clock.at(section.start) * RATE) :][: int(section.beats * form.clock.beat * RATE)]
        levels.setdefault(section.name, float(np.sqrt(np.mean(piece**2))))
    assert levels["intro"] < 0.7 * levels["A"]
    assert levels["A"] < levels["B"]
    assert (form.sections[0].name, form.sections[-1].name) == ("intro", "end")


@pytest.mark.parametrize(
    ("brief", "tonic", "mode"),
    [
        ("calm piano in C major", 0, "major"),
        ("romantic F# major strings, no drums", 6, "major"),
        ("sad guitar in D minor", 2, "minor"),
    ],
)
def test_the_sound_is_in_the_key(brief: str, tonic: int, mode: str, tmp_path: Path) -> None:
    samples, made = compose(tmp_path, brief, 14.0)
    share = chroma(samples)
    scale = {(tonic + step) % 12 for step in MODES[mode]}
    # The cadence's own leading tone may leave the scale.
    scale |= {tone for numeral in str(made.facts["chords"]).split() for tone in read_chord(numeral, tonic, mode).tones}
    inside = sum(share[list(scale)])
    assert inside > 0.93
    assert sum(share[[(tone + 6) % 12 for tone in scale]]) < inside - 0.2


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("brief", ["calm piano in E major", "melancholic strings, A minor"])
def test_the_last_chord_is_the_tonic(brief: str, seed: int, tmp_path: Path) -> None:
    samples, made = compose(tmp_path, brief, 8.0, seed)
    at = float(made.facts["last_chord_at"])  # type: ignore[arg-type]
    assert 5.0 < at < 7.3
    piece = samples[int((at + 0.25) * RATE) : int((at + 1.25) * RATE)]
    tonic = 4 if "E major" in brief else 9
    share = chroma(piece)
    triad = [tonic, (tonic + (4 if "major" in brief else 3)) % 12, (tonic + 7) % 12]
    assert sum(share[triad]) > 0.85
    low = chroma(piece, 30.0, 130.0)
    assert int(low.argmax()) == tonic


@pytest.mark.parametrize("bpm", [80, 100, 132])
def test_the_tempo_can_be_heard(bpm: int, tmp_path: Path) -> None:
    samples, made = compose(tmp_path, f"joyful guitar with drums, {bpm} bpm", 14.0)
    assert made.facts["bpm"] == bpm
    mono = samples[: 11 * RATE].mean(axis=1)
    hop = 240
    frames = np.lib.stride_tricks.sliding_window_view(mono, 1024)[::hop] * np.hanning(1024)
    magnitude = np.log1p(50 * np.abs(np.fft.rfft(frames, axis=1)))
    onset = np.maximum(0, np.diff(magnitude, axis=0)).sum(axis=1)
    onset -= onset.mean()
    match = np.correlate(onset, onset, "full")[len(onset) - 1 :]
    match /= match[0]
    beat = 60.0 / bpm * RATE / hop

    def near(lag: float) -> float:
        return float(match[round(lag) - 3 : round(lag) + 4].max())

    assert near(beat) > 0.25
    assert near(beat) > 1.5 * max(near(beat * 0.83), near(beat * 1.19))


def test_same_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from core.engines.animatic.composer import AnimaticComposer\n"
        "from core.engines.roles import Room; from core.film.requests import ComposeRequest\n"
        "folder = Path(sys.argv[1]); request = ComposeRequest(sys.argv[2], 5.0, 3)\n"
        "AnimaticComposer().run(request, Room(folder, folder), lambda fraction, note='': None)"
    )
    compose(tmp_path, SEED_BRIEF, 5.0, 3)
    here = (tmp_path / FILE).read_bytes()
    root = str(Path(__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": root, "PYTHONHASHSEED": "99"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path), SEED_BRIEF], check=True, env=environment)
    assert (tmp_path / FILE).read_bytes() == here


def test_seeds_and_moods_give_other_pieces() -> None:
    def outline(score: Score) -> tuple[object, ...]:
        lead = tuple((note.pitch - score.brief.tonic) for note in score.notes if note.voice.endswith(":lead"))
        return (lead, tuple(span.chord.name for span in score.form.spans))

    seeds = [outline(score_of("melancholic piano", seed=seed)) for seed in range(8)]
    assert len(set(seeds)) == 8
    assert len({chords for _, chords in seeds}) >= 4
    moods = [score_of(f"{mood['name']} music", seed=1) for mood in table()["mood"]]
    assert len({(m.brief.bpm, m.brief.mode, m.brief.drums, outline(m)) for m in moods}) == len(moods)
    assert score_of("tense", seed=1) == score_of("tense", seed=1)
    assert brief_of("joyful").bpm > brief_of("melancholic").bpm + 20


def test_the_audio_of_two_seeds_differs(tmp_path: Path) -> None:
    first, _ = compose(tmp_path, "calm piano in C major, 80 bpm", 6.0, 1)
    second, _ = compose(tmp_path, "calm piano in C major, 80 bpm", 6.0, 2)
    likeness = abs(np.corrcoef(first[:, 0], second[:, 0])[0, 1])
    assert likeness < 0.5


def test_the_seed_brief_is_understood() -> None:
    brief = brief_of(SEED_BRIEF)
    assert (brief.bpm, brief.mood, brief.lift, brief.drums) == (75.0, "melancholic", "hopeful", "none")
    assert (brief.lead, brief.figure, brief.bed, brief.colour) == ("piano", "piano", ("pad",), "bell")


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("90 bpm", "bpm", 90.0),
        ("80-100 BPM", "bpm", 90.0),
        ("very slow", "bpm", 54.0),
        ("900 bpm", "bpm", 200.0),
        ("a waltz", "meter", 3),
        ("in F sharp minor", "tonic", 6),
        ("Bb major", "tonic", 10),
        ("E flat minor", "tonic", 3),
        ("key of G", "tonic", 7),
        ("D dorian", "mode", "dorian"),
        ("A minor", "mode", "minor"),
        ("not sad, but joyful", "mood", "joyful"),
        ("warm ambient, tense", "mood", "tense"),
        ("sad with no percussion", "drums", "none"),
        ("joyful without drums", "drums", "none"),
        ("calm with taiko", "drums", "taiko"),
        ("calm, light percussion", "drums", "brushes"),
        ("no bass", "bass", False),
        ("violin and piano", "lead", "strings"),
        ("violin and piano", "figure", "piano"),
        ("guitar and flute", "lead", "flute"),
        ("koto", "lead", "harp"),
        ("solo piano", "bed", ()),
        ("solo piano", "drums", "none"),
        ("epic, no strings", "bed", ("pad",)),
    ],
)
def test_briefs(text: str, field: str, value: object) -> None:
    for seed in range(5):
        assert getattr(brief_of(text, seed), field) == value


def test_what_is_not_wanted_is_not_played() -> None:
    for seed in range(12):
        voices = {
            note.voice.partition(":")[0] for note in score_of("joyful, no piano, no drums, no bells", seed=seed).notes
        }
        assert not voices & {"piano", "drum", "bell"}


WORDS_OF_BRIEFS = st.lists(
    st.sampled_from(
        ["calm", "sad", "joyful", "hopeful", "love", "tense", "mystery", "epic", "piano", "guitar", "flute",
         "violin", "strings", "harp", "bell", "choir", "bass", "drums", "taiko", "brushes", "no drums", "no piano",
         "without bass", "solo", "waltz", "44 bpm", "199 bpm", "slow", "D minor", "F# lydian", "C phrygian",
         "\x00", "日本"]
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(WORDS_OF_BRIEFS, st.floats(1.0, 180.0), st.integers(0, 2**31))
def test_every_score_is_whole(words: list[str], seconds: float, seed: int) -> None:
    score = score_of(", ".join(words), seconds, seed)
    form, brief = score.form, score.brief
    assert sum(section.beats for section in form.sections) == form.clock.end
    assert form.spans[0].start == 0
    for before, after in itertools.pairwise(form.spans):
        assert before.start + before.beats == pytest.approx(after.start)
    assert form.spans[-1].chord.root == brief.tonic
    assert 0.5 < seconds - form.last_chord_at < 6.0
    assert form.clock.at(form.clock.end) >= form.clock.end * form.clock.beat
    for note in score.notes:
        assert note.voice in _PLACES
        assert note.start >= 0
        assert 0 < note.seconds <= seconds - note.start + 1e-6
        assert 0 < note.loudness <= 1
    low, high = REGISTERS[brief.lead]
    lead = [note for note in score.notes if note.voice.endswith(":lead")]
    assert all(low <= note.pitch <= high for note in lead)
    assert max(lead, key=lambda note: note.start).pitch % 12 == brief.tonic


def test_the_melody_follows_the_chords() -> None:
    for seed in range(10):
        score = score_of("romantic flute and piano", seed=seed)
        inside = on_beat = 0
        for note in (note for note in score.notes if note.voice.endswith(":lead")):
            span = [s for s in score.form.spans if score.form.clock.at(s.start) <= note.start + 0.03][-1]
            scale = scale_of(span.chord, score.brief.tonic, score.brief.mode)
            assert note.pitch % 12 in scale
            on_beat += 1
            inside += note.pitch % 12 in span.chord.tones
        assert inside / on_beat > 0.6


def test_voices_move_little_and_hold_the_whole_chord() -> None:
    for mood in table()["mood"]:
        for family, mode in (("major", "major"), ("minor", "minor")):
            for kind in ("verse", "lift", "end"):
                for progression in mood[family][kind]:
                    chords = read_chords(progression, 0, mode)
                    voicings = lead_voices(chords, 52, 74)
                    for chord, voicing in zip(chords, voicings, strict=True):
                        assert {pitch % 12 for pitch in voicing} == set(chord.tones), progression
                        assert sorted(voicing) == list(voicing)
                    for before, after in itertools.pairwise(voicings):
                        moves = [abs(a - b) for a, b in zip(before, after, strict=True)]
                        assert max(moves) <= 7, (progression, before, after)


def test_chords() -> None:
    assert read_chord("V7", 0, "minor").tones == (7, 11, 2, 5)
    assert read_chord("VI", 9, "minor").tones == (5, 9, 0)
    assert read_chord("bVII", 0, "major").tones == (10, 2, 5)
    assert read_chord("isus2", 2, "dorian").tones == (2, 4, 9)
    assert 11 in scale_of(read_chord("V", 0, "minor"), 0, "minor")
    assert 10 not in scale_of(read_chord("V", 0, "minor"), 0, "minor")
    assert is_bright("lydian")
    for wrong in ("", "VIII", "Hm", "i13"):
        with pytest.raises(BadInput):
            read_chord(wrong, 0, "major")


@pytest.mark.parametrize("pitch", [40, 57, 69, 84])
def test_voices_are_in_tune_and_free_of_clicks(pitch: int) -> None:
    for sound in (
        piano(pitch, 2.0, True), plucked(pitch, 2.0, softness=0.5, lasting=3.0), bell(pitch, 2.0),
        flute(pitch, 2.0, 0.6), bowed(pitch, 2.0, 0.6, players=1),
        bowed(pitch, 2.0, 0.6, players=3), bass(pitch, 2.0), pad(pitch, 2.0, 0.5),
    ):  # fmt: skip
        mono = sound.mean(axis=1) if sound.ndim == 2 else sound
        f = np.fft.rfftfreq(1 << 19, 1 / RATE)
        power = np.abs(np.fft.rfft(mono[4800:76800] * np.hanning(72000), 1 << 19))
        near = (f > hertz(pitch) * 0.95) & (f < hertz(pitch) * 1.05)
        assert abs(1200 * np.log2(f[near][power[near].argmax()] / hertz(pitch))) < 8
        assert np.abs(mono[:2]).max() < 0.02
        assert 0.1 < np.abs(sound).max() < 1.6
        assert abs(mono.mean()) < 0.004


def test_an_unknown_drum_is_told() -> None:
    with pytest.raises(EngineTrouble):
        stroke("gong")


def test_the_room_keeps_the_dry_sound_in_place_and_rings_on() -> None:
    dry = np.zeros((300_000, 2), np.float32)
    send = np.zeros(300_000, np.float32)
    dry[150_500] = 0.5
    send[1000] = 1.0
    reverberate(dry, send, lambda done: None)
    assert int(np.abs(dry[150_000:151_000, 0]).argmax()) == 500
    assert dry[150_500, 0] == pytest.approx(0.5, abs=0.01)
    assert not np.abs(dry[:1900]).max() > 1e-5, "it echoes before the sound"
    early, late = (float(np.mean(dry[a:b] ** 2)) for a, b in ((3000, 20_000), (60_000, 80_000)))
    assert early > 20 * late > 0
    assert np.abs(dry[140_000:145_000]).max() < 1e-4


def test_the_master_removes_rumble_and_sets_the_peak() -> None:
    t = np.arange(3 * RATE) / RATE
    mix = np.stack([0.2 * np.sin(2 * np.pi * 440 * t) + 0.3] * 2, axis=1).astype(np.float32)
    reverberate(mix, np.zeros(len(mix), np.float32), lambda done: None)
    assert abs(float(mix[RATE : 2 * RATE].mean())) < 1e-3
    finish(mix, 0.5)
    assert np.abs(mix).max() == pytest.approx(10 ** (PEAK / 20), rel=1e-4)
    silence = np.zeros((RATE, 2), np.float32)
    finish(silence, 0.5)
    assert not silence.any()


@pytest.mark.parametrize("seconds", [0.0, -1.0, 0.5, 181.0, float("nan"), float("inf")])
def test_impossible_lengths_are_refused(seconds: float, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        compose(tmp_path, "calm", seconds)
    assert not list(tmp_path.iterdir())


def test_it_can_be_stopped(tmp_path: Path) -> None:
    told: list[float] = []

    def stop(fraction: float, note: str = "") -> None:
        told.append(fraction)
        if len(told) == 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        AnimaticComposer().run(ComposeRequest("calm", 8.0, 1), Room(tmp_path, tmp_path), stop)
    assert len(told) == 4
    assert told == sorted(told)
    assert not list(tmp_path.iterdir())


def test_broken_word_lists_are_told() -> None:
    whole = table()
    for part in ("tempo", "meter", "mood", "instruments", "words", "modes", "kits", "rhythms"):
        less = {key: value for key, value in whole.items() if key != part}
        with pytest.raises(BadInput, match=r"music\.toml"):
            write_score("calm", 8.0, 1, less)
    wrong = copy.deepcopy(whole)
    for mood in wrong["mood"]:
        for family in ("major", "minor"):
            mood[family]["verse"] = ["I Q V"]
    with pytest.raises(BadInput, match="no chord"):
        write_score("calm", 30.0, 1, wrong)
