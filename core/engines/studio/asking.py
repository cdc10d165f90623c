"""A question under way in a thread of its own, so that whoever waits can tell how far it is and stop waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from core.engines.roles import Progress
from core.engines.studio.chat import Cord

T = TypeVar("T")
_TICK = 0.5  # seconds between two words to the worker, and at most until a cancel is heard


class Pending(Generic[T]):
    """Work that was begun: `work` gets the cord that stops it. Its thread never keeps the process from ending."""

    def __init__(self, work: Callable[[Cord], T]) -> None:
        self._work = work
        self._cord = Cord()
        self._done = threading.Event()
        self._result: T | None = None
        self._error: BaseException | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._result = self._work(self._cord)
        except BaseException as error:  # noqa: BLE001 - told to whoever waits
            self._error = error
        finally:
            self._done.set()

    @property
    def error(self) -> BaseException | None:
        """The error it has ended in; None while it goes on, and where it ended well."""
        return self._error

    def give_up(self) -> None:
        """Stop it; nobody wants its result."""
        self._cord.pull()

    def wait(self, progress: Progress, doing: str) -> T:
        """Return the result, or raise its error. Whatever `progress` raises (Cancelled) stops it and goes up."""
        begun = time.monotonic()
        try:
            while not self._done.wait(_TICK):
                progress(0.5, f"{doing}, {time.monotonic() - begun:.0f} s")
        except BaseException:
            self.give_up()
            raise
        if self._error is not None:
            raise self._error
        return cast(T, self._result)  # set where there is no error
