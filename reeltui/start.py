"""Starts the desk: the user's settings, the terminal, and what was remembered, put together before textual is read."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.film.errors import BadInput
from core.places import config_table
from reeltui.pictures.protocol import Way, decide, installed, load, wish_of
from reeltui.remembered import Remembered
from reeltui.terminal import abilities, prepare
from reeltui.themes import first_theme

if TYPE_CHECKING:
    from textual_image.widget._base import Image as RichPicture


def open_desk(library: Path, *, reel: Path | None = None) -> int:
    """Open the desk and return its exit code when it is closed. Raises BadInput where there is no terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise BadInput("the desk needs a terminal", remedy="`reeltui list` and `reeltui status` tell the same")
    prepare(os.environ)
    gc.disable()  # what is read at the start stays; `ahead` turns it on again
    said: list[str] = []
    table = _settings(said)
    memory = Remembered()
    said += [words for words in [memory.load()] if words]
    terminal = abilities(os.environ)
    look, wrong = first_theme(str(_desk(table).get("theme") or memory.theme), terminal.colours)
    said += wrong
    way, rich = _pictures(table, terminal.colours, said)
    from reeltui.actions import ACTIONS
    from reeltui.app import Desk  # here: textual reads its settings when it is imported
    from reeltui.driver import KeyDriver
    from reeltui.keymap import read_keymap

    keymap = read_keymap(table.get("keys"), {one.name: one for one in ACTIONS}, needed=("desk.quit", "reading.close"))
    said += keymap.problems
    desk = Desk(library, reel=reel, keymap=keymap.keys, look=look, way=way, rich=rich, memory=memory, said=said)
    desk.driver_class = KeyDriver
    desk.run()
    return desk.return_code or 0


def _settings(said: list[str]) -> dict[str, Any]:
    try:
        return config_table()
    except BadInput as error:
        said.append(str(error))
        return {}


def _desk(table: dict[str, Any]) -> dict[str, Any]:
    found = table.get("desk")
    return found if isinstance(found, dict) else {}


def _pictures(table: dict[str, Any], colours: str, said: list[str]) -> tuple[Way, type[RichPicture] | None]:
    """Return how pictures are shown, and by which widget where that is more than cells: then the terminal is asked."""
    try:
        wish = wish_of(_desk(table))
    except BadInput as error:
        said.append(str(error))
        wish = wish_of({})
    way = decide(wish, os.environ, tty=True, installed=installed(), colours=colours)
    return load(way)
