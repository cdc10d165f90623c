"""What a check found: frozen, and harmless for a terminal from the moment it is made."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from core.film.text import clean

_LONGEST = 500


class State(StrEnum):
    """How it stands."""

    OK = "ok"  # nothing to do
    WARN = "warn"  # it works, and something is worth doing
    BAD = "bad"  # reels cannot be made, or may be lost
    UNKNOWN = "unknown"  # it could not be found out


class Group(StrEnum):
    """What a check is about, in the order in which checks are shown."""

    INSTALLATION = "installation"
    MEDIA = "media"
    SETTINGS = "settings"
    DEVICES = "devices"
    MODELS = "models"
    DISK = "disk"
    WORKER = "worker"
    TERMINAL = "terminal"


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at: `found` in words, and what to do about it ("" where there is nothing to do)."""

    name: str
    group: Group
    state: State
    found: str
    remedy: str = ""

    def __post_init__(self) -> None:
        """Clean every word: paths, names and other programs' words are not to be trusted."""
        for field in ("name", "found", "remedy"):
            msgspec.structs.force_setattr(self, field, clean(getattr(self, field), limit=_LONGEST))


# The worst first; what is not known is not worse than what is known to need something.
_WORST = (State.BAD, State.WARN, State.UNKNOWN, State.OK)


class Diagnosis(msgspec.Struct, frozen=True):
    """Every check, in the order of the groups. `worst` is their worst state, `counts` how many have each."""

    version: str
    library: str
    worst: State
    counts: dict[State, int]
    checks: tuple[Check, ...]


def sum_up(version: str, library: str, checks: Iterable[Check]) -> Diagnosis:
    """Return the diagnosis of some checks."""
    found = tuple(checks)
    counts = {state: sum(check.state is state for check in found) for state in State}
    worst = next((state for state in _WORST if counts[state]), State.OK)
    return Diagnosis(version, library, worst, counts, found)
