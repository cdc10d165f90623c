"""Runs a reel in the foreground, and tells how a run ended, whoever did it."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import msgspec

from core.engines.wording import load_wording
from core.film.errors import EngineTrouble, Interrupted, PersonNeeded, ReelError
from core.film.lineup import Lineup
from core.film.requests import TARGET_LUFS
from core.film.settings import Review
from core.folder.queue import entry_of, leave_queue, read_queue
from core.pipeline.impact import phrase
from core.pipeline.report import ShotReport, StatusReport, TakeReport
from core.worker.daemon.hands import at_work
from core.worker.daemon.leases import CPU
from core.worker.daemon.state import suits
from core.worker.run import Runner
from core.worker.settings import worker_settings
from reeltui.acts.opened import open_root
from reeltui.cli import say
from reeltui.cli.progress import show
from reeltui.command import command

# What is said of a run that somebody ended.
_STOPPED = {"paused": "was paused", "cancelled": "was cancelled", "interrupted": "was stopped"}


class Ended(msgspec.Struct, frozen=True):
    """How a run ended. `reasons` say why what is missing could not be made, `remedy` what to do about it; `made` counts
    the steps that were done."""

    outcome: str
    made: int = 0
    reasons: tuple[str, ...] = ()
    remedy: str = ""


def run_reel(root: Path, lineup: Lineup, *, verb: str, as_json: bool, keep_plan: bool = False) -> int:
    """Run a reel in this process until it is done, waits or fails; print the result; return the exit code.

    Raises ReelError; Ctrl-C becomes Interrupted, which says how to go on.
    """
    started = time.monotonic()
    try:
        runner = _run(root, lineup, verb=verb, as_json=as_json, keep_plan=keep_plan)
    except (KeyboardInterrupt, BrokenPipeError) as stop:
        what = "was stopped" if isinstance(stop, KeyboardInterrupt) else "was stopped: nobody reads its output any more"
        raise Interrupted(
            f"{root.name} {what}; everything finished is kept", remedy=f"go on with: {command('resume', root)}"
        ) from None
    reasons = tuple(f"{phrase(step)}: {error}" for step, error in runner.failures.items())
    remedy = next((error.remedy for error in runner.failures.values() if error.remedy), "")
    return conclude(root, Ended(runner.outcome, runner.made, reasons, remedy), started, as_json=as_json)


def _run(root: Path, lineup: Lineup, *, verb: str, as_json: bool, keep_plan: bool) -> Runner:
    """Run a reel and show it; return the run, ended. On devices only while no worker has them."""
    if suits(lineup, (CPU,)):
        runner = Runner(root, lineup, load_wording(), verb=verb, keep_plan=keep_plan)
        show(runner.run(), as_json=as_json)
    else:
        with at_work(worker_settings()) as troupe:
            runner = Runner(root, lineup, load_wording(), verb=verb, keep_plan=keep_plan, troupe=troupe)
            show(runner.run(), as_json=as_json)
    if runner.outcome == "done":
        folder = root.resolve()
        entry = entry_of(read_queue(folder.parent), folder)
        if entry is not None:
            with contextlib.suppress(ReelError):  # a worker will find that nothing is due, and take it out
                leave_queue(folder.parent, entry)
    return runner


def conclude(root: Path, ended: Ended, started: float, *, as_json: bool) -> int:
    """Print how a run ended that began at `started` (monotonic clock); return 0 where the reel is done.

    Raises PersonNeeded where it waits or was paused, Interrupted where it was cancelled or its worker was stopped,
    else EngineTrouble.
    """
    status = open_root(root).status()
    if as_json:
        say.result({"type": "result", "status": status})
    again = f"go on with: {command('resume', root)}"
    if ended.outcome == "waiting":
        raise PersonNeeded(
            f"{root.name} waits for your approval of the {status.waits_for}",
            remedy=f"{_to_look_at(root, status.waits_for)}, then: {command('resume', root)}",
        )
    if ended.outcome in _STOPPED:
        text = f"{root.name} {_STOPPED[ended.outcome]}; everything finished is kept"
        raise (PersonNeeded if ended.outcome == "paused" else Interrupted)(text, remedy=again)
    if ended.outcome != "done":
        text = "; ".join(ended.reasons) or "some steps could not be made"
        remedy = f"{ended.remedy}; {again}" if ended.remedy else again
        raise EngineTrouble(f"{root.name} is not finished. {text}", remedy=remedy)
    if not as_json:
        _summary(root, status, time.monotonic() - started, made=ended.made)
    return 0


def _to_look_at(root: Path, gate: str) -> str:
    """Return what a person does before a gate is passed."""
    if gate == Review.KEYFRAMES:
        return f"look at {root / 'shots'}/*/keyframe.png, put your own in place if you like (`reeltui keyframe`)"
    if gate == Review.SHOTS:
        return "look at each shot (`reeltui takes`), approve, choose or reject its takes"
    return f"read {root / 'plan.json'}, edit it if you like"


def _summary(root: Path, status: StatusReport, took: float, *, made: int) -> None:
    output = status.output
    if output is None:
        return
    size = Path(output.path).stat().st_size
    say.text(f"\n{output.path}")
    spent = f"made in {say.seconds(took)}" if made else "nothing was due"
    say.text(f"  {say.figures(output)}   {say.size(size)}   {spent}")
    if output.lufs is not None and abs(output.lufs - TARGET_LUFS) > 0.5:
        say.text(f"  the sound is too sparse to reach {TARGET_LUFS:g} LUFS within the true-peak limit")
    for shot in status.shots:
        if shot.overrun_seconds:
            say.text(f"  shot {shot.index}: the narration runs {shot.overrun_seconds:.1f} s past its clip")
        if shot.shipped_why not in ("best passing take", "approved", "chosen"):
            say.text(f"  shot {shot.index}: take {shot.shipped_take} ships as {shot.shipped_why}")
    index = status.shots[min(1, len(status.shots) - 1)].index
    say.text("\nWhat to try next:")
    say.text(f"  {command('status', root)}")
    own_line = f"--shot {index} --narration 'your own line'"
    say.text(f"  {command('edit', root, own_line)}")
    say.text(f"  {command('resume', root)}   after an edit: only what changed is made again")
    drawn = sum(1 for shot in status.shots for take in shot.takes if _drawn(shot, take))
    if drawn:
        clips = "This" if drawn == len(status.shots) else f"{drawn} of {len(status.shots)} clips"
        say.text(f"{clips} {'is' if clips == 'This' else 'are'} an animatic: a storyboard film, not a studio render.")


def _drawn(shot: ShotReport, take: TakeReport) -> bool:
    return take.number == shot.shipped_take and take.backend.startswith("animatic")
