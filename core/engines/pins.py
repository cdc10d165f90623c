"""Which commit of each model this machine fetched: `models.toml` in the state folder.

It lies with the state and not with the settings: reeltui writes it, nobody else does, and like the hub's cache it says
what this machine has. A config.toml that is carried from machine to machine would carry a commit that is not there.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import tomli_w

from core.film.errors import BadInput
from core.folder.lock import Lock
from core.folder.write import disk_trouble, write_whole
from core.places import state_dir

_HEAD = "# Written by `reeltui models fetch`: the commit of each model that is used on this machine, and its files.\n\n"


class Pin(msgspec.Struct, frozen=True):
    """What was fetched of one repository: the commit, when (UTC, ISO 8601), and bytes of every file by its path."""

    revision: str
    fetched: str = ""
    files: dict[str, int] = {}


def pins_file() -> Path:
    """Return the path of models.toml."""
    return state_dir() / "models.toml"


def read_pins() -> dict[str, Pin]:
    """Return the pins by repository; none where nothing was fetched. Raises BadInput where the file is broken."""
    path = pins_file()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _broken(path, str(error)) from None
    try:
        return msgspec.convert(table.get("models", {}), dict[str, Pin])
    except msgspec.ValidationError as error:
        raise _broken(path, str(error)) from None


def _broken(path: Path, why: str) -> BadInput:
    return BadInput(f"{path}: {why}", remedy="remove that file, then `reeltui models fetch`: what is there is kept")


def pin(repository: str, made: Pin) -> None:
    """Write one repository's pin; the others stay as they are. Raises BadInput, DiskTrouble."""
    path = pins_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        disk_trouble(error, path.parent)
    with Lock(path.with_suffix(".lock"), verb="models", now="", wait=True):
        pins = {**read_pins(), repository: made}
        table = {"models": msgspec.to_builtins(dict(sorted(pins.items())))}
        write_whole(path, (_HEAD + tomli_w.dumps(table)).encode())
