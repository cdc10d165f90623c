"""`reeltui choose`: a person lets a take ship without calling it good."""

from __future__ import annotations

import argparse

from reeltui.acts.decide import choose
from reeltui.cli.deciding import add_note, add_shot, note_of, root_of, settle

_EXAMPLES = """\
examples:
  reeltui choose tokyo-night 3 --take 2     take 2 ships, whatever the critic says; no other is rendered
  reeltui takes tokyo-night 3               what there is to choose from
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Let a take of a shot ship, passed or not. No other is rendered unless you ask for one."
    parser.epilog = _EXAMPLES
    add_shot(parser)
    parser.add_argument("--take", type=int, metavar="N", required=True, help="number of the take that is to ship")
    add_note(parser, "your own words, kept with the decision")


def run(args: argparse.Namespace) -> int:
    """Write the choice down."""
    note = note_of(args)
    return settle(root_of(args), choose(args.shot, args.take, note), as_json=args.json)
