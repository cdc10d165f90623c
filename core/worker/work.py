"""One step under way over all its tries, and what is written down about it once it is done."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from core.film.event import Beside, StepDone
from core.film.failure import Failure
from core.film.lineup import Backend
from core.film.requests import Fact, Made
from core.folder.preview import look_for_preview
from core.folder.records import Fingerprint, Receipt, Snapshot
from core.pipeline.ask import Asked
from core.pipeline.board import StepState
from core.pipeline.cost import Timing
from core.pipeline.residency import CPU
from core.pipeline.steps import Step
from core.worker.hosts.task import Task
from core.worker.records import utc_now


@dataclass(eq=False)
class Work:
    """One step under way, over all its tries; `units` of work (core.pipeline.cost), `planned` bytes of its device.

    `spent` are the seconds of the tries before this one, `dropped` why it was stopped ("" while it is wanted).
    `ahead` are the loads needed soon, when it was begun.
    """

    snapshot: Snapshot
    state: StepState
    asked: Asked
    backend: Backend
    task: Task
    units: float
    planned: int | None
    spent: float = 0.0
    failures: list[Failure] = field(default_factory=list)
    dropped: str = ""
    ahead: tuple[str, ...] = ()

    @property
    def step(self) -> Step:
        """The step."""
        return self.state.step

    @property
    def elapsed(self) -> float:
        """Seconds of work over all tries, without loading."""
        return self.spent + self.task.elapsed

    def beside(self) -> Beside:
        """Return what live.json says about it."""
        preview, previewed = look_for_preview(self.task.root, self.step.id)
        return Beside(
            step=self.step.id,
            phase=self.step.phase.value,
            fraction=self.task.fraction,
            note=self.task.note,
            elapsed=round(self.elapsed, 2),
            device=self.task.lane,
            pid=self.task.pid,
            doing=self.task.doing,
            planned=self.planned,
            held=self.task.held,
            preview=preview,
            previewed=previewed,
        )

    def receipt(self, facts: dict[str, Fact]) -> Receipt:
        """Return what proves it, without what only a finished try has."""
        step, backend, asked = self.step, self.backend, self.asked
        return Receipt(
            step=step.id,
            made_from=Fingerprint(step.content, step.settings),
            inputs=self.state.inputs,
            outputs={},
            request=asked.request,
            backend=backend.name,
            model=backend.model,
            revision=backend.revision,
            seed=step.seed,
            seconds=0.0,
            finished=utc_now(),
            device=self.task.lane,
            versions={},
            why=asked.why,
            changes=asked.changes,
            facts={**asked.facts, **facts},
            planned_vram=self.planned,
            failures=tuple(self.failures),
            fallbacks=self.task.fallbacks,
        )

    def finished_receipt(self, made: Made) -> Receipt:
        """Return what proves the try that is finished."""
        task = self.task
        assert task.finished is not None, "only what is finished is inspected"
        return msgspec.structs.replace(
            self.receipt(made.facts),
            verdict=made.verdict,
            seconds=round(task.finished.seconds, 3),
            versions=task.versions,
            peak_vram=task.finished.peak if task.lane != CPU else None,
        )

    def timing(self, passed: bool | None) -> Timing:
        """Return what the try that worked took, not those before; `passed` is what a verdict says."""
        task = self.task
        return Timing(
            phase=self.step.phase,
            backend=self.backend.name,
            units=self.units,
            seconds=round(task.elapsed, 4),
            peak=task.finished.peak if task.finished else None,
            fallbacks=task.fallbacks,
            device=task.lane,
            passed=passed,
        )


def final_name(step: str, name: str) -> str:
    """Return the name a backend's file gets beside its receipt: image.png becomes keyframe.png, A.png, ..."""
    stem, dot, ending = name.partition(".")
    return f"{step.rpartition('/')[2]}{dot}{ending}" if stem == "image" else name


def told(receipt: Receipt, seconds: float) -> StepDone:
    """Return what an event says about a finished step; `seconds` over all its tries."""
    verdict = receipt.verdict
    return StepDone(
        seconds=seconds,
        overall=verdict.overall if verdict else None,
        labels=" ".join(verdict.labels) if verdict else "",
        overrun_seconds=_figure(receipt, "overrun_seconds") or None,
        lufs=_figure(receipt, "lufs"),
        true_peak=_figure(receipt, "true_peak"),
        peak=receipt.peak_vram,
    )


def _figure(receipt: Receipt, fact: str) -> float | None:
    value = receipt.facts.get(fact)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
