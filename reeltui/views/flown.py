"""The flight recorder as a table: what every step was planned to hold of its device, and what it held."""

from __future__ import annotations

from core.pipeline.flight import Flight, Flown
from core.pipeline.impact import phrase
from reeltui.figures import short
from reeltui.lines import Column, Line, Span, Tone, bar, layout_columns, line, span, table_row
from reeltui.views.machine import gigabytes

COLUMNS = (
    Column("Step", 18, grow=2),
    Column("Device", 10, grow=1, keep=4),
    Column("Planned", 8, align="right", keep=5),
    Column("Held", 8, align="right"),
    Column("Difference", 10, align="right", keep=3),
    Column("Time", 7, align="right", keep=2),
    Column("", 16, grow=2, keep=1),
)


def heading(width: int) -> Line:
    """Return the heading of the table."""
    cells = [line(span(column.title, Tone.DIM)) for column in COLUMNS]
    return line(" ", table_row(cells, COLUMNS, layout_columns(COLUMNS, width - 2)))


def flown_table(flown: Flight, width: int) -> list[Line]:
    """Return every step that was done on a device, with the tries that failed before it, then what is to be said of
    the rest."""
    top = max((size for step in flown.on_device for size in (step.planned, step.peak) if size is not None), default=0)
    rows: list[Line] = []
    for step in flown.on_device:
        rows += _step(step, top, width)
    return rows + _rest(flown)


def _step(step: Flown, top: int, width: int) -> list[Line]:
    over = step.difference is not None and step.difference > 0
    tone = Tone.WARN if over else Tone.GOOD
    differs = "?" if step.difference is None else "as planned" if step.difference == 0 else _signed(step.difference)
    widths = layout_columns(COLUMNS, width - 2)
    device = line(span(step.device, limit=60), span(" sim", Tone.WARN) if step.simulated else "")
    drawn = bar(step.peak / top, widths.get(6, 0), tone) if step.peak is not None and top and 6 in widths else ()
    cells: list[Line | str] = [
        line(span(phrase(step.step), limit=60)),
        device,
        f"{gigabytes(step.planned)} GB",
        line(span(f"{gigabytes(step.peak)} GB", Tone.WARN if over else Tone.PLAIN)),
        line(span(differs, tone if step.difference is not None else Tone.DIM)),
        line(span(short(step.seconds), Tone.DIM)),
        drawn,
    ]
    rows = [line(" ", table_row(cells, COLUMNS, widths))]
    tries = (f"{failure.cause.value}: {failure.message}" for failure in step.failures)
    rows += [line(Span("   ✗ ", Tone.BAD), span(words, Tone.BAD, limit=300)) for words in tries]
    if step.fallbacks:
        rows.append(
            line(Span("   → ", Tone.ACCENT), span(f"done by falling back: {', '.join(step.fallbacks)}", Tone.ACCENT))
        )
    return rows


def _signed(difference: int) -> str:
    return f"! +{gigabytes(difference)}" if difference > 0 else f"−{gigabytes(-difference)}"


def _rest(flown: Flight) -> list[Line]:
    rows: list[Line] = []
    beside = len(flown.steps) - len(flown.on_device)
    if not flown.steps:
        rows.append(line(span(" nothing was made yet", Tone.DIM)))
    elif beside:
        rows.append(line(span(f" {beside} {'step was' if beside == 1 else 'steps were'} done on the CPU", Tone.DIM)))
    if flown.on_device and not flown.measured:
        rows.append(line(span(" N/A: nothing was measured, the driver did not tell", Tone.DIM)))
    if any(step.simulated for step in flown.on_device):
        rows.append(line(span(" sim: SIMULATED, measured on no real device", Tone.WARN)))
    for step, why in sorted(flown.failed.items()):
        rows.append(line(Span(" ✗ ", Tone.BAD), span(f"{phrase(step)} was given up: {why}", Tone.BAD, limit=300)))
    return rows
