"""The queue screen in lines: workers, devices, what waits and why, the flight record, the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from core.film.event import Happened
from core.pipeline.impact import phrase
from core.worker.daemon.leases import WORKER
from core.worker.daemon.state import Running
from reeltui.figures import age, clock, seconds, short
from reeltui.lines import Column, Line, Span, Tone, bar, cut, ends, layout_columns, line, span, table_row, wrap
from reeltui.views.flown import flown_table
from reeltui.views.flown import heading as flown_heading
from reeltui.views.machine import device_line, device_rows, flown_rows
from reeltui.views.queue import Queued
from reeltui.views.states import STATES
from reeltui.views.words import USUAL
from reeltui.views.workshop import Said, WorkshopView

# The key of an action, by its name in the registry.
Key = Callable[[str], Span]
COLUMNS = (
    Column("", 2, align="right"),
    Column("Reel", 16, grow=3),
    Column("State", 13),
    Column("Progress", 20, grow=1, keep=3),
    Column("Left", 5, align="right", keep=2),
    Column("Queued", 6, align="right", keep=1),
)
_BAR = 8
_STEP = re.compile(r"shots/\d{1,4}(/takes/\d{1,4})?/[a-z]+|masters/\w+")
_DONE = f" {Happened.STEP_DONE.value} "
_HAPPENED = {one.value: one.value.replace("_", " ") for one in Happened}
_LEVELS = {
    "ERROR": ("✗", Tone.BAD),
    "CRITICAL": ("✗", Tone.BAD),
    "WARNING": ("!", Tone.WARN),
    "INFO": ("·", Tone.DIM),
}


def title(view: WorkshopView, key: Key) -> tuple[Line, Line]:
    """Return both ends of the first line of the screen."""
    left = line(span("Queue", Tone.STRONG), span(f"  {view.library}", Tone.DIM))
    if view.missing:
        return left, line(Span("! the library is not there", Tone.BAD))
    if view.listing.paused:
        return left, line(Span("‖ paused: no further reel is begun  ", Tone.WARN), key("queue.pause-all"), " goes on")
    count = len(view.listing.reels)
    running = sum(reel.state == "running" for reel in view.listing.reels)
    words = f"{count} reel{'' if count == 1 else 's'}" + (f", {running} running" if running else "")
    return left, line(span(words, Tone.DIM))


# --- workers -----------------------------------------------------------------------------------------------------


def worker_rows(view: WorkshopView, key: Key, width: int, *, roomy: bool) -> list[Line]:
    """Return the workers and the devices, each device in a line, or in a few where it is `roomy`."""
    rows: list[Line] = []
    if view.listing.warning:
        rows += wrap(f"! {view.listing.warning}", width, Tone.BAD, most=3)
    for worker in view.workers:
        rows += _worker(worker, view.now, width)
    for worker in view.lost:
        rows += _lost(worker, key, width)
    if not view.workers and not view.lost:
        rows.append(line(Span("○ ", Tone.DIM), "no worker runs  ", key("queue.start"), span(" starts one", Tone.DIM)))
    if view.workers:
        for device in view.devices:
            rows += [(), *device_rows(device, width)] if roomy else [device_line(device, width)]
    if view.danger:
        rows += wrap(f"! {view.danger}", width, Tone.WARN, most=3)
    return rows


def _worker(worker: Running, now: float, width: int) -> list[Line]:
    what, tone = "idle", Tone.GOOD
    if worker.leaving:
        what, tone = "ending", Tone.WARN
    elif worker.reel:
        what, tone = "at work", Tone.RUNNING
    stays = ""
    if worker.linger is not None and not worker.reel:
        stays = f", ends after {seconds(worker.linger)} of that"
    left = line(
        Span(f"● {what:<9}", tone),
        span(f"{', '.join(worker.devices)}  ", Tone.ACCENT, limit=60),
        span(doing_words(worker), limit=100),
        span(stays, Tone.DIM),
    )
    if worker.leaving and worker.reel:
        left = line(left, span(", then it ends", Tone.WARN))
    rows = [ends(left, line(span(f"process {worker.pid}, {age(worker.since, now)}", Tone.DIM)), width)]
    if worker.error:
        when = f" {age(worker.error_at, now)} ago" if worker.error_at else ""
        rows += wrap(f"! went wrong{when}: {worker.error}", width, Tone.BAD, most=2)
    return rows


def doing_words(worker: Running) -> str:
    """Return what a worker does."""
    if not worker.reel:
        return "nothing to do"
    step = f": {phrase(worker.step)}" if worker.step else ""
    return f"{Path(worker.reel).name}{step}"


def worker_words(worker: Running) -> str:
    """Return a worker and what it does."""
    return f"{', '.join(worker.devices)}, process {worker.pid}: {doing_words(worker)}"


def _lost(worker: Running, key: Key, width: int) -> list[Line]:
    doing = f" while it made {doing_words(worker)}" if worker.reel else ""
    text = f"the worker on {', '.join(worker.devices)} ended without a word{doing}; nothing finished is lost"
    rows = [line(Span("✗ " if not at else "  ", Tone.BAD), row) for at, row in enumerate(wrap(text, width - 2, most=3))]
    words = " starts another, which goes on with it" if worker.reel else " starts another"
    return [*rows, line("  ", key("queue.start"), span(words, Tone.DIM))]


# --- the queue ---------------------------------------------------------------------------------------------------


def heading(width: int) -> Line:
    """Return the heading of the queue."""
    cells = [line(span(column.title, Tone.DIM)) for column in COLUMNS]
    return line(" ", table_row(cells, COLUMNS, layout_columns(COLUMNS, width - 2)))


def reel_row(view: WorkshopView, reel: Queued, width: int) -> Line:
    """Return a reel of the queue in a line."""
    mark, tone = STATES.get(reel.state, ("○", Tone.PLAIN))
    state = reel.state
    if reel.state == "gone":
        mark, tone = "!", Tone.BAD
    elif reel.state == "running" and reel.held:
        state, tone = "pausing", Tone.WARN
    made = reel.turn is not None or reel.state == "running"
    cells: list[Line | str] = [
        line(span(reel.place, Tone.ACCENT if made else Tone.DIM)),
        line(span(reel.name, Tone.PLAIN if made else Tone.DIM, limit=120)),
        line(Span(f"{mark} ", tone), span(state, tone)),
        _progress(reel),
        line(span(short(reel.eta_seconds))),
        line(span(age(reel.added, view.now), Tone.DIM)),
    ]
    return line(" ", table_row(cells, COLUMNS, layout_columns(COLUMNS, width - 2)))


def _progress(reel: Queued) -> Line:
    if reel.problem:
        return line(span(reel.problem, Tone.BAD, limit=100))
    if reel.waits_for:
        return line(span(f"for you: {reel.waits_for}", Tone.WARN))
    if not reel.total:
        return ()
    going = reel.state == "running"
    done = line(span(f" {reel.done}/{reel.total} ", Tone.DIM if not going else Tone.PLAIN))
    meter = bar(reel.done / reel.total, _BAR, Tone.RUNNING if going else Tone.DIM)
    return line(meter, done, span(reel.phase if going or reel.done else "", Tone.DIM))


def standing_rows(reel: Queued, key: Key, width: int) -> list[Line]:
    """Return why a reel is not made now and what can be done about it; nothing where it simply waits or runs."""
    words: tuple[str, Tone, str, str] | None = None
    if reel.state == "gone":
        words = "its folder is not there any more", Tone.BAD, "queue.remove", "takes it out of the queue"
    elif reel.problem:
        words = reel.problem, Tone.BAD, "queue.open", "opens it"
    elif reel.state == "waiting":
        words = f"it waits for you to approve the {reel.waits_for}", Tone.WARN, "queue.open", "opens it"
    elif reel.held == "interrupted":
        words = "its worker died while it was made", Tone.WARN, "queue.pause", "goes on with it"
    elif reel.held:
        words = f"you paused it{_pausing(reel)}", Tone.WARN, "queue.pause", "lets it go on"
    if words is None:
        return []
    text, tone, action, does = words
    return [*wrap(text, width, tone, most=4), line(key(action), span(f" {does}", Tone.DIM)), ()]


def _pausing(reel: Queued) -> str:
    """Return when a reel that is paused and still made is held."""
    if reel.state != "running":
        return ""
    if not reel.held_by.startswith(f"reeltui {WORKER} "):  # the queue has no say there
        return ": it is held when the process that makes it ends"
    return "" if reel.drop else ": it is held as soon as its step in hand is done"


def closer_rows(view: WorkshopView, name: str, key: Key, width: int) -> list[Line]:
    """Return the reel under the cursor: what keeps it, and what it held of device memory."""
    reel = view.reel(name)
    if reel is None:
        return []
    rows = standing_rows(reel, key, width)
    if view.flown is None or view.flown_of != reel.name:
        return rows
    if not view.flown.on_device:
        words = "no device was used so far" if view.flown.steps else "nothing was made yet"
        return [*rows, line(span(words, Tone.DIM))]
    rows += flown_rows(view.flown, width)
    steps = [line(row) for row in flown_table(view.flown, width + 2)]
    return [*rows, (), _outdent(flown_heading(width + 2)), *map(_outdent, steps)]


def _outdent(row: Line) -> Line:
    """Return a line without the blank it begins with: here the pane has one."""
    if row and row[0].text.startswith(" "):
        return line(Span(row[0].text[1:], row[0].tone, row[0].act), row[1:])
    return row


# --- the log -----------------------------------------------------------------------------------------------------


def log_rows(view: WorkshopView, width: int, most: int = 60) -> list[Line]:
    """Return what the worker said, the newest first."""
    rows: list[Line] = []
    for one in view.said[:most]:
        rows += _said(one, view.now, width)
    return rows or [line(span("no worker has said anything yet", Tone.DIM))]


def _said(one: Said, now: float, width: int) -> list[Line]:
    mark, tone = _LEVELS.get(one.level, ("·", Tone.DIM))
    text = one.words
    if tone is Tone.DIM and _DONE in text:
        mark, tone, text = "✓", Tone.GOOD, text.replace(_DONE, " ", 1)
    when = clock(one.at, now) if one.at is not None else ""
    before = line(span(f"{when} ", Tone.DIM), Span(f"{mark} ", tone))
    room = max(20, width - sum(piece.width for piece in before))
    loud = tone if tone in (Tone.BAD, Tone.WARN) else Tone.PLAIN
    words = wrap(_readable(text), room, loud, most=3) or [()]
    indent = Span(" " * (width - room))
    rows = [line(before, words[0]), *(line(indent, row) for row in words[1:])]
    if one.more:
        rows.append(cut(line(indent, span(one.more[-1].strip(), Tone.DIM, limit=300)), width))
    return rows


def _readable(words: str) -> str:
    """Return a line of the log as a person says it: steps by name, and nothing that is said of every one."""
    told = " ".join(phrase(word) if _STEP.fullmatch(word) else _HAPPENED.get(word, word) for word in words.split())
    for usual in USUAL:
        told = told.removesuffix(f" {usual}")
    return told
