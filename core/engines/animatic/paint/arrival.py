"""Arriving at the next keyframe: one camera for both stages, so that the figure stays where it is while they merge."""

from __future__ import annotations

import math

import cv2
import msgspec
import numpy as np

from core.engines.animatic.paint.canvas import Floats, Pixels
from core.engines.animatic.paint.compositor import Compositor
from core.engines.animatic.paint.moves import STILL, Pose, after, ease, figure_matrix, matrix, pose_at
from core.engines.animatic.paint.stage import Actor, Plane, Rig
from core.film.camera import CameraMove
from core.media.measure import CameraMotion, agreement

RAMP = 0.2  # share of an arrival in which it gathers speed, and in which it loses it
BEGINS = 0.56  # of the clip: where the last picture begins to come in
_TRAVELS = 0.45  # where the camera begins to leave its move for the last picture's place
_STILL_ASKED = (0.47, 0.70)  # least and mean agreement with the asked move for the camera to travel there
_BEHIND = (1.2, 2.0, 5.0)  # times the figure's distance: where the set is that a move is seen by
_FARTHEST = 3.2  # times nearer; beyond, the first picture would be a blur before the last one is there


class Eye(msgspec.Struct, frozen=True):
    """A camera by what it shows of the figure: focal length and vanishing point, pixels a metre takes at the figure,
    and where its feet are in the picture.
    """

    focal: float
    px: float
    py: float
    metre: float
    x: float
    y: float

    def toward(self, other: Eye, way: float) -> Eye:
        """Return the camera part of the way (0..1) to `other`: sizes in equal ratios, places along with them."""
        focal = self.focal * (other.focal / self.focal) ** way
        metre = self.metre * (other.metre / self.metre) ** way
        grown = other.metre / self.metre
        along = way if abs(grown - 1) < 0.02 else (grown**way - 1) / (grown - 1)

        def between(a: float, b: float) -> float:
            return a + (b - a) * along

        return Eye(
            focal,
            between(self.px, other.px),
            between(self.py, other.py),
            metre,
            between(self.x, other.x),
            between(self.y, other.y),
        )


def eye_at(rig: Rig, actor: Actor, pose: Pose = STILL) -> Eye:
    """Return the camera of a stage at a pose, by what it shows of `actor`."""
    end = after(pose, rig) @ np.asarray([[rig.focal, 0, rig.px], [0, rig.focal, rig.py], [0, 0, 1.0]])
    place = figure_matrix(rig, pose, actor.distance)
    feet = place @ np.asarray([actor.feet[0], actor.feet[1], 1.0])
    metre = actor.metre * float(place[0, 0] / place[2, 2])
    return Eye(float(end[0, 0]), float(end[0, 2]), float(end[1, 2]), metre, *(float(v / feet[2]) for v in feet[:2]))


def pose_for(pose: Pose, distance: float, home: Eye, eye: Eye) -> Pose:
    """Return the pose in which a stage is seen as from `eye`.

    `home` is the camera at `pose`, and `distance` how far the figure is from the camera at rest. The extra travel
    takes the figure from its place in `home` to its place in `eye`; everything else follows by its own depth.
    """
    start = distance - pose.z
    there = eye.focal / home.focal * home.metre / eye.metre * start
    return Pose(
        pose.x + (home.x - home.px) / home.focal * start - (eye.x - eye.px) / eye.focal * there,
        pose.y + (home.y - home.py) / home.focal * start - (eye.y - eye.py) / eye.focal * there,
        pose.z + start - there,
        lens=(eye.focal, eye.px, eye.py),
    )


def incoming(t: float) -> float:
    """Return how much of the last picture is seen at `t` (0..1 of the clip)."""
    return ease((t - BEGINS) / (1.0 - BEGINS), ramp=RAMP)


class Meeting:
    """The way from one stage to the next with the same figure in it: both are filmed by one camera that travels."""

    def __init__(self, here: Compositor, there: Compositor, move: CameraMove, seconds: float) -> None:
        self.here, self.there, self.move, self.seconds = here, there, move, seconds
        self._end = eye_at(there.notes.rig, there.notes.actors[0])

    def frame(self, t: float, seconds: float, index: int) -> Pixels:
        """Return the frame at `t` (0..1 of the clip) and `seconds` of the first stage's life."""
        here, there = self.here.notes, self.there.notes
        pose = pose_at(self.move, here.rig, t)
        way = ease((t - _TRAVELS) / (1.0 - _TRAVELS), ramp=RAMP)
        if way <= 0:
            return self.here.frame(seconds, pose, index)
        home = eye_at(here.rig, here.actors[0], pose)
        eye = home.toward(self._end, way)
        weight = incoming(t)
        far = pose_for(STILL, there.actors[0].distance, self._end, eye)
        mask = None if weight <= 0 else self._covered(far)
        first = self.here.frame(seconds, pose, index, pose_for(pose, here.actors[0].distance, home, eye))
        if mask is None:
            return first
        # The next shot's life begins at its own first frame; this is the moment before it.
        last = self.there.frame((t - 1.0) * self.seconds, STILL, index, far)
        share = cv2.convertScaleAbs(mask, alpha=255.0 * weight)
        share = cv2.merge([share, share, share])
        kept = cv2.multiply(first, cv2.bitwise_not(share), scale=1 / 255.0)
        return np.asarray(cv2.add(kept, cv2.multiply(last, share, scale=1 / 255.0)), np.uint8)

    def _covered(self, far: Pose) -> Floats:
        """Return where the last stage, seen from farther off, is painted at all: 0..1 with a soft edge."""
        rig = self.there.notes.rig
        left, top, right, bottom = self._edges(far)
        xs, ys = np.arange(rig.width, dtype=np.float32), np.arange(rig.height, dtype=np.float32)
        soft_x, soft_y = 0.08 * rig.width, 0.06 * rig.height
        across = np.clip(np.minimum(xs - left, right - xs) / soft_x, 0, 1)
        down = np.clip(np.minimum(ys - top, bottom - ys) / soft_y, 0, 1)
        mask: Floats = (down[:, None] * across[None, :]).astype(np.float32)
        return mask

    def _edges(self, far: Pose) -> tuple[float, float, float, float]:
        notes = self.there.notes
        rig = notes.rig
        left, top, right, bottom = rig.margin
        box = (-float(left), -float(top), float(rig.width + right), float(rig.height + bottom))
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        sides = [(box[0], middle[1]), (middle[0], box[1]), (box[2], middle[1]), (middle[0], box[3])]
        # What lies at the figure's depth ends first, but for ground and walls, which come nearer than that.
        planes: dict[tuple[float, float, float], tuple[int, ...]] = {(0.0, 0.0, 1.0 / rig.subject): (0, 1, 2, 3)}
        for sheet in notes.sheets:
            plane = sheet.plane
            if plane.z == 0 and plane.y != 0:
                planes[plane.x, plane.y, plane.z] = (3,) if plane.y > 0 else (1,)
            elif plane.z == 0 and plane.x != 0:
                planes[plane.x, plane.y, plane.z] = (2,) if plane.x > 0 else (0,)
        ends = list(box)
        for parts, which in planes.items():
            place = matrix(Plane(*parts), rig, far)
            for side in which:
                x, y, depth = place @ np.asarray([*sides[side], 1.0])
                at = float((x, y)[side % 2] / max(1e-3, depth))
                inner = max if side < 2 else min
                ends[side] = at if parts == (0.0, 0.0, 1.0 / rig.subject) else inner(ends[side], at)
        return ends[0], ends[1], ends[2], ends[3]


def can_meet(here: Compositor, there: Compositor, move: CameraMove, seconds: float) -> bool:
    """Tell whether the camera may travel to the last stage: the same figure, nearer, along with the asked move."""
    first, last = here.notes, there.notes
    if not first.actors or not last.actors or first.actors[0].look.kind != last.actors[0].look.kind:
        return False
    if first.actors[0].look.hair_colour != last.actors[0].look.hair_colour or here.size != there.size:
        return False
    rig, actor = first.rig, first.actors[0]
    end = eye_at(last.rig, last.actors[0])
    home = eye_at(rig, actor, pose_at(move, rig, 1.0))
    if not 0.95 <= end.metre / home.metre <= _FARTHEST:
        return False
    view = pose_for(pose_at(move, rig, 1.0), actor.distance, home, end)
    # The set may be near behind the figure or far: the travel must be right for either.
    scores = [agreement(_seen(rig, view, far * actor.distance, seconds), move).score for far in _BEHIND]
    return min(scores) >= _STILL_ASKED[0] and sum(scores) / len(scores) >= _STILL_ASKED[1]


def _seen(rig: Rig, view: Pose, distance: float, seconds: float) -> CameraMotion:
    """Return the motion that a travel to `view` will be measured as, by what a set `distance` metres away does."""
    place = matrix(Plane(z=1.0 / distance), rig, view)
    x, y, depth = place @ np.asarray([rig.width / 2, rig.height / 2, 1.0])
    dx, dy = float(x / depth) - rig.width / 2, float(y / depth) - rig.height / 2
    grown = math.log(max(1e-3, float(place[0, 0] / depth)))
    seconds = max(0.1, seconds)
    return CameraMotion(
        slide_x=dx / rig.width / seconds,
        slide_y=dy / rig.height / seconds,
        zoom=grown / seconds,
        turn=0.0,
        wander=math.hypot(dx, dy) / math.sqrt(rig.width * rig.height),
        breath=abs(grown),
        parallax=0.3,
        trust=1.0,
        seconds=seconds,
        aspect=rig.width / rig.height,
    )


__all__ = ["BEGINS", "Eye", "Meeting", "can_meet", "eye_at", "incoming", "pose_for"]
