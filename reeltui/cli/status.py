"""`reeltui status`: everything about one reel."""

from __future__ import annotations

import argparse

from core.film.text import clean
from core.pipeline.board import Status
from core.pipeline.impact import phrase
from core.pipeline.report import ShotReport, StatusReport
from reeltui.cli import say
from reeltui.cli.common import add_json, add_reel, open_reel

_EXAMPLES = """\
examples:
  reeltui status tokyo-night
  reeltui status tokyo-night --json | python3 -m json.tool      every field is described in docs/cli.md
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Show everything about a reel: phases, takes, what is stale, what is due. Changes nothing."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    add_json(parser, "the whole status")


def run(args: argparse.Namespace) -> int:
    """Print the status."""
    status = open_reel(args).status()
    if args.json:
        say.result(status)
        return 0
    for line in describe(status):
        say.text(line)
    return 0


def describe(status: StatusReport) -> list[str]:
    """Return a status as lines for a person; every word from a file is cleaned."""
    lines = [
        f"{clean(status.reel)}   {status.state}" + (f" by {clean(status.held_by)}" if status.held_by else ""),
        f"  {clean(status.sentence, limit=200)}",
        f"  {clean(status.path)}   engine {status.engine}, preset {status.preset}, language {status.vo_lang or '?'}",
    ]
    if status.plan_error:
        lines.append(
            f"  plan.json is refused: {clean(status.plan_error, limit=300)}; the last good plan stays in force"
        )
    if status.waits_for:
        lines.append(f"  waits for approval of the {status.waits_for}; `reeltui resume` approves it")
    lines.append("")
    for phase in status.phases:
        spent = say.seconds(phase.seconds) if phase.seconds else ""
        lines.append(f"  {phase.name.value:<10} {phase.state:<12} {phase.done:>2}/{phase.total:<3} {spent}".rstrip())
    if status.shots:
        lines.append("")
        for shot in status.shots:
            lines.extend(_shot_lines(shot))
    lines.extend(_due_lines(status))
    lines.extend(_output_lines(status))
    return lines


def _shot_lines(shot: ShotReport) -> list[str]:
    ships = f"take {shot.shipped_take} ships ({shot.shipped_why})" if shot.shipped_take else "no take yet"
    over = f"   narration {shot.overrun_seconds:.1f} s too long" if shot.overrun_seconds else ""
    lines = [f"  shot {shot.index}   {ships}{over}   {clean(shot.narration, limit=70)}"]
    for take in shot.takes:
        mark = f"{take.overall:.1f}" if take.overall is not None else "-"
        labels = " ".join(clean(label) for label in take.labels)
        lines.append(f"    take {take.number}   {take.state:<9} {mark:>4}   {labels}".rstrip())
    return lines


def _due_lines(status: StatusReport) -> list[str]:
    due = [step for step in status.steps if step.due]
    stale = [s for s in status.steps if not s.due and s.status in (Status.UPSTREAM, Status.OTHER_SETTINGS)]
    lines = []
    if due:
        names = ", ".join(phrase(step.id) for step in due[:12]) + (" ..." if len(due) > 12 else "")
        lines += ["", f"  due: {names}   about {say.seconds(status.eta_seconds)}"]
        lines += [
            f"    {phrase(step.id)}: {step.status.value}, {clean(step.why, limit=200)}" for step in due if step.why
        ][:12]
    if stale:
        lines += ["", "  still usable, but made from something that changed since:"]
        lines += [f"    {phrase(step.id)}: {step.status.value}, {clean(step.why, limit=200)}" for step in stale]
    for step, reason in status.failures.items():
        lines.append(f"  failed: {clean(phrase(step))}: {clean(reason, limit=300)}")
    return lines


def _output_lines(status: StatusReport) -> list[str]:
    output = status.output
    if output is None:
        return []
    stale = "" if output.current else "   (older than the last changes)"
    return [
        "",
        f"  {clean(output.path)}{stale}",
        f"  {say.figures(output)}",
    ]
