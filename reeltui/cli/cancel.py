"""`reeltui cancel`: takes a reel out of the queue; a worker that makes it drops the step in hand at once."""

from __future__ import annotations

import argparse

import msgspec

from core.film.text import clean
from reeltui.acts.line import cancel, meant
from reeltui.cli import say
from reeltui.cli.common import add_json, add_reel, library_of
from reeltui.command import command

_EXAMPLES = """\
examples:
  reeltui cancel tokyo-night       out of the queue; nothing that is finished is lost
  reeltui resume tokyo-night       go on with it after all
"""


class CancelTold(msgspec.Struct, frozen=True):
    """The answer: whether a worker was making it at that moment."""

    reel: str
    path: str
    running: bool
    cancelled: bool = True


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Stop a reel and take it out of the queue. Everything finished is kept; the folder stays."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    add_json(parser, "the answer")


def run(args: argparse.Namespace) -> int:
    """Take the reel out of the queue."""
    reel = meant(args.reel, library_of(args))
    say.warnings(reel.warnings)
    cancelled = cancel(reel)
    say.warnings(cancelled.warnings)
    root = cancelled.root
    if args.json:
        say.result(CancelTold(root.name, str(root), cancelled.running))
        return 0
    name = clean(reel.name)
    if cancelled.gone:
        say.text(f"{name} left the queue; its folder is gone")
        return 0
    dropped = "; its step in hand is dropped" if cancelled.running else ""
    say.text(f"{name} left the queue{dropped}; everything finished is kept. Go on with: {command('resume', root)}")
    return 0
