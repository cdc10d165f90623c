"""What the verbs share that write down a person's decision: their arguments, and telling what follows."""

from __future__ import annotations

import argparse
from pathlib import Path

from core.film.settings import Review
from core.film.text import clean
from core.folder.library import find_reel
from core.pipeline.decide import Effect
from reeltui.acts.decide import Told, Word, describe, noted
from reeltui.acts.decide import say as say_word
from reeltui.acts.hand import looked_after
from reeltui.cli import say
from reeltui.cli.common import add_json, add_reel, library_of
from reeltui.command import command


def add_shot(parser: argparse.ArgumentParser) -> None:
    """Add the reel and one of its shots."""
    add_reel(parser)
    parser.add_argument("shot", metavar="SHOT", type=int, help="index of the shot, as in plan.json")


def add_take(parser: argparse.ArgumentParser) -> None:
    """Add --take."""
    parser.add_argument("--take", type=int, metavar="N", help="number of the take (default: the one that ships)")


def add_note(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --note and --json."""
    parser.add_argument("--note", metavar="T", default="", help=what)
    add_json(parser, "what was written down and what follows")


def note_of(args: argparse.Namespace) -> str:
    """Return the note that was given, on one line. Raises BadInput where it is too long to steer anything."""
    return noted(args.note)


def root_of(args: argparse.Namespace) -> Path:
    """Return the folder of the reel that was asked for. Raises BadInput."""
    return find_reel(args.reel, library_of(args))


def settle(root: Path, word: Word, *, as_json: bool) -> int:
    """Write a word down, unless it is in force already, and tell what follows. Raises BadInput, DiskTrouble."""
    told = say_word(root, word)
    if as_json:
        say.result(told)
        return 0
    if told.plan_error:
        say.note(f"plan.json is refused: {clean(told.plan_error, limit=300)}; the last good plan is in force")
    for line in told.said:
        say.text(clean(line) + ("" if told.written else " already; nothing was written"))
    for line in _follows(root, told):
        say.text(f"  {line}")
    return 0


def _follows(root: Path, told: Told) -> list[str]:
    follows = told.effect
    lines = describe(follows)
    shots = sorted({int(step.split("/")[1]) for step in follows.stale if step.endswith("/clip")})
    lines += [f"for another take of it: {command('retake', root, str(shot))}" for shot in shots[:3]]
    return [*lines, *_next(root, told)]


def _next(root: Path, told: Told) -> list[str]:
    """Say who does it, or what the reel waits for."""
    follows = told.effect
    if told.held_by:
        return [f"{clean(told.held_by)} obeys at once" if follows.due else "nothing is left to do"]
    if follows.gate:
        return [f"it waits for approval of {_of_what(follows)}; all at once: {command('approve', root)}"]
    if not follows.due:
        return ["nothing has to be made"]
    return ["the worker takes it up by itself" if looked_after(root) else f"make it: {command('resume', root)}"]


def _of_what(follows: Effect) -> str:
    if follows.gate == Review.PLAN:
        return "the plan"
    shots = f"{'shot' if len(follows.gate_shots) == 1 else 'shots'} {', '.join(str(s) for s in follows.gate_shots)}"
    return shots if follows.gate == Review.SHOTS else f"the keyframes of {shots}"
