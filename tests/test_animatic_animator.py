"""The animatic animator: exact clips, from the keyframe, to the last picture, and the camera really moves."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from core.engines.animatic.animator import AnimaticAnimator, likeness, read_picture
from core.engines.animatic.paint.arrival import eye_at, pose_for
from core.engines.animatic.paint.canvas import Pixels
from core.engines.animatic.paint.moves import STILL, ease, figure_matrix, matrix, pose_at, room
from core.engines.animatic.paint.stage import Plane, Rig, load_stage
from core.engines.animatic.painter import AnimaticPainter
from core.engines.roles import Cancelled, Room
from core.film.camera import CameraMove
from core.film.errors import BadInput
from core.film.requests import AnimateRequest, Made
from core.media.frames import read_frames
from core.media.measure import agreement, measure_clip
from tests.asking import clip_of, picture_of, quiet

WIDTH, HEIGHT, FRAMES, FPS = 320, 180, 13, 16


def keyframe(
    reel: Path, move: CameraMove, *, name: str = "image", prompt: str = "", shot: str = "Wide", place: str = "park"
) -> None:
    """Paint a keyframe into the reel as NAME.png and NAME.layers.zip."""
    stage = reel / f"stage {name}"
    stage.mkdir()
    request = picture_of(
        prompt=prompt or f"A {place} by day.",
        characters={"A": "woman, 30, short red hair, teal coat"},
        story=f"a walk in the {place}",
        shot_type=shot,
        camera=move,
        seed=3,
        width=WIDTH,
        height=HEIGHT,
    )
    AnimaticPainter().run(request, Room(reel=reel, stage=stage), quiet)
    (stage / "image.png").rename(reel / f"{name}.png")
    (stage / "image.layers.zip").rename(reel / f"{name}.layers.zip")


def ask(move: CameraMove, **changes: object) -> AnimateRequest:
    request = clip_of(
        layers="image.layers.zip",
        camera=move,
        is_hero=False,
        frames=FRAMES,
        fps=FPS,
        width=WIDTH,
        height=HEIGHT,
    )
    return msgspec.structs.replace(request, **changes)


def render(reel: Path, request: AnimateRequest, name: str = "out") -> tuple[Made, list[Pixels], Path]:
    stage = reel / name
    stage.mkdir()
    made = AnimaticAnimator().run(request, Room(reel=reel, stage=stage), quiet)
    assert [path.name for path in stage.iterdir()] == ["clip.mp4"]
    return made, list(read_frames(stage / "clip.mp4")), stage / "clip.mp4"


def travel(frames: list[Pixels]) -> tuple[float, float]:
    """Return how far the picture slid over the clip, in parts of its width and height (phase correlation)."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in frames]
    height, width = grey[0].shape
    hann = cv2.createHanningWindow((width, height), cv2.CV_32F)
    x = y = 0.0
    for a, b in itertools.pairwise(grey):
        (dx, dy), _ = cv2.phaseCorrelate(a, b, hann)
        x, y = x + dx / width, y + dy / height
    return x, y


def growth(frames: list[Pixels]) -> float:
    """Return how much the picture grew, from matched corners of the first and the last frame."""
    first, last = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (frames[0], frames[-1]))
    orb = cv2.ORB.create(800)
    (at, what), (to, that) = orb.detectAndCompute(first, None), orb.detectAndCompute(last, None)
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(what, that)
    source = np.asarray([at[pair.queryIdx].pt for pair in pairs], np.float32)
    target = np.asarray([to[pair.trainIdx].pt for pair in pairs], np.float32)
    found, _ = cv2.estimateAffinePartial2D(source, target, ransacReprojThreshold=3.0)
    return float(np.hypot(found[0, 0], found[1, 0]))


def test_the_clip_is_exact_and_starts_on_the_keyframe(tmp_path: Path) -> None:
    keyframe(tmp_path, CameraMove.DOLLY_IN)
    made, frames, _ = render(tmp_path, ask(CameraMove.DOLLY_IN))
    assert made.files == ("clip.mp4",)
    assert made.facts["layered"] is True
    assert len(frames) == FRAMES
    assert frames[0].shape == (HEIGHT, WIDTH, 3)
    assert likeness(frames[0], read_picture(tmp_path / "image.png", WIDTH, HEIGHT)) > 34


def test_the_same_request_gives_the_same_bytes(tmp_path: Path) -> None:
    keyframe(tmp_path, CameraMove.TRACKING, prompt="Tracking shot. She walks in the rain.")
    digests = {
        hashlib.sha256(render(tmp_path, ask(CameraMove.TRACKING), name)[2].read_bytes()).hexdigest()
        for name in ("a", "b")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("move", "axis", "sign"),
    [
        (CameraMove.PAN_LEFT, 0, 1),
        (CameraMove.PAN_RIGHT, 0, -1),
        (CameraMove.TILT_UP, 1, 1),
        (CameraMove.TILT_DOWN, 1, -1),
        (CameraMove.CRANE_UP, 1, 1),
        (CameraMove.CRANE_DOWN, 1, -1),
    ],
)
@pytest.mark.parametrize("layered", [True, False])
def test_directions_are_the_cameras_own(tmp_path: Path, move: CameraMove, axis: int, sign: int, layered: bool) -> None:
    keyframe(tmp_path, move)
    made, frames, _ = render(tmp_path, ask(move, layers="image.layers.zip" if layered else None))
    assert made.facts["layered"] is layered
    went = travel(frames)
    assert went[axis] * sign > 0.04
    assert abs(went[1 - axis]) < 0.03
    if layered:
        assert 0.07 < went[axis] * sign < 0.20


def test_tracking_slides_the_set_past_the_figure(tmp_path: Path) -> None:
    keyframe(tmp_path, CameraMove.TRACKING, prompt="Tracking shot moving sideways. She walks.")
    _, frames, _ = render(tmp_path, ask(CameraMove.TRACKING))
    assert 0.06 < abs(travel(frames)[0]) < 0.22


@pytest.mark.parametrize("layered", [True, False])
def test_dollies_and_follow_change_the_size(tmp_path: Path, layered: bool) -> None:
    keyframe(tmp_path, CameraMove.DOLLY_IN, place="market")
    grown = {}
    for move in (CameraMove.DOLLY_IN, CameraMove.DOLLY_OUT, CameraMove.FOLLOW):
        request = ask(move, layers="image.layers.zip" if layered else None)
        grown[move] = growth(render(tmp_path, request, move.value)[1])
    assert grown[CameraMove.DOLLY_IN] > 1.06
    assert grown[CameraMove.DOLLY_OUT] < 0.95
    assert grown[CameraMove.FOLLOW] > 1.05


def test_a_static_camera_does_not_move_at_all(tmp_path: Path) -> None:
    rig = Rig(1280, 720, 800.0, 640.0, 300.0, (9, 9, 9, 9), 4.0)
    assert all(pose_at(CameraMove.STATIC, rig, t / 10) == pose_at(CameraMove.STATIC, rig, 0.0) for t in range(11))
    keyframe(tmp_path, CameraMove.STATIC, shot="Static medium close-up")
    _, frames, _ = render(tmp_path, ask(CameraMove.STATIC))
    assert max(abs(part) for part in travel(frames)) < 0.004
    assert not np.array_equal(frames[0], frames[-1])  # but it lives


def test_over_the_shoulder_drifts_a_little(tmp_path: Path) -> None:
    keyframe(tmp_path, CameraMove.OVER_THE_SHOULDER, shot="Over-the-shoulder")
    _, frames, _ = render(tmp_path, ask(CameraMove.OVER_THE_SHOULDER))
    assert max(abs(part) for part in travel(frames)) < 0.035


@pytest.mark.parametrize("layered", [True, False])
def test_the_clip_ends_on_the_last_picture(tmp_path: Path, layered: bool) -> None:
    keyframe(tmp_path, CameraMove.PAN_LEFT)
    keyframe(tmp_path, CameraMove.STATIC, name="next", shot="Medium")
    request = ask(CameraMove.PAN_LEFT, last="next.png", layers="image.layers.zip" if layered else None)
    _, frames, _ = render(tmp_path, request)
    assert likeness(frames[-1], read_picture(tmp_path / "next.png", WIDTH, HEIGHT)) > 30
    assert likeness(frames[0], read_picture(tmp_path / "image.png", WIDTH, HEIGHT)) > 34
    assert travel(frames[:9])[0] > 0.03  # the move itself is not lost


def jumps(frames: list[Pixels]) -> list[float]:
    """Return the mean difference of neighbours, in levels."""
    return [float(cv2.absdiff(a, b).mean()) for a, b in itertools.pairwise(frames)]


@pytest.mark.parametrize(
    ("move", "shot", "arrival"),
    [(CameraMove.DOLLY_IN, "Medium", "travel"), (CameraMove.PAN_LEFT, "Medium wide", "dissolve")],
)
def test_the_camera_travels_to_the_last_picture_where_the_move_allows_it(
    tmp_path: Path, move: CameraMove, shot: str, arrival: str
) -> None:
    keyframe(tmp_path, move)
    keyframe(tmp_path, CameraMove.STATIC, name="next", shot=shot)
    made, frames, path = render(tmp_path, ask(move, last="next.png", frames=41))
    assert made.facts["arrival"] == arrival
    last = read_picture(tmp_path / "next.png", WIDTH, HEIGHT)
    assert likeness(frames[-1], last) > 30
    assert likeness(frames[-2], last) > 22  # it arrives at rest: the frame before is nearly there
    steps = jumps(frames)
    assert max(steps) < 2.6 * float(np.mean(steps[15:]))  # nothing leaps
    measured = measure_clip(iter(frames), fps=FPS / 2, keyframe=frames[0], last=last)
    assert measured is not None
    agreed = agreement(measured.measures.camera, move)
    assert agreed.ok, agreed.seen
    assert path.stat().st_size > 0


def test_without_layers_of_its_own_the_last_picture_is_dissolved_into(tmp_path: Path) -> None:
    keyframe(tmp_path, CameraMove.DOLLY_IN)
    keyframe(tmp_path, CameraMove.STATIC, name="next", shot="Medium wide")
    (tmp_path / "next.layers.zip").unlink()
    made, _, _ = render(tmp_path, ask(CameraMove.DOLLY_IN, last="next.png"))
    assert made.facts["arrival"] == "dissolve"


def test_both_stages_show_the_figure_at_one_place_on_the_way(tmp_path: Path) -> None:
    keyframe(tmp_path, CameraMove.DOLLY_IN)
    keyframe(tmp_path, CameraMove.STATIC, name="next", shot="Medium")
    here, there = (load_stage(tmp_path / f"{name}.layers.zip").notes for name in ("image", "next"))
    pose, actors = pose_at(CameraMove.DOLLY_IN, here.rig, 0.7), (here.actors[0], there.actors[0])
    home, end = eye_at(here.rig, actors[0], pose), eye_at(there.rig, actors[1])
    for way in (0.0, 0.3, 0.8, 1.0):
        eye = home.toward(end, way)
        views = (
            pose_for(pose, actors[0].distance, home, eye),
            pose_for(STILL, actors[1].distance, end, eye),
        )
        for notes, actor, view, start in zip((here, there), actors, views, (pose, STILL), strict=True):
            card = Plane(z=1.0 / actor.distance)
            seen = matrix(card, notes.rig, view) @ np.linalg.inv(matrix(card, notes.rig, start))
            place = seen @ figure_matrix(notes.rig, start, actor.distance)
            x, y, depth = place @ np.asarray([*actor.feet, 1.0])
            assert (x / depth, y / depth) == pytest.approx((eye.x, eye.y), abs=1e-6)
            assert actor.metre * place[0, 0] / depth == pytest.approx(eye.metre)
    assert pose_for(STILL, actors[1].distance, end, end).z == pytest.approx(0.0)


def test_layers_of_another_picture_are_not_believed(tmp_path: Path) -> None:
    keyframe(tmp_path, CameraMove.PAN_LEFT)
    own = np.zeros((90, 160, 3), np.uint8)
    cv2.circle(own, (80, 45), 30, (20, 180, 250), -1)
    cv2.imwrite(str(tmp_path / "own.png"), own)
    made, frames, _ = render(tmp_path, ask(CameraMove.PAN_LEFT, first="own.png"))
    assert made.facts["layered"] is False
    assert likeness(frames[0], read_picture(tmp_path / "own.png", WIDTH, HEIGHT)) > 30


def test_a_picture_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(b"no picture")
    for first in ("image.png", "missing.png"):
        with pytest.raises(BadInput):
            AnimaticAnimator().run(
                ask(CameraMove.STATIC, first=first, layers=None), Room(reel=tmp_path, stage=tmp_path), quiet
            )


def test_progress_is_told_and_can_cancel(tmp_path: Path) -> None:
    keyframe(tmp_path, CameraMove.STATIC)
    told: list[float] = []

    def stop(fraction: float, note: str = "") -> None:
        told.append(fraction)
        if fraction > 0.3:
            raise Cancelled

    stage = tmp_path / "out"
    stage.mkdir()
    with pytest.raises(Cancelled):
        AnimaticAnimator().run(ask(CameraMove.STATIC), Room(reel=tmp_path, stage=stage), stop)
    assert told == sorted(told)
    assert not list(stage.iterdir())


def test_moves_start_at_rest_and_stay_inside_what_is_painted() -> None:
    assert (ease(0.0), ease(1.0)) == (0.0, 1.0)
    assert all(ease(t / 50) < ease((t + 1) / 50) for t in range(50))
    for width, height in ((1280, 720), (720, 1280), (960, 960)):
        rig = Rig(width, height, height * 1.05, width / 2, height * 0.5, (0, 0, 0, 0), 4.0)
        for move in CameraMove:
            left, top, right, bottom = room(move, width, height)
            end = pose_at(move, rig, 1.0)
            assert -right <= end.slide_x <= left
            assert -bottom <= end.slide_y <= top
            assert pose_at(move, rig, 0.0).slide_x == 0
