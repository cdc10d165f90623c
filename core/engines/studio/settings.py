"""This machine's settings for the studio engine: `[roles]` and `[studio.ROLE]` of the user's config.toml."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import msgspec

from core.film.errors import BadInput
from core.film.lineup import Role
from core.places import config_dir, config_table

Value = str | int | float | bool

ANIMATIC, STUDIO = "animatic", "studio"
ROLES = tuple(role for role in Role if role is not Role.MIXER)


class Option(msgspec.Struct, frozen=True):
    """One thing that can be set for a role. `alters`: another value gives another result for the same request.

    `choices` are all there are (() for any). `planner`: it is for whoever plans the work, not for the backend.
    """

    kind: type[str] | type[int] | type[float] | type[bool] = str
    alters: bool = False
    choices: tuple[str, ...] = ()
    planner: bool = False


_MODEL = {"repository": Option(alters=True), "revision": Option(alters=True)}
_SPEAKER = {
    **_MODEL,
    # Which server answers changes nothing that was asked; which model it serves does.
    "server": Option(),
    "key": Option(),
    "model": Option(alters=True),
    "command": Option(),
    "arguments": Option(alters=True),
    "context": Option(int),
    "cache_gb": Option(float),
    "concurrent": Option(int),
    "start_seconds": Option(float),
    "answer_seconds": Option(float),
}
OPTIONS: Mapping[Role, Mapping[str, Option]] = {
    Role.DIRECTOR: _SPEAKER,
    Role.CRITIC: _SPEAKER,
    Role.PAINTER: {**_MODEL, "steps": Option(int, alters=True), "guidance": Option(float, alters=True)},
    Role.ANIMATOR: {
        **_MODEL,
        "distilled": Option(alters=True),
        "distilled_revision": Option(alters=True),
        "cache": Option(alters=True, choices=("diffusers", "para-attn", "off")),
        "compile": Option(),
        "attention": Option(alters=True),
        "vae_dtype": Option(alters=True, choices=("float32", "bfloat16")),
        "preview_every": Option(int),
    },
    Role.COMPOSER: {
        **_MODEL,
        "version": Option(alters=True, choices=("v1.5", "v1")),
        "steps": Option(int, alters=True),
    },
    Role.NARRATOR: {**_MODEL, "device": Option(choices=("gpu", "cpu"), planner=True)},
}


class StudioSettings(msgspec.Struct, frozen=True):
    """Which engine takes each role of a studio reel, and what is set for each backend."""

    roles: dict[Role, str] = {}
    options: dict[Role, dict[str, Value]] = {}

    def by_studio(self, role: Role) -> bool:
        """Tell whether the studio takes a role."""
        return self.roles.get(role, STUDIO) == STUDIO

    def of(self, role: Role) -> dict[str, Value]:
        """Return what is set for a role. The critic is the director's model unless it has a table of its own."""
        if role is Role.CRITIC and role not in self.options:
            role = Role.DIRECTOR
        return dict(self.options.get(role, {}))


def studio_settings() -> StudioSettings:
    """Return the settings in force. Raises BadInput naming what is wrong, with the nearest name there is."""
    table = config_table()
    return StudioSettings(_roles(_table(table, "roles")), _options(_table(table, "studio")))


def _table(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise _wrong(f"[{name}] is no table", "write it as docs/studio.md shows")
    return found


def _roles(table: Mapping[str, object]) -> dict[Role, str]:
    found = {}
    for name, engine in table.items():
        role = _role(f"roles.{name}", name)
        if engine not in (ANIMATIC, STUDIO):
            raise _wrong(f"roles.{name} is {engine!r}", f'write "{ANIMATIC}" or "{STUDIO}"')
        found[role] = str(engine)
    return found


def _options(table: Mapping[str, object]) -> dict[Role, dict[str, Value]]:
    found: dict[Role, dict[str, Value]] = {}
    for name, inside in table.items():
        role = _role(f"studio.{name}", name)
        if not isinstance(inside, dict):
            raise _wrong(f"studio.{name} is no table", f"write [studio.{name}] and its lines below it")
        known = OPTIONS[role]
        for key in inside:
            if key not in known:
                raise _unknown(f"studio.{name}.{key}", key, known)
        found[role] = {key: _value(f"studio.{name}.{key}", value, known[key]) for key, value in inside.items()}
    return found


def _role(shown: str, name: str) -> Role:
    names = [role.value for role in ROLES]
    if name not in names:
        raise _unknown(shown, name, names)
    return Role(name)


def _value(shown: str, value: object, option: Option) -> Value:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if option.kind is float and whole:
        assert isinstance(value, int)
        return float(value)
    if not isinstance(value, option.kind) or (option.kind is int and not whole):
        names = {str: "words in quotes", int: "a whole number", float: "a number", bool: "true or false"}
        raise _wrong(f"{shown} is {value!r}", f"write {names[option.kind]}")
    if option.choices and value not in option.choices:
        raise _wrong(f"{shown} is {value!r}", f"choose one of: {', '.join(option.choices)}")
    return value


def _unknown(shown: str, name: str, known: Iterable[str]) -> BadInput:
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    remedy = f"did you mean {near[0]}?" if near else f"there is: {', '.join(names)}"
    return _wrong(f"{shown} is nothing that can be set", remedy)


def _wrong(text: str, remedy: str) -> BadInput:
    return BadInput(f"{config_dir() / 'config.toml'}: {text}", remedy=remedy)
