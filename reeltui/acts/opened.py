"""A reel opened: its snapshot, and everything a face works out from it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.engines.registry import engine_of
from core.engines.wording import load_wording
from core.film.event import Beside
from core.film.lineup import Lineup, Role
from core.film.settings import Settings
from core.film.wording import Wording
from core.folder.records import Snapshot
from core.folder.snapshot import Checker, check_size, read_snapshot
from core.pipeline.board import Board, assess
from core.pipeline.cost import Rates, Timing, forecast
from core.pipeline.eta import Ahead, Pace, passing, remaining
from core.pipeline.needs import measured
from core.pipeline.report import StatusReport, current_live, report
from core.pipeline.residency import declared_needs, soon
from core.worker.records import load_timings, timings


class Opened(msgspec.Struct, frozen=True):
    """A reel with everything worked out about it."""

    root: Path
    snapshot: Snapshot
    board: Board
    lineup: Lineup
    wording: Wording
    rates: Rates
    history: tuple[Timing, ...]

    def status(self) -> StatusReport:
        """Return the status report."""
        return report(self.snapshot, self.board, self.ahead(), time.time())

    def ahead(self) -> Ahead:
        """Return the work that is due, as long as it takes on this machine."""
        live = current_live(self.snapshot)
        running = live.running if live is not None else ()
        settings = self.snapshot.reel.settings
        return work_ahead(self.board, self.lineup, settings, self.history, rates=self.rates, running=running)


def work_ahead(
    board: Board,
    lineup: Lineup,
    settings: Settings,
    history: Sequence[Timing],
    *,
    rates: Rates | None = None,
    running: Sequence[Beside] = (),
) -> Ahead:
    """Return the work a board has ahead, as long as it takes on this machine; `running` are the steps under way."""
    loading = 0.0
    if not running:
        needs = measured(lineup, declared_needs(lineup), load_timings().recent())
        loading = sum(needs[name].load_seconds for name in soon(board, lineup, None, certain=True))
    return remaining(
        forecast(board, lineup, settings),
        rates or Rates(lineup, history),
        paces={one.step: Pace(one.elapsed, one.fraction) for one in running},
        loading=loading,
        passed=passing(history, lineup.backends[Role.CRITIC].name),
        takes=settings.figures.takes,
    )


def open_root(root: Path, check: Checker = check_size) -> Opened:
    """Read a reel by its folder. Raises BadInput."""
    snapshot = read_snapshot(root, check)
    lineup, wording = engine_of(snapshot.reel.settings), load_wording()
    board = assess(snapshot, lineup, wording)
    history = tuple(timings().recent())
    return Opened(root, snapshot, board, lineup, wording, Rates(lineup, history), history)
