"""The lines of the shot screen, drawn from a view of a shot."""

from __future__ import annotations

import msgspec

from core.film.requests import AnimateRequest
from core.film.verdict import Label
from core.pipeline.choice import TakeState
from core.pipeline.impact import impact
from reeltui.acts.reword import with_text
from reeltui.figures import short, size
from reeltui.lines import Line, Span, Tone, bar, ends, line, span, wrap
from reeltui.views.plan import impact_lines
from reeltui.views.shot import ShotView, TakeView

MARKS = {
    TakeState.APPROVED: ("✓", Tone.GOOD),
    TakeState.CHOSEN: ("✓", Tone.GOOD),
    TakeState.PASSED: ("✓", Tone.GOOD),
    TakeState.FAILED: ("✗", Tone.BAD),
    TakeState.REJECTED: ("✗", Tone.BAD),
    TakeState.UNJUDGED: ("?", Tone.WARN),
    TakeState.OLD: ("·", Tone.DIM),
    TakeState.DAMAGED: ("!", Tone.BAD),
}
# The critic's four axes, in the order of a verdict.
AXES = ("character", "scene", "composition", "artifact-free")
TAKE_HEIGHT = 2


def label_words(label: Label) -> str:
    """Return a label as people read it: character drift."""
    return label.value.replace("_", " ").lower()


def tone_of(mark: float, threshold: float) -> Tone:
    """Return the tone of a mark: whether it passes, nearly, or not."""
    return Tone.GOOD if mark >= threshold else Tone.WARN if mark >= threshold - 2 else Tone.BAD


def title(view: ShotView) -> tuple[Line, Line]:
    """Return both ends of the first line."""
    kind = "hero" if view.shot.is_hero else view.shot.shot_type
    left = line(
        span(view.reel, Tone.STRONG, limit=60),
        span(f"  shot {view.index}", Tone.ACCENT),
        span(f"  {kind}", Tone.DIM, limit=40),
        span("  continues the shot before" if not view.shot.cut else "", Tone.DIM),
    )
    refused = view.opened.snapshot.plan_error
    if refused:
        left = line(left, span(f"  ! plan.json is refused: {refused}", Tone.BAD, limit=400))
    if view.ships is None:
        right = line(span("no take yet", Tone.DIM))
    else:
        right = line(span(f"take {view.ships} ships", Tone.GOOD), span(f"  {view.why_ships}", Tone.DIM, limit=60))
    return left, right


def take_row(view: ShotView, take: TakeView, side: str, width: int) -> list[Line]:
    """Return a take's two lines in the list; `side` says whether it is shown on the left or the right."""
    mark, tone = MARKS[take.state]
    overall = f"{take.overall:4.1f}" if take.overall is not None else "   –"
    first = ends(
        line(
            span(f" {side or ' '} {take.number:>2} ", Tone.ACCENT if side else Tone.DIM),
            Span(f"{mark} ", tone),
            span(take.state.value),
        ),
        line(span("ships ", Tone.GOOD) if take.ships else "", span(f"{overall} ", tone)),
        width,
    )
    told = " ".join(label_words(label) for label in take.labels) or take.damage or take.unjudged or take.note
    return [first, line(span("        "), span(told, Tone.DIM, limit=200))]


def coming_rows(view: ShotView, width: int) -> list[Line]:
    """Return what is being made of this shot now, or comes next."""
    if view.running is not None:
        one = view.running
        what = one.step.rpartition("/")[2]
        return [
            line(span(f" {what} ", Tone.RUNNING), bar(one.fraction, max(4, width - 18)), span(f" {one.fraction:4.0%}")),
            line(
                span(f" {one.doing}, {short(one.elapsed)} so far", Tone.DIM), span(f"  {one.note}", Tone.DIM, limit=80)
            ),
        ]
    return wrap(view.coming, max(1, width - 2), Tone.DIM, most=2) if view.coming else []


def verdict_rows(view: ShotView, take: TakeView, width: int) -> list[Line]:
    """Return a take's marks as four bars, the overall mark, and every issue in the critic's words."""
    verdict = take.verdict
    if verdict is None:
        why = take.unjudged or take.damage or "not judged yet"
        return wrap(why, width, Tone.WARN if take.unjudged or take.damage else Tone.DIM)
    rows: list[Line] = []
    room = max(4, width - 20)
    for name, mark in zip(AXES, verdict.axes, strict=True):
        tone = tone_of(mark, view.threshold)
        rows.append(line(span(f"{name:<14}", Tone.DIM), bar(mark / 10, room, tone), span(f" {mark:4.1f}", tone)))
    tone = tone_of(verdict.overall, view.threshold)
    passes = "passes" if verdict.overall >= view.threshold else "does not pass"
    rows.append(
        line(
            span("overall       "),
            span(f"{verdict.overall:.1f}", tone),
            span(f"  {passes} at {view.threshold:g}", Tone.DIM),
        )
    )
    for issue in verdict.issues:
        label, _, detail = issue.partition(":")
        rows += wrap(f"✗ {label_words(Label(label))}{':' if detail else ''}{detail}", width, Tone.BAD)
    return rows


def take_head(take: TakeView | None, side: str, width: int) -> Line:
    """Return a take's heading; `side` is the letter it is compared by."""
    if take is None:
        return line(span("no take yet", Tone.DIM))
    mark, tone = MARKS[take.state]
    left = (span(f"{side} ", Tone.ACCENT), span(f"take {take.number}  ", Tone.STRONG), Span(f"{mark} ", tone))
    return ends(line(*left, span(take.state.value, tone)), line(span("ships", Tone.GOOD) if take.ships else ""), width)


def keyframe_head(view: ShotView) -> Line:
    """Return the heading of the keyframe, shown where there is no second take to compare with."""
    if view.keyframe is None:
        return line(span("no keyframe yet", Tone.DIM))
    return line(
        span("keyframe", Tone.STRONG),
        span("  your own picture" if view.own_keyframe else "  the first frame", Tone.DIM),
    )


def take_rows(view: ShotView, take: TakeView | None, width: int) -> list[Line]:
    """Return everything about one take: its marks, why it was made, what stands against it."""
    if take is None:
        return []
    rows = verdict_rows(view, take, width)
    if take.receipt is not None:
        rows += why_rows(take, width)
    if take.note:
        rows += wrap(f"you said: {take.note}", width, Tone.ACCENT)
    if not take.fresh and take.state is not TakeState.OLD:
        rows += wrap("made from pictures that were changed since", width, Tone.WARN)
    if take.state is TakeState.OLD:
        rows += wrap("made from other words; it counts again when they come back", width, Tone.DIM)
    return rows


def why_rows(take: TakeView, width: int) -> list[Line]:
    """Return why a take was made, what its retry changed, and what it took."""
    receipt = take.receipt
    assert receipt is not None, "a take that was finished"
    rows = wrap(receipt.why, width, Tone.DIM, most=3)
    for change in receipt.changes:
        rows += wrap(f"→ {change}", width, Tone.ACCENT, most=3)
    peak = f", {size(receipt.peak_vram)} at most" if receipt.peak_vram is not None else ""
    seed = f", seed {receipt.seed}" if receipt.seed is not None else ""
    return rows + wrap(f"{receipt.backend}, {short(receipt.seconds)}{peak}{seed}", width, Tone.DIM, most=2)


def words_rows(view: ShotView, width: int, narration: Span, prompt: Span) -> list[Line]:
    """Return the shot's words: its line with how it fits, and its prompt; each with the key that edits it."""
    rows = [line(span("Narration   ", Tone.DIM), narration, span(" edits", Tone.DIM))]
    rows += wrap(view.narration, width) if view.narration else [line(span("no line", Tone.DIM))]
    rows += [fit_row(view, width), ()]
    own = "   the keyframe is your own picture" if view.own_keyframe else ""
    rows += [line(span("Prompt   ", Tone.DIM), prompt, span(f" edits{own}", Tone.DIM)), *wrap(view.shot.prompt, width)]
    if view.said:
        rows += [(), *wrap(f"Last said: {view.said}", width, Tone.ACCENT, most=2)]
    return rows


def fit_row(view: ShotView, width: int) -> Line:
    """Return how the narration line fits its shot."""
    spoken = view.spoken
    if spoken is None:
        return line(span("not spoken yet", Tone.DIM)) if view.narration else ()
    share = spoken.seconds / spoken.room if spoken.room else 0.0
    tone = Tone.BAD if spoken.overrun else Tone.WARN if spoken.speed > 1.0 else Tone.GOOD
    told = f" {spoken.seconds:.1f} of {spoken.room:.1f} s"
    if spoken.overrun:
        told += f", ! {spoken.overrun:.1f} s too long"
    if spoken.speed > 1.0:
        told += f", spoken {spoken.speed:.2f} times as fast"
    return line(bar(share, min(24, max(6, width // 3)), tone), span(told, tone))


def edit_rows(view: ShotView, key: str, text: str) -> list[Line]:
    """Return what follows of new words for the shot, before they are saved. Raises BadInput where they are none."""
    plan, opened = view.opened.snapshot.plan, view.opened
    assert plan is not None, "a shot has a plan"
    changed = with_text(plan, key, text)
    return list(impact_lines(impact(opened.snapshot, changed, opened.lineup, opened.wording, opened.rates)))


def fit_preview(view: ShotView, text: str) -> Line:
    """Return how a line would fit its shot, measured by speaking it now; takes some hundredths of a second."""
    from reeltui.acts.fit import fit_shot

    plan = view.opened.snapshot.plan
    assert plan is not None, "a shot has a plan"
    found = fit_shot(plan, view.opened.snapshot.reel.settings, view.index, text)
    tone = Tone.BAD if not found.fits else Tone.WARN if found.faster > 1.0 else Tone.GOOD
    told = f" {found.natural:.1f} of {found.available:.1f} s"
    if not found.fits:
        told += f", ! {found.overrun:.1f} s too long"
    if found.faster > 1.0:
        told += f", spoken {min(found.faster, found.most):.2f} times as fast"
    return line(bar(found.natural / found.available if found.available else 0.0, 24, tone), span(told, tone))


def field_rows(name: str, value: str, width: int) -> list[Line]:
    """Return a field with its name at the left and its words hanging beside it."""
    indent = 14
    rows = wrap(value, max(1, width - indent)) or [()]
    return [line(span(f"{name if place == 0 else '':<{indent}}", Tone.DIM), row) for place, row in enumerate(rows)]


def request_rows(take: TakeView, width: int) -> list[Line]:
    """Return everything a take was made from, field by field."""
    receipt = take.receipt
    if receipt is None:
        return [line(span("its receipt cannot be read", Tone.BAD))]
    rows: list[Line] = []
    request = receipt.request
    table = msgspec.to_builtins(request) if request is not None else {}
    if isinstance(request, AnimateRequest):
        table["clip"] = f"{request.frames} frames at {request.fps} fps, {request.width}x{request.height}"
    for name, value in table.items():
        if value is not None:
            rows += field_rows(name.replace("_", " "), str(value), width)
    for name, value in receipt.versions.items():
        rows += field_rows(name, value, width)
    return rows
