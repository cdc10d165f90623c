"""What a failed take changes in the next request: one rule per label, deterministic, and said in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from core.film.camera import read_move
from core.film.plan import Plan, Shot
from core.film.preset import FLOW_SHIFT_BROLL, FLOW_SHIFT_HERO, FLOW_SHIFT_MAX, FLOW_SHIFT_MIN
from core.film.verdict import Label
from core.film.wording import Wording
from core.pipeline.choice import Judged, TakeState, Wish

STRENGTH = 0.7  # how hard a picture holds to its references at first; the seed system's ref_weight
STRENGTH_STEP = 0.15
SHIFT_STEP = 1.0
CAMERA_SENTENCE = 12  # words; "Tracking shot following from behind at hip level" has eight


class Attempt(msgspec.Struct, frozen=True):
    """The next try at a shot: `number` counts tries at these words from 1, `repaints` keyframes painted anew."""

    number: int
    prompt: str
    negative: str
    strength: float
    flow_shift: float
    repaints: int
    why: str
    changes: tuple[str, ...] = ()


def first_attempt(shot: Shot, wording: Wording) -> Attempt:
    """Return the first try at a shot: its own words, the preset's figures."""
    negative = ", ".join(part for part in (shot.negative, wording.negative) if part)
    shift = shot.flow_shift or (FLOW_SHIFT_HERO if shot.is_hero else FLOW_SHIFT_BROLL)
    return Attempt(1, shot.prompt, negative, STRENGTH, min(shift, FLOW_SHIFT_MAX), 0, "first take")


def next_attempt(
    plan: Plan, shot: Shot, failed: Sequence[Judged], wording: Wording, wishes: Sequence[Wish] = ()
) -> Attempt:
    """Return the try that follows these failed or rejected takes and wishes, oldest first.

    Each take adds its labels' changes, each wish its note; they stay for the tries after it.
    """
    attempt = first_attempt(shot, wording)
    left = list(wishes)
    for judged in failed:
        while left and left[0].after < judged.take.number:
            attempt = _wished(attempt, left.pop(0))
        attempt = _after(attempt, judged, plan, shot, wording)
    for wish in left:
        attempt = _wished(attempt, wish)
    return attempt


def heard(changes: Sequence[str], guidance: float) -> tuple[str, ...]:
    """Return what a try changes, marking what has no say: the distilled weights of a preset without guidance (1.0) take
    no negative words, and their noise levels are fixed."""
    if guidance > 1.0:
        return tuple(changes)
    deaf = (": flow shift ", ": negative says ")
    return tuple(f"{one} (no say in this preset)" if any(word in one for word in deaf) else one for one in changes)


def _wished(attempt: Attempt, wish: Wish) -> Attempt:
    why = "another take was asked for" + (f" ({wish.note})" if wish.note else "")
    changed = msgspec.structs.replace(attempt, number=attempt.number + 1, why=why, changes=("a new seed",))
    return _noted(changed, wish.note)


def _noted(attempt: Attempt, note: str) -> Attempt:
    """Put a person's own words into the prompt."""
    if not note or note in attempt.prompt:
        return attempt
    return msgspec.structs.replace(
        attempt,
        prompt=add_sentence(attempt.prompt, note.rstrip(".") + "."),
        changes=(*attempt.changes, f"the note: prompt says “{note}”"),
    )


def _after(attempt: Attempt, judged: Judged, plan: Plan, shot: Shot, wording: Wording) -> Attempt:
    number = judged.take.number
    reason = "was rejected" if judged.state is TakeState.REJECTED else "failed"
    named = ", ".join(judged.labels) or "no label"
    changes = ["a new seed"]
    why = f"take {number} {reason}: {named}" + (f" ({judged.note})" if judged.note else "")
    result = msgspec.structs.replace(attempt, number=attempt.number + 1, why=why)
    for label in judged.labels:
        words = wording.retry[label]
        rule = _RULES.get(label)
        if rule is not None:
            result, change = rule(result, shot, wording)
            if change:
                changes.append(f"{label}: {change}")
        sentence = _filled(words.prompt, plan, shot)
        if sentence and sentence not in result.prompt:
            result = msgspec.structs.replace(result, prompt=add_sentence(result.prompt, sentence))
            changes.append(f"{label}: prompt says “{sentence}”")
        if words.negative and words.negative not in result.negative:
            result = msgspec.structs.replace(result, negative=f"{words.negative}, {result.negative}")
            changes.append(f"{label}: negative says “{words.negative}”")
    result = msgspec.structs.replace(result, changes=tuple(changes))
    return _noted(result, judged.note) if judged.state is TakeState.REJECTED else result


def add_sentence(prompt: str, sentence: str) -> str:
    """Return a prompt with one more sentence, before the lens anchor that ends it (camera verb first, lens last)."""
    head, dot, lens = prompt.rstrip().rpartition(". ")
    return f"{head}. {sentence} {lens}" if dot else f"{prompt.rstrip().rstrip('.')}. {sentence}"


def _filled(words: str, plan: Plan, shot: Shot) -> str:
    # Not str.format: the words may be a user's own and contain any brace.
    setting = (plan.setting or plan.story_logline).rstrip(". ")
    return words.replace("{wardrobe}", _wardrobe(plan, shot)).replace("{setting}", setting)


def _wardrobe(plan: Plan, shot: Shot) -> str:
    return "; ".join(plan.characters[letter].rstrip(".") for letter in plan.cast(shot)) or "as in the reference"


def _stronger(attempt: Attempt, shot: Shot, wording: Wording) -> tuple[Attempt, str]:
    strength = round(min(1.0, attempt.strength + STRENGTH_STEP), 2)
    change = f"reference strength {attempt.strength:g} to {strength:g}, keyframe repainted from the master"
    return msgspec.structs.replace(attempt, strength=strength, repaints=attempt.repaints + 1), change


def _calmer(attempt: Attempt, shot: Shot, wording: Wording) -> tuple[Attempt, str]:
    shift = max(FLOW_SHIFT_MIN, attempt.flow_shift - SHIFT_STEP)
    if shift == attempt.flow_shift:
        return attempt, ""
    return msgspec.structs.replace(attempt, flow_shift=shift), f"flow shift {attempt.flow_shift:g} to {shift:g}"


def _simpler(attempt: Attempt, shot: Shot, wording: Wording) -> tuple[Attempt, str]:
    move = read_move(shot.prompt, wording.phrases)
    if move is None:
        return attempt, ""
    simple = wording.simple[move]
    if attempt.prompt.startswith(simple):
        return attempt, ""
    head, dot, rest = attempt.prompt.partition(". ")
    # A short first sentence is the camera's alone and gives way; a long one also says who and where, and stays.
    camera_only = bool(dot) and len(head.split()) <= CAMERA_SENTENCE
    prompt = f"{simple} {rest if camera_only else attempt.prompt}"
    return msgspec.structs.replace(attempt, prompt=prompt), f"the camera in one plain verb: “{simple}”"


_RULES: dict[Label, Callable[[Attempt, Shot, Wording], tuple[Attempt, str]]] = {
    Label.CHARACTER_DRIFT: _stronger,
    Label.OBJECT_MORPHING: _calmer,
    Label.CAMERA_IGNORED: _simpler,
}
