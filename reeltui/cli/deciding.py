"""What the verbs share that write down a person's decision: asking, writing, and telling what follows."""

from __future__ import annotations

import argparse
import uuid
from collections.abc import Sequence

import msgspec

from core.film.decision import Decision
from core.film.errors import BadInput, ReelError
from core.film.settings import Review
from core.film.text import clean
from core.folder.decisions import say_decision
from core.folder.queue import Held, read_queue
from core.pipeline.decide import Effect, Ships, Stamp, describe, effect, stands
from core.pipeline.impact import phrases
from core.worker.daemon.state import workers
from core.worker.records import utc_now
from reeltui.cli import say
from reeltui.cli.common import Opened, add_json, add_reel
from reeltui.cli.finish import command

MAX_NOTE = 400


class Told(msgspec.Struct, frozen=True, tag="decision"):
    """The answer: what was said in words and as written down, and what follows. `written` is False where all of it was
    in force already."""

    reel: str
    path: str
    written: bool
    said: tuple[str, ...]
    decisions: tuple[Decision, ...]
    effect: Effect
    held_by: str = ""


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
    note = clean(args.note)
    if len(note) > MAX_NOTE:
        text = f"the note has {len(note)} characters; at most {MAX_NOTE} are read"
        raise BadInput(text, remedy="say it shorter; new words for the shot belong into `reeltui edit`")
    return note


def stamp() -> Stamp:
    """Return the stamp of a decision that is made now by a person."""
    return Stamp(uuid.uuid4().hex[:12], utc_now())


def settle(opened: Opened, said: Sequence[Decision], *, as_json: bool, words: Sequence[str] = ()) -> int:
    """Write decisions down, unless they are in force already, and tell what follows. Raises DiskTrouble.

    `words` says it where the decisions do not say enough.
    """
    snapshot = opened.snapshot
    new = [decision for decision in said if not stands(snapshot, decision)]
    follows = effect(snapshot, new, opened.lineup, opened.wording, opened.rates)
    for decision in new:
        say_decision(opened.root, decision)
    told = tuple(words) or tuple(describe(decision) for decision in said)
    held_by = str(snapshot.holder) if snapshot.holder else ""
    if as_json:
        root = opened.root
        say.result(Told(root.name, str(root), bool(new), told, tuple(said), follows, held_by))
        return 0
    if snapshot.plan_error:
        say.note(f"plan.json is refused: {clean(snapshot.plan_error, limit=300)}; the last good plan is in force")
    for line in told:
        say.text(clean(line) + ("" if new else " already; nothing was written"))
    for line in _follows(opened, follows):
        say.text(f"  {line}")
    return 0


def _follows(opened: Opened, follows: Effect) -> list[str]:
    lines = [_ships(ships) for ships in follows.ships]
    if follows.redo:
        sure = "" if follows.cost.measured else ", not yet measured on this machine"
        lines.append(f"to make: {phrases(follows.redo)}: about {say.seconds(follows.cost.seconds)}{sure}")
    if follows.restore:
        lines.append(f"comes back from the history without work: {phrases(follows.restore)}")
    if follows.spared:
        lines.append(f"need not be made any more: {phrases(follows.spared)}")
    if follows.stale:
        lines.append(f"stays usable, though made from something that changes: {phrases(follows.stale)}")
        shots = sorted({int(step.split("/")[1]) for step in follows.stale if step.endswith("/clip")})
        lines += [f"for another take of it: {command('retake', opened.root, str(shot))}" for shot in shots[:3]]
    return [*lines, *_next(opened, follows)]


def _ships(ships: Ships) -> str:
    if ships.take is None:
        return f"shot {ships.shot}: no take ships now"
    before = f", instead of take {ships.before}" if ships.before not in (None, ships.take) else ""
    return f"shot {ships.shot}: take {ships.take} ships ({ships.why}){before}"


def _next(opened: Opened, follows: Effect) -> list[str]:
    """Say who does it, or what the reel waits for."""
    root = opened.root
    if opened.snapshot.holder is not None:
        return [f"{clean(str(opened.snapshot.holder))} obeys at once" if follows.due else "nothing is left to do"]
    if follows.gate:
        return [f"it waits for approval of {_of_what(follows)}; all at once: {command('approve', root)}"]
    if not follows.due:
        return ["nothing has to be made"]
    return ["the worker takes it up by itself" if _looked_after(opened) else f"make it: {command('resume', root)}"]


def _of_what(follows: Effect) -> str:
    if follows.gate == Review.PLAN:
        return "the plan"
    shots = f"{'shot' if len(follows.gate_shots) == 1 else 'shots'} {', '.join(str(s) for s in follows.gate_shots)}"
    return shots if follows.gate == Review.SHOTS else f"the keyframes of {shots}"


def _looked_after(opened: Opened) -> bool:
    """Tell whether a worker runs and the reel is in its line: then it sees the decision by itself."""
    reel = opened.snapshot.reel
    try:
        entry = next((e for e in read_queue(opened.root.parent).reels if e.id == reel.id), None)
        return entry is not None and entry.held is Held.NO and bool(workers())
    except ReelError:
        return False  # it only decides which of two true sentences is said
