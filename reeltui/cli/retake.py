"""`reeltui retake`: a person asks for one more take of a shot."""

from __future__ import annotations

import argparse

from reeltui.acts.decide import retake
from reeltui.cli.deciding import add_note, add_shot, note_of, root_of, settle

_EXAMPLES = """\
examples:
  reeltui retake tokyo-night 3
  reeltui retake tokyo-night 3 --note "she walks more slowly"     the words go into the prompt of that take

Every take is kept; the better one ships. Approving or choosing a take meanwhile takes the wish back.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Ask for one more take of a shot, with another seed and, with --note, your own words."
    parser.epilog = _EXAMPLES
    add_shot(parser)
    add_note(parser, "how it should differ, in words the take is asked with")


def run(args: argparse.Namespace) -> int:
    """Write the wish down."""
    note = note_of(args)
    return settle(root_of(args), retake(args.shot, note), as_json=args.json)
