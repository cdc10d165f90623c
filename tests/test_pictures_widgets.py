"""The widgets: a picture, a player and a contact sheet in an app, driven as a person would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Static

from reeltui.pictures.cells import Cells, Grain, PictureRef
from reeltui.pictures.protocol import Protocol, Way
from reeltui.pictures.thumbnails import Thumbnails
from reeltui.widgets.contact_sheet import ContactSheet
from reeltui.widgets.picture import WAITING, Picture
from reeltui.widgets.player import PLAYING, Player
from tests.media_making import clip

DEADLINE = 30.0
OFF = Way(Protocol.OFF, Grain.HALVES, "")


class List(Static, can_focus=True):
    """Stands for a list that has the keys."""


class Wall(App[None]):
    """An app with pictures."""

    CSS = "Picture { width: 20; height: 6; } ContactSheet { width: 60; height: 8; } List { width: 5; height: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [("j", "down", "down"), ("escape", "leave", "leave"), ("p", "play", "play")]

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.thumbnails = thumbnails
        self.did: list[str] = []
        self.stops: list[Player.Stopped] = []

    def compose(self) -> ComposeResult:
        yield List("list")
        with Horizontal():
            yield Picture(self.thumbnails, id="picture")
            yield Player(self.thumbnails, fps=20, play_keys=["p"], id="player")
        yield ContactSheet(self.thumbnails)

    def action_down(self) -> None:
        self.did.append("down")

    def action_leave(self) -> None:
        self.did.append("leave")

    def action_play(self) -> None:
        self.player.play()

    def on_player_stopped(self, message: Player.Stopped) -> None:
        self.stops.append(message)

    @property
    def picture(self) -> Picture:
        return self.query_one("#picture", Picture)

    @property
    def player(self) -> Player:
        return self.query_one("#player", Player)


Drive = Callable[[Wall, Pilot[None]], Awaitable[None]]


def drive(folder: Path, act: Drive, *, way: Way | None = None) -> None:
    """Run the app and do something in it."""

    async def run() -> None:
        thumbnails = Thumbnails(folder / "kept", **({"way": way} if way else {}))
        app = Wall(thumbnails)
        async with app.run_test(size=(80, 30)) as pilot:
            await act(app, pilot)
        thumbnails.close()

    asyncio.run(run())


async def settle(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it never came"
        await pilot.pause(0.01)


def png(path: Path, colour: tuple[int, int, int] = (200, 30, 30)) -> PictureRef:
    Image.new("RGB", (160, 90), colour).save(path, "PNG")
    return PictureRef.of_file(path)


def text_of(widget: Picture | ContactSheet) -> list[str]:
    return [widget.render_line(y).text for y in range(widget.size.height)]


def colours_of(row: Strip) -> set[Any]:
    return {segment.style.bgcolor.triplet for segment in row if segment.style and segment.style.bgcolor}


# --- a picture ---------------------------------------------------------------------------------------------------


def test_a_picture_waits_quietly_then_is_painted_with_its_caption(tmp_path: Path) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        assert app.picture.size.height == 6
        assert "".join(text_of(app.picture)).strip() == ""
        app.picture.show(png(tmp_path / "a.png"), "shot 1 \x1b[31m")
        assert WAITING in "".join(text_of(app.picture)) or not app.picture.waiting
        await settle(pilot, lambda: not app.picture.waiting)
        assert (200, 30, 30) in colours_of(app.picture.render_line(2))
        assert text_of(app.picture)[5].strip() == "shot 1 [31m"

    drive(tmp_path, act)


def test_why_there_is_no_picture_is_shown(tmp_path: Path) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        app.picture.show(PictureRef.of_file(tmp_path / "none.png"))
        await settle(pilot, lambda: app.picture.broken != "")
        assert "no such file" in " ".join(" ".join(text_of(app.picture)).split())
        app.picture.show(None)
        assert "".join(text_of(app.picture)).strip() == ""

    drive(tmp_path, act)


def test_another_size_is_drawn_anew(tmp_path: Path) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        app.picture.show(png(tmp_path / "a.png"))
        await settle(pilot, lambda: not app.picture.waiting)
        app.picture.styles.width, app.picture.styles.height = 32, 9
        await settle(pilot, lambda: app.picture.size.width == 32 and not app.picture.waiting)
        found = app.picture._found
        assert isinstance(found, Cells)
        assert (found.width, found.height) == (32, 9)
        assert app.picture.render_line(4).cell_length == 32

    drive(tmp_path, act)


def test_the_same_picture_again_paints_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        ref = png(tmp_path / "a.png")
        app.picture.show(ref, "one")
        await settle(pilot, lambda: not app.picture.waiting)
        await pilot.pause()
        painted: list[object] = []
        monkeypatch.setattr(app.picture, "refresh", lambda *regions, **_: painted.append(regions))
        app.picture.show(ref, "one")
        assert painted == []
        app.picture.show(ref, "two")
        assert len(painted) == 1

    drive(tmp_path, act)


def test_a_picture_that_comes_late_is_not_shown_in_anothers_place(tmp_path: Path) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        red, blue = png(tmp_path / "a.png"), png(tmp_path / "b.png", (30, 30, 200))
        app.picture.show(red)
        app.picture.show(blue)
        app.picture.post_message(Picture.Ready(red))
        await settle(pilot, lambda: not app.picture.waiting)
        await pilot.pause()
        assert (30, 30, 200) in colours_of(app.picture.render_line(2))

    drive(tmp_path, act)


def test_pictures_that_are_off_read_nothing(tmp_path: Path) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        app.picture.show(png(tmp_path / "a.png"))
        app.player.load(tmp_path / "a.mp4")
        assert not app.picture.waiting
        assert "pictures are off" in "".join(text_of(app.picture))
        assert not app.player.play()
        assert not app.thumbnails._crew

    drive(tmp_path, act, way=OFF)


def test_another_theme_is_painted_in_its_colours(tmp_path: Path) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        app.picture.show(None)
        before = colours_of(app.picture.render_line(0))
        app.theme = "textual-light"
        await settle(pilot, lambda: colours_of(app.picture.render_line(0)) != before)

    drive(tmp_path, act)


@pytest.mark.filterwarnings("ignore:Image.Image.getdata:DeprecationWarning")  # textual-image's own
def test_a_richer_protocol_gets_the_picture_in_its_pixels(tmp_path: Path) -> None:
    pytest.importorskip("textual_image", exc_type=ImportError)
    from textual_image.widget import HalfcellImage  # any of its widgets: no terminal here knows a protocol

    class Rich(App[None]):
        CSS = "Picture { width: 20; height: 6; }"

        def compose(self) -> ComposeResult:
            yield Picture(thumbnails, rich=HalfcellImage)

    thumbnails = Thumbnails(tmp_path / "kept", way=Way(Protocol.SIXEL, Grain.HALVES, ""))

    async def run() -> None:
        app = Rich()
        async with app.run_test(size=(40, 10)) as pilot:
            picture = app.query_one(Picture)
            picture.show(png(tmp_path / "a.png"))
            await settle(pilot, lambda: bool(app.query(HalfcellImage)) and app.query_one(HalfcellImage).display)
            await settle(pilot, lambda: app.query_one(HalfcellImage).size.width > 0)
            shown = app.query_one(HalfcellImage)
            assert isinstance(shown.image, Image.Image)
            assert shown.image.getpixel((5, 5)) == (200, 30, 30)
            assert shown.size.width <= 20
            picture.show(None)
            assert not shown.display
            assert not list((tmp_path / "kept").glob("*.cells"))

    asyncio.run(run())
    thumbnails.close()


# --- a player ----------------------------------------------------------------------------------------------------


async def ready_to_play(app: Wall, pilot: Pilot[None], folder: Path, frames: int) -> None:
    app.query_one(List).focus()
    app.player.show(png(folder / "still.png"), "take 1")
    app.player.load(clip(folder / "a.mp4", [40 + (i * 8) % 200 for i in range(frames)], size=(160, 90)))
    await settle(pilot, lambda: not app.player.waiting and app.focused is app.query_one(List))


def test_a_clip_never_plays_by_itself(tmp_path: Path) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        await ready_to_play(app, pilot, tmp_path, 16)
        await pilot.pause(0.1)
        assert not app.player.playing
        assert not app.player.can_focus
        app.player.load(None)
        assert not app.player.play()

    drive(tmp_path, act)


def test_a_clip_plays_to_its_end_and_the_still_and_the_keys_come_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        await ready_to_play(app, pilot, tmp_path, 16)
        shown: list[float] = []
        paint = app.player._paint_frame

        def spy(frame: Any) -> None:
            shown.append(frame.at)
            paint(frame)

        monkeypatch.setattr(app.player, "_paint_frame", spy)
        assert app.player.play()
        assert app.focused is app.player
        assert PLAYING in text_of(app.player)[5]
        await settle(pilot, lambda: not app.player.playing)
        await settle(pilot, lambda: len(app.stops) == 1)
        assert app.stops[0].finished
        assert app.stops[0].reason == ""
        assert shown[0] == 0.0
        assert shown == sorted(set(shown))
        assert app.focused is app.query_one(List)
        await settle(pilot, lambda: not app.player.waiting)
        assert (200, 30, 30) in colours_of(app.player.render_line(2))
        assert "take 1" in text_of(app.player)[5]

    drive(tmp_path, act)


@pytest.mark.parametrize(("key", "did"), [("j", ["down"]), ("escape", []), ("space", []), ("x", []), ("p", [])])
def test_any_key_stops_and_one_that_means_something_goes_on(tmp_path: Path, key: str, did: list[str]) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        await ready_to_play(app, pilot, tmp_path, 320)
        app.player.play()
        await settle(pilot, lambda: app.player._began is not None)
        await pilot.press(key)
        await settle(pilot, lambda: len(app.stops) == 1)
        assert not app.player.playing
        assert not app.stops[0].finished
        assert app.focused is app.query_one(List)
        await pilot.pause()
        assert app.did == did
        assert not app.player.playing

    drive(tmp_path, act)


@pytest.mark.parametrize("how", ["blur", "size", "hidden", "other clip", "again"])
def test_looking_away_stops(tmp_path: Path, how: str) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        await ready_to_play(app, pilot, tmp_path, 320)
        app.player.play()
        frames = app.player._frames
        assert frames is not None
        if how == "blur":
            app.query_one(List).focus()
        elif how == "size":
            app.player.styles.width = 30
        elif how == "hidden":
            app.player.display = False
        elif how == "other clip":
            app.player.load(tmp_path / "b.mp4")
        else:
            app.player.play()
        await settle(pilot, lambda: len(app.stops) == 1)
        assert app.player.playing == (how == "again")
        await settle(pilot, lambda: not frames._thread.is_alive())

    drive(tmp_path, act)


def test_a_clip_that_cannot_be_played_says_why(tmp_path: Path) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        await ready_to_play(app, pilot, tmp_path, 16)
        (tmp_path / "bad.mp4").write_text("no clip")
        app.player.load(tmp_path / "bad.mp4")
        app.player.play()
        await settle(pilot, lambda: len(app.stops) == 1)
        assert "damaged" in app.stops[0].reason
        assert "damaged" in app.player.broken
        assert app.focused is app.query_one(List)
        app.player.show(png(tmp_path / "still.png"), "take 1")
        await settle(pilot, lambda: not app.player.waiting)
        assert app.player.broken == ""

    drive(tmp_path, act)


def test_lines_that_did_not_change_are_not_painted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        app.query_one(List).focus()
        app.player.show(png(tmp_path / "still.png"))
        app.player.load(clip(tmp_path / "a.mp4", [90] * 32, size=(160, 90)))
        await settle(pilot, lambda: not app.player.waiting)
        runs: list[tuple[int, int]] = []
        monkeypatch.setattr(app.player, "repaint_lines", lambda first, last: runs.append((first, last)))
        app.player.play()
        await settle(pilot, lambda: len(app.stops) == 1)
        assert runs == []  # a grey wall stays a grey wall, whatever the codec makes of it

    drive(tmp_path, act)


def test_leaving_while_a_clip_plays_ends_its_thread(tmp_path: Path) -> None:
    kept: list[Any] = []

    async def act(app: Wall, pilot: Pilot[None]) -> None:
        await ready_to_play(app, pilot, tmp_path, 320)
        app.player.play()
        await settle(pilot, lambda: app.player._began is not None)
        kept.append(app.player._frames)

    drive(tmp_path, act)
    kept[0]._thread.join(DEADLINE)
    assert not kept[0]._thread.is_alive()


# --- a contact sheet ---------------------------------------------------------------------------------------------


def test_a_contact_sheet_shows_all_with_captions_and_says_what_is_missing(tmp_path: Path) -> None:
    async def act(app: Wall, pilot: Pilot[None]) -> None:
        sheet = app.query_one(ContactSheet)
        red, blue = png(tmp_path / "a.png"), png(tmp_path / "b.png", (30, 30, 200))
        gone = PictureRef.of_file(tmp_path / "none.png")
        sheet.show([(red, "frame 0"), (blue, "frame 1"), (gone, "frame 2\n"), (None, "none yet")])
        await settle(pilot, lambda: not sheet.waiting)
        assert sheet.shown == 4
        rows = text_of(sheet)
        assert all(len(row) == 60 for row in rows)
        said = " ".join(rows)
        assert all(word in said for word in ("frame 0", "frame 1", "frame 2", "none yet", "there is no"))
        first = colours_of(sheet.render_line(0))
        assert {(200, 30, 30), (30, 30, 200)} <= first
        sheet.show([])
        assert "".join(text_of(sheet)).strip() == ""

    drive(tmp_path, act)
