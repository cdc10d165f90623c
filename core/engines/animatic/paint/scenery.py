"""Paints whole stages: a shot, an empty scene, a group, a character's portrait sheet."""

from __future__ import annotations

import msgspec

from core.engines.animatic.paint.box import Box, steady
from core.engines.animatic.paint.casting import SHOWN, Spot, looks_of, place_actors, read_cast
from core.engines.animatic.paint.colour import Colour, mix, scale
from core.engines.animatic.paint.extent import is_beast
from core.engines.animatic.paint.framing import Framing, fitted_to, framing, kind_of, view_of
from core.engines.animatic.paint.insert import paint_insert
from core.engines.animatic.paint.light import Light, read_light
from core.engines.animatic.paint.portrait import paint_portrait
from core.engines.animatic.paint.sets import build
from core.engines.animatic.paint.shade import paint_shadows
from core.engines.animatic.paint.stage import Actor, Air, FigureLight, Notes, Rig, Stage
from core.engines.animatic.paint.view import View
from core.engines.animatic.reading import Scene
from core.film.requests import PaintRequest


def paint_stage(request: PaintRequest, scene: Scene, width: int, height: int) -> Stage:
    """Paint what a request asks for on a stage of `width` x `height` pixels."""
    light = read_light(scene)
    if request.subject == "scene" or (request.subject != "shot" and not request.characters):
        return _shot(request, scene, light, {}, "wide", (width, height))
    if request.subject == "shot":
        kind = kind_of(request.shot_type, request.camera)
        return _shot(request, scene, light, request.characters, kind, (width, height))
    return paint_portrait(looks_of(request.characters), request.seed, width, height)


def figure_light(light: Light, dim: float = 1.0) -> FigureLight:
    """Return the light that falls on figures in a set: a little stronger than on the set, so that they read."""
    lift = 0.16 if light.neon or light.sky[0][2] < 0.2 else 0.10
    dark = light.sky[0][2] < 0.3
    # Skin must stay skin under any sky: by night a warm fill, as from a lamp behind the camera.
    ambient = mix(light.ambient, (0.86, 0.76, 0.70) if dark else (0.74, 0.72, 0.74), 0.56 if dark else 0.35)
    return FigureLight(
        key=scale(light.key, 0.95 * dim),
        ambient=scale(ambient, (0.86 + lift) * dim),
        rim=light.rim,
        rim_far=light.rim_far,
        fog=light.fog,
        haze=0.25 + 0.3 * min(1.0, 30.0 / light.reach),
        side=light.side,
        rim_gain=0.75 if light.neon else 0.42,
    )


def _shot(
    request: PaintRequest, scene: Scene, light: Light, characters: dict[str, str], kind: str, size: tuple[int, int]
) -> Stage:
    width, height = size
    # The set belongs to the story: every shot of it, whatever its seed, stands in the same place.
    key = steady("set", request.story, scene.place)
    mirror = bool(steady("mirror", request.story) & 1)
    looks = looks_of(characters)
    frame = _nudged(fitted_to(framing(kind, width, height), looks[:SHOWN], width, height), request.seed)
    kind = frame.kind
    view, stand, spot = view_of(frame, width, height, request.camera, mirror)
    box = Box(view, light, scene, key, stand, spot)
    if not looks:  # nobody to focus on: the place itself is the subject
        box.focus *= 3.0
    build(box)
    cast = read_cast(request.prompt, scene.mood, request.camera)
    if scene.weather in ("rain", "storm") and "umbrella" in scene.things and kind in ("wide", "full", "medium", "two"):
        looks = [
            one if one.umbrella or i else msgspec.structs.replace(one, umbrella=_umbrella(light))
            for i, one in enumerate(looks)
        ]
    if kind == "insert":
        paint_insert(box, request.prompt, [one for one in looks if not is_beast(one)])  # a paw holds nothing
    actors = place_actors(looks, frame, view, cast, request.camera, Spot(spot, stand, light.wet, mirror))
    if actors and kind in ("wide", "full", "two"):
        paint_shadows(box, actors)
    return _stage(box, actors, request, mirror)


def _umbrella(light: Light) -> Colour:
    return mix((0.72, 0.80, 0.88), light.rim, 0.25)


def _nudged(frame: Framing, seed: int) -> Framing:
    """Return the framing a little to one side, as a new take of the same panel would be."""
    roll = steady("nudge", seed)
    return msgspec.structs.replace(
        frame,
        place=frame.place + ((roll % 101) / 100 - 0.5) * 0.03,
        figure=frame.figure * (1 + ((roll // 101 % 101) / 100 - 0.5) * 0.04),
    )


def _stage(box: Box, actors: list[Actor], request: PaintRequest, mirror: bool) -> Stage:
    behind = box.behind
    placed = tuple(msgspec.structs.replace(one, after=behind if one.soft <= 0 else len(box.sheets)) for one in actors)
    notes = Notes(
        rig=rig_of(box.view, box.stand, -1 if mirror else 1),
        sheets=tuple(box.sheets),
        actors=placed,
        light=figure_light(box.light),
        air=_near_air(air_of(box.scene, box.light, steady("air", request.story, request.seed)), box, bool(actors)),
    )
    return Stage(notes, box.pixels)


def rig_of(view: View, stand: float, heading: int) -> Rig:
    """Return the camera of a view for the animator."""
    return Rig(view.width, view.height, view.focal, view.px, view.py, view.margin, view.away(stand), heading)


def _near_air(air: Air, box: Box, people: bool) -> Air:
    """Return the air as a long lens sees it: a thin slice of it, and that out of focus."""
    if not people:  # in an empty picture the drifting dust is all that lives
        return air
    lens = box.view.focal / box.view.height
    long = min(1.0, max(0.0, (lens - 1.2) / 0.9))
    soft = 0.007 * long * box.view.height
    return msgspec.structs.replace(
        air, amount=air.amount * (1 - 0.8 * long), soft=soft, mist=air.mist * (1 - 0.6 * long)
    )


_GREEN = ("park", "garden", "temple", "forest", "village")


def air_of(scene: Scene, light: Light, seed: int) -> Air:
    """Return what falls and drifts in a scene, and its finish."""
    fall, amount, colour = "", 1.0, (1.0, 1.0, 1.0)
    if not light.indoors and scene.place != "space":
        fall = scene.weather if scene.weather in ("rain", "storm", "snow") else ""
    if fall in ("rain", "storm"):
        colour = mix((0.8, 0.86, 0.95), light.fog, 0.25)
    elif fall == "snow":
        colour = mix((1.0, 1.0, 1.0), light.sky[2], 0.25)
    elif scene.place in _GREEN and scene.time == "night":
        fall, colour = "fireflies", (0.85, 1.0, 0.45)
    elif scene.place in ("garden", "temple", "park"):
        fall, colour, amount = "petals", light.tone((1.0, 0.76, 0.82), 0.8), 0.8
    elif scene.place == "forest":
        fall, colour, amount = "leaves", light.tone((0.85, 0.62, 0.25), 0.8), 0.6
    elif light.indoors or scene.time in ("golden", "dawn"):
        fall, colour = "dust", light.sun_colour
    mist = {"fog": 0.62, "rain": 0.16, "storm": 0.2, "snow": 0.18}.get(scene.weather, 0.0)
    if light.indoors or scene.place == "space":
        mist = 0.0
    elif scene.time == "dawn":
        mist = max(mist, 0.22)
    return Air(
        fall=fall,
        amount=amount,
        wind=0.13 * light.side,
        colour=colour,
        mist=mist,
        mist_colour=mix(light.fog, light.sky[3], 0.4),
        vignette=0.42 if light.lamps > 0.6 else 0.26,
        seed=seed,
    )
