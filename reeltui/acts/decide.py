"""What a person says about takes, gates and pictures: foreseen, or written into the reel.

`approve(3)`, `reject(3, labels=...)`, `undo()` are words; nothing happens until one is said:

    foresee(root, reject(3))      what would follow, for a confirmation
    say(root, reject(3))          written down, with what follows

Both read the reel afresh. A word that cannot be meant raises BadInput there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from core.film.decision import Decision
from core.film.errors import BadInput
from core.film.text import clean
from core.film.verdict import Label
from core.folder.decisions import say_decision
from core.folder.pictures import keep_picture, read_picture
from core.pipeline import decide
from core.pipeline.decide import Effect, Ships, Stamp, effect, last_said, stands
from core.pipeline.impact import phrases
from core.worker.records import utc_now
from reeltui.acts.opened import Opened, open_root
from reeltui.figures import seconds

MAX_NOTE = 400


class Saying(msgspec.Struct, frozen=True):
    """What a word means for a reel as it is now: decisions to write, and `words` where those do not say enough."""

    decisions: tuple[Decision, ...]
    words: tuple[str, ...] = ()


Word = Callable[[Opened], Saying]


class Told(msgspec.Struct, frozen=True, tag="decision"):
    """The answer: what was said in words and as written down, and what follows. `written` is False where all of it was
    in force already. `plan_error` says why plan.json as it lies there is not what was decided about ("" where it is).
    """

    reel: str
    path: str
    written: bool
    said: tuple[str, ...]
    decisions: tuple[Decision, ...]
    effect: Effect
    held_by: str = ""
    plan_error: str = ""


# --- saying it ------------------------------------------------------------------------------------------------------


def say(root: Path, word: Word) -> Told:
    """Write a word down, unless it is in force already, and return what follows. Raises BadInput, DiskTrouble."""
    opened = open_root(root)
    snapshot, saying = opened.snapshot, word(opened)
    new = _new(opened, saying)
    follows = effect(snapshot, new, opened.lineup, opened.wording, opened.rates)
    for decision in new:
        say_decision(root, decision)
    return Told(
        reel=root.name,
        path=str(root),
        written=bool(new),
        said=saying.words or tuple(decide.describe(decision) for decision in saying.decisions),
        decisions=saying.decisions,
        effect=follows,
        held_by=str(snapshot.holder) if snapshot.holder else "",
        plan_error=snapshot.plan_error,
    )


def foresee(root: Path, word: Word) -> Effect:
    """Return what would follow if a word were said now; nothing is written. Raises BadInput."""
    opened = open_root(root)
    return effect(opened.snapshot, _new(opened, word(opened)), opened.lineup, opened.wording, opened.rates)


def _new(opened: Opened, saying: Saying) -> list[Decision]:
    return [decision for decision in saying.decisions if not stands(opened.snapshot, decision)]


def stamp() -> Stamp:
    """Return the stamp of a decision that is made now by a person."""
    return Stamp(uuid.uuid4().hex[:12], utc_now())


def noted(note: str) -> str:
    """Return a person's own words on one line. Raises BadInput where they are too long to steer anything."""
    words = clean(note)
    if len(words) > MAX_NOTE:
        text = f"the note has {len(words)} characters; at most {MAX_NOTE} are read"
        raise BadInput(text, remedy="say it shorter; new words for the shot belong into `reeltui edit`")
    return words


# --- words about takes and gates ------------------------------------------------------------------------------------


def approve(shot: int, take: int | None = None, note: str = "") -> Word:
    """A take of a shot is good: by its number, or the one that ships. It is never rendered again by itself.

    A shot without a take at the keyframes gate has its keyframe approved.
    """
    return lambda opened: _one(decide.approve(opened.snapshot, opened.board, stamp(), shot, take, noted(note)))


def pass_gate(shot: int | None = None) -> Word:
    """The gate the reel waits at is passed: as a whole, or for one shot."""
    return lambda opened: _one(decide.pass_gate(opened.snapshot, opened.board, stamp(), shot))


def reject(shot: int, take: int | None = None, labels: Sequence[Label] = (), note: str = "") -> Word:
    """A take of a shot does not ship; labels and note steer the next one."""
    return lambda opened: _one(decide.reject(opened.snapshot, opened.board, stamp(), shot, take, labels, noted(note)))


def choose(shot: int, take: int, note: str = "") -> Word:
    """A take ships, whatever the critic says."""
    return lambda opened: _one(decide.choose(opened.snapshot, opened.board, stamp(), shot, take, noted(note)))


def retake(shot: int, note: str = "") -> Word:
    """One more take of a shot is wanted; the note steers it."""
    return lambda opened: _one(decide.retake(opened.snapshot, opened.board, stamp(), shot, noted(note)))


def undo() -> Word:
    """The last decision in force is taken back."""

    def word(opened: Opened) -> Saying:
        last = last_said(opened.snapshot)
        taken_back = decide.undo(opened.snapshot, stamp())
        return Saying((taken_back,), (f"taken back: {decide.describe(last)}",))

    return word


def _one(decision: Decision) -> Saying:
    return Saying((decision,))


# --- words about pictures -------------------------------------------------------------------------------------------


class Brought(msgspec.Struct, frozen=True):
    """A person's own picture, kept in the reel: its sha256, its size in pixels, and what to know about it ("")."""

    sha: str
    width: int
    height: int
    warning: str = ""


def bring_picture(root: Path, step: str, image: Path) -> Brought:
    """Keep a person's own picture in the reel, for `use_picture`; what the reel is made from does not change yet.

    `step` is the keyframe or master it is meant for. Decodes it in a process of its own: seconds for a large one.
    Raises BadInput where it cannot be one, DiskTrouble.
    """
    opened = open_root(root)
    # Refuses a wrong shot or name before anything is looked at or kept.
    decide.picture(opened.snapshot, opened.board, stamp(), step, "-")
    # Pillow and numpy, which no other decision needs.
    from core.worker.pictures import check_picture

    data = read_picture(image)
    found = check_picture(data, str(image))
    settings = opened.snapshot.reel.settings
    warning = ""
    if found.width < settings.width or found.height < settings.height:
        size = f"{settings.width}x{settings.height}"
        warning = f"the picture ({found.width}x{found.height}) is smaller than the reel ({size}) and is enlarged"
    return Brought(keep_picture(root, data, found.ending, now=utc_now()), found.width, found.height, warning)


def use_picture(step: str, sha: str, *, again: bool = False) -> Word:
    """A picture that was brought takes the place of a keyframe or a master. `again`: a new take is made from it."""

    def word(opened: Opened) -> Saying:
        said = decide.picture(opened.snapshot, opened.board, stamp(), step, sha)
        return Saying((said, *_retaken(opened, said.shot, again=again)))

    return word


def drop_picture(step: str, *, again: bool = False) -> Word:
    """A person's own picture is taken away: what was painted comes back, without work."""
    return use_picture(step, "", again=again)


def repaint(shot: int, *, again: bool = False) -> Word:
    """A shot's keyframe is painted anew with another seed. `again`: a new take is made from it."""

    def word(opened: Opened) -> Saying:
        said = decide.repaint(opened.snapshot, opened.board, stamp(), shot)
        return Saying((said, *_retaken(opened, shot, again=again)))

    return word


def _retaken(opened: Opened, shot: int | None, *, again: bool) -> tuple[Decision, ...]:
    # Where there is no take yet, the first one will be made from it anyway.
    if not again or shot is None or not opened.snapshot.takes.get(shot):
        return ()
    return (decide.retake(opened.snapshot, opened.board, stamp(), shot),)


# --- in words -------------------------------------------------------------------------------------------------------


def describe(follows: Effect) -> list[str]:
    """Return what follows of a word as lines for a person."""
    lines = [_ships(ships) for ships in follows.ships]
    if follows.redo:
        sure = "" if follows.cost.measured else ", not yet measured on this machine"
        lines.append(f"to make: {phrases(follows.redo)}: about {seconds(follows.cost.seconds)}{sure}")
    if follows.restore:
        lines.append(f"comes back from the history without work: {phrases(follows.restore)}")
    if follows.spared:
        lines.append(f"need not be made any more: {phrases(follows.spared)}")
    if follows.stale:
        lines.append(f"stays usable, though made from something that changes: {phrases(follows.stale)}")
    return lines


def _ships(ships: Ships) -> str:
    if ships.take is None:
        return f"shot {ships.shot}: no take ships now"
    before = f", instead of take {ships.before}" if ships.before not in (None, ships.take) else ""
    return f"shot {ships.shot}: take {ships.take} ships ({ships.why}){before}"
