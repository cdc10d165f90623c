"""Kokoro's real code on a tiny random checkpoint: nine languages, the fit to the shot, and what may be damaged."""

from __future__ import annotations

import pickle
import re
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.engines.narration import BREATH_SECONDS, FILE, MOST_FASTER, fit
from core.engines.registry import choose_engine
from core.engines.roles import Cancelled, Room
from core.engines.studio import speech
from core.engines.studio.narrator import RATE, REPOSITORY, WEIGHTS, KokoroNarrator
from core.engines.studio.speech import split, spoken_text
from core.engines.studio.weights import MissingWeights
from core.film.errors import BadInput, EngineTrouble
from core.film.language import LANGUAGES, Language
from core.film.lineup import Role
from core.film.requests import Made, NarrateRequest
from core.media.sound import read_wav, wav_format
from core.worker.hosts.messages import Finished, Run
from core.worker.hosts.process import Host
from tests.asking import quiet
from tests.tiny import kokoro as tiny
from tests.tiny.hub import REVISION, place

pytest.importorskip("torch", reason="the studio's tests need torch (the CPU build will do)")
pytest.importorskip("kokoro", reason="the studio narrator's tests need kokoro")
# Warnings of kokoro's and torch's own making (weight_norm, LSTM with one layer) are theirs to mend.
pytestmark = [pytest.mark.studio, pytest.mark.filterwarnings("ignore")]

LINES = {
    Language.AMERICAN_ENGLISH: "Night.",
    Language.BRITISH_ENGLISH: "Night.",
    Language.SPANISH: "Noche.",
    Language.FRENCH: "La nuit.",
    Language.HINDI: "रात।",
    Language.ITALIAN: "Notte.",
    Language.JAPANESE: "夜です。",
    Language.BRAZILIAN_PORTUGUESE: "Noite.",
    Language.MANDARIN_CHINESE: "夜晚。",
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Kokoro in a hub cache."""
    return place(tmp_path_factory.mktemp("hub"), REPOSITORY, tiny.build)


@pytest.fixture(scope="module")
def narrator(model: Path) -> KokoroNarrator:
    import torch

    torch.set_num_threads(1)  # a tiny model gains nothing by more, and other tests run beside it
    made = KokoroNarrator(repository=str(model))
    made.load("cpu")
    return made


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*about: Any) -> None:
        raise AssertionError(f"the network was asked for: {about}")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


def speak(narrator: KokoroNarrator, stage: Path, text: str, language: Language = Language.SPANISH, **more: Any) -> Made:
    asked = {"voice": LANGUAGES[language].voice, "speed": 1.0, "fit_seconds": 60.0, **more}
    stage.mkdir(parents=True, exist_ok=True)
    return narrator.run(NarrateRequest(text, language, **asked), Room(stage, stage), quiet)


@pytest.mark.parametrize("language", list(Language))
def test_nine_languages_speak(narrator: KokoroNarrator, tmp_path: Path, language: Language) -> None:
    made = speak(narrator, tmp_path, LINES[language], language)
    shape = wav_format(tmp_path / FILE)
    assert made.files == (FILE,)
    assert (shape.sample_rate, shape.channels) == (RATE, 1)
    assert made.facts["seconds"] == pytest.approx(shape.seconds, abs=0.001)
    assert 0.1 < shape.seconds < 8
    assert made.facts["speed"] == 1.0
    assert made.facts["overrun_seconds"] == 0.0
    assert made.facts["voice"] == LANGUAGES[language].voice
    assert made.facts["model_revision"] == REVISION
    sound, _ = read_wav(tmp_path / FILE)
    assert 0.001 < float(np.abs(sound).max()) < 1.0


def test_every_sound_of_the_readers_is_one_the_model_knows(narrator: KokoroNarrator) -> None:
    known = set(tiny.config()["vocab"])
    for language, line in LINES.items():
        pipeline, _ = narrator._pipeline(language)
        sounds = speech.reader_of(pipeline)(line)
        assert sounds
        assert not set(sounds) - known, f"{language}: {sounds}"


@pytest.mark.parametrize("language", [Language.AMERICAN_ENGLISH, Language.BRITISH_ENGLISH])
def test_english_without_its_grammar_is_read_by_espeak_and_told(
    narrator: KokoroNarrator, tmp_path: Path, language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    import spacy.cli

    real = speech.importlib.util.find_spec
    monkeypatch.setattr(speech.importlib.util, "find_spec", lambda name: None if "core_web" in name else real(name))
    monkeypatch.setattr(spacy.cli, "download", lambda name: pytest.fail("it would download a model"))
    pipeline, reading = speech.open_pipeline(language, narrator._model, REPOSITORY)
    assert reading.name == "espeak"
    assert "en_core_web_sm" in reading.note
    sounds = speech.reader_of(pipeline)("The bird sings over the water.")
    if language is Language.AMERICAN_ENGLISH:
        assert "ː" not in sounds, "American voices were taught without length"
        assert "bˈɜɹd" in sounds
        assert "ˌOvəɹ" in sounds
    else:
        assert "bˈɜːd" in sounds
        assert "ˌQvə" in sounds


def test_the_same_request_gives_the_same_bytes(narrator: KokoroNarrator, model: Path, tmp_path: Path) -> None:
    first = speak(narrator, tmp_path / "1", "Noche.")
    speak(narrator, tmp_path / "2", "Luna.")
    again = speak(narrator, tmp_path / "3", "Noche.")
    fresh = KokoroNarrator(repository=str(model))
    fresh.load("cpu")
    other = speak(fresh, tmp_path / "4", "Noche.")
    assert first == again == other
    files = [(tmp_path / name / FILE).read_bytes() for name in "1234"]
    assert files[0] == files[2] == files[3]
    assert files[0] != files[1]


def test_voice_and_speed_of_the_shot_count(narrator: KokoroNarrator, tmp_path: Path) -> None:
    plain = speak(narrator, tmp_path / "1", "Cae noche.")
    slow = speak(narrator, tmp_path / "2", "Cae noche.", speed=0.5)
    speak(narrator, tmp_path / "3", "Cae noche.", voice="bf_emma")
    assert slow.facts["speed"] == 0.5
    assert float(slow.facts["seconds"] or 0) > 1.5 * float(plain.facts["seconds"] or 0)
    assert (tmp_path / "1" / FILE).read_bytes() != (tmp_path / "3" / FILE).read_bytes()


def test_a_line_that_is_too_long_is_spoken_faster_and_the_rest_told(narrator: KokoroNarrator, tmp_path: Path) -> None:
    natural = float(speak(narrator, tmp_path / "1", "Cae noche.").facts["seconds"] or 0)
    little = speak(narrator, tmp_path / "2", "Cae noche.", fit_seconds=natural * 0.97 + BREATH_SECONDS)
    assert 1.0 < float(little.facts["speed"] or 0) <= MOST_FASTER
    assert little.facts["overrun_seconds"] == 0.0
    much = speak(narrator, tmp_path / "3", "Cae noche.", fit_seconds=natural / 2)
    assert much.facts["speed"] == MOST_FASTER
    over = float(much.facts["seconds"] or 0) - natural / 2
    assert much.facts["overrun_seconds"] == pytest.approx(over, abs=0.002)
    assert over > 0


def test_a_shot_shorter_than_a_breath_is_spoken_at_full_haste(narrator: KokoroNarrator, tmp_path: Path) -> None:
    assert speak(narrator, tmp_path, "Si.", fit_seconds=0.1).facts["speed"] == MOST_FASTER


def test_fitting_stops_as_soon_as_it_fits() -> None:
    asked: list[int] = []

    def say(pace: int) -> np.ndarray:
        asked.append(pace)
        return np.zeros(round(100 * 1000 / pace), np.float32)

    found = fit(say, pace=1000, fastest=1150, rate=100, fit_seconds=0.95 + BREATH_SECONDS, step=10)
    assert (found.pace, found.natural) == (1063, 1.0)
    assert asked == [1000, 1053, 1063], "the least step, where a whole one changed too little"


def test_a_long_text_is_spoken_in_pieces(
    narrator: KokoroNarrator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def second(pipeline: Any, piece: str, voice: Path, speed: float) -> np.ndarray:
        said.append(piece)
        return np.full(RATE, 0.5, np.float32)

    monkeypatch.setattr("core.engines.studio.narrator.split", lambda text, read: split(text, len_as_read, 14))
    monkeypatch.setattr("core.engines.studio.narrator._speak", second)
    made = speak(narrator, tmp_path, "Cae la noche. Llueve. Sale la luna.")
    assert said == ["Cae la noche.", "Llueve.", "Sale la luna."]
    assert (made.facts["pieces"], made.facts["seconds"]) == (3, 3 + 2 * 0.18)


def len_as_read(text: str) -> str:
    """A reader that gives a sound a letter."""
    return text


def test_no_piece_is_longer_than_the_model_takes(narrator: KokoroNarrator) -> None:
    """kokoro's own splitting cuts off what is over 510 phonemes: Chinese and Japanese full stops do not count there."""
    for language, line in LINES.items():
        pipeline, _ = narrator._pipeline(language)
        read = speech.reader_of(pipeline)
        text = (line + ("" if line[-1] in "。" else " ")) * 90
        pieces = split(text, read)
        assert len(pieces) > 1
        assert all(len(read(piece)) <= speech.MOST_PHONEMES for piece in pieces)
        assert _bare("".join(pieces)) == _bare(text), "words were lost"


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("text", "most", "pieces"),
    [
        ("One. Two. Three.", 30, ["One. Two. Three."]),
        ("One. Two. Three.", 9, ["One. Two.", "Three."]),
        ("One, two, three", 10, ["One, two,", "three"]),
        ("one two three", 8, ["one two", "three"]),
        ("abcdefgh", 4, ["abcd", "efgh"]),
        ("夜。雨。", 2, ["夜。", "雨。"]),
        ("夜。雨。", 4, ["夜。雨。"]),
        ("Pi is 3.14 or so.", 100, ["Pi is 3.14 or so."]),
    ],
)
def test_where_a_line_is_parted(text: str, most: int, pieces: list[str]) -> None:
    assert split(text, lambda piece: piece, most) == pieces


def test_what_is_read_out() -> None:
    assert spoken_text("a \x1b[31m*bold*\n word") == "a 31m bold word"
    for nothing in ("", "  ", "...", "\x07"):
        with pytest.raises(BadInput, match="no word to speak"):
            spoken_text(nothing)


@pytest.mark.parametrize("voice", ["af_hart", "../voices/af_heart", "af_heart.pt", "/etc/passwd", "AF_HEART"])
def test_a_voice_that_is_not_there(narrator: KokoroNarrator, tmp_path: Path, voice: str) -> None:
    with pytest.raises(BadInput, match="no voice") as caught:
        speak(narrator, tmp_path, "Noche.", voice=voice)
    assert "af_heart" in caught.value.remedy or "bf_emma" in caught.value.remedy


@pytest.mark.parametrize(("field", "value"), [("speed", 0.0), ("speed", float("nan")), ("fit_seconds", -1.0)])
def test_what_is_not_possible_is_refused(narrator: KokoroNarrator, tmp_path: Path, field: str, value: float) -> None:
    with pytest.raises(BadInput):
        speak(narrator, tmp_path, "Noche.", **{field: value})


def test_a_cancel_passes(narrator: KokoroNarrator, tmp_path: Path) -> None:
    def stop(fraction: float, note: str = "") -> None:
        if note.startswith("speaking"):
            raise Cancelled

    with pytest.raises(Cancelled):
        narrator.run(NarrateRequest("Cae.", Language.SPANISH, "", 1.0, 4.0), Room(tmp_path, tmp_path), stop)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_it_speaks_in_a_host_process(model: Path, tmp_path: Path) -> None:
    stage = tmp_path / "stage"
    stage.mkdir()
    backend = choose_engine("studio").backends[Role.NARRATOR]
    request = NarrateRequest("夜です。", Language.JAPANESE, "", 1.0, 5.0)
    log = tmp_path / "worker.log"
    with Host(
        backend.target,
        device="cpu",
        log=log,
        environment=backend.environment,
        options={**backend.options, "repository": str(model)},
    ) as host:
        (*_, answer) = host.work(Run(request, str(tmp_path), str(stage)))
    assert isinstance(answer, Finished), log.read_text()
    assert answer.made is not None
    assert answer.made.facts["reader"] == "misaki"
    assert wav_format(stage / FILE).sample_rate == RATE
    assert host.loaded is not None
    assert {"torch", "kokoro"} <= set(host.loaded.versions)


# --- damage ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def copied(model: Path, tmp_path: Path) -> Path:
    import shutil

    return Path(shutil.copytree(model, tmp_path / "copy"))


def test_missing_files_are_told(copied: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="no folder"):
        KokoroNarrator(repository=str(tmp_path / "none")).load("cpu")
    (copied / WEIGHTS).unlink()
    with pytest.raises(MissingWeights, match=WEIGHTS) as caught:
        KokoroNarrator(repository=str(copied)).load("cpu")
    assert "reeltui models fetch narrator" in caught.value.remedy


def test_truncated_weights_are_told(copied: Path) -> None:
    data = (copied / WEIGHTS).read_bytes()
    (copied / WEIGHTS).write_bytes(data[: len(data) // 2])
    with pytest.raises(EngineTrouble, match="damaged") as caught:
        KokoroNarrator(repository=str(copied)).load("cpu")
    assert "models verify narrator" in caught.value.remedy


def test_weights_that_lack_a_layer_are_no_voice(copied: Path) -> None:
    import torch

    state = torch.load(copied / WEIGHTS, weights_only=True)
    gone = next(name for name in state["text_encoder"] if name.endswith("embedding.weight"))
    del state["text_encoder"][gone]
    torch.save(state, copied / WEIGHTS)
    with pytest.raises(EngineTrouble, match=r"lacks text_encoder\.embedding\.weight"):
        KokoroNarrator(repository=str(copied)).load("cpu")


class _Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, ("import sys; sys.it_ran = True",))


def test_a_voice_runs_nothing(copied: Path, tmp_path: Path) -> None:
    for name, data in (("ef_dora", pickle.dumps(_Bomb())), ("ef_torn", b"PK\x03\x04")):
        (copied / "voices" / f"{name}.pt").write_bytes(data)
        narrator = KokoroNarrator(repository=str(copied))
        narrator.load("cpu")
        with pytest.raises(EngineTrouble, match="damaged"):
            speak(narrator, tmp_path / name, "Noche.", voice=name)
    assert not hasattr(sys, "it_ran")


def test_a_full_card_is_told_as_such(narrator: KokoroNarrator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    def full(*about: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 GiB")

    given: list[str] = []
    monkeypatch.setattr("core.engines.studio.narrator.give_back", given.append)
    speak(narrator, tmp_path, "Noche.")
    monkeypatch.setattr("core.engines.studio.narrator._speak", full)
    with pytest.raises(EngineTrouble, match="out of memory") as caught:
        speak(narrator, tmp_path, "Noche.")
    assert type(caught.value).__name__ == "OutOfDeviceMemory"
    assert given == ["cpu", "cpu"], "the card's memory is given back however a line ends"
