"""Screens are laid out and painted once, only what is seen of them is, and it is what textual would paint."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, Compositor
from textual.app import App, ComposeResult
from textual.containers import Container, Vertical
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from reeltui.lines import Span, Tone, line, span
from reeltui.painting import Dialog, Painted, Seen, make_strips_light
from reeltui.screens.reel import ReelScreen
from reeltui.tidy import EVERY, REST, Tidy, seconds_until_rest
from reeltui.widgets.sheet import Sheet
from reeltui.widgets.toned import parted
from tests.desk_driving import Seat, at_desk, finished_reel

Scene = Callable[[App[None], Pilot[None]], Awaitable[None]]


def cells(strip: Strip) -> list[tuple[str, Style | None]]:
    """Return a line cell by cell."""
    return [(char, style) for text, style, _ in strip for char in text]


def visible(strip: Strip) -> list[tuple[str, object]]:
    """Return a line cell by cell; of an empty one only its ground is seen."""
    return [(char, style and style.bgcolor if char == " " else style) for char, style in cells(strip)]


def lines_of(pieces: Any) -> list[list[tuple[str, Style | None]]]:
    """Return lines of pieces cell by cell."""
    return [cells(Strip.join(line.values())) for line in pieces]


def on_stage(screen: Painted[None], scene: Scene, size: tuple[int, int] = (80, 24), css: str = "") -> None:
    """Open a screen in an app of its own."""

    class Stage(App[None]):
        CSS = css

        def get_default_screen(self) -> Painted[None]:
            return screen

    async def play() -> None:
        app = Stage()
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await scene(app, pilot)

    asyncio.run(play())


class Boxes(Painted[None]):
    """Boxes that lie over one another, some of them partly beside the screen."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.dice = random.Random(seed)

    def compose(self) -> ComposeResult:
        """Lay them out."""
        for number in range(12):
            box = Static(f"box {number} " * 40, id=f"box{number}")
            wide, high = self.dice.randint(1, 50), self.dice.randint(1, 16)
            box.styles.position = "absolute"
            box.styles.offset = self.dice.randint(-5, 75), self.dice.randint(-3, 22)
            box.styles.width, box.styles.height = wide, high
            box.styles.background = f"rgb({self.dice.randint(0, 255)},{number * 20},90)"
            box.styles.layer = self.dice.choice(("one", "two"))
            if self.dice.random() < 0.5:
                box.styles.border = ("round", "white")
            yield box

    def on_mount(self) -> None:
        """Two layers."""
        self.styles.layers = ("one", "two")  # type: ignore[assignment]


@pytest.mark.parametrize("seed", range(8))
def test_what_is_painted_is_what_textual_paints(seed: int) -> None:
    async def scene(app: App[None], pilot: Pilot[None]) -> None:
        seen, dice = app.screen._compositor, random.Random(seed)
        assert isinstance(seen, Seen)
        whole = seen.size.region
        mine = lines_of(seen._render_chops(whole, lambda y: True))
        assert mine == lines_of(Compositor._render_chops(seen, whole, lambda y: True))
        assert all(len(row) == 80 for row in mine)
        for _ in range(10):
            x, y = dice.randint(0, 70), dice.randint(0, 20)
            region = Region(x, y, dice.randint(1, 80 - x), dice.randint(1, 24 - y))
            seen._dirty_regions = {region}
            update = seen.render_partial_update()
            assert isinstance(update, ChopsUpdate)
            for row in region.line_range:
                found = {
                    at + n: cell
                    for at, strip in update.chops[row].items()
                    if strip is not None
                    for n, cell in enumerate(cells(strip))
                }
                assert [found.get(at) for at in region.column_range] == mine[row][region.x : region.right]

    on_stage(Boxes(seed), scene)


def test_nothing_changed_nothing_is_painted() -> None:
    async def scene(app: App[None], pilot: Pilot[None]) -> None:
        app.screen._compositor._dirty_regions.clear()
        assert app.screen._compositor.render_partial_update() is None

    on_stage(Boxes(0), scene)


class Counting(Vertical):
    """A container that counts how often it is painted."""

    painted = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        """Count."""
        Counting.painted += 1
        return super().render_lines(crop)


def test_what_others_lie_over_is_not_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counting, "painted", 0)

    class Covered(Painted[None]):
        def compose(self) -> ComposeResult:
            with Counting():
                yield Sheet(lambda width: [line(span("words"))] * 40)

    async def scene(app: App[None], pilot: Pilot[None]) -> None:
        assert "words" in "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert Counting.painted == 0

    on_stage(Covered(), scene, css="Counting Sheet { height: 1fr; }")


# --- once -----------------------------------------------------------------------------------------------------------


class Sized(Painted[None]):
    """A screen whose classes tell how large it is."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-wide")]  # noqa: RUF012 - as textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-tall")]  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[frozenset[str]] = []

    def compose(self) -> ComposeResult:
        """One widget."""
        yield Static("words")

    def _compositor_refresh(self) -> None:
        self.seen.append(self.classes)
        super()._compositor_refresh()


def test_a_screen_knows_its_size_before_it_is_painted() -> None:
    async def scene(app: App[None], pilot: Pilot[None]) -> None:
        screen = Sized()
        await app.push_screen(screen)
        await pilot.pause()
        assert set(screen.seen) == {frozenset({"-wide", "-tall"})}
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert screen.classes == {"-narrow", "-low"}
        assert screen.query_one(Static).region.width == 40

    on_stage(Sized(), scene)


def test_a_change_after_a_rest_is_painted_without_waiting_for_a_clock() -> None:
    """And what comes right behind it waits, so that no line gets more pictures than it was asked to."""

    async def scene(app: App[None], pilot: Pilot[None]) -> None:
        screen = app.screen
        assert isinstance(screen, Sized)
        before = len(screen.seen)
        await asyncio.sleep(0.05)
        screen._update_timer.stop()  # the clock stands still
        screen.query_one(Static).update("other words")
        await asyncio.sleep(0.02)
        assert len(screen.seen) == before + 1
        screen._painted_at += 60  # as if that had only just been
        screen.query_one(Static).update("words again")
        await asyncio.sleep(0.05)
        assert len(screen.seen) == before + 1

    on_stage(Sized(), scene)


# --- dialogs --------------------------------------------------------------------------------------------------------


class Below(Painted[None]):
    """A screen with something that can be clicked."""

    def compose(self) -> ComposeResult:
        """Two lines."""
        yield Sheet(lambda width: [line(span("below", Tone.ACCENT)), line(Span("a link", act="app.bell()"))], id="it")


class Above(Dialog[None]):
    """A small box."""

    def compose(self) -> ComposeResult:
        """In a corner."""
        with Container():
            yield Static("above")


_CLEAR = "Above { background: transparent; align: right bottom; } Above Container { width: 20; height: 3; }"


def test_below_a_dialog_the_screen_stays_and_goes_on() -> None:
    async def scene(app: App[None], pilot: Pilot[None]) -> None:
        below = app.screen
        alone = [cells(strip)[:40] for strip in below._compositor.render_strips()][:5]
        await app.push_screen(Above())
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        text = "\n".join(strip.text for strip in strips)
        assert "below" in text
        assert "above" in text
        seen = [[(char, style and style.clear_meta_and_links()) for char, style in row] for row in alone]
        assert [cells(strip)[:40] for strip in strips][:5] == seen, "as it was, but for links"
        assert not any(style and style.meta for strip in strips for _, style in cells(strip)[:40])
        below.query_one(Sheet).show(lambda width: [line(span("changed"))])
        await pilot.pause(0.1)
        assert "changed" in "\n".join(strip.text for strip in app.screen._compositor.render_strips())

    on_stage(Below(), scene, css=_CLEAR)


def test_a_dialog_over_a_dialog_shows_both() -> None:
    async def scene(app: App[None], pilot: Pilot[None]) -> None:
        await app.push_screen(Above())
        second = Above()
        second.styles.align = ("left", "bottom")
        await app.push_screen(second)
        await pilot.pause()
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "below" in text
        assert text.count("above") == 2

    on_stage(Below(), scene, css=_CLEAR)


def test_a_dialog_with_a_ground_of_its_own_hides_what_is_below() -> None:
    async def scene(app: App[None], pilot: Pilot[None]) -> None:
        await app.push_screen(Above())
        await pilot.pause()
        text = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "below" not in text
        assert "above" in text

    on_stage(Below(), scene, css="Above { background: black; }")


def test_every_screen_and_dialog_of_the_desk_is_painted_so(tmp_path: Path) -> None:
    finished_reel(tmp_path / "library")

    async def story(seat: Seat) -> None:
        kinds = set()
        for keys in (("question_mark",), ("escape", "n"), ("escape", "t"), ("escape", "enter"), ("enter",)):
            await seat.press(*keys)
            await seat.pilot.pause(0.2)
            kinds |= {type(screen) for screen in seat.desk.screen_stack}
        assert len(kinds) >= 5
        assert not [kind for kind in kinds if not issubclass(kind, Painted)]

    at_desk(tmp_path / "library", story)


# --- lines ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("css", ["", "#it { padding: 0 2; }", "#it { border: round red; }", "#it { opacity: 50%; }"])
def test_a_line_is_the_same_with_and_without_textuals_way(css: str) -> None:
    async def scene(app: App[None], pilot: Pilot[None]) -> None:
        sheet = app.screen.query_one(Sheet)
        crop = Region(0, 0, *sheet.region.size)
        assert sheet._stands_alone() == (css == "")
        for region in (crop, crop.shrink((0, 3, 0, 2))):
            mine = sheet.render_lines(region)
            sheet._styles_cache.clear()
            theirs = Widget.render_lines(sheet, region)
            assert [visible(strip) for strip in mine] == [visible(strip) for strip in theirs]

    on_stage(Below(), scene, css=css)


def test_a_line_is_parted_at_any_two_cells() -> None:
    dice = random.Random(3)
    for _ in range(300):
        texts = ["".join(dice.choice("ab朝é") for _ in range(dice.randint(1, 5))) for _ in range(dice.randint(1, 6))]
        whole = Strip([Segment(text, Style(bold=bool(n % 2))) for n, text in enumerate(texts)])
        start = dice.randint(0, whole.cell_length)
        end = dice.randint(start, whole.cell_length)
        parts = [cells(Strip(part)) for part in parted(list(whole), start, end)]
        assert parts[0] == cells(whole.crop(0, start))
        assert parts[2] == cells(whole.crop(end, None))
        assert parts[1] == cells(whole.crop(start, end))


def test_a_light_strip_keeps_what_was_made_of_it() -> None:
    make_strips_light()
    strip = Strip([Segment("some words", Style(bold=True))])
    assert strip.crop(2, 4) is strip.crop(2, 4)
    assert strip.divide([3, 10]) is strip.divide([3, 10])
    assert strip.apply_style(Style(italic=True)) is strip.apply_style(Style(italic=True))
    assert strip.cell_length == strip.cell_count == 10
    with pytest.raises(AttributeError):
        _ = strip.nothing_of_the_kind  # type: ignore[attr-defined]


def test_the_first_screen_is_watched_whoever_looks_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was put off for the first paint begins with it, also where it was not this screen's look that brought it."""
    root = finished_reel(tmp_path / "library")
    monkeypatch.setattr(ReelScreen, "looker", lambda self: None)  # its disk is slow

    async def story(seat: Seat) -> None:
        await seat.sees("1 reel")
        seat.desk.held = True
        seat.desk.open_reel(root)
        await seat.until(lambda: isinstance(seat.desk.screen, ReelScreen) and seat.desk.screen.stack_updates > 0)
        assert root not in seat.desk.feed.folders
        seat.desk.paint()
        await seat.until(lambda: root in seat.desk.feed.folders)

    at_desk(tmp_path / "library", story)


# --- garbage --------------------------------------------------------------------------------------------------------


def test_garbage_waits_for_a_rest_and_does_not_come_often() -> None:
    never = float("-inf")
    assert seconds_until_rest(100.0, never, never) <= 0
    assert seconds_until_rest(100.0, 99.9, never) == pytest.approx(REST - 0.1)
    assert seconds_until_rest(100.0, 50.0, 98.0) == pytest.approx(EVERY - 2.0)
    assert seconds_until_rest(100.0, 100.0, 99.0) == pytest.approx(EVERY - 1.0)


class Later:
    """Holds what is to be called later."""

    def __init__(self) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []

    def set_timer(self, delay: float, callback: Callable[[], None]) -> object:
        """Keep it."""
        self.waiting.append((delay, callback))
        return None

    def go(self) -> None:
        """Call what was held."""
        waiting, self.waiting = self.waiting, []
        for _, callback in waiting:
            callback()


def test_collecting_is_put_off_while_somebody_types_and_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    collected: list[float] = []
    now, count, passed = [100.0], [2_000], [0]
    monkeypatch.setattr("reeltui.tidy.time.monotonic", lambda: now[0])
    monkeypatch.setattr("reeltui.tidy.gc.get_count", lambda: (count[0], passed[0], 0))
    monkeypatch.setattr("reeltui.tidy.gc.collect", lambda: collected.append(now[0]))
    later = Later()
    tidy = Tidy(later)
    tidy.typed()
    tidy.typed()
    assert len(later.waiting) == 1, "one clock for any number of keys"
    now[0] += 0.3
    later.go()
    assert not collected
    assert later.waiting[0][0] == pytest.approx(REST - 0.3)
    now[0] += 0.4
    later.go()
    assert (collected, later.waiting) == ([now[0]], []), "nothing runs while nothing happens"
    tidy.something_happened()
    count[0] = 10
    passed[0] = 0
    later.go()
    assert (len(collected), later.waiting) == (1, []), "too little to be worth it"
    passed[0], now[0] = 1, now[0] + EVERY
    tidy.something_happened()
    later.go()
    assert len(collected) == 2, "what a quick look left behind is worth it"
