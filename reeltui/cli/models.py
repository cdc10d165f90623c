"""`reeltui models`: what the studio engine's models are, which are here, and how they come here."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import msgspec

from core.engines.hub import Cached, Presence, hub_cache, look
from core.engines.hub_fetch import Fetched, Fetching, check_room, fetch
from core.engines.hub_verify import Verified, verify
from core.engines.models import STUDIO_MODELS, Model, model_named
from core.engines.pins import Pin, read_pins
from core.film.errors import DiskTrouble, Interrupted, PersonNeeded
from core.film.text import clean
from reeltui.cli import say
from reeltui.cli.common import add_json

_EXAMPLES = """\
examples:
  reeltui models                          what each role needs, and what of it is here
  reeltui models fetch                    everything but what a single preset needs
  reeltui models fetch narrator painter   these two; Ctrl-C stops, the same again goes on
  reeltui models verify --deep            read every file and compare its hash

NAME is a model's name or role (director, painter, animator, lightning, composer, narrator) or its repository. They lie
in the hub's cache: $HF_HUB_CACHE, $HF_HOME/hub, or ~/.cache/huggingface/hub.

exit codes:
  0 done   2 no such model, or HF_HUB_OFFLINE is set   3 a person is needed: its terms, or it is not here yet
  5 no room, or a damaged file   6 no huggingface_hub   75 the hub cannot be reached
"""
_VERBS = ("list", "fetch", "verify")
_CLEAR = "\r\x1b[K"
_MINUTE = 60.0


class ModelTold(msgspec.Struct, frozen=True):
    """One model as `models list --json` prints it; `wanted` are the bytes it takes, `bytes` what is here."""

    name: str
    repository: str
    roles: tuple[str, ...]
    preset: str
    licence: str
    presence: Presence
    wanted: int
    bytes: int
    revision: str
    pinned: bool
    missing: tuple[str, ...]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = "List, fetch and verify the models of the studio engine. `list` and `verify` change nothing."
    parser.epilog = _EXAMPLES
    parser.add_argument("action", nargs="?", choices=_VERBS, default="list", help="what to do (default list)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which models (default: all that every preset needs)")
    parser.add_argument("--deep", action="store_true", help="with verify: read every file and compare its hash")
    add_json(parser, "what was found, an object a line")


def run(args: argparse.Namespace) -> int:
    """Do it; return the exit code."""
    chosen = tuple(dict.fromkeys(model_named(word) for word in args.names))
    if args.action == "fetch":
        return _fetch(chosen or tuple(model for model in STUDIO_MODELS if not model.preset), as_json=args.json)
    if args.action == "verify":
        return _verify(chosen, deep=args.deep, as_json=args.json)
    return _list(chosen or STUDIO_MODELS, as_json=args.json)


# --- list -----------------------------------------------------------------------------------------------------------


def _list(models: Iterable[Model], *, as_json: bool) -> int:
    cache, pins = hub_cache(os.environ), read_pins()
    told = [_told(model, _look(model, cache, pins), pins) for model in models]
    if as_json:
        say.result(told)
        return 0
    for one in told:
        for line in _lines(one):
            say.text(line)
    whole = sum(one.presence is Presence.COMPLETE for one in told)
    say.text(f"{whole} of {len(told)} complete in {clean(os.fspath(cache), limit=200)}")
    return 0


def _look(model: Model, cache: Path, pins: dict[str, Pin]) -> Cached:
    pinned = pins.get(model.repository)
    try:
        return look(model, cache, model.revision or (pinned.revision if pinned else ""))
    except OSError as error:
        text = f"cannot read {clean(os.fspath(cache), limit=200)}: {error.strerror}"
        raise DiskTrouble(text, remedy="check the permissions of that folder") from error


def _told(model: Model, found: Cached, pins: dict[str, Pin]) -> ModelTold:
    pinned = pins.get(model.repository)
    return ModelTold(
        name=model.name,
        repository=model.repository,
        roles=tuple(role.value for role in model.roles),
        preset=model.preset,
        licence=model.licence,
        presence=found.presence,
        wanted=model.bytes,
        bytes=found.bytes,
        revision=found.revision,
        pinned=pinned is not None and pinned.revision == found.revision,
        missing=found.missing,
    )


def _lines(one: ModelTold) -> list[str]:
    use = f"the preset {one.preset}" if one.preset else " and ".join(one.roles)
    here = {
        Presence.COMPLETE: f"complete, {say.size(one.bytes)}",
        Presence.PARTIAL: f"incomplete, {say.size(one.bytes)} of about {say.size(one.wanted)}",
        Presence.MISSING: f"not here, about {say.size(one.wanted)}",
    }[one.presence]
    commit = f", commit {one.revision[:12]}{' (pinned)' if one.pinned else ''}" if one.revision else ""
    lines = [f"{one.name:<10} {one.repository}", f"{'':<10} {here}{commit}; {one.licence}; for {use}"]
    if one.presence is Presence.PARTIAL:
        more = len(one.missing) - 3
        lines.append(f"{'':<10} missing {', '.join(one.missing[:3])}" + (f" and {more} more" if more > 0 else ""))
    return lines


# --- fetch ----------------------------------------------------------------------------------------------------------


def _fetch(models: tuple[Model, ...], *, as_json: bool) -> int:
    check_room(models, os.environ)
    show = _show_json if as_json else _bar() if _terminal() else _minutes()
    for model in models:
        if not as_json:
            say.note(f"{model.repository}: about {say.size(model.bytes)}, {model.licence}")
        try:
            with closing(fetch(model, os.environ)) as items:
                for item in items:
                    if isinstance(item, Fetching):
                        show(item)
                    else:
                        _arrived(item, as_json=as_json)
        except KeyboardInterrupt:
            remedy = f"`{model.download}` goes on; a file that was half there begins anew"
            raise Interrupted("stopped; every file that came whole is kept", remedy=remedy) from None
        finally:
            if not as_json and _terminal():
                sys.stderr.write(_CLEAR)
    return 0


def _arrived(item: Fetched, *, as_json: bool) -> None:
    if as_json:
        say.result({"type": "fetched", **msgspec.to_builtins(item)})
        return
    came = f"{say.size(item.came)} came" if item.came else "it was there already"
    end = _CLEAR if _terminal() else ""
    sys.stderr.write(end)
    say.text(f"{item.model}: complete, {say.size(item.bytes)}, {came}; pinned at commit {item.revision[:12]}")


def _terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _show_json(item: Fetching) -> None:
    say.result({"type": "fetching", **msgspec.to_builtins(item)})


def progress_line(item: Fetching) -> str:
    """Return how far a model is: bytes, rate and the time left."""
    share = item.done / item.total if item.total else 1.0
    rate = f"  {say.size(round(item.rate))}/s" if item.rate else ""
    left = f"  {say.seconds(item.left)} left" if item.left and item.left < 1e6 else ""
    return f"{say.bar(share)} {share:4.0%}  {say.size(item.done)} of {say.size(item.total)}{rate}{left}"


def _bar() -> Callable[[Fetching], None]:
    def show(item: Fetching) -> None:
        sys.stderr.write(_CLEAR + progress_line(item))
        sys.stderr.flush()

    return show


def _minutes() -> Callable[[Fetching], None]:
    """Return what tells once a minute, where there is no terminal to write over a line."""
    last = [time.monotonic()]

    def show(item: Fetching) -> None:
        if time.monotonic() - last[0] >= _MINUTE:
            last[0] = time.monotonic()
            say.note(f"{item.model}: {progress_line(item)}")

    return show


# --- verify ---------------------------------------------------------------------------------------------------------


def _verify(chosen: tuple[Model, ...], *, deep: bool, as_json: bool) -> int:
    cache, pins = hub_cache(os.environ), read_pins()
    code, seen = 0, 0
    for model in chosen or STUDIO_MODELS:
        if not chosen and _look(model, cache, pins).presence is Presence.MISSING:
            continue
        seen += 1
        try:
            found = verify(model, cache, pins, deep=deep, told=_reading(as_json))
        except OSError as error:
            text = f"{model.repository} cannot be read: {error.strerror}"
            raise DiskTrouble(text, remedy="check the disk and the permissions of the cache") from error
        if as_json:
            say.result({"type": "verified", "whole": found.whole, **msgspec.to_builtins(found)})
        else:
            _tell(model, found, deep=deep)
        damaged = any(not problem.text.startswith("is missing") for problem in found.problems)
        code = max(code, DiskTrouble.exit_code if damaged else 0 if found.whole else PersonNeeded.exit_code)
    if not seen and not as_json:
        say.text(f"none of the models is in {clean(os.fspath(cache), limit=200)}")
    return code


def _reading(as_json: bool) -> Callable[[str, int, int], None]:
    if as_json or not _terminal():
        return lambda path, done, total: None

    def show(path: str, done: int, total: int) -> None:
        share = done / total if total else 1.0
        sys.stderr.write(f"{_CLEAR}{say.bar(share)} {share:4.0%}  {clean(path, limit=50)}")
        sys.stderr.flush()

    return show


def _tell(model: Model, found: Verified, *, deep: bool) -> None:
    if _terminal():
        sys.stderr.write(_CLEAR)
    if found.presence is Presence.MISSING:
        say.text(f"{model.repository}: not here (`{model.download}`)")
        return
    for problem in found.problems:
        say.text(f"  {clean(problem.path, limit=120)} {clean(problem.text, limit=200)}")
    kept = f"{found.files} files, {say.size(found.bytes)}"
    if found.whole:
        unread = (
            f", {found.files - found.hashed} without a hash to compare" if deep and found.hashed < found.files else ""
        )
        how = f"every hash is right{unread}" if deep else "every size is right"
        say.text(f"{model.repository}: {kept}; {how}")
        return
    say.text(f"{model.repository}: {kept}; not whole")
    say.note(f"reeltui: `{model.download}` brings what is missing or too short")
