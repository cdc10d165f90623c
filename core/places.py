"""Where things are: packaged data (prompts, themes), the user's own files, state and library folders.

A user's own file of the same name in `$XDG_CONFIG_HOME/reeltui/` wins over the packaged one.
"""

from __future__ import annotations

import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from core.film.errors import BadInput

_CORE = Path(__file__).resolve().parent


def data_root() -> Path:
    """Return the folder that holds `prompts/` and `themes/`: inside an installed wheel, else the checkout."""
    packaged = _CORE / "_data"
    return packaged if packaged.is_dir() else _CORE.parent


def _xdg(variable: str, fallback: str) -> Path:
    value = os.environ.get(variable, "")
    # The XDG specification says a relative path is invalid and must be ignored.
    return (Path(value) if os.path.isabs(value) else at_home(Path("~", fallback))) / "reeltui"


def at_home(path: Path) -> Path:
    """Return `path` with a leading `~` or `~user` resolved. Raises BadInput where there is no such home."""
    try:
        return path.expanduser()
    except RuntimeError:
        raise BadInput(
            f"there is no home folder for {path.parts[0]}", remedy="write the path out, or set HOME"
        ) from None


def config_dir() -> Path:
    """Return the folder of the user's own settings, prompts and themes."""
    return _xdg("XDG_CONFIG_HOME", ".config")


def state_dir() -> Path:
    """Return the folder of this machine's history (step times, logs)."""
    return _xdg("XDG_STATE_HOME", ".local/state")


def cache_dir() -> Path:
    """Return the folder of what can be made again (drawn pictures); it may be deleted at any time."""
    return _xdg("XDG_CACHE_HOME", ".cache")


def library_dir() -> Path:
    """Return the default library: `$REELTUI_LIBRARY`, else `~/reels`."""
    value = os.environ.get("REELTUI_LIBRARY")
    return at_home(Path(value) if value else Path("~/reels"))


def data_file(name: str) -> Path:
    """Return the path of a data file such as `prompts/camera.toml`; the user's own wins.

    Raises BadInput where neither exists.
    """
    for root in (config_dir(), data_root()):
        path = root / name
        if path.is_file():
            return path
    raise BadInput(f"the data file {name} is missing from this installation", remedy="install reeltui again")


@cache
def _load(path: Path, _mtime: int) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: {error}", remedy="correct that file, or remove it to use the packaged one") from None


def data_table(name: str) -> dict[str, Any]:
    """Return a TOML data file as a table; treat it as read-only. BadInput where it is broken."""
    path = data_file(name)
    return _load(path, path.stat().st_mtime_ns)


def config_table() -> dict[str, Any]:
    """Return the user's config.toml as a table ({} where there is none). BadInput where it is broken."""
    path = config_dir() / "config.toml"
    try:
        return _load(path, path.stat().st_mtime_ns)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}", remedy="check the file and its permissions") from None
