"""What an edit or a decision changes and costs, before it is saved."""

from __future__ import annotations

import msgspec

from core.film.lineup import Lineup, Phase
from core.film.plan import Plan
from core.film.settings import Settings
from core.film.wording import Wording
from core.folder.records import Snapshot
from core.pipeline.board import Board, Status, assess
from core.pipeline.cost import Estimate, Rates, forecast


class Impact(msgspec.Struct, frozen=True):
    """`redo` are the steps resume would make because of it, `restore` those that come back from the history
    without work, `stale` those that stay usable but were made from something that changes."""

    redo: tuple[str, ...]
    restore: tuple[str, ...]
    stale: tuple[str, ...]
    cost: Estimate


def impact(snapshot: Snapshot, plan: Plan, lineup: Lineup, wording: Wording, rates: Rates) -> Impact:
    """Return what replacing the plan in force by `plan` makes stale and what redoing it will cost."""
    before = assess(snapshot, lineup, wording)
    after = assess(msgspec.structs.replace(snapshot, plan=plan, plan_error=""), lineup, wording)
    return difference(before, after, lineup, snapshot.reel.settings, rates)


def difference(before: Board, after: Board, lineup: Lineup, settings: Settings, rates: Rates) -> Impact:
    """Return what is made again, comes back or becomes stale between two boards of one reel."""
    was_due = {job.step for job in forecast(before, lineup, settings)}
    was = {state.step.id: state.status for state in before.steps}
    back = {state.step.id for state in after.due if state.restorable}
    jobs = [job for job in forecast(after, lineup, settings) if job.step not in was_due]
    work = [job for job in jobs if job.step not in back]
    stale = tuple(
        state.step.id
        for state in after.steps
        if state.status is Status.UPSTREAM
        and was.get(state.step.id) is not Status.UPSTREAM
        and not state.due
        and state.step.phase is not Phase.CRITIQUE
    )
    return Impact(
        redo=tuple(job.step for job in work),
        restore=tuple(job.step for job in jobs if job.step in back),
        stale=stale,
        cost=rates.estimate(work),
    )


def phrase(step: str) -> str:
    """Return a step id in words: "keyframe 3", "clip 3", "clip 3 take 2", "mix"."""
    parts = step.split("/")
    if parts[0] == "shots":
        take = f" take {int(parts[3])}" if len(parts) > 3 and parts[3] != "001" else ""
        return f"{parts[-1]} {int(parts[1])}{take}"
    if parts[0] == "masters":
        return f"master {parts[1]}"
    return "mix" if step == "reel" else step


def phrases(jobs: tuple[str, ...]) -> str:
    """Return several steps in words, one after another."""
    return ", ".join(phrase(step) for step in jobs)
