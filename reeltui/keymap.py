"""The user's own keys: `[keys]` of config.toml, checked against the actions there are.

A line that cannot be obeyed is left out and said in a sentence; the action keeps the keys it comes with. No key ever
does something else than what is written beside it.
"""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Protocol

import msgspec

from core.film.text import clean

# Where an action works that works in every room.
ANYWHERE = "anywhere"
_MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")
# What people call keys, and what textual does.
_CALLED = {
    "esc": "escape",
    "return": "enter",
    "del": "delete",
    "ins": "insert",
    "pgup": "pageup",
    "page_up": "pageup",
    "pgdn": "pagedown",
    "pgdown": "pagedown",
    "page_down": "pagedown",
    "bs": "backspace",
    "spacebar": "space",
    "backtab": "shift+tab",
    "control": "ctrl",
}
# A terminal sends the same byte for both.
_SAME = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+h": "backspace",
    "ctrl+left_square_bracket": "escape",
    "ctrl+space": "ctrl+at",
}


class Bound(Protocol):
    """An action as far as keys go; `keys` are comma separated, as textual names them."""

    @property
    def rooms(self) -> Collection[str]:
        """Where it works."""

    @property
    def keys(self) -> str:
        """What it is bound to as it comes."""


class Keymap(msgspec.Struct, frozen=True):
    """The user's keys by action, as textual names them (comma separated, "" for none), and what was left out and why.

    `keys` is for `App.set_keymap`, but for "", which that takes for unsaid.
    """

    keys: dict[str, str] = {}
    problems: tuple[str, ...] = ()


def read_keymap(table: object, actions: Mapping[str, Bound], *, needed: Collection[str] = ()) -> Keymap:
    """Check the table `[keys]` as it came from the file (None: there is none). Pure.

    `needed`: actions that may not be left without any key, such as the way out.
    """
    if table is None:
        return Keymap()
    if not isinstance(table, Mapping):
        return Keymap(problems=('[keys] is no table; write it as [keys] and below it "shot.approve" = "A"',))
    problems: list[str] = []
    wanted: dict[str, tuple[str, ...]] = {}
    for name, value in _flat(table).items():
        keys, problem = _line(name, value, actions, needed)
        if problem:
            problems.append(problem)
        else:
            wanted[name] = keys
    kept, clashes = _without_clashes(wanted, actions)
    return Keymap({name: ",".join(keys) for name, keys in kept.items()}, (*problems, *clashes))


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return the table with dotted names: shot.approve = "A" without quotes is a table within a table."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{before}{key}."))
        else:
            found[f"{before}{key}"] = value
    return found


def _line(
    name: str, value: object, actions: Mapping[str, Bound], needed: Collection[str]
) -> tuple[tuple[str, ...], str]:
    """Return the keys of one line, or what is wrong with it."""
    shown = clean(name, limit=60)
    if name not in actions:
        near = get_close_matches(name, list(actions), n=2)
        return (), f"[keys] {shown}: there is no such action" + (f"; near: {', '.join(near)}" if near else "")
    if not isinstance(value, str):
        return (), f'[keys] {shown}: keys are text, such as "A" or "ctrl+a,F2"; "" takes them away'
    keys: list[str] = []
    for word in (word.strip() for word in value.split(",")) if value.strip() else ():
        key, why = textual_key(word)
        if why:
            return (), f"[keys] {shown}: {why}"
        if key not in keys:
            keys.append(key)
    if not keys and name in needed:
        return (), f"[keys] {shown}: it needs a key, or there is no way to do it"
    return tuple(keys), ""


def _without_clashes(
    wanted: Mapping[str, tuple[str, ...]], actions: Mapping[str, Bound]
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return the lines that clash with nothing, and a sentence for each that does.

    An action whose line is left out has the keys it comes with again, which another line may have counted on.
    """
    kept, said = dict(wanted), list[str]()
    came = {name: _came_with(action) for name, action in actions.items()}
    while True:
        clash = next((found for name in reversed(kept) if (found := _clash(name, kept, came, actions))), None)
        if clash is None:
            return kept, said
        name, key, other = clash
        where = _shared(actions[name], actions[other])
        said.append(f"[keys] {name}: {key} does {other} already" + (f" (in {where})" if where != ANYWHERE else ""))
        del kept[name]


def _clash(
    name: str,
    kept: Mapping[str, tuple[str, ...]],
    came: Mapping[str, tuple[str, ...]],
    actions: Mapping[str, Bound],
) -> tuple[str, str, str] | None:
    """Return the line, the key and the other action where a key of `name` does something else in the same place."""
    for key in kept[name]:
        if key in came[name] and all(key not in keys for other, keys in kept.items() if other != name):
            continue  # it had that key as it came, beside whatever else has it
        for other in actions:
            if other == name or not _shared(actions[name], actions[other]):
                continue
            if key in kept.get(other, came[other]):
                return name, key, other
    return None


def _came_with(action: Bound) -> tuple[str, ...]:
    return tuple(textual_key(key.strip())[0] for key in action.keys.split(",") if key.strip())


def _shared(one: Bound, other: Bound) -> str:
    """Return a place where both actions work, "" where there is none."""
    if ANYWHERE in one.rooms:
        return next((room for room in other.rooms if room != ANYWHERE), ANYWHERE)
    if ANYWHERE in other.rooms:
        return next(iter(one.rooms), ANYWHERE)
    return next((room for room in one.rooms if room in other.rooms), "")


def textual_key(word: str) -> tuple[str, str]:
    """Return a key as textual names it, and "" or why it is none.

    People's names are understood: `?`, `Esc`, `shift+a` (that is A), `ctrl+A`, `PgUp`.
    """
    if word == "+" or word.endswith("++"):
        *modifiers, last = *word[:-2].split("+"), "+"
    else:
        *modifiers, last = word.split("+")
    modifiers = sorted({_CALLED.get(one.lower(), one.lower()) for one in modifiers if one})
    wrong = next((one for one in modifiers if one not in _MODIFIERS), "")
    if wrong:
        return word, f"{clean(word, limit=40)!r} is no key: before + come ctrl, shift and alt"
    key = _plain(last)
    if not key:
        near = get_close_matches(last.lower(), _names(), n=2)
        also = f"; near: {', '.join(near)}" if near else ""
        return word, f"{clean(word, limit=40)!r} is no key{also}"
    *more, key = key.split("+")
    modifiers = sorted({*modifiers, *more})
    if len(key) == 1 and key.isalpha():
        if modifiers == ["shift"]:
            return key.upper(), ""
        if modifiers:
            key = key.lower()
    full = "+".join((*modifiers, key))
    if full in _SAME and _SAME[full] != "ctrl+at":
        return word, f"{full} cannot be told from {_SAME[full]} in a terminal"
    return _SAME.get(full, full), ""


def _plain(word: str) -> str:
    """Return a key without modifiers as textual names it, "" where it is none."""
    if len(word) == 1:
        return _sign(word)
    word = _CALLED.get(word.lower(), word.lower())
    return word if word in _names() or word == "shift+tab" else ""


def _sign(sign: str) -> str:
    """Return a single character as textual names its key, "" where it is none."""
    from textual.keys import KEY_NAME_REPLACEMENTS  # here: the command line checks nothing of this

    if sign.isalnum():
        return sign
    if sign == " " or not sign.isprintable():
        return ""
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


@cache
def _names() -> tuple[str, ...]:
    """Return every key with a name of its own, without modifiers."""
    from textual.keys import Keys

    named = {key.value for key in Keys if not set("+<-") & set(key.value)}
    return tuple(sorted((named - {"return"}) | {_sign(sign) for sign in string.punctuation} | {"at"}))
