"""`reeltui desk`: opens the terminal app."""

from __future__ import annotations

import argparse

from core.folder.library import find_reel
from reeltui.cli.common import add_library, library_of

_EXAMPLES = """\
examples:
  reeltui desk                   open the library, as `reeltui` alone does
  reeltui desk tokyo-night       open one reel
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Open the desk, the full-screen app: watch reels being made, judge takes, change words."
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "reel", metavar="REEL", nargs="?", help="name of a reel, or path of its folder, to open at once"
    )
    add_library(parser)


def run(args: argparse.Namespace) -> int:
    """Open the desk; return when it is closed."""
    from reeltui.start import open_desk

    library = library_of(args)
    return open_desk(library, reel=find_reel(args.reel, library) if args.reel else None)
