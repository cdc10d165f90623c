"""Runs one reel until nothing is left to do, a gate is reached, or somebody stops it.

`Runner.run` is a generator: it yields every event after it was written, and live state in between. Whoever wants to
show them pulls; nobody is called back. Closing the generator, an exception or Ctrl-C stops the work cleanly.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.engines.registry import simulated
from core.film.decision import Decision
from core.film.errors import BadInput, DiskTrouble, EngineTrouble, ReelError
from core.film.event import (
    Event,
    Happened,
    Live,
    PlanAccepted,
    RunEnded,
    RunStarted,
    StepMovedAside,
    Waiting,
)
from core.film.lineup import Lineup
from core.film.wording import Wording
from core.folder import layout
from core.folder.commit import aside, commit, recover, unshelve
from core.folder.journal import Journal
from core.folder.lock import Lock
from core.folder.plans import accept_plan, restore_plan
from core.folder.records import Artifact, Snapshot
from core.folder.snapshot import HashChecker, read_reel, read_snapshot
from core.pipeline.ask import ask_ahead
from core.pipeline.board import Board, StepState, assess
from core.pipeline.cost import Job, forecast
from core.pipeline.order import assign
from core.pipeline.shots import ASKS
from core.worker.devices.watch import Watch
from core.worker.hosts.task import Checked, Gone, Lost
from core.worker.hosts.troupe import Troupe
from core.worker.perform import Performer
from core.worker.records import Ledger, utc_now

# A step that is still due after it was made this often with the same words and inputs will be for ever. A critic may
# answer nothing as often as it is asked.
IN_A_ROW = ASKS
# How long (seconds) a turn waits for something to happen before the folder and whoever runs us are looked at again.
TICK = 0.25
# What a person can change while we work.
WATCHED = (layout.DECISIONS, layout.PLAN_FILE, layout.REEL_FILE)


class Wish(StrEnum):
    """What whoever runs a reel wants of it."""

    GO = "go"
    PAUSE = "pause"  # finish the steps in hand, then end
    HOLD = "hold"  # drop the steps in hand: the reel is paused at once
    CANCEL = "cancel"  # drop the steps in hand: the reel is not wanted any more
    STOP = "stop"  # drop the steps in hand: the worker ends


_STOPPED = {Wish.PAUSE: "paused", Wish.HOLD: "paused", Wish.CANCEL: "cancelled", Wish.STOP: "interrupted"}


@dataclass(frozen=True)
class _Seen:
    """The reel as it was last read: `marks` tell whether a person has changed something since."""

    marks: tuple[object, ...]
    snapshot: Snapshot
    board: Board
    jobs: list[Job]


class Runner:
    """One run of one reel. `outcome` is done, waiting, failed, paused, cancelled or interrupted once `run` has ended;
    `made` counts the steps it did."""

    def __init__(
        self,
        root: Path,
        lineup: Lineup,
        wording: Wording,
        *,
        verb: str,
        troupe: Troupe | None = None,
        keep_plan: bool = False,
        control: Callable[[], Wish] = lambda: Wish.GO,
    ) -> None:
        """`verb` is shown to others who want the reel; `keep_plan` puts a bad plan.json aside instead of refusing.

        `troupe` does the work and is left as it is at the end; without one the run has its own, on the CPU. `control`
        is asked at every tick.
        """
        self.outcome = "interrupted"
        self.made = 0
        self.failures: dict[str, EngineTrouble] = {}
        self._root = root
        self._lineup = lineup
        self._wording = wording
        self._verb = verb
        self._keep_plan = keep_plan
        self._control = control
        self._troupe = troupe
        self._ledger = Ledger(root)
        self._check = HashChecker()
        self._refused = ""
        self._fonts_for = ""
        self._error: Exception | None = None
        self._loads = 0
        self._watch = Watch(())

    def run(self) -> Iterator[Event | Live]:
        """Do everything that is due; yield events and live state.

        Raises Locked where another process has the reel, BadInput where plan.json was edited badly, DiskTrouble.
        """
        with Lock(self._root / layout.LOCK, verb=self._verb, now=utc_now()):
            troupe = self._troupe or Troupe()
            if any(device.kind == "simulated" for device in troupe.devices):
                self._lineup = simulated(self._lineup)
            self._loads, self._watch = troupe.loads, Watch(troupe.devices)
            settings = read_reel(self._root).settings
            performer = Performer(self._root, self._lineup, settings, self._ledger, troupe)
            self.failures = performer.given_up
            started = ended = False
            try:
                for event in self._prepare():
                    started = True
                    yield event
                yield from self._rounds(troupe, performer)
                ended = True
            except Exception as error:
                self.outcome = "failed"
                self._error = error
                raise
            finally:
                self.made = performer.made
                self._tidy(troupe, performer, say=started and not ended, loads=troupe.loads - self._loads)
            yield self._ended(troupe.loads - self._loads)

    def _tidy(self, troupe: Troupe, performer: Performer, *, say: bool, loads: int) -> None:
        """Leave nothing half: stop what is under way, finish a commit, drop the stage, say how it ended."""
        # What stopped us is already on its way up; a full disk must not hide it.
        with contextlib.suppress(ReelError):
            for _ in performer.drop("the run was stopped"):
                pass
        troupe.drop()
        if self._troupe is None:
            troupe.end()
        self._ledger.idle()
        with contextlib.suppress(ReelError, OSError):
            recover(self._root)
        if say:
            with contextlib.suppress(DiskTrouble):
                self._ended(loads)

    def _ended(self, loads: int) -> Event:
        seconds = None
        if self.outcome == "done":
            mix = read_snapshot(self._root).artifacts.get(layout.MIX)
            fact = mix.receipt.facts.get("seconds") if mix and mix.receipt else None
            seconds = float(fact) if isinstance(fact, int | float) else None
        told = self._error
        if told is not None and not isinstance(told, ReelError):
            what = f"this is a mistake in reeltui: {type(told).__name__}: {told}"
            told = EngineTrouble(what, remedy="report it with events.jsonl and the worker's log")
        detail = RunEnded(self.outcome, loads, seconds, told.exit_code if told else 0, told.remedy if told else "")
        return self._ledger.event(Happened.RUN_ENDED, None, str(told) if told else "", detail)

    # --- before the first step -------------------------------------------------------------------------------

    def _prepare(self) -> Iterator[Event]:
        """Mend what a crash left: torn journals, half commits, a lost plan; refuse a bad plan."""
        mended = list(self._mend_journals())
        yield self._ledger.event(Happened.RUN_STARTED, None, self._lineup.engine, RunStarted(os.getpid(), self._verb))
        for text in mended:
            yield self._ledger.event(Happened.MOVED_ASIDE, None, text)
        for step in recover(self._root):
            text = f"{step} was finished just before the last run ended; kept"
            yield self._ledger.event(Happened.RESTORED, None, text)
        snapshot = read_snapshot(self._root)
        if snapshot.plan_error:
            yield self._mend_plan(snapshot)

    def _mend_journals(self) -> Iterator[str]:
        kept = self._root / layout.DAMAGED
        stamp = int(time.time() * 1000)
        for name, record in ((layout.EVENTS, Event), (layout.DECISIONS, Decision)):
            bad = Journal(self._root / name, record).mend(kept / f"{name}.{stamp}")
            if bad:
                yield f"{name}: {bad} damaged line(s) taken out; the file as it was is in {layout.DAMAGED}"

    def _mend_plan(self, snapshot: Snapshot) -> Event:
        missing = not (self._root / layout.PLAN_FILE).exists()
        if snapshot.plan is None or not (missing or self._keep_plan):
            stays = "; the last good plan stays in force" if snapshot.plan else ""
            again = ", or go on with the last good one: resume --keep-plan" if snapshot.plan else ""
            raise BadInput(f"{snapshot.plan_error}{stays}", remedy=f"correct plan.json{again}")
        moved = restore_plan(self._root, snapshot.plan_sha)
        where = f"; it is kept as {moved}" if moved else ""
        text = f"{snapshot.plan_error}; the last good plan was put back{where}"
        return self._ledger.event(Happened.PLAN_REFUSED, None, text)

    # --- the loop --------------------------------------------------------------------------------------------

    def _rounds(self, troupe: Troupe, performer: Performer) -> Iterator[Event | Live]:
        seen: _Seen | None = None
        while True:
            wish = self._control()
            if wish in (Wish.HOLD, Wish.CANCEL, Wish.STOP) or (wish is Wish.PAUSE and not performer.busy):
                self.outcome = _STOPPED[wish]
                yield from performer.drop(f"the run was {self.outcome}")
                return
            if seen is None or seen.marks != self._marks():
                seen = yield from self._look(performer)
                yield from performer.drop_unwanted(seen.board)
            performer.start_waiting()
            if wish is Wish.GO and (yield from self._start(troupe, performer, seen)):
                seen = None
                continue
            if not performer.busy and wish is not Wish.GO:
                continue
            if not performer.busy:
                self._expect_nothing(seen.board, performer)
                yield from self._conclude(seen.board, failed=bool(performer.given_up))
                return
            live = self._live(troupe, performer, seen, news=False)
            if live is not None:
                yield live
            news = troupe.turn(TICK)
            for item in news:
                yield from performer.hear(item)
            if any(isinstance(item, Checked | Lost | Gone) for item in news):
                seen = None
            elif performer.busy:
                live = self._live(troupe, performer, seen, news=bool(news))
                if live is not None:
                    yield live

    def _live(self, troupe: Troupe, performer: Performer, seen: _Seen, *, news: bool) -> Live | None:
        """Write live.json, unless that was just done."""
        eta, gauges = performer.remaining(seen.board, seen.jobs), self._watch.gauges()
        return self._ledger.live(performer.beside(), eta, gauges, loads=troupe.loads - self._loads, news=news)

    def _marks(self) -> tuple[object, ...]:
        """Return what tells whether a person changed something: the identity, size and time of each file."""
        marks: list[object] = []
        for name in WATCHED:
            try:
                status = os.lstat(self._root / name)
                marks.append((status.st_ino, status.st_size, status.st_mtime_ns))
            except OSError:
                marks.append(None)
        return tuple(marks)

    def _look(self, performer: Performer) -> Generator[Event, None, _Seen]:
        """Read the reel anew, put aside what is damaged, accept a new plan, and work out what is due."""
        while True:
            marks = self._marks()
            snapshot = read_snapshot(self._root, self._check)
            moved = list(self._move_aside(snapshot))
            yield from moved
            if not moved:
                break
        yield from self._accept_plan(snapshot)
        self._check_fonts(snapshot)
        board = assess(snapshot, self._lineup, self._wording)
        jobs = forecast(board, self._lineup, snapshot.reel.settings)
        self._ledger.done = sum(1 for state in board.steps if not state.due and not state.held)
        self._ledger.total = self._ledger.done + len(jobs) + len(board.held)
        return _Seen(marks, snapshot, board, jobs)

    def _start(self, troupe: Troupe, performer: Performer, seen: _Seen) -> Generator[Event, None, bool]:
        """Bring back what lies in the history, or begin steps on the lanes that are free.

        Return whether something came back, so that everything is to be looked at anew.
        """
        board, flying, given_up = seen.board, performer.in_flight, frozenset(performer.given_up)
        for state in board.due:
            if state.ready and state.restorable and state.step.id not in (*flying, *given_up):
                self._count(performer, seen, state)
                performer.note(seen.snapshot, state)
                yield self._restore(state)
                return True
        lanes, routes = troupe.lanes(), troupe.settings.routes
        chosen = assign(
            board,
            self._lineup,
            lanes,
            in_flight=flying,
            given_up=given_up,
            routes=routes,
            needs=troupe.needs,
            rates=performer.rates,
        )
        for one in chosen:
            self._count(performer, seen, one.state)
            busy = {*flying, *given_up}
            asked = ask_ahead(seen.snapshot, board, one.state, self._wording, without=busy)
            yield from performer.begin(seen.snapshot, board, one, asked)
        return False

    def _count(self, performer: Performer, seen: _Seen, state: StepState) -> None:
        if performer.in_a_row(seen.snapshot, state) >= IN_A_ROW:
            text = f"{state.step.id} was made and is still due; this is a mistake in reeltui"
            raise EngineTrouble(text, remedy="report it with events.jsonl")

    def _expect_nothing(self, board: Board, performer: Performer) -> None:
        """Raise where something could be done and nobody does it."""
        left = [state.step.id for state in board.due if state.ready and state.step.id not in performer.given_up]
        if left:
            text = f"{left[0]} is ready and was given to nobody; this is a mistake in reeltui"
            raise EngineTrouble(text, remedy="report it with events.jsonl")

    def _conclude(self, board: Board, *, failed: bool) -> Iterator[Event]:
        if board.gate and not failed:
            self.outcome = "waiting"
            text = f"waiting for approval of the {board.gate}"
            yield self._ledger.event(Happened.WAITING, None, text, Waiting(board.gate))
        else:
            self.outcome = "failed" if failed or board.due else "done"

    def _move_aside(self, snapshot: Snapshot) -> Iterator[Event]:
        takes = [take for shot in snapshot.takes.values() for take in shot]
        found: list[Artifact] = [*snapshot.artifacts.values(), *(take.clip for take in takes)]
        found += [take.verdict for take in takes if take.verdict is not None]
        for artifact in found:
            if not artifact.whole:
                where = aside(self._root, artifact)
                text = f"{artifact.step}: {artifact.damage}; moved to {where}"
                yield self._ledger.event(Happened.MOVED_ASIDE, None, text, StepMovedAside(artifact.step))

    def _accept_plan(self, snapshot: Snapshot) -> Iterator[Event]:
        if snapshot.plan_error and snapshot.plan_error != self._refused:
            self._refused = snapshot.plan_error
            text = f"{snapshot.plan_error}; the last good plan stays in force"
            yield self._ledger.event(Happened.PLAN_REFUSED, None, text)
        new = snapshot.plan is not None and not snapshot.plan_error and not snapshot.plan_accepted
        if new and accept_plan(self._root, snapshot.plan_sha, now=utc_now()):
            yield self._ledger.event(Happened.PLAN_ACCEPTED, None, "", PlanAccepted(snapshot.plan_sha))

    def _check_fonts(self, snapshot: Snapshot) -> None:
        """Refuse captions no font can draw as soon as the lines are known, not after an hour of clips."""
        if snapshot.plan is None or not snapshot.reel.settings.burn_captions or snapshot.plan_sha == self._fonts_for:
            return
        from core.media.fonts import require_caption_font  # Pillow, which no other reel needs in this process

        require_caption_font(snapshot.plan.vo_lang, snapshot.plan.vo_script_per_shot)
        self._fonts_for = snapshot.plan_sha

    def _restore(self, state: StepState) -> Event:
        kept = unshelve(self._root, state.restorable)
        if kept is not None:
            commit(self._root, *kept)
            return self._ledger.event(Happened.RESTORED, state.step, "came back from the history; nothing was made")
        target = self._root / layout.DAMAGED / f"shelf-{int(time.time() * 1000)}"
        target.parent.mkdir(parents=True, exist_ok=True)
        os.rename(self._root / layout.SHELF / state.restorable, target)
        text = f"the kept {state.step.id} was damaged; moved to {layout.DAMAGED}/{target.name}"
        return self._ledger.event(Happened.MOVED_ASIDE, None, text)
