"""Child processes by fork: as fast as a call, and they can be killed for real."""

from __future__ import annotations

import os
import signal
import traceback
import warnings
from collections.abc import Callable

from core.film.errors import ReelError


def fork(work: Callable[[], None]) -> int:
    """Do `work` in a forked child; return its pid. The child ends with 0, a ReelError's exit code, or 99."""
    with warnings.catch_warnings():
        # Threads of the test runner do not live on in the child, which touches nothing of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    code = 99
    try:
        work()
        code = 0
    except ReelError as error:
        code = error.exit_code
    except BaseException:  # noqa: BLE001 - nothing may return into the parent's test
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """Wait for a child; return its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kill(child: int) -> None:
    """Kill a child with -9 and wait until it is gone."""
    os.kill(child, signal.SIGKILL)
    ended(child)
