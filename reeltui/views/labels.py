"""Failure labels in a person's words: what each is called, and what it changes in the next take."""

from __future__ import annotations

from core.film.text import clean
from core.film.verdict import Label
from core.film.wording import Wording
from core.pipeline.retry import SHIFT_STEP, STRENGTH_STEP

# The numbers of a rule; every other change of a label is words, which are data.
_RULES = {
    Label.CHARACTER_DRIFT: f"reference strength +{STRENGTH_STEP:g}, keyframe repainted",
    Label.OBJECT_MORPHING: f"flow shift -{SHIFT_STEP:g}",
    Label.CAMERA_IGNORED: "one plain camera verb",
}
_FILLED = {"{wardrobe}": "as in the portraits", "{setting}": "as in the plan"}


def name_of(label: Label) -> str:
    """Return a label as people say it."""
    return label.value.replace("_", " ").capitalize().replace("Stylized ai", "Stylized AI")


def change_of(label: Label, wording: Wording) -> str:
    """Return what a label changes in the next take: the rule's figures, and the words that are added."""
    words = wording.retry[label]
    said = words.prompt
    for mark, meaning in _FILLED.items():
        said = said.replace(mark, meaning)
    parts = [
        _RULES.get(label, ""),
        f"prompt: {said}" if said else "",
        f"not: {words.negative}" if words.negative and not said else "",
    ]
    return clean("; ".join(part for part in parts if part), limit=300)
