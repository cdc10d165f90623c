"""What is measured on a clip: frozen values with their units, no arithmetic."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]  # (height, width, 3) RGB, or (height, width) luma; full range 0..255
Plane = NDArray[np.float32]


class CameraMotion(msgspec.Struct, frozen=True):
    """What the whole picture did, on average over the clip and per second.

    `slide_x`: fraction of the width per second, + to the right. `slide_y`: fraction of the height per second,
    + downward. `zoom`: natural logarithm of the growth per second (0.02 is about 2 %), + growing. `turn`: degrees
    per second, + clockwise. `wander`: the farthest the picture's middle ever was from where it began, in units of
    the root of the picture's area. `breath`: range of the growth (logarithm) over the clip.
    `parallax`: how differently parts of the picture moved, 0 = like one flat card; a spread relative to the motion
    (15th to 85th percentile over the median). `trust`: share of the clip's steps (0..1) in which enough of the
    picture agreed on one motion; under MIN_TRUST nothing here means anything. `seconds`: time covered.
    `aspect`: width / height.
    """

    slide_x: float
    slide_y: float
    zoom: float
    turn: float
    wander: float
    breath: float
    parallax: float
    trust: float
    seconds: float
    aspect: float


class Steadiness(msgspec.Struct, frozen=True):
    """How steady the light and the things in the picture are, from frame to frame.

    `black`: frames without a picture in them (black, or one flat tone). `frozen`: neighbours that are the same
    picture; `frozen_run`: the longest run of them, in frames. `psnr_median`, `psnr_min`: PSNR-Y in dB between
    neighbours, slightly smoothed, after every part of the earlier one was moved to where it is in the later one
    and without the liveliest parts (LIVELIEST); frozen pairs do not count. `worst`: number (0-based) of the later
    frame of the worst pair, -1 where no pair counts.
    `pump`: restless change of the light of the whole picture, RMS in levels of 255. `flashes`: steps at which the
    whole picture suddenly became lighter or darker. `cuts`: frames (0-based) at which another picture begins.
    """

    frames: int
    black: int
    frozen: int
    frozen_run: int
    psnr_median: float
    psnr_min: float
    worst: int
    pump: float
    flashes: int
    cuts: tuple[int, ...]


class SceneLikeness(msgspec.Struct, frozen=True):
    """How much the clip is the keyframe's picture; every number 0..1, 1 = the same.

    `first`: first frame against the keyframe, structure (SSIM). `last`: last frame against the wanted last frame,
    None where none is wanted. `colour`: colours of the stills against the keyframe's, the lowest of them.
    `structure`: share of the keyframe's parts found again in the stills, their median; None where the camera left
    too little of the keyframe in the picture, or could not be followed.
    """

    first: float
    last: float | None
    colour: float
    structure: float | None


class MasterLikeness(msgspec.Struct, frozen=True):
    """How much of a character's master is found in a picture; 0..1.

    `keyframe`: the master's own hues, best place in the keyframe. `clip`: colours of the keyframe's figure where it
    stands in each still, their median; `lowest`: the worst still. `structure`: the keyframe's figure looked for in
    the stills, median correlation. `signature`: share of the master that has hues its surroundings do not have; a
    low one proves little.
    """

    keyframe: float
    clip: float
    lowest: float
    structure: float
    signature: float


class ClipMeasures(msgspec.Struct, frozen=True):
    """Everything measured on one clip. `sharpness`: fine detail of the median still relative to the keyframe's."""

    frames: int
    width: int
    height: int
    camera: CameraMotion
    steadiness: Steadiness
    scene: SceneLikeness
    sharpness: float
