"""Runs one reel until nothing is left to do, a gate is reached, or somebody stops it.

`Runner.run` is a generator: it yields every event after it was written, and live state in between. Whoever wants to
show them pulls; nobody is called back. Closing the generator, an exception or Ctrl-C stops the work cleanly.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from core.film.decision import Decision
from core.film.errors import BadInput, DiskTrouble, EngineTrouble, ReelError
from core.film.event import Event, Happened, Live
from core.film.lineup import Lineup
from core.film.requests import Fact
from core.film.wording import Wording
from core.folder import layout
from core.folder.commit import aside, commit, recover, unshelve
from core.folder.journal import Journal
from core.folder.lock import Lock
from core.folder.plans import accept_plan, restore_plan
from core.folder.records import Artifact, Snapshot
from core.folder.snapshot import HashChecker, read_snapshot
from core.pipeline.ask import ask
from core.pipeline.board import Board, StepState, assess
from core.pipeline.cost import forecast
from core.pipeline.order import next_step
from core.pipeline.shots import ASKS
from core.worker.perform import Performer
from core.worker.records import Ledger, utc_now
from core.worker.troupe import Troupe

# A step that is still due after it was made this often in a row will be for ever. A critic may answer nothing as often
# as it is asked.
IN_A_ROW = ASKS


class Runner:
    """One run of one reel. `outcome` is done, waiting, failed or interrupted once `run` has ended; `made` counts the
    steps it did."""

    def __init__(
        self,
        root: Path,
        lineup: Lineup,
        wording: Wording,
        *,
        verb: str,
        device: str = "cpu",
        keep_plan: bool = False,
        troupe: Callable[[Path, str], Troupe] = Troupe,
    ) -> None:
        """`verb` is shown to others who want the reel; `keep_plan` puts a bad plan.json aside instead of refusing.

        `troupe` makes the hosts of a run from the reel's folder and the device.
        """
        self.outcome = "interrupted"
        self.made = 0
        self.failures: dict[str, EngineTrouble] = {}
        self._root = root
        self._lineup = lineup
        self._wording = wording
        self._verb = verb
        self._device = device
        self._keep_plan = keep_plan
        self._ledger = Ledger(root)
        self._check = HashChecker()
        self._refused = ""
        self._fonts_for = ""
        self._hire = troupe

    def run(self) -> Iterator[Event | Live]:
        """Do everything that is due; yield events and live state.

        Raises Locked where another process has the reel, BadInput where plan.json was edited badly, DiskTrouble.
        """
        with Lock(self._root / layout.LOCK, verb=self._verb, now=utc_now()):
            troupe = self._hire(self._root, self._device)
            performer = Performer(self._root, self._lineup, self._ledger, troupe, self._device)
            self.failures = performer.given_up
            started = ended = False
            try:
                for event in self._prepare():
                    started = True
                    yield event
                yield from self._rounds(troupe, performer)
                ended = True
            except DiskTrouble:
                self.outcome = "failed"
                raise
            finally:
                troupe.end()
                self._tidy(say=started and not ended, loads=troupe.loads)
            yield self._ended(troupe.loads)

    def _tidy(self, *, say: bool, loads: int) -> None:
        """Leave nothing half: finish a commit that was under way, drop the stage, say how it ended."""
        self._ledger.idle()
        # What stopped us is already on its way up; a full disk must not hide it.
        with contextlib.suppress(ReelError):
            recover(self._root)
        if say:
            with contextlib.suppress(DiskTrouble):
                self._ended(loads)

    def _ended(self, loads: int) -> Event:
        seconds = None
        if self.outcome == "done":
            mix = read_snapshot(self._root).artifacts.get(layout.MIX)
            seconds = mix.receipt.facts.get("seconds") if mix and mix.receipt else None
        data: dict[str, Fact] = {"outcome": self.outcome, "loads": loads, "seconds": seconds}
        return self._ledger.event(Happened.RUN_ENDED, None, "", data)

    # --- before the first step -------------------------------------------------------------------------------

    def _prepare(self) -> Iterator[Event]:
        """Mend what a crash left: torn journals, half commits, a lost plan; refuse a bad plan."""
        mended = list(self._mend_journals())
        yield self._ledger.event(Happened.RUN_STARTED, None, self._lineup.engine, {"pid": os.getpid()})
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
        before: object = None
        times = 0
        while True:
            snapshot = read_snapshot(self._root, self._check)
            moved = list(self._move_aside(snapshot))
            if moved:
                yield from moved
                continue
            yield from self._accept_plan(snapshot)
            self._check_fonts(snapshot)
            board = assess(snapshot, self._lineup, self._wording)
            jobs = forecast(board, self._lineup, snapshot.reel.settings)
            self._ledger.done = sum(1 for state in board.steps if not state.due)
            self._ledger.total = self._ledger.done + len(jobs)
            state = next_step(board, self._lineup, troupe.loaded, frozenset(performer.given_up))
            if state is None:
                yield from self._conclude(board)
                return
            now = (state.step.id, state.step.content, tuple(state.inputs.items()), state.restorable)
            times = times + 1 if now == before else 1
            if times > IN_A_ROW:
                text = f"{state.step.id} was made and is still due; this is a mistake in reeltui"
                raise EngineTrouble(text, remedy="report it with events.jsonl")
            before = now
            if state.restorable:
                yield self._restore(state)
            else:
                asked = ask(snapshot, board, state, self._wording)
                yield from performer.do(snapshot, board, state, asked, jobs)
                self.made += state.step.id not in performer.given_up

    def _conclude(self, board: Board) -> Iterator[Event]:
        if board.gate:
            self.outcome = "waiting"
            yield self._ledger.event(Happened.WAITING, None, f"waiting for approval of the {board.gate}")
        else:
            self.outcome = "failed" if board.due else "done"

    def _move_aside(self, snapshot: Snapshot) -> Iterator[Event]:
        takes = [take for shot in snapshot.takes.values() for take in shot]
        found: list[Artifact] = [*snapshot.artifacts.values(), *(take.clip for take in takes)]
        found += [take.verdict for take in takes if take.verdict is not None]
        for artifact in found:
            if not artifact.whole:
                where = aside(self._root, artifact)
                text = f"{artifact.step}: {artifact.damage}; moved to {where}"
                yield self._ledger.event(Happened.MOVED_ASIDE, None, text, {"step": artifact.step})

    def _accept_plan(self, snapshot: Snapshot) -> Iterator[Event]:
        if snapshot.plan_error and snapshot.plan_error != self._refused:
            self._refused = snapshot.plan_error
            text = f"{snapshot.plan_error}; the last good plan stays in force"
            yield self._ledger.event(Happened.PLAN_REFUSED, None, text)
        new = snapshot.plan is not None and not snapshot.plan_error and not snapshot.plan_accepted
        if new and accept_plan(self._root, snapshot.plan_sha, now=utc_now()):
            yield self._ledger.event(Happened.PLAN_ACCEPTED, None, "", {"sha256": snapshot.plan_sha})

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
