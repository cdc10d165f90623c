"""The studio's animator when something is short: memory, a compiler, a kernel, weights; and each of its knobs."""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from core.engines.studio.animator import FALLBACKS, WanAnimator
from core.engines.studio.attention import choose_attention
from core.engines.studio.torch_device import OutOfDeviceMemory
from core.engines.studio.wan_knobs import Knobs
from core.engines.studio.weights import MissingWeights
from core.film.errors import EngineTrouble
from core.film.failure import Cause
from core.worker.hosts.child import _versions, failed
from core.worker.hosts.process import cause_of
from tests.tiny.wan import expert
from tests.tiny.wan_calls import Calls, Set, request
from tests.tiny.wan_fixtures import STUDIO, calls, folder, loaded, sha, shared, takes

__all__ = ["calls", "folder", "shared", "takes"]  # fixtures

pytestmark = STUDIO


# --- memory and fallbacks ------------------------------------------------------------------------------------------


def test_out_of_memory_is_told_as_such_and_the_fallback_is_taken(shared: WanAnimator, takes: Set, calls: Calls) -> None:
    import torch

    calls.failing.append(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.\nmore"))
    with pytest.raises(OutOfDeviceMemory, match="no room for a clip of 5 frames, 96x64") as told:
        takes.take(shared, request())
    assert cause_of(failed(told.value)) is Cause.OUT_OF_MEMORY
    assert told.value.remedy
    made, _ = takes.take(shared, request(), fallbacks=FALLBACKS[:1])
    assert made.facts["tiling"] == "on"
    assert shared._model.pipeline.vae.use_tiling
    made, _ = takes.take(shared, request())
    assert made.facts["tiling"] == "off"
    assert not shared._model.pipeline.vae.use_tiling


def test_an_error_of_another_kind_stays_what_it_is(shared: WanAnimator, takes: Set, calls: Calls) -> None:
    calls.failing.append(RuntimeError("misaligned address"))
    with pytest.raises(RuntimeError, match="misaligned"):
        takes.take(shared, request())


class FakeCard:
    """Stands for a pipeline on a card: what is put where is written down; `full` has no room for all of it."""

    def __init__(self, pipeline: Any, monkeypatch: pytest.MonkeyPatch, *, full: bool = False) -> None:
        import torch

        self.done: list[str] = []

        def to(device: str) -> None:
            self.done.append(f"to {device}")
            if full and device != "cpu":
                raise torch.OutOfMemoryError("CUDA out of memory")

        monkeypatch.setattr(pipeline, "to", to)
        monkeypatch.setattr(pipeline, "remove_all_hooks", lambda: self.done.append("unhook"))
        monkeypatch.setattr(pipeline, "enable_model_cpu_offload", lambda device: self.done.append(f"offload {device}"))
        monkeypatch.setattr("core.engines.studio.wan_model.is_card", lambda device: True)
        monkeypatch.setattr("core.engines.studio.wan_model.torch_device", lambda device: "cuda:0")


def test_offload_is_taken_and_left_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = loaded(folder)._model
    card = FakeCard(model.pipeline, monkeypatch)
    model.use(lightning=False, offload=True)
    assert (card.done, model.beside) == (["unhook", "offload cuda:0"], "asked for")
    model.use(lightning=False, offload=True)
    assert len(card.done) == 2, "it is already so"
    model.use(lightning=False)
    assert (card.done[2:], model.beside) == (["unhook", "to cuda:0"], "")


def test_weights_that_do_not_fit_wait_beside_the_card(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = loaded(folder)._model
    card = FakeCard(model.pipeline, monkeypatch, full=True)
    model._place(offload=False)
    assert card.done == ["unhook", "to cuda:0", "to cpu", "offload cuda:0"]
    assert model.beside == "the weights did not fit on the device"
    model.use(lightning=False)
    assert len(card.done) == 4, "they would not fit now either"


# --- knobs ---------------------------------------------------------------------------------------------------------


def test_the_cache_is_on_both_experts_and_off_at_zero(shared: WanAnimator, takes: Set) -> None:
    pipeline = shared._model.pipeline
    for threshold, on in ((0.3, True), (0.0, False), (0.05, True)):
        made, _ = takes.take(shared, request(cache=threshold))
        experts = (pipeline.transformer, pipeline.transformer_2)
        assert [expert.is_cache_enabled for expert in experts] == [on, on]
        assert made.facts["cache"] == (f"first block, {threshold:g}, diffusers" if on else "off")
        assert not on or {expert._cache_config.threshold for expert in experts} == {threshold}


@pytest.mark.parametrize("cache", ["diffusers", "para-attn"])
def test_the_cache_really_skips_blocks(folder: Path, takes: Set, cache: str) -> None:
    if cache == "para-attn" and find_spec("para_attn") is None:
        pytest.skip("para-attn is not installed")
    animator = loaded(folder, cache=cache)
    passes: list[str] = []
    for name in ("transformer", "transformer_2"):
        block = getattr(animator._model.pipeline, name).blocks[1].ffn
        block.register_forward_pre_hook(lambda *_, name=name: passes.append(name))
    counts = []
    for threshold in (0.0, 0.9):
        passes.clear()
        takes.take(animator, request(steps=8, cache=threshold))
        counts.append((passes.count("transformer"), passes.count("transformer_2")))
    assert sum(counts[0]) == 16, "eight steps of two passes"
    assert all(2 <= few <= many for few, many in zip(counts[1], counts[0], strict=True)), counts
    assert sum(counts[1]) < 16


def test_without_para_attn_it_is_diffusers_and_said(folder: Path, takes: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.engines.studio.wan_knobs.find_spec", lambda name: None)
    made, _ = takes.take(loaded(folder, cache="para-attn"), request())
    assert made.facts["cache"] == "first block, 0.05, diffusers (para-attn is not installed)"


def test_compiled_blocks_give_the_same_clip(folder: Path, takes: Set) -> None:
    _, plain = takes.take(loaded(folder), request())
    animator = loaded(folder, compile="eager")
    made, stage = takes.take(animator, request())
    assert made.facts["compile"] == "blocks, eager"
    assert sha(stage) == sha(plain)
    blocks = [
        block
        for expert in (animator._model.pipeline.transformer, animator._model.pipeline.transformer_2)
        for block in expert.blocks
    ]
    assert all("forward" in vars(block) for block in blocks)
    made, stage = takes.take(animator, request(), fallbacks=("compile",))
    assert made.facts["compile"] == "off: asked to do without"
    assert sha(stage) == sha(plain)


def test_blocks_stay_compiled_with_the_cache_whatever_the_sizes() -> None:
    """A worker keeps its host from reel to reel: after many sizes no block may quietly run as it is."""
    import torch
    from torch._dynamo import register_backend
    from torch._dynamo.backends.registry import list_backends

    layers, runs, graphs = 6, [0], [0]

    def counting_for_a_test(graph: Any, inputs: Any) -> Any:
        graphs[0] += 1

        def run(*given: Any) -> Any:
            runs[0] += 1
            return graph.forward(*given)

        return run

    if "counting_for_a_test" not in list_backends(exclude_tags=()):
        register_backend(counting_for_a_test)
    torch._dynamo.reset()
    experts = [expert(layers).eval() for _ in range(2)]
    knobs = Knobs("cpu", cache="diffusers", compile="counting_for_a_test", attention="native")
    knobs.take_over(experts)
    noise = torch.Generator().manual_seed(0)
    for high, wide, frames, threshold in ((8, 8, 2, 1e-4), (8, 12, 2, 1e-4), (12, 8, 3, 2e-4), (16, 16, 3, 2e-4)):
        runs[0] = 0
        with torch.no_grad(), knobs.caching(threshold, guided=True):
            for one in experts:
                for context in ("cond", "uncond"):
                    with one.cache_context(context):
                        one(
                            hidden_states=torch.randn((1, 36, frames, high, wide), generator=noise),
                            timestep=torch.tensor([900.0]),
                            encoder_hidden_states=torch.randn((1, 20, 32), generator=noise),
                        )
        assert runs[0] == layers * 2 * 2, f"{high}x{wide}, {frames} latent frames"
    assert graphs[0] <= 4, "one, one whose size may vary, and little more"


def test_a_compiler_that_fails_costs_nothing_but_time(folder: Path, takes: Set, calls: Calls) -> None:
    from torch._dynamo import register_backend
    from torch._dynamo.backends.registry import list_backends

    if "broken_for_a_test" not in list_backends(exclude_tags=()):

        def broken_for_a_test(graph: Any, inputs: Any) -> Any:
            raise ValueError("no compiler here")

        register_backend(broken_for_a_test)
    _, plain = takes.take(loaded(folder), request())
    made, stage = takes.take(loaded(folder, compile="broken_for_a_test"), request())
    assert str(made.facts["compile"]).startswith("off: ")
    assert "no compiler here" in str(made.facts["compile"])
    assert sha(stage) == sha(plain)
    assert len(calls.all) == 3, "the take was done again from its beginning"
    assert calls.all[1]["seed"] == calls.all[2]["seed"]


def test_on_the_cpu_nothing_is_compiled_by_itself(shared: WanAnimator, takes: Set) -> None:
    made, _ = takes.take(shared, request())
    assert made.facts["compile"] == "off: on the CPU"
    assert made.facts["attention"] == "native"
    assert made.facts["precision"] == "float32, VAE float32"


def test_attention_that_is_not_here_falls_back_and_is_said(folder: Path, takes: Set) -> None:
    made, _ = takes.take(loaded(folder, attention="_flash_3"), request())
    assert str(made.facts["attention"]).startswith("native (_flash_3: ")


@pytest.mark.parametrize(
    ("rocm", "tried"), [(True, ["aiter_fa2_hub"]), (False, ["_flash_3", "_flash_3_hub", "sage"])], ids=["AMD", "NVIDIA"]
)
def test_attention_is_chosen_by_the_device(monkeypatch: pytest.MonkeyPatch, rocm: bool, tried: list[str]) -> None:
    set_: list[str] = []
    model = SimpleNamespace(set_attention_backend=set_.append)
    found: dict[str, str] = {}
    monkeypatch.setattr("core.engines.studio.attention.is_rocm", lambda: rocm)
    monkeypatch.setattr("core.engines.studio.attention._offline", lambda: True)
    monkeypatch.setattr("core.engines.studio.attention._probe", lambda device, name: found.get(name, "not here"))
    assert choose_attention([model], "cuda:0") == f"native ({'; '.join(f'{name}: not here' for name in tried)})"
    assert set_ == [*tried, "native"]
    found[tried[-1]] = ""
    assert choose_attention([model], "cuda:0") == tried[-1]


def test_no_kernel_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    set_: list[str] = []
    monkeypatch.setattr("core.engines.studio.attention._offline", lambda: False)
    said = choose_attention([SimpleNamespace(set_attention_backend=set_.append)], "cpu", "sage_hub")
    assert said == "native (sage_hub: it would be fetched, HF_HUB_OFFLINE is not set)"
    assert set_ == ["native"]


def test_a_kernel_that_counts_wrongly_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers.models import attention_dispatch as dispatch

    real = dispatch.dispatch_attention_fn

    def wrong(*args: Any, backend: Any) -> Any:
        return real(*args, backend=backend) + (0.5 if backend.value == "_native_math" else 0.0)

    model = SimpleNamespace(set_attention_backend=lambda name: None)
    assert choose_attention([model], "cpu", "_native_math") == "_native_math"
    monkeypatch.setattr(dispatch, "dispatch_attention_fn", wrong)
    assert choose_attention([model], "cpu", "_native_math").startswith("native (_native_math: its numbers are wrong")


# --- weights -------------------------------------------------------------------------------------------------------


def test_a_model_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(MissingWeights, match="is not on this machine") as told:
        WanAnimator().load("cpu")
    assert told.value.remedy == "reeltui models fetch animator"


def test_weights_that_are_cut_short(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (broken,) = (copy / "transformer_2").glob("*.safetensors")
    broken.write_bytes(broken.read_bytes()[:-100])
    with pytest.raises(MissingWeights, match=r"safetensors.*transformer_2 is cut short"):
        loaded(copy)


def test_a_folder_that_is_another_model(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "vae" / "config.json").write_text("{")
    with pytest.raises(EngineTrouble, match="cannot be read") as told:
        loaded(copy)
    assert "models" in told.value.remedy


def test_the_versions_of_what_was_loaded_can_be_sent(shared: WanAnimator) -> None:
    versions = _versions()
    assert {"torch", "diffusers", "transformers"} <= set(versions)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(versions)) == versions
