"""The animatic animator: a real camera move over the painter's layers, with small life in the picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import cv2
import numpy as np

from core.engines.animatic.paint.arrival import Meeting, can_meet, incoming
from core.engines.animatic.paint.canvas import Pixels
from core.engines.animatic.paint.compositor import Compositor
from core.engines.animatic.paint.flat import FlatPicture
from core.engines.animatic.paint.measure import fitted, working_size
from core.engines.animatic.paint.moves import Pose, after, pose_at, relative
from core.engines.animatic.paint.stage import Rig, load_stage
from core.engines.roles import Progress, Room
from core.film.camera import CameraMove
from core.film.errors import BadInput
from core.film.requests import AnimateRequest, Fact, Made
from core.media.frames import ClipWriter

_SAME_PICTURE = 26.0  # dB: the keyframe is its own layers put together, give or take a scaling
_LAYERS = ".layers.zip"  # what the painter keeps beside NAME.png is NAME.layers.zip

Film = Callable[[float, Pose, int], Pixels]


class AnimaticAnimator:
    """Renders clips on the CPU, frame by frame; the same request gives the same bytes."""

    def load(self, device: str) -> None:
        """Nothing to load; every device is as good as another."""

    def run(self, request: AnimateRequest, room: Room, progress: Progress) -> Made:
        """Render clip.mp4: exactly `frames` frames at `fps`, first frame the keyframe, last frame `last` if given."""
        progress(0.0, "opening the picture")
        first = read_picture(room.reel / request.first, request.width, request.height)
        last = read_picture(room.reel / request.last, request.width, request.height) if request.last else None
        film, rig, stage = _film(request, room, first)
        count = request.frames
        meeting = _meeting(request, room, stage, last, max(1, count - 1) / request.fps)
        pace = 0.95 + 0.10 * ((request.seed * 2654435761) % 1024) / 1024  # another take breathes a little differently
        with ClipWriter(room.stage / "clip.mp4", request.width, request.height, request.fps) as writer:
            for index in range(count):
                t, seconds = index / max(1, count - 1), pace * index / request.fps
                if last is not None and index == count - 1 and count > 1:
                    frame = last
                elif meeting is not None:
                    frame = fitted(meeting.frame(t, seconds, index), request.width, request.height)
                else:
                    pose = pose_at(request.camera, rig, t)
                    frame = fitted(film(seconds, pose, index), request.width, request.height)
                    frame = frame if last is None else _arrive(frame, last, request.camera, rig, t)
                writer.write(frame)
                if index % 4 == 0:
                    progress(0.02 + 0.96 * index / count, f"frame {index + 1} of {count}")
        progress(1.0)
        arrives = "" if last is None else "dissolve" if meeting is None else "travel"
        facts: dict[str, Fact] = {"camera": request.camera.value, "layered": stage is not None, "arrival": arrives}
        return Made(files=("clip.mp4",), facts=facts)


def _film(request: AnimateRequest, room: Room, first: Pixels) -> tuple[Film, Rig, Compositor | None]:
    """Return what renders frames: the layers where they belong to the picture, else the picture itself."""
    stage = _staged(request, room, request.layers, first) if request.layers else None
    if stage is not None:
        return stage.frame, stage.notes.rig, stage
    width, height = working_size(request.width, request.height)
    flat = FlatPicture(fitted(first, width, height), request.camera)
    return flat.frame, flat.rig, None


def _staged(request: AnimateRequest, room: Room, layers: str, picture: Pixels) -> Compositor | None:
    """Return the stage of a layers file, or None where it is not what `picture` was made from."""
    stage = load_stage(room.reel / layers)
    if working_size(request.width, request.height) != (stage.notes.rig.width, stage.notes.rig.height):
        return None
    compositor = Compositor(stage)
    same = likeness(fitted(compositor.frame(0.0), request.width, request.height), picture) > _SAME_PICTURE
    return compositor if same else None


def _meeting(
    request: AnimateRequest, room: Room, here: Compositor | None, last: Pixels | None, seconds: float
) -> Meeting | None:
    """Return the travel to the last keyframe, where it has layers beside it and the asked move allows one."""
    if here is None or last is None or request.last is None:
        return None
    layers = PurePosixPath(request.last).with_suffix(_LAYERS).as_posix()
    if not (room.reel / layers).is_file():
        return None
    there = _staged(request, room, layers, last)
    if there is None or not can_meet(here, there, request.camera, seconds):
        return None
    return Meeting(here, there, request.camera, seconds)


def _arrive(frame: Pixels, last: Pixels, move: CameraMove, rig: Rig, t: float) -> Pixels:
    """Dissolve into the last picture, which moves along so that both slide together and it comes to rest at t = 1."""
    weight = incoming(t)
    if weight <= 0:
        return frame
    scale = frame.shape[1] / rig.width
    size = np.diag([scale, scale, 1.0])
    way = size @ relative(rig, pose_at(move, rig, t), pose_at(move, rig, 1.0)) @ np.linalg.inv(size)
    moved = cv2.warpPerspective(
        last, way, (frame.shape[1], frame.shape[0]), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    return np.asarray(cv2.addWeighted(frame, 1.0 - weight, np.asarray(moved, np.uint8), weight, 0.0), np.uint8)


def read_picture(path: Path, width: int, height: int) -> Pixels:
    """Read a picture as RGB at exactly `width` x `height`; BadInput where it cannot be read."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise BadInput(f"{path.name} cannot be read: {error.strerror}", remedy="make this keyframe again") from error
    image = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if data.size else None
    if image is None:
        raise BadInput(f"{path.name} is not a picture that can be read", remedy="give a PNG or JPEG")
    return fitted(np.asarray(image, np.uint8), width, height)


def likeness(a: Pixels, b: Pixels) -> float:
    """Return the PSNR of two pictures in decibels (99 where they are the same)."""
    error = float(np.mean((a.astype(np.float32) - b.astype(np.float32)) ** 2))
    return 99.0 if error < 1e-9 else 10.0 * float(np.log10(255.0**2 / error))


__all__ = ["AnimaticAnimator", "after", "likeness", "read_picture"]
