"""Gets ready, while nobody types, for what a person is likely to open next."""

from __future__ import annotations

import gc
import importlib
import threading

from reeltui.tidy import AT_ONCE, SELDOM

# Seconds after the first content: by then what is in sight has been read.
REST = 1.0
_ROOMS = (
    "reeltui.screens.reel",
    "reeltui.screens.shot",
    "reeltui.dialogs.help",
    "reeltui.dialogs.new_reel",
    "reeltui.palette",
)


def read_ahead() -> None:
    """Import, in a thread, the rooms that most people go to."""
    threading.Thread(target=_read, name="desk-ahead", daemon=True).start()


def _read() -> None:
    try:
        for room in _ROOMS:
            importlib.import_module(room)
        # What is there now stays until the end. To look through it for garbage again and again would halt the desk, for
        # as long as two key presses take.
        gc.freeze()
    finally:
        gc.set_threshold(AT_ONCE, SELDOM, SELDOM)
        gc.enable()  # off since the start
