"""Toned lines: cleaning, cutting, fitting, tables, bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reeltui.lines import (
    Column,
    Span,
    Tone,
    bar,
    cut,
    ends,
    fit,
    layout_columns,
    line,
    plain,
    span,
    spark,
    table_row,
    width_of,
    wrap,
)

HOSTILE = "\x1b]52;c;aGk=\x07 [bold]x[/] \u202eabc \x9b31m\ttab\nline \ud800 猫が walks " + "y" * 5000
TEXT = st.text(max_size=200) | st.just(HOSTILE)


@given(TEXT)
def test_nothing_a_terminal_obeys_gets_into_a_line(text: str) -> None:
    shown = plain(line(span(text), span(text, Tone.BAD)))
    assert not [char for char in shown if ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066\u200f"]
    shown.encode()  # no lone surrogates


def test_outer_spaces_stay_and_inner_ones_become_one() -> None:
    assert span("  a \t b  ").text == "  a b  "
    assert span("   ").text == "   "


@given(TEXT, st.integers(0, 60))
def test_a_cut_line_fits_and_a_fitted_one_fills(text: str, width: int) -> None:
    row = line(span(text), span(" and more", Tone.DIM))
    assert width_of(cut(row, width)) <= width
    for align in ("left", "right", "centre"):
        assert width_of(fit(row, width, align)) <= width
    assert width_of(fit(line("ab"), width)) == width or width < 2


@given(TEXT, st.integers(1, 40))
def test_wrapping_loses_no_character_and_fits(text: str, width: int) -> None:
    rows = wrap(text, width, most=100_000)
    assert all(width_of(row) <= max(width, 2) for row in rows)
    assert "".join("".join(plain(row).split()) for row in rows) == "".join(span(text, limit=10**9).text.split())


def test_wrapping_stops_where_it_is_told() -> None:
    rows = wrap("one two three four five", 5, most=2)
    assert [plain(row) for row in rows] == ["one", "two…"]


def test_ends_meet_and_the_left_one_gives_way() -> None:
    assert plain(ends(line("left"), line("right"), 12)) == "left   right"
    assert plain(ends(line("a long left end"), line("right"), 12)) == "a lon… right"


def test_columns_give_way_in_their_order_and_the_growing_one_takes_the_rest() -> None:
    columns = (Column("a", 4), Column("b", 6, grow=1), Column("c", 5, keep=2), Column("d", 5, keep=1))
    assert layout_columns(columns, 40) == {0: 4, 1: 20, 2: 5, 3: 5}
    assert layout_columns(columns, 20) == {0: 4, 1: 7, 2: 5}
    assert layout_columns(columns, 12) == {0: 4, 1: 6}
    assert layout_columns(columns, 8) == {0: 4, 1: 2}
    row = table_row(["x", line("yy"), "z", "w"], columns, layout_columns(columns, 20))
    assert plain(row) == "x     yy       z    "


@pytest.mark.parametrize(
    ("fraction", "text"), [(0, "────"), (0.5, "━━──"), (0.6, "━━╸─"), (1, "━━━━"), (7, "━━━━"), (-1, "────")]
)
def test_a_bar_is_as_full_as_its_fraction(fraction: float, text: str) -> None:
    assert plain(bar(fraction, 4)) == text


def test_a_spark_shows_the_newest_and_gaps() -> None:
    assert plain(spark([1, 0.0, None, 1.0], 3, 1.0)) == "▁ █"
    assert plain(spark([0.5], 3, 1.0)) == "  ▅"
    assert plain(spark([5.0], 1, 0.0)) == "▁"


def test_empty_pieces_leave_nothing() -> None:
    assert line("", span(""), Span("")) == ()
