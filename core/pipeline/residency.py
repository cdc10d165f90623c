"""What stays loaded: what fits a place's memory, who leaves for whom, and what may be made warm beforehand.

A place ("lane") is a device or the CPU; each does one step at a time and keeps several backends loaded while they fit.
Where sizes are equal it is best to evict what is needed last (Bélády 1966, "A study of replacement algorithms"). Here
sizes differ by a hundred times, so the few sets that make enough room are all looked at, and the one is taken that
costs the fewest loads over what is known to come.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

import msgspec

from core.film.lineup import ROLE_OF, Backend, Lineup, Phase, Role
from core.pipeline.board import Board
from core.pipeline.own import OWN_PICTURE
from core.pipeline.steps import backend_for

CPU = "cpu"


class Need(msgspec.Struct, frozen=True):
    """Bytes a load holds while it is idle and at most while it works (weights included), and seconds it takes to
    load. `measured`: from this machine's own steps, not declared."""

    weights: int
    peak: int
    load_seconds: float
    measured: bool = False


class Lane(msgspec.Struct, frozen=True):
    """One place now. `budget` is the bytes to plan with (None: not known, then one backend at a time).

    `resident` are the loads held there, `busy` the id of the step it does ("" where it is free), `draining` that a
    step it finished is still being inspected.
    """

    name: str
    budget: int | None
    resident: tuple[str, ...] = ()
    busy: str = ""
    draining: bool = False

    @property
    def is_device(self) -> bool:
        """Whether this is a device and not the CPU."""
        return self.name != CPU


class Warmth(StrEnum):
    """How far a backend may be made ready while another works."""

    NONE = "none"
    PREPARE = "prepare"  # process up, libraries imported, files in the page cache; nothing on the device
    LOAD = "load"


def declared_needs(lineup: Lineup) -> dict[str, Need]:
    """Return what every load of a lineup, and OWN_PICTURE, declares; who share a load share the larger figures."""
    needs: dict[str, Need] = {}
    for backend in (*lineup.backends.values(), OWN_PICTURE):
        old = needs.get(backend.loads_as, Need(0, 0, 0.0))
        needs[backend.loads_as] = Need(
            max(old.weights, backend.weights),
            max(old.peak, backend.peak, backend.weights),
            max(old.load_seconds, backend.load_seconds),
        )
    return needs


# --- what is needed soon --------------------------------------------------------------------------------------------


def soon(
    board: Board,
    lineup: Lineup,
    phase: Phase | None,
    *,
    lane: Lane | None = None,
    given_up: frozenset[str] = frozenset(),
    certain: bool = False,
) -> tuple[str, ...]:
    """Return the loads this reel still needs, the soonest first, seen from a step of `phase` (None: from the start).

    A verdict is due only once its clip is there, so it is foreseen; and so is the animator for clips that may not pass,
    unless only what is `certain` is wanted. With a `lane`: only what is loaded on its kind of place. `given_up` are
    steps that failed for good: what needs them is not made either. What is not listed is not needed.
    """
    due = _due(board, lineup, given_up)
    if Phase.ANIMATE in due:
        due.setdefault(Phase.CRITIQUE, [lineup.backends[Role.CRITIC]])
    if not certain and Phase.CRITIQUE in due and _may_fail(board):
        due.setdefault(Phase.ANIMATE, [lineup.backends[Role.ANIMATOR]])
    # After what is loaded now has done all it can, the earliest phase is next: `order.assign`.
    ahead = [backend for later in _order(board) if later is not phase for backend in due.get(later, ())]
    if phase is not None:
        ahead = [*due.get(phase, [lineup.backends[ROLE_OF[phase]]]), *ahead]
    return tuple(dict.fromkeys(b.loads_as for b in ahead if lane is None or capable(lane, b)))


def _due(board: Board, lineup: Lineup, given_up: frozenset[str]) -> dict[Phase, list[Backend]]:
    """Return who does the steps that are due and can still be made; a board lists a step after what it needs."""
    if board.bill is None:
        return {phase: [lineup.backends[role]] for phase, role in ROLE_OF.items()}
    lost = set(given_up)
    due: dict[Phase, list[Backend]] = {}
    for state in board.due:
        if state.step.id in lost or not lost.isdisjoint(state.step.needs.values()):
            lost.add(state.step.id)
        else:
            due.setdefault(state.step.phase, []).append(backend_for(lineup, state.step))
    return due


def _order(board: Board) -> list[Phase]:
    """Return the phases in the order of work; while all clips that are due wait for verdicts, those come first."""
    order = list(Phase)
    clips = [state for state in board.due if state.step.phase is Phase.ANIMATE]
    retaken = {shot.index for shot in board.shots if shot.candidates and not shot.asked}
    judging = any(shot.to_judge for shot in board.shots)
    if judging and clips and all(not clip.ready and clip.step.shot in retaken for clip in clips):
        order.remove(Phase.ANIMATE)
        order.insert(order.index(Phase.CRITIQUE) + 1, Phase.ANIMATE)
    return order


def _may_fail(board: Board) -> bool:
    """Tell whether a verdict that is to come may call for another take."""
    if board.bill is None:
        return False  # the animator is listed anyway
    most = board.bill.settings.figures.takes
    return any(shot.to_judge and len(shot.candidates) < most for shot in board.shots)


# --- who leaves -----------------------------------------------------------------------------------------------------


def fits(lane: Lane, staying: Sequence[str], working: str, needs: Mapping[str, Need]) -> bool:
    """Tell whether `working` can work while `staying` stay loaded."""
    if lane.budget is None:
        return not any(name != working for name in staying)
    held = sum(needs[name].weights for name in staying if name != working and name in needs)
    return held + needs[working].peak <= lane.budget


def make_room(lane: Lane, wanted: str, needs: Mapping[str, Need], ahead: Sequence[str]) -> tuple[str, ...]:
    """Return the residents that leave, in order, so that `wanted` can work; `ahead` is what is needed, soonest first.

    Of the sets that make enough room one is taken that costs the fewest loads over what is ahead, then the fewest
    seconds of loading; where that leaves a choice, what is not needed and is loaded again quickly leaves, then what is
    needed last. A load that is larger than the whole budget gets the place for itself and has to show whether it fits.
    """
    staying = tuple(name for name in lane.resident if name != wanted)
    if fits(lane, staying, wanted, needs):
        return ()
    place = {name: number for number, name in reversed(list(enumerate(ahead)))}
    later = tuple(name for name in dict.fromkeys(ahead) if name != wanted and name in needs)
    known: dict[tuple[frozenset[str], int], tuple[int, float]] = {}

    def cost(kept: tuple[str, ...]) -> tuple[int, float, float, int, int]:
        leaving = [name for name in staying if name not in kept]
        loads, seconds = _to_come(lane, frozenset((*kept, wanted)), later, needs, known)
        unneeded = sum(needs[name].load_seconds for name in leaving if name not in place and name in needs)
        soonest = min((place.get(name, len(ahead)) for name in leaving), default=0)
        return loads, seconds, unneeded, -soonest, len(leaving)

    kept = min(_keepable(lane, staying, wanted, needs), key=cost)
    leaving = [name for name in staying if name not in kept]
    return tuple(sorted(leaving, key=lambda name: -place.get(name, len(ahead))))


def _to_come(
    lane: Lane,
    resident: frozenset[str],
    later: tuple[str, ...],
    needs: Mapping[str, Need],
    known: dict[tuple[frozenset[str], int], tuple[int, float]],
) -> tuple[int, float]:
    """Return the least loads, and the seconds they take, for `later` one after another. `known` remembers answers."""
    if not later:
        return 0, 0.0
    key = (resident, len(later))
    if key not in known:
        name, rest = later[0], later[1:]
        staying = tuple(sorted(resident - {name}))
        ways = (
            _to_come(lane, frozenset((*kept, name)), rest, needs, known)
            for kept in _keepable(lane, staying, name, needs)
        )
        loads, seconds = min(ways)
        missing = name not in resident
        known[key] = (loads + missing, seconds + (needs[name].load_seconds if missing else 0.0))
    return known[key]


def _keepable(
    lane: Lane, staying: tuple[str, ...], working: str, needs: Mapping[str, Need]
) -> Iterator[tuple[str, ...]]:
    """Yield the sets that can stay while `working` works, each as large as can be: to let more go gains nothing."""
    found: list[set[str]] = []
    for count in range(len(staying), 0, -1):
        for kept in itertools.combinations(staying, count):
            if not any(larger.issuperset(kept) for larger in found) and fits(lane, kept, working, needs):
                found.append(set(kept))
                yield kept
    if not found:
        yield ()


# --- what is made ready early ---------------------------------------------------------------------------------------


def warmth(lane: Lane, working: str, following: str, needs: Mapping[str, Need]) -> Warmth:
    """Return how far `following` may be made ready while `working` works."""
    if following in lane.resident or following == working or following not in needs:
        return Warmth.NONE
    if lane.budget is None:
        return Warmth.PREPARE
    held = sum(needs[name].weights for name in lane.resident if name != working and name in needs)
    peak = needs[working].peak if working in needs else 0
    return Warmth.LOAD if held + peak + needs[following].weights <= lane.budget else Warmth.PREPARE


def capable(lane: Lane, backend: Backend) -> bool:
    """Tell whether a backend's kind of place is this one."""
    return lane.is_device == backend.needs_device
