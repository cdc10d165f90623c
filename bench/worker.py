"""Measures the worker itself: what a step costs beside its engine's work, and what an idle worker costs."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

from bench.told import target
from core.engines.wording import load_wording
from core.film.event import Event, Happened, Live, Loaded
from core.film.plan import encode_plan
from core.film.settings import Settings
from core.folder import layout
from core.folder.commit import read_receipt
from core.folder.library import create_reel
from core.folder.write import write_whole
from core.worker.hosts.troupe import Troupe
from core.worker.records import utc_now
from core.worker.run import Runner
from core.worker.settings import WorkerSettings
from tests.toys import toy_lineup, toy_plan

MAX_STEP = 0.050  # seconds
MAX_IDLE_CORE = 0.5  # per cent of one core
MAX_IDLE_BYTES = 60e6
_TICKS = os.sysconf("SC_CLK_TCK")


def step_overhead(library: Path, shots: int) -> tuple[int, float, float]:
    """Play a reel of toys (64x64, a few kilobytes a file) with real hosts.

    Return the number of steps, the seconds a step took beside the backend's own work and the loading, and the run's
    whole seconds.
    """
    plan = toy_plan(shots)
    root = create_reel(library, "a bench", Settings(width=64, height=64, shots=shots), name=None, now=utc_now())
    write_whole(root / layout.PLAN_FILE, encode_plan(plan))
    troupe = Troupe(settings=WorkerSettings(memory=4.0))
    try:
        started = time.monotonic()
        runner = Runner(root, toy_lineup(), load_wording(), verb="bench", troupe=troupe)
        events = [item for item in runner.run() if not isinstance(item, Live)]
        took = time.monotonic() - started
    finally:
        troupe.end()
    done = [event for event in events if event.event is Happened.STEP_DONE]
    receipts = (read_receipt(root / layout.receipt_name(event.step)) for event in done)
    work = sum(receipt.seconds for receipt in receipts if receipt is not None)
    return len(done), (took - work - loading(events)) / len(done), took


def loading(events: list[Event]) -> float:
    """Return the seconds between a step's start and its backend's being loaded, over all steps that had to wait."""
    begun = {event.step: event.at for event in events if event.event is Happened.STEP_STARTED}
    waited = [e.at - begun[e.step] for e in events if isinstance(e.detail(), Loaded) and e.step in begun]
    return sum(waited)


def idle(pid: int, seconds: float) -> tuple[float, int]:
    """Return how much of one core (per cent) a process used over so many seconds, and the bytes it holds (PSS)."""
    before, begun = _ticks(pid), time.monotonic()
    time.sleep(seconds)
    used = (_ticks(pid) - before) / _TICKS
    words = Path(f"/proc/{pid}/smaps_rollup").read_text().split()
    return 100 * used / (time.monotonic() - begun), int(words[words.index("Pss:") + 1]) * 1024


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shots", type=int, default=12, help="shots of the reel of toys (default 12)")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long the idle worker is watched (default 30)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = f"{folder}/{name.lower()}"
        os.environ.pop("REELTUI_WORKER", None)
        steps, overhead, took = step_overhead(Path(folder, "library"), args.shots)
        print(f"a reel of toys: {steps} steps in {took:.2f} s")
        target("a step beside its engine", 1000 * overhead, 1000 * MAX_STEP, "ms")
        _idle_worker(Path(folder, "idle"), args.seconds)


def _idle_worker(library: Path, seconds: float) -> None:
    from core.worker.daemon.start import start
    from core.worker.daemon.stop import How, stop

    library.mkdir()
    running = start(("cpu",), linger=None, library=library)
    try:
        time.sleep(2.0)  # what starting costs is not idling
        core, held = idle(running.pid, seconds)
    finally:
        list(stop(running, How.NOW))
    print(f"an idle worker, watched for {seconds:g} s")
    target("processor time", core, MAX_IDLE_CORE, "% of a core")
    target("memory (PSS)", held / 1e6, MAX_IDLE_BYTES / 1e6, "MB")


if __name__ == "__main__":
    main()
