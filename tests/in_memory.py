"""Boards of reels that lie in memory, at any point of their making, for tests of order and residency."""

from __future__ import annotations

from collections.abc import Callable

from bench.figures import CARDS, GB, Card, Size, lineup_for
from bench.replay import Case, MemoryReel
from core.engines.wording import load_wording
from core.film.lineup import Lineup, Phase
from core.film.settings import Settings
from core.pipeline.ask import ask
from core.pipeline.board import Board, StepState, assess
from core.pipeline.order import assign
from core.pipeline.residency import CPU, Lane

WORDING = load_wording()
SHORT = Settings(shots=3)
STUDIO = lineup_for(CARDS["192"], SHORT)
ALL_PASS = Case("all pass", {})
BIG = 10**15


def lineup_of(sizes: dict[str, tuple[float, float]]) -> Lineup:
    """Return a lineup whose loads hold so many GB idle and working; they load at one rate."""
    loads = {name: Size(idle, working, "") for name, (idle, working) in sizes.items()}
    return lineup_for(Card("", 0, loads, CARDS["192"].paces), SHORT)


def lane(*resident: str, name: str = "card:0", gb: float | None = 190, busy: str = "", draining: bool = False) -> Lane:
    """Return a lane with a budget in GB."""
    return Lane(name, None if gb is None else int(gb * GB), resident, busy, draining)


def board_of(reel: MemoryReel) -> Board:
    """Return the board of a reel with the studio's lineup."""
    return assess(reel.snapshot(), STUDIO, WORDING)


def made_until(stop: Callable[[Board], bool], case: Case = ALL_PASS, settings: Settings = SHORT) -> MemoryReel:
    """Return a reel that was made, one step after another, until its board is as wanted."""
    reel = MemoryReel(settings, case)
    while not stop(board_of(reel)):
        state = next_state(reel)
        assert state is not None, "the reel is finished, and its board never was as wanted"
        finish(reel, state)
    return reel


def next_state(reel: MemoryReel) -> StepState | None:
    """Return the step a machine on which everything is loaded would do next."""
    everything = tuple(backend.loads_as for backend in STUDIO.backends.values())
    lanes = (Lane("card:0", BIG, everything), Lane(CPU, BIG, everything))
    chosen = assign(board_of(reel), STUDIO, lanes)
    return chosen[0].state if chosen else None


def finish(reel: MemoryReel, state: StepState) -> None:
    """Finish a step."""
    reel.finish(state, ask(reel.snapshot(), board_of(reel), state, WORDING))


def next_is(phase: Phase) -> Callable[[Board], bool]:
    """Return a condition: a step of the phase can be done, and none of an earlier one."""
    places = {other: place for place, other in enumerate(Phase)}

    def stop(board: Board) -> bool:
        ready = [state.step.phase for state in board.due if state.ready]
        return bool(ready) and min(ready, key=places.__getitem__) is phase

    return stop
