"""The hosts of a worker: which are loaded where, what each does, and the inspector; one turn at a time, never waiting
for one host while another has something to say."""

from __future__ import annotations

import contextlib
import os
import selectors
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.film.errors import DiskTrouble, ReelError
from core.film.failure import Cause
from core.film.lineup import Backend, Lineup
from core.pipeline.residency import CPU, Lane, Need, Warmth, declared_needs, make_room, warmth
from core.worker.devices.device import Device
from core.worker.hosts.checks import Checks
from core.worker.hosts.hire import Hiring
from core.worker.hosts.messages import (
    Cancel,
    Failed,
    Finished,
    FromHost,
    Memory,
    Ready,
    Run,
    Stopped,
    Working,
)
from core.worker.hosts.process import Host, HostLost, StepTrouble, trouble
from core.worker.hosts.task import Gone, Loaded, Lost, Moved, News, Task, Unloaded
from core.worker.settings import WorkerSettings

# A backend that was asked to stop and goes on for this long (seconds) is ended with its process: some kernels cannot
# be left in the middle, and nobody should wait for a step that nobody wants.
CANCEL_GRACE = 30.0
GIGABYTE = 1e9
# Seconds between two questions for the memory a host holds.
ASK_EVERY = 1.0


class Troupe:
    """Keeps hosts on lanes (devices and the CPU) within each lane's memory; does one step a lane at a time.

    It outlives a reel: what is loaded for one is there for the next. `loads` counts what was loaded.
    """

    def __init__(
        self, devices: Sequence[Device] = (), settings: WorkerSettings | None = None, *, log: Path | None = None
    ) -> None:
        """`devices` are used beside the CPU. The hosts' own words go to `log`, or to the reel's worker.log."""
        self.loads = 0
        self.needs: Mapping[str, Need] = {}
        self.settings = settings or WorkerSettings()
        self._devices = {device.name: device for device in devices}
        self._hiring = Hiring(self.settings, log)
        self._stages = {name: _Stage(name, self._budget(name)) for name in (*self._devices, CPU)}
        self._checks = Checks(self._hiring.inspector, _meaning)
        self._told: list[News] = []

    def _budget(self, name: str) -> int | None:
        if name == CPU:
            return int(self.settings.memory * GIGABYTE)
        total = self._devices[name].total
        return None if total is None else max(0, total - int(self.settings.reserve * GIGABYTE))

    # --- what there is ---------------------------------------------------------------------------------------

    @property
    def devices(self) -> tuple[Device, ...]:
        """The devices it works on."""
        return tuple(self._devices.values())

    def lanes(self) -> tuple[Lane, ...]:
        """Every lane as it is now, devices first."""
        return tuple(
            Lane(
                name=stage.name,
                budget=stage.budget,
                resident=tuple(name for name, host in stage.hosts.items() if host.loading),
                busy=stage.task.step if stage.task else "",
                draining=any(task.lane == stage.name for task in self._checks.tasks),
            )
            for stage in self._stages.values()
        )

    def tasks(self) -> tuple[Task, ...]:
        """Every task in hand: those that wait for a load, work, or are inspected."""
        return (*(stage.task for stage in self._stages.values() if stage.task is not None), *self._checks.tasks)

    def know(self, lineup: Lineup, needs: Mapping[str, Need] | None = None) -> None:
        """Set what the loads of a lineup need; what is known about others that are still loaded stays."""
        self.needs = {**self.needs, **(needs if needs is not None else declared_needs(lineup))}

    def _know_one(self, backend: Backend) -> None:
        if backend.loads_as not in self.needs:
            need = Need(backend.weights, max(backend.weights, backend.peak), backend.load_seconds)
            self.needs = {**self.needs, backend.loads_as: need}

    # --- work ------------------------------------------------------------------------------------------------

    def start(self, task: Task, ahead: Sequence[str] = ()) -> None:
        """Put a task on its lane, which must be free; `ahead` are the loads needed soon, the soonest first.

        Others leave where there is no room. Raises TryAgain, DiskTrouble where no process can be started.
        """
        stage = self._stages[task.lane]
        assert stage.task is None, "a lane does one step at a time"
        wanted = task.backend.loads_as
        self._know_one(task.backend)
        self._sort_out(stage, wanted)
        lane = next(lane for lane in self.lanes() if lane.name == task.lane)
        leaving = [name for name in stage.hosts if name != wanted] if task.alone else []
        for name in leaving or make_room(lane, wanted, self.needs, ahead):
            self._unload(stage, name)
        stage.task = task
        try:
            if wanted not in stage.hosts:
                stage.hosts[wanted] = self._host(task.backend, stage, task.root)
            task.pid = stage.hosts[wanted].pid
            stage.hosts[wanted].load()
            if stage.hosts[wanted].loaded is not None:
                self._run(stage, task)
        except HostLost as lost:
            self._fail(stage, lost)
        except ReelError:
            stage.task = None
            raise

    def _sort_out(self, stage: _Stage, wanted: str) -> None:
        """End hosts that are of no use: dead ones, the one a failed try came from, and those only made ready for a step
        that did not come."""
        for name, host in list(stage.hosts.items()):
            worn = host.pid in stage.worn
            if host.gone or worn:
                self._dismiss(stage, name)
                self._told.append(Unloaded(name, stage.name))
            elif not host.loading and name != wanted:
                self._dismiss(stage, name)

    def warm(self, lane_name: str, backend: Backend, root: Path) -> None:
        """Make a backend ready on a lane while another works there, as far as its memory allows."""
        stage = self._stages[lane_name]
        if stage.task is None or backend.loads_as in stage.hosts:
            return
        self._know_one(backend)
        lane = next(lane for lane in self.lanes() if lane.name == lane_name)
        how = warmth(lane, stage.task.backend.loads_as, backend.loads_as, self.needs)
        if how is Warmth.NONE:
            return
        # Warming is a favour: where no process can be started, the step itself will say so.
        with contextlib.suppress(ReelError):
            stage.hosts[backend.loads_as] = self._host(backend, stage, root, prepare_only=how is Warmth.PREPARE)

    def cancel(self, task: Task) -> None:
        """Ask a task to stop; `turn` tells when it has (Gone). Harmless when done twice."""
        if task.cancelled_at is not None:
            return
        task.cancelled_at = time.monotonic()
        stage = self._stages[task.lane]
        if stage.task is not task:
            return  # it is only being inspected: what is there is thrown away when that is done
        host = stage.hosts.get(task.backend.loads_as)
        if task.doing != "working" or host is None:
            stage.task = None  # still loading: that may go on, and serve the next
            self._told.append(Gone(task))
            return
        try:
            host.say(Cancel())
        except HostLost as lost:
            self._lose(stage, task.backend.loads_as, lost)

    def drop(self) -> None:
        """End every task at once; what is loaded and idle stays."""
        for stage in self._stages.values():
            if stage.task is not None:
                self._dismiss(stage, stage.task.backend.loads_as)
                stage.task = None
        self._checks.clear()
        self._told.clear()

    def dismiss(self, task: Task) -> None:
        """End the host a failed try came from; the next try gets a new one. Where it is at work again already (the try
        failed while it was inspected), it goes after that."""
        stage = self._stages[task.lane]
        name = task.backend.loads_as
        host = stage.hosts.get(name)
        if host is None or host.pid != task.pid:
            return
        if stage.task is not None and stage.task.backend.loads_as == name:
            stage.worn.add(host.pid)
        else:
            self._dismiss(stage, name)

    def rest(self) -> None:
        """Nothing is to do for now: what is cheap to load again leaves; what a device holds stays."""
        stage = self._stages[CPU]
        if stage.task is None:
            for name in list(stage.hosts):
                stage.hosts.pop(name).end()
        if not self._checks.tasks:
            self._checks.end()

    def end(self) -> None:
        """End every host at once."""
        for stage in self._stages.values():
            stage.task = None
            for name in list(stage.hosts):
                self._dismiss(stage, name)
        self._checks.clear()
        self._checks.end()
        self._told.clear()

    # --- one turn --------------------------------------------------------------------------------------------

    def turn(self, seconds: float) -> list[News]:
        """Wait at most so long for something to happen; return all of it. Raises TryAgain, DiskTrouble."""
        told, self._told = self._told, []
        if told:
            return told
        with selectors.DefaultSelector() as selector:
            for stage in self._stages.values():
                for name, host in stage.hosts.items():
                    selector.register(host, selectors.EVENT_READ, (stage, name))
            if self._checks.host is not None:
                selector.register(self._checks.host, selectors.EVENT_READ, None)
            for key, _ in selector.select(seconds):
                if key.data is None:
                    self._told += self._checks.hear()
                else:
                    self._hear(*key.data)
        self._check_limits()
        self._ask_memory()
        told, self._told = self._told, []
        return told

    def _hear(self, stage: _Stage, name: str) -> None:
        host = stage.hosts.get(name)
        if host is None:
            return
        try:
            answers = host.take()
        except HostLost as lost:
            self._lose(stage, name, lost)
            return
        for answer in answers:
            self._take(stage, name, host, answer)

    def _take(self, stage: _Stage, name: str, host: Host, answer: FromHost) -> None:
        task = stage.task if stage.task is not None and stage.task.backend.loads_as == name else None
        if isinstance(answer, Ready):
            self.loads += 1
            backend = stage.backends[name]
            self._told.append(Loaded(task, backend, stage.name, host.pid, answer.seconds, answer.weights))
            if task is not None:
                self._run(stage, task)
        elif task is None:
            if isinstance(answer, Failed):  # what was warmed up could not be loaded; the step that needs it will say so
                self._dismiss(stage, name)
        elif isinstance(answer, Working):
            task.fraction, task.note = answer.fraction, answer.note
            self._told.append(Moved(task))
        elif isinstance(answer, Memory):
            task.asked, task.held = False, answer.now
        elif isinstance(answer, Stopped):
            stage.task = None
            self._told.append(Gone(task))
        elif isinstance(answer, Failed):
            self._fail(stage, failure(answer, loading=host.loaded is None, log=host.log))
        elif isinstance(answer, Finished):
            self._finish(stage, task, answer)

    def _run(self, stage: _Stage, task: Task) -> None:
        host = stage.hosts[task.backend.loads_as]
        task.begin()
        task.versions = host.versions
        try:
            host.say(Run(task.request, os.fspath(task.root), os.fspath(task.stage), task.fallbacks, task.ahead))
        except HostLost as lost:
            self._lose(stage, task.backend.loads_as, lost)

    def _finish(self, stage: _Stage, task: Task, answer: Finished) -> None:
        task.finished, task.doing, task.fraction = answer, "checking", 1.0
        stage.task = None
        self._told += self._checks.add(task)

    def _ask_memory(self) -> None:
        """Ask who works on a device what it holds, once a second, and only when the last question was answered."""
        now = time.monotonic()
        for stage in self._stages.values():
            task = stage.task
            if stage.name == CPU or task is None or task.doing != "working":
                continue
            if not task.asked and now - task.asked_at >= ASK_EVERY:
                task.asked, task.asked_at = True, now
                name = task.backend.loads_as
                try:
                    stage.hosts[name].ask_memory()
                except HostLost as lost:
                    self._lose(stage, name, lost)

    def _check_limits(self) -> None:
        """End hosts that owe an answer and fell silent, or that do not obey a cancel."""
        now = time.monotonic()
        for stage in self._stages.values():
            for name, host in list(stage.hosts.items()):
                working = stage.task is not None and stage.task.backend.loads_as == name
                if not working and (host.loaded is not None or not host.loading):
                    continue
                try:
                    host.check_silence()
                except HostLost as lost:
                    self._lose(stage, name, lost)
            task = stage.task
            if task is not None and task.cancelled_at is not None and now - task.cancelled_at > CANCEL_GRACE:
                self._dismiss(stage, task.backend.loads_as)
                stage.task = None
                self._told.append(Gone(task))
        self._told += self._checks.check_silence()

    def _lose(self, stage: _Stage, name: str, lost: HostLost) -> None:
        task = stage.task
        if task is not None and task.backend.loads_as == name:
            self._fail(stage, lost)
        else:
            self._dismiss(stage, name)

    def _fail(self, stage: _Stage, error: Exception) -> None:
        """A task failed. Its host goes, because nobody knows what state it is in, unless it refused: it is sound then,
        and what it has loaded may have taken minutes."""
        task = stage.task
        assert task is not None, "somebody was at work"
        stage.task = None
        if not (isinstance(error, StepTrouble) and error.cause is Cause.REFUSED):
            self._dismiss(stage, task.backend.loads_as)
        task.stop()
        self._told.append(Gone(task) if task.cancelled_at is not None else Lost(task, error))

    # --- hosts -----------------------------------------------------------------------------------------------

    def _host(self, backend: Backend, stage: _Stage, root: Path, *, prepare_only: bool = False) -> Host:
        stage.backends[backend.loads_as] = backend
        return self._hiring.host(backend, self._devices.get(stage.name), root, prepare_only=prepare_only)

    def _unload(self, stage: _Stage, name: str) -> None:
        loaded = stage.hosts[name].loaded is not None
        stage.hosts.pop(name).end(gently=loaded)
        if loaded:
            self._told.append(Unloaded(name, stage.name))

    def _dismiss(self, stage: _Stage, name: str) -> None:
        host = stage.hosts.pop(name, None)
        if host is not None:
            stage.worn.discard(host.pid)
            host.end(gently=False)


class _Stage:
    """One lane: its hosts by what they load, and the task in hand."""

    def __init__(self, name: str, budget: int | None) -> None:
        self.name = name
        self.budget = budget
        self.hosts: dict[str, Host] = {}
        self.backends: dict[str, Backend] = {}
        self.task: Task | None = None
        self.worn: set[int] = set()  # hosts whose work was no good; they do no other step


def _meaning(answer: Failed, log: Path) -> Exception:
    return failure(answer, log=log)


def failure(answer: Failed, *, loading: bool = False, log: Path | None = None) -> Exception:
    """Return a host's failure as the error it means here: a full disk ends the run, anything else fails a step."""
    if answer.exit_code == DiskTrouble.exit_code:
        return DiskTrouble(answer.message, remedy=answer.remedy)
    return trouble(answer, loading=loading, log=log)
