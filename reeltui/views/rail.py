"""The phase rail: eight phases side by side, each with its mark, count, time, who does it and how often that loaded."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from core.film.lineup import Phase
from reeltui.figures import short
from reeltui.lines import Line, Span, Tone, bar, fit, line, span
from reeltui.views.reel import PhaseLook
from reeltui.views.states import PHASES

# What a phase is called where there are fewer than nine cells for its name.
_BRIEF = {
    Phase.MASTERS: "master",
    Phase.KEYFRAMES: "keys",
    Phase.ANIMATE: "clips",
    Phase.CRITIQUE: "critic",
    Phase.NARRATE: "voice",
}
# From so many cells on, the rail also tells who does a phase and what was loaded.
WIDE = 96
_GAP = 1


def rail(phases: Sequence[PhaseLook], width: int) -> list[Line]:
    """Return the rail: four lines, five where there is room."""
    if not phases:
        return []
    # What is left over is shared out, so that the rail ends where the screen does.
    count = len(phases)
    ends = [(place + 1) * (width + _GAP) // count for place in range(count)]
    widths = [max(5, end - start - _GAP) for start, end in pairwise([0, *ends])]
    cells = [_cell(phase, each, wide=width >= WIDE) for phase, each in zip(phases, widths, strict=True)]
    gap = Span(" " * _GAP)
    rows = []
    for row in zip(*cells, strict=True):
        pieces = [piece for cell, each in zip(row, widths, strict=True) for piece in (fit(cell, each), (gap,))]
        rows.append(line(*pieces[:-1]))
    return rows


def _cell(phase: PhaseLook, width: int, *, wide: bool) -> list[Line]:
    told = phase.told
    state = told.state if told.total else "none"
    mark, tone = PHASES.get(state, ("?", Tone.PLAIN))
    running = state == "running"
    name = told.name.value if width >= 9 else _BRIEF.get(told.name, told.name.value)
    named = Span(name, Tone.RUNNING if running else Tone.STRONG if state in ("failed", "waiting") else Tone.PLAIN)
    if state in ("planned", "none"):
        named = Span(name, Tone.DIM)
    count = f"{told.done}/{told.total}" if told.total else "none"
    time = _time(phase)
    rule = _rule(phase, state, width)
    if not wide:
        head = line(named) if width < 12 else line(Span(f"{mark} ", tone), named)
        below = line(Span(f"{mark} ", tone), span(count)) if width < 12 else line(span(f"  {count}"))
        return [rule, head, below, line(span("  "), span(time, Tone.DIM))]
    loads = phase.loads or 0
    loaded = f"{loads} {'load' if loads == 1 else 'loads'}" if loads else ""
    return [
        rule,
        line(Span(f"{mark} ", tone), named),
        line(span(f"  {count}"), span(f"  {time}", Tone.RUNNING if running else Tone.DIM)),
        line("  ", span(phase.who if told.total else "", Tone.DIM, limit=60)),
        line("  ", span(loaded, Tone.DIM)),
    ]


def _rule(phase: PhaseLook, state: str, width: int) -> Line:
    """Return the bar over a phase: full where it is done, as far as it is where it runs."""
    tone = {"done": Tone.GOOD, "failed": Tone.BAD, "running": Tone.RUNNING}.get(state, Tone.WARN)
    return bar(1.0 if state == "done" else phase.fraction, width, tone)


def _time(phase: PhaseLook) -> str:
    """Return what is left as "~3:20" while there is work, else what it took."""
    told = phase.told
    if not told.total:
        return ""
    if told.eta_seconds is not None and told.state != "done":
        return coarse(told.eta_seconds)
    return short(told.seconds) if told.seconds else ""


def coarse(value: float) -> str:
    """Return a time that is only foreseen, in steps so coarse that it stands still for a while: ~20s, ~4m, ~1h10."""
    if value < 55:
        return f"~{10 * round(value / 10)}s" if value >= 15 else "<20s"
    minutes = max(1, round(value / 60))
    if minutes < 60:
        return f"~{minutes if minutes < 10 else 5 * round(minutes / 5)}m"
    return f"~{minutes // 60}h{minutes % 60 // 10 * 10:02d}"
