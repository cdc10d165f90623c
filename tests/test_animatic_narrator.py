"""The animatic narrator: nine languages, fit and overrun, Japanese readings, same bytes every time."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engines.animatic.narrate.espeak import BASE_RATE, FEMALE, MALE, RATE, VOICE_FILES, Speech, voice_name
from core.engines.animatic.narrate.japanese import read_japanese, romaji_to_kana
from core.engines.animatic.narrate.numbers import read_counted, read_number
from core.engines.animatic.narrate.polish import LOUDNESS, level, loudness, resample_and_shape
from core.engines.animatic.narrator import AnimaticNarrator, script
from core.engines.narration import BREATH_SECONDS, FILE, MOST_FASTER, fade, trim
from core.engines.roles import Cancelled, Room
from core.film.errors import BadInput, EngineTrouble
from core.film.language import LANGUAGES, Language
from core.film.requests import Made, NarrateRequest
from core.media.sound import read_wav

LINES = {
    "a": "She walks home alone through the quiet rain",
    "b": "She walks home alone through the quiet rain",
    "e": "Ella camina sola bajo la lluvia de noche",
    "f": "Elle marche seule sous la pluie du soir",
    "h": "वह शाम की बारिश में अकेली चलती है",
    "i": "Lei cammina sola sotto la pioggia della sera",
    "j": "彼女は夜の雨の中を一人で歩く",
    "p": "Ela caminha sozinha sob a chuva da noite",
    "z": "她独自走过夜晚的雨中街道",
}
KANJI = re.compile(r"[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def silent(fraction: float, note: str = "") -> None:
    """Progress nobody listens to."""


def speak(
    folder: Path, text: str, language: str = "a", *, speed: float = 1.0, fit: float = 5.0, voice: str = ""
) -> Made:
    code = Language(language)
    request = NarrateRequest(text, code, voice or LANGUAGES[code].voice, speed, fit)
    return AnimaticNarrator().run(request, Room(folder, folder), silent)


def sound(folder: Path) -> np.ndarray:
    return read_wav(folder / FILE)[0][:, 0]


@pytest.mark.parametrize("code", sorted(LINES))
def test_every_language_speaks(code: str, tmp_path: Path) -> None:
    made = speak(tmp_path, LINES[code], code)
    samples, rate = read_wav(tmp_path / FILE)
    assert made.files == (FILE,)
    assert rate == 48000
    assert samples.shape[1] == 1
    seconds = len(samples) / rate
    assert 1.5 < seconds < 5.0
    assert made.facts["seconds"] == pytest.approx(seconds, abs=0.001)
    assert made.facts["overrun_seconds"] == 0.0
    voice = samples[:, 0]
    assert np.abs(voice).max() <= 10 ** (-3 / 20) + 1e-4
    assert LOUDNESS - 1.0 < loudness(voice) < LOUDNESS + 0.5
    assert abs(voice.mean()) < 1e-3
    assert np.abs(voice[:3]).max() < 0.01, "a click at the start"
    assert np.abs(voice[-3:]).max() < 0.01, "a click at the end"
    # Speech comes and goes; a hum does not.
    frames = voice[: len(voice) // 480 * 480].reshape(-1, 480)
    levels = np.sqrt((frames**2).mean(axis=1))
    assert np.percentile(levels, 90) > 6 * np.percentile(levels, 8)


def test_languages_sound_different(tmp_path: Path) -> None:
    heard = set()
    for code in LANGUAGES:
        speak(tmp_path, "12345", code)
        heard.add(hashlib.sha256((tmp_path / FILE).read_bytes()).hexdigest())
    assert len(heard) == len(LANGUAGES)


def test_every_voice_is_in_the_data() -> None:
    data = Path(espeakng_loader.get_data_path())
    assert set(VOICE_FILES) == set(BASE_RATE) == set(Language)
    for file in VOICE_FILES.values():
        assert (data / "lang" / file).is_file()
    for variant in FEMALE + MALE:
        assert (data / "voices" / "!v" / variant).is_file()


def test_voices_follow_gender_and_name() -> None:
    assert voice_name(Language.AMERICAN_ENGLISH, "af_heart") == f"gmw/en-US+{FEMALE[0]}"
    assert voice_name(Language.ITALIAN, "im_nicola").partition("+")[2] in MALE
    others = {voice_name(Language.SPANISH, f"ef_voice{i}") for i in range(30)}
    assert len(others) > 2


def test_same_bytes_again_and_after_other_lines(tmp_path: Path) -> None:
    def digest() -> str:
        speak(tmp_path, LINES["a"])
        return hashlib.sha256((tmp_path / FILE).read_bytes()).hexdigest()

    first = digest()
    for code in ("z", "j", "h"):
        speak(tmp_path, LINES[code], code, voice=f"{code}m_other", speed=1.4)
    assert digest() == first


def test_same_bytes_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from core.engines.animatic.narrator import AnimaticNarrator\n"
        "from core.engines.roles import Room; from core.film.requests import NarrateRequest\n"
        "from core.film.language import Language; folder = Path(sys.argv[1])\n"
        "request = NarrateRequest(sys.argv[2], Language.JAPANESE, 'jf_alpha', 1.0, 5.0)\n"
        "AnimaticNarrator().run(request, Room(folder, folder), lambda fraction, note='': None)"
    )
    speak(tmp_path, LINES["j"], "j")
    here = (tmp_path / FILE).read_bytes()
    root = str(Path(__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": root, "PYTHONHASHSEED": "77"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path), LINES["j"]], check=True, env=environment)
    assert (tmp_path / FILE).read_bytes() == here


def test_speed_changes_the_length(tmp_path: Path) -> None:
    lengths = [speak(tmp_path, LINES["a"], speed=speed).facts["seconds"] for speed in (0.6, 1.0, 1.6)]
    assert lengths[0] > 1.3 * lengths[1] > 1.3 * 1.3 * lengths[2]  # type: ignore[operator]


def test_voices_change_the_sound(tmp_path: Path) -> None:
    speak(tmp_path, LINES["a"], voice="af_heart")
    female = (tmp_path / FILE).read_bytes()
    speak(tmp_path, LINES["a"], voice="am_adam")
    assert (tmp_path / FILE).read_bytes() != female


def test_a_line_that_fits_is_left_alone(tmp_path: Path) -> None:
    relaxed = speak(tmp_path, LINES["a"], fit=30.0)
    seconds = float(relaxed.facts["seconds"])  # type: ignore[arg-type]
    snug = speak(tmp_path, LINES["a"], fit=seconds + BREATH_SECONDS + 0.02)
    assert snug.facts["speed"] == relaxed.facts["speed"] == 1.0
    assert snug.facts["seconds"] == relaxed.facts["seconds"]


def test_a_line_a_little_too_long_is_spoken_faster(tmp_path: Path) -> None:
    seconds = float(speak(tmp_path, LINES["a"], fit=30.0).facts["seconds"])  # type: ignore[arg-type]
    made = speak(tmp_path, LINES["a"], fit=0.94 * seconds + BREATH_SECONDS)
    assert 1.0 < made.facts["speed"] <= MOST_FASTER  # type: ignore[operator]
    assert made.facts["seconds"] <= 0.94 * seconds + 0.01  # type: ignore[operator]
    assert made.facts["overrun_seconds"] == 0.0


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.5])
def test_what_still_does_not_fit_is_stated(speed: float, tmp_path: Path) -> None:
    made = speak(tmp_path, LINES["a"], fit=1.0, speed=speed)
    assert speed * 1.1 < made.facts["speed"] <= speed * MOST_FASTER + 0.001  # type: ignore[operator]
    assert made.facts["fit_seconds"] == 1.0
    seconds = len(sound(tmp_path)) / 48000
    assert made.facts["overrun_seconds"] == pytest.approx(seconds - 1.0, abs=0.002)
    assert seconds > 1.0


def test_long_text_reports_progress_and_can_be_stopped(tmp_path: Path) -> None:
    text = " ".join(LINES["a"] for _ in range(24))
    assert len(text) > 1000
    heard: list[float] = []
    request = NarrateRequest(text, Language.AMERICAN_ENGLISH, "af_heart", 1.0, 5.0)
    room = Room(tmp_path, tmp_path)
    made = AnimaticNarrator().run(request, room, lambda fraction, note="": heard.append(fraction))
    assert 40 < made.facts["seconds"] < 120  # type: ignore[operator]
    assert len(heard) > 50
    assert heard[-1] == 1.0
    (tmp_path / FILE).unlink()
    calls = 0

    def stop(fraction: float, note: str = "") -> None:
        nonlocal calls
        calls += 1
        if calls == 20:
            raise Cancelled

    with pytest.raises(Cancelled):
        AnimaticNarrator().run(request, room, stop)
    assert calls == 20, "it went on after it was stopped"
    assert not (tmp_path / FILE).exists()
    assert speak(tmp_path, LINES["a"]).facts["overrun_seconds"] == 0.0


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "...", "*** --- ***", "\x1b\x07", "<>", "“”"])
def test_nothing_to_say_is_refused(text: str, tmp_path: Path) -> None:
    for code in ("a", "j", "z"):
        with pytest.raises(BadInput, match="narration line") as caught:
            speak(tmp_path, text, code)
        assert "vo_script_per_shot" in caught.value.remedy
    assert not (tmp_path / FILE).exists()


def test_control_characters_change_nothing(tmp_path: Path) -> None:
    speak(tmp_path, "She walks home")
    plain = (tmp_path / FILE).read_bytes()
    # \x01 with a number and a letter is espeak's embedded command for speed, pitch and volume.
    speak(tmp_path, "She\u202e \x1bwalks\x07 \u200bhome\x00")
    assert (tmp_path / FILE).read_bytes() == plain
    assert script("a\x01 9s b\x0150p", Language.AMERICAN_ENGLISH, "af_heart").pieces[0][0] == "a 9s b50p"


def test_markup_is_spoken_as_words(tmp_path: Path) -> None:
    marked = script('<speak>She *walks* <break time="9s"/> [[h@l]] home</speak>', Language.AMERICAN_ENGLISH, "af_heart")
    assert not set('<>[]*/"=') & set(marked.pieces[0][0])
    made = speak(tmp_path, '<speak>She walks <break time="60s"/> home</speak>', fit=20.0)
    assert made.facts["seconds"] < 6  # type: ignore[operator]


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_figures_are_refused(value: float, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        speak(tmp_path, "hello", speed=value)
    with pytest.raises(BadInput):
        speak(tmp_path, "hello", fit=value)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("女", "オンナ"),
        ("東京の夜", "トーキョーノ ヨル"),
        ("彼女は歩く", "カノジョワ アルク"),
        ("駅へ行く", "エキエ イク"),
        ("2人", "フタリ"),
        ("二人は歩く", "フタリワ アルク"),
        ("３匹の猫", "サンビキノ ネコ"),
        ("2026年10月3日", "ニセンニジューロクネン ジューガツ ミッカ"),
        ("午前5:30", "ゴゼン ゴジ サンジュップン"),
        ("人々の声", "ヒトビトノ コエ"),
        ("AikoとTOKYO", "アイコ ト トーキョー"),
        ("NYの夜", "エヌ ワイ ノ ヨル"),
    ],
)
def test_japanese_readings(written: str, spoken: str) -> None:
    reading = read_japanese(written)
    assert " ".join(piece for piece, _ in reading.pieces) == spoken
    assert not any(english for _, english in reading.pieces)
    assert reading.unread == ""


def test_english_in_japanese_is_left_to_an_english_voice(tmp_path: Path) -> None:
    reading = read_japanese("彼女は Thank you と言った。")
    assert [english for _, english in reading.pieces] == [False, True, False]
    assert reading.pieces[1][0] == "Thank you"
    pieces = script("She walks alone.", Language.JAPANESE, "jf_alpha").pieces
    assert pieces == (("She walks alone", f"gmw/en-US+{FEMALE[0]}"),)
    assert speak(tmp_path, "彼女は Thank you と言った。", "j").facts["seconds"] > 1.0  # type: ignore[operator]


def test_a_kanji_nobody_can_read_is_left_out_and_told(tmp_path: Path) -> None:
    made = speak(tmp_path, "今日は鱻を食べた", "j")
    assert made.facts["note"] == "left out, no reading known: 鱻"
    assert made.facts["reading"] == "キョーワ オ タベタ"
    with pytest.raises(BadInput):
        speak(tmp_path, "鱻", "j")


@settings(max_examples=60, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from("女東京夜彼歩人一二三十百2 5:.,%はがを、。ーッnAikoTVabc鱻龘々〆ヶ①㍿"), max_size=24
    )
)
def test_no_kanji_and_no_digit_reaches_the_japanese_voice(text: str) -> None:
    for piece, english in read_japanese(text).pieces:
        assert not KANJI.search(piece)
        assert not any(char.isdigit() for char in piece)
        assert english or not re.search("[A-Za-z]", piece)


@pytest.mark.parametrize(
    ("value", "counter", "spoken"),
    [
        (1, "人", "ヒトリ"), (4, "人", "ヨニン"), (14, "人", "ジューヨニン"), (1, "本", "イッポン"),
        (3, "本", "サンボン"), (300, "本", "サンビャッポン"), (10, "分", "ジュップン"), (4, "時", "ヨジ"),
        (9, "月", "クガツ"),
        (20, "歳", "ハタチ"), (8, "回", "ハッカイ"), (3, "階", "サンガイ"), (5, "つ", "イツツ"), (20, "日", "ハツカ"),
    ],
)  # fmt: skip
def test_counters(value: int, counter: str, spoken: str) -> None:
    assert read_counted(value, counter) == spoken


def test_numbers() -> None:
    assert read_number(0) == "ゼロ"
    assert read_number(1000) == "セン"
    assert read_number(3600) == "サンゼンロッピャク"
    assert read_number(12_345_678) == "センニヒャクサンジューヨンマンゴセンロッピャクナナジューハチ"
    assert read_number(10_000_000) == "イッセンマン"
    with pytest.raises(ValueError):
        read_number(10**16)


def test_romaji() -> None:
    assert romaji_to_kana("Kenji") == "ケンジ"
    assert romaji_to_kana("Shinjuku") == "シンジュク"
    assert romaji_to_kana("Hokkaido") == "ホッカイドー"
    assert romaji_to_kana("street") is None


def test_mandarin_reads_hanzi_by_itself(tmp_path: Path) -> None:
    # espeak says "Chinese letter" for a character it cannot read: then twice the text takes the same sound twice.
    one = float(speak(tmp_path, "你", "z").facts["seconds"])  # type: ignore[arg-type]
    many = float(speak(tmp_path, "你好我们走吧他们来了", "z", fit=30).facts["seconds"])  # type: ignore[arg-type]
    assert one < 0.6
    assert many < 10 * 0.45


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(espeakng_loader, "get_library_path", lambda: str(tmp_path / "none.so"))
    with pytest.raises(EngineTrouble, match="missing") as caught:
        AnimaticNarrator().load("cpu")
    assert "espeakng-loader" in caught.value.remedy
    (tmp_path / "none.so").write_text("not a library")
    with pytest.raises(EngineTrouble, match="cannot be loaded"):
        AnimaticNarrator().load("cpu")
    monkeypatch.undo()
    monkeypatch.setattr(espeakng_loader, "get_data_path", lambda: str(tmp_path))
    with pytest.raises(EngineTrouble, match="data"):
        AnimaticNarrator().load("cpu")
    monkeypatch.undo()
    AnimaticNarrator().load("cpu")
    with Speech() as speech, pytest.raises(EngineTrouble, match="no voice"):
        speech.say("hello", "gmw/nowhere", 160, lambda: None)


def test_janome_is_loaded_for_japanese_only() -> None:
    program = (
        "import sys, tempfile; from pathlib import Path; from core.engines.animatic.narrator import AnimaticNarrator\n"
        "from core.engines.roles import Room; from core.film.requests import NarrateRequest\n"
        "from core.film.language import Language\n"
        "with tempfile.TemporaryDirectory() as name:\n"
        "    request = NarrateRequest('Bonjour', Language.FRENCH, 'ff_siwis', 1.0, 5.0)\n"
        "    AnimaticNarrator().run(request, Room(Path(name), Path(name)), lambda fraction, note='': None)\n"
        "sys.exit('janome' in sys.modules)"
    )
    root = str(Path(__file__).resolve().parents[1])
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": root})


def test_polish_keeps_pitch_length_and_level() -> None:
    t = np.arange(RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)
    made = resample_and_shape(tone, RATE)
    assert len(made) == 48000
    spectrum = np.abs(np.fft.rfft(made))
    assert int(spectrum.argmax()) == 440
    rest = spectrum.copy()
    rest[400:480] = 0
    assert rest.max() < spectrum.max() / 300
    # 997 Hz at full scale is -3.01 LUFS by definition of the K weighting (EBU Tech 3341).
    sine = np.sin(2 * np.pi * 997 * np.arange(96000) / 48000).astype(np.float32)
    assert loudness(sine) == pytest.approx(-3.01, abs=0.05)
    assert loudness(np.zeros(9600, np.float32)) == -70.0
    assert loudness(level(0.01 * sine)) == pytest.approx(LOUDNESS, abs=0.1)
    assert fade(sine, 48000)[0] == 0.0


def test_trim_cuts_silence_only() -> None:
    tone = np.zeros(RATE, np.float32)
    tone[8000:12000] = 0.5
    cut = trim(tone, RATE)
    assert 4000 <= len(cut) <= 4000 + int(0.08 * RATE)
    assert float(np.abs(cut).sum()) == pytest.approx(2000.0)
    assert len(trim(np.zeros(500, np.float32), RATE)) == 0
