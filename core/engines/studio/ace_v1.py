"""ACE-Step v1 by its own package, `acestep`, where a person has installed it."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from core.engines.studio.ace import Composed, Stepped
from core.engines.studio.music_brief import Brief
from core.engines.studio.torch_device import device_memory, give_back, is_card, torch_device
from core.engines.studio.weights import MissingWeights
from core.film.errors import EngineTrouble
from core.film.requests import Fact
from core.media.sound import Samples

# The package's own defaults (ACEStepPipeline.__call__), written out so that a receipt can tell them.
STEPS = 60
GUIDANCE = 15.0
# "Use [instrumental] or [inst] to generate instrumental music": the package's own form for lyrics.
LYRICS = "[instrumental]"

_MODULE = "acestep.pipeline_ace_step"
# Without one of these the package would download all of them, to a place of its own.
_PARTS = ("music_dcae_f8c8", "music_vocoder", "ace_step_transformer", "umt5-base")


class AceV1:
    """One loaded ACEStepPipeline of the `acestep` package; `steps` 0 for its own number.

    The package tells nothing while it works and writes its own file. So its progress bar is replaced by one that tells
    us, and its writer by one that keeps the sound.
    """

    offloaded = ""

    def __init__(self, folder: Path, device: str, steps: int = 0) -> None:
        """Raises EngineTrouble where the package is missing, MissingWeights, OutOfDeviceMemory."""
        missing = [part for part in _PARTS if not (folder / part).is_dir()]
        if missing:
            text = f"ACE-Step v1 in {folder} lacks {', '.join(missing)}"
            raise MissingWeights(text, remedy="reeltui models fetch ACE-Step/ACE-Step-v1-3.5B")
        self._module = _package()
        self._device = device
        self._steps = steps or STEPS
        kind = "bfloat16" if is_card(device) else "float32"
        with device_memory("the weights"):
            self._pipeline: Any = self._module.ACEStepPipeline(checkpoint_dir=str(folder), dtype=kind)
            # It takes the first card it sees, whatever it was asked for.
            self._pipeline.device = _torch().device(torch_device(device))
            self._pipeline.load_checkpoint(str(folder))

    def offload(self) -> str:
        """Offloading is not asked of this package."""
        return "not for v1"

    def compose(self, brief: Brief, seconds: float, seed: int, stepped: Stepped) -> Composed:
        """Compose `seconds` seconds; `stepped(step, of)` is told of every denoising step and may raise.

        Raises OutOfDeviceMemory, EngineTrouble where the package gives no sound.
        """
        kept: list[tuple[Samples, int]] = []

        def keep(wav: Any, place: int, save_path: Any = None, sample_rate: int = 48_000, format: str = "wav") -> str:
            kept.append((np.asarray(wav.float().cpu().numpy(), dtype=np.float32).T, int(sample_rate)))
            return str(Path(aside) / f"music.{format}")  # beside which it writes what it was asked

        self._pipeline.save_wav_file = keep
        bar, self._module.tqdm = self._module.tqdm, _telling(stepped)
        try:
            with tempfile.TemporaryDirectory() as aside, device_memory(f"{seconds:.0f} seconds of music"):
                self._pipeline(
                    prompt=brief.caption,
                    lyrics=LYRICS,
                    audio_duration=seconds,
                    infer_step=self._steps,
                    guidance_scale=GUIDANCE,
                    manual_seeds=[seed],
                    save_path=str(Path(aside) / "music.wav"),
                )
        finally:
            self._module.tqdm = bar
            give_back(self._device)  # who else is loaded on this card counts with it
        if not kept:
            raise EngineTrouble("the acestep package gave no sound", remedy='resume, or choose version = "v1.5"')
        facts: dict[str, Fact] = {
            "composed_seconds": seconds,
            "steps": self._steps,
            "guidance": GUIDANCE,
            "lyrics": LYRICS,
        }
        return Composed(*kept[0], facts)


def _package() -> Any:
    try:
        return importlib.import_module(_MODULE)
    except ImportError as error:
        text = f"ACE-Step v1 needs the package acestep, which cannot be imported here: {error}"
        remedy = 'install it from its own repository (pip install --no-deps), or choose version = "v1.5"'
        raise EngineTrouble(text, remedy=remedy) from error


def _torch() -> Any:
    import torch

    return torch


def _telling(stepped: Stepped) -> Any:
    """Return a progress bar that tells of the steps of the loop that says how many it has: the denoising one."""

    def bar(items: Iterable[Any], *, total: int = 0, **more: Any) -> Iterator[Any]:
        for step, item in enumerate(items, start=1):
            yield item
            if total:
                stepped(step, total)

    return bar
