"""The review gates: what each holds up, who has passed it, and when its time is over."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from core.film.decision import Decision, Kind, in_force
from core.film.event import Event, Happened
from core.film.lineup import Phase
from core.film.plan import Plan
from core.film.settings import OnTimeout, Review, Settings
from core.folder.records import Snapshot
from core.pipeline.choice import TakeState
from core.pipeline.shots import ShotBoard
from core.pipeline.steps import Step, clip_content

# Events that say that work went on, so that there is something new to look at: a gate's clock starts anew after them.
_NEWS = (Happened.STEP_STARTED, Happened.STEP_DONE, Happened.RESTORED, Happened.PLAN_ACCEPTED)


class Gate(msgspec.Struct, frozen=True):
    """A review gate nobody has passed; `shots` are the indexes of those it still waits for."""

    name: str
    shots: frozenset[int]

    def holds(self, step: Step) -> bool:
        """Tell whether a step that is wanted has to wait: everything behind the plan, clips, or the mix."""
        if self.name == Review.PLAN:
            return step.phase is not Phase.PLAN
        if self.name == Review.KEYFRAMES:
            return step.phase is Phase.ANIMATE and step.shot in self.shots
        return step.phase is Phase.MIX

    @property
    def why(self) -> str:
        """What a step that waits says of itself."""
        return f"waits for approval of the {self.name}"


def standing_gate(snapshot: Snapshot, plan: Plan, shots: Sequence[ShotBoard]) -> Gate | None:
    """Return the reel's gate where it still stands, or None.

    A gate is passed as a whole or shot by shot. At the keyframes a person's wish for a take lets that shot pass too; at
    the shots a take that was approved or chosen does.
    """
    review = snapshot.reel.settings.review
    if review is Review.NONE:
        return None
    said = [d for d in in_force(snapshot.decisions) if d.kind is Kind.PASS_GATE and d.step == review.value]
    if any(decision.shot is None for decision in said):
        return None
    left = frozenset(board.index for board in shots if not _through(review, board, plan, said))
    if review is not Review.PLAN and not left:
        return None
    return Gate(review.value, left)


def _through(review: Review, board: ShotBoard, plan: Plan, said: Sequence[Decision]) -> bool:
    content = clip_content(plan.shots[board.position])
    if any(d.shot == board.index and d.content in ("", content) for d in said):
        return True
    if review is Review.KEYFRAMES:
        return board.asked
    return any(judged.state in (TakeState.APPROVED, TakeState.CHOSEN) for judged in board.takes)


# --- the clock ------------------------------------------------------------------------------------------------------


class GateTime(msgspec.Struct, frozen=True):
    """What a gate's clock says: what to do now, and when (epoch seconds) to look at the clock again.

    WAIT: nothing yet. ACCEPT: write a PASS_GATE by "time-out" (`core.pipeline.decide.pass_gate`). SKIP: set the reel
    aside. `until` is None where nothing will happen by time alone.
    """

    act: OnTimeout
    until: float | None = None


def waiting_since(events: Sequence[Event], gate: str) -> float | None:
    """Return when the reel began to wait at a gate (epoch seconds), or None where it does not by these events.

    `events` are the newest of the reel, oldest first. Another run that finds nothing to do does not start the clock
    anew; something new to look at does.
    """
    since: float | None = None
    for event in events:
        if event.event in _NEWS:
            since = None
        elif event.event is Happened.WAITING:
            here = event.data.get("gate") == gate
            since = (event.at if since is None else since) if here else None
    return since


def gate_time(settings: Settings, since: float | None, now: float) -> GateTime:
    """Return what a gate's clock says at `now` for a reel that waits there since `since`; both in epoch seconds."""
    if since is None or settings.on_timeout is OnTimeout.WAIT or settings.review_timeout <= 0:
        return GateTime(OnTimeout.WAIT)
    until = since + settings.review_timeout
    return GateTime(OnTimeout.WAIT, until) if now < until else GateTime(settings.on_timeout)
