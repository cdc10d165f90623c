"""Black, frozen and flickering frames, restless light and cuts: neighbours compared after their motion is undone."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.media.measure.values import Frame, Plane, Steadiness

# ffmpeg's blackdetect: a pixel is black under 10 % of the range, a frame when 98 % of its pixels are.
BLACK_LEVEL, BLACK_SHARE = 0.10 * 255, 0.98
FLAT_DEVIATION = 1.5  # levels; less contrast than this and there is no picture in the frame
# Levels, in the liveliest 8x8 blocks. A still through H.264 (crf 17) wavers by up to 0.6, by 2.2 after a new key
# picture; against the first frame of a run that does not add up, while breathing, rain and any slow move do.
FROZEN_LEVEL = 2.5
FLASH_LEVEL = 7.0  # levels in one frame, over more than half of the picture: lamps and signs touch less of it
CUT_LOST = 0.6  # share of the picture's parts that a cut replaces; a walker close by takes a third of them
CUT_PSNR = 26.0  # dB; new light may change how parts correlate, but not this much as well
PART_KEPT = 0.4  # correlation from which a part of the picture is taken as the same part
LIVELIEST = 0.15  # share of blocks left out of PSNR: walkers, signs and drops live, and are no flicker
IDENTICAL_PSNR = 60.0  # dB given to pairs without any difference
SMOOTH = 1.5  # sigma in pixels of work size: rain and grain are the picture's own unrest, not the camera's
_BLOCK = 8
_BORDER = 0.06  # share of each side left out: what comes in at the edge has nothing to be compared with


class SteadinessMeter:
    """Takes the clip's luma frames one by one at work size; holds two of them."""

    def __init__(self) -> None:
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        self._before: Frame | None = None
        self._rest: Frame | None = None  # the first frame of the run that may be frozen
        self._grid: NDArray[np.float32] | None = None
        self._frames = 0
        self._black = 0
        self._still: list[bool] = []
        self._psnr: list[float] = []
        self._light: list[float] = []
        self._cuts: list[int] = []

    def add(self, gray: Frame) -> None:
        """Take the next frame, uint8 (height, width)."""
        self._black += blank(gray)
        if self._before is None:
            self._rest = gray
        else:
            self._compare(self._before, gray)
        self._before = gray
        self._frames += 1

    def steadiness(self) -> Steadiness:
        """Return what was found in all frames so far."""
        live = [(value, at + 1) for at, value in enumerate(self._psnr) if not self._still[at]]
        lowest = min(live) if live else (IDENTICAL_PSNR, -1)
        light = np.array(self._light)
        jumps = np.abs(light) > FLASH_LEVEL
        for cut in self._cuts:
            jumps[cut - 1] = False
        return Steadiness(
            frames=self._frames,
            black=self._black,
            frozen=sum(self._still),
            frozen_run=_longest(self._still),
            psnr_median=float(np.median([value for value, _ in live])) if live else IDENTICAL_PSNR,
            psnr_min=lowest[0],
            worst=lowest[1],
            pump=_restless(light),
            flashes=int(jumps.sum()),
            cuts=tuple(self._cuts),
        )

    def _compare(self, before: Frame, now: Frame) -> None:
        self._still.append(self._rest is not None and _same(self._rest, now))
        if self._still[-1]:
            self._psnr.append(IDENTICAL_PSNR)
            self._light.append(0.0)
            return
        self._rest = now
        moved = self._carry(before, now)
        top, left = (round(side * _BORDER) for side in now.shape)
        smooth = cv2.GaussianBlur(moved, (0, 0), SMOOTH)
        later = cv2.GaussianBlur(now, (0, 0), SMOOTH)
        a = np.asarray(smooth, dtype=np.float32)[top : now.shape[0] - top, left : now.shape[1] - left]
        b = later[top : now.shape[0] - top, left : now.shape[1] - left].astype(np.float32)
        change = b - a
        error = _quiet_error(change)
        psnr = IDENTICAL_PSNR if error <= 0 else min(IDENTICAL_PSNR, 10 * float(np.log10(255**2 / error)))
        self._psnr.append(psnr)
        # The median over blocks: a sign that blinks or a lamp that burns out is no change of the whole picture.
        blocks = cv2.resize(change, (16, 9), interpolation=cv2.INTER_AREA)
        self._light.append(float(np.median(blocks)))
        if psnr < CUT_PSNR and not blank(before) and not blank(now) and _lost(a, b) > CUT_LOST:
            self._cuts.append(self._frames)

    def _carry(self, before: Frame, now: Frame) -> Plane:
        flow = self._flow.calc(now, before, None)  # type: ignore[call-overload]
        if self._grid is None or self._grid.shape != flow.shape:
            rows, columns = np.mgrid[0 : now.shape[0], 0 : now.shape[1]].astype(np.float32)
            self._grid = np.stack([columns, rows], axis=2)
        where = self._grid + flow
        moved = cv2.remap(
            before.astype(np.float32),
            np.ascontiguousarray(where[..., 0]),
            np.ascontiguousarray(where[..., 1]),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(moved, dtype=np.float32)


def blank(gray: Frame) -> bool:
    """Tell whether there is no picture in a frame: black, or one flat tone."""
    return bool(np.mean(gray < BLACK_LEVEL) >= BLACK_SHARE or gray.std() < FLAT_DEVIATION)


def _quiet_error(change: Plane) -> float:
    """Return the mean square of `change` without its liveliest blocks."""
    size = (max(1, change.shape[1] // _BLOCK), max(1, change.shape[0] // _BLOCK))
    blocks = np.sort(cv2.resize(change * change, size, interpolation=cv2.INTER_AREA), axis=None)
    return float(blocks[: max(1, round(blocks.size * (1 - LIVELIEST)))].mean())


def _lost(a: Plane, b: Plane) -> float:
    """Return the share (0..1) of parts that no longer correlate; parts flat in both say nothing."""

    def mean(plane: Plane) -> Plane:
        return np.asarray(cv2.resize(plane, (10, 6), interpolation=cv2.INTER_AREA), dtype=np.float32)

    ma, mb = mean(a), mean(b)
    va, vb = mean(a * a) - ma * ma, mean(b * b) - mb * mb
    alike = (mean(a * b) - ma * mb) / np.sqrt(np.maximum(va * vb, 1.0))
    told = np.maximum(va, vb) > FLAT_DEVIATION**2 * 4
    return float((alike[told] < PART_KEPT).mean()) if told.sum() >= 6 else 0.0


def _same(before: Frame, now: Frame) -> bool:
    apart = cv2.absdiff(before, now)
    size = (max(1, now.shape[1] // _BLOCK), max(1, now.shape[0] // _BLOCK))
    blocks = cv2.resize(apart.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return bool(np.percentile(blocks, 99) < FROZEN_LEVEL)


def _longest(still: list[bool]) -> int:
    """Return the longest run of the same picture in frames (pairs + 1), 0 where there is none."""
    longest = run = 0
    for same in still:
        run = run + 1 if same else 0
        longest = max(longest, run)
    return longest + 1 if longest else 0


def _restless(light: NDArray[np.float64]) -> float:
    """Return the RMS of what is left of the light's steps after a slow change is taken out, in levels."""
    if len(light) < 5:
        return 0.0
    slow = np.median(np.lib.stride_tricks.sliding_window_view(np.pad(light, 2, mode="edge"), 5), axis=1)
    return float(np.sqrt(np.mean((light - slow) ** 2)))
