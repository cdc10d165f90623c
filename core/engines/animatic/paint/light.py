"""The light of a scene: sky, key, ambient and rim colours, and what distance does to them."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from core.engines.animatic.paint.colour import Colour, add, from_hex, luma, mix, saturate, scale, times
from core.engines.animatic.reading import Scene
from core.places import data_table

INDOORS = ("room", "kitchen", "cafe", "library", "workshop", "hall", "station")


class Light(msgspec.Struct, frozen=True):
    """Resolved light. `sun` is the sun's (or moon's) place: fraction of the width, fraction of the sky's height.

    `side` is -1 where the key comes from the left, +1 from the right. `reach` is in metres. `wet`, `lamps`,
    `stars` and `cloud` run from 0 to 1.
    """

    sky: tuple[Colour, ...]
    key: Colour
    ambient: Colour
    rim: Colour
    rim_far: Colour
    fog: Colour
    sun_colour: Colour
    sun: tuple[float, float]
    disc: float
    side: int
    reach: float
    wet: float
    lamps: float
    stars: float
    cloud: float
    signs: tuple[Colour, ...]
    neon: bool
    indoors: bool

    def tone(self, colour: Colour, lit: float = 0.5, z: float = 0.0) -> Colour:
        """Return a surface's colour: `lit` (0..1) by the key, `z` metres away."""
        light = add(self.ambient, self.key, lit)
        return self.fade(times(colour, light), z)

    def fade(self, colour: Colour, z: float) -> Colour:
        """Return a colour as seen through `z` metres of air."""
        if z <= 0:
            return colour
        return mix(colour, self.fog, 1.0 - math.exp(-z / self.reach))


def _colours(raw: list[str]) -> tuple[Colour, ...]:
    return tuple(from_hex(one) for one in raw)


def read_light(scene: Scene) -> Light:
    """Return the light of a scene by the tables of `prompts/colours.toml`."""
    tables = data_table("prompts/colours.toml")
    time, weather = tables["time"][scene.time], tables["weather"][scene.weather]
    neon = scene.neon and (time["lamps"] > 0.3 or scene.weather in ("rain", "storm", "fog"))
    dark = luma(from_hex(time["sky"][1])) / 0.6
    amount = float(weather["amount"])
    veil = scale(from_hex(weather["tint"]), min(1.0, 0.18 + dark * 0.85))
    # The veil keeps some of the hour's own colour: a rainy dusk is still a dusk.
    sky = tuple(mix(one, mix(veil, one, 0.25), amount) for one in _colours(time["sky"]))
    fog = mix(from_hex(time["fog"]), veil, amount * 0.8)
    key = mix(from_hex(time["key"]), from_hex(weather["tint"]), amount * 0.6)
    gain = float(time["key_gain"]) * (0.45 + 0.55 * float(weather["dim"]))
    ambient = mix(from_hex(time["ambient"]), saturate(veil, 0.7), amount * 0.35)
    rim, rim_far = from_hex(time["rim"]), mix(from_hex(time["rim"]), sky[1], 0.5)
    if neon:
        table = tables["neon"]
        fog = mix(fog, from_hex(table["fog"]), 0.62)
        ambient = mix(ambient, from_hex(table["ambient"]), 0.45)
        rim, rim_far = _colours(table["rim"])
        sky = (*sky[:2], mix(sky[2], fog, 0.6), mix(sky[3], fog, 0.8))
    indoors = scene.place in INDOORS
    if indoors and float(time["lamps"]) > 0.3:
        ambient, key = mix(ambient, (0.62, 0.46, 0.36), 0.55), mix(key, (1.0, 0.74, 0.44), 0.75)
        gain = max(gain, 0.5)
    elif indoors:
        ambient = mix(ambient, (0.66, 0.60, 0.54), 0.4)
    return Light(
        sky=sky,
        key=scale(key, gain),
        ambient=scale(ambient, 1.0 + (0.12 if not neon else 0.22)),
        rim=rim,
        rim_far=rim_far,
        fog=fog,
        sun_colour=from_hex(time["sun_colour"]),
        sun=(float(time["sun"][0]), float(time["sun"][1])),
        disc=float(time["disc"]),
        side=1 if float(time["sun"][0]) > 0.5 else -1,
        reach=float(time["reach"]) * float(weather["reach"]) * (3.0 if indoors else 1.0),
        wet=float(weather["wet"]),
        lamps=max(float(time["lamps"]), 0.5 if scene.weather in ("storm", "fog") else 0.0, 0.6 if neon else 0.0),
        stars=float(time["stars"]) * max(0.0, 1.0 - amount * 1.6) * (0.3 if neon else 1.0),
        cloud=float(weather["cloud"]),
        signs=_colours(tables["neon"]["signs"]),
        neon=neon,
        indoors=indoors,
    )


def table(name: str) -> dict[str, Any]:
    """Return one table of `prompts/colours.toml`."""
    found: dict[str, Any] = data_table("prompts/colours.toml")[name]
    return found
