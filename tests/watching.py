"""Looks at real processes and at the reels they write, from outside."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.film.event import Event, Happened, Live
from core.folder import layout
from core.folder.journal import Journal
from core.folder.queue import read_queue
from core.folder.records import Receipt
from core.worker.daemon.state import Running, workers

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 60.0  # for a machine that is busy with other things; nothing here takes a tenth of it
# What two runs of the same reel may differ in: when, how long, by which library versions.
PASSING = ("seconds", "finished", "seal", "versions", "peak_vram", "planned_vram")


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


# --- a detached worker ------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def detached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Toys in the user's own config, a worker as it comes; whatever a test leaves behind is ended."""
    monkeypatch.delenv("REELTUI_WORKER")
    monkeypatch.setenv("TOY_HOLD", str(tmp_path / "hold"))
    configure()
    yield
    ended: list[int] = []
    for worker in _our_processes():
        ended += [worker, *hosts_of(worker)]
        os.kill(worker, signal.SIGKILL)
    until(lambda: not any(alive(pid) for pid in ended))


def _our_processes() -> list[int]:
    """Return the workers of this test, whatever the files say that a test has written over."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            ours = f"XDG_STATE_HOME={os.environ['XDG_STATE_HOME']}\0".encode() in (folder / "environ").read_bytes()
            if ours and b"core.worker.daemon" in (folder / "cmdline").read_bytes() and alive(int(folder.name)):
                found.append(int(folder.name))
    return found


def configure(*settings: str) -> None:
    """Write the user's own config: slow toys as the engine "toy", and settings of the worker."""
    folder = Path(os.environ["XDG_CONFIG_HOME"], "reeltui")
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(['[engines]\ntoy = "tests.driver:slow_lineup"', "[worker]", *settings, ""])
    (folder / "config.toml").write_text(text)


def reeltui(*words: str, code: int = 0, pause: float = 0.02, **options: Any) -> tuple[str, str]:
    """Run a command to its end; return what it said."""
    found, out, err = cli(*words, module="reeltui", pause=pause, **options)
    assert found == code, (words, found, out, err)
    return out, err


def client(*words: str, pause: float = 0.1, **options: Any) -> subprocess.Popen[bytes]:
    """Start a command and do not wait for it."""
    return start(words, module="reeltui", pause=pause, **options)


def only() -> Running:
    """The one worker there is."""
    (found,) = workers()
    return found


def outcomes(root: Path) -> list[Any]:
    """Return how each run of a reel ended."""
    return [event.data["outcome"] for event in events(root) if event.event is Happened.RUN_ENDED]


def queued(library: Path) -> list[str]:
    """Return the names of the reels in a library's queue, in order."""
    return [entry.name for entry in read_queue(library).reels]


# --- a step that waits --------------------------------------------------------------------------------------------


def hold(root: Path, step: str) -> Path:
    """Have a slow toy wait at this step as long as the file is there that is returned; $TOY_HOLD names the folder."""
    path = Path(os.environ["TOY_HOLD"], root.name, step.replace("/", "~"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def held_at(root: Path, step: str) -> bool:
    """Tell whether a step is under way and waits."""
    now = live(root)
    return now is not None and any((one.step, one.note) == (step, "held") for one in now.running)
