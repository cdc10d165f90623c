"""Tells how far a take is from within the pipeline, so that it can be stopped between any two pieces of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from core.engines.roles import Progress

# Parts of the whole that come before, at and after denoising.
_READ, _DENOISED, _DECODED = 0.05, 0.90, 0.97


class Watch:
    """Follows one take: `steps` denoising steps of a clip with `parts` latent frames.

    A step is told when it is done, and asked about before each of its passes through an expert, which take half a
    minute on a slow card; the VAE goes through a clip part by part.
    """

    def __init__(self, progress: Progress, steps: int, parts: int) -> None:
        self._progress = progress
        self._steps = steps
        self._parts = max(1, parts)
        self._done = 0
        self._read = 0
        self._decoded = 0

    @contextmanager
    def over(self, pipeline: Any) -> Iterator[None]:
        """Watch a pipeline's experts and VAE while the block runs."""
        vae = pipeline.vae
        told = (
            (vae.encoder, self._reads),
            (vae.decoder, self._decodes),
            (pipeline.transformer, self._passes),
            (pipeline.transformer_2, self._passes),
        )
        handles = [part.register_forward_pre_hook(hook) for part, hook in told]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def step_done(self, index: int) -> None:
        """Tell that a step is done; the first is 0. Raises Cancelled."""
        self._done = index + 1
        self._tell(self._done)

    def _tell(self, step: int) -> None:
        fraction = _READ + (_DENOISED - _READ) * self._done / self._steps
        self._progress(fraction, f"step {step} of {self._steps}")

    def _passes(self, *_: Any) -> None:
        self._tell(min(self._done + 1, self._steps))

    def _reads(self, *_: Any) -> None:
        fraction = 0.02 + (_READ - 0.02) * min(1.0, self._read / self._parts)
        self._progress(fraction, "looking at the picture")
        self._read += 1

    def _decodes(self, *_: Any) -> None:
        self._decoded += 1
        part = min(self._decoded, self._parts)
        fraction = _DENOISED + (_DECODED - _DENOISED) * (part - 1) / self._parts
        self._progress(fraction, f"developing part {part} of {self._parts}")
