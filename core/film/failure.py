"""How a step can fail, as types: each tells what is tried next, and is kept in the receipt of the try that worked."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Cause(StrEnum):
    """Why a try failed."""

    CRASHED = "crashed"  # the host died by a signal of its own making, or ended without an answer
    KILLED = "killed"  # SIGKILL from outside: nearly always the kernel's memory killer
    HUNG = "hung"  # no complete message within the silence limit
    NONSENSE = "nonsense"  # it broke the protocol
    OUT_OF_MEMORY = "out of memory"  # of the device, or of the machine
    WRONG_RESULT = "wrong result"  # it finished, but what it made is not what was asked
    NOT_LOADED = "not loaded"  # the backend could not be built or loaded
    RAISED = "raised"  # the backend said that it failed
    REFUSED = "refused"  # the request cannot be done, or needs a person; asking again would not help


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One failed try: why, in what words, and with which fallbacks it had been asked."""

    cause: Cause
    message: str
    fallbacks: tuple[str, ...] = ()
    remedy: str = ""
