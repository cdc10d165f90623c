"""Wan in four steps: weights distilled for it, their names turned into diffusers', and the schedule they were made for.

The figures are those of LightX2V, who distilled them (Wan2.2-Distill-Models; scheduler of its "step_distill"): four
plain Euler steps at the noise levels below, no classifier-free guidance, the first expert down to 0.9 of all noise. The
levels are 1, 3/4, 1/2 and 1/4 at flow shift 5.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.engines.models import STUDIO_MODELS
from core.engines.studio.wan_parts import reading
from core.film.requests import AnimateRequest

SIGMAS = (1.0, 0.9375, 0.8333, 0.625, 0.0)
STEPS = len(SIGMAS) - 1
BOUNDARY = 0.9
SHIFT = 5.0  # what the levels amount to; the request's own has no say

# What original names begin with; a file in diffusers' names has this instead of "time_embedding".
_DIFFUSERS = "condition_embedder."


def is_lightning(request: AnimateRequest) -> bool:
    """Tell whether a request is for the distilled weights: they alone run without guidance and without a cache."""
    return request.guidance == (1.0, 1.0) and request.cache == 0.0


def distilled_files(folder: Path) -> tuple[Path, Path]:
    """Return the files of the high-noise and the low-noise expert."""
    model = next(model for model in STUDIO_MODELS if model.preset == "lightning")
    high, low = (next(name for name in model.files if f"_{noise}_noise_" in name) for noise in ("high", "low"))
    return folder / high, folder / low


def four_steps() -> Any:
    """Return a fresh scheduler for the distilled weights, whatever number of steps it is asked for."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    class FourSteps(FlowMatchEulerDiscreteScheduler):  # type: ignore[misc]  # torch is not there to be checked
        """Euler at fixed noise levels, in 32 bits; `denoised` is the last step's guess at the finished picture."""

        denoised: Any = None

        def set_timesteps(self, num_inference_steps: Any = None, device: Any = None, **_: Any) -> None:
            super().set_timesteps(sigmas=list(SIGMAS[:-1]), device=device)

        def step(self, model_output: Any, timestep: Any, sample: Any, **options: Any) -> Any:
            if self.step_index is None:
                self._init_step_index(timestep)
            # The base class would hand the sample on in the model's 16 bits.
            velocity = model_output.float()
            self.denoised = sample.float() - self.sigmas[self.step_index] * velocity
            return super().step(velocity, timestep, sample, **options)

    return FourSteps(shift=1.0)


def read_distilled(path: Path, like: Path, dtype: Any) -> Any:
    """Return a transformer with the weights of one file, built as the config.json in the folder `like` says.

    Names may be the original ones or diffusers'. Raises EngineTrouble where they do not fit.
    """
    from accelerate import init_empty_weights
    from diffusers import WanTransformer3DModel
    from diffusers.loaders.single_file_utils import convert_wan_transformer_to_diffusers
    from safetensors.torch import load_file

    with reading(f"the distilled weights in {path}"):
        weights = load_file(path)
        if not any(name.startswith(_DIFFUSERS) for name in weights):
            weights = convert_wan_transformer_to_diffusers(weights)
        with init_empty_weights():
            expert = WanTransformer3DModel.from_config(WanTransformer3DModel.load_config(like))
        kept = tuple(WanTransformer3DModel._keep_in_fp32_modules)
        fitted = {name: _in(dtype, name, kept, tensor) for name, tensor in weights.items()}
        expert.load_state_dict(fitted, strict=True, assign=True)
    return expert.eval()


def _in(dtype: Any, name: str, kept: tuple[str, ...], tensor: Any) -> Any:
    """Return a weight in `dtype`, or in 32 bits where the model keeps that part so (as from_pretrained does)."""
    import torch

    return tensor.to(torch.float32 if any(part in kept for part in name.split(".")) else dtype)
