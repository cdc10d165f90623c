"""Presets (figures of SPEC) and picture sizes."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class PresetName(StrEnum):
    """A named trade of time against quality."""

    DEFAULT = "default"
    CINEMATIC = "cinematic"
    FAST = "fast"
    DRAFT = "draft"
    LIGHTNING = "lightning"


class Preset(msgspec.Struct, frozen=True):
    """`frames` at `fps` a clip; denoising `steps`; first-block `cache` threshold (0 off); pass mark; takes a shot."""

    frames: int
    fps: int
    steps_hero: int
    steps_broll: int
    cache: float
    threshold: float
    takes: int
    guidance: tuple[float, float] = (3.5, 3.0)  # high-noise, low-noise expert

    @property
    def seconds(self) -> float:
        """Length of one clip in seconds."""
        return self.frames / self.fps


PRESETS: dict[PresetName, Preset] = {
    PresetName.DEFAULT: Preset(81, 16, 30, 24, 0.05, 7.0, 3),
    PresetName.CINEMATIC: Preset(121, 24, 30, 24, 0.05, 7.0, 3),
    PresetName.FAST: Preset(81, 16, 20, 18, 0.08, 6.0, 2),
    PresetName.DRAFT: Preset(81, 16, 14, 14, 0.10, 5.0, 1),
    # 4-step distilled weights run without classifier-free guidance.
    PresetName.LIGHTNING: Preset(81, 16, 4, 4, 0.0, 7.0, 3, (1.0, 1.0)),
}

# Flow shift of the scheduler: 5 for hero shots, 8 for b-roll; 12 gave plastic skin, hence the bound.
FLOW_SHIFT_HERO = 5.0
FLOW_SHIFT_BROLL = 8.0
FLOW_SHIFT_MIN = 3.0
FLOW_SHIFT_MAX = 8.0


class Aspect(StrEnum):
    """Picture shape, width to height."""

    WIDE = "16:9"
    TALL = "9:16"
    SQUARE = "1:1"


SIZES: dict[Aspect, tuple[int, int]] = {
    Aspect.WIDE: (1280, 720),
    Aspect.TALL: (720, 1280),
    Aspect.SQUARE: (960, 960),
}
