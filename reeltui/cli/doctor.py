"""`reeltui doctor`: looks at this machine and says what is wrong, and what to do about it."""

from __future__ import annotations

import argparse
import os
import shutil

from core.film.errors import PersonNeeded
from reeltui import __version__
from reeltui.cli import say
from reeltui.cli.common import add_json, add_library, library_of
from reeltui.cli.doctor_lines import check_lines, heading, summary
from reeltui.doctor.check import Check, State, sum_up
from reeltui.doctor.diagnose import diagnose

_EXAMPLES = """\
examples:
  reeltui doctor                      everything, as it is found
  reeltui doctor --library /srv/reels
  reeltui doctor --json | python3 -m json.tool

marks: ok  nothing to do; WARN  it works, and something is worth doing; BAD  reels cannot be made, or may be lost;
?  it could not be found out. Exit code 0 where nothing is BAD, else 3: a person is needed.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Check this machine: Python, ffmpeg, settings, devices and memory, models, disk, worker, terminal. "
        "Changes nothing."
    )
    parser.epilog = _EXAMPLES
    add_library(parser)
    add_json(parser, "all checks")


def run(args: argparse.Namespace) -> int:
    """Print every check; return 3 where one is bad."""
    library = library_of(args)
    found: list[Check] = []
    width = shutil.get_terminal_size().columns
    for check in diagnose(library):
        if not args.json:
            _show(check, found[-1] if found else None, width)
        found.append(check)
    diagnosis = sum_up(__version__, os.fspath(library), found)
    if args.json:
        say.result(diagnosis)
    else:
        say.text()
        say.text(summary(diagnosis))
    return PersonNeeded.exit_code if diagnosis.worst is State.BAD else 0


def _show(check: Check, before: Check | None, width: int) -> None:
    if before is None or check.group is not before.group:
        if before is not None:
            say.text()
        say.text(heading(check.group))
    for line in check_lines(check, width):
        say.text(line)
