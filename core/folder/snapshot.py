"""Reads one reel's folder into one immutable snapshot. Changes nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from core.film.decision import Decision
from core.film.errors import BadInput, DiskTrouble
from core.film.event import Event, Happened, Live
from core.film.plan import MAX_PLAN_BYTES, Plan, decode_plan
from core.film.settings import REEL_SCHEMA, Reel
from core.folder import layout
from core.folder.commit import hash_file, read_receipt
from core.folder.journal import Journal
from core.folder.lock import holder_of
from core.folder.plain import read_plain
from core.folder.records import Artifact, Output, Receipt, Shelved, Snapshot, Take, seal_holds

# The most bytes that are read of reel.toml, and of live state.
_MOST_REEL, MOST_LIVE = 1_000_000, 4_000_000
Checker = Callable[[Path, Output], str]
_MASTER = re.compile(r"^([A-Z]|group|scene)$")
_SHELF = re.compile(r"^(.+)@([0-9a-f]{16})\.([0-9a-f]{16})\.([0-9a-f]{16})$")


def check_size(path: Path, output: Output) -> str:
    """Return what is wrong with a file by its size alone ("" where nothing is): cheap, for looking."""
    try:
        status = os.lstat(path)
    except OSError:
        return f"{path.name} is missing"
    if not stat.S_ISREG(status.st_mode):
        return f"{path.name} is not a plain file"
    if status.st_size != output.bytes:
        return f"{path.name} has {status.st_size} bytes instead of {output.bytes}"
    return ""


class HashChecker:
    """Checks files by their sha256, reading each only again when its size, times or inode changed."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int, int, int], str] = {}

    def __call__(self, path: Path, output: Output) -> str:
        problem = check_size(path, output)
        if problem:
            return problem
        try:
            status = os.lstat(path)
            key = (os.fspath(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            digest = self._known.get(key)
            if digest is None:
                digest = self._known[key] = hash_file(path).sha256
        except OSError as error:
            return f"{path.name} cannot be read: {error.strerror}"
        return "" if digest == output.sha256 else f"{path.name} is not what was made (its sha256 differs)"


def read_reel(root: Path) -> Reel:
    """Return the identity of a reel. Raises BadInput where reel.toml is missing or wrong."""
    path = root / layout.REEL_FILE
    try:
        if path.is_symlink():
            raise BadInput(f"{path} is a symbolic link", remedy="put the file itself there")
        reel = msgspec.convert(tomllib.loads(read_plain(path, most=_MOST_REEL).decode()), Reel)
    except FileNotFoundError:
        raise BadInput(f"{root} is not a reel: it has no {layout.REEL_FILE}", remedy="see `reeltui list`") from None
    except (msgspec.ValidationError, ValueError, RecursionError) as error:  # tomllib lets int()'s own errors pass
        raise BadInput(f"{path}: {error}", remedy="correct that line; docs/folder.md lists the fields") from None
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENXIO, errno.EFBIG):
            raise BadInput(f"{path}: {error.strerror}", remedy="put the file itself there") from None
        raise DiskTrouble(f"cannot read {path}: {error.strerror}", remedy="check the disk and permissions") from None
    if reel.schema != REEL_SCHEMA:
        raise BadInput(
            f"{path}: schema {reel.schema} is not known here (expected {REEL_SCHEMA})",
            remedy="use the reeltui version that made this reel",
        )
    return reel


def read_snapshot(root: Path, check: Checker = check_size) -> Snapshot:
    """Return everything known about a reel now; `check` decides how hard files are looked at.

    Raises BadInput where the folder is no reel, DiskTrouble where something in it cannot be read.
    """
    try:
        return _read(root, check)
    except OSError as error:
        what = os.fsdecode(error.filename) if error.filename is not None else os.fspath(root)
        text = f"cannot read {what}: {error.strerror or error}"
        raise DiskTrouble(text, remedy="check the disk and permissions") from None


def _read(root: Path, check: Checker) -> Snapshot:
    reel = read_reel(root)
    artifacts = {step: _artifact(root, step, check) for step in _present(root)}
    takes = {shot: tuple(_takes(root, shot, check)) for shot in _shot_folders(root)}
    events = Journal(root / layout.EVENTS, Event).tail(65536)
    plan, sha, error, accepted = _plan(root, artifacts.get(layout.PLAN))
    return Snapshot(
        path=os.fspath(root),
        reel=reel,
        plan=plan,
        plan_sha=sha,
        plan_error=error,
        plan_accepted=accepted,
        artifacts=artifacts,
        takes=takes,
        shelf=_shelf(root),
        decisions=tuple(Journal(root / layout.DECISIONS, Decision).read()[0]),
        last_event=events[-1] if events else None,
        failures=_failures(events),
        live=read_live(root),
        holder=holder_of(root / layout.LOCK),
        pictures=frozenset(f"{layout.PICTURES}/{name}" for name in _names(root / layout.PICTURES)),
    )


def _names(folder: Path) -> list[str]:
    try:
        if folder.is_symlink():
            return []  # not followed; writing there is refused with the link named
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _present(root: Path) -> Iterator[str]:
    """Yield the step ids (takes apart) of which a receipt or a file lies there."""
    top = _names(root)
    if "plan.receipt.json" in top:
        yield layout.PLAN
    for step, names in ((layout.MUSIC, ("music.json", "music.wav")), (layout.MIX, ("reel.json", "reel.mp4"))):
        if any(name in top for name in names):
            yield step
    masters = _stems(root / "masters")
    yield from (layout.master(stem) for stem in sorted(masters) if _MASTER.match(stem))
    for shot in _shot_folders(root):
        stems = _stems(root / f"shots/{shot:02d}")
        for stem, step in (("keyframe", layout.keyframe(shot)), ("narration", layout.narration(shot))):
            if stem in stems:
                yield step


def _stems(folder: Path) -> set[str]:
    # Only names with an ending: a step's files all have one, and a person's own folder "A" is left alone.
    return {name.partition(".")[0] for name in _names(folder) if "." in name}


def _shot_folders(root: Path) -> list[int]:
    numbers = [name for name in _names(root / "shots") if re.fullmatch("[0-9]{2}", name)]
    return [int(name) for name in numbers if not (root / "shots" / name).is_symlink()]


def _artifact(root: Path, step: str, check: Checker) -> Artifact:
    name = layout.receipt_name(step)
    receipt = read_receipt(root / name)
    if receipt is None:
        return Artifact(step, None, _no_receipt(root / name))
    return Artifact(step, receipt, _damage(root, step, receipt, check))


def _no_receipt(path: Path) -> str:
    return "its receipt cannot be read" if path.exists() else "it has no receipt: it was never finished"


def _damage(root: Path, step: str, receipt: Receipt, check: Checker) -> str:
    if receipt.step != step:
        return f"its receipt is that of {receipt.step}"
    if not seal_holds(receipt):
        return "its receipt was changed (the seal does not match)"
    if step == layout.PLAN:
        return ""  # plan.json is a person's file and may differ; `_plan` looks at it
    place = root / layout.folder_of(step)
    for name, output in receipt.outputs.items():
        if "/" in name or name.startswith("."):
            return f"its receipt names a file outside its folder: {name!r}"
        problem = check(place / name, output)
        if problem:
            return problem
    return ""


def _takes(root: Path, shot: int, check: Checker) -> Iterator[Take]:
    for name in _names(root / f"shots/{shot:02d}/takes"):
        if not re.fullmatch("[0-9]{3}", name):
            continue
        number = int(name)
        inside = _names(root / f"shots/{shot:02d}/takes/{name}")
        if "clip.mp4" not in inside and "clip.json" not in inside:
            continue
        clip = _artifact(root, layout.clip(shot, number), check)
        judged = _artifact(root, layout.verdict(shot, number), check) if "verdict.json" in inside else None
        yield Take(shot, number, clip, judged)


def _plan(root: Path, receipt: Artifact | None) -> tuple[Plan | None, str, str, bool]:
    """Return the plan in force, its sha256, what is wrong with plan.json, and whether it was accepted."""
    known = receipt.receipt.main if receipt and receipt.whole and receipt.receipt else None
    path = root / layout.PLAN_FILE
    try:
        mode = os.lstat(path).st_mode
        if not stat.S_ISREG(mode):  # opening a pipe would wait for ever
            what = "a symbolic link" if stat.S_ISLNK(mode) else "not a file"
            raise BadInput(f"plan.json is {what}", remedy="put the file itself there")
        if os.path.getsize(path) > MAX_PLAN_BYTES:
            raise BadInput(
                f"plan.json has {os.path.getsize(path):,} bytes; a plan has at most {MAX_PLAN_BYTES:,}",
                remedy="check that this is the right file",
            )
        data = read_plain(path, most=MAX_PLAN_BYTES)
        sha = hashlib.sha256(data).hexdigest()
        return decode_plan(data), sha, "", known is not None and known.sha256 == sha
    except FileNotFoundError:
        error = "plan.json is missing" if known else ""
    except BadInput as problem:
        error = f"{problem}"
    except OSError as problem:
        error = f"plan.json cannot be read: {problem.strerror}"
    if known is None:
        return None, "", error, False
    try:
        data = read_plain(root / layout.PLANS / f"{known.sha256}.json", most=MAX_PLAN_BYTES)
        if hashlib.sha256(data).hexdigest() != known.sha256:
            return None, "", error, False  # the kept copy was damaged; its words are nobody's
        return decode_plan(data), known.sha256, error, True
    except (OSError, BadInput):
        return None, "", error, False


def _shelf(root: Path) -> tuple[Shelved, ...]:
    found = []
    for name in _names(root / layout.SHELF):
        match = _SHELF.match(name)
        if match:
            step, content, inputs, settings = match.groups()
            found.append(Shelved(step.replace("~", "/"), content, inputs, settings, name))
    return tuple(found)


def _failures(events: list[Event]) -> dict[str, str]:
    """Return the steps that failed in the newest run and were not done since, with the reason."""
    failed: dict[str, str] = {}
    for event in events:
        if event.event is Happened.RUN_STARTED:
            failed.clear()
        elif event.event is Happened.STEP_FAILED and event.data.get("final"):
            failed[event.step] = event.message
        elif event.event is Happened.STEP_DONE:
            failed.pop(event.step, None)
    return failed


def read_live(root: Path) -> Live | None:
    """Return what whoever works on a reel said last, or None where that cannot be read."""
    try:
        return msgspec.json.decode(read_plain(root / layout.LIVE, most=MOST_LIVE), type=Live)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
