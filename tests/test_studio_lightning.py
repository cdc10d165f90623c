"""Four steps: the distilled weights under diffusers' names, their noise levels, and who denoises when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.engines.studio.animator import WanAnimator
from core.engines.studio.wan_lightning import SIGMAS, distilled_files, four_steps, is_lightning, read_distilled
from core.engines.studio.weights import MissingWeights
from core.film.errors import EngineTrouble
from core.film.preset import PRESETS, PresetName
from tests.tiny.hub import REVISION, place, snapshot_of
from tests.tiny.wan import build_distilled, build_wan, expert, original
from tests.tiny.wan_calls import LIGHTNING, Calls, Set, request
from tests.tiny.wan_fixtures import STUDIO, WAN

DISTILLED = "lightx2v/Wan2.2-Distill-Models"

pytestmark = STUDIO


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub cache with both models."""
    import torch

    torch.set_num_threads(1)
    cache = tmp_path_factory.mktemp("hub")
    place(cache, WAN, build_wan)
    place(cache, DISTILLED, build_distilled)
    return cache


@pytest.fixture
def animator(hub: Path, monkeypatch: pytest.MonkeyPatch) -> WanAnimator:
    """A loaded animator."""
    monkeypatch.setenv("HF_HUB_CACHE", str(hub))
    made = WanAnimator(preview_every=0)
    made.load("cpu")
    return made


# --- weights -------------------------------------------------------------------------------------------------------


def test_original_names_come_back_as_the_same_weights(hub: Path) -> None:
    import torch

    torch.manual_seed(1)
    wanted = [expert().state_dict() for _ in range(2)]
    for path, weights in zip(distilled_files(snapshot_of(hub, DISTILLED)), wanted, strict=True):
        found = read_distilled(path, snapshot_of(hub, WAN) / "transformer", torch.float32).state_dict()
        assert found.keys() == weights.keys()
        assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_the_files_hold_the_names_of_the_original_model() -> None:
    names = {original(name) for name in expert().state_dict()}
    assert {
        "blocks.0.self_attn.q.weight",
        "blocks.0.self_attn.norm_q.weight",
        "blocks.2.cross_attn.o.bias",
        "blocks.1.norm3.weight",
        "blocks.1.ffn.0.weight",
        "blocks.1.ffn.2.weight",
        "blocks.0.modulation",
        "head.head.weight",
        "head.modulation",
        "patch_embedding.weight",
        "text_embedding.0.weight",
        "time_embedding.2.bias",
        "time_projection.1.weight",
    } <= names
    assert not any(word in name for name in names for word in ("attn1", "attn2", "to_q", "condition_embedder", "norm2"))


def test_names_of_diffusers_are_taken_as_they_are(hub: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    weights = expert().state_dict()
    save_file(weights, tmp_path / "a.safetensors")
    base = snapshot_of(hub, WAN) / "transformer"
    found = read_distilled(tmp_path / "a.safetensors", base, torch.float32).state_dict()
    assert all(torch.equal(found[name], weights[name]) for name in weights)


def test_sixteen_bits_but_for_what_the_model_keeps_in_thirty_two(hub: Path) -> None:
    import torch
    from diffusers import WanTransformer3DModel

    path = distilled_files(snapshot_of(hub, DISTILLED))[0]
    base = snapshot_of(hub, WAN) / "transformer"
    ours = read_distilled(path, base, torch.bfloat16)
    theirs = WanTransformer3DModel.from_pretrained(base, torch_dtype=torch.bfloat16)
    assert {n: p.dtype for n, p in ours.named_parameters()} == {n: p.dtype for n, p in theirs.named_parameters()}


def test_weights_of_another_model_are_refused(hub: Path, tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    save_file({"blocks.0.self_attn.q.weight": torch.zeros(3, 3)}, tmp_path / "a.safetensors")
    with pytest.raises(EngineTrouble, match=r"the distilled weights in .*a\.safetensors cannot be read"):
        read_distilled(tmp_path / "a.safetensors", snapshot_of(hub, WAN) / "transformer", torch.float32)


def test_weights_that_are_not_there_are_named(hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(hub))
    animator = WanAnimator(distilled="lightx2v/another")
    animator.load("cpu")
    with pytest.raises(MissingWeights, match="lightx2v/another is not on this machine"):
        Set(tmp_path).take(animator, request(**LIGHTNING))


# --- schedule ------------------------------------------------------------------------------------------------------


def test_only_the_preset_lightning_asks_for_them() -> None:
    def asked(name: PresetName) -> bool:
        preset = PRESETS[name]
        return is_lightning(request(steps=preset.steps_hero, cache=preset.cache, guidance=preset.guidance))

    assert [name for name in PresetName if asked(name)] == [PresetName.LIGHTNING]


def test_the_noise_levels_are_the_distilled_ones() -> None:
    scheduler = four_steps()
    scheduler.set_timesteps(30, device="cpu")
    assert scheduler.sigmas.tolist() == pytest.approx(SIGMAS)
    assert scheduler.timesteps.tolist() == pytest.approx([1000.0, 937.5, 833.3, 625.0])


def test_a_step_is_eulers_in_thirty_two_bits() -> None:
    import torch

    scheduler = four_steps()
    scheduler.set_timesteps(4)
    sample = torch.full((1, 16, 1, 2, 2), 0.5)
    velocity = torch.full_like(sample, 0.25, dtype=torch.bfloat16)
    (after,) = scheduler.step(velocity, scheduler.timesteps[0], sample, return_dict=False)
    assert after.dtype == torch.float32
    assert torch.allclose(after, sample + (SIGMAS[1] - SIGMAS[0]) * 0.25)
    assert torch.allclose(scheduler.denoised, sample - SIGMAS[0] * 0.25)


def test_each_expert_has_two_steps_and_one_pass_a_step(
    animator: WanAnimator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import WanTransformer3DModel

    real, passes = WanTransformer3DModel.forward, []

    def forward(model: Any, *args: Any, **arguments: Any) -> Any:
        passes.append((model is animator._model.pipeline.transformer, float(arguments["timestep"][0])))
        return real(model, *args, **arguments)

    monkeypatch.setattr(WanTransformer3DModel, "forward", forward)
    Set(tmp_path).take(animator, request(**LIGHTNING))
    assert [high for high, _ in passes] == [True, True, False, False]
    assert [level for _, level in passes] == pytest.approx([1000.0, 937.5, 833.3, 625.0])


def test_what_reaches_the_pipeline(animator: WanAnimator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = Calls(monkeypatch)
    made, _ = Set(tmp_path).take(animator, request(**{**LIGHTNING, "steps": 7}, flow_shift=8.0))
    call = calls.last
    assert (call["num_inference_steps"], call["boundary"]) == (4, 0.9)
    assert (call["guidance_scale"], call["guidance_scale_2"]) == (1.0, 1.0)
    assert call["negative_prompt_embeds"] is None
    assert made.facts["steps"] == 4
    assert made.facts["flow_shift"] == 5.0, (
        "the levels are fixed; the request's own has no say, and the receipt says so"
    )
    assert made.facts["weights"] == f"{DISTILLED}@{REVISION} in {WAN}@{REVISION}"
    assert made.facts["negative"] == "not used: no guidance"


def test_experts_are_changed_for_a_request_and_back(animator: WanAnimator, tmp_path: Path, hub: Path) -> None:
    takes = Set(tmp_path)
    _, before = takes.take(animator, request())
    _, fast = takes.take(animator, request(**LIGHTNING))
    _, back = takes.take(animator, request())
    other = WanAnimator(lightning=True)
    other.load("cpu")
    _, fresh = takes.take(other, request(**LIGHTNING))
    clips = [(stage / "clip.mp4").read_bytes() for stage in (before, fast, back, fresh)]
    assert clips[0] == clips[2] != clips[1]
    assert clips[1] == clips[3]


def test_the_right_weights_are_read_at_once_where_they_are_known(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(hub))
    read: list[str] = []
    monkeypatch.setattr("core.engines.studio.wan_model.read_expert", lambda path, dtype: read.append(path.name))
    animator = WanAnimator(lightning=True)
    animator.load("cpu")
    assert read == []
    assert animator._model.weights.startswith(DISTILLED)
