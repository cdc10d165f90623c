"""`reeltui worker`: the background process that makes reels: start it, stop it, look at it."""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.text import clean
from core.pipeline.impact import phrase
from core.worker.daemon.leases import worker_dir
from core.worker.daemon.libraries import register
from core.worker.daemon.log import read_log
from core.worker.daemon.login import login_danger
from core.worker.daemon.serve import serve
from core.worker.daemon.start import start
from core.worker.daemon.state import Running, log_path, workers
from core.worker.daemon.stop import How, stop
from reeltui import __version__
from reeltui.cli import say
from reeltui.cli.common import add_json, library_of

_EXAMPLES = """\
examples:
  reeltui worker start                    on every GPU there is, or on the CPU; it stays until it is stopped
  reeltui worker start --device cuda:1    on one device only; another worker may have the others
  reeltui worker status                   which workers run, and what they do
  reeltui worker stop                     drop the step in hand and end; the queue stays, nothing finished is lost
  reeltui worker stop --after-step        finish the step in hand first
  reeltui worker logs -f                  what it says, as it says it
  reeltui worker run                      the same work in the foreground, for a system unit (docs/worker.md)

`reeltui make` and `reeltui resume` start a worker by themselves; that one ends after a while of
having nothing to do.
"""

_HELP = {
    "start": "start a worker in the background",
    "stop": "end a worker; the queue stays",
    "status": "show the workers that run",
    "logs": "show what a worker said",
    "run": "be a worker in the foreground",
}
# How often (seconds) a log that is followed is looked at.
_EVERY = 0.25


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Start, stop and look at the background process that makes reels."
    parser.epilog = _EXAMPLES
    add_json(parser, "the answer")
    parser.set_defaults(action="status", device=None)
    actions = parser.add_subparsers(metavar="ACTION", help="status (the default), or one of:")
    for action, text in _HELP.items():
        sub = actions.add_parser(action, help=text, description=text[0].upper() + text[1:] + ".")
        _DECLARED[action](sub)
        # Without a default of its own it leaves alone what was said before the action.
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the answer as JSON")
        sub.set_defaults(action=action)


def _serving(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--device",
        metavar="D",
        action="append",
        default=[],
        help="auto, cpu, cuda:0, rocm:0, fake:24 (simulated); may be repeated (default: from config.toml, else auto)",
    )
    parser.add_argument(
        "--linger", metavar="S", type=_seconds, help="end after S seconds without anything to do (default: never)"
    )
    parser.add_argument(
        "--library", metavar="DIR", type=Path, help="serve this library too (default: $REELTUI_LIBRARY, or ~/reels)"
    )


def _seconds(text: str) -> float:
    value = float(text)
    if not (value >= 0 and math.isfinite(value)):
        raise ValueError(text)
    return value


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", metavar="D", help="only the worker of this device")


def _stopping(parser: argparse.ArgumentParser) -> None:
    _one(parser)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--after-step", action="store_true", help="finish the steps in hand first")
    how.add_argument("--kill", action="store_true", help="do not ask, kill it; the last resort")


def _reading(parser: argparse.ArgumentParser) -> None:
    _one(parser)
    parser.add_argument("-n", metavar="N", type=int, default=40, dest="count", help="the last N lines (default 40)")
    parser.add_argument("-f", action="store_true", dest="follow", help="go on showing what is said")


_DECLARED: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "start": _serving,
    "stop": _stopping,
    "status": _one,
    "logs": _reading,
    "run": _serving,
}


def run(args: argparse.Namespace) -> int:
    """Do it."""
    _ACTIONS[args.action](args)
    return 0


def _library(args: argparse.Namespace) -> None:
    """Register the library that is meant; the default one only where it is there already."""
    library = library_of(args)
    if args.library is not None or library.is_dir():
        warning = register(library)
        if warning:
            say.note(f"reeltui: {clean(warning, limit=600)}")


def _start(args: argparse.Namespace) -> None:
    _library(args)
    running = start(args.device, linger=args.linger, library=None, version=__version__)
    warning = login_danger()
    if args.json:
        say.result(running)
    else:
        say.text(f"worker started: process {running.pid}, {', '.join(running.devices)}; log {running.log}")
    if warning:
        say.note(f"warning: {warning}")


def _run(args: argparse.Namespace) -> None:
    _library(args)

    def ready(running: Running) -> None:
        if args.json:
            say.result(running)

    serve(args.device, linger=args.linger, by_hand=True, detached=False, version=__version__, ready=ready)


class Stopped(msgspec.Struct, frozen=True):
    """A worker that ended: what it was doing, which is dropped unless it was let finish."""

    pid: int
    devices: tuple[str, ...]
    reel: str
    step: str
    how: How


def _stop(args: argparse.Namespace) -> None:
    how = How.KILL if args.kill else How.AFTER_STEP if args.after_step else How.NOW
    chosen = _chosen(args)
    answers = []
    for running in chosen:
        name = clean(Path(running.reel).name)
        for now in stop(running, how):
            doing = f"; it works on {phrase(now.step)} of {name}" if now.step and now.reel else ""
            say.note(f"process {now.pid} is still ending{clean(doing)}")
        answers.append(Stopped(running.pid, running.devices, running.reel, running.step, how))
        if not args.json:
            say.text(f"worker stopped: process {running.pid}, {', '.join(running.devices)}{_dropped(running, how)}")
    if args.json:
        say.result(answers)
    elif not chosen:
        say.text("no worker runs")


def _dropped(running: Running, how: How) -> str:
    if not running.reel:
        return "; it had nothing in hand"
    name = clean(Path(running.reel).name)
    stays = f"{name} stays in the queue, and the next worker goes on with it"
    if how is How.AFTER_STEP or not running.step:
        return f"; {stays}"
    return f"; {clean(phrase(running.step))} of {name} was dropped. {stays}"


def _chosen(args: argparse.Namespace) -> list[Running]:
    return [worker for worker in workers() if args.device is None or args.device in worker.devices]


def _status(args: argparse.Namespace) -> None:
    found = _chosen(args)
    if args.json:
        say.result(found)
        return
    if not found:
        say.text("no worker runs; `reeltui make` and `reeltui resume` start one by themselves")
    for worker in found:
        for line in _described(worker):
            say.text(line)


def _described(worker: Running) -> list[str]:
    stays = "started by hand, stays"
    if worker.linger is not None:
        stays = f"{'started by hand' if worker.by_hand else 'started with a reel'}, ends after"
        stays += f" {say.seconds(worker.linger)} without anything to do"
    doing = "nothing to do"
    if worker.reel:
        step = f", {clean(phrase(worker.step))}" if worker.step else ""
        doing = f"makes {clean(Path(worker.reel).name)}{step}"
    version = f", reeltui {clean(worker.version)}" if worker.version else ""
    lines = [
        f"process {worker.pid} on {clean(worker.host)}   {clean(', '.join(worker.devices))}   {doing}",
        f"  since {clean(worker.since)}, {stays}{version}",
        f"  log {clean(worker.log)}",
    ]
    if worker.leaving:
        lines.append("  is about to end")
    if worker.error:
        lines.append(f"  last error, {clean(worker.error_at)}: {clean(worker.error, limit=500)}")
    return lines


def _logs(args: argparse.Namespace) -> None:
    if args.count < 0:
        raise BadInput(f"-n is {args.count}", remedy="give a number of lines, 0 or more")
    if args.json and args.follow:
        raise BadInput("-f and --json do not go together", remedy="leave one out")
    path = _log_file(args)
    if args.follow:
        _follow_log(path, args.count)
        return
    lines = read_log(path, args.count)
    if args.json:
        say.result({"log": str(path), "lines": lines})
        return
    for line in lines:
        say.text(line)


def _log_file(args: argparse.Namespace) -> Path:
    """Return the log that is meant: of the device, of the worker that runs, else the newest there is."""
    if args.device is not None:
        running = _chosen(args)
        return Path(running[0].log) if running else log_path((args.device,))
    alive = [Path(worker.log) for worker in workers()]
    if len(alive) > 1:
        devices = ", ".join(worker.devices[0] for worker in workers())
        raise BadInput("several workers run", remedy=f"choose one with --device: {devices}")
    if alive:
        return alive[0]
    logs = sorted(worker_dir().glob("worker-*.log"), key=lambda path: path.stat().st_mtime)
    if not logs:
        raise BadInput("no worker has run here yet", remedy="`reeltui worker start` starts one")
    return logs[-1]


def _follow_log(path: Path, count: int) -> None:
    """Show the last lines and what is added, also after the file was replaced by the next one, until Ctrl-C."""
    file = path.open(encoding="utf-8", errors="replace")
    try:
        # What is written while the last lines are looked for comes after them, once.
        end = file.seek(0, 2)
        for line in read_log(path, count, end=end):
            say.text(line)
        half = ""  # of a line that is being written
        while True:
            for piece in file:
                half += piece
                if half.endswith("\n"):
                    say.text(half[:-1])
                    half = ""
            try:
                replaced = path.stat().st_ino != Path(f"/proc/self/fd/{file.fileno()}").stat().st_ino
            except FileNotFoundError:
                replaced = False  # the next one is about to come
            if replaced:
                file.close()
                file = path.open(encoding="utf-8", errors="replace")
                continue
            time.sleep(_EVERY)
    except KeyboardInterrupt:
        return
    finally:
        file.close()


_ACTIONS: dict[str, Callable[[argparse.Namespace], None]] = {
    "start": _start,
    "stop": _stop,
    "status": _status,
    "logs": _logs,
    "run": _run,
}
