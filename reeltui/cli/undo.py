"""`reeltui undo`: takes the last decision about a reel back."""

from __future__ import annotations

import argparse

from reeltui.acts.decide import undo
from reeltui.cli.common import add_json, add_reel
from reeltui.cli.deciding import root_of, settle

_EXAMPLES = """\
examples:
  reeltui undo tokyo-night     says what it takes back; said again, it takes back the one before
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Take the last decision in force back. What it replaced comes back without rendering."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    add_json(parser, "what was taken back and what follows")


def run(args: argparse.Namespace) -> int:
    """Write the taking back down."""
    return settle(root_of(args), undo(), as_json=args.json)
