"""Breaks a library under whoever looks at it: every way a file can be something else than it ought to be."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

GARBAGE = b'\x00\xff\xfe{"\x1b]52;c;aGFjaw==\x07\x1b[2J\xc2\x9b31m' * 40


def _socket(path: Path) -> None:
    # Its address has few bytes: it is made in its folder.
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


# What can lie in the place of a file. Nobody is at the other end of the pipe, so opening it would wait for ever.
HARMS: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(GARBAGE),
    "empty": lambda path: path.write_bytes(b""),
    "deep": lambda path: path.write_bytes(b'{"a":' * 50_000),
    "folder": lambda path: path.mkdir(),
    "pipe": lambda path: os.mkfifo(path),
    "socket": _socket,
    "loop": lambda path: path.symlink_to(path.name),
    "nothing": lambda path: None,
}


@contextmanager
def harmed(path: Path, harm: str) -> Iterator[None]:
    """Put something else in the place of a file, then bring it back as it was."""
    kept = path.with_name(f".kept-{path.name}")
    there = os.path.lexists(path)
    if there:
        path.rename(kept)
    try:
        HARMS[harm](path)
        yield
    finally:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        if there:
            kept.rename(path)


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Mount a file system in memory, where this process may."""
    with ExitStack() as stack:

        def mount(options: str) -> Path:
            place = tmp_path / "mount"
            place.mkdir(exist_ok=True)
            command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
            try:
                done = subprocess.run(command, capture_output=True, check=False)
            except FileNotFoundError:
                pytest.skip("there is no mount here")
            if done.returncode:
                pytest.skip("mounting is not allowed here")
            stack.callback(subprocess.run, ["umount", str(place)], capture_output=True, check=False)
            return place

        yield mount


def fill(place: Path, leave: int) -> Path:
    """Fill a file system but for `leave` bytes; return the file that takes the room."""
    filler = place / "filler"
    with filler.open("wb") as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
            file.flush()
    os.truncate(filler, max(0, filler.stat().st_size - leave))
    return filler
