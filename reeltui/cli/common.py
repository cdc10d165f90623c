"""What several verbs share: the library argument, opening a reel, assessing it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import msgspec

from core.engines.registry import choose_engine
from core.engines.wording import load_wording
from core.film.lineup import Lineup, Role
from core.film.wording import Wording
from core.folder.library import find_reel
from core.folder.records import Snapshot
from core.folder.snapshot import Checker, check_size, read_snapshot
from core.pipeline.board import Board, assess
from core.pipeline.cost import Rates, Timing, forecast
from core.pipeline.eta import Ahead, Pace, passing, remaining
from core.pipeline.needs import measured
from core.pipeline.report import StatusReport, current_live, report
from core.pipeline.residency import declared_needs, soon
from core.places import at_home, library_dir
from core.worker.records import load_timings, timings


def add_library(parser: argparse.ArgumentParser) -> None:
    """Add --library."""
    parser.add_argument(
        "--library",
        metavar="DIR",
        type=Path,
        default=None,
        help="folder of the reels (default: $REELTUI_LIBRARY, or ~/reels)",
    )


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON on standard output")


def add_reel(parser: argparse.ArgumentParser) -> None:
    """Add the reel's name and --library."""
    parser.add_argument("reel", metavar="REEL", help="name of the reel, or path of its folder")
    add_library(parser)


def library_of(args: argparse.Namespace) -> Path:
    """Return the library that was asked for."""
    chosen: Path | None = args.library
    return (at_home(chosen) if chosen else library_dir()).absolute()


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
        settings, live = self.snapshot.reel.settings, current_live(self.snapshot)
        running = live.running if live is not None else ()
        loading = 0.0
        if not running:
            needs = measured(self.lineup, declared_needs(self.lineup), load_timings().recent())
            loading = sum(needs[name].load_seconds for name in soon(self.board, self.lineup, None, certain=True))
        return remaining(
            forecast(self.board, self.lineup, settings),
            self.rates,
            paces={one.step: Pace(one.elapsed, one.fraction) for one in running},
            loading=loading,
            passed=passing(self.history, self.lineup.backends[Role.CRITIC].name),
            takes=settings.figures.takes,
        )


def open_reel(args: argparse.Namespace, check: Checker = check_size) -> Opened:
    """Find and read the reel that was asked for. Raises BadInput."""
    return open_root(find_reel(args.reel, library_of(args)), check)


def open_root(root: Path, check: Checker = check_size) -> Opened:
    """Read a reel by its folder. Raises BadInput."""
    snapshot = read_snapshot(root, check)
    lineup, wording = choose_engine(snapshot.reel.settings.engine), load_wording()
    board = assess(snapshot, lineup, wording)
    history = tuple(timings().recent())
    return Opened(root, snapshot, board, lineup, wording, Rates(lineup, history), history)
