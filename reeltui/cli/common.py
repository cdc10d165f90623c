"""What several verbs share: the arguments that name a library and a reel, and finding what they mean."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.folder.library import find_reel
from core.folder.snapshot import Checker, check_size
from core.places import at_home, library_dir
from reeltui.acts.opened import Opened, open_root


def add_library(parser: argparse.ArgumentParser) -> None:
    """Add --library."""
    parser.add_argument(
        "--library",
        metavar="DIR",
        type=Path,
        default=None,
        help="folder of the reels (default: $REELTUI_LIBRARY, or ~/reels)",
    )


def add_json(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help=f"print {what} as JSON on standard output")


def add_reel(parser: argparse.ArgumentParser) -> None:
    """Add the reel's name and --library."""
    parser.add_argument("reel", metavar="REEL", help="name of the reel, or path of its folder")
    add_library(parser)


def library_of(args: argparse.Namespace) -> Path:
    """Return the library that was asked for."""
    chosen: Path | None = args.library
    return (at_home(chosen) if chosen else library_dir()).absolute()


def open_reel(args: argparse.Namespace, check: Checker = check_size) -> Opened:
    """Find and read the reel that was asked for. Raises BadInput."""
    return open_root(find_reel(args.reel, library_of(args)), check)
