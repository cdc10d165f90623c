"""`reeltui pause`: holds a reel in the queue; a worker that makes it ends after the step in hand."""

from __future__ import annotations

import argparse

import msgspec

from core.film.text import clean
from core.folder import layout
from core.folder.queue import Held, Queue, change_queue, hold
from reeltui.cli import say
from reeltui.cli.common import add_json, add_reel, library_of
from reeltui.cli.finish import command
from reeltui.cli.queue import meant, outside, warn

_EXAMPLES = """\
examples:
  reeltui pause tokyo-night              finish the step in hand, then hold the reel
  reeltui pause tokyo-night --now        drop the step in hand; everything finished is kept
  reeltui resume tokyo-night             let it go on
"""


class Paused(msgspec.Struct, frozen=True):
    """The answer: its place in the queue, and whether a worker is making it at this moment."""

    reel: str
    path: str
    place: int | None
    held: str
    drop: bool
    running: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Hold a reel: it keeps its place in the queue and is not worked on until it is resumed."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    parser.add_argument("--now", action="store_true", help="do not finish the step in hand, drop it")
    add_json(parser, "the answer")


def run(args: argparse.Namespace) -> int:
    """Hold the reel."""
    reel = meant(args.reel, library_of(args))
    key = reel.queued().key

    def change(now: Queue) -> Queue:
        here = now.entry(key)
        dropping = here is not None and here.held is not Held.NO and here.drop
        return hold(now, key, Held.PAUSED, drop=args.now or dropping)

    now = change_queue(reel.library, change)
    warn(now.warning)
    if reel.foreground:
        raise outside(reel, "is held in the queue, but goes on until that process ends")
    entry, place = now.entry(key), now.place(key)
    running = reel.holder is not None
    root = reel.root or reel.library / reel.name
    drop = entry is not None and entry.drop
    if args.json:
        say.result(Paused(root.name, str(root), place, Held.PAUSED.value, drop, running))
        return 0
    name = clean(reel.name)
    if running:
        how = "; its step in hand is dropped" if drop else " as soon as its step in hand is done"
    else:
        how = f" at place {place} of the queue"
    gone = "" if (root / layout.REEL_FILE).exists() else " (its folder is gone)"
    say.text(f"{name} is paused{how}{gone}. Go on with: {command('resume', root)}")
    return 0
