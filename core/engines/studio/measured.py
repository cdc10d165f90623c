"""What a clip's figures alone decide before a model is asked: faults nobody could miss, and words for all the rest.

Only what cannot be right whatever is shown is a fault here. All else goes to the model as words, because it sees four
stills and knows nothing of what is between them.
"""

from __future__ import annotations

import itertools

import msgspec
import numpy as np

from core.film.camera import CameraMove
from core.film.requests import JudgeRequest
from core.film.verdict import Label, Verdict
from core.media.measure import MIN_TRUST, ClipMeasures, Frame, agreement, luma

# The figures are those of the animatic critic's curves (core/engines/animatic/critic_marks.py), at their worst ends or
# beyond: a drawn clip has no grain, no rain and no night, and what is wrong here is never looked at by anybody.
EMPTY = 0.5  # share of frames that are black or one tone; the curve is at its end after four frames
CLEAR_DARK, CLEAR_SPREAD = 0.9, 10.0  # a keyframe darker (share of pixels) or flatter (levels) may be meant to be empty
# Share of steps that repeat a picture: a move may start and end at rest, but not for so long. Not the longest run, as
# coding alone may break that in two. A pan over one percent of the picture in five seconds repeats three of four.
AT_REST = 0.9
REST_SECONDS = 2.0  # the curve's 4.5, under every pass mark
FLASHES = 0.25  # share of all steps that are sudden light: four strokes of lightning in five seconds are a tenth
PUMP = 5.0  # levels RMS, the curve's end; rain and signs stay under 0.5
FLICKER = 17.0  # dB PSNR-Y, the curve's end; 21.8 was seen as flicker, heavy rain has 28
CUTS = 3  # more are no cuts but a texture that never holds
CUT_STEADY = 26.0  # dB: where neighbours are no more alike than a cut's (core.media.measure.steadiness), none is proven
CUT_DROP = 7.0  # dB from the median, from which the curve counts a jump
CUT_SECONDS = 0.5  # each picture has to last: a flash and a walker close by are over sooner
UNUSABLE, BROKEN = 1.0, 2.0  # of ten; an empty clip has nothing in it, the others still show something

# Light that was asked for is no fault. Words of a prompt, in part, on the careful side: "flash" is in "flashlight".
_WANTED_LIGHT = ("strob", "flash", "flicker", "lightning", "thunder", "firework", "explosi", "disco", "blink", "glitch")
_LONG_REST, _SOFT, _NOISY, _UNSTEADY = 1.0, 0.4, 5.0, 25.0  # from where it is said; the curves are at 7 or 6 of 10 here
_FITS, _MISSES = 0.67, 0.33  # of an agreement, which is 0.5 where it is only just believed


class Measured(msgspec.Struct, frozen=True):
    """A clip's figures, beside what they are held against. `empty_wanted`: a picture it was made from is empty too."""

    measures: ClipMeasures
    fps: float
    empty_wanted: bool


class _Fault(msgspec.Struct, frozen=True):
    mark: float
    label: Label
    words: str


def nearly_empty(picture: Frame) -> bool:
    """Tell whether a small picture is so dark or flat that a clip of it may well be measured as empty."""
    gray = luma(picture)
    return bool(np.mean(gray < 0.1 * 255) >= CLEAR_DARK or gray.std() < CLEAR_SPREAD)


def hard_failure(measured: Measured, request: JudgeRequest) -> Verdict | None:
    """Return the verdict on a clip that fails by its figures, or None: then it takes eyes to judge it.

    What cannot be measured gets the mark of what was, as the animatic critic has it: it neither lifts nor sinks.
    """
    found = [
        fault
        for fault in (
            _empty(measured),
            _at_rest(measured, request),
            _unsteady(measured, request),
            _cut(measured),
        )
        if fault is not None
    ]
    if not found:
        return None
    worst = min(fault.mark for fault in found)
    said: dict[Label, list[str]] = {}
    for fault in sorted(found, key=lambda one: one.mark):
        said.setdefault(fault.label, []).append(fault.words)
    return Verdict(
        character_match=worst,
        scene_match=worst,
        composition=worst,
        artifact_free=worst,
        overall=worst,
        issues=tuple(f"{label.value}: measured, {'; '.join(words)}" for label, words in said.items()),
    )


def _empty(measured: Measured) -> _Fault | None:
    steady = measured.measures.steadiness
    if measured.empty_wanted or steady.black <= EMPTY * steady.frames:
        return None
    words = f"{steady.black} of {steady.frames} frames are black or of one tone"
    return _Fault(UNUSABLE, Label.OBJECT_MORPHING, words)


def _at_rest(measured: Measured, request: JudgeRequest) -> _Fault | None:
    """A still camera before a still scene is nothing wrong, and in a flat or dark picture a move could not be seen."""
    steady, camera = measured.measures.steadiness, measured.measures.camera
    if request.camera in (None, CameraMove.STATIC, CameraMove.OVER_THE_SHOULDER):
        return None
    if steady.frozen < max(AT_REST * (steady.frames - 1), REST_SECONDS * measured.fps):
        return None
    if camera.trust < MIN_TRUST or not agreement(camera, CameraMove.STATIC).ok:
        return None
    asked = _called(request.camera)
    words = f"the picture stands still in {steady.frozen} of {steady.frames - 1} steps, asked for was {asked}"
    return _Fault(BROKEN, Label.CAMERA_IGNORED, words)


def _unsteady(measured: Measured, request: JudgeRequest) -> _Fault | None:
    steady = measured.measures.steadiness
    if any(word in request.prompt.lower() for word in _WANTED_LIGHT):
        return None
    if steady.flashes >= FLASHES * (steady.frames - 1) and steady.pump >= PUMP:
        words = f"{steady.flashes} flashes of the whole picture in {steady.frames} frames, by {steady.pump:.0f} of 255"
        return _Fault(BROKEN, Label.OBJECT_MORPHING, words)
    # A texture that never holds, such as water all over, cannot be followed, and is no flicker.
    if steady.psnr_median < FLICKER and measured.measures.camera.trust >= MIN_TRUST:
        words = f"flicker, median {steady.psnr_median:.0f} dB PSNR-Y between neighbours"
        return _Fault(BROKEN, Label.OBJECT_MORPHING, words)
    return None


def _cut(measured: Measured) -> _Fault | None:
    steady = measured.measures.steadiness
    if not 0 < len(steady.cuts) <= CUTS or steady.worst not in steady.cuts:
        return None
    if steady.psnr_median < CUT_STEADY or steady.psnr_median - steady.psnr_min < CUT_DROP:
        return None
    edges = (0, *steady.cuts, steady.frames)
    if min(after - before for before, after in itertools.pairwise(edges)) < CUT_SECONDS * measured.fps:
        return None
    words = f"another picture begins at frame {', '.join(map(str, steady.cuts))} of {steady.frames}"
    return _Fault(BROKEN, Label.SCENE_MISMATCH, words)


def told(measured: Measured, request: JudgeRequest) -> str:
    """Return what was measured in plain words for the model. Figures are rounded: the same clip asks the same."""
    measures = measured.measures
    facts = [_motion(measured, request), *_notable(measured)]
    return (
        f"Measured on all {measures.frames} frames of the take, by a program that does not know what they show: "
        f"{'; '.join(facts)}."
    )


def _motion(measured: Measured, request: JudgeRequest) -> str:
    camera = measured.measures.camera
    if camera.trust < MIN_TRUST:
        return "how the camera moved could not be measured"
    if request.camera is None:
        return f"the whole picture {agreement(camera, CameraMove.STATIC).seen}"
    agreed = agreement(camera, request.camera)
    fits = "fits" if agreed.score >= _FITS else "does not fit" if agreed.score <= _MISSES else "only partly fits"
    # A picture slides against the way its camera turns, which is easily taken the wrong way round.
    return f"the whole picture {agreed.seen}, which {fits} the wanted camera move ({_called(request.camera)})"


def _notable(measured: Measured) -> list[str]:
    steady, sharp = measured.measures.steadiness, measured.measures.sharpness
    rest = steady.frozen_run / measured.fps
    said = []
    if steady.black and not measured.empty_wanted:
        said.append(f"{steady.black} frames are black or of one tone")
    if rest >= _LONG_REST:
        said.append(f"nothing moves for {rest:.1f} seconds on end")
    if steady.flashes:
        said.append(f"the light of the whole picture jumps {steady.flashes} times")
    if steady.psnr_median < _UNSTEADY:
        said.append(f"neighbouring frames differ as in flicker ({steady.psnr_median:.0f} dB)")
    if 0 < len(steady.cuts) <= CUTS:
        said.append(f"another picture seems to begin at frame {', '.join(map(str, steady.cuts))}")
    elif steady.cuts:
        said.append(f"the picture breaks at {len(steady.cuts)} frames")
    if not measured.empty_wanted and (sharp < _SOFT or sharp > _NOISY):
        said.append(f"it has {sharp:.1f} times the keyframe's fine detail")
    return said or ["no frame is black, and nothing flashes, jumps or stands still for long"]


def _called(move: CameraMove) -> str:
    return move.value.replace("_", " ")
