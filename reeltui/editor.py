"""Opens text in the person's own editor and pager, in the terminal the desk steps back from."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from core.film.errors import BadInput, DiskTrouble
from core.film.text import clean, disarm

# Gives the terminal to somebody else while it is entered: textual's `App.suspend`.
Suspend = Callable[[], AbstractContextManager[object]]
_EDITORS = ("nano", "vi")
_PAGERS = ("less", "more")
# Editors with a window of their own come back at once unless they are told to wait.
_WINDOWS = ("code", "codium", "code-insiders", "cursor", "windsurf", "subl", "zed", "mate")
# What an editor gives back may be this long (bytes).
_MOST = 8_000_000
# A pager that comes back within this many seconds has been read by nobody: `cat`, or `less -F` with a short text.
_GLANCE = 1.0


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """Return the editor as a command: $VISUAL, $EDITOR, nano, vi. Raises BadInput where there is none."""
    command = _command(environ, ("VISUAL", "EDITOR"), _EDITORS, "editor")
    if Path(command[0]).name in _WINDOWS and not {"--wait", "-w"} & set(command):
        command.append("--wait")
    return command


def pager_command(environ: Mapping[str, str]) -> list[str]:
    """Return the pager as a command: $PAGER, less, more. Raises BadInput where there is none."""
    return _command(environ, ("PAGER",), _PAGERS, "pager")


def edit(text: str, *, name: str, suspend: Suspend, environ: Mapping[str, str] = os.environ) -> str | None:
    """Let the person edit a copy of a text; return what it is now, or None where nothing changed.

    `name` is what the copy is called, which tells an editor its language. Raises BadInput, also where the editor
    failed: what was written until then is kept, and the error says where.
    """
    command = editor_command(environ)
    folder, path = _copy(name, text)
    before = path.read_bytes()
    keep = False
    try:
        status = _run([*command, str(path)], suspend, environ)
        try:
            after = _read(path)
        except BadInput:
            keep = True
            raise
        if status != 0:
            keep = after != before
            kept = f"; what you wrote is in {path}" if keep else ""
            raise BadInput(f"{_said(command)} ended with {_ended(status)}{kept}", remedy=_again("VISUAL or EDITOR"))
        if after in (before, before + b"\n"):  # most editors end a file with a line end of their own
            return None
        try:
            return after.decode()
        except UnicodeDecodeError:
            keep = True
            raise BadInput(f"what was written is no UTF-8; it is kept in {path}", remedy="save it as UTF-8") from None
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def page(
    text: str,
    *,
    name: str,
    suspend: Suspend,
    environ: Mapping[str, str] = os.environ,
    hold: Callable[[], object] | None = None,
) -> None:
    """Show a text in the pager, without anything a terminal would obey. Raises BadInput where that failed.

    `hold` waits for the person after a pager that came back before anybody could read.
    """
    command = pager_command(environ)
    folder, path = _copy(name, disarm(text.expandtabs(4)))
    try:
        status = _run([*command, str(path)], suspend, environ, glance=hold or _wait_for_enter)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    # A pager that is left by Ctrl-C, or closed with its terminal, has done its work.
    if status not in (0, 130, -signal.SIGINT, -signal.SIGHUP, -signal.SIGPIPE):
        raise BadInput(f"{_said(command)} ended with {_ended(status)}", remedy=_again("PAGER"))


def _command(environ: Mapping[str, str], names: Sequence[str], otherwise: Sequence[str], what: str) -> list[str]:
    """Return the command of the first variable that is set, else the first program that is there."""
    path = environ.get("PATH")
    for name in names:
        words = environ.get(name, "").strip()
        if not words:
            continue
        try:
            command = shlex.split(words)
        except ValueError as error:
            raise BadInput(f"${name} is {clean(words, limit=80)!r}: {error}", remedy=_again(name)) from None
        if not command or shutil.which(command[0], path=path) is None:
            raise BadInput(f"${name} is {clean(words, limit=80)!r}, which is not there", remedy=_again(name))
        return command
    for program in otherwise:
        if shutil.which(program, path=path) is not None:
            return [program]
    raise BadInput(f"there is no {what} here: no {', no '.join(otherwise)}", remedy=_again(names[-1]))


def _copy(name: str, text: str) -> tuple[Path, Path]:
    """Write a text into a folder that only this person can enter; return the folder and the file."""
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", name).lstrip(".-")[-80:] or "text.txt"
    try:
        folder = Path(tempfile.mkdtemp(prefix="reeltui-"))
        path = folder / safe
        path.write_bytes(text.encode("utf-8", "replace"))
    except OSError as error:
        remedy = "free some space there, or point TMPDIR elsewhere"
        raise DiskTrouble(f"cannot write into {tempfile.gettempdir()}: {error.strerror}", remedy=remedy) from error
    return folder, path


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise BadInput(f"what was written cannot be read: {error.strerror}", remedy="edit it once more") from None
    if len(data) > _MOST:
        raise BadInput(f"what was written is longer than {_MOST:,} bytes; it is kept in {path}", remedy="shorten it")
    return data


def _run(
    command: list[str],
    suspend: Suspend,
    environ: Mapping[str, str],
    *,
    glance: Callable[[], object] | None = None,
) -> int:
    """Run a program in the terminal and return how it ended. Raises BadInput where it cannot be started."""
    from textual.app import SuspendNotSupported  # here: the desk has it already, the command line never needs it

    status, failed = 0, ""
    try:
        with suspend(), _deaf():
            begun = time.monotonic()
            try:
                status = subprocess.run(command, env=dict(environ), check=False).returncode
            except (OSError, ValueError) as error:
                # Kept until the desk is back: textual does not come back from a block that raised.
                failed = (error.strerror if isinstance(error, OSError) else "") or str(error)
            if glance is not None and not failed and time.monotonic() - begun < _GLANCE:
                glance()
    except SuspendNotSupported:
        raise BadInput("the terminal cannot be given to another program here", remedy="use a real terminal") from None
    if failed:
        raise BadInput(f"{_said(command[:-1])} cannot be started: {failed}", remedy=_again("the variable"))
    return status


@contextmanager
def _deaf() -> Iterator[None]:
    """Leave Ctrl-C and Ctrl-\\ to the program: the terminal sends them to everybody in front, and the desk is to stay.

    A handler that does nothing, for what is ignored outright would be ignored by the program too.
    """
    before = {}
    try:
        for number in (signal.SIGINT, signal.SIGQUIT):
            before[number] = signal.signal(number, lambda *_: None)
    except ValueError:  # not the main thread, which has no say in signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _wait_for_enter() -> None:
    print("\n(Enter goes back to the desk)", end="", flush=True)
    sys.stdin.readline()


def _said(command: Sequence[str]) -> str:
    return clean(shlex.join(command), limit=100)


def _ended(status: int) -> str:
    return f"status {status}" if status >= 0 else f"signal {-status}"


def _again(variable: str) -> str:
    return f"set {variable} to a program that is installed, such as nano"
