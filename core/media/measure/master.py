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

from core.media.measure.likeness import colour_likeness, colours
from core.media.measure.values import Frame, MasterLikeness
from core.media.measure.workspace import luma, shrink, steady

_SEARCH_SIDE = 72  # root of the area pictures are searched at: a figure is a patch of colours, not a drawing
_HEIGHTS = (0.4, 0.62, 0.92)  # of the picture: a figure far off, in full, and close
_SHAPE = 0.45  # width of a figure's window over its height
_STEPS = 14  # places tried along each side
_HUES = 24  # bins of 15 degrees
_VIVID, _LIT = 64, 46  # of 255: less saturation or light than this has no hue to speak of
_GREY_WEIGHT = 0.15  # black hair and grey wool are everywhere at night; they prove little
_ENOUGH = 0.22  # share of a window a figure's colours must fill to count in full
_BRIGHT = 215.0  # levels the brightest twentieth is brought to: night and day must not look like other clothes
_GAIN = (0.7, 2.5)
_RECOGNISED = 0.5  # correlation from which the place found is the figure's; chance reaches 0.4
_TEMPLATE_SCALES = (0.82, 1.0, 1.22)


Histogram = NDArray[np.float32]


class _Window(msgspec.Struct, frozen=True):
    """A place in a picture, in parts of its width and height."""

    x: float
    y: float
    width: float
    height: float


def master_likeness(master: Frame, keyframe: Frame, stills: Sequence[Frame]) -> MasterLikeness:
    """Measure how much of `master` is in `keyframe`, and of the keyframe's figure in each of `stills`.

    All RGB, any size; at least one still. What a master has but its upper and side
    edges have not is taken as the figure.
    """
    with steady():
        return _compared(master, keyframe, stills)


def _compared(master: Frame, keyframe: Frame, stills: Sequence[Frame]) -> MasterLikeness:
    sheet = _exposed(master)
    own, signature = _signature(sheet, _surroundings(sheet))
    start = _exposed(keyframe)
    found, window = _best(start, own)
    figure, _ = _signature(start, ~_inside(window, start))
    base, _ = _best(start, figure)
    patch = _patch(keyframe, window)
    kept, structure = [], []
    for still in stills:
        found_at, likeness = _find(luma(patch), still)
        structure.append(likeness)
        if found_at is not None and likeness >= _RECOGNISED:
            kept.append(colour_likeness(colours(_core(patch)), colours(_core(found_at))))
        else:
            kept.append(min(1.0, _best(_exposed(still), figure)[0] / max(base, 1e-6)))
    return MasterLikeness(
        keyframe=found,
        clip=float(np.median(kept)),
        lowest=min(kept),
        structure=float(np.median(structure)),
        signature=signature,
    )


def _search_size(picture: Frame) -> tuple[int, int]:
    height, width = picture.shape[:2]
    scale = _SEARCH_SIDE / float(np.sqrt(width * height))
    return max(16, round(width * scale)), max(16, round(height * scale))


def _exposed(picture: Frame) -> Frame:
    """Return the picture small and evenly exposed."""
    small = shrink(picture, _search_size(picture))
    bright = float(np.percentile(luma(small).astype(np.float32), 95))
    gain = float(np.clip(_BRIGHT / max(1.0, bright), *_GAIN))
    return np.asarray(np.clip(small.astype(np.float32) * gain, 0, 255), dtype=np.uint8)


def _surroundings(sheet: Frame) -> NDArray[np.bool_]:
    """Return where a master shows no figure, whether it is one portrait or a sheet of several: along its edges.

    A bust is cut by the lower edge, and its shoulders may reach the sides there.
    """
    height, width = sheet.shape[:2]
    mask = np.zeros((height, width), dtype=bool)
    mask[: max(2, height // 12)] = True
    side, low = max(2, width // 14), height * 6 // 10
    mask[:low, :side] = mask[:low, -side:] = True
    return mask


def _inside(window: _Window, picture: Frame) -> NDArray[np.bool_]:
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), dtype=bool)
    left, top = round(window.x * width), round(window.y * height)
    mask[top : top + max(1, round(window.height * height)), left : left + max(1, round(window.width * width))] = True
    return mask


def _tones(picture: Frame) -> NDArray[np.int64]:
    """Return each pixel's tone: a hue (0.._HUES-1) whatever its light, or after those dark, middle and light grey."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV_FULL).astype(np.int64)
    hue, saturation, value = hsv[..., 0] * _HUES // 256, hsv[..., 1], hsv[..., 2]
    grey = _HUES + np.minimum(value * 3 // 256, 2)
    return np.asarray(np.where((saturation >= _VIVID) & (value >= _LIT), hue, grey), dtype=np.int64)


def _amounts(tones: NDArray[np.int64]) -> Histogram:
    """Return the shares of the tones, neighbouring hues shading into each other."""
    counted = np.bincount(tones.ravel(), minlength=_HUES + 3).astype(np.float32) / max(1, tones.size)
    hues = counted[:_HUES]
    counted[:_HUES] = 0.6 * hues + 0.2 * (np.roll(hues, 1) + np.roll(hues, -1))
    return np.asarray(counted, dtype=np.float32)


def _signature(picture: Frame, around: NDArray[np.bool_]) -> tuple[Histogram, float]:
    """Return the tones that are scarcer in `around` than in the rest, summing to 1, and their share of the rest."""
    tones = _tones(picture)
    own = np.maximum(_amounts(tones[~around]) - _amounts(tones[around]), 0.0)
    share = float(own[:_HUES].sum())
    own[_HUES:] *= _GREY_WEIGHT
    whole = float(own.sum())
    return np.asarray(own / whole if whole > 0 else own, dtype=np.float32), share


def _best(picture: Frame, own: Histogram) -> tuple[float, _Window]:
    """Return how much of the colours `own` the best window of an exposed `picture` has (0..1), and the window."""
    tones = _tones(picture)
    height, width = tones.shape
    bins = np.flatnonzero(own > 0.01)
    wanted = own[bins]
    weight = np.where(bins < _HUES, 1.0, _GREY_WEIGHT).astype(np.float32)
    planes = (tones[..., None] == bins).astype(np.float32) * weight
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
    """Return the upper two thirds of the figure, RGB: legs walk, faces and coats stay."""
    small = shrink(picture, _template_size(picture))
    height, width = small.shape[:2]
    top, left = round(window.y * height), round(window.x * width)
    tall, wide = max(8, round(window.height * height * 0.66)), max(8, round(window.width * width))
    return np.ascontiguousarray(small[top : top + tall, left : left + wide])


def _core(patch: Frame) -> Frame:
    """Return the middle of a figure's patch: what stands behind its outline changes with every step."""
    height, width = patch.shape[:2]
    return np.ascontiguousarray(patch[height // 10 :, width // 5 : width - width // 5])


def _template_size(picture: Frame) -> tuple[int, int]:
    width, height = _search_size(picture)
    return width * 2, height * 2


def _find(patch: Frame, still: Frame) -> tuple[Frame | None, float]:
    """Return where the figure's luma `patch` is best found in `still` (RGB), and the correlation there, from 0.

    A coat that changed its colour keeps its folds, so the figure is looked for by structure and not by colour.
    """
    small = shrink(still, _template_size(still))
    gray = cv2.GaussianBlur(luma(small), (0, 0), 1.0)
    best, place = 0.0, None
    for scale in _TEMPLATE_SCALES:
        wide, tall = round(patch.shape[1] * scale), round(patch.shape[0] * scale)
        if wide >= gray.shape[1] or tall >= gray.shape[0] or min(wide, tall) < 6:
            continue
        template = cv2.GaussianBlur(cv2.resize(patch, (wide, tall), interpolation=cv2.INTER_AREA), (0, 0), 1.0)
        if float(np.std(template)) < 2.0:
            return None, 1.0  # a figure without any structure has none to lose
        _, score, _, (left, top) = cv2.minMaxLoc(cv2.matchTemplate(gray, template, cv2.TM_CCOEFF_NORMED))
        if score > best:
            best, place = float(score), np.ascontiguousarray(small[top : top + tall, left : left + wide])
    return place, best
