"""One text of a plan by its place: what it says, the plan with another in it, and changing it where nobody else did.

Places are story_logline, setting, music_style, vo_lang, characters.A, prompt.3 and line.3.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from core.film.errors import BadInput
from core.film.language import LANGUAGES, Language
from core.film.plan import Plan, decode_plan, encode_plan
from core.film.text import clean
from reeltui.acts.edit import Edit, propose_plan
from reeltui.acts.opened import open_root

# How much of somebody else's words is quoted.
_QUOTED = 200


class Reworded(BadInput):
    """Somebody else changed a text while a person did; `now` is what it says since then."""

    def __init__(self, now: str) -> None:
        super().__init__(
            f"somebody else changed it meanwhile, to: {clean(now, limit=_QUOTED) or 'nothing'}",
            remedy="save once more to put your words in the place of theirs",
        )
        self.now = now


def text_at(plan: Plan, place: str) -> str:
    """Return what a text of the plan says. Raises BadInput where the plan has no such place."""
    field, _, key = place.partition(".")
    if field == "characters":
        if key not in plan.characters:
            raise BadInput(f"there is no character {key} in this plan any more", remedy="look at the plan as it is now")
        return plan.characters[key]
    if field == "prompt":
        return plan.shots[plan.position(int(key))].prompt
    if field == "line":
        return plan.vo_script_per_shot[plan.position(int(key))]
    return plan.vo_lang.value if field == "vo_lang" else str(getattr(plan, field))


def with_text(plan: Plan, place: str, text: str) -> Plan:
    """Return the plan with one text changed. Raises BadInput where that is no legal plan."""
    words = clean(text)
    field, _, key = place.partition(".")
    if field == "characters":
        changed = msgspec.structs.replace(plan, characters={**plan.characters, key: words})
    elif field == "prompt":
        at = plan.position(int(key))
        shot = msgspec.structs.replace(plan.shots[at], prompt=words)
        changed = msgspec.structs.replace(plan, shots=(*plan.shots[:at], shot, *plan.shots[at + 1 :]))
    elif field == "line":
        at, said = plan.position(int(key)), plan.vo_script_per_shot
        changed = msgspec.structs.replace(plan, vo_script_per_shot=(*said[:at], words, *said[at + 1 :]))
    elif field == "vo_lang":
        changed = msgspec.structs.replace(plan, vo_lang=_language(words))
    else:
        changed = msgspec.structs.replace(plan, **{field: words})
    return decode_plan(encode_plan(changed))


def _language(words: str) -> Language:
    if words in LANGUAGES:
        return Language(words)
    for language, told in LANGUAGES.items():
        if words.casefold() == told.name.casefold():
            return language
    known = ", ".join(f"{language.value} {told.name}" for language, told in LANGUAGES.items())
    raise BadInput(f"{words!r} is no language known here", remedy=f"one of: {known}")


def reword(root: Path, place: str, text: str, *, before: str) -> Edit:
    """Return what changing one text would mean; it was `before` when the person began. What others changed elsewhere in
    the plan stays changed.

    Raises Reworded where somebody else changed this text, BadInput.
    """
    snapshot = open_root(root).snapshot
    if snapshot.plan_error:
        raise BadInput(snapshot.plan_error, remedy="correct plan.json first, or resume with --keep-plan")
    if snapshot.plan is None:
        raise BadInput(f"{snapshot.reel.name} has no plan any more", remedy="go on with the reel: it is written first")
    now, changed = text_at(snapshot.plan, place), with_text(snapshot.plan, place, text)
    if now not in (before, text_at(changed, place)):
        raise Reworded(now)
    return propose_plan(root, changed, snapshot.plan_sha)
