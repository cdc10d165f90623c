"""Plays a whole reel in memory: the planner's own decisions, receipts put in as steps finish; no files."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from core.film.language import Language
from core.film.lineup import ROLE_OF, Lineup, Phase
from core.film.plan import Plan, Shot
from core.film.settings import Reel, Settings
from core.film.verdict import Label, Verdict
from core.film.wording import Wording
from core.folder.records import Artifact, Fingerprint, Output, Receipt, Snapshot, Take
from core.pipeline.ask import Asked, ask
from core.pipeline.board import Board, StepState, assess
from core.pipeline.cost import Rates, job_units
from core.pipeline.order import Assignment, assign, warm_next
from core.pipeline.residency import CPU, Lane, Need, Warmth, declared_needs, make_room, soon, warmth
from core.pipeline.steps import Step

Evict = Callable[[Lane, str, Mapping[str, Need], Sequence[str]], Sequence[str]]


class Case(NamedTuple):
    """How the takes of a reel are judged: `fails` says how many takes of each shot fail, with which label."""

    name: str
    fails: Mapping[int, int]
    label: Label = Label.OBJECT_MORPHING


class Played(NamedTuple):
    """What playing a reel took: loads by name and by lane, seconds in all, of loading and of computing; how many of the
    seconds of loading nobody waited for; how many clips were rendered, and how many at most at the same time."""

    loads: Counter[str]
    seconds: float
    loading: float
    hidden: float
    computing: float
    clips: int
    abreast: int
    steps: tuple[tuple[str, str], ...]

    @property
    def total(self) -> int:
        """All loads on devices."""
        return sum(self.loads.values())


def plan_of(shots: int) -> Plan:
    """Return a plan with two characters, in which every odd shot goes on from the one before."""
    made = tuple(
        Shot(n, n == 0, "Wide", "A", n % 2 == 0, f"Pan left. Aiko and Ken walk, part {n}. 35mm") for n in range(shots)
    )
    return Plan(
        characters={"A": "Aiko (woman, navy coat)", "B": "Ken (man, red scarf)"},
        story_logline="Aiko and Ken walk",
        shots=made,
        music_style="calm piano, 80 BPM",
        vo_script_per_shot=tuple(f"Line number {n}." for n in range(shots)),
        vo_lang=Language.AMERICAN_ENGLISH,
        setting="a quiet street",
    )


class MemoryReel:
    """A reel that lies in memory: what was finished, as the folder would tell it."""

    def __init__(self, settings: Settings, case: Case) -> None:
        self._reel = Reel("0" * 32, "simulated", "Aiko and Ken walk", "2026-01-01T00:00:00Z", settings)
        self._case = case
        self._plan: Plan | None = None
        self._artifacts: dict[str, Artifact] = {}
        self._takes: dict[int, dict[int, Take]] = {}

    def snapshot(self) -> Snapshot:
        """Return it as it is now."""
        takes = {shot: tuple(found.values()) for shot, found in self._takes.items()}
        return Snapshot(
            path="",
            reel=self._reel,
            plan=self._plan,
            plan_sha="",
            plan_error="",
            plan_accepted=True,
            artifacts=dict(self._artifacts),
            takes=takes,
            shelf=(),
            decisions=(),
            last_event=None,
            failures={},
            live=None,
            holder=None,
        )

    def finish(self, state: StepState, asked: Asked) -> None:
        """Put the receipt of a step in."""
        step = state.step
        artifact = Artifact(step.id, self._receipt(state, asked))
        if step.phase is Phase.PLAN:
            self._plan = plan_of(self._reel.settings.shots)
        if step.shot is None or step.take is None:
            self._artifacts[step.id] = artifact
            return
        takes = self._takes.setdefault(step.shot, {})
        if step.phase is Phase.ANIMATE:
            takes[step.take] = Take(step.shot, step.take, artifact, None)
        else:
            takes[step.take] = msgspec.structs.replace(takes[step.take], verdict=artifact)

    def _receipt(self, state: StepState, asked: Asked) -> Receipt:
        step = state.step
        sha = hashlib.sha256(
            repr((step.id, step.content, step.seed, sorted(state.inputs.items()))).encode()
        ).hexdigest()
        return Receipt(
            step=step.id,
            made_from=Fingerprint(step.content, step.settings),
            inputs=state.inputs,
            outputs={} if step.phase is Phase.CRITIQUE else {f"{step.id.rpartition('/')[2]}.out": Output(sha, 1)},
            request=asked.request,
            backend="",
            model="",
            revision="",
            seed=step.seed,
            seconds=0.0,
            finished="2026-01-01T00:00:00Z",
            device="",
            versions={},
            facts=asked.facts,
            verdict=self._verdict(step) if step.phase is Phase.CRITIQUE else None,
        )

    def _verdict(self, step: Step) -> Verdict:
        fails = self._case.fails.get(step.shot or 0, 0)
        if (step.take or 0) > fails:
            return Verdict(9, 9, 9, 9, 9)
        return Verdict(4, 4, 4, 4, 4, (f"{self._case.label.value}: as the case says",))


@dataclass
class _Place:
    """A lane while the reel is played: `resident` maps a load to when it is (or will be) there, `prepared` a load to
    since when its files are being read; `ends` is when the step in hand is done."""

    name: str
    budget: int | None
    resident: dict[str, float] = field(default_factory=dict)
    prepared: dict[str, float] = field(default_factory=dict)
    doing: StepState | None = None
    asked: Asked | None = None
    ends: float = 0.0

    def lane(self) -> Lane:
        return Lane(self.name, self.budget, tuple(self.resident), self.doing.step.id if self.doing else "")


class _Play:
    def __init__(self, lineup: Lineup, wording: Wording, reel: MemoryReel, budgets: Sequence[int | None]) -> None:
        self.lineup = lineup
        self.wording = wording
        self.reel = reel
        self.needs = declared_needs(lineup)
        self.rates = Rates(lineup, ())
        self.places = [_Place(f"card:{number}", budget) for number, budget in enumerate(budgets)]
        self.places.append(_Place(CPU, None))
        self.now = 0.0
        self.loads: Counter[str] = Counter()
        self.loading = self.hidden = self.computing = 0.0
        self.clips = self.abreast = 0
        self.steps: list[tuple[str, str]] = []


def play(
    lineup: Lineup,
    wording: Wording,
    settings: Settings,
    case: Case,
    budgets: Sequence[int | None],
    *,
    evict: Evict = make_room,
    warm: bool = True,
    disk: float = 1e9,
) -> Played:
    """Play a reel on cards with these budgets (bytes; None: not known) and return what it took.

    `evict` decides who leaves. With `warm` the next load is made ready while another works: loaded where memory allows,
    else its files are read ahead at `disk` bytes a second, which shortens its load by as much.
    """
    all_ = _Play(lineup, wording, MemoryReel(settings, case), budgets)
    while True:
        snapshot = all_.reel.snapshot()
        board = assess(snapshot, lineup, wording)
        lanes = [place.lane() for place in all_.places]
        flying = frozenset(place.doing.step.id for place in all_.places if place.doing is not None)
        for one in assign(board, lineup, lanes, in_flight=flying, needs=all_.needs, rates=all_.rates):
            _start(all_, snapshot, board, one, evict, warm=warm, disk=disk)
        busy = [place for place in all_.places if place.doing is not None]
        if not busy:
            if board.due:
                raise RuntimeError(f"nothing can be done, and due is {[state.step.id for state in board.due]}")
            break
        clips = sum(1 for place in busy if place.doing is not None and place.doing.step.phase is Phase.ANIMATE)
        all_.abreast = max(all_.abreast, clips)
        _finish_first(all_, busy)
    return Played(
        all_.loads,
        all_.now,
        all_.loading,
        all_.hidden,
        all_.computing,
        all_.clips,
        all_.abreast,
        tuple(all_.steps),
    )


def _finish_first(all_: _Play, busy: list[_Place]) -> None:
    place = min(busy, key=lambda place: place.ends)
    assert place.doing is not None
    assert place.asked is not None
    all_.now = place.ends
    all_.clips += place.doing.step.phase is Phase.ANIMATE
    all_.reel.finish(place.doing, place.asked)
    place.doing = place.asked = None


def _start(
    all_: _Play, snapshot: Snapshot, board: Board, one: Assignment, evict: Evict, *, warm: bool, disk: float
) -> None:
    place = next(place for place in all_.places if place.name == one.lane)
    step = one.state.step
    name = all_.lineup.backends[ROLE_OF[step.phase]].loads_as
    lane = place.lane()
    ahead = soon(board, all_.lineup, step.phase, lane=lane)
    for leaving in evict(lane, name, all_.needs, ahead):
        del place.resident[leaving]
    ready = place.resident.get(name)
    since = place.prepared.get(name)
    place.prepared.clear()  # what was only prepared for a step that did not come is let go
    if ready is None:
        all_.steps.append((place.name, f"load {name}"))
        ready = all_.now + _load(all_, place, name, all_.now, since, disk)
    elif place.name != CPU:
        all_.hidden -= max(0.0, ready - all_.now)  # begun early, and still waited for
    begins = max(all_.now, ready)
    all_.steps.append((place.name, step.id))
    seconds = all_.rates.of(step.phase)[0] * (job_units(board.bill, step.phase, step.shot) if board.bill else 1.0)
    all_.computing += seconds
    place.doing, place.asked = one.state, ask(snapshot, board, one.state, all_.wording)
    place.ends = begins + seconds
    if warm:
        _warm(all_, board, place, one.state, begins, disk)


def _load(all_: _Play, place: _Place, name: str, start: float, since: float | None, disk: float) -> float:
    """Begin a load and return how long it takes from `start`; what was read ahead is not read again."""
    need = all_.needs[name]
    read = min(need.load_seconds, need.weights / disk, start - since) if since is not None else 0.0
    if place.name != CPU:
        all_.loads[name] += 1
        all_.loading += need.load_seconds
        all_.hidden += read
    place.resident[name] = start + need.load_seconds - read
    return need.load_seconds - read


def _warm(all_: _Play, board: Board, place: _Place, state: StepState, begins: float, disk: float) -> None:
    """Make the next load ready while a step works, if it is time for that."""
    flying = frozenset(other.doing.step.id for other in all_.places if other.doing is not None)
    lane = place.lane()
    lanes = [other.lane() for other in all_.places]
    name = warm_next(board, all_.lineup, lane, state, lanes=lanes, in_flight=flying, needs=all_.needs, rates=all_.rates)
    if not name or place.name == CPU:
        return
    how = warmth(lane, all_.lineup.backends[ROLE_OF[state.step.phase]].loads_as, name, all_.needs)
    if how is Warmth.PREPARE:
        place.prepared.setdefault(name, begins)
    elif how is Warmth.LOAD:
        all_.steps.append((place.name, f"load {name}"))
        took = _load(all_, place, name, begins, place.prepared.pop(name, None), disk)
        all_.hidden += took  # for now: `_start` takes off what is still waited for
