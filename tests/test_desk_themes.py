"""Themes: whole, legible by the numbers, the user's own win, and a broken file is named and never fatal."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Button, Input, OptionList, Static

from core.places import config_dir, data_root
from reeltui.colours import contrast, legible, mix, rgb
from reeltui.themes import (
    ANSI,
    DARK,
    LIGHT,
    Look,
    Problem,
    choose_theme,
    find_theme,
    first_theme,
    load_themes,
    read_theme,
)

LOOKS = load_themes().looks
COLOURED = [name for name, look in LOOKS.items() if not look.ansi]
TEXT = ("good", "bad", "warn", "accent", "strong", "running")


def ratio(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio, worked out here once more."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    high, low = max(light(one), light(other)), min(light(one), light(other))
    return (high + 0.05) / (low + 0.05)


def grounds(look: Look) -> dict[str, str]:
    """What text stands on."""
    painted = look.painted()
    return {
        "background": look.background,
        "surface": look.surface,
        "panel": look.panel,
        "cursor": painted["cursor-background"],
        "cursor away": painted["cursor-away"],
    }


def own(name: str, text: str) -> Path:
    path = config_dir() / "themes" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def plain(name: str = "mine", **fields: object) -> str:
    """A theme of ten colours, as a person would write it."""
    table: dict[str, object] = {
        "name": name,
        "dark": True,
        "primary": "#3366ff",
        "secondary": "#224466",
        "accent": "#335577",
        "foreground": "#dddddd",
        "background": "#101010",
        "surface": "#1a1a1a",
        "panel": "#242424",
        "success": "#115511",
        "warning": "#664400",
        "error": "#771111",
    }
    table.update(fields)
    lines = [
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in table.items()
    ]
    return "\n".join(lines) + "\n"


def test_the_packaged_themes_are_what_is_promised() -> None:
    assert not load_themes().problems
    assert {DARK, LIGHT, ANSI} <= set(LOOKS)
    assert sum(look.dark and not look.ansi for look in LOOKS.values()) >= 2
    assert any(not look.dark for look in LOOKS.values())
    assert LOOKS[ANSI].ansi
    assert "high-contrast" in LOOKS
    assert all(look.about for look in LOOKS.values())


@pytest.mark.parametrize("name", COLOURED)
def test_every_tone_can_be_read_wherever_it_stands(name: str) -> None:
    look = LOOKS[name]
    painted, least = look.painted(), 7.0 if name == "high-contrast" else 4.5
    for where, ground in grounds(look).items():
        for tone in TEXT:
            assert ratio(painted[f"tone-{tone}"], ground) >= least, f"{tone} on {where}"
        assert ratio(look.foreground, ground) >= least, f"text on {where}"
        assert ratio(painted["tone-dim"], ground) >= (7.0 if name == "high-contrast" else 3.0), f"dim on {where}"
    assert ratio(painted["cursor-foreground"], painted["cursor-background"]) >= least
    assert ratio(painted["cursor-away-foreground"], painted["cursor-away"]) >= least


@pytest.mark.parametrize("name", COLOURED)
def test_tones_and_the_cursor_can_be_told_apart(name: str) -> None:
    painted = LOOKS[name].painted()
    tones = {tone: painted[f"tone-{tone}"] for tone in ("good", "bad", "warn", "accent", "running", "dim")}
    for one, first in tones.items():
        for other, second in tones.items():
            apart = sum(abs(a - b) for a, b in zip(rgb(first), rgb(second), strict=True))
            assert one == other or apart >= 40, f"{one} and {other}"
    places = [LOOKS[name].background, painted["cursor-away"], painted["cursor-background"]]
    assert all(contrast(a, b) >= 1.05 for a, b in pairwise(places))


def test_the_ansi_theme_names_no_colour_of_its_own() -> None:
    variables = LOOKS[ANSI].theme().to_color_system().generate()
    assert [name for name, value in variables.items() if "#" in value or "rgb" in value] == []
    assert variables["cursor-style"] == "reverse"
    assert variables["panel"] == "ansi_default"


class Room(App[None]):
    """A screen with what the desk paints with, and widgets of textual's that have colours of their own."""

    CSS = """
    Screen { background: $background; color: $foreground; }
    #good { color: $tone-good; } #bad { color: $tone-bad; } #warn { color: $tone-warn; } #dim { color: $tone-dim; }
    #accent { color: $tone-accent; } #strong { color: $tone-strong; } #running { color: $tone-running; }
    #cursor { background: $cursor-background; color: $cursor-foreground; text-style: $cursor-style; }
    #away { background: $cursor-away; color: $cursor-away-foreground; text-style: $cursor-away-style; }
    #panel { background: $panel; border: solid $rule; }
    """

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.register_theme(look.theme())
        self.theme = look.name

    def compose(self) -> ComposeResult:
        """One of each."""
        for tone in (*TEXT, "dim", "cursor", "away", "panel"):
            yield Static(tone, id=tone, markup=False)
        yield OptionList("one", "two")
        yield Input("words")
        yield Button("Make it", variant="primary")


@pytest.mark.parametrize("name", sorted(LOOKS))
def test_a_screen_is_painted_in_every_theme(name: str) -> None:
    look = LOOKS[name]

    async def play() -> tuple[object, object]:
        app = Room(look)
        async with app.run_test(size=(80, 40)):
            return app.query_one("#good").styles.color, app.native_ansi_color

    colour, ansi = asyncio.run(play())
    assert ansi is look.ansi
    wanted = look.painted()["tone-good"]
    assert str(getattr(colour, "hex", "")).lower() == wanted


# --- the user's own ---------------------------------------------------------------------------------------------


def test_ten_colours_are_a_theme_and_the_rest_can_be_read() -> None:
    own("mine", plain())
    look, problems = find_theme("mine")
    assert problems == ()
    assert look is not None
    painted = look.painted()
    for ground in grounds(look).values():
        assert all(ratio(painted[f"tone-{tone}"], ground) >= 4.5 for tone in TEXT)
        assert ratio(painted["tone-dim"], ground) >= 3.0


def test_what_is_named_is_taken_as_it_is() -> None:
    own(
        "mine", plain() + '[tones]\ngood = "#123"\n[cursor]\nbackground = "#445566"\n[variables]\nborder = "#0f0 40%"\n'
    )
    look, _ = find_theme("mine")
    assert look is not None
    painted = look.painted()
    assert (painted["tone-good"], painted["cursor-background"], painted["border"]) == ("#123", "#445566", "#0f0 40%")


def test_the_users_own_wins_over_the_packaged_one() -> None:
    own(DARK, plain(DARK, background="#000001"))
    assert load_themes().looks[DARK].background == "#000001"
    look, _ = find_theme(DARK)
    assert look is not None
    assert look.background == "#000001"


def test_a_broken_one_leaves_the_packaged_one_and_is_named() -> None:
    path = own(DARK, plain(DARK, background="dark blue"))
    look, problems = find_theme(DARK)
    assert look == LOOKS[DARK]
    assert [(one.path, one.field) for one in problems] == [(path, "background")]
    themes = load_themes()
    assert themes.looks == LOOKS
    assert themes.problems == problems


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        (plain(primary="pink"), "primary", "#ffaa00"),
        (plain(primary="#12345"), "primary", "#12345"),
        (plain(primary="ansi_red"), "primary", "ansi = true"),
        (plain(primary=7), "primary", "Expected `str`"),
        (plain(ansi=True), "primary", "ansi_cyan"),
        (plain("yours"), "name", "named like its file"),
        (plain(dark="yes"), "dark", "Expected `bool`"),
        (plain(paper="#fff"), "", "paper"),
        ("name = 'mine'\n", "", "missing required field"),
        (plain() + "[tones]\ngood = 'green'\n", "tones.good", "green"),
        (plain() + "[tones]\nbest = '#fff'\n", "tones", "best"),
        (plain() + "[cursor]\nstyle = 'blink'\n", "cursor.style", "blink"),
        (plain() + "[cursor]\naway-foreground = 'x'\n", "cursor.away-foreground", "x"),
        (plain() + "[variables]\n'a; }' = '#fff'\n", "variables.a; }", "no name"),
        (plain() + "[variables]\nborder = '#fff; } * { display: none'\n", "variables.border", "share"),
        (plain() + "[variables]\nlink-style = 'wild'\n", "variables.link-style", "no style"),
        (plain() + "[variables]\nborder = 3\n", "variables", "Expected `str`"),
        ("name = [", "", "Invalid value"),
        (plain() + "# " + "x" * 70_000, "", "longer"),
    ],
)
def test_what_is_wrong_is_said_with_file_field_and_reason(text: str, field: str, reason: str) -> None:
    path = own("mine", text)
    problem = read_theme(path)
    assert isinstance(problem, Problem)
    assert problem.field == field
    assert reason in problem.reason
    assert str(path) in str(problem)
    assert set(load_themes().looks) == set(LOOKS)


def test_files_that_are_no_text_and_no_file_are_refused() -> None:
    path = own("mine", "")
    path.write_bytes(b"name = '\xff\x1b]0;x\x07'")
    found = read_theme(path)
    assert isinstance(found, Problem)
    assert "\x1b" not in str(found)
    (path.parent / "folder.toml").mkdir()
    assert {one.path.name for one in load_themes().problems} == {"mine.toml", "folder.toml"}
    assert isinstance(read_theme(path.parent / "none.toml"), Problem)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "*", "night shoot", "x" * 60])
def test_a_name_that_is_none_finds_nothing(name: str) -> None:
    assert find_theme(name) == (None, ())


def test_the_first_theme_is_one_the_terminal_can_show() -> None:
    assert choose_theme("", "truecolor") == DARK
    assert choose_theme("daylight", "256") == "daylight"
    assert choose_theme("", "standard") == ANSI
    assert choose_theme("daylight", "standard") == "daylight"
    assert choose_theme("daylight", "") == ANSI


def test_the_start_never_fails_for_a_theme() -> None:
    assert first_theme("daylight", "256") == (LOOKS["daylight"], ())
    look, said = first_theme("gone\x1b[31m", "truecolor")
    assert look.name == DARK
    assert len(said) == 1
    assert "there is no theme" in said[0]
    assert "grading-room" in said[0]
    assert "\x1b" not in said[0]
    path = own("mine", plain(primary="pink"))
    look, said = first_theme("mine", "standard")
    assert look.name == ANSI
    assert len(said) == 1
    assert str(path) in said[0]
    own(DARK, "name = [")
    look, said = first_theme("", "truecolor")
    assert look == LOOKS[DARK]
    assert len(said) == 1


def test_checking_themes_reads_no_textual() -> None:
    code = "import sys; from reeltui.themes import load_themes; load_themes(); print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=data_root(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# --- colours ----------------------------------------------------------------------------------------------------


def _pairs() -> Iterator[tuple[str, str, float]]:
    yield "#000000", "#ffffff", 21.0
    yield "#777777", "#ffffff", 4.48  # the grey that is known to fail by a hair
    yield "#ff0000", "#ffffff", 4.0


@pytest.mark.parametrize(("one", "other", "wanted"), list(_pairs()))
def test_contrast_is_the_known_one(one: str, other: str, wanted: float) -> None:
    assert contrast(one, other) == pytest.approx(wanted, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


def test_a_colour_is_moved_only_as_far_as_it_must() -> None:
    assert mix("#000", "#fff", 0.5) == "#808080"
    assert legible("#ffffff", ["#000000"], 4.5, dark=True) == "#ffffff"
    moved = legible("#800000", ["#101010"], 4.5, dark=True)
    assert 4.5 <= contrast(moved, "#101010") < 5.5
    assert contrast(legible("#ffcccc", ["#ffffff"], 7, dark=False), "#ffffff") >= 7
    assert legible("#888888", ["#888888"], 21, dark=False) == "#000000"
