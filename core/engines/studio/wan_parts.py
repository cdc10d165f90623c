"""Reads the parts of Wan's pipeline from a snapshot: both transformers (the experts), the VAE, the scheduler."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from core.engines.studio.torch_device import is_out_of_memory
from core.film.errors import EngineTrouble, ReelError

_REMEDY = "reeltui models verify, then fetch what is broken again"
_BOUNDARY = 0.9  # boundary_ratio of Wan2.2-I2V-A14B, where the snapshot names none


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn whatever a library raises over a broken file into an EngineTrouble; a full memory stays what it is."""
    try:
        yield
    except (ReelError, MemoryError):
        raise
    # A truncated file, a missing part and a wrong class each raise something else, of four libraries.
    except Exception as error:
        if is_out_of_memory(error):
            raise
        first = (str(error).strip() or "no reason given").partition("\n")[0][:300]
        raise EngineTrouble(f"{what} cannot be read: {type(error).__name__}: {first}", remedy=_REMEDY) from error


def read_expert(folder: Path, dtype: Any) -> Any:
    """Return a transformer from its folder, in `dtype` but for the small parts that the model keeps in 32 bits."""
    from diffusers import WanTransformer3DModel

    with reading(f"the transformer in {folder}"):
        expert = WanTransformer3DModel.from_pretrained(
            folder, torch_dtype=dtype, local_files_only=True, use_safetensors=True
        )
        return _whole(expert)


def read_pipeline(snapshot: Path, vae_dtype: Any) -> Any:
    """Return the pipeline without transformers and text encoder, on the CPU.

    The VAE has its own numbers: its authors run it in 32 bits (wan/modules/vae2_1.py of Wan-Video/Wan2.2), in 16 the
    colours of flat areas step.
    """
    from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanImageToVideoPipeline

    with reading(f"the pipeline in {snapshot}"):
        vae = _whole(
            AutoencoderKLWan.from_pretrained(
                snapshot / "vae", torch_dtype=vae_dtype, local_files_only=True, use_safetensors=True
            )
        )
        scheduler = UniPCMultistepScheduler.from_pretrained(snapshot / "scheduler", local_files_only=True)
        pipeline = WanImageToVideoPipeline(
            tokenizer=None, text_encoder=None, vae=vae, scheduler=scheduler, boundary_ratio=_boundary(snapshot)
        )
    pipeline.set_progress_bar_config(disable=True)  # whoever looks follows the host's own messages
    return pipeline


def read_text_encoder(folder: Path, dtype: Any) -> Any:
    """Return the text encoder. transformers fills what no file has with chance; here it is an error."""
    from transformers import UMT5EncoderModel

    with reading(f"the text encoder in {folder}"):
        encoder, found = UMT5EncoderModel.from_pretrained(
            folder, dtype=dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
        _lacks_none(sorted(found["missing_keys"]))
    return encoder.eval()


def _whole(part: Any) -> Any:
    """Return a part of diffusers', which leaves what no file has on the "meta" device. Raises ValueError there."""
    _lacks_none([name for name, value in part.state_dict().items() if value.is_meta])
    return part


def _lacks_none(names: list[str]) -> None:
    if names:
        raise ValueError(f"no file has {', '.join(names[:3])}" + (f" and {len(names) - 3} more" if names[3:] else ""))


def _boundary(snapshot: Path) -> float:
    """Return where the low-noise expert takes over, as a part of all noise."""
    index = msgspec.json.decode((snapshot / "model_index.json").read_bytes(), type=dict[str, object])
    named = index.get("boundary_ratio")
    return float(named) if isinstance(named, int | float) else _BOUNDARY
