"""A picture in pixels becomes cells. Scaling is Pillow's, the choice of glyphs and inks is plain Python."""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING

from reeltui.pictures.cells import CLEAR, DARK, FULL, LIGHT, LOWER, MEDIUM, UPPER, Cells, Grain, Placement, Shape, place

if TYPE_CHECKING:
    from PIL import Image

Pixel = tuple[int, int, int]
Mix = tuple[tuple[int, int, int], Pixel]  # glyph, ink and what is behind it; what that looks like

# Neighbours this near (of 255) share an ink: nobody sees it, and a third of the bytes to the terminal are saved.
_NEAR = 4
# Quarters are tried where pixels side by side differ by more, and taken where they halve what halves get wrong:
# in smooth parts they would only tear the colours' runs.
_EDGE = 24
_WORTH = 0.5

# xterm's; a terminal's own sixteen may differ, but stay in the same order of light and hue.
_SIXTEEN = bytes.fromhex(
    "000000cd000000cd00cdcd000000eecd00cd00cdcde5e5e57f7f7fff000000ff00ffff005c5cffff00ff00ffffffffff"
)


def draw(image: Image.Image, shape: Shape) -> Cells:
    """Return an RGB picture as cells of a shape."""
    spot = place(image.width, image.height, shape)
    small = _scaled(image, spot)
    if shape.grain is Grain.PIXELS:
        return Cells(spot.width, spot.height, shape.grain, b"", small.tobytes())
    if shape.grain is Grain.QUARTERS:
        return _quarters(small, spot, shape)
    if shape.grain is Grain.SIXTEEN:
        return _sixteen(small, spot, shape)
    if shape.grain is Grain.SHADES:
        return _shades(small, spot, shape)
    return _halves(small, spot, shape)


def _scaled(image: Image.Image, spot: Placement) -> Image.Image:
    from PIL import Image  # not at the app's start

    # A windowed sinc, not the plain mean: at sixteen cells across it keeps edges that the mean washes out.
    return image.resize((spot.width, spot.height), Image.Resampling.LANCZOS, box=spot.box, reducing_gap=3.0)


def _on_grid(small: Image.Image, spot: Placement, shape: Shape) -> Image.Image:
    from PIL import Image

    grid = Image.new(small.mode, shape.grid)
    grid.paste(small, (spot.left, spot.top))
    return grid


def _rows(small: Image.Image, spot: Placement, shape: Shape) -> list[list[Pixel | None]]:
    """Return the grid's pixels row by row, None where the picture is not."""
    data = small.tobytes()
    across, down = shape.grid
    blank: list[Pixel | None] = [None] * across
    rows = [blank] * down
    for y in range(spot.height):
        at = y * spot.width * 3
        line = iter(data[at : at + spot.width * 3])
        row = blank.copy()
        row[spot.left : spot.left + spot.width] = zip(line, line, line, strict=True)
        rows[spot.top + y] = row
    return rows


class _Ink:
    """Collects cells and lets neighbours that look the same share one ink."""

    def __init__(self) -> None:
        self.glyphs = bytearray()
        self.inks = bytearray()
        self._last: tuple[Pixel, Pixel] = ((0, 0, 0), (0, 0, 0))

    def two(self, glyph: int, ink: Pixel, behind: Pixel) -> None:
        """Add a cell of two colours."""
        last_ink, last_behind = self._last
        if _near(ink, behind):
            # One colour: a blank of it, which needs half the bytes. It may go on with the colour behind the last one.
            glyph, ink = 0, behind
            if _near(behind, last_behind):
                ink, behind = last_ink, last_behind
        elif _near(ink, last_ink) and _near(behind, last_behind):
            ink, behind = last_ink, last_behind
        self._last = ink, behind
        self._add(glyph if ink != behind else 0, ink, behind)

    def over(self, glyph: int, ink: Pixel) -> None:
        """Add a cell through which what lies behind the picture shows."""
        self._add(glyph | CLEAR, ink, ink)

    def _add(self, glyph: int, ink: Pixel, behind: Pixel) -> None:
        self.glyphs.append(glyph)
        self.inks += bytes(ink)
        self.inks += bytes(behind)

    def cells(self, shape: Shape) -> Cells:
        """Return what was collected."""
        return Cells(shape.width, shape.height, shape.grain, bytes(self.glyphs), bytes(self.inks))


def _near(one: Pixel, other: Pixel) -> bool:
    return (
        -_NEAR <= one[0] - other[0] <= _NEAR
        and -_NEAR <= one[1] - other[1] <= _NEAR
        and -_NEAR <= one[2] - other[2] <= _NEAR
    )


def _halves(small: Image.Image, spot: Placement, shape: Shape) -> Cells:
    rows, found = _rows(small, spot, shape), _Ink()
    for y in range(shape.height):
        for upper, lower in zip(rows[2 * y], rows[2 * y + 1], strict=True):
            _half(found, upper, lower)
    return found.cells(shape)


def _half(found: _Ink, upper: Pixel | None, lower: Pixel | None) -> None:
    if upper is not None and lower is not None:
        found.two(UPPER, upper, lower)
    elif upper is not None:
        found.over(UPPER, upper)
    elif lower is not None:
        found.over(LOWER, lower)
    else:
        found.over(0, (0, 0, 0))


# --- quarters ----------------------------------------------------------------------------------------------------

# The ways to part four quarters in two: glyph, the quarters of its ink, the others. Halves come first.
_PARTS = tuple(
    (glyph, tuple(i for i in range(4) if glyph >> i & 1), tuple(i for i in range(4) if not glyph >> i & 1))
    for glyph in (UPPER, 5, 9, 1, 2, 4, 8)
)


def _quarters(small: Image.Image, spot: Placement, shape: Shape) -> Cells:
    rows, found = _rows(small, spot, shape), _Ink()
    for y in range(shape.height):
        upper, lower = rows[2 * y], rows[2 * y + 1]
        for x in range(0, 2 * shape.width, 2):
            _quarter(found, (upper[x], upper[x + 1], lower[x], lower[x + 1]))
    return found.cells(shape)


def _quarter(found: _Ink, four: tuple[Pixel | None, ...]) -> None:
    inked = [one for one in four if one is not None]
    if len(inked) < 4:
        found.over(sum(1 << i for i, one in enumerate(four) if one is not None), _mean(inked))
    elif _apart(inked[0], inked[1]) <= _EDGE and _apart(inked[2], inked[3]) <= _EDGE:
        found.two(UPPER, _mean(inked[:2]), _mean(inked[2:]))
    else:
        glyph, ink, behind = _best_parts(inked)
        found.two(glyph, _mean([inked[i] for i in ink]), _mean([inked[i] for i in behind]))


def _best_parts(four: list[Pixel]) -> tuple[int, tuple[int, ...], tuple[int, ...]]:
    squares = sum(value * value for one in four for value in one)

    def missed(parts: tuple[int, tuple[int, ...], tuple[int, ...]]) -> float:
        # What two means get wrong: the sum of squares less what the means take of it.
        taken = 0.0
        for part in parts[1:]:
            for channel in range(3):
                total = sum(four[i][channel] for i in part)
                taken += total * total / len(part)
        return squares - taken

    best = min(_PARTS, key=missed)
    return best if missed(best) <= _WORTH * missed(_PARTS[0]) else _PARTS[0]


def _apart(one: Pixel, other: Pixel) -> int:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]), abs(one[2] - other[2]))


def _mean(pixels: list[Pixel]) -> Pixel:
    many = len(pixels)
    if not many:
        return 0, 0, 0
    red, green, blue = (sum(channel) // many for channel in zip(*pixels, strict=True))
    return red, green, blue


# --- few colours -------------------------------------------------------------------------------------------------


@cache
def _mixes() -> tuple[Mix, ...]:
    """Return 256 colours that a cell can show of sixteen: (glyph, ink, behind) and the mean.

    The sixteen themselves, then shades of two; of those the ones that jar least, for a shade of red and cyan is no grey
    to the eye.
    """
    plain = [_sixteenth(number) for number in range(16)]
    shades: list[tuple[int, Mix]] = []
    for ink, behind in permutations(range(16), 2):
        one, other = plain[ink], plain[behind]
        shades.append((_jar(one, other), ((LIGHT, ink, behind), _mean([one, other, other, other]))))
        if ink > behind:  # the other way round it is the same
            shades.append((_jar(one, other), ((MEDIUM, ink, behind), _mean([one, other]))))
    shades.sort()
    solid = tuple(((0, number, number), plain[number]) for number in range(16))
    return solid + tuple(mix for _, mix in shades[:240])


def _sixteenth(number: int) -> Pixel:
    red, green, blue = _SIXTEEN[3 * number : 3 * number + 3]
    return red, green, blue


def _jar(one: Pixel, other: Pixel) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _palette(colours: bytes) -> Image.Image:
    from PIL import Image

    found = Image.new("P", (1, 1))
    found.putpalette(colours + colours[:3] * (256 - len(colours) // 3))
    return found


def _sixteen(small: Image.Image, spot: Placement, shape: Shape) -> Cells:
    """Each cell is a shade of two colours, or two halves where an edge runs between them.

    Dots of single colours spread over the picture (dithering) are noise at this size; shades keep the tones.
    """
    from PIL import Image

    grid = _on_grid(small, spot, shape)
    mixes = _mixes()
    none = Image.Dither.NONE
    whole = grid.resize((shape.width, shape.height), Image.Resampling.BOX)
    mixed = whole.quantize(palette=_palette(b"".join(bytes(mean) for _, mean in mixes)), dither=none).tobytes()
    flat = grid.quantize(palette=_palette(_SIXTEEN), dither=none).tobytes()  # past 15 stands for 0
    pixels = _rows(small, spot, shape)
    glyphs, inks = bytearray(), bytearray()
    for y in range(shape.height):
        for x in range(shape.width):
            upper, lower = pixels[2 * y][x], pixels[2 * y + 1][x]
            (glyph, ink, behind), mean = mixes[mixed[y * shape.width + x]]
            above, below = (number if (number := flat[(2 * y + i) * shape.width + x]) < 16 else 0 for i in (0, 1))
            if upper is None or lower is None:
                glyph = CLEAR | (UPPER if upper else LOWER if lower else 0)
                ink = behind = above if upper else below
            elif _jar(upper, _sixteenth(above)) + _jar(lower, _sixteenth(below)) < _jar(upper, mean) + _jar(
                lower, mean
            ):
                glyph, ink, behind = (UPPER, above, below) if above != below else (0, above, above)
            glyphs.append(glyph)
            inks += bytes((ink, behind))
    return Cells(shape.width, shape.height, shape.grain, bytes(glyphs), bytes(inks))


# A cell without colours: its glyph, and how light its upper and lower half are (of 255), on a dark ground.
_TONES = ((0, 0, 0), (LIGHT, 64, 64), (MEDIUM, 128, 128), (DARK, 191, 191), (FULL, 255, 255))
_TONES_OF_HALVES = (*_TONES, (UPPER, 255, 0), (LOWER, 0, 255))


def _shades(small: Image.Image, spot: Placement, shape: Shape) -> Cells:
    from PIL import ImageOps

    # Five tones are few: all of them are used, from the darkest part to the lightest.
    grey = _on_grid(ImageOps.autocontrast(small.convert("L"), cutoff=1), spot, shape).tobytes()
    known: dict[tuple[int, int], int] = {}
    glyphs = bytearray()
    for y in range(shape.height):
        for x in range(shape.width):
            halves = grey[2 * y * shape.width + x], grey[(2 * y + 1) * shape.width + x]
            if halves not in known:
                upper, lower = halves
                known[halves] = min(_TONES_OF_HALVES, key=lambda one: abs(one[1] - upper) + abs(one[2] - lower))[0]
            glyphs.append(known[halves] | CLEAR)
    return Cells(shape.width, shape.height, shape.grain, bytes(glyphs), b"")
