"""What is set before textual is imported, and what the terminal can do as far as its variables tell.

Textual reads its settings once, when `textual.constants` is imported; later changes do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

import msgspec

from reeltui.terminals import between, known, over_ssh

# Frames a second over SSH: a picture of the screen that is not finished when the next begins only makes a slow link
# slower, and a fifteenth of a second between a key and its echo is not noticed there.
_SSH_FPS = "15"


class Abilities(msgspec.Struct, frozen=True):
    """What is known of the terminal without asking it anything.

    `ssh`, `tmux`, `screen`: what is in between; `tmux` and `screen` are also told by TERM alone, as where the outer end
    of an SSH connection runs one. `colours`: truecolor, 256, standard (sixteen), or "" for none that may be used.
    `unicode`: the locale writes UTF-8.
    """

    ssh: bool
    tmux: bool
    screen: bool
    colours: str
    unicode: bool

    @property
    def truecolor(self) -> bool:
        """Whether 24-bit colours are shown as they are."""
        return self.colours == "truecolor"


def abilities(environ: Mapping[str, str]) -> Abilities:
    """Return what the variables tell of the terminal. Pure: nothing is asked or read."""
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or ""
    return Abilities(
        ssh=over_ssh(environ),
        tmux=between(environ) == "tmux",
        screen=between(environ) == "screen",
        colours=_colours(environ),
        unicode="utf8" in locale.lower().replace("-", ""),
    )


def prepare(environ: MutableMapping[str, str]) -> None:
    """Set what textual reads when it is imported; whatever the user set themselves stays.

    Call it with `os.environ` before anything imports textual.
    """
    environ.setdefault("TEXTUAL_ANIMATIONS", "none")  # nothing moves when nothing happens
    # How long (milliseconds) Esc may be the beginning of another key: over a network its pieces come apart.
    environ.setdefault("ESCDELAY", "50" if over_ssh(environ) else "25")
    if over_ssh(environ):
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
    inside = between(environ) == "tmux" or term.endswith("-direct")
    said = environ.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit")
    terminal = known(environ)
    if inside or said or (terminal is not None and terminal.deep):
        return "truecolor"
    return "256" if term.endswith("256color") else "standard"
