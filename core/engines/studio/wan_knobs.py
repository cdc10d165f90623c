"""What makes Wan faster or smaller than stock diffusers: first-block cache, regional compile, attention, tiling."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import Any

from core.engines.studio.attention import choose_attention
from core.engines.studio.torch_device import is_card, is_out_of_memory

DIFFUSERS, PARA_ATTN, OFF = "diffusers", "para-attn", "off"
AUTO = "auto"


class Knobs:
    """Turns the knobs of both experts. `facts` says which are on and why others are not."""

    def __init__(self, device: str, *, cache: str, compile: str, attention: str) -> None:
        """`cache`: "diffusers", "para-attn" or "off". `compile`: "auto" (on a card), "off", or torch.compile's name of
        a backend, on any device. `attention`: "auto" or diffusers' name of a kernel."""
        self._device = device
        self._cache = cache
        self._compile = compile
        self._attention = attention
        self._experts: tuple[Any, ...] = ()
        self._compiled = False
        self._threshold = 0.0
        self.facts: dict[str, str] = {}

    def take_over(self, experts: Sequence[Any]) -> None:
        """Prepare experts that were just loaded: attention and compile."""
        self._experts = tuple(experts)
        self._compiled, self._threshold = False, 0.0
        self.facts["attention"] = choose_attention(self._experts, self._device, self._attention)
        self._compile_blocks()

    # --- compile ---------------------------------------------------------------------------------------------

    def _compile_blocks(self) -> None:
        backend = "inductor" if self._compile == AUTO else self._compile
        if self._compile == OFF or (self._compile == AUTO and not is_card(self._device)):
            self.facts["compile"] = "off" if self._compile == OFF else "off: on the CPU"
            return
        try:
            import torch

            for block in self._blocks():
                # They are all alike: one is compiled, in seconds instead of minutes for the whole. Their inside, not
                # the modules as `compile_repeated_blocks` does: the cache's hook, which is put around a block later,
                # would be compiled with it, anew for every state it can be in, and after eight of those (torch's
                # recompile_limit) blocks run as they are without a word.
                block.forward = torch.compile(block.forward, fullgraph=False, backend=backend)
        except Exception as error:  # noqa: BLE001 - a compiler that is not there is no reason not to render
            self.plain(error)
            return
        self._compiled = True
        self.facts["compile"] = f"blocks, {backend}"

    def _blocks(self) -> Iterator[Any]:
        for expert in self._experts:
            yield from expert.blocks

    def is_compile_trouble(self, error: BaseException) -> bool:
        """Tell whether a take failed in the compiler, which works only when the first step comes."""
        if not self._compiled or is_out_of_memory(error):
            return False
        from torch._dynamo.exc import TorchDynamoException

        return isinstance(error, TorchDynamoException)

    def plain(self, why: object) -> None:
        """Go on without compiled blocks, for good."""
        self._forget()  # its hooks hold the compiled insides
        for block in self._blocks():
            block.__dict__.pop("forward", None)  # the class has the plain one
        self._compiled = False
        why = getattr(why, "inner_exception", None) or why  # what the compiler's backend raised
        reason = (str(why).strip() or type(why).__name__).splitlines()[0][:160]
        self.facts["compile"] = f"off: {reason}"

    # --- cache -----------------------------------------------------------------------------------------------

    @contextmanager
    def caching(self, threshold: float, *, guided: bool) -> Iterator[None]:
        """Have both experts skip blocks whose first one hardly changed; 0 means every block, every step.

        Nothing is remembered from the take before, nor for the next. `guided`: each step runs twice.
        """
        if threshold <= 0.0 or self._cache == OFF:
            self._forget()
            self.facts["cache"] = "off"
            yield
        elif self._cache == PARA_ATTN and find_spec("para_attn") is not None:
            self._forget()
            with ExitStack() as open_:
                self.facts["cache"] = f"first block, {threshold:g}, para-attn"
                for expert in self._experts:
                    open_.enter_context(_para_attn(expert, threshold, guided=guided))
                yield
        else:
            self._remember(threshold)
            instead = " (para-attn is not installed)" if self._cache == PARA_ATTN else ""
            self.facts["cache"] = f"first block, {threshold:g}, diffusers{instead}"
            try:
                yield
            finally:
                self._reset()

    def _remember(self, threshold: float) -> None:
        """Turn diffusers' cache on, empty. Where it is on already it stays: taking it off would compile anew."""
        from diffusers import FirstBlockCacheConfig

        if self._threshold != threshold:
            self._forget()
            for expert in self._experts:
                expert.enable_cache(FirstBlockCacheConfig(threshold=threshold))
            self._threshold = threshold
        self._reset()

    def _reset(self) -> None:
        for expert in self._experts:
            expert._reset_stateful_cache()

    def _forget(self) -> None:
        if self._threshold:
            for expert in self._experts:
                expert.disable_cache()
            self._threshold = 0.0


@contextmanager
def _para_attn(expert: Any, threshold: float, *, guided: bool) -> Iterator[None]:
    """Run an expert with ParaAttention's first-block cache.

    Each expert has a context of its own, and a new one each take; its adapter for whole pipelines would share one
    between both experts and patch the class for good.
    """
    import unittest.mock  # noqa: F401 - its adapter uses it without importing it

    from para_attn.first_block_cache import utils
    from para_attn.first_block_cache.diffusers_adapters.wan import apply_cache_on_transformer

    plain = expert.forward
    apply_cache_on_transformer(expert)
    cached = expert.forward
    context = utils.create_cache_context(residual_diff_threshold=threshold, enable_alter_cache=guided)

    def forward(*args: Any, **kwargs: Any) -> Any:
        with utils.cache_context(context):
            return cached(*args, **kwargs)

    expert.forward = forward
    try:
        yield
    finally:
        expert.forward = plain
        expert._is_cached = False


def tile(vae: Any, *, on: bool) -> None:
    """Have the VAE work in overlapping tiles, or whole: less memory for more time, and faint seams."""
    if on:
        vae.enable_tiling()
    else:
        vae.disable_tiling()
