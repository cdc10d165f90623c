"""Verifies a reel: every receipt, every hash, every media file decoded, and whatever else lies there. Changes nothing.

It may run beside a worker: what changes while it is looked at is looked at again, and what is under way is only noted.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from core.film.decision import Decision
from core.film.errors import ReelError
from core.film.event import Event
from core.film.plan import MAX_PLAN_BYTES, decode_plan
from core.film.requests import AnimateRequest, ComposeRequest, MixRequest, OwnPictureRequest, PaintRequest
from core.folder import layout
from core.folder.commit import committed, hash_file, read_receipt, shelf_name
from core.folder.journal import Journal
from core.folder.records import Receipt, seal_holds
from core.folder.snapshot import HashChecker, read_reel
from core.worker.findings import Finding, Item, Tree
from core.worker.hosts.inspector import LENGTH_SLACK
from core.worker.look import Seen

AGAIN = "resume moves it aside and makes it again"
_MEDIA = (".png", ".jpg", ".mp4", ".wav")
_STEP = re.compile(
    r"masters/(?:[A-Z]|group|scene)|shots/[0-9]{2}/(?:keyframe|narration)|shots/[0-9]{2}/takes/[0-9]{3}/(?:clip|verdict)"
)
# In these places a name alone does not make a file a step's: reel.toml is no reel, clip.txt a person's note.
_ONLY = {
    layout.MUSIC: ("music.json", "music.wav"),
    layout.MIX: ("reel.json", "reel.mp4"),
    "clip": ("clip.json", "clip.mp4"),
    "verdict": ("verdict.json",),
}
_LOGS = (layout.CRITIC_LOG, "worker.log", "worker.log.1")
_OURS = (*_LOGS, layout.LOCK, layout.EDIT_LOCK, layout.DECISIONS, ".history/imported")
_LOOKS = 3  # a worker replaces an artifact in a few milliseconds; three looks apart in time do not all meet that

Look = Callable[[Path], Seen]


class Verifier:
    """One look at one reel. `look` decodes a file, best in a process of its own (`core.worker.look.Eyes`)."""

    def __init__(self, root: Path, look: Look) -> None:
        self._root = root
        self._look = look
        self._check = HashChecker()
        self._tree = Tree(root)
        self._staged: dict[str, Receipt] = {}

    def run(self) -> Iterator[Item]:
        """Yield everything as it is found. Raises nothing: what cannot be looked at is a problem."""
        yield from self._identity()
        yield from self._plan()
        yield from self._journals()
        yield from self._staging()
        for step in dict.fromkeys(filter(None, map(_step_of, sorted(self._tree.files)))):
            yield from self._artifact(step)
        yield from self._shelf()
        yield from self._old_plans()
        yield from self._pictures()
        yield from self._damaged()
        yield from self._rest()

    # --- who it is and what was said --------------------------------------------------------------------------

    def _identity(self) -> Iterator[Item]:
        try:
            read_reel(self._root)
        except ReelError as error:
            yield self._tree.problem(layout.REEL_FILE, str(error), error.remedy)
        else:
            yield self._tree.good(layout.REEL_FILE)

    def _plan(self) -> Iterator[Item]:
        name, receipt_name = layout.PLAN_FILE, layout.receipt_name(layout.PLAN)
        receipt, said = None, False
        if receipt_name in self._tree.files:
            receipt = read_receipt(self._root / receipt_name)
            wrong = _wrong_receipt(layout.PLAN, receipt)
            said = not wrong
            if wrong:
                again = "resume moves it aside and puts plan.json in force again"
                yield self._tree.problem(receipt_name, wrong, again, "plan")
            else:
                yield self._tree.good(receipt_name, "plan")
        known = receipt.main.sha256 if said and receipt is not None and receipt.main is not None else ""
        if not self._tree.plain(name):
            if known and name not in self._tree.links:
                yield self._tree.problem(name, "is missing", "resume puts the last good plan back", "plan")
            return
        try:
            if self._tree.files.get(name, 0) <= MAX_PLAN_BYTES:
                data = (self._root / name).read_bytes()
            else:
                data = b" " * (MAX_PLAN_BYTES + 1)  # as refused as the file itself
            decode_plan(data)
        except ReelError as error:
            stays = "correct it, or go on with the last good plan: resume --keep-plan" if known else error.remedy
            yield self._tree.problem(name, str(error), stays, "plan")
        except OSError as error:
            yield self._tree.problem(
                name, f"cannot be read: {error.strerror}", "check the disk and permissions", "plan"
            )
        else:
            if known in ("", hashlib.sha256(data).hexdigest()):
                yield self._tree.good(name, "plan")
            else:
                yield self._tree.note(name, "was edited since the last run; resume puts it in force", "plan")
        copy = f"{layout.PLANS}/{known}.json"
        if known and not self._tree.plain(copy):
            yield self._tree.note(copy, "the kept copy of the plan in force is missing; a bad edit could not be undone")

    def _journals(self) -> Iterator[Item]:
        journals: tuple[Journal[Event] | Journal[Decision], ...] = (
            Journal(self._root / layout.EVENTS, Event),
            Journal(self._root / layout.DECISIONS, Decision),
        )
        for journal in journals:
            name = journal.path.name
            if name not in self._tree.files:
                continue
            try:
                bad = journal.read()[1]
                if bad and self._tree.held():
                    bad = journal.read()[1]  # a line may have been half written
            except OSError as error:
                yield self._tree.problem(name, f"cannot be read: {error.strerror}", "check the disk and permissions")
                continue
            text = f"{bad} damaged line{'s' if bad > 1 else ''}"
            remedy = f"resume takes them out and keeps the file as it was in {layout.DAMAGED}"
            yield self._tree.problem(name, text, remedy) if bad else self._tree.good(name)

    def _staging(self) -> Iterator[Item]:
        """What a run had in hand when it ended, or has now."""
        for name in self._tree.folders(layout.STAGING):
            path = f"{layout.STAGING}/{name}"
            self._tree.claim(path)
            try:
                receipt = committed(self._root, self._root / path)
            except (OSError, ReelError):
                receipt = None
            if self._tree.held():
                yield self._tree.note(path, "is being made now", _step_named(name))
            elif receipt is not None:
                self._staged[receipt.step] = receipt
                place = layout.folder_of(receipt.step)  # between two renames what lies there is half old and half new
                for file in (*receipt.outputs, f"{receipt.step.rpartition('/')[2]}.json"):
                    self._tree.claim(f"{place}/{file}" if place else file)
                text = "was finished as the last run ended; resume brings it in, nothing is made again"
                yield self._tree.note(path, text, receipt.step)
            else:
                yield self._tree.note(path, "was half made as the last run ended; resume drops it and makes it again")

    # --- artifacts --------------------------------------------------------------------------------------------

    def _artifact(self, step: str) -> Iterator[Item]:
        if step in self._staged:
            return
        for _ in range(_LOOKS):
            items, receipt = self._look_at(step)
            if all(item.finding is Finding.OK for item in items) or not self._tree.held():
                yield from items
                return
            if (self._root / layout.STAGING / step.replace("/", "~")).exists():
                break
            now = self._receipt(layout.receipt_name(step))
            if now == receipt:
                yield from items
                return
        yield self._tree.note(layout.receipt_name(step), "is being made again while it is looked at", step)

    def _receipt(self, name: str) -> Receipt | None:
        return read_receipt(self._root / name) if self._tree.plain(name) else None

    def _look_at(self, step: str) -> tuple[list[Item], Receipt | None]:
        name = layout.receipt_name(step)
        receipt = self._receipt(name)
        there = os.path.lexists(self._root / name)
        wrong = _wrong_receipt(step, receipt) if there else "it has no receipt: it was never finished"
        if wrong or receipt is None:
            frames = f"{layout.folder_of(step)}/frame_" if step.endswith("/clip") else None
            self._tree.claim_if(lambda path: _step_of(path) == step or bool(frames and path.startswith(frames)))
            return [self._tree.problem(name, wrong, AGAIN, step)], receipt
        items = [self._tree.good(name, step)]
        place = layout.folder_of(step)
        for number, output in enumerate(receipt.outputs):
            path = f"{place}/{output}" if place else output
            wrong = self._check(self._root / path, receipt.outputs[output])
            if wrong:
                items.append(self._tree.problem(path, wrong, AGAIN, step))
            else:
                items.append(self._decoded(path, step, receipt if number == 0 else None))
        if step.endswith("/verdict"):
            items += self._belongs(step, receipt)
        return items, receipt

    def _decoded(self, path: str, step: str, receipt: Receipt | None) -> Item:
        """Decode a file whose hash is right; `receipt` where it is the one that was asked for."""
        if not path.endswith(_MEDIA):
            return self._tree.good(path, step)
        try:
            wrong = _unlike(self._look(self._root / path), receipt)
        except ReelError as error:
            wrong = str(error)
        if not wrong:
            return self._tree.good(path, step)
        return self._tree.problem(
            path, wrong, "its receipt vouches for it, so resume keeps it: delete it, then resume", step
        )

    def _belongs(self, step: str, receipt: Receipt) -> Iterator[Item]:
        """A verdict counts only for the very clip it was given for."""
        name, about = layout.receipt_name(step), step.replace("/verdict", "/clip")
        clip = self._staged.get(about) or self._receipt(layout.receipt_name(about))
        if clip is None or clip.main is None:
            yield self._tree.note(name, "there is no clip beside it", step)
        elif receipt.inputs.get("clip") != clip.main.sha256:
            yield self._tree.problem(name, "it was given for another clip", "resume asks the critic again", step)

    # --- the history ------------------------------------------------------------------------------------------

    def _shelf(self) -> Iterator[Item]:
        """Old artifacts. Nothing needs them until an edit is taken back, and then a damaged one is made again."""
        remedy = "only wanted if an edit is taken back; it is made again then"
        for name in self._tree.folders(layout.SHELF):
            folder = f"{layout.SHELF}/{name}"
            receipt = self._receipt(f"{folder}/receipt.json")
            step = _step_named(name.partition("@")[0])
            if receipt is None and step in self._staged:
                self._tree.claim(folder)
                continue  # on its way here when the run ended; resume brings the rest
            wrong = _wrong_receipt(step, receipt)
            if receipt is not None and not wrong and re.sub(r"~[0-9]+\Z", "", name) != shelf_name(receipt):
                wrong = "its name is not what its receipt says"
            if wrong or receipt is None:
                self._tree.claim(folder)
                yield self._tree.problem(f"{folder}/receipt.json", wrong, remedy, step)
                continue
            yield self._tree.good(f"{folder}/receipt.json", step)
            for number, output in enumerate(receipt.outputs):
                path = f"{folder}/{output}"
                wrong = self._check(self._root / path, receipt.outputs[output])
                if wrong:
                    yield self._tree.problem(path, wrong, remedy, step)
                else:
                    yield self._decoded(path, step, receipt if number == 0 else None)

    def _old_plans(self) -> Iterator[Item]:
        for path in sorted(self._tree.files):
            found = re.fullmatch(re.escape(layout.PLANS) + r"/([0-9a-f]{64})\.json", path)
            if not found:
                continue
            try:
                same = hashlib.sha256((self._root / path).read_bytes()).hexdigest() == found[1]
            except OSError as error:
                yield self._tree.problem(path, f"cannot be read: {error.strerror}", "check the disk and permissions")
                continue
            remedy = "a copy of plan.json if that is still the one in force, else an old plan: delete it"
            yield self._tree.good(path) if same else self._tree.problem(path, "is not the plan its name says", remedy)

    def _pictures(self) -> Iterator[Item]:
        """People's own pictures, each named by what was in it."""
        for path in sorted(self._tree.files):
            found = re.fullmatch(re.escape(layout.PICTURES) + r"/([0-9a-f]{32})\.(png|jpg|webp)", path)
            if not found:
                continue
            try:
                same = hash_file(self._root / path).sha256.startswith(found[1])
            except OSError as error:
                yield self._tree.problem(path, f"cannot be read: {error.strerror}", "check the disk and permissions")
                continue
            remedy = "give the picture again with `reeltui keyframe` or `reeltui master`"
            yield self._tree.good(path) if same else self._tree.problem(path, "is not the picture given", remedy)

    def _damaged(self) -> Iterator[Item]:
        """What was found damaged before."""
        for name in self._tree.folders(layout.DAMAGED):
            path = f"{layout.DAMAGED}/{name}"
            self._tree.claim(path)
            yield self._tree.note(path, "was moved aside earlier; delete it when you no longer want to look at it")

    def _rest(self) -> Iterator[Item]:
        for path in self._tree.links:
            if self._tree.claimed(path):
                continue  # a file of a step, which is no plain file then
            text = "is a symbolic link; it is not followed"
            if path.split("/")[0] in ("masters", "shots", layout.HISTORY, layout.STAGING) or _named(path):
                yield self._tree.problem(path, text, "put the file or folder itself there")
            else:
                yield self._tree.note(path, text)
        for path, text in self._tree.odd.items():
            if self._tree.claimed(path):
                continue
            yield self._tree.problem(path, text, "take it away, or check the permissions")
        held = self._tree.held()
        for path in self._tree.unclaimed():
            if path.startswith(_OURS) or (held and (path == layout.LIVE or path.endswith(".tmp"))):
                continue
            left = path == layout.LIVE or re.search(r"(^|/)\.[^/]+\.(tmp|part)\Z", path)
            yield self._tree.note(path, "was left by a crash" if left else "belongs to nothing here")


def _step_of(path: str) -> str | None:
    """Return the step a file in its place belongs to by its name, or None."""
    folder, _, name = path.rpartition("/")
    stem, dot, _ = name.partition(".")
    if not dot or name not in _ONLY.get(stem, (name,)):
        return None
    step = f"{folder}/{stem}" if folder else stem
    return step if step in (layout.MUSIC, layout.MIX) or _STEP.fullmatch(step) else None


def _step_named(folder: str) -> str:
    """Return the step a stage or shelf folder is named for, or "" for a folder of another name."""
    step = folder.replace("~", "/")
    return step if step in (layout.PLAN, layout.MUSIC, layout.MIX) or _STEP.fullmatch(step) else ""


def _named(path: str) -> bool:
    """Tell whether the reel itself uses a path at its top."""
    tops = (layout.PLAN_FILE, layout.REEL_FILE, layout.EVENTS, layout.LIVE, layout.receipt_name(layout.PLAN), *_OURS)
    return path in tops or _step_of(path) is not None


def _wrong_receipt(step: str, receipt: Receipt | None) -> str:
    if receipt is None:
        return "its receipt cannot be read"
    if receipt.step != step:
        return f"its receipt is that of {receipt.step}"
    return "" if seal_holds(receipt) else "its receipt was changed (the seal does not match)"


def _unlike(seen: Seen, receipt: Receipt | None) -> str:
    """Return in what a file is not what its receipt says was asked, or ""."""
    request = receipt.request if receipt is not None else None
    if isinstance(request, AnimateRequest):
        text = "{} frames at {:g} fps, {}x{}"
        wanted = (request.frames, float(request.fps), request.width, request.height)
        got = (seen.frames, seen.fps, seen.width, seen.height)
        return "" if got == wanted else f"has {text.format(*got)} instead of {text.format(*wanted)}"
    if isinstance(request, PaintRequest | OwnPictureRequest | MixRequest):
        same = (seen.width, seen.height) == (request.width, request.height)
        return "" if same else f"is {seen.width}x{seen.height} instead of {request.width}x{request.height}"
    if isinstance(request, ComposeRequest) and abs(seen.seconds - request.seconds) > LENGTH_SLACK:
        return f"lasts {seen.seconds:.2f} s instead of {request.seconds:.2f} s"
    return ""
