"""`reeltui reject`: a person says that a take is not good; labels and words steer the next one."""

from __future__ import annotations

import argparse

from core.film.errors import BadInput
from core.film.text import clean
from core.film.verdict import Label
from reeltui.acts.decide import reject
from reeltui.cli.deciding import add_note, add_shot, add_take, note_of, root_of, settle

_EXAMPLES = """\
examples:
  reeltui reject tokyo-night 3 --label character-drift
  reeltui reject tokyo-night 3 --take 2 --label extras-invade-frame camera-ignored --note "she looks at the camera"

labels: """ + "  ".join(label.value.lower().replace("_", "-") for label in Label)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Reject a take of a shot: it does not ship, and another is made that labels and note steer."
    parser.epilog = _EXAMPLES
    add_shot(parser)
    add_take(parser)
    parser.add_argument(
        "--label", metavar="L", nargs="+", action="extend", default=[], help="what is wrong with it; see below"
    )
    add_note(parser, "what is wrong with it, in words the next take is asked with")


def run(args: argparse.Namespace) -> int:
    """Write the rejection down."""
    labels, note = [label_of(word) for word in args.label], note_of(args)
    return settle(root_of(args), reject(args.shot, args.take, labels, note), as_json=args.json)


def label_of(word: str) -> Label:
    """Return the label a person means: in any case, with dashes or underscores. Raises BadInput."""
    try:
        return Label(word.strip().upper().replace("-", "_"))
    except ValueError:
        have = ", ".join(label.value.lower().replace("_", "-") for label in Label)
        raise BadInput(f"there is no label {clean(word, limit=40)!r}", remedy=f"choose from: {have}") from None
