"""Kills a run at its n-th durable operation, for real, and looks at what is left."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from core.film.lineup import Lineup
from core.folder import layout
from core.folder.commit import read_receipt
from core.folder.records import Receipt, inputs_hash, seal_holds
from core.folder.snapshot import check_size
from tests.forking import ended, fork
from tests.stage import play

OPERATIONS = ("rename", "replace", "fsync", "open", "write", "mkdir", "unlink", "rmdir", "truncate", "ftruncate")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def watch(strike: Callable[[str, int, tuple[Any, ...]], None]) -> None:
    """Call `strike(name, number, arguments)` before every durable operation of this process, from now on."""
    count = 0

    def wrap(name: str) -> None:
        real = getattr(os, name)

        def counted(*args: Any, **options: Any) -> Any:
            nonlocal count
            if name != "open" or (len(args) > 1 and args[1] & WRITING):
                count += 1
                strike(name, count, args)
            return real(*args, **options)

        setattr(os, name, counted)

    for name in OPERATIONS:
        wrap(name)


def killed_at(root: Path, lineup: Lineup, number: int) -> bool:
    """Run a reel in a child that dies at its `number`-th durable operation; return False where it ended before.

    A write is killed half done.
    """
    real_write = os.write

    def strike(name: str, count: int, args: tuple[Any, ...]) -> None:
        if count == number:
            if name == "write":
                real_write(args[0], args[1][: len(args[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        watch(strike)
        play(root, lineup)

    code = ended(fork(work))
    assert code in (0, -signal.SIGKILL), f"the run ended with {code} by itself"
    return code != 0


def traced(root: Path, lineup: Lineup) -> list[str]:
    """Run a reel to its end in a child; return where in `core` each durable operation came from, in order."""
    trace = root.parent / "trace"

    def work() -> None:
        names: list[str] = []

        def strike(name: str, count: int, args: tuple[Any, ...]) -> None:
            frame, calls = sys._getframe(2), []
            while frame is not None:
                if "/core/" in frame.f_code.co_filename:
                    calls.append(frame.f_code.co_name)
                frame = frame.f_back  # type: ignore[assignment]
            names.append(" ".join([name, *calls]))

        watch(strike)
        play(root, lineup)
        trace.write_text("\n".join(names))

    assert ended(fork(work)) == 0
    return trace.read_text().split("\n")


Key = tuple[str, str, str]


def key(receipt: Receipt) -> Key:
    """Return what a piece of work is: the step, its words and what it was made from."""
    return receipt.step, receipt.made_from.content, inputs_hash(receipt.inputs)


def receipts(root: Path) -> dict[str, Receipt]:
    """Return every finished piece of work in a reel by its seal: in place, recorded in a stage, or on the shelf."""
    found = {}
    for path in root.rglob("*.json"):
        receipt = read_receipt(path)
        if receipt is None or not seal_holds(receipt) or layout.DAMAGED in path.as_posix():
            continue
        places = [path.parent, root / layout.folder_of(receipt.step)]
        names = [(name, f"out~{name}") for name in receipt.outputs]
        outputs = zip(names, receipt.outputs.values(), strict=True)
        if all(any(not check_size(p / n, out) for p in places for n in both) for both, out in outputs):
            found[receipt.seal] = receipt
    return found


def bare(receipt: Receipt) -> bytes:
    """Return a receipt without what differs from run to run."""
    same = msgspec.structs.replace(receipt, seconds=0.0, finished="", seal="", versions={}, device="")
    return msgspec.json.encode(same)


def picture(root: Path) -> dict[str, bytes]:
    """Return what a finished reel comes to: its receipts as they always are, everything else by its bytes."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_dir() or name in (layout.EVENTS, layout.LOCK, layout.CRITIC_LOG, layout.REEL_FILE):
            continue
        if name.startswith(f"{layout.DAMAGED}/{layout.EVENTS}."):
            continue  # a journal torn by the kill, kept as it was
        receipt = read_receipt(path) if path.suffix == ".json" else None
        found[name] = bare(receipt) if receipt else path.read_bytes()
    return found
