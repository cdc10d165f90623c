"""`reeltui vram`: device memory, now on this machine, or as a reel's steps were planned and measured."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import msgspec

from core.film.gauge import Gauge
from core.film.text import clean
from core.folder.library import find_reel
from core.folder.snapshot import read_snapshot
from core.pipeline.flight import Flight, Flown, PhaseFlown, flight
from core.pipeline.report import current_live
from core.worker.devices.find import open_devices
from core.worker.devices.watch import EVERY, Watch
from core.worker.settings import worker_settings
from reeltui.cli import say
from reeltui.cli.common import add_json, add_library, library_of
from reeltui.cli.vram_lines import device_lines, flight_lines

_EXAMPLES = """\
examples:
  reeltui vram                        the devices of this machine now
  reeltui vram --watch                the same every second, until Ctrl-C
  reeltui vram tokyo-night            what each step was planned to hold, and held
  reeltui vram tokyo-night --json | python3 -m json.tool

What a driver does not tell is shown as "?". [worker] devices in config.toml says which devices; a simulated one is
always marked as simulated.
"""

# How long the first look at the devices may take (seconds); a driver that is slower shows up with the next look.
PATIENCE = 2.0


class Devices(msgspec.Struct, frozen=True):
    """What `vram --json` prints: one look at every device. What is not known is left out of a gauge."""

    at: float
    devices: tuple[Gauge, ...]


class VramReport(msgspec.Struct, frozen=True):
    """What `vram REEL --json` prints. `gauges` is the worker's last look at its devices, while the reel is worked on;
    `measured`: some step has a measured peak."""

    reel: str
    path: str
    running: bool
    measured: bool
    simulated: bool
    phases: tuple[PhaseFlown, ...]
    steps: tuple[Flown, ...]
    failed: dict[str, str]
    gauges: tuple[Gauge, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Show device memory: of this machine now, or of a reel's finished steps, planned against measured. "
        "Changes nothing."
    )
    parser.epilog = _EXAMPLES
    parser.add_argument("reel", metavar="REEL", nargs="?", help="name of a reel, or path of its folder")
    add_library(parser)
    parser.add_argument("--watch", action="store_true", help="show it again every second, until Ctrl-C")
    add_json(parser, "all figures")


def run(args: argparse.Namespace) -> int:
    """Show it once, or until somebody stops it."""
    with ExitStack() as stack:
        look = _reel(args) if args.reel is not None else _machine(stack)
        if not args.watch:
            look(args.json)
            return 0
        try:
            while True:
                _clear(args.json)
                look(args.json)
                time.sleep(EVERY)
        except KeyboardInterrupt:
            return 0  # the only way this ends, so it is no interruption


def _clear(as_json: bool) -> None:
    if not as_json and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb":
        sys.stdout.write("\x1b[H\x1b[2J")
        sys.stdout.flush()


def _width() -> int:
    return shutil.get_terminal_size().columns


def _machine(stack: ExitStack) -> Callable[[bool], None]:
    """Return what shows this machine's devices. Raises BadInput where the settings ask for one that is not there."""
    devices = open_devices(worker_settings().devices)
    for device in devices:
        stack.callback(device.close)
    watch = Watch(devices)

    def look(as_json: bool) -> None:
        gauges = watch.gauges(PATIENCE)
        if as_json:
            say.result(Devices(time.time(), gauges))
            return
        for line in device_lines(gauges, _width()) or [
            "No GPU was found: everything is done on the CPU.",
            'A simulated one: [worker] devices = ["fake:24"] in config.toml.',
        ]:
            say.text(line)

    return look


def _reel(args: argparse.Namespace) -> Callable[[bool], None]:
    """Return what shows a reel's flight record. Raises BadInput."""
    root = find_reel(args.reel, library_of(args))

    def look(as_json: bool) -> None:
        snapshot = read_snapshot(root)
        flown = flight(snapshot)
        running = snapshot.holder is not None
        live = current_live(snapshot)
        gauges = live.gauges if live is not None else ()
        if as_json:
            say.result(_report(snapshot.reel.name, snapshot.path, running, flown, gauges))
            return
        say.text(clean(snapshot.reel.name) + ("   running" if running else ""))
        for line in (*flight_lines(flown, _width()), *(("", *device_lines(gauges, _width())) if gauges else ())):
            say.text(line)

    return look


def _report(name: str, path: str, running: bool, flown: Flight, gauges: tuple[Gauge, ...]) -> VramReport:
    return VramReport(
        reel=name,
        path=path,
        running=running,
        measured=flown.measured,
        simulated=any(phase.simulated for phase in flown.phases) or any(gauge.simulated for gauge in gauges),
        phases=flown.phases,
        steps=flown.steps,
        failed=flown.failed,
        gauges=gauges,
    )
