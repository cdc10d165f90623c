"""The worker's loop: takes reels from the queues and makes them, one after another, until it is told to end.

Nothing that goes wrong with one reel ends it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from core.engines.registry import engine_of
from core.engines.wording import load_wording
from core.film.errors import DiskTrouble, EngineTrouble, Locked, ReelError, TryAgain
from core.film.event import Event, Happened, Live, RunEnded
from core.film.lineup import Lineup
from core.film.wording import Wording
from core.folder import layout
from core.folder.journal import Journal
from core.folder.lock import Lock, holder_of
from core.folder.queue import QUEUE, Entry, read_queue
from core.folder.snapshot import read_reel
from core.folder.write import is_disk_error
from core.pipeline.queueing import wish_for
from core.worker.daemon.hands import held_devices
from core.worker.daemon.leases import WORKER, Leases, lease_path
from core.worker.daemon.line import Key, Line, Taken
from core.worker.daemon.log import close_log, log, open_log, words
from core.worker.daemon.signals import Orders
from core.worker.daemon.state import Running, forget_status, hosts_log_path, log_path, write_status
from core.worker.daemon.study import Mark, mark_of, marks_of
from core.worker.devices.device import Device
from core.worker.hosts.troupe import Troupe
from core.worker.records import Ledger, utc_now
from core.worker.run import WATCHED, Runner, Wish
from core.worker.settings import WorkerSettings, worker_settings

# Seconds between two looks at the queues while nothing is to do; more where a look is dear, so that looking takes at
# most a five-hundredth of one core.
POLL = 0.5
LOOK_SHARE = 500
# After a disk or a machine refused (full, gone, no process can be started) a reel is tried again after this long,
# doubled each time up to the most; seconds.
PATIENCE = 30.0
MOST_PATIENCE = 600.0
# Devices and hosts are kept warm for this long (seconds) after the last reel; then what is cheap to load again leaves.
REST_AFTER = 20.0

# What of a run goes into the log; everything is in the reel's events.
_LOGGED = (
    Happened.STEP_DONE,
    Happened.STEP_FAILED,
    Happened.STEP_DROPPED,
    Happened.MOVED_ASIDE,
    Happened.PLAN_REFUSED,
    Happened.WAITING,
    Happened.LOADED,
    Happened.UNLOADED,
)
_WISHES = {"go": Wish.GO, "pause": Wish.PAUSE, "drop": Wish.HOLD, "cancel": Wish.CANCEL}


class AnyRunner(Protocol):
    """What the loop needs of a run (core.worker.run.Runner)."""

    outcome: str

    def run(self) -> Iterator[Event | Live]:
        """Work, telling what happens."""


class MakeRunner(Protocol):
    """Makes a run of a reel."""

    def __call__(
        self,
        root: Path,
        lineup: Lineup,
        wording: Wording,
        *,
        verb: str,
        troupe: Troupe,
        control: Callable[[], Wish],
    ) -> AnyRunner:
        """Return the run, not begun."""


def serve(
    words_for_devices: Sequence[str],
    *,
    linger: float | None,
    by_hand: bool,
    detached: bool,
    version: str,
    ready: Callable[[Running], None],
    runner: MakeRunner = Runner,
    patience: float = PATIENCE,
) -> None:
    """Be the worker of these devices (none named: those of the settings) until told to end.

    `linger`: end by itself after so many seconds without anything to do (None: never). `ready` is called once it holds
    its devices. Raises Locked where another has one, BadInput, DiskTrouble; after that nothing but a bug of its own.
    """
    settings = worker_settings()
    with held_devices(words_for_devices or settings.devices) as (devices, leases):
        names = leases.devices
        me = holder_of(lease_path(names[0]))
        assert me is not None, "we hold it"
        path = log_path(names)
        open_log(path, detached=detached)
        running = Running(me.pid, me.host, me.boot, me.since, names, version, by_hand, linger, log=str(path))
        try:
            with Orders(detached=detached) as orders:
                worker = Worker(running, devices, settings, orders, leases, runner=runner, patience=patience)
                write_status(running)
                log.info("%s is ready, reeltui %s", running, version or "of unknown version")
                ready(running)
                worker.loop()
        finally:
            close_log()


class Worker:
    """One worker: its devices, its hosts, and the reel in hand."""

    def __init__(
        self,
        running: Running,
        devices: Sequence[Device],
        settings: WorkerSettings,
        orders: Orders,
        leases: Leases,
        *,
        runner: MakeRunner,
        patience: float,
    ) -> None:
        self._running = running
        self._orders = orders
        self._leases = leases
        self._runner = runner
        self._patience = patience
        self._waits: dict[Key, float] = {}
        self._ended_as: dict[Key, tuple[tuple[Entry, tuple[Mark, ...]], ...]] = {}
        self._line = Line(running.devices, take_up_interrupted=settings.take_up_interrupted)
        # Hosts outlive a reel, so what they print is the worker's and not the reel's.
        self._troupe = Troupe(tuple(devices), settings, log=hosts_log_path(running.devices))

    def loop(self) -> None:
        """Work until told to end, or until there has been nothing to do for long enough."""
        try:
            while self._orders.wish is Wish.GO:
                taken = self._next()
                if taken is not None:
                    self._make(taken)
                elif self._orders.wish is Wish.GO and not self._idle():
                    log.info("nothing was to do for %g s", self._running.linger or 0.0)
                    break
        finally:
            self._show(leaving=True, reel="", step="")
            self._troupe.end()
            forget_status(self._running)
            log.info("ended")

    def _next(self) -> Taken | None:
        try:
            return self._line.next()
        except Exception as error:  # noqa: BLE001 - a queue that cannot be understood must not end the worker
            log.exception("looking for the next reel failed")
            self._show(error=words(error), error_at=utc_now())
            self._orders.sleep(self._patience)
            return None

    # --- nothing to do ---------------------------------------------------------------------------------------

    def _idle(self) -> bool:
        """Wait until there may be something to do; False where it is time to leave."""
        began = time.monotonic()
        rested = False
        while self._orders.wish is Wish.GO:
            before = time.thread_time()
            if self._line.changed():
                return True
            look = time.thread_time() - before
            idle = time.monotonic() - began
            if not rested and idle > REST_AFTER:
                rested = True
                self._troupe.rest()
            linger = self._running.linger
            if linger is not None and idle >= linger and not self._line.timed:
                return not self._may_leave()
            self._orders.sleep(max(POLL, LOOK_SHARE * look))
        return True

    def _may_leave(self) -> bool:
        """Give the devices back, then look once more: whoever queued a reel just now either saw that no worker is
        left and starts one, or the reel is seen here."""
        self._troupe.end()
        self._leases.release()
        if self._line.next() is None:
            return True
        try:
            self._leases.take()
        except ReelError as error:
            log.info("another worker took over: %s", words(error))
            return True
        return False

    # --- one reel --------------------------------------------------------------------------------------------

    def _make(self, taken: Taken) -> None:
        """Make a reel as far as it goes; decide whether it stays in the queue."""
        name = taken.root.name
        before = taken.entry, marks_of(taken.root)[: len(WATCHED)]
        if self._ended_as.get(taken.key, ()) == (before, before):
            # Twice it ended for a reason that its folder does not show, and nobody changed anything: it waits for that.
            del self._ended_as[taken.key]
            self._line.park(taken)
            return
        self._show(reel=str(taken.root), step="")
        log.info("%s: %s", name, "gone on with, its last run died" if self._left_over(taken) else "begun")
        outcome, error = self._run(taken)
        self._show(reel="", step="")
        self._line.forget(taken)
        if isinstance(error, Locked):
            log.info("%s: %s", name, words(error))
        elif isinstance(error, DiskTrouble | TryAgain):
            self._wait(taken, error)
        elif error is not None or outcome in ("done", "failed", "cancelled"):
            log.info("%s: %s", name, outcome)
            self._waits.pop(taken.key, None)
            self._ended_as.pop(taken.key, None)
            if not self._line.leave(taken):
                self._line.wait(taken, self._patience, library=True)
        else:
            log.info("%s: %s", name, outcome)
            self._waits.pop(taken.key, None)
            self._ended_as[taken.key] = (*self._ended_as.get(taken.key, ())[-1:], before)

    def _left_over(self, taken: Taken) -> bool:
        try:
            told = Journal(taken.root / layout.EVENTS, Event).tail()
        except OSError:
            return False  # the run itself will say what is wrong
        return bool(told) and told[-1].event is not Happened.RUN_ENDED

    def _run(self, taken: Taken) -> tuple[str, ReelError | None]:
        """Return how a run ended, and the error that ended it. Whatever is thrown, the worker goes on."""
        began = time.time()
        try:
            lineup = engine_of(read_reel(taken.root).settings)
            control = self._control(taken)
            run = self._runner(taken.root, lineup, load_wording(), verb=WORKER, troupe=self._troupe, control=control)
            for item in run.run():
                self._heard(taken, item)
            return run.outcome, None
        except Locked as error:
            return "locked", error
        except ReelError as error:
            found = error
        except Exception as error:  # noqa: BLE001 - a mistake met in one reel must not stop the others
            found = self._unforeseen(taken, error)
        log.error("%s: %s", taken.root.name, words(found))
        self._show(error=f"{taken.root.name}: {words(found)}", error_at=utc_now())
        self._tell(taken, found, began)
        return "failed", found

    def _unforeseen(self, taken: Taken, error: Exception) -> ReelError:
        """Return as an error for a person what nobody expected; nobody knows what state the hosts are in."""
        log.exception("%s: unforeseen", taken.root.name)
        self._troupe.end()
        if isinstance(error, OSError) and is_disk_error(error):
            trouble = DiskTrouble(f"the disk failed: {error.strerror}", remedy="check the disk; what is done is kept")
            trouble.__cause__ = error
            return trouble
        text = f"this is a mistake in reeltui: {words(error)}"
        return EngineTrouble(text, remedy=f"report it with {self._running.log}")

    def _tell(self, taken: Taken, error: ReelError, began: float) -> None:
        """Write into the reel that its run failed, where the run has not said so itself and the disk allows."""
        try:
            with Lock(taken.root / layout.LOCK, verb=WORKER, now=utc_now()):
                told = Journal(taken.root / layout.EVENTS, Event).tail()
                last = told[-1] if told else None
                if last and last.at >= began and last.data.get("outcome") == "failed":
                    return
                detail = RunEnded("failed", code=error.exit_code, remedy=error.remedy)
                Ledger(taken.root).event(Happened.RUN_ENDED, None, str(error), detail)
        except (ReelError, OSError) as problem:
            log.warning("%s: its events cannot be written: %s", taken.root.name, words(problem))

    def _wait(self, taken: Taken, error: ReelError) -> None:
        """Try a reel again later, and each time later still; where the disk is full, its whole library."""
        cause = error.__cause__
        whole = isinstance(error, DiskTrouble) and isinstance(cause, OSError) and is_disk_error(cause)
        seconds = self._waits.get(taken.key, self._patience)
        self._waits[taken.key] = min(2 * seconds, max(MOST_PATIENCE, self._patience))
        self._line.wait(taken, seconds, library=whole)
        what = f"everything in {taken.library}" if whole else taken.root.name
        log.warning("%s is tried again in %g s", what, seconds)

    def _control(self, taken: Taken) -> Callable[[], Wish]:
        """Return what a run asks at every tick: does anybody want it to end?"""
        path, key = taken.library / QUEUE, taken.entry.key
        seen: list[object] = []
        wish = Wish.GO

        def control() -> Wish:
            nonlocal wish
            if self._orders.wish is not Wish.GO:
                return self._orders.wish
            mark = mark_of(path)
            if seen != [mark]:
                seen[:] = [mark]
                wish = _WISHES[wish_for(read_queue(taken.library), key.id, key.name)]
            return wish

        return control

    def _heard(self, taken: Taken, item: Event | Live) -> None:
        if not isinstance(item, Event):
            return
        name = taken.root.name
        if item.event is Happened.STEP_STARTED:
            self._show(step=item.step)
        elif item.event in _LOGGED:
            log.info("%s: %s", name, " ".join(piece for piece in (item.event.value, item.step, item.message) if piece))

    def _show(self, **changes: object) -> None:
        """Put what is known now into the status file."""
        leaving = self._orders.wish is not Wish.GO
        self._running = msgspec.structs.replace(self._running, **{"leaving": leaving, **changes})
        write_status(self._running)
