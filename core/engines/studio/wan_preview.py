"""A small picture of a take under way: what the model has in mind, in rough colours, without the VAE's decoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.engines.studio.torch_device import torch_device
from core.folder.layout import PREVIEW

_SIDE = 320  # pixels, the longer one
_RIDGE = 1e-3  # keeps the fit bounded on a picture of one colour


class Preview:
    """Writes preview.jpg into the stage folder; it is no file of the take.

    Colours come from the take's own keyframe: encoded once, its latents are fitted to its pixels by least squares, so
    that there is no table of numbers to keep for a VAE.
    """

    def __init__(self, folder: Path, keyframe: Image.Image, vae: Any, device: str) -> None:
        """`keyframe` is RGB at the size that is rendered."""
        self._path = folder / PREVIEW
        self._weights = _fit(_latents(vae, keyframe, torch_device(device)), keyframe)
        self.trouble = ""

    def show(self, latents: Any) -> None:
        """Write the middle of a clip: `latents` of shape (1, channels, frames, height, width), normalised.

        A preview that cannot be written is not worth a take: `trouble` says why, and no more are tried.
        """
        if self.trouble:
            return
        middle = latents[0, :, latents.shape[2] // 2].float().cpu().numpy().astype(np.float64)
        picture = np.clip(np.nan_to_num(_features(middle) @ self._weights), 0.0, 1.0)
        image = Image.fromarray((picture * 255.0 + 0.5).astype(np.uint8).reshape(*middle.shape[1:], 3))
        scale = _SIDE / max(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
        part = self._path.with_name(f".{PREVIEW}.part")
        try:
            image.save(part, format="JPEG", quality=80)
            part.replace(self._path)  # whoever looks sees a whole picture or the one before
        except OSError as error:
            part.unlink(missing_ok=True)
            self.trouble = error.strerror or str(error)


def in_mind(scheduler: Any, latents: Any) -> Any:
    """Return what the model takes the finished clip to be at this step; the noisy latents where nobody knows."""
    denoised = getattr(scheduler, "denoised", None)
    if denoised is None:
        # UniPC keeps its model's outputs as such guesses (`predict_x0`), the newest last.
        guesses = getattr(scheduler, "model_outputs", None) if getattr(scheduler, "predict_x0", False) else None
        denoised = guesses[-1] if guesses else None
    return latents if denoised is None else denoised


def _latents(vae: Any, picture: Image.Image, device: str) -> NDArray[np.float64]:
    """Return a picture's latents as the pipeline has them, normalised: (channels, height, width)."""
    import torch

    pixels = torch.from_numpy(np.asarray(picture, np.float32) / 127.5 - 1.0).permute(2, 0, 1)[None, :, None]
    with torch.no_grad():
        found = vae.encode(pixels.to(device, vae.dtype)).latent_dist.mode()[0, :, 0].float().cpu().numpy()
    mean, deviation = (np.asarray(vae.config[name])[:, None, None] for name in ("latents_mean", "latents_std"))
    return np.asarray((found - mean) / deviation, np.float64)


def _features(latents: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one row per pixel: its latent channels and a 1."""
    rows = latents.reshape(latents.shape[0], -1).T
    return np.hstack([rows, np.ones((len(rows), 1))])


def _fit(latents: NDArray[np.float64], picture: Image.Image) -> NDArray[np.float64]:
    """Return the matrix that turns features into RGB from 0 to 1: (channels + 1, 3)."""
    small = picture.resize((latents.shape[2], latents.shape[1]), Image.Resampling.BOX)
    wanted = np.asarray(small, np.float64).reshape(-1, 3) / 255.0
    features = _features(latents)
    square = features.T @ features + _RIDGE * len(features) * np.eye(features.shape[1])
    return np.asarray(np.linalg.solve(square, features.T @ wanted), np.float64)
