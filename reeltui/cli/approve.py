"""`reeltui approve`: a person says that a take is good, or lets a reel pass its review gate."""

from __future__ import annotations

import argparse

from core.film.errors import BadInput
from reeltui.acts.decide import approve, pass_gate
from reeltui.cli.common import add_reel
from reeltui.cli.deciding import add_note, add_take, note_of, root_of, settle

_EXAMPLES = """\
examples:
  reeltui approve tokyo-night 3             the take of shot 3 that ships is good; it is never rendered again by itself
  reeltui approve tokyo-night 3 --take 1    take 1 is
  reeltui approve tokyo-night               pass the gate the reel waits at: its plan, keyframes or shots

`reeltui undo` takes it back.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Approve a take of a shot, or without a shot everything the reel's review gate waits for."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    parser.add_argument("shot", metavar="SHOT", type=int, nargs="?", help="index of the shot, as in plan.json")
    add_take(parser)
    add_note(parser, "your own words, kept with the decision")


def run(args: argparse.Namespace) -> int:
    """Write the approval down."""
    note = note_of(args)
    if args.shot is None and (args.take is not None or note):
        raise BadInput("a take or a note is about one shot", remedy="name the shot: reeltui approve REEL SHOT")
    word = pass_gate() if args.shot is None else approve(args.shot, args.take, note)
    return settle(root_of(args), word, as_json=args.json)
