"""Whether the camera did what the shot's verb asks for."""

from __future__ import annotations

import msgspec

from core.film.camera import CameraMove
from core.media.measure.values import CameraMotion

# Rates are parts of the picture per second. Five seconds of a legible storyboard pan are 8-20 % of the width
# (1.6-4 %/s), real pans go faster; what a model calls static drifts by up to about 1.5 % in 5 s (0.3 %/s).
SLIDE_NONE, SLIDE_FULL = 0.003, 0.011  # a slide is believed half-way: from 0.7 %/s, 3.5 % in 5 s
ZOOM_NONE, ZOOM_FULL = 0.004, 0.013  # a growth from 0.85 %/s, 4 % in 5 s
FOLLOW_NONE, FOLLOW_FULL = 0.003, 0.009  # following is gentler: from 0.6 %/s
STILL_FULL, STILL_NONE = 0.0025, 0.0065  # wander per second of a still camera: 1.2 % in 5 s is still, 3.2 % is not
BREATH_FULL, BREATH_NONE = 0.003, 0.010  # growth per second of a still camera
DRIFT_FULL, DRIFT_NONE = 0.008, 0.016  # over the shoulder may drift by 4 % in 5 s; 8 % is a pan
SWELL_FULL, SWELL_NONE = 0.008, 0.018  # and grow as slowly
TURN_FULL, TURN_NONE = 0.6, 2.0  # degrees a second of roll that nobody asked for
SHARE_NONE, SHARE_FULL = 0.35, 0.65  # of all motion that must be the asked one; half-way at one half
ZOOM_SHARE_NONE, ZOOM_SHARE_FULL = 0.2, 0.5  # a push towards something off the middle slides as well
PARALLAX_SEEN = 0.35  # above what one flat card gives after tracking noise
FLAT_FACTOR = 0.85  # a travelling camera without parallax is a crop of one picture: a little less, not a fault
SHORTEST = 2.0  # seconds; in less, a pixel of tracking noise would look like a rate
ZOOM_REACH = 0.29  # mean distance from the middle of a picture, in roots of its area: turns growth into a slide
OK_FROM = 0.5


class Agreement(msgspec.Struct, frozen=True):
    """`ok`: the picture does what was asked; `score` 0..1; `seen`: what it did, in words with numbers."""

    ok: bool
    score: float
    seen: str


class _Parts(msgspec.Struct, frozen=True):
    """The motion in one currency: roots of the picture's area per second, signed."""

    x: float
    y: float
    zoom: float

    def share(self, part: float) -> float:
        """Return the share of `part` in all motion, 0..1; 0 where nothing moves."""
        whole = abs(self.x) + abs(self.y) + abs(self.zoom)
        return abs(part) / whole if whole > 0 else 0.0


def agreement(motion: CameraMotion, move: CameraMove) -> Agreement:
    """Compare the measured motion with the asked move.

    static: no slide, growth or roll. pan_left / pan_right: the picture slides right / left. tilt and crane: it
    slides down for up, up for down. tracking: it slides sideways, either way. dolly_in and follow: it grows;
    dolly_out: it shrinks. over_the_shoulder: at most a slow drift. A turned and a travelled camera (pan and
    tracking, tilt and crane) in the same direction are not told apart: only parallax parts them, and a picture
    may have none. Callers check `motion.trust` first.
    """
    score = _score(motion, move)
    return Agreement(ok=score >= OK_FROM, score=round(score, 4), seen=describe(motion))


def _score(motion: CameraMotion, move: CameraMove) -> float:
    parts = _parts(motion)
    level = 1.0 - _ramp(abs(motion.turn), TURN_FULL, TURN_NONE)
    match move:
        case CameraMove.STATIC:
            return min(level, _held(motion, (STILL_FULL, STILL_NONE), (BREATH_FULL, BREATH_NONE)))
        case CameraMove.OVER_THE_SHOULDER:
            return min(level, _held(motion, (DRIFT_FULL, DRIFT_NONE), (SWELL_FULL, SWELL_NONE)))
        case CameraMove.PAN_LEFT | CameraMove.PAN_RIGHT:
            wanted = motion.slide_x if move is CameraMove.PAN_LEFT else -motion.slide_x
            return min(level, _slid(wanted, parts.share(parts.x)))
        case CameraMove.TRACKING:
            return _depth(motion) * min(level, _slid(abs(motion.slide_x), parts.share(parts.x)))
        case CameraMove.TILT_UP | CameraMove.CRANE_UP:
            return min(level, _slid(motion.slide_y, parts.share(parts.y)))
        case CameraMove.TILT_DOWN | CameraMove.CRANE_DOWN:
            return min(level, _slid(-motion.slide_y, parts.share(parts.y)))
        case CameraMove.DOLLY_IN | CameraMove.DOLLY_OUT:
            wanted = motion.zoom if move is CameraMove.DOLLY_IN else -motion.zoom
            return _depth(motion) * min(level, _grown(wanted, parts, ZOOM_NONE, ZOOM_FULL))
        case CameraMove.FOLLOW:
            return min(level, _grown(motion.zoom, parts, FOLLOW_NONE, FOLLOW_FULL))


def _parts(motion: CameraMotion) -> _Parts:
    root = motion.aspect**0.5
    return _Parts(x=motion.slide_x * root, y=motion.slide_y / root, zoom=motion.zoom * ZOOM_REACH)


def _held(motion: CameraMotion, slide: tuple[float, float], zoom: tuple[float, float]) -> float:
    seconds = max(motion.seconds, SHORTEST)
    return min(1.0 - _ramp(motion.wander / seconds, *slide), 1.0 - _ramp(motion.breath / seconds, *zoom))


def _slid(wanted: float, share: float) -> float:
    return min(_ramp(wanted, SLIDE_NONE, SLIDE_FULL), _ramp(share, SHARE_NONE, SHARE_FULL))


def _grown(wanted: float, parts: _Parts, none: float, full: float) -> float:
    return min(_ramp(wanted, none, full), _ramp(parts.share(parts.zoom), ZOOM_SHARE_NONE, ZOOM_SHARE_FULL))


def _depth(motion: CameraMotion) -> float:
    return FLAT_FACTOR + (1.0 - FLAT_FACTOR) * _ramp(motion.parallax, 0.0, PARALLAX_SEEN)


def _ramp(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def describe(motion: CameraMotion) -> str:
    """Return the motion in words: "slides right 2.1 %/s, grows 0.3 %/s", "holds still"."""
    words = []
    if abs(motion.slide_x) >= SLIDE_NONE / 2:
        words.append(f"slides {'right' if motion.slide_x > 0 else 'left'} {abs(motion.slide_x) * 100:.1f} %/s")
    if abs(motion.slide_y) >= SLIDE_NONE / 2:
        words.append(f"slides {'down' if motion.slide_y > 0 else 'up'} {abs(motion.slide_y) * 100:.1f} %/s")
    if abs(motion.zoom) >= ZOOM_NONE / 2:
        words.append(f"{'grows' if motion.zoom > 0 else 'shrinks'} {abs(motion.zoom) * 100:.1f} %/s")
    if abs(motion.turn) >= TURN_FULL / 2:
        words.append(f"rolls {abs(motion.turn):.1f} degrees/s")
    if words:
        return ", ".join(words)
    return f"wavers by {motion.wander * 100:.1f} %" if motion.wander > 0.015 else "holds still"
