"""Looks at real processes and at the reels they write, from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from core.film.event import Event, Happened, Live
from core.folder import layout
from core.folder.journal import Journal
from core.folder.records import Receipt

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0  # for a machine that is busy with other things; nothing here takes a tenth of it
# What two runs of the same reel may differ in: when, how long, by which library versions.
PASSING = ("seconds", "finished", "seal", "versions", "peak_vram")


def until(what: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """Return the first true answer of `what`; fail when there is none in time."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.004)
    raise AssertionError("it never happened")


def alive(pid: int) -> bool:
    """Tell whether a process runs; one that is dead and only waits to be counted does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def hosts_of(parent: int) -> list[int]:
    """Return the host processes that `parent` started and that still run, orphaned or not."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"core.worker.hosts.child" in words and str(parent).encode() in words and alive(int(folder.name)):
            found.append(int(folder.name))
    return found


# A job in the background of a script inherits an ignored Ctrl-C, and these tests may run in one.
_BOOT = """\
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)  # whatever runs the tests may have them ignored
module, prelude = sys.argv[1:3]
sys.argv[1:3] = []
exec(prelude)
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def start(words: Iterable[str], *, module: str = "tests.driver", **options: Any) -> subprocess.Popen[bytes]:
    """Start the command line in a process of its own; output into pipes unless `options` say otherwise.

    `pause`: seconds every step of the toys takes. `prelude`: Python that the process runs first.
    """
    pause = str(options.pop("pause", 0))
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TOY_PAUSE": pause, **options.pop("env", {})}
    command = [sys.executable, "-c", _BOOT, module, options.pop("prelude", ""), *words]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=ROOT, env=env, **{**pipes, **options})


def finish(process: subprocess.Popen[bytes], patience: float = 2 * PATIENCE) -> tuple[int, str, str]:
    """Wait for a process; return its exit code, standard output and standard error."""
    try:
        out, err = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, (out or b"").decode(), (err or b"").decode()


def cli(*words: str, **options: Any) -> tuple[int, str, str]:
    """Run the command line with toys to its end; return exit code, standard output and standard error."""
    return finish(start(words, **options))


def events(root: Path) -> list[Event]:
    """Return the reel's events so far."""
    return Journal(root / layout.EVENTS, Event).read()[0]


def live(root: Path) -> Live | None:
    """Return what goes on in the reel this moment."""
    try:
        return msgspec.json.decode((root / layout.LIVE).read_bytes(), type=Live)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def done(told: list[Event], phase: str | None = None) -> list[str]:
    """Return the steps that were finished, in order, of one phase or all."""
    return [e.step for e in told if e.event is Happened.STEP_DONE and phase in (None, e.phase)]


def repeated(told: list[Event], whole: list[Event]) -> dict[str, int]:
    """Return the steps that were finished more often than in a run that nobody disturbed (`whole`)."""
    return dict(Counter(done(told)) - Counter(done(whole)))


def receipts(root: Path) -> dict[str, Any]:
    """Return every receipt of a reel by its path, without what may differ between two runs."""
    found = {}
    for path in sorted(root.rglob("*.json")):
        name = path.relative_to(root).as_posix()
        if name.startswith(".") or name in (layout.PLAN_FILE, layout.LIVE):
            continue
        receipt = msgspec.to_builtins(msgspec.json.decode(path.read_bytes(), type=Receipt))
        found[name] = {key: value for key, value in receipt.items() if key not in PASSING}
    return found


def everything(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder, to see later that nothing changed."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def leftovers(root: Path) -> list[str]:
    """Return what a run must never leave behind: temp files, staged work, live state."""
    staged = (root / layout.STAGING).rglob("*")
    temps = [*root.rglob("*.tmp"), *root.rglob("*.part")]
    passing = [root / layout.LIVE] if (root / layout.LIVE).exists() else []
    return [path.relative_to(root).as_posix() for path in [*staged, *temps, *passing]]


def lines(text: str) -> list[Any]:
    """Return JSON lines, decoded."""
    return [json.loads(line) for line in text.splitlines()]
