"""What reel a StudioMI300 folder makes: its plan, its sentence, its settings, and how long a whole clip is. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from core.film.plan import Plan, Shot, decode_plan, encode_plan
from core.film.preset import SIZES, Aspect, PresetName
from core.film.settings import MAX_SENTENCE, Settings
from core.film.text import clean
from core.worker.look import Seen

# Frames a clip has by its frame rate, whatever the preset: its presets (121, 97, 81 at 24) and what its model was
# trained on (81 at 16).
_USUAL = {16: (81,), 24: (81, 97, 121)}
_SLACK = 0.1  # seconds two presets' clips differ by that are meant to be equally long (81 at 16, 121 at 24)
_FILM = 20  # frames a second from which a reel is taken for the cinematic preset, which runs at 24


class GivenPlan(msgspec.Struct, frozen=True):
    """A plan, its bytes as plan.json gets them, and the fields that were dropped because nothing here knows them."""

    plan: Plan
    data: bytes
    dropped: tuple[str, ...]


def read_plan(data: bytes, name: str) -> GivenPlan:
    """Decode that system's plan; fields of its own are dropped and named, everything else is held to the rules.

    Raises BadInput naming the field.
    """
    dropped: list[str] = []
    try:
        raw = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raw = None  # decode_plan says what is wrong
    if isinstance(raw, dict):
        raw = _without(raw, Plan, "$", dropped)
        shots = raw.get("shots")
        if isinstance(shots, list):
            raw["shots"] = [
                _without(shot, Shot, f"$.shots[{place}]", dropped) if isinstance(shot, dict) else shot
                for place, shot in enumerate(shots)
            ]
    if not dropped:
        return GivenPlan(decode_plan(data, where=name), data, ())
    plan = decode_plan(msgspec.json.encode(raw), where=name)
    return GivenPlan(plan, encode_plan(plan), tuple(dropped))


def _without(
    table: dict[str, object], known: type[msgspec.Struct], where: str, dropped: list[str]
) -> dict[str, object]:
    names = {field.encode_name for field in msgspec.structs.fields(known)}
    dropped.extend(f"{where}.{clean(key, limit=60)}" for key in table if key not in names)
    return {key: value for key, value in table.items() if key in names}


def sentence_of(plan: Plan, told: str, folder: str) -> str:
    """Return the reel's sentence: the plan's, else the one in the log, else the story, else the folder's name."""
    for words in (plan.user_prompt, told, plan.story_logline, folder):
        sentence = clean(words, limit=MAX_SENTENCE)
        if any(char.isalnum() for char in sentence):
            return sentence
    return "an imported reel"


def settings_of(plan: Plan, clips: Sequence[Seen], pictures: Sequence[Seen]) -> Settings:
    """Return the settings the folder speaks of; `pictures` (keyframes) tell the size where there is no clip."""
    figures = whole_clip(clips)
    preset = PresetName.CINEMATIC if figures is not None and figures[1] >= _FILM else PresetName.DEFAULT
    sizes = Counter((seen.width, seen.height) for seen in (clips or pictures))
    size = max(sizes, key=lambda size: (sizes[size], size)) if sizes else SIZES[Aspect.WIDE]
    aspect = Aspect.WIDE if size[0] > size[1] * 1.2 else Aspect.TALL if size[1] > size[0] * 1.2 else Aspect.SQUARE
    if any(side % 2 or not 64 <= side <= 4096 for side in size):
        size = SIZES[aspect]
    return Settings(
        engine="animatic",
        preset=preset,
        aspect=aspect,
        width=size[0],
        height=size[1],
        shots=len(plan.shots),
        language=plan.vo_lang,
    )


def whole_clip(clips: Sequence[Seen]) -> tuple[int, float] | None:
    """Return the (frames, fps) a whole clip of this folder has, or None without clips.

    What most clips have, those the system's presets make first: two interrupted clips do not outvote a whole one. A
    single clip of an odd length is held against the next preset.
    """
    if not clips:
        return None
    counts = Counter((seen.frames, seen.fps) for seen in clips)

    def rank(figures: tuple[int, float]) -> tuple[bool, int, int]:
        return (_usual(figures), counts[figures], figures[0])

    best = max(counts, key=rank)
    if _usual(best) or counts[best] > 1:
        return best
    frames, fps = best
    return next((usual for usual in _USUAL.get(round(fps), ()) if usual >= frames), frames), fps


def _usual(figures: tuple[int, float]) -> bool:
    frames, fps = figures
    return fps == round(fps) and frames in _USUAL.get(round(fps), ())


def too_short(seen: Seen, whole: tuple[int, float]) -> str:
    """Return in what a clip is shorter than a whole one, or ""."""
    frames, fps = whole
    short = seen.frames < frames if seen.fps == fps else seen.seconds < frames / fps - _SLACK
    if not short:
        return ""
    return f"has {seen.frames} frames at {seen.fps:g} fps; a whole clip of this reel has {frames} at {fps:g}"
