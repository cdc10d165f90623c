"""Measures one program in one sitting: start, settling, idling, memory, keys, end."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from bench.sitting import NotMeasured, Piece, Sitting
from bench.tree import family, held

# How long a first content, a paint and an end are waited for at most (seconds).
_START, _PAINT, _QUIT = 30.0, 1.0, 10.0
# After a paint, before the next key: long enough that the program rests again, and never the same, so that the keys do
# not march in step with its timers.
_PAUSE = (0.12, 0.22)

Still = Callable[[], str]
Surroundings = Callable[[], AbstractContextManager[Still]]


def nothing_else() -> AbstractContextManager[Still]:
    """Return the usual surroundings: nothing else is at work."""
    return nullcontext(lambda: "")


@dataclass(frozen=True)
class Program:
    """What is measured. `ready` is the text that is its first content; `keys` a key that moves and one that moves back;
    `others` keys that open and close things; `opening` is typed before it idles. It settles, then `rest` more seconds
    pass before it idles (a message that goes away by itself is not idling). `during` holds while it is measured what
    else is at work, and gives a function that says, "" if it does, why it does not any more. `forgets` is a file in
    which it remembers where it was left: without it every sitting begins alike. `missing` says why it cannot be
    measured at all.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    ready: str
    keys: tuple[bytes, bytes] = (b"\x1b[B", b"\x1b[A")
    others: tuple[bytes, ...] = ()
    opening: tuple[bytes, ...] = ()
    quit: bytes = b"\x11"
    rest: float = 0.0
    during: Surroundings = nothing_else
    forgets: Path | None = None
    version: str = ""
    missing: str = ""

    @property
    def home(self) -> Path:
        """Return the folder it is started in."""
        return Path(self.env["HOME"])

    def sit(self, size: tuple[int, int]) -> Sitting:
        """Start it, as if for the first time."""
        if self.forgets is not None:
            self.forgets.unlink(missing_ok=True)
        return Sitting(self.argv, self.env, size, self.home)


class Figures(msgspec.Struct, frozen=True):
    """What one sitting gave. Times in seconds, memory in bytes, of the program and all its children.

    `idle_processor` is a share of one core; `idle_bytes` is what was written in a second of idling. A key's times are
    from typing it to the first change on the screen; `blind` keys changed nothing within a second and are in no other
    figure but `key_processor`. `unknown` counts the sequences that the terminal did not understand.
    """

    first_content: float
    settled: float
    bytes_settled: int
    idle_bytes: float
    idle_processor: float
    key_p50: float | None
    key_p95: float | None
    other_p50: float | None
    other_p95: float | None
    blind: int
    key_processor: float
    pss: int
    rss: int
    exit: float
    unknown: int


@dataclass
class Times:
    """How long each part of a sitting lasts (seconds), and how many keys are typed."""

    settle: float = 3.0
    idle: float = 10.0
    keys: int = 40
    size: tuple[int, int] = (120, 40)
    dice: random.Random = field(default_factory=lambda: random.Random(0))


def measure(program: Program, times: Times) -> Figures:
    """Measure a program once. Raises NotMeasured."""
    if program.missing:
        raise NotMeasured(program.missing)
    with (
        program.during() as still,
        program.sit(times.size) as sitting,
    ):
        found = _measure(sitting, program, times)
        why = still()
        if why:
            raise NotMeasured(why)
        return found


def warm_up(program: Program, times: Times) -> None:
    """Start and end a program once: files into the cache, modules into bytecode, folders made. Raises NotMeasured."""
    if program.missing:
        raise NotMeasured(program.missing)
    with program.during(), program.sit(times.size) as sitting:
        sitting.wait_for(program.ready, 2 * _START)
        sitting.watch(times.settle)
        sitting.quit(program.quit, _QUIT)


def _measure(sitting: Sitting, program: Program, times: Times) -> Figures:
    first = sitting.wait_for(program.ready, _START)
    sitting.watch(times.settle)
    beginning = list(sitting.pieces)
    for key in program.opening:
        sitting.type(key)
        sitting.watch(times.settle)
    sitting.watch(program.rest)
    used = sitting.processor()
    idle = sitting.watch(times.idle)
    idle_processor = (sitting.processor() - used) / times.idle
    alone = frozenset[int]().union(*(piece.seen for piece in idle))
    settled = max(first, settled_at(beginning, idle, alone))
    memory = [held(pid) for pid in family(sitting.pid)]
    rows, key_processor, blind = _keys(sitting, program.keys, alone, idle_processor, times)
    others = [_one(sitting, key, alone, times)[0] for key in program.others]
    return Figures(
        first_content=first - sitting.started,
        settled=settled - sitting.started,
        bytes_settled=sum(piece.size for piece in beginning if piece.at <= settled),
        idle_bytes=sum(piece.size for piece in idle) / times.idle,
        idle_processor=idle_processor,
        key_p50=share(rows, 0.5),
        key_p95=share(rows, 0.95),
        other_p50=share(others, 0.5),
        other_p95=share(others, 0.95),
        blind=blind + others.count(None),
        key_processor=key_processor,
        pss=sum(each.pss for each in memory),
        rss=sum(each.rss for each in memory),
        exit=sitting.quit(program.quit, _QUIT),
        unknown=sitting.terminal.unknown.total(),
    )


def settled_at(beginning: Sequence[Piece], idle: Sequence[Piece], alone: frozenset[int]) -> float:
    """Return when the output of the beginning ended.

    Where a program never rests (a blinking cursor), it is settled with the last change of a cell that does not change
    while it idles.
    """
    ends = [piece.at for piece in beginning if not idle or piece.seen - alone]
    return max(ends, default=0.0)


def _keys(
    sitting: Sitting, keys: tuple[bytes, bytes], alone: frozenset[int], idle: float, times: Times
) -> tuple[list[float | None], float, int]:
    """Type half of the keys forth and half back, each after the program rests; return the seconds to each one's paint
    (None: nothing changed), the processor seconds a key beyond what idling takes, and how many changed nothing."""
    half = max(1, times.keys // 2)
    before = sitting.processor()
    found, seconds = [], 0.0
    for key in (*[keys[0]] * half, *[keys[1]] * half):
        took, lasted = _one(sitting, key, alone, times)
        found.append(took)
        seconds += lasted
    used = sitting.processor() - before - idle * seconds
    return found, max(0.0, used) / len(found), found.count(None)


def _one(sitting: Sitting, key: bytes, alone: frozenset[int], times: Times) -> tuple[float | None, float]:
    """Type a key; return the seconds to its paint (None: none) and the seconds until the next may be typed."""
    since = sitting.type(key)
    painted = sitting.painted(since, _PAINT, alone)
    took = None if painted is None else painted - since
    pause = times.dice.uniform(*_PAUSE)
    sitting.watch(pause)
    return took, (_PAINT if took is None else took) + pause


def share(found: Sequence[float | None], part: float) -> float | None:
    """Return the value that such a share of what was found does not exceed (nearest rank); None for nothing."""
    known = sorted(value for value in found if value is not None)
    return known[max(0, math.ceil(part * len(known)) - 1)] if known else None
