"""What the worker says it did: one line of events.jsonl each, and the worthless-after-a-crash live state."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.film.requests import Fact


class Happened(StrEnum):
    """Kinds of events."""

    RUN_STARTED = "run_started"
    RUN_ENDED = "run_ended"  # data.outcome: done, waiting, failed, interrupted; planned after an import
    PLAN_ACCEPTED = "plan_accepted"
    PLAN_REFUSED = "plan_refused"  # plan.json was edited badly; the last good one stays in force
    STEP_STARTED = "step_started"
    STEP_DONE = "step_done"
    STEP_FAILED = "step_failed"
    RESTORED = "restored"  # an old artifact came back from the history; nothing was rendered
    MOVED_ASIDE = "moved_aside"  # something damaged was found and put into .history/damaged
    WAITING = "waiting"
    LOADED = "loaded"  # a backend was loaded into a host


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event; `at` is seconds since the epoch, `done` and `total` count the steps of the reel."""

    event: Happened
    at: float
    step: str = ""
    phase: str = ""
    shot: int | None = None
    take: int | None = None
    message: str = ""
    done: int = 0
    total: int = 0
    data: dict[str, Fact] = {}


class Live(msgspec.Struct, frozen=True):
    """What goes on this moment; seconds throughout. `eta_low`..`eta_high` is the range of `eta`."""

    at: float
    pid: int
    step: str
    phase: str
    fraction: float
    note: str
    elapsed: float
    done: int
    total: int
    eta: float | None = None
