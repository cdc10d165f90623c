"""Camera moves: what a prompt may ask for and what an animator does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum


class CameraMove(StrEnum):
    """One camera move. A shot has exactly one, named first in its prompt.

    Directions are the camera's own: `pan_left` turns the camera left, so the picture slides right.
    """

    STATIC = "static"
    TRACKING = "tracking"  # the camera travels sideways with the subject; the background slides, with parallax
    FOLLOW = "follow"  # the camera travels behind the subject, into the picture
    DOLLY_IN = "dolly_in"
    DOLLY_OUT = "dolly_out"
    PAN_LEFT = "pan_left"
    PAN_RIGHT = "pan_right"
    TILT_UP = "tilt_up"
    TILT_DOWN = "tilt_down"
    CRANE_UP = "crane_up"
    CRANE_DOWN = "crane_down"
    OVER_THE_SHOULDER = "over_the_shoulder"  # a near shoulder frames the picture; a slow drift at most


def read_move(prompt: str, phrases: Mapping[str, Sequence[str]]) -> CameraMove | None:
    """Return the move whose phrase comes first in `prompt` (the longest wins a tie), or None where it names none.

    `phrases` maps a move's value to the wordings that mean it (`prompts/camera.toml`).
    """
    text = " ".join(prompt.lower().replace("-", " ").split())
    best: tuple[int, int] | None = None
    move: CameraMove | None = None
    for name, wordings in phrases.items():
        for wording in wordings:
            at = text.find(wording)
            if at < 0:
                continue
            rank = (at, -len(wording))
            if best is None or rank < best:
                best, move = rank, CameraMove(name)
    return move
