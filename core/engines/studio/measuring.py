"""Measures a take for the studio's critic, on the CPU, until it is no longer wanted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from core.engines.studio.chat import Cord
from core.engines.studio.measured import Measured, nearly_empty
from core.film.requests import JudgeRequest
from core.folder.layout import inside
from core.media.frames import read_frames, read_still
from core.media.measure import Frame, measure_clip, shrink, work_size
from core.media.probe import probe
from core.media.unreadable import Unreadable


def measure_take(request: JudgeRequest, reel: Path, cord: Cord) -> Measured:
    """Measure the whole clip of a take. Raises Unreadable, and GivenUp within a frame of the cord being pulled."""
    path = inside(reel, request.clip)
    fps = probe(path).fps
    if fps <= 0:
        raise Unreadable.of(path, "it is a still picture, not a clip")
    keyframe = read_still(inside(reel, request.keyframe))
    last = read_still(inside(reel, request.last)) if request.last else None
    found = measure_clip(_wanted(read_frames(path), cord), fps=fps, keyframe=keyframe, last=last)
    if found is None:
        raise Unreadable.of(path, "it holds no pictures")
    painted = [picture for picture in (keyframe, last) if picture is not None]
    return Measured(found.measures, fps, any(nearly_empty(_small(picture)) for picture in painted))


def clip_digest(request: JudgeRequest, reel: Path) -> bytes:
    """Return what is the same for the same clip and for no other. Raises Unreadable for one that is not there."""
    path = inside(reel, request.clip)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError as error:
        raise Unreadable.of(path, str(error)) from error


def _wanted(frames: Iterator[Frame], cord: Cord) -> Iterator[Frame]:
    for frame in frames:
        cord.pause(0.0)
        yield frame


def _small(picture: Frame) -> Frame:
    return shrink(picture, work_size(picture.shape[1], picture.shape[0]))
