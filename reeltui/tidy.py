"""Collects garbage while nobody types: looking through everything halts the desk for as long as several keys take."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import Protocol

# Python's own thresholds: of what came since it last looked it looks through so many objects at once, a few
# milliseconds, and only once in so many times through what that left, though a cursor key be held down for minutes.
AT_ONCE, SELDOM = 5_000, 50
# As many are worth a collection, once nobody typed for REST seconds, and EVERY so many seconds.
WORTH = 1_500
REST, EVERY = 0.6, 5.0


class Clock(Protocol):
    """What can call something later: the app."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> object:
        """Call something in so many seconds."""


class Tidy:
    """Waits for a rest. Nothing runs while nothing happens."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waits = False
        self.typed_at = self._collected_at = float("-inf")  # by time.monotonic

    def typed(self) -> None:
        """A key was pressed."""
        self.typed_at = time.monotonic()
        self.something_happened()

    def something_happened(self) -> None:
        """Something was read or painted, and left what it needed for that."""
        if not self._waits:
            self._wait(REST)

    def _wait(self, seconds: float) -> None:
        self._waits = True
        self._clock.set_timer(seconds, self._look)

    def _look(self) -> None:
        self._waits = False
        young, passed, _ = gc.get_count()
        if young < WORTH and not passed:  # what Python passed over by itself may be garbage by now
            return
        now = time.monotonic()
        wait = seconds_until_rest(now, self.typed_at, self._collected_at)
        if wait > 0:
            self._wait(wait)
        else:
            gc.collect()
            self._collected_at = now


def seconds_until_rest(now: float, typed_at: float, collected_at: float) -> float:
    """Return in how many seconds to collect; 0 or less: now."""
    return max(typed_at + REST, collected_at + EVERY) - now
