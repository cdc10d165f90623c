"""The one error for a media file that is missing, cut short or damaged."""

from __future__ import annotations

from pathlib import Path

from core.film.errors import EngineTrouble


class Unreadable(EngineTrouble):
    """A media file is missing, cut short or damaged; `reason` says which."""

    reason: str = ""

    @classmethod
    def of(cls, path: Path, reason: str) -> Unreadable:
        """Build the error for `path`."""
        error = cls(f"{path.name} cannot be read: {reason}", remedy="make it again, or put a whole file in its place")
        error.reason = reason
        return error
