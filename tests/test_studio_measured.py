"""What a clip's figures decide before a model is asked: hard faults, words for the rest, and nothing too eagerly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from core.engines.roles import Cancelled, Room
from core.engines.studio.chat import Cord, GivenUp
from core.engines.studio.measured import Measured, hard_failure, nearly_empty, told
from core.engines.studio.measuring import measure_take
from core.engines.studio.vision_language import VisionLanguage
from core.film.camera import CameraMove
from core.film.preset import PRESETS
from core.film.requests import Made
from core.film.verdict import Label, Verdict
from core.media.frames import ClipWriter
from core.media.measure import CameraMotion, ClipMeasures, SceneLikeness, Steadiness
from core.media.unreadable import Unreadable
from tests.asking import quiet, verdict_on
from tests.measure_making import CALM, HEIGHT, POSES, WIDTH, Frame, Pose, clip
from tests.tiny.server import KEY, running
from tests.watching import until

PAN = POSES[CameraMove.PAN_LEFT]
ASKED = verdict_on(prompt="Pan left. Aiko walks.", frames=81)
STEADY = Steadiness(
    frames=81, black=0, frozen=0, frozen_run=0, psnr_median=33, psnr_min=31, worst=7, pump=0.2, flashes=0, cuts=()
)
PANNED = CameraMotion(
    slide_x=0.023,
    slide_y=0.0,
    zoom=0.001,
    turn=0.0,
    wander=0.12,
    breath=0.003,
    parallax=0.1,
    trust=1.0,
    seconds=5.0,
    aspect=16 / 9,
)
HELD = msgspec.structs.replace(PANNED, slide_x=0.0, zoom=0.0, wander=0.0, breath=0.0)


def figures_of(camera: CameraMotion = PANNED, empty_wanted: bool = False, **steady: Any) -> Measured:
    """Return the figures of a good pan to the left, changed in its steadiness."""
    scene = SceneLikeness(first=0.95, last=None, colour=0.9, structure=0.7)
    found = ClipMeasures(81, 64, 64, camera, msgspec.structs.replace(STEADY, **steady), scene, 0.9)
    return Measured(found, 16.0, empty_wanted)


FROZEN = figures_of(HELD, frozen=80, frozen_run=81, psnr_median=60, psnr_min=60, worst=-1)


# --- the decision: figures to a verdict, or none ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measured", "label", "said"),
    [
        (FROZEN, Label.CAMERA_IGNORED, "stands still in 80 of 80 steps, asked for was pan left"),
        (figures_of(black=50), Label.OBJECT_MORPHING, "50 of 81 frames are black"),
        (figures_of(flashes=40, pump=19), Label.OBJECT_MORPHING, "40 flashes"),
        (figures_of(psnr_median=16, psnr_min=15), Label.OBJECT_MORPHING, "flicker, median 16 dB"),
        (figures_of(cuts=(40,), psnr_min=20, worst=40), Label.SCENE_MISMATCH, "begins at frame 40 of 81"),
    ],
)
def test_a_hard_fault_fails_every_preset_and_says_so_in_figures(measured: Measured, label: Label, said: str) -> None:
    verdict = hard_failure(measured, ASKED)
    assert verdict is not None
    assert verdict.labels == (label,)
    assert said in verdict.issues[0]
    assert verdict.issues[0].startswith(f"{label.value}: measured, ")
    assert max(verdict.overall, *verdict.axes) < min(preset.threshold for preset in PRESETS.values())
    assert msgspec.json.decode(msgspec.json.encode(verdict), type=Verdict) == verdict


@pytest.mark.parametrize(
    "measured",
    [
        pytest.param(figures_of(), id="a good pan"),
        pytest.param(figures_of(HELD, frozen=60, frozen_run=61), id="a long rest"),
        pytest.param(figures_of(frozen=80, frozen_run=81), id="too dark for the blocks, but the camera was followed"),
        pytest.param(
            figures_of(msgspec.structs.replace(HELD, trust=0.2), frozen=80, frozen_run=81), id="fog shows no camera"
        ),
        pytest.param(figures_of(black=40), id="half of it black"),
        pytest.param(figures_of(black=81, empty_wanted=True), id="a night that is meant"),
        pytest.param(figures_of(flashes=8, pump=9), id="four strokes of lightning"),
        pytest.param(figures_of(flashes=30, pump=2), id="a weak lamp"),
        pytest.param(figures_of(psnr_median=24, psnr_min=22), id="visible flicker, for eyes to judge"),
        pytest.param(
            figures_of(msgspec.structs.replace(PANNED, trust=0.1), psnr_median=12, psnr_min=10), id="water all over"
        ),
        pytest.param(figures_of(cuts=(4,), psnr_min=20, worst=4), id="a first picture too short for a cut"),
        pytest.param(figures_of(cuts=(40, 43), psnr_min=20, worst=40), id="a flash or a walker close by"),
        pytest.param(figures_of(cuts=(40,), psnr_min=25, psnr_median=30, worst=40), id="hardly a jump"),
        pytest.param(figures_of(cuts=(20, 30, 40, 50), psnr_min=20, worst=30), id="a texture that never holds"),
    ],
)
def test_what_may_be_right_is_left_to_eyes(measured: Measured) -> None:
    assert hard_failure(measured, ASKED) is None


@pytest.mark.parametrize("camera", [CameraMove.STATIC, CameraMove.OVER_THE_SHOULDER, None])
def test_a_still_scene_before_a_still_camera_is_no_fault(camera: CameraMove | None) -> None:
    assert hard_failure(FROZEN, msgspec.structs.replace(ASKED, camera=camera)) is None


def test_light_that_was_asked_for_is_no_fault() -> None:
    asked = msgspec.structs.replace(ASKED, prompt="Pan left. Lightning flickers over the roofs.")
    assert hard_failure(figures_of(flashes=40, pump=19), asked) is None
    assert "jumps 40 times" in told(figures_of(flashes=40, pump=19), asked)


def test_several_faults_are_all_told_the_worst_first() -> None:
    verdict = hard_failure(figures_of(black=60, cuts=(40,), psnr_min=20, worst=40, flashes=30, pump=30), ASKED)
    assert verdict is not None
    assert verdict.overall == 1
    assert verdict.labels == (Label.OBJECT_MORPHING, Label.SCENE_MISMATCH)
    assert "black" in verdict.issues[0]
    assert "flashes" in verdict.issues[0]


def test_the_model_is_told_the_rest_in_plain_words() -> None:
    words = told(figures_of(), ASKED)
    assert words == (
        "Measured on all 81 frames of the take, by a program that does not know what they show: the whole picture "
        "slides right 2.3 %/s, which fits the wanted camera move (pan left); no frame is black, and nothing flashes, "
        "jumps or stands still for long."
    )
    right = msgspec.structs.replace(ASKED, camera=CameraMove.PAN_RIGHT)
    assert "which does not fit the wanted camera move (pan right)" in told(figures_of(), right)
    assert "the whole picture slides right 2.3 %/s;" in told(figures_of(), msgspec.structs.replace(ASKED, camera=None))
    lost = figures_of(msgspec.structs.replace(PANNED, trust=0.0), frozen_run=40, black=2, psnr_median=21, cuts=(9,))
    for part in ("could not be measured", "2.5 seconds on end", "2 frames are black", "(21 dB)", "begin at frame 9"):
        assert part in told(lost, ASKED)


def test_a_keyframe_that_is_nearly_empty_is_known() -> None:
    assert nearly_empty(np.full((90, 160, 3), 128, np.uint8))
    night = np.zeros((90, 160, 3), np.uint8)
    night[:8] = 255  # a lit window at the top, under a tenth of the picture
    assert nearly_empty(night)
    assert not nearly_empty(next(clip(PAN)))


# --- real clips: the server is asked, or is not -------------------------------------------------------------------


def pan(pose: Pose = PAN) -> Iterator[Frame]:
    return clip(pose, weather=CALM, frames=49, fps=16)


def flashing() -> Iterator[Frame]:
    for at, frame in enumerate(pan()):
        yield np.clip(frame.astype(np.int16) + 70 * (at % 2), 0, 255).astype(np.uint8)


def black() -> Iterator[Frame]:
    for at, frame in enumerate(pan()):
        yield frame if at < 10 else np.zeros_like(frame)


def cut() -> Iterator[Frame]:
    yield from list(pan())[:24]
    yield from list(clip(PAN, weather=CALM, frames=49, fps=16, seed=9))[24:]


def noise() -> Iterator[Frame]:
    rng = np.random.default_rng(1)
    for _ in range(49):
        yield rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


def judge(folder: Path, frames: Iterable[Frame], asked: CameraMove = CameraMove.PAN_LEFT) -> tuple[Made, list[Any]]:
    """Judge a real clip by a real server; return what was made and what the server was asked."""
    made_of = list(frames)
    film(folder / "clip.mp4", made_of)
    first = next(pan())
    Image.fromarray(first).save(folder / "keyframe.png")
    request = verdict_on(references=(), prompt="The camera does it.", camera=asked, frames=49, width=WIDTH)
    with running(folder / "tiny", verdict=["nine"]) as tiny:
        backend = VisionLanguage(server=tiny.address, key="TINY_KEY")
        backend.load("cpu")
        return backend.run(request, Room(folder, folder), quiet), tiny.asked()


def film(path: Path, frames: Iterable[Frame]) -> None:
    with ClipWriter(path, WIDTH, HEIGHT, 16) as writer:
        for frame in frames:
            writer.write(frame)


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_KEY", KEY)


@pytest.mark.parametrize(
    ("frames", "label"),
    [
        (lambda: pan(Pose()), Label.CAMERA_IGNORED),
        (flashing, Label.OBJECT_MORPHING),
        (black, Label.OBJECT_MORPHING),
        (cut, Label.SCENE_MISMATCH),
    ],
    ids=["frozen", "flashing", "black", "cut"],
)
def test_a_clip_that_fails_by_its_figures_costs_no_question(
    tmp_path: Path, frames: Callable[[], Iterator[Frame]], label: Label
) -> None:
    made, asked = judge(tmp_path, frames())
    assert asked == []
    assert made.verdict is not None
    assert made.verdict.labels == (label,)
    assert made.facts["judged_by"] == "measured"
    assert made.facts["frames"] == 49
    assert not {"model", "asked", "temperature"} & set(made.facts), "no model has seen it"


@pytest.mark.parametrize(
    ("frames", "asked_for", "said"),
    [
        (pan, CameraMove.PAN_LEFT, "which fits the wanted camera move (pan left)"),
        (pan, CameraMove.DOLLY_OUT, "which does not fit the wanted camera move (dolly out)"),
        (lambda: pan(Pose()), CameraMove.STATIC, "nothing moves for 2.0 seconds on end"),
        (lambda: pan(Pose(x=0.012)), CameraMove.PAN_LEFT, "slides right 0.3 %/s, which does not fit"),
        (lambda: clip(Pose(), frames=49, fps=16), CameraMove.PAN_LEFT, "holds still, which does not fit"),
        (noise, CameraMove.PAN_LEFT, "how the camera moved could not be measured"),
    ],
    ids=["a good pan", "another verb", "a still that was asked for", "a slow pan", "rain and a still camera", "noise"],
)
def test_all_else_is_asked_about_with_what_was_measured(
    tmp_path: Path, frames: Callable[[], Iterator[Frame]], asked_for: CameraMove, said: str
) -> None:
    made, asked = judge(tmp_path, frames(), asked_for)
    (question,) = asked
    words = question["body"]["messages"][1]["content"][0]["text"]
    assert said in words
    assert words.startswith("What was wanted")
    assert made.verdict is not None
    assert made.verdict.overall == 9
    assert made.facts["judged_by"] == "model"
    assert made.facts["frames"] == 49
    assert made.facts["model"] == "tiny"


def test_the_same_clip_asks_the_same_also_beside_others(tmp_path: Path) -> None:
    film(tmp_path / "clip.mp4", clip(PAN, frames=33, fps=16))
    Image.fromarray(next(pan())).save(tmp_path / "keyframe.png")
    found: list[Measured] = []
    threads = [threading.Thread(target=lambda: found.append(measure_take(ASKED, tmp_path, Cord()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [measure_take(ASKED, tmp_path, Cord())] * 4


# --- what cannot be read, and what is no longer wanted ------------------------------------------------------------


def test_a_damaged_clip_is_told_and_not_judged(tmp_path: Path) -> None:
    film(tmp_path / "clip.mp4", pan())
    Image.fromarray(next(pan())).save(tmp_path / "keyframe.png")
    path = tmp_path / "clip.mp4"
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(Unreadable, match=r"clip\.mp4"):
        measure_take(ASKED, tmp_path, Cord())
    path.unlink()
    with pytest.raises(Unreadable, match=r"clip\.mp4"):
        measure_take(ASKED, tmp_path, Cord())


def test_measuring_stops_where_nobody_wants_it(tmp_path: Path) -> None:
    film(tmp_path / "clip.mp4", pan())
    Image.fromarray(next(pan())).save(tmp_path / "keyframe.png")
    cord = Cord()
    cord.pull()
    with pytest.raises(GivenUp):
        measure_take(ASKED, tmp_path, cord)


def test_a_cancel_ends_the_measuring_of_the_whole_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended, begun = [], []

    def slowly(request: object, reel: object, cord: Cord) -> Measured:
        begun.append(request)
        try:
            for _ in range(2000):
                cord.pause(0.01)
            raise AssertionError("nobody stopped it")
        finally:
            ended.append(request)

    monkeypatch.setattr("core.engines.studio.critic.measure_take", slowly)
    takes = []
    for length in (5, 6):
        film(tmp_path / f"{length}.mp4", list(pan())[:length])
        takes.append(msgspec.structs.replace(ASKED, clip=f"{length}.mp4", references=()))
    Image.fromarray(next(pan())).save(tmp_path / "keyframe.png")

    def cancel(fraction: float, note: str = "") -> None:
        if "judging" in note and len(begun) == 2:
            raise Cancelled

    with running(tmp_path / "tiny") as tiny:
        backend = VisionLanguage(server=tiny.address, key="TINY_KEY")
        backend.load("cpu")
        since = time.monotonic()
        with pytest.raises(Cancelled):
            backend.run(takes[0], Room(tmp_path, tmp_path, ahead=tuple(takes)), cancel)
        until(lambda: len(ended) == 2)
        assert time.monotonic() - since < 10
        assert tiny.asked() == []
