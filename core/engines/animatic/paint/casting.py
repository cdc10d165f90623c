"""Casting: who stands where in a shot, facing which way, doing what."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import msgspec

from core.engines.animatic.paint.extent import extent_of, is_beast
from core.engines.animatic.paint.framing import Framing
from core.engines.animatic.paint.look import Look
from core.engines.animatic.paint.stage import Actor
from core.engines.animatic.paint.view import View
from core.engines.animatic.paint.wardrobe import read_look
from core.film.camera import CameraMove

_WALK = re.compile(r"\b(?:walk|run|stroll|hurr|wander|rush|stride|strid|march|sprint|pace|jog|approach)\w*")
_BACK = re.compile(
    r"\b(?:from behind|walks? away|walking away|back to (?:the )?camera|seen from the back|her back|his back)\b"
)
_JOY = re.compile(r"\b(?:smil\w*|laugh\w*|joy\w*|happy|happily|grin\w*|delight\w*|cheer\w*)\b")
_SAD = re.compile(r"\b(?:sad\w*|tear\w*|cry\w*|griev\w*|lonely|melanchol\w*|weep\w*|wistful\w*)\b")
_HARD = re.compile(r"\b(?:angry|anger|fear\w*|tense|worried|afraid|determined|stern|fierce)\b")


class Cast(msgspec.Struct, frozen=True):
    """Where the shot's words put the figures: what they do and feel, and which way they go."""

    act: str
    back: bool
    mood: str


def read_cast(prompt: str, mood: str, move: CameraMove) -> Cast:
    """Return what the shot's words say of its figures."""
    text = prompt.lower()
    walking = bool(_WALK.search(text)) or move in (CameraMove.TRACKING, CameraMove.FOLLOW)
    back = bool(_BACK.search(text)) or move is CameraMove.FOLLOW
    if _JOY.search(text):
        mood = "joyful"
    elif _SAD.search(text):
        mood = "melancholic"
    elif _HARD.search(text):
        mood = "tense"
    return Cast("walk" if walking else "stand", back, mood)


def looks_of(characters: Mapping[str, str]) -> list[Look]:
    """Return the looks of the characters in the order of their letters."""
    return [read_look(characters[letter]) for letter in sorted(characters)]


class Spot(msgspec.Struct, frozen=True):
    """The place of the picture where figures stand: set x, set depth, how wet the ground is, whether it is mirrored."""

    x: float
    z: float
    wet: float = 0.0
    mirror: bool = False


SHOWN = 4  # more than these would hide one another
_CLOSE = ("close", "medium_close")


def place_actors(
    looks: list[Look], frame: Framing, view: View, cast: Cast, move: CameraMove, spot: Spot
) -> list[Actor]:
    """Return the figures of a shot with their feet on the ground."""
    if not looks or frame.kind == "insert":
        return []
    if frame.kind == "shoulder":
        return _shoulder(looks, view, cast, spot)
    shown = looks[:SHOWN]
    if frame.kind in _CLOSE and len(shown) > 1:  # so near, one's umbrella would hide the other
        shown = [msgspec.structs.replace(look, umbrella=None) for look in shown]
    places = _places(shown, spot, frame, view)
    return [_actor(look, (view, frame, cast, spot), move, places[i], (i, len(shown))) for i, look in enumerate(shown)]


def _places(looks: list[Look], spot: Spot, frame: Framing, view: View) -> list[tuple[float, float]]:
    """Return where each stands: side by side, the animals a step nearer than the people."""
    if len(looks) == 1:
        size = extent_of(looks[0])
        ahead = size.head_x if frame.kind in _CLOSE else 0.0 if frame.kind == "wide" else size.middle
        return [(spot.x - ahead * (-1.0 if spot.mirror else 1.0), spot.z)]
    near = frame.kind in ("medium", "two")
    gap = 0.46 if frame.kind in _CLOSE else 0.78 if near else 0.92
    rooms = [gap if (size := extent_of(look)).upright else max(gap, 0.72 * size.span) for look in looks]
    across = 0.86 * view.width / view.size(1.0, spot.z)
    squeeze = min(1.0, across / sum(rooms))
    # A group stands round the middle between its own place and the frame's.
    middle = view.x + (view.width * 0.5 - view.px) * view.away(spot.z) / view.focal
    at = spot.x + (middle - spot.x) * (0.4 if frame.kind == "wide" else 0.85) - sum(rooms) * squeeze / 2
    places = []
    for i, (look, room) in enumerate(zip(looks, rooms, strict=True)):
        deep = 0.0 if frame.kind in _CLOSE else 0.22 * (i % 2)
        places.append((at + room * squeeze / 2, spot.z + (deep if extent_of(look).upright else -0.12)))
        at += room * squeeze
    return places


def _actor(
    look: Look,
    where: tuple[View, Framing, Cast, Spot],
    move: CameraMove,
    at: tuple[float, float],
    number: tuple[int, int],
) -> Actor:
    view, frame, cast, spot = where
    x, z = at
    close, far = frame.kind in _CLOSE, frame.kind in ("wide", "full")
    gaze = (-0.35 if spot.mirror else 0.35) if close or is_beast(look) else 0.0
    if close and number[1] > 1:
        gaze = 0.4 if number[0] < number[1] / 2 else -0.4  # a little towards each other
    return Actor(
        look=look,
        feet=view.at(x, 0.0, z),
        metre=view.size(1.0, z),
        distance=view.away(z),
        facing=_facing(frame.kind, cast, move, number, "left" if spot.mirror else "right"),
        act=cast.act if far or (move is CameraMove.TRACKING and not close) else "stand",
        after=0,
        phase=0.9 + 2.1 * number[0],
        reflect=0.42 * spot.wet if far else 0.0,
        gaze=gaze,
        mood=cast.mood,
    )


def _facing(kind: str, cast: Cast, move: CameraMove, number: tuple[int, int], ahead: str) -> str:
    i, count = number
    if kind in _CLOSE:
        return "front"
    if cast.back:
        return "back"
    if move is CameraMove.TRACKING:
        return ahead
    walks = cast.act == "walk" and kind in ("wide", "full")
    if count > 1 and walks:
        return ahead  # they go the same way; a little turned, so that one sees who they are
    if count > 1:
        return ("right" if i < count / 2 else "left") if count == 2 or i in (0, count - 1) else "front"
    return ahead if walks and kind == "wide" else "front"


def _shoulder(looks: list[Look], view: View, cast: Cast, spot: Spot) -> list[Actor]:
    """Put one figure near the lens with its back to us, another (if there is one) beyond, facing us."""
    # People look over their own shoulders; over a fox's one would see nothing but the fox's ears.
    near_look = max(reversed(looks[:SHOWN]), key=lambda look: extent_of(look).upright)
    others = [look for look in looks if look is not near_look]
    near = view.z + max(0.62, 0.46 * view.away(spot.z))
    side = 1.0 if spot.mirror else -1.0
    edge = view.x + (view.width * (0.5 + side * 0.36) - view.px) * view.away(near) / view.focal
    actors = []
    if others:
        # An animal turns its head to the free side of the picture, not behind the near shoulder.
        gaze = -0.3 * side if is_beast(others[0]) else 0.3 * side
        ahead = math.copysign(extent_of(others[0]).head_x, gaze)
        feet, metre = view.at(spot.x - ahead, 0, spot.z), view.size(1.0, spot.z)
        actors.append(Actor(others[0], feet, metre, view.away(spot.z), "front", "stand", 0, gaze=gaze, mood=cast.mood))
    # The near head's top stays a tenth of the frame below its upper edge, whoever it is.
    top = view.py - view.focal * (extent_of(near_look).top - view.eye) / view.away(near)
    lift = (0.10 * view.height - top) / view.size(1.0, near)
    actors.append(
        Actor(
            near_look,
            view.at(edge, -lift, near),
            view.size(1.0, near),
            view.away(near),
            "back",
            "stand",
            0,
            phase=0.5,
            soft=view.height * 0.0035,
            mood=cast.mood,
        )
    )
    return actors
