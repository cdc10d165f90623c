"""The desk with very much to show: every row is reached, and moving draws and paints only what it must."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from textual.geometry import Region

from core.folder import layout
from core.folder.snapshot import read_snapshot
from reeltui.screens.reel import ReelScreen
from reeltui.widgets.board import Board
from reeltui.widgets.rows import Rows
from tests.desk_driving import Seat, at_desk, toy_engine
from tests.stage import TINY, new_reel, play
from tests.toys import toy_plan

REELS = 1000
SHOTS, TAKES = 24, 72


class Watch:
    """Watches a list: the keys of the rows that are drawn, and the regions that are painted (None: all of it)."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.drawn: list[str] = []
        self.painted: list[Region | None] = []
        self.reached: set[str] = set()
        draw, refresh = rows._draw, rows.refresh

        def drawing(key: str, width: int) -> object:
            self.drawn.append(key)
            return draw(key, width)

        def refreshing(*regions: Region, **options: bool) -> object:
            self.painted += regions or [None]
            return refresh(*regions, **options)

        rows._draw = drawing  # type: ignore[assignment]
        rows.refresh = refreshing  # type: ignore[assignment,method-assign]

    def seen(self) -> set[str]:
        """Return the rows that are in sight now, also in part."""
        return {self.rows.keys[place] for place in self.rows._in_sight()}

    async def moves(self, seat: Seat, key: str) -> None:
        """Press a key; nothing may be drawn but what is or was in sight, or painted but the rows the cursor touches."""
        before, at, top = self.seen(), self.rows.cursor, self.rows.scroll_offset.y
        self.drawn.clear()
        self.painted.clear()
        await seat.press(key)
        await seat.until(lambda: bool(self.rows.cursor in self.seen()), "the cursor in sight")
        after = self.seen()
        assert set(self.drawn) <= before | after
        if self.rows.scroll_offset.y == top:
            touched = {at, self.rows.cursor}
            height = self.rows._height
            lines = {
                self.rows.keys.index(one) * height - int(top) + inner for one in touched for inner in range(height)
            }
            for region in self.painted:
                assert region is not None, "all of the list was painted for a step of the cursor"
                assert set(range(region.y, region.bottom)) <= lines, (region, lines)
        self.reached |= after

    async def both_ways(self, seat: Seat, down: str, up: str) -> None:
        """Go from the top to the bottom and back."""
        for key, last in ((down, self.rows.keys[-1]), (up, self.rows.keys[0])):
            self.reached = self.seen()
            for _ in self.rows.keys:
                if self.rows.cursor == last:
                    break
                await self.moves(seat, key)
            assert self.rows.cursor == last
            assert self.reached == set(self.rows.keys)


def test_a_library_of_a_thousand_reels(library: Path) -> None:
    text = (new_reel(library, TINY, sentence="a boat") / layout.REEL_FILE).read_text()
    for number in range(1, REELS):
        root = library / f"boat-{number}"
        root.mkdir()
        (root / layout.REEL_FILE).write_text(text.replace('"boat"', f'"{root.name}"'))

    async def story(seat: Seat) -> None:
        await seat.sees(f"{REELS} reels")
        screen = seat.desk.screen
        rows = screen.query_one("#reels", Rows)
        await seat.until(lambda: len(rows.keys) == REELS)
        await seat.press("home")
        watch = Watch(rows)
        await watch.both_ways(seat, "pagedown", "pageup")
        watch.drawn.clear()
        for key in ("down",) * 12 + ("up",) * 12:
            await watch.moves(seat, key)
        await seat.press("end")
        await seat.until(lambda: rows.cursor in {key for key, _ in rows.seen()})
        assert "broken" not in seat.text

    at_desk(library, story)


@pytest.mark.slow
def test_a_reel_of_two_dozen_shots_with_three_takes_each(library: Path) -> None:
    toy_engine()
    plan = toy_plan(SHOTS)
    shots = [msgspec.structs.replace(shot, prompt=f"{shot.prompt} [fail*2 OBJECT_MORPHING]") for shot in plan.shots]
    plan = msgspec.structs.replace(plan, shots=tuple(shots))
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy", shots=SHOTS), plan)
    assert play(root)[0] == "done"
    assert sum(len(takes) for takes in read_snapshot(root).takes.values()) == TAKES

    async def story(seat: Seat) -> None:
        seat.desk.push_screen(ReelScreen(root))
        await seat.sees("Line number 0.")
        board = seat.desk.screen.query_one("#shots", Board)
        await seat.until(lambda: len(board.keys) == SHOTS)
        watch = Watch(board)
        # Pictures come later, and paint their rows: they are there when the list was gone through once.
        for key in ("pagedown",) * SHOTS + ("home",):
            await seat.press(key)
        await seat.until(lambda: "…" not in {str(seat.desk.screen.picture(key, 14, 4)) for key in board.keys})  # type: ignore[attr-defined]
        await watch.both_ways(seat, "down", "up")
        await seat.press("end", "enter")
        await seat.sees(f"shot {SHOTS - 1}", "take 3")
        await seat.press("escape")
        await seat.sees("Line number")
        assert board.cursor == board.keys[-1]

    at_desk(library, story)
