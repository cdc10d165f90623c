"""Reads the keyboard, woken by keys and never by a clock: Escape is heard at once, and leaving takes no time."""

from __future__ import annotations

import os
import selectors
from codecs import getincrementaldecoder
from typing import Any

from textual import constants
from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from reeltui.sparing import SHOWN

_AT_ONCE = 4096  # bytes
# What comes after an Escape within this time (seconds) belongs to it; then the parser must be told that none came.
_AFTER_ESCAPE = constants.ESCAPE_DELAY + 0.001


class KeyDriver(LinuxDriver):
    """Textual's driver (8.2), but for how it waits.

    That one looks ten times a second whether it is to end or an Escape stands alone: it wakes an idle machine, ends a
    tenth of a second late and once more so, and hears Escape when that tenth is over.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._woken = self._wake = -1

    def start_application_mode(self) -> None:
        """Take the terminal, at the start and when another program gave it back."""
        if self._wake < 0:
            self._woken, self._wake = os.pipe()
        SHOWN.forget()
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def run_input_thread(self) -> None:
        """Read keys until `disable_input`."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        wait: float | None = None
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(wait)}
                if self._woken in ready:
                    os.read(self._woken, _AT_ONCE)
                    break
                wait = _AFTER_ESCAPE if ready else None
                if ready:
                    try:
                        data = os.read(self.fileno, _AT_ONCE)
                    except OSError:  # the terminal is gone
                        data = b""
                    if not data:
                        # Nobody can type any more; what is half typed is kept by whoever holds it.
                        self._app.call_later(self._app.exit)
                        return
                    for event in parser.feed(decode(data)):
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)
        try:
            for _ in parser.feed(""):
                pass
        except (EOFError, ParseError):
            pass  # an unfinished sequence ends with the input

    def disable_input(self) -> None:
        """Stop reading keys, at once."""
        if self._key_thread is not None and self._key_thread.is_alive():
            os.write(self._wake, b".")
        super().disable_input()

    def close(self) -> None:
        """Give everything back; the terminal may be taken again."""
        super().close()
        for end in (self._woken, self._wake):
            if end >= 0:
                os.close(end)
        self._woken = self._wake = -1
