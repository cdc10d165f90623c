"""Help, the palette, jump mode and the themes: all of them know what the registry knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.binding import Binding

from core.folder.library import create_reel
from core.folder.queue import enqueue, read_queue
from reeltui.actions import ACTIONS, ANYWHERE, actions_of, keys_of
from reeltui.dialogs.help import Help
from reeltui.dialogs.jump import ALPHABET, Jump, names_for
from reeltui.dialogs.theme import ThemeChoice
from reeltui.lines import plain
from reeltui.palette import Palette
from reeltui.screens.library import LibraryScreen
from reeltui.screens.queue import QueueScreen
from reeltui.screens.reel import ReelScreen
from reeltui.views.help import filtered, help_rows, sections_of
from reeltui.widgets.rows import Rows
from tests.desk_driving import Seat, at_desk
from tests.stage import NOW, TINY

HOSTILE = "[bold red]x[bold] \u202eabc"
SIZES = [(60, 18), (80, 24), (120, 40), (200, 60)]


@pytest.fixture
def reels(library: Path) -> tuple[Path, ...]:
    """Three reels, newest first."""
    moments = {"canal": "2025-12-31T01", "bakery": "2025-12-31T02", "alpine": "2025-12-31T03"}
    made = [
        create_reel(library, "a barge in fog", TINY, name=name, now=f"{at}:00:00Z").resolve()
        for name, at in moments.items()
    ]
    return tuple(reversed(made))


async def ready(seat: Seat, name: str = "canal") -> LibraryScreen:
    await seat.sees(name)
    screen = seat.desk.screen
    assert isinstance(screen, LibraryScreen)
    return screen


# --- help ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("room", sorted({room for action in ACTIONS for room in action.rooms} - {ANYWHERE}))
def test_help_has_every_action_of_a_room_with_its_sentence(room: str) -> None:
    text = " ".join("\n".join(plain(row) for row in help_rows(sections_of(room, {}, lambda one: True), 200)).split())
    for action in actions_of(room):
        assert action.title.rstrip("…") in text
        assert action.about in text


def test_no_key_of_a_room_is_taken_by_its_list() -> None:
    """The list has the focus: it would have the key first."""
    taken = {key for one in Rows.BINDINGS if isinstance(one, Binding) for key in one.key.split(",")}
    assert {"j", "k", "G"} <= taken
    assert [action.name for action in ACTIONS if taken & set(keys_of(action, {}))] == []


def test_help_has_the_persons_own_keys_and_says_what_is_not_possible() -> None:
    keymap = {"library.new": "N,ctrl+n", "library.sort": ""}
    sections = sections_of("library", keymap, lambda one: one.name != "desk.jump")
    rows = [plain(row) for row in help_rows(sections, 120)]
    assert any(row.split()[:3] == ["N", "^n", "New"] for row in rows)
    assert any(row.split()[:3] == ["no", "key", "Sort"] for row in rows)
    assert sum("(not now)" in row for row in rows) == 1


@pytest.mark.parametrize("width", [20, 40, 76, 96])
def test_help_fits_its_width(width: int) -> None:
    from reeltui.lines import width_of

    for row in help_rows(sections_of("shot", {}, lambda one: True), max(width, 30)):
        assert width_of(row) <= max(width, 34)


def test_help_is_filtered_by_words_and_keys() -> None:
    sections = sections_of("library", {}, lambda one: True)
    assert [entry.title for part in filtered(sections, "queue up") for entry in part.entries] == ["Earlier"]
    assert filtered(sections, "zzz") == ()
    assert plain(help_rows((), 80)[0]) == "Nothing here has these words."


@pytest.mark.parametrize("size", SIZES)
def test_help_opens_scrolls_finds_and_closes(library: Path, reels: tuple[Path, ...], size: tuple[int, int]) -> None:
    async def story(seat: Seat) -> None:
        await ready(seat)
        await seat.press("question_mark")
        await seat.sees("Help: library", "Open the reel.")
        await seat.press("G")
        await seat.sees("Refresh")
        await seat.press("slash", *"archive")
        await seat.sees("brought")
        await seat.sees_no("Refresh")
        await seat.press("escape")
        await seat.sees("Open the reel.")
        await seat.press("escape")
        await seat.until(lambda: not isinstance(seat.desk.screen, Help))

    at_desk(library, story, size=size)


def test_help_has_the_keys_of_the_list_that_has_the_focus(library: Path, reels: tuple[Path, ...]) -> None:
    async def story(seat: Seat) -> None:
        await ready(seat)
        await seat.press("question_mark")
        await seat.press("slash", *"moving")
        await seat.sees("Moving about", "Page down")

    at_desk(library, story)


# --- the palette ---------------------------------------------------------------------------------------------------


def found(seat: Seat) -> list[str]:
    """The rows of the palette."""
    from textual.command import CommandList

    return [str(option.prompt) for option in seat.desk.screen.query_one(CommandList).options]


def test_the_palette_has_every_action_what_is_possible_first(library: Path, reels: tuple[Path, ...]) -> None:
    async def story(seat: Seat) -> None:
        await ready(seat)
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.desk.screen, Palette) and bool(found(seat)), "the palette")
        rows = found(seat)
        for action in actions_of("library"):
            if action.name != "desk.palette":
                assert any(action.about in row for row in rows), action.name
        later = ["not now" in row for row in rows]
        assert later == sorted(later)
        assert any("Pause" in row and "not now" in row for row in rows)  # it is not queued
        assert any(row.split()[:2] == ["n", "New"] for row in rows)

    at_desk(library, story)


def test_the_palette_does_what_is_chosen(library: Path, reels: tuple[Path, ...]) -> None:
    enqueue(reels[0], now=NOW)

    async def story(seat: Seat) -> None:
        await ready(seat)
        await seat.press("ctrl+p", *"pause")
        await seat.until(lambda: bool(found(seat)) and "Pause" in found(seat)[0], "found")
        await seat.press("enter")
        await seat.until(lambda: read_queue(library).reels[0].held.value == "paused", "held")

    at_desk(library, story)


def test_the_palette_opens_a_reel(library: Path, reels: tuple[Path, ...]) -> None:
    async def story(seat: Seat) -> None:
        await ready(seat)
        await seat.press("ctrl+p", *"bakery")
        await seat.until(lambda: any("Open bakery" in row for row in found(seat)), "found")
        await seat.press("enter")
        await seat.until(lambda: isinstance(seat.desk.screen, ReelScreen), "opened")
        screen = seat.desk.screen
        assert isinstance(screen, ReelScreen)
        assert screen.root.name == "bakery"

    at_desk(library, story)


def test_the_palette_puts_a_theme_on(library: Path, reels: tuple[Path, ...]) -> None:
    async def story(seat: Seat) -> None:
        await ready(seat)
        await seat.press("ctrl+p", *"theme daylight")
        await seat.until(lambda: any("Theme daylight" in row for row in found(seat)), "found")
        await seat.press("enter")
        await seat.until(lambda: seat.desk.theme == "daylight", "put on")

    at_desk(library, story)


def test_a_hostile_name_does_no_harm_in_the_palette(library: Path) -> None:
    root = create_reel(library, "x", TINY, name="plain", now=NOW)
    root.rename(library / HOSTILE)

    async def story(seat: Seat) -> None:
        await ready(seat, "abc")
        await seat.press("ctrl+p", *"open")
        await seat.until(lambda: any("[bold red]x[bold] abc" in row for row in found(seat)), "found")
        assert "\u202e" not in seat.text
        await seat.sees("[bold red]x[bold] abc")

    at_desk(library, story)


def test_nothing_blinks_in_the_palette(library: Path) -> None:
    async def story(seat: Seat) -> None:
        from textual.command import CommandInput
        from textual.widgets import LoadingIndicator

        await seat.sees("There are no reels here yet")
        await seat.press("ctrl+p")
        await seat.until(lambda: isinstance(seat.desk.screen, Palette))
        await seat.until(lambda: bool(found(seat)))
        assert seat.desk.screen.query_one(CommandInput).cursor_blink is False
        assert not seat.desk.screen.query_one(LoadingIndicator).display
        await seat.press("escape")
        await seat.until(lambda: isinstance(seat.desk.screen, LibraryScreen))

    at_desk(library, story)


# --- jumping -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 26, 27, 51, 52, 200, 600])
def test_no_name_begins_like_another_one(count: int) -> None:
    names = names_for(count)
    assert len(names) == len(set(names)) == count
    assert not [(a, b) for a in names for b in names if a != b and b.startswith(a)]
    assert all(set(name) <= set(ALPHABET) for name in names)
    assert max(map(len, names), default=1) <= (1 if count <= 26 else 2)


def jump(seat: Seat) -> Jump:
    screen = seat.desk.screen
    assert isinstance(screen, Jump)
    return screen


@pytest.mark.parametrize("size", SIZES)
def test_a_letter_leads_to_its_row(library: Path, reels: tuple[Path, ...], size: tuple[int, int]) -> None:
    async def story(seat: Seat) -> None:
        screen = await ready(seat)
        rows = screen.query_one("#reels", Rows)
        await seat.press("f")
        await seat.until(lambda: isinstance(seat.desk.screen, Jump))
        y = rows.content_region.y + 2
        name = next(name for name, place in jump(seat).names.items() if (place.x, place.y) == (rows.region.x, y))
        await seat.until(lambda: seat.text.split("\n")[y][rows.region.x] == name[0], "the letter is seen")
        await seat.press(*name)
        await seat.until(lambda: screen.selected == "canal", "there")
        assert isinstance(seat.desk.screen, LibraryScreen)

    at_desk(library, story, size=size)


def test_a_letter_of_the_footer_does_what_it_says(library: Path, reels: tuple[Path, ...]) -> None:
    async def story(seat: Seat) -> None:
        await ready(seat)
        await seat.press("f")
        await seat.until(lambda: isinstance(seat.desk.screen, Jump))
        footer = seat.desk.size.height - 1
        found = sorted((place.x, name) for name, place in jump(seat).names.items() if place.y == footer)
        await seat.press(*found[1][1])  # the first opens the reel
        await seat.sees("New reel")

    at_desk(library, story)


def test_any_other_key_leaves_everything_as_it_was(library: Path, reels: tuple[Path, ...]) -> None:
    async def story(seat: Seat) -> None:
        screen = await ready(seat)
        for key in ("escape", "1", "down"):
            await seat.press("f")
            await seat.until(lambda: isinstance(seat.desk.screen, Jump))
            await seat.press(key)
            await seat.until(lambda: seat.desk.screen is screen)
            assert screen.selected == "alpine"

    at_desk(library, story)


def test_names_of_two_letters_are_typed_one_after_the_other(library: Path) -> None:
    for number in range(30):
        create_reel(library, "x", TINY, name=f"reel-{number:02}", now=f"2025-12-31T00:00:{59 - number:02}Z")

    async def story(seat: Seat) -> None:
        screen = await ready(seat, "reel-29")
        await seat.press("f")
        await seat.until(lambda: isinstance(seat.desk.screen, Jump))
        rows = screen.query_one("#reels", Rows)
        y = rows.content_region.y + 29
        name = next(name for name, place in jump(seat).names.items() if (place.x, place.y) == (rows.region.x, y))
        assert len(name) == 2
        await seat.press(name[0])
        assert isinstance(seat.desk.screen, Jump)
        await seat.press(name[1])
        await seat.until(lambda: screen.selected == "reel-29", "there")

    at_desk(library, story)


# --- themes --------------------------------------------------------------------------------------------------------


def test_a_theme_is_seen_while_the_cursor_is_on_it_and_esc_puts_the_old_one_on(library: Path) -> None:
    async def story(seat: Seat) -> None:
        await seat.sees("There are no reels here yet")
        before = seat.desk.theme
        await seat.press("T")
        await seat.sees("Theme", before, "good", "running")
        rows = seat.desk.screen.query_one(Rows)
        assert rows.cursor == before
        other = next(name for name in rows.keys if name != before)
        rows.go_to(other)
        await seat.until(lambda: seat.desk.theme == other, "on")
        await seat.press("escape")
        await seat.until(lambda: not isinstance(seat.desk.screen, ThemeChoice))
        assert seat.desk.theme == before

    at_desk(library, story)


def test_enter_keeps_a_theme_for_the_next_time_too(library: Path) -> None:
    chosen: list[str] = []

    async def story(seat: Seat) -> None:
        await seat.sees("There are no reels here yet")
        await seat.press("T")
        await seat.sees("Theme")
        rows = seat.desk.screen.query_one(Rows)
        rows.go((rows.keys.index(rows.cursor) + 1) % len(rows.keys))
        await seat.press("enter")
        await seat.until(lambda: not isinstance(seat.desk.screen, ThemeChoice))
        chosen.append(seat.desk.theme)
        assert seat.desk.memory.theme == chosen[0]

    at_desk(library, story)


def test_why_a_theme_file_is_not_used_is_told(library: Path) -> None:
    from core.places import config_dir

    folder = config_dir() / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('name = "mine"\nprimary = "no colour"\n')

    async def story(seat: Seat) -> None:
        await seat.sees("There are no reels here yet")
        await seat.press("T")
        await seat.sees("Theme", "mine.toml")

    at_desk(library, story)


def test_the_queue_has_its_own_help(library: Path) -> None:
    async def story(seat: Seat) -> None:
        await seat.sees("There are no reels here yet")
        await seat.press("Q")
        await seat.until(lambda: isinstance(seat.desk.screen, QueueScreen))
        await seat.press("question_mark")
        await seat.sees("Help: queue", "Start worker")

    at_desk(library, story)
