"""What is set before textual is imported, and what the terminal's variables tell."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from core.places import data_root
from reeltui.terminal import abilities, prepare
from reeltui.terminals import known

PLAIN = {"TERM": "xterm-256color", "LANG": "en_GB.UTF-8"}
SSH = {**PLAIN, "SSH_CONNECTION": "10.0.0.1 5022 10.0.0.2 22"}


def prepared(environ: dict[str, str]) -> dict[str, str]:
    """What `prepare` added or changed; None where it took something away."""
    after = dict(environ)
    prepare(after)
    return {name: value for name, value in after.items() if environ.get(name) != value}


def test_nothing_moves_anywhere() -> None:
    assert prepared(PLAIN) == {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_COLOR_SYSTEM": "256", "ESCDELAY": "25"}


def test_over_ssh_less_is_sent() -> None:
    set_here = prepared(SSH)
    assert 10 <= int(set_here["TEXTUAL_FPS"]) <= 15
    assert set_here["TEXTUAL_SMOOTH_SCROLL"] == "0"


def test_what_the_user_set_stays() -> None:
    wishes = {
        "TEXTUAL_ANIMATIONS": "full",
        "TEXTUAL_FPS": "30",
        "TEXTUAL_SMOOTH_SCROLL": "1",
        "TEXTUAL_COLOR_SYSTEM": "truecolor",
        "TEXTUAL_THEME": "nord",
        "ESCDELAY": "100",
    }
    assert prepared({**SSH, **wishes}) == {}


def test_without_colour_textual_starts_with_the_terminals_own() -> None:
    set_here = prepared({**PLAIN, "NO_COLOR": "1"})
    assert set_here["TEXTUAL_THEME"] == "ansi-dark"
    assert "TEXTUAL_COLOR_SYSTEM" not in set_here


def test_a_dumb_terminal_gets_no_colour() -> None:
    assert prepared({"TERM": "dumb"})["NO_COLOR"] == "1"


def test_an_empty_no_color_is_none() -> None:
    environ = {**PLAIN, "NO_COLOR": ""}
    prepare(environ)
    assert "NO_COLOR" not in environ
    assert abilities({**PLAIN, "NO_COLOR": ""}).colours == "256"


def test_textual_obeys_what_is_set() -> None:
    """The names are those that textual reads; a rename there would go unnoticed otherwise."""
    code = (
        "import os; from reeltui.terminal import prepare; prepare(os.environ);"
        "from textual import constants as c;"
        "print(c.MAX_FPS, c.TEXTUAL_ANIMATIONS, c.SMOOTH_SCROLL, c.COLOR_SYSTEM, c.DEFAULT_THEME)"
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
    environ.pop("NO_COLOR", None)
    for extra, wanted in (
        ({**SSH, "COLORTERM": ""}, "15 none False 256 textual-dark"),
        ({**SSH, "COLORTERM": "", "NO_COLOR": "1", "TEXTUAL_FPS": "9"}, "9 none False auto ansi-dark"),
    ):
        for name in ("TMUX", "STY", "TERM_PROGRAM", "WT_SESSION"):
            environ.pop(name, None)
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**environ, **extra},
            cwd=data_root(),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        assert done.stdout.strip() == wanted


def test_without_colour_none_is_written() -> None:
    """The app that textual makes under NO_COLOR removes colours, and does not turn them into greys."""
    code = (
        "import os; from reeltui.terminal import prepare; prepare(os.environ);"
        "from textual.app import App; print([type(one).__name__ for one in App()._filters])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NO_COLOR": "1"},
        cwd=data_root(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "NoColor" in done.stdout
    assert "Monochrome" not in done.stdout


@pytest.mark.parametrize(
    ("environ", "colours"),
    [
        ({}, "standard"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, ""),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, ""),
        ({"TERM": "xterm"}, "standard"),
        ({"TERM": "linux"}, "standard"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "xterm-kitty"}, "truecolor"),
        ({"TERM": "xterm-direct"}, "truecolor"),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-0/default,1,0"}, "truecolor"),
        ({"TERM": "tmux-256color"}, "truecolor"),
        ({"TERM": "screen-256color"}, "256"),
        ({"TERM": "screen.xterm-256color", "STY": "1.x", "COLORTERM": "truecolor"}, "256"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "truecolor"),
        ({"TERM": "xterm-256color", "TEXTUAL_COLOR_SYSTEM": "standard", "COLORTERM": "truecolor"}, "standard"),
    ],
)
def test_colours(environ: dict[str, str], colours: str) -> None:
    found = abilities(environ)
    assert found.colours == colours
    assert found.truecolor == (colours == "truecolor")


@pytest.mark.parametrize(
    ("environ", "ssh", "tmux", "screen"),
    [
        ({}, False, False, False),
        ({"SSH_TTY": "/dev/pts/1"}, True, False, False),
        ({"TMUX": "x", "TERM": "screen-256color"}, False, True, False),
        ({"TERM": "tmux-256color", "SSH_CLIENT": "x"}, True, True, False),
        ({"STY": "1.x", "TERM": "screen"}, False, False, True),
        ({"TERM": "screen", "SSH_CLIENT": "x"}, True, False, True),
    ],
)
def test_what_is_in_between(environ: dict[str, str], ssh: bool, tmux: bool, screen: bool) -> None:
    found = abilities(environ)
    assert (found.ssh, found.tmux, found.screen) == (ssh, tmux, screen)


def test_the_locale() -> None:
    assert abilities({"LANG": "C", "LC_ALL": "de_DE.utf8"}).unicode
    assert not abilities({"LANG": "en_GB.UTF-8", "LC_ALL": "C"}).unicode
    assert not abilities({}).unicode


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({"TERM": "xterm-256color"}, ""),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "foot", "KITTY_WINDOW_ID": "1"}, "foot"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode", "KITTY_WINDOW_ID": "1"}, "VS Code"),
        ({"TERM": "linux", "TERM_PROGRAM": "iTerm.app"}, "the Linux console"),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7600"}, "a VTE terminal (GNOME, XFCE)"),
    ],
)
def test_the_nearest_terminal_is_the_one_that_is_meant(environ: dict[str, str], name: str) -> None:
    found = known(environ)
    assert (found.name if found else "") == name
