"""What is tried after a step failed: the same in a new host, the next fallback, the place for itself, or a person.

The host of a failed try is ended, so every next try has a new one. What else changes depends on the cause:

| cause | next try |
|---|---|
| refused | none: asking again would not help |
| out of memory | alone on its place, with the next fallback; where there is none, once more alone |
| killed | alone on its place; when it happens again, with the next fallback |
| crashed, hung | the same; when it happens again, with the next fallback |
| wrong result, raised, nonsense, not loaded | the same, once |

"Alone" means that everything else leaves the place first; a step that wanted that once wants it in every later try. A
fallback stays on in every later try, and the next one is added to it. A step is tried at most `PLAIN` times without a
fallback, and in all at most `PLAIN` times and once per fallback, never more than `MOST` times; then a person is needed.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.film.failure import Cause, Failure
from core.film.lineup import Backend

PLAIN = 2
MOST = 4

_MEMORY = (Cause.OUT_OF_MEMORY, Cause.KILLED)
# One of these may be chance; two are not.
_DIED = (Cause.CRASHED, Cause.HUNG, Cause.KILLED)
# These are of the work's own making: a fallback, which only makes it slower or smaller, would not mend them.
_WRONG = (Cause.WRONG_RESULT, Cause.RAISED, Cause.NONSENSE, Cause.NOT_LOADED)


def next_try(backend: Backend, failures: Sequence[Failure]) -> tuple[str, ...] | None:
    """Return the fallbacks of the next try after these failures (oldest first), or None: a person is needed.

    Without a failure: (), the first try.
    """
    if not failures:
        return ()
    last = failures[-1]
    fuller = _with_next(backend, last.fallbacks)
    if len(failures) >= min(MOST, PLAIN + len(backend.fallbacks)) or last.cause is Cause.REFUSED:
        return None
    if last.cause is Cause.OUT_OF_MEMORY:
        return fuller or (None if alone(failures[:-1]) else last.fallbacks)
    if last.cause in _WRONG and _count(failures, _WRONG) > 1:
        return None
    if last.cause in _DIED and _count(failures, _DIED) > 1:
        return fuller
    # The same again; where it was tried plainly often enough, only with the next fallback.
    plain = sum(1 for failure in failures if not failure.fallbacks)
    return fuller if not last.fallbacks and plain >= PLAIN else last.fallbacks


def alone(failures: Sequence[Failure]) -> bool:
    """Tell whether the next try after these failures wants its place for itself."""
    return _count(failures, _MEMORY) > 0


def _count(failures: Sequence[Failure], causes: tuple[Cause, ...]) -> int:
    return sum(1 for failure in failures if failure.cause in causes)


def _with_next(backend: Backend, fallbacks: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the fallbacks and the next one, mildest first, or None where all are on."""
    left = [name for name in backend.fallbacks if name not in fallbacks]
    return (*fallbacks, left[0]) if left else None
