"""Reads a portrait: from "slim woman, 27, jet-black bob, mustard yellow raincoat" to a `Look`."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import msgspec

from core.engines.animatic.paint.colour import BLACK, Colour, from_hex, luma, mix
from core.engines.animatic.paint.extent import BEASTS, BODY
from core.engines.animatic.paint.look import Garment, Look
from core.engines.animatic.paint.phrases import Found, Portrait, read_things
from core.places import data_table

_SUITS = ("suit", "tuxedo", "uniform", "spacesuit", "space suit", "armor", "armour", "overalls", "dungarees")
_CAPES = ("cape", "cloak")


def read_look(portrait: str) -> Look:
    """Return the look a portrait describes; what it does not say follows from the words themselves, steadily."""
    tables = data_table("prompts/wardrobe.toml")
    text = portrait.lower().replace("-", " ").replace("'s", "")
    words = re.findall(r"[^\W\d_]+", text)
    told, pick = read_things(portrait, tables), _Choice(portrait, tables["defaults"])
    sex, age = str(_first(words, tables["sex"]) or ""), _age(text, words, tables["age"])
    being = told.first("kind")
    look = _dressed(told, tables, pick, sex, age)
    kind = str(tables["kind"][being.name]) if being else "human"
    look = msgspec.structs.replace(
        look,
        kind=kind,
        height=_height(told.plain, kind, sex, age, tables),
        girth=next((float(tables["build"][word]) for word in told.plain if word in tables["build"]), 1.0),
        skin=_skin(text, words, tables, pick),
        marks=_marks(told, tables, look),
    )
    return look if kind == "human" else _other(look, told, tables, pick)


def _dressed(told: Portrait, tables: dict[str, Any], pick: _Choice, sex: str, age: str) -> Look:
    """Return a human look with everything that is put on or carried."""
    outer, top = _garments(told, tables, pick)
    bottom, bottom_colour, skirt = _bottom(told, tables, pick, outer, top)
    feet, hat, bag, prop = (told.first(kind) for kind in ("feet", "hat", "bag", "prop"))
    style, hair_colour = _hair(told, tables, pick, sex, age)
    beard = told.first("beard")
    eyes = told.first("eyes")
    usual_hat = tables["hat_colour"].get(tables["hat"][hat.name]) if hat else None
    return Look(
        kind="human",
        sex=sex,
        age=age,
        height=BODY,
        girth=1.0,
        skin=(0.9, 0.75, 0.6),
        hair=style,
        hair_colour=hair_colour,
        eyes=mix(eyes.tone(from_hex(pick.table["eyes"])) if eyes else from_hex(pick.table["eyes"]), BLACK, 0.25),
        top=top,
        outer=outer,
        bottom=bottom,
        bottom_colour=bottom_colour,
        shoes=feet.tone(pick.colour("shoes")) if feet else pick.colour("shoes"),
        boots=bool(feet and tables["feet"][feet.name]),
        beard=_beard(beard, told.plain),
        beard_colour=(beard.colour if beard and beard.colour else mix(hair_colour, BLACK, 0.08)),
        glasses=told.first("glasses") is not None,
        hat=str(tables["hat"][hat.name]) if hat else "",
        hat_colour=hat.tone(from_hex(usual_hat) if usual_hat else pick.colour("top")) if hat else (0.2, 0.2, 0.2),
        scarf=_worn(told, "scarf", pick, (0.76, 0.22, 0.2)),
        umbrella=_worn(told, "umbrella", pick, (0.18, 0.19, 0.25)),
        bag=str(tables["bag"][bag.name]) if bag else "",
        bag_colour=bag.tone((0.42, 0.29, 0.19)) if bag else (0.42, 0.29, 0.19),
        prop=str(tables["prop"][prop.name]) if prop else "",
        prop_colour=prop.colour if prop else None,
        skirt=skirt,
    )


def _other(look: Look, told: Portrait, tables: dict[str, Any], pick: _Choice) -> Look:
    """Return the look of one who is no human: fur or metal first, and eyes that shine."""
    being, fur = told.first("kind"), told.first("coat")
    noun = being.colour if being else None
    usual = from_hex(tables["coat_colour"][look.kind]) if look.kind in BEASTS else pick.colour("metal")
    plain = noun if noun is not None else usual
    coat = fur.tone(plain) if fur else plain
    eyes = told.first("eyes")
    usual_eyes = from_hex(tables["eye_colour"][look.kind])
    worn = told.first("outer", "top") is not None
    return msgspec.structs.replace(
        look,
        coat=coat,
        eyes=eyes.tone(usual_eyes) if eyes else usual_eyes,
        skin=coat,
        hair="bald",
        hair_colour=coat,
        sex="",
        age="adult",
        top=Garment("coat", coat, collar=""),
        outer=(look.outer or look.top) if worn else None,
        bottom_colour=coat,
        beard="",
        boots=False,
        shoes=coat,
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


def _first(words: list[str], table: dict[str, Any]) -> Any:
    return next((table[word] for word in words if word in table), None)


def _age(text: str, words: list[str], table: dict[str, str]) -> str:
    years = next((int(one) for one in re.findall(r"\b(\d{1,2})\b", text)), None)
    if years is not None:
        return "child" if years < 13 else "young" if years < 22 else "elder" if years >= 62 else "adult"
    if "young" in words and ("woman" in words or "man" in words):
        return "young"
    return str(_first(words, table) or "adult")


def _height(plain: list[str], kind: str, sex: str, age: str, tables: dict[str, Any]) -> float:
    more = next((float(tables["stature"][word]) for word in plain if word in tables["stature"]), 0.0)
    if kind != "human":  # robots and animals differ more than people do
        return BODY + float(tables["stature_gain"]["robot" if kind == "robot" else "animal"]) * more
    if age == "child":
        return 1.22
    return {"woman": 1.66, "man": 1.77}.get(sex, 1.71) + more - (0.05 if age == "elder" else 0.0)


def _garments(told: Portrait, tables: dict[str, Any], pick: _Choice) -> tuple[Garment | None, Garment]:
    outers = [one for one in told.things if one.kind == "outer"]
    # A cape or cloak over something else is worn as a cape; by itself it is a coat.
    coats = [one for one in outers if one.name not in _CAPES] or outers
    top = told.first("top")
    worn_outer = _garment(coats[0], tables["outer"], _usual_outer(coats[0], tables, pick)) if coats else None
    fallback = pick.colour("top")
    if worn_outer and luma(mix(worn_outer.colour, fallback, 0.5)) > 0.55:
        fallback = mix(fallback, BLACK, 0.35)
    worn_top = _garment(top, tables["top"], fallback) if top else Garment("shirt", fallback, collar="fold")
    return worn_outer, worn_top


def _usual_outer(one: Found, tables: dict[str, Any], pick: _Choice) -> Colour:
    if one.name in ("armor", "armour"):
        return from_hex(tables["material"]["steel"])
    return pick.colour("top")


def _garment(one: Found, table: dict[str, Any], fallback: Colour) -> Garment:
    cut = dict(table[one.name])
    if one.long and cut.get("hem", 0.95) < 0.7:
        cut["hem"] = 0.5 * cut["hem"]
    return msgspec.convert({"name": one.name, "colour": one.tone(fallback), **cut}, Garment)


def _bottom(
    told: Portrait, tables: dict[str, Any], pick: _Choice, outer: Garment | None, top: Garment
) -> tuple[str, Colour, float]:
    """Return what is worn below, its colour, and the height of a skirt's hem."""
    named = told.first("bottom")
    if named:
        jeans = from_hex(tables["colour"]["denim"]) if named.name == "jeans" else pick.colour("bottom")
        return str(tables["bottom"][named.name]), named.tone(jeans), 0.20 if named.long else 0.52
    if outer and outer.name in _SUITS:
        return "trousers", outer.colour, 0.52
    if top.name == "jumpsuit":
        return "trousers", top.colour, 0.52
    if top.hem < 0.6:
        return "", top.colour, 0.52
    return "trousers", pick.colour("bottom"), 0.52


def _hair(told: Portrait, tables: dict[str, Any], pick: _Choice, sex: str, age: str) -> tuple[str, Colour]:
    named = [one for one in told.things if one.kind in ("hair", "texture")]
    styles = [str(tables[one.kind][one.name]) for one in named if one.name != "hair"]
    if "curly" in styles and "short" in styles:
        styles.append("curls")
    # "long curly hair": what the hair is tied into, or its length, says more than its texture.
    rank = ("bald", "buzz", "afro", "bun", "ponytail", "braids", "bob", "long", "curls", "curly", "shoulder", "short")
    style = min(styles, key=rank.index) if styles else ("shoulder" if sex == "woman" else "short")
    grey = from_hex("#b4b2b0") if age == "elder" else pick.colour("hair")
    return style, next((one.colour for one in named if one.colour), grey)


def _skin(text: str, words: list[str], tables: dict[str, Any], pick: _Choice) -> Colour:
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


def _beard(named: Found | None, plain: list[str]) -> str:
    if named is not None:
        return {"mustache": "moustache"}.get(named.name, named.name)
    return "beard" if "bearded" in plain else ""


def _worn(told: Portrait, kind: str, pick: _Choice, fallback: Colour) -> Colour | None:
    one = told.first(kind)
    return None if one is None else one.tone(mix(fallback, pick.colour("top"), 0.25))


def _marks(told: Portrait, tables: dict[str, Any], look: Look) -> dict[str, Colour]:
    """Return what else there is to see, each with its colour: a usual one where the portrait names none."""
    usual = tables["mark_colour"]
    marks = {}
    for one in told.things:
        if one.kind == "mark":
            name = str(tables["mark"][one.name])
            marks[name] = one.tone(from_hex(usual[name]) if name in usual else (0.5, 0.4, 0.3))
            if one.long:
                marks["long"] = marks[name]
    capes = [one for one in told.things if one.kind == "outer" and one.name in _CAPES]
    if capes and look.outer is not None and look.outer.name not in _CAPES:
        marks["cape"] = capes[0].tone(look.outer.colour)
    return marks
