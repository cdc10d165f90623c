"""Small made-up scenes with a known camera: layers at depths, a walker, rain, grain and a flickering sign."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from core.film.camera import CameraMove

Frame = NDArray[np.uint8]
WIDTH, HEIGHT = 320, 180
DEPTHS = (0.45, 0.75, 1.0, 1.7)  # how much of the camera's travel each layer shows; 1 = where the subject stands
COAT = (24, 158, 120)  # a hue that neither the windows nor the sign have


class Weather(msgspec.Struct, frozen=True):
    """What happens in the picture besides the camera."""

    rain: int = 60
    grain: float = 3.0
    sign: bool = True
    walker: float = 0.25  # parts of the width per second
    parallax: bool = True


RAINY = Weather()
CALM = Weather(rain=0, grain=0.0, sign=False, walker=0.0)


class Pose(msgspec.Struct, frozen=True):
    """Whole motion of the picture at the subject's distance by the end of the clip: parts of width and height."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0
    turn: float = 0.0


POSES = {
    CameraMove.STATIC: Pose(),
    CameraMove.TRACKING: Pose(x=-0.14),
    CameraMove.FOLLOW: Pose(zoom=1.09),
    CameraMove.DOLLY_IN: Pose(zoom=1.13),
    CameraMove.DOLLY_OUT: Pose(zoom=1 / 1.13),
    CameraMove.PAN_LEFT: Pose(x=0.12),
    CameraMove.PAN_RIGHT: Pose(x=-0.12),
    CameraMove.TILT_UP: Pose(y=0.11),
    CameraMove.TILT_DOWN: Pose(y=-0.11),
    CameraMove.CRANE_UP: Pose(y=0.12),
    CameraMove.CRANE_DOWN: Pose(y=-0.12),
    CameraMove.OVER_THE_SHOULDER: Pose(x=0.02),
}
TURNED = {CameraMove.PAN_LEFT, CameraMove.PAN_RIGHT, CameraMove.TILT_UP, CameraMove.TILT_DOWN}


def layers(seed: int = 5) -> list[NDArray[np.float32]]:
    """RGBA layers, float 0..255 and alpha 0..1, twice the frame each way: sky with a skyline, houses, street, posts."""
    rng = np.random.default_rng(seed)
    tall, wide = HEIGHT * 2, WIDTH * 2
    out = []
    for depth in range(4):
        rgba = np.zeros((tall, wide, 4), np.float32)
        if depth == 0:
            ramp = np.linspace(0, 1, tall, dtype=np.float32)[:, None, None]
            rgba[..., :3] = np.array([30, 40, 80]) * (1 - ramp) + np.array([120, 80, 90]) * ramp
            rgba[..., 3] = 1
            _houses(rng, rgba, 26, (0.30, 0.62), (50, 60, 95))
        elif depth == 1:
            _houses(rng, rgba, 14, (0.34, 0.66), (60, 52, 58))
        elif depth == 2:
            rgba[int(tall * 0.62) :, :, :3] = (62, 60, 66)
            rgba[int(tall * 0.62) :, :, 3] = 1
            for _ in range(160):
                x, y = int(rng.integers(0, wide)), int(rng.integers(int(tall * 0.63), tall))
                tone = float(rng.uniform(40, 120))
                cv2.rectangle(
                    rgba,
                    (x, y),
                    (x + int(rng.integers(4, 22)), y + int(rng.integers(1, 4))),
                    (tone, tone, tone + 8, 1),
                    -1,
                )
        else:
            for x in rng.integers(0, wide, 5):
                cv2.rectangle(rgba, (int(x), 0), (int(x) + 7, tall), (22, 20, 24, 1), -1)
                cv2.rectangle(
                    rgba, (int(x) - 6, int(tall * 0.4)), (int(x) + 13, int(tall * 0.47)), (150, 60, 50, 1), -1
                )
        out.append(rgba)
    return out


def _houses(
    rng: np.random.Generator,
    rgba: NDArray[np.float32],
    count: int,
    tops: tuple[float, float],
    tone: tuple[int, int, int],
) -> None:
    tall, wide = rgba.shape[:2]
    for n in range(count):
        x, top = n * wide // count, int(rng.uniform(*tops) * tall)
        w = wide // count - (0 if count > 20 else int(rng.integers(2, 14)))
        shade = rng.uniform(0.75, 1.25)
        cv2.rectangle(rgba, (x, top), (x + w, int(tall * 0.66)), (*(shade * c for c in tone), 1), -1)
        for wy in range(top + 5, int(tall * 0.64), 9):
            for wx in range(x + 3, x + w - 5, 8):
                if rng.random() < 0.45:
                    cv2.rectangle(rgba, (wx, wy), (wx + 3, wy + 4), (235, 205, 130, 1), -1)


def clip(
    pose: Pose, *, frames: int = 41, fps: int = 8, weather: Weather = RAINY, turned: bool = False, seed: int = 5
) -> Iterator[Frame]:
    """Yield the frames of a scene whose camera makes `pose` with eased speed; `turned`: no parallax, as a pan."""
    rng = np.random.default_rng(seed + 100)
    sheets = layers(seed)
    for at in range(frames):
        t = at / max(1, frames - 1)
        t = t * t * (3 - 2 * t)
        picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        for depth, sheet in zip(DEPTHS, sheets, strict=True):
            near = 1.0 if turned or not weather.parallax else depth
            zoom = 1 + (pose.zoom - 1) * near * t
            dx, dy = pose.x * near * t * WIDTH, pose.y * near * t * HEIGHT
            angle = np.radians(pose.turn * t)
            c, s = zoom * np.cos(angle), zoom * np.sin(angle)
            matrix = np.array(
                [[c, -s, WIDTH / 2 + dx - c * WIDTH + s * HEIGHT], [s, c, HEIGHT / 2 + dy - s * WIDTH - c * HEIGHT]]
            )
            seen = cv2.warpAffine(sheet, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
            picture = picture * (1 - seen[..., 3:]) + seen[..., :3] * seen[..., 3:]
            if depth == 1.0:
                _walker(picture, weather, at / fps)
                _sign(picture, weather, rng)
        yield _finish(picture, weather, rng)


def blurred(frame: Frame, sigma: float) -> Frame:
    """The frame out of focus."""
    return np.asarray(cv2.GaussianBlur(frame, (0, 0), sigma), dtype=np.uint8)


def enlarged(frame: Frame, width: int, height: int) -> Frame:
    """The frame at another size."""
    return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _walker(picture: NDArray[np.float32], weather: Weather, seconds: float) -> None:
    if weather.walker <= 0:
        x = WIDTH // 2
    else:
        x = int((0.05 + weather.walker * seconds) % 1.1 * WIDTH)
    swing = int(6 * np.sin(seconds * 7)) if weather.walker else 3
    foot = HEIGHT - 22
    for leg in (swing, -swing):
        cv2.line(picture, (x, foot - 40), (x + leg, foot), (25, 25, 35), 6)
    cv2.rectangle(picture, (x - 13, foot - 86), (x + 13, foot - 36), COAT, -1)
    cv2.rectangle(picture, (x - 3, foot - 84), (x + 2, foot - 40), (14, 92, 70), -1)
    cv2.circle(picture, (x, foot - 97), 10, (226, 184, 156), -1)
    cv2.ellipse(picture, (x, foot - 101), (11, 8), 0, 180, 360, (20, 18, 22), -1)


def _sign(picture: NDArray[np.float32], weather: Weather, rng: np.random.Generator) -> None:
    if weather.sign:
        glow = float(rng.uniform(0.3, 1.0))
        cv2.rectangle(picture, (230, 40), (280, 62), (250 * glow, 40 * glow, 130 * glow), -1)


def _finish(picture: NDArray[np.float32], weather: Weather, rng: np.random.Generator) -> Frame:
    for x, y in rng.uniform(0, 1, (weather.rain, 2)):
        start = (int(x * WIDTH), int(y * HEIGHT))
        cv2.line(picture, start, (start[0] + 2, start[1] + 12), (170, 175, 190), 1)
    if weather.grain:
        picture = picture + rng.normal(0, weather.grain, picture.shape[:2]).astype(np.float32)[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def master(coat: tuple[int, int, int] = COAT) -> Frame:
    """A character's master: the walker, large, before a plain wall."""
    picture = np.full((288, 512, 3), (126, 128, 132), np.float32)
    x, foot = 256, 280
    cv2.line(picture, (x - 12, foot - 100), (x - 14, foot), (25, 25, 35), 18)
    cv2.line(picture, (x + 12, foot - 100), (x + 14, foot), (25, 25, 35), 18)
    cv2.rectangle(picture, (x - 36, foot - 220), (x + 36, foot - 92), coat, -1)
    cv2.rectangle(picture, (x - 8, foot - 216), (x + 6, foot - 100), tuple(c * 0.55 for c in coat), -1)
    cv2.circle(picture, (x, foot - 246), 26, (226, 184, 156), -1)
    cv2.ellipse(picture, (x, foot - 256), (28, 20), 0, 180, 360, (20, 18, 22), -1)
    return picture.astype(np.uint8)
