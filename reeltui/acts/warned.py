"""Warnings: what is wrong beside the matter, such as a queue that was damaged and put aside.

An act returns them; where it fails, its error carries them as notes (`warnings_of`), so that nobody is left untold.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from core.film.errors import ReelError


@contextlib.contextmanager
def warned() -> Iterator[list[str]]:
    """Collect warnings in the list it gives; a ReelError that ends the block takes them along."""
    said: list[str] = []
    try:
        yield said
    except ReelError as error:
        for warning in said:
            error.add_note(warning)
        raise


def warnings_of(error: ReelError) -> tuple[str, ...]:
    """Return the warnings an act's error carries. They may quote files: clean them before they reach a terminal."""
    return tuple(getattr(error, "__notes__", ()))
