"""What terminals are known for, by the variables they set: the one table that colours, pictures and the doctor read."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class Copies(StrEnum):
    """Whether a terminal takes copies (OSC 52)."""

    YES = "yes"
    NO = "no"
    AS_SET = "as set"  # as the user has set it
    UNKNOWN = "unknown"


class Terminal(msgspec.Struct, frozen=True):
    """A terminal. `marks` are variables with the beginning of the value it gives them.

    `picture`: kitty, sixel or "" for no protocol. `fine`: it draws the quarters of a cell itself, whatever font is set.
    `deep`: it has 24-bit colour and often does not say so in COLORTERM, which SSH does not carry.
    """

    name: str
    marks: tuple[tuple[str, str], ...]
    copies: Copies = Copies.UNKNOWN
    picture: str = ""
    fine: bool = False
    deep: bool = False


# By kitty's protocol only those two that know the placeholders in text, which let a picture scroll with its widget; the
# others that speak it are better off with sixel.
_KNOWN = (
    Terminal("kitty", (("TERM", "xterm-kitty"), ("KITTY_WINDOW_ID", "")), Copies.YES, "kitty", fine=True, deep=True),
    Terminal(
        "Ghostty", (("TERM", "xterm-ghostty"), ("TERM_PROGRAM", "ghostty")), Copies.YES, "kitty", fine=True, deep=True
    ),
    Terminal("WezTerm", (("TERM", "wezterm"), ("TERM_PROGRAM", "WezTerm")), Copies.YES, "sixel", fine=True, deep=True),
    Terminal("iTerm2", (("TERM_PROGRAM", "iTerm.app"),), Copies.AS_SET, "sixel", fine=True, deep=True),
    Terminal("Terminal.app", (("TERM_PROGRAM", "Apple_Terminal"),), Copies.NO),
    Terminal("VS Code", (("TERM_PROGRAM", "vscode"),), Copies.YES, fine=True, deep=True),
    Terminal("Hyper", (("TERM_PROGRAM", "Hyper"),), deep=True),
    Terminal("Warp", (("TERM_PROGRAM", "WarpTerminal"),), deep=True),
    Terminal("Rio", (("TERM", "rio"), ("TERM_PROGRAM", "rio")), deep=True),
    Terminal("foot", (("TERM", "foot"),), Copies.YES, "sixel", fine=True, deep=True),
    Terminal("Alacritty", (("TERM", "alacritty"), ("ALACRITTY_WINDOW_ID", "")), Copies.YES, fine=True, deep=True),
    Terminal("mlterm", (("TERM", "mlterm"),), picture="sixel", deep=True),
    Terminal("Contour", (("TERM", "contour"),), picture="sixel", fine=True, deep=True),
    Terminal("Windows Terminal", (("WT_SESSION", ""),), Copies.YES, fine=True, deep=True),
    Terminal("Konsole", (("KONSOLE_VERSION", ""),), Copies.AS_SET, "sixel", fine=True),
    Terminal("a VTE terminal (GNOME, XFCE)", (("VTE_VERSION", ""),), Copies.NO, fine=True),
    Terminal("the Linux console", (("TERM", "linux"),), Copies.NO),
)


def known(environ: Mapping[str, str]) -> Terminal | None:
    """Return the terminal that the variables tell of, or None where it is not known.

    TERM counts first: the others stay set in a terminal that was started from another one.
    """
    for order in (("TERM",), ("TERM_PROGRAM",), ()):
        for terminal in _KNOWN:
            for variable, start in terminal.marks:
                value = environ.get(variable, "")
                if value and value.lower().startswith(start.lower()) and (not order or variable in order):
                    return terminal
    return None


def between(environ: Mapping[str, str]) -> str:
    """Return what stands between this program and the terminal, the nearest: tmux, screen, zellij, SSH, "" for nothing.

    TERM alone tells of a tmux or screen too, as where the outer end of an SSH connection runs one.
    """
    term = environ.get("TERM", "").lower()
    if environ.get("TMUX") or term.startswith("tmux"):
        return "tmux"
    if environ.get("STY") or term.startswith("screen"):
        return "screen"
    if environ.get("ZELLIJ"):
        return "zellij"
    return "SSH" if over_ssh(environ) else ""


def over_ssh(environ: Mapping[str, str]) -> bool:
    """Tell whether the terminal is at the other end of an SSH connection."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))
