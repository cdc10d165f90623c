"""Reads a portrait: from "slim woman, 27, jet-black bob, mustard yellow raincoat" to a `Look`."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from core.engines.animatic.paint.colour import BLACK, WHITE, Colour, from_hex, luma, mix
from core.engines.animatic.paint.look import Garment, Look
from core.places import data_table

_STOP = re.compile(r"[,;.()\[\]:/]|\bwith\b|\bwearing\b|\bwears\b|\bover\b|\bunder\b|\bbeneath\b")
_LONGEST = 3  # words in the longest name of a table


class _Found(msgspec.Struct):
    """One named thing in the text: which table, which name, its colour if one belongs to it."""

    kind: str
    name: str
    colour: Colour | None


def read_look(portrait: str) -> Look:
    """Return the look a portrait describes; what it does not say follows from the words themselves, steadily."""
    tables = data_table("prompts/wardrobe.toml")
    text = portrait.lower().replace("-", " ").replace("'s", "")
    words = re.findall(r"[^\W\d_]+", text)
    found = _find(text, tables)
    pick = _Choice(portrait, tables["defaults"])
    sex = _first(words, tables["sex"])
    age = _age(text, words, tables["age"])
    kind = str(_first(words, tables["kind"]) or "human")
    outer, top = _garments(found, tables, pick)
    bottom, bottom_colour = _bottom(found, tables, pick, outer, top)
    feet = next((one for one in found if one.kind == "feet"), None)
    style, hair_colour = _hair(found, tables, pick, sex, age)
    hat = next((one for one in found if one.kind == "hat"), None)
    bag = next((one for one in found if one.kind == "bag"), None)
    eyes = next((one.colour for one in found if one.kind == "eyes" and one.colour), from_hex(pick.table["eyes"]))
    return Look(
        kind=kind,
        sex=str(sex or ""),
        age=age,
        height=_height(words, sex, age, tables),
        girth=_build(words, tables),
        skin=_skin(text, words, found, tables, pick),
        hair=style,
        hair_colour=hair_colour,
        eyes=mix(eyes, BLACK, 0.25),
        top=top,
        outer=outer,
        bottom=bottom,
        bottom_colour=bottom_colour,
        shoes=(feet.colour if feet and feet.colour else pick.colour("shoes")),
        boots=bool(feet and tables["feet"][feet.name]),
        beard=_beard(words),
        glasses=any(word in words for word in ("glasses", "spectacles", "eyeglasses")),
        hat=str(tables["hat"][hat.name]) if hat else "",
        hat_colour=(hat.colour if hat and hat.colour else pick.colour("top")),
        scarf=_worn(found, "scarf", pick, (0.76, 0.22, 0.2)),
        umbrella=_worn(found, "umbrella", pick, (0.18, 0.19, 0.25)),
        bag=str(tables["bag"][bag.name]) if bag else "",
        bag_colour=(bag.colour if bag and bag.colour else (0.42, 0.29, 0.19)),
        prop=str(_first(words, tables["prop"]) or ""),
    )


class _Choice:
    """Steady choices: the same portrait always gets the same ones."""

    def __init__(self, portrait: str, table: dict[str, Any]) -> None:
        self.table = table
        self._digest = hashlib.sha256(" ".join(portrait.split()).encode()).digest()

    def colour(self, name: str) -> Colour:
        options = self.table[name]
        place = sum(name.encode()) % 28
        return from_hex(options[int.from_bytes(self._digest[place : place + 3], "big") % len(options)])


def _find(text: str, tables: dict[str, Any]) -> list[_Found]:
    names: dict[str, str] = {"scarf": "scarf", "umbrella": "umbrella", "parasol": "umbrella", "eyes": "eyes"}
    names |= {"hair": "hair", "skin": "skin", "beard": "beard", "moustache": "beard", "shawl": "scarf"}
    for kind in ("hair", "hat", "bag", "feet", "bottom", "top", "outer"):
        names |= dict.fromkeys(tables[kind], kind)
    found: list[_Found] = []
    for clause in _STOP.split(text):
        found.extend(_clause(re.findall(r"[^\W\d_]+", clause), names, tables))
    return found


def _clause(words: list[str], names: dict[str, str], tables: dict[str, Any]) -> list[_Found]:
    found: list[_Found] = []
    colour: Colour | None = None
    shade = 0.0
    at = 0
    while at < len(words):
        kind, name, length = _match(words, at, names, tables)
        if kind == "colour":
            colour, shade = _shaded(from_hex(tables["colour"][name]), shade), 0.0
            before = words[at - 1] if at else ""
            if before == "in" and found and found[-1].colour is None:
                found[-1].colour, colour = colour, None
        elif kind == "shade":
            shade = float(tables["shade"][name])
        elif kind:
            found.append(_Found(kind, name, colour))
            # "black curly hair": the colour stays until the head of hair is complete.
            if kind != "hair" or name == "hair":
                colour = None
        at += length
    return found


def _match(words: list[str], at: int, names: dict[str, str], tables: dict[str, Any]) -> tuple[str, str, int]:
    for length in range(_LONGEST, 0, -1):
        phrase = " ".join(words[at : at + length])
        for one in (phrase, phrase.removesuffix("ed") if length == 1 else phrase):
            if one in names:
                return names[one], one, length
            if one in tables["colour"]:
                return "colour", one, length
            if one in tables["shade"]:
                return "shade", one, length
    return "", "", 1


def _shaded(colour: Colour, shade: float) -> Colour:
    return mix(colour, WHITE, shade) if shade >= 0 else mix(colour, BLACK, -shade)


def _first(words: list[str], table: dict[str, Any]) -> Any:
    return next((table[word] for word in words if word in table), None)


def _age(text: str, words: list[str], table: dict[str, str]) -> str:
    years = next((int(one) for one in re.findall(r"\b(\d{1,2})\b", text)), None)
    if years is not None:
        return "child" if years < 13 else "young" if years < 22 else "elder" if years >= 62 else "adult"
    if "young" in words and ("woman" in words or "man" in words):
        return "young"
    return str(_first(words, table) or "adult")


def _height(words: list[str], sex: str | None, age: str, tables: dict[str, Any]) -> float:
    base = {"woman": 1.66, "man": 1.77}.get(sex or "", 1.71)
    base += next((float(tables["stature"][w]) for w in words[:14] if w in tables["stature"]), 0.0)
    if age == "child":
        return 1.22
    return base - (0.05 if age == "elder" else 0.0)


def _build(words: list[str], tables: dict[str, Any]) -> float:
    return next((float(tables["build"][word]) for word in words if word in tables["build"]), 1.0)


def _garments(found: list[_Found], tables: dict[str, Any], pick: _Choice) -> tuple[Garment | None, Garment]:
    outer = next((one for one in found if one.kind == "outer" and one.name in tables["outer"]), None)
    tops = [one for one in found if one.kind == "top"]
    top = tops[0] if tops else None
    worn_outer = None
    if outer:
        worn_outer = _garment(outer, tables["outer"], pick.colour("top"))
    fallback = pick.colour("top")
    if worn_outer and luma(mix(worn_outer.colour, fallback, 0.5)) > 0.55:
        fallback = mix(fallback, BLACK, 0.35)
    worn_top = _garment(top, tables["top"], fallback) if top else Garment("shirt", fallback, collar="fold")
    return worn_outer, worn_top


def _garment(one: _Found, table: dict[str, Any], fallback: Colour) -> Garment:
    return msgspec.convert({"name": one.name, "colour": one.colour or fallback, **table[one.name]}, Garment)


def _bottom(
    found: list[_Found], tables: dict[str, Any], pick: _Choice, outer: Garment | None, top: Garment
) -> tuple[str, Colour]:
    named = next((one for one in found if one.kind == "bottom"), None)
    if named:
        jeans = from_hex(tables["colour"]["denim"]) if named.name == "jeans" else pick.colour("bottom")
        return str(tables["bottom"][named.name]), named.colour or jeans
    if outer and outer.name in ("suit", "tuxedo", "uniform", "spacesuit", "space suit", "armor", "armour"):
        return "trousers", outer.colour
    if top.name in ("overalls", "jumpsuit"):
        return "trousers", top.colour
    if top.hem < 0.6:
        return "", top.colour
    return "trousers", pick.colour("bottom")


def _hair(found: list[_Found], tables: dict[str, Any], pick: _Choice, sex: str | None, age: str) -> tuple[str, Colour]:
    named = [one for one in found if one.kind == "hair"]
    styles = [str(tables["hair"][one.name]) for one in named if one.name != "hair"]
    # "long curly hair": what the hair is tied into, or its length, says more than its texture.
    rank = ("bald", "buzz", "afro", "bun", "ponytail", "braids", "bob", "long", "curly", "shoulder", "short")
    style = min(styles, key=rank.index) if styles else ("shoulder" if sex == "woman" else "short")
    grey = from_hex("#b4b2b0") if age == "elder" else pick.colour("hair")
    return style, next((one.colour for one in named if one.colour), grey)


def _skin(text: str, words: list[str], found: list[_Found], tables: dict[str, Any], pick: _Choice) -> Colour:
    for phrase, value in sorted(tables["skin"].items(), key=lambda item: -len(item[0])):
        if f"{phrase} skin" in text or f"{phrase} face" in text or f"{phrase} complexion" in text:
            return from_hex(value)
    if "freckled" in words or "freckles" in words:
        return from_hex(tables["skin"]["freckled"])
    people = next((word for word in words if word in tables["people"]), None)
    if people:
        return from_hex(tables["people"][people])
    if re.search(r"\bblack (?:wo)?man\b", text):
        return from_hex(tables["skin"]["black"])
    return pick.colour("skin")


def _beard(words: list[str]) -> str:
    for name, shape in (
        ("stubble", "stubble"),
        ("beard", "beard"),
        ("bearded", "beard"),
        ("moustache", "moustache"),
        ("mustache", "moustache"),
    ):
        if name in words:
            return shape
    return ""


def _worn(found: list[_Found], kind: str, pick: _Choice, fallback: Colour) -> Colour | None:
    one = next((one for one in found if one.kind == kind), None)
    if one is None:
        return None
    return one.colour or mix(fallback, pick.colour("top"), 0.25)
