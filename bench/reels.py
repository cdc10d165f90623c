"""Libraries to look at: a real animatic reel, made once and linked under many names; and one that is being rendered."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from bench.sitting import NotMeasured
from core.film.event import Event, Happened
from core.film.lineup import Phase
from core.folder import layout
from core.folder.journal import Journal
from core.folder.library import write_reel
from core.folder.lock import holder_of
from core.folder.snapshot import read_reel

# Every reel's name begins with this and no other text of one has it, so that it is seen where a name is.
PREFIX = "harbour-"
LIVE = f"{PREFIX}live"
SENTENCE = "a lighthouse keeper rows out at dawn"
_NEWEST = datetime(2026, 1, 31, tzinfo=UTC)
_PATIENCE = 300.0


def reeltui(env: Mapping[str, str], *words: str) -> None:
    """Run a verb in an environment of its own. Raises NotMeasured with what it said where it fails."""
    command = [sys.executable, "-m", "reeltui", *words]
    try:
        done = subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        raise NotMeasured(f"`reeltui {words[0]}` took more than {_PATIENCE:g} s") from None
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise NotMeasured(f"`reeltui {words[0]}` ended with {done.returncode}: {said[-1] if said else 'not a word'}")


def make_one(library: Path, env: Mapping[str, str]) -> Path:
    """Make a reel of six shots for real, small, in some ten seconds, and return it. Raises NotMeasured."""
    words = ["--library", str(library), "--name", "model", "--foreground", "--preset", "draft", "--size", "640x360"]
    reeltui(env, "make", SENTENCE, *words)
    return library / "model"


def fill(library: Path, model: Path, count: int) -> Path:
    """Fill a library with so many reels like `model`, an hour between them, and return it."""
    library.mkdir(parents=True)
    reel = read_reel(model)
    for number in range(1, count + 1):
        root = library / f"{PREFIX}{number:04d}"
        # Hard links: a thousand reels are made in seconds, and they are read like any other.
        shutil.copytree(model, root, copy_function=lambda source, goal: Path(goal).hardlink_to(source))
        (root / layout.REEL_FILE).unlink()
        created = (_NEWEST - timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
        changed = {"id": uuid.uuid4().hex, "name": root.name, "sentence": f"{SENTENCE}, number {number}"}
        write_reel(root, msgspec.structs.replace(reel, **changed, created=created))
    return library


@contextlib.contextmanager
def rendering(library: Path, env: Mapping[str, str]) -> Iterator[Callable[[], str]]:
    """While this holds, a real worker makes a reel of 24 shots in a library, and clips are being made.

    Gives a function that returns why nothing is rendered any more ("" as long as it is). Raises NotMeasured.
    """
    root = library / LIVE
    words = ["--library", str(library), "--name", LIVE, "--preset", "draft", "--size", "960x540", "--shots", "24"]
    try:
        reeltui(env, "make", SENTENCE, *words, "--detach")
        _wait_for_clips(root)
        yield lambda: "" if holder_of(root / layout.LOCK) else f"{LIVE} was finished before the measuring was"
    finally:
        with contextlib.suppress(NotMeasured):  # it may have ended by itself, or never have begun
            reeltui(env, "cancel", LIVE, "--library", str(library))
        with contextlib.suppress(NotMeasured):
            reeltui(env, "worker", "stop")
        shutil.rmtree(root, ignore_errors=True)


def _wait_for_clips(root: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    journal = Journal(root / layout.EVENTS, Event)
    while time.monotonic() < deadline:
        events = journal.tail(65536)
        if any(event.event is Happened.STEP_DONE and event.phase == Phase.ANIMATE for event in events):
            return
        if events and events[-1].event is Happened.RUN_ENDED:
            raise NotMeasured(f"{root.name} ended before its first clip: {events[-1].message}")
        time.sleep(0.2)
    raise NotMeasured(f"{root.name} has no clip after {_PATIENCE:g} s")
