"""What runs next: whole rounds with one model loaded, so that models are loaded as rarely as can be."""

from __future__ import annotations

from core.film.lineup import ROLE_OF, Lineup, Phase
from core.pipeline.board import Board, StepState

_PHASES = {phase: place for place, phase in enumerate(Phase)}


def next_step(board: Board, lineup: Lineup, loaded: str, given_up: frozenset[str]) -> StepState | None:
    """Return the step to do now, or None where nothing can be done.

    `loaded` is what is loaded now (a backend's `loads_as`): its steps go first, because they cost no load. Else the
    earliest phase goes, so that a whole round of pictures, then clips, then verdicts is done in one load each.
    `given_up` are steps that failed for good in this run.
    """
    possible = [s for s in board.due if s.ready and s.step.id not in given_up]
    if not possible:
        return None

    def rank(state: StepState) -> tuple[bool, int]:
        mine = lineup.backends[ROLE_OF[state.step.phase]].loads_as
        return (mine != loaded, _PHASES[state.step.phase])

    return min(possible, key=rank)  # min keeps the board's order among equals
