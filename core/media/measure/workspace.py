"""The size pictures are measured at, and OpenCV kept to one thread so that the number of cores makes no difference."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np

from core.media.measure.values import Frame

# 320x180 has 240 = sqrt(320 * 180). Sub-pixel tracking at this size resolves 0.02 % of the width; more costs time
# and mostly adds grain.
WORK_SIDE = 240


class _Keeping:
    """Who measures just now, and how many threads OpenCV had before: its number of threads is one for the process."""

    lock = threading.Lock()
    measuring = 0
    threads = 0


@contextmanager
def steady() -> Iterator[None]:
    """Keep OpenCV to one thread: DIS flow works in stripes, one per thread, and its result depends on them.

    Several clips may be measured at once, in threads of their own; the last to end gives OpenCV its threads back.
    """
    with _Keeping.lock:
        if not _Keeping.measuring:
            _Keeping.threads = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _Keeping.measuring += 1
    try:
        yield
    finally:
        with _Keeping.lock:
            _Keeping.measuring -= 1
            if not _Keeping.measuring:
                cv2.setNumThreads(_Keeping.threads)


def work_size(width: int, height: int) -> tuple[int, int]:
    """Return (width, height) to measure at: an area of 240x240 in the same shape, never larger than given."""
    scale = min(1.0, WORK_SIDE / float(np.sqrt(width * height)))
    return max(16, round(width * scale)), max(16, round(height * scale))


def shrink(picture: Frame, size: tuple[int, int]) -> Frame:
    """Return `picture` at `size` (width, height), area averaged."""
    if picture.shape[1::-1] == size:
        return picture
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def cover(picture: Frame, size: tuple[int, int]) -> Frame:
    """Return the middle of `picture` in the shape of `size` (width, height), scaled to it."""
    height, width = picture.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    part_w, part_h = min(width, round(size[0] / scale)), min(height, round(size[1] / scale))
    x, y = (width - part_w) // 2, (height - part_h) // 2
    return shrink(np.ascontiguousarray(picture[y : y + part_h, x : x + part_w]), size)


def luma(picture: Frame) -> Frame:
    """Return the luma (BT.601 weights, full range) of an RGB picture; a luma picture as it is."""
    if picture.ndim == 2:
        return picture
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
