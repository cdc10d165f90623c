"""Films a single picture without layers: a guessed depth bends the move, so near parts travel further than far ones."""

from __future__ import annotations

import cv2
import numpy as np

from core.engines.animatic.paint.canvas import Floats, Pixels
from core.engines.animatic.paint.moves import STILL, Pose, after, pose_at
from core.engines.animatic.paint.stage import Rig
from core.film.camera import CameraMove

_HEADROOM = 1.16  # a sideways move ends this much closer, so that little beyond the picture's edge is needed


class FlatPicture:
    """A picture moved as if it had depth. Nothing is known of it, so near means low in the frame or in its middle."""

    def __init__(self, picture: Pixels, move: CameraMove) -> None:
        self.picture = picture
        self.move = move
        height, width = picture.shape[:2]
        self.rig = Rig(width, height, height * 1.1, width / 2, height * 0.45, (0, 0, 0, 0), 4.0)
        self._near = guessed_depth(width, height)
        self._x, self._y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))

    def frame(self, seconds: float, pose: Pose = STILL, index: int = 0) -> Pixels:
        """Return the frame for a pose. `seconds` and `index` change nothing: there is no life to guess."""
        del seconds, index
        if pose == STILL:
            return self.picture
        width, height = self.rig.width, self.rig.height
        full = pose_at(self.move, self.rig, 1.0)
        reach = abs(full.slide_x) / width + abs(full.slide_y) / height
        gone = (abs(pose.slide_x) / width + abs(pose.slide_y) / height) / reach if reach > 0 else 0.0
        zoom = pose.zoom * (1 + (_HEADROOM - 1) * gone)
        # The parallax of a plane at the subject's distance, spread by the guessed depth (0.4 far .. 1.6 near).
        metre = self.rig.focal / self.rig.subject
        spread = 0.4 + 1.2 * self._near
        slide_x = pose.slide_x - pose.x * metre * spread
        slide_y = pose.slide_y - pose.y * metre * spread
        grow = zoom / (1.0 - pose.z / self.rig.subject * spread)
        cx, cy = width / 2, height / 2
        at_x = (self._x - slide_x - cx) / grow + cx
        at_y = (self._y - slide_y - cy) / grow + cy
        return np.asarray(
            cv2.remap(
                self.picture,
                at_x.astype(np.float32),
                at_y.astype(np.float32),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT_101,
            ),
            np.uint8,
        )


def guessed_depth(width: int, height: int) -> Floats:
    """Return a smooth nearness 0..1: the foot of a picture and its middle are near, its top and edges far."""
    xs = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    ys = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    floor = np.clip((ys - 0.35) / 0.65, 0, 1) ** 1.5
    middle = np.exp(-((xs / 0.55) ** 2) - (((ys - 0.55) / 0.45) ** 2))
    near: Floats = np.clip(0.65 * floor + 0.45 * middle, 0, 1).astype(np.float32)
    return near


__all__ = ["FlatPicture", "after", "guessed_depth"]
