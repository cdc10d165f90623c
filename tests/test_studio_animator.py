"""The studio's animator: the real Wan pipeline at toy size, and what each request makes of its call."""

from __future__ import annotations

import gc
import shutil
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from core.engines.roles import Cancelled, Room
from core.engines.studio.animator import WanAnimator
from core.engines.studio.wan_preview import Preview, in_mind
from core.engines.studio.wan_take import Take
from core.engines.studio.wan_words import TRAINED_NEGATIVE, full_negative
from core.film.errors import BadInput, EngineTrouble
from core.film.failure import Cause
from core.film.requests import AnimateRequest
from core.film.verdict import Label
from core.folder import layout
from core.media.frames import read_frames
from core.media.probe import probe
from core.pipeline.ask import ask
from core.worker.hosts.child import failed
from core.worker.hosts.process import cause_of
from tests.asking import quiet
from tests.paper import WORDING, look, reel, with_take
from tests.tiny.hub import REVISION
from tests.tiny.wan_calls import FRAMES, HEIGHT, WIDTH, Calls, Set, picture, request
from tests.tiny.wan_fixtures import STUDIO, calls, folder, loaded, sha, shared, takes

__all__ = ["calls", "folder", "shared", "takes"]  # fixtures

pytestmark = STUDIO


def read(animator: WanAnimator, text: str) -> Any:
    """A text as numbers, read anew."""
    animator._words.learn([text], lambda note: None)
    return animator._words.of(text)


# --- the clip ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "frames"),
    [((WIDTH, HEIGHT), FRAMES), ((100, 70), 7)],
    ids=["what the model can do", "what it cannot"],
)
def test_the_clip_is_exactly_what_was_asked(
    shared: WanAnimator, takes: Set, calls: Calls, size: tuple[int, int], frames: int
) -> None:
    made, stage = takes.take(shared, request(width=size[0], height=size[1], frames=frames))
    found = probe(stage / "clip.mp4")
    assert (found.width, found.height, found.frames, found.fps) == (*size, frames, 16)
    assert made.files == ("clip.mp4",)
    call = calls.last
    assert (call["width"] % 16, call["height"] % 16, call["num_frames"] % 4) == (0, 0, 1)
    assert call["image"].size == (call["width"], call["height"])
    assert made.facts["rendered"] == f"{call['width']}x{call['height']}, {call['num_frames']} frames"


def test_first_and_last_frame(shared: WanAnimator, takes: Set, calls: Calls) -> None:
    made, _ = takes.take(shared, request(last="last.png"))
    wanted = Image.open(takes.reel / "last.png").convert("RGB")
    assert np.array_equal(np.asarray(calls.last["last_image"]), np.asarray(wanted))
    assert made.facts["mode"] == "first and last frame"
    takes.take(shared, request())
    assert calls.last["last_image"] is None


@pytest.mark.parametrize(("frames", "last", "kept"), [(5, None, [0, 1, 2, 3, 4]), (6, None, [0, 1, 2, 3, 4, 5])])
def test_frames_too_many_are_left_off_at_the_end(frames: int, last: str | None, kept: list[int]) -> None:
    asked = request(frames=frames, last=last)
    assert Take.of(asked).kept(asked) == kept


def test_a_last_picture_stays_the_last() -> None:
    asked = request(frames=6, last="last.png")
    take = Take.of(asked)
    assert (take.frames, take.kept(asked)) == (9, [0, 2, 3, 5, 6, 8])


def test_frames_come_out_as_the_pipeline_gave_them(shared: WanAnimator, takes: Set, monkeypatch: Any) -> None:
    from diffusers import WanImageToVideoPipeline

    ramp = np.linspace(0.0, 1.0, FRAMES, dtype=np.float32)[:, None, None, None]
    video = np.broadcast_to(ramp, (FRAMES, HEIGHT, WIDTH, 3))
    monkeypatch.setattr(WanImageToVideoPipeline, "__call__", lambda *_, **__: SimpleNamespace(frames=[video]))
    _, stage = takes.take(shared, request())
    shades = [float(frame.mean()) for frame in read_frames(stage / "clip.mp4")]
    assert shades == pytest.approx([0, 63.75, 127.5, 191.25, 255], abs=3)


@pytest.mark.parametrize("video", [np.full((FRAMES, HEIGHT, WIDTH, 3), np.nan), np.zeros((1, HEIGHT, WIDTH, 3))])
def test_what_is_no_clip_is_not_passed_off_as_one(
    shared: WanAnimator, takes: Set, monkeypatch: pytest.MonkeyPatch, video: np.ndarray[Any, Any]
) -> None:
    from diffusers import WanImageToVideoPipeline

    monkeypatch.setattr(WanImageToVideoPipeline, "__call__", lambda *_, **__: SimpleNamespace(frames=[video]))
    with pytest.raises(EngineTrouble, match="the model gave"):
        takes.take(shared, request())
    assert not list(takes.reel.rglob("*.mp4"))


def test_a_keyframe_that_cannot_be_read_is_refused(shared: WanAnimator, takes: Set) -> None:
    (takes.reel / "first.png").write_bytes(b"no picture")
    with pytest.raises(BadInput) as told:
        takes.take(shared, request())
    assert cause_of(failed(told.value)) is Cause.REFUSED
    assert told.value.remedy == "make this keyframe again"


# --- the call ------------------------------------------------------------------------------------------------------


def test_the_requests_figures_reach_the_pipeline(shared: WanAnimator, takes: Set, calls: Calls) -> None:
    made, _ = takes.take(shared, request(steps=3, guidance=(4.0, 2.5), seed=77, flow_shift=7.0))
    call = calls.last
    assert (call["num_inference_steps"], call["guidance_scale"], call["guidance_scale_2"]) == (3, 4.0, 2.5)
    assert (call["seed"], call["generator"].device.type, call["boundary"]) == (77, "cpu", 0.9)
    assert made.facts["steps"] == 3
    assert made.facts["guidance"] == "4, 2.5"
    assert made.facts["seed"] == 77
    assert made.facts["weights"] == f"{shared._sources[0].repository}@{REVISION}"


def test_every_take_has_a_scheduler_of_its_own(shared: WanAnimator, takes: Set, calls: Calls) -> None:
    for shift in (8.0, 5.0, 8.0):
        made, _ = takes.take(shared, request(flow_shift=shift))
        assert calls.last["scheduler"].config.flow_shift == shift
        assert made.facts["flow_shift"] == shift
    schedulers = [call["scheduler"] for call in calls.all]
    assert len({id(one) for one in schedulers}) == 3
    assert schedulers[0].sigmas.tolist() == schedulers[2].sigmas.tolist() != schedulers[1].sigmas.tolist()
    assert type(schedulers[0]).__name__ == "UniPCMultistepScheduler"


def test_the_words_reach_the_pipeline(shared: WanAnimator, takes: Set, calls: Calls) -> None:
    import torch

    takes.take(shared, request(prompt="A dog runs.", negative="cats"))
    assert torch.equal(calls.last["prompt_embeds"], read(shared, "A dog runs."))
    assert torch.equal(calls.last["negative_prompt_embeds"], read(shared, f"{TRAINED_NEGATIVE}，cats"))
    assert calls.last["prompt_embeds"].shape[1] == 512
    assert not torch.equal(calls.last["prompt_embeds"], read(shared, "A dog sits."))


def test_the_trained_negative_is_said_once() -> None:
    assert full_negative("") == TRAINED_NEGATIVE
    assert full_negative(WORDING.negative).count(TRAINED_NEGATIVE) == 1, "the wording in prompts/ has it as well"
    assert full_negative("mine") == f"{TRAINED_NEGATIVE}，mine"


def asked_after(label: Label | None) -> AnimateRequest:
    """What shot 0 is asked for, at toy size: at first, or after a take that failed with this label."""
    snapshot = reel()
    if label is not None:
        snapshot = with_take(snapshot, 0, 4.0, labels=(label,))
    board = look(snapshot)
    state = board.state(layout.clip(0, 1 if label is None else 2))
    assert state is not None
    asked = ask(snapshot, board, state, WORDING).request
    assert isinstance(asked, AnimateRequest)
    toy = {"first": "first.png", "last": None, "width": WIDTH, "height": HEIGHT, "frames": FRAMES, "steps": 2}
    return msgspec.structs.replace(asked, **toy)


# A repainted keyframe (CHARACTER_DRIFT) is waited for before there is another take.
@pytest.mark.parametrize("label", [label for label in Label if label is not Label.CHARACTER_DRIFT])
def test_what_a_retry_changes_reaches_the_pipeline(shared: WanAnimator, takes: Set, calls: Calls, label: Label) -> None:
    import torch

    first, again = asked_after(None), asked_after(label)
    for one in (first, again):
        takes.take(shared, one)
    before, now = calls.all
    assert now["seed"] == again.seed != before["seed"]
    assert torch.equal(now["prompt_embeds"], read(shared, again.prompt))
    assert torch.equal(now["negative_prompt_embeds"], read(shared, full_negative(again.negative)))
    words = WORDING.retry[label]
    changed = not torch.equal(now["prompt_embeds"], before["prompt_embeds"])
    assert changed == (again.prompt != first.prompt)
    assert changed or not words.prompt, "what a label says in the prompt is heard"
    if words.negative:
        assert words.negative in again.negative
        assert not torch.equal(now["negative_prompt_embeds"], before["negative_prompt_embeds"])
    shifts = tuple(call["scheduler"].config.flow_shift for call in (before, now))
    lower = label is Label.OBJECT_MORPHING
    assert shifts == (first.flow_shift, first.flow_shift - 1.0 if lower else first.flow_shift)


def test_a_repainted_keyframe_reaches_the_pipeline(shared: WanAnimator, takes: Set, calls: Calls) -> None:
    takes.take(shared, request())
    painted = picture(takes.reel / "first.png", 9)
    takes.take(shared, request())
    before, now = (np.asarray(call["image"]) for call in calls.all)
    assert np.array_equal(now, np.asarray(Image.open(painted).convert("RGB")))
    assert not np.array_equal(before, now)


# --- nothing depends on what came before ---------------------------------------------------------------------------


@pytest.mark.parametrize("cache", ["diffusers", "para-attn"])
def test_the_same_request_gives_the_same_clip_whatever_came_before(folder: Path, takes: Set, cache: str) -> None:
    if cache == "para-attn" and find_spec("para_attn") is None:
        pytest.skip("para-attn is not installed")
    # So high a threshold skips whatever it can: anything remembered from the take before would show.
    animator, asked = loaded(folder, cache=cache), request(steps=4, cache=5.0)
    _, first = takes.take(animator, asked)
    takes.take(animator, request(steps=3, cache=5.0, seed=5, flow_shift=8.0, prompt="Rain."))
    _, again = takes.take(animator, asked)
    assert sha(first) == sha(again)
    takes.take(animator, request(steps=3, cache=0.1, seed=5))
    takes.take(animator, request(cache=0.0, guidance=(2.0, 2.0), last="last.png"))
    _, again = takes.take(animator, asked)
    assert sha(first) == sha(again)
    made, fresh = takes.take(loaded(folder, cache=cache), asked, ahead=(request(prompt="Rain."),))
    assert sha(fresh) == sha(first)
    assert made.facts["cache"] == f"first block, 5, {cache}"


def test_the_words_of_a_round_are_read_once_and_the_reader_goes(
    folder: Path, takes: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers import UMT5EncoderModel

    real, loads = UMT5EncoderModel.from_pretrained, []

    def counted(*args: Any, **options: Any) -> Any:
        loads.append(options)
        return real(*args, **options)

    monkeypatch.setattr(UMT5EncoderModel, "from_pretrained", counted)
    animator, notes = loaded(folder), []
    others = (request(prompt="Two."), request(prompt="Three.", negative="rain"))
    takes.take(animator, request(prompt="One."), lambda fraction, note="": notes.append(note), ahead=others)
    assert [note for note in notes if note.startswith("reading")] == [f"reading text {n} of 5" for n in range(1, 6)]
    for other in others:
        takes.take(animator, other)
    assert len(loads) == 1
    assert loads[0]["use_safetensors"]
    assert loads[0]["local_files_only"]
    gc.collect()
    assert not [thing for thing in gc.get_objects() if type(thing) is UMT5EncoderModel]
    takes.take(animator, request(prompt="Four."))
    assert len(loads) == 2, "loaded again only for words nobody read"


# --- cancel and preview --------------------------------------------------------------------------------------------


def test_cancel_within_a_step(shared: WanAnimator, takes: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers import WanTransformer3DModel

    real, passes = WanTransformer3DModel.forward, []

    def forward(model: Any, *args: Any, **arguments: Any) -> Any:
        passes.append(1)
        return real(model, *args, **arguments)

    def stop(fraction: float, note: str = "") -> None:
        if note == "step 3 of 6":
            raise Cancelled

    asked = request(steps=6, cache=5.0)  # what is left in the cache would be taken for this take's own
    _, whole = takes.take(shared, asked)
    monkeypatch.setattr(WanTransformer3DModel, "forward", forward)
    with pytest.raises(Cancelled):
        takes.take(shared, msgspec.structs.replace(asked, seed=5), stop)
    assert len(passes) == 4, "two steps of two passes"
    assert not any((takes.reel / "stage2").glob("*.mp4"))
    _, again = takes.take(shared, asked)
    assert sha(again) == sha(whole), "nothing of the cancelled take is left"


@pytest.mark.parametrize(
    "note", ["looking at the picture", "developing part 2 of 2", "frame 1 of 5", "reading text 1 of 2"]
)
def test_cancel_anywhere_else(folder: Path, takes: Set, note: str) -> None:
    def stop(fraction: float, said: str = "") -> None:
        if said == note:
            raise Cancelled

    animator = loaded(folder)
    with pytest.raises(Cancelled):
        takes.take(animator, request(), stop)
    assert not list(takes.reel.rglob("*.mp4"))
    vae = animator._model.pipeline.vae
    held = [*getattr(vae, "_feat_map", ()), *getattr(vae, "_enc_feat_map", ())]
    assert not any(part is not None for part in held), "the VAE holds on to nothing"
    takes.take(animator, request())


def test_progress_goes_up_and_names_every_step(shared: WanAnimator, takes: Set) -> None:
    told: list[tuple[float, str]] = []
    takes.take(shared, request(steps=5), lambda fraction, note="": told.append((fraction, note)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {f"step {step} of 5" for step in range(1, 6)} <= {note for _, note in told}


def test_a_preview_is_there_while_it_works_and_no_file_of_the_take(folder: Path, takes: Set) -> None:
    animator, seen = loaded(folder, preview_every=2), []
    stage = takes.reel / "stage1"

    def look_in(fraction: float, note: str = "") -> None:
        seen.append((stage / "preview.jpg").exists())
        if seen[-1]:
            with Image.open(stage / "preview.jpg") as shown:
                shown.load()
        assert not list(stage.glob(".preview*")), "it is renamed into place"

    made, stage = takes.take(animator, request(steps=4), look_in)
    assert seen[0] is False
    assert True in seen
    with Image.open(stage / "preview.jpg") as shown:
        assert shown.size == (320, 213)
    assert made.files == ("clip.mp4",)


class LinearVae:
    """A VAE whose latents are mixed from mean colours, as those of a trained one nearly are; factor 8."""

    def __init__(self) -> None:
        import torch

        numbers = np.random.default_rng(7)
        self.mix = torch.from_numpy(numbers.normal(size=(16, 3))).float()
        self.config = {"latents_mean": numbers.normal(size=16).tolist(), "latents_std": [0.5] * 16}
        self.dtype = torch.float32

    def encode(self, pixels: Any) -> Any:
        import torch

        small = torch.nn.functional.avg_pool3d(pixels, (1, 8, 8))
        return SimpleNamespace(
            latent_dist=SimpleNamespace(mode=lambda: torch.einsum("kc,bcthw->bkthw", self.mix, small))
        )


def test_a_previews_colours_are_those_of_the_picture_in_mind(tmp_path: Path) -> None:
    import torch

    vae = LinearVae()
    keyframe, other = (Image.open(picture(tmp_path / f"{n}.png", n)).convert("RGB") for n in (4, 5))
    preview = Preview(tmp_path, keyframe, vae, "cpu")
    pixels = torch.from_numpy(np.asarray(other, np.float32) / 127.5 - 1.0).permute(2, 0, 1)[None, :, None]
    mean, deviation = (torch.tensor(vae.config[name]).view(1, -1, 1, 1, 1) for name in ("latents_mean", "latents_std"))
    preview.show((vae.encode(pixels).latent_dist.mode() - mean) / deviation)
    with Image.open(tmp_path / "preview.jpg") as shown:
        found = np.asarray(shown.resize((12, 8), Image.Resampling.BOX), np.float64)
    wanted = np.asarray(other.resize((12, 8), Image.Resampling.BOX), np.float64)
    assert np.abs(found - wanted).mean() < 8.0


def test_a_preview_shows_what_the_model_has_in_mind_and_not_its_noise() -> None:
    import torch
    from diffusers import UniPCMultistepScheduler

    scheduler = UniPCMultistepScheduler(flow_shift=5.0, use_flow_sigmas=True, prediction_type="flow_prediction")
    scheduler.set_timesteps(6)
    clean, noise = torch.full((1, 16, 1, 2, 2), 0.3), torch.randn(1, 16, 1, 2, 2)
    sigma = float(scheduler.sigmas[0])
    noisy = (1 - sigma) * clean + sigma * noise
    after = scheduler.step(noise - clean, scheduler.timesteps[0], noisy, return_dict=False)[0]
    assert torch.allclose(in_mind(scheduler, after), clean, atol=1e-4)


def test_a_preview_that_cannot_be_written_does_not_end_a_take(folder: Path, takes: Set) -> None:
    stage = takes.reel / "stage"
    (stage / "preview.jpg").mkdir(parents=True)
    made = loaded(folder, preview_every=1).run(request(), Room(takes.reel, stage), quiet)
    assert str(made.facts["preview"]).startswith("off: ")


@pytest.mark.parametrize("part", ["transformer", "transformer_2", "vae", "text_encoder"])
def test_a_part_that_lacks_a_weight_is_not_filled_with_chance(
    folder: Path, takes: Set, tmp_path: Path, part: str
) -> None:
    from safetensors.torch import load_file, save_file

    broken = tmp_path / "broken"
    shutil.copytree(folder, broken)
    (path,) = (broken / part).glob("*.safetensors")
    weights = load_file(path)
    name = sorted(name for name in weights if name.endswith(".weight"))[1]
    del weights[name]
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(EngineTrouble, match=name) as told:
        takes.take(loaded(broken), request())
    assert "reeltui models verify" in told.value.remedy
