"""`reeltui resume`: goes on with a reel after a stop, a crash, an edit or an approval."""

from __future__ import annotations

import argparse

from core.folder.library import find_reel
from reeltui.acts.resume import REDO, prepare, put_back_plan
from reeltui.cli.background import Where, add_where, hand_over, where_of
from reeltui.cli.common import add_json, add_reel, library_of
from reeltui.cli.finish import run_reel

_EXAMPLES = """\
examples:
  reeltui resume tokyo-night                     do what is due; nothing finished is done again
  reeltui resume tokyo-night --redo upstream     also make again what was made from pictures that changed since
  reeltui resume tokyo-night --keep-plan         plan.json was edited badly: go on with the last good plan
  reeltui resume tokyo-night --detach            hand it to the background worker and come back to the shell
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Go on with a reel. A reel that waits at its review gate is approved by this."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    parser.add_argument(
        "--redo",
        choices=sorted(REDO),
        action="append",
        default=[],
        help="also make again what is stale but still usable",
    )
    parser.add_argument("--keep-plan", action="store_true", help="put a bad plan.json aside and use the last good plan")
    add_where(parser)
    add_json(parser, "every event and the result, a line each,")


def run(args: argparse.Namespace) -> int:
    """Go on with a reel."""
    where = where_of(args)
    root = find_reel(args.reel, library_of(args))
    opened = prepare(root, redo=[REDO[word] for word in args.redo], keep_plan=args.keep_plan)
    if where is Where.HERE:
        return run_reel(root, opened.lineup, verb="resume", as_json=args.json, keep_plan=args.keep_plan)
    if args.keep_plan and opened.snapshot.plan_error:
        put_back_plan(root)
    return hand_over(root, opened.lineup, as_json=args.json, stay=where is Where.FOLLOWED)
