"""The animatic critic: a verdict from measures alone. What it cannot measure, it does not judge."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.engines.animatic.critic_marks import (
    Finding,
    Wanted,
    artifact_findings,
    camera_finding,
    character_findings,
    scene_findings,
    verdict,
)
from core.engines.roles import Progress, Room
from core.film.errors import EngineTrouble
from core.film.requests import Fact, JudgeRequest, Made
from core.media.frames import read_frames, read_still
from core.media.measure import (
    MIN_TRUST,
    ClipMeasures,
    Frame,
    MasterLikeness,
    Measured,
    agreement,
    blank,
    figures,
    luma,
    master_likeness,
    measure_clip,
    shrink,
    work_size,
)
from core.media.probe import probe

_FAULTY = 5.0  # under every preset's pass mark: the take fails whatever the camera did


class Unjudgeable(EngineTrouble):
    """The clip can be read, but what was asked cannot be measured on it; no verdict is invented."""


class AnimaticCritic:
    """Judges takes on the CPU without a model; the same clip gives the same verdict.

    It gives only labels that can be measured: CHARACTER_DRIFT, WARDROBE_DRIFT, SCENE_MISMATCH, CAMERA_IGNORED and
    OBJECT_MORPHING. Hands, faces, extras and direction of walking it does not see.
    """

    def load(self, device: str) -> None:
        """Nothing to load; every device is as good as another."""

    def run(self, request: JudgeRequest, room: Room, progress: Progress) -> Made:
        """Judge the clip; makes no files.

        Raises Unreadable for a damaged clip or picture, Unjudgeable where the asked camera cannot be measured.
        """
        progress(0.0, "opening the clip")
        path = room.reel / request.clip
        fps = probe(path).fps
        if fps <= 0:
            raise Unjudgeable(f"{path.name} is a still picture, not a clip", remedy="render this take again")
        keyframe = read_still(room.reel / request.keyframe)
        last = read_still(room.reel / request.last) if request.last else None
        frames = _watched(path, request.frames, progress)
        measured = measure_clip(frames, fps=fps, keyframe=keyframe, last=last)
        if measured is None:
            raise Unjudgeable(f"{path.name} holds no pictures", remedy="render this take again")
        progress(0.9, "looking for the characters")
        masters = _masters(request, room, keyframe, measured)
        made = _judge(request, measured.measures, masters, fps, blank(luma(_small(keyframe))))
        progress(1.0)
        return made


def _watched(path: Path, expected: int, progress: Progress) -> Iterator[Frame]:
    for at, frame in enumerate(read_frames(path)):
        if at % 8 == 0:
            progress(min(0.85, 0.05 + 0.8 * at / max(1, expected)), f"frame {at + 1} of {expected}")
        yield frame


def _small(picture: Frame) -> Frame:
    return shrink(picture, work_size(picture.shape[1], picture.shape[0]))


def _masters(request: JudgeRequest, room: Room, keyframe: Frame, measured: Measured) -> dict[str, MasterLikeness]:
    """Compare with the master of each character in the shot that has one."""
    stills = [still.picture for still in measured.stills]
    return {
        reference.name: master_likeness(read_still(room.reel / reference.path), keyframe, stills)
        for reference in request.references
        if reference.name in request.characters
    }


def _judge(
    request: JudgeRequest, measures: ClipMeasures, masters: dict[str, MasterLikeness], fps: float, keyframe_blank: bool
) -> Made:
    wanted = Wanted(request.frames, request.fps, request.width, request.height)
    character = character_findings(masters)
    scene = scene_findings(measures)
    artifact = artifact_findings(measures, wanted, fps, keyframe_blank)
    camera: Finding | None = None
    facts = _facts(measures, masters)
    if request.camera is not None:
        if measures.camera.trust >= MIN_TRUST:
            agreed = agreement(measures.camera, request.camera)
            camera = camera_finding(agreed, request.camera)
            facts |= {"camera_score": round(agreed.score, 3), "camera_seen": agreed.seen}
        elif min(finding.mark for finding in (*scene, *artifact)) >= _FAULTY:
            raise Unjudgeable(
                f"the camera cannot be measured: only {measures.camera.trust:.0%} of the clip has enough detail that "
                "moves together",
                remedy="look at this take yourself, or ask for another",
            )
    facts |= {"camera_judged": camera is not None, "character_judged": bool(character)}
    return Made(facts=facts, verdict=verdict(character, scene, camera, artifact))


def _facts(measures: ClipMeasures, masters: dict[str, MasterLikeness]) -> dict[str, Fact]:
    """Return the main measures, and those of each master, rounded for reading."""
    facts = figures(measures)
    for letter, like in sorted(masters.items()):
        facts[f"master_{letter}"] = round(like.keyframe, 3)
        facts[f"wardrobe_{letter}"] = round(like.clip, 3)
        facts[f"figure_{letter}"] = round(like.structure, 3)
    return facts
