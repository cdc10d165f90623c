"""Reels that wait in a queue, for tests of the worker: fresh, left by a dead worker, at a gate."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.event import Happened, RunEnded, RunStarted, Waiting
from core.film.lineup import Lineup
from core.film.settings import Review
from core.folder.queue import enqueue
from core.worker.daemon.libraries import register
from core.worker.records import Ledger, utc_now
from tests.stage import TINY, new_reel
from tests.toys import toy_lineup, toy_plan

NOW = "2026-01-01T00:00:00.000Z"


@pytest.fixture(autouse=True)
def own_engines() -> None:
    """Engines of the user's own config: toys, and toys that need a GPU."""
    config = Path(os.environ["XDG_CONFIG_HOME"], "reeltui")
    config.mkdir(parents=True)
    (config / "config.toml").write_text('[engines]\ntoy = "tests.toys:toy_lineup"\nbig = "tests.waiting:big"\n')


def big() -> Lineup:
    """An engine that needs a GPU."""
    lineup = toy_lineup()
    needy = {role: msgspec.structs.replace(one, needs_device=True) for role, one in lineup.backends.items()}
    return msgspec.structs.replace(lineup, backends=needy)


def queued(library: Path, name: str, plan: bool = False, **settings: Any) -> Path:
    """Make a reel and queue it, in a library that is registered."""
    chosen = msgspec.structs.replace(TINY, **{"engine": "toy", **settings})
    root = new_reel(library, chosen, toy_plan() if plan else None, sentence=name).resolve()
    register(library)
    enqueue(root, now=utc_now())
    return root


def say(root: Path, *details: tuple[Happened, Any]) -> None:
    """Write events as a worker does."""
    ledger = Ledger(root)
    for happened, detail in details:
        ledger.event(happened, None, "", detail)


def died(root: Path) -> None:
    """A run began, and nothing more was heard of it."""
    say(root, (Happened.RUN_STARTED, RunStarted(1, "worker")))


def at_gate(root: Path) -> None:
    """A run ended at the plan's gate."""
    died(root)
    say(root, (Happened.WAITING, Waiting("plan")), (Happened.RUN_ENDED, RunEnded("waiting")))


def gated(library: Path, name: str = "one", **settings: Any) -> Path:
    """Make and queue a reel that waits for approval of its plan."""
    root = queued(library, name, plan=True, review=Review.PLAN, **settings)
    at_gate(root)
    return root
