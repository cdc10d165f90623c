"""A stage for tests: a library of its own, reels run with toys in this process or in real hosts."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from core.engines.roles import Room
from core.engines.wording import load_wording
from core.film.errors import BadInput, EngineTrouble
from core.film.event import Event, Happened, Live
from core.film.lineup import Backend, Lineup
from core.film.plan import Plan, encode_plan
from core.film.requests import Made
from core.film.settings import Settings
from core.folder import layout
from core.folder.library import create_reel
from core.folder.records import Snapshot
from core.folder.snapshot import read_snapshot
from core.folder.write import write_whole
from core.pipeline.board import Board, assess
from core.pipeline.residency import CPU, Lane
from core.worker.hosts.child import failed
from core.worker.hosts.inspector import Inspector
from core.worker.hosts.messages import Finished, Inspect
from core.worker.hosts.task import Checked, Loaded, Lost, News, Task
from core.worker.hosts.troupe import Troupe, failure
from core.worker.run import Runner
from tests.toys import toy_lineup, toy_plan

NOW = "2026-01-01T00:00:00Z"
TINY = Settings(width=64, height=64, shots=3)


class InlineTroupe(Troupe):
    """Does steps in this process: no hosts, for tests that need thousands of steps or want to kill one exactly.

    It keeps one backend loaded, as a place without room for two would.
    """

    def __init__(self) -> None:
        super().__init__()
        self._name, self._backend = "", None
        self._look = Inspector()

    def lanes(self) -> tuple[Lane, ...]:
        return (Lane(CPU, None, (self._name,) if self._name else ()),)

    def tasks(self) -> tuple[Task, ...]:
        return ()

    def start(self, task: Task, ahead: Sequence[str] = ()) -> None:
        if self._name != task.backend.loads_as:
            module, _, name = task.backend.target.partition(":")
            self._name, self._backend = task.backend.loads_as, getattr(importlib.import_module(module), name)()
            self.loads += 1
            self._told.append(Loaded(task, task.backend, CPU, 0, 0.0, None))
        task.begin()
        try:
            made = self._backend.run(task.request, Room(task.root, task.stage), lambda fraction, note="": None)
            task.finished = Finished(made, 0.001)
            stills = self._inspect_here(task, made)
        except (EngineTrouble, BadInput, OSError) as error:
            self._name = ""
            self._told.append(Lost(task, failure(failed(error))))
        else:
            self._told.append(Checked(task, made, stills.files))

    def _inspect_here(self, task: Task, made: Made) -> Made:
        return self._look.inspect(Inspect(task.request, str(task.stage), made.files, task.stills))

    def warm(self, lane_name: str, backend: Backend, root: Path) -> None:
        pass

    def dismiss(self, task: Task) -> None:
        self._name = ""

    def turn(self, seconds: float) -> list[News]:
        told, self._told = self._told, []
        return told

    def drop(self) -> None:
        self._told.clear()

    def end(self) -> None:
        self._name = ""


def new_reel(library: Path, settings: Settings = TINY, plan: Plan | None = None, sentence: str = "Aiko walks") -> Path:
    """Make a reel, with a plan where one is given."""
    root = create_reel(library, sentence, settings, name=None, now=NOW)
    if plan is not None:
        write_whole(root / layout.PLAN_FILE, encode_plan(plan))
    return root


def play(root: Path, lineup: Lineup | None = None, *, hosts: bool = False, **options: Any) -> tuple[str, list[Event]]:
    """Run a reel to its end; return the outcome and the events."""
    troupe = None if hosts else InlineTroupe()
    runner = Runner(root, lineup or toy_lineup(), load_wording(), verb="test", troupe=troupe, **options)
    events = [item for item in runner.run() if not isinstance(item, Live)]
    return runner.outcome, events


def retaken(library: Path) -> Path:
    """Play a reel of three shots to its end; shot 1 needed two takes."""
    root = new_reel(library, plan=toy_plan())
    edit(root, prompt={1: "Pan left. Aiko walks [fail OBJECT_MORPHING]. 35mm"})
    play(root)
    return root


def made(events: list[Event]) -> list[str]:
    """Return the steps that were really made, in order."""
    return [event.step for event in events if event.event is Happened.STEP_DONE]


def board(root: Path, lineup: Lineup | None = None) -> tuple[Snapshot, Board]:
    """Return snapshot and board of a reel."""
    snapshot = read_snapshot(root)
    return snapshot, assess(snapshot, lineup or toy_lineup(), load_wording())


def edit(root: Path, **changes: Any) -> None:
    """Change plan.json by hand: `prompt`/`narration` map shot indexes to words; anything else replaces a field."""
    from core.film.plan import decode_plan

    plan = decode_plan((root / layout.PLAN_FILE).read_bytes())
    shots, lines = list(plan.shots), list(plan.vo_script_per_shot)
    for index, words in changes.pop("prompt", {}).items():
        shots[plan.position(index)] = msgspec.structs.replace(shots[plan.position(index)], prompt=words)
    for index, words in changes.pop("narration", {}).items():
        lines[plan.position(index)] = words
    plan = msgspec.structs.replace(plan, shots=tuple(shots), vo_script_per_shot=tuple(lines), **changes)
    (root / layout.PLAN_FILE).write_bytes(encode_plan(plan))
