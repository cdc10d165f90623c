"""A picture as cells: where it goes, which glyphs and inks it gets, and what of it reaches the terminal."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console
from rich.style import Style

from reeltui.pictures.cells import CLEAR, GLYPHS, LOWER, UPPER, Cells, Grain, PictureRef, Shape, mark_of, place
from reeltui.pictures.drawing import draw
from reeltui.pictures.frames import steady
from reeltui.pictures.sheet import lay_out
from reeltui.pictures.strips import strip, strips

RED, BLUE, GREEN, WHITE = (200, 20, 20), (20, 20, 200), (20, 160, 20), (250, 250, 250)
BASE = Style.parse("#cccccc on #112233")
IN_CELLS = [Grain.HALVES, Grain.QUARTERS, Grain.SIXTEEN, Grain.SHADES]


def picture(*rows: list[tuple[int, int, int]], scale: int = 16) -> Image.Image:
    """A picture of large square pixels."""
    small = Image.new("RGB", (len(rows[0]), len(rows)))
    small.putdata([one for row in rows for one in row])
    return small.resize((small.width * scale, small.height * scale), Image.Resampling.NEAREST)


def ink_at(cells: Cells, x: int, y: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The colour of a cell's upper half and of its lower half."""
    at = y * cells.width + x
    ink, behind = tuple(cells.inks[6 * at : 6 * at + 3]), tuple(cells.inks[6 * at + 3 : 6 * at + 6])
    return (ink, behind) if cells.glyphs[at] == UPPER else (behind, behind)


def near(one: tuple[int, ...], other: tuple[int, ...], by: int = 50) -> bool:
    return all(abs(a - b) <= by for a, b in zip(one, other, strict=True))


def test_a_cell_is_two_pixels() -> None:
    cells = draw(picture([RED, BLUE], [GREEN, WHITE]), Shape(2, 1))
    assert (cells.width, cells.height) == (2, 1)
    for x, column in enumerate(((RED, GREEN), (BLUE, WHITE))):
        upper, lower = ink_at(cells, x, 0)
        assert near(upper, column[0]), (x, upper)
        assert near(lower, column[1]), (x, lower)


def test_a_flat_picture_is_blanks_of_one_colour() -> None:
    cells = draw(Image.new("RGB", (64, 36), RED), Shape(16, 5))
    assert set(cells.glyphs) == {0}
    rows = strips(cells, BASE)
    assert [row.text for row in rows] == [" " * 16] * 5
    (only,) = rows[0]
    assert only.style is not None
    assert only.style.color is None
    assert only.style.bgcolor is not None
    assert only.style.bgcolor.triplet == RED


@pytest.mark.parametrize("grain", IN_CELLS)
def test_a_tall_picture_stands_in_the_middle_and_what_lies_behind_shows_beside_it(grain: Grain) -> None:
    cells = draw(Image.new("RGB", (40, 80), WHITE), Shape(20, 5, grain))
    assert cells.sound
    row = cells.glyphs[2 * 20 : 3 * 20]
    clear = [one == CLEAR for one in row]
    if grain is not Grain.SHADES:
        assert clear.count(False) == (6 if grain is Grain.QUARTERS else 5)  # in quarters, half a cell at each side
        assert clear.index(False) in (7, 8)
    painted = strip(cells, 2, BASE)
    assert painted.cell_length == 20
    first = next(iter(painted))
    assert first.style is not None
    assert first.style.bgcolor == BASE.bgcolor


def test_half_a_line_is_left_clear_above_and_below_a_wide_picture() -> None:
    cells = draw(Image.new("RGB", (90, 10), RED), Shape(9, 3))  # 9 x 1 halves in 9 x 6
    rows = [cells.glyphs[y * 9 : (y + 1) * 9] for y in range(3)]
    assert set(rows[0]) == {CLEAR}
    assert set(rows[1]) in ({CLEAR | UPPER}, {CLEAR | LOWER})
    segment = next(iter(strip(cells, 1, BASE)))
    assert segment.style is not None
    assert segment.style.color is not None
    assert segment.style.color.triplet == RED
    assert segment.style.bgcolor == BASE.bgcolor


def test_a_picture_of_nearly_the_boxs_shape_fills_it() -> None:
    spot = place(1280, 720, Shape(16, 5))
    assert (spot.left, spot.top, spot.width, spot.height) == (0, 0, 16, 10)
    assert spot.box[1] == 0
    assert spot.box[3] == 720
    assert 0 < spot.box[0] < 100


def test_crop_fills_the_box_from_the_middle() -> None:
    spot = place(100, 400, Shape(10, 5, crop=True))
    assert (spot.width, spot.height) == (10, 10)
    assert spot.box == (0, 150, 100, 250)


@given(
    st.integers(1, 5000),
    st.integers(1, 5000),
    st.integers(1, 300),
    st.integers(1, 100),
    st.sampled_from([*IN_CELLS, Grain.PIXELS]),
    st.booleans(),
)
def test_a_placement_is_inside_the_grid_and_the_picture(
    width: int, height: int, across: int, down: int, grain: Grain, crop: bool
) -> None:
    shape = Shape(across, down, grain, crop)
    spot = place(width, height, shape)
    grid = shape.grid
    assert spot.width >= 1
    assert spot.height >= 1
    assert 0 <= spot.left <= spot.left + spot.width <= grid[0]
    assert 0 <= spot.top <= spot.top + spot.height <= grid[1]
    left, top, right, bottom = spot.box
    assert 0 <= left < right <= width + 1e-6
    assert 0 <= top < bottom <= height + 1e-6


def test_quarters_keep_an_edge_that_halves_blur() -> None:
    # One cell, its left half light and its right half dark: halves can only mix them.
    image = picture([WHITE, RED], [WHITE, RED])
    assert draw(image, Shape(1, 1, Grain.HALVES, crop=True)).glyphs == bytes([0])
    cells = draw(image, Shape(1, 1, Grain.QUARTERS, crop=True))
    assert GLYPHS[cells.glyphs[0]] in "▌▐"
    inks = {tuple(cells.inks[:3]), tuple(cells.inks[3:])}
    assert any(near(one, WHITE) for one in inks)
    assert any(near(one, RED) for one in inks)


def test_quarters_leave_smooth_parts_to_halves() -> None:
    image = Image.linear_gradient("L").convert("RGB")  # dark above, light below
    cells = draw(image, Shape(20, 10, Grain.QUARTERS, crop=True))
    assert set(cells.glyphs) <= {0, UPPER}


def test_sixteen_colours_name_the_terminals_own() -> None:
    cells = draw(Image.new("RGB", (40, 20), (205, 0, 0)), Shape(4, 1, Grain.SIXTEEN))
    assert cells.inks == bytes([1, 1] * 4)
    written = strip(cells, 0, BASE).render(Console(color_system="truecolor", force_terminal=True))
    assert written == "\x1b[41m    \x1b[0m"


def test_sixteen_colours_mix_by_shades_not_by_noise() -> None:
    cells = draw(Image.new("RGB", (40, 20), (100, 0, 0)), Shape(4, 1, Grain.SIXTEEN))  # half of the terminal's red
    assert len(set(cells.glyphs)) == 1
    assert GLYPHS[cells.glyphs[0]] in "░▒▓"
    assert set(cells.inks) == {0, 1}


def test_without_colours_light_parts_are_full_and_dark_ones_blank() -> None:
    rows = strips(draw(picture([WHITE, (0, 0, 0)]), Shape(4, 1, Grain.SHADES)), BASE)
    assert rows[0].text == "██  "
    assert all(segment.style == BASE for segment in rows[0])


def test_neighbours_that_look_the_same_share_a_segment() -> None:
    image = Image.new("RGB", (160, 80))
    image.putdata([(100 + x % 3, 100, 100) for _ in range(80) for x in range(160)])
    assert len(list(strip(draw(image, Shape(80, 20, crop=True)), 3, BASE))) == 1


@pytest.mark.parametrize("grain", IN_CELLS)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_drawing_is_sound_and_paints_its_width(grain: Grain, seed: int) -> None:
    import random

    chance = random.Random(seed)
    width, height = chance.randint(1, 40), chance.randint(1, 40)
    image = Image.frombytes("RGB", (width, height), chance.randbytes(3 * width * height))
    shape = Shape(chance.randint(1, 30), chance.randint(1, 12), grain, chance.random() < 0.5)
    cells = draw(image, shape)
    assert cells.sound
    assert (cells.width, cells.height, cells.grain) == (shape.width, shape.height, grain)
    for row in strips(cells, BASE):
        assert row.cell_length == shape.width
        assert len(row.text) == shape.width
        assert set(row.text) <= set(GLYPHS)


def test_a_glyph_never_shows_in_a_colour_nobody_chose() -> None:
    """A segment without a colour for its ink is blank: the terminal's own would stand out as a spot."""
    odd = strip(Cells(2, 1, Grain.HALVES, bytes([UPPER, 0]), bytes([9] * 12)), 0, BASE)
    assert odd.text == "  "
    noise = Image.effect_noise((320, 180), 12).convert("RGB")
    for grain in (Grain.HALVES, Grain.QUARTERS):
        for row in strips(draw(noise, Shape(40, 12, grain)), BASE):
            for segment in row:
                assert segment.style is not None
                assert segment.style.color is not None or not segment.text.strip()


def test_cells_that_do_not_hold_what_they_say_are_unsound() -> None:
    good = draw(Image.new("RGB", (8, 8), RED), Shape(2, 2))
    assert good.sound
    for bad in (
        Cells(2, 2, Grain.HALVES, good.glyphs[:-1], good.inks),
        Cells(2, 2, Grain.HALVES, good.glyphs, good.inks[:-1]),
        Cells(0, 2, Grain.HALVES, b"", b""),
        Cells(2, 2, Grain.HALVES, bytes([63] * 4), good.inks),
        Cells(2, 2, Grain.PIXELS, b"", good.inks[:5]),
    ):
        assert not bad.sound, bad


def test_pixels_are_the_size_of_the_picture() -> None:
    cells = draw(Image.new("RGB", (400, 100), RED), Shape(200, 200, Grain.PIXELS))
    assert (cells.width, cells.height) == (200, 50)
    assert cells.sound
    assert Image.frombytes("RGB", (200, 50), cells.inks).getpixel((100, 25)) == RED
    with pytest.raises(ValueError):
        strips(cells, BASE)


def test_a_reference_knows_a_sha256_from_a_files_marks(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    assert PictureRef.of_file(path).key == ""
    data = io.BytesIO()
    Image.new("RGB", (8, 8)).save(data, "PNG")
    path.write_bytes(data.getvalue())
    sha = hashlib.sha256(data.getvalue()).hexdigest()
    assert PictureRef.of_receipt(path, sha).sha256 == sha
    by_marks = PictureRef.of_file(path)
    assert by_marks.sha256 == ""
    assert by_marks.key == mark_of(path) != ""


def test_a_cell_that_hardly_changed_keeps_its_colours() -> None:
    before = Cells(2, 1, Grain.HALVES, bytes([UPPER, UPPER]), bytes([10] * 12))
    now = Cells(2, 1, Grain.HALVES, bytes([UPPER, UPPER]), bytes([14] * 6 + [90] * 6))
    assert steady(before, now).inks == bytes([10] * 6 + [90] * 6)
    other = Cells(1, 1, Grain.HALVES, bytes([UPPER]), bytes([14] * 6))
    assert steady(before, other) == other


@given(st.integers(0, 30), st.integers(0, 200), st.integers(0, 60), st.integers(0, 1))
def test_a_contact_sheets_places_do_not_overlap(count: int, width: int, height: int, below: int) -> None:
    spots = lay_out(count, width, height, below=below)
    taken: set[tuple[int, int]] = set()
    for spot in spots:
        cells = {
            (x, y)
            for x in range(spot.left, spot.left + spot.width)
            for y in range(spot.top, spot.top + spot.height + below)
        }
        assert cells
        assert not cells & taken
        assert all(x < width and y < height for x, y in cells)
        taken |= cells


def test_a_contact_sheet_uses_the_room() -> None:
    assert len({spot.top for spot in lay_out(4, 80, 6)}) == 1  # side by side where it is low
    assert len({spot.left for spot in lay_out(4, 20, 30)}) == 1  # one below the other where it is narrow
    assert len(lay_out(4, 80, 24)) == 4
    assert len(lay_out(24, 20, 6)) < 24  # those that find no room are left out, not squeezed
