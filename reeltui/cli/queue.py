"""`reeltui queue`: which reels of a library are made next, and in which order."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import msgspec

from core.film.errors import BadInput, Locked
from core.film.text import clean
from core.folder import layout, queue
from core.folder.library import find_reel, reel_folders
from core.folder.lock import Holder, holder_of
from core.folder.queue import Entry, Queue, ReelKey, change_queue, enqueue, entry_of, read_queue
from core.worker.daemon.libraries import register
from core.worker.records import utc_now
from reeltui.cli import say
from reeltui.cli.common import add_json, add_library, library_of
from reeltui.cli.finish import command
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

_FOREGROUND = ("make", "resume")  # what holds a reel under these names is no worker and does not read the queue


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


# --- which reel is meant ----------------------------------------------------------------------------------------


class Meant(msgspec.Struct, frozen=True):
    """The reel a person means. `root` is None where its folder is gone, `entry` where it is not in the queue.

    `holder` is who has the reel's lock.
    """

    library: Path
    name: str
    root: Path | None
    entry: Entry | None
    holder: Holder | None

    @property
    def foreground(self) -> bool:
        """Whether a process works on it that is no worker, so that the queue has no say."""
        return self.holder is not None and self.holder.verb in _FOREGROUND

    def queued(self) -> Entry:
        """Return its entry. Raises Locked where another process works on it outside of the queue, else BadInput."""
        if self.entry is not None:
            return self.entry
        if self.holder is not None:
            raise outside(self, "is not in the queue")
        again = f"queue it: {command('resume', self.root)}" if self.root else "see `reeltui queue`"
        raise BadInput(f"{clean(self.name)} is neither queued nor running", remedy=again)


def meant(word: str, library: Path) -> Meant:
    """Return the reel a word means, also one that is in the queue and whose folder is gone. Raises BadInput.

    What is wrong with the queue is said as a note.
    """
    try:
        root = find_reel(word, library)
    except BadInput:
        now = _read(library) if library.is_dir() else Queue()
        entry = next((entry for entry in now.reels if entry.name == word), None)
        if entry is None:
            raise
        return Meant(library, word, None, entry, None)
    entry = entry_of(_read(root.parent), root)
    return Meant(root.parent, root.name, root, entry, holder_of(root / layout.LOCK))


def outside(reel: Meant, what: str) -> Locked:
    """Return the error that a reel is worked on by a process the queue has no say in, or no longer."""
    text = f"{clean(reel.name)} {what}; {clean(str(reel.holder))} works on it"
    if reel.foreground and reel.holder is not None:
        return Locked(text, remedy=f"stop it with Ctrl-C there, or kill -INT {reel.holder.pid}; finished work is kept")
    return Locked(text, remedy="if it was cancelled just now, it ends in a moment; see `reeltui list`")


def warn(warning: str) -> None:
    """Say what is wrong with the queue, where something is."""
    if warning:
        say.note(f"reeltui: {clean(warning, limit=600)}")


def _read(library: Path) -> Queue:
    found = read_queue(library)
    warn(found.warning)
    return found


# --- list -------------------------------------------------------------------------------------------------------


def _list(library: Path, args: argparse.Namespace) -> None:
    if args.reels:
        raise BadInput("queue list takes no reel", remedy="see `reeltui queue --help`")
    there = library.is_dir()
    if not there:
        reel_folders(library)  # says what is wrong with it; one that is not there yet has no queue
    listing = list_queue(library, _read(library) if there else Queue())
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
        warn(register(root.parent))
        asked = enqueue(root, now=utc_now(), let_go=False)
        warn(asked.warning)
        answers.append(Changed(root.name, asked.place, asked.was.value, asked.fresh))
        if args.json:
            continue
        name = clean(root.name)
        if asked.fresh:
            say.text(f"{name} is at place {asked.place} of the queue")
        else:
            held = f", {asked.was}; `{command('resume', root)}` lets it go on" if asked.was else ""
            say.text(f"{name} is in the queue already, at place {asked.place}{held}")
    if args.json:
        say.result(answers)


def _remove(library: Path, args: argparse.Namespace) -> None:
    reels = [meant(word, library) for word in args.reels]
    for reel in reels:
        reel.queued()
        if reel.holder is not None and not reel.foreground:
            raise BadInput(
                f"{clean(reel.name)} is running; nothing was removed",
                remedy=f"stop it and take it out with: {command('cancel', reel.library / reel.name)}",
            )
    for reel in {reel.name: reel for reel in reels}.values():
        warn(change_queue(reel.library, _without(reel.queued().key)).warning)
    if args.json:
        say.result([Changed(reel.name, None) for reel in reels])
        return
    for reel in reels:
        say.text(f"{clean(reel.name)} is no longer in the queue; everything finished is kept")


def _without(key: ReelKey) -> Callable[[Queue], Queue]:
    return lambda now: queue.remove(now, key)


def _move(library: Path, args: argparse.Namespace) -> None:
    reel = meant(args.reels[0], library)
    key = reel.queued().key
    now = change_queue(reel.library, lambda old: queue.move(old, key, args.where))
    place, entry = now.place(key), now.entry(key)
    if args.json:
        say.result([Changed(reel.name, place, entry.held.value if entry else "")])
    else:
        say.text(f"{clean(reel.name)} is at place {place} of {len(now.reels)}")


def _whole(library: Path, args: argparse.Namespace) -> None:
    verb = args.action
    if args.reels:
        one = " ".join(clean(word, limit=60) for word in args.reels)
        raise BadInput(f"queue {verb} takes no reel", remedy=f"for one reel: reeltui {verb} {one}")
    now = change_queue(library, queue.pause if verb == "pause" else queue.unpause)
    warn(now.warning)
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
