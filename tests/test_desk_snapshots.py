"""What every screen looks like, to the cell and the colour: beside pictures of it that a person has looked at.

A picture is an SVG file in `tests/snapshots`. One that differs is not necessarily wrong: look at both, and where the
new one is meant, `make snapshots` accepts it.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from textual.app import App

from reeltui.dialogs.new_reel import NewReel
from reeltui.doctor import diagnose as doctor
from reeltui.doctor.check import Check, Group, State
from reeltui.pictures.cells import Grain
from reeltui.pictures.protocol import CELLS, Protocol, Way
from reeltui.screens.plan import PlanScreen
from reeltui.screens.shot import ShotScreen
from reeltui.themes import first_theme
from tests.desk_driving import Seat, at_desk
from tests.frozen import make_frozen

SNAPSHOTS = Path(__file__).parent / "snapshots"
ACCEPT = os.environ.get("REELTUI_SNAPSHOTS") == "accept"
# Relative: no picture may show where the library of a test happens to lie.
LIBRARY = Path("reels")
WALK = LIBRARY / "aiko-walks-rain"
NO_PICTURES = Way(Protocol.OFF, Grain.HALVES, "a test")
# For so long (seconds) a screen must stay as it is before it counts as drawn; what is accepted must be whole.
STILL = 1.0 if ACCEPT else 0.15
# For so long (seconds) a drawn screen that is not as accepted may still become so: a slow machine is no difference.
GRACE = 6.0
CHECKS = (
    Check("Python", Group.INSTALLATION, State.OK, "3.11.9"),
    Check("ffmpeg", Group.MEDIA, State.OK, "7.1, with libx264 and aac"),
    Check("config.toml", Group.SETTINGS, State.WARN, "[desk] has an unknown name, colour", "take the line out of it"),
    Check("cuda:0", Group.DEVICES, State.UNKNOWN, "its driver does not answer", "look at what its own tool says"),
    Check(
        "painter", Group.MODELS, State.BAD, "model.safetensors is not there", "reeltui says where it looked: see FACTS"
    ),
    Check("room", Group.DISK, State.OK, "812.4 GB left"),
    Check("worker", Group.WORKER, State.OK, "none runs; one starts with the next reel"),
    Check("colours", Group.TERMINAL, State.OK, "24 bits"),
)
Story = Callable[[Seat], Awaitable[None]]


# --- the screens --------------------------------------------------------------------------------------------------


async def library(seat: Seat) -> None:
    await seat.sees("aiko-walks-rain", "ken-waits-pier", "4 reels")
    await seat.press("j")
    await seat.sees("Aiko walks through", "run ended: done")


async def reel(seat: Seat) -> None:
    await seat.sees("aiko-walks-rain")
    seat.desk.open_reel(WALK)
    await seat.sees("Finished", "✓ passed")


async def shot(seat: Seat) -> None:
    await seat.sees("aiko-walks-rain")
    seat.desk.push_screen(ShotScreen(WALK, 1))
    await seat.sees("shot 1", "A take 3")


async def plan(seat: Seat) -> None:
    await seat.sees("aiko-walks-rain")
    seat.desk.push_screen(PlanScreen(WALK))
    await seat.sees("Logline", "Character A")


async def portrait(seat: Seat) -> None:
    await plan(seat)
    await seat.press("j", "j", "j")
    await seat.sees("▀▀▀▀")


async def queue(seat: Seat) -> None:
    await seat.sees("aiko-walks-rain")
    await seat.press("Q")
    await seat.sees("snow-falls", "last-tram")


async def checks(seat: Seat) -> None:
    await seat.sees("aiko-walks-rain")
    await seat.press("D")
    await seat.sees("24 bits", "1 bad")
    await seat.press("end")


async def help_(seat: Seat) -> None:
    await library(seat)
    await seat.press("?")


async def new_reel(seat: Seat) -> None:
    await library(seat)
    seat.desk.push_screen(NewReel(LIBRARY))
    await seat.sees("New reel")
    await seat.press(*"A boat rows out at dawn")
    await seat.sees("boat-rows-out-dawn")


async def reject(seat: Seat) -> None:
    await shot(seat)
    await seat.press("x")
    await seat.sees("Reject take", "Camera ignored")
    await seat.press("3")
    await seat.sees("1 marked")


SCREENS: dict[str, Story] = {
    "library": library,
    "reel": reel,
    "shot": shot,
    "plan": plan,
    "queue": queue,
    "doctor": checks,
}
DIALOGS: dict[str, Story] = {"help": help_, "new-reel": new_reel, "reject": reject}
SIZES = ((80, 24), (120, 40))
THEMES = ("night-shoot", "daylight", "terminal")
DARK = THEMES[0]


def name_of(screen: str, theme: str, size: tuple[int, int]) -> str:
    return f"{screen}-{theme}-{size[0]}x{size[1]}.svg"


# --- a place where nothing differs ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reels, made once; nobody changes them there."""
    place = tmp_path_factory.mktemp("frozen")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("STATE", "CONFIG", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(place / name.lower()))
        make_frozen(place / LIBRARY, patch)
    return place / LIBRARY


@pytest.fixture(autouse=True)
def _nothing_differs(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A copy of the reels in the current folder; the machine, its clock and its terminal are the same everywhere."""
    shutil.copytree(made, tmp_path / LIBRARY, symlinks=True)
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config/reeltui"
    config.mkdir(parents=True)
    (config / "config.toml").write_text('[engines]\ntoy = "tests.frozen:frozen_lineup"\n')
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(doctor, "diagnose", lambda library: iter(CHECKS))
    monkeypatch.setattr("reeltui.acts.new._disk", lambda library: (library, 812_400_000_000))
    with monkeypatch.context() as zone:
        zone.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


# --- pictures -------------------------------------------------------------------------------------------------------


def picture_of(app: App[None]) -> str:
    """Return the screen as SVG that loads nothing and is the same for the same screen."""
    svg = app.export_screenshot(title="reeltui", simplify=True)
    svg = re.sub(r"\s*(@font-face \{.*?\}|<!--.*?-->)", "", svg, flags=re.DOTALL).replace("Fira Code", "monospace")
    return re.sub(r"terminal-\d+", "terminal", svg)


def busy() -> bool:
    """Tell whether a thread of the desk still looks at something."""
    names = [thread.name for thread in threading.enumerate()]
    return any(name.startswith("desk-") and name != "desk-feed" for name in names)


async def settled(seat: Seat, accepted: str) -> str:
    """Return the picture of a screen that has come to rest; one that is not as accepted gets some time to become so."""
    began = still = time.monotonic()
    picture = picture_of(seat.desk)
    while True:
        await seat.pilot.pause(0.05)
        now, again = time.monotonic(), picture_of(seat.desk)
        if again != picture or busy():
            picture, still = again, now
        elif now - still > STILL and (picture == accepted or not accepted or now - began > GRACE):
            return picture


def hold_beside(name: str, story: Story, theme: str, size: tuple[int, int], way: Way = NO_PICTURES) -> None:
    """Play a story and hold the screen it ends with beside the accepted picture, or accept it."""
    path = SNAPSHOTS / name
    accepted = path.read_text(encoding="utf-8") if path.exists() else ""
    look, wrong = first_theme(theme, "truecolor")
    assert not wrong
    found: list[str] = []

    async def play(seat: Seat) -> None:
        await story(seat)
        found.append(await settled(seat, "" if ACCEPT else accepted))

    at_desk(LIBRARY, play, size=size, look=look, way=way)
    if ACCEPT:
        path.parent.mkdir(exist_ok=True)
        path.write_text(found[0], encoding="utf-8")
    elif found[0] != accepted:
        actual = Path(tempfile.mkdtemp(prefix="reeltui-snapshots-"), name)
        actual.write_text(found[0], encoding="utf-8")
        there = "" if accepted else " (not there)"
        pytest.fail(
            f"the screen is not as accepted.\n  it is:    {actual}\n  accepted: {path}{there}\n"
            "  Look at both; where the new one is meant: make snapshots (REELTUI_SNAPSHOTS=accept), and commit it.",
            pytrace=False,
        )


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_looks_as_accepted(screen: str, theme: str, size: tuple[int, int]) -> None:
    hold_beside(name_of(screen, theme, size), SCREENS[screen], theme, size)


@pytest.mark.parametrize("dialog", DIALOGS)
def test_a_dialog_looks_as_accepted(dialog: str) -> None:
    hold_beside(name_of(dialog, DARK, SIZES[0]), DIALOGS[dialog], DARK, SIZES[0])


def test_pictures_in_cells_look_as_accepted() -> None:
    hold_beside(name_of("portrait", DARK, SIZES[1]), portrait, DARK, SIZES[1], CELLS)


def test_every_accepted_picture_is_of_a_screen() -> None:
    expected = {name_of(screen, theme, size) for screen in SCREENS for theme in THEMES for size in SIZES}
    expected |= {name_of(dialog, DARK, SIZES[0]) for dialog in DIALOGS}
    expected.add(name_of("portrait", DARK, SIZES[1]))
    assert {path.name for path in SNAPSHOTS.iterdir()} == expected
