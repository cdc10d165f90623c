"""`reeltui queue`: which reels of a library are made next, and in which order."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.text import clean
from core.folder.library import find_reel, reel_folders
from core.folder.queue import Queue, read_queue
from reeltui.acts.line import Meant, add, meant, move, pause_all, remove, unpause_all
from reeltui.cli import say
from reeltui.cli.common import add_json, add_library, library_of
from reeltui.command import command
from reeltui.views.queue import Queued, list_queue

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


def _list(library: Path, args: argparse.Namespace) -> None:
    if args.reels:
        raise BadInput("queue list takes no reel", remedy="see `reeltui queue --help`")
    there = library.is_dir()
    if not there:
        reel_folders(library)  # says what is wrong with it; one that is not there yet has no queue
    now = read_queue(library) if there else Queue()
    say.warnings([now.warning] if now.warning else [])
    listing = list_queue(library, now)
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


def _cells(line: Queued) -> list[str]:
    state = f"waiting for approval of the {line.waits_for}" if line.waits_for else line.state
    if line.state == "running" and line.held:
        state = "running, about to pause"
    steps = f"{line.phase} {line.done}/{line.total}" if line.total else line.phase
    left = f"about {say.seconds(line.eta_seconds)} left" if line.eta_seconds is not None else ""
    who = f"by {clean(line.held_by)}" if line.held_by else ""
    more = "   ".join(text for text in (left, who, clean(line.problem, limit=100)) if text)
    return [str(line.place), clean(line.name, limit=40), state, steps, more]


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
    listing = list_queue(library, now)
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
