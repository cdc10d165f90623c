"""Verdicts: four axes, an overall mark and failure labels."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec


class Label(StrEnum):
    """Why a take failed. Each label has one retry strategy (`core.pipeline.retry`)."""

    CHARACTER_DRIFT = "CHARACTER_DRIFT"
    EXTRAS_INVADE_FRAME = "EXTRAS_INVADE_FRAME"
    CAMERA_IGNORED = "CAMERA_IGNORED"
    WALKING_BACKWARDS = "WALKING_BACKWARDS"
    OBJECT_MORPHING = "OBJECT_MORPHING"
    HAND_FINGER_ARTIFACT = "HAND_FINGER_ARTIFACT"
    WARDROBE_DRIFT = "WARDROBE_DRIFT"
    NEON_GLOW_LEAK = "NEON_GLOW_LEAK"
    STYLIZED_AI_LOOK = "STYLIZED_AI_LOOK"
    RANDOM_INTIMACY = "RANDOM_INTIMACY"
    SCENE_MISMATCH = "SCENE_MISMATCH"


Mark = Annotated[float, msgspec.Meta(ge=1, le=10)]
Issue = Annotated[
    str, msgspec.Meta(pattern="^(" + "|".join(label.value for label in Label) + ")(: .*)?$", max_length=400)
]


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A critic's judgement of one take; marks from 1 (worst) to 10. Anything outside is refused, never clipped."""

    character_match: Mark
    scene_match: Mark
    composition: Mark
    artifact_free: Mark
    overall: Mark
    issues: tuple[Issue, ...] = ()

    @property
    def axes(self) -> tuple[float, float, float, float]:
        """The four axes in the order of the fields."""
        return (self.character_match, self.scene_match, self.composition, self.artifact_free)

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels of the issues, each once, in order."""
        return tuple(dict.fromkeys(Label(issue.partition(":")[0]) for issue in self.issues))


def verdict_schema() -> dict[str, object]:
    """Return the JSON Schema of a verdict, for constrained decoding."""
    return msgspec.json.schema(Verdict)
