"""The studio engine's models in the cache of the Hugging Face hub: complete, begun or not there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from core.engines.hub import Cached, Presence, hub_cache, look
from core.engines.models import STUDIO_MODELS, Model
from core.engines.pins import Pin, read_pins
from core.film.errors import BadInput
from core.worker.budgets import budgets
from reeltui.cli.say import size
from reeltui.doctor.check import Check, Group, State

_GROUP = Group.MODELS
_SHOWN = 3


def model_check(model: Model, cached: Cached, *, needed: bool) -> Check:
    """Judge one model; `needed`: there is a device that would use it."""
    name = f"{model.preset} {', '.join(model.roles)}".strip()
    what = model.repository
    if cached.presence is Presence.COMPLETE:
        found = f"{what}: complete, {size(cached.bytes)}, revision {cached.revision[:12]}"
        return Check(name, _GROUP, State.OK, found)
    wanted = needed and not model.preset
    if cached.presence is Presence.MISSING:
        found = f"{what}: not downloaded, about {size(model.bytes)}"
        return Check(name, _GROUP, State.WARN if wanted else State.OK, found, f"`{model.download}`" if wanted else "")
    more = len(cached.missing) - _SHOWN
    lacks = ", ".join(cached.missing[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    found = f"{what}: incomplete, {size(cached.bytes)} of about {size(model.bytes)}; missing {lacks}"
    return Check(name, _GROUP, State.WARN, found, f"`{model.download}` goes on where it stopped")


def cache_check(cache: Path, found: Sequence[tuple[Model, Cached]], free: int | None, *, needed: bool) -> Check:
    """Sum up: how many models are there, what is still to come, and whether the disk has room for it."""
    whole = sum(cached.presence is Presence.COMPLETE for _, cached in found)
    to_come = sum(_to_come(model, cached) for model, cached in found if not model.preset)
    room = f", {size(free)} free there" if free is not None else ""
    told = f"{whole} of {len(found)} models complete in {cache}"
    if to_come:
        told += f"; about {size(to_come)} to download{room}"
    if not needed:
        told += "; nothing would use them, since there is no GPU"
    elif to_come and free is not None and free < to_come:
        remedy = "free some space there, or let HF_HOME name a folder on a larger disk"
        return Check("model cache", _GROUP, State.WARN, f"{told}: too little", remedy)
    return Check("model cache", _GROUP, State.OK, told)


def _to_come(model: Model, cached: Cached) -> int:
    return 0 if cached.presence is Presence.COMPLETE else max(0, model.bytes - cached.bytes)


def look_at(
    models: Iterable[Model], cache: Path, *, needed: bool, pins: Mapping[str, Pin] | None = None
) -> Iterator[Check]:
    """Look at each model, of the commit it is pinned at, then sum up."""
    found = []
    for model in models:
        pinned = (pins or {}).get(model.repository)
        try:
            cached = look(model, cache, model.revision or (pinned.revision if pinned else ""))
        except OSError as error:
            remedy = "check the permissions of that folder"
            yield Check(model.repository, _GROUP, State.UNKNOWN, f"cannot be read: {error}", remedy)
            continue
        found.append((model, cached))
        yield model_check(model, cached, needed=needed)
    yield cache_check(cache, found, _free(cache), needed=needed)


def models(library: Path) -> Iterator[Check]:
    """Look at the models of the studio engine. Raises BadInput where models.toml is broken."""
    try:
        needed = bool(budgets())
    except BadInput:
        needed = False  # the settings are wrong, which another check tells
    yield from look_at(STUDIO_MODELS, hub_cache(os.environ), needed=needed, pins=read_pins())


def _free(cache: Path) -> int | None:
    """Return the free bytes where the cache is or will be."""
    for folder in (cache, *cache.parents):
        try:
            return shutil.disk_usage(folder).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None
