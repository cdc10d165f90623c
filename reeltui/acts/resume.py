"""Going on with a reel: what is written down for it first, then it is handed to the worker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.film.decision import Decision, Kind
from core.film.errors import BadInput
from core.film.event import Happened
from core.film.lineup import Phase
from core.folder import layout
from core.folder.decisions import say_decision
from core.folder.lock import Lock
from core.folder.plans import restore_plan
from core.folder.snapshot import read_snapshot
from core.pipeline.board import Status
from core.pipeline.decide import pass_gate
from core.pipeline.steps import clip_content
from core.worker.records import Ledger, utc_now
from reeltui.acts.decide import stamp
from reeltui.acts.hand import Handed, hand_over
from reeltui.acts.opened import Opened, open_root

# What can be made again though it is still usable, by the word a person says for it.
REDO = {"upstream": Status.UPSTREAM, "settings": Status.OTHER_SETTINGS}


def resume(root: Path, *, redo: Sequence[Status] = (), keep_plan: bool = False) -> Handed:
    """Go on with a reel: `prepare`, then hand it to the worker, no longer held. Raises as both."""
    opened = prepare(root, redo=redo, keep_plan=keep_plan)
    if keep_plan and opened.snapshot.plan_error:
        put_back_plan(root)
    return hand_over(root, opened.lineup)


def prepare(root: Path, *, redo: Sequence[Status] = (), keep_plan: bool = False) -> Opened:
    """Write down what going on with a reel means, and return it as it was before.

    The gate it waits at is passed, and everything of the stati in `redo` is asked for again. Raises BadInput where
    plan.json is refused and not `keep_plan`.
    """
    opened = open_root(root)
    if opened.snapshot.plan_error and not keep_plan and (root / layout.PLAN_FILE).exists():
        stays = "; the last good plan stays in force" if opened.snapshot.plan else ""
        raise BadInput(opened.snapshot.plan_error + stays, remedy="correct plan.json, or resume with --keep-plan")
    waits = opened.board.gate and opened.board.idle(opened.snapshot.failures)
    if waits and opened.snapshot.holder is None:
        say_decision(root, pass_gate(opened.snapshot, opened.board, stamp()))
    for status in redo:
        _ask_again(opened, status)
    return opened


def put_back_plan(root: Path) -> None:
    """Put a bad plan.json aside and the last good one in its place. Raises BadInput where there is none, Locked."""
    with Lock(root / layout.LOCK, verb="resume", now=utc_now()):
        snapshot = read_snapshot(root)
        if not snapshot.plan_error:
            return
        if snapshot.plan is None:
            raise BadInput(snapshot.plan_error, remedy="correct plan.json; there is no earlier plan to go on with")
        moved = restore_plan(root, snapshot.plan_sha)
        where = f"; it is kept as {moved}" if moved else ""
        text = f"{snapshot.plan_error}; the last good plan was put back{where}"
        Ledger(root).event(Happened.PLAN_REFUSED, None, text)


def _ask_again(opened: Opened, status: Status) -> None:
    """Write down that everything of a status is to be made again; so a stop in the middle forgets nothing."""
    retaken: set[int] = set()
    plan = opened.snapshot.plan
    for state in opened.board.steps:
        step = state.step
        if state.status is not status or state.due or step.phase in (Phase.PLAN, Phase.CRITIQUE, Phase.MIX):
            continue
        now = stamp()
        if step.phase is not Phase.ANIMATE:
            receipt = opened.snapshot.artifacts[step.id].receipt
            seal = receipt.seal if receipt else ""
            say_decision(opened.root, Decision(now.id, Kind.REDO, now.at, step=step.id, seen=seal))
        elif step.shot is not None and step.shot not in retaken and plan is not None:
            shot = opened.board.shots[plan.position(step.shot)]
            if shot.ships == step.take:
                retaken.add(step.shot)
                content = clip_content(plan.shots[shot.position])
                newest = max((judged.take.number for judged in shot.takes), default=0)
                again = Decision(now.id, Kind.RETAKE, now.at, shot=step.shot, content=content, seen=str(newest))
                say_decision(opened.root, again)
