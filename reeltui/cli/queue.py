"""`reeltui queue`: which reels of a library are made next, and in which order."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.event import Live
from core.film.text import clean
from core.folder import layout
from core.folder.library import Card, find_reel, locate, read_card, reel_folders
from core.folder.lock import Holder, holder_of
from core.folder.queue import Queue, read_queue
from core.folder.snapshot import read_snapshot
from core.pipeline.queueing import Turn, in_order, positions
from core.pipeline.report import current_live
from reeltui.acts.line import Meant, add, meant, move, pause_all, remove, unpause_all
from reeltui.cli import say
from reeltui.cli.common import add_json, add_library, library_of
from reeltui.command import command

_EXAMPLES = """\
examples:
  reeltui queue                                what is queued, what runs, what is held, in order
  reeltui queue add tokyo-night paris          at the end; one that is there already keeps its place
  reeltui queue move paris top                 or up, down, bottom, or a place: 2
  reeltui queue remove paris                   not while it runs; `reeltui cancel paris` stops it too
  reeltui queue pause                          take no further reel; what runs goes on
  reeltui queue resume                         take reels again
  reeltui pause paris                          hold one reel; `reeltui resume paris` lets it go on
"""

_HELP = {
    "list": "show the queue",
    "add": "put reels at the end of the queue",
    "remove": "take reels out of the queue",
    "move": "change a reel's place in the queue",
    "pause": "take up no further reel; what runs goes on",
    "resume": "take up reels again",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Show or change the queue of a library. A worker takes its reels first in, first out."
    parser.epilog = _EXAMPLES
    add_library(parser)
    add_json(parser, "the answer")
    parser.set_defaults(action="list", reels=[])
    actions = parser.add_subparsers(metavar="ACTION", help="list (the default), or one of:")
    for action, text in _HELP.items():
        sub = actions.add_parser(action, help=text, description=text)
        if action == "move":
            sub.add_argument("reels", metavar="REEL", nargs=1, help="name of the reel, or path of its folder")
            sub.add_argument("where", metavar="up|down|top|bottom|N", help="where to; places count from 1")
        elif action in ("add", "remove"):
            sub.add_argument("reels", metavar="REEL", nargs="+", help="names of reels, or paths of their folders")
        else:
            # Whoever names a reel here means another verb, and is told which.
            sub.add_argument("reels", nargs="*", help=argparse.SUPPRESS)
            sub.usage = f"reeltui queue {action} [--library DIR] [--json]"
        # Without a default of their own they leave alone what was said before the action.
        sub.add_argument("--library", metavar="DIR", type=Path, default=argparse.SUPPRESS, help="folder of the reels")
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print the answer as JSON")
        sub.set_defaults(action=action)


def run(args: argparse.Namespace) -> int:
    """Show or change the queue."""
    _ACTIONS[args.action](library_of(args), args)
    return 0


# --- list -------------------------------------------------------------------------------------------------------


class Line(msgspec.Struct, frozen=True):
    """A reel of the queue as it is shown. `place` and `turn` count from 1; `turn` is null for one that is not taken.

    `state`: running, queued, paused, interrupted, waiting (at the gate `waits_for`), broken or gone. `drop`: it was
    paused with --now. `path` is null where the folder is gone. `fraction` is of the step in hand.
    """

    place: int
    turn: int | None
    name: str
    path: str | None
    state: str
    held: str
    drop: bool
    added: str
    phase: str = ""
    done: int = 0
    total: int = 0
    fraction: float | None = None
    eta_seconds: float | None = None
    waits_for: str = ""
    held_by: str = ""
    problem: str = ""


class Listing(msgspec.Struct, frozen=True):
    """The queue of a library. `paused`: no further reel is taken; `warning`: the queue could not be read."""

    library: str
    paused: bool
    warning: str
    reels: tuple[Line, ...]


def _list(library: Path, args: argparse.Namespace) -> None:
    if args.reels:
        raise BadInput("queue list takes no reel", remedy="see `reeltui queue --help`")
    there = library.is_dir()
    if not there:
        reel_folders(library)  # says what is wrong with it; one that is not there yet has no queue
    now = read_queue(library) if there else Queue()
    say.warnings([now.warning] if now.warning else [])
    listing = _listing(library, now)
    if args.json:
        say.result(listing)
        return
    if listing.paused:
        say.text("The queue is paused: no further reel is taken up. `reeltui queue resume` goes on.")
    if not listing.reels:
        say.text(f"No reel is queued in {library}. Add one: reeltui queue add REEL")
        return
    rows = [_cells(line) for line in listing.reels]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        cells = [f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)]
        say.text("  ".join([f"{row[0]:>{widths[0]}}", *cells[1:], *row[4:]]).rstrip())


def _cells(line: Line) -> list[str]:
    state = f"waiting for approval of the {line.waits_for}" if line.waits_for else line.state
    if line.state == "running" and line.held:
        state = "running, about to pause"
    steps = f"{line.phase} {line.done}/{line.total}" if line.total else line.phase
    left = f"about {say.seconds(line.eta_seconds)} left" if line.eta_seconds is not None else ""
    who = f"by {clean(line.held_by)}" if line.held_by else ""
    more = "   ".join(text for text in (left, who, clean(line.problem, limit=100)) if text)
    return [str(line.place), clean(line.name, limit=40), state, steps, more]


def _listing(library: Path, now: Queue) -> Listing:
    roots = locate(library, now)
    looked = {entry: (read_card(root), holder_of(root / layout.LOCK)) for entry, root in roots.items()}
    turns = [_with_facts(turn, *looked.get(turn.entry, (None, None))) for turn in in_order({str(library): now})]
    order = positions(turns)
    lines = []
    for turn in sorted(turns, key=lambda turn: turn.place):
        entry = turn.entry
        line = Line(
            place=turn.place,
            turn=order.get((turn.library, entry.key)),
            name=entry.name,
            path=None,
            state=turn.state,
            held=entry.held.value,
            drop=entry.drop,
            added=entry.added,
        )
        lines.append(_looked_at(line, roots[entry], *looked[entry]) if entry in looked else line)
    return Listing(str(library), now.paused, now.warning, tuple(lines))


def _with_facts(turn: Turn, card: Card | None, holder: Holder | None) -> Turn:
    parked = card is not None and card.state == "waiting" and not card.changed
    return msgspec.structs.replace(turn, gone=card is None, running=holder is not None, parked=parked)


def _looked_at(line: Line, root: Path, card: Card, holder: Holder | None) -> Line:
    live: Live | None = None
    if holder is not None:
        with contextlib.suppress(BadInput):  # reel.toml is being edited badly; the card says so
            live = current_live(read_snapshot(root))
    return msgspec.structs.replace(
        line,
        name=root.name,
        path=str(root),
        state="broken" if card.problem and line.state == "queued" else line.state,
        phase=live.phase if live else card.phase,
        done=live.done if live else card.done,
        total=live.total if live else card.total,
        fraction=live.fraction if live else None,
        eta_seconds=live.eta if live else None,
        waits_for=card.waits_for if line.state == "waiting" else "",
        held_by=str(holder) if holder else "",
        problem=card.problem,
    )


# --- changes ----------------------------------------------------------------------------------------------------


class Changed(msgspec.Struct, frozen=True):
    """What a change of the queue came to, one reel each: `place` is null for one that left; `fresh`: newly added."""

    reel: str
    place: int | None
    held: str = ""
    fresh: bool = False


def _add(library: Path, args: argparse.Namespace) -> None:
    roots = [find_reel(word, library) for word in args.reels]
    answers = []
    for root in roots:
        added = add(root)
        say.warnings(added.warnings)
        answers.append(Changed(root.name, added.place, added.was.value, added.fresh))
        if args.json:
            continue
        name = clean(root.name)
        if added.fresh:
            say.text(f"{name} is at place {added.place} of the queue")
        else:
            held = f", {added.was}; `{command('resume', root)}` lets it go on" if added.was else ""
            say.text(f"{name} is in the queue already, at place {added.place}{held}")
    if args.json:
        say.result(answers)


def _remove(library: Path, args: argparse.Namespace) -> None:
    reels = [_meant(word, library) for word in args.reels]
    say.warnings(remove(reels))
    if args.json:
        say.result([Changed(reel.name, None) for reel in reels])
        return
    for reel in reels:
        say.text(f"{clean(reel.name)} is no longer in the queue; everything finished is kept")


def _move(library: Path, args: argparse.Namespace) -> None:
    moved = move(_meant(args.reels[0], library), args.where)
    say.warnings(moved.warnings)
    if args.json:
        say.result([Changed(moved.name, moved.place, moved.held.value)])
    else:
        say.text(f"{clean(moved.name)} is at place {moved.place} of {moved.of}")


def _meant(word: str, library: Path) -> Meant:
    reel = meant(word, library)
    say.warnings(reel.warnings)
    return reel


def _whole(library: Path, args: argparse.Namespace) -> None:
    verb = args.action
    if args.reels:
        one = " ".join(clean(word, limit=60) for word in args.reels)
        raise BadInput(f"queue {verb} takes no reel", remedy=f"for one reel: reeltui {verb} {one}")
    now = pause_all(library) if verb == "pause" else unpause_all(library)
    say.warnings([now.warning] if now.warning else [])
    listing = _listing(library, now)
    if args.json:
        say.result(listing)
        return
    running = [clean(line.name) for line in listing.reels if line.state == "running"]
    if verb == "resume":
        held = sum(1 for line in listing.reels if line.held)
        still = f"; {held} held reel(s) stay held" if held else ""
        say.text(f"Reels of {library} are taken up again{still}")
        return
    on = f"; {', '.join(running)} goes on (`reeltui pause {running[0]}` holds it)" if running else ""
    say.text(f"No further reel of {library} is taken up{on}. `reeltui queue resume` goes on")


_ACTIONS: dict[str, Callable[[Path, argparse.Namespace], None]] = {
    "list": _list,
    "add": _add,
    "remove": _remove,
    "move": _move,
    "pause": _whole,
    "resume": _whole,
}
