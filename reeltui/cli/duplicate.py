"""`reeltui duplicate`: makes a new reel after another one."""

from __future__ import annotations

import argparse

import msgspec

from core.film.text import clean
from core.folder import layout
from core.folder.library import find_reel
from reeltui.acts.shelf import duplicate
from reeltui.cli import say
from reeltui.cli.common import add_json, add_reel, library_of
from reeltui.command import command

_EXAMPLES = """\
examples:
  reeltui duplicate tokyo-night                    tokyo-night-2: the same words and settings, nothing made yet
  reeltui duplicate tokyo-night --name tokyo-rain  under a name of your own
  reeltui duplicate tokyo-night --with-takes       with all that is finished, to try other words or takes on

The reel it is made after is only read.
"""


class DuplicateTold(msgspec.Struct, frozen=True, tag="duplicate"):
    """The answer: who it is, after whom, the finished steps and bytes it took over, and what was `left` and why."""

    reel: str
    path: str
    source: str
    steps: tuple[str, ...]
    bytes: int
    left: tuple[str, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Make a new reel with the sentence, settings, plan and own pictures of another one."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    parser.add_argument("--name", metavar="N", help="folder name of the new reel (default: the other one's, numbered)")
    parser.add_argument("--with-takes", action="store_true", help="also copy everything that is finished and was said")
    add_json(parser, "the answer")


def run(args: argparse.Namespace) -> int:
    """Duplicate the reel."""
    source = find_reel(args.reel, library_of(args))
    made = duplicate(source, name=args.name, with_takes=args.with_takes)
    root = made.root
    for left in made.warnings:
        say.note(f"left out: {clean(left, limit=600)}")
    if args.json:
        told = DuplicateTold(root.name, str(root), source.name, made.steps, made.bytes, made.warnings)
        say.result(told)
        return 0
    took = f", with {len(made.steps)} finished steps ({say.size(made.bytes)})" if args.with_takes else ""
    say.text(f"{clean(root.name)} is a copy of {clean(source.name)}{took}")
    if (root / layout.PLAN_FILE).exists():
        say.text(f"  change its words in {root / layout.PLAN_FILE}")
    say.text(f"  make it: {command('resume', root)}")
    return 0
