"""What is tried after a failure: the table of core.pipeline.fallback, and its bounds for any run of failures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from core.film.failure import Cause, Failure
from core.film.lineup import Backend, Role
from core.pipeline.fallback import MOST, PLAIN, alone, next_try

OOM, CRASHED, HUNG, KILLED = Cause.OUT_OF_MEMORY, Cause.CRASHED, Cause.HUNG, Cause.KILLED
WRONG, RAISED, NONSENSE, REFUSED = Cause.WRONG_RESULT, Cause.RAISED, Cause.NONSENSE, Cause.REFUSED
NOT_LOADED = Cause.NOT_LOADED


def backend(*fallbacks: str) -> Backend:
    return Backend(Role.ANIMATOR, "b", "m:C", "", "1", "b", 1.0, fallbacks=fallbacks)


def tries(which: Backend, *causes: Cause) -> list[tuple[str, ...] | None]:
    """The fallbacks of every try when the tries fail by these causes one after another; None ends it."""
    failures: list[Failure] = []
    asked: list[tuple[str, ...] | None] = [next_try(which, ())]
    for cause in causes:
        now = asked[-1]
        assert now is not None, "given up before"
        failures.append(Failure(cause, "", now))
        asked.append(next_try(which, tuple(failures)))
    return asked


@pytest.mark.parametrize(
    ("fallbacks", "causes", "asked"),
    [
        ("", [REFUSED], [(), None]),
        ("a b", [REFUSED], [(), None]),
        ("a b", [CRASHED, REFUSED], [(), (), None]),
        # Out of memory: the next fallback each time, at once.
        ("a b", [OOM, OOM, OOM], [(), ("a",), ("a", "b"), None]),
        ("a", [OOM, OOM], [(), ("a",), None]),
        ("", [OOM, OOM], [(), (), None]),  # it shared its place the first time
        # It died: once by chance, then with the next fallback.
        ("a b", [CRASHED, CRASHED, CRASHED, CRASHED], [(), (), ("a",), ("a", "b"), None]),
        ("a b c", [HUNG, CRASHED, HUNG, CRASHED], [(), (), ("a",), ("a", "b"), None]),
        ("a", [HUNG, HUNG, HUNG], [(), (), ("a",), None]),
        ("", [CRASHED, CRASHED], [(), (), None]),
        ("a", [KILLED, KILLED, KILLED], [(), (), ("a",), None]),
        ("", [KILLED, KILLED], [(), (), None]),
        # The work itself is wrong: once more, and no fallback.
        ("a b", [WRONG, WRONG], [(), (), None]),
        ("a b", [RAISED, RAISED], [(), (), None]),
        ("a b", [NONSENSE, NONSENSE], [(), (), None]),
        ("a b", [NOT_LOADED, NOT_LOADED], [(), (), None]),
        ("a", [WRONG, RAISED], [(), (), None]),
        # Mixed.
        ("a b", [OOM, CRASHED, CRASHED, WRONG], [(), ("a",), ("a",), ("a", "b"), None]),
        ("a b", [OOM, WRONG, OOM, OOM], [(), ("a",), ("a",), ("a", "b"), None]),
        ("a b", [CRASHED, WRONG, WRONG], [(), (), ("a",), None]),
        ("a b", [CRASHED, OOM, CRASHED], [(), (), ("a",), ("a", "b")]),
        ("", [CRASHED, RAISED], [(), (), None]),
        ("", [KILLED, OOM], [(), (), None]),
    ],
)
def test_the_table(fallbacks: str, causes: list[Cause], asked: list[tuple[str, ...] | None]) -> None:
    assert tries(backend(*fallbacks.split()), *causes) == asked


@pytest.mark.parametrize(
    ("causes", "wanted"),
    [
        ([], False),
        ([CRASHED, WRONG, HUNG, RAISED, NONSENSE, NOT_LOADED], False),
        ([OOM], True),
        ([KILLED], True),
        ([OOM, CRASHED], True),  # having the place for itself is not taken back
    ],
)
def test_who_wants_the_place_for_itself(causes: list[Cause], wanted: bool) -> None:
    assert alone(tuple(Failure(cause, "") for cause in causes)) is wanted


@given(some.integers(0, 6), some.lists(some.sampled_from(Cause), min_size=MOST + 3, max_size=MOST + 3))
def test_it_always_ends_within_the_bounds(number: int, causes: list[Cause]) -> None:
    which = backend(*"abcdef"[:number])
    failures: list[Failure] = []
    asked = next_try(which, ())
    while asked is not None:
        assert asked == which.fallbacks[: len(asked)], "mildest first, and what is on stays on"
        assert len(asked) >= len(failures[-1].fallbacks if failures else ())
        failures.append(Failure(causes[len(failures)], "", asked))
        asked = next_try(which, tuple(failures))
    assert len(failures) <= min(MOST, PLAIN + number)
    assert sum(1 for failure in failures if not failure.fallbacks) <= PLAIN
