"""How much fine detail a picture has, so that a soft clip is told from a soft keyframe."""

from __future__ import annotations

import cv2
import numpy as np

from core.media.measure.values import Frame
from core.media.measure.workspace import cover, luma, shrink

DETAIL_WIDTH = 640  # wide enough for detail that softness takes away, too small for grain and coding noise to count


def detail(picture: Frame) -> float:
    """Return the variance of the Laplacian over the variance of the luma (no unit); 0 for a flat picture."""
    height, width = picture.shape[:2]
    scale = min(1.0, DETAIL_WIDTH / max(width, height))
    gray = luma(shrink(picture, (max(8, round(width * scale)), max(8, round(height * scale)))))
    spread = float(gray.var())
    return float(cv2.Laplacian(gray, cv2.CV_32F).var()) / spread if spread > 0.5 else 0.0


def reference_detail(keyframe: Frame, size: tuple[int, int]) -> float:
    """Return the detail of `keyframe` as it can be at `size` (width, height), the clip's."""
    return detail(np.ascontiguousarray(cover(keyframe, size)))
