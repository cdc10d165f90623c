"""How a worker is told to end, and how it sleeps without missing that."""

from __future__ import annotations

import contextlib
import os
import select
import signal
from types import FrameType

from core.worker.run import Wish

# Ends after the steps in hand are done; SIGTERM drops them.
AFTER_STEP = signal.SIGUSR1


class Orders:
    """What signals asked for: `wish` is GO, PAUSE (end after the steps in hand) or STOP (end now).

    For the main thread, from `with` to its end.
    """

    def __init__(self, *, detached: bool) -> None:
        """In the foreground a hang-up stops it like Ctrl-C; detached it has no terminal, and a hang-up is ignored."""
        self.wish = Wish.GO
        stops = [signal.SIGTERM, signal.SIGINT, *([] if detached else [signal.SIGHUP])]
        self._handlers = dict.fromkeys(stops, self._stop) | {AFTER_STEP: self._after_step}
        self._detached = detached
        self._old: dict[int, object] = {}
        self._reader, self._writer = -1, -1

    def __enter__(self) -> Orders:
        self._reader, self._writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        # A signal writes into the pipe, so that one that comes just before a sleep still ends it.
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        for number, handler in self._handlers.items():
            self._old[number] = signal.signal(number, handler)
        if self._detached:
            self._old[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return self

    def __exit__(self, *exc: object) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self._old.items():
            signal.signal(number, handler if callable(handler) else signal.SIG_DFL)
        os.close(self._reader)
        os.close(self._writer)

    def sleep(self, seconds: float) -> None:
        """Sleep, or until a signal comes."""
        if select.select([self._reader], [], [], seconds)[0]:
            with contextlib.suppress(BlockingIOError):
                os.read(self._reader, 4096)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.wish = Wish.STOP

    def _after_step(self, number: int, frame: FrameType | None) -> None:
        if self.wish is Wish.GO:
            self.wish = Wish.PAUSE
