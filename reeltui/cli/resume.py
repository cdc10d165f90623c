"""`reeltui resume`: goes on with a reel after a stop, a crash, an edit or an approval."""

from __future__ import annotations

import argparse
import uuid

from core.engines.registry import choose_engine
from core.film.decision import Decision, Kind
from core.film.errors import BadInput
from core.film.lineup import Phase
from core.folder import layout
from core.folder.decisions import say_decision
from core.pipeline.board import Status
from core.pipeline.decide import pass_gate
from core.pipeline.steps import clip_content
from core.worker.records import utc_now
from reeltui.cli.background import Where, add_where, hand_over, put_back_plan, where_of
from reeltui.cli.common import Opened, add_json, add_reel, open_reel
from reeltui.cli.deciding import stamp
from reeltui.cli.finish import run_reel

_EXAMPLES = """\
examples:
  reeltui resume tokyo-night                     do what is due; nothing finished is done again
  reeltui resume tokyo-night --redo upstream     also make again what was made from pictures that changed since
  reeltui resume tokyo-night --keep-plan         plan.json was edited badly: go on with the last good plan
  reeltui resume tokyo-night --detach            hand it to the background worker and come back to the shell
"""

_REDO = {"upstream": Status.UPSTREAM, "settings": Status.OTHER_SETTINGS}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Go on with a reel. A reel that waits at its review gate is approved by this."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    parser.add_argument(
        "--redo",
        choices=sorted(_REDO),
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
    opened = open_reel(args)
    if opened.snapshot.plan_error and not args.keep_plan and (opened.root / layout.PLAN_FILE).exists():
        stays = "; the last good plan stays in force" if opened.snapshot.plan else ""
        raise BadInput(opened.snapshot.plan_error + stays, remedy="correct plan.json, or resume with --keep-plan")
    waits = opened.board.gate and opened.board.idle(opened.snapshot.failures)
    if waits and opened.snapshot.holder is None:
        say_decision(opened.root, pass_gate(opened.snapshot, opened.board, stamp()))
    for word in args.redo:
        _ask_again(opened, _REDO[word])
    lineup = choose_engine(opened.snapshot.reel.settings.engine)
    if where is Where.HERE:
        return run_reel(opened.root, lineup, verb="resume", as_json=args.json, keep_plan=args.keep_plan)
    if args.keep_plan and opened.snapshot.plan_error:
        put_back_plan(opened.root)
    return hand_over(opened.root, lineup, as_json=args.json, stay=where is Where.FOLLOWED)


def _id() -> str:
    return uuid.uuid4().hex[:12]


def _ask_again(opened: Opened, status: Status) -> None:
    """Write down that everything of a status is to be made again; so a stop in the middle forgets nothing."""
    retaken: set[int] = set()
    plan = opened.snapshot.plan
    for state in opened.board.steps:
        step = state.step
        if state.status is not status or state.due or step.phase in (Phase.PLAN, Phase.CRITIQUE, Phase.MIX):
            continue
        if step.phase is not Phase.ANIMATE:
            receipt = opened.snapshot.artifacts[step.id].receipt
            seal = receipt.seal if receipt else ""
            say_decision(opened.root, Decision(_id(), Kind.REDO, utc_now(), step=step.id, seen=seal))
        elif step.shot is not None and step.shot not in retaken and plan is not None:
            shot = opened.board.shots[plan.position(step.shot)]
            if shot.ships == step.take:
                retaken.add(step.shot)
                content = clip_content(plan.shots[shot.position])
                newest = max((judged.take.number for judged in shot.takes), default=0)
                again = Decision(_id(), Kind.RETAKE, utc_now(), shot=step.shot, content=content, seen=str(newest))
                say_decision(opened.root, again)
