"""How much room a being takes: where its head is, how far it reaches; what framing and placing go by."""

from __future__ import annotations

import msgspec

from core.engines.animatic.paint.look import Look

BODY = 1.70  # metres of the body every figure is drawn on; a look's height scales it


class Build(msgspec.Struct, frozen=True):
    """A four-legged body in metres: height of the back, length, half width of a leg, radius of the head, tail, ears.

    `neck` is how far the head is beyond the forelegs (in half lengths) and above the back (in heights).
    """

    high: float
    long: float
    leg: float
    head: float
    tail: str
    ears: float
    neck: tuple[float, float] = (1.28, 1.20)


BEASTS = {
    "dog": Build(0.62, 0.80, 0.055, 0.150, "up", 0.70),
    "wolf": Build(0.72, 0.92, 0.058, 0.160, "brush", 0.85),
    "cat": Build(0.42, 0.55, 0.038, 0.115, "curl", 0.90),
    "fox": Build(0.52, 0.72, 0.042, 0.130, "brush", 0.95),
    "horse": Build(1.30, 1.45, 0.075, 0.240, "hair", 0.80, (1.45, 1.36)),
}


class Extent(msgspec.Struct, frozen=True):
    """Metres from the point between the feet: `top` of the head or ears, the face's centre (`head_x` is ahead) and
    height, how far the body reaches ahead and behind. `upright` parts people and robots from animals.
    """

    top: float
    head_x: float
    head_y: float
    face: float
    ahead: float
    behind: float
    upright: bool

    @property
    def span(self) -> float:
        """Width of the whole body seen from the side."""
        return self.ahead + self.behind

    @property
    def middle(self) -> float:
        """Where the middle of the body is ahead of the feet's."""
        return (self.ahead - self.behind) / 2


def head_at(build: Build) -> tuple[float, float]:
    """Return the centre of a four-legged being's head: metres ahead of the body's middle, metres high."""
    return 0.42 * build.long * build.neck[0], build.high * build.neck[1]


def extent_of(look: Look) -> Extent:
    """Return the room a look takes."""
    unit = look.height / BODY
    build = BEASTS.get(look.kind)
    if build is None:
        face = 0.34 if look.age == "child" else 0.30
        top = BODY + (0.12 if look.kind == "robot" else 0.06 if look.hat else 0.0)
        return Extent(top * unit, 0.0, (BODY - face / 2) * unit, face * unit, 0.26 * unit, 0.26 * unit, True)
    x, y = head_at(build)
    over, under = build.head * (0.75 + build.ears), build.head * (1.15 if look.kind != "horse" else 2.2)
    behind = 0.42 * build.long + (0.46 if build.tail == "brush" else 0.20)
    return Extent(
        top=(y + over) * unit,
        head_x=x * unit,
        head_y=(y + (over - under) / 2) * unit,
        face=(over + under) * unit,
        ahead=(x + 1.2 * build.head) * unit,
        behind=behind * unit,
        upright=False,
    )


def is_beast(look: Look) -> bool:
    """Tell whether a look goes on four legs."""
    return look.kind in BEASTS
