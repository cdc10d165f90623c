"""`reeltui takes`: everything about the takes of one shot."""

from __future__ import annotations

import argparse

import msgspec

from core.film.errors import BadInput
from core.film.text import clean
from core.film.verdict import Label
from core.folder import layout
from core.folder.records import Receipt, Snapshot
from core.pipeline.choice import Judged
from core.pipeline.report import current_live
from core.pipeline.shots import ShotBoard
from reeltui.cli import say
from reeltui.cli.common import add_json, open_reel
from reeltui.cli.deciding import add_shot
from reeltui.command import command

_EXAMPLES = """\
examples:
  reeltui takes tokyo-night 3
  reeltui takes tokyo-night 3 --json     every field is described in docs/cli.md
"""
_HEAD = ("take", "state", "mark", "character", "scene", "composition", "artifacts", "seconds", "labels")


class TakeTold(msgspec.Struct, frozen=True):
    """One take; marks are None where it was not judged, `clip` is the path of its file (None where that is damaged)."""

    number: int
    state: str
    ships: bool
    overall: float | None
    character_match: float | None
    scene_match: float | None
    composition: float | None
    artifact_free: float | None
    labels: tuple[Label, ...]
    issues: tuple[str, ...]
    note: str
    seconds: float | None
    why: str
    changes: tuple[str, ...]
    seed: int | None
    backend: str
    clip: str | None


class NextTake(msgspec.Struct, frozen=True):
    """The take that is due: its number, why, and what it changes.

    `renders`: it is being made, as it was begun; what was said since is for the take after it.
    """

    number: int
    why: str
    changes: tuple[str, ...]
    renders: bool = False


class TakesReport(msgspec.Struct, frozen=True):
    """All takes of a shot; `due` is the one that is to be made, or None."""

    reel: str
    path: str
    shot: int
    prompt: str
    shipped_take: int | None
    shipped_why: str
    takes: tuple[TakeTold, ...]
    due: NextTake | None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "Show the takes of a shot: marks, labels, why each was made and what it changed."
    parser.epilog = _EXAMPLES
    add_shot(parser)
    add_json(parser, "the takes")


def run(args: argparse.Namespace) -> int:
    """Print the takes."""
    opened = open_reel(args)
    plan = opened.snapshot.plan
    if plan is None:
        raise BadInput(
            f"{opened.root.name} has no plan yet, so it has no shots",
            remedy=f"make one first: {command('resume', opened.root)}",
        )
    board = opened.board.shots[plan.position(args.shot)]
    report = TakesReport(
        reel=opened.root.name,
        path=str(opened.root),
        shot=board.index,
        prompt=plan.shots[board.position].prompt,
        shipped_take=board.ships,
        shipped_why=board.why_ships,
        takes=tuple(_told(opened.snapshot, board, judged) for judged in board.takes),
        due=_next(opened.snapshot, board),
    )
    if args.json:
        say.result(report)
        return 0
    for line in describe(report):
        say.text(line)
    return 0


def _next(snapshot: Snapshot, board: ShotBoard) -> NextTake | None:
    if not board.due:
        return None
    live, clip = current_live(snapshot), layout.clip(board.index, board.next_number)
    if live is not None and any(one.step == clip for one in live.running):
        return NextTake(board.next_number, "it renders as it was begun", (), renders=True)
    return NextTake(board.next_number, board.attempt.why, board.attempt.changes)


def _told(snapshot: Snapshot, board: ShotBoard, judged: Judged) -> TakeTold:
    take, verdict = judged.take, judged.take.judged
    receipt: Receipt | None = take.clip.receipt
    name = next(iter(receipt.outputs), "") if receipt and take.clip.whole else ""
    return TakeTold(
        number=take.number,
        state=judged.state.value,
        ships=board.ships == take.number,
        overall=round(judged.overall, 2) if judged.overall is not None else None,
        character_match=verdict.character_match if verdict else None,
        scene_match=verdict.scene_match if verdict else None,
        composition=verdict.composition if verdict else None,
        artifact_free=verdict.artifact_free if verdict else None,
        labels=judged.labels,
        issues=verdict.issues if verdict else (),
        note=judged.note,
        seconds=receipt.seconds if receipt else None,
        why=receipt.why if receipt else "",
        changes=receipt.changes if receipt else (),
        seed=receipt.seed if receipt else None,
        backend=receipt.backend if receipt else "",
        clip=f"{snapshot.path}/{take.clip.step.rpartition('/')[0]}/{name}" if name else None,
    )


def describe(report: TakesReport) -> list[str]:
    """Return the takes as lines for a person; every word from a file is cleaned."""
    ships = f"take {report.shipped_take} ships ({report.shipped_why})" if report.shipped_take else "no take yet"
    lines = [f"{clean(report.reel)}   shot {report.shot}   {ships}", f"  {clean(report.prompt, limit=200)}"]
    if report.takes:
        rows = [_HEAD, *(_row(take) for take in report.takes)]
        widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
        table = ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        lines += ["", *(line.rstrip() for line in table)]
    for take in report.takes:
        lines += ["", f"  take {take.number}: {clean(take.why, limit=300) or 'no reason is known'}"]
        lines += [f"    {clean(change, limit=300)}" for change in take.changes]
        lines += [f"    “{clean(take.note, limit=400)}”"] if take.note else []
        lines += [f"    {clean(issue, limit=400)}" for issue in take.issues]
        lines.append(f"    {clean(take.clip)}" if take.clip else "    its clip is damaged")
    if report.due is not None:
        what = "is being made" if report.due.renders else "is to be made"
        lines += ["", f"  take {report.due.number} {what}: {clean(report.due.why, limit=300)}"]
        lines += [f"    {clean(change, limit=300)}" for change in report.due.changes]
    return lines


def _row(take: TakeTold) -> tuple[str, ...]:
    marks = (take.overall, take.character_match, take.scene_match, take.composition, take.artifact_free)
    shown = ["-" if mark is None else f"{mark:.1f}" for mark in marks]
    seconds = "-" if take.seconds is None else say.seconds(take.seconds)
    state = f"{take.state}, ships" if take.ships else take.state
    return (str(take.number), state, *shown, seconds, " ".join(take.labels))
