"""What is sent to the terminal: only the cells that changed, and every one of them."""

from __future__ import annotations

import re

from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from reeltui.sparing import send_sparingly

MOVE = re.compile(r"\x1b\[(\d+);(\d+)H([^\x1b]*)")


def sent(spans: list[tuple[int, int, int]], lines: list[dict[int, str]]) -> list[tuple[int, int, str]]:
    """Return what is written where: line and cell from 0, and the text."""
    send_sparingly()
    chops = [{x: Strip([Segment(text)]) for x, text in line.items()} for line in lines]
    ends = [[x + len(text) for x, text in line.items()] for line in lines]
    told = ChopsUpdate(chops, spans, ends).render_segments(Console())
    return [(int(y) - 1, int(x) - 1, text) for y, x, text in MOVE.findall(told)]


def test_a_run_in_the_middle_of_a_widget_is_sent_alone() -> None:
    assert sent([(0, 6, 9)], [{0: "memory 42 GB"}]) == [(0, 6, " 42")]


def test_each_run_of_a_line_is_sent_once() -> None:
    assert sent([(0, 1, 2), (0, 4, 6)], [{0: "abcdefgh"}]) == [(0, 1, "b"), (0, 4, "ef")]


def test_a_run_over_two_widgets_is_sent_whole() -> None:
    assert sent([(0, 2, 6)], [{0: "abcd", 4: "efgh"}]) == [(0, 2, "cd"), (0, 4, "ef")]


def test_what_lies_beside_a_run_is_not_sent() -> None:
    assert sent([(1, 4, 8)], [{0: "abcd"}, {0: "abcd", 4: "efgh", 8: "ijkl"}]) == [(1, 4, "efgh")]
