"""What the terminal can do, from its environment; tmux is asked, because it knows what the environment does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from reeltui.doctor.check import Check, Group, State
from reeltui.pictures.cells import Grain
from reeltui.pictures.protocol import Protocol, Wish, decide, installed
from reeltui.terminal import abilities
from reeltui.terminals import Copies, between, known, over_ssh

_GROUP = Group.TERMINAL
_NARROW, _SHORT = 80, 24
_TMUX_SECONDS = 1.5
_FIELDS = ("version", "set-clipboard", "allow-passthrough", "client_utf8", "client_termfeatures", "client_termname")
_CELLS = {
    Grain.HALVES: "half blocks",
    Grain.QUARTERS: "quarter blocks",
    Grain.SIXTEEN: "shades of sixteen colours",
    Grain.SHADES: "shades of one colour",
}


class Tmux(msgspec.Struct, frozen=True):
    """What tmux says of itself and of the terminal it is shown in ("" where it does not say)."""

    version: str = ""
    clipboard: str = ""
    passthrough: str = ""
    utf8: str = ""
    features: str = ""
    terminal: str = ""


def kind_check(environ: Mapping[str, str], *, tty: bool) -> Check:
    """Tell which terminal this is and what is in between."""
    term = environ.get("TERM", "")
    if not tty:
        return Check("terminal", _GROUP, State.UNKNOWN, "none here: the output goes to a file or another program")
    if term in ("", "dumb"):
        remedy = "set TERM to what your terminal is, such as xterm-256color"
        return Check("terminal", _GROUP, State.WARN, f"TERM is {term or 'not set'}: no screen can be drawn", remedy)
    found = known(environ)
    through = between(environ)
    name = f", {found.name}" if found is not None and through in ("", "SSH") else ""
    way = f", through {through}" if through else ""
    if through not in ("", "SSH") and over_ssh(environ):
        way += " and SSH"
    return Check("terminal", _GROUP, State.OK, f"TERM {term}{name}{way}")


def colour_check(environ: Mapping[str, str], tmux: Tmux | None) -> Check:
    """Judge how many colours there are; NO_COLOR is a wish, and no fault."""
    if environ.get("NO_COLOR"):
        return Check("colours", _GROUP, State.OK, "none are used, because NO_COLOR is set")
    term, colours, through = environ.get("TERM", ""), abilities(environ).colours, between(environ)
    if not term or not colours:
        return Check("colours", _GROUP, State.WARN, "none", "set TERM to what your terminal is, such as xterm-256color")
    if colours == "truecolor":
        if tmux is not None and tmux.features and "RGB" not in tmux.features.split(","):
            remedy = f"add to ~/.tmux.conf: set -as terminal-features ',{tmux.terminal or 'xterm*'}:RGB'"
            return Check("colours", _GROUP, State.WARN, "16 million, which tmux shows as 256", remedy)
        return Check("colours", _GROUP, State.OK, "16 million")
    if colours == "256" and environ.get("STY"):
        return Check("colours", _GROUP, State.OK, "256: GNU screen passes no more on")
    if colours == "256":
        remedy = "export COLORTERM=truecolor, if your terminal shows them"
        if through == "SSH":
            remedy += "; SendEnv COLORTERM in ~/.ssh/config brings it along"
        return Check("colours", _GROUP, State.OK, "256: themes are shown with the nearest ones", remedy)
    remedy = f"export TERM={'screen' if through == 'screen' else 'xterm'}-256color, if your terminal has them"
    return Check("colours", _GROUP, State.WARN, "16: choose the theme for 16 colours", remedy)


def text_check(environ: Mapping[str, str], encoding: str, tmux: Tmux | None) -> Check:
    """Judge whether letters beyond ASCII arrive."""
    variable = next((name for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), "")
    value = environ.get(variable, "")
    remedy = "export LANG=C.UTF-8, or a language of yours that ends in .UTF-8"
    if encoding.lower().replace("-", "").replace("_", "") != "utf8":
        return Check("text", _GROUP, State.WARN, f"{encoding}: other letters are shown as escapes", remedy)
    if tmux is not None and tmux.utf8 == "0":
        return Check(
            "text", _GROUP, State.WARN, "tmux shows other letters as _", "start tmux with -u, or set LANG first"
        )
    return Check(
        "text", _GROUP, State.OK, f"UTF-8 ({variable}={value})" if variable else "UTF-8, though no locale is set"
    )


def size_check(size: tuple[int, int] | None) -> Check:
    """Judge the size, in columns and rows."""
    if size is None:
        return Check("size", _GROUP, State.UNKNOWN, "no terminal here tells it")
    found = f"{size[0]}x{size[1]}"
    if size[0] < _NARROW or size[1] < _SHORT:
        found = f"{found}: less than {_NARROW}x{_SHORT}, some columns are left out"
        return Check("size", _GROUP, State.WARN, found, "make the window larger, or its letters smaller")
    return Check("size", _GROUP, State.OK, found)


def tmux_check(tmux: Tmux | None) -> Check:
    """Tell what tmux says; without it a screen of its own is lost with the connection, the worker is not."""
    if tmux is None:
        return Check(
            "tmux",
            _GROUP,
            State.UNKNOWN,
            "it does not answer",
            "look whether `tmux info` answers",
        )
    told = f"set-clipboard {tmux.clipboard or '?'}, allow-passthrough {_passes(tmux) or '?'}"
    return Check("tmux", _GROUP, State.OK, f"{tmux.version}; {told}")


def _passes(tmux: Tmux) -> str:
    """Return allow-passthrough; before 3.3 there was no such option, and everything passed."""
    version = re.match(r"(?:next-)?(\d+)\.(\d+)", tmux.version)
    if version and (int(version[1]), int(version[2])) < (3, 3):
        return "on"
    return {"0": "off", "1": "on", "2": "all"}.get(tmux.passthrough, tmux.passthrough)


def clipboard_check(environ: Mapping[str, str], tmux: Tmux | None) -> Check:
    """Judge whether copying reaches the clipboard of the machine the person sits at (OSC 52)."""
    name, through, found = "clipboard", between(environ), known(environ)
    if through == "tmux":
        if tmux is None:
            return Check(name, _GROUP, State.UNKNOWN, "tmux does not say whether it lets copies through")
        if tmux.clipboard != "on" and _passes(tmux) not in ("on", "all"):
            remedy = "add to ~/.tmux.conf: set -s set-clipboard on ; set -g allow-passthrough on"
            return Check(name, _GROUP, State.WARN, "tmux keeps copies (OSC 52) for itself", remedy)
        if tmux.features and "clipboard" not in tmux.features.split(",") and _passes(tmux) not in ("on", "all"):
            remedy = f"add to ~/.tmux.conf: set -as terminal-features ',{tmux.terminal or 'xterm*'}:clipboard'"
            return Check(name, _GROUP, State.WARN, "tmux does not know that your terminal takes copies", remedy)
        return Check(name, _GROUP, State.OK, "OSC 52, through tmux, where your terminal takes it")
    if found is None or found.copies is Copies.UNKNOWN or through in ("screen", "zellij"):
        remedy = "copy something in the desk and paste it; if nothing comes, allow OSC 52 in your terminal's settings"
        return Check(name, _GROUP, State.UNKNOWN, "it is not known whether this terminal takes copies (OSC 52)", remedy)
    if found.copies is Copies.AS_SET:
        remedy = "allow programs to use the clipboard in its settings"
        return Check(name, _GROUP, State.UNKNOWN, f"{found.name} takes copies (OSC 52) where it is set to", remedy)
    if found.copies is Copies.NO:
        remedy = "select with the mouse (with Shift held), or use a terminal that takes OSC 52"
        return Check(name, _GROUP, State.WARN, f"{found.name} does not take copies (OSC 52)", remedy)
    return Check(name, _GROUP, State.OK, f"OSC 52, which {found.name} takes")


def picture_check(environ: Mapping[str, str], *, installed: bool) -> Check:
    """Tell how pictures are shown by default, and why; cells of half blocks work everywhere."""
    colours = abilities(environ).colours
    way, could = (decide(Wish.AUTO, environ, installed=there, colours=colours) for there in (installed, True))
    if way.protocol is not Protocol.CELLS:
        return Check("pictures", _GROUP, State.OK, f"{way.protocol}, since {way.reason}")
    cells = _CELLS[way.grain]
    if could.protocol is not Protocol.CELLS:
        found = f"{cells}; more can be shown ({could.protocol}), since {could.reason}"
        return Check("pictures", _GROUP, State.OK, found, "pip install 'reeltui[images]'")
    return Check("pictures", _GROUP, State.OK, f"{cells}, since {way.reason}")


def terminal(library: Path) -> Iterator[Check]:
    """Look at the terminal this runs in."""
    environ, size = os.environ, _size()
    tmux = _ask_tmux(environ) if environ.get("TMUX") else None
    yield kind_check(environ, tty=size is not None)
    yield size_check(size)
    yield colour_check(environ, tmux)
    yield text_check(environ, _encoding(), tmux)
    if environ.get("TMUX"):
        yield tmux_check(tmux)
    yield clipboard_check(environ, tmux)
    yield picture_check(environ, installed=installed())


def _size() -> tuple[int, int] | None:
    """Return columns and rows of the terminal, None where none of the three streams is one."""
    for stream in (sys.__stdout__, sys.__stderr__, sys.__stdin__):
        try:
            columns, rows = os.get_terminal_size(stream.fileno() if stream is not None else -1)
        except (OSError, ValueError):
            continue
        return columns, rows
    return None


def _encoding() -> str:
    """Return the encoding of the process's own output; the desk puts something else in the place of sys.stdout."""
    return (sys.__stdout__.encoding if sys.__stdout__ is not None else "") or "utf-8"


def _ask_tmux(environ: Mapping[str, str]) -> Tmux | None:
    """Ask tmux; its formats tell options by their names."""
    pane = ["-t", environ["TMUX_PANE"]] if environ.get("TMUX_PANE") else []
    command = ["tmux", "display-message", "-p", *pane, "\n".join(f"#{{{name}}}" for name in _FIELDS)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TMUX_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return read_tmux(done.stdout.decode("utf-8", "replace")) if done.returncode == 0 else None


def read_tmux(answer: str) -> Tmux | None:
    """Return what tmux answered, one field a line; None where that is not what was asked."""
    lines = answer.split("\n")
    return Tmux(*(line.strip() for line in lines[: len(_FIELDS)])) if len(lines) >= len(_FIELDS) else None
