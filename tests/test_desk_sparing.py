"""What is sent to the terminal: only the cells that changed, and every one of them."""

from __future__ import annotations

import random
import re

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from reeltui.sparing import SHOWN, Shown, send_sparingly
from reeltui.widgets.toned import changed_cells

MOVE = re.compile(r"\x1b\[(\d+);(\d+)H([^\x1b]*)")


def sent(spans: list[tuple[int, int, int]], lines: list[dict[int, str]]) -> list[tuple[int, int, str]]:
    """Return what is written where: line and cell from 0, and the text."""
    send_sparingly()
    SHOWN.forget()
    chops = [{x: Strip([Segment(text)]) for x, text in line.items()} for line in lines]
    ends = [[x + len(text) for x, text in line.items()] for line in lines]
    told = ChopsUpdate(chops, spans, ends).render_segments(Console())
    return [(int(y) - 1, int(x) - 1, text) for y, x, text in MOVE.findall(told)]


def test_a_run_in_the_middle_of_a_widget_is_sent_alone() -> None:
    assert sent([(0, 6, 9)], [{0: "memory 42 GB"}]) == [(0, 6, " 42")]


def test_each_run_of_a_line_is_sent_once() -> None:
    assert sent([(0, 1, 2), (0, 4, 6)], [{0: "abcdefgh"}]) == [(0, 1, "b"), (0, 4, "ef")]


def test_a_run_over_two_widgets_is_sent_whole() -> None:
    assert sent([(0, 2, 6)], [{0: "abcd", 4: "efgh"}]) == [(0, 2, "cdef")]


def test_what_lies_beside_a_run_is_not_sent() -> None:
    assert sent([(1, 4, 8)], [{0: "abcd"}, {0: "abcd", 4: "efgh", 8: "ijkl"}]) == [(1, 4, "efgh")]


def written(shown: Shown, text: str, *, x: int = 0, y: int = 0) -> list[tuple[int, int, str]]:
    """Put a text at a cell; return what is written where."""
    told = shown.put(x, y, Strip([Segment(text)]), Console())
    return [(int(line) - 1, int(cell) - 1, found) for line, cell, found in MOVE.findall(told)]


def test_only_what_is_not_there_is_written() -> None:
    shown = Shown()
    assert written(shown, "frame 9 of 81 in shot 4") == [(0, 0, "frame 9 of 81 in shot 4")]
    assert written(shown, "frame 9 of 81 in shot 4") == []
    assert written(shown, "frame 7 of 81 in shot 5") == [(0, 6, "7"), (0, 22, "5")]
    assert written(shown, "81", x=11) == []
    assert written(shown, "82", x=11) == [(0, 12, "2")]
    assert written(shown, "frame 7 of 82 in shot 5") == [], "what was put into a line is known as well"
    assert written(shown, "frame 7 of 82 in shot 5", y=1) != [], "another line"


def test_another_style_is_another_cell() -> None:
    shown = Shown()
    written(shown, "passed")
    strip = Strip([Segment("passed", Style(bold=True))])
    assert "passed" in shown.put(0, 0, strip, Console(force_terminal=True))


def test_a_wide_character_is_written_whole() -> None:
    shown = Shown()
    written(shown, "朝の海 dawn")
    assert written(shown, "朝の山 dawn") == [(0, 4, "山")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cafe noir", "cafe\u0301 noir"),
        ("cafe\u0301 noir", "cafe noir"),
        ("cafe\u0301 noir", "cafe\u0301 Noir"),
        ("cafe\u0301x", "cafe\u0301y"),
        ("\u0928\u092e\u0938\u094d\u0924\u0947 a", "\u0928\u092e\u0938\u094d\u0924 a"),
        ("a\u0947\u0947b", "a\u0947\u0947c"),
    ],
)
def test_a_mark_over_a_letter_goes_with_it(before: str, after: str) -> None:
    """What was cut out and put over what was there is what was wanted, marks and all."""
    old, new = Strip([Segment(before)]), Strip([Segment(after)])
    assert old.cell_length == new.cell_length
    text = old.text
    for start, end in changed_cells(old, new):
        text = Strip([Segment(text)]).crop(0, start).text + new.crop(start, end).text + _after(text, end)
    assert text == after


def _after(text: str, cell: int) -> str:
    """Return what stands behind a cell, as a terminal keeps it: a mark stays with the letter before it."""
    cells = 0
    for at, char in enumerate(text):
        width = cell_len(char)
        if cells >= cell and width:
            return text[at:]
        cells += width
    return ""


def test_all_is_written_where_nothing_is_known() -> None:
    shown = Shown()
    written(shown, "words")
    shown.forget()
    assert written(shown, "words") == [(0, 0, "words")]
    shown.forget()
    assert written(shown, "ords", x=1) == [(0, 1, "ords")]
    assert written(shown, "words") == [(0, 0, "words")], "the first cell was not known"


def test_a_picture_in_a_terminals_own_way_is_always_written() -> None:
    shown = Shown()
    written(shown, "words")
    picture = Strip([Segment("\x1bPq#0\x1b\\", control=[])], 5)
    for _ in range(2):
        assert "\x1bPq" in shown.put(0, 0, picture, Console())
    assert written(shown, "words") == [(0, 0, "words")], "nobody knows what it took"


def test_a_screen_that_is_laid_out_again_as_it_was_is_not_sent() -> None:
    send_sparingly()
    SHOWN.forget()
    lines = [[Strip([Segment("left ")]), Strip([Segment("right")])], [Strip([Segment("below     ")])]]
    update = LayoutUpdate(list(lines), Region(0, 0, 10, 2))
    assert "right" in update.render_segments(Console())
    assert update.render_segments(Console()) == ""


def test_lines_of_plain_characters_differ_where_their_cells_do() -> None:
    """The quick way of finding changes, piece by piece, finds what the slow one does."""
    dice = random.Random(5)
    styles = [None, Style(bold=True), Style(color="red"), Style(color="red")]

    def line_of(size: int) -> Strip:
        cells = [Segment(dice.choice("ab─ ▀"), dice.choice(styles)) for _ in range(size)]
        return Strip(cells).simplify() if dice.random() < 0.5 else Strip(cells)

    for _ in range(300):
        size = dice.randint(1, 40)
        before, after = line_of(size), line_of(size)
        at = dice.randint(0, size)
        after = Strip.join([before.crop(0, at), after.crop(at, size)])
        found = {cell for start, end in changed_cells(before, after) for cell in range(start, end)}
        wrong = [before.crop(n, n + 1).simplify() != after.crop(n, n + 1).simplify() for n in range(size)]
        differ = {n for n in range(size) if wrong[n]}
        assert differ <= found
        assert all(min(abs(cell - n) for n in differ) <= 6 for cell in found), "what joins two runs"
