"""How alike two pictures are, in structure and in colour; 0..1, 1 = the same."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.media.measure.values import Frame, Plane
from core.media.measure.workspace import cover, luma, shrink

Histogram = NDArray[np.float32]

_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # Wang et al. 2004, the constants of SSIM
_SSIM_SIGMA = 1.5
_BINS = (6, 12, 12)  # lightness, a, b of CIELAB: coarse in light, which scenes change, finer in hue
_SOFT = 0.8  # bins; a colour on a border between bins must not count as another one
_PARTS = (6, 4)  # parts a keyframe is cut into: large enough to be unmistakable, small enough to miss a walker
_FOUND = 0.62  # correlation of a part with its place; unrelated places of a street reach 0.5
_TOLD = 4.0  # levels; a part with less contrast is found everywhere
_LEAST_PARTS = 3


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


def colours(picture: Frame) -> Histogram:
    """Return the soft CIELAB histogram of an RGB picture, summing to 1."""
    return colour_counts(codes(picture))


def colour_counts(numbers: NDArray[np.int64]) -> Histogram:
    """Return the soft histogram of bin `numbers` (any shape), summing to 1."""
    return _soften(np.bincount(numbers.ravel(), minlength=int(np.prod(_BINS))).astype(np.float32))


def codes(picture: Frame) -> NDArray[np.int64]:
    """Return each pixel's bin number, (height, width)."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB).astype(np.int64)
    # a and b of ordinary pictures lie within +-64 of the middle; what is beyond joins the outermost bin.
    light = lab[..., 0] * _BINS[0] // 256
    a, b = (np.clip((lab[..., n] - 64) * _BINS[n] // 128, 0, _BINS[n] - 1) for n in (1, 2))
    return np.asarray((light * _BINS[1] + a) * _BINS[2] + b, dtype=np.int64)


def _soften(counted: Histogram) -> Histogram:
    """Return counts by bin spread into neighbouring bins and summing to 1 (all 0 stays all 0)."""
    cube = counted.reshape(_BINS).astype(np.float32)
    for axis in range(3):
        flat = np.moveaxis(cube, axis, 0).reshape(_BINS[axis], -1)
        soft = np.asarray(cv2.GaussianBlur(np.ascontiguousarray(flat), (1, 5), sigmaX=0.01, sigmaY=_SOFT), np.float32)
        cube = np.moveaxis(soft.reshape((_BINS[axis], *np.delete(_BINS, axis))), 0, axis)
    total = float(cube.sum())
    return np.asarray(cube.ravel() / total if total > 0 else cube.ravel(), dtype=np.float32)


def colour_likeness(a: Histogram, b: Histogram) -> float:
    """Return the Bhattacharyya coefficient of two histograms: 1 for the same colours in the same amounts."""
    return float(np.sqrt(a * b).sum())


def found_again(keyframe: Frame, still: Frame, motion: tuple[float, float, float]) -> float | None:
    """Return the share (0..1) of the keyframe's parts that are found anywhere in `still`.

    Both are luma at one size; `motion` is what the camera did in between: (x, y in pixels, log growth) about the
    middle. Parts that are flat, or that the camera left behind, do not count; None where fewer than three are left.
    Searching each part by itself makes parallax and a walker here or there no difference.
    """
    height, width = still.shape[0] // 2, still.shape[1] // 2
    scale = float(np.exp(motion[2]))
    whole = cv2.resize(keyframe, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    place = cv2.GaussianBlur(cv2.resize(still, (width, height), interpolation=cv2.INTER_AREA), (0, 0), 1.0)
    whole = cv2.GaussianBlur(whole, (0, 0), 1.0)
    tall, wide = height // _PARTS[1], width // _PARTS[0]
    hits = []
    for row in range(_PARTS[1]):
        for column in range(_PARTS[0]):
            x = (column + 0.5) * whole.shape[1] / _PARTS[0]
            y = (row + 0.5) * whole.shape[0] / _PARTS[1]
            left, top = round(x - wide / 2), round(y - tall / 2)
            part = whole[max(0, top) : top + tall, max(0, left) : left + wide]
            there_x = x - whole.shape[1] / 2 + motion[0] / 2 + width / 2
            there_y = y - whole.shape[0] / 2 + motion[1] / 2 + height / 2
            inside = wide / 2 <= there_x <= width - wide / 2 and tall / 2 <= there_y <= height - tall / 2
            if not inside or min(part.shape) < 8 or float(part.std()) < _TOLD:
                continue
            hits.append(float(cv2.matchTemplate(place, part, cv2.TM_CCOEFF_NORMED).max()) >= _FOUND)
    return float(np.mean(hits)) if len(hits) >= _LEAST_PARTS else None
