"""What a step is asked for: with it go the requests that can be met beside it."""

from __future__ import annotations

from core.film.lineup import Phase
from core.pipeline.ask import ask, ask_ahead
from core.pipeline.board import Board
from tests.in_memory import WORDING, board_of, finish, made_until


def due(board: Board, phase: Phase) -> list[str]:
    return [state.step.id for state in board.due if state.ready and state.step.phase is phase]


def test_what_is_ready_beside_a_step_is_told_with_it() -> None:
    reel = made_until(lambda board: len(due(board, Phase.ANIMATE)) == 3)
    snapshot, board = reel.snapshot(), board_of(reel)
    first, *others = due(board, Phase.ANIMATE)
    asked = ask_ahead(snapshot, board, board.state(first), WORDING)  # type: ignore[arg-type]
    alone = ask(snapshot, board, board.state(first), WORDING)  # type: ignore[arg-type]
    assert asked.request == alone.request, "what is asked does not depend on it"
    assert asked.ahead == tuple(
        ask(snapshot, board, board.state(other), WORDING).request  # type: ignore[arg-type]
        for other in others
    )


def test_the_last_of_a_round_has_none_beside_it() -> None:
    reel = made_until(lambda board: len(due(board, Phase.ANIMATE)) == 1)
    snapshot, board = reel.snapshot(), board_of(reel)
    (last,) = due(board, Phase.ANIMATE)
    state = board.state(last)
    assert state is not None
    assert ask_ahead(snapshot, board, state, WORDING).ahead == ()
    finish(reel, state)
    assert due(board_of(reel), Phase.ANIMATE) == []
