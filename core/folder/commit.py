"""How a finished step enters the reel: staged, recorded, renamed into place, receipt last; and how a crash in the
middle is rolled forward, so that not even the moment between clip and receipt can lose a take.

    .staging/<step>/            what a host wrote, nobody else's business
    .staging/<step>/commit.json the sealed receipt: from here on the step counts, and recovery finishes the rest
    <place>/<file>              renamed, after what lay there went to .history/shelf with its own receipt
    <step>.json                 the commit record itself, renamed last
"""

from __future__ import annotations

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path, PurePosixPath

import msgspec

from core.film.errors import BadInput
from core.folder import layout
from core.folder.lock import holder_of
from core.folder.plain import plain_opener, read_plain
from core.folder.records import Artifact, Output, Receipt, inputs_hash, seal_holds, sealed
from core.folder.write import disk_trouble, sync_file, sync_folder, write_whole

_CHUNK = 1 << 20
# A receipt (bytes) that is longer is none of ours: a plan, the longest thing in one, has a hundredth of it.
_MOST = 100 << 20


def hash_file(path: Path) -> Output:
    """Return the sha256 and size of a plain file. Raises OSError."""
    with open(path, "rb", opener=plain_opener) as file:
        digest = hashlib.file_digest(file, "sha256")
        return Output(digest.hexdigest(), file.tell())


def _stage(root: Path, step: str) -> Path:
    return layout.inside(root, layout.stage(step))


def stage_folder(root: Path, step: str) -> Path:
    """Return a fresh, empty folder for a step to work in. Raises DiskTrouble."""
    folder = _stage(root, step)
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        disk_trouble(error, folder)
    return folder


def commit(root: Path, receipt: Receipt, staged: dict[str, Path]) -> Receipt:
    """Bring a finished step into the reel and return its sealed receipt with `outputs` filled in.

    `staged` maps the final file names (beside the receipt, the main one first) to files in the step's stage folder.
    Raises DiskTrouble; then the old artifact is still in place or the new one is rolled forward by `recover`.
    """
    stage = _stage(root, receipt.step)
    try:
        stage.mkdir(parents=True, exist_ok=True)
        outputs: dict[str, Output] = {}
        for name, source in staged.items():
            target = stage / f"out~{name}"
            os.rename(source, target)
            sync_file(target)
            outputs[name] = hash_file(target)
        sync_folder(stage)
    except OSError as error:
        disk_trouble(error, stage)
    final = sealed(msgspec.structs.replace(receipt, outputs=outputs))
    write_whole(stage / layout.COMMIT, msgspec.json.format(msgspec.json.encode(final), indent=1))
    _roll_forward(root, stage, final)
    return final


def _roll_forward(root: Path, stage: Path, receipt: Receipt) -> None:
    """Finish a commit whose record is on disk. Can be repeated at any point."""
    place = layout.inside(root, layout.folder_of(receipt.step))
    goal = layout.inside(root, layout.receipt_name(receipt.step))
    try:
        _make_folders(root, place)
        old = read_receipt(goal)
        if goal.exists() and (old is None or old.seal != receipt.seal):
            shelve(root, receipt.step, old)
        for name in receipt.outputs:
            source = stage / f"out~{name}"
            if source.exists():
                os.rename(source, place / name)
        sync_folder(place)
        os.rename(stage / layout.COMMIT, goal)
        sync_folder(goal.parent)
        shutil.rmtree(stage)
    except OSError as error:
        disk_trouble(error, goal)


def _make_folders(root: Path, place: Path) -> None:
    missing = []
    while place != root and not place.exists():
        missing.append(place)
        place = place.parent
    for folder in reversed(missing):
        folder.mkdir()
        sync_folder(folder.parent)


def recover(root: Path) -> list[str]:
    """Finish every commit a crash interrupted, drop every other stage; return the steps that were saved.

    Needs the reel's lock. Raises DiskTrouble.
    """
    saved: list[str] = []
    _sweep(root)
    staging = layout.inside(root, layout.STAGING)
    if not staging.is_dir():
        return saved
    for stage in sorted(staging.iterdir()):
        receipt = committed(root, stage)
        if receipt is not None:
            _roll_forward(root, stage, receipt)
            saved.append(receipt.step)
        elif stage.is_dir() and not stage.is_symlink():
            shutil.rmtree(stage, ignore_errors=True)
        else:
            stage.unlink(missing_ok=True)
    return saved


def committed(root: Path, stage: Path) -> Receipt | None:
    """Return the receipt of a stage whose step was finished, so that `recover` brings it in; None for any other.

    Changes nothing. Raises OSError.
    """
    receipt = read_receipt(stage / layout.COMMIT)
    if receipt is None or not seal_holds(receipt) or not _all_there(root, stage, receipt):
        return None
    return receipt


def _sweep(root: Path) -> None:
    """Remove the halves of files a kill left. Not while somebody is saving an edit: that temp file is in use."""
    if holder_of(root / layout.EDIT_LOCK) is not None:
        return
    for folder in ("", layout.PLANS, layout.DAMAGED, layout.PICTURES):
        for temp in layout.inside(root, folder).glob(".*.tmp"):
            temp.unlink(missing_ok=True)


def _all_there(root: Path, stage: Path, receipt: Receipt) -> bool:
    place = layout.inside(root, layout.folder_of(receipt.step))
    for name, output in receipt.outputs.items():
        candidates = [p for p in (stage / f"out~{name}", place / name) if p.is_file() and not p.is_symlink()]
        if not candidates or hash_file(candidates[0]) != output:
            return False
    return True


def read_receipt(path: Path) -> Receipt | None:
    """Return the receipt at `path`, or None where there is none or it cannot be read; links are not followed."""
    try:
        return _decoder().decode(read_plain(path, most=_MOST))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


@cache
def _decoder() -> msgspec.json.Decoder[Receipt]:
    """Return the decoder of receipts. It takes ten milliseconds to make, and a list of reels needs none."""
    return msgspec.json.Decoder(Receipt)


def shelf_name(receipt: Receipt) -> str:
    """Return the folder name of a shelved artifact: its step and the fingerprints it can be found by."""
    made = receipt.made_from
    keys = (made.content[:16], inputs_hash(receipt.inputs)[:16], made.settings[:16])
    return f"{receipt.step.replace('/', '~')}@{'.'.join(keys)}"


def shelve(root: Path, step: str, receipt: Receipt | None) -> None:
    """Move an artifact that is being replaced into the history, its receipt last. Can be repeated at any point."""
    place = layout.inside(root, layout.folder_of(step))
    goal = layout.inside(root, layout.receipt_name(step))
    if receipt is None or not seal_holds(receipt):
        aside(root, Artifact(step, receipt, "unreadable receipt"))
        return
    shelf = layout.inside(root, f"{layout.SHELF}/{shelf_name(receipt)}")
    kept = read_receipt(shelf / "receipt.json")
    if kept is not None and kept.outputs != receipt.outputs:
        _make_room(shelf)
    shelf.mkdir(parents=True, exist_ok=True)
    for name in receipt.outputs:
        if (place / name).exists():
            os.replace(place / name, shelf / name)
    os.replace(goal, shelf / "receipt.json")
    sync_folder(shelf)
    sync_folder(goal.parent)


def _make_room(shelf: Path) -> None:
    """Keep what lies on a shelf under another name: asked for again, the same request may give another result."""
    number = 2
    while (other := shelf.with_name(f"{shelf.name}~{number}")).exists():
        number += 1
    os.rename(shelf, other)


def unshelve(root: Path, folder: str) -> tuple[Receipt, dict[str, Path]] | None:
    """Copy a shelved artifact into its stage folder, checked; None where it no longer matches its receipt.

    The copy keeps the shelf whole until the step is committed again. Raises DiskTrouble.
    """
    shelf = layout.inside(root, f"{layout.SHELF}/{folder}")
    receipt = read_receipt(shelf / "receipt.json")
    if receipt is None or not seal_holds(receipt) or shelf_name(receipt) != folder:
        return None
    stage = stage_folder(root, receipt.step)
    staged = {}
    for name, output in receipt.outputs.items():
        try:
            shutil.copyfile(layout.inside(shelf, name), stage / name)
            if hash_file(stage / name) != output:
                return None
        except (FileNotFoundError, BadInput):
            return None
        except OSError as error:
            disk_trouble(error, stage)
        staged[name] = stage / name
    return receipt, staged


def aside(root: Path, artifact: Artifact) -> str:
    """Move a damaged artifact (whatever is left of it) to .history/damaged; return the folder, relative to the reel.

    Nothing is deleted: a person may still want to look at it. Raises DiskTrouble.
    """
    damaged = layout.inside(root, layout.DAMAGED)
    try:
        damaged.mkdir(parents=True, exist_ok=True)
        number = 1 + max(
            (
                int(entry.name.partition("-")[0])
                for entry in damaged.iterdir()
                if entry.name.partition("-")[0].isdigit()
            ),
            default=0,
        )
        target = damaged / f"{number:04d}-{artifact.step.replace('/', '~')}"
        target.mkdir()
        receipt = PurePosixPath(layout.receipt_name(artifact.step))
        goal = layout.inside(root, str(receipt.parent)) / receipt.name  # may itself be a link, which moves as one
        for path in [*_files_of(root, artifact), goal]:
            if path.is_symlink() or path.exists():
                os.rename(path, target / path.name)
                sync_folder(path.parent)
        sync_folder(target)
    except OSError as error:
        disk_trouble(error, damaged)
    return target.relative_to(root).as_posix()


def _files_of(root: Path, artifact: Artifact) -> list[Path]:
    place = layout.inside(root, layout.folder_of(artifact.step))
    receipt = artifact.receipt
    if artifact.step == layout.PLAN or not place.is_dir():
        return []  # plan.json is a person's file; only its receipt is ours to move
    if receipt is not None and receipt.step == artifact.step and seal_holds(receipt):
        return [place / name for name in receipt.outputs]
    # Without a receipt to trust, everything that carries the step's name; a take's frames belong to its clip.
    stem = artifact.step.rpartition("/")[2]
    not_ours = {f"{stem}.json", layout.REEL_FILE}
    stems = {"clip": ("clip.", "frame_")}.get(stem, (f"{stem}.",))
    return [path for path in place.iterdir() if path.name.startswith(stems) and path.name not in not_ours]
