"""Fetches a model from the hub in a child process: looks first whether it fits, tells how far it is, pins what came."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from core.engines.hub import Presence, hub_cache, look, repository_folder
from core.engines.hub_child import GO, Answer, Ask, Done, Listed, Trouble, Wrong
from core.engines.models import Model
from core.engines.pins import Pin, pin, read_pins
from core.film.errors import BadInput, DiskTrouble, EngineTrouble, PersonNeeded, ReelError, TryAgain

# Left free on the disk: a full one would hurt more than the model.
SPARE = 500_000_000
EVERY = 0.5  # seconds between two looks
LISTING = 180.0  # seconds the hub may take to say what a model is made of: it is asked a few questions for that
_WINDOW = 20  # looks the rate is taken over: 10 seconds
_GOODBYE = 5.0
_TRUE = ("1", "ON", "YES", "TRUE")


class Fetching(msgspec.Struct, frozen=True):
    """How far a model is: bytes there and in all, bytes a second lately, and the seconds left (None: not known yet)."""

    model: str
    done: int
    total: int
    rate: float = 0.0
    left: float | None = None


class Fetched(msgspec.Struct, frozen=True):
    """A model is there, pinned at `revision`; `came` are the bytes that were downloaded for it now."""

    model: str
    revision: str
    folder: str
    bytes: int
    came: int


def offline(environ: Mapping[str, str]) -> str:
    """Return the variable that forbids the network, or ""."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return next((name for name in names if environ.get(name, "").upper() in _TRUE), "")


def check_room(models: Iterable[Model], environ: Mapping[str, str]) -> None:
    """Raise DiskTrouble where the disk has no room for all of them, by what they are declared to take.

    Nothing is asked of the hub; each model's own files are looked at once more before it is begun.
    """
    cache, pins = hub_cache(environ), read_pins()
    to_come = 0
    for model in models:
        found = look(model, cache, pins[model.repository].revision if model.repository in pins else "")
        to_come += 0 if found.presence is Presence.COMPLETE else max(0, model.bytes - found.bytes)
    _check_free(cache, to_come, "what is asked for")


def fetch(model: Model, environ: Mapping[str, str]) -> Generator[Fetching | Fetched]:
    """Fetch a model's newest commit and yield how far it is, then Fetched. Files that are there already are kept.

    Closing the iterator, or any error, ends the child. Raises BadInput (forbidden, no such model), EngineTrouble (no
    huggingface_hub), PersonNeeded (gated), DiskTrouble (too small, before anything is downloaded), TryAgain (network).
    """
    name = offline(environ)
    if name:
        raise BadInput(f"{name} is set, which forbids the network", remedy=f"unset {name}, then fetch again")
    if importlib.util.find_spec("huggingface_hub") is None:
        raise _error(model, Wrong(Trouble.PACKAGE, "huggingface_hub is not installed"))
    cache = hub_cache(environ)
    with _Child(Ask(model.repository, model.revision, model.fetched or ("*",), os.fspath(cache)), environ) as child:
        until = time.monotonic() + LISTING
        listed = child.answer(model)
        while listed is None:
            if time.monotonic() > until:
                raise _error(model, Wrong(Trouble.NETWORK, f"it gave no answer within {LISTING:g} s"))
            listed = child.answer(model)
        if not isinstance(listed, Listed):
            raise child.broken(model)
        tracker = _Tracker(model, listed, cache)
        before = tracker.done()
        _check_free(cache, tracker.total - before, model.repository)
        tracker.drop_damaged()
        child.go()
        yield tracker.now()
        answer = child.answer(model)
        while answer is None:
            yield tracker.now()
            answer = child.answer(model)
        if not isinstance(answer, Done):
            raise child.broken(model)
    yield Fetching(model.repository, tracker.total, tracker.total, 0.0, 0.0)
    _check_came(Path(answer.folder), listed.files)
    pin(model.repository, Pin(listed.revision, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), listed.files))
    yield Fetched(model.repository, listed.revision, answer.folder, tracker.total, max(0, tracker.total - before))


def _check_came(folder: Path, files: Mapping[str, int]) -> None:
    for path, size in files.items():
        found = (folder / path).stat().st_size if (folder / path).is_file() else None
        if found != size:
            text = f"{path} came with {found or 0} bytes instead of {size}"
            raise TryAgain(text, remedy="remove that file from the cache, then fetch again")


def _check_free(cache: Path, to_come: int, what: str) -> None:
    place = next((folder for folder in (cache, *cache.parents) if folder.exists()), cache)
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        return  # the download itself will tell
    if to_come and to_come + SPARE > free:
        raise DiskTrouble(
            f"{what} needs {to_come / 1e9:.1f} GB more, and {cache} has {free / 1e9:.1f} GB free",
            remedy="free some space there, or let HF_HOME name a folder on a larger disk",
        )


class _Tracker:
    """Tells how far a download is from what lies in the cache: the library reports to terminals only."""

    def __init__(self, model: Model, listed: Listed, cache: Path) -> None:
        self._model = model.repository
        self._blobs = repository_folder(model.repository, cache) / "blobs"
        self._sizes = {listed.blobs[path]: size for path, size in listed.files.items()}
        self._seen: deque[tuple[float, int]] = deque(maxlen=_WINDOW)
        self.total = sum(self._sizes.values())

    def done(self) -> int:
        """Return the bytes that are there: whole files, and of unfinished ones what really lies on the disk."""
        found: dict[str, int] = {}
        with contextlib.suppress(OSError):
            for entry in os.scandir(self._blobs):
                name = entry.name.partition(".")[0]
                if name not in self._sizes:
                    continue
                with contextlib.suppress(OSError):
                    state = entry.stat()
                    whole = entry.name == name and state.st_size == self._sizes[name]
                    size = state.st_size if whole else min(state.st_size, state.st_blocks * 512)
                    if whole or entry.name != name:
                        found[name] = min(self._sizes[name], max(found.get(name, 0), size))
        return sum(found.values())

    def drop_damaged(self) -> None:
        """Remove whole files of the wrong size: the library would take them for what their names say."""
        for name, size in self._sizes.items():
            blob = self._blobs / name
            with contextlib.suppress(OSError):
                if blob.stat().st_size != size:
                    blob.unlink()

    def now(self) -> Fetching:
        """Look once."""
        done = self.done()
        self._seen.append((time.monotonic(), done))
        (began, first), (ended, last) = self._seen[0], self._seen[-1]
        rate = max(0.0, (last - first) / (ended - began)) if ended > began else 0.0
        return Fetching(self._model, done, self.total, rate, (self.total - done) / rate if rate else None)


class _Child:
    """The process that downloads. It ends with this block, gently where it can, and with us where we are killed."""

    def __init__(self, ask: Ask, environ: Mapping[str, str]) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        root = os.fspath(Path(__file__).resolve().parents[2])
        paths = [root, *environ.get("PYTHONPATH", "").split(os.pathsep)]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "core.engines.hub_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            # Its own bar is for terminals, and ours shows.
            env={
                **environ,
                "PYTHONPATH": os.pathsep.join(path for path in paths if path),
                "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            },
            start_new_session=True,  # Ctrl-C at the terminal reaches us alone
        )
        self._buffer = b""
        self._tell(msgspec.json.encode(ask))

    def _tell(self, line: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended; its answer, or the want of one, says why
            self._process.stdin.write(line + b"\n")
            self._process.stdin.flush()

    def go(self) -> None:
        """Let it begin."""
        self._tell(GO.encode())

    def answer(self, model: Model) -> Answer | None:
        """Return its next answer, or None where it has none within EVERY seconds. Raises what went wrong."""
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        if b"\n" not in self._buffer:
            if not select.select([pipe], [], [], EVERY)[0]:
                return None
            piece = os.read(pipe, 1 << 16)
            if not piece:
                raise self.broken(model)
            self._buffer += piece
        line, newline, rest = self._buffer.partition(b"\n")
        if not newline:
            return None
        self._buffer = rest
        try:
            said = msgspec.json.decode(line, type=Listed | Done | Wrong)
        except msgspec.DecodeError:
            raise self.broken(model) from None
        if isinstance(said, Wrong):
            raise _error(model, said)
        return said

    def broken(self, model: Model) -> EngineTrouble:
        """Return the error of a child that ended or spoke nonsense, with its own last words."""
        self.end()
        self._log.seek(0)
        words = self._log.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        why = f": {words[-1]}" if words else ""
        return EngineTrouble(f"fetching {model.repository} stopped without an answer{why}", remedy=_again(model))

    def end(self) -> None:
        """End it, and wait until it is gone. Harmless when done twice."""
        with contextlib.suppress(OSError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *exc: object) -> None:
        self.end()
        self._log.close()


def _again(model: Model) -> str:
    return f"`{model.download}` goes on with what is not there yet"


def _error(model: Model, wrong: Wrong) -> ReelError:
    name, said = model.repository, wrong.message
    if wrong.trouble is Trouble.PACKAGE:
        return EngineTrouble(f"{name} cannot be fetched: {said}", remedy="pip install 'reeltui[studio]'")
    if wrong.trouble is Trouble.GATED:
        remedy = f"accept its terms on the page of {name} in the hub, then `hf auth login` (or set HF_TOKEN)"
        return PersonNeeded(f"{name} is given only to people who are logged in and accepted its terms", remedy=remedy)
    if wrong.trouble is Trouble.MISSING:
        remedy = "check the name; for a private one `hf auth login`, or set HF_TOKEN"
        return BadInput(f"the hub has no {name}, or does not show it to you ({said})", remedy=remedy)
    if wrong.trouble is Trouble.DISK:
        return DiskTrouble(f"{name} could not be written: {said}", remedy="free some space; what came is kept")
    if wrong.trouble is Trouble.NETWORK:
        return TryAgain(f"the hub could not be reached for {name}: {said}", remedy=_again(model))
    return EngineTrouble(f"{name} could not be fetched: {said}", remedy=_again(model))
