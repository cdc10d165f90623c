"""What is set before textual is imported, and what the terminal can do as far as its variables tell.

Textual reads its settings once, when `textual.constants` is imported; later changes do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

import msgspec

# Frames a second over SSH: a picture of the screen that is not finished when the next begins only makes a slow link
# slower, and a fifteenth of a second between a key and its echo is not noticed there.
_SSH_FPS = "15"
# What terminals call themselves that have 24-bit colour and often do not say so in COLORTERM, which SSH does not carry.
_TRUE_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm", "contour", "mlterm", "rio", "tmux")
_TRUE_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "WarpTerminal")
# Terminals that show pictures by a protocol of their own: variable, beginning of its value, protocol.
_PICTURES = (
    ("KITTY_WINDOW_ID", "", "kitty"),
    ("TERM", "xterm-kitty", "kitty"),
    ("TERM", "xterm-ghostty", "kitty"),
    ("TERM_PROGRAM", "ghostty", "kitty"),
    ("TERM_PROGRAM", "iTerm.app", "iterm"),
    ("TERM_PROGRAM", "WezTerm", "iterm"),
    ("KONSOLE_VERSION", "", "sixel"),
    ("TERM", "foot", "sixel"),
    ("TERM", "mlterm", "sixel"),
    ("TERM", "contour", "sixel"),
)


class Abilities(msgspec.Struct, frozen=True):
    """What is known of the terminal without asking it anything.

    `ssh`, `tmux`, `screen`: what is in between; `tmux` and `screen` are also told by TERM alone, as where the outer end
    of an SSH connection runs one. `colours`: truecolor, 256, standard (sixteen), or "" for none that may be used.
    `unicode`: the locale writes UTF-8. `picture`: the protocol this terminal is known for ("" for none), a hint only;
    `reeltui/pictures/protocol.py` decides.
    """

    ssh: bool
    tmux: bool
    screen: bool
    colours: str
    unicode: bool
    picture: str

    @property
    def truecolor(self) -> bool:
        """Whether 24-bit colours are shown as they are."""
        return self.colours == "truecolor"


def abilities(environ: Mapping[str, str]) -> Abilities:
    """Return what the variables tell of the terminal. Pure: nothing is asked or read."""
    term = environ.get("TERM", "").lower()
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    return Abilities(
        ssh=_over_ssh(environ),
        tmux=bool(environ.get("TMUX")) or term.startswith("tmux"),
        screen=bool(environ.get("STY")) or (term.startswith("screen") and not environ.get("TMUX")),
        colours=_colours(environ),
        unicode="utf8" in locale.lower().replace("-", ""),
        picture=next((way for name, start, way in _PICTURES if _says(environ, name, start)), ""),
    )


def prepare(environ: MutableMapping[str, str]) -> None:
    """Set what textual reads when it is imported; whatever the user set themselves stays.

    Call it with `os.environ` before anything imports textual.
    """
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")  # nothing moves when nothing happens
    # How long (milliseconds) Esc may be the beginning of another key: over a network its pieces come apart.
    environ.setdefault("ESCDELAY", "50" if _over_ssh(environ) else "25")
    if _over_ssh(environ):
        environ.setdefault("TEXTUAL_FPS", _SSH_FPS)
        # Smooth scrolling asks for the mouse's place in pixels: many times the bytes for every movement of the hand.
        environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    if environ.get("NO_COLOR") == "":
        del environ["NO_COLOR"]  # its convention: empty means not set; textual looks only whether it is there
    colours = _colours(environ)
    if colours:
        environ.setdefault("TEXTUAL_COLOR_SYSTEM", colours)
    else:
        # Without colour textual paints in greys, unless the first theme it knows is one of the terminal's own colours.
        environ.setdefault("TEXTUAL_THEME", "ansi-dark")
        environ.setdefault("NO_COLOR", "1")  # a dumb terminal does not say so


def _over_ssh(environ: Mapping[str, str]) -> bool:
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def _says(environ: Mapping[str, str], name: str, start: str) -> bool:
    value = environ.get(name, "")
    return bool(value) and value.startswith(start)


def _colours(environ: Mapping[str, str]) -> str:
    """Return how many colours there are: truecolor, 256, standard, or "" for none."""
    term = environ.get("TERM", "").lower()
    if environ.get("NO_COLOR") or term in ("dumb", "unknown"):
        return ""
    asked = environ.get("TEXTUAL_COLOR_SYSTEM", "")
    if asked in ("truecolor", "256", "standard"):
        return asked
    if environ.get("STY"):
        return "256"  # GNU screen takes the numbers of a 24-bit colour for attributes: it blinks
    # tmux turns 24-bit colours into what its own terminal has.
    inside = bool(environ.get("TMUX")) or term.startswith(_TRUE_TERMS) or term.endswith("-direct")
    said = environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit")
    program = environ.get("TERM_PROGRAM", "") in _TRUE_PROGRAMS or bool(environ.get("WT_SESSION"))
    if inside or said or program:
        return "truecolor"
    return "256" if term.endswith("256color") else "standard"
