"""Which way pictures are shown, from what is known of a terminal; and that nothing is asked of it by the way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping

import pytest

from core.film.errors import BadInput
from reeltui.pictures.cells import Grain
from reeltui.pictures.protocol import CELLS, Protocol, Wish, decide, load, wish_of

KITTY = {"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}


@pytest.mark.parametrize(
    ("environ", "protocol", "grain"),
    [
        ({}, Protocol.CELLS, Grain.HALVES),
        ({"TERM": "xterm-256color"}, Protocol.CELLS, Grain.HALVES),
        (KITTY, Protocol.KITTY, Grain.QUARTERS),
        ({"TERM": "xterm-ghostty"}, Protocol.KITTY, Grain.QUARTERS),
        ({"TERM_PROGRAM": "WezTerm"}, Protocol.SIXEL, Grain.QUARTERS),
        ({"TERM_PROGRAM": "iTerm.app"}, Protocol.SIXEL, Grain.QUARTERS),
        ({"TERM": "foot"}, Protocol.SIXEL, Grain.QUARTERS),
        ({"VTE_VERSION": "7600"}, Protocol.CELLS, Grain.QUARTERS),
        (KITTY | {"TMUX": "/tmp/tmux"}, Protocol.CELLS, Grain.HALVES),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, Protocol.CELLS, Grain.HALVES),
        ({"TERM": "screen", "KITTY_WINDOW_ID": "1"}, Protocol.CELLS, Grain.HALVES),
        (KITTY | {"ZELLIJ": "0"}, Protocol.CELLS, Grain.HALVES),
        (KITTY | {"SSH_CONNECTION": "a 1 b 2"}, Protocol.CELLS, Grain.QUARTERS),
        (KITTY | {"SSH_TTY": "/dev/pts/1"}, Protocol.CELLS, Grain.QUARTERS),
    ],
)
def test_by_itself(environ: Mapping[str, str], protocol: Protocol, grain: Grain) -> None:
    way = decide(Wish.AUTO, environ, installed=True)
    assert (way.protocol, way.grain) == (protocol, grain)
    assert way.reason


def test_what_is_missing_is_said() -> None:
    assert "reeltui[images]" in decide(Wish.AUTO, KITTY, installed=False).reason
    assert "SSH" in decide(Wish.AUTO, KITTY | {"SSH_CLIENT": "a"}, installed=True).reason
    assert "tmux" in decide(Wish.AUTO, KITTY | {"TMUX": "x"}, installed=True).reason
    assert decide(Wish.AUTO, KITTY, installed=True, tty=False).protocol is Protocol.CELLS
    assert decide(Wish.KITTY, KITTY, installed=False).protocol is Protocol.CELLS
    assert decide(Wish.SIXEL, {}, installed=True, tty=False).protocol is Protocol.CELLS


@pytest.mark.parametrize(
    ("wish", "protocol"),
    [
        (Wish.CELLS, Protocol.CELLS),
        (Wish.KITTY, Protocol.KITTY),
        (Wish.SIXEL, Protocol.SIXEL),
        (Wish.ITERM, Protocol.SIXEL),
        (Wish.OFF, Protocol.OFF),
    ],
)
def test_what_the_user_says_wins_over_tmux_and_ssh(wish: Wish, protocol: Protocol) -> None:
    environ = {"TMUX": "x", "SSH_CONNECTION": "a 1 b 2"}
    assert decide(wish, environ, installed=True).protocol is protocol


@pytest.mark.parametrize(
    ("colours", "grain"), [("standard", Grain.SIXTEEN), ("", Grain.SHADES), ("256", Grain.QUARTERS)]
)
def test_the_grain_follows_the_colours(colours: str, grain: Grain) -> None:
    way = decide(Wish.AUTO, KITTY, installed=True, colours=colours)
    assert way.grain is grain
    if colours != "256":
        assert way.protocol is Protocol.CELLS


def test_a_wish_that_means_nothing_is_refused_with_what_there_is() -> None:
    assert wish_of({}) is Wish.AUTO
    assert wish_of({"pictures": "sixel", "theme": "x"}) is Wish.SIXEL
    for bad in ("kity", 3, ["kitty"]):
        with pytest.raises(BadInput) as caught:
            wish_of({"pictures": bad})
        assert "sixel" in caught.value.remedy


def test_cells_load_nothing_and_the_rest_only_when_asked() -> None:
    code = (
        "import sys\n"
        "from reeltui.pictures.protocol import CELLS, Protocol, Way, decide, installed, load, Wish\n"
        "decide(Wish.AUTO, {'TERM': 'xterm-kitty'}, installed=installed())\n"
        "assert load(CELLS) == (CELLS, None)\n"
        "assert 'textual_image' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_load_gives_the_widget_of_the_protocol() -> None:
    pytest.importorskip("textual_image", exc_type=ImportError)
    way, rich = load(decide(Wish.SIXEL, {}, installed=True))
    assert way.protocol is Protocol.SIXEL
    assert rich is not None
    way, rich = load(decide(Wish.KITTY, {}, installed=True))
    assert rich is not None
    assert rich.__name__ == "TGPImage"
    assert load(CELLS) == (CELLS, None)


def test_what_cannot_be_loaded_falls_back_to_cells_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textual_image.widget", None)
    way, rich = load(decide(Wish.SIXEL, {}, installed=True))
    assert (way.protocol, rich) == (Protocol.CELLS, None)
    assert "could not be loaded" in way.reason
