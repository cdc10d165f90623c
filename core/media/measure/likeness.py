"""How alike two pictures are, in structure and in colour; 0..1, 1 = the same."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.media.measure.steadiness import correlation
from core.media.measure.values import Frame, Plane
from core.media.measure.workspace import cover, luma, shrink

Histogram = NDArray[np.float32]

_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # Wang et al. 2004, the constants of SSIM
_SSIM_SIGMA = 1.5
_BINS = (6, 12, 12)  # lightness, a, b of CIELAB: coarse in light, which scenes change, finer in hue
_SOFT = 0.8  # bins; a colour on a border between bins must not count as another one
_COARSE = 40.0  # parts of the width: walkers, rain and parallax hardly show any more, the place does
_LEAST_OVERLAP = 0.3  # share of the picture that must still show the keyframe's place


def ssim(a: Frame, b: Frame) -> float:
    """Return the mean SSIM of two luma pictures of one size, floored at 0."""
    x, y = a.astype(np.float32), b.astype(np.float32)

    def blur(plane: Plane) -> Plane:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), _SSIM_SIGMA), dtype=np.float32)

    mx, my = blur(x), blur(y)
    vx, vy, vxy = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    value = ((2 * mx * my + _C1) * (2 * vxy + _C2)) / ((mx * mx + my * my + _C1) * (vx + vy + _C2))
    return max(0.0, float(value.mean()))


def same_picture(picture: Frame, wanted: Frame) -> float:
    """Return the SSIM of a small `picture` with `wanted` of any size, at half the size of `picture`.

    Half size forgives grain and compression. A picture of another shape may have been cut or squeezed to fit, so
    the better of the two counts.
    """
    size = (max(8, picture.shape[1] // 2), max(8, picture.shape[0] // 2))
    own = luma(shrink(picture, size))
    return max(ssim(own, luma(cover(wanted, size))), ssim(own, luma(shrink(wanted, size))))


def colours(picture: Frame, weight: Plane | None = None) -> Histogram:
    """Return the soft CIELAB histogram of an RGB picture, summing to 1; `weight` (height, width) counts pixels."""
    counted = np.bincount(
        codes(picture).ravel(), None if weight is None else weight.ravel(), _BINS[0] * _BINS[1] * _BINS[2]
    )
    return soften(counted.astype(np.float32))


def codes(picture: Frame) -> NDArray[np.int64]:
    """Return each pixel's bin number, (height, width)."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.int64)
    # a and b of ordinary pictures lie within +-64 of the middle; what is beyond joins the outermost bin.
    light = lab[..., 0] * _BINS[0] // 256
    a, b = (np.clip((lab[..., n] - 64) * _BINS[n] // 128, 0, _BINS[n] - 1) for n in (1, 2))
    return np.asarray((light * _BINS[1] + a) * _BINS[2] + b, dtype=np.int64)


def soften(counted: Histogram) -> Histogram:
    """Return counts by bin spread into neighbouring bins and summing to 1 (all 0 stays all 0)."""
    cube = counted.reshape(_BINS).astype(np.float32)
    for axis in range(3):
        flat = np.moveaxis(cube, axis, 0).reshape(_BINS[axis], -1)
        flat = cv2.GaussianBlur(np.ascontiguousarray(flat), (1, 5), sigmaX=0.01, sigmaY=_SOFT)
        cube = np.moveaxis(flat.reshape((_BINS[axis], *np.delete(_BINS, axis))), 0, axis)
    total = float(cube.sum())
    return np.asarray(cube.ravel() / total if total > 0 else cube.ravel(), dtype=np.float32)


def colour_likeness(a: Histogram, b: Histogram) -> float:
    """Return the Bhattacharyya coefficient of two histograms: 1 for the same colours in the same amounts."""
    return float(np.sqrt(a * b).sum())


def carried_likeness(keyframe: Frame, still: Frame, motion: tuple[float, float, float]) -> float | None:
    """Return the correlation of `still` with `keyframe` carried along by `motion`, floored at 0.

    Both are luma at one size; `motion` is (x, y in pixels, log growth) about the middle. None where the camera
    left less than 30 % of the keyframe in the picture.
    """
    height, width = still.shape
    x, y, growth = motion
    scale = float(np.exp(growth))
    middle_x, middle_y = width / 2, height / 2
    matrix = np.array([[scale, 0, middle_x + x - scale * middle_x], [0, scale, middle_y + y - scale * middle_y]])
    moved = cv2.warpAffine(keyframe, matrix, (width, height), flags=cv2.INTER_LINEAR)
    there = cv2.warpAffine(np.ones_like(keyframe), matrix, (width, height), flags=cv2.INTER_NEAREST) > 0
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    if there.mean() < _LEAST_OVERLAP or len(rows) < 16 or len(columns) < 16:
        return None
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return max(0.0, correlation(moved[part], still[part], _COARSE))
