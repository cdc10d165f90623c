"""The machine while a reel is made: what runs, what every device holds of what was planned, how long it still takes."""

from __future__ import annotations

import math

from core.film.event import Beside
from core.film.gauge import Gauge
from core.pipeline.flight import Flight, PhaseFlown
from core.pipeline.impact import phrase
from reeltui.figures import clock, eta, seconds, short
from reeltui.lines import Line, Span, Tone, bar, ends, line, span, spark, width_of, wrap
from reeltui.views.reel import DeviceLook, ReelView

_GB = 1e9


def gigabytes(count: float | None) -> str:
    """Return bytes in gigabytes with one decimal, "?" where they are not known."""
    return f"{count / _GB:.1f}" if count is not None else "?"


def machine(view: ReelView, width: int) -> list[Line]:
    """Return everything about the machine, for a panel as high as it likes."""
    rows = [*(running_rows(view, width) or _between(view)), *left_rows(view, width)]
    for device in view.devices:
        rows += [(), *device_rows(device, width)]
    flown = flown_rows(view.flight, width)
    if flown:
        rows += [(), *flown]
    elif not view.devices and view.told.running:
        rows += [(), line(span("no GPU is used: everything is done on the CPU", Tone.DIM))]
    return rows


def machine_brief(view: ReelView, width: int, most: int) -> list[Line]:
    """Return the machine in at most `most` lines: how long, what runs, what the devices hold."""
    rows = left_rows(view, width)[:1]
    rows += [_running_line(one, width) for one in view.told.running] or _between(view)[:1]
    rows += [device_line(device, width) for device in view.devices]
    if len(rows) > most:
        hidden = len(rows) - most + 1
        rows = [*rows[: most - 1], line(span(f"and {hidden} more: v shows them", Tone.DIM))]
    return rows


# --- what runs -----------------------------------------------------------------------------------------------------


def running_rows(view: ReelView, width: int) -> list[Line]:
    """Return every step under way in two or three lines."""
    rows: list[Line] = []
    for one in view.told.running:
        where = span(one.device, Tone.DIM, limit=40) if one.device else ""
        rows.append(ends(line(Span("▶ ", Tone.RUNNING), span(phrase(one.step), Tone.STRONG)), line(where), width))
        room = max(6, min(24, width // 3))
        rows.append(line("  ", _progress(one, room), span(f"  {_doing(one)}", Tone.DIM, limit=120)))
        if one.planned is not None:
            rows.append(line("  ", *_held(one.planned, one.held)))
    return rows


def _between(view: ReelView) -> list[Line]:
    """Return what stands where a step would, so that nothing below moves while one ends and the next begins."""
    return [line(span("… between two steps", Tone.DIM)), ()] if view.told.state == "running" else []


def _running_line(one: Beside, width: int) -> Line:
    where = f" on {one.device}" if one.device and one.device != "cpu" else ""
    left = line(Span("▶ ", Tone.RUNNING), span(f"{phrase(one.step)}{where}  ", limit=60))
    room = max(6, min(24, width // 4))
    return line(left, _progress(one, room), span(f"  {_doing(one)}", Tone.DIM, limit=120))


def _progress(one: Beside, room: int) -> Line:
    fraction = min(1.0, max(0.0, one.fraction)) if math.isfinite(one.fraction) else 0.0
    return line(bar(fraction, room), span(f" {fraction:4.0%}"))


def _doing(one: Beside) -> str:
    note = one.note or ("" if one.doing == "working" else one.doing)
    return f"{one.doing}: {one.note}" if one.note and one.doing != "working" else note


def _held(planned: float, held: float | None) -> Line:
    over = held is not None and held > planned
    tone = Tone.WARN if over else Tone.DIM
    return line(span(f"{'! ' if over else ''}holds {gigabytes(held)} of {gigabytes(planned)} GB planned", tone))


def left_rows(view: ReelView, width: int) -> list[Line]:
    """Return how long it still takes, or that its worker is silent, or why nobody makes it."""
    told = view.told
    if told.stale and told.live_at is not None:
        text = f"! its worker is silent since {clock(told.live_at, view.now)}: it hangs or is stopped; Q shows its log"
        return wrap(text, width, Tone.WARN, most=3)
    if told.state == "running":
        if told.eta_seconds is None:
            return []
        return [line(span(eta(told.eta_seconds, told.eta_low, told.eta_high)), span(" left", Tone.DIM))]
    if view.idle:
        return wrap(view.idle, width, Tone.DIM, most=3)
    spent = sum(phase.told.seconds for phase in view.phases)
    return [line(span(f"{seconds(spent)} of work so far", Tone.DIM))] if spent else []


# --- devices -------------------------------------------------------------------------------------------------------


def device_rows(device: DeviceLook, width: int) -> list[Line]:
    """Return a device in four lines: how busy and hot it is, its memory, what was planned of it, its history."""
    gauge = device.gauge
    unreal = span(" SIMULATED", Tone.WARN) if gauge.simulated else ""
    rows = [ends(line(span(gauge.device, Tone.STRONG, limit=40), unreal), line(_vitals(gauge)), width)]
    figures = line(span(f" {gigabytes(gauge.used)} of {gigabytes(gauge.total)} GB"))
    share = _share(gauge.used, gauge.total)
    if share is None:
        rows.append(line("memory", figures, span("  its driver does not tell", Tone.DIM)))
    else:
        tone = Tone.BAD if share > 0.97 else Tone.WARN if share > 0.9 else Tone.ACCENT
        rows.append(line(bar(share, max(6, width - width_of(figures)), tone), figures))
    # What is loaded and rests is held besides, so that more than this is no sign of anything wrong.
    told = f"{gigabytes(device.planned)} GB planned for what runs" if device.planned is not None else ""
    return [*rows, line(span(told, Tone.DIM)), _history(device, width)]


def _history(device: DeviceLook, width: int) -> Line:
    """Return what the device held at each look since the screen was opened, after the peaks of the steps before."""
    top = float(device.gauge.total or max([one for one in (*device.readings, *device.peaks) if one] or [1.0]))
    known = [one for one in device.readings if one is not None]
    words = span("  now", Tone.DIM) if len(known) > 1 else span("  peaks", Tone.DIM)
    room = max(4, width - words.width)
    readings = device.readings[-room:] if len(known) > 1 else ()
    before = device.peaks[-(room - len(readings)) :] if room > len(readings) else ()
    if len(before) + len(readings) < 2:
        return ()
    drawn = line(
        spark(before, len(before), top, Tone.DIM) if before else (),
        spark(readings, len(readings), top) if readings else (),
    )
    return line(Span(" " * max(0, room - width_of(drawn))), drawn, words)


def device_line(device: DeviceLook, width: int) -> Line:
    """Return a device in one line."""
    gauge = device.gauge
    unreal = span(" SIMULATED", Tone.WARN) if gauge.simulated else ""
    share = _share(gauge.used, gauge.total)
    meter = bar(share, max(6, min(24, width // 10)), Tone.ACCENT) if share is not None else ()
    words = f" {gigabytes(gauge.used)} of {gigabytes(gauge.total)} GB"
    planned = f", {gigabytes(device.planned)} planned" if device.planned is not None else ""
    left = line(span(f"  {gauge.device} ", limit=40), meter, span(words), span(planned, Tone.DIM))
    return ends(line(left, unreal), line(_vitals(gauge)), width)


def _vitals(gauge: Gauge) -> Span:
    told = (
        f"{gauge.utilisation:.0%}" if gauge.utilisation is not None else "",
        f"{gauge.temperature:.0f} °C" if gauge.temperature is not None else "",
        f"{gauge.power:.0f} W" if gauge.power is not None else "",
    )
    return span("  ".join(piece for piece in told if piece) or "busy, heat, power: N/A", Tone.DIM)


def _share(used: int | None, total: int | None) -> float | None:
    return min(1.0, used / total) if used is not None and total else None


# --- planned against measured --------------------------------------------------------------------------------------


def flown_rows(flown: Flight, width: int) -> list[Line]:
    """Return what each phase was planned to hold of a device and held at most."""
    if not flown.phases:
        return []
    heads = Span(f"{'planned':>8}{'held':>6}{'':>7}", Tone.DIM)
    rows = [ends(line(span("GB at most", Tone.DIM)), line(heads), width)]
    rows += [_flown_line(phase, width) for phase in flown.phases]
    if any(phase.simulated for phase in flown.phases):
        rows.append(line(span("SIMULATED: on no real device", Tone.WARN)))
    return rows


def _flown_line(phase: PhaseFlown, width: int) -> Line:
    difference, tone = "", Tone.DIM
    if phase.difference is not None:
        more = phase.difference > 0
        difference = f"! +{gigabytes(phase.difference)}" if more else f"−{gigabytes(-phase.difference)}"
        difference, tone = ("=", Tone.GOOD) if phase.difference == 0 else (difference, Tone.WARN if more else Tone.GOOD)
    figures = line(
        span(f"{gigabytes(phase.planned):>8}"), span(f"{gigabytes(phase.peak):>6}"), Span(f"{difference:>7}", tone)
    )
    name = Span(f"{phase.phase.value:<10}")
    return ends(line(name, span(short(phase.seconds), Tone.DIM)), figures, width)
