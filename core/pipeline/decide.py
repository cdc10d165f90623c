"""Turns what a person asks into the decision that is written down, and says in words what follows of it.

Whoever calls gives the `Stamp`; nothing here looks at a clock or at the disk. Everything raises BadInput with a remedy
where what is asked cannot be meant.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.film.decision import Decision, Kind, in_force
from core.film.errors import BadInput
from core.film.lineup import Lineup
from core.film.plan import Plan
from core.film.settings import Review
from core.film.verdict import Label
from core.film.wording import Wording
from core.folder import layout
from core.folder.records import Snapshot
from core.pipeline.board import Board, assess
from core.pipeline.choice import Judged, TakeState
from core.pipeline.cost import Estimate, Rates, forecast
from core.pipeline.impact import difference, phrase
from core.pipeline.own import pictures_in_force
from core.pipeline.shots import ShotBoard
from core.pipeline.steps import clip_content

# Words about the takes of a shot; the last one of them about a shot is the one that counts.
_ABOUT_TAKES = (Kind.APPROVE, Kind.CHOOSE, Kind.REJECT, Kind.RETAKE)
# What a gate's name means when one shot of it is approved.
_ONE = {Review.KEYFRAMES: "the keyframe of shot {}", Review.SHOTS: "shot {}"}


class Stamp(msgspec.Struct, frozen=True):
    """A new decision's id, its moment (UTC, ISO 8601), and `by`: "" for a person, else who decided for them."""

    id: str
    at: str
    by: str = ""


# --- words about takes ----------------------------------------------------------------------------------------------


def approve(
    snapshot: Snapshot, board: Board, stamp: Stamp, shot: int, take: int | None = None, note: str = ""
) -> Decision:
    """Approve a take of a shot: by its number, or the one that ships.

    A shot without a take at the keyframes gate has its keyframe approved: then the decision passes the gate for it.
    """
    plan, found = _shot(snapshot, board, shot)
    if take is None and not found.takes and board.gate == Review.KEYFRAMES and shot in board.gate_shots:
        return msgspec.structs.replace(pass_gate(snapshot, board, stamp, shot), note=note)
    return _about(Kind.APPROVE, plan, stamp, found, _take(found, take), note=note)


def choose(snapshot: Snapshot, board: Board, stamp: Stamp, shot: int, take: int, note: str = "") -> Decision:
    """Let a take ship without calling it good."""
    plan, found = _shot(snapshot, board, shot)
    return _about(Kind.CHOOSE, plan, stamp, found, _take(found, take), note=note)


def reject(
    snapshot: Snapshot,
    board: Board,
    stamp: Stamp,
    shot: int,
    take: int | None = None,
    labels: Sequence[Label] = (),
    note: str = "",
) -> Decision:
    """Reject a take of a shot: by its number, or the one that ships. Labels and note steer the next take."""
    plan, found = _shot(snapshot, board, shot)
    judged = _take(found, take)
    if judged.state is TakeState.OLD:
        raise BadInput(
            f"take {judged.take.number} of shot {shot} was made from other words and counts for nothing now",
            remedy="reject a take of the present words, or ask for another with `reeltui retake`",
        )
    return _about(Kind.REJECT, plan, stamp, found, judged, labels=tuple(dict.fromkeys(labels)), note=note)


def retake(snapshot: Snapshot, board: Board, stamp: Stamp, shot: int, note: str = "") -> Decision:
    """Ask for one more take of a shot; the note steers it."""
    plan, found = _shot(snapshot, board, shot)
    if not found.takes:
        raise BadInput(f"shot {shot} has no take yet", remedy="the first one is made without being asked for")
    content = clip_content(plan.shots[found.position])
    # A take that is being rendered was begun before this was said, and cannot be what is asked for.
    running = snapshot.live.running if snapshot.live is not None and snapshot.holder is not None else ()
    coming = layout.clip(shot, found.next_number)
    newest = str(found.next_number - (not any(one.step == coming for one in running)))
    return Decision(stamp.id, Kind.RETAKE, stamp.at, shot, content=content, seen=newest, note=note, by=stamp.by)


def _shot(snapshot: Snapshot, board: Board, shot: int) -> tuple[Plan, ShotBoard]:
    if snapshot.plan is None:
        raise BadInput("the reel has no plan yet, so it has no shots", remedy="`reeltui resume` makes the plan")
    return snapshot.plan, board.shots[snapshot.plan.position(shot)]


def _take(found: ShotBoard, number: int | None) -> Judged:
    if not found.takes:
        raise BadInput(f"shot {found.index} has no take yet", remedy="`reeltui resume` makes one")
    there = {judged.take.number: judged for judged in found.takes}
    if number is None:
        whole = [n for n, judged in there.items() if judged.state is not TakeState.DAMAGED]
        number = found.ships if found.ships is not None else max(whole, default=max(there))
    judged = there.get(number)
    if judged is None:
        text = f"shot {found.index} has no take {number}"
        raise BadInput(text, remedy=f"its takes are {', '.join(str(number) for number in sorted(there))}")
    if judged.state is TakeState.DAMAGED:
        text = f"take {number} of shot {found.index} is damaged: {judged.take.clip.damage}"
        raise BadInput(text, remedy="`reeltui resume` moves it aside; decide on another take")
    return judged


def _about(
    kind: Kind,
    plan: Plan,
    stamp: Stamp,
    found: ShotBoard,
    judged: Judged,
    *,
    labels: tuple[Label, ...] = (),
    note: str = "",
) -> Decision:
    """Return a word about a take: it is meant for the shot's present words, and for just this clip."""
    clip = judged.take.clip.receipt.main if judged.take.clip.receipt else None
    return Decision(
        id=stamp.id,
        kind=kind,
        at=stamp.at,
        shot=found.index,
        take=judged.take.number,
        content=clip_content(plan.shots[found.position]),
        seen=clip.sha256 if clip else "",
        labels=labels,
        note=note,
        by=stamp.by,
    )


# --- gates, pictures, taking back -----------------------------------------------------------------------------------


def pass_gate(snapshot: Snapshot, board: Board, stamp: Stamp, shot: int | None = None) -> Decision:
    """Pass the gate the reel waits at: as a whole, or for one shot while that says the same."""
    if not board.gate:
        raise BadInput("the reel waits at no gate", remedy="approve a take of a shot: reeltui approve REEL SHOT")
    content = ""
    if shot is not None:
        plan, found = _shot(snapshot, board, shot)
        if board.gate == Review.PLAN:
            raise BadInput("the plan is approved as a whole", remedy="leave the shot out")
        content = clip_content(plan.shots[found.position])
    return Decision(
        stamp.id,
        Kind.PASS_GATE,
        stamp.at,
        shot,
        step=board.gate,
        content=content,
        seen=snapshot.plan_sha,
        by=stamp.by,
    )


def picture(snapshot: Snapshot, board: Board, stamp: Stamp, step: str, sha: str) -> Decision:
    """Put a person's own picture (by its sha256) in place of a keyframe or a master; "" takes it away again."""
    if snapshot.plan is None:
        raise BadInput("the reel has no plan yet", remedy="`reeltui resume` makes the plan")
    state = board.state(step)
    if state is None or not (step.startswith("masters/") or step.endswith("/keyframe")):
        have = [s.step.id.rpartition("/")[2] for s in board.steps if s.step.id.startswith("masters/")]
        raise BadInput(f"this reel has no {phrase(step)}", remedy=f"its masters are {', '.join(have)}")
    if not sha and step not in pictures_in_force(snapshot.decisions):
        raise BadInput(f"{phrase(step)} is no picture of your own", remedy="there is nothing to take away")
    return Decision(stamp.id, Kind.PICTURE, stamp.at, state.step.shot, step=step, seen=sha, by=stamp.by)


def repaint(snapshot: Snapshot, board: Board, stamp: Stamp, shot: int) -> Decision:
    """Have a shot's keyframe painted anew with another seed. Its clips stay as they are."""
    plan, found = _shot(snapshot, board, shot)
    step = layout.keyframe(shot)
    if step in pictures_in_force(snapshot.decisions):
        text = f"keyframe {shot} is your own picture, which nobody paints"
        raise BadInput(text, remedy="take it away first: reeltui keyframe REEL SHOT --remove")
    artifact = snapshot.artifacts.get(step)
    if artifact is None or not artifact.whole or artifact.receipt is None:
        raise BadInput(f"keyframe {shot} is not made yet", remedy="`reeltui resume` makes it")
    content = clip_content(plan.shots[found.position])
    return Decision(
        stamp.id, Kind.REDO, stamp.at, shot, step=step, content=content, seen=artifact.receipt.seal, by=stamp.by
    )


def last_said(snapshot: Snapshot) -> Decision:
    """Return the last decision in force: the one that `undo` takes back."""
    said = in_force(snapshot.decisions)
    if not said:
        raise BadInput("there is nothing to take back", remedy="no decision about this reel is in force")
    return said[-1]


def undo(snapshot: Snapshot, stamp: Stamp) -> Decision:
    """Take the last decision in force back."""
    last = last_said(snapshot)
    return Decision(stamp.id, Kind.UNDO, stamp.at, last.shot, last.take, last.step, seen=last.id, by=stamp.by)


# --- what it means --------------------------------------------------------------------------------------------------


def stands(snapshot: Snapshot, decision: Decision) -> bool:
    """Tell whether just this was said already and is in force, so that saying it again would change nothing."""
    if decision.kind in (Kind.UNDO, Kind.PASS_GATE):
        return False
    last = next((said for said in reversed(in_force(snapshot.decisions)) if _same_matter(said, decision)), None)
    return last is not None and msgspec.structs.replace(last, id=decision.id, at=decision.at) == decision


def _same_matter(said: Decision, decision: Decision) -> bool:
    if decision.kind in _ABOUT_TAKES:
        return said.kind in _ABOUT_TAKES and said.shot == decision.shot
    return said.kind is decision.kind and said.step == decision.step


def describe(decision: Decision) -> str:
    """Return a decision in words for people. Its note is a person's: clean it before it reaches a terminal."""
    take = f"take {decision.take} of shot {decision.shot}"
    details = [", ".join(decision.labels)] if decision.labels else []
    details += [f"“{decision.note}”"] if decision.note else []
    told = f": {'; '.join(details)}" if details else ""
    if decision.kind is Kind.PICTURE:
        what = phrase(decision.step)
        return f"{what} is a picture of your own" if decision.seen else f"{what} is no picture of your own any more"
    if decision.kind is Kind.PASS_GATE:
        late = ", because nobody looked in time" if decision.by == "time-out" else ""
        return f"{_gate_words(decision)} approved{late}{told}"
    return {
        Kind.APPROVE: f"{take} is approved",
        Kind.CHOOSE: f"{take} is chosen",
        Kind.REJECT: f"{take} is rejected",
        Kind.RETAKE: f"one more take of shot {decision.shot} is asked for",
        Kind.REDO: f"{phrase(decision.step)} is to be made again",
        Kind.UNDO: "the last word is taken back",
    }[decision.kind] + told


def _gate_words(decision: Decision) -> str:
    if decision.shot is not None and decision.step in _ONE:
        return f"{_ONE[Review(decision.step)].format(decision.shot)} is"
    return f"the {decision.step} {'is' if decision.step == Review.PLAN else 'are'}"


class Ships(msgspec.Struct, frozen=True):
    """The take of a shot that ships now (None: none), why, and which one did before."""

    shot: int
    take: int | None
    why: str
    before: int | None


class Effect(msgspec.Struct, frozen=True):
    """What follows of what was said.

    `ships` are the shots of which another take ships, or the same for another reason. `redo` are steps that are to be
    made because of it and `cost` what they take, `restore` those that come back from the history without work,
    `spared` those that need not be made any more, `stale` those that stay usable, though made from something that
    changes. `due` is everything ahead. The reel then waits at `gate` for `gate_shots` ("": at none).
    """

    ships: tuple[Ships, ...]
    redo: tuple[str, ...]
    restore: tuple[str, ...]
    spared: tuple[str, ...]
    stale: tuple[str, ...]
    cost: Estimate
    due: tuple[str, ...]
    gate: str = ""
    gate_shots: tuple[int, ...] = ()


def effect(snapshot: Snapshot, said: Sequence[Decision], lineup: Lineup, wording: Wording, rates: Rates) -> Effect:
    """Return what follows when these decisions are written down now."""
    settings = snapshot.reel.settings
    then = msgspec.structs.replace(snapshot, decisions=(*snapshot.decisions, *said))
    before, after = assess(snapshot, lineup, wording), assess(then, lineup, wording)
    changed = difference(before, after, lineup, settings, rates)
    ahead = tuple(job.step for job in forecast(after, lineup, settings))
    waits = after.gate if after.idle(snapshot.failures) else ""
    return Effect(
        ships=tuple(_ships(before, after)),
        redo=changed.redo,
        restore=changed.restore,
        spared=tuple(job.step for job in forecast(before, lineup, settings) if job.step not in ahead),
        stale=changed.stale,
        cost=changed.cost,
        due=ahead,
        gate=waits,
        gate_shots=after.gate_shots if waits else (),
    )


def _ships(before: Board, after: Board) -> list[Ships]:
    return [
        Ships(now.index, now.ships, now.why_ships, was.ships)
        for was, now in zip(before.shots, after.shots, strict=True)
        if (was.ships, was.why_ships) != (now.ships, now.why_ships)
    ]
