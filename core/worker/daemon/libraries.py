"""The libraries a worker of this machine serves: whoever queues a reel registers its library here."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.folder.shared import Damaged, Shared
from core.folder.write import disk_trouble
from core.places import state_dir

REGISTRY = "libraries.json"
REGISTRY_SCHEMA = 1
# Above this many the oldest that are no longer there are forgotten; one whose disk is only away is kept till then.
_MANY = 200


class _Registry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    libraries: tuple[str, ...]
    schema: int = REGISTRY_SCHEMA


def libraries() -> tuple[Path, ...]:
    """Return the registered libraries that exist now, in the order they were registered.

    Raises BadInput where the registry is damaged or of a newer reeltui, DiskTrouble where it cannot be read.
    """
    if not os.path.isdir(_folder()):
        return ()
    known = _file().read() or _Registry(())
    return tuple(Path(name) for name in known.libraries if os.path.isabs(name) and os.path.isdir(name))


def register(library: Path) -> str:
    """Add a library, durably; one that is registered already is left as it is.

    A damaged registry is kept under another name and started anew; the answer says so ("" where all was well).
    Raises BadInput where there is no such folder or a newer reeltui wrote the registry, TryAgain where its lock stays
    taken, DiskTrouble.
    """
    name = os.path.realpath(library)
    if not os.path.isdir(name):
        raise BadInput(f"there is no library {library}", remedy="choose another with --library")
    try:
        _folder().mkdir(parents=True, exist_ok=True)
    except OSError as error:
        disk_trouble(error, _folder())
    try:
        known = _file().read()
        if known is not None and name in known.libraries:
            return ""
    except Damaged:
        pass  # the change below keeps it aside and says so

    def added(old: _Registry) -> _Registry:
        return old if name in old.libraries else _Registry((*_thinned(old.libraries), name))

    return _file().change(_Registry(()), added)[1]


def _folder() -> Path:
    return state_dir() / "worker"


def _file() -> Shared[_Registry]:
    remedy = "`reeltui queue add` of a reel of each library registers it again; the file is kept aside then"
    return Shared(_folder() / REGISTRY, _Registry, schema=REGISTRY_SCHEMA, remedy=remedy)


def _thinned(known: tuple[str, ...]) -> tuple[str, ...]:
    spare = len(known) - _MANY + 1
    missing = [name for name in known if not os.path.isdir(name)][: max(0, spare)]
    return tuple(name for name in known if name not in missing)
