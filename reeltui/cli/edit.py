"""`reeltui edit`: changes a shot's words, after showing what becomes stale and what redoing it will cost."""

from __future__ import annotations

import argparse
import sys

import msgspec

from core.film.errors import BadInput, PersonNeeded
from core.film.plan import Plan, decode_plan, encode_plan
from core.film.text import clean
from core.folder.plans import save_plan
from core.pipeline.impact import Impact, impact, phrases
from core.worker.records import utc_now
from reeltui.cli import say
from reeltui.cli.common import add_json, add_reel, open_reel
from reeltui.cli.finish import command

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
    opened = open_reel(args)
    plan = opened.snapshot.plan
    if opened.snapshot.plan_error:
        raise BadInput(opened.snapshot.plan_error, remedy="correct plan.json first, or resume with --keep-plan")
    if plan is None:
        raise BadInput(
            f"{opened.root.name} has no plan yet", remedy=f"make one first: {command('resume', opened.root)}"
        )
    if args.prompt is None and args.narration is None:
        raise BadInput("there is nothing to change", remedy="give --prompt or --narration")
    changed = edited(plan, args.shot, prompt=args.prompt, narration=args.narration)
    if changed == plan:
        say.note("Nothing changes: the shot says that already.")
        return 0
    effect = impact(opened.snapshot, changed, opened.lineup, opened.wording, opened.rates)
    for line in describe(effect):
        say.note(line)
    saved = args.yes or _agreed()
    if saved:
        save_plan(opened.root, changed, expect=opened.snapshot.plan_sha, verb="edit", now=utc_now())
        say.note(f"Saved. Make it: {command('resume', opened.root)}")
    if args.json:
        say.result({"type": "impact", "saved": saved, "impact": effect})
    if not saved:
        raise PersonNeeded("nothing was saved", remedy="add --yes to save")
    return 0


def edited(plan: Plan, index: int, *, prompt: str | None, narration: str | None) -> Plan:
    """Return the plan with a shot's words changed. Raises BadInput where the result is no legal plan."""
    place = plan.position(index)
    shots, lines = list(plan.shots), list(plan.vo_script_per_shot)
    if prompt is not None:
        shots[place] = msgspec.structs.replace(shots[place], prompt=clean(prompt))
    if narration is not None:
        lines[place] = clean(narration)
    return decode_plan(encode_plan(msgspec.structs.replace(plan, shots=tuple(shots), vo_script_per_shot=tuple(lines))))


def describe(effect: Impact) -> list[str]:
    """Return an impact as lines for a person."""
    lines = []
    if effect.redo:
        sure = "" if effect.cost.measured else ", not yet measured on this machine"
        lines.append(f"To make again: {phrases(effect.redo)}: about {say.seconds(effect.cost.seconds)}{sure}")
    if effect.restore:
        lines.append(f"Comes back from the history without work: {phrases(effect.restore)}")
    if effect.stale:
        lines.append(f"Stays usable, though made from something that changes: {phrases(effect.stale)}")
    return lines or ["Nothing has to be made again."]


def _agreed() -> bool:
    if not sys.stdin.isatty():
        return False
    sys.stderr.write("Save this? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
