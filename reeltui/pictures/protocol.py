"""Which way pictures are shown: as cells or by a picture protocol, decided from what is known of the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

from core.film.errors import BadInput
from reeltui.pictures.cells import Grain
from reeltui.terminals import between, known

if TYPE_CHECKING:
    from textual_image.widget._base import Image as RichPicture

_REMEDY = 'set pictures in [desk] of config.toml to "auto", "cells", "kitty", "sixel", "iterm" or "off"'


class Wish(StrEnum):
    """What the user's config.toml says: `[desk] pictures`."""

    AUTO = "auto"
    CELLS = "cells"
    KITTY = "kitty"
    SIXEL = "sixel"
    ITERM = "iterm"
    OFF = "off"


class Protocol(StrEnum):
    """How pictures reach the terminal."""

    CELLS = "cells"
    KITTY = "kitty"
    SIXEL = "sixel"
    OFF = "off"


class Way(msgspec.Struct, frozen=True):
    """How pictures are shown here and why; `grain` is for cells, also where a richer protocol cannot be had."""

    protocol: Protocol
    grain: Grain
    reason: str


CELLS = Way(Protocol.CELLS, Grain.HALVES, "cells work everywhere")


def wish_of(desk: Mapping[str, Any]) -> Wish:
    """Return what the table `[desk]` of config.toml wishes. Raises BadInput."""
    value = desk.get("pictures", Wish.AUTO)
    if value not in list(Wish):
        raise BadInput(f"[desk] pictures is {value!r}", remedy=_REMEDY)
    return Wish(value)


def decide(
    wish: Wish,
    environ: Mapping[str, str],
    *,
    tty: bool = True,
    installed: bool = False,
    colours: str = "truecolor",
) -> Way:
    """Return how pictures are shown. Pure: nothing is asked of the terminal.

    `installed`: the extra `images` is there. `colours` is what the terminal has: truecolor, 256, standard (sixteen) or
    "" for none that may be used.
    """
    grain = _grain(environ, colours)
    if wish is Wish.OFF:
        return Way(Protocol.OFF, grain, "pictures are off in config.toml")
    if wish is Wish.CELLS:
        return Way(Protocol.CELLS, grain, "config.toml asks for cells")
    if wish is Wish.AUTO:
        return _by_itself(grain, environ, tty=tty, installed=installed)
    wanted = Protocol.KITTY if wish is Wish.KITTY else Protocol.SIXEL
    if not tty:
        return Way(Protocol.CELLS, grain, f"{wish} was asked for, but this is no terminal")
    if not installed:
        return Way(Protocol.CELLS, grain, f"{wish} was asked for; it needs the extra: pip install 'reeltui[images]'")
    how = ", which iTerm2 understands as well" if wish is Wish.ITERM else ""
    return Way(wanted, grain, f"config.toml asks for {wish}" + (f": by sixel{how}" if how else ""))


def _by_itself(grain: Grain, environ: Mapping[str, str], *, tty: bool, installed: bool) -> Way:
    through, terminal = between(environ), known(environ)
    if not tty:
        reason = "this is no terminal"
    elif through:
        reason = f"{through} is in between"
    elif terminal is None or not terminal.picture:
        reason = "this terminal is not known to show more"
    elif not installed:
        reason = f"{terminal.name} can show more: pip install 'reeltui[images]'"
    elif grain not in (Grain.HALVES, Grain.QUARTERS):
        reason = "colours are few or not wanted here"
    else:
        return Way(Protocol(terminal.picture), grain, f"this is {terminal.name}")
    return Way(Protocol.CELLS, grain, reason)


def _grain(environ: Mapping[str, str], colours: str) -> Grain:
    if not colours:
        return Grain.SHADES
    if colours == "standard":
        return Grain.SIXTEEN
    if between(environ) in ("tmux", "screen", "zellij"):
        return Grain.HALVES  # the variables speak of the terminal it was started from, not of the one that shows it
    terminal = known(environ)
    return Grain.QUARTERS if terminal is not None and terminal.fine else Grain.HALVES


def installed() -> bool:
    """Tell whether the extra `images` is there, without importing it: its import asks the terminal."""
    from importlib.util import find_spec

    return find_spec("textual_image") is not None


def load(way: Way) -> tuple[Way, type[RichPicture] | None]:
    """Import what `way` needs and return it with the way that is taken in the end.

    Only before the app starts: the import asks the terminal for its abilities and the size of its cells, and waits a
    tenth of a second for each answer; once the app reads the keys, the answers would be typed into it.
    """
    if way.protocol not in (Protocol.KITTY, Protocol.SIXEL):
        return way, None
    try:
        from textual_image.widget import SixelImage, TGPImage
    except Exception as error:  # noqa: BLE001 - whatever it met while asking, cells work
        said = f"textual-image could not be loaded: {type(error).__name__}"
        return msgspec.structs.replace(way, protocol=Protocol.CELLS, reason=said), None
    return way, (TGPImage if way.protocol is Protocol.KITTY else SixelImage)


def cell_pixels() -> tuple[int, int]:
    """Return the size of a cell in pixels, as the terminal said when `load` asked it."""
    from textual_image._terminal import get_cell_size

    size = get_cell_size()
    return size.width, size.height
