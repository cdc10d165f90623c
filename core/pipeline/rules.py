"""The planning rules as a check: what a plan breaks of them, whoever wrote it. Pure; the camera's words are given."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from core.film.camera import CameraMove
from core.film.language import Language
from core.film.plan import Plan, Shot

PROMPT_WORDS = (70, 110)
LINE_WORDS = (6, 10)
LINE_CHARACTERS = (10, 24)  # letters of Japanese and Chinese, about what fits into five seconds
CAMERA_WITHIN = 3  # words that may stand before the camera's own ("A slow, steady ...")
# Film and lens words that keep the picture photographic; the word "cinematic" does the opposite.
LENS = ("shot on", "arri", "35mm", "anamorphic", "film grain", "photorealistic")
_FORBIDDEN = re.compile(r"cinematic", re.IGNORECASE)
_COUNT = (
    "exactly|one|two|three|four|five|six|seven|eight|nine|ten|both|several|a pair of|a couple of|a group of|"
    "a crowd of|\\d+"
)
_PERSON = (
    "person|people|persons|man|men|woman|women|girls?|boys?|child|children|kids?|figures?|characters?|friends?|"
    "strangers?|pedestrians?|passers-by|adults?|lovers|robots?|dancers?|soldiers?"
)
_COUNTED = re.compile(rf"\b(?:{_COUNT})(?:\s+[a-z-]+){{0,2}}?\s+(?:{_PERSON})\b|\bexactly\b", re.IGNORECASE)


def broken_rules(plan: Plan, phrases: Mapping[str, Sequence[str]]) -> list[str]:
    """Return every rule the plan breaks, one clear sentence each, in the order of the plan; empty where it is sound.

    `phrases` maps a camera move's value to the wordings that mean it (`prompts/camera.toml`).
    """
    return [*_plan_rules(plan), *_shot_rules(plan, phrases), *_line_rules(plan)]


def camera_moves(prompt: str, phrases: Mapping[str, Sequence[str]]) -> list[tuple[int, CameraMove]]:
    """Return every camera move a prompt names, with the word it begins at; a wording within a longer one is not
    another move ("tracking shot following" is one)."""
    text = " ".join(prompt.lower().replace("-", " ").split())
    spans: list[tuple[int, int, CameraMove]] = []
    for name, wordings in phrases.items():
        for wording in wordings:
            spans.extend(
                (found.start(), found.end(), CameraMove(name)) for found in re.finditer(re.escape(wording), text)
            )
    kept: list[tuple[int, int, CameraMove]] = []
    for start, end, move in sorted(spans, key=lambda span: (span[0] - span[1], span[0], span[2])):
        if all(end <= other[0] or start >= other[1] for other in kept):
            kept.append((start, end, move))
    return [(len(text[:start].split()), move) for start, _, move in sorted(kept)]


def _plan_rules(plan: Plan) -> Iterator[str]:
    first = plan.shots[0]
    if not first.is_hero:
        yield "the first shot is not the hero shot"
    if "wide" not in first.shot_type.lower():
        yield f"the first shot is no wide shot ({first.shot_type})"
    if not first.cut:
        yield "the first shot continues a shot that is not there (cut is false)"
    texts = {f"the portrait of {letter}": text for letter, text in plan.characters.items()} | {
        "the setting": plan.setting
    }
    for where, text in texts.items():
        if _FORBIDDEN.search(text):
            yield f"{where} says “cinematic”"


def _shot_rules(plan: Plan, phrases: Mapping[str, Sequence[str]]) -> Iterator[str]:
    for shot in plan.shots:
        for problem in (
            *_length(shot),
            *_camera(shot, phrases),
            *_cast(plan, shot),
            *_wording(shot, tuple(plan.characters.values())),
        ):
            yield f"shot {shot.index}: {problem}"


def _length(shot: Shot) -> Iterator[str]:
    count, (low, high) = len(shot.prompt.split()), PROMPT_WORDS
    if not low <= count <= high:
        yield f"its prompt has {count} words; {low} to {high} are wanted"


def _camera(shot: Shot, phrases: Mapping[str, Sequence[str]]) -> Iterator[str]:
    found = camera_moves(shot.prompt, phrases)
    moves = list(dict.fromkeys(move.value for _, move in found))
    if not moves:
        yield "its prompt names no camera move"
    elif found[0][0] > CAMERA_WITHIN:
        yield f"the camera move ({moves[0]}) does not come first"
    if len(moves) > 1:
        yield f"its prompt names several camera moves: {', '.join(moves)}"


def _cast(plan: Plan, shot: Shot) -> Iterator[str]:
    subject = shot.dominant_subject.strip()
    if subject and re.fullmatch("[A-Z]+", subject):
        unknown = sorted(set(subject) - set(plan.characters))
        if unknown:
            yield f"its dominant subject names no character: {', '.join(unknown)}"
    for letter in plan.cast(shot):
        if plan.characters[letter] not in shot.prompt:
            yield f"the portrait of {letter} is not repeated word for word"
    for letter, portrait in plan.characters.items():
        name = portrait.partition("(")[0].strip()
        named = name and "(" in portrait and re.search(rf"\b{re.escape(name)}\b", shot.prompt)
        if named and letter not in plan.cast(shot) and portrait not in shot.prompt:
            yield f"it names {name} without the portrait of {letter}"


def _wording(shot: Shot, portraits: Collection[str]) -> Iterator[str]:
    if _FORBIDDEN.search(shot.prompt):
        yield "its prompt says “cinematic”"
    text = shot.prompt
    # An age in a portrait is no count of people.
    for portrait in portraits:
        text = text.replace(portrait, "")
    counted = _COUNTED.search(text)
    if counted:
        yield f"its prompt counts people (“{counted[0]}”)"
    ending = re.split(r"[.!?]\s", shot.prompt.rstrip())[-1].lower()
    if not any(word in ending for word in LENS):
        yield "its prompt does not end in a lens anchor"


def _line_rules(plan: Plan) -> Iterator[str]:
    wide = plan.vo_lang in (Language.JAPANESE, Language.MANDARIN_CHINESE)
    low, high = LINE_CHARACTERS if wide else LINE_WORDS
    for shot, line in zip(plan.shots, plan.vo_script_per_shot, strict=True):
        count = sum(char.isalnum() for char in line) if wide else len(line.split())
        if not low <= count <= high:
            unit = "characters" if wide else "words"
            yield f"shot {shot.index}: its narration has {count} {unit}; {low} to {high} are wanted"
