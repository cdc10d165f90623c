"""What a character looks like to the painter: the same in every shot, because it comes from the portrait alone."""

from __future__ import annotations

import msgspec

Colour3 = tuple[float, float, float]


class Garment(msgspec.Struct, frozen=True):
    """A piece of clothing. `hem` and `flare` are the height of its hem and half its width there, in metres, on a
    body of 1.70 m. `collar` is "", "round", "fold", "lapel", "hood", "cross", "high" or "ruff".
    """

    name: str
    colour: Colour3
    hem: float = 0.95
    flare: float = 0.17
    collar: str = "round"
    sleeve: float = 1.0  # width of the sleeve against an ordinary one; 0: bare arms
    belt: bool = False
    buttons: bool = False
    open: bool = False
    shine: bool = False
    bib: bool = False  # a bib on straps, the shirt's sleeves stay to be seen


class Look(msgspec.Struct, frozen=True):
    """A character. `height` in metres; `girth` 1.0 is ordinary; `age` "child", "young", "adult" or "elder".

    `kind` is "human", "robot", "dog", "wolf", "cat", "fox" or "horse"; `sex` "woman", "man" or "". `hair` is a style
    of `prompts/wardrobe.toml`. `coat` is an animal's fur or a robot's metal, `marks` what else there is to see (its
    table `mark`: a white chest, a gold belt, a cape) with its colour. Colours are sRGB floats.
    """

    kind: str
    sex: str
    age: str
    height: float
    girth: float
    skin: Colour3
    hair: str
    hair_colour: Colour3
    eyes: Colour3
    top: Garment
    outer: Garment | None
    bottom: str  # "trousers", "skirt", "shorts" or "" (a dress or robe covers)
    bottom_colour: Colour3
    shoes: Colour3
    boots: bool = False
    beard: str = ""  # "", "beard", "moustache", "stubble"
    beard_colour: Colour3 = (0.2, 0.2, 0.2)
    glasses: bool = False
    hat: str = ""  # "", "beanie", "cap", "brim", "hood", "wrap", "crown", "helmet", "straw", "beret"
    hat_colour: Colour3 = (0.2, 0.2, 0.2)
    scarf: Colour3 | None = None
    umbrella: Colour3 | None = None
    bag: str = ""  # "", "backpack", "shoulder", "case"
    bag_colour: Colour3 = (0.4, 0.28, 0.18)
    prop: str = ""  # "", "violin", "cello", "guitar", "book", "lantern", "camera", "staff", "flowers", "cup", "sword"
    prop_colour: Colour3 | None = None
    skirt: float = 0.52  # height of a skirt's hem
    coat: Colour3 = (0.5, 0.5, 0.5)
    marks: dict[str, Colour3] = {}
