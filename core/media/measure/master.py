"""How much of a character's master is found in a picture: its own colours at the best place, and its structure.

Swain and Ballard 1991 (histogram intersection and back-projection), with the surroundings' colours taken away
first: what tells a yellow raincoat apart is what its background does not have.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from core.media.measure.likeness import Histogram, codes, soften
from core.media.measure.steadiness import correlation
from core.media.measure.values import Frame, MasterLikeness, Plane
from core.media.measure.workspace import luma, shrink

_SEARCH_SIDE = 72  # root of the area pictures are searched at: a figure is a patch of colours, not a drawing
_HEIGHTS = (0.4, 0.62, 0.92)  # of the picture: a figure far off, in full, and close
_SHAPE = 0.45  # width of a figure's window over its height
_STEPS = 14  # places tried along each side
_TOP_BINS = 16  # a figure's own colours; the rest is shading
_ENOUGH = 0.22  # share of a window a figure's colours must fill to count in full
_BRIGHT = 215.0  # levels the brightest twentieth is brought to: night and day must not look like other clothes
_GAIN = (0.7, 2.5)
_TEMPLATE_SCALES = (0.82, 1.0, 1.22)


class _Window(msgspec.Struct, frozen=True):
    """A place in a picture, in parts of its width and height."""

    x: float
    y: float
    width: float
    height: float


def master_likeness(master: Frame, keyframe: Frame, stills: Sequence[Frame]) -> MasterLikeness:
    """Measure how much of `master` is in `keyframe`, and of the keyframe's figure in each of `stills`.

    All RGB, any size; at least one still. The figure is taken to stand in the middle of the master.
    """
    own, signature = _signature(_exposed(master), _middle(_search_size(master)))
    start = _exposed(keyframe)
    found, window = _best(start, own)
    figure, _ = _signature(start, _inside(window, start))
    base, _ = _best(start, figure)
    scores = [_best(_exposed(still), figure)[0] / max(base, 1e-6) for still in stills]
    patch = _patch(keyframe, window)
    structure = [_find(patch, still, window) for still in stills]
    return MasterLikeness(
        keyframe=found,
        clip=min(1.0, float(np.median(scores))),
        lowest=min(1.0, min(scores)),
        structure=float(np.median(structure)),
        signature=signature,
    )


def _search_size(picture: Frame) -> tuple[int, int]:
    height, width = picture.shape[:2]
    scale = _SEARCH_SIDE / float(np.sqrt(width * height))
    return max(16, round(width * scale)), max(16, round(height * scale))


def _exposed(picture: Frame) -> Frame:
    """Return the picture small and evenly exposed."""
    small = np.ascontiguousarray(cv2.resize(picture, _search_size(picture), interpolation=cv2.INTER_AREA))
    gain = float(np.clip(_BRIGHT / max(1.0, float(np.percentile(luma(small), 95))), *_GAIN))
    return np.asarray(np.clip(small.astype(np.float32) * gain, 0, 255), dtype=np.uint8)


def _middle(size: tuple[int, int]) -> NDArray[np.bool_]:
    return _inside(_Window(x=0.3, y=0.12, width=0.4, height=0.84), np.empty((size[1], size[0]), dtype=np.uint8))


def _inside(window: _Window, picture: Frame) -> NDArray[np.bool_]:
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), dtype=bool)
    left, top = round(window.x * width), round(window.y * height)
    mask[top : top + max(1, round(window.height * height)), left : left + max(1, round(window.width * width))] = True
    return mask


def _signature(picture: Frame, figure: NDArray[np.bool_]) -> tuple[Histogram, float]:
    """Return the colours inside `figure` that are scarcer outside, summing to 1, and how much of it they are."""
    code = codes(picture)
    bins = int(np.prod((6, 12, 12)))
    inside = soften(np.bincount(code[figure], None, bins).astype(np.float32))
    outside = soften(np.bincount(code[~figure], None, bins).astype(np.float32))
    own = np.maximum(inside - outside, 0.0)
    keep = np.argsort(-own, kind="stable")[:_TOP_BINS]
    kept = np.zeros_like(own)
    kept[keep] = own[keep]
    share = float(kept.sum())
    return np.asarray(kept / share if share > 0 else kept, dtype=np.float32), share


def _best(picture: Frame, own: Histogram) -> tuple[float, _Window]:
    """Return how much of the colours `own` the best window of an exposed `picture` has (0..1), and the window."""
    code = codes(picture)
    height, width = code.shape
    bins = np.flatnonzero(own)
    wanted = own[bins]
    planes = (code[..., None] == bins).astype(np.float32)
    sums = np.zeros((height + 1, width + 1, len(bins)), dtype=np.float32)
    sums[1:, 1:] = planes.cumsum(axis=0).cumsum(axis=1)
    best = (-1.0, _Window(x=0.3, y=0.1, width=0.4, height=0.8))
    for part in _HEIGHTS:
        tall = max(4, round(height * part))
        wide = min(width, max(4, round(tall * _SHAPE)))
        tops = np.unique(np.linspace(0, height - tall, _STEPS).round().astype(int))
        lefts = np.unique(np.linspace(0, width - wide, _STEPS).round().astype(int))
        rows, columns = np.meshgrid(tops, lefts, indexing="ij")
        mass = (
            sums[rows + tall, columns + wide]
            - sums[rows, columns + wide]
            - sums[rows + tall, columns]
            + sums[rows, columns]
        ) / (tall * wide)
        filled = mass.sum(axis=-1)
        shape = np.minimum(mass / np.maximum(filled, 1e-6)[..., None], wanted).sum(axis=-1)
        score = shape * np.minimum(1.0, filled / _ENOUGH)
        at = np.unravel_index(int(score.argmax()), score.shape)
        if score[at] > best[0]:
            place = _Window(
                x=float(columns[at]) / width, y=float(rows[at]) / height, width=wide / width, height=tall / height
            )
            best = (float(score[at]), place)
    return best


def _patch(picture: Frame, window: _Window) -> Frame:
    """Return the upper two thirds of the figure: legs walk, faces and coats stay."""
    gray = luma(shrink(picture, _template_size(picture)))
    height, width = gray.shape
    top, left = round(window.y * height), round(window.x * width)
    tall, wide = max(8, round(window.height * height * 0.66)), max(8, round(window.width * width))
    return np.ascontiguousarray(gray[top : top + tall, left : left + wide])


def _template_size(picture: Frame) -> tuple[int, int]:
    width, height = _search_size(picture)
    return width * 2, height * 2


def _find(patch: Frame, still: Frame, _window: _Window) -> float:
    """Return the best correlation of the figure's patch in `still` over places and sizes, floored at 0."""
    gray = luma(shrink(still, _template_size(still)))
    best = 0.0
    for scale in _TEMPLATE_SCALES:
        wide, tall = round(patch.shape[1] * scale), round(patch.shape[0] * scale)
        if wide >= gray.shape[1] or tall >= gray.shape[0] or min(wide, tall) < 6:
            continue
        template: Plane = cv2.GaussianBlur(cv2.resize(patch, (wide, tall), interpolation=cv2.INTER_AREA), (0, 0), 1.0)
        if float(template.std()) < 2.0:
            return correlation(gray, gray)
        match = cv2.matchTemplate(cv2.GaussianBlur(gray, (0, 0), 1.0), template, cv2.TM_CCOEFF_NORMED)
        best = max(best, float(match.max()))
    return best
