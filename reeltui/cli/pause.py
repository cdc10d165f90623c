"""`reeltui pause`: holds a reel in the queue; a worker that makes it ends after the step in hand."""

from __future__ import annotations

import argparse

import msgspec

from core.film.text import clean
from core.folder.queue import Held
from reeltui.acts.line import meant, pause
from reeltui.cli import say
from reeltui.cli.common import add_json, add_reel, library_of
from reeltui.command import command

_EXAMPLES = """\
examples:
  reeltui pause tokyo-night              finish the step in hand, then hold the reel
  reeltui pause tokyo-night --now        drop the step in hand; everything finished is kept
  reeltui resume tokyo-night             let it go on
"""


class PauseTold(msgspec.Struct, frozen=True):
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
    say.warnings(reel.warnings)
    paused = pause(reel, drop=args.now)
    say.warnings(paused.warnings)
    root, place = paused.root, paused.place
    if args.json:
        told = PauseTold(root.name, str(root), place, Held.PAUSED.value, paused.drop, paused.running)
        say.result(told)
        return 0
    if paused.running:
        how = "; its step in hand is dropped" if paused.drop else " as soon as its step in hand is done"
    else:
        how = f" at place {place} of the queue"
    gone = " (its folder is gone)" if paused.gone else ""
    say.text(f"{clean(reel.name)} is paused{how}{gone}. Go on with: {command('resume', root)}")
    return 0
