"""One shot: what its takes count for, which one ships, whether another is due and what it would be."""

from __future__ import annotations

import msgspec

from core.film.wording import Wording
from core.folder.records import Snapshot, Take
from core.pipeline.choice import Judged, TakeState, Wish, judge_takes, shipped, shot_decisions, wishes
from core.pipeline.retry import Attempt, next_attempt
from core.pipeline.steps import Bill, clip_content, clip_needs

# A critic that fails is asked twice; then the take waits for a person or ships marked as not judged.
ASKS = 2


class ShotBoard(msgspec.Struct, frozen=True):
    """A shot now.

    `candidates` are the takes of its present words. `ships` is the number of the take that ships, `why_ships` why.
    `due`: another take is wanted, `attempt` says which, `next_number` is its number. `to_judge` are takes that wait
    for the critic. `settled`: nothing is due. `repaints` is how often the keyframe was to be painted anew.
    `asked`: the take that is due is a person's wish, not the critic's. `judging` is the lowest attempt that waits for
    the critic, 0 where none does.
    """

    index: int
    position: int
    takes: tuple[Judged, ...]
    candidates: tuple[Judged, ...]
    ships: int | None
    why_ships: str
    due: bool
    attempt: Attempt
    next_number: int
    to_judge: tuple[int, ...]
    repaints: int
    settled: bool
    has_old: bool
    asked: bool = False
    judging: int = 0


def assess_shot(snapshot: Snapshot, bill: Bill, position: int, wording: Wording) -> ShotBoard:
    """Return what stands about the shot at `position` and what is due for it."""
    shot = bill.plan.shots[position]
    preset = bill.settings.figures
    content = clip_content(shot)
    decisions = shot_decisions(snapshot, shot.index)
    takes = snapshot.takes.get(shot.index, ())
    inputs = _inputs(snapshot, clip_needs(bill, position))
    judged = judge_takes(takes, content, inputs, preset.threshold, decisions)
    ours = tuple(j for j in judged if _made_from(j.take) == content)
    candidates = tuple(j for j in ours if j.state is not TakeState.DAMAGED)
    best, why = shipped(judged)
    failed = [j for j in candidates if j.state in (TakeState.FAILED, TakeState.REJECTED)]
    to_judge = tuple(j.take.number for j in candidates if j.state is TakeState.UNJUDGED and asks(j.take) < ASKS)
    wished = wishes(takes, content, decisions)
    due = not to_judge and _due(judged, candidates, failed, wished, preset.takes)
    newest = max((take.number for take in takes if take.clip.whole), default=0)
    # A wish that was said while a take was under way is about the one after that.
    heard = tuple(wish for wish in wished if wish.after <= newest)
    attempt = next_attempt(bill.plan, shot, failed, wording, heard)
    used = {_attempt_number(j.take) for j in candidates}
    attempt = msgspec.structs.replace(attempt, number=next(n for n in range(1, 10_000) if n not in used))
    return ShotBoard(
        index=shot.index,
        position=position,
        takes=judged,
        candidates=candidates,
        ships=best.take.number if best else None,
        why_ships=why,
        due=due,
        attempt=attempt,
        next_number=newest + 1,  # a hole is never filled: a later take must look later, and what was said stays true
        to_judge=to_judge,
        repaints=attempt.repaints if due else _repaints_of_last(bill, position, candidates, failed, wording),
        settled=not due and not to_judge and best is not None,
        has_old=any(j.state is TakeState.OLD for j in judged),
        judging=min((_attempt_number(j.take) for j in candidates if j.take.number in to_judge), default=0),
        asked=due and _asked(candidates, failed, wished),
    )


def _asked(candidates: tuple[Judged, ...], failed: list[Judged], wished: tuple[Wish, ...]) -> bool:
    newest = _newest(candidates)
    rejected = any(j.state is TakeState.REJECTED and j.take.number == newest for j in failed)
    return rejected or _retake(wished, newest)


def _newest(candidates: tuple[Judged, ...]) -> int:
    return max((j.take.number for j in candidates), default=0)


def _retake(wished: tuple[Wish, ...], newest: int) -> bool:
    """Tell whether a person asked for one more take than there are."""
    return any(newest <= wish.after for wish in wished)


def _inputs(snapshot: Snapshot, needs: dict[str, str]) -> dict[str, str]:
    inputs = {}
    for name, step in needs.items():
        artifact = snapshot.artifacts.get(step)
        main = artifact.receipt.main if artifact and artifact.whole and artifact.receipt else None
        inputs[name] = main.sha256 if main else ""
    return inputs


def _made_from(take: Take) -> str:
    return take.clip.receipt.made_from.content if take.clip.receipt else ""


def _attempt_number(take: Take) -> int:
    number = take.clip.receipt.facts.get("attempt") if take.clip.receipt else None
    return number if isinstance(number, int) else take.number


def asks(take: Take) -> int:
    """Return how often the critic was asked in vain about just this clip."""
    receipt = take.verdict.receipt if take.verdict and take.verdict.whole else None
    clip = take.clip.receipt.main if take.clip.receipt else None
    about_it = receipt is not None and clip is not None and receipt.inputs.get("clip") == clip.sha256
    number = receipt.facts.get("asks") if receipt and receipt.unjudged and about_it else 0
    return number if isinstance(number, int) else 0


def _due(
    judged: tuple[Judged, ...],
    candidates: tuple[Judged, ...],
    failed: list[Judged],
    wished: tuple[Wish, ...],
    takes: int,
) -> bool:
    """Tell whether another take is wanted.

    A person's choice ends the matter unless the same person then asked for one more. Otherwise one is wanted while
    none passes and tries are left; each rejection gives one more try.
    """
    if _retake(wished, _newest(candidates)):
        return True
    # A person may have settled on a take of other words; the critic speaks only of those of the present ones.
    if any(j.state in (TakeState.APPROVED, TakeState.CHOSEN) for j in judged):
        return False
    if any(j.state in (TakeState.PASSED, TakeState.UNJUDGED) for j in candidates):
        return False
    rejected = sum(1 for j in failed if j.state is TakeState.REJECTED)
    return len(failed) < takes + rejected


def _repaints_of_last(
    bill: Bill, position: int, candidates: tuple[Judged, ...], failed: list[Judged], wording: Wording
) -> int:
    """Return the repaints the newest take was made with: what failed after it must not repaint for nothing."""
    newest = _newest(candidates)
    before = [j for j in failed if j.take.number < newest]
    return next_attempt(bill.plan, bill.plan.shots[position], before, wording).repaints
