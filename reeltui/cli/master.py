"""`reeltui master`: a person's own picture as the master of a character, the group or the place."""

from __future__ import annotations

import argparse

from core.folder import layout
from reeltui.cli.common import add_json, add_reel
from reeltui.cli.deciding import root_of, settle
from reeltui.cli.keyframe import add_picture, own_picture

_EXAMPLES = """\
examples:
  reeltui master tokyo-night A --image ~/aiko.jpg        this is what character A looks like
  reeltui master tokyo-night scene --image ~/street.png  and this is the place
  reeltui master tokyo-night A --remove                  the painted one comes back, without work

What was painted from the old master stays usable; `reeltui resume --redo upstream` paints it again.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Replace a master by your own picture: of a character (A, B, ...), the group or the scene."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    parser.add_argument("name", metavar="A|group|scene", help="a character's letter in plan.json, group or scene")
    add_picture(parser)
    add_json(parser, "what was written down and what follows")


def run(args: argparse.Namespace) -> int:
    """Write down what the master is to be."""
    name = args.name.upper() if len(args.name) == 1 else args.name.lower()
    root = root_of(args)
    return settle(root, own_picture(root, layout.master(name), args), as_json=args.json)
