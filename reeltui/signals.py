"""What ends the desk from outside: a closed terminal, a polite kill. It ends as by its own key."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import TYPE_CHECKING

from core.film.errors import Interrupted

if TYPE_CHECKING:
    from reeltui.app import Desk

_ENDS = (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)
# A terminal that is gone takes nothing any more, and whoever waits for it would wait for ever (seconds).
_AT_MOST = 0.8


def heed_signals(desk: Desk) -> None:
    """Leave the desk when it is told to end: the terminal is given back, and where a person was is remembered.

    Call it where the desk's loop runs. A signal that raises, as of the other verbs, could do so within any line.
    """
    loop = asyncio.get_running_loop()
    for number in _ENDS:
        loop.add_signal_handler(number, _end, desk)


def _end(desk: Desk) -> None:
    last = threading.Timer(_AT_MOST, os._exit, [Interrupted.exit_code])
    last.daemon = True
    last.start()
    desk.exit(return_code=Interrupted.exit_code)
