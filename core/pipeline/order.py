"""What runs next, and where: whole rounds with one model loaded, so that models are loaded as rarely as can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from core.film.lineup import ROLE_OF, Backend, Lineup, Phase, Role
from core.pipeline.board import Board, StepState
from core.pipeline.cost import Rates, forecast, job_units
from core.pipeline.residency import Lane, Need, capable, declared_needs, fits, make_room, soon
from core.pipeline.steps import backend_for

_PHASES = {phase: place for place, phase in enumerate(Phase)}
# What is loaded elsewhere already is loaded once more only where that saves so many times the seconds it takes.
WORTH = 1.0


class Assignment(msgspec.Struct, frozen=True):
    """A step that is to be started now, and the lane that does it."""

    state: StepState
    lane: str


def assign(
    board: Board,
    lineup: Lineup,
    lanes: Sequence[Lane],
    *,
    in_flight: frozenset[str] = frozenset(),
    given_up: frozenset[str] = frozenset(),
    routes: Mapping[Role, str] | None = None,
    needs: Mapping[str, Need] | None = None,
    rates: Rates | None = None,
) -> tuple[Assignment, ...]:
    """Return the steps to start now on the lanes that are free; () where there is nothing to do but wait, or nothing.

    On each lane what is loaded there goes first, where that costs no load; else the earliest phase, so that a whole
    round of pictures, then clips, then verdicts is done in one load each. A step whose load is on another lane goes to
    a second one only where that is done sooner, loading included: six long clips do, six short verdicts do not.

    `in_flight` are steps under way (also those that are only being inspected), `given_up` those that failed for good in
    this run. `routes` sends a role to one lane, where there is such a lane. `needs` and `rates` are what this machine
    has measured; without them what the backends declare counts.
    """
    table = _Table(board, lineup, lanes, given_up, routes or {}, needs or {}, rates or Rates(lineup, ()))
    waiting = [
        state for state in board.due if state.ready and state.step.id not in in_flight and state.step.id not in given_up
    ]
    return table.fill(sorted(waiting, key=lambda state: _PHASES[state.step.phase]))


def warm_next(
    board: Board,
    lineup: Lineup,
    lane: Lane,
    doing: StepState,
    *,
    lanes: Sequence[Lane] = (),
    in_flight: frozenset[str] = frozenset(),
    given_up: frozenset[str] = frozenset(),
    needs: Mapping[str, Need] | None = None,
    rates: Rates | None = None,
) -> str:
    """Return the load to make ready on a lane while it does a step that begins now, "" where there is none yet.

    It is the next one that is needed, where that is certain: while a verdict may call for another take it is not, and a
    load on a guess could be one too many. It is begun as late as it can be: when after this step less work is left for
    what is loaded than the loading takes. Where another of the
    `lanes` has it, it is made ready here only when that one would not be through with the work for it sooner.
    """
    needs, rates = {**declared_needs(lineup), **(needs or {})}, rates or Rates(lineup, ())
    mine = _backend(doing, lineup).loads_as
    ways = (soon(board, lineup, doing.step.phase, lane=lane, given_up=given_up, certain=sure) for sure in (True, False))
    following, maybe = (next((name for name in names if name != mine), "") for names in ways)
    if not following or following != maybe or following in lane.resident:
        return ""
    out = {doing.step.id, *in_flight, *given_up}
    left = (s for s in board.due if s.step.id not in out and _backend(s, lineup).loads_as == mine)
    load = needs[following].load_seconds
    if sum(_seconds(board, s, rates) for s in left) >= load:
        return ""
    holders = sum(1 for other in lanes if other.name != lane.name and following in other.resident)
    if holders and board.bill is not None:
        jobs = forecast(board, lineup, board.bill.settings)
        work = sum(
            rates.of(j.phase)[0] * j.units for j in jobs if lineup.backends[ROLE_OF[j.phase]].loads_as == following
        )
        return following if work / holders >= load * (1 + WORTH) else ""
    return following


class _Table:
    """The lanes while steps are put on them; `_held` maps a load to the lanes that have it, or are just getting it."""

    def __init__(
        self,
        board: Board,
        lineup: Lineup,
        lanes: Sequence[Lane],
        given_up: frozenset[str],
        routes: Mapping[Role, str],
        needs: Mapping[str, Need],
        rates: Rates,
    ) -> None:
        self._board = board
        self._lineup = lineup
        self._lanes = lanes
        self._given_up = given_up
        self._routes = routes
        self._needs = {**declared_needs(lineup), **needs}
        self._rates = rates
        self._begun: dict[str, float] = {}  # lane -> seconds of what was just put on it, loading included
        self._held: dict[str, list[Lane]] = {}
        for lane in lanes:
            for name in lane.resident:
                self._held.setdefault(name, []).append(lane)

    def fill(self, waiting: list[StepState]) -> tuple[Assignment, ...]:
        """Put steps, given in the order of their phases, on free lanes: first those that cost no load."""
        free = [lane for lane in self._lanes if not lane.busy]
        started: list[Assignment] = []
        for choose in (self._at_no_cost, self._at_a_cost):
            for state in list(waiting):
                lane = choose(state, [lane for lane in free if self._suits(state, lane)], waiting)
                if lane is not None:
                    self._begun[lane.name] = self._took(state, lane)
                    self._held.setdefault(self._name(state), []).append(lane)
                    free.remove(lane)
                    waiting.remove(state)
                    started.append(Assignment(state, lane.name))
        return tuple(started)

    def _at_no_cost(self, state: StepState, free: list[Lane], waiting: list[StepState]) -> Lane | None:
        """Return the lane that has a step's load and lets nothing go that is needed: the one with the least else to do.

        What is loaded may need room to work in, and so cost a load nevertheless.
        """
        having = [lane for lane in free if self._name(state) in lane.resident and not self._lost(state, lane)]
        wanted = {self._name(other) for other in waiting}
        return min(having, key=lambda lane: len(wanted.intersection(lane.resident)), default=None)

    def _at_a_cost(self, state: StepState, free: list[Lane], waiting: list[StepState]) -> Lane | None:
        """Return the lane a step's load is worth loading on: the one where least is loaded for it, now and again, then
        the one with the most memory free."""
        # What is being inspected may call for more of what is loaded: nobody is unloaded before that is known.
        free = [lane for lane in free if not lane.draining]
        name = self._name(state)
        holders = [lane for lane in self._held.get(name, []) if self._suits(state, lane)]
        if len(free) == 1 and not holders:
            return free[0]
        own = {lane.name: self._price(state, lane) + self._took(state, lane) for lane in free}
        best = min(free, key=lambda lane: (own[lane.name], -self._spare(lane)), default=None)
        if best is None or name in best.resident or not holders:
            return best
        saved = self._wait(state, holders, waiting) - own[best.name]
        if saved >= WORTH * self._needs[name].load_seconds:
            return best
        # It waits for a lane that has the load; where none of those is at work, that would be for ever.
        idle = [lane for lane in holders if not (lane.busy or lane.draining or lane.name in self._begun)]
        return None if len(idle) < len(holders) else next((lane for lane in free if lane in idle), best)

    def _lost(self, state: StepState, lane: Lane) -> list[str]:
        """Return what is needed soon, is nowhere else, and has to leave a lane so that a step can be done there."""
        name = self._name(state)
        if fits(lane, lane.resident, name, self._needs):
            return []
        ahead = soon(self._board, self._lineup, state.step.phase, lane=lane, given_up=self._given_up)
        leaving = make_room(lane, name, self._needs, ahead)
        return [n for n in leaving if n in ahead and all(other.name == lane.name for other in self._held[n])]

    def _price(self, state: StepState, lane: Lane) -> float:
        """Return the seconds it takes to load again what is lost."""
        return sum(self._needs[name].load_seconds for name in self._lost(state, lane))

    def _spare(self, lane: Lane) -> int:
        held = sum(self._needs[name].weights for name in lane.resident if name in self._needs)
        return lane.budget - held if lane.budget is not None else 0

    def _wait(self, state: StepState, holders: list[Lane], waiting: list[StepState]) -> float:
        """Return the seconds until the lanes that have the load are through with all the steps that wait for it."""
        name = self._name(state)
        work = sum(_seconds(self._board, other, self._rates) for other in waiting if self._name(other) == name)
        for lane in holders:
            work += self._begun.get(lane.name, 0.0)
            busy = self._board.state(lane.busy) if lane.busy else None
            # How far a step under way is, is not known: half of it is left on average.
            work += _seconds(self._board, busy, self._rates) / 2 if busy is not None else 0.0
        return work / len(holders)

    def _took(self, state: StepState, lane: Lane) -> float:
        """Return how long a lane takes for a step, loading included."""
        name = self._name(state)
        load = 0.0 if name in lane.resident else self._needs[name].load_seconds
        return load + _seconds(self._board, state, self._rates)

    def _name(self, state: StepState) -> str:
        return backend_for(self._lineup, state.step).loads_as

    def _suits(self, state: StepState, lane: Lane) -> bool:
        """Tell whether a lane may do a step: by the person's route, else its kind of place, else where it fits."""
        backend = _backend(state, self._lineup)
        routed = self._routes.get(backend.role, "")
        if routed and any(other.name == routed for other in self._lanes):
            return lane.name == routed
        if backend.needs_device and not any(other.is_device for other in self._lanes):
            return True  # no device at all: whoever is there tries, and the backend says what is missing
        if not capable(lane, backend):
            return False
        peak = self._needs[backend.loads_as].peak
        budgets = [other.budget for other in self._lanes if capable(other, backend)]
        if any(budget is None or budget >= peak for budget in budgets):
            return lane.budget is None or lane.budget >= peak
        return lane.budget == max(budget for budget in budgets if budget is not None)


def _seconds(board: Board, state: StepState, rates: Rates) -> float:
    """Return how long a step takes, loading apart."""
    work = job_units(board.bill, state.step.phase, state.step.shot) if board.bill is not None else 1.0
    return rates.of(state.step.phase)[0] * work


def _backend(state: StepState, lineup: Lineup) -> Backend:
    return backend_for(lineup, state.step)
