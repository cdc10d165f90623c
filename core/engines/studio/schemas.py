"""The JSON Schemas that bind a model's answer: those of `core.film`, narrowed to what is asked of it.

Only keywords that constrained decoders carry out as they stand are kept (xgrammar 0.2, by vLLM's list of what it does
not). What is left out is checked on the answer by `core.film`, which alone decides whether it counts.
"""

from __future__ import annotations

from typing import Any

from core.film.language import Language
from core.film.plan import Shot, plan_schema
from core.film.verdict import verdict_schema

Schema = dict[str, Any]
MOST_CHARACTERS = 6  # a reel of half a minute cannot make more known; a person may write more
MOST_ISSUES = 6
# Written in this order: who and where before what happens, so that every shot is written knowing them.
_ORDER = (
    "story_logline", "setting", "characters", "vo_lang", "shots", "vo_script_per_shot", "music_style",
)  # fmt: skip
_OWN = {"index", "is_hero", "shot_type", "dominant_subject", "cut", "prompt"}
_LEFT_OUT = ("title", "description", "default", "minLength", "maxLength")


def narrowed_plan(shots: int, language: Language | None) -> Schema:
    """Return the schema of a plan with exactly so many shots, without a person's overrides, in `language` if given."""
    whole = _inlined(plan_schema())
    fields: dict[str, Schema] = dict(whole["properties"])
    letters = [chr(ord("A") + number) for number in range(MOST_CHARACTERS)]
    text = {"type": "string"}
    fields["characters"] = {
        "type": "object",
        "properties": dict.fromkeys(letters, text),
        "additionalProperties": False,
    }
    shot = fields["shots"]["items"]
    shot = {**shot, "properties": {name: shot["properties"][name] for name in Shot.__struct_fields__ if name in _OWN}}
    shot["properties"]["index"] = {"type": "integer", "minimum": 0, "maximum": shots - 1}
    exactly = {"minItems": shots, "maxItems": shots}
    fields["shots"] = {"type": "array", "items": shot, **exactly}
    fields["vo_script_per_shot"] = {"type": "array", "items": text, **exactly}
    if language is not None:
        fields["vo_lang"] = {"enum": [language.value]}
    return {
        "type": "object",
        "properties": {name: fields[name] for name in _ORDER},
        "required": list(_ORDER),
        "additionalProperties": False,
    }


def narrowed_verdict() -> Schema:
    """Return the schema of a verdict with whole marks and a bounded list of issues, the issues written first.

    Whole marks only: a scale of ten is finer than two looks at the same take agree on.
    """
    whole = _inlined(verdict_schema())
    fields: dict[str, Schema] = dict(whole["properties"])
    for name, field in fields.items():
        if field.get("type") == "number":
            fields[name] = {"type": "integer", "minimum": 1, "maximum": 10}
    # Any text to the end of the line, but none that would have to be escaped. No bound like {1,200}: it makes xgrammar
    # 0.2.8 fail where there are so many alternatives before it.
    pattern = str(fields["issues"]["items"]["pattern"]).replace("(: .*)?$", r': [^"\\\r\n]+$')
    fields["issues"] = {"type": "array", "items": {"type": "string", "pattern": pattern}, "maxItems": MOST_ISSUES}
    order = ["issues", *(name for name in fields if name != "issues")]
    return {
        "type": "object",
        "properties": {name: fields[name] for name in order},
        "required": order,
        "additionalProperties": False,
    }


def _inlined(schema: Schema) -> Schema:
    """Return a schema with its definitions in their places, without words and lengths."""
    definitions = schema.get("$defs", {})

    def inline(value: Any) -> Any:
        if isinstance(value, list):
            return [inline(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            return inline(definitions[value["$ref"].rpartition("/")[2]])
        # `properties` maps names to schemas, so nothing in it is a keyword.
        return {
            name: {key: inline(one) for key, one in part.items()} if name == "properties" else inline(part)
            for name, part in value.items()
            if name not in _LEFT_OUT and name != "$defs"
        }

    made: Schema = inline(schema)
    return made
