"""Is the package `core` that gets imported the one that belongs to this reeltui? Nothing here imports it.

`core` is a common name: in an environment that is shared with other programs another one may be found first.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import reeltui

REMEDY = "install reeltui in an environment of its own (pipx, uv tool), and look at PYTHONPATH and the current folder"
# As of an error that needs a person: core.film.errors cannot be asked for it here.
_EXIT = 3


def home() -> Path:
    """Return the folder this reeltui lies in; its `core` lies beside it."""
    return Path(reeltui.__file__).resolve().parent.parent


def core_place() -> Path | None:
    """Return the folder of the `core` that is imported (its file, where it is none), None where there is none."""
    loaded = sys.modules.get("core")
    spec = loaded.__spec__ if loaded is not None else importlib.util.find_spec("core")
    if spec is None:
        return None
    places = [*(spec.submodule_search_locations or ()), *([spec.origin] if spec.origin else [])]
    return Path(places[0]).resolve() if places else None


def foreign(core: Path | None, ours: Path) -> str:
    """Return what is wrong with the place `core` is imported from, "" where it lies beside this reeltui."""
    if core is None:
        return f"reeltui in {ours} finds no package core"
    if core.parent == ours:
        return ""
    return f"the package core that is imported is another program's: {core}; reeltui's own is {ours / 'core'}"


def insist() -> None:
    """End with one clear line, instead of a traceback, where `core` is another program's."""
    wrong = foreign(core_place(), home())
    if wrong:
        wrong = "".join(char if char.isprintable() else "?" for char in wrong)
        print(f"reeltui: {wrong} ({REMEDY})", file=sys.stderr)
        if "--json" in sys.argv:
            told = {"type": "error", "error": "PersonNeeded", "message": wrong, "remedy": REMEDY, "code": _EXIT}
            print(json.dumps(told))
        raise SystemExit(_EXIT)
