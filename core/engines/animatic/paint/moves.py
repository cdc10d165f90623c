"""Camera moves: where the camera is at each moment, as one matrix per sheet."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import numpy.typing as npt

from core.engines.animatic.paint.stage import Plane, Rig
from core.film.camera import CameraMove

Matrix = npt.NDArray[np.float64]


class Pose(msgspec.Struct, frozen=True):
    """A moment of the camera: travel in metres (x right, y down, z ahead), then the picture's slide in pixels and
    its zoom. `ride` is how much of the travel the figures make along with the camera (0..1). `lens` is another focal
    length and vanishing point (pixels) than those the stage was painted with.
    """

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    slide_x: float = 0.0
    slide_y: float = 0.0
    zoom: float = 1.0
    ride: float = 0.0
    lens: tuple[float, float, float] | None = None


STILL = Pose()


def ease(t: float, ramp: float = 0.22) -> float:
    """Return 0..1 for `t` 0..1: speed rises over the first `ramp` of the way, holds, and falls over the last."""
    t = min(1.0, max(0.0, t))
    if t < ramp:
        done = t * t / (2 * ramp)
    elif t > 1 - ramp:
        done = 1 - ramp - (1 - t) ** 2 / (2 * ramp)
    else:
        done = t - ramp / 2
    return done / (1 - ramp)


def pose_at(move: CameraMove, rig: Rig, t: float) -> Pose:
    """Return the camera's pose at `t` (0 first frame, 1 last frame) of a move."""
    e = ease(t)
    metre = rig.subject / rig.focal  # metres a pixel takes at the subject's distance
    w, h = rig.width * e, rig.height * e
    side = float(rig.heading)
    if move is CameraMove.TRACKING:
        return Pose(x=side * 0.06 * w * metre, slide_x=-side * 0.085 * w, ride=0.8)
    if move in (CameraMove.PAN_LEFT, CameraMove.PAN_RIGHT):
        turn = 1.0 if move is CameraMove.PAN_LEFT else -1.0
        return Pose(x=-turn * 0.012 * w * metre, slide_x=turn * 0.125 * w)
    if move in (CameraMove.TILT_UP, CameraMove.TILT_DOWN):
        turn = 1.0 if move is CameraMove.TILT_UP else -1.0
        return Pose(y=-turn * 0.008 * h * metre, slide_y=turn * 0.105 * h)
    if move in (CameraMove.CRANE_UP, CameraMove.CRANE_DOWN):
        turn = 1.0 if move is CameraMove.CRANE_UP else -1.0
        return Pose(y=-turn * 0.06 * h * metre, slide_y=turn * 0.07 * h)
    if move is CameraMove.DOLLY_IN:
        return Pose(z=rig.subject * 0.065 * e, zoom=1 + 0.10 * e)
    if move is CameraMove.DOLLY_OUT:
        return Pose(z=-rig.subject * 0.05 * e, zoom=1 / (1 + 0.095 * e))
    if move is CameraMove.FOLLOW:
        return Pose(z=rig.subject * 0.16 * e, zoom=1 + 0.085 * e, ride=0.9)
    if move is CameraMove.OVER_THE_SHOULDER:
        return Pose(x=side * 0.018 * w * metre, zoom=1 + 0.008 * e)
    return STILL


def room(move: CameraMove, width: int, height: int) -> tuple[int, int, int, int]:
    """Return the overscan (left, top, right, bottom; pixels) painted for a move."""
    left = right = 0.09
    top = bottom = 0.07
    if move is CameraMove.PAN_LEFT:
        left = 0.19
    elif move is CameraMove.PAN_RIGHT:
        right = 0.19
    elif move is CameraMove.TRACKING:
        left = right = 0.17
    elif move is CameraMove.DOLLY_OUT:  # floor and ceiling near the lens shrink faster than the rest
        top = bottom = left = right = 0.14
    elif move in (CameraMove.TILT_UP, CameraMove.CRANE_UP):
        top = 0.18
    elif move in (CameraMove.TILT_DOWN, CameraMove.CRANE_DOWN):
        bottom = 0.18
    return (math.ceil(width * left), math.ceil(height * top), math.ceil(width * right), math.ceil(height * bottom))


def matrix(plane: Plane, rig: Rig, pose: Pose, origin: tuple[float, float] = (0.0, 0.0)) -> Matrix:
    """Return the 3x3 matrix from a sheet's own pixels to the frame.

    For a camera that travels by T past the plane with normal/distance q, a point moves by K (I - T q^T) K^-1
    (the plane-induced homography); slide and zoom come after. `origin` is the sheet's place in the frame.
    """
    travel = np.asarray([pose.x, pose.y, pose.z])
    q = np.asarray([plane.x, plane.y, plane.z])
    lens = np.asarray([[rig.focal, 0, rig.px], [0, rig.focal, rig.py], [0, 0, 1.0]])
    place = np.asarray([[1, 0, origin[0]], [0, 1, origin[1]], [0, 0, 1.0]])
    seen = lens
    if pose.lens is not None:
        focal, px, py = pose.lens
        seen = np.asarray([[focal, 0, px], [0, focal, py], [0, 0, 1.0]])
    out: Matrix = after(pose, rig) @ seen @ (np.eye(3) - np.outer(travel, q)) @ np.linalg.inv(lens) @ place
    return out


def left_of(plane: Plane, pose: Pose) -> float:
    """Return what is left of the way to a plane: 1 at rest, 0 where the camera reaches it, below where it is past."""
    return 1.0 - (pose.x * plane.x + pose.y * plane.y + pose.z * plane.z)


def after(pose: Pose, rig: Rig) -> Matrix:
    """Return slide and zoom as a matrix; the zoom keeps the middle of the frame."""
    cx, cy, k = rig.width / 2, rig.height / 2, pose.zoom
    out: Matrix = np.asarray([[k, 0, cx - k * cx + pose.slide_x], [0, k, cy - k * cy + pose.slide_y], [0, 0, 1.0]])
    return out


def figure_matrix(rig: Rig, pose: Pose, distance: float) -> Matrix:
    """Return the matrix of a figure `distance` metres away that may ride along with the camera."""
    keep = 1.0 - pose.ride
    own = msgspec.structs.replace(
        pose,
        x=pose.x * keep,
        z=pose.z * keep,
        slide_x=pose.slide_x * (keep if pose.x else 1.0),
        zoom=1 + (pose.zoom - 1) * (1 - pose.ride * 0.6),
    )
    return matrix(Plane(z=1.0 / max(0.1, distance)), rig, own)


def relative(rig: Rig, pose: Pose, end: Pose) -> Matrix:
    """Return the matrix that takes a picture at rest at `end` to where it is at `pose`, at the subject's distance."""
    plane = Plane(z=1.0 / rig.subject)
    out: Matrix = matrix(plane, rig, pose) @ np.linalg.inv(matrix(plane, rig, end))
    return out
