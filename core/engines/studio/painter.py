"""The studio's painter: masters, scene plates and keyframes by FLUX.2 klein, from words and from reference pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.engines.roles import Progress, Room
from core.engines.studio.paint_prompt import Prompt, write_prompt
from core.engines.studio.paint_words import load_paint_words
from core.engines.studio.pipelines import NOWHERE, leaving_nothing, load_pipeline, offload, place
from core.engines.studio.references import Chosen, choose
from core.engines.studio.torch_device import device_memory, give_back, seeded
from core.engines.studio.weights import revision_of, snapshot
from core.film.errors import EngineTrouble
from core.film.requests import Fact, Made, PaintRequest
from core.folder import layout
from core.media.unreadable import Unreadable

FILE = "image.png"
OFFLOAD = "offload"

# The model's card: four steps, guidance 1.0 (it is distilled; other guidance is ignored).
STEPS = 4
GUIDANCE = 1.0

_SMALLEST_REFERENCE = 64  # pixels a side, the least Flux2KleinPipeline takes
_READ, _PAINTED = 0.1, 0.9  # of a step's time, until the words are read and until the last denoising step

Pixels = NDArray[np.float32]


class KleinPainter:
    """Paints with Flux2KleinPipeline (role: core.engines.roles.Painter).

    `repository` is a hub repository or a local folder, `revision` "" for what `main` names. `steps` and `guidance` are
    for a checkpoint that is not distilled (FLUX.2-klein-base-4B: 50 and 4.0).
    """

    def __init__(
        self,
        *,
        repository: str = "black-forest-labs/FLUX.2-klein-4B",
        revision: str = "",
        steps: int = STEPS,
        guidance: float = GUIDANCE,
    ) -> None:
        self._repository = repository
        self._revision = revision
        self._steps = steps
        self._guidance = guidance
        self._made_by = ""
        self._device = ""
        self._pipeline: Any = None
        self._offloaded = ""  # what the receipt says of it; it lasts as long as this host

    def load(self, device: str) -> None:
        """Read the words and the weights. Raises BadInput for broken words, MissingWeights, OutOfDeviceMemory."""
        load_paint_words()
        folder = snapshot(self._repository, self._revision)
        self._made_by = revision_of(folder)
        self._device = device
        self._pipeline = load_pipeline("Flux2KleinPipeline", folder, device)
        self._offloaded = place(self._pipeline, device)

    def run(self, request: PaintRequest, room: Room, progress: Progress) -> Made:
        """Paint image.png, exactly width x height, RGB; the same request on the same device gives the same picture.

        Raises Unreadable for a broken reference, EngineTrouble where the model gives no numbers, OutOfDeviceMemory.
        """
        progress(0.0, "reading the words")
        if OFFLOAD in room.fallbacks and not self._offloaded:
            self._offloaded = offload(self._pipeline, self._device)
        chosen = choose(request.references, request.strength)
        prompt = write_prompt(request, chosen, load_paint_words(), self._tokens)
        pictures = [_reference(layout.inside(room.reel, reference.path)) for reference in chosen.references]
        grain = int(self._pipeline.vae_scale_factor) * 2
        size = _up(request.width, grain), _up(request.height, grain)
        pixels = self._painted(prompt.text, pictures, size, request.seed, progress)
        _cut(pixels, request.width, request.height).save(room.stage / FILE, compress_level=3)
        progress(1.0, "painted")
        return Made((FILE,), self._facts(request, chosen, prompt, size, room))

    def _tokens(self, text: str) -> int:
        """Count what the text encoder would read, in the frame the pipeline gives it."""
        tokenizer = self._pipeline.tokenizer
        framed = tokenizer.apply_chat_template(
            [{"role": "user", "content": text}], tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return len(tokenizer(framed)["input_ids"])

    def _painted(
        self, prompt: str, pictures: list[Image.Image], size: tuple[int, int], seed: int, progress: Progress
    ) -> Pixels:
        """Return the picture, float in [0, 1] of shape (height, width, 3)."""

        def stepped(pipeline: Any, step: int, moment: Any, values: dict[str, Any]) -> dict[str, Any]:
            done = (step + 1) / self._steps
            progress(_READ + (_PAINTED - _READ) * done, f"step {step + 1} of {self._steps}")
            return {}

        try:
            with leaving_nothing(self._pipeline), device_memory(f"a picture of {size[0]}x{size[1]}"):
                made = self._pipeline(
                    image=pictures or None,
                    prompt=prompt,
                    width=size[0],
                    height=size[1],
                    num_inference_steps=self._steps,
                    guidance_scale=self._guidance,
                    generator=seeded(seed),
                    output_type="np",
                    callback_on_step_end=stepped,
                )
        finally:
            give_back(self._device)  # who else is loaded on this card counts with it
        return np.asarray(made.images[0], dtype=np.float32)

    def _facts(
        self, request: PaintRequest, chosen: Chosen, prompt: Prompt, size: tuple[int, int], room: Room
    ) -> dict[str, Fact]:
        facts: dict[str, Fact] = {
            "asked": prompt.text,
            "rendered": f"{size[0]}x{size[1]}",
            "seed": request.seed,
            "steps": self._steps,
            "guidance": "off: the model is distilled" if self._pipeline.config.is_distilled else self._guidance,
            "strength": request.strength,
            "hold": chosen.hold.value,
            "references": ", ".join(f"{n} {one.name}" for n, one in enumerate(chosen.references, start=1)),
            "prompt_tokens": prompt.tokens,
            "model_revision": self._made_by,
        }
        if chosen.left_out:
            facts["references_left_out"] = ", ".join(chosen.left_out)
        if prompt.left_out:
            facts["words_left_out"] = ", ".join(prompt.left_out)
        if request.negative:
            facts["negative_as_words"] = prompt.boundaries
            facts["negative_not_usable"] = ", ".join(prompt.unusable)
        if self._offloaded or OFFLOAD in room.fallbacks:
            facts["offload"] = self._offloaded or NOWHERE
        return facts


def _up(side: int, grain: int) -> int:
    return -(-side // grain) * grain


def _reference(path: Path) -> Image.Image:
    """Return a reference as RGB, no side below what the pipeline takes. Raises Unreadable."""
    try:
        with Image.open(path) as image:
            picture = image.convert("RGB")
    except FileNotFoundError:
        raise Unreadable.of(path, "there is no such file") from None
    # Pillow raises nearly anything for a file that lies.
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable.of(path, str(error)) from error
    least = min(picture.size)
    if least >= _SMALLEST_REFERENCE:
        return picture
    larger = tuple(-(-side * _SMALLEST_REFERENCE // least) for side in picture.size)
    return picture.resize((larger[0], larger[1]), Image.Resampling.LANCZOS)


def _cut(pixels: Pixels, width: int, height: int) -> Image.Image:
    """Return the middle of what was painted, as it was asked for. Raises EngineTrouble where it is not numbers."""
    if not np.isfinite(pixels).all():
        raise EngineTrouble("the painter's model gave no picture, only values that are not numbers", remedy="resume")
    top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
    cut = pixels[top : top + height, left : left + width]
    return Image.fromarray(np.rint(np.clip(cut, 0.0, 1.0) * 255).astype(np.uint8))
