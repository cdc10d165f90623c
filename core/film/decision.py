"""What a person said about a reel: one line of decisions.jsonl each."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.film.verdict import Label


class Kind(StrEnum):
    """What a decision asks for."""

    APPROVE = "approve"  # ship this take; never render the shot again by itself
    REJECT = "reject"  # this take does not pass; labels and note steer the next one
    CHOOSE = "choose"  # ship this take without calling it good
    RETAKE = "retake"  # render one more take
    REDO = "redo"  # make an artifact again that is still usable
    PASS_GATE = "pass_gate"  # go on past a review gate
    PICTURE = "picture"  # use this picture of the person's own as a keyframe or a character's master
    UNDO = "undo"  # take an earlier decision back


class Decision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One decision.

    `content` is the content fingerprint of the shot when it was said: it holds while the shot says the same.
    `seen` is what the person looked at: the sha256 of the clip for a word about a take (it holds for that clip only,
    not for one made in its place), the newest take's number for RETAKE, the seal of the artifact's receipt for REDO,
    the plan's sha256 for PASS_GATE, the picture file's sha256 for PICTURE ("" takes the own picture away again), the
    undone decision's id for UNDO. `step` is the artifact for REDO and PICTURE, the gate's name for PASS_GATE. A REDO
    with `content` wants a keyframe painted with another seed, one without just as it would be made now.
    `by` is "" for a person, "time-out" where a gate's time was over. `at` is UTC in ISO 8601.
    """

    id: str
    kind: Kind
    at: str
    shot: int | None = None
    take: int | None = None
    step: str = ""
    content: str = ""
    seen: str = ""
    labels: tuple[Label, ...] = ()
    note: str = ""
    by: str = ""


def in_force(decisions: tuple[Decision, ...]) -> tuple[Decision, ...]:
    """Return the decisions that have not been undone, oldest first."""
    undone = {decision.seen for decision in decisions if decision.kind is Kind.UNDO}
    return tuple(d for d in decisions if d.kind is not Kind.UNDO and d.id not in undone)
