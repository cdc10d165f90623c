"""The plan: what plan.json holds, decoded strictly and checked by the rules of the house."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from core.film.errors import BadInput
from core.film.language import Language
from core.film.preset import FLOW_SHIFT_MAX, FLOW_SHIFT_MIN

PLAN_SCHEMA = 1
MAX_SHOTS = 24
MAX_PLAN_BYTES = 1_000_000  # a 24-shot plan is about 40 kB; beyond this somebody handed us the wrong file

Words = Annotated[str, msgspec.Meta(max_length=4000)]
Prompt = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Letter = Annotated[str, msgspec.Meta(pattern="^[A-Z]$")]
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]


class Transition(StrEnum):
    """How a shot begins: a hard cut, or a crossfade from the shot before it."""

    CUT = "cut"
    CROSSFADE = "crossfade"


class Shot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One shot. `index` names its folder and stays when other shots are removed; the order is the plan's.

    `dominant_subject` names characters by their letters ("A", "AB"); anything else is a shot of the place.
    The fields after `prompt` are optional overrides.
    """

    index: Annotated[int, msgspec.Meta(ge=0, le=99)]
    is_hero: bool
    shot_type: Annotated[str, msgspec.Meta(max_length=200)]
    dominant_subject: Annotated[str, msgspec.Meta(max_length=200)]
    cut: bool
    prompt: Prompt
    seed: Seed | None = None
    flow_shift: Annotated[float, msgspec.Meta(ge=FLOW_SHIFT_MIN, le=FLOW_SHIFT_MAX)] | None = None
    steps: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    negative: Words | None = None
    transition: Transition | None = None
    voice: Annotated[str, msgspec.Meta(pattern="^[a-z]{2}_[a-z0-9_]{1,40}$")] | None = None
    speed: Annotated[float, msgspec.Meta(ge=0.5, le=2.0)] | None = None


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole reel on paper; field names are those of the seed system, so its plans load unchanged."""

    characters: dict[Letter, Prompt]
    story_logline: Words
    shots: Annotated[tuple[Shot, ...], msgspec.Meta(min_length=1, max_length=MAX_SHOTS)]
    music_style: Words
    vo_script_per_shot: tuple[Annotated[str, msgspec.Meta(max_length=1000)], ...]
    vo_lang: Language
    schema: int = PLAN_SCHEMA
    user_prompt: Words = ""
    setting: Words = ""

    def narration(self, position: int) -> str:
        """Return the narration line of the shot at `position` (0-based place in the plan, not its index)."""
        return self.vo_script_per_shot[position]

    def position(self, index: int) -> int:
        """Return the place in the plan of the shot with this `index`; BadInput where there is none."""
        for place, shot in enumerate(self.shots):
            if shot.index == index:
                return place
        have = ", ".join(str(shot.index) for shot in self.shots)
        raise BadInput(f"there is no shot {index} in this plan", remedy=f"its shots are {have}")

    def cast(self, shot: Shot) -> tuple[str, ...]:
        """Return the letters of the characters `shot` is about, in order; empty for a shot of the place."""
        subject = shot.dominant_subject.strip()
        if subject and all(char in self.characters for char in subject):
            return tuple(dict.fromkeys(subject))
        return ()

    def continues(self, position: int) -> bool:
        """Tell whether the shot at `position` goes on from the one before (no cut, same subject)."""
        if position == 0:
            return False
        shot, before = self.shots[position], self.shots[position - 1]
        return not shot.cut and shot.dominant_subject == before.dominant_subject


def plan_schema() -> dict[str, object]:
    """Return the JSON Schema of a plan, for constrained decoding."""
    return msgspec.json.schema(Plan)


def decode_plan(data: bytes, *, where: str = "plan.json") -> Plan:
    """Decode and check a plan.

    Raises BadInput naming the field (`$.shots[2].prompt`) and the reason.
    """
    if len(data) > MAX_PLAN_BYTES:
        raise BadInput(
            f"{where} is {len(data):,} bytes; a plan has at most {MAX_PLAN_BYTES:,}",
            remedy="check that this is the right file",
        )
    try:
        plan = msgspec.json.decode(data, type=Plan)
    except msgspec.ValidationError as error:
        raise BadInput(f"{where}: {error}", remedy="correct that field; docs/plan.md lists them all") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{where} is not valid JSON: {error}", remedy="correct the text at that place") from None
    except RecursionError:
        raise BadInput(
            f"{where} is nested too deeply to be a plan", remedy="check that this is the right file"
        ) from None
    problem = fault(plan)
    if problem:
        raise BadInput(f"{where}: {problem}", remedy="correct that field; docs/plan.md lists them all")
    return plan


def encode_plan(plan: Plan) -> bytes:
    """Return the plan as people read it: two-space JSON in the order of the fields, ending in a line break."""
    return msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"


def fault(plan: Plan) -> str | None:
    """Return the first broken rule no type can say, as "reason - at `$.path`", or None."""
    if plan.schema != PLAN_SCHEMA:
        return f"Schema {plan.schema} is not known here (expected {PLAN_SCHEMA}) - at `$.schema`"
    if len(plan.vo_script_per_shot) != len(plan.shots):
        return (
            f"Expected one line per shot ({len(plan.shots)}), got {len(plan.vo_script_per_shot)}"
            " - at `$.vo_script_per_shot`"
        )
    last = -1
    for place, shot in enumerate(plan.shots):
        if shot.index <= last:
            return f"Index {shot.index} must be greater than the one before ({last}) - at `$.shots[{place}].index`"
        last = shot.index
        if not shot.prompt.strip():
            return f"A prompt needs words - at `$.shots[{place}].prompt`"
    for letter, portrait in plan.characters.items():
        if not portrait.strip():
            return f"A portrait needs words - at `$.characters.{letter}`"
    return None
