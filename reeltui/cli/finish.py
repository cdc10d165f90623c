"""Runs a reel in the foreground and tells how it ended."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

from core.engines.wording import load_wording
from core.film.errors import EngineTrouble, Interrupted, PersonNeeded
from core.film.lineup import Lineup
from core.film.requests import TARGET_LUFS
from core.film.text import clean
from core.pipeline.impact import phrase
from core.pipeline.report import StatusReport
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
        _summary(root, status, time.monotonic() - started)
    return 0


def command(verb: str, root: Path, rest: str = "") -> str:
    """Return a command line about a reel that can be copied."""
    return f"reeltui {verb} {shlex.quote(str(root))}{' ' + rest if rest else ''}"


def _failed(root: Path, runner: Runner) -> EngineTrouble:
    reasons = [f"{phrase(step)}: {error}" for step, error in runner.failures.items()]
    remedy = next((error.remedy for error in runner.failures.values() if error.remedy), "")
    again = f"go on with: {command('resume', root)}"
    text = "; ".join(reasons) or "some steps could not be made"
    return EngineTrouble(f"{root.name} is not finished. {text}", remedy=f"{remedy}; {again}" if remedy else again)


def _summary(root: Path, status: StatusReport, took: float) -> None:
    output = status.output
    if output is None:
        return
    size = Path(output.path).stat().st_size
    say.text(f"\n{output.path}")
    say.text(f"  {say.figures(output)}   {say.size(size)}   made in {say.seconds(took)}")
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
    if status.engine == "animatic":
        say.text(clean("This is an animatic, a storyboard film with timing and scratch sound, not a studio render."))
