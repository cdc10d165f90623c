"""`reeltui keyframe`: a person's own picture as a shot's keyframe, or the keyframe painted anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.film.decision import Decision
from core.folder import layout
from core.folder.pictures import keep_picture, read_picture
from core.pipeline.decide import picture, repaint, retake
from core.places import at_home
from core.worker.records import utc_now
from reeltui.cli import say
from reeltui.cli.common import Opened, add_json, open_reel
from reeltui.cli.deciding import add_shot, settle, stamp

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
    opened = open_reel(args)
    snapshot, board = opened.snapshot, opened.board
    said: list[Decision] = []
    if args.again:
        said.append(repaint(snapshot, board, stamp(), args.shot))
    else:
        said.append(own_picture(opened, layout.keyframe(args.shot), args))
    # Where there is no take yet, the first one will be made from it anyway.
    if args.retake and snapshot.takes.get(args.shot):
        said.append(retake(snapshot, board, stamp(), args.shot))
    return settle(opened, said, as_json=args.json)


def own_picture(opened: Opened, step: str, args: argparse.Namespace) -> Decision:
    """Return the decision that puts a picture in place of a step or takes it away; the picture is in the reel then.

    Raises BadInput where it cannot be one, DiskTrouble.
    """
    snapshot, board = opened.snapshot, opened.board
    if args.remove:
        return picture(snapshot, board, stamp(), step, "")
    picture(snapshot, board, stamp(), step, "-")  # refuses a wrong shot or name before anything is looked at or kept
    # Pillow and numpy, which no other decision needs.
    from core.worker.pictures import check_picture

    path = at_home(args.image)
    data = read_picture(path)
    found = check_picture(data, str(path))
    settings = snapshot.reel.settings
    if found.width < settings.width or found.height < settings.height:
        size = f"{settings.width}x{settings.height}"
        say.note(f"the picture ({found.width}x{found.height}) is smaller than the reel ({size}) and is enlarged")
    sha = keep_picture(opened.root, data, found.ending, now=utc_now())
    return picture(snapshot, board, stamp(), step, sha)
