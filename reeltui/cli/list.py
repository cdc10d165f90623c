"""`reeltui list`: the reels of a library."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from core.film.text import clean
from core.folder.library import Card, list_reels
from reeltui.cli import say
from reeltui.cli.common import add_json, add_library, library_of

_EXAMPLES = """\
examples:
  reeltui list
  reeltui list --library /data/reels --json
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "List the reels of a library, newest first."
    parser.epilog = _EXAMPLES
    add_library(parser)
    add_json(parser, "the list")


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    library = library_of(args)
    cards = list_reels(library)
    if args.json:
        say.result(cards)
        return 0
    if not cards:
        say.text(f'There are no reels in {library} yet. Make one: reeltui make "a boat at dawn"')
        return 0
    for row in rows(cards):
        say.text(row)
    return 0


def rows(cards: Sequence[Card]) -> list[str]:
    """Return a line for every reel; every word from a file is cleaned."""
    width = min(40, max(len(card.name) for card in cards))
    return [_row(card, width) for card in cards]


def _row(card: Card, width: int) -> str:
    length = f"{card.seconds:.1f} s" if card.seconds is not None else f"{card.done}/{card.total}" if card.total else ""
    what = clean(card.problem or card.sentence, limit=60)
    place = f"place {card.queue} in the queue" + (f", {card.held}" if card.held else "") if card.queue else ""
    notes = ", ".join(note for note in ("edited since" if card.changed else "", place) if note)
    more = f" ({notes})" if notes else ""
    return f"{clean(card.name, limit=width):<{width}}  {card.state:<12} {card.phase:<9} {length:>7}  {what}{more}"
