"""For tests of choices: toys whose work differs for every request, a critic and an animator that obey, a person.

`[marks 6 2/OBJECT_MORPHING 9/axis -]` in a prompt marks the takes in order: 6; 2 with a label; 9 with one axis at 1;
no answer at all. Takes after the last told one get 9. `[stuck]` fails to move until a file `unstuck` lies in the reel.
"""

from __future__ import annotations

import itertools
import os
import re
import struct
import zlib
from pathlib import Path

import msgspec

from core.engines.roles import Progress, Room
from core.film.decision import Decision, Kind
from core.film.errors import EngineTrouble
from core.film.lineup import Lineup
from core.film.requests import (
    AnimateRequest,
    ComposeRequest,
    JudgeRequest,
    Made,
    NarrateRequest,
    PaintRequest,
    Request,
)
from core.film.verdict import Label, Verdict
from core.folder.decisions import say_decision
from core.folder.snapshot import read_snapshot
from core.pipeline.steps import clip_content
from tests.toys import ToyAnimator, ToyComposer, ToyNarrator, ToyPainter, toy_lineup

MARKS = re.compile(r"\[marks ([^\]]+)\]")
_IDS = itertools.count(1)
UNIQUE = False  # set by a test that wants no two results alike, as of a model that never answers the same


def _mark(request: Request) -> str:
    return repr(request) + (os.urandom(8).hex() if UNIQUE else "")


def told_lineup(**targets: str) -> Lineup:
    """Return toys of this module in every role where one request must not look like another."""
    ours = {"critic": "ToldCritic", "animator": "StuckAnimator", "painter": "KeenPainter"}
    ours |= {"composer": "KeenComposer", "narrator": "KeenNarrator"}
    return toy_lineup(**{role: f"tests.told:{name}" for role, name in ours.items()} | targets)


class KeenPainter(ToyPainter):
    """Paints something else for every other request."""

    def run(self, request: PaintRequest, room: Room, progress: Progress) -> Made:
        """Paint."""
        return super().run(msgspec.structs.replace(request, prompt=_mark(request)), room, progress)


class KeenComposer(ToyComposer):
    """Plays something else for every other request."""

    def run(self, request: ComposeRequest, room: Room, progress: Progress) -> Made:
        """Compose."""
        return super().run(msgspec.structs.replace(request, seed=zlib.crc32(_mark(request).encode())), room, progress)


class KeenNarrator(ToyNarrator):
    """Sounds different for every other request."""

    def run(self, request: NarrateRequest, room: Room, progress: Progress) -> Made:
        """Speak."""
        return super().run(msgspec.structs.replace(request, voice=_mark(request)), room, progress)


class ToldCritic:
    """Gives the marks the prompt names."""

    def load(self, device: str) -> None:
        """Nothing to load."""

    def run(self, request: JudgeRequest, room: Room, progress: Progress) -> Made:
        """Return the verdict told for this take."""
        found, take = MARKS.search(request.prompt), int(Path(request.clip).parts[-2])
        told = found[1].split() if found else []
        word, _, rest = (told[take - 1] if take <= len(told) else "9").partition("/")
        if word == "-":
            raise EngineTrouble("the critic has nothing to say", remedy="ask a person")
        mark = float(word)
        if rest == "axis":
            return Made(verdict=Verdict(mark, mark, mark, 1, mark))
        issues = tuple(f"{Label(label).value}: as told" for label in rest.split("+") if label)
        return Made(verdict=Verdict(mark, mark, mark, mark, mark, issues))


class StuckAnimator(ToyAnimator):
    """Fails for `[stuck]` until told otherwise; makes another file for every other request."""

    def run(self, request: AnimateRequest, room: Room, progress: Progress) -> Made:
        """Return the clip of a toy, or fail."""
        if "[stuck]" in request.prompt and not (room.reel / "unstuck").exists():
            raise EngineTrouble("the toy is stuck", remedy="free it")
        made = super().run(request, room, progress)
        with (room.stage / "clip.mp4").open("ab") as clip:
            note = _mark(request).encode()
            clip.write(struct.pack(">I4s", len(note) + 8, b"free") + note)  # a box every reader skips
        return made


def say(
    root: Path,
    kind: Kind,
    shot: int | None = None,
    take: int | None = None,
    *,
    step: str = "",
    seen: str = "",
    labels: tuple[Label, ...] = (),
    note: str = "",
) -> str:
    """Write down a decision as a face would; return its id."""
    snapshot, content = read_snapshot(root), ""
    if shot is not None:
        assert snapshot.plan is not None
        content = clip_content(snapshot.plan.shots[snapshot.plan.position(shot)])
        clip = next((t.clip.receipt for t in snapshot.takes.get(shot, ()) if t.number == take), None)
        seen = clip.main.sha256 if clip and clip.main else seen
    if kind is Kind.RETAKE and shot is not None:
        seen = str(max((t.number for t in snapshot.takes.get(shot, ())), default=0))
    if kind is Kind.REDO:
        receipt = snapshot.artifacts[step].receipt
        assert receipt is not None
        seen = receipt.seal
    name = f"d{next(_IDS)}"
    decision = Decision(name, kind, "2026-01-01T00:00:00Z", shot, take, step, content, seen, labels, note)
    say_decision(root, decision)
    return name
