"""What happened to a reel while nobody watched: its events since then, summed up."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.film.event import Event, Happened, RunEnded
from core.film.lineup import Phase
from core.pipeline.impact import phrase
from reeltui.figures import clock
from reeltui.lines import Line, Tone, line, span, wrap


class Meanwhile(msgspec.Struct, frozen=True):
    """What happened after `since` (epoch seconds).

    `rendered` takes; of those judged `passed` did and `failed` did not, which were takes of `shots`. `others` counts
    the other steps that were made, by phase. `given_up` are steps that failed for good, with the reason. `outcome` is
    how the last run ended ("": it goes on, or none was), `trouble` what ended it.
    """

    since: float
    rendered: int = 0
    passed: int = 0
    failed: int = 0
    shots: tuple[int, ...] = ()
    others: tuple[tuple[Phase, int], ...] = ()
    given_up: tuple[tuple[str, str], ...] = ()
    outcome: str = ""
    gate: str = ""
    trouble: str = ""


def meanwhile(events: Iterable[Event], since: float) -> Meanwhile | None:
    """Return what happened after a moment, or None where nothing did that is worth a word."""
    new = [event for event in events if event.at > since]
    good = {(one.shot, one.take) for one in new if one.event is Happened.CLIP_PASSED}
    judged = [one for one in new if _done(one, Phase.CRITIQUE) and "overall" in one.data]
    bad = [one.shot for one in judged if (one.shot, one.take) not in good and one.shot is not None]
    others = []
    for phase in Phase:
        count = sum(_done(one, phase) for one in new)
        if count and phase not in (Phase.ANIMATE, Phase.CRITIQUE):
            others.append((phase, count))
    last = next((one for one in reversed(new) if one.event in (Happened.RUN_STARTED, Happened.RUN_ENDED)), None)
    ended = _ended(last)
    gates = [str(one.data.get("gate", "")) for one in new if one.event is Happened.WAITING]
    found = Meanwhile(
        since=since,
        rendered=sum(_done(one, Phase.ANIMATE) for one in new),
        passed=len(good),
        failed=len(bad),
        shots=tuple(sorted(set(bad))),
        others=tuple(others),
        given_up=tuple(_given_up(new).items()),
        outcome=ended.outcome if ended is not None else "",
        gate=gates[-1] if gates and ended is not None and ended.outcome == "waiting" else "",
        trouble=last.message if last is not None and ended is not None and ended.code else "",
    )
    return found if found != Meanwhile(since) else None


def _done(event: Event, phase: Phase) -> bool:
    return event.event is Happened.STEP_DONE and event.phase == phase


def _ended(event: Event | None) -> RunEnded | None:
    if event is None or event.event is not Happened.RUN_ENDED:
        return None
    try:
        detail = event.detail()
    except msgspec.ValidationError:
        return None  # of another version; that it ended is told by the state
    return detail if isinstance(detail, RunEnded) else None


def _given_up(events: Iterable[Event]) -> dict[str, str]:
    found: dict[str, str] = {}
    for event in events:
        if event.event is Happened.STEP_FAILED and event.data.get("final"):
            found[event.step] = event.message
        elif event.event is Happened.STEP_DONE:
            found.pop(event.step, None)
    return found


# --- lines ---------------------------------------------------------------------------------------------------------

_NAMES = {
    Phase.PLAN: ("plan written", "plans written"),
    Phase.MASTERS: ("master painted", "masters painted"),
    Phase.KEYFRAMES: ("keyframe painted", "keyframes painted"),
    Phase.MUSIC: ("piece of music", "pieces of music"),
    Phase.NARRATE: ("line spoken", "lines spoken"),
    Phase.MIX: ("mix", "mixes"),
}
# More kinds of steps than this are summed up: takes are what a person comes back for.
_MOST_KINDS = 2
_ENDS = {
    "done": ("✓ the reel is finished", Tone.GOOD),
    "failed": ("✗ its run failed", Tone.BAD),
    "paused": ("‖ it was paused", Tone.WARN),
    "cancelled": ("– it was cancelled", Tone.WARN),
    "interrupted": ("↯ its run was interrupted", Tone.WARN),
}


def meanwhile_lines(missed: Meanwhile, now: float, width: int, *, ending: bool = True) -> list[Line]:
    """Return what happened as one to six lines: what was made, what failed, how it stands (`ending`)."""
    head = f"Since you left ({clock(missed.since, now)}): "
    told = []
    if missed.rendered:
        told.append(f"{missed.rendered} {'take' if missed.rendered == 1 else 'takes'} rendered")
    if missed.passed:
        told.append(f"{missed.passed} passed")
    if missed.failed:
        shots = ", ".join(str(shot) for shot in missed.shots[:12]) + ("…" if len(missed.shots) > 12 else "")
        told.append(f"{missed.failed} failed ({'shot' if len(missed.shots) == 1 else 'shots'} {shots})")
    if len(missed.others) > _MOST_KINDS:
        told.append(f"{sum(count for _, count in missed.others)} other steps")
    else:
        told += [f"{count} {_NAMES[phase][count > 1]}" for phase, count in missed.others]
    rows = wrap(head + (", ".join(told) or "nothing was made"), width, Tone.ACCENT, most=3)
    if missed.gate and ending:
        rows.append(line(span(f"◆ it waits for your approval of the {missed.gate}", Tone.WARN, limit=100)))
    elif missed.outcome in _ENDS and ending:
        words, tone = _ENDS[missed.outcome]
        rows.append(line(span(words, tone), span(f": {missed.trouble}" if missed.trouble else "", tone, limit=200)))
    for step, why in missed.given_up[:3]:
        rows.append(line(span(f"✗ {phrase(step)} was given up: {why}", Tone.BAD, limit=300)))
    if len(missed.given_up) > 3:
        rows.append(line(span(f"✗ and {len(missed.given_up) - 3} more", Tone.BAD)))
    return rows
