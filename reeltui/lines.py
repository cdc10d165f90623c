"""Toned lines: what a screen says as pure text, each piece with a tone; widgets turn tones into the theme's colours.

Every piece is cleaned when it is made, so nothing from a file reaches the terminal as anything but text. A tone is
never the only sign: whoever uses one also writes a mark or a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import msgspec
from rich.cells import cell_len, set_cell_size

from core.film.text import clean


class Tone(StrEnum):
    """What a piece of text means; themes give each a colour."""

    PLAIN = ""
    STRONG = "strong"
    DIM = "dim"
    ACCENT = "accent"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    RUNNING = "running"


class Span(msgspec.Struct, frozen=True):
    """A piece of text in one tone; `act` is the action a click on it does ("" for none)."""

    text: str
    tone: Tone = Tone.PLAIN
    act: str = ""

    @property
    def width(self) -> int:
        """Cells it takes."""
        return cell_len(self.text)


Line = tuple[Span, ...]
EMPTY: Line = ()


def span(text: object, tone: Tone = Tone.PLAIN, *, limit: int = 4000) -> Span:
    """Return a piece of text without anything a terminal would obey; outer spaces are kept."""
    raw = str(text)[: 4 * limit]
    inner = clean(raw, limit=limit)
    if not inner:
        return Span(" " * min(len(raw), limit) if raw.isspace() else "", tone)
    before = len(raw) - len(raw.lstrip(" "))
    after = len(raw) - len(raw.rstrip(" "))
    return Span(" " * before + inner + " " * after, tone)


def line(*pieces: str | Span | Iterable[Span]) -> Line:
    """Return one line of pieces; bare strings are plain."""
    found: list[Span] = []
    for piece in pieces:
        if isinstance(piece, str):
            found.append(span(piece))
        elif isinstance(piece, Span):
            found.append(piece)
        else:
            found.extend(piece)
    return tuple(one for one in found if one.text)


def plain(row: Line) -> str:
    """Return the text of a line."""
    return "".join(one.text for one in row)


def width_of(row: Line) -> int:
    """Return the cells a line takes."""
    return sum(one.width for one in row)


def cut(row: Line, width: int) -> Line:
    """Return the line in at most `width` cells; what is cut off ends in an ellipsis."""
    if width_of(row) <= width:
        return row
    if width <= 0:
        return EMPTY
    left, kept = width - 1, []
    for one in row:
        if one.width <= left:
            kept.append(one)
            left -= one.width
            continue
        kept.append(msgspec.structs.replace(one, text=set_cell_size(one.text, left).rstrip() + "…"))
        break
    return tuple(kept)


def fit(row: Line, width: int, align: str = "left") -> Line:
    """Return the line in exactly `width` cells, at the left, right or centre."""
    row = cut(row, width)
    room = width - width_of(row)
    if room <= 0:
        return row
    before = room if align == "right" else room // 2 if align == "centre" else 0
    return line(" " * before, row, " " * (room - before))


def ends(left: Line, right: Line, width: int) -> Line:
    """Return one line of `width` cells with text at both ends; the left one gives way."""
    right = cut(right, width)
    room = width - width_of(right)
    return line(fit(cut(left, max(0, room - 1)), room), right)


class Column(msgspec.Struct, frozen=True):
    """A column of a table: its heading and least width in cells; `grow` is its share of what is left over.

    `keep`: the lower, the sooner it gives way where the terminal is narrow; 0 never does.
    """

    title: str
    width: int
    grow: int = 0
    align: str = "left"
    keep: int = 0


def layout_columns(columns: Sequence[Column], width: int, gap: int = 2) -> dict[int, int]:
    """Return which columns are shown in `width` cells, by index, and how wide each is."""
    shown = list(range(len(columns)))

    def needed() -> int:
        return sum(columns[i].width for i in shown) + gap * max(0, len(shown) - 1)

    for i in sorted((i for i in shown if columns[i].keep), key=lambda i: columns[i].keep):
        if needed() <= width:
            break
        shown.remove(i)
    spare, shares = width - needed(), sum(columns[i].grow for i in shown)
    widths = {i: columns[i].width for i in shown}
    if spare > 0 and shares:
        for i in shown:
            widths[i] += spare * columns[i].grow // shares
    elif spare < 0:
        growing = next((i for i in shown if columns[i].grow), shown[0] if shown else None)
        if growing is not None:
            widths[growing] = max(1, widths[growing] + spare)
    return widths


def table_row(cells: Sequence[Line | str], columns: Sequence[Column], widths: dict[int, int], gap: int = 2) -> Line:
    """Return one row of a table laid out by `layout_columns`."""
    parts: list[Line] = []
    for i in widths:
        cell = cells[i]
        found = (span(cell),) if isinstance(cell, str) else cell
        parts.append(fit(found, widths[i], columns[i].align))
        parts.append((Span(" " * gap),))
    return line(*parts[:-1])


_HEIGHTS = "▁▂▃▄▅▆▇█"


def bar(fraction: float, width: int, tone: Tone = Tone.RUNNING) -> Line:
    """Return a bar that is `fraction` (0..1) full, exact to half a cell; the rest is a thin rule."""
    halves = round(min(1.0, max(0.0, fraction)) * width * 2)
    full, part = divmod(halves, 2)
    text = "━" * full + "╸" * part
    return line(Span(text, tone), Span("─" * (width - len(text)), Tone.DIM))


def spark(values: Sequence[float | None], width: int, top: float, tone: Tone = Tone.ACCENT) -> Line:
    """Return the newest `width` values as one row of bars, `top` being a full one; an unknown value is a gap."""
    text = ""
    for value in values[-width:]:
        if value is None:
            text += " "
        else:
            share = min(1.0, max(0.0, value / top)) if top > 0 else 0.0
            text += _HEIGHTS[min(len(_HEIGHTS) - 1, int(share * len(_HEIGHTS)))]
    return line(Span(" " * max(0, width - len(text))), Span(text, tone))


def wrap(text: str, width: int, tone: Tone = Tone.PLAIN, *, most: int = 200) -> list[Line]:
    """Return a text on as many lines as it needs, at most `most`; a word longer than a line is split."""
    rows: list[str] = []
    current = ""
    for word in _split(clean(text), width):
        if current and cell_len(current) + 1 + cell_len(word) > width:
            rows.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    if current:
        rows.append(current)
    if len(rows) > most:
        last = rows[most - 1]
        rows = [*rows[: most - 1], (last if cell_len(last) < width else set_cell_size(last, width - 1).rstrip()) + "…"]
    return [(Span(row, tone),) for row in rows]


def _split(text: str, width: int) -> Iterator[str]:
    """Yield the words of a text in pieces of at most `width` cells; a character that is wider stands alone."""
    for word in text.split():
        piece, taken = "", 0
        for char in word:
            cells = cell_len(char)
            if piece and taken + cells > width:
                yield piece
                piece, taken = "", 0
            piece += char
            taken += cells
        yield piece
