"""Is this reeltui whole, and does it run on a Python it knows? Shared environments are where that goes wrong."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from reeltui import __version__
from reeltui.doctor.check import Check, Group, State
from reeltui.doctor.origin import REMEDY, core_place, foreign, home

# pyproject.toml's requires-python: kokoro, which speaks for the studio engine, needs less than 3.13.
_OLDEST, _TOO_NEW = (3, 11), (3, 13)
_ROOMS = ("core/", "reeltui/")
_AGAIN = "install reeltui again"


def python_check(version: tuple[int, int, int], prefix: str) -> Check:
    """Judge the version of Python."""
    found = f"{'.'.join(map(str, version))} in {prefix}"
    if _OLDEST <= version[:2] < _TOO_NEW:
        return Check("Python", Group.INSTALLATION, State.OK, found)
    remedy = "install reeltui with Python 3.11 or 3.12 (pipx install --python python3.12 reeltui)"
    return Check("Python", Group.INSTALLATION, State.BAD, f"{found}; reeltui knows 3.11 and 3.12", remedy)


def core_check(core: Path | None, ours: Path, others: Iterable[str]) -> Check:
    """Judge where `core` is imported from; `others` are other programs in this environment that bring a `core`."""
    wrong = foreign(core, ours)
    if wrong:
        return Check("core", Group.INSTALLATION, State.BAD, wrong, REMEDY)
    names = ", ".join(sorted(others))
    if names:
        found = f"reeltui's own, {core}, but {names} brings a package of that name as well"
        return Check("core", Group.INSTALLATION, State.WARN, found, REMEDY)
    return Check("core", Group.INSTALLATION, State.OK, f"reeltui's own, {core}")


def version_check(running: str, installed: str | None, changed: list[str]) -> Check:
    """Judge the version: `installed` is what the environment says (None: run from a checkout), `changed` are files that
    are not what was installed."""
    name, group = "reeltui", Group.INSTALLATION
    if installed is None:
        return Check(name, group, State.OK, f"{running}, run from its source")
    if installed != running:
        found = f"{running} is running, {installed} is installed: two of them are mixed"
        return Check(name, group, State.WARN, found, f"{_AGAIN}, and look at PYTHONPATH")
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        found = f"{running}, but {changed[0]}{more} is not what was installed"
        return Check(name, group, State.BAD, found, f"{_AGAIN}, in an environment of its own")
    return Check(name, group, State.OK, running)


def look(library: Path) -> Iterator[Check]:
    """Look at this process and its environment."""
    yield python_check(sys.version_info[:3], sys.prefix)
    yield core_check(core_place(), home(), _others())
    distribution = _distribution()
    installed = distribution.version if distribution is not None else None
    yield version_check(__version__, installed, _changed(distribution) if distribution is not None else [])


def _others() -> list[str]:
    """Return other installed programs with a top-level package `core` of their own."""
    found = importlib.metadata.packages_distributions().get("core", ())
    return sorted({name for name in found if name.lower() != "reeltui"})


def _distribution() -> importlib.metadata.Distribution | None:
    """Return what is installed here as reeltui, where it is the one that runs."""
    try:
        distribution = importlib.metadata.distribution("reeltui")
    except importlib.metadata.PackageNotFoundError:
        return None
    module = Path(str(distribution.locate_file("reeltui/__init__.py")))
    return distribution if module.is_file() and module.resolve().parents[1] == home() else None


def _changed(distribution: importlib.metadata.Distribution) -> list[str]:
    """Return the files that differ from what the installer wrote down (RECORD), without those Python itself made."""
    changed = []
    for entry in distribution.files or ():
        name = entry.as_posix()
        if not name.startswith(_ROOMS) or entry.hash is None or entry.hash.mode not in hashlib.algorithms_available:
            continue
        path = str(distribution.locate_file(entry))
        if _digest(path, entry.hash.mode) != entry.hash.value:
            changed.append(name)
    return sorted(changed)


def _digest(path: str, algorithm: str) -> str:
    """Return a file's hash as a RECORD has it, "" where the file cannot be read."""
    try:
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, algorithm).digest()
    except OSError:
        return ""
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
