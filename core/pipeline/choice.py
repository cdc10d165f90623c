"""Which take ships, and what each take counts for."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.film.decision import Decision, Kind, in_force
from core.film.verdict import Label, Verdict
from core.folder.records import Snapshot, Take

# A mark of 9 with one axis at 1 is no pass: an axis this far below the threshold fails the take by itself.
AXIS_SLACK = 3.0


class TakeState(StrEnum):
    """What a take counts for now."""

    APPROVED = "approved"
    CHOSEN = "chosen"
    PASSED = "passed"
    FAILED = "failed"
    REJECTED = "rejected"
    UNJUDGED = "unjudged"
    OLD = "old"  # made from other words; kept, in case the edit is taken back
    DAMAGED = "damaged"


class Judged(msgspec.Struct, frozen=True):
    """A take with what it counts for; `fresh` when the pictures it was made from are still the current ones."""

    take: Take
    state: TakeState
    overall: float | None
    labels: tuple[Label, ...]
    fresh: bool
    note: str = ""


class Wish(msgspec.Struct, frozen=True):
    """A person's wish for one more take, said when take `after` was the newest; `note` says how it should differ."""

    after: int
    note: str = ""


def mark(verdict: Verdict) -> float:
    """Return the mark that counts: the critic's overall, but never more than one above the mean of the axes."""
    return min(verdict.overall, sum(verdict.axes) / 4 + 1.0)


def passes(verdict: Verdict, threshold: float) -> bool:
    """Tell whether a verdict passes: its mark reaches the threshold and no axis lies AXIS_SLACK below it."""
    return mark(verdict) >= threshold and min(verdict.axes) >= threshold - AXIS_SLACK


def judge_takes(
    takes: tuple[Take, ...],
    content: str,
    inputs: dict[str, str],
    threshold: float,
    decisions: tuple[Decision, ...],
) -> tuple[Judged, ...]:
    """Return what each take of one shot counts for.

    `content` and `inputs` are what a clip of this shot is made from now; `decisions` are those about this shot that
    are in force. A later word about the same take replaces an earlier one; only one take is approved or chosen.
    """
    said: dict[int, Decision] = {}
    settled: int | None = None
    clips = {take.number: take.clip.receipt.main for take in takes if take.clip.receipt}
    for decision in decisions:
        if decision.take is None or decision.content != content:
            continue
        clip = clips.get(decision.take)
        if not _means(decision, clip.sha256 if clip else ""):
            continue
        if decision.kind in (Kind.APPROVE, Kind.CHOOSE):
            said[decision.take], settled = decision, decision.take
        elif decision.kind is Kind.REJECT:
            said[decision.take] = decision
            settled = None if settled == decision.take else settled
    return tuple(_judge(take, content, inputs, threshold, said.get(take.number), settled) for take in takes)


def _means(decision: Decision, sha: str) -> bool:
    """Tell whether a word about a take is about the clip with this sha256, not about one that was lost since."""
    return not decision.seen or decision.seen == sha


def wishes(takes: tuple[Take, ...], content: str, decisions: tuple[Decision, ...]) -> tuple[Wish, ...]:
    """Return the wishes for one more take that stand, oldest first.

    Whoever settles on a take after asking for a later one takes the wish back.
    """
    clips = {take.number: take.clip.receipt.main for take in takes if take.clip.receipt}
    standing: list[Wish] = []
    for decision in decisions:
        if decision.content != content:
            continue
        if decision.kind is Kind.RETAKE:
            known = decision.seen.isdecimal() and len(decision.seen) < 9  # the journal can be written by hand
            standing.append(Wish(int(decision.seen) if known else 0, decision.note))
        elif decision.kind in (Kind.APPROVE, Kind.CHOOSE) and decision.take is not None:
            clip = clips.get(decision.take)
            if _means(decision, clip.sha256 if clip else ""):
                standing = [wish for wish in standing if wish.after < decision.take]
    return tuple(sorted(standing, key=lambda wish: wish.after))


def _judge(
    take: Take,
    content: str,
    inputs: dict[str, str],
    threshold: float,
    word: Decision | None,
    settled: int | None,
) -> Judged:
    verdict = take.judged
    receipt = take.clip.receipt
    overall = mark(verdict) if verdict else None
    labels = verdict.labels if verdict else ()
    fresh = receipt is not None and receipt.inputs == inputs
    if not take.clip.whole or receipt is None:
        return Judged(take, TakeState.DAMAGED, overall, labels, False, take.clip.damage)
    if word is not None and word.kind is Kind.REJECT:
        return Judged(
            take, TakeState.REJECTED, overall, tuple(dict.fromkeys((*word.labels, *labels))), fresh, word.note
        )
    if word is not None and settled == take.number:
        state = TakeState.APPROVED if word.kind is Kind.APPROVE else TakeState.CHOSEN
        return Judged(take, state, overall, labels, fresh, word.note)
    if receipt.made_from.content != content:
        return Judged(take, TakeState.OLD, overall, labels, fresh)
    if verdict is None:
        return Judged(take, TakeState.UNJUDGED, None, (), fresh, _why_unjudged(take))
    # A take that passed as a draft stays usable under a stricter preset: only its own words make a take over.
    asked = receipt.facts.get("threshold")
    threshold = min(threshold, float(asked)) if isinstance(asked, int | float) else threshold
    state = TakeState.PASSED if passes(verdict, threshold) else TakeState.FAILED
    return Judged(take, state, overall, labels, fresh)


def _why_unjudged(take: Take) -> str:
    receipt = take.verdict.receipt if take.verdict else None
    return receipt.unjudged if receipt else ""


def shipped(takes: tuple[Judged, ...]) -> tuple[Judged | None, str]:
    """Return the take that ships and why: the approved or chosen one, else the best passing, else the best scored,
    else the newest unjudged one, each marked as such; rejected, old and damaged takes never ship by themselves.

    Among passing takes one made from the current pictures wins, then the higher mark, then the earlier take. Where
    none passes the mark goes first: a retry that repainted the keyframe is no better for it. So a later take never
    replaces a better or equal one.
    """

    def rank(judged: Judged) -> tuple[float, ...]:
        mark, fresh = judged.overall or 0.0, float(judged.fresh)
        first = (mark, fresh) if judged.state is TakeState.FAILED else (fresh, mark)
        return (*first, -judged.take.number)

    for states, why in (
        ((TakeState.APPROVED,), "approved"),
        ((TakeState.CHOSEN,), "chosen"),
        ((TakeState.PASSED,), "best passing take"),
        ((TakeState.FAILED,), "best scored take; none passed"),
    ):
        found = [judged for judged in takes if judged.state in states]
        if found:
            return max(found, key=rank), why
    unjudged = [judged for judged in takes if judged.state is TakeState.UNJUDGED]
    if unjudged:
        return max(unjudged, key=lambda judged: judged.take.number), "not judged"
    return None, "no take yet"


def shot_decisions(snapshot: Snapshot, shot: int) -> tuple[Decision, ...]:
    """Return the decisions in force about one shot, oldest first."""
    return tuple(d for d in in_force(snapshot.decisions) if d.shot == shot)
