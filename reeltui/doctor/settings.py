"""The user's own files: config.toml with its tables and keys, and prompts and themes that replace packaged ones."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from core.engines.registry import own_engines
from core.engines.studio.settings import ROLES, studio_settings
from core.film.errors import ReelError
from core.places import config_dir, config_table, data_root
from core.worker.settings import WorkerSettings, worker_settings
from reeltui.doctor.check import Check, Group, State

# [keys] and [desk] are the desk's; what is in [keys] and [engines] are names of the user's own choice.
TABLES: Mapping[str, frozenset[str] | None] = {
    "worker": frozenset(field.encode_name for field in msgspec.structs.fields(WorkerSettings)),
    "engines": None,
    "roles": frozenset(role.value for role in ROLES),
    "studio": frozenset(role.value for role in ROLES),
    "desk": None,
    "keys": None,
}
_MOST_FILES = 200


def unknown_keys(table: Mapping[str, Any]) -> list[str]:
    """Return what nobody reads in a config.toml, as sentences with the nearest name there is."""
    found = [_near(name, name, TABLES) for name in table if name not in TABLES]
    for name, fields in TABLES.items():
        inside = table.get(name, {})
        if fields is None or not isinstance(inside, dict):
            continue
        found += [_near(f"{name}.{key}", key, fields) for key in inside if key not in fields]
    return found


def _near(shown: str, name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"{shown} (did you mean {near[0]}?)" if near else shown


def config_check(path: Path, exists: bool, unknown: list[str], trouble: ReelError | None) -> Check:
    """Judge config.toml; `trouble` is what refuses it as a whole."""
    name, group = "config.toml", Group.SETTINGS
    if unknown:
        # An unknown field of [worker] is refused by every verb that reads it; any other is only never read.
        state = State.BAD if trouble is not None else State.WARN
        return Check(name, group, state, f"{path}: unknown: {', '.join(unknown)}", "correct or remove those names")
    if trouble is not None:
        return Check(name, group, State.BAD, str(trouble), trouble.remedy)
    return Check(name, group, State.OK, str(path) if exists else f"none, so all is as it ships ({path})")


def config(library: Path) -> Iterator[Check]:
    """Look at config.toml. Raises BadInput where it cannot be read."""
    table, trouble = config_table(), None
    try:
        worker_settings()
        own_engines()
        studio_settings()
    except ReelError as error:
        trouble = error
    path = config_dir() / "config.toml"
    yield config_check(path, path.is_file(), unknown_keys(table), trouble)
    variable = os.environ.get("REELTUI_WORKER", "")
    if variable:
        yield Check("REELTUI_WORKER", Group.SETTINGS, State.OK, f"{variable}: it wins over [worker] mode")


def settings_or_defaults() -> WorkerSettings:
    """Return the settings in force, or those without a config.toml where that is broken: `config` tells it once."""
    try:
        return worker_settings()
    except ReelError:
        return WorkerSettings()


def own_file_check(name: str, packaged: bool, error: str) -> Check:
    """Judge one of the user's own data files, which win over packaged ones of the same name."""
    if error:
        remedy = "correct that file, or remove it to use the packaged one"
        return Check(name, Group.SETTINGS, State.BAD, f"your own file is broken: {error}", remedy)
    if not packaged and name.startswith("prompts/"):
        found, remedy = "your own file replaces none: there is no packaged one of that name", "check its name"
        return Check(name, Group.SETTINGS, State.WARN, found, remedy)
    return Check(name, Group.SETTINGS, State.OK, "your own file is used")


def own_files(library: Path) -> Iterator[Check]:
    """Look at the user's own prompts and themes."""
    root = config_dir()
    paths = sorted(path for room in ("prompts", "themes") for path in (root / room).rglob("*.toml"))
    for path in paths[:_MOST_FILES]:
        name, error = path.relative_to(root).as_posix(), ""
        try:
            tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as problem:
            error = str(problem)
        yield own_file_check(name, (data_root() / name).is_file(), error)
