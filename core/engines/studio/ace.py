"""ACE-Step 1.5 by diffusers: composes from a caption, on the device it was loaded on."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core.engines.studio.music_brief import Brief
from core.engines.studio.pipelines import NOWHERE, leaving_nothing, load_pipeline, offload, place
from core.engines.studio.torch_device import device_memory, give_back, seeded
from core.film.requests import Fact
from core.media.sound import Samples

# diffusers' page on ACE-Step 1.5: the turbo checkpoints take 8 steps at shift 3.0 and no guidance, the others 7.0.
# ACE-Step 1.5's INFERENCE.md: 32 to 64 steps for those, lengths of 10 to 600 seconds, "[Instrumental]" as the lyrics of
# music nobody sings, with the language "unknown".
TURBO_STEPS, OTHER_STEPS = 8, 50
TURBO_GUIDANCE, OTHER_GUIDANCE = 1.0, 7.0
SHIFT = 3.0
SHORTEST, LONGEST = 10.0, 600.0
LYRICS, LANGUAGE = "[Instrumental]", "unknown"

Stepped = Callable[[int, int], None]


class Composed(msgspec.Struct, frozen=True):
    """Sound of shape (samples, channels), its rate in Hz, and what was really used."""

    sound: Samples
    rate: int
    facts: dict[str, Fact]


class Ace15:
    """One loaded AceStepPipeline; `steps` 0 for what its checkpoint is made for."""

    def __init__(self, folder: Path, device: str, steps: int = 0) -> None:
        """Raises EngineTrouble for broken weights, OutOfDeviceMemory."""
        self._pipeline = load_pipeline("AceStepPipeline", folder, device)
        self._device = device
        self._turbo = bool(self._pipeline.is_turbo)
        self._steps = steps or (TURBO_STEPS if self._turbo else OTHER_STEPS)
        self.offloaded = place(self._pipeline, device)  # what the receipt says of it

    def offload(self) -> str:
        """Keep what is not at work beside the device from now on; tell how that went."""
        self.offloaded = self.offloaded or offload(self._pipeline, self._device)
        return self.offloaded or NOWHERE

    def compose(self, brief: Brief, seconds: float, seed: int, stepped: Stepped) -> Composed:
        """Compose at least `seconds` seconds; `stepped(step, of)` is told of every denoising step and may raise.

        Raises OutOfDeviceMemory.
        """
        asked = min(LONGEST, max(SHORTEST, float(math.ceil(seconds))))
        guidance = TURBO_GUIDANCE if self._turbo else OTHER_GUIDANCE

        def told(pipeline: Any, step: int, moment: Any, values: dict[str, Any]) -> dict[str, Any]:
            stepped(step + 1, self._steps)
            return {}

        try:
            with leaving_nothing(self._pipeline), device_memory(f"{asked:.0f} seconds of music"):
                made = self._pipeline(
                    prompt=brief.caption,
                    lyrics=LYRICS,
                    vocal_language=LANGUAGE,
                    audio_duration=asked,
                    bpm=brief.bpm,
                    keyscale=brief.key,
                    timesignature=brief.metre,
                    num_inference_steps=self._steps,
                    guidance_scale=guidance,
                    shift=SHIFT,
                    generator=seeded(seed),
                    output_type="np",
                    callback_on_step_end=told,
                )
        finally:
            give_back(self._device)  # who else is loaded on this card counts with it
        facts: dict[str, Fact] = {
            "composed_seconds": asked,
            "steps": self._steps,
            "shift": SHIFT,
            "guidance": "off: the model is distilled" if self._turbo else guidance,
            "lyrics": LYRICS,
        }
        sound = np.asarray(made.audios[0], dtype=np.float32).T
        return Composed(sound, int(self._pipeline.sample_rate), facts)
