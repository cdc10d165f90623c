"""What the library screen shows: every reel in a line, and a closer look at one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from core.film.errors import ReelError
from core.film.event import Event
from core.film.plan import MAX_PLAN_BYTES, decode_plan
from core.folder import layout
from core.folder.journal import Journal
from core.folder.library import Card, list_reels, read_card
from core.folder.plain import read_plain
from core.folder.queue import Queue, read_queue
from core.worker.daemon.state import Running, workers
from reeltui.figures import age, clock, short
from reeltui.lines import Column, Line, Span, Tone, bar, ends, layout_columns, line, span, table_row, wrap
from reeltui.pictures.cells import PictureRef
from reeltui.views.states import STATES
from reeltui.views.tally import Tally
from reeltui.views.words import EVENT_WORDS, event_words

SORTS = ("newest", "name", "state", "queue")
COLUMNS = (
    Column("State", 13),
    Column("Reel", 16, grow=3),
    Column("Progress", 12, grow=1, keep=5),
    Column("Shots", 9, keep=4),
    Column("Length", 6, align="right", keep=3),
    Column("Age", 6, align="right", keep=2),
    Column("Queue", 5, align="right", keep=1),
)
_UNQUEUED = COLUMNS[:-1]
# How many of a reel's last events a closer look shows.
_EVENTS = 12


class LibraryView(msgspec.Struct, frozen=True):
    """A library at one moment. `tallies` are the shots of those reels that were looked into, by name; `selected` the
    closer look at one. `now` is epoch seconds."""

    library: Path
    cards: tuple[Card, ...]
    queue: Queue
    workers: tuple[Running, ...]
    tallies: Mapping[str, Tally]
    now: float


class CloseLook(msgspec.Struct, frozen=True):
    """One reel of the library, looked at closer: its logline, its keyframes, and the last things that happened.

    `tallies` are the shots of the reels that were in sight then.
    """

    name: str = ""
    logline: str = ""
    events: tuple[Event, ...] = ()
    pictures: tuple[PictureRef, ...] = ()
    tallies: Mapping[str, Tally] = {}


def look_at_library(library: Path, now: float, tallies: Mapping[str, Tally]) -> LibraryView:
    """Read a library. Raises BadInput where it cannot be read."""
    return LibraryView(library, list_reels(library), read_queue(library), workers(), tallies, now)


def look_at_some(view: LibraryView, names: Collection[str], now: float) -> LibraryView:
    """Return a library with only these reels read again: what somebody works on changes often, the others do not."""
    cards = tuple(_again(card) if card.name in names else card for card in view.cards)
    return msgspec.structs.replace(view, cards=cards, now=now)


def _again(card: Card) -> Card:
    return msgspec.structs.replace(read_card(Path(card.path)), queue=card.queue, held=card.held)


def look_closer(root: Path) -> CloseLook:
    """Read what a preview shows of one reel; what is not there is left out."""
    logline = ""
    with contextlib.suppress(OSError, ReelError):
        logline = decode_plan(read_plain(root / layout.PLAN_FILE, most=MAX_PLAN_BYTES)).story_logline
    try:
        events = tuple(Journal(root / layout.EVENTS, Event).tail(8192))[-_EVENTS:]
    except OSError:
        events = ()
    return CloseLook(root.name, logline, events, tuple(_keyframes(root)))


def _keyframes(root: Path) -> Iterator[PictureRef]:
    """Yield the keyframes that are there, in the order of the shots."""
    with contextlib.suppress(OSError), os.scandir(root / "shots") as entries:
        for name in sorted(entry.name for entry in entries):
            ref = PictureRef.of_file(root / "shots" / name / "keyframe.png")
            if ref.key:
                yield ref


def chosen(cards: Iterable[Card], words: str, sort: str) -> list[Card]:
    """Return the cards with all the words in their name, sentence, state or engine, in the order asked for."""
    wanted = words.casefold().split()
    found = [card for card in cards if all(word in _text(card) for word in wanted)]
    if sort == "name":
        found.sort(key=lambda card: card.name.casefold())
    elif sort == "state":
        order = list(STATES)
        found.sort(key=lambda card: order.index(card.state) if card.state in order else len(order))
    elif sort == "queue":
        found.sort(key=lambda card: card.queue or 1_000_000)
    return found


def _text(card: Card) -> str:
    return f"{card.name} {card.sentence} {card.state} {card.engine} {card.preset} {card.held}".casefold()


# --- lines -------------------------------------------------------------------------------------------------------


def _columns(queue: Queue | None) -> Sequence[Column]:
    """Return the columns; where nothing is queued, names have the room of the queue's."""
    return COLUMNS if queue is not None and queue.reels else _UNQUEUED


def heading(width: int, sort: str, queue: Queue | None = None) -> Line:
    """Return the heading of the list; the column it is sorted by has a mark."""
    columns = _columns(queue)
    sorted_by = {"name": "Reel", "state": "State", "queue": "Queue", "newest": "Age"}[sort]
    cells = [f"{column.title}▾" if column.title == sorted_by else column.title for column in columns]
    row = table_row([line(span(cell, Tone.DIM)) for cell in cells], columns, layout_columns(columns, width - 2))
    return line(" ", row)


def problem(card: Card) -> str:
    """Return why a reel is broken, without the path to its folder: what is wrong comes first in a narrow column."""
    return card.problem.replace(f"{card.path}/", "")


def state_of(card: Card) -> Line:
    """Return the state of a reel as a mark and a word."""
    state = card.held or card.state if card.state != "running" else card.state
    mark, tone = STATES.get(state, ("?", Tone.PLAIN))
    return line(Span(f"{mark} ", tone), span(state, tone))


def row(card: Card, view: LibraryView, width: int) -> Line:
    """Return a reel's line in the list."""
    progress: Line = ()
    if card.state == "broken":
        progress = line(span(problem(card), Tone.BAD, limit=200))
    elif card.total and card.state != "done":
        progress = line(bar(card.done / card.total, 6), " ", span(card.phase, Tone.DIM))
    elif card.state == "done" and card.changed:
        progress = line(span("edited since", Tone.WARN))
    cells: list[Line | str] = [
        state_of(card),
        line(span(card.name, Tone.STRONG)),
        progress,
        shots(view.tallies.get(card.name)),
        line(span(short(card.seconds))),
        line(span(age(card.created, view.now), Tone.DIM)),
        line(span(card.queue or "", Tone.ACCENT)),
    ]
    columns = _columns(view.queue)
    return line(" ", table_row(cells[: len(columns)], columns, layout_columns(columns, width - 2)))


def shots(tally: Tally | None) -> Line:
    """Return how the shots stand: passed, failed, waiting, each with its mark."""
    if tally is None:
        return ()
    told = (("✓", tally.passed, Tone.GOOD), ("✗", tally.failed, Tone.BAD), ("◌", tally.waiting, Tone.DIM))
    return line(*(span(f"{mark}{count} ", tone) for mark, count, tone in told if count))


def preview(card: Card, look: CloseLook | None, view: LibraryView, width: int) -> list[Line]:
    """Return what is told about the reel under the cursor."""
    rows = [ends(line(span(card.name, Tone.STRONG)), state_of(card), width)]
    if card.problem:
        rows += wrap(problem(card), width, Tone.BAD)
    rows += wrap(card.sentence, width, most=3)
    facts = " · ".join(
        piece
        for piece in (
            f"{card.engine}, {card.preset}" if card.engine else "",
            f"{card.seconds:.1f} s" if card.seconds is not None else "",
            f"place {card.queue} in the queue" if card.queue else "",
            f"waits for approval of the {card.waits_for}" if card.waits_for else "",
            f"made {age(card.created, view.now)} ago" if card.created else "",
        )
        if piece
    )
    rows.append(line(span(facts, Tone.DIM)))
    if look is not None and look.name == card.name:
        if look.logline:
            rows += [(), *wrap(look.logline, width, Tone.ACCENT, most=3)]
        if look.events:
            rows.append(())
            rows += [event_line(event, view.now, width) for event in reversed(look.events)]
    return rows


def event_line(event: Event, now: float, width: int) -> Line:
    """Return something that happened, with how long ago."""
    mark, tone = EVENT_WORDS.get(event.event, ("·", Tone.DIM))
    return line(
        span(f"{clock(event.at, now):>8}  ", Tone.DIM), Span(f"{mark} ", tone), span(event_words(event), limit=200)
    )
