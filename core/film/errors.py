"""What can go wrong, as types: each knows its exit code and says what to do next."""

from __future__ import annotations

from typing import ClassVar


class ReelError(Exception):
    """Base of every error meant for a person.

    `exit_code` is the process exit status; `remedy` is one line saying what to do next.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class BadInput(ReelError):
    """The words, numbers or files given cannot be used; nothing was changed."""

    exit_code = 2


class PersonNeeded(ReelError):
    """The reel waits for somebody's decision."""

    exit_code = 3


class Locked(ReelError):
    """Another process holds the reel."""

    exit_code = 4


class DiskTrouble(ReelError):
    """The disk is full, read-only or failing; what was finished is still whole."""

    exit_code = 5


class EngineTrouble(ReelError):
    """A backend (model, GPU, server or drawing engine) failed after its retries."""

    exit_code = 6


class TryAgain(ReelError):
    """Something passing; the same command may work in a moment."""

    exit_code = 75


class Interrupted(ReelError):
    """A person stopped the run; everything finished is kept."""

    exit_code = 130
