"""How the camera moved: corners all over the picture are tracked, and one motion is fitted to most of them.

Tracking: pyramidal Lucas-Kanade, forward and back (Bouguet 2000; Kalal et al. 2010 for the check), on pictures
freed of local brightness, so that neon, lamps and flicker do not pull at it. Fit: least absolute residuals by
re-weighted least squares, then a redescending weight. No random numbers anywhere.
"""

from __future__ import annotations

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from core.media.measure.values import CameraMotion, Frame

Points = NDArray[np.float64]

STEP_SECONDS = 0.25  # a slow pan (8 % in 5 s) is then 1.3 px a step at work size, a very fast one still trackable
PARALLAX_SECONDS = 1.0  # near and far part by pixels only over a longer time
MIN_TRUST = 0.6  # share of steps in which a motion could be fitted; fewer, and sums over the clip are guesses
_MIN_POINTS = 14  # for a fit of four unknowns that a few walkers cannot carry
_CELLS = (22, 12)  # one corner from each: a busy corner of the picture must not outvote the rest
_CORNER_FLOOR = 2e-4  # smallest eigenvalue on pictures of unit contrast; below are flat walls and grain
_ROUND_TRIP = 0.6  # pixels; a point that does not come back was occluded, or was rain
_SURVIVE = 0.3  # share of corners that must come back; noise that only happens to match loses nearly all
_SMOOTH = 1.0  # sigma in pixels: takes grain and thin rain out before tracking
_CONTRAST_FLOOR = 6.0  # levels; without it grain in flat places would be blown up to full contrast
_MIDDLE_WEIGHT = 0.45  # the figure usually stands in the middle; the edges tell what the camera does
_LEAST_AGREE = 0.35  # share of points within _AGREE of the fit, or the step says nothing
_AGREE = 1.5  # pixels
_MOVED = 1.0  # pixels of median motion over PARALLAX_SECONDS below which a spread is only noise


class _Step(msgspec.Struct, frozen=True):
    """One fitted motion about the picture's middle: pixels, pixels, log growth, radians."""

    x: float
    y: float
    zoom: float
    turn: float


class CameraTracker:
    """Takes the clip's luma frames one by one at work size; `motion()` says what the camera did.

    Holds about one second of frames.
    """

    def __init__(self, fps: float) -> None:
        self._fps = fps
        self._stride = max(1, round(fps * STEP_SECONDS))
        self._long = max(1, round(PARALLAX_SECONDS / STEP_SECONDS))
        self._seen = 0
        self._shape = (0, 0)
        self._pending: Frame | None = None
        self._anchors: list[tuple[int, Frame]] = []
        self._steps: list[tuple[int, _Step | None]] = []  # (frames spanned, motion)
        self._spreads: list[float] = []

    def add(self, gray: Frame) -> None:
        """Take the next frame, uint8 (height, width)."""
        self._shape = (gray.shape[0], gray.shape[1])
        if self._seen % self._stride == 0:
            self._anchor(self._seen, gray)
            self._pending = None
        else:
            self._pending = gray
        self._seen += 1

    def motion(self) -> CameraMotion:
        """Return the motion over all frames so far; a clip of one frame, or without detail, has trust 0."""
        if self._pending is not None:
            self._anchor(self._seen - 1, self._pending)
            self._pending = None
        height, width = self._shape
        side = float(np.sqrt(width * height)) if self._seen else 1.0
        spanned = sum(frames for frames, step in self._steps if step is not None)
        total = sum(frames for frames, _ in self._steps)
        if not spanned:
            return CameraMotion(0, 0, 0, 0, 0, 0, 0, 0, total / self._fps, width / height if height else 1.0)
        path = np.cumsum([(s.x, s.y, s.zoom, s.turn) for _, s in self._steps if s is not None], axis=0)
        path = np.vstack([np.zeros(4), path])
        seconds = spanned / self._fps
        x, y, zoom, turn = (float(value) / seconds for value in path[-1])
        return CameraMotion(
            slide_x=x / width,
            slide_y=y / height,
            zoom=zoom,
            turn=float(np.degrees(turn)),
            wander=float(np.hypot(path[:, 0], path[:, 1]).max()) / side,
            breath=float(np.ptp(path[:, 2])),
            parallax=float(np.median(self._spreads)) if self._spreads else 0.0,
            trust=spanned / total,
            seconds=total / self._fps,
            aspect=width / height,
        )

    def carried(self) -> tuple[float, float, float] | None:
        """Return (x, y in pixels, log growth) since the first frame, or None where a step is unknown."""
        if any(step is None for _, step in self._steps):
            return None
        steps = [step for _, step in self._steps if step is not None]
        return sum(s.x for s in steps), sum(s.y for s in steps), sum(s.zoom for s in steps)

    def _anchor(self, at: int, gray: Frame) -> None:
        flat = flatten(gray)
        if self._anchors:
            before, earlier = self._anchors[-1]
            self._steps.append((max(1, at - before), _step(earlier, flat)))
        self._anchors.append((at, flat))
        if len(self._anchors) > self._long:
            spread = _spread(self._anchors[0][1], flat, [s for _, s in self._steps[-self._long :]])
            if spread is not None:
                self._spreads.append(spread)
            self._anchors = self._anchors[-1:] if spread is not None else self._anchors[1:]


def flatten(gray: Frame) -> Frame:
    """Return a picture of local contrast only (uint8, 128 = the local mean): alike under any soft change of light."""
    smooth = cv2.GaussianBlur(gray.astype(np.float32), (0, 0), _SMOOTH)
    mean = cv2.boxFilter(smooth, -1, (25, 25))
    square = cv2.boxFilter(smooth * smooth, -1, (25, 25))
    deviation = np.sqrt(np.maximum(square - mean * mean, 0.0))
    return np.asarray(np.clip(128 + 42 * (smooth - mean) / (deviation + _CONTRAST_FLOOR), 0, 255), dtype=np.uint8)


def _corners(flat: Frame) -> Points:
    """Return the strongest corner of every cell that has one: (n, 2) as x, y in pixels."""
    strength = cv2.cornerMinEigenVal(flat, 5)
    height, width = flat.shape
    across, down = _CELLS if width >= height else _CELLS[::-1]
    across, down = min(across, width // 8), min(down, height // 8)
    cell_w, cell_h = width // across, height // down
    tiles = strength[: cell_h * down, : cell_w * across].reshape(down, cell_h, across, cell_w).swapaxes(1, 2)
    cells = tiles.reshape(down * across, cell_h * cell_w)
    best = cells.argmax(axis=1)
    strong = np.flatnonzero(cells.max(axis=1) > _CORNER_FLOOR)
    x = strong % across * cell_w + best[strong] % cell_w
    y = strong // across * cell_h + best[strong] // cell_w
    return np.stack([x, y], axis=1).astype(np.float64)


def _track(earlier: Frame, later: Frame, guess: _Step | None = None) -> tuple[Points, Points]:
    """Return corners of `earlier` about the picture's middle and how far each went: two (n, 2), pixels."""
    height, width = earlier.shape
    middle = np.array([width / 2, height / 2])
    start = _corners(earlier)
    if len(start) < _MIN_POINTS:
        return np.empty((0, 2)), np.empty((0, 2))
    first = start.astype(np.float32).reshape(-1, 1, 2)
    flags, hint = 0, None
    if guess is not None:
        hint = (start + _predict(guess, start - middle)).astype(np.float32).reshape(-1, 1, 2)
        flags = cv2.OPTFLOW_USE_INITIAL_FLOW
    options = {"winSize": (15, 15), "maxLevel": 3, "flags": flags}
    there, found, _ = cv2.calcOpticalFlowPyrLK(earlier, later, first, hint, **options)  # type: ignore[call-overload]
    back_hint = None if hint is None else first.copy()
    back, again, _ = cv2.calcOpticalFlowPyrLK(later, earlier, there, back_hint, **options)  # type: ignore[call-overload]
    ends = there.reshape(-1, 2).astype(np.float64)
    error = np.abs(back.reshape(-1, 2) - start).max(axis=1)
    inside = (ends >= 2).all(axis=1) & (ends <= np.array([width - 3, height - 3])).all(axis=1)
    good = (found.ravel() == 1) & (again.ravel() == 1) & (error < _ROUND_TRIP) & inside
    if good.mean() < _SURVIVE:
        return np.empty((0, 2)), np.empty((0, 2))
    return start[good] - middle, ends[good] - start[good]


def _step(earlier: Frame, later: Frame) -> _Step | None:
    """Return the motion of most of the picture, or None where too little of it agrees on one."""
    at, moved = _track(earlier, later)
    if len(at) < _MIN_POINTS:
        return None
    height, width = earlier.shape
    prior = 1.0 - (1.0 - _MIDDLE_WEIGHT) * ((at / np.array([width * 0.3, height * 0.5])) ** 2).sum(axis=1).__lt__(1.0)
    fit = _fit(at, moved, prior)
    off = np.hypot(*(moved - _predict(fit, at)).T)
    # With parallax no two depths move alike, so a large motion may be agreed on more loosely.
    loose = _AGREE + 0.5 * float(np.median(np.hypot(*moved.T)))
    return fit if float(np.average(off < loose, weights=prior)) >= _LEAST_AGREE else None


def _predict(step: _Step, at: Points) -> Points:
    x, y = at.T
    return np.stack([step.x + step.zoom * x - step.turn * y, step.y + step.turn * x + step.zoom * y], axis=1)


def _fit(at: Points, moved: Points, prior: NDArray[np.float64]) -> _Step:
    """Return the small similarity that most points follow (least absolute residuals, then Geman-McClure)."""
    x, y = at.T
    one, none = np.ones_like(x), np.zeros_like(x)
    rows = np.concatenate([np.stack([one, none, x, -y], 1), np.stack([none, one, y, x], 1)])
    wanted = np.concatenate([moved[:, 0], moved[:, 1]])
    weight = prior
    answer = np.zeros(4)
    for turn in range(18):
        both = np.concatenate([weight, weight])[:, None]
        answer = np.linalg.solve(rows.T @ (rows * both) + 1e-9 * np.eye(4), rows.T @ (wanted * both[:, 0]))
        off = np.hypot(*(wanted - rows @ answer).reshape(2, -1))
        if turn < 12:
            weight = prior / np.maximum(off, 0.05)
        else:
            scale = max(0.3, 1.5 * float(np.median(off)))
            weight = prior / (1.0 + (off / scale) ** 2) ** 2
    return _Step(*(float(value) for value in answer))


def _spread(earlier: Frame, later: Frame, steps: list[_Step | None]) -> float | None:
    """Return how differently parts of the picture moved, or None where the whole hardly moved."""
    known = [step for step in steps if step is not None]
    if len(known) < len(steps):
        return None
    guess = _Step(*(sum(getattr(step, name) for step in known) for name in ("x", "y", "zoom", "turn")))
    at, moved = _track(earlier, later, guess)
    if len(at) < _MIN_POINTS:
        return None
    slide = float(np.hypot(guess.x, guess.y))
    radius = np.hypot(*at.T)
    outer = radius > 0.25 * radius.max()
    swell = abs(guess.zoom) * float(radius.mean())
    if max(slide, swell) < _MOVED or outer.sum() < _MIN_POINTS:
        return None
    if slide >= swell:
        rate, whole = moved @ np.array([guess.x, guess.y]) / slide, slide
    else:
        rate = ((moved - [guess.x, guess.y]) * at).sum(axis=1)[outer] / radius[outer] ** 2
        whole = abs(guess.zoom)
    low, middle, high = np.percentile(rate, [15, 50, 85])
    return float((high - low) / max(abs(middle), 0.5 * whole))
