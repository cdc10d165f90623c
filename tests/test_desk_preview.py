"""The preview of a clip under way on the screens: beside its shot, changing, broken, vanishing, and never a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from core.folder import layout
from core.folder.lock import Lock
from core.worker.records import utc_now
from reeltui.pictures.cells import Grain
from reeltui.pictures.protocol import CELLS, Protocol, Way
from reeltui.screens.reel import ReelScreen
from reeltui.screens.shot import ShotScreen
from reeltui.views.preview import EVERY
from reeltui.widgets.board import Board
from reeltui.widgets.picture import Picture
from tests.desk_driving import NOW, Seat, at_desk, toy_engine
from tests.previewing import picture, preview_of, tell
from tests.stage import TINY, new_reel, play
from tests.toys import toy_plan

STEP = layout.clip(1, 2)
RED, BLUE = (200, 40, 40), (40, 40, 200)
# What may lie where a preview was, and hold nothing up.
HARM: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "garbage": lambda path: path.write_bytes(b"\x1b]0;x\x07" * 500),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:200]),
    "empty": lambda path: path.write_bytes(b""),
    "huge": lambda path: path.write_bytes(b"\0" * (3 << 20)),
    "a link": lambda path: (path.unlink(), path.symlink_to("/etc/hostname")),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "a bomb": lambda path: path.write_bytes(_bomb()),
}


def _bomb() -> bytes:
    """Return a JPEG of a few bytes that says it is as large as a JPEG can be."""
    from io import BytesIO

    from PIL import Image

    data = BytesIO()
    Image.new("RGB", (16, 16)).save(data, format="JPEG")
    size = data.getvalue().index(b"\xff\xc0") + 5
    return data.getvalue()[:size] + b"\xff\xfe\xff\xfe" + data.getvalue()[size + 4 :]


@pytest.fixture
def root(library: Path) -> Iterator[Path]:
    """A reel of two shots, both rendered; another take of the second is under way, and shows red."""
    toy_engine()
    root = new_reel(library, msgspec.structs.replace(TINY, engine="toy"), toy_plan(2))
    play(root)
    picture(preview_of(root, STEP), RED)
    with Lock(root / layout.LOCK, verb="worker", now=utc_now()):
        tell(root, STEP, NOW)
        yield root


async def at_reel(seat: Seat, root: Path) -> ReelScreen:
    screen = ReelScreen(root)
    seat.desk.push_screen(screen)
    await seat.until(lambda: screen.view is not None and screen.is_current)
    return screen


async def at_shot(seat: Seat, root: Path, index: int = 1) -> ShotScreen:
    screen = ShotScreen(root, index)
    seat.desk.push_screen(screen)
    await seat.until(lambda: screen.view is not None and screen.is_current)
    return screen


def inks(seat: Seat, shot: int) -> set[str]:
    """Return the colours in the first two lines of a shot's picture: where the word is not."""
    board = seat.desk.screen.query_one(Board)
    strips = [board.render_line(shot * 5 + at).crop(1, 15) for at in range(2)]
    styles = [segment.style for strip in strips for segment in strip if segment.style is not None]
    found = {style.color.name for style in styles if style.color is not None}
    return found | {style.bgcolor.name for style in styles if style.bgcolor is not None}


def shows(seat: Seat, shot: int, colour: tuple[int, int, int]) -> bool:
    """Tell whether a shot's picture is all of one colour, nearly: it was a JPEG."""

    def near(name: str) -> bool:
        found = [int(name[at : at + 2], 16) for at in (1, 3, 5)] if name.startswith("#") else [999] * 3
        return all(abs(one - wanted) < 12 for one, wanted in zip(found, colour, strict=True))

    return all(near(name) for name in inks(seat, shot))


def test_a_preview_has_the_place_of_the_keyframe_and_says_what_it_is(root: Path) -> None:
    async def story(seat: Seat) -> None:
        await at_reel(seat, root)
        await seat.until(lambda: shows(seat, 1, RED), "the preview")
        text = await seat.sees("preview")
        assert text.count("preview") == 1
        assert not shows(seat, 0, RED)
        picture(preview_of(root, STEP), BLUE)
        tell(root, STEP, NOW + EVERY, fraction=0.75)
        await seat.until(lambda: shows(seat, 1, BLUE), "the next one")
        await seat.sees("preview", "75%")
        preview_of(root, STEP).unlink()
        tell(root, layout.verdict(1, 2), NOW + 2 * EVERY)
        await seat.sees_no("preview")
        await seat.until(lambda: len(inks(seat, 1)) > 8, "the keyframe")

    at_desk(root.parent, story, way=CELLS)


def test_the_keyframe_is_shown_until_the_first_preview_is_drawn(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    preview_of(root, STEP).unlink()
    tell(root, STEP, NOW)

    async def story(seat: Seat) -> None:
        screen = await at_reel(seat, root)
        await seat.until(lambda: len(inks(seat, 1)) > 8, "the keyframe")
        thumbnails, real = seat.desk.thumbnails, seat.desk.thumbnails.get
        path = picture(preview_of(root, STEP), RED)
        # As if the thread that draws had much to do.
        monkeypatch.setattr(thumbnails, "get", lambda ref, *rest: None if ref.path == path else real(ref, *rest))
        tell(root, STEP, NOW + 1)
        await seat.until(lambda: screen.view is not None and screen.view.shots[1].preview is not None)
        await seat.pilot.pause()
        assert "preview" not in seat.text
        assert len(inks(seat, 1)) > 8

    at_desk(root.parent, story, way=CELLS)


@pytest.mark.parametrize("harm", HARM)
def test_a_preview_that_is_none_leaves_the_keyframe(root: Path, harm: str) -> None:
    async def story(seat: Seat) -> None:
        await at_reel(seat, root)
        await seat.until(lambda: shows(seat, 1, RED), "the preview")
        HARM[harm](preview_of(root, STEP))
        tell(root, STEP, NOW + EVERY, preview=f"{layout.stage(STEP)}/preview.jpg", fraction=0.75)
        await seat.sees("75%")
        await seat.sees_no("preview")
        await seat.until(lambda: len(inks(seat, 1)) > 8, "the keyframe")
        assert "a mistake" not in seat.text
        path = preview_of(root, STEP)
        if path.is_dir():
            path.rmdir()
        picture(path, BLUE)
        tell(root, STEP, NOW + 2 * EVERY, fraction=0.875)
        await seat.until(lambda: shows(seat, 1, BLUE), "a sound one again")

    at_desk(root.parent, story, way=CELLS)


@pytest.mark.parametrize("name", ["../elsewhere.jpg", "/etc/hostname", "\x1b]0;x\x07", "a/" * 3000, "reel.mp4"])
def test_a_name_from_a_file_is_not_believed(root: Path, name: str) -> None:
    picture(root.parent / "elsewhere.jpg", RED)
    tell(root, STEP, NOW, preview=name)

    async def story(seat: Seat) -> None:
        await at_reel(seat, root)
        await seat.until(lambda: len(inks(seat, 1)) > 8, "the keyframe")
        await seat.sees("50%")
        assert "preview" not in seat.text
        assert not any(mark in seat.text for mark in ("a mistake", "\x1b", "\x07"))
        await at_shot(seat, root)
        await seat.sees("clip", "50%")
        assert "a mistake" not in seat.text

    at_desk(root.parent, story, way=CELLS)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_the_shot_shows_what_is_rendered_above_how_far_it_is(root: Path, size: tuple[int, int]) -> None:
    async def story(seat: Seat) -> None:
        screen = await at_shot(seat, root)
        await seat.sees("preview of the new take", "50%", "A take 1")
        shown = screen.query_one("#preview", Picture)
        assert shown.display
        await seat.until(lambda: not shown.waiting and not shown.broken, "the picture")
        first = shown.ref
        picture(preview_of(root, STEP), BLUE)
        tell(root, STEP, NOW + EVERY)
        await seat.until(lambda: shown.ref != first and not shown.waiting, "the next one")
        assert shown.broken == ""
        preview_of(root, STEP).write_bytes(b"none")
        tell(root, STEP, NOW + 2 * EVERY)
        await seat.until(lambda: bool(shown.broken), "that it is none")
        tell(root, layout.verdict(1, 2), NOW + 3 * EVERY)
        await seat.until(lambda: not shown.display, "nothing to show")
        await seat.sees("verdict")
        await seat.sees_no("preview")

    at_desk(root.parent, story, size=size, way=CELLS)


def test_another_shot_has_no_preview(root: Path) -> None:
    async def story(seat: Seat) -> None:
        screen = await at_shot(seat, root, 0)
        await seat.sees("A take 1")
        assert not screen.query_one("#preview").display

    at_desk(root.parent, story, way=CELLS)


def test_where_pictures_are_off_nothing_changes(root: Path) -> None:
    async def story(seat: Seat) -> None:
        await at_reel(seat, root)
        await seat.sees("50%")
        screen = await at_shot(seat, root)
        await seat.sees("50%", "take 1")
        assert not screen.query_one("#preview").display
        assert "preview" not in seat.text

    at_desk(root.parent, story, way=Way(Protocol.OFF, Grain.HALVES, ""))
