"""The studio's animator: Wan2.2-I2V-A14B brings keyframes to life, from a first picture or between a first and last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.engines.roles import Progress, Room
from core.engines.studio.torch_device import device_memory, give_back, seeded, torch_device, torch_dtype
from core.engines.studio.wan_knobs import Knobs, tile
from core.engines.studio.wan_lightning import STEPS, is_lightning
from core.engines.studio.wan_model import Source, WanModel
from core.engines.studio.wan_preview import Preview, in_mind
from core.engines.studio.wan_take import Take
from core.engines.studio.wan_watch import Watch
from core.engines.studio.wan_words import Words, full_negative
from core.film.requests import AnimateRequest, Fact, Made
from core.media.frames import ClipWriter

# What it can be asked to do without, mildest first: the VAE in one piece; the weights on the card.
FALLBACKS = ("tiling", "offload")


@dataclass(frozen=True)
class _Shoot:
    """One take under way: what was asked, where, and its pictures at the rendered size."""

    request: AnimateRequest
    room: Room
    progress: Progress
    take: Take
    first: Image.Image
    last: Image.Image | None


class WanAnimator:
    """Renders clips with Wan's two experts; the same request makes the same call, whatever came before it.

    Fallbacks: "tiling" (the VAE works in tiles), "offload" (parts wait in the machine's memory until it is their turn),
    "compile" (blocks are not compiled).
    """

    def __init__(
        self,
        *,
        repository: str = "Wan-AI/Wan2.2-I2V-A14B-Diffusers",
        revision: str = "",
        distilled: str = "lightx2v/Wan2.2-Distill-Models",
        distilled_revision: str = "",
        lightning: bool = False,
        cache: str = "diffusers",
        compile: str = "auto",
        attention: str = "auto",
        vae_dtype: str = "float32",
        preview_every: int = 3,
    ) -> None:
        """`lightning` only says which experts `load` brings: each request says by itself which it is for.

        `cache`, `compile` and `attention`: see `wan_knobs.Knobs`. `preview_every`: steps; 0 for no preview.
        """
        self._sources = Source(repository, revision), Source(distilled, distilled_revision)
        self._lightning = lightning
        self._knob_words = {"cache": cache, "compile": compile, "attention": attention}
        self._vae_dtype = vae_dtype
        self._preview_every = preview_every

    def load(self, device: str) -> None:
        """Read the weights onto the device. Raises MissingWeights, EngineTrouble where files are broken."""
        import diffusers

        diffusers.utils.logging.disable_progress_bar()
        self._device = device
        self._knobs = Knobs(device, **self._knob_words)
        self._model = WanModel(*self._sources, device, self._knobs, self._vae_dtype)
        self._words = Words(self._model.folder, device)
        self._model.use(lightning=self._lightning)

    def run(self, request: AnimateRequest, room: Room, progress: Progress) -> Made:
        """Render clip.mp4: exactly `frames` frames at `fps`, exactly `width` x `height`.

        Raises BadInput for a keyframe that cannot be read, OutOfDeviceMemory, MissingWeights, EngineTrouble.
        """
        progress(0.0, "opening the pictures")
        take = Take.of(request)
        first = take.picture(room.reel / request.first, request)
        last = take.picture(room.reel / request.last, request) if request.last else None
        shoot = _Shoot(request, room, progress, take, first, last)
        with device_memory(f"a clip of {take.frames} frames, {take.width}x{take.height}"):
            self._model.use(lightning=is_lightning(request), offload="offload" in room.fallbacks)
            if "compile" in room.fallbacks:
                self._knobs.plain("asked to do without")
            tile(self._model.pipeline.vae, on="tiling" in room.fallbacks)
            self._learn(request, room, progress)
            facts = self._facts(request, take, tiled="tiling" in room.fallbacks)
            video = self._rendered(shoot, facts)
        self._write(video, shoot)
        progress(1.0)
        return Made(files=("clip.mp4",), facts={**facts, **self._knobs.facts})

    # --- words -----------------------------------------------------------------------------------------------

    def _learn(self, request: AnimateRequest, room: Room, progress: Progress) -> None:
        """Read this take's words and, while the text encoder is there, those of the takes that come next."""
        takes = [request, *(other for other in room.ahead if isinstance(other, AnimateRequest))]
        texts = [text for take in takes for text in (take.prompt, *_negatives(take))]
        self._words.learn(texts, lambda note: progress(0.01, note))

    # --- the call --------------------------------------------------------------------------------------------

    def _rendered(self, shoot: _Shoot, facts: dict[str, Fact]) -> NDArray[np.float32]:
        """Return the clip as (frames, height, width, 3) of 0 to 1; the same once more where the compiler fails."""
        while True:
            try:
                with self._settled():
                    return self._called(shoot, facts)
            except Exception as error:
                if not self._knobs.is_compile_trouble(error):
                    raise
                self._knobs.plain(error)

    def _called(self, shoot: _Shoot, facts: dict[str, Fact]) -> NDArray[np.float32]:
        request, take = shoot.request, shoot.take
        pipeline = self._model.pipeline
        steps = STEPS if self._model.lightning else request.steps
        facts["flow_shift"] = self._model.schedule(request.flow_shift)
        watch = Watch(shoot.progress, steps, take.parts)
        guided = request.guidance[0] > 1.0
        negative = next(iter(_negatives(request)), None)
        with watch.over(pipeline), self._knobs.caching(request.cache, guided=guided):
            preview = self._preview(shoot)
            video = pipeline(
                image=shoot.first,
                last_image=shoot.last,
                prompt_embeds=self._words.of(request.prompt),
                negative_prompt_embeds=self._words.of(negative) if negative is not None else None,
                width=take.width,
                height=take.height,
                num_frames=take.frames,
                num_inference_steps=steps,
                guidance_scale=request.guidance[0],
                guidance_scale_2=request.guidance[1],
                generator=seeded(request.seed),
                callback_on_step_end=self._after_step(watch, preview),
                output_type="np",
            ).frames[0]
        if preview is not None and preview.trouble:
            facts["preview"] = f"off: {preview.trouble}"
        return np.asarray(video, np.float32)

    def _preview(self, shoot: _Shoot) -> Preview | None:
        if self._preview_every < 1:
            return None
        return Preview(shoot.room.stage, shoot.first, self._model.pipeline.vae, self._device)

    def _after_step(self, watch: Watch, preview: Preview | None) -> Any:
        """Return what the pipeline calls after every step; what it raises ends the take."""

        def after_step(pipeline: Any, index: int, timestep: Any, found: dict[str, Any]) -> dict[str, Any]:
            watch.step_done(index)
            if preview is not None and (index + 1) % self._preview_every == 0:
                preview.show(in_mind(pipeline.scheduler, found["latents"]))
            return found

        return after_step

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """Whatever ends a take, by itself, by Cancelled or by an error: the next begins as the first did."""
        try:
            yield
        finally:
            self._model.settle()
            give_back(self._device)

    def _write(self, video: NDArray[np.float32], shoot: _Shoot) -> None:
        request = shoot.request
        with ClipWriter(shoot.room.stage / "clip.mp4", request.width, request.height, request.fps) as writer:
            for index, frame in enumerate(shoot.take.asked(video, request)):
                writer.write(frame)
                if index % 8 == 0:
                    shoot.progress(0.97 + 0.03 * index / request.frames, f"frame {index + 1} of {request.frames}")

    # --- the receipt -----------------------------------------------------------------------------------------

    def _facts(self, request: AnimateRequest, take: Take, *, tiled: bool) -> dict[str, Fact]:
        """Return what is really used; the flow shift and the knobs come when they are set."""
        model, (high, low) = self._model, request.guidance
        return {
            "weights": model.weights,
            "mode": "first frame" if request.last is None else "first and last frame",
            "rendered": f"{take.width}x{take.height}, {take.frames} frames",
            "seed": request.seed,
            "steps": STEPS if model.lightning else request.steps,
            "flow_shift": request.flow_shift,
            "scheduler": "Euler, four distilled steps" if model.lightning else "UniPC",
            "guidance": f"{high:g}, {low:g}" if high > 1.0 else "off",
            "negative": "the model's and the shot's" if _negatives(request) else "not used: no guidance",
            "boundary": float(model.pipeline.config.boundary_ratio),
            "precision": f"{str(torch_dtype(self._device)).rpartition('.')[2]}, VAE {self._vae_dtype}",
            "device": torch_device(self._device),
            "tiling": "on" if tiled else "off",
            "offload": f"on: {model.beside}" if model.beside else "off",
        }


def _negatives(request: AnimateRequest) -> tuple[str, ...]:
    """Return the negative prompt, where there is guidance to use it: diffusers looks at the first figure alone."""
    return (full_negative(request.negative),) if request.guidance[0] > 1.0 else ()
