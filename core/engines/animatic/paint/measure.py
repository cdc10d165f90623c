"""Sizes: what size a picture of a requested size is painted at, and the way back."""

from __future__ import annotations

import cv2
import numpy as np

from core.engines.animatic.paint.canvas import Pixels

SMALLEST = 300  # pixels of the shorter side: below it a figure's face would be noise, so it is painted larger
LARGEST = 2048  # pixels of the longer side: above it painting gains nothing but memory


def working_size(width: int, height: int) -> tuple[int, int]:
    """Return the size to paint at: the requested one, or a larger or smaller one of the same shape."""
    scale = 1.0
    if min(width, height) < SMALLEST:
        scale = SMALLEST / min(width, height)
    if max(width, height) * scale > LARGEST:
        scale = LARGEST / max(width, height)
    return max(2, round(width * scale)), max(2, round(height * scale))


def fitted(picture: Pixels, width: int, height: int) -> Pixels:
    """Return the picture at exactly `width` x `height`."""
    if picture.shape[1] == width and picture.shape[0] == height:
        return picture
    shrinking = picture.shape[1] > width
    way = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, (width, height), interpolation=way), np.uint8)
