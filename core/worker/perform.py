"""Does one step: asks a host, has the result inspected, commits it; tries once more, then gives up on that step."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.film.errors import EngineTrouble
from core.film.event import Event, Happened, Live
from core.film.lineup import ROLE_OF, Backend, Lineup, Phase
from core.film.preset import PRESETS
from core.film.requests import Fact
from core.folder import layout
from core.folder.commit import commit, stage_folder
from core.folder.plans import keep_plan
from core.folder.records import Fingerprint, Receipt, Snapshot
from core.pipeline.ask import Asked
from core.pipeline.board import Board, StepState
from core.pipeline.choice import passes
from core.pipeline.cost import Job, Rates, Timing, job_units, units
from core.pipeline.shots import asks
from core.worker.messages import Finished, Working
from core.worker.records import Ledger, timings, utc_now
from core.worker.troupe import Refused, Troupe

TRIES = 2  # a step is tried once more in a new host; then it needs a person


class Performer:
    """Does steps of one run. `given_up` are the steps that failed for good, with their reasons."""

    def __init__(self, root: Path, lineup: Lineup, ledger: Ledger, troupe: Troupe, device: str) -> None:
        self.given_up: dict[str, EngineTrouble] = {}
        self._root = root
        self._lineup = lineup
        self._ledger = ledger
        self._troupe = troupe
        self._device = device
        self._history = timings()
        self._rates = Rates(lineup, self._history.recent())

    def do(
        self, snapshot: Snapshot, board: Board, state: StepState, asked: Asked, jobs: list[Job]
    ) -> Iterator[Event | Live]:
        """Do a step that is ready; `jobs` is all work ahead, this step included.

        A step that fails for good ends in `given_up`. Raises DiskTrouble.
        """
        step, settings = state.step, snapshot.reel.settings
        backend = self._lineup.backends[ROLE_OF[step.phase]]
        work = job_units(board.bill, step.phase, step.shot) if board.bill else units(step.phase, backend, settings)
        ahead = [job for job in jobs if job.step != step.id]
        expected = self._rates.estimate([Job(step.phase, work)]).seconds
        clock = Clock(expected, self._rates.estimate(ahead).seconds)
        yield self._ledger.event(Happened.STEP_STARTED, step, asked.why, {"backend": backend.name, "seed": step.seed})
        for attempt in range(1, TRIES + 1):
            try:
                yield from self._attempt(backend, snapshot, state, asked, clock, ahead)
            except (EngineTrouble, Refused) as error:
                self._troupe.dismiss(backend)
                final = attempt == TRIES or isinstance(error, Refused)
                yield self._ledger.event(Happened.STEP_FAILED, step, str(error), {"try": attempt, "final": final})
                if final:
                    yield from self._give_up(snapshot, state, asked, backend, error)
                    return
            else:
                self._history.remember(Timing(step.phase, backend.name, work, round(clock.elapsed, 4)))
                self._rates = Rates(self._lineup, self._history.recent())
                return

    def _attempt(
        self,
        backend: Backend,
        snapshot: Snapshot,
        state: StepState,
        asked: Asked,
        clock: Clock,
        ahead: list[Job],
    ) -> Iterator[Event | Live]:
        step, ledger = state.step, self._ledger
        stage = stage_folder(self._root, step.id)
        live = ledger.live(step, 0.0, "", clock.elapsed, clock.eta(0.0))
        if live is not None:
            yield live
        host, fresh = self._troupe.take_stage(backend)
        if fresh:
            yield ledger.event(Happened.LOADED, step, backend.loads_as, {"model": backend.model, "pid": host.pid})
        clock.start()
        self._warm_next(step.phase, ahead)
        finished: Finished | None = None
        for answer in self._troupe.perform(host, asked.request, stage):
            if isinstance(answer, Working):
                live = ledger.live(step, answer.fraction, answer.note, clock.elapsed, clock.eta(answer.fraction))
                if live is not None:
                    yield live
            else:
                finished = answer
        assert finished is not None, "perform ends with Finished or raises"
        receipt = self._accept(backend, state, asked, stage, finished, host.versions)
        clock.stop()
        ledger.done += 1
        self._log_verdict(snapshot, receipt, state)
        told: dict[str, Fact] = {"seconds": round(clock.elapsed, 3), **_told(receipt)}
        yield ledger.event(Happened.STEP_DONE, step, asked.why, told)

    def _accept(
        self,
        backend: Backend,
        state: StepState,
        asked: Asked,
        stage: Path,
        finished: Finished,
        versions: dict[str, str],
    ) -> Receipt:
        """Have the result inspected and bring it into the reel. Raises EngineTrouble, DiskTrouble."""
        step, made = state.step, finished.made
        stills = self._troupe.inspect(asked.request, stage, made.files, stills=step.phase is Phase.ANIMATE)
        receipt = self._receipt(state, asked, backend, made.facts)
        receipt = msgspec.structs.replace(
            receipt, verdict=made.verdict, seconds=round(finished.seconds, 3), versions=versions
        )
        if step.phase is Phase.PLAN:
            keep_plan(self._root, (stage / layout.PLAN_FILE).read_bytes())
        staged = {_final_name(step.id, name): stage / name for name in (*made.files, *stills.files)}
        return commit(self._root, receipt, staged)

    def _receipt(self, state: StepState, asked: Asked, backend: Backend, facts: dict[str, Fact]) -> Receipt:
        return Receipt(
            step=state.step.id,
            made_from=Fingerprint(state.step.content, state.step.settings),
            inputs=state.inputs,
            outputs={},
            request=asked.request,
            backend=backend.name,
            model=backend.model,
            revision=backend.revision,
            seed=state.step.seed,
            seconds=0.0,
            finished=utc_now(),
            device=self._device,
            versions={},
            why=asked.why,
            changes=asked.changes,
            facts={**asked.facts, **facts},
        )

    def _give_up(
        self, snapshot: Snapshot, state: StepState, asked: Asked, backend: Backend, error: Exception
    ) -> Iterator[Event]:
        """A step that failed for good: a take stays unjudged, which is written down; anything else needs a person."""
        step = state.step
        if step.phase is not Phase.CRITIQUE or step.shot is None:
            self.given_up[step.id] = EngineTrouble(str(error), remedy=getattr(error, "remedy", ""))
            return
        take = next(take for take in snapshot.takes[step.shot] if take.number == step.take)
        receipt = self._receipt(state, asked, backend, {"asks": asks(take) + 1})
        commit(self._root, msgspec.structs.replace(receipt, unjudged=str(error) or type(error).__name__), {})
        self._ledger.note([f"shot {step.shot}  take {step.take}  NOT JUDGED  {error}"])
        yield self._ledger.event(Happened.STEP_DONE, step, f"not judged: {error}")

    def _log_verdict(self, snapshot: Snapshot, receipt: Receipt, state: StepState) -> None:
        shot, take = state.step.shot, state.step.take
        if receipt.verdict is not None and shot is not None and take is not None:
            threshold = PRESETS[snapshot.reel.settings.preset].threshold
            self._ledger.critic(shot, take, receipt.verdict, passes(receipt.verdict, threshold), threshold)

    def _warm_next(self, phase: Phase, ahead: list[Job]) -> None:
        """While the last step of a phase runs, start the backend of the next phase that has work."""
        order = list(Phase)
        later = {job.phase for job in ahead if order.index(job.phase) > order.index(phase)}
        if later and not any(job.phase is phase for job in ahead):
            self._troupe.warm(self._lineup.backends[ROLE_OF[min(later, key=order.index)]])


class Clock:
    """Times one step over all its tries, without the loading, and says how long the reel still takes."""

    def __init__(self, expected: float, ahead: float) -> None:
        self._expected = expected
        self._ahead = ahead
        self._since: float | None = None
        self._sum = 0.0

    def start(self) -> None:
        """Start, or start again after a failed try."""
        self._sum = self.elapsed
        self._since = time.monotonic()

    def stop(self) -> None:
        """Stop; `elapsed` stays."""
        self._sum, self._since = self.elapsed, None

    @property
    def elapsed(self) -> float:
        """Seconds of work so far."""
        return self._sum + (time.monotonic() - self._since if self._since is not None else 0.0)

    def eta(self, fraction: float) -> float:
        """Seconds until the reel is done: this step by its own pace once it has one, the rest by history."""
        expected = self.elapsed / fraction if fraction > 0.15 else self._expected
        return max(0.0, expected * (1 - fraction)) + self._ahead


def _final_name(step: str, name: str) -> str:
    """Return the name a backend's file gets beside its receipt: image.png becomes keyframe.png, A.png, ..."""
    stem, dot, ending = name.partition(".")
    return f"{step.rpartition('/')[2]}{dot}{ending}" if stem == "image" else name


def _told(receipt: Receipt) -> dict[str, Fact]:
    """Return what an event says about a finished step."""
    told: dict[str, Fact] = {}
    if receipt.verdict is not None:
        told["overall"] = receipt.verdict.overall
        told["labels"] = " ".join(receipt.verdict.labels)
    for fact in ("overrun_seconds", "lufs", "true_peak"):
        if receipt.facts.get(fact):
            told[fact] = receipt.facts[fact]
    return told
