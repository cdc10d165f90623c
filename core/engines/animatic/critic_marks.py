"""From measures to marks: which number is worth how much, and which label says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from core.film.camera import CameraMove
from core.film.verdict import Label, Verdict
from core.media.measure import Agreement, ClipMeasures, MasterLikeness

SAY_UNDER = 7.0  # the default preset's pass mark: what is worse is named in the issues
BEST = 9.0  # who only measures has not seen everything
_ISSUE_LENGTH = 400
_PROVES_LITTLE = 0.05  # a master this like its own background has no colours to look for
_CUTS_OR_NOISE = 3  # more "cuts" than this are no cuts but a texture that never holds

Curve = tuple[tuple[float, float], ...]  # (measure, mark), rising measures, straight lines in between

# Scene. Unrelated panels of one style: first 0.3, structure 0.1-0.3. One panel after H.264: first 0.9 and more.
FIRST: Curve = ((0.2, 1.0), (0.45, 4.0), (0.65, 7.5), (0.85, BEST))
LAST: Curve = ((0.15, 4.0), (0.35, 6.5), (0.55, 8.0), (0.8, BEST))
COLOUR: Curve = ((0.35, 2.0), (0.55, 5.0), (0.75, 8.0), (0.9, BEST))
STRUCTURE: Curve = ((0.0, 2.0), (0.15, 4.5), (0.35, 7.5), (0.6, BEST))
# Character. Against the keyframe's own figure, so light and distance are already those of the shot.
CLOTHES: Curve = ((0.4, 2.0), (0.62, 4.5), (0.8, 7.5), (0.92, BEST))
FIGURE: Curve = ((0.2, 3.0), (0.35, 5.5), (0.5, 8.0), (0.7, BEST))
FROM_MASTER: Curve = ((0.08, 4.0), (0.28, 7.0), (0.5, BEST))  # own master 0.46 and more, others mostly 0.05-0.45
# Artifacts. PSNR-Y: 21.8 dB was visible flicker, 32.2 dB the cured clip (the seed system's alignment of guidance);
# heavy rain at 28 dB is still only rain.
STEADY: Curve = ((17.0, 1.5), (21.8, 3.8), (25.0, 6.5), (28.0, 8.5), (31.0, BEST))
DROP: Curve = ((7.0, BEST), (10.0, 7.0), (16.0, 4.0))  # dB from the median to the worst pair
PUMP: Curve = ((0.9, BEST), (1.6, 7.5), (2.5, 5.0), (5.0, 2.5))  # levels RMS; rain and signs stay under 0.5
FLASH: Curve = ((0.0, BEST), (2.0, 7.0), (6.0, 4.0))  # one stroke of lightning is two steps of light
FROZEN: Curve = ((0.5, BEST), (1.0, 7.0), (2.0, 4.5), (4.0, 2.0))  # seconds; a move may start and end at rest
STUTTER: Curve = ((0.3, BEST), (0.5, 7.0), (0.75, 4.0))  # share of neighbours that are the same picture
SHARP: Curve = ((0.05, 1.5), (0.2, 4.5), (0.4, 7.0), (0.65, BEST))  # a dolly in alone takes it to about 0.8
NOISY: Curve = ((2.5, BEST), (5.0, 6.0), (10.0, 3.0))
BLACK: Curve = ((0.0, BEST), (1.0, 3.5), (4.0, 1.5))
_TRAVELLED = 0.02  # of the picture; a camera that went that far has no two frames alike
MALFORMED = 2.0


class Finding(msgspec.Struct, frozen=True):
    """One measured thing: its mark 1..10, and the label and words that say it where it is bad."""

    mark: float
    label: Label
    words: str


class Wanted(msgspec.Struct, frozen=True):
    """What the clip should be: frames, frames a second, pixels."""

    frames: int
    fps: int
    width: int
    height: int


def worth(curve: Curve, value: float) -> float:
    """Return the mark of a measured value on `curve`, flat beyond its ends."""
    return float(np.interp(value, [x for x, _ in curve], [y for _, y in curve]))


def scene_findings(measures: ClipMeasures) -> list[Finding]:
    """Mark how much the clip is its keyframe's picture."""
    scene, label = measures.scene, Label.SCENE_MISMATCH
    found = [
        Finding(worth(FIRST, scene.first), label, f"first frame is {scene.first:.2f} like the keyframe"),
        Finding(worth(COLOUR, scene.colour), label, f"colours fall to {scene.colour:.2f} of the keyframe's"),
    ]
    if scene.structure is not None:
        words = f"{scene.structure:.0%} of the keyframe's parts are found again"
        found.append(Finding(worth(STRUCTURE, scene.structure), label, words))
    if scene.last is not None:
        words = f"last frame is {scene.last:.2f} like the wanted one"
        found.append(Finding(worth(LAST, scene.last), label, words))
    cuts = measures.steadiness.cuts
    if 0 < len(cuts) <= _CUTS_OR_NOISE:
        found.append(Finding(2.0, label, f"another picture begins at frame {', '.join(map(str, cuts))}"))
    return found


def character_findings(masters: Mapping[str, MasterLikeness]) -> list[Finding]:
    """Mark how much of each character is kept; a master that proves little is left out."""
    found = []
    for letter, like in sorted(masters.items()):
        if like.signature < _PROVES_LITTLE:
            continue
        kept = f"{letter}'s colours fall to {like.clip:.2f} of the keyframe's"
        figure = f"{letter}'s figure is {like.structure:.2f} like the keyframe's"
        master = f"{like.keyframe:.2f} of {letter}'s own colours are in the keyframe"
        found += [
            Finding(worth(CLOTHES, like.clip), Label.WARDROBE_DRIFT, kept),
            Finding(worth(FIGURE, like.structure), Label.CHARACTER_DRIFT, figure),
            Finding(worth(FROM_MASTER, like.keyframe), Label.CHARACTER_DRIFT, master),
        ]
    return found


def camera_finding(agreed: Agreement, move: CameraMove) -> Finding:
    """Mark the camera: what disagrees gets 3 at most, so that no preset passes it."""
    mark = 6.5 + 5.0 * (agreed.score - 0.5) if agreed.ok else 1.0 + 4.0 * agreed.score
    words = f"asked for {move.value.replace('_', ' ')}, but the picture {agreed.seen} (agreement {agreed.score:.2f})"
    return Finding(min(BEST, mark), Label.CAMERA_IGNORED, words)


def artifact_findings(measures: ClipMeasures, wanted: Wanted, fps: float, keyframe_blank: bool) -> list[Finding]:
    """Mark faults of the picture itself. There is no label for a wrong length or size: OBJECT_MORPHING carries it."""
    steady, label = measures.steadiness, Label.OBJECT_MORPHING
    pairs = max(1, steady.frames - 1)
    drop = steady.psnr_median - steady.psnr_min
    rest = max(0.0, steady.frozen_run / fps)
    still = f"the picture stands still for {steady.frozen_run} of {steady.frames} frames"
    found = [
        Finding(worth(STEADY, steady.psnr_median), label, f"flicker, median {steady.psnr_median:.1f} dB PSNR-Y"),
        Finding(worth(DROP, drop), label, f"jump of {drop:.1f} dB at frame {steady.worst}"),
        Finding(worth(PUMP, steady.pump), label, f"the light pumps by {steady.pump:.1f} of 255 levels"),
        Finding(worth(FLASH, steady.flashes), label, f"{steady.flashes} flashes of the whole picture"),
        Finding(worth(FROZEN, rest), Label.CAMERA_IGNORED, still),
    ]
    if max(measures.camera.wander, measures.camera.breath) > _TRAVELLED:
        words = f"{steady.frozen} of {pairs} steps repeat a frame"
        found.append(Finding(worth(STUTTER, steady.frozen / pairs), Label.CAMERA_IGNORED, words))
    if len(steady.cuts) > _CUTS_OR_NOISE:
        found.append(Finding(2.0, label, f"the texture breaks at {len(steady.cuts)} frames, first {steady.cuts[0]}"))
    if not keyframe_blank:
        sharp = measures.sharpness
        found += [
            Finding(worth(BLACK, steady.black), label, f"{steady.black} black or empty frames"),
            Finding(worth(SHARP, sharp), label, f"soft, {sharp:.2f} of the keyframe's fine detail"),
            Finding(worth(NOISY, sharp), label, f"noise, {sharp:.1f} times the keyframe's fine detail"),
        ]
    return found + _form(measures, wanted, fps)


def _form(measures: ClipMeasures, wanted: Wanted, fps: float) -> list[Finding]:
    wrong = []
    if (measures.width, measures.height) != (wanted.width, wanted.height):
        wrong.append(f"{measures.width}x{measures.height} instead of {wanted.width}x{wanted.height}")
    if measures.frames != wanted.frames:
        wrong.append(f"{measures.frames} frames instead of {wanted.frames}")
    if abs(fps - wanted.fps) > 0.01:
        wrong.append(f"{fps:g} frames a second instead of {wanted.fps}")
    return [Finding(MALFORMED, Label.OBJECT_MORPHING, "; ".join(wrong))] if wrong else []


def verdict(
    character: Sequence[Finding], scene: Sequence[Finding], camera: Finding | None, artifact: Sequence[Finding]
) -> Verdict:
    """Join the findings.

    An axis is its worst finding. An axis that could not be judged (no camera asked for, no master) takes the lowest
    judged axis, so it neither lifts nor sinks. overall = half the lowest and half the mean of the judged axes, at
    most 1.5 above the lowest: one axis at 3 keeps a take at 4.5 and under every preset's pass mark.
    """
    judged = {
        "character_match": character,
        "scene_match": scene,
        "composition": [camera] if camera else [],
        "artifact_free": artifact,
    }
    marks = {axis: min(finding.mark for finding in found) for axis, found in judged.items() if found}
    lowest = min(marks.values())
    overall = min(lowest + 1.5, 0.5 * lowest + 0.5 * sum(marks.values()) / len(marks))
    bad = sorted((f for found in judged.values() for f in found if f.mark < SAY_UNDER), key=lambda f: f.mark)
    return Verdict(
        **{axis: _tenth(marks.get(axis, lowest)) for axis in judged},
        overall=_tenth(overall),
        issues=tuple(issues(bad)),
    )


def issues(bad: Sequence[Finding]) -> list[str]:
    """Return one "LABEL: detail" a label, worst first, details of one label joined."""
    details: dict[Label, list[str]] = {}
    for finding in bad:
        details.setdefault(finding.label, []).append(finding.words)
    return [f"{label.value}: {'; '.join(words)}"[:_ISSUE_LENGTH] for label, words in details.items()]


def _tenth(mark: float) -> float:
    return min(10.0, max(1.0, round(mark, 1)))
