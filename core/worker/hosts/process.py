"""The worker's end of a host: starts it, speaks with it, and makes sure that it ends."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from core.film.errors import BadInput, EngineTrouble, PersonNeeded, TryAgain
from core.film.failure import Cause
from core.folder.write import disk_trouble
from core.worker.hosts.messages import (
    MAX_MESSAGE,
    AskMemory,
    Failed,
    Finished,
    FromHost,
    FromHostDecoder,
    Inspect,
    Load,
    Memory,
    Prepare,
    Quit,
    Ready,
    Run,
    Stopped,
    ToHost,
    Working,
    send,
)

# A host that says nothing new for this long is taken for hung. The animatic engine reports many times a second;
# loading a large model from a cold disk is the longest honest silence.
SILENCE = 900.0
GOODBYE = 2.0
BURIAL = 30.0
_LENGTH = struct.Struct("<I")
_CHUNK = 1 << 16


class StepTrouble(EngineTrouble):
    """A try at a step failed; `cause` says in what way."""

    def __init__(self, message: str, *, cause: Cause, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.cause = cause


class HostLost(StepTrouble):
    """A host crashed, hung or spoke nonsense; it is gone."""


class Host:
    """One child process with one backend. Use as a context manager, or call `end`.

    `take` reads what has come without waiting, for a worker with many hosts; `wait_loaded` and `work` wait, for whoever
    has only this one. Every one of them raises HostLost when the process is gone or no longer makes sense.
    """

    def __init__(
        self,
        target: str,
        *,
        device: str,
        log: Path,
        silence: float = SILENCE,
        environment: Mapping[str, str] | None = None,
        options: Mapping[str, str | int | float | bool] | None = None,
        load: Load | None = None,
        prepare_only: bool = False,
    ) -> None:
        """Start the process and send it its backend; it loads while the caller does something else.

        `environment` is set in it before anything heavy is imported; its class is made with `options`. `prepare_only`:
        it imports, and loads when `load` is called. Raises TryAgain where the system has no room for another process,
        DiskTrouble where the log cannot be written.
        """
        self.target = target
        self.device = device
        self.log = log
        self.loaded: Ready | None = None
        self.loading = False
        self._silence = silence
        self._buffer = bytearray()
        self._last: FromHost | None = None
        self._spoke = time.monotonic()
        self._load = load or Load()
        self._start(log)
        try:
            self._say(Prepare(target, device, dict(environment or {}), dict(options or {})))
            if not prepare_only:
                self.load()
        except BaseException:
            self.end(gently=False)
            raise

    def _start(self, log: Path) -> None:
        try:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            disk_trouble(error, log)
        ours, theirs = os.pipe(), os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.worker.hosts.child", str(ours[0]), str(theirs[1]), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                pass_fds=(ours[0], theirs[1]),
                start_new_session=True,  # Ctrl-C at the terminal reaches the worker alone
                env=_environment(),
            )
        except OSError as error:
            for descriptor in (ours[1], theirs[0]):
                os.close(descriptor)
            text = f"a process for {self.target} could not be started: {error.strerror}"
            raise TryAgain(text, remedy="close other programs, then resume") from error
        finally:
            for descriptor in (ours[0], theirs[1], out):
                os.close(descriptor)
        self._writer, self._reader = ours[1], theirs[0]
        os.set_blocking(self._reader, False)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the libraries its results depend on, once it is loaded."""
        return self.loaded.versions if self.loaded else {}

    @property
    def gone(self) -> bool:
        """Whether it was ended here, or has ended by itself."""
        return self._reader < 0 or self._process.poll() is not None

    def fileno(self) -> int:
        """The descriptor that becomes readable when the host has said something."""
        return self._reader

    def load(self) -> None:
        """Let it load what was prepared; harmless when done twice."""
        if not self.loading:
            self.loading = True
            self._spoke = time.monotonic()
            self._say(self._load)

    def say(self, message: ToHost) -> None:
        """Send a message; its answer comes through `take`. Raises HostLost."""
        self._spoke = time.monotonic()
        self._say(message)

    def ask_memory(self) -> None:
        """Ask what it holds; the answer (Memory) comes where it next tells how far it is. Raises HostLost."""
        self._say(AskMemory())

    def take(self) -> list[FromHost]:
        """Return the messages that have come, without waiting. Raises HostLost."""
        ended = False
        while len(self._buffer) <= MAX_MESSAGE:
            try:
                piece = os.read(self._reader, _CHUNK)
            except BlockingIOError:
                break
            if not piece:
                ended = True
                break
            self._buffer += piece
        answers = self._complete()
        for answer in answers:
            if isinstance(answer, Ready):
                self.loaded = answer
            # The same words again are no sign of life, a stuck loop can repeat them for ever; nor is what was asked.
            if not isinstance(answer, Memory):
                if answer != self._last:
                    self._spoke = time.monotonic()
                self._last = answer
        if ended and not answers:
            raise self._lost()
        return answers

    def _complete(self) -> list[FromHost]:
        """Cut the whole messages off the buffer."""
        answers: list[FromHost] = []
        while len(self._buffer) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._buffer)
            if length > MAX_MESSAGE:
                raise self._nonsense(f"a message of {length:,} bytes")
            whole = _LENGTH.size + length
            if len(self._buffer) < whole:
                break
            body = bytes(self._buffer[_LENGTH.size : whole])
            del self._buffer[:whole]
            try:
                answers.append(FromHostDecoder.decode(body))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise self._nonsense(str(error)) from None
        return answers

    def check_silence(self) -> None:
        """Raise HostLost, and end it, where it has said nothing new for too long. For a host that owes an answer."""
        if time.monotonic() - self._spoke > self._silence:
            self.end(gently=False)
            text = f"{self.target} said nothing for {self._silence:g} s and was stopped"
            remedy = "resume; a new process is started (if only slow: a larger `silence`, [worker] in config.toml)"
            raise HostLost(text, cause=Cause.HUNG, remedy=remedy)

    def wait_loaded(self) -> Ready:
        """Return once the backend is loaded. Raises EngineTrouble where it cannot be."""
        self.load()
        while self.loaded is None:
            for answer in self._wait():
                if isinstance(answer, Failed):
                    raise trouble(answer, loading=True, log=self.log)
        return self.loaded

    def work(self, message: Run | Inspect) -> Iterator[Working | Finished | Failed]:
        """Send a step and yield its progress, ending with Finished or Failed. Raises HostLost."""
        self.wait_loaded()
        self.say(message)
        while True:
            for answer in self._wait():
                if isinstance(answer, Working):
                    yield answer
                elif isinstance(answer, Finished | Failed):
                    yield answer
                    return
                elif isinstance(answer, Ready | Stopped):
                    raise self._nonsense("an answer out of turn")

    def _wait(self) -> list[FromHost]:
        left = self._spoke + self._silence - time.monotonic()
        select.select([self._reader], [], [], max(0.0, left))
        answers = self.take()
        if not answers:
            self.check_silence()
        return answers

    def end(self, *, gently: bool = True) -> None:
        """End the process, and wait until it is gone. Harmless when done twice."""
        if self._reader < 0:
            return
        if gently and self._process.returncode is None:
            with contextlib.suppress(OSError):
                send(self._writer, Quit())
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GOODBYE)
        # Its own session: whatever it started goes with it, also where it has crashed before.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        # A process that hangs in a driver's call does not die of SIGKILL before the call ends; nobody waits for that.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(BURIAL)
        for descriptor in (self._writer, self._reader):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._writer = self._reader = -1

    def _say(self, message: ToHost) -> None:
        try:
            send(self._writer, message)
        except BrokenPipeError:
            raise self._lost() from None

    def _nonsense(self, what: str) -> HostLost:
        self.end(gently=False)
        text = f"{self.target} answered what is no answer ({what}) and was stopped"
        return HostLost(text, cause=Cause.NONSENSE, remedy=_see(self.log))

    def _lost(self) -> HostLost:
        see = _see(self.log)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GOODBYE)
        code = self._process.returncode
        if code is None:
            self.end(gently=False)
            return HostLost(f"{self.target} closed its pipe and was stopped", cause=Cause.NONSENSE, remedy=see)
        if code < 0:
            name = signal.Signals(-code).name
            killed = code == -signal.SIGKILL
            hint = " (often the kernel's memory killer)" if killed else ""
            cause = Cause.KILLED if killed else Cause.CRASHED
            text = f"{self.target} was ended by {name}{hint}"
            return HostLost(text, cause=cause, remedy="resume; a new process is started")
        text = f"{self.target} ended without an answer (status {code})"
        return HostLost(text, cause=Cause.CRASHED, remedy=see)

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *exc: object) -> None:
        self.end()


def _environment() -> dict[str, str]:
    """Return the host's environment: ours, with what makes a result the same in every process."""
    environment = dict(os.environ)
    # The package may be run from a checkout that is not installed.
    root = str(Path(__file__).resolve().parents[3])
    paths = [root, *environment.get("PYTHONPATH", "").split(os.pathsep)]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in dict.fromkeys(paths) if path)
    environment["PYTHONHASHSEED"] = "0"
    return environment


def trouble(answer: Failed, *, loading: bool = False, log: Path | None = None) -> StepTrouble:
    """Return a host's failure as an error; `log` is where its own words are."""
    return StepTrouble(answer.message, cause=cause_of(answer, loading=loading), remedy=answer.remedy or _see(log))


def _see(log: Path | None) -> str:
    return f"see {log or 'worker.log'}, then resume"


def cause_of(answer: Failed, *, loading: bool = False) -> Cause:
    """Return why a host failed, from what it says. torch raises OutOfMemoryError, HIP and CUDA say it in words."""
    words = answer.message.lower()
    if answer.kind in ("MemoryError", "OutOfMemoryError", "OutOfDeviceMemory") or "out of memory" in words:
        return Cause.OUT_OF_MEMORY
    if loading:
        return Cause.NOT_LOADED
    if answer.exit_code in (BadInput.exit_code, PersonNeeded.exit_code):
        return Cause.REFUSED
    return Cause.WRONG_RESULT if answer.kind in ("Wrong", "Unreadable") else Cause.RAISED
