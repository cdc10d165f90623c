"""The shot board: a shot as three or five lines beside its picture."""

from __future__ import annotations

from core.pipeline.choice import TakeState
from core.pipeline.impact import phrase
from reeltui.lines import Line, Span, Tone, bar, ends, line, span, width_of
from reeltui.views.reel import ReelView, ShotLook
from reeltui.views.shot_lines import MARKS, tone_of
from reeltui.views.words import USUAL

_WORDS = {
    TakeState.UNJUDGED: "not judged",
    TakeState.FAILED: "none passed",
    TakeState.REJECTED: "rejected",
    TakeState.OLD: "old words",
}
# The critic's four axes where there is room, and where there is little.
_AXES = (("character", "char"), ("scene", "scene"), ("composition", "comp"), ("artifact-free", "clean"))
# A row this high has a blank line under it, one that is lower has none.
ROOMY = 5


def shot_rows(shot: ShotLook, view: ReelView, width: int, height: int) -> list[Line]:
    """Return what is told about a shot beside its picture, in at most `height` lines."""
    if height < ROOMY:
        count = len(shot.told.takes)
        takes = line(span(f"{count} {'take' if count == 1 else 'takes'}", Tone.DIM)) if count else ()
        return [_head(shot, view, width), _marks(shot, view, width, takes), _narration(shot, width)]
    return [_head(shot, view, width), _marks(shot, view, width), _take(shot, view, width), _narration(shot, width)]


def _head(shot: ShotLook, view: ReelView, width: int) -> Line:
    star = span(" ★ hero", Tone.ACCENT) if shot.hero else ""
    labels = span("  " + " ".join(_label(label) for label in shot.labels), Tone.WARN, limit=200) if shot.labels else ""
    left = line(span(f"{shot.told.index} ", Tone.STRONG), span(shot.kind, Tone.STRONG, limit=60), star, labels)
    return ends(left, standing(shot, view.threshold), width)


def standing(shot: ShotLook, threshold: float) -> Line:
    """Return how a shot stands: what runs for it, what it waits for, or what its take counts for."""
    overall = line(span(f"  {shot.overall:4.1f}", tone_of(shot.overall, threshold))) if shot.overall is not None else ()
    if shot.running is not None:
        one = shot.running
        return line(
            Span("▶ ", Tone.RUNNING), span(f"{_step(one.step)} "), bar(one.fraction, 8), f" {one.fraction:4.0%}"
        )
    if shot.failed:
        return line(Span("✗ ", Tone.BAD), span("failed", Tone.BAD))
    if shot.waits:
        return line(Span("◆ ", Tone.WARN), span("waits for you", Tone.WARN), overall)
    if shot.state is None:
        return line(Span("○ ", Tone.DIM), span("no take yet", Tone.DIM))
    if shot.due and shot.state in (TakeState.FAILED, TakeState.REJECTED):
        return line(Span("↻ ", Tone.WARN), span("another take is due", Tone.WARN), overall)
    if shot.to_judge:
        return line(Span("… ", Tone.DIM), span("to be judged", Tone.DIM))
    mark, tone = MARKS[shot.state]
    return line(Span(f"{mark} ", tone), span(_WORDS.get(shot.state, shot.state.value), tone), overall)


def _step(step: str) -> str:
    """Return what is done for a shot, without its number: clip, verdict, keyframe."""
    words = phrase(step).split(" ")
    return " ".join([words[0], *words[2:]])


def _label(label: str) -> str:
    return label.replace("_", " ").lower()


def _marks(shot: ShotLook, view: ReelView, width: int, takes: Line = ()) -> Line:
    """Return the four marks as small bars, with `takes` at the right."""
    if shot.failed:
        return line(span(shot.failed, Tone.BAD, limit=300))
    if not shot.axes:
        why = "not judged yet" if shot.state is TakeState.UNJUDGED else "" if shot.due in USUAL else shot.due
        return ends(line(span(why, Tone.DIM, limit=200)), takes, width)
    names, cells, figures = _measure(width - width_of(takes) - 1 if takes else width)
    pieces: list[Line] = []
    for place, mark in enumerate(shot.axes):
        tone = tone_of(mark, view.threshold)
        # Without figures a mark that does not pass has a sign of its own.
        figure = f" {mark:3.1f}"[:4].ljust(4) if figures else " " if tone is Tone.GOOD else "!"
        gap = "  " if place else ""
        pieces.append(line(gap, span(f"{_AXES[place][names]} ", Tone.DIM), bar(mark / 10, cells, tone)))
        pieces.append(line(span(figure, tone)))
    return ends(line(*pieces), takes, width)


def _measure(room: int) -> tuple[int, int, bool]:
    """Return what fits: long names (0) or brief ones (1), cells of a bar, and whether the figures do."""
    for names, cells, figures in ((0, 8, True), (1, 6, True), (1, 4, True), (1, 3, True), (1, 4, False)):
        words = sum(len(pair[names]) for pair in _AXES)
        if words + 4 * (1 + cells + (4 if figures else 1)) + 3 * 2 <= room:
            return names, cells, figures
    return 1, 2, False


def _take(shot: ShotLook, view: ReelView, width: int) -> Line:
    told = shot.told
    if told.shipped_take is None:
        return line(span("no take ships" if told.takes else "", Tone.DIM))
    by = span(f", chosen by {shot.chosen_by}" if shot.chosen_by == "you" else f", {shot.chosen_by}", Tone.DIM)
    by = by if shot.chosen_by else Span("")
    of = f" of {len(told.takes)}" if len(told.takes) > 1 else ""
    why = span(f": {told.shipped_why}", Tone.DIM, limit=80)
    ships = line(span(f"take {told.shipped_take}{of} ships"), why, by)
    return ends(ships, line(span(shot.due if shot.due else "", Tone.WARN, limit=120)) if width > 90 else (), width)


def _narration(shot: ShotLook, width: int) -> Line:
    """Return the line that is spoken, and at the right how it fits its shot."""
    text = shot.told.narration
    if not text:
        return line(span("no narration", Tone.DIM))
    left = line(span(f"“{text}”", Tone.DIM, limit=400))
    return ends(left, fit_meter(shot), width)


def fit_meter(shot: ShotLook) -> Line:
    """Return seconds spoken of seconds there are, with a bar; one that overruns has a sign and says by how much."""
    spoken = shot.spoken
    if spoken is None:
        return ()
    share = spoken.seconds / spoken.room if spoken.room else 0.0
    if spoken.overrun:
        return line(bar(1.0, 6, Tone.WARN), span(f" ! {spoken.overrun:.1f} s over", Tone.WARN))
    tone = Tone.ACCENT if spoken.speed > 1.0 else Tone.DIM
    return line(bar(share, 6, tone), span(f" {spoken.seconds:.1f} of {spoken.room:.1f} s", Tone.DIM))
