"""The arc: which beats a reel of so many shots has, who is in each, where it cuts, how its camera moves."""

from __future__ import annotations

import msgspec

from core.engines.animatic.direct.cast import Character
from core.engines.animatic.direct.choice import shuffled
from core.engines.animatic.direct.words import DirectorWords
from core.film.camera import CameraMove

SCENE = "scene"  # the subject of a shot of the place: no letter, so no character

# What a long reel tells between the set-up and the climax, over and over.
_MIDDLE = ("element", "path", "detail", "rest", "element", "view", "path", "detail", "element", "rest", "view")
# Beats that may go on from the one before without a cut, where the subject stays.
_FLOWS = {("hero", "setup"), ("setup", "path"), ("path", "rest"), ("climax", "anchor"), ("detail", "view")}
_SHORT = {
    1: ("hero",),
    2: ("hero", "close"),
    3: ("hero", "climax", "close"),
    4: ("hero", "setup", "climax", "close"),
    5: ("hero", "setup", "climax", "anchor", "close"),
}


class Plot(msgspec.Struct, frozen=True):
    """One shot before it has words. `cast` is empty for a shot of the place."""

    beat: str
    cast: tuple[Character, ...]
    subject: str
    cut: bool
    move: CameraMove


def beats(shots: int) -> tuple[str, ...]:
    """Return the beats of a reel of `shots` shots (1 or more): the six-shot arc, shrunk or stretched."""
    if shots in _SHORT:
        return _SHORT[shots]
    middle = tuple(_MIDDLE[i % len(_MIDDLE)] for i in range(shots - 5))
    return ("hero", "setup", *middle, "climax", "anchor", "close")


def make_arc(shots: int, cast: tuple[Character, ...], still: bool, words: DirectorWords, seed: int) -> tuple[Plot, ...]:
    """Return the plots of all shots; `still`: what is done in this story stays in one spot."""
    plots: list[Plot] = []
    elements = 0
    for number, beat in enumerate(beats(shots)):
        met = elements > 0 or beat in ("climax", "close")
        who = _cast(beat, cast, elements, met)
        elements += beat == "element"
        subject = "".join(one.letter for one in who) or SCENE
        before = plots[-1] if plots else None
        flows = before is not None and (before.beat, beat) in _FLOWS and before.subject == subject
        move = _move(beat, who, before, still, words, seed, number)
        plots.append(Plot(beat, who, subject, not flows, move))
    return tuple(plots)


def _cast(beat: str, cast: tuple[Character, ...], elements: int, met: bool) -> tuple[Character, ...]:
    if not cast or beat in ("detail", "view"):
        return ()
    together = tuple(one for one in cast if not one.figure.meets)
    others = tuple(one for one in cast if one.figure.meets)
    if beat == "element":
        if others:
            # First those who wait, together; later each alone.
            return others if elements == 0 else (others[elements % len(others)],)
        return (together[1 + elements % (len(together) - 1)],) if len(together) > 1 else ()
    if beat == "anchor":
        return cast[:1]
    if beat in ("climax", "close") or (beat == "rest" and met):
        return cast
    return together


def _move(
    beat: str,
    cast: tuple[Character, ...],
    before: Plot | None,
    still: bool,
    words: DirectorWords,
    seed: int,
    number: int,
) -> CameraMove:
    told = words.shots.beat[beat]
    options = [CameraMove(name) for name in (told.moves if cast else told.place_moves)]
    if still and beat in ("hero", "setup"):
        # The camera cannot travel beside somebody who stays where they are.
        options = [m for m in options if m not in (CameraMove.TRACKING, CameraMove.FOLLOW)] or options
    if len(cast) < 2:
        options = [m for m in options if m is not CameraMove.OVER_THE_SHOULDER] or options
    order = shuffled(options, seed, "move", beat, number)
    return next((move for move in order if before is None or move is not before.move), order[0])
