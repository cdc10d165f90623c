"""`reeltui verify`: hashes and decodes everything of one reel and reports; changes nothing."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

from core.film.errors import DiskTrouble
from core.film.text import clean
from core.folder import layout
from core.folder.library import find_reel
from core.folder.lock import holder_of
from core.pipeline.impact import phrase
from core.worker.findings import Finding, Item, VerifyReport, sum_up
from core.worker.look import Eyes
from core.worker.verify import Verifier
from reeltui.cli import say
from reeltui.cli.common import add_json, add_reel, library_of
from reeltui.command import command

_EXAMPLES = """\
examples:
  reeltui verify tokyo-night
  reeltui verify tokyo-night --json | python3 -m json.tool      every file and what was found

exit codes:
  0 everything is whole   5 something is damaged: `reeltui resume` moves it aside and makes it again
"""

_CLEAR = "\r\x1b[K"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Check every receipt, hash and decode every file of a reel, its journals and its history. Changes nothing, "
        "and may run while a worker makes the reel."
    )
    parser.epilog = _EXAMPLES
    add_reel(parser)
    add_json(parser, "the whole report")


def run(args: argparse.Namespace) -> int:
    """Verify a reel; return 5 where something is damaged."""
    root = find_reel(args.reel, library_of(args))
    holder = holder_of(root / layout.LOCK)
    if holder is not None:
        say.note(f"{clean(root.name)} is being worked on by {clean(str(holder))}; what is under way is only noted.")
    show = _progress()
    items = []
    with Eyes(Path(os.devnull)) as eyes:
        for item in Verifier(root, eyes.look).run():
            items.append(item)
            show(item.path)
    show("")
    report = sum_up(root, items)
    if args.json:
        say.result(report)
    else:
        for line in describe(report):
            say.text(line)
    if report.whole:
        return 0
    say.note(f"reeltui: {advice(report, root)}")
    return DiskTrouble.exit_code


def describe(report: VerifyReport) -> list[str]:
    """Return a report as lines for a person; every word from a file is cleaned."""
    lines = []
    for finding, head in ((Finding.PROBLEM, "Damaged:"), (Finding.NOTE, "Worth knowing:")):
        found = [item for item in report.items if item.finding is finding]
        if found:
            lines += [head, *(_line(item) for item in found), ""]
    count = "1 file" if report.files == 1 else f"{report.files} files"
    end = "everything is whole" if report.whole else f"{report.problems} not"
    return [*lines, f"{clean(report.reel)}: {count} whole, {say.size(report.bytes)}; {end}"]


def advice(report: VerifyReport, root: Path) -> str:
    """Return what to do about a reel in which something is damaged, in one line."""
    count = "1 thing" if report.problems == 1 else f"{report.problems} things"
    return (
        f"{clean(root.name)}: {count} damaged (`{command('resume', root)}` moves damaged artifacts aside and makes "
        "them again; what it cannot mend says so above)"
    )


def _line(item: Item) -> str:
    what = f" ({clean(phrase(item.step))})" if item.step else ""
    remedy = f"; {item.remedy}" if item.remedy else ""
    return f"  {clean(item.path, limit=120)}{what}: {clean(item.text + remedy, limit=400)}"


def _progress() -> Callable[[str], None]:
    """Return what shows the file just looked at: one line that is written over on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        return lambda path: None

    def show(path: str) -> None:
        sys.stderr.write(_CLEAR + clean(path, limit=70))
        sys.stderr.flush()

    return show
