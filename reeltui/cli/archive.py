"""`reeltui archive`: sets reels aside whole, lists them, and brings them back."""

from __future__ import annotations

import argparse
from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.text import clean
from core.folder.library import ARCHIVE, find_reel
from core.places import at_home
from reeltui.acts.shelf import Moved, archive, archived, bring_back
from reeltui.cli import say
from reeltui.cli.common import add_json, add_library, library_of
from reeltui.cli.list import rows
from reeltui.command import command

_EXAMPLES = """\
examples:
  reeltui archive tokyo-night              out of the library and its queue; nothing is deleted
  reeltui archive --list                   what is archived
  reeltui archive --back tokyo-night       in the library again

An archived reel lies in LIBRARY/.archive as it was. One that somebody works on is not moved.
"""


class ArchiveTold(msgspec.Struct, frozen=True):
    """The answer, one reel each: its folder now and before, whether it is in the archive, and whether it was queued."""

    reel: str
    path: str
    before: str
    archived: bool
    queued: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Set reels aside: they move whole into the library's archive, and no list shows them."
    parser.epilog = _EXAMPLES
    parser.add_argument("reels", metavar="REEL", nargs="*", help="names of reels, or paths of their folders")
    add_library(parser)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--back", action="store_true", help="bring archived reels back, by their names")
    which.add_argument("--list", action="store_true", help="list what is archived")
    add_json(parser, "the answer")


def run(args: argparse.Namespace) -> int:
    """Set aside, list or bring back."""
    library = library_of(args)
    if args.list:
        return _list(library, args)
    if not args.reels:
        raise BadInput("no reel was named", remedy="name one, or see what is archived: reeltui archive --list")
    if args.back:
        moves = (bring_back(*_named(word, library)) for word in args.reels)
    else:
        moves = (archive(root) for root in [find_reel(word, library) for word in args.reels])
    told = []
    for moved in moves:
        say.warnings(moved.warnings)
        told.append(ArchiveTold(moved.root.name, str(moved.root), str(moved.before), not args.back, moved.queued))
        if not args.json:
            say.text(_words(moved, back=args.back))
    if args.json:
        say.result(told)
    return 0


def _named(word: str, library: Path) -> tuple[Path, str]:
    """Return the library and the name of an archived reel: of a name, or of the path it had or has."""
    path = at_home(Path(word)).absolute()
    if "/" not in word:
        return library, word
    return path.parent.parent if path.parent.name == ARCHIVE else path.parent, path.name


def _words(moved: Moved, *, back: bool) -> str:
    name, now = clean(moved.before.name), moved.root
    renamed = f" as {clean(now.name)}, for there is another of its name" if moved.renamed else ""
    if back:
        return f"{name} is back{renamed}. Go on with: {command('resume', now)}"
    left = " and left the queue" if moved.queued else ""
    again = command("archive", moved.before.parent / now.name, "--back")
    return f"{name} is archived{renamed}{left}; nothing was deleted. Bring it back: {again}"


def _list(library: Path, args: argparse.Namespace) -> int:
    if args.reels:
        raise BadInput("--list takes no reel", remedy="see `reeltui archive --help`")
    cards = archived(library)
    if args.json:
        say.result(cards)
    elif not cards:
        say.text(f"Nothing is archived in {library}.")
    else:
        for row in rows(cards):
            say.text(row)
    return 0
