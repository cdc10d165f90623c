"""The worker's end of a host: starts it, speaks with it, and makes sure that it ends."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec

from core.film.errors import EngineTrouble, TryAgain
from core.folder.write import disk_trouble
from core.worker.messages import (
    Failed,
    Finished,
    FromHostDecoder,
    Inspect,
    Load,
    Quit,
    Ready,
    Run,
    ToHost,
    Torn,
    Working,
    receive,
    send,
)

# A host that says nothing for this long is taken for hung. The animatic engine reports many times a second; loading
# a large model from a cold disk is the longest honest silence.
SILENCE = 900.0
GOODBYE = 2.0


class HostLost(EngineTrouble):
    """A host crashed, hung or spoke nonsense."""


class Host:
    """One child process with one backend. Use as a context manager, or call `end`."""

    def __init__(self, target: str, *, device: str, log: Path, silence: float = SILENCE) -> None:
        """Start the process and send it its backend; it loads while the caller does something else.

        Raises TryAgain where the system has no room for another process, DiskTrouble where the log cannot be written.
        """
        self.target = target
        self.loaded: Ready | None = None
        self._silence = silence
        try:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            disk_trouble(error, log)
        ours, theirs = os.pipe(), os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "core.worker.host", str(ours[0]), str(theirs[1]), str(os.getpid())],
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
            text = f"a process for {target} could not be started: {error.strerror}"
            raise TryAgain(text, remedy="close other programs, then resume") from error
        finally:
            for descriptor in (ours[0], theirs[1], out):
                os.close(descriptor)
        self._writer, self._reader = ours[1], theirs[0]
        self._say(Load(target, device))

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def versions(self) -> dict[str, str]:
        """Versions of the libraries its results depend on, once it is loaded."""
        return self.loaded.versions if self.loaded else {}

    def wait_loaded(self) -> Ready:
        """Return once the backend is loaded. Raises EngineTrouble where it cannot be."""
        if self.loaded is None:
            for answer in self._answers():
                if isinstance(answer, Ready):
                    self.loaded = answer
                    break
                if isinstance(answer, Failed):
                    raise trouble(answer)
        if self.loaded is None:
            raise self._lost()
        return self.loaded

    def work(self, message: Run | Inspect) -> Iterator[Working | Finished | Failed]:
        """Send a step and yield its progress, ending with Finished or Failed. Raises HostLost."""
        self.wait_loaded()
        self._say(message)
        for answer in self._answers():
            if isinstance(answer, Ready):
                raise HostLost(f"{self.target} answered out of turn", remedy="resume; a new process is started")
            yield answer
            if not isinstance(answer, Working):
                return
        raise self._lost()

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
        self._process.wait()
        for descriptor in (self._writer, self._reader):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._writer = self._reader = -1

    def _say(self, message: ToHost) -> None:
        try:
            send(self._writer, message)
        except BrokenPipeError:
            raise self._lost() from None

    def _answers(self) -> Iterator[Ready | Working | Finished | Failed]:
        with selectors.DefaultSelector() as selector:
            selector.register(self._reader, selectors.EVENT_READ)
            while True:
                try:
                    body = receive(self._reader, lambda: self._listen(selector))
                    answer = None if body is None else FromHostDecoder.decode(body)
                except (Torn, msgspec.DecodeError, UnicodeDecodeError) as error:
                    if isinstance(error, Torn) and self._gone():
                        return  # it died in the middle of a message; how it died says more
                    self.end(gently=False)
                    text = f"{self.target} answered what is no answer ({error}) and was stopped"
                    raise HostLost(text, remedy="see worker.log, then resume") from None
                if answer is None:
                    return
                yield answer

    def _listen(self, selector: selectors.BaseSelector) -> None:
        """Return once there is something to read, be it the rest of a message. Raises HostLost after the silence."""
        if not selector.select(self._silence):
            self.end(gently=False)
            text = f"{self.target} said nothing for {self._silence:g} s and was stopped"
            raise HostLost(text, remedy="resume; a new process is started")

    def _gone(self) -> bool:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GOODBYE)
        return self._process.returncode is not None

    def _lost(self) -> HostLost:
        if not self._gone():
            self.end(gently=False)
            return HostLost(f"{self.target} closed its pipe and was stopped", remedy="see worker.log, then resume")
        code = self._process.returncode
        if code < 0:
            name = signal.Signals(-code).name
            hint = " (often the kernel's memory killer)" if name == "SIGKILL" else ""
            return HostLost(f"{self.target} was ended by {name}{hint}", remedy="resume; a new process is started")
        return HostLost(f"{self.target} ended without an answer (status {code})", remedy="see worker.log, then resume")

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *exc: object) -> None:
        self.end()


def _environment() -> dict[str, str]:
    """Return the host's environment: ours, with what makes a result the same in every process."""
    environment = dict(os.environ)
    # The package may be run from a checkout that is not installed.
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *environment.get("PYTHONPATH", "").split(os.pathsep)]
    environment["PYTHONPATH"] = os.pathsep.join(path for path in dict.fromkeys(paths) if path)
    environment["PYTHONHASHSEED"] = "0"
    return environment


def trouble(answer: Failed) -> EngineTrouble:
    """Return a host's failure as an error."""
    return EngineTrouble(answer.message, remedy=answer.remedy or "see worker.log in the reel's folder, then resume")
