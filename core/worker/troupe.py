"""The hosts of one run: one backend loaded at a time, the next warming up where that is cheap, and the inspector."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from core.film.errors import DiskTrouble
from core.film.lineup import Backend
from core.film.requests import Made, Request
from core.worker.hosts import Host, trouble
from core.worker.messages import Failed, Finished, Inspect, Run, Working

INSPECTOR = "core.worker.inspector:Inspector"


class Troupe:
    """Keeps at most one backend's host loaded, plus one that warms up, plus the inspector."""

    def __init__(self, root: Path, device: str) -> None:
        self._root = root
        self._device = device
        self._log = root / "worker.log"
        self._hosts: dict[str, Host] = {}
        self._inspector: Host | None = None
        self.loads = 0

    @property
    def loaded(self) -> str:
        """What is loaded now (a backend's `loads_as`), or "" where nothing is."""
        return next((name for name, host in self._hosts.items() if host.loaded is not None), "")

    def take_stage(self, backend: Backend) -> tuple[Host, bool]:
        """Return the loaded host of a backend and whether it was loaded just now; others leave first.

        Raises EngineTrouble where it cannot be loaded.
        """
        for name in [name for name in self._hosts if name != backend.loads_as]:
            self._hosts.pop(name).end()
        host = self._hosts.get(backend.loads_as)
        if host is None:
            host = self._start(backend)
        fresh = host.loaded is None
        if fresh:
            try:
                host.wait_loaded()
            except BaseException:
                self.dismiss(backend)
                raise
            self.loads += 1
        return host, fresh

    def warm(self, backend: Backend) -> None:
        """Start a backend that comes next, while another works. Only one without weights: those need the memory."""
        if backend.loads_as not in self._hosts and not backend.model and len(self._hosts) < 2:
            self._start(backend)

    def _start(self, backend: Backend) -> Host:
        host = self._hosts[backend.loads_as] = Host(backend.target, device=self._device, log=self._log)
        return host

    def dismiss(self, backend: Backend) -> None:
        """End a backend's host at once; the next step gets a new one."""
        host = self._hosts.pop(backend.loads_as, None)
        if host is not None:
            host.end(gently=False)

    def perform(self, host: Host, request: Request, stage: Path) -> Iterator[Working | Finished]:
        """Do a step; yield its progress, then Finished. Raises EngineTrouble, or DiskTrouble from inside the host."""
        for answer in host.work(Run(request, str(self._root), str(stage))):
            if isinstance(answer, Failed):
                raise failure(answer)
            yield answer

    def inspect(self, request: Request, stage: Path, files: tuple[str, ...], *, stills: bool) -> Made:
        """Have the inspector look at what was made; return the stills it cut. Raises EngineTrouble."""
        if self._inspector is None:
            self._inspector = Host(INSPECTOR, device="cpu", log=self._log)
        try:
            for answer in self._inspector.work(Inspect(request, str(stage), files, stills)):
                if isinstance(answer, Failed):
                    raise failure(answer)
                if isinstance(answer, Finished):
                    return answer.made
            raise AssertionError("a host's work ends with Finished, Failed or HostLost")
        except BaseException:
            # A decoder that crashed or a step that was stopped leaves an inspector in an unknown state.
            self._inspector.end(gently=False)
            self._inspector = None
            raise

    def end(self) -> None:
        """End every host at once."""
        for host in self._hosts.values():
            host.end(gently=False)
        self._hosts.clear()
        if self._inspector is not None:
            self._inspector.end(gently=False)
            self._inspector = None


class Refused(Exception):
    """A step failed because of what was asked, not because of who was asked: asking again would not help."""

    def __init__(self, answer: Failed) -> None:
        super().__init__(answer.message)
        self.remedy = answer.remedy


def failure(answer: Failed) -> Exception:
    """Return a host's failure as the error it means here."""
    if answer.exit_code == DiskTrouble.exit_code:
        return DiskTrouble(answer.message, remedy=answer.remedy)
    if answer.exit_code == 2:
        return Refused(answer)
    return trouble(answer)
