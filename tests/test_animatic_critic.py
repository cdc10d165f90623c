"""The animatic critic: good clips pass, each fault is named and fails, and nothing is invented."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
from PIL import Image

from core.engines.animatic.critic import AnimaticCritic, Unjudgeable
from core.engines.animatic.critic_marks import BEST, Finding, camera_finding, issues, verdict
from core.engines.roles import Cancelled, Critic, Room
from core.film.camera import CameraMove
from core.film.errors import EngineTrouble
from core.film.preset import PRESETS
from core.film.requests import Made, Reference
from core.film.verdict import Label, Verdict
from core.media.frames import ClipWriter
from core.media.measure import Agreement
from core.media.unreadable import Unreadable
from tests.asking import quiet, verdict_on
from tests.measure_making import HEIGHT, POSES, TURNED, WIDTH, Frame, Pose, Weather, blurred, clip, enlarged, master

CALM_WALK = Weather(rain=40, walker=0.1)
LOWEST_THRESHOLD = min(preset.threshold for preset in PRESETS.values())
HIGHEST_THRESHOLD = max(preset.threshold for preset in PRESETS.values())


def film(move: CameraMove, seed: int = 5) -> list[Frame]:
    return list(clip(POSES[move], turned=move in TURNED, weather=CALM_WALK, seed=seed))


def save(path: Path, frames: Iterable[Frame], fps: int = 8) -> None:
    frames = list(frames)
    height, width = frames[0].shape[:2]
    with ClipWriter(path, width, height, fps) as writer:
        for frame in frames:
            writer.write(frame)


def picture(path: Path, frame: Frame) -> None:
    Image.fromarray(frame).save(path)


REQUEST = verdict_on(
    characters={"A": "a woman in a green coat"},
    camera=CameraMove.DOLLY_IN,
    frames=41,
    fps=8,
    width=WIDTH,
    height=HEIGHT,
)


def judged(root: Path, shown: list[Frame], first: Frame | None = None, **changes: object) -> tuple[Verdict, Made]:
    save(root / "clip.mp4", shown)
    picture(root / "keyframe.png", shown[0] if first is None else first)
    picture(root / "A.png", master())
    request = msgspec.structs.replace(REQUEST, **changes)
    made = AnimaticCritic().run(request, Room(reel=root, stage=root), quiet)
    assert made.verdict is not None
    # What crosses a process boundary must be accepted on the other side, marks and label pattern included.
    assert msgspec.json.decode(msgspec.json.encode(made), type=Made) == made
    return made.verdict, made


def test_it_is_a_critic() -> None:
    critic: Critic = AnimaticCritic()
    critic.load("cpu")


@pytest.mark.parametrize(
    "move", [CameraMove.STATIC, CameraMove.TRACKING, CameraMove.DOLLY_IN, CameraMove.PAN_LEFT, CameraMove.CRANE_DOWN]
)
def test_a_good_clip_passes_every_preset(tmp_path: Path, move: CameraMove) -> None:
    got, made = judged(tmp_path, film(move), camera=move)
    assert got.issues == ()
    assert max(HIGHEST_THRESHOLD, 8.0) <= got.overall <= BEST
    assert made.files == ()
    assert made.facts["camera_judged"] is True
    assert made.facts["character_judged"] is True
    assert made.facts["frames"] == 41


@pytest.mark.parametrize(
    ("shown", "asked"),
    [
        (CameraMove.PAN_RIGHT, CameraMove.PAN_LEFT),
        (CameraMove.STATIC, CameraMove.PAN_LEFT),
        (CameraMove.DOLLY_IN, CameraMove.PAN_LEFT),
        (CameraMove.STATIC, CameraMove.DOLLY_IN),
        (CameraMove.DOLLY_OUT, CameraMove.FOLLOW),
        (CameraMove.PAN_LEFT, CameraMove.STATIC),
        (CameraMove.TILT_UP, CameraMove.OVER_THE_SHOULDER),
    ],
)
def test_a_camera_that_does_something_else_fails_every_preset(
    tmp_path: Path, shown: CameraMove, asked: CameraMove
) -> None:
    got, _ = judged(tmp_path, film(shown), camera=asked)
    assert Label.CAMERA_IGNORED in got.labels
    assert got.overall < LOWEST_THRESHOLD
    assert asked.value.replace("_", " ") in got.issues[0]


def test_without_an_asked_camera_it_is_not_judged(tmp_path: Path) -> None:
    got, made = judged(tmp_path, film(CameraMove.PAN_LEFT), camera=None)
    assert made.facts["camera_judged"] is False
    assert Label.CAMERA_IGNORED not in got.labels
    assert got.composition == min(got.axes)
    assert got.overall >= HIGHEST_THRESHOLD


def test_a_still_in_place_of_a_clip_fails(tmp_path: Path) -> None:
    frame = film(CameraMove.STATIC)[0]
    for asked in (CameraMove.STATIC, CameraMove.DOLLY_IN):
        got, made = judged(tmp_path, [frame] * 41, camera=asked)
        assert Label.CAMERA_IGNORED in got.labels
        assert got.overall < LOWEST_THRESHOLD
        assert made.facts["frozen"] == 40


def _black(frames: list[Frame]) -> list[Frame]:
    return [np.zeros_like(frame) if 8 <= n < 12 else frame for n, frame in enumerate(frames)]


def _pumping(frames: list[Frame]) -> list[Frame]:
    return [np.clip(frame * (1 + 0.12 * (-1) ** n), 0, 255).astype(np.uint8) for n, frame in enumerate(frames)]


def _boiling(frames: list[Frame]) -> list[Frame]:
    rng = np.random.default_rng(4)
    noise = (cv2.GaussianBlur(rng.normal(0, 90, (HEIGHT, WIDTH)).astype(np.float32), (0, 0), 2) for _ in frames)
    return [np.clip(f + 1.5 * n[..., None], 0, 255).astype(np.uint8) for f, n in zip(frames, noise, strict=True)]


def _soft(frames: list[Frame]) -> list[Frame]:
    return [blurred(frame, 3.0) for frame in frames]


@pytest.mark.parametrize("spoil", [_black, _pumping, _boiling, _soft], ids=["black", "pumping", "boiling", "soft"])
def test_a_spoilt_picture_fails_as_an_artifact(tmp_path: Path, spoil: object) -> None:
    frames = film(CameraMove.DOLLY_IN)
    assert callable(spoil)
    got, _ = judged(tmp_path, spoil(frames), first=frames[0])
    assert Label.OBJECT_MORPHING in got.labels
    assert got.artifact_free < 5
    assert got.overall < min(HIGHEST_THRESHOLD, got.artifact_free + 1.6)


def test_another_scene_is_a_mismatch(tmp_path: Path) -> None:
    frames, other = film(CameraMove.DOLLY_IN), film(CameraMove.DOLLY_IN, seed=9)
    got, _ = judged(tmp_path, other, first=frames[0])
    assert Label.SCENE_MISMATCH in got.labels
    assert got.scene_match < 5
    cut, made = judged(tmp_path, [*frames[:20], *other[20:]])
    assert Label.SCENE_MISMATCH in cut.labels
    assert made.facts["cuts"] == 1
    assert cut.overall < HIGHEST_THRESHOLD


def test_a_coat_that_changes_colour_is_wardrobe_drift(tmp_path: Path) -> None:
    frames = film(CameraMove.STATIC)
    changed = []
    for n, frame in enumerate(frames):
        out = frame.copy()
        if n > 4:
            out[frame[..., 1].astype(int) > frame[..., 0].astype(int) + 40] = (200, 50, 40)
        changed.append(out)
    got, _ = judged(tmp_path, changed, camera=CameraMove.STATIC)
    assert Label.WARDROBE_DRIFT in got.labels
    assert got.character_match < HIGHEST_THRESHOLD
    assert got.overall < HIGHEST_THRESHOLD


def test_a_place_without_characters_is_judged_on_the_rest(tmp_path: Path) -> None:
    got, made = judged(tmp_path, film(CameraMove.DOLLY_IN), characters={}, references=())
    assert made.facts["character_judged"] is False
    assert got.character_match == min(got.axes)
    assert got.overall >= HIGHEST_THRESHOLD


def test_wrong_length_rate_and_size_fail_and_are_named(tmp_path: Path) -> None:
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"frames": 81}, "41 frames instead of 81"),
        ({"fps": 16}, "8 frames a second instead of 16"),
        ({"width": 1280, "height": 720}, "320x180 instead of 1280x720"),
    )
    for changes, words in wrong:
        got, _ = judged(tmp_path, film(CameraMove.DOLLY_IN), **changes)
        assert words in " ".join(got.issues)
        assert got.overall < LOWEST_THRESHOLD


def test_the_wanted_last_frame_is_judged(tmp_path: Path) -> None:
    frames = film(CameraMove.DOLLY_IN)
    picture(tmp_path / "last.png", frames[-1])
    good, _ = judged(tmp_path, frames, last="last.png")
    assert good.issues == ()
    picture(tmp_path / "last.png", film(CameraMove.DOLLY_IN, seed=9)[-1])
    bad, _ = judged(tmp_path, frames, last="last.png")
    assert "last frame" in " ".join(bad.issues)


def test_pictures_may_be_jpeg_and_of_any_size(tmp_path: Path) -> None:
    frames = film(CameraMove.DOLLY_IN)
    large = enlarged(frames[0], 1280, 720)
    Image.fromarray(large).save(tmp_path / "large.jpg", quality=90)
    Image.fromarray(master()).convert("RGBA").save(tmp_path / "alpha.png")
    got, _ = judged(tmp_path, frames, references=(Reference("A", "alpha.png"),))
    again = AnimaticCritic().run(
        msgspec.structs.replace(REQUEST, keyframe="large.jpg"), Room(reel=tmp_path, stage=tmp_path), quiet
    )
    assert again.verdict is not None
    assert again.verdict.issues == got.issues == ()


def test_the_same_clip_gives_the_same_verdict(tmp_path: Path) -> None:
    frames = film(CameraMove.TRACKING)
    assert judged(tmp_path, frames)[1] == judged(tmp_path, frames)[1]


def test_no_verdict_is_invented_for_what_cannot_be_read(tmp_path: Path) -> None:
    frames = film(CameraMove.DOLLY_IN)
    judged(tmp_path, frames)
    room = Room(reel=tmp_path, stage=tmp_path)
    whole = (tmp_path / "clip.mp4").read_bytes()
    for damage in (b"", b"not a film", whole[: len(whole) // 2]):
        (tmp_path / "clip.mp4").write_bytes(damage)
        with pytest.raises(EngineTrouble):
            AnimaticCritic().run(REQUEST, room, quiet)
    (tmp_path / "clip.mp4").write_bytes(whole)
    for name in ("keyframe.png", "A.png"):
        kept = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(kept[:200])
        with pytest.raises(Unreadable):
            AnimaticCritic().run(REQUEST, room, quiet)
        (tmp_path / name).write_bytes(kept)
    (tmp_path / "clip.mp4").unlink()
    with pytest.raises(Unreadable):
        AnimaticCritic().run(REQUEST, room, quiet)


def test_no_verdict_is_invented_where_the_camera_cannot_be_measured(tmp_path: Path) -> None:
    fog = [blurred(frame, 25) for frame in clip(Pose(x=0.12), turned=True, weather=CALM_WALK)]
    with pytest.raises(Unjudgeable):
        judged(tmp_path, fog, camera=CameraMove.PAN_LEFT, characters={})
    got, _ = judged(tmp_path, fog, camera=None, characters={})
    assert Label.CAMERA_IGNORED not in got.labels


def test_a_still_picture_is_no_clip(tmp_path: Path) -> None:
    picture(tmp_path / "keyframe.png", film(CameraMove.STATIC)[0])
    request = msgspec.structs.replace(REQUEST, clip="keyframe.png")
    with pytest.raises(Unjudgeable):
        AnimaticCritic().run(request, Room(reel=tmp_path, stage=tmp_path), quiet)


def test_cancelling_passes_through(tmp_path: Path) -> None:
    judged(tmp_path, film(CameraMove.DOLLY_IN))

    def stop(fraction: float, note: str = "") -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        AnimaticCritic().run(REQUEST, Room(reel=tmp_path, stage=tmp_path), stop)


def finding(mark: float, label: Label = Label.OBJECT_MORPHING, words: str = "x") -> Finding:
    return Finding(mark, label, words)


def test_one_bad_axis_holds_the_overall_down() -> None:
    good = [finding(9.0)]
    got = verdict(good, good, finding(3.0, Label.CAMERA_IGNORED), good)
    assert got.overall == 4.5
    assert verdict(good, good, good[0], good).overall == 9.0
    assert verdict([], good, None, [finding(6.0)]).axes == (6.0, 9.0, 6.0, 6.0)


def test_a_disagreeing_camera_never_gets_more_than_three() -> None:
    for score in np.linspace(0, 0.499, 9):
        assert camera_finding(Agreement(False, float(score), "holds still"), CameraMove.TILT_UP).mark <= 3.0
    assert camera_finding(Agreement(True, 0.5, ""), CameraMove.TILT_UP).mark >= 6
    assert camera_finding(Agreement(True, 1.0, ""), CameraMove.TILT_UP).mark == BEST


def test_issues_are_one_a_label_and_never_too_long() -> None:
    said = issues([finding(2.0, words="a" * 300), finding(3.0, words="b" * 300), finding(4.0, Label.SCENE_MISMATCH)])
    assert [issue.partition(":")[0] for issue in said] == ["OBJECT_MORPHING", "SCENE_MISMATCH"]
    assert len(said[0]) == 400
