"""Runs every check, one after another, and lets none of them stop, hang or break the others."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from core.film.errors import ReelError
from reeltui.doctor.check import Check, Group, State

# Seconds one look may take. What it has found by then is told; the rest is "does not answer".
PATIENCE = 5.0


class Look(msgspec.Struct, frozen=True):
    """Some checks that are looked at together. `silent` is how it stands where there is no answer in time."""

    name: str
    group: Group
    run: Callable[[Path], Iterator[Check]]
    silent: State = State.UNKNOWN
    remedy: str = ""


_DISK_HANGS = "look whether that disk, or the server it lies on, still answers; choose another with --library"


def looks() -> tuple[Look, ...]:
    """Return all looks, in the order of the groups."""
    # Imported here: the command line and the desk start without any of it.
    from reeltui.doctor import devices, disk, installation, leftovers, media, models, settings, terminal, worker

    return (
        Look("installation", Group.INSTALLATION, installation.look),
        Look("ffmpeg", Group.MEDIA, media.ffmpeg, State.BAD, "set REELTUI_FFMPEG to one that answers"),
        Look("libraries", Group.MEDIA, media.libraries),
        Look("config.toml", Group.SETTINGS, settings.config),
        Look("own files", Group.SETTINGS, settings.own_files),
        Look(
            "GPU",
            Group.DEVICES,
            devices.look,
            remedy="its driver may hang: look whether nvidia-smi or rocm-smi answers",
        ),
        Look("engines", Group.DEVICES, devices.engines),
        Look("models", Group.MODELS, models.models),
        Look("library", Group.DISK, disk.trial, State.BAD, _DISK_HANGS),
        Look("space", Group.DISK, disk.space, State.BAD, _DISK_HANGS),
        Look("leftovers", Group.DISK, leftovers.leftovers),
        Look("worker", Group.WORKER, worker.look),
        Look("dead worker", Group.WORKER, leftovers.dead_workers),
        Look("terminal", Group.TERMINAL, terminal.terminal),
    )


def diagnose(library: Path) -> Iterator[Check]:
    """Look at everything and yield each check as it is found, in the order of the groups.

    Never raises; may take PATIENCE seconds for each look that does not answer.
    """
    for look in looks():
        yield from guarded(look, library)


def guarded(look: Look, library: Path, patience: float = PATIENCE) -> Iterator[Check]:
    """Yield the checks of one look; an error of it, and its silence after `patience` seconds, are checks as well.

    It runs in a thread of its own, since a disk or a driver that hangs can be left alone but not stopped.
    """
    found: queue.SimpleQueue[Check | None] = queue.SimpleQueue()

    def run() -> None:
        try:
            for check in look.run(library):
                found.put(check)
        except ReelError as error:
            found.put(Check(look.name, look.group, State.BAD, str(error), error.remedy))
        except Exception as error:  # noqa: BLE001 - a doctor that dies of what it finds is no use
            told = f"this check itself failed: {type(error).__name__}: {error}"
            found.put(Check(look.name, look.group, State.BAD, told, "report these words"))
        found.put(None)

    thread = threading.Thread(target=run, name=f"doctor: {look.name}", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        told = f"no thread can be started: {error}"
        yield Check(look.name, look.group, State.UNKNOWN, told, "end some processes, then try again")
        return
    yield from _until(found, look, patience)


def _until(found: queue.SimpleQueue[Check | None], look: Look, patience: float) -> Iterator[Check]:
    deadline = time.monotonic() + patience
    while True:
        try:
            check = found.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            told = f"no answer within {patience:g} seconds"
            yield Check(look.name, look.group, look.silent, told, look.remedy)
            return
        if check is None:
            return
        yield check
