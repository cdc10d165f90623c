"""The list with a cursor: moving, keeping the cursor, painting only what changed; sheets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from textual.app import App, ComposeResult
from textual.geometry import Size
from textual.pilot import Pilot

from reeltui.lines import Line, Tone, line, span
from reeltui.themes import first_theme
from reeltui.widgets.rows import Rows
from reeltui.widgets.sheet import Sheet
from tests.desk_driving import text_of


class ListApp(App[None]):
    """A list of words and a sheet."""

    def __init__(self, keys: Sequence[str], height: int = 1) -> None:
        super().__init__()
        self.shown = keys
        self.height = height
        self.drawn: list[str] = []
        self.told: list[str] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return first_theme("", "truecolor")[0].painted()

    def compose(self) -> ComposeResult:
        yield Sheet(lambda width: [line(span("head", Tone.STRONG))], id="sheet")
        yield Rows(self.draw, height=self.height, empty=[line("nothing")])

    def draw(self, key: str, width: int) -> list[Line]:
        self.drawn.append(key)
        return [line(f"<{key}>"), line("second")]

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        self.told.append(event.key)

    def on_mount(self) -> None:
        rows = self.query_one(Rows)
        rows.focus()
        rows.show(self.shown)


def play(keys: Sequence[str], story: Callable[[ListApp, Rows, Pilot[None]], Awaitable[None]], height: int = 1) -> None:
    async def run() -> None:
        app = ListApp(keys, height)
        async with app.run_test(size=(40, 12)) as pilot:
            await pilot.pause()
            await story(app, app.query_one(Rows), pilot)

    asyncio.run(run())


MANY = [f"k{number}" for number in range(100)]


def test_keys_and_vim_keys_move_and_the_cursor_stays_in_sight() -> None:
    async def story(app: ListApp, rows: Rows, pilot: Pilot[None]) -> None:
        await pilot.press("j", "down", "j", "k")
        assert rows.cursor == "k2"
        await pilot.press("G")
        await pilot.pause()
        assert rows.cursor == "k99"
        assert "<k99>" in text_of(app)
        await pilot.press("j", "home", "up")
        await pilot.pause()
        assert rows.cursor == "k0"
        assert "<k0>" in text_of(app)
        await pilot.press("pagedown")
        assert rows.cursor == "k10"
        assert app.told[:4] == ["k0", "k1", "k2", "k3"]

    play(MANY, story)


def test_moving_draws_only_the_rows_it_touches() -> None:
    async def story(app: ListApp, rows: Rows, pilot: Pilot[None]) -> None:
        await pilot.pause()
        app.drawn.clear()
        await pilot.press("j")
        await pilot.pause()
        assert set(app.drawn) <= {"k0", "k1"}
        app.drawn.clear()
        await pilot.press("k")
        await pilot.pause()
        assert app.drawn == [], "both were painted before"

    play(MANY, story)


def test_a_list_of_a_hundred_thousand_draws_only_what_is_seen() -> None:
    async def story(app: ListApp, rows: Rows, pilot: Pilot[None]) -> None:
        assert len(set(app.drawn)) <= 12

    play([str(number) for number in range(100_000)], story)


def test_the_cursor_stays_on_its_key_while_rows_come_and_go() -> None:
    async def story(app: ListApp, rows: Rows, pilot: Pilot[None]) -> None:
        rows.go_to("c")
        rows.show(["new", "a", "c", "b"])
        assert rows.cursor == "c"
        rows.show(["new", "a", "b"])
        assert rows.cursor == "b", "where it was"
        rows.show(["x"])
        assert rows.cursor == "x"
        rows.show([])
        assert rows.cursor == ""
        await pilot.pause()
        assert "nothing" in text_of(app)
        await pilot.press("j")
        rows.show(["p", "q"], cursor="q")
        assert rows.cursor == "q"

    play(["a", "b", "c"], story)


def test_changed_rows_are_drawn_again_and_others_are_not() -> None:
    async def story(app: ListApp, rows: Rows, pilot: Pilot[None]) -> None:
        app.drawn.clear()
        rows.show(["a", "b", "c"], changed=["b"])
        await pilot.pause()
        assert app.drawn == ["b"]

    play(["a", "b", "c"], story)


def test_rows_of_several_lines_and_the_mouse() -> None:
    async def story(app: ListApp, rows: Rows, pilot: Pilot[None]) -> None:
        assert text_of(app).split()[:5] == ["head", "<a>", "second", "<b>", "second"]
        await pilot.click(Rows, offset=(3, 3))
        assert rows.cursor == "b"
        rows.set_height(1)
        await pilot.pause()
        assert text_of(app).split()[:3] == ["head", "<a>", "<b>"]

    play(["a", "b"], story, height=2)


def test_a_sheet_paints_only_where_its_lines_changed() -> None:
    async def story(app: ListApp, rows: Rows, pilot: Pilot[None]) -> None:
        sheet = app.query_one("#sheet", Sheet)
        painted: list[object] = []
        refresh = sheet.refresh
        sheet.refresh = lambda *args, **options: (painted.append(args), refresh(*args, **options))[1]  # type: ignore[method-assign]
        sheet.show(lambda width: [line(span("head", Tone.STRONG))])
        assert painted == []
        sheet.show(lambda width: [line("other"), line("second line")])
        await pilot.pause()
        assert painted
        assert text_of(app).split()[:3] == ["other", "second", "line"]

    play(["a"], story)


class Late(Sheet):
    """A sheet that has more to show the moment after a layout asked for its height."""

    more = True

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        height = super().get_content_height(container, viewport, width)
        if self.more:
            self.more = False
            self.show(lambda width: [line("one"), line("two")])
        return height


def test_a_sheet_that_gets_lines_while_it_is_laid_out_is_as_high_as_them() -> None:
    class LateApp(ListApp):
        def compose(self) -> ComposeResult:
            yield Late()
            yield Rows(self.draw)

    async def play() -> None:
        app = LateApp(["a"])
        async with app.run_test() as pilot:
            sheet = app.query_one(Late)
            for _ in range(100):
                await pilot.pause(0.02)
                if sheet.size.height == 2:
                    return
            raise AssertionError(f"it is {sheet.size.height} lines high")

    asyncio.run(play())
