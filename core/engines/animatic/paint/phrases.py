"""Finds the named things of a portrait, clause by clause, each with the colour that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from core.engines.animatic.paint.colour import BLACK, WHITE, Colour, from_hex, mix

_STOP = re.compile(
    r"[,;.()\[\]:/]|\bwith\b|\bwearing\b|\bwears\b|\bover\b|\bunder\b|\bbeneath\b|\bholding\b|\bcarrying\b"
)
_LONGEST = 3  # words in the longest name of a table
_TABLES = ("kind", "texture", "hair", "mark", "prop", "hat", "bag", "feet", "bottom", "top", "outer")
_WORN = ("outer", "top", "bottom", "feet", "hat", "bag", "scarf", "umbrella", "prop", "mark")


class Found(msgspec.Struct):
    """One named thing: which table, which name, the colour that belongs to it.

    `shade` is what lightens or darkens it where it has no colour of its own ("dark armour"), `long` whether its
    clause calls it long.
    """

    kind: str
    name: str
    colour: Colour | None = None
    shade: float = 0.0
    long: bool = False

    def tone(self, usual: Colour) -> Colour:
        """Return its colour, else the `usual` one, shaded as the portrait says."""
        return self.colour if self.colour is not None else shaded(usual, self.shade)


class Portrait(msgspec.Struct):
    """What a portrait names, and the words of those clauses that name nothing: age, build, stature."""

    things: list[Found]
    plain: list[str]

    def first(self, *kinds: str) -> Found | None:
        """Return the first thing of these kinds."""
        return next((one for one in self.things if one.kind in kinds), None)


def read_things(portrait: str, tables: Mapping[str, Any]) -> Portrait:
    """Return the things a portrait names; `tables` are those of `prompts/wardrobe.toml`."""
    text = portrait.lower().replace("-", " ").replace("'s", "")
    names: dict[str, str] = {"scarf": "scarf", "shawl": "scarf", "umbrella": "umbrella", "parasol": "umbrella"}
    names |= {"eyes": "eyes", "eye": "eyes", "hair": "hair", "skin": "skin", "beard": "beard", "moustache": "beard"}
    names |= {"mustache": "beard", "stubble": "beard", "glasses": "glasses", "spectacles": "glasses"}
    names |= dict.fromkeys(tables["coat"], "coat")
    for kind in _TABLES:
        names |= dict.fromkeys(tables[kind], kind)
    whole = Portrait([], [])
    for clause in _STOP.split(text):
        words = re.findall(r"[^\W\d_]+", clause)
        found = _clause(words, names, tables)
        whole.things.extend(found)
        if all(one.kind in ("kind", "coat") for one in found):
            whole.plain.extend(words)
    return whole


def _clause(words: Sequence[str], names: Mapping[str, str], tables: Mapping[str, Any]) -> list[Found]:
    found: list[Found] = []
    colour: Colour | None = None
    material: Colour | None = None
    shade, long, at, follows = 0.0, False, 0, -1
    while at < len(words):
        kind, name, length = _match(words, at, names, tables)
        long = long or name == "long"
        if kind == "colour":
            before, colour = colour, shaded(from_hex(tables["colour"][name]), shade)
            if before is not None and at == follows:  # "honey-brown" lies between the two
                colour = mix(before, colour, 0.5)
            shade, follows = 0.0, at + length
            if at and words[at - 1] == "in" and found and found[-1].colour is None:
                found[-1].colour, colour = colour, None
        elif kind == "material":
            material = shaded(from_hex(tables["material"][name]), shade)
        elif kind == "shade":
            shade = float(tables["shade"][name])
        elif kind:
            found.append(Found(kind, name, colour if colour is not None else material, shade, long))
            # "black curly hair", "striped grey fur", "hooded red raincoat": what only describes leaves the colour.
            if kind not in ("texture", "hair") or name == "hair":
                colour, material, shade, long = None, None, 0.0, False
        at += length
    return _combed(found)


def _combed(found: list[Found]) -> list[Found]:
    """Drop "long" and "short" where they speak of a coat and not of hair."""
    hair = any(one.kind in ("hair", "beard") for one in found)
    worn = any(one.kind in _WORN for one in found)
    return [one for one in found if one.kind != "texture" or hair or not worn]


def _match(words: Sequence[str], at: int, names: Mapping[str, str], tables: Mapping[str, Any]) -> tuple[str, str, int]:
    for length in range(min(_LONGEST, len(words) - at), 0, -1):
        phrase = " ".join(words[at : at + length])
        if phrase in names:
            return names[phrase], phrase, length
        for kind in ("colour", "material", "shade"):
            if phrase in tables[kind]:
                return kind, phrase, length
    return "", "", 1


def shaded(colour: Colour, shade: float) -> Colour:
    """Return a colour lighter (`shade` above 0) or darker."""
    return mix(colour, WHITE, shade) if shade >= 0 else mix(colour, BLACK, -shade)
