"""The studio's composer: the brief reaches the real ACE-Step 1.5 classes, here with tiny random weights."""

from __future__ import annotations

import contextlib
import math
import shutil
import sys
import types
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from core.engines.models import model_of
from core.engines.roles import Cancelled, Room
from core.engines.studio.composer import REPOSITORIES, AceComposer
from core.engines.studio.music_brief import FILE, LONGEST_CAPTION, check_words, read_brief
from core.engines.studio.music_length import FADE, PEAK, RATE, fitted
from core.engines.studio.torch_device import OutOfDeviceMemory, torch_dtype
from core.engines.studio.weights import MissingWeights
from core.film.errors import BadInput, EngineTrouble
from core.film.failure import Cause
from core.film.requests import ComposeRequest
from core.media.sound import read_wav, wav_format
from core.places import config_dir
from core.worker.hosts.child import failed
from core.worker.hosts.messages import Finished
from core.worker.hosts.process import cause_of
from tests.media_making import tone
from tests.tiny.ace import build_ace
from tests.tiny.hub import REVISION, snapshot_of
from tests.tiny.runs import calls_of, full_card, offloads_of, run, run_in_host, sha, tiny_hub

# torch's own remark on how AutoencoderOobleck is built.
pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")

BRIEF = "solo cello with warm pad, A minor, 68 BPM, tender and melancholic."
REQUEST = ComposeRequest(BRIEF, 3.21, 7)
REPOSITORY = REPOSITORIES["v1.5"]


# --- the brief ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "bpm", "key", "metre"),
    [
        (BRIEF, 68, "A minor", None),
        ("piano, F# minor, 3/4, 90-110 beats per minute", 100, "F# minor", "3"),
        ("strings in E flat major, 6/8", None, "Eb major", "6"),
        ("a minor change of mood, slow waltz", None, None, "3"),
        ("drone, 12 bpm", None, None, None),
        ("march, 4/4, 20 bars", None, None, "4"),
        ("", None, None, None),
    ],
)
def test_tempo_key_and_metre_are_told_in_fields_of_their_own(
    words: str, bpm: int | None, key: str | None, metre: str | None
) -> None:
    brief = read_brief(words, "v1.5")
    assert (brief.bpm, brief.key, brief.metre) == (bpm, key, metre)


def test_a_caption_is_no_longer_than_the_model_reads_and_says_when_it_was_cut() -> None:
    brief = read_brief("slow strings, " * 100, "v1.5")
    assert len(brief.caption) <= LONGEST_CAPTION
    assert brief.cut
    assert brief.caption.endswith(("slow", "strings"))
    assert not read_brief(BRIEF, "v1.5").cut
    assert read_brief(BRIEF, "v1").caption.endswith(", instrumental, film score")


@pytest.mark.parametrize(
    "words", ['[caption]\nv1 = "{brief}"', '[caption]\n"v1.5" = "music"\nv1 = "{brief}"', "caption = 3"]
)
def test_a_broken_word_file_of_the_users_own_is_named(words: str) -> None:
    own = config_dir() / FILE
    own.parent.mkdir(parents=True)
    own.write_text(words, encoding="utf-8")
    with pytest.raises(BadInput, match=r"composer\.toml") as caught:
        check_words()
    assert caught.value.remedy


# --- the length -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0.37, 1.0, 3.333, 5.0])
def test_music_is_cut_to_the_sample_and_ends_in_silence(seconds: float) -> None:
    music = fitted(tone(5.0, 0.9), RATE, seconds)
    assert music.shape == (round(seconds * RATE), 2)
    assert music.dtype == np.float32
    assert np.abs(music).max() == pytest.approx(PEAK, abs=1e-4)
    assert np.abs(music[-20:]).max() < 1e-3
    fade = round(min(FADE, seconds / 4) * RATE)
    steady = music[: len(music) - fade]
    assert np.abs(steady[: len(steady) // 2]).max() == pytest.approx(np.abs(steady[len(steady) // 2 :]).max(), abs=1e-3)


def test_what_little_is_missing_is_silent_and_comes_after_the_fade() -> None:
    music = fitted(tone(2.5, 0.5), RATE, 3.0)
    assert len(music) == 3 * RATE
    assert np.abs(music[round(2.5 * RATE) :]).max() == 0.0
    assert np.abs(music[round(2.5 * RATE) - 20 : round(2.5 * RATE)]).max() < 1e-3


def test_too_little_silence_and_no_numbers_are_no_music() -> None:
    with pytest.raises(EngineTrouble, match=r"1\.5 of 3\.0 seconds"):
        fitted(tone(1.5, 0.5), RATE, 3.0)
    with pytest.raises(EngineTrouble, match="silence"):
        fitted(tone(3.0, 0.0001), RATE, 3.0)
    with pytest.raises(EngineTrouble, match="not numbers"):
        fitted(np.full((RATE, 2), np.nan, np.float32), RATE, 1.0)
    with pytest.raises(EngineTrouble, match=r"0\.0 of"):
        fitted(np.zeros((0, 2), np.float32), RATE, 3.0)


@pytest.mark.parametrize("rate", [44_100, 32_000, 96_000])
def test_another_rate_keeps_its_pitch_and_its_length(rate: int) -> None:
    music = fitted(tone(2.0, 0.5, hertz=441.0, rate=rate)[:, :1], rate, 2.0)
    assert music.shape == (2 * RATE, 2)
    assert (music[:, 0] == music[:, 1]).all()
    spectrum = np.abs(np.fft.rfft(music[:RATE, 0]))
    assert int(spectrum.argmax()) == 441


# --- the real pipeline ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_hub(tmp_path_factory, REPOSITORY, build_ace)


@pytest.fixture(scope="module")
def loaded(cache: Path) -> AceComposer:
    composer = AceComposer(repository=str(snapshot_of(cache, REPOSITORY)))
    composer.load("cpu")
    return composer


@pytest.fixture
def calls(cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What reaches the pipeline, and through it the real model."""
    from diffusers import AceStepPipeline

    return calls_of(AceStepPipeline, monkeypatch)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path / "reel", tmp_path / "stage")
    room.stage.mkdir()
    return room


@pytest.mark.studio
def test_music_is_exactly_as_long_as_asked_and_the_same_every_time(
    loaded: AceComposer, room: Room, calls: list[dict[str, Any]]
) -> None:
    made, first, told = run(loaded, REQUEST, room)
    shape = wav_format(room.stage / "music.wav")
    assert (shape.sample_rate, shape.channels, shape.samples) == (48_000, 2, round(3.21 * 48_000))
    sound, _ = read_wav(room.stage / "music.wav")
    assert 0.7 < np.abs(sound).max() < 0.8
    assert sound.std() > 0.01
    assert made.files == ("music.wav",)
    assert [note for _, note in told if note.startswith("step")] == [f"step {n} of 8" for n in range(1, 9)]
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)
    assert run(loaded, REQUEST, room)[1] == first
    assert run(loaded, msgspec.structs.replace(REQUEST, seed=8), room)[1] != first
    assert run(loaded, msgspec.structs.replace(REQUEST, brief="drums"), room)[1] != first
    assert calls[0] == calls[1]


@pytest.mark.studio
def test_the_turbo_model_is_asked_as_its_makers_say(
    loaded: AceComposer, room: Room, calls: list[dict[str, Any]]
) -> None:
    made, _, _ = run(loaded, REQUEST, room)
    asked = calls[0]
    assert (asked["num_inference_steps"], asked["guidance_scale"], asked["shift"]) == (8, 1.0, 3.0)
    assert (asked["lyrics"], asked["vocal_language"]) == ("[Instrumental]", "unknown")
    assert asked["prompt"].startswith("solo cello with warm pad")
    assert (asked["bpm"], asked["keyscale"], asked["timesignature"]) == (68, "A minor", None)
    assert asked["seed"] == 7
    assert asked["audio_duration"] == 10.0, "the model makes no less"
    assert made.facts["composed_seconds"] == 10.0
    assert made.facts["guidance"] == "off: the model is distilled"
    assert made.facts["model_revision"] == REVISION
    run(loaded, msgspec.structs.replace(REQUEST, seconds=10.4), room)
    assert calls[1]["audio_duration"] == 11.0


@pytest.mark.studio
def test_a_model_that_is_not_distilled_is_asked_for_its_guidance(
    cache: Path, tmp_path: Path, room: Room, calls: list[dict[str, Any]]
) -> None:
    folder = copied(cache, tmp_path)
    config = folder / "transformer" / "config.json"
    plain = config.read_text().replace('"is_turbo": true', '"is_turbo": false').replace('"turbo"', '"base"')
    config.write_text(plain)
    composer = AceComposer(repository=str(folder), steps=2)
    composer.load("cpu")
    made, _, _ = run(composer, REQUEST, room)
    assert calls[0]["guidance_scale"] == made.facts["guidance"] == 7.0
    assert calls[0]["num_inference_steps"] == made.facts["steps"] == 2
    assert made.facts["model_revision"] == "local"


@pytest.mark.studio
def test_a_cancel_is_heard_within_a_step(loaded: AceComposer, room: Room) -> None:
    def stop(fraction: float, note: str = "") -> None:
        if note == "step 3 of 8":
            raise Cancelled

    with pytest.raises(Cancelled):
        loaded.run(REQUEST, room, stop)
    assert not list(room.stage.iterdir())


@pytest.mark.studio
@pytest.mark.parametrize("seconds", [0.0, -1.0, math.nan, math.inf, 601.0])
def test_a_length_that_cannot_be_composed_is_refused(seconds: float, loaded: AceComposer, room: Room) -> None:
    with pytest.raises(BadInput, match="cannot be composed"):
        run(loaded, msgspec.structs.replace(REQUEST, seconds=seconds), room)


@pytest.mark.studio
def test_a_full_device_is_told_as_such(loaded: AceComposer, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers import AceStepPipeline

    def full(pipeline: Any, **asked: Any) -> Any:
        raise RuntimeError("HIP out of memory. Tried to allocate 2 GiB\nmore")

    monkeypatch.setattr(AceStepPipeline, "__call__", full)
    with pytest.raises(OutOfDeviceMemory, match="10 seconds of music") as caught:
        run(loaded, REQUEST, room)
    assert cause_of(failed(caught.value)) is Cause.OUT_OF_MEMORY


@pytest.mark.studio
def test_offloading_is_asked_of_the_pipeline_and_changes_no_sound(
    cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import AceStepPipeline

    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    composer = AceComposer(steps=2)
    composer.load("cpu")
    run(composer, REQUEST, room)
    plain, _ = read_wav(room.stage / "music.wav")
    without = msgspec.structs.replace(room, fallbacks=("offload",))
    assert run(composer, REQUEST, without)[0].facts["offload"] == "not on the CPU"
    moved = offloads_of(AceStepPipeline, monkeypatch)
    ace = composer._ace
    assert ace is not None
    ace._device = "cuda:0"
    away = run(composer, REQUEST, without)
    assert away[0].facts["offload"] == "on"
    # Weights that were moved lie elsewhere in memory, and some kernels then sum in another order.
    assert np.abs(read_wav(room.stage / "music.wav")[0] - plain).max() < 1e-4
    assert moved[0] == "cuda:0"
    assert run(composer, REQUEST, room)[0].facts["offload"] == "on", "it stays so, and says so"


@pytest.mark.studio
def test_weights_that_do_not_fit_wait_beside_the_card(cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers import AceStepPipeline

    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    # The numbers of a CPU: only the card's memory is played here.
    monkeypatch.setattr("core.engines.studio.pipelines.torch_dtype", lambda device: torch_dtype("cpu"))
    moved = full_card(AceStepPipeline, monkeypatch)
    composer = AceComposer(steps=2)
    composer.load("cuda:0")
    assert moved[:2] == ["to cpu", "cuda:0"]
    for fallbacks in ((), ("offload",)):
        made = run(composer, REQUEST, msgspec.structs.replace(room, fallbacks=fallbacks))[0]
        assert made.facts["offload"] == "on: the weights did not fit on the device"


@pytest.mark.studio
@pytest.mark.parametrize("ends", ["by itself", "by an error"])
def test_memory_is_given_back_however_music_ends(
    ends: str, loaded: AceComposer, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    monkeypatch.setattr("core.engines.studio.ace.give_back", given.append)

    def stop(fraction: float, note: str = "") -> None:
        if ends == "by an error" and note.startswith("step"):
            raise Cancelled

    with pytest.raises(Cancelled) if ends == "by an error" else contextlib.nullcontext():
        loaded.run(REQUEST, room, stop)
    assert given == ["cpu"]


@pytest.mark.studio
def test_missing_and_broken_weights_are_told(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "nothing"))
    with pytest.raises(MissingWeights, match="acestep-v15") as caught:
        AceComposer().load("cpu")
    assert caught.value.remedy.startswith("reeltui models fetch")
    folder = copied(cache, tmp_path)
    weights = next((folder / "transformer").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(EngineTrouble, match="cannot be read as AceStepPipeline"):
        AceComposer(repository=str(folder)).load("cpu")


@pytest.mark.studio
def test_every_folder_of_weights_is_looked_for_in_the_cache(cache: Path) -> None:
    snapshot, model = snapshot_of(cache, REPOSITORY), model_of(REPOSITORY)
    assert model is not None
    folders = {path.parent.name for path in snapshot.glob("*/*.safetensors")}
    assert folders == {file.partition("/")[0] for file in model.files if file.endswith(".safetensors")}


def copied(cache: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(snapshot_of(cache, REPOSITORY), tmp_path / "copy"))


@pytest.mark.slow
@pytest.mark.studio
def test_a_host_of_its_own_composes_the_same_music(
    loaded: AceComposer, cache: Path, room: Room, tmp_path: Path
) -> None:
    """What a resumed reel relies on: another process, made with the backend's options, gives the same bytes."""
    here = run(loaded, REQUEST, room)
    target, snapshot = "core.engines.studio.composer:AceComposer", snapshot_of(cache, REPOSITORY)
    (*_, finished), _ = run_in_host(target, snapshot, REQUEST, room, tmp_path / "host.log")
    assert isinstance(finished, Finished)
    assert finished.made == here[0]
    assert sha(finished.made, room) == here[1]


# --- v1, by a stand-in of its package (the package itself was never run here) ---------------------------------------


class StandIn:
    """What of ACEStepPipeline we call, and how it calls back."""

    seen: list[dict[str, Any]]
    module: types.ModuleType
    seconds_more = 0.0

    def __init__(self, checkpoint_dir: str, dtype: str) -> None:
        self.device: Any = None
        self.made = {"checkpoint_dir": checkpoint_dir, "dtype": dtype}

    def load_checkpoint(self, checkpoint_dir: str) -> None:
        self.loaded = checkpoint_dir

    def save_wav_file(self, wav: Any, place: int, **where: Any) -> str:
        raise AssertionError("the package's own writer needs torchaudio and is not to be called")

    def __call__(self, **asked: Any) -> list[Any]:
        import torch

        self.seen.append(asked | {"device": str(self.device), **self.made, "loaded": self.loaded})
        for _ in self.module.tqdm(enumerate(range(asked["infer_step"])), total=asked["infer_step"]):
            pass
        at = torch.arange(round((asked["audio_duration"] + self.seconds_more) * 44_100)) / 44_100
        wav = torch.sin(at * 2 * torch.pi * (200 + asked["manual_seeds"][0])).repeat(2, 1)
        for _ in self.module.tqdm(range(1)):
            path = self.save_wav_file(wav, 0, save_path=asked["save_path"], sample_rate=44_100, format="wav")
        Path(path.replace(".wav", "_input_params.json")).write_text("{}")
        return [path]


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> type[StandIn]:
    pytest.importorskip("torch", reason="the studio engine needs torch")
    module = types.ModuleType("acestep.pipeline_ace_step")
    kind = type("ACEStepPipeline", (StandIn,), {"seen": [], "module": module})
    module.ACEStepPipeline = kind  # type: ignore[attr-defined]
    module.tqdm = lambda items, **more: items  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "acestep", types.ModuleType("acestep"))
    monkeypatch.setitem(sys.modules, "acestep.pipeline_ace_step", module)
    return kind


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    for part in ("music_dcae_f8c8", "music_vocoder", "ace_step_transformer", "umt5-base"):
        (tmp_path / "v1" / part).mkdir(parents=True)
    return tmp_path / "v1"


@pytest.mark.studio
def test_v1_is_asked_through_its_package_and_its_sound_is_kept(
    package: type[StandIn], checkpoint: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    monkeypatch.setattr("core.engines.studio.ace_v1.give_back", given.append)
    composer = AceComposer(version="v1", repository=str(checkpoint))
    composer.load("cpu")
    bar = package.module.tqdm
    made, _, told = run(composer, REQUEST, room)
    asked = package.seen[0]
    assert (asked["infer_step"], asked["guidance_scale"], asked["manual_seeds"]) == (60, 15.0, [7])
    assert asked["lyrics"] == "[instrumental]"
    assert asked["prompt"] == f"{BRIEF.rstrip('.')}, instrumental, film score"
    assert (asked["device"], asked["dtype"], asked["loaded"]) == ("cpu", "float32", str(checkpoint))
    assert wav_format(room.stage / "music.wav").samples == round(3.21 * 48_000)
    assert [note for _, note in told if note.startswith("step")] == [f"step {n} of 60" for n in range(1, 61)]
    assert made.facts["version"] == "v1"
    assert [path.name for path in room.stage.iterdir()] == ["music.wav"], "nothing of the package's own is left"
    assert package.module.tqdm is bar

    def stop(fraction: float, note: str = "") -> None:
        if note == "step 5 of 60":
            raise Cancelled

    with pytest.raises(Cancelled):
        composer.run(REQUEST, room, stop)
    assert package.module.tqdm is bar
    assert given == ["cpu", "cpu"], "the card's memory is given back however a piece ends"


@pytest.mark.studio
def test_v1_that_made_too_little_is_told(
    package: type[StandIn], checkpoint: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "seconds_more", -2.0)
    composer = AceComposer(version="v1", repository=str(checkpoint))
    composer.load("cpu")
    with pytest.raises(EngineTrouble, match=r"1\.2 of 3\.2 seconds"):
        run(composer, REQUEST, room)


def test_v1_without_its_package_or_its_parts_says_how_to_get_them(
    checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "acestep", None)  # as where it is not installed
    with pytest.raises(EngineTrouble, match="needs the package acestep") as caught:
        AceComposer(version="v1", repository=str(checkpoint)).load("cpu")
    assert "v1.5" in caught.value.remedy
    (checkpoint / "umt5-base").rmdir()
    with pytest.raises(MissingWeights, match="umt5-base"):
        AceComposer(version="v1", repository=str(checkpoint)).load("cpu")


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(BadInput, match="v9") as caught:
        AceComposer(version="v9").load("cpu")
    assert "v1.5" in caught.value.remedy
