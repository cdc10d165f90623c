"""Several pictures in one grid: how many across, and where each goes. Pure."""

from __future__ import annotations

import msgspec

ASPECT = 16 / 9
_GAP = 1  # cells between pictures side by side; between rows the caption, or nothing, keeps them apart


class Spot(msgspec.Struct, frozen=True):
    """Where a picture of a contact sheet goes, in cells, without its caption."""

    left: int
    top: int
    width: int
    height: int


def lay_out(
    count: int, width: int, height: int, *, aspect: float = ASPECT, least: int = 8, below: int = 0
) -> tuple[Spot, ...]:
    """Return where `count` pictures of one aspect go in `width` x `height` cells, as large as they can be.

    `below` are the lines each needs for its caption. Those for which there is no room, at `least` cells across, are
    left out at the end.
    """
    best: tuple[Spot, ...] = ()
    for columns in range(1, count + 1):
        across = (width - _GAP * (columns - 1)) // columns
        if across < min(least, width) or across < 1:
            break
        rows = -(-count // columns)
        # Lower and narrower, so that every row fits; but not below what can be recognised.
        down = min(round(across / 2 / aspect), height // rows - below)
        down = max(down, round(min(least, across) / 2 / aspect), 1)
        wide = min(across, max(1, round(down * 2 * aspect)))
        rows = min(rows, height // (down + below))
        spots = tuple(
            Spot((i % columns) * (wide + _GAP), (i // columns) * (down + below), wide, down)
            for i in range(min(count, rows * columns))
        )
        if _worth(spots) > _worth(best):
            best = spots
    return best


def _worth(spots: tuple[Spot, ...]) -> tuple[int, int]:
    return len(spots), sum(spot.width * spot.height for spot in spots)
