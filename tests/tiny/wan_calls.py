"""Takes at toy size on the tiny Wan, and what they ask of the real pipeline, written down on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from core.engines.roles import Room
from core.film.camera import CameraMove
from core.film.requests import AnimateRequest, Made
from tests.asking import clip_of, quiet

WIDTH, HEIGHT, FRAMES = 96, 64, 5


def request(**changes: Any) -> AnimateRequest:
    """Return a request for a hero shot in 2 steps, 5 frames of 96x64."""
    plain = clip_of(
        first="first.png",
        prompt="Dolly in. A woman walks. 35mm lens.",
        negative="blur",
        camera=CameraMove.DOLLY_IN,
        frames=FRAMES,
        steps=2,
        width=WIDTH,
        height=HEIGHT,
    )
    return msgspec.structs.replace(plain, **changes)


LIGHTNING = {"steps": 4, "cache": 0.0, "guidance": (1.0, 1.0)}


def picture(path: Path, seed: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Path:
    """Write a picture of coloured squares."""
    squares = np.random.default_rng(seed).integers(0, 255, (4, 6, 3), dtype=np.uint8)
    Image.fromarray(squares).resize(size, Image.Resampling.BICUBIC).save(path)
    return path


class Set:
    """A reel with two pictures, and a stage folder for each take."""

    def __init__(self, folder: Path) -> None:
        self.reel = folder / "reel"
        self.reel.mkdir()
        picture(self.reel / "first.png", 1)
        picture(self.reel / "last.png", 2)
        self._takes = 0

    def take(
        self,
        animator: Any,
        asked: AnimateRequest,
        progress: Callable[..., None] = quiet,
        **room: Any,
    ) -> tuple[Made, Path]:
        """Run a take; return what was made and its stage folder."""
        self._takes += 1
        stage = self.reel / f"stage{self._takes}"
        stage.mkdir()
        return animator.run(asked, Room(self.reel, stage, **room), progress), stage


class Calls:
    """Every call of the pipeline: its arguments, and the scheduler and experts it had."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from diffusers import WanImageToVideoPipeline

        self.all: list[dict[str, Any]] = []
        self.failing: list[Exception] = []  # raised by the next calls, one each
        real = WanImageToVideoPipeline.__call__

        def call(pipeline: Any, **arguments: Any) -> Any:
            self.all.append(
                {
                    **arguments,
                    "seed": arguments["generator"].initial_seed(),
                    "scheduler": pipeline.scheduler,
                    "boundary": pipeline.config.boundary_ratio,
                }
            )
            if self.failing:
                raise self.failing.pop(0)
            return real(pipeline, **arguments)

        monkeypatch.setattr(WanImageToVideoPipeline, "__call__", call)

    @property
    def last(self) -> dict[str, Any]:
        """The newest call."""
        return self.all[-1]
