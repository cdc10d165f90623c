"""What the worker writes about its work: events, live state, the critic's log, this machine's step times."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from core.film.event import NOTHING, Beside, Detail, Event, Happened, Live, stage_of
from core.film.gauge import Gauge
from core.film.text import clean
from core.film.verdict import Verdict
from core.folder import layout
from core.folder.journal import Journal
from core.folder.timings import Timings
from core.folder.write import disk_trouble, write_whole
from core.pipeline.cost import Estimate, Timing
from core.pipeline.needs import LoadTiming
from core.pipeline.steps import Step
from core.places import state_dir

# Live state is replaced at most this often (seconds); more cannot be read and costs the disk.
LIVE_EVERY = 0.25
QUIET_EVERY = 1.0


def _own_file(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def utc_now() -> str:
    """Return the moment in UTC, ISO 8601, to the millisecond: two receipts of one step are never of one moment."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timings() -> Timings[Timing]:
    """Return this machine's history of step times."""
    return Timings(state_dir() / "timings.jsonl", Timing)


def load_timings() -> Timings[LoadTiming]:
    """Return this machine's history of loads."""
    return Timings(state_dir() / "loads.jsonl", LoadTiming)


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
        self._live_about = ("", "")

    def event(self, happened: Happened, step: Step | None = None, message: str = "", detail: Detail = NOTHING) -> Event:
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
            data=msgspec.to_builtins(detail),
            stage=stage_of(happened, step.phase if step else None, detail),
        )
        self._events.append(event)
        return event

    def live(
        self,
        running: Sequence[Beside],
        eta: Estimate | None,
        gauges: tuple[Gauge, ...] = (),
        *,
        loads: int = 0,
        news: bool = True,
    ) -> Live | None:
        """Replace live.json, unless that was just done; return what it says now, or None. Raises DiskTrouble.

        Without `news` once a second is often enough.
        """
        now = time.time()
        first = running[0] if running else Beside("", "", 0.0, "", 0.0)
        since = now - self._live_at
        if since < (LIVE_EVERY if news else QUIET_EVERY) and (first.step, first.doing) == self._live_about:
            return None
        self._live_at, self._live_about = now, (first.step, first.doing)
        live = Live(
            at=now,
            pid=os.getpid(),
            step=first.step,
            phase=first.phase,
            fraction=first.fraction,
            note=first.note,
            elapsed=first.elapsed,
            done=self.done,
            total=self.total,
            eta=eta.seconds if eta else None,
            eta_low=eta.low if eta else None,
            eta_high=eta.high if eta else None,
            running=tuple(running),
            gauges=gauges,
            loads=loads,
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
