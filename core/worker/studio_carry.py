"""Carries single files of a StudioMI300 folder into a reel: copied, looked at, committed with a receipt, or refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from core.film.errors import EngineTrouble
from core.film.event import Happened, Restored, StepMovedAside
from core.film.lineup import Phase
from core.film.requests import Fact, Request
from core.film.text import clean
from core.folder import layout
from core.folder.commit import commit, stage_folder
from core.folder.records import Fingerprint, Receipt
from core.folder.write import disk_trouble, sync_file
from core.pipeline.fingerprint import digest
from core.pipeline.steps import Step
from core.worker.look import Eyes, Seen
from core.worker.records import Ledger
from core.worker.studio_files import Found, open_source

STUDIO = "StudioMI300"
_MODELS = {
    Phase.PLAN: "Qwen3.5-35B-A3B",
    Phase.MASTERS: "FLUX.2 [klein] 4B",
    Phase.KEYFRAMES: "FLUX.2 [klein] 4B",
    Phase.ANIMATE: "Wan2.2-I2V-A14B",
    Phase.CRITIQUE: "Qwen3.5-35B-A3B",
    Phase.MUSIC: "ACE-Step v1",
    Phase.NARRATE: "Kokoro-82M",
}
_CHUNK = 1 << 20


class Outcome(StrEnum):
    """What became of a file."""

    TAKEN = "taken"
    UNJUDGED = "unjudged"  # a clip that was taken, whose verdict could not be told
    REFUSED = "refused"  # not whole, or not of this plan: a copy is kept, and resume makes it again
    KEPT = "kept"  # for the record; no part of the reel
    LEFT = "left"  # not wanted


class Brought(msgspec.Struct, frozen=True):
    """A file of the folder, what became of it, the step it belongs to ("" for none), and why."""

    source: str
    outcome: Outcome
    step: str = ""
    reason: str = ""


class Refused(Exception):
    """A file that is not taken; the message says why."""


class Carried(msgspec.Struct, frozen=True):
    """A file that was copied into its step's stage and found good; `staged` are the files that go beside the
    receipt, the main one first; `seconds` is its length."""

    found: Found
    step: Step
    staged: dict[str, Path]
    figures: dict[str, object] = {}
    seconds: float = 0.0
    request: Request | None = None


class Carrier:
    """Carries files into one reel. `files` says what became of each, `shas` has the main file of every step taken."""

    def __init__(self, root: Path, origin: str, eyes: Eyes) -> None:
        """`origin` is the folder's name, as it is shown."""
        self.root = root
        self.origin = origin
        self.files: list[Brought] = []
        self.shas: dict[str, str] = {}
        self.ledger = Ledger(root)
        self._eyes = eyes
        self._refusals = 0

    def leave(self, found: Found, reason: str) -> None:
        """Say that a file is not wanted."""
        self.files.append(Brought(found.name, Outcome.LEFT, "", reason))

    def fetch(
        self,
        found: Found,
        step: Step,
        name: str,
        check: Callable[[Seen], str],
        *,
        wrong: str = "",
        request: Request | None = None,
    ) -> Carried | None:
        """Copy a file into its step's stage as `name` and look at the copy; None where it was refused.

        `check` says what is wrong with what was seen, `wrong` what is known to be wrong already. With a request
        the copy is also held against that, and a clip's stills are cut. Raises DiskTrouble.
        """
        stage = stage_folder(self.root, step.id)
        copy = stage / name
        try:
            self.copy(found, copy)
            if wrong:
                raise Refused(wrong)
            seen = self._eyes.look(copy)
            if fault := check(seen):
                raise Refused(fault)
            stills = self._eyes.inspect(request, stage, name, stills=True).files if request is not None else ()
        except (Refused, EngineTrouble) as error:
            self._refuse(found, step, copy, str(error))
            return None
        figures: dict[str, object] = {"size": [seen.width, seen.height], "frames": [seen.frames, seen.fps]}
        staged = {file: stage / file for file in (name, *stills)}
        return Carried(found, step, staged, figures, seen.seconds, request)

    def commit(
        self, carried: Carried, *, facts: dict[str, Fact] | None = None, seconds: float | None = None, doubt: str = ""
    ) -> None:
        """Bring a fetched file into the reel. `seconds` is the work it took there, `doubt` why a clip is not judged.

        Raises DiskTrouble.
        """
        found, step = carried.found, carried.step
        receipt = self.receipt(found, step, carried.figures)
        facts = {**receipt.facts, **(facts or {})}
        receipt = msgspec.structs.replace(receipt, request=carried.request, facts=facts, seconds=round(seconds or 0, 3))
        made = commit(self.root, receipt, carried.staged)
        assert made.main is not None, "a file was staged"
        self.shas[step.id] = made.main.sha256
        self.files.append(Brought(found.name, Outcome.UNJUDGED if doubt else Outcome.TAKEN, step.id, doubt))
        words = f"taken from {self.origin}; nothing was made" + (f"; not judged: {doubt}" if doubt else "")
        self.ledger.event(Happened.RESTORED, step, words, Restored(clean(found.name)))

    def receipt(self, found: Found, step: Step, figures: dict[str, object]) -> Receipt:
        """Return the receipt of a step that was done there: what it must have been made from, and what made it."""
        model = _MODELS[step.phase]
        try:
            finished = datetime.fromtimestamp(found.path.lstat().st_mtime, UTC)
        except (OSError, OverflowError, ValueError):
            finished = datetime.now(UTC)
        return Receipt(
            step=step.id,
            made_from=Fingerprint(step.content, digest({"backend": [STUDIO, model, ""], **figures})),
            inputs={name: self.shas[need] for name, need in step.needs.items() if need in self.shas},
            outputs={},
            request=None,
            backend=STUDIO,
            model=model,
            revision="",
            seed=None,
            seconds=0.0,
            finished=finished.strftime("%Y-%m-%dT%H:%M:%SZ"),
            device="",
            versions={},
            why=f"imported from {self.origin}",
            facts={"source": clean(found.name)},
        )

    def _refuse(self, found: Found, step: Step, copy: Path, reason: str) -> None:
        """Keep a copy of what is not taken, say why, and leave the step to resume."""
        self._refusals += 1
        where = f"{layout.DAMAGED}/{self._refusals:04d}-{step.id.replace('/', '~')}"
        try:
            if copy.exists():
                (self.root / where).mkdir(parents=True)
                os.rename(copy, self.root / where / found.path.name)
        except OSError as error:
            disk_trouble(error, self.root / where)
        self.files.append(Brought(found.name, Outcome.REFUSED, step.id, reason))
        words = f"{clean(found.name)} of {self.origin} was not taken: {reason}; a copy is in {where}"
        self.ledger.event(Happened.MOVED_ASIDE, None, words, StepMovedAside(step.id, clean(found.name)))

    def copy(self, found: Found, target: Path) -> None:
        """Copy a file of the folder. Raises Refused where it cannot be read, DiskTrouble where it cannot be written."""
        write_new(target, _chunks(found))


def write_new(target: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that is not there yet, and push it to the disk. Raises DiskTrouble."""
    try:
        with target.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
        sync_file(target)
    except OSError as error:
        disk_trouble(error, target)


def _chunks(found: Found) -> Iterator[bytes]:
    try:
        with open_source(found.path) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise Refused(f"{found.path.name} cannot be read: {error.strerror}") from error
