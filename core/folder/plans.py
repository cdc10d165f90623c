"""Every plan that was ever in force is kept, so that a bad edit can be refused and the last good one stays."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.plan import Plan, encode_plan
from core.folder import layout
from core.folder.commit import read_receipt
from core.folder.lock import Lock
from core.folder.records import Fingerprint, Output, Receipt, sealed
from core.folder.write import disk_trouble, write_whole


def keep_plan(root: Path, data: bytes) -> str:
    """Keep a copy of a plan that is about to be in force; return its sha256. Raises DiskTrouble."""
    sha = hashlib.sha256(data).hexdigest()
    copy = layout.inside(root, f"{layout.PLANS}/{sha}.json")
    if not copy.is_file() or copy.read_bytes() != data:
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            disk_trouble(error, copy)
        write_whole(copy, data)
    return sha


def accept_plan(root: Path, sha: str, *, now: str) -> bool:
    """Put plan.json in force: keep it, and let the plan's receipt name it.

    For a plan the caller found to be good when its sha256 was `sha`; return False, and do nothing, where somebody
    has changed it since. Raises DiskTrouble.
    """
    data = (root / layout.PLAN_FILE).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha:
        return False
    keep_plan(root, data)
    output = {layout.PLAN_FILE: Output(sha, len(data))}
    old = read_receipt(root / layout.receipt_name(layout.PLAN))
    if old is None:
        receipt = Receipt(
            step=layout.PLAN,
            made_from=Fingerprint("", ""),
            inputs={},
            outputs=output,
            request=None,
            backend="person",
            model="",
            revision="",
            seed=None,
            seconds=0.0,
            finished=now,
            device="",
            versions={},
            why="the plan was given",
        )
    else:
        receipt = msgspec.structs.replace(old, outputs=output, backend="person", finished=now, why="edited by hand")
    write_whole(
        root / layout.receipt_name(layout.PLAN), msgspec.json.format(msgspec.json.encode(sealed(receipt)), indent=1)
    )
    return True


def save_plan(root: Path, plan: Plan, *, expect: str, verb: str, now: str) -> None:
    """Write an edited plan to plan.json under the edit lock, unless somebody else changed it since `expect` (sha256).

    Raises BadInput where they did, Locked, DiskTrouble.
    """
    with Lock(root / layout.EDIT_LOCK, verb=verb, now=now):
        path = root / layout.PLAN_FILE
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        if found != expect:
            raise BadInput("plan.json was changed by somebody else in the meantime", remedy="look at it and try again")
        data = encode_plan(plan)
        keep_plan(root, data)
        write_whole(path, data)


def restore_plan(root: Path, sha: str) -> str:
    """Put the last good plan back as plan.json; a bad one moves to .history/damaged. Return where it went ("")."""
    data = (root / layout.PLANS / f"{sha}.json").read_bytes()
    path, moved = root / layout.PLAN_FILE, ""
    if path.is_symlink() or path.exists():
        folder = layout.inside(root, layout.DAMAGED)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            number = 1
            while (folder / f"plan-{number}.json").exists():
                number += 1
            os.rename(path, folder / f"plan-{number}.json")
        except OSError as error:
            disk_trouble(error, folder)
        moved = f"{layout.DAMAGED}/plan-{number}.json"
    write_whole(path, data)
    return moved
