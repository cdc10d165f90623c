"""All measures of one clip in one pass: one full-size frame at a time, a few small ones kept."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from core.media.measure.camera import CameraTracker
from core.media.measure.likeness import colour_likeness, colours, found_again, same_picture
from core.media.measure.sharpness import detail, reference_detail
from core.media.measure.steadiness import SteadinessMeter
from core.media.measure.values import CameraMotion, ClipMeasures, Frame, SceneLikeness
from core.media.measure.workspace import cover, luma, shrink, steady, work_size

STILL_SECONDS = 0.5  # time between kept stills: a change of clothes or place lasts longer than that


class Still(msgspec.Struct, frozen=True):
    """A small RGB still: frame number, pixels, and the camera's (x, y pixels, log growth) since frame 0 if known."""

    at: int
    picture: Frame
    carried: tuple[float, float, float] | None


class Measured(msgspec.Struct, frozen=True):
    """The measures and the small stills they were taken from, for what else is compared with them."""

    measures: ClipMeasures
    stills: tuple[Still, ...]


def measure_clip(frames: Iterable[Frame], *, fps: float, keyframe: Frame, last: Frame | None = None) -> Measured | None:
    """Measure a clip given as RGB frames, uint8 (height, width, 3), each released before the next is asked for.

    `keyframe` and `last` are RGB of any size. None where there is not a single frame. No random numbers and one
    thread: the number of cores makes no difference.
    """
    with steady():
        reading = _Reading(fps)
        for frame in frames:
            reading.add(frame)
        return reading.finish(keyframe, last)


class _Reading:
    """What is kept while the frames go by."""

    def __init__(self, fps: float) -> None:
        self._camera = CameraTracker(fps)
        self._steadiness = SteadinessMeter()
        self._every = max(1, round(fps * STILL_SECONDS))
        self._stills: list[Still] = []
        self._details: list[float] = []
        self._frames = 0
        self._full = (0, 0)
        self._latest: Frame | None = None

    def add(self, frame: Frame) -> None:
        if not self._frames:
            self._full = (frame.shape[1], frame.shape[0])
        self._latest = shrink(frame, work_size(*self._full))
        gray = luma(self._latest)
        self._camera.add(gray)
        self._steadiness.add(gray)
        if self._frames % self._every == 0:
            self._details.append(detail(frame))
            self._keep()
        self._frames += 1

    def _keep(self) -> None:
        assert self._latest is not None
        self._stills.append(Still(self._frames, self._latest, self._camera.carried()))

    def finish(self, keyframe: Frame, last: Frame | None) -> Measured | None:
        if self._latest is None:
            return None
        motion = self._camera.motion()
        if self._stills[-1].at != self._frames - 1:
            self._stills.append(Still(self._frames - 1, self._latest, self._camera.carried()))
        reference = reference_detail(keyframe, self._full)
        measures = ClipMeasures(
            frames=self._frames,
            width=self._full[0],
            height=self._full[1],
            camera=motion,
            steadiness=self._steadiness.steadiness(),
            scene=self._scene(keyframe, last, motion),
            sharpness=float(np.median(self._details)) / reference if reference > 0 else 1.0,
        )
        return Measured(measures=measures, stills=tuple(self._stills))

    def _scene(self, keyframe: Frame, last: Frame | None, motion: CameraMotion) -> SceneLikeness:
        size = work_size(*self._full)
        small = cover(keyframe, size)
        # A clip that ends on another picture may take on its colours on the way.
        wanted = [
            colours(picture) for picture in (small, None if last is None else cover(last, size)) if picture is not None
        ]
        alike = [max(colour_likeness(want, colours(s.picture)) for want in wanted) for s in self._stills]
        held = [
            found_again(luma(small), luma(still.picture), still.carried)
            for still in self._stills
            if still.carried is not None
        ]
        known = [value for value in held if value is not None]
        end = self._latest
        assert end is not None
        return SceneLikeness(
            first=same_picture(self._stills[0].picture, keyframe),
            last=None if last is None else same_picture(end, last),
            colour=min(alike),
            structure=float(np.median(known)) if known else None,
        )
