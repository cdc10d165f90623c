"""Runs a reel in the foreground and tells how it ended."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from pathlib import Path

from core.engines.wording import load_wording
from core.film.errors import EngineTrouble, Interrupted, PersonNeeded
from core.film.lineup import Lineup
from core.film.requests import TARGET_LUFS
from core.pipeline.impact import phrase
from core.pipeline.report import ShotReport, StatusReport, TakeReport
from core.places import library_dir
from core.worker.run import Runner
from reeltui.cli import say
from reeltui.cli.common import open_root
from reeltui.cli.progress import follow


def run_reel(root: Path, lineup: Lineup, *, verb: str, as_json: bool, keep_plan: bool = False) -> int:
    """Run a reel until it is done, waits or fails; print the result; return the exit code.

    Raises ReelError; Ctrl-C becomes Interrupted, which says how to go on.
    """
    started = time.monotonic()
    runner = Runner(root, lineup, load_wording(), verb=verb, keep_plan=keep_plan)
    try:
        follow(runner, as_json=as_json)
    except (KeyboardInterrupt, BrokenPipeError) as stop:
        what = "was stopped" if isinstance(stop, KeyboardInterrupt) else "was stopped: nobody reads its output any more"
        raise Interrupted(
            f"{root.name} {what}; everything finished is kept", remedy=f"go on with: {command('resume', root)}"
        ) from None
    status = open_root(root).status()
    if as_json:
        say.result({"type": "result", "status": status})
    if runner.outcome == "waiting":
        raise PersonNeeded(
            f"{root.name} waits for your approval of the {status.waits_for}",
            remedy=f"read {root / 'plan.json'}, edit it if you like, then: {command('resume', root)}",
        )
    if runner.outcome != "done":
        raise _failed(root, runner)
    if not as_json:
        _summary(root, status, time.monotonic() - started, made=runner.made)
    return 0


def command(verb: str, root: Path, rest: str = "") -> str:
    """Return a command line about a reel that can be copied and works in this shell."""
    reel = root.name if root.parent == library_dir().absolute() else str(root)
    return f"{_program()} {verb} {shlex.quote(reel)}{' ' + rest if rest else ''}"


def _program() -> str:
    """Return what this program is called from here: `make demo` runs one that is not on the path."""
    started = Path(sys.argv[0])
    if started.name != "reeltui" or shutil.which("reeltui"):
        return "reeltui"
    return shlex.quote(os.path.relpath(started))


def _failed(root: Path, runner: Runner) -> EngineTrouble:
    reasons = [f"{phrase(step)}: {error}" for step, error in runner.failures.items()]
    remedy = next((error.remedy for error in runner.failures.values() if error.remedy), "")
    again = f"go on with: {command('resume', root)}"
    text = "; ".join(reasons) or "some steps could not be made"
    return EngineTrouble(f"{root.name} is not finished. {text}", remedy=f"{remedy}; {again}" if remedy else again)


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
