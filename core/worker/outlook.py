"""What this machine's history says: how much memory loads need, what work takes, how long a reel still takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from core.film.lineup import ROLE_OF, Lineup, Role
from core.film.settings import Settings
from core.pipeline.board import Board
from core.pipeline.cost import Estimate, Job, Rates, Timing, units
from core.pipeline.eta import Pace, passing, remaining
from core.pipeline.needs import LoadTiming, measured
from core.pipeline.residency import CPU, Lane, Need, declared_needs, soon
from core.worker.records import load_timings, timings


class Outlook:
    """The history of steps and loads, kept up while a reel is made. `rates` is what work takes by its newest steps."""

    def __init__(self, lineup: Lineup, settings: Settings) -> None:
        self._lineup = lineup
        self._settings = settings
        self._history, self._loads = timings(), load_timings()
        self._newest = self._history.recent()
        self.rates = Rates(lineup, self._newest)

    def remember(self, record: Timing | LoadTiming) -> None:
        """Add a finished step or load. A disk that refuses it costs the estimates, not the work."""
        if isinstance(record, LoadTiming):
            self._loads.remember(record)
            return
        self._history.remember(record)
        self._newest = self._history.recent()
        self.rates = Rates(self._lineup, self._newest)

    def needs(self, *, simulated: bool) -> dict[str, Need]:
        """Return what every load needs: as this machine measured it on its devices, else as declared.

        On the CPU what is declared counts: pages that processes share are in every one's figure.
        """
        steps = self._settings.figures.steps_hero
        sizes = {
            phase: units(phase, self._lineup.backends[role], self._settings, denoising=steps)
            for phase, role in ROLE_OF.items()
        }
        known: list[Timing | LoadTiming] = [*self._newest, *self._loads.recent()]
        history = [record for record in known if record.device != CPU]
        return measured(self._lineup, declared_needs(self._lineup), history, sizes=sizes, simulated=simulated)

    def remaining(
        self,
        board: Board,
        jobs: Sequence[Job],
        *,
        paces: Mapping[str, Pace],
        lanes: Sequence[Lane],
        needs: Mapping[str, Need],
        given_up: Collection[str],
    ) -> Estimate:
        """Return how long the reel still takes; `jobs` is all work ahead, what is under way (`paces`) included."""
        jobs = [job for job in jobs if job.step not in given_up]  # what failed for good is not made
        held = {name for lane in lanes for name in lane.resident}
        needed = soon(board, self._lineup, None, given_up=frozenset(given_up), certain=True)
        devices = sum(lane.is_device for lane in lanes)
        ahead = remaining(
            jobs,
            self.rates,
            paces=paces,
            loading=sum(needs[name].load_seconds for name in needed if name not in held),
            passed=passing(self._newest, self._lineup.backends[Role.CRITIC].name),
            takes=self._settings.figures.takes,
            lanes={phase: devices for phase, role in ROLE_OF.items() if self._lineup.backends[role].needs_device},
        )
        return ahead.whole
