"""Device memory as lines of text: gauges and the flight record, as wide as the terminal; words and signs, no colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from core.film.gauge import Gauge
from core.film.text import clean
from core.pipeline.flight import Flight, Flown, PhaseFlown
from core.pipeline.impact import phrase
from reeltui.cli import say

_WIDEST_BAR = 30
_NARROWEST_BAR = 8
_UNKNOWN = "?"
_LEGEND = "# held at most   - planned and not needed   ! more than planned"


class _Row(msgspec.Struct, frozen=True):
    """One line of the table. The cells in the order of the columns, and the bytes its bar shows."""

    cells: tuple[str, ...]
    planned: int | None
    peak: int | None
    below: tuple[str, ...] = ()


class _Column(msgspec.Struct, frozen=True):
    """A column; in a narrow terminal the one with the highest `spare` goes first, and 0 stays."""

    head: str
    right: bool
    spare: int


_COLUMNS = (
    _Column("", False, 0),
    _Column("device", False, 2),
    _Column("planned", True, 1),
    _Column("peak", True, 0),
    _Column("difference", True, 3),
    _Column("time", True, 4),
)


def flight_lines(flown: Flight, width: int) -> list[str]:
    """Return a reel's flight record as lines of at most `width` characters."""
    if not flown.on_device:
        lines = ["  no device was used" if flown.steps else "  nothing was made yet"]
        return [*lines, *_failed(flown)]
    lines = []
    unreal = sorted({clean(step.device, limit=60) for step in flown.on_device if step.simulated})
    if unreal:
        lines.append(f"  SIMULATED: what stands beside {', '.join(unreal)} was measured on no real device")
    if not flown.measured:
        lines.append("  nothing was measured: the driver did not tell")
    top = max((size for s in flown.on_device for size in (s.planned, s.peak) if size is not None), default=0)
    phases, steps = [_phase_row(phase) for phase in flown.phases], [_step_row(step) for step in flown.on_device]
    lines += _table([*phases, *steps], len(phases), top, width)
    beside = len(flown.steps) - len(flown.on_device)
    if beside:
        lines.append(f"  {beside} more {'step was' if beside == 1 else 'steps were'} done on the CPU")
    return [*(_cut(line, width) for line in lines), *_failed(flown)]


def _failed(flown: Flight) -> list[str]:
    return [
        f"  failed: {clean(phrase(step))}: {clean(reason, limit=300)}" for step, reason in sorted(flown.failed.items())
    ]


def _phase_row(phase: PhaseFlown) -> _Row:
    count = f"{phase.steps} step" if phase.steps == 1 else f"{phase.steps} steps"
    name = f"{phase.phase.value} ({count})"
    return _Row(_cells(name, " ".join(phase.devices), phase, phase.seconds), phase.planned, phase.peak)


def _step_row(step: Flown) -> _Row:
    return _Row(
        _cells(phrase(step.step), step.device, step, step.seconds), step.planned, step.peak, tuple(_story(step))
    )


def _cells(name: str, device: str, of: PhaseFlown | Flown, seconds: float) -> tuple[str, ...]:
    difference = (
        _UNKNOWN if of.difference is None else ("+" if of.difference > 0 else "-") + say.size(abs(of.difference))
    )
    if of.difference == 0:
        difference = "as planned"
    where = clean(device, limit=24)
    return (clean(name, limit=24), where, _size(of.planned), _size(of.peak), difference, say.seconds(seconds))


def _story(step: Flown) -> Iterator[str]:
    """Tell what went wrong before, and what it fell back to."""
    for failure in step.failures:
        without = (
            f" (falling back: {', '.join(clean(word) for word in failure.fallbacks)})" if failure.fallbacks else ""
        )
        yield f"      a try failed{without}: {failure.cause.value}: {clean(failure.message, limit=200)}"
    if step.fallbacks:
        yield f"      done by falling back: {', '.join(clean(word) for word in step.fallbacks)}"


def _table(rows: Sequence[_Row], split: int, top: int, width: int) -> list[str]:
    """Return rows as lines: as many columns as fit, and a bar where there is room; an empty line before `split`."""
    shown = list(range(len(_COLUMNS)))
    sizes = [max(len(column.head), *(len(row.cells[i]) for row in rows)) for i, column in enumerate(_COLUMNS)]
    while (left := width - sum(sizes[i] + 2 for i in shown)) < 0 and len(shown) > 2:
        shown.remove(max(shown, key=lambda i: _COLUMNS[i].spare))
    sizes[0] = max(1, sizes[0] + min(0, left))
    bar = min(_WIDEST_BAR, left - 2) if top else 0
    if bar < _NARROWEST_BAR:
        bar = 0
    lines = [_line([column.head for column in _COLUMNS], sizes, shown)]
    for number, row in enumerate(rows):
        if number == split:
            lines.append("")
        drawn = f"  {_bar(row.planned, row.peak, top, bar)}" if bar else ""
        lines += [(_line(row.cells, sizes, shown) + drawn).rstrip(), *row.below]
    return [*lines, *(["", f"  {_LEGEND}"] if bar else [])]


def _line(cells: Sequence[str], sizes: Sequence[int], shown: Iterable[int]) -> str:
    placed = [
        cells[i].rjust(sizes[i]) if _COLUMNS[i].right else _cut(cells[i], sizes[i]).ljust(sizes[i]) for i in shown
    ]
    return "  " + "  ".join(placed)


def _bar(planned: int | None, peak: int | None, top: int, length: int) -> str:
    """Return a bar of `length` characters, brackets included, for `top` bytes; empty where nothing was measured."""
    if peak is None:
        return ""
    room = length - 2
    held = round(room * peak / top)
    plan = held if planned is None else round(room * planned / top)
    if planned is not None and peak > planned:
        plan = min(plan, max(0, held - 1))  # more than planned is never rounded away
    drawn = "#" * min(held, plan) + "!" * max(0, held - plan) + "-" * max(0, plan - held)
    return f"[{drawn.ljust(room)}]"


def device_lines(gauges: Sequence[Gauge], width: int) -> list[str]:
    """Return gauges as lines of at most `width` characters, a device after the other."""
    lines: list[str] = []
    for gauge in gauges:
        source = f"told by {clean(gauge.source)}" if gauge.source != "none" else "nothing is told about it"
        source = "SIMULATED: nothing here is measured" if gauge.simulated else source
        name = clean(gauge.name, limit=60)
        lines.append("   ".join(word for word in (clean(gauge.device), name, source) if word))
        lines.append(_memory(gauge, width))
        busy = f"{gauge.utilisation:.0%}" if gauge.utilisation is not None else _UNKNOWN
        heat = f"{gauge.temperature:.0f} °C" if gauge.temperature is not None else _UNKNOWN
        power = f"{gauge.power:.0f} W" if gauge.power is not None else _UNKNOWN
        lines.append(f"  busy {busy}   {heat}   {power}")
        held = sorted((gauge.processes or {}).items(), key=lambda pair: (-pair[1], pair[0]))
        lines += [f"  process {pid}   {say.size(size)}" for pid, size in held]
    return [_cut(line, width) for line in lines]


def _memory(gauge: Gauge, width: int) -> str:
    if gauge.used is None or not gauge.total:
        return f"  memory {_size(gauge.used)} of {_size(gauge.total)}"
    share = min(1.0, gauge.used / gauge.total)
    figures = f"{say.size(gauge.used)} of {say.size(gauge.total)}   {share:.0%}"
    room = min(_WIDEST_BAR, width - len(figures) - 13)
    bar = f"[{('#' * round(room * share)).ljust(room, '-')}] " if room >= _NARROWEST_BAR else ""
    return f"  memory {bar}{figures}"


def _size(count: int | None) -> str:
    return _UNKNOWN if count is None else say.size(count)


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else line[: max(1, width - 1)] + "…"
