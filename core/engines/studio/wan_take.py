"""What one take asks of the pipeline: whole sizes and lengths, and the way back to exactly what was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.film.errors import BadInput, EngineTrouble
from core.film.requests import AnimateRequest
from core.media.photo import fitted_photo
from core.media.unreadable import Unreadable

_SIDE = 16  # pixels: the VAE makes 8 of them one, the transformers take 2 together
_GROUP = 4  # frames: the VAE makes 4 of them one, after a first


class Take(msgspec.Struct, frozen=True):
    """What is rendered: `width` x `height` pixels, `frames` frames; a little more than was asked where need be."""

    width: int
    height: int
    frames: int

    @classmethod
    def of(cls, request: AnimateRequest) -> Take:
        """Return the next size and length up that the model can do."""
        groups = -(-max(0, request.frames - 1) // _GROUP)
        return cls(_up(request.width), _up(request.height), _GROUP * groups + 1)

    @property
    def parts(self) -> int:
        """Latent frames."""
        return (self.frames - 1) // _GROUP + 1

    def picture(self, path: Path, request: AnimateRequest) -> Image.Image:
        """Return a keyframe as RGB at the rendered size. Raises BadInput where it cannot be read."""
        try:
            picture = fitted_photo(path, request.width, request.height)
        except Unreadable as error:
            raise BadInput(str(error), remedy="make this keyframe again") from error
        except OSError as error:
            raise BadInput(
                f"{path.name} cannot be read: {error.strerror}", remedy="make this keyframe again"
            ) from error
        # Stretched by 15 pixels at most, and back again at the end: nothing of the picture is lost.
        return picture.resize((self.width, self.height), Image.Resampling.LANCZOS)

    def asked(self, video: NDArray[np.float32], request: AnimateRequest) -> Iterator[NDArray[np.uint8]]:
        """Yield exactly the frames that were asked for, uint8 RGB, from (frames, height, width, 3) of 0 to 1.

        Raises EngineTrouble where the model gave something else.
        """
        if video.shape != (self.frames, self.height, self.width, 3):
            raise EngineTrouble(f"the model gave {video.shape} for {self}", remedy="run again")
        if not np.isfinite(video).all():
            text = "the model gave numbers that are no picture (not finite)"
            raise EngineTrouble(text, remedy="run again; where it stays, set the attention kernel to native")
        for index in self.kept(request):
            frame = np.asarray(video[index] * 255.0 + 0.5, np.uint8)
            yield _scaled(frame, request.width, request.height)

    def kept(self, request: AnimateRequest) -> list[int]:
        """Return which rendered frames are kept: the first ones; with a last picture evenly from first to last."""
        if request.last is None or request.frames < 2:
            return list(range(request.frames))
        return [round(index * (self.frames - 1) / (request.frames - 1)) for index in range(request.frames)]


def _up(side: int) -> int:
    return -(-side // _SIDE) * _SIDE


def _scaled(frame: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    if frame.shape[:2] == (height, width):
        return frame
    return np.asarray(Image.fromarray(frame).resize((width, height), Image.Resampling.LANCZOS), np.uint8)
