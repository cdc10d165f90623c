"""What the shot screen shows: one shot, all its takes side by side with what each was made from, and its words."""

from __future__ import annotations

from pathlib import Path

import msgspec

from core.film.decision import Decision, Kind, in_force
from core.film.errors import BadInput
from core.film.event import Beside
from core.film.plan import Shot
from core.film.requests import OwnPictureRequest
from core.film.verdict import Label, Verdict
from core.folder import layout
from core.folder.records import Artifact, Receipt
from core.pipeline.choice import Judged, TakeState
from core.pipeline.decide import describe
from core.pipeline.report import current_live
from core.pipeline.shots import ShotBoard
from reeltui.acts.opened import Opened, open_root
from reeltui.pictures.cells import PictureRef
from reeltui.views.preview import Previews, under_way


class TakeView(msgspec.Struct, frozen=True):
    """A take: what it counts for, its verdict, its four frames, and what it was made from.

    `seconds` of work, `peak` bytes of device memory. `ships`: it is the one in the reel now. `unjudged` says why there
    is no verdict ("" where there is one or none was asked for yet).
    """

    number: int
    state: TakeState
    overall: float | None
    verdict: Verdict | None
    labels: tuple[Label, ...]
    note: str
    ships: bool
    fresh: bool
    stills: tuple[PictureRef, ...]
    clip: Path | None
    receipt: Receipt | None
    damage: str
    unjudged: str


class Spoken(msgspec.Struct, frozen=True):
    """How a narration line fits: seconds it takes and has, how much faster it is spoken, seconds it is too long."""

    seconds: float
    room: float
    speed: float
    overrun: float


class ShotView(msgspec.Struct, frozen=True):
    """One shot at one moment. `shots` are the indices of all shots in order; `threshold` is the mark that passes.

    `running` is the step of this shot that is being made, `preview` what it shows of what it makes. `said` is the last
    thing a person decided about it, in words.
    """

    opened: Opened
    reel: str
    index: int
    position: int
    shots: tuple[int, ...]
    shot: Shot
    narration: str
    spoken: Spoken | None
    keyframe: PictureRef | None
    own_keyframe: bool
    takes: tuple[TakeView, ...]
    ships: int | None
    why_ships: str
    threshold: float
    running: Beside | None
    preview: PictureRef | None
    coming: str
    gate: str
    said: str
    now: float

    def take(self, number: int) -> TakeView | None:
        """Return a take by its number."""
        return next((take for take in self.takes if take.number == number), None)

    @property
    def before(self) -> int:
        """The index of the shot before, of this one where there is none."""
        return self.shots[max(0, self.position - 1)]

    @property
    def after(self) -> int:
        """The index of the shot after, of this one where there is none."""
        return self.shots[min(len(self.shots) - 1, self.position + 1)]


def look_at_shot(root: Path, index: int, now: float, previews: Previews | None = None) -> ShotView:
    """Read a shot; `previews` are those that are shown. Raises BadInput where the reel or the shot is not there."""
    opened, previews = open_root(root), previews or Previews(root)
    snapshot, board = opened.snapshot, opened.board
    if snapshot.plan is None:
        text = f"the reel {snapshot.reel.name} has no plan yet, so it has no shots"
        raise BadInput(snapshot.plan_error or text, remedy="resume makes the plan")
    position = snapshot.plan.position(index)
    found = board.shots[position]
    settings, live = snapshot.reel.settings, current_live(snapshot)
    previews.take(live)
    running = under_way(live, f"shots/{index:02d}/")
    return ShotView(
        opened=opened,
        reel=snapshot.reel.name,
        index=index,
        position=position,
        shots=tuple(shot.index for shot in snapshot.plan.shots),
        shot=snapshot.plan.shots[position],
        narration=snapshot.plan.narration(position),
        spoken=spoken_of(snapshot.artifacts.get(layout.narration(index))),
        keyframe=still_of(root, snapshot.artifacts.get(layout.keyframe(index))),
        own_keyframe=_own(snapshot.artifacts.get(layout.keyframe(index))),
        takes=tuple(_take(root, judged, found) for judged in found.takes),
        ships=found.ships,
        why_ships=found.why_ships,
        threshold=settings.figures.threshold,
        running=running,
        preview=previews.of(running),
        coming=_coming(found),
        gate=board.gate if index in board.gate_shots or board.gate == "plan" else "",
        said=_said(snapshot.decisions, index),
        now=now,
    )


def _take(root: Path, judged: Judged, board: ShotBoard) -> TakeView:
    take, receipt = judged.take, judged.take.clip.receipt
    folder = root / layout.folder_of(take.clip.step)
    files = receipt.outputs if receipt is not None and take.clip.whole else {}
    stills = tuple(PictureRef(folder / name, files[name].sha256) for name in files if name.startswith("frame_"))
    verdict = take.verdict.receipt if take.verdict is not None else None
    return TakeView(
        number=take.number,
        state=judged.state,
        overall=judged.overall,
        verdict=take.judged,
        labels=judged.labels,
        note=judged.note,
        ships=take.number == board.ships,
        fresh=judged.fresh,
        stills=stills,
        clip=folder / next(iter(files)) if files else None,
        receipt=receipt,
        damage=take.clip.damage,
        unjudged=verdict.unjudged if verdict is not None else "",
    )


def still_of(root: Path, artifact: Artifact | None) -> PictureRef | None:
    """Return the picture a step made, where it is whole."""
    if artifact is None or not artifact.whole or artifact.receipt is None or artifact.receipt.main is None:
        return None
    name = next(iter(artifact.receipt.outputs))
    return PictureRef(root / layout.folder_of(artifact.step) / name, artifact.receipt.main.sha256)


def _own(artifact: Artifact | None) -> bool:
    receipt = artifact.receipt if artifact is not None else None
    return receipt is not None and isinstance(receipt.request, OwnPictureRequest)


def spoken_of(artifact: Artifact | None) -> Spoken | None:
    """Return how a spoken line fits, where it is whole and tells."""
    if artifact is None or not artifact.whole or artifact.receipt is None:
        return None
    facts = artifact.receipt.facts
    figures = [facts.get(name) for name in ("seconds", "fit_seconds", "speed", "overrun_seconds")]
    numbers = [float(one) for one in figures if isinstance(one, int | float)]
    return Spoken(*numbers) if len(numbers) == len(figures) else None


def _coming(board: ShotBoard) -> str:
    """Return what is to be made for the shot next, in words."""
    if board.due:
        return f"take {board.next_number} is due: {board.attempt.why}"
    if board.to_judge:
        return f"take {board.to_judge[0]} is to be judged"
    return ""


def _said(decisions: tuple[Decision, ...], index: int) -> str:
    about = [one for one in in_force(decisions) if one.shot == index and one.kind is not Kind.PASS_GATE]
    return describe(about[-1]) if about else ""
