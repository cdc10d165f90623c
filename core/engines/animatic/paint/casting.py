"""Casting: who stands where in a shot, facing which way, doing what."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

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


def place_actors(
    looks: list[Look],
    frame: Framing,
    view: View,
    cast: Cast,
    move: CameraMove,
    spot: float,
    stand: float,
    wet: float,
    mirror: bool,
) -> list[Actor]:
    """Return the figures of a shot with their feet on the ground."""
    if not looks or frame.kind == "insert":
        return []
    if frame.kind == "shoulder":
        return _shoulder(looks, view, cast, spot, stand, mirror)
    close = frame.kind in ("close", "medium_close")
    shown = looks[:1] if close else looks[:4]
    return [
        _actor(
            look, view, cast, frame, move, _place(i, len(shown), spot, stand, frame, view), i, len(shown), wet, mirror
        )
        for i, look in enumerate(shown)
    ]


def _place(i: int, count: int, spot: float, stand: float, frame: Framing, view: View) -> tuple[float, float]:
    if count == 1:
        return spot, stand
    gap = 0.78 if frame.kind in ("medium", "two") else 0.92
    if view.tall:
        gap = min(gap, 0.80 * view.width / view.size(1.0, stand) / count)
    # A group stands round the middle between its own place and the frame's.
    middle_x = view.x + (view.width * 0.5 - view.px) * view.away(stand) / view.focal
    centre = spot + (middle_x - spot) * (0.75 if frame.kind in ("medium", "two") else 0.4)
    return centre + (i - (count - 1) / 2) * gap, stand + 0.22 * (i % 2)


def _actor(
    look: Look,
    view: View,
    cast: Cast,
    frame: Framing,
    move: CameraMove,
    at: tuple[float, float],
    i: int,
    count: int,
    wet: float,
    mirror: bool,
) -> Actor:
    x, z = at
    ahead = "left" if mirror else "right"
    if cast.back and frame.kind not in ("close", "medium_close"):
        facing = "back"
    elif move is CameraMove.TRACKING and frame.kind in ("wide", "full", "medium", "two"):
        facing = ahead
    elif count > 1 and cast.act == "walk" and frame.kind in ("wide", "full"):
        facing = ahead  # they go the same way; a little turned, so that one sees who they are
    elif count > 1:
        facing = ("right" if i < count / 2 else "left") if count == 2 or i in (0, count - 1) else "front"
    elif cast.act == "walk" and frame.kind in ("wide", "full"):
        facing = ahead if frame.kind == "wide" else "front"
    else:
        facing = "front"
    close = frame.kind in ("close", "medium_close")
    gaze = (0.35 if not mirror else -0.35) if close else 0.0
    feet = view.at(x, 0.0, z)
    if close and look.height < 1.4:  # the lens goes down to a child's face
        feet = view.at(x, 1.675 - look.height, z)
    elif close:
        feet = view.at(x, (1.70 - look.height) * 0.82, z)
    return Actor(
        look=look,
        feet=feet,
        metre=view.size(1.0, z),
        distance=view.away(z),
        facing=facing,
        act=cast.act if frame.kind in ("wide", "full") or (move is CameraMove.TRACKING and not close) else "stand",
        after=0,
        phase=0.9 + 2.1 * i,
        reflect=0.42 * wet if frame.kind in ("wide", "full") else 0.0,
        gaze=gaze,
        mood=cast.mood,
    )


def _shoulder(looks: list[Look], view: View, cast: Cast, spot: float, stand: float, mirror: bool) -> list[Actor]:
    """Put one figure near the lens with its back to us, another (if there is one) beyond, facing us."""
    near_look = looks[-1]
    near = view.z + max(0.62, 0.46 * view.away(stand))
    side = 1.0 if mirror else -1.0
    edge = view.x + (view.width * (0.5 + side * 0.36) - view.px) * view.away(near) / view.focal
    actors = []
    if len(looks) > 1:
        actors.append(
            Actor(
                looks[0],
                view.at(spot, 0, stand),
                view.size(1.0, stand),
                view.away(stand),
                "front",
                "stand",
                0,
                gaze=0.3 * side,
                mood=cast.mood,
            )
        )
    # The near head's top stays a tenth of the frame below its upper edge, whoever it is.
    top = view.py - view.focal * (near_look.height - view.eye) / view.away(near)
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
