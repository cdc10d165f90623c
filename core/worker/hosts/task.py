"""One step in the hands of the troupe: what is asked, where, how far it is, and what became of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from core.film.lineup import Backend, Phase
from core.film.requests import Made, Request
from core.worker.hosts.messages import Finished


@dataclass(eq=False)
class Task:
    """One try at one step; a new try is a new Task.

    `stage` is its empty folder in the reel at `root`. `fallbacks` is what it does without, `alone` that everything else
    leaves its lane first, `ahead` what else of its phase can be done now. `stills`: the inspector cuts four frames out
    of the clip. `doing` is loading, working or checking; `elapsed` counts seconds since the work itself began, without
    the loading. `held` is the device memory its host last said it holds, `asked` that it was asked since. `looks`
    counts inspectors that ended over it.
    """

    step: str
    phase: Phase
    backend: Backend
    request: Request
    root: Path
    stage: Path
    lane: str
    stills: bool = False
    fallbacks: tuple[str, ...] = ()
    alone: bool = False
    ahead: tuple[Request, ...] = ()
    doing: str = "loading"
    fraction: float = 0.0
    note: str = ""
    pid: int = 0
    cancelled_at: float | None = None
    held: int | None = None
    asked: bool = False
    asked_at: float = 0.0
    looks: int = 0
    finished: Finished | None = None
    versions: dict[str, str] = field(default_factory=dict)
    _since: float | None = None
    _sum: float = 0.0

    def begin(self) -> None:
        """The work itself begins."""
        self.doing = "working"
        self._since = time.monotonic()

    def stop(self) -> None:
        """It has ended; `elapsed` stays."""
        self._sum, self._since = self.elapsed, None

    @property
    def elapsed(self) -> float:
        """Seconds of work so far."""
        return self._sum + (time.monotonic() - self._since if self._since is not None else 0.0)


@dataclass(frozen=True)
class Loaded:
    """A backend was loaded for a task, or ahead of one (`task` None); `weights` bytes, where it is known."""

    task: Task | None
    backend: Backend
    lane: str
    pid: int
    seconds: float
    weights: int | None


@dataclass(frozen=True)
class Unloaded:
    """A backend left its lane to make room."""

    loads_as: str
    lane: str


@dataclass(frozen=True)
class Moved:
    """A task is further than it was."""

    task: Task


@dataclass(frozen=True)
class Checked:
    """A task is done and inspected; `stills` are the files the inspector cut."""

    task: Task
    made: Made
    stills: tuple[str, ...]


@dataclass(frozen=True)
class Gone:
    """A task was given up because it was cancelled."""

    task: Task


@dataclass(frozen=True)
class Lost:
    """A task failed: a StepTrouble, or a DiskTrouble that ends the run."""

    task: Task
    error: Exception


News = Loaded | Unloaded | Moved | Checked | Gone | Lost
