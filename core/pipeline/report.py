"""The status of a reel as faces show it and `status --json` prints it; its fields are a promise (docs/cli.md)."""

from __future__ import annotations

import msgspec

from core.film.event import Beside, Happened, Live
from core.film.gauge import Gauge
from core.film.lineup import Phase
from core.folder import layout
from core.folder.records import Artifact, Snapshot
from core.pipeline.board import USABLE, Board, Status, StepState
from core.pipeline.cost import Estimate
from core.pipeline.eta import Ahead, aged
from core.pipeline.shots import ShotBoard

Number = float | None

# Whoever works on a reel writes its live state at least every second; one this old (seconds) says something is wrong.
STALE_AFTER = 10.0


class PhaseReport(msgspec.Struct, frozen=True):
    """`state` is planned, running, waiting, interrupted, failed or done; `seconds` of working time so far.

    `eta_seconds`, from `eta_low` to `eta_high`, is the work it still has, without loading; None where it has none.
    """

    name: Phase
    state: str
    done: int
    total: int
    seconds: float
    eta_seconds: Number = None
    eta_low: Number = None
    eta_high: Number = None


class StepReport(msgspec.Struct, frozen=True):
    """A step's id, status and working time (None before it was made); `why` says why it is due, held or stale.

    `held`: it would be due, but for the review gate."""

    id: str
    status: Status
    seconds: Number
    due: bool = False
    why: str = ""
    held: bool = False


class TakeReport(msgspec.Struct, frozen=True):
    """A take: its number, mark (None where not judged), labels, what it counts for, and who rendered it."""

    number: int
    overall: Number
    labels: tuple[str, ...]
    state: str
    seconds: Number = None
    why: str = ""
    note: str = ""
    backend: str = ""


class ShotReport(msgspec.Struct, frozen=True):
    """A shot: the take that ships and why, all takes, the narration line, and by how long it overruns its clip."""

    index: int
    shipped_take: int | None
    takes: tuple[TakeReport, ...]
    narration: str
    overrun_seconds: Number
    shipped_why: str = ""


class OutputReport(msgspec.Struct, frozen=True):
    """The finished reel; every figure was measured on the file."""

    path: str
    seconds: Number
    width: int | None
    height: int | None
    fps: Number
    lufs: Number
    true_peak: Number
    current: bool


class StatusReport(msgspec.Struct, frozen=True):
    """Everything about a reel. `waits_for` says which gate; `plan_error` what is wrong with plan.json.

    `eta_seconds`, from `eta_low` to `eta_high`, is everything that is due, with loading and takes that may have to be
    made again. `running` are the steps under way and `gauges` the devices, as they were at `live_at` (epoch seconds);
    `stale`: that is so long ago that whoever makes the reel hangs or is stopped. `since` is when its run began.
    """

    reel: str
    path: str
    sentence: str
    engine: str
    preset: str
    state: str
    vo_lang: str | None
    phases: tuple[PhaseReport, ...]
    steps: tuple[StepReport, ...]
    shots: tuple[ShotReport, ...]
    output: OutputReport | None
    eta_seconds: Number
    waits_for: str = ""
    plan_error: str = ""
    held_by: str = ""
    failures: dict[str, str] = {}
    eta_low: Number = None
    eta_high: Number = None
    running: tuple[Beside, ...] = ()
    gauges: tuple[Gauge, ...] = ()
    live_at: Number = None
    stale: bool = False
    since: str = ""


def report(snapshot: Snapshot, board: Board, ahead: Ahead | None, now: float | None = None) -> StatusReport:
    """Return the status of a reel at `now` (epoch seconds); `ahead` is the work that is due.

    Whoever works on the reel knows best what is left: what it last said counts, less the time since then.
    """
    state, live = reel_state(snapshot, board), current_live(snapshot)
    board = _with_running(live, board)
    plan = snapshot.plan
    age = max(0.0, now - live.at) if live is not None and now is not None else 0.0
    whole = _told(live, age) or (ahead.whole if ahead else None)
    if not board.due:
        whole = None
    return StatusReport(
        reel=snapshot.reel.name,
        path=snapshot.path,
        sentence=snapshot.reel.sentence,
        engine=snapshot.reel.settings.engine,
        preset=snapshot.reel.settings.preset.value,
        state=state,
        vo_lang=plan.vo_lang.value if plan else None,
        phases=tuple(_phases(snapshot, board, state, ahead)),
        steps=tuple(StepReport(s.step.id, s.status, s.seconds, s.due, s.why, s.held) for s in board.steps),
        shots=tuple(_shot(snapshot, shot) for shot in board.shots),
        output=_output(snapshot, board),
        eta_seconds=whole.seconds if whole else None,
        waits_for=board.gate if state == "waiting" else "",
        plan_error=snapshot.plan_error,
        held_by=str(snapshot.holder) if snapshot.holder else "",
        failures=snapshot.failures,
        eta_low=whole.low if whole else None,
        eta_high=whole.high if whole else None,
        running=live.running if live else (),
        gauges=live.gauges if live else (),
        live_at=live.at if live else None,
        stale=age > STALE_AFTER,
        since=snapshot.holder.since if snapshot.holder else "",
    )


def current_live(snapshot: Snapshot) -> Live | None:
    """Return the live state of whoever works on the reel now; what an earlier run left when it died is none."""
    live, holder = snapshot.live, snapshot.holder
    return live if live is not None and holder is not None and holder.pid in (live.pid, 0) else None


def _told(live: Live | None, age: float) -> Estimate | None:
    if live is None or live.eta is None:
        return None
    low = live.eta if live.eta_low is None else live.eta_low
    high = live.eta if live.eta_high is None else live.eta_high
    return aged(Estimate(live.eta, low, high, True), age)


def _with_running(live: Live | None, board: Board) -> Board:
    """Return the board with the steps that are under way marked as running."""
    running = {one.step for one in live.running} if live else set()
    steps = tuple(
        msgspec.structs.replace(s, status=Status.RUNNING) if s.step.id in running and s.due else s for s in board.steps
    )
    return msgspec.structs.replace(board, steps=steps)


def reel_state(snapshot: Snapshot, board: Board) -> str:
    """Return planned, running, waiting, interrupted, failed or done."""
    if snapshot.holder is not None:
        return "running"
    if board.gate and board.idle(snapshot.failures):
        return "waiting"
    if not board.due:
        return "done"
    last = snapshot.last_event
    if last is None:
        return "planned"
    if last.event is not Happened.RUN_ENDED:
        return "interrupted"
    outcome = str(last.data.get("outcome", "interrupted"))
    # A reel that was finished and then edited has work planned again.
    return outcome if outcome in ("failed", "interrupted") else "planned"


def _phases(snapshot: Snapshot, board: Board, reel: str, ahead: Ahead | None) -> list[PhaseReport]:
    phases = []
    for phase in Phase:
        states = [s for s in board.steps if s.step.phase is phase]
        total, done = len(states), sum(1 for s in states if not (s.due or s.held) and s.status in USABLE)
        if phase is Phase.ANIMATE:
            total, done = (
                len(board.shots),
                sum(1 for shot in board.shots if not shot.due and shot.ships is not None),
            )
        elif phase is Phase.CRITIQUE:
            total = max(total, len(board.shots))
        seconds = sum(s.seconds or 0.0 for s in states)
        eta = ahead.phases.get(phase) if ahead else None
        phases.append(
            PhaseReport(
                name=phase,
                state=_phase_state(states, reel, done, total),
                done=done,
                total=total,
                seconds=round(seconds, 3),
                eta_seconds=eta.seconds if eta else None,
                eta_low=eta.low if eta else None,
                eta_high=eta.high if eta else None,
            )
        )
    return phases


def _phase_state(states: list[StepState], reel: str, done: int, total: int) -> str:
    if any(s.status is Status.RUNNING for s in states):
        return "running"
    if total and done >= total and not any(s.due or s.held for s in states):
        return "done"
    if any(s.status is Status.FAILED for s in states):
        return "failed"
    if reel == "waiting":
        return "waiting"
    started = done > 0 or any(s.status is not Status.MISSING for s in states)
    return "interrupted" if started and reel == "interrupted" else "planned"


def _shot(snapshot: Snapshot, board: ShotBoard) -> ShotReport:
    plan = snapshot.plan
    spoken = snapshot.artifacts.get(layout.narration(board.index))
    takes = tuple(
        TakeReport(
            number=j.take.number,
            overall=round(j.overall, 2) if j.overall is not None else None,
            labels=tuple(label.value for label in j.labels),
            state=j.state.value,
            seconds=j.take.clip.receipt.seconds if j.take.clip.receipt else None,
            why=j.take.clip.receipt.why if j.take.clip.receipt else "",
            note=j.note,
            backend=j.take.clip.receipt.backend if j.take.clip.receipt else "",
        )
        for j in board.takes
    )
    return ShotReport(
        index=board.index,
        shipped_take=board.ships,
        takes=takes,
        narration=plan.narration(board.position) if plan else "",
        overrun_seconds=_number(spoken, "overrun_seconds"),
        shipped_why=board.why_ships,
    )


def _output(snapshot: Snapshot, board: Board) -> OutputReport | None:
    mix = snapshot.artifacts.get(layout.MIX)
    if mix is None or not mix.whole or mix.receipt is None:
        return None
    state = board.state(layout.MIX)
    width, height = _number(mix, "width"), _number(mix, "height")
    return OutputReport(
        path=f"{snapshot.path}/{next(iter(mix.receipt.outputs))}",
        seconds=_number(mix, "seconds"),
        width=int(width) if width is not None else None,
        height=int(height) if height is not None else None,
        fps=_number(mix, "fps"),
        lufs=_number(mix, "lufs"),
        true_peak=_number(mix, "true_peak"),
        current=state is not None and not (state.due or state.held),
    )


def _number(artifact: Artifact | None, fact: str) -> Number:
    value = artifact.receipt.facts.get(fact) if artifact and artifact.whole and artifact.receipt else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
