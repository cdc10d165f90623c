"""`reeltui status`: everything about one reel."""

from __future__ import annotations

import argparse
import time

from core.film.event import Event
from core.film.gauge import Gauge
from core.film.settings import Review
from core.film.text import clean
from core.folder import layout
from core.folder.journal import Journal
from core.pipeline.board import Status
from core.pipeline.impact import phrase
from core.pipeline.report import ShotReport, StatusReport
from core.worker.follow import why_idle
from reeltui.cli import say
from reeltui.cli.background import follow_reel
from reeltui.cli.common import add_json, add_reel, open_reel

_EXAMPLES = """\
examples:
  reeltui status tokyo-night
  reeltui status tokyo-night --follow                           watch it until its run ends; Ctrl-C only stops watching
  reeltui status tokyo-night --json | python3 -m json.tool      every field is described in docs/cli.md
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Show everything about a reel: phases, takes, what is stale, what is due. Changes nothing."
    parser.epilog = _EXAMPLES
    add_reel(parser)
    parser.add_argument("--follow", action="store_true", help="show how it goes until its run ends")
    add_json(parser, "the whole status (with --follow every event and the result, a line each)")


def run(args: argparse.Namespace) -> int:
    """Print the status, or follow the reel."""
    opened = open_reel(args)
    if args.follow:
        # Before it is asked whether anybody works on it: what is said after that is not missed.
        since = Journal(opened.root / layout.EVENTS, Event).end()
        idle = why_idle(opened.root)
        if not idle:
            return follow_reel(opened.root, since, as_json=args.json)
        say.note(f"{clean(opened.snapshot.reel.name)}: {clean(idle, limit=400)}")
    status = opened.status()
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
        all_of_it = "it" if status.waits_for == Review.PLAN else "all of them"
        lines.append(f"  waits for approval of the {status.waits_for}; `reeltui resume` approves {all_of_it}")
    lines.append("")
    for phase in status.phases:
        spent = say.seconds(phase.seconds) if phase.seconds else ""
        left = say.eta(phase.eta_seconds, phase.eta_low, phase.eta_high) if phase.eta_seconds else ""
        counts = f"{phase.done:>2}/{phase.total:<3}"
        lines.append(f"  {phase.name.value:<10} {phase.state:<12} {counts} {spent:<12} {left}".rstrip())
    lines.extend(_running_lines(status))
    if status.shots:
        lines.append("")
        for shot in status.shots:
            lines.extend(_shot_lines(shot))
    lines.extend(_due_lines(status))
    lines.extend(_output_lines(status))
    return lines


def _running_lines(status: StatusReport) -> list[str]:
    if not status.running:
        return []
    lines = [""]
    for one in status.running:
        note = f"   {clean(one.note, limit=60)}" if one.note else ""
        what = f"{clean(phrase(one.step))} on {clean(one.device)}" if one.device else clean(phrase(one.step))
        planned = f", {say.size(one.planned)} planned" if one.planned else ""
        planned += f", {say.size(one.held)} held" if one.held is not None else ""
        lines.append(f"  {say.bar(one.fraction)} {one.fraction:>4.0%}  {what}, {one.doing}{planned}{note}")
    lines += [_device_line(gauge) for gauge in status.gauges if gauge.used is not None]
    if status.eta_seconds is not None:
        lines.append(f"  {say.eta(status.eta_seconds, status.eta_low, status.eta_high)} left")
    if status.stale and status.live_at is not None:
        age = say.seconds(max(0.0, time.time() - status.live_at))
        lines.append(f"  this is {age} old: its worker hangs or is stopped; see `reeltui worker logs`")
    return lines


def _device_line(gauge: Gauge) -> str:
    assert gauge.used is not None, "only what is known is shown"
    of = f" of {say.size(gauge.total)}" if gauge.total else ""
    unreal = " (simulated)" if gauge.simulated else ""
    return f"  {clean(gauge.device)}{unreal} holds {say.size(gauge.used)}{of}"


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
    held = ", ".join(phrase(step.id) for step in status.steps if step.held)
    if held:
        lines += ["", f"  waiting behind it: {held}" if status.waits_for else f"  held for review: {held}"]
    if due:
        names = ", ".join(phrase(step.id) for step in due[:12]) + (" ..." if len(due) > 12 else "")
        lines += ["", f"  due: {names}   {say.eta(status.eta_seconds, status.eta_low, status.eta_high)}"]
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
