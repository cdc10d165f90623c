"""The programs ours is compared with: each is installed into an environment of its own, and never into ours."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_LOG_BYTES = 5_000_000
_PATIENCE = 900.0  # seconds for one rival's packages

_MINIMAL = """\
from textual.app import App
from textual.widgets import OptionList, Static


class Minimal(App[None]):
    def compose(self):
        yield Static("minimal app")
        yield OptionList(*[f"row {number:02d} of a list" for number in range(1, 51)])


Minimal().run()
"""


class Rival(NamedTuple):
    """A program of others: what pip installs, its command, and how it is watched."""

    package: str
    command: str
    ready: str
    keys: tuple[bytes, bytes]
    quit: bytes
    also: tuple[str, ...] = ()  # further requirements
    rest: float = 0.0


_DOWN, _UP = b"\x1b[B", b"\x1b[A"
_LETTER, _BACK = b"x", b"\x7f"
# toolong opens at the end of the log: up first. The others start in a field to type into, and have no rows yet.
TOOLONG = Rival("toolong", "tl", "INFO worker step", (_UP, _DOWN), b"\x03")
RIVALS = [
    TOOLONG,
    # With tree-sitter 0.26 posting 2.11 dies of a segmentation fault as it starts.
    Rival("posting", "posting", "Enter a URL", (_LETTER, _BACK), b"\x03", ("tree-sitter<0.26",)),
    # "Database Connected" goes away by itself after some seconds.
    Rival("harlequin", "harlequin", "Query Editor", (_LETTER, _BACK), b"\x11", rest=6.0),
]


class Installed(NamedTuple):
    """A rival on this machine: the path of its command and what it is; or, in `missing`, why it is not there."""

    command: Path
    version: str
    missing: str = ""


def install(rival: Rival, folder: Path) -> Installed:
    """Return a rival, installed into `folder/<package>` unless it lies there already."""
    home = folder.absolute() / rival.package
    command, python = home / "bin" / rival.command, home / "bin" / "python"
    if not command.exists():
        print(f"  {rival.package} is installed into {home}", flush=True)
        for words in (
            [sys.executable, "-m", "venv", str(home)],
            [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", rival.package, *rival.also],
        ):
            why = _trouble(words)
            if why:
                return Installed(command, "", f"it cannot be installed: {why}")
    asked = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    told = subprocess.run([str(python), "-c", asked, rival.package, "textual"], capture_output=True, text=True)
    own, _, textual = told.stdout.strip().partition(" ")
    return Installed(command, f"{own} on textual {textual}")


def _trouble(words: list[str]) -> str:
    """Run a command; return "" or the last thing it said before it failed."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    errors = [line for line in said if line.startswith("ERROR")] or said
    return "" if done.returncode == 0 else (errors[-1] if errors else f"exit code {done.returncode}")


def minimal_app(folder: Path) -> Path:
    """Write the smallest useful Textual app, a line and a list of 50 rows, and return its file."""
    path = folder / "minimal.py"
    path.write_text(_MINIMAL, encoding="utf-8")
    return path


def log_file(folder: Path) -> Path:
    """Write a log of 5 MB for toolong and return it; it is the same every time."""
    dice = random.Random(0)
    path = folder / "five_megabytes.log"
    with path.open("w", encoding="utf-8") as file:
        size = second = 0
        while size < _LOG_BYTES:
            clock = f"{second // 3600 % 24:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            size += file.write(
                f"2026-01-01 {clock} INFO worker step {second} took {dice.random():.3f} s, all is well\n"
            )
            second += 1
    return path
