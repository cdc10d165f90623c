"""The words the studio's painter is asked with, as data from prompts/painter.toml."""

from __future__ import annotations

import msgspec

from core.engines.studio.references import Hold
from core.film.errors import BadInput
from core.places import data_file, data_table

FILE = "prompts/painter.toml"


class PictureWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a picture is, by its subject; `onward` is a shot that goes on from the one before."""

    master: str
    group: str
    scene: str
    shot: str
    onward: str


class AroundWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What may be said after it."""

    framing: str
    portrait: str
    story: str
    light: str


class PositionWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where each of two, three, four or more people stands."""

    two: tuple[str, str]
    three: tuple[str, str, str]
    four: tuple[str, str, str, str]
    more: str

    def of(self, people: int) -> tuple[str, ...]:
        """Return the positions of `people` people, from the left."""
        named: dict[int, tuple[str, ...]] = {2: self.two, 3: self.three, 4: self.four}
        return named.get(people) or tuple(self.more.replace("{n}", str(n)) for n in range(1, people + 1))


class ReferenceWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a reference is for, by its kind."""

    character: str
    group: str
    scene: str
    previous: str


class ClosingWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said once more at the end, by hold; `same` is said of each person in it."""

    loose: str
    named: str
    firm: str
    bound: str
    same: str


class Boundary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be seen, in place of negatives the model cannot be given."""

    instead_of: tuple[str, ...]
    words: str


class PaintWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of prompts/painter.toml; its own comments say what each is for and which {names} are filled."""

    picture: PictureWords
    around: AroundWords
    positions: PositionWords
    reference: dict[Hold, ReferenceWords]
    closing: ClosingWords
    boundary: tuple[Boundary, ...]


def load_paint_words() -> PaintWords:
    """Return the words in force, the user's own file first. Raises BadInput naming the file and what is wrong."""
    remedy = "correct or remove your own file"
    try:
        words = msgspec.convert(data_table(FILE), PaintWords)
    except msgspec.ValidationError as error:
        raise BadInput(f"{data_file(FILE)}: {error}", remedy=remedy) from None
    missing = ", ".join(hold for hold in Hold if hold not in words.reference)
    if missing:
        raise BadInput(f"{data_file(FILE)}: [reference] says nothing for {missing}", remedy=remedy)
    return words
