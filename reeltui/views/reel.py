"""What the reel screen shows: one look at a reel with all its phases, shots, devices, events and what it waits for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from core.film.decision import Kind, in_force
from core.film.event import Beside, Event, Happened, Live
from core.film.gauge import Gauge
from core.film.lineup import ROLE_OF, Lineup
from core.film.settings import Review
from core.folder import layout
from core.folder.journal import Journal
from core.folder.lock import holder_of
from core.folder.queue import Held, entry_of, read_queue
from core.folder.records import Artifact, Snapshot
from core.folder.snapshot import read_live
from core.pipeline.choice import Judged, TakeState
from core.pipeline.flight import Flight, flight
from core.pipeline.report import PhaseReport, ShotReport, StatusReport, current_live, report
from core.pipeline.shots import ShotBoard
from core.worker.follow import why_idle
from reeltui.acts.opened import Opened, open_root
from reeltui.pictures.cells import PictureRef
from reeltui.views.meanwhile import Meanwhile, meanwhile
from reeltui.views.preview import Previews, under_way
from reeltui.views.shot import Spoken, spoken_of, still_of

# How much of events.jsonl is read (bytes): the whole of a reel of 24 shots with three takes each.
_EVENTS_BYTES = 256 * 1024
# How many readings of a device are remembered: as many as the widest gauge shows.
_READINGS = 200
# Files of which each change may change everything that is worked out; live state is not among them.
_WEIGHTY = (layout.EVENTS, layout.DECISIONS, layout.PLAN_FILE, layout.REEL_FILE)
# States of a reel nobody works on, in which it matters that its queue holds it.
_MAY_BE_PAUSED = ("planned", "interrupted", "failed")
Mark = tuple[int, int, int]


class PhaseLook(msgspec.Struct, frozen=True):
    """A phase: how it stands, who does it, and how often that was loaded in the present or last run (None: no run
    is known). `fraction` (0..1) is how much of it is done, steps under way included."""

    told: PhaseReport
    who: str
    loads: int | None
    fraction: float


class ShotLook(msgspec.Struct, frozen=True):
    """A shot: what ships and who chose that, the marks of that take (the newest judged one where none ships).

    `axes` are the critic's four marks. `failed` is why a step of it was given up, `due` why another take is wanted.
    `waits`: the reel waits for a word about it. `preview` is what the step under way shows of what it makes.
    """

    told: ShotReport
    kind: str
    hero: bool
    state: TakeState | None
    chosen_by: str
    axes: tuple[float, ...]
    overall: float | None
    labels: tuple[str, ...]
    spoken: Spoken | None
    keyframe: PictureRef | None
    running: Beside | None
    preview: PictureRef | None
    to_judge: bool
    due: str
    failed: str
    waits: bool

    @property
    def key(self) -> str:
        """Its key in the list."""
        return str(self.told.index)


class DeviceLook(msgspec.Struct, frozen=True):
    """A device: its last gauge, bytes planned for the steps that run on it (None: none is known), what it held at each
    look since the screen was opened, and the peaks of the steps it finished, oldest first."""

    gauge: Gauge
    planned: int | None
    readings: tuple[float | None, ...]
    peaks: tuple[float | None, ...]


class ReelView(msgspec.Struct, frozen=True):
    """A reel at one moment; `now` is epoch seconds.

    `standing` is its state, or that it is paused. `held` is what its queue says, `place` where it stands there from 1.
    `idle` says why nobody makes it, `missed` what happened while nobody watched (None: nothing). `events` are the
    newest, oldest first. `size` is that of the finished file in bytes. `threshold` is the mark that passes, `most` the
    takes a shot may have. `decided`: a decision is in force, which can be taken back.
    """

    root: Path
    now: float
    told: StatusReport
    standing: str
    phases: tuple[PhaseLook, ...]
    shots: tuple[ShotLook, ...]
    devices: tuple[DeviceLook, ...]
    flight: Flight
    events: tuple[Event, ...]
    gate_shots: tuple[int, ...]
    threshold: float
    most: int
    size: int | None = None
    held: Held = Held.NO
    place: int | None = None
    idle: str = ""
    missed: Meanwhile | None = None
    decided: bool = False

    def shot(self, key: str) -> ShotLook | None:
        """Return a shot by its key in the list."""
        return next((shot for shot in self.shots if shot.key == key), None)


class ReelMemory:
    """What one screen remembers of a reel between looks, so that a look at live state alone costs a millisecond.

    For one thread at a time.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.readings: dict[str, list[float | None]] = {}
        self.previews = Previews(root)
        self._opened: Opened | None = None
        self._events: tuple[Event, ...] = ()
        self._marks: tuple[Mark, ...] = ()
        self._told_at = 0.0

    def open(self, *, whole: bool) -> tuple[Opened, tuple[Event, ...]]:
        """Return the reel as it is now. Unless `whole`, it is only read anew where a file of weight changed.

        Raises BadInput, DiskTrouble.
        """
        marks = tuple(_mark(self.root / name) for name in _WEIGHTY)
        known, holder = self._opened, holder_of(self.root / layout.LOCK)
        if known is not None and not whole and marks == self._marks and known.snapshot.holder == holder:
            snapshot = msgspec.structs.replace(known.snapshot, live=read_live(self.root))
            self._opened = msgspec.structs.replace(known, snapshot=snapshot)
        else:
            self._opened = open_root(self.root)
            self._events = tuple(_events(self.root))
            self._marks = marks
        return self._opened, self._events

    def take(self, live: Live | None) -> None:
        """Remember what every device held, and which previews are shown."""
        self.previews.take(live)
        if live is None or live.at == self._told_at:
            return
        self._told_at = live.at
        for gauge in live.gauges:
            known = self.readings.setdefault(gauge.device, [])
            known.append(float(gauge.used) if gauge.used is not None else None)
            del known[:-_READINGS]


def look_at_reel(
    root: Path,
    now: float,
    memory: ReelMemory | None = None,
    *,
    whole: bool = True,
    seen_until: float | None = None,
) -> ReelView:
    """Read a reel. Not `whole`: only live state changed, as far as is known. Raises BadInput, DiskTrouble.

    `seen_until` (epoch seconds): what happened after that is summed up as missed.
    """
    memory = memory or ReelMemory(root)
    opened, events = memory.open(whole=whole)
    snapshot, board = opened.snapshot, opened.board
    live = current_live(snapshot)
    memory.take(live)
    told = report(snapshot, board, opened.ahead(), now)
    shots = zip(board.shots, told.shots, strict=True)
    queue = read_queue(root.parent)
    entry = entry_of(queue, root)
    held = entry.held if entry is not None else Held.NO
    flown = flight(snapshot)
    idle = "" if snapshot.holder is not None or told.state in ("done", "waiting") else why_idle(root)
    mix = snapshot.artifacts.get(layout.MIX)
    main = mix.receipt.main if mix is not None and mix.whole and mix.receipt is not None else None
    figures = snapshot.reel.settings.figures
    return ReelView(
        root=root,
        now=now,
        told=told,
        standing="paused" if held is Held.PAUSED and told.state in _MAY_BE_PAUSED else told.state,
        phases=_phases(told, opened.lineup, events),
        shots=tuple(_shot(root, opened, shot, report, memory.previews) for shot, report in shots),
        devices=_devices(told, snapshot, memory),
        flight=flown,
        events=events,
        gate_shots=board.gate_shots if told.waits_for else (),
        threshold=figures.threshold,
        most=figures.takes,
        size=main.bytes if main is not None else None,
        held=held,
        place=queue.place(entry.key) if entry is not None else None,
        idle=idle,
        missed=meanwhile(events, seen_until) if seen_until is not None else None,
        decided=bool(in_force(snapshot.decisions)),
    )


def _mark(path: Path) -> Mark:
    try:
        status = os.stat(path)
    except OSError:
        return (0, 0, 0)
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _events(root: Path) -> list[Event]:
    try:
        return Journal(root / layout.EVENTS, Event).tail(_EVENTS_BYTES)
    except OSError:
        return []  # what else is wrong with the folder is told by the look itself


# --- phases --------------------------------------------------------------------------------------------------------


def _phases(told: StatusReport, lineup: Lineup, events: tuple[Event, ...]) -> tuple[PhaseLook, ...]:
    began = max((place for place, one in enumerate(events) if one.event is Happened.RUN_STARTED), default=None)
    loads: dict[str, int] = {}
    for event in events[began or 0 :]:
        if event.event is Happened.LOADED:
            name = str(event.data.get("loads_as", ""))
            loads[name] = loads.get(name, 0) + 1
    phases = []
    for phase in told.phases:
        backend = lineup.backends[ROLE_OF[phase.name]]
        begun = sum(one.fraction for one in told.running if one.phase == phase.name)
        phases.append(
            PhaseLook(
                told=phase,
                who=backend.model.rpartition("/")[2] or backend.name.removeprefix(f"{lineup.engine}-"),
                loads=loads.get(backend.loads_as, 0) if began is not None else None,
                fraction=min(1.0, (phase.done + begun) / phase.total) if phase.total else 0.0,
            )
        )
    return tuple(phases)


# --- shots ---------------------------------------------------------------------------------------------------------


def _shot(root: Path, opened: Opened, board: ShotBoard, told: ShotReport, previews: Previews) -> ShotLook:
    snapshot, folder = opened.snapshot, f"shots/{board.index:02d}/"
    plan = snapshot.plan
    assert plan is not None, "a board with shots has a plan"
    shot = plan.shots[board.position]
    best = _shown(board)
    verdict = best.take.judged if best is not None else None
    running = under_way(current_live(snapshot), folder)
    failed = [why for step, why in snapshot.failures.items() if step.startswith(folder)]
    return ShotLook(
        told=told,
        kind=shot.shot_type,
        hero=shot.is_hero,
        state=best.state if best is not None else None,
        chosen_by=_who(snapshot, best),
        axes=verdict.axes if verdict is not None else (),
        overall=best.overall if best is not None else None,
        labels=tuple(label.value for label in best.labels) if best is not None else (),
        spoken=spoken_of(_artifact(snapshot, layout.narration(board.index))),
        keyframe=still_of(root, _artifact(snapshot, layout.keyframe(board.index))),
        running=running,
        preview=previews.of(running),
        to_judge=bool(board.to_judge),
        due=board.attempt.why if board.due else "",
        failed=failed[0] if failed else "",
        waits=opened.board.gate not in ("", Review.PLAN) and board.index in opened.board.gate_shots,
    )


def _artifact(snapshot: Snapshot, step: str) -> Artifact | None:
    return snapshot.artifacts.get(step)


def _shown(board: ShotBoard) -> Judged | None:
    """Return the take whose marks are shown: the one that ships, else the newest with a verdict, else the newest."""
    ships = next((judged for judged in board.takes if judged.take.number == board.ships), None)
    marked = [judged for judged in board.takes if judged.overall is not None] or list(board.takes)
    return ships or (marked[-1] if marked else None)


def _who(snapshot: Snapshot, best: Judged | None) -> str:
    """Return who let a take ship: you, the critic, or a gate whose time was over."""
    if best is None or best.state in (TakeState.DAMAGED, TakeState.OLD, TakeState.REJECTED):
        return ""
    said = [d for d in in_force(snapshot.decisions) if d.shot in (best.take.shot, None)]
    if best.state in (TakeState.APPROVED, TakeState.CHOSEN):
        mine = [d for d in said if d.kind in (Kind.APPROVE, Kind.CHOOSE) and d.take == best.take.number]
        return (mine[-1].by if mine else "") or "you"
    late = any(d.kind is Kind.PASS_GATE and d.step == "shots" and d.by for d in said)
    if best.state is TakeState.UNJUDGED:
        return "time-out" if late else "nobody"
    return "critic, then time-out" if late else "critic"


# --- devices -------------------------------------------------------------------------------------------------------


def planned_on(device: str, running: Iterable[Beside]) -> int | None:
    """Return the bytes planned for the steps that run on a device; what one process does, it does with one model."""
    planned: dict[int, int] = {}
    for one in running:
        if one.device == device and one.planned is not None:
            planned[one.pid] = max(one.planned, planned.get(one.pid, 0))
    return sum(planned.values()) if planned else None


def _devices(told: StatusReport, snapshot: Snapshot, memory: ReelMemory) -> tuple[DeviceLook, ...]:
    peaks: dict[str, list[tuple[str, float | None]]] = {}
    receipts = [one.receipt for one in snapshot.artifacts.values() if one.whole and one.receipt is not None]
    for takes in snapshot.takes.values():
        for take in takes:
            receipts += [one.receipt for one in (take.clip, take.verdict) if one and one.whole and one.receipt]
    for receipt in receipts:
        if receipt.device and receipt.peak_vram is not None:
            peaks.setdefault(receipt.device, []).append((receipt.finished, float(receipt.peak_vram)))
    return tuple(
        DeviceLook(
            gauge=gauge,
            planned=planned_on(gauge.device, told.running),
            readings=tuple(memory.readings.get(gauge.device, ())),
            peaks=tuple(peak for _, peak in sorted(peaks.get(gauge.device, ()))),
        )
        for gauge in told.gauges
    )
