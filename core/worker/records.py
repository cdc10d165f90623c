"""What the worker writes about its work: events, live state, the critic's log, this machine's step times."""

from __future__ import annotations

import contextlib
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from core.film.event import Event, Happened, Live
from core.film.requests import Fact
from core.film.text import clean
from core.film.verdict import Verdict
from core.folder import layout
from core.folder.journal import Journal
from core.folder.timings import Timings
from core.folder.write import disk_trouble, write_whole
from core.pipeline.cost import Timing
from core.pipeline.steps import Step
from core.places import state_dir

# Live state is replaced at most this often (seconds); more cannot be read and costs the disk.
LIVE_EVERY = 0.25


def _own_file(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def utc_now() -> str:
    """Return the moment in UTC, ISO 8601, to the millisecond: two receipts of one step are never of one moment."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timings() -> Timings[Timing]:
    """Return this machine's history of step times."""
    return Timings(state_dir() / "timings.jsonl", Timing)


class Ledger:
    """Writes a run's records into the reel; the caller holds the reel's lock.

    `done` and `total` count the reel's steps and go into every record.
    """

    def __init__(self, root: Path) -> None:
        self.done = 0
        self.total = 0
        self._root = root
        self._events = Journal(root / layout.EVENTS, Event)
        self._live_at = 0.0

    def event(
        self, happened: Happened, step: Step | None = None, message: str = "", data: dict[str, Fact] | None = None
    ) -> Event:
        """Append an event durably and return it. Raises DiskTrouble."""
        event = Event(
            event=happened,
            at=time.time(),
            step=step.id if step else "",
            phase=step.phase.value if step else "",
            shot=step.shot if step else None,
            take=step.take if step else None,
            message=message,
            done=self.done,
            total=self.total,
            data=data or {},
        )
        self._events.append(event)
        return event

    def live(self, step: Step, fraction: float, note: str, elapsed: float, eta: float | None) -> Live | None:
        """Replace live.json, unless that was just done; return what it says now, or None. Raises DiskTrouble."""
        now = time.time()
        if fraction > 0 and now - self._live_at < LIVE_EVERY:
            return None
        self._live_at = now
        live = Live(
            at=now,
            pid=os.getpid(),
            step=step.id,
            phase=step.phase.value,
            fraction=fraction,
            note=clean(note, limit=100),
            elapsed=elapsed,
            done=self.done,
            total=self.total,
            eta=eta,
        )
        write_whole(self._root / layout.LIVE, msgspec.json.encode(live), durable=False)
        return live

    def idle(self) -> None:
        """Take live.json away: nothing goes on."""
        with contextlib.suppress(OSError):
            (self._root / layout.LIVE).unlink(missing_ok=True)

    def critic(self, shot: int, take: int, verdict: Verdict, passed: bool, threshold: float) -> None:
        """Add a judgement to critic.log, for reading. Raises DiskTrouble."""
        names = ("character", "scene", "composition", "artifacts")
        axes = ", ".join(f"{name} {value:g}" for name, value in zip(names, verdict.axes, strict=True))
        result = "PASSED" if passed else "FAILED"
        head = f"shot {shot}  take {take}  {result}  overall {verdict.overall:g} of {threshold:g}  ({axes})"
        self.note([head, *(f"    {clean(issue)}" for issue in verdict.issues)])

    def note(self, lines: list[str]) -> None:
        """Add lines to critic.log, the first with the time. Raises DiskTrouble."""
        path = self._root / layout.CRITIC_LOG
        try:
            with open(path, "a", encoding="utf-8", opener=_own_file) as log:
                log.write("\n".join([f"{utc_now()}  {lines[0]}", *lines[1:]]) + "\n")
        except OSError as error:
            disk_trouble(error, path)
