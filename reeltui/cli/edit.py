"""`reeltui edit`: changes a shot's words, after showing what becomes stale and what redoing it will cost."""

from __future__ import annotations

import argparse
import sys

from core.film.errors import PersonNeeded
from core.folder.library import find_reel
from reeltui.acts.edit import describe, propose, save
from reeltui.cli import say
from reeltui.cli.common import add_json, add_reel, library_of
from reeltui.command import command

_EXAMPLES = """\
examples:
  reeltui edit tokyo-night --shot 3 --narration "彼女は走り出した。"
  reeltui edit tokyo-night --shot 2 --prompt "Pan left. ..." --yes

The old words stay in the history: editing them back brings the old picture and clip back without work.
Everything else in plan.json can be changed in any editor; docs/plan.md describes it.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Change a shot's prompt or narration. Shows what becomes stale and what redoing it costs first."
    )
    parser.epilog = _EXAMPLES
    add_reel(parser)
    parser.add_argument("--shot", type=int, required=True, metavar="I", help="index of the shot, as in plan.json")
    parser.add_argument("--prompt", metavar="T", help="the new prompt")
    parser.add_argument("--narration", metavar="T", help="the new narration line (empty: no line)")
    parser.add_argument("--yes", action="store_true", help="save without asking")
    add_json(parser, "the impact")


def run(args: argparse.Namespace) -> int:
    """Edit a shot."""
    root = find_reel(args.reel, library_of(args))
    edit = propose(root, args.shot, prompt=args.prompt, narration=args.narration)
    if edit.same:
        say.note("Nothing changes: the shot says that already.")
        return 0
    for line in describe(edit.impact):
        say.note(line)
    saved = args.yes or _agreed()
    if saved:
        save(edit)
        say.note(f"Saved. Make it: {command('resume', root)}")
    if args.json:
        say.result({"type": "impact", "saved": saved, "impact": edit.impact})
    if not saved:
        raise PersonNeeded("nothing was saved", remedy="add --yes to save")
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    sys.stderr.write("Save this? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
