"""The studio's painter: what it is asked reaches the real FLUX.2 klein classes, here with tiny random weights."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from core.engines.roles import Cancelled, Room
from core.engines.studio.paint_prompt import LONGEST, positive, short_name, write_prompt
from core.engines.studio.paint_words import FILE, load_paint_words
from core.engines.studio.painter import KleinPainter
from core.engines.studio.references import MOST, Hold, choose, hold_of
from core.engines.studio.torch_device import OutOfDeviceMemory, torch_dtype
from core.engines.studio.weights import MissingWeights
from core.film.camera import CameraMove
from core.film.errors import BadInput, EngineTrouble
from core.film.failure import Cause
from core.film.lineup import Phase
from core.film.requests import PaintRequest, Reference
from core.film.verdict import Label
from core.media.unreadable import Unreadable
from core.pipeline.ask import ask
from core.places import config_dir
from core.worker.hosts.child import failed
from core.worker.hosts.messages import Finished, Working
from core.worker.hosts.process import cause_of
from tests.asking import picture_of
from tests.paper import WORDING, look, reel, with_pictures, with_take
from tests.tiny.flux import build_flux
from tests.tiny.hub import REVISION, snapshot_of
from tests.tiny.runs import calls_of, full_card, offloads_of, run, run_in_host, sha, tiny_hub

AIKO = "Aiko (slim Japanese woman, 27, jet-black chin-length bob, mustard yellow vinyl raincoat)"
KENJI = "Kenji (Japanese man, 28, tall and lean, navy wool coat, red scarf)"
CAST = {"A": AIKO, "B": KENJI}
STORY = "Tokyo at night in the rain. Aiko meets Kenji."
REPOSITORY = "black-forest-labs/FLUX.2-klein-4B"
SHOT = picture_of(
    prompt=f"Dolly in. {AIKO} waits under a red lantern. shot on 35mm film",
    characters={"A": AIKO},
    story=STORY,
    shot_type="medium close-up",
    camera=CameraMove.DOLLY_IN,
    references=tuple(Reference(name, f"masters/{name}.png") for name in ("A", "scene")),
    width=70,
    height=42,
)
MASTER = msgspec.structs.replace(SHOT, subject="A", prompt=AIKO, shot_type="full figure", references=())


def replaced(request: PaintRequest, **changes: Any) -> PaintRequest:
    return msgspec.structs.replace(request, **changes)


def named(*names: str) -> tuple[Reference, ...]:
    return tuple(Reference(name, f"masters/{name}.png") for name in names)


# --- which references, in what order: no model needed ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("strength", "hold", "order"),
    [
        (0.3, Hold.LOOSE, ["previous", "scene", "A"]),
        (0.7, Hold.NAMED, ["previous", "A", "scene"]),
        (0.85, Hold.FIRM, ["A", "scene", "previous"]),
        (1.0, Hold.BOUND, ["A", "scene"]),
    ],
)
def test_strength_says_which_references_come_first(strength: float, hold: Hold, order: list[str]) -> None:
    chosen = choose(named("A", "scene", "previous"), strength)
    assert chosen.hold is hold
    assert [reference.name for reference in chosen.references] == order
    assert set(chosen.left_out) == {"A", "scene", "previous"} - set(order)


def test_a_greater_strength_never_holds_less() -> None:
    order = list(Hold)
    holds = [order.index(hold_of(step / 100)) for step in range(101)]
    assert holds == sorted(holds)
    assert {0, 1, 2, 3} == set(holds)


@pytest.mark.parametrize("strength", [0.2, 0.7, 0.85, 1.0])
@pytest.mark.parametrize("people", ["", "A", "AB", "ABC", "ABCDE"])
def test_the_model_gets_no_more_references_than_it_takes_and_none_is_lost_in_silence(
    strength: float, people: str
) -> None:
    offered = named(*people, *(("group",) if len(people) > 1 else ()), "scene", "previous")
    chosen = choose(offered, strength)
    assert len(chosen.references) <= MOST
    assert sorted([*chosen.left_out, *(one.name for one in chosen.references)]) == sorted(one.name for one in offered)
    assert len(people) < 4 or chosen.references[0].name == "group" or "group" not in chosen.left_out


def test_a_shot_of_a_place_keeps_the_previous_picture_however_hard_it_holds() -> None:
    assert [one.name for one in choose(named("scene", "previous"), 1.0).references] == ["scene", "previous"]


# --- the words ------------------------------------------------------------------------------------------------------


def words_of(request: PaintRequest, longest: int = 10_000) -> str:
    chosen = choose(request.references, request.strength)
    # A word counts so much that `longest` words fill what the model reads.
    return write_prompt(request, chosen, load_paint_words(), lambda text: len(text.split()) * LONGEST // longest).text


def test_a_master_is_its_portrait_and_nothing_of_the_story() -> None:
    words = words_of(MASTER)
    assert AIKO in words
    assert "Tokyo" not in words
    assert "plain light grey" in words


def test_the_group_stands_where_it_is_said_to() -> None:
    words = words_of(replaced(SHOT, subject="group", characters=CAST, references=named("A", "B")))
    assert f"on the left {AIKO}, on the right {KENJI}" in words
    assert "Aiko is the one in image 1" in words
    assert "Kenji is the one in image 2" in words
    many = {letter: f"Person{letter}, tall" for letter in "ABCDE"}
    assert "number 5 from the left PersonE" in words_of(replaced(SHOT, subject="group", characters=many, references=()))


def test_the_scene_is_empty_and_has_the_light_of_the_story() -> None:
    request = replaced(SHOT, subject="scene", characters={}, references=(), prompt="A narrow street.")
    words = words_of(request)
    assert "A narrow street. The place is empty" in words
    assert STORY.rstrip(".") in words


def test_who_is_who_stands_first_and_last_where_the_hold_is_firm() -> None:
    loose, firm = words_of(SHOT), words_of(replaced(SHOT, strength=0.85))
    assert loose.startswith("A photograph, the first moment of a film shot: Dolly in.")
    assert firm.startswith("Aiko is the very one in image 1")
    assert firm.endswith("Aiko looks exactly like image 1.")
    onward = words_of(replaced(SHOT, continues=True, references=named("A", "previous")))
    assert "the next moment" in onward
    assert "Image 1 is the moment before" in onward


def test_a_portrait_the_prompt_does_not_have_is_said() -> None:
    request = replaced(SHOT, prompt="She waits", characters=CAST)
    words = words_of(request)
    assert AIKO in words
    assert KENJI in words
    assert words_of(SHOT).count(AIKO) == 1


def test_too_many_words_lose_the_story_first_and_never_the_shot() -> None:
    prompt = write_prompt(
        SHOT, choose(SHOT.references, 0.7), load_paint_words(), lambda text: len(text.split()) * LONGEST // 60
    )
    assert prompt.left_out[0] == "story"
    assert SHOT.prompt in prompt.text
    hopeless = write_prompt(SHOT, choose(SHOT.references, 0.7), load_paint_words(), lambda text: LONGEST + 1)
    assert hopeless.tokens > LONGEST
    assert set(hopeless.left_out) == {"story", "framing"}


def test_negatives_become_what_is_to_be_seen_or_are_told_as_not_usable() -> None:
    sentences, unusable = positive("Extra fingers, crowd, crowds, lens flare, 三条腿", load_paint_words())
    assert len(sentences) == 3
    assert unusable == ("lens flare",)
    assert not [word for word in (" no ", " not ", "without", "crowd") if any(word in text for text in sentences)]


def test_every_retry_negative_has_words() -> None:
    """What a failed take may add to a negative must not come to nothing here."""
    known = load_paint_words()
    lost = {label: positive(WORDING.retry[label].negative, known)[1] for label in Label}
    motion = {"camera shake", "several camera movements", "sudden zoom", "morphing", "melting", "flicker"}
    assert {phrase for phrases in lost.values() for phrase in phrases} <= motion | {"objects changing shape"}


@pytest.mark.parametrize(
    ("portrait", "name"),
    [
        (AIKO, "Aiko"),
        ("The old fox, red fur", "The old fox"),
        ("a very tall and thin young man with a hat", "character A"),
    ],
)
def test_the_name_is_what_the_portrait_begins_with(portrait: str, name: str) -> None:
    assert short_name(portrait, "A") == name


def test_a_broken_word_file_of_the_users_own_is_named() -> None:
    own = config_dir() / FILE
    own.parent.mkdir(parents=True)
    own.write_text("[picture]\nmaster = 3\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"painter\.toml") as caught:
        load_paint_words()
    assert caught.value.remedy


def test_the_users_own_words_are_used_and_their_braces_are_left_alone() -> None:
    own = config_dir() / FILE
    own.parent.mkdir(parents=True)
    packaged = (Path(__file__).parents[1] / FILE).read_text(encoding="utf-8")
    own.write_text(packaged.replace("A photograph, the first moment", "A woodcut {of} one, the first moment"), "utf-8")
    assert words_of(SHOT).startswith("A woodcut {of} one, the first moment")


# --- the real pipeline ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_hub(tmp_path_factory, REPOSITORY, build_flux)


@pytest.fixture(scope="module")
def loaded(cache: Path) -> KleinPainter:
    painter = KleinPainter(repository=str(snapshot_of(cache, REPOSITORY)))
    painter.load("cpu")
    return painter


@pytest.fixture
def calls(cache: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What reaches the pipeline, and through it the real model."""
    from diffusers import Flux2KleinPipeline

    return calls_of(Flux2KleinPipeline, monkeypatch)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path / "reel", tmp_path / "stage")
    room.stage.mkdir()
    for name, grey in (("A", 40), ("B", 80), ("group", 120), ("scene", 160), ("previous", 200)):
        draw(room.reel / f"masters/{name}.png", grey)
    return room


def draw(path: Path, grey: int, size: tuple[int, int] = (96, 54)) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = np.linspace(0, 50, size[1], dtype=np.uint8)[:, None, None]
    Image.fromarray(np.full((size[1], size[0], 3), grey, np.uint8) + rows).save(path)


def pixels(room: Room) -> np.ndarray[Any, np.dtype[np.int16]]:
    with Image.open(room.stage / "image.png") as image:
        return np.asarray(image).astype(np.int16)


def greys(call: dict[str, Any]) -> list[int]:
    """Tell the references that were given apart by their first pixel."""
    return [picture.getpixel((0, 0))[0] for picture in call["image"] or []]


@pytest.mark.studio
def test_a_picture_is_exactly_as_large_as_asked_and_the_same_every_time(
    loaded: KleinPainter, room: Room, calls: list[dict[str, Any]]
) -> None:
    made, first, told = run(loaded, SHOT, room)
    with Image.open(room.stage / "image.png") as image:
        assert image.size == (70, 42)
        assert image.mode == "RGB"
        assert np.asarray(image).std() > 1.0
    assert made.files == ("image.png",)
    assert made.facts["rendered"] == "72x44", "the tiny model paints in steps of 4 pixels"
    assert [note for _, note in told if note.startswith("step")] == [f"step {n} of 4" for n in range(1, 5)]
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)
    assert run(loaded, SHOT, room)[1] == first
    assert run(loaded, replaced(SHOT, seed=12), room)[1] != first
    assert calls[0] == calls[1]


@pytest.mark.studio
def test_words_references_and_seed_reach_the_pipeline(
    loaded: KleinPainter, room: Room, calls: list[dict[str, Any]]
) -> None:
    request = replaced(SHOT, references=named("A", "scene", "previous"), continues=True)
    made, plain, _ = run(loaded, request, room)
    assert greys(calls[0]) == [200, 40, 160]
    assert calls[0]["prompt"] == made.facts["asked"]
    assert calls[0]["num_inference_steps"] == 4
    assert calls[0]["guidance_scale"] == 1.0
    assert calls[0]["seed"] == 11
    assert made.facts["references"] == "1 previous, 2 A, 3 scene"
    assert made.facts["hold"] == "named"
    assert made.facts["model_revision"] == REVISION
    assert run(loaded, replaced(request, prompt="Another place entirely"), room)[1] != plain
    draw(room.reel / "masters/A.png", 90)
    assert run(loaded, request, room)[1] != plain, "a reference is looked at, not only named"


@pytest.mark.studio
def test_masters_are_painted_from_words_alone(loaded: KleinPainter, room: Room, calls: list[dict[str, Any]]) -> None:
    made, _, _ = run(loaded, MASTER, room)
    assert calls[0]["image"] is None
    assert made.facts["references"] == ""


@pytest.mark.studio
def test_negatives_are_told_in_the_receipt(loaded: KleinPainter, room: Room) -> None:
    made, _, _ = run(loaded, replaced(SHOT, negative="crowd, lens flare"), room)
    assert made.facts["negative_as_words"] == 1
    assert made.facts["negative_not_usable"] == "lens flare"


@pytest.mark.studio
@pytest.mark.parametrize("label", Label)
def test_a_failed_take_changes_what_is_painted_only_for_a_drift(
    label: Label, loaded: KleinPainter, room: Room, calls: list[dict[str, Any]]
) -> None:
    """The keyframe of a shot that goes on from another, as it is asked for at first and after a take failed."""
    first = keyframe(with_pictures(reel(pictures=False), shots=[0]))
    again = keyframe(with_take(reel(), 1, 4.0, labels=(label,)))
    assert first is not None
    if label is not Label.CHARACTER_DRIFT:
        assert again is None, "no other label has a keyframe painted anew"
        return
    assert again is not None
    for number, reference in enumerate(first.references):
        draw(room.reel / reference.path, 30 * number)
    shown = {reference.name: 30 * number for number, reference in enumerate(first.references)}
    run(loaded, first, room)
    run(loaded, again, room)
    before, after = calls
    assert "previous" in shown
    assert greys(before)[0] == shown["previous"]
    assert greys(after)[0] == shown["A"], "from the master"
    assert greys(after)[-1] == shown["previous"]
    assert after["seed"] != before["seed"]
    assert after["prompt"].startswith("Aiko is the very one in image 1")
    assert WORDING.retry[label].prompt in after["prompt"]
    thrice = with_take(with_take(reel(), 1, 4.0, labels=(label,)), 1, 4.0, labels=(label,))
    bound = keyframe(thrice)
    assert bound is not None
    run(loaded, bound, room)
    assert shown["previous"] not in greys(calls[-1])
    assert len({call["seed"] for call in calls}) == 3


def keyframe(snapshot: Any) -> PaintRequest | None:
    """Return how the keyframe of the second shot is asked for, where it is due."""
    board = look(snapshot)
    due = [state for state in board.due if state.step.phase is Phase.KEYFRAMES and state.step.shot == 1]
    if not due:
        return None
    request = ask(snapshot, board, due[0], WORDING).request
    assert isinstance(request, PaintRequest)
    return request


@pytest.mark.studio
def test_a_cancel_is_heard_within_a_step_and_the_next_picture_is_the_same_as_ever(
    loaded: KleinPainter, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(loaded, SHOT, room)[1]
    (room.stage / "image.png").unlink()
    freed: list[bool] = []
    monkeypatch.setattr(loaded._pipeline, "maybe_free_model_hooks", lambda: freed.append(True))

    def stop(fraction: float, note: str = "") -> None:
        if note == "step 2 of 4":
            raise Cancelled

    with pytest.raises(Cancelled):
        loaded.run(SHOT, room, stop)
    assert freed == [True], "what was on the device is put back, as at the end of a whole call"
    assert not list(room.stage.iterdir())
    assert run(loaded, SHOT, room)[1] == whole


@pytest.mark.studio
def test_small_references_are_enlarged_and_broken_ones_named(
    loaded: KleinPainter, room: Room, calls: list[dict[str, Any]]
) -> None:
    draw(room.reel / "masters/A.png", 40, (64, 36))
    run(loaded, SHOT, room)
    assert calls[0]["image"][0].size == (114, 64)
    (room.reel / "masters/A.png").write_bytes(b"\x89PNG\r\n\x1a\n not a picture")
    with pytest.raises(Unreadable, match=r"A\.png"):
        run(loaded, SHOT, room)
    (room.reel / "masters/A.png").unlink()
    with pytest.raises(Unreadable, match=r"A\.png"):
        run(loaded, SHOT, room)


@pytest.mark.studio
def test_values_that_are_not_numbers_are_no_picture(
    loaded: KleinPainter, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    real = type(loaded._pipeline.vae).decode

    def broken(vae: Any, latents: Any, **more: Any) -> Any:
        return (real(vae, latents, return_dict=False)[0] * torch.nan,)

    monkeypatch.setattr(type(loaded._pipeline.vae), "decode", broken)
    with pytest.raises(EngineTrouble, match="not numbers"):
        run(loaded, SHOT, room)
    assert not list(room.stage.iterdir())


# --- memory and weights ---------------------------------------------------------------------------------------------


@pytest.mark.studio
@pytest.mark.parametrize("words", ["HIP out of memory. Tried to allocate 2 GiB", "CUBLAS_STATUS_ALLOC_FAILED"])
def test_a_full_device_is_told_as_such(
    words: str, loaded: KleinPainter, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import Flux2KleinPipeline

    def full(pipeline: Any, **asked: Any) -> Any:
        raise RuntimeError(words)

    monkeypatch.setattr(Flux2KleinPipeline, "__call__", full)
    with pytest.raises(OutOfDeviceMemory) as caught:
        run(loaded, SHOT, room)
    assert cause_of(failed(caught.value)) is Cause.OUT_OF_MEMORY
    assert "72x44" in str(caught.value)


@pytest.mark.studio
def test_no_room_for_the_weights_is_told_as_such(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers import Flux2KleinPipeline

    def full(kind: Any, folder: Path, **how: Any) -> Any:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 GB")

    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(Flux2KleinPipeline, "from_pretrained", classmethod(full))
    with pytest.raises(OutOfDeviceMemory, match="the weights"):
        KleinPainter().load("cpu")


@pytest.mark.studio
def test_another_failure_of_the_model_stays_what_it_is(
    loaded: KleinPainter, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import Flux2KleinPipeline

    def broken(pipeline: Any, **asked: Any) -> Any:
        raise RuntimeError("shapes cannot be multiplied")

    monkeypatch.setattr(Flux2KleinPipeline, "__call__", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        run(loaded, SHOT, room)


@pytest.mark.studio
def test_offloading_is_asked_of_the_pipeline_and_changes_no_picture(
    cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import Flux2KleinPipeline

    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    painter = KleinPainter()
    painter.load("cpu")
    assert "offload" not in run(painter, SHOT, room)[0].facts
    plain = pixels(room)
    asleep = run(painter, SHOT, msgspec.structs.replace(room, fallbacks=("offload",)))
    assert asleep[0].facts["offload"] == "not on the CPU"
    moved = offloads_of(Flux2KleinPipeline, monkeypatch)
    painter._device = "cuda:0"
    for _ in range(2):
        away = run(painter, SHOT, msgspec.structs.replace(room, fallbacks=("offload",)))
        assert away[0].facts["offload"] == "on"
        # Weights that were moved lie elsewhere in memory, and some kernels then sum in another order.
        assert np.abs(pixels(room) - plain).max() <= 1
    assert moved.count("cuda:0") == 1, "once for all steps of this host; the rest is the pipeline's own doing"
    assert run(painter, SHOT, room)[0].facts["offload"] == "on", "a later take is made offloaded as well, and says so"


@pytest.mark.studio
def test_weights_that_do_not_fit_wait_beside_the_card(cache: Path, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers import Flux2KleinPipeline

    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    # The numbers of a CPU: only the card's memory is played here.
    monkeypatch.setattr("core.engines.studio.pipelines.torch_dtype", lambda device: torch_dtype("cpu"))
    moved = full_card(Flux2KleinPipeline, monkeypatch)
    painter = KleinPainter()
    painter.load("cuda:0")
    assert moved[:2] == ["to cpu", "cuda:0"]
    for fallbacks in ((), ("offload",)):
        made = run(painter, SHOT, msgspec.structs.replace(room, fallbacks=fallbacks))[0]
        assert made.facts["offload"] == "on: the weights did not fit on the device"
    assert moved.count("cuda:0") == 1
    monkeypatch.setattr("core.engines.studio.pipelines.is_card", lambda device: False)
    with pytest.raises(OutOfDeviceMemory, match="the weights"):  # there is nothing beside a CPU
        KleinPainter().load("cuda:0")


@pytest.mark.studio
@pytest.mark.parametrize("ends", ["by itself", "by an error"])
def test_memory_is_given_back_however_a_picture_ends(
    ends: str, loaded: KleinPainter, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    monkeypatch.setattr("core.engines.studio.painter.give_back", given.append)

    def stop(fraction: float, note: str = "") -> None:
        if ends == "by an error" and note.startswith("step"):
            raise Cancelled

    with pytest.raises(Cancelled) if ends == "by an error" else contextlib.nullcontext():
        loaded.run(SHOT, room, stop)
    assert given == ["cpu"]


@pytest.mark.studio
def test_missing_weights_are_named_with_the_command_that_brings_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingWeights, match=REPOSITORY) as caught:
        KleinPainter().load("cpu")
    assert caught.value.remedy.startswith("reeltui models fetch")


@pytest.mark.studio
@pytest.mark.parametrize("part", ["transformer", "vae", "text_encoder"])
@pytest.mark.parametrize("harm", ["cut", "gone", "one tensor gone"])
def test_broken_weights_are_told_and_never_replaced_by_chance(
    part: str, harm: str, tmp_path: Path, cache: Path
) -> None:
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "copy"
    shutil.copytree(snapshot_of(cache, REPOSITORY), folder)
    weights = next((folder / part).glob("*.safetensors"))
    if harm == "cut":
        weights.write_bytes(weights.read_bytes()[:-100])
    elif harm == "gone":
        weights.unlink()
    else:
        tensors = load_file(weights)
        lost = sorted(tensors)[len(tensors) // 2]
        del tensors[lost]
        save_file(tensors, weights, metadata={"format": "pt"})
    with pytest.raises(EngineTrouble, match="cannot be read as") as caught:
        KleinPainter(repository=str(folder)).load("cpu")
    assert caught.value.remedy
    if harm == "one tensor gone":
        assert f"its {part} lacks {lost}" in str(caught.value)


@pytest.mark.slow
@pytest.mark.studio
def test_a_host_of_its_own_paints_the_same_picture(
    loaded: KleinPainter, cache: Path, room: Room, tmp_path: Path
) -> None:
    """What a resumed reel relies on: another process, made with the backend's options, gives the same bytes."""
    here = run(loaded, SHOT, room)
    target, snapshot = "core.engines.studio.painter:KleinPainter", snapshot_of(cache, REPOSITORY)
    (*working, finished), versions = run_in_host(target, snapshot, SHOT, room, tmp_path / "host.log")
    assert {"torch", "diffusers", "transformers"} <= set(versions)
    assert isinstance(finished, Finished)
    assert finished.made == here[0]
    assert [one.note for one in working if isinstance(one, Working)][1:5] == [f"step {n} of 4" for n in range(1, 5)]
    assert sha(finished.made, room) == here[1]
