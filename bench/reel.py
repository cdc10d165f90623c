"""Makes the demo reel and prints what it took: seconds, memory, phases, and the share outside the steps."""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NamedTuple

from bench.told import target
from bench.tree import MemoryWatch
from core.film.event import Event, Happened
from core.folder import layout
from core.folder.commit import read_receipt
from core.folder.journal import Journal

SENTENCE = "a young woman walks through neon-lit Tokyo at night and meets two friends"
DEMO = ("1280x720", "default", "6")  # what the targets mean
MAX_SECONDS = 60.0
MAX_BYTES = 600e6
MAX_OUTSIDE = 0.05


def make(library: Path, words: list[str]) -> tuple[dict[str, Any], float, MemoryWatch]:
    """Make the reel in a process of its own; return its status, the wall time in seconds and the memory watch."""
    started = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "reeltui",
        "make",
        SENTENCE,
        "--library",
        str(library),
        "--foreground",
        "--json",
        *words,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        watch = MemoryWatch(process.pid)
        out, err = process.communicate()
    took = time.monotonic() - started
    watch.stop()
    if process.returncode:
        raise SystemExit(f"make ended with {process.returncode}: {err.strip().splitlines()[-1:]}")
    status: dict[str, Any] = json.loads(out.splitlines()[-1])["status"]
    return status, took, watch


class Shares(NamedTuple):
    """Seconds of a run: the backends' own work, steps whole (with inspection, hashing, fsync), during how many of them
    at least one step was under way, and all of it."""

    work: float
    steps: float
    covered: float
    run: float


def shares(root: Path) -> Shares:
    """Work out where a run's time went, from its events and receipts."""
    events = Journal(root / layout.EVENTS, Event).read()[0]
    done = {event.step: float(event.data.get("seconds") or 0) for event in events if event.event is Happened.STEP_DONE}
    receipts = (read_receipt(root / layout.receipt_name(step)) for step in done)
    work = sum(receipt.seconds for receipt in receipts if receipt is not None)
    return Shares(work, sum(done.values()), covered(events), events[-1].at - events[0].at)


def covered(events: list[Event]) -> float:
    """Return the seconds during which at least one step was at work: a step begins with the work and not the loading,
    and the next may begin while it is still being inspected."""
    ends = [
        (event.at - float(event.data["seconds"] or 0), event.at)
        for event in events
        if event.event is Happened.STEP_DONE
    ]
    total, until = 0.0, 0.0
    for begin, end in sorted(ends):
        total += max(0.0, end - max(begin, until))
        until = max(until, end)
    return total


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default=DEMO[0], help="picture size (default 1280x720, which the targets mean)")
    parser.add_argument("--preset", default=DEMO[1])
    parser.add_argument("--shots", default=DEMO[2])
    args = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        words = ["--name", "demo", "--size", args.size, "--preset", args.preset, "--shots", args.shots]
        status, took, watch = make(Path(folder), words)
        found = shares(Path(status["path"]))
    output = status["output"]
    print(f"the demo reel: {output['seconds']:.2f} s at {output['width']}x{output['height']}, preset {args.preset}")
    for phase in status["phases"]:
        each = phase["seconds"] / max(1, phase["done"])
        print(f"  {phase['name']:<10} {phase['done']:>2} steps   {phase['seconds']:6.2f} s   {each:6.2f} s each")
    work, steps, busy, run = found
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"  {work:.2f} s of work, {steps - work:.2f} s to inspect and save it, {run - busy:.2f} s with no step at work"
    )
    print(f"  {used.ru_utime + used.ru_stime:.2f} s of processor time on {os.cpu_count()} cores")
    print(f"  the load was {load:.1f} before" + (": the seconds are those of a busy machine" if load > 0.5 else ""))
    meant = (args.size, args.preset, args.shots) == DEMO
    target("seconds from start to end", took, MAX_SECONDS, "s", meant=meant)
    what = f"peak memory of all processes (PSS, {watch.samples} samples)"
    target(what, watch.peak / 1e6, MAX_BYTES / 1e6, "MB", meant=meant)
    print(f"  largest single process: {watch.largest / 1e6:.0f} MB")
    target("share of the run outside its steps", 100 * (run - busy) / run, 100 * MAX_OUTSIDE, "%", meant=meant)


if __name__ == "__main__":
    main()
