"""Writes shot prompts: camera first, who and what, setting and light, a boundary, the lens anchor last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from core.engines.animatic.direct.arc import Plot
from core.engines.animatic.direct.cast import Character
from core.engines.animatic.direct.choice import pick, shuffled
from core.engines.animatic.direct.sentence import Told
from core.engines.animatic.direct.words import DirectorWords, Setting
from core.engines.animatic.lexicon import plain
from core.film.camera import CameraMove

FULL = 84  # words at which a prompt is long enough
MOST = 107  # a little under the 110 of the rules, so that an edit by hand has room


class Pen(msgspec.Struct, frozen=True):
    """What prompts are written with: the story, the words, the camera's wordings; `tight` takes the shortest of all."""

    told: Told
    words: DirectorWords
    phrases: Mapping[str, Sequence[str]]
    seed: int
    cast: tuple[Character, ...] = ()
    tight: bool = False

    @property
    def things(self) -> tuple[str, ...]:
        """The sentence's things there are words for, without those that the cast are or carry."""
        worn = plain(" ".join([*(one.portrait for one in self.cast), self.told.landmark])).split()
        known = self.words.settings.things
        return tuple(thing for thing in self.told.scene.things if thing in known and thing not in worn)

    @property
    def setting(self) -> Setting:
        """The words of this story's kind of place."""
        return self.words.settings.place[self.told.scene.place]


def write_prompt(pen: Pen, plot: Plot, number: int) -> str:
    """Return the prompt of one shot, 70 to 110 words."""
    roomy = _draft(pen, plot, number)
    if _count(roomy) <= MOST:
        return roomy
    return _draft(msgspec.structs.replace(pen, tight=True), plot, number)


def _draft(pen: Pen, plot: Plot, number: int) -> str:
    camera, action, where = _camera(pen, plot, number), _action(pen, plot, number), _where(pen)
    boundary, lens = _boundary(pen, plot, number), _lens(pen, plot, number)
    # An insert may show a thing that is a place elsewhere (a bridge, a train), so the setting comes before it.
    fixed = [camera, action, where] if plot.cast else [camera, where, action]
    budget = MOST - _count(*fixed, boundary, lens)
    extra: list[str] = []
    for sentence in _air(pen, plot, number):
        if _count(*extra, sentence) <= budget:
            extra.append(sentence)
    for sentence in _fill(pen, plot, number):
        if _count(*fixed, *extra, boundary, lens) >= FULL:
            break
        if sentence not in extra and sentence != action and _count(*extra, sentence) <= budget:
            extra.append(sentence)
    return " ".join([*fixed, *extra, boundary, lens])


def shot_type(pen: Pen, plot: Plot) -> str:
    """Return the shot type in words, such as "Wide tracking"."""
    size = pen.words.shots.beat[plot.beat].size
    return size if plot.move is CameraMove.STATIC else f"{size} {plot.move.value.replace('_', ' ')}"


def setting_line(pen: Pen) -> str:
    """Return the plan's setting: one English sentence of place, time, weather, light and feeling."""
    told, texts = pen.told, pen.words.settings
    scene = told.scene
    parts = [_where(pen).rstrip(".")]
    parts.extend(texts.things[thing][0] for thing in pen.things[:3])
    parts.append(texts.mood_words[scene.mood])
    return ", ".join(parts) + "."


def _count(*sentences: str) -> int:
    return sum(len(sentence.split()) for sentence in sentences)


def _choice(pen: Pen, options: Sequence[str], *name: object) -> str:
    if pen.tight:
        return min(options, key=lambda one: (len(one.split()), one))
    return pick(options, pen.seed, *name)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:].rstrip(".") + "."


def _camera(pen: Pen, plot: Plot, number: int) -> str:
    phrase = pen.phrases[plot.move.value][0]
    tail = _choice(pen, pen.words.shots.camera[plot.move.value], "camera", number)
    return _sentence(f"{phrase} {tail}")


def _action(pen: Pen, plot: Plot, number: int) -> str:
    prefix = pen.words.shots.beat[plot.beat].prefix
    text = _cast_action(pen, plot, number) if plot.cast else _place_action(pen, plot, number)
    if not prefix or pen.tight:
        return _sentence(text)
    return _sentence(f"{prefix} {text if plot.cast else text[0].lower() + text[1:]}")


def _cast_action(pen: Pen, plot: Plot, number: int) -> str:
    group = _group(plot.cast)
    options = pen.words.shots.beat_motion[plot.beat][group]
    motion = _choice(pen, options, "motion", number)
    activity = pen.words.shots.activity[pen.told.activity]
    first = plot.cast[0]
    slots = {
        "main": activity.mains if len(plot.cast) > 1 else activity.main,
        "again": activity.again,
        "way": pen.setting.way,
        "spot": pen.setting.spot,
        "their": "their" if len(plot.cast) > 1 else first.their,
    }
    return f"{_names(plot.cast)} {_filled(motion, slots)}"


def _filled(text: str, slots: Mapping[str, str]) -> str:
    # Twice: an activity holds slots of its own.
    for _ in range(2):
        for slot, value in slots.items():
            text = text.replace("{" + slot + "}", value)
    return text


def _group(cast: Sequence[Character]) -> str:
    human = [one.figure.human for one in cast]
    if len(cast) == 1:
        return "one" if human[0] else "creature"
    return "many" if all(human) else "mixed"


def _names(cast: Sequence[Character]) -> str:
    portraits = [one.portrait for one in cast]
    return portraits[0] if len(portraits) == 1 else f"{', '.join(portraits[:-1])} and {portraits[-1]}"


def _place_action(pen: Pen, plot: Plot, number: int) -> str:
    if plot.beat in ("hero", "view", "close"):
        return pen.setting.view
    return _insert(pen, number)


def _insert(pen: Pen, number: int) -> str:
    """Return what a shot without people shows: the sentence's own things first, then details of the place."""
    shown = [pen.words.settings.things[thing][1] for thing in pen.things]
    shown += shuffled(pen.setting.details, pen.seed, "details")
    return shown[max(0, number - 2) % len(shown)]


def _where(pen: Pen) -> str:
    told, texts = pen.told, pen.words.settings
    scene = told.scene
    where = pen.setting.brief if pen.tight else pen.setting.scene
    if told.place is not None:
        inside = pen.setting.scene_in if told.place.city and not pen.tight else ""
        where = (inside or f"{where} {texts.near['near'][0]}").replace("{label}", told.place.label)
    parts = [f"{where} {texts.time_words[scene.time]}"]
    if not pen.setting.indoor:
        parts.append(texts.weather_words[scene.weather])
    elif scene.weather in texts.weather["indoor"]:
        parts.append(f"{texts.weather_words[scene.weather]} {texts.near['outside'][0]}")
    if scene.neon:
        parts.append(texts.near["neon"][0])
    return _sentence(", ".join(parts))


def _air(pen: Pen, plot: Plot, number: int) -> list[str]:
    """Return light, weather, neon, things and landmark, most wanted first."""
    scene, texts = pen.told.scene, pen.words.settings
    kind = "indoor" if pen.setting.indoor else "outdoor"
    found = []
    if plot.beat in ("hero", "view", "close") and pen.told.landmark:
        found.append(_sentence(f"far behind rises {pen.told.landmark}"))
    if plot.beat in ("hero", "setup", "path", "climax", "close") and pen.things:
        things = [texts.things[thing][0] for thing in pen.things[:2]]
        found.append(_sentence(f"nearby, {' and '.join(things)} can be seen"))
    if scene.weather in texts.weather[kind]:
        found.append(_choice(pen, texts.weather[kind][scene.weather], "weather", number))
    if scene.neon:
        found.append(_choice(pen, texts.neon[kind], "neon", number))
    found.append(_choice(pen, texts.light[kind][scene.time], "light", number))
    return found


def _fill(pen: Pen, plot: Plot, number: int) -> list[str]:
    group = _group(plot.cast) if plot.cast else "place"
    own = pen.words.shots.fill["many" if group == "mixed" else group]
    extra = pen.words.shots.fill["place"] if plot.beat != "anchor" else ()
    details = [_sentence(one) for one in pen.setting.details] if plot.cast and plot.beat != "anchor" else []
    ordered = shuffled([*own, *details], pen.seed, "fill", number)
    return [*ordered, *shuffled([one for one in extra if one not in own], pen.seed, "more", number)]


def _boundary(pen: Pen, plot: Plot, number: int) -> str:
    kind = "place" if not plot.cast else "face" if plot.beat == "anchor" else "people"
    text = _choice(pen, pen.words.settings.boundary[kind], "boundary", number)
    them = "them" if len(plot.cast) != 1 else plot.cast[0].them
    return _sentence(_filled(text, {"ground": pen.setting.ground, "them": them}))


def _lens(pen: Pen, plot: Plot, number: int) -> str:
    anchors = pen.words.settings.lens["face" if plot.beat == "anchor" and plot.cast else "anchors"]
    return _choice(pen, anchors, "lens", number)
