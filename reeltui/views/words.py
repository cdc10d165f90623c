"""Events in a person's words, with a mark and a tone each."""

from __future__ import annotations

from core.film.event import Event, Happened
from core.film.text import clean
from core.pipeline.impact import phrase
from reeltui.figures import short
from reeltui.lines import Tone

EVENT_WORDS = {
    Happened.RUN_STARTED: ("▶", Tone.RUNNING),
    Happened.RUN_ENDED: ("■", Tone.STRONG),
    Happened.PLAN_ACCEPTED: ("✎", Tone.ACCENT),
    Happened.PLAN_REFUSED: ("!", Tone.BAD),
    Happened.STEP_STARTED: ("›", Tone.DIM),
    Happened.STEP_DONE: ("✓", Tone.GOOD),
    Happened.STEP_FAILED: ("✗", Tone.BAD),
    Happened.STEP_DROPPED: ("–", Tone.WARN),
    Happened.CLIP_PASSED: ("★", Tone.GOOD),
    Happened.RESTORED: ("↺", Tone.ACCENT),
    Happened.MOVED_ASIDE: ("!", Tone.WARN),
    Happened.WAITING: ("◆", Tone.WARN),
    Happened.LOADED: ("↑", Tone.DIM),
    Happened.UNLOADED: ("↓", Tone.DIM),
}


# Why a step is made where nothing was there before: said of nearly every one, it says nothing.
USUAL = ("first time", "first take", "there is no plan yet")


def event_words(event: Event) -> str:
    """Return what happened as a person would say it, on one clean line."""
    what = phrase(event.step) if event.step else ""
    data = event.data
    if event.event is Happened.STEP_DONE:
        mark = data.get("overall")
        judged = f": {mark:.1f}" if isinstance(mark, int | float) else ""
        labels = f" {data['labels']}" if data.get("labels") else ""
        took = data.get("seconds")
        time = f" in {short(float(took))}" if isinstance(took, int | float) else ""
        text = f"{what}{judged}{labels}{time}"
    elif event.event is Happened.RUN_ENDED:
        text = f"run ended: {data.get('outcome', '')}"
    elif event.event is Happened.WAITING:
        text = f"waits for approval of the {data.get('gate', '')}"
    elif event.event is Happened.CLIP_PASSED:
        text = f"{what} passed"
    elif event.event in (Happened.LOADED, Happened.UNLOADED):
        return clean(f"{event.event.value} {data.get('loads_as') or event.message}", limit=300)
    elif event.event is Happened.STEP_STARTED:
        text = f"{what} begun"
    else:
        words = event.event.value.replace("_", " ")
        text = f"{what} {words}" if what else words
    quiet = event.event in (Happened.STEP_STARTED, Happened.WAITING) or event.message in USUAL
    more = f" — {event.message}" if event.message and not quiet else ""
    return clean(text + more, limit=300)
