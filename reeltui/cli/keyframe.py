"""`reeltui keyframe`: a person's own picture as a shot's keyframe, or the keyframe painted anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.folder import layout
from core.places import at_home
from reeltui.acts.decide import Word, bring_picture, drop_picture, repaint, use_picture
from reeltui.cli import say
from reeltui.cli.common import add_json
from reeltui.cli.deciding import add_shot, root_of, settle

_EXAMPLES = """\
examples:
  reeltui keyframe tokyo-night 3 --image ~/bridge.png             your picture is the first frame of shot 3
  reeltui keyframe tokyo-night 3 --image ~/bridge.png --retake    and a new take is made from it
  reeltui keyframe tokyo-night 3 --again                          paint it anew, with another seed
  reeltui keyframe tokyo-night 3 --remove                         the painted one comes back, without work

A PNG, JPEG or WebP picture is copied into the reel and cut to its shape around the centre. Takes that are there stay
usable; without --retake none is made.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Replace a shot's keyframe by your own picture, or have it painted anew."
    parser.epilog = _EXAMPLES
    add_shot(parser)
    what = add_picture(parser)
    what.add_argument("--again", action="store_true", help="paint the keyframe anew, with another seed")
    parser.add_argument("--retake", action="store_true", help="also make a new take of the shot from it")
    add_json(parser, "what was written down and what follows")


def add_picture(parser: argparse.ArgumentParser) -> argparse._MutuallyExclusiveGroup:
    """Add --image and --remove, of which one has to be given; return the group."""
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--image", metavar="FILE", type=Path, help="your own picture: PNG, JPEG or WebP")
    group.add_argument("--remove", action="store_true", help="take your own picture away again")
    return group


def run(args: argparse.Namespace) -> int:
    """Write down what the keyframe is to be."""
    root = root_of(args)
    if args.again:
        word = repaint(args.shot, again=args.retake)
    else:
        word = own_picture(root, layout.keyframe(args.shot), args, again=args.retake)
    return settle(root, word, as_json=args.json)


def own_picture(root: Path, step: str, args: argparse.Namespace, *, again: bool = False) -> Word:
    """Return the word that puts a picture in place of a step or takes it away; the picture is in the reel then.

    Raises BadInput where it cannot be one, DiskTrouble.
    """
    if args.remove:
        return drop_picture(step, again=again)
    brought = bring_picture(root, step, at_home(args.image))
    if brought.warning:
        say.note(brought.warning)
    return use_picture(step, brought.sha, again=again)
