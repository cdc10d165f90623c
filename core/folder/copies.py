"""What a new reel takes over from another: its words and a person's own pictures, and where wanted all that was made.

Every file is checked against its receipt on the way; what does not match is left out and named.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import msgspec

from core.film.decision import Decision, Kind, in_force
from core.film.errors import BadInput
from core.film.plan import encode_plan
from core.folder import layout
from core.folder.journal import encode_line
from core.folder.plans import keep_plan
from core.folder.records import Artifact, Snapshot
from core.folder.write import disk_trouble, sync_folder, write_all, write_whole

_CHUNK = 1 << 20


class Copied(msgspec.Struct, frozen=True):
    """The finished steps that were copied, the bytes of their files, and what was left out and why."""

    steps: tuple[str, ...]
    bytes: int
    left: tuple[str, ...]


def fill_copy(new: Path, snapshot: Snapshot, *, made: bool) -> Copied:
    """Put into a new reel's folder what another one has: the plan in force, the person's own pictures and the words
    that put them in place; with `made` every finished step, every take, and everything that was said.

    The reel it is copied from is only read; with `made` the caller holds its lock. Raises DiskTrouble.
    """
    return _Copy(new, snapshot).fill(made=made)


class _Copy:
    """One copy under way: what it has so far, and what it left."""

    def __init__(self, new: Path, snapshot: Snapshot) -> None:
        self._new = new
        self._old = Path(snapshot.path)
        self._snapshot = snapshot
        self._steps: list[str] = []
        self._left: list[str] = []
        self._bytes = 0

    def fill(self, *, made: bool) -> Copied:
        self._plan(made=made)
        self._decisions(made=made)
        if made:
            takes = [take for takes in self._snapshot.takes.values() for take in takes]
            judged = [take.verdict for take in takes if take.verdict is not None]
            for artifact in (*self._snapshot.artifacts.values(), *(take.clip for take in takes), *judged):
                if artifact.step != layout.PLAN:
                    self._artifact(artifact)
        return Copied(tuple(self._steps), self._bytes, tuple(self._left))

    def _plan(self, *, made: bool) -> None:
        snapshot = self._snapshot
        if snapshot.plan_error:
            instead = "its last good plan is taken" if snapshot.plan else "the copy has no plan"
            self._left.append(f"{snapshot.plan_error}; {instead}")
        if snapshot.plan is None:
            return
        data = self._words(snapshot.plan_sha) or encode_plan(snapshot.plan)
        keep_plan(self._new, data)
        write_whole(self._new / layout.PLAN_FILE, data)
        plan = snapshot.artifacts.get(layout.PLAN)
        if not made or plan is None or not plan.whole or plan.receipt is None or plan.receipt.main is None:
            return
        known = self._words(plan.receipt.main.sha256)
        if known is not None:
            keep_plan(self._new, known)
            self._receipt(plan)

    def _words(self, sha: str) -> bytes | None:
        """Return the plan with this sha256: plan.json as it lies there, or the copy that was kept."""
        for name in (layout.PLAN_FILE, f"{layout.PLANS}/{sha}.json"):
            try:
                data = layout.inside(self._old, name).read_bytes()
            except (OSError, BadInput):
                continue
            if hashlib.sha256(data).hexdigest() == sha:
                return data
        return None

    def _decisions(self, *, made: bool) -> None:
        said = self._snapshot.decisions
        pictures = [decision for decision in in_force(said) if decision.kind is Kind.PICTURE]
        lost = {decision.seen for decision in pictures if decision.seen and not self._picture(decision)}
        kept = [decision for decision in (said if made else pictures) if not _lost(decision, lost)]
        if kept:
            write_whole(self._new / layout.DECISIONS, b"".join(encode_line(decision) for decision in kept))

    def _picture(self, decision: Decision) -> bool:
        """Copy a person's own picture; tell whether it is there now."""
        for ending in layout.PICTURE_ENDINGS:
            name = layout.picture(decision.seen, ending)
            if (self._new / name).exists():
                return True
            if name in self._snapshot.pictures and not self._file(name, decision.seen):
                return True
        self._left.append(f"{decision.step}: your own picture is missing, or not the file that was given")
        return False

    def _artifact(self, artifact: Artifact) -> None:
        if not artifact.whole or artifact.receipt is None:
            self._left.append(f"{artifact.step}: {artifact.damage}")
            return
        folder = layout.folder_of(artifact.step)
        copied: list[Path] = []
        for name, output in artifact.receipt.outputs.items():
            where = f"{folder}/{name}" if folder else name
            problem = self._file(where, output.sha256)
            if problem:
                for path in copied:
                    path.unlink()  # without all of its files a step was never finished
                self._left.append(f"{artifact.step}: {problem}")
                return
            copied.append(self._new / where)
        self._receipt(artifact)
        self._steps.append(artifact.step)

    def _receipt(self, artifact: Artifact) -> None:
        path = self._new / layout.receipt_name(artifact.step)
        _make_folder(path.parent)
        write_whole(path, msgspec.json.format(msgspec.json.encode(artifact.receipt), indent=1))

    def _file(self, name: str, sha: str) -> str:
        """Copy one file that has this sha256; return what is wrong with it ("" where nothing is)."""
        target = self._new / name
        _make_folder(target.parent)
        try:
            problem = _copy(layout.inside(self._old, name), target, sha)
        except BadInput as error:
            return str(error)
        if not problem:
            self._bytes += target.stat().st_size
        return problem


def _lost(decision: Decision, pictures: set[str]) -> bool:
    return decision.kind is Kind.PICTURE and decision.seen in pictures


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        disk_trouble(error, folder)


def _copy(source: Path, target: Path, sha: str) -> str:
    """Copy a file, durably; return what is wrong with it ("" where nothing is), and leave no copy then.

    Raises DiskTrouble where the copy cannot be written.
    """
    digest = hashlib.sha256()
    try:
        # Without waiting: the other end of a pipe may never come.
        old = os.open(source, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return f"{source.name} cannot be read: {error.strerror}"
    try:
        new = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            while piece := _piece(old):
                digest.update(piece)
                write_all(new, piece)
            if digest.hexdigest() == sha:
                os.fsync(new)
                sync_folder(target.parent)
                return ""
        finally:
            os.close(new)
        target.unlink()
    except _Unreadable as problem:
        target.unlink()
        return f"{source.name} cannot be read: {problem}"
    except OSError as error:
        disk_trouble(error, target)
    finally:
        os.close(old)
    return f"{source.name} is not what was made (its sha256 differs)"


class _Unreadable(Exception):
    """The file that is copied cannot be read to its end."""


def _piece(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError as error:
        raise _Unreadable(error.strerror) from error
