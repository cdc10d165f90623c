"""A stage for tests: a library of its own, reels run with toys in this process or in real hosts."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from core.engines.roles import Room
from core.engines.wording import load_wording
from core.film.event import Event, Happened, Live
from core.film.lineup import Backend, Lineup
from core.film.plan import Plan, encode_plan
from core.film.requests import Made, Request
from core.film.settings import Settings
from core.folder import layout
from core.folder.library import create_reel
from core.folder.records import Snapshot
from core.folder.snapshot import read_snapshot
from core.folder.write import write_whole
from core.pipeline.board import Board, assess
from core.worker.hosts import trouble
from core.worker.inspector import Inspector
from core.worker.messages import Failed, Finished, Inspect, Working
from core.worker.run import Runner
from core.worker.troupe import Troupe
from tests.toys import toy_lineup

NOW = "2026-01-01T00:00:00Z"
TINY = Settings(width=64, height=64, shots=3)


class InlineTroupe(Troupe):
    """Does steps in this process: no hosts, for tests that need thousands of steps or want to kill one exactly."""

    def __init__(self, root: Path, device: str) -> None:
        super().__init__(root, device)
        self._name, self._backend = "", None
        self._look = Inspector()

    @property
    def loaded(self) -> str:
        return self._name

    def take_stage(self, backend: Backend) -> tuple[Any, bool]:
        fresh = self._name != backend.loads_as
        if fresh:
            module, _, name = backend.target.partition(":")
            self._name, self._backend = backend.loads_as, getattr(importlib.import_module(module), name)()
            self.loads += 1
        return SimpleNamespace(versions={}, pid=0), fresh

    def warm(self, backend: Backend) -> None:
        pass

    def dismiss(self, backend: Backend) -> None:
        self._name = ""

    def perform(self, host: Any, request: Request, stage: Path) -> Iterator[Working | Finished]:
        yield Finished(self._backend.run(request, Room(self._root, stage), lambda fraction, note="": None), 0.001)

    def inspect(self, request: Request, stage: Path, files: tuple[str, ...], *, stills: bool) -> Made:
        try:
            return self._look.inspect(Inspect(request, str(stage), files, stills))
        except Exception as error:
            raise trouble(Failed("Wrong", str(error), "", 6)) from error

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
    troupe = Troupe if hosts else InlineTroupe
    runner = Runner(root, lineup or toy_lineup(), load_wording(), verb="test", troupe=troupe, **options)
    events = [item for item in runner.run() if not isinstance(item, Live)]
    return runner.outcome, events


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
