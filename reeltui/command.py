"""A command line about a reel that can be copied into this shell and works there."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

from core.places import library_dir


def command(verb: str, root: Path, rest: str = "") -> str:
    """Return a command line about a reel that can be copied and works in this shell."""
    reel = root.name if root.parent == library_dir().absolute() else str(root)
    return f"{_program()} {verb} {shlex.quote(reel)}{' ' + rest if rest else ''}"


def _program() -> str:
    """Return what this program is called from here: `make demo` runs one that is not on the path."""
    started = Path(sys.argv[0])
    if started.name != "reeltui" or shutil.which("reeltui"):
        return "reeltui"
    return shlex.quote(os.path.relpath(started))
