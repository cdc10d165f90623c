"""Reads a scene out of words: place, light, weather, mood and things, by the word lists in `prompts/`."""

from __future__ import annotations

import msgspec

PLACES = (
    "city", "street", "market", "station", "park", "garden", "forest", "field", "desert", "mountain", "snowfield",
    "sea", "beach", "harbour", "river", "bridge", "rooftop", "room", "kitchen", "cafe", "library", "workshop",
    "hall", "temple", "castle", "village", "ship", "space",
)
TIMES = ("dawn", "day", "golden", "dusk", "night")
WEATHERS = ("clear", "cloud", "rain", "snow", "fog", "storm")
MOODS = ("calm", "joyful", "tense", "melancholic", "romantic", "mysterious", "epic")


class Scene(msgspec.Struct, frozen=True):
    """What a picture or a piece of music should feel like.

    `place`, `time`, `weather` and `mood` are one of PLACES, TIMES, WEATHERS, MOODS; `neon` tells of signs and
    coloured light; `things` are objects worth drawing ("umbrella", "lantern", "boat"), at most six, in order.
    """

    place: str = "city"
    time: str = "day"
    weather: str = "clear"
    mood: str = "calm"
    neon: bool = False
    things: tuple[str, ...] = ()


def read_scene(*texts: str) -> Scene:
    """Return the scene the texts speak of; the first text that names a thing wins over the later ones."""
    raise RuntimeError("written by the director's room")
