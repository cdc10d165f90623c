"""What a person can do to the workers of this machine: start one, stop them, read what they said."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from core.film.errors import BadInput
from core.film.text import clean
from core.worker.daemon.state import Running
from core.worker.daemon.stop import How
from reeltui.acts.warned import warned
from reeltui.lines import Line, Tone, wrap
from reeltui.screens.base import DeskScreen
from reeltui.views.workshop import log_lines
from reeltui.views.workshop_lines import worker_words

# How many lines of a log are read.
_LOG_LINES = 2000
# How loud a line of a log is, by the first letters of its level, which stands at this place.
_LEVEL = slice(22, 26)
_TONES = {"ERRO": Tone.BAD, "CRIT": Tone.BAD, "WARN": Tone.WARN}


class WorkingScreen(DeskScreen):
    """A screen about the workers. What is asked for is done in a thread, and what is refused is told."""

    library: Path

    def __init__(self) -> None:
        super().__init__()
        self.starting = False

    def hands(self) -> Sequence[Running]:
        """Return the workers that run."""
        return ()

    def action_start(self) -> None:
        """Start a worker for the devices of the settings."""
        library = self.library
        self.starting = True
        self.show_keys()
        self.tell("A worker is being started: its devices are asked for.")

        def start() -> tuple[Running, tuple[str, ...]]:
            try:
                return _start(library)
            finally:
                self.starting = False

        self.attempt(start, self._started)

    def _started(self, started: object) -> None:
        assert isinstance(started, tuple), "what starting returns"
        running, warnings = started
        self.tell(f"The worker runs: process {running.pid}, {', '.join(running.devices)}.")
        self.warn(warnings)

    def action_stop(self) -> None:
        """Ask how, then have every worker of this machine end."""
        from reeltui.dialogs.stop_worker import StopWorker

        workers = self.hands()
        if not workers:
            return

        def answered(how: How | None) -> None:
            if how is not None:
                self.attempt(lambda: _stop(workers, how), self._stopped)

        self.app.push_screen(StopWorker([worker_words(worker) for worker in workers]), answered)

    def _stopped(self, count: object) -> None:
        self.tell("The worker ended." if count == 1 else f"{count} workers ended.")

    def action_logs(self) -> None:
        """Read the log."""
        self.attempt(lambda: log_lines(_LOG_LINES), self._read)

    def _read(self, found: object) -> None:
        from reeltui.dialogs.reading import Reading

        assert isinstance(found, tuple), "what reading the log returns"
        path, rows = found

        def draw(width: int) -> list[Line]:
            return [part for row in rows for part in (wrap(row, width, _TONES.get(row[_LEVEL], Tone.PLAIN)) or [()])]

        self.app.push_screen(Reading(clean(path.name), draw, text="\n".join(rows), bottom=True))


def _start(library: Path) -> tuple[Running, tuple[str, ...]]:
    """Start a worker that knows the library; return it with what a person should know besides. Raises as `start`."""
    from core.worker.daemon.libraries import register
    from core.worker.daemon.login import login_danger
    from core.worker.daemon.start import start
    from reeltui import __version__

    if not library.is_dir():
        raise BadInput(f"{library} is not there", remedy="make a reel first: n in the library")
    with warned() as warnings:
        warnings.append(register(library))
        running = start((), linger=None, library=None, version=__version__)
    return running, (*warnings, login_danger())


def _stop(workers: Sequence[Running], how: How) -> int:
    """Ask workers to end and wait until all have; return how many there were. Raises as `stop`."""
    from core.worker.daemon.stop import stop

    ending = [stop(worker, how) for worker in workers]
    while ending:
        # Each is asked at its first turn; a turn takes two seconds at most while it still works.
        ending = [one for one in ending if next(one, None) is not None]
    return len(workers)
