"""Requests to backends as plain as can be, of which a test says what is its own, and nobody who listens."""

from __future__ import annotations

from typing import Any

import msgspec

from core.film.camera import CameraMove
from core.film.requests import AnimateRequest, JudgeRequest, PaintRequest, Reference

_PICTURE = PaintRequest(
    subject="shot",
    prompt="",
    negative="",
    characters={},
    story="",
    shot_type="Wide",
    camera=CameraMove.STATIC,
    references=(),
    continues=False,
    strength=0.7,
    seed=11,
    width=64,
    height=64,
)
_CLIP = AnimateRequest(
    first="image.png",
    last=None,
    layers=None,
    prompt="",
    negative="",
    camera=CameraMove.STATIC,
    shot_type="Wide",
    is_hero=True,
    frames=17,
    fps=16,
    steps=1,
    flow_shift=5.0,
    guidance=(3.5, 3.0),
    cache=0.05,
    strength=0.7,
    seed=11,
    width=64,
    height=64,
)
_VERDICT = JudgeRequest(
    clip="clip.mp4",
    stills=(),
    keyframe="keyframe.png",
    last=None,
    references=(Reference("A", "A.png"), Reference("scene", "scene.png")),
    characters={"A": "Aiko (slim woman, 27)"},
    prompt="",
    camera=CameraMove.PAN_LEFT,
    frames=81,
    fps=16,
    width=64,
    height=64,
)


def picture_of(**changes: Any) -> PaintRequest:
    """Return a request for a picture of 64x64 from no references."""
    return msgspec.structs.replace(_PICTURE, **changes)


def clip_of(**changes: Any) -> AnimateRequest:
    """Return a request for a hero shot of 17 frames, 64x64, that begins with image.png."""
    return msgspec.structs.replace(_CLIP, **changes)


def verdict_on(**changes: Any) -> JudgeRequest:
    """Return a request to judge clip.mp4, 81 frames of 64x64, without stills."""
    return msgspec.structs.replace(_VERDICT, **changes)


def quiet(fraction: float, note: str = "") -> None:
    """Take progress and do nothing with it."""
