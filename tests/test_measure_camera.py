"""The measured camera: rates of made-up moves, and which verbs agree with which clips."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from core.film.camera import CameraMove
from core.media.measure import MIN_TRUST, CameraMotion, agreement, luma
from core.media.measure.camera import CameraTracker
from core.media.measure.workspace import steady
from tests.measure_making import CALM, POSES, TURNED, Frame, Pose, Weather, clip

# What a clip of each move may also be taken for: only depth parts these, and a picture may have none.
ALIKE: dict[CameraMove, set[CameraMove]] = {
    CameraMove.STATIC: {CameraMove.OVER_THE_SHOULDER},
    CameraMove.OVER_THE_SHOULDER: {CameraMove.STATIC},
    CameraMove.TRACKING: {CameraMove.PAN_RIGHT},  # the made-up tracking goes right
    CameraMove.PAN_LEFT: {CameraMove.TRACKING},
    CameraMove.PAN_RIGHT: {CameraMove.TRACKING},
    CameraMove.TILT_UP: {CameraMove.CRANE_UP},
    CameraMove.CRANE_UP: {CameraMove.TILT_UP},
    CameraMove.TILT_DOWN: {CameraMove.CRANE_DOWN},
    CameraMove.CRANE_DOWN: {CameraMove.TILT_DOWN},
    CameraMove.DOLLY_IN: {CameraMove.FOLLOW},
    CameraMove.FOLLOW: {CameraMove.DOLLY_IN, CameraMove.OVER_THE_SHOULDER},  # gentle enough for a drift
    CameraMove.DOLLY_OUT: set(),
}


def motion_of(frames: list[Frame], fps: float = 8) -> CameraMotion:
    tracker = CameraTracker(fps)
    with steady():
        for frame in frames:
            tracker.add(luma(frame))
        return tracker.motion()


def test_opencv_keeps_to_one_thread_until_the_last_has_measured() -> None:
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(3)
        first, second = steady(), steady()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert cv2.getNumThreads() == 1
        second.__exit__(None, None, None)
        assert cv2.getNumThreads() == 3
    finally:
        cv2.setNumThreads(before)


@cache
def measured(move: CameraMove) -> CameraMotion:
    return motion_of(list(clip(POSES[move], turned=move in TURNED)))


@pytest.mark.parametrize("move", list(CameraMove))
def test_the_asked_move_agrees_and_every_other_disagrees(move: CameraMove) -> None:
    motion = measured(move)
    assert motion.trust >= MIN_TRUST
    for asked in CameraMove:
        agreed = agreement(motion, asked)
        if asked is move:
            assert agreed.ok, (move, agreed)
            assert agreed.score >= 0.8
        elif asked not in ALIKE[move]:
            assert not agreed.ok, (move, asked, agreed)
            assert agreed.score < 0.45, (move, asked, agreed)
        assert 0.0 <= agreed.score <= 1.0


@pytest.mark.parametrize("move", [CameraMove.PAN_LEFT, CameraMove.TRACKING, CameraMove.TILT_DOWN, CameraMove.CRANE_UP])
def test_moves_of_the_smallest_legible_size_are_seen(move: CameraMove) -> None:
    slight = {
        CameraMove.PAN_LEFT: Pose(x=0.08),
        CameraMove.TRACKING: Pose(x=0.08),
        CameraMove.TILT_DOWN: Pose(y=-0.08),
        CameraMove.CRANE_UP: Pose(y=0.08),
    }
    assert agreement(motion_of(list(clip(slight[move], turned=move in TURNED))), move).ok


def test_small_dollies_are_seen_and_depth_is_noticed() -> None:
    for pose, move in ((Pose(zoom=1.08), CameraMove.DOLLY_IN), (Pose(zoom=1 / 1.08), CameraMove.DOLLY_OUT)):
        motion = motion_of(list(clip(pose)))
        assert agreement(motion, move).ok
        assert motion.parallax > 0.35
    flat = motion_of(list(clip(Pose(zoom=1.12), weather=Weather(parallax=False))))
    assert flat.parallax < 0.35
    assert agreement(flat, CameraMove.DOLLY_IN).ok  # a crop of one picture is less, not a fault
    deep = agreement(measured(CameraMove.DOLLY_IN), CameraMove.DOLLY_IN)
    assert agreement(flat, CameraMove.DOLLY_IN).score < deep.score


def test_rates_have_the_right_size_and_sign() -> None:
    pan = motion_of(list(clip(Pose(x=0.12), turned=True, weather=CALM)))
    assert pan.slide_x == pytest.approx(0.12 / 5, rel=0.05)
    assert abs(pan.slide_y) < 0.001
    assert abs(pan.zoom) < 0.001
    assert pan.seconds == 5
    tilt = motion_of(list(clip(Pose(y=0.11), turned=True, weather=CALM)))
    assert tilt.slide_y == pytest.approx(0.11 / 5, rel=0.05)
    zoom = motion_of(list(clip(Pose(zoom=1.12), weather=Weather(parallax=False, rain=0))))
    assert zoom.zoom == pytest.approx(np.log(1.12) / 5, rel=0.08)
    roll = motion_of(list(clip(Pose(turn=10))))
    assert roll.turn == pytest.approx(2.0, rel=0.1)
    assert not agreement(roll, CameraMove.STATIC).ok


def test_rates_do_not_depend_on_the_frame_rate() -> None:
    slow = motion_of(list(clip(Pose(x=-0.12), turned=True, frames=31, fps=6)), fps=6)
    fast = motion_of(list(clip(Pose(x=-0.12), turned=True, frames=121, fps=24, weather=Weather(rain=20))), fps=24)
    assert slow.slide_x == pytest.approx(fast.slide_x, rel=0.08)


@pytest.mark.parametrize(
    "weather",
    [Weather(rain=160, grain=6), Weather(walker=0.8), Weather(rain=0, grain=8), CALM],
    ids=["downpour", "runner", "grain", "calm"],
)
def test_life_in_the_picture_is_no_camera_move(weather: Weather) -> None:
    motion = motion_of(list(clip(POSES[CameraMove.STATIC], weather=weather)))
    assert agreement(motion, CameraMove.STATIC).score > 0.9
    assert not agreement(motion, CameraMove.PAN_LEFT).ok


def test_a_figure_that_rides_along_does_not_hide_the_tracking() -> None:
    frames = list(clip(POSES[CameraMove.TRACKING]))
    held = frames[0][:, 130:210].copy()
    for frame in frames:
        frame[:, 130:210] = held  # a quarter of the width stays where it is
    assert agreement(motion_of(frames), CameraMove.TRACKING).ok


def test_a_shaken_camera_is_not_still_though_it_ends_where_it_began() -> None:
    rng = np.random.default_rng(3)
    frames = list(clip(POSES[CameraMove.STATIC]))
    shaken = [np.roll(frame, tuple(rng.integers(-6, 7, 2)), (0, 1)) for frame in frames[:-1]] + [frames[-1]]
    assert not agreement(motion_of(shaken), CameraMove.STATIC).ok


def test_what_cannot_be_tracked_is_not_trusted() -> None:
    rng = np.random.default_rng(1)
    noise = [rng.integers(0, 255, (180, 320), dtype=np.uint8) for _ in range(25)]
    assert motion_of(noise).trust < MIN_TRUST
    assert motion_of([np.full((180, 320), 90, np.uint8)] * 25).trust == 0
    assert motion_of([noise[0]]).trust == 0
    assert motion_of([]).trust == 0


def test_tall_and_square_pictures_are_measured_too() -> None:
    frames = list(clip(Pose(x=0.2), turned=True, weather=Weather(rain=20)))
    tall = [np.ascontiguousarray(frame[:, 110:211]) for frame in frames]
    motion = motion_of(tall)
    assert motion.aspect == pytest.approx(101 / 180)
    assert agreement(motion, CameraMove.PAN_LEFT).ok


def test_the_words_say_what_was_seen() -> None:
    assert "slides right" in agreement(measured(CameraMove.PAN_LEFT), CameraMove.STATIC).seen
    assert "grows" in agreement(measured(CameraMove.DOLLY_IN), CameraMove.STATIC).seen
    assert "slides up" in agreement(measured(CameraMove.TILT_DOWN), CameraMove.STATIC).seen
    assert agreement(measured(CameraMove.STATIC), CameraMove.STATIC).seen == "holds still"


def test_the_same_frames_give_the_same_numbers() -> None:
    frames = list(clip(POSES[CameraMove.DOLLY_IN], frames=17))
    assert motion_of(frames) == motion_of(frames)
