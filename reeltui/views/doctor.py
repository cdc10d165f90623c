"""What the doctor screen shows: every check in a line, and the one under the cursor with its remedy in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from reeltui.doctor.check import Check, State
from reeltui.lines import EMPTY, Column, Line, Span, Tone, cut, layout_columns, line, span, table_row, wrap

Key = Callable[[str], Span]
MARKS = {
    State.OK: ("✓", "ok", Tone.GOOD),
    State.WARN: ("!", "warn", Tone.WARN),
    State.BAD: ("✗", "BAD", Tone.BAD),
    State.UNKNOWN: ("?", "unknown", Tone.DIM),
}
_MEANS = {
    State.OK: "in order",
    State.WARN: "it works, and something is worth doing",
    State.BAD: "reels cannot be made, or may be lost",
    State.UNKNOWN: "it could not be found out",
}
COLUMNS = (
    Column("", 12, keep=1),
    Column("", 9),
    Column("", 18),
    Column("", 20, grow=1),
)


class Seen(msgspec.Struct, frozen=True):
    """A check with its key in the list: its group and name, and which of that name it is."""

    key: str
    check: Check


class DoctorView(msgspec.Struct, frozen=True):
    """What was found so far. `fresh` of the checks are of this round; those after them are of the round before, and
    stay until they were looked at again. `over`: everything was looked at."""

    library: str
    checks: tuple[Seen, ...] = ()
    fresh: int = 0
    over: bool = False

    def check(self, key: str) -> Check | None:
        """Return a check by its key."""
        return next((seen.check for seen in self.checks if seen.key == key), None)


def begun(view: DoctorView) -> DoctorView:
    """Return the view at the begin of a round: what is known stays for now."""
    return msgspec.structs.replace(view, fresh=0, over=False)


def found(view: DoctorView, check: Check) -> DoctorView:
    """Return the view with one more check of this round."""
    fresh, old = view.checks[: view.fresh], view.checks[view.fresh :]
    name = f"{check.group}/{check.name}"
    same = sum(seen.key.rpartition("/")[0] == name for seen in fresh)
    key = f"{name}/{same}"
    kept = tuple(seen for seen in old if seen.key != key)
    return msgspec.structs.replace(view, checks=(*fresh, Seen(key, check), *kept), fresh=len(fresh) + 1)


def ended(view: DoctorView) -> DoctorView:
    """Return the view at the end of a round: what was not found again is gone."""
    return msgspec.structs.replace(view, checks=view.checks[: view.fresh], over=True)


# --- lines -------------------------------------------------------------------------------------------------------


def title(view: DoctorView) -> tuple[Line, Line]:
    """Return both ends of the first line: what is worth knowing first is how many checks stand how."""
    left = line(span("Doctor", Tone.STRONG), span(f"  {view.library}", Tone.DIM))
    if not view.over:
        known = f"  {view.fresh} of {len(view.checks)}" if view.fresh < len(view.checks) else f"  {view.fresh}"
        return left, line(span("looking…", Tone.RUNNING), span(known, Tone.DIM))
    counts = {state: sum(seen.check.state is state for seen in view.checks) for state in State}
    words = {
        State.BAD: "bad",
        State.WARN: "worth doing something about",
        State.UNKNOWN: "not known",
        State.OK: "ok",
    }
    pieces: list[Span] = []
    for state, word in words.items():
        if counts[state]:
            mark, _, tone = MARKS[state]
            pieces += [Span("   ") if pieces else Span(""), span(f"{mark} {counts[state]} {word}", tone)]
    return left, line(pieces)


def check_row(view: DoctorView, key: str, width: int) -> Line:
    """Return a check in a line; the first of a group has the group's name before it."""
    at = next((at for at, seen in enumerate(view.checks) if seen.key == key), None)
    if at is None:
        return EMPTY
    check = view.checks[at].check
    first = at == 0 or view.checks[at - 1].check.group is not check.group
    mark, word, tone = MARKS[check.state]
    quiet = check.state is State.OK
    cells: list[Line | str] = [
        line(span(check.group.value.capitalize(), Tone.ACCENT)) if first else EMPTY,
        line(Span(f"{mark} {word}", tone)),
        line(span(check.name, Tone.PLAIN if quiet else Tone.STRONG)),
        line(span(check.found, Tone.DIM if quiet else Tone.PLAIN)),
    ]
    return line(" ", table_row(cells, COLUMNS, layout_columns(COLUMNS, width - 2)))


def closer(check: Check | None, key: Key, width: int) -> Sequence[Line]:
    """Return a check in full: how it stands, what was found, and what to do about it."""
    if check is None:
        return ()
    mark, _, tone = MARKS[check.state]
    head = line(Span(f"{mark} ", tone), span(check.name, Tone.STRONG), span(f"  {_MEANS[check.state]}", tone))
    rows: list[Line] = [cut(head, width), *(line("  ", row) for row in wrap(check.found, width - 2))]
    if check.remedy:
        rows.append(EMPTY)
        remedy = wrap(check.remedy, width - 2)
        rows += [line(Span("  " if at else "→ ", Tone.ACCENT), row) for at, row in enumerate(remedy)]
        rows.append(line("  ", key("doctor.copy"), span(" copies it", Tone.DIM)))
    return rows
