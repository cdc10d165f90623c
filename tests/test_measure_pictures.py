"""Black, frozen and flickering frames, cuts, sharpness, likeness to keyframe and master."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from core.film.camera import CameraMove
from core.media.measure import ClipMeasures, colour_likeness, colours, master_likeness, measure_clip, same_picture
from core.media.measure.workspace import cover, work_size
from tests.measure_making import CALM, POSES, Frame, Weather, blurred, clip, enlarged, master

DOLLY = list(clip(POSES[CameraMove.DOLLY_IN]))
OTHER = list(clip(POSES[CameraMove.DOLLY_IN], seed=9))


def measure(frames: Sequence[Frame], keyframe: Frame | None = None, last: Frame | None = None) -> ClipMeasures:
    found = measure_clip(iter(frames), fps=8, keyframe=frames[0] if keyframe is None else keyframe, last=last)
    assert found is not None
    return found.measures


def test_a_good_clip_shows_no_fault() -> None:
    found = measure(DOLLY)
    steady = found.steadiness
    assert (found.frames, found.width, found.height) == (41, 320, 180)
    assert (steady.black, steady.frozen, steady.flashes, steady.cuts) == (0, 0, 0, ())
    assert steady.psnr_median > 30
    assert steady.pump < 0.5
    assert found.scene.first == pytest.approx(1.0)
    assert found.scene.structure is not None
    assert found.scene.structure > 0.6
    assert 0.6 < found.sharpness < 1.2


def test_black_and_empty_frames_are_counted() -> None:
    frames = [frame.copy() for frame in DOLLY]
    frames[5:8] = [np.zeros_like(frames[0])] * 3
    frames[20] = np.full_like(frames[0], 200)
    assert measure(frames).steadiness.black == 4


def test_frozen_runs_are_found_and_life_is_not_frozen() -> None:
    stopped = measure([*DOLLY[:10], *[DOLLY[10]] * 31]).steadiness
    assert (stopped.frozen, stopped.frozen_run) == (30, 31)
    breathing = measure(list(clip(POSES[CameraMove.STATIC], weather=Weather(rain=0, grain=0)))).steadiness
    assert breathing.frozen_run <= 3
    assert measure(list(clip(POSES[CameraMove.STATIC], weather=CALM))).steadiness.frozen == 40


def test_camera_motion_is_not_flicker_but_boiling_texture_is() -> None:
    rng = np.random.default_rng(2)

    def boiling(frame: Frame, level: float) -> Frame:
        noise = cv2.GaussianBlur(rng.normal(0, 1, frame.shape[:2]).astype(np.float32), (0, 0), 4)
        spoilt: Frame = np.clip(frame + (noise / np.std(noise) * level)[..., None], 0, 255).astype(np.uint8)
        return spoilt

    still = measure(list(clip(POSES[CameraMove.STATIC]))).steadiness.psnr_median
    moving = measure(list(clip(POSES[CameraMove.TRACKING]))).steadiness.psnr_median
    assert moving > still - 1.5
    medians = [measure([boiling(frame, level) for frame in DOLLY]).steadiness.psnr_median for level in (0, 8, 20)]
    assert medians[0] > medians[1] + 2 > medians[2] + 4
    assert medians[2] < 23


def test_the_worst_pair_is_named() -> None:
    frames = [frame.copy() for frame in DOLLY]
    frames[17] = np.clip(
        frames[17].astype(int) + np.random.default_rng(0).integers(-90, 90, (180, 320, 1)), 0, 255
    ).astype(np.uint8)
    steady = measure(frames).steadiness
    assert steady.worst in (17, 18)
    assert steady.psnr_min < steady.psnr_median - 3


def test_pumping_light_is_told_from_neon_and_from_a_slow_fade() -> None:
    pumping = [np.clip(frame * (1 + 0.06 * (-1) ** n), 0, 255).astype(np.uint8) for n, frame in enumerate(DOLLY)]
    fading = [(frame * (1 - 0.4 * n / 40)).astype(np.uint8) for n, frame in enumerate(DOLLY)]
    assert measure(pumping).steadiness.pump > 2
    assert measure(fading).steadiness.pump < 0.6  # and the scene's own sign flickers all the time
    flash = [frame.copy() for frame in DOLLY]
    flash[20] = np.clip(flash[20].astype(int) + 60, 0, 255).astype(np.uint8)
    assert measure(flash).steadiness.flashes == 2


def test_a_cut_inside_the_clip_is_found() -> None:
    assert measure([*DOLLY[:20], *OTHER[20:]]).steadiness.cuts == (20,)
    runner = measure(list(clip(POSES[CameraMove.STATIC], weather=Weather(walker=0.8))))
    assert runner.steadiness.cuts == ()


def test_softness_is_measured_against_the_keyframe() -> None:
    soft = [blurred(frame, 2.0) for frame in DOLLY]
    assert measure(soft, keyframe=DOLLY[0]).sharpness < 0.2
    assert measure(soft).sharpness > 0.5  # a soft keyframe is no fault of the clip


def test_another_scene_is_unlike_the_keyframe() -> None:
    scene = measure(OTHER, keyframe=DOLLY[0]).scene
    assert scene.first < 0.5
    assert scene.structure is not None
    assert scene.structure < 0.3


def test_the_last_frame_is_compared_where_one_is_wanted() -> None:
    assert measure(DOLLY).scene.last is None
    assert measure(DOLLY, last=DOLLY[-1]).scene.last == pytest.approx(1.0)
    wrong = measure(DOLLY, last=OTHER[-1]).scene.last
    assert wrong is not None
    assert wrong < 0.5


def test_a_keyframe_of_another_size_is_still_the_same_picture() -> None:
    large = enlarged(DOLLY[0], 1280, 720)
    assert same_picture(DOLLY[0], large) > 0.9
    tall = np.ascontiguousarray(large[:, 440:840])
    assert same_picture(cover(large, (100, 180)), tall) > 0.9


def test_no_frames_no_measures() -> None:
    assert measure_clip(iter(()), fps=8, keyframe=DOLLY[0]) is None


def test_colours_tell_red_from_blue_and_not_left_from_right() -> None:
    red, blue = np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20, 3), np.uint8)
    red[:, :10], blue[:, :10] = (200, 30, 30), (30, 30, 200)
    assert colour_likeness(colours(red), colours(red[:, ::-1])) == pytest.approx(1.0, abs=1e-5)
    assert colour_likeness(colours(red), colours(blue)) < 0.75
    assert colours(red).sum() == pytest.approx(1.0, abs=1e-5)


def test_the_measuring_size_keeps_the_shape_and_never_grows() -> None:
    assert work_size(1280, 720) == (320, 180)
    assert work_size(720, 1280) == (180, 320)
    assert work_size(960, 960) == (240, 240)
    assert work_size(64, 36) == (64, 36)


def recoloured(frame: Frame, colour: tuple[int, int, int]) -> Frame:
    """The same frame with the walker's coat in another colour."""
    red, green, _ = np.moveaxis(frame.astype(int), 2, 0)
    out = frame.copy()
    out[(green > red + 40)] = colour
    return out


def test_the_masters_colours_are_found_and_lost() -> None:
    weather = Weather(rain=20, walker=0.1)
    frames = list(clip(POSES[CameraMove.STATIC], weather=weather))[::8]
    kept = master_likeness(master(), frames[0], frames)
    assert kept.signature > 0.05
    assert kept.keyframe > 0.45
    assert kept.clip > 0.85
    assert kept.structure > 0.6
    red = [frames[0], *(recoloured(frame, (200, 50, 40)) for frame in frames[1:])]
    lost = master_likeness(master(), frames[0], red)
    assert lost.clip < 0.6
    stranger = master_likeness(master((130, 200, 30)), frames[0], frames)
    assert stranger.keyframe < kept.keyframe - 0.2
