"""Does steps: begins a task for each, has what it made brought in, tries again with a fallback, then gives it up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from core.film.errors import DiskTrouble, EngineTrouble
from core.film.event import Beside, ClipPassed, Event, Happened, StepDone, StepFailed, StepStarted
from core.film.event import Loaded as LoadedDetail
from core.film.event import Unloaded as UnloadedDetail
from core.film.failure import Cause, Failure
from core.film.lineup import Backend, Lineup, Phase
from core.film.preset import PRESETS
from core.film.settings import Settings
from core.folder import layout
from core.folder.commit import commit, stage_folder
from core.folder.plans import keep_plan
from core.folder.records import Receipt, Snapshot
from core.pipeline.ask import Asked
from core.pipeline.board import Board, StepState
from core.pipeline.choice import passes
from core.pipeline.cost import Estimate, Job, Rates, job_units, units
from core.pipeline.eta import Pace
from core.pipeline.fallback import alone, next_try
from core.pipeline.needs import LoadTiming
from core.pipeline.order import Assignment, warm_next
from core.pipeline.residency import CPU, soon
from core.pipeline.shots import asks
from core.pipeline.steps import Step, backend_for
from core.worker.hosts.process import StepTrouble
from core.worker.hosts.task import Checked, Gone, Loaded, Lost, News, Task, Unloaded
from core.worker.hosts.troupe import Troupe
from core.worker.outlook import Outlook
from core.worker.records import Ledger
from core.worker.work import Work, final_name, told

# A try whose lane took up another step meanwhile.
WAITING = "waiting"


class Performer:
    """Does the steps of one run. `given_up` are the steps that failed for good, with their reasons; `made` counts
    those that were done."""

    def __init__(self, root: Path, lineup: Lineup, settings: Settings, ledger: Ledger, troupe: Troupe) -> None:
        self.given_up: dict[str, EngineTrouble] = {}
        self.made = 0
        self._in_a_row: dict[str, tuple[object, int]] = {}
        self._failed_with: dict[str, str] = {}
        self._root = root
        self._lineup = lineup
        self._ledger = ledger
        self._troupe = troupe
        self._works: dict[Task, Work] = {}
        self._outlook = Outlook(lineup, settings)
        simulated = any(device.kind == "simulated" for device in troupe.devices)
        troupe.know(lineup, self._outlook.needs(simulated=simulated))

    # --- what is under way -----------------------------------------------------------------------------------

    @property
    def rates(self) -> Rates:
        """What work takes on this machine, by its newest steps."""
        return self._outlook.rates

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._works)

    @property
    def in_flight(self) -> frozenset[str]:
        """The steps under way."""
        return frozenset(work.step.id for work in self._works.values())

    def beside(self) -> list[Beside]:
        """Return what live.json says about every step under way, the one begun first at the front."""
        return [work.beside() for work in self._works.values()]

    def remaining(self, board: Board, jobs: Sequence[Job]) -> Estimate:
        """Return how long the reel still takes; `jobs` is all work ahead, what is under way included."""
        return self._outlook.remaining(
            board,
            jobs,
            paces={work.step.id: Pace(work.task.elapsed, work.task.fraction) for work in self._works.values()},
            lanes=self._troupe.lanes(),
            needs=self._troupe.needs,
            given_up=self.given_up,
        )

    def note(self, snapshot: Snapshot, state: StepState) -> None:
        """Remember that a step was made or brought back."""
        self._in_a_row[state.step.id] = _key(snapshot, state), self.in_a_row(snapshot, state) + 1

    def in_a_row(self, snapshot: Snapshot, state: StepState) -> int:
        """Return how often a step was made from the same words and inputs, with nothing new said in between."""
        key, count = self._in_a_row.get(state.step.id, (None, 0))
        return count if key == _key(snapshot, state) else 0

    def _count(self, work: Work) -> None:
        self.made += 1
        self.note(work.snapshot, work.state)

    def drop_unwanted(self, board: Board) -> Iterator[Event]:
        """Stop what is no longer due, or would now be made from something else; forget failures of what was changed."""
        for work in list(self._works.values()):
            why = _unwanted(work, board.state(work.step.id))
            if not why and work.step.phase is Phase.MIX and not all(shot.settled for shot in board.shots):
                why = "another take was asked for meanwhile"
            if not why or work.dropped:
                continue
            work.dropped = why
            if work.task.doing == WAITING:
                del self._works[work.task]
                yield self._ledger.event(Happened.STEP_DROPPED, work.step, why)
            else:
                self._troupe.cancel(work.task)
        for step, content in list(self._failed_with.items()):
            now = board.state(step)
            # A person may have changed what could not be made.
            if now is None or not now.due or now.step.content != content:
                del self._failed_with[step]
                self.given_up.pop(step, None)

    def drop(self, why: str) -> Iterator[Event]:
        """Stop everything at once, and say so. Raises DiskTrouble."""
        works, self._works = list(self._works.values()), {}
        if works:
            self._troupe.drop()
        for work in works:
            yield self._ledger.event(Happened.STEP_DROPPED, work.step, work.dropped or why)

    # --- a step ----------------------------------------------------------------------------------------------

    def begin(self, snapshot: Snapshot, board: Board, chosen: Assignment, asked: Asked) -> Iterator[Event]:
        """Begin a step that is ready. Raises DiskTrouble, TryAgain."""
        state, settings = chosen.state, snapshot.reel.settings
        step = state.step
        backend = backend_for(self._lineup, step)
        bill = board.bill
        work_units = job_units(bill, step.phase, step.shot) if bill else units(step.phase, backend, settings)
        need = self._troupe.needs.get(backend.loads_as)
        planned = need.peak if need is not None and chosen.lane != CPU else None
        task = self._task(backend, step, asked, chosen.lane)
        work = Work(snapshot, state, asked, backend, task, work_units, planned)
        self._works[task] = work
        detail = StepStarted(backend.name, step.seed, chosen.lane, planned)
        yield self._ledger.event(Happened.STEP_STARTED, step, asked.why, detail)
        lane = next(lane for lane in self._troupe.lanes() if lane.name == chosen.lane)
        work.ahead = soon(board, self._lineup, step.phase, lane=lane, given_up=frozenset(self.given_up))
        self._troupe.start(task, work.ahead)
        self._warm_next(board, work)

    def _task(self, backend: Backend, step: Step, asked: Asked, lane: str, failures: Sequence[Failure] = ()) -> Task:
        return Task(
            step=step.id,
            phase=step.phase,
            backend=backend,
            request=asked.request,
            root=self._root,
            stage=stage_folder(self._root, step.id),
            lane=lane,
            stills=step.phase is Phase.ANIMATE,
            fallbacks=next_try(backend, tuple(failures)) or () if failures else (),
            alone=alone(tuple(failures)),
            ahead=asked.ahead,
        )

    def hear(self, news: News) -> Iterator[Event]:
        """Act on what the troupe tells. Raises DiskTrouble, TryAgain."""
        if isinstance(news, Loaded):
            yield self._loaded(news)
        elif isinstance(news, Unloaded):
            yield self._ledger.event(Happened.UNLOADED, None, news.loads_as, UnloadedDetail(news.loads_as, news.lane))
        elif isinstance(news, Gone):
            work = self._works.pop(news.task, None)
            if work is not None:
                yield self._ledger.event(Happened.STEP_DROPPED, work.step, work.dropped)
        elif isinstance(news, Checked):
            work = self._works.get(news.task)
            if work is not None:
                yield from self._done(work, news)
        elif isinstance(news, Lost):
            if isinstance(news.error, DiskTrouble):
                raise news.error
            work = self._works.get(news.task)
            if work is not None:
                yield from self._failed(work, news.error)

    def _loaded(self, news: Loaded) -> Event:
        work = self._works.get(news.task) if news.task is not None else None
        backend = news.backend
        seconds = round(news.seconds, 3)
        self._outlook.remember(LoadTiming(backend.loads_as, backend.name, news.lane, seconds, news.weights))
        detail = LoadedDetail(backend.loads_as, news.pid, backend.model, news.lane, seconds)
        return self._ledger.event(Happened.LOADED, work.step if work else None, backend.loads_as, detail)

    def _done(self, work: Work, news: Checked) -> Iterator[Event]:
        receipt = self._accept(work, news)
        del self._works[news.task]
        self._count(work)
        self._ledger.done += 1
        self._log_verdict(work, receipt)
        seconds = round(work.elapsed, 3)
        yield self._ledger.event(Happened.STEP_DONE, work.step, work.asked.why, told(receipt, seconds))
        threshold = PRESETS[work.snapshot.reel.settings.preset].threshold
        passed = passes(receipt.verdict, threshold) if receipt.verdict is not None else None
        if receipt.verdict is not None and passed:
            yield self._ledger.event(Happened.CLIP_PASSED, work.step, "", ClipPassed(receipt.verdict.overall))
        self._outlook.remember(work.timing(passed))

    def _accept(self, work: Work, news: Checked) -> Receipt:
        """Bring a result that was inspected into the reel. Raises DiskTrouble."""
        stage, step = work.task.stage, work.step
        if step.phase is Phase.PLAN:
            keep_plan(self._root, (stage / layout.PLAN_FILE).read_bytes())
        staged = {final_name(step.id, name): stage / name for name in (*news.made.files, *news.stills)}
        return commit(self._root, work.finished_receipt(news.made), staged)

    # --- failures --------------------------------------------------------------------------------------------

    def _failed(self, work: Work, error: Exception) -> Iterator[Event]:
        """Try again in a new host, without what the failure calls for; or give the step up."""
        cause = error.cause if isinstance(error, StepTrouble) else Cause.RAISED
        if cause is not Cause.REFUSED:  # who refuses is sound
            self._troupe.dismiss(work.task)
        if work.dropped:
            del self._works[work.task]
            yield self._ledger.event(Happened.STEP_DROPPED, work.step, work.dropped)
            return
        work.spent += work.task.elapsed
        remedy = getattr(error, "remedy", "")
        work.failures.append(Failure(cause, str(error), work.task.fallbacks, remedy))
        again = next_try(work.backend, tuple(work.failures))
        number = len(work.failures)
        detail = StepFailed(number, again is None, cause.value, " ".join(again or ()))
        yield self._ledger.event(Happened.STEP_FAILED, work.step, str(error), detail)
        del self._works[work.task]
        if again is None:
            yield from self._give_up(work, error)
            return
        work.task = self._task(work.backend, work.step, work.asked, work.task.lane, work.failures)
        self._works[work.task] = work
        self._waiting_for_lane(work)

    def _waiting_for_lane(self, work: Work) -> None:
        """Start the next try; where its lane took up another step meanwhile (it failed while being inspected), it
        waits until that is done."""
        lane = next(lane for lane in self._troupe.lanes() if lane.name == work.task.lane)
        if lane.busy:
            work.task.doing = WAITING
        else:
            work.task.doing = "loading"
            self._troupe.start(work.task, work.ahead)

    def start_waiting(self) -> None:
        """Start tries whose lane is free now."""
        for work in self._works.values():
            if work.task.doing == WAITING:
                self._waiting_for_lane(work)

    def _give_up(self, work: Work, error: Exception) -> Iterator[Event]:
        """A step that failed for good: a take stays unjudged, which is written down; anything else needs a person."""
        step = work.step
        if step.phase is not Phase.CRITIQUE or step.shot is None:
            self.given_up[step.id] = EngineTrouble(str(error), remedy=getattr(error, "remedy", ""))
            self._failed_with[step.id] = step.content
            return
        take = next(take for take in work.snapshot.takes[step.shot] if take.number == step.take)
        receipt = work.receipt({"asks": asks(take) + 1})
        commit(self._root, msgspec.structs.replace(receipt, unjudged=str(error) or type(error).__name__), {})
        self._count(work)
        self._ledger.note([f"shot {step.shot}  take {step.take}  NOT JUDGED  {error}"])
        yield self._ledger.event(Happened.STEP_DONE, step, f"not judged: {error}", StepDone())

    # --- beside the steps ------------------------------------------------------------------------------------

    def _log_verdict(self, work: Work, receipt: Receipt) -> None:
        shot, take = work.step.shot, work.step.take
        if receipt.verdict is not None and shot is not None and take is not None:
            threshold = PRESETS[work.snapshot.reel.settings.preset].threshold
            self._ledger.critic(shot, take, receipt.verdict, passes(receipt.verdict, threshold), threshold)

    def _warm_next(self, board: Board, work: Work) -> None:
        """Make ready what is needed after what is loaded, once so little is left for it that this is the moment."""
        lanes = self._troupe.lanes()
        lane = next(lane for lane in lanes if lane.name == work.task.lane)
        name = warm_next(
            board,
            self._lineup,
            lane,
            work.state,
            lanes=lanes,
            in_flight=self.in_flight,
            given_up=frozenset(self.given_up),
            needs=self._troupe.needs,
            rates=self.rates,
        )
        backend = next((one for one in self._lineup.backends.values() if one.loads_as == name), None)
        if backend is not None:
            self._troupe.warm(lane.name, backend, self._root)


def _key(snapshot: Snapshot, state: StepState) -> object:
    said = (len(snapshot.decisions), snapshot.plan_sha)
    return state.step.content, tuple(state.inputs.items()), said


def _unwanted(work: Work, now: StepState | None) -> str:
    """Return why a step under way is not wanted any more, by what stands at its place now; "" while it is."""
    if now is None or not now.due:
        return "no longer wanted"
    if now.step.content != work.step.content:
        return "its words were changed meanwhile"
    if now.inputs != work.state.inputs:  # one that is missing now is among the differences
        return "what it is made from was changed meanwhile"
    return ""
