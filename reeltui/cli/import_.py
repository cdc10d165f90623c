"""`reeltui import`: brings a StudioMI300 output folder in as a reel."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from core.engines.registry import choose_engine
from core.engines.wording import load_wording
from core.film.text import clean
from core.pipeline.impact import phrase, phrases
from core.places import at_home
from core.worker.import_studio import ImportReport, import_studio
from core.worker.look import Eyes
from core.worker.studio_carry import Brought, Outcome
from reeltui.cli import say
from reeltui.cli.common import add_json, add_library, library_of
from reeltui.command import command

_EXAMPLES = """\
examples:
  reeltui import outputs/my_reel
  reeltui import /data/studio/jobs/a3f9c1d2b6e8 --name tokyo --json

Whole files become artifacts and are not made again. A file that is cut short, damaged, or shorter than its like is
not taken: a copy is kept in .history/damaged, and `reeltui resume` makes it again. A clip counts as judged only where
the log has a verdict that was given for that very clip; any other is judged by resume. The folder itself is only read.
"""

_SHOWN = 30  # names of one kind; the rest is counted


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Make a reel of a StudioMI300 output folder: its plan, pictures, clips, verdicts and sounds."
    parser.epilog = _EXAMPLES
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="output folder of one reel; only read")
    add_library(parser)
    parser.add_argument("--name", metavar="N", help="folder name of the reel (default: from the sentence)")
    add_json(parser, "the report")


def run(args: argparse.Namespace) -> int:
    """Import a folder."""
    lineup, wording = choose_engine("animatic"), load_wording()
    folder = at_home(args.folder)
    say.note(f"Looking at every file of {clean(str(folder), limit=200)}")
    with Eyes(Path(os.devnull)) as eyes:
        report = import_studio(folder, library_of(args), lineup, wording, eyes, name=args.name)
    if args.json:
        say.result(report)
        return 0
    for line in describe(report):
        say.text(line)
    return 0


def describe(report: ImportReport) -> list[str]:
    """Return a report as lines for a person; every word from the folder is cleaned."""
    head = f"preset {report.preset}, {report.width}x{report.height}, language {report.vo_lang}"
    lines = [report.path, f"  {clean(report.sentence, limit=200)}", f"  {head}", ""]
    for outcome in Outcome:
        found = [brought for brought in report.files if brought.outcome is outcome]
        lines += [_line(brought) for brought in found[:_SHOWN]]
        if len(found) > _SHOWN:
            lines.append(f"  {outcome.value:<9} {len(found) - _SHOWN} more")
    if report.dropped:
        lines += ["", f"  fields of the plan that mean nothing here were dropped: {', '.join(report.dropped)}"]
    if report.due:
        sure = "" if report.ahead.measured else ", not yet measured on this machine"
        lines += [
            "",
            f"resume will make: {phrases(report.due)}",
            f"  about {say.seconds(report.ahead.seconds)}{sure}: {command('resume', Path(report.path))}",
        ]
    return lines


def _line(brought: Brought) -> str:
    step = phrase(brought.step) if brought.step else ""
    reason = f"  {clean(brought.reason, limit=300)}" if brought.reason else ""
    return f"  {brought.outcome.value:<9} {clean(brought.source, limit=80):<24} {step:<12}{reason}".rstrip()
