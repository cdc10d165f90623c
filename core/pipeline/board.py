"""The board: every step of a reel with its status, every shot with its takes, worked out from a snapshot."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import StrEnum

import msgspec

from core.film.decision import Kind, in_force
from core.film.lineup import Lineup, Phase
from core.film.requests import OwnPictureRequest
from core.film.settings import Review
from core.film.wording import Wording
from core.folder.records import Artifact, Receipt, Snapshot, inputs_hash
from core.pipeline import steps as steps_of
from core.pipeline.gates import Gate, standing_gate
from core.pipeline.shots import ShotBoard, assess_shot
from core.pipeline.steps import Bill, Step, bill_of


class Status(StrEnum):
    """What stands at a step's place, computed and stored nowhere."""

    MISSING = "missing"
    CURRENT = "current"
    EDITED = "edited"  # its own words changed: resume makes it again
    UPSTREAM = "upstream"  # something it was made from changed: still usable
    OTHER_SETTINGS = "other settings"  # preset, model, seed or size changed: still usable
    BLOCKED = "blocked"  # damaged or unreadable: moved aside and made again by resume
    RUNNING = "running"  # said by reports only: a decision never rests on what is under way
    FAILED = "failed"


USABLE = (Status.CURRENT, Status.UPSTREAM, Status.OTHER_SETTINGS)


class StepState(msgspec.Struct, frozen=True):
    """A step and what stands at its place.

    `due`: it is to be made. `ready`: its inputs are there now, and `inputs` are their sha256. `restorable` names the
    shelf folder that holds just what is wanted. `why` says why it is due or in what way it is stale. `held`: it would
    be due, but for the review gate.
    """

    step: Step
    status: Status
    due: bool
    ready: bool
    inputs: dict[str, str]
    why: str = ""
    seconds: float | None = None
    restorable: str = ""
    held: bool = False


class Board(msgspec.Struct, frozen=True):
    """`gate` is the review gate that has been reached and holds something up ("" where there is none): what it asks to
    be looked at is there, though other work may go on (`idle`). `gate_shots` are the shots it still waits for. `bill`
    is None while there is no plan.
    """

    steps: tuple[StepState, ...]
    shots: tuple[ShotBoard, ...]
    gate: str
    bill: Bill | None
    gate_shots: tuple[int, ...] = ()

    def state(self, step: str) -> StepState | None:
        """Return the state of a step by id, or None where the plan does not call for it."""
        return next((state for state in self.steps if state.step.id == step), None)

    @property
    def due(self) -> tuple[StepState, ...]:
        """The steps that are to be made, ready or not."""
        return tuple(state for state in self.steps if state.due)

    @property
    def held(self) -> tuple[StepState, ...]:
        """The steps a review gate holds up; they are not among those that are due."""
        return tuple(state for state in self.steps if state.held)

    def idle(self, given_up: Collection[str] = ()) -> bool:
        """Tell whether nothing can be made now, or only what failed before (`given_up`): it waits at its gate then."""
        return not any(state.ready and state.step.id not in given_up for state in self.due)


def assess(snapshot: Snapshot, lineup: Lineup, wording: Wording) -> Board:
    """Return the board of a reel."""
    view = _View(snapshot)
    planned = steps_of.plan_step(snapshot.reel, lineup)
    if snapshot.plan is None:
        return Board((view.plan(planned, False),), (), "", None)
    bill = bill_of(snapshot, snapshot.plan, lineup)
    states = [view.plan(planned, True)]
    states += [view.state(step) for step in steps_of.master_steps(bill)]
    shots = tuple(assess_shot(snapshot, bill, position, wording) for position in range(len(snapshot.plan.shots)))
    for position, shot in enumerate(shots):
        states.append(view.state(steps_of.keyframe_step(bill, position, shot.repaints)))
        view.known[states[-1].step.id] = states[-1]
    for shot in shots:
        states.extend(_shot_states(view, bill, shot, waits=_in_round(shot, shots)))
    music = steps_of.music_step(bill)
    if music is not None:
        states.append(view.state(music))
    for position in range(len(shots)):
        spoken = steps_of.narration_step(bill, position)
        if spoken is not None:
            states.append(view.state(spoken))
    states.append(_mix(view, bill, shots, states))
    gate = standing_gate(snapshot, snapshot.plan, shots)
    if gate is None:
        return Board(tuple(states), shots, "", bill)
    reached = _reached(gate, states, shots)
    # A mix that cannot be made yet waits for its shots, and not for a person.
    states = _held_up(gate, states) if reached or gate.name != Review.SHOTS else states
    if not reached or not any(state.held for state in states):
        return Board(tuple(states), shots, "", bill)
    return Board(tuple(states), shots, gate.name, bill, tuple(sorted(gate.shots)))


def _reached(gate: Gate, states: list[StepState], shots: tuple[ShotBoard, ...]) -> bool:
    """Tell whether what a gate asks to be looked at is there."""
    if gate.name == Review.KEYFRAMES:
        return not any(state.due for state in states if state.step.phase is Phase.KEYFRAMES)
    return gate.name == Review.PLAN or all(shot.settled for shot in shots)


def _held_up(gate: Gate, states: list[StepState]) -> list[StepState]:
    """Return the states with what a gate holds up, and the mix where it would need that, held instead of due."""
    holds = {state.step.id for state in states if state.due and gate.holds(state.step)}
    if holds:
        holds.update(state.step.id for state in states if state.due and state.step.phase is Phase.MIX)
    return [
        msgspec.structs.replace(state, due=False, held=True, why=gate.why) if state.step.id in holds else state
        for state in states
    ]


class _View:
    """Looks steps up in a snapshot; remembers states so that later steps know whether their inputs are usable."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.known: dict[str, StepState] = {}
        self._redo = {(d.step, d.seen) for d in in_force(snapshot.decisions) if d.kind is Kind.REDO}
        takes = [take for shot in snapshot.takes.values() for take in shot]
        self._artifacts = {**snapshot.artifacts}
        self._artifacts.update({take.clip.step: take.clip for take in takes})
        self._artifacts.update({take.verdict.step: take.verdict for take in takes if take.verdict})

    def plan(self, step: Step, exists: bool) -> StepState:
        """The plan counts as current however it came to be; only a missing one is written by the director."""
        artifact = self._artifacts.get(step.id)
        seconds = artifact.receipt.seconds if artifact and artifact.receipt else None
        status = Status.CURRENT if exists else self._absent(step, artifact)
        state = StepState(
            step, status, not exists, not exists, {}, "there is no plan yet" if not exists else "", seconds
        )
        self.known[step.id] = state
        return state

    def sha(self, step: str) -> str | None:
        """The sha256 of a step's main file, where it is whole and its words are current."""
        known = self.known.get(step)
        artifact = self._artifacts.get(step)
        if artifact is None or not artifact.whole or artifact.receipt is None or artifact.receipt.main is None:
            return None
        if known is not None and (known.status not in USABLE or known.due):
            return None
        return artifact.receipt.main.sha256

    def _absent(self, step: Step, artifact: Artifact | None) -> Status:
        if artifact is not None and not artifact.whole:
            return Status.BLOCKED
        return Status.FAILED if step.id in self.snapshot.failures else Status.MISSING

    def state(self, step: Step, *, remake_on_input: bool = False, keep: bool = False) -> StepState:
        """Compare a step with what stands at its place. `keep`: a take, which is never made over."""
        artifact = self._artifacts.get(step.id)
        found = {name: self.sha(source) for name, source in step.needs.items()}
        inputs = {name: sha for name, sha in found.items() if sha is not None}
        ready = len(inputs) == len(found)
        if artifact is None or not artifact.whole or artifact.receipt is None:
            status = self._absent(step, artifact)
            why = artifact.damage if artifact is not None else self.snapshot.failures.get(step.id, "")
            state = StepState(step, status, True, ready, inputs, why, None, self._shelved(step, inputs, ready))
            self.known[step.id] = state
            return state
        receipt = artifact.receipt
        status, why = Status.CURRENT, ""
        if receipt.made_from.content != step.content:
            status, why = Status.EDITED, _why_edited(step, receipt)
        elif ready and receipt.inputs != inputs:
            changed = sorted(n for n in {*receipt.inputs, *inputs} if receipt.inputs.get(n) != inputs.get(n))
            status, why = (
                (Status.EDITED if remake_on_input else Status.UPSTREAM),
                f"{', '.join(changed)} changed",
            )
        elif not ready:
            status = Status.UPSTREAM
            why = f"{', '.join(sorted(set(found) - set(inputs)))} will change"
        elif receipt.made_from.settings != step.settings:
            status, why = Status.OTHER_SETTINGS, "made with other settings"
        asked = (step.id, receipt.seal) in self._redo
        due = not keep and (status is Status.EDITED or asked or (remake_on_input and not ready))
        shelved = self._shelved(step, inputs, ready) if due and not asked else ""
        state = StepState(step, status, due, ready, inputs, "asked for" if asked else why, receipt.seconds, shelved)
        self.known[step.id] = state
        return state

    def _shelved(self, step: Step, inputs: dict[str, str], ready: bool) -> str:
        """Return the shelf folder with an artifact made from just these words and inputs.

        Not for the mix: it takes seconds to make, and a person who goes back wants it from what is there now.
        """
        if not ready or step.phase in (Phase.MIX, Phase.CRITIQUE):
            return ""
        wanted = inputs_hash(inputs)[:16]
        fits = [
            item
            for item in self.snapshot.shelf
            if item.step == step.id and step.content.startswith(item.content) and item.inputs == wanted
        ]
        fits.sort(key=lambda item: (not step.settings.startswith(item.settings), item.folder))
        return fits[0].folder if fits else ""


def _why_edited(step: Step, receipt: Receipt) -> str:
    if step.own:
        return "a person's own picture takes its place"
    own = isinstance(receipt.request, OwnPictureRequest)
    return "the person's own picture was taken away" if own else "its words changed"


def _in_round(board: ShotBoard, shots: tuple[ShotBoard, ...]) -> bool:
    """Tell whether a retake waits for the rest of the round before it: what those verdicts say may repaint what it is
    made from, and it must be made from the same whether the run was stopped in between or not. A person's word does not
    wait."""
    mine = board.attempt.number
    return bool(board.candidates) and not board.asked and any(0 < shot.judging < mine for shot in shots)


def _shot_states(view: _View, bill: Bill, board: ShotBoard, *, waits: bool) -> Iterator[StepState]:
    """Yield the clips and verdicts of a shot: the takes of its present words, and the one that is due."""
    position, shot = board.position, bill.plan.shots[board.position]
    for judged in board.candidates:
        take = judged.take
        attempt = msgspec.structs.replace(board.attempt, number=1)
        clip = view.state(steps_of.clip_step(bill, position, take.number, attempt), keep=True)
        yield clip
        verdict = view.state(steps_of.verdict_step(bill, shot, take.number), keep=True)
        wanted = take.number in board.to_judge
        yield msgspec.structs.replace(verdict, due=wanted, restorable="")
    if board.due:
        step = steps_of.clip_step(bill, position, board.next_number, board.attempt)
        state = view.state(step)
        status = Status.EDITED if state.status is Status.MISSING and board.has_old else state.status
        ready = state.ready and not waits
        why = state.why or board.attempt.why
        yield msgspec.structs.replace(state, status=status, ready=ready, why=why, restorable="")


def _mix(view: _View, bill: Bill, shots: tuple[ShotBoard, ...], states: list[StepState]) -> StepState:
    """The mix waits until every shot is settled, then is made again whenever anything in it changed."""
    ships = {shot.index: shot.ships if shot.ships is not None else shot.next_number for shot in shots}
    state = view.state(steps_of.mix_step(bill, ships), remake_on_input=True)
    settled = all(shot.settled for shot in shots)
    pending = {other.step.phase for other in states if other.due}
    if settled and not pending:
        return state
    # A picture that is made again leaves its clips usable, and so the mix as it is.
    due = state.due or not settled or not pending.isdisjoint((Phase.ANIMATE, Phase.MUSIC, Phase.NARRATE))
    return msgspec.structs.replace(state, due=due, ready=False)
