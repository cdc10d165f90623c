"""Changing the words of a plan: what it makes stale and costs first, then saved.

`propose` (a shot's words) and `propose_text` (the whole of plan.json) change nothing; `save` does.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.plan import MAX_PLAN_BYTES, Plan, decode_plan, encode_plan
from core.film.text import clean
from core.folder import layout
from core.folder.plans import save_plan
from core.pipeline.impact import Impact, impact, phrases
from core.worker.records import utc_now
from reeltui.acts.opened import Opened, open_root
from reeltui.command import command
from reeltui.figures import seconds

VERB = "edit"


class Edit(msgspec.Struct, frozen=True):
    """A plan that is to be saved, and what that means. `expect` is the sha256 of the plan.json it was made from (""
    where there was none); `same`: it says what the plan in force says already."""

    root: Path
    plan: Plan
    expect: str
    impact: Impact
    same: bool


class PlanText(msgspec.Struct, frozen=True):
    """plan.json as it lies there: its text, its sha256 ("" where there is none), and why it is refused ("")."""

    text: str
    sha: str
    problem: str = ""


def edited(plan: Plan, index: int, *, prompt: str | None = None, narration: str | None = None) -> Plan:
    """Return the plan with a shot's words changed. Raises BadInput where the result is no legal plan."""
    place = plan.position(index)
    shots, lines = list(plan.shots), list(plan.vo_script_per_shot)
    if prompt is not None:
        shots[place] = msgspec.structs.replace(shots[place], prompt=clean(prompt))
    if narration is not None:
        lines[place] = clean(narration)
    return decode_plan(encode_plan(msgspec.structs.replace(plan, shots=tuple(shots), vo_script_per_shot=tuple(lines))))


def propose(root: Path, index: int, *, prompt: str | None = None, narration: str | None = None) -> Edit:
    """Return what changing a shot's words would mean. Raises BadInput."""
    opened = open_root(root)
    plan = opened.snapshot.plan
    if opened.snapshot.plan_error:
        raise BadInput(opened.snapshot.plan_error, remedy="correct plan.json first, or resume with --keep-plan")
    if plan is None:
        raise BadInput(f"{root.name} has no plan yet", remedy=f"make one first: {command('resume', root)}")
    if prompt is None and narration is None:
        raise BadInput("there is nothing to change", remedy="give --prompt or --narration")
    changed = edited(plan, index, prompt=prompt, narration=narration)
    return _proposed(opened, changed, opened.snapshot.plan_sha)


def propose_plan(root: Path, plan: Plan, expect: str) -> Edit:
    """Return what putting a plan in force would mean; `expect` is the sha256 of the plan.json it was made from.

    Raises BadInput where it is no legal plan.
    """
    return _proposed(open_root(root), decode_plan(encode_plan(plan), where="the plan"), expect)


def propose_text(root: Path, text: str, expect: str) -> Edit:
    """Return what saving a whole plan.json would mean, also in place of one that is refused; `expect` as `PlanText.sha`
    when the text was read. Raises BadInput naming the field that is wrong."""
    return _proposed(open_root(root), plan_of(text), expect)


def plan_of(text: str) -> Plan:
    """Return the plan a text says. Raises BadInput naming the field that is wrong; cheap enough for every key."""
    return decode_plan(text.encode("utf-8", errors="replace"), where="the plan")


def save(edit: Edit) -> None:
    """Put an edit into plan.json; the plan before it stays in the history.

    Raises BadInput where somebody else changed plan.json meanwhile, Locked, DiskTrouble.
    """
    save_plan(edit.root, edit.plan, expect=edit.expect, verb=VERB, now=utc_now())


def read_text(root: Path) -> PlanText:
    """Return plan.json as it lies there, good or bad; what is no UTF-8 is replaced, and reading it says so.

    Raises BadInput where it is no plain file, too large or cannot be read.
    """
    data = _bytes(root / layout.PLAN_FILE)
    if data is None:
        return PlanText("", "")
    text, sha = data.decode("utf-8", errors="replace"), hashlib.sha256(data).hexdigest()
    try:
        decode_plan(data)
    except BadInput as problem:
        return PlanText(text, sha, str(problem))
    return PlanText(text, sha)


def describe(effect: Impact) -> list[str]:
    """Return an impact as lines for a person."""
    lines = []
    if effect.redo:
        sure = "" if effect.cost.measured else ", not yet measured on this machine"
        lines.append(f"To make again: {phrases(effect.redo)}: about {seconds(effect.cost.seconds)}{sure}")
    if effect.restore:
        lines.append(f"Comes back from the history without work: {phrases(effect.restore)}")
    if effect.stale:
        lines.append(f"Stays usable, though made from something that changes: {phrases(effect.stale)}")
    return lines or ["Nothing has to be made again."]


def _proposed(opened: Opened, changed: Plan, expect: str) -> Edit:
    found = impact(opened.snapshot, changed, opened.lineup, opened.wording, opened.rates)
    same = changed == opened.snapshot.plan and not opened.snapshot.plan_error
    return Edit(opened.root, changed, expect, found, same)


def _bytes(path: Path) -> bytes | None:
    """Return what is in a file, or None where there is none; a link is not followed, a pipe not waited for."""
    remedy = "put the file itself there, or resume with --keep-plan"
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}", remedy=remedy) from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise BadInput(f"{path} is no plain file", remedy=remedy)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(MAX_PLAN_BYTES + 1)
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}", remedy="check the disk and permissions") from None
    finally:
        os.close(descriptor)
    if len(data) > MAX_PLAN_BYTES:
        text = f"{path} has more than {MAX_PLAN_BYTES:,} bytes, which is the most a plan has"
        raise BadInput(text, remedy="check that this is the right file")
    return data
