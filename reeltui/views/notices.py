"""What a reel says above everything else: what it waits for, what is wrong with its plan, what failed, that it is done;
and its log of events."""

from __future__ import annotations

import os
from collections.abc import Callable

from core.film.event import Event, Happened
from core.pipeline.impact import phrase
from reeltui.figures import clock, size
from reeltui.lines import Line, Span, Tone, ends, line, span, wrap
from reeltui.views.meanwhile import meanwhile_lines
from reeltui.views.rail import coarse
from reeltui.views.reel import ReelView
from reeltui.views.states import STATES
from reeltui.views.words import EVENT_WORDS, event_words

# The key of an action, as people write it, with what a click on it does: `key("reel.plan")`.
KeyOf = Callable[[str], Span]
# Cells kept free for the key that puts a summary away.
_PUT_AWAY = 18


def title(view: ReelView) -> tuple[Line, Line]:
    """Return both ends of the first line: the reel and its sentence, its state and how long it still takes."""
    told = view.told
    left = line(span(told.reel, Tone.STRONG, limit=60), span(f"  {told.sentence}", Tone.DIM, limit=300))
    mark, tone = STATES.get(view.standing, ("?", Tone.PLAIN))
    state = "stale" if told.stale else view.standing
    if told.stale:
        mark, tone = "!", Tone.WARN
    place = f"  place {view.place} in the queue" if view.place and told.state == "planned" else ""
    pausing = "  pauses after this step" if view.held and told.state == "running" else ""
    left_over = ""
    if told.eta_seconds is not None and told.state == "running" and not told.stale:
        left_over = f"  {coarse(told.eta_seconds)} left"
    return left, line(
        Span(f"  {mark} ", tone), span(state, tone), span(f"{place}{pausing}{left_over}", Tone.DIM, limit=120)
    )


def notices(view: ReelView, key: KeyOf, width: int, most: int = 9) -> list[Line]:
    """Return what is to be said on top, at most so many lines: what happened meanwhile, then what is to be done."""
    rows: list[Line] = []
    if view.missed is not None:
        # What it waits for and that it is done is said below, with what to do about it.
        said = view.told.waits_for != "" or view.told.state == "done"
        rows += meanwhile_lines(view.missed, view.now, max(1, width - _PUT_AWAY), ending=not said)
        rows[0] = ends(rows[0], line(key("reel.seen"), span(" puts it away", Tone.DIM)), width)
    told = view.told
    if told.plan_error:
        text = f"! plan.json is refused: {told.plan_error}; the last good plan stays in force"
        rows += [*wrap(text, width, Tone.BAD, most=2), line(key("reel.plan"), " corrects it")]
    if told.waits_for:
        rows.append(_gate(view, key))
    if told.state == "failed" or (told.failures and told.state != "running"):
        rows += _failures(view, key)
    elif view.standing in ("interrupted", "paused"):
        mark, tone = STATES[view.standing]
        rows.append(
            line(Span(f"{mark} ", tone), span(view.idle or view.standing, tone, limit=300), "  ", key("reel.resume"))
        )
    if told.output is not None and told.state in ("done", "waiting", "planned"):
        rows += _finished(view, key, width)
    return rows[:most]


def _gate(view: ReelView, key: KeyOf) -> Line:
    shots, gate = view.gate_shots, view.told.waits_for
    what = f"the {gate}"
    if shots and len(shots) < len(view.shots):
        named = f"{'shot' if len(shots) == 1 else 'shots'} {', '.join(str(shot) for shot in shots)}"
        what = named if gate == "shots" else f"the {gate} of {named}"
    if view.told.waits_for == "plan":
        keys = line("  ", key("reel.plan"), " reads it  ", key("reel.approve-gate"), " approves it")
    else:
        keys = line("  ", key("reel.open-shot"), " opens  ", key("reel.approve"), " approves  ")
        keys = line(keys, key("reel.approve-gate"), " all")
    return line(Span("◆ ", Tone.WARN), span(f"Waits for your approval of {what}.", Tone.WARN, limit=200), keys)


def _failures(view: ReelView, key: KeyOf) -> list[Line]:
    rows = [
        line(Span("✗ ", Tone.BAD), span(f"{phrase(step)}: {why}", Tone.BAD, limit=300))
        for step, why in list(view.told.failures.items())[:2]
    ]
    if not rows and view.events:
        why = next((one.message for one in reversed(view.events) if one.event is Happened.RUN_ENDED), "")
        rows = [line(Span("✗ ", Tone.BAD), span(f"its last run failed: {why}", Tone.BAD, limit=300))]
    return [*rows[:-1], line(rows[-1], "  ", key("reel.resume"), span(" tries again"))] if rows else []


def _finished(view: ReelView, key: KeyOf, width: int) -> list[Line]:
    output = view.told.output
    assert output is not None, "asked for where there is one"
    figures = (
        f"{output.seconds:.1f} s" if output.seconds is not None else "",
        f"{output.width}x{output.height}" if output.width else "",
        f"{output.fps:g} fps" if output.fps is not None else "",
        f"{output.lufs:.1f} LUFS" if output.lufs is not None else "no sound",
        f"true peak {output.true_peak:.1f} dBTP" if output.true_peak is not None else "",
        size(view.size) if view.size is not None else "",
    )
    told = " · ".join(piece for piece in figures if piece)
    if output.current:
        head = line(Span("✓ ", Tone.GOOD), span("Finished", Tone.GOOD), span(f"  {told}"))
    else:
        head = line(Span("↻ ", Tone.WARN), span("Older than the last changes", Tone.WARN), span(f"  {told}", Tone.DIM))
    copies = line(key("reel.copy-path"), span(" copies the path"))
    return [ends(head, copies, width), line("  ", span(_brief(output.path, max(8, width - 2)), Tone.DIM, limit=1000))]


def _brief(path: str, width: int) -> str:
    """Return a path that fits, its end kept: that is what tells files apart."""
    home = os.path.expanduser("~")
    path = f"~{path[len(home) :]}" if home != "/" and path.startswith(f"{home}/") else path
    return path if len(path) <= width else "…" + path[-(width - 1) :]


# --- the log -------------------------------------------------------------------------------------------------------


def log_rows(view: ReelView, most: int = 500) -> list[Line]:
    """Return the newest things that happened, the newest first.

    What has begun is shown where it runs, and left out here; that a clip passed is told with its verdict.
    """
    passed = {(event.shot, event.take) for event in view.events if event.event is Happened.CLIP_PASSED}
    told = [event for event in view.events if event.event not in (Happened.STEP_STARTED, Happened.CLIP_PASSED)]
    return [_event(event, view.now, (event.shot, event.take) in passed) for event in reversed(told[-most:])]


def _event(event: Event, now: float, passed: bool) -> Line:
    mark, tone = EVENT_WORDS.get(event.event, ("·", Tone.DIM))
    if event.event is Happened.STEP_DONE and "overall" in event.data:
        mark, tone = ("★", Tone.GOOD) if passed else ("✗", Tone.WARN)  # no failure of the work, but of the take
    return line(span(f"{clock(event.at, now)} ", Tone.DIM), Span(f"{mark} ", tone), span(event_words(event), limit=200))
