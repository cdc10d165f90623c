"""What the queue screen shows: workers and their devices, what waits, the log, the flight record of a reel."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from core.film.errors import ReelError
from core.film.gauge import Gauge
from core.folder.queue import Queue, read_queue
from core.folder.snapshot import read_snapshot
from core.pipeline.flight import Flight, flight
from core.pipeline.impact import phrase
from core.pipeline.report import current_live
from core.worker.daemon.log import read_log
from core.worker.daemon.login import login_danger
from core.worker.daemon.state import Running, workers
from reeltui.figures import age, short, size
from reeltui.lines import Column, Line, Span, Tone, bar, layout_columns, line, span, table_row, wrap
from reeltui.views.library import STATES
from reeltui.views.queue import Listing, Queued, list_queue

_LOG = 60
COLUMNS = (
    Column("", 3, align="right"),
    Column("Reel", 16, grow=3),
    Column("State", 13),
    Column("Progress", 18, grow=1, keep=3),
    Column("Left", 6, align="right", keep=2),
    Column("Since", 6, align="right", keep=1),
)


class WorkshopView(msgspec.Struct, frozen=True):
    """The queue and the workers at one moment. `gauges` are the devices as the reel that runs last told; `flown` is the
    flight record of the reel under the cursor. `danger` says that the login session takes workers along when it ends.
    """

    library: Path
    listing: Listing
    workers: tuple[Running, ...]
    gauges: tuple[Gauge, ...]
    log: tuple[str, ...]
    flown: Flight | None
    flown_of: str
    danger: str
    now: float

    def reel(self, name: str) -> Queued | None:
        """Return a reel of the queue by its name."""
        return next((reel for reel in self.listing.reels if reel.name == name), None)


def look_at_workshop(library: Path, name: str, now: float) -> WorkshopView:
    """Read the queue of a library, the workers, and the flight record of the reel `name` (""`: none`)."""
    listing = list_queue(library, read_queue(library) if library.is_dir() else Queue())
    running = workers()
    chosen = next((reel for reel in listing.reels if reel.name == name), None)
    gauges: tuple[Gauge, ...] = ()
    flown = None
    for reel in listing.reels:
        if reel.path is None or (reel.state != "running" and reel is not chosen):
            continue
        with contextlib.suppress(ReelError):  # the list says by itself that a reel is broken
            snapshot = read_snapshot(Path(reel.path))
            live = current_live(snapshot)
            gauges = live.gauges if live is not None else gauges
            flown = flight(snapshot) if reel is chosen else flown
    return WorkshopView(
        library=library,
        listing=listing,
        workers=running,
        gauges=gauges,
        log=_log(running),
        flown=flown,
        flown_of=name if flown is not None else "",
        danger=login_danger() if running else "",
        now=now,
    )


def _log(running: Sequence[Running]) -> tuple[str, ...]:
    for worker in running:
        if worker.log:
            with contextlib.suppress(ReelError):
                return tuple(read_log(Path(worker.log), _LOG))
    return ()


# --- lines ---------------------------------------------------------------------------------------------------------


def worker_rows(view: WorkshopView, width: int) -> list[Line]:
    """Return the workers and the devices."""
    rows: list[Line] = []
    for worker in view.workers:
        what = "leaving" if worker.leaving else "at work" if worker.reel else "idle"
        tone = Tone.WARN if worker.leaving else Tone.RUNNING if worker.reel else Tone.GOOD
        doing = f"{Path(worker.reel).name}: {phrase(worker.step)}" if worker.reel and worker.step else ""
        rows.append(
            line(
                Span("● ", tone),
                span(f"{what:<8}", tone),
                span(f"{', '.join(worker.devices)}  ", Tone.ACCENT),
                span(doing, limit=80),
                span(f"  process {worker.pid}, for {age(worker.since, view.now)}", Tone.DIM),
            )
        )
        if worker.error:
            rows += wrap(f"! {worker.error}", width, Tone.BAD, most=2)
    if not rows:
        rows.append(line(span("○ no worker runs  ", Tone.DIM), span("S", Tone.ACCENT), span(" starts one", Tone.DIM)))
    rows += [gauge_row(gauge, width) for gauge in view.gauges]
    if view.danger:
        rows += wrap(f"! {view.danger}", width, Tone.WARN, most=3)
    return rows


def gauge_row(gauge: Gauge, width: int) -> Line:
    """Return a device's memory as a bar, and what else its driver tells."""
    name = span(f"  {gauge.device:<8}", Tone.ACCENT)
    unreal = span("simulated ", Tone.WARN) if gauge.simulated else ""
    told = "".join(
        [
            f"  {gauge.utilisation:.0f} % busy" if gauge.utilisation is not None else "",
            f"  {gauge.temperature:.0f} °C" if gauge.temperature is not None else "",
            f"  {gauge.power:.0f} W" if gauge.power is not None else "",
        ]
    )
    if gauge.used is None or not gauge.total:
        return line(name, unreal, span("memory unknown", Tone.DIM), span(told, Tone.DIM))
    share = gauge.used / gauge.total
    tone = Tone.BAD if share > 0.95 else Tone.WARN if share > 0.85 else Tone.RUNNING
    return line(
        name,
        unreal,
        bar(share, max(8, min(40, width - 50)), tone),
        span(f" {size(gauge.used)} of {size(gauge.total)}"),
        span(told, Tone.DIM),
    )


def heading(width: int) -> Line:
    """Return the heading of the queue."""
    cells = [line(span(column.title, Tone.DIM)) for column in COLUMNS]
    return line(" ", table_row(cells, COLUMNS, layout_columns(COLUMNS, width - 2)))


def reel_row(view: WorkshopView, reel: Queued, width: int) -> list[Line]:
    """Return a reel of the queue in a line."""
    mark, tone = STATES.get(reel.state, ("○", Tone.PLAIN))
    progress: Line = ()
    if reel.problem:
        progress = line(span(reel.problem, Tone.BAD, limit=100))
    elif reel.total:
        progress = line(
            bar(reel.done / reel.total, 8, tone if reel.state == "running" else Tone.DIM),
            " ",
            span(reel.phase, Tone.DIM),
        )
    state = "pausing" if reel.state == "running" and reel.held else reel.state
    cells: list[Line | str] = [
        line(span(reel.place, Tone.ACCENT if reel.turn else Tone.DIM)),
        line(span(reel.name, Tone.STRONG)),
        line(Span(f"{mark} ", tone), span(state)),
        progress,
        line(span(short(reel.eta_seconds))),
        line(span(age(reel.added, view.now), Tone.DIM)),
    ]
    return [line(" ", table_row(cells, COLUMNS, layout_columns(COLUMNS, width - 2)))]


def below_rows(view: WorkshopView, width: int) -> list[Line]:
    """Return the flight record of the reel under the cursor, and the worker's log, the newest line last."""
    from reeltui.cli.vram_lines import flight_lines

    rows: list[Line] = []
    if view.flown is not None and view.flown.on_device:
        rows += [line(span(f"Device memory of {view.flown_of}", Tone.DIM))]
        rows += [line(span(row)) for row in flight_lines(view.flown, width)] + [()]
    if view.log:
        rows.append(line(span("Worker's log", Tone.DIM)))
        rows += [line(span(row, Tone.BAD if " ERROR " in row else Tone.DIM)) for row in view.log[-_LOG:]]
    return rows
