"""Copies text to the clipboard of the terminal a person sits at, also over SSH, tmux and GNU screen.

OSC 52 is the sequence for it. Textual's own `copy_to_clipboard` writes it bare: GNU screen drops it, and so does tmux
as it comes. So inside tmux its own command is asked first, which works with tmux's settings as they come.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Mapping
from enum import StrEnum

from core.film.errors import BadInput
from core.film.text import disarm

# Bytes of text. Terminals cut a sequence at 100,000 bytes at the least, of which base64 takes four for three.
MOST = 74_000
# GNU screen passes on a string of at most 256 bytes; the rest of it is dropped.
_CHUNK = 240
# Seconds tmux is waited for; it answers in a few milliseconds.
_PATIENCE = 1.0
# Terminals without OSC 52; many others have it and do not say so.
_DEAF_TERMS = ("linux", "dumb", "unknown")
_DEAF_PROGRAMS = {"Apple_Terminal": "macOS Terminal"}
_ESC = "\x1b"
# Runs a command with text on its standard input; tells whether it worked.
Run = Callable[[list[str], bytes], bool]


class Way(StrEnum):
    """How the text was copied."""

    TMUX = "tmux"  # tmux has it in a buffer of its own as well, and passed it on
    SEQUENCE = "sequence"  # the terminal was told; it does not say whether it listened


def copy(
    text: str,
    write: Callable[[str], object],
    environ: Mapping[str, str] = os.environ,
    *,
    run: Run | None = None,
) -> Way:
    """Copy text; `write` sends a sequence to the terminal. Raises BadInput where there is nothing or too much, or the
    terminal is known for not taking it.

    What a terminal would obey is taken out, and line ends at the end, which a shell would obey when it is pasted. May
    take a moment inside tmux, so call it from a thread.
    """
    sequences = sequences_for(prepared(text), environ)
    if environ.get("TMUX") and (run or _run)(["tmux", "load-buffer", "-w", "-"], prepared(text).encode()):
        return Way.TMUX
    deaf = without_clipboard(environ)
    if deaf:
        raise BadInput(f"{deaf} lets no program copy", remedy="select it there with the mouse, Shift held down")
    write(sequences)
    return Way.SEQUENCE


def prepared(text: str) -> str:
    """Return the text as it is copied. Raises BadInput where nothing is left of it, or it is too long."""
    harmless = disarm(text.replace("\r\n", "\n").expandtabs(4)).rstrip("\n")
    if not harmless.strip():
        raise BadInput("there is nothing to copy", remedy="choose something with text")
    size = len(harmless.encode())
    if size > MOST:
        raise BadInput(
            f"{size:,} bytes are too much for a terminal's clipboard, which takes {MOST:,}",
            remedy="copy a part of it, or open it in the editor or pager",
        )
    return harmless


def without_clipboard(environ: Mapping[str, str]) -> str:
    """Return the name of the terminal where it is known that it takes no text from programs, else ""."""
    if environ.get("TERM", "") in _DEAF_TERMS:
        return f"this terminal ({environ['TERM']})"
    return _DEAF_PROGRAMS.get(environ.get("TERM_PROGRAM", ""), "")


def sequences_for(text: str, environ: Mapping[str, str]) -> str:
    """Return what tells the terminal to copy a text, wrapped for what is in between."""
    bare = f"{_ESC}]52;c;{base64.b64encode(text.encode()).decode()}\a"
    if environ.get("TMUX") or environ.get("TERM", "").startswith("tmux"):
        # Two settings let it through, and nobody outside knows which is on: the bare one is for `set-clipboard on`, the
        # wrapped one for `allow-passthrough on`. Both say the same.
        return bare + for_tmux(bare)
    if environ.get("STY"):
        return for_screen(bare)
    return bare


def for_tmux(sequence: str) -> str:
    """Return a sequence as tmux passes it on: in a string of its own, every ESC doubled."""
    return f"{_ESC}Ptmux;{sequence.replace(_ESC, _ESC + _ESC)}{_ESC}\\"


def for_screen(sequence: str) -> str:
    """Return a sequence as GNU screen passes it on: in strings that are short enough, one after another."""
    pieces = (sequence[at : at + _CHUNK] for at in range(0, len(sequence), _CHUNK))
    return "".join(f"{_ESC}P{piece}{_ESC}\\" for piece in pieces)


def _run(command: list[str], data: bytes) -> bool:
    try:
        done = subprocess.run(
            command, input=data, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):  # no tmux on the path, or it hangs: the sequence is tried
        return False
    return done.returncode == 0
