"""The user's keys: understood as people write them, checked, and never two things on one key."""

from __future__ import annotations

import asyncio
import tomllib
from typing import ClassVar

import msgspec
import pytest
from textual.app import App
from textual.binding import Binding, BindingType

from reeltui.keymap import ANYWHERE, Keymap, read_keymap, textual_key


class Row(msgspec.Struct, frozen=True):
    """An action as far as keys go."""

    rooms: tuple[str, ...]
    keys: str


ACTIONS = {
    "desk.quit": Row((ANYWHERE,), "ctrl+q"),
    "desk.help": Row((ANYWHERE,), "question_mark,f1"),
    "shot.approve": Row(("shot",), "a"),
    "shot.reject": Row(("shot",), "x"),
    "shot.next": Row(("shot",), "right_square_bracket"),
    "reel.approve": Row(("reel",), "a"),
    "list.down": Row(("shot", "reel"), "down,j"),
}


def read(text: str, needed: tuple[str, ...] = ()) -> Keymap:
    """Read a piece of config.toml."""
    return read_keymap(tomllib.loads(text).get("keys"), ACTIONS, needed=needed)


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("A", "A"),
        ("a", "a"),
        ("é", "é"),
        ("7", "7"),
        ("?", "question_mark"),
        ("/", "slash"),
        ("+", "plus"),
        ("-", "minus"),
        (".", "full_stop"),
        ("@", "at"),
        ("§", "section_sign"),
        ("Esc", "escape"),
        ("Return", "enter"),
        ("PgUp", "pageup"),
        ("del", "delete"),
        ("F5", "f5"),
        ("space", "space"),
        ("shift+a", "A"),
        ("shift+up", "shift+up"),
        ("backtab", "shift+tab"),
        ("ctrl+A", "ctrl+a"),
        ("Ctrl+Shift+A", "ctrl+shift+a"),
        ("shift+ctrl+left", "ctrl+shift+left"),
        ("ctrl++", "ctrl+plus"),
        ("ctrl+space", "ctrl+at"),
        ("alt+x", "alt+x"),
        ("left_square_bracket", "left_square_bracket"),
    ],
)
def test_keys_are_understood_as_people_write_them(word: str, key: str) -> None:
    assert textual_key(word) == (key, "")


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("", "no key"),
        ("escap", "near: escape"),
        ("ctl+a", "before + come"),
        ("a+b", "before + come"),
        ("ctrl+", "no key"),
        ("\x1b", "no key"),
        ("\u202e", "no key"),
        ("<any>", "no key"),
        ("page", "near: page"),
        ("ctrl+m", "told from enter"),
        ("ctrl+i", "told from tab"),
        ("ctrl+[", "told from escape"),
    ],
)
def test_what_is_no_key_is_said(word: str, why: str) -> None:
    said = textual_key(word)[1]
    assert why in said
    assert "\x1b" not in said


def test_textual_calls_these_keys_the_same() -> None:
    """What a terminal sends for a sign is the key that it was read as."""
    from textual._xterm_parser import XTermParser

    for sign in "aZ7?/+-.@[]{}<>_~é§":
        heard = [event.key for event in XTermParser().feed(sign) if hasattr(event, "key")]
        assert heard == [textual_key(sign)[0]]


def test_no_table_is_no_keys() -> None:
    assert read_keymap(None, ACTIONS) == Keymap()
    assert read("[keys]\n") == Keymap()


def test_keys_are_taken_as_one_or_several_or_none() -> None:
    found = read('[keys]\n"shot.approve" = "A, f9"\nshot.next = "n"\n"list.down" = ""\n')
    assert found == Keymap({"shot.approve": "A,f9", "shot.next": "n", "list.down": ""})


def test_two_may_change_places() -> None:
    found = read('[keys]\n"shot.approve" = "x"\n"shot.reject" = "a"\n')
    assert found == Keymap({"shot.approve": "x", "shot.reject": "a"})


def test_a_key_that_was_given_away_is_free() -> None:
    assert not read('[keys]\n"shot.approve" = "x"\n"shot.reject" = ""\n').problems


def test_the_same_key_in_another_room_is_no_clash() -> None:
    assert not read('[keys]\n"shot.approve" = "b"\n"reel.approve" = "b"\n').problems


@pytest.mark.parametrize(
    ("text", "kept", "words"),
    [
        ('"shot.approve" = "x"', {}, ("shot.approve", "x does shot.reject", "in shot")),
        ('"shot.approve" = "ctrl+q"', {}, ("shot.approve", "desk.quit")),
        ('"desk.help" = "x"', {}, ("desk.help", "shot.reject")),
        ('"shot.next" = "j"', {}, ("shot.next", "list.down")),
        ('"shot.next" = "N"\n"shot.reject" = "N"', {"shot.next": "N"}, ("shot.reject", "N does shot.next")),
    ],
)
def test_two_things_on_one_key_are_refused(text: str, kept: dict[str, str], words: tuple[str, ...]) -> None:
    found = read(f"[keys]\n{text}\n")
    assert found.keys == kept
    assert len(found.problems) == 1
    assert all(word in found.problems[0] for word in words)


def test_a_line_that_is_left_out_takes_its_key_back() -> None:
    """Approve counted on x being free; it is not, for the line that freed it is left out."""
    found = read('[keys]\n"shot.approve" = "x"\n"shot.reject" = "nokey"\n')
    assert found.keys == {}
    assert len(found.problems) == 2


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('"shot.aprove" = "A"', "near: shot.approve"),
        ('"zebra" = "A"', "no such action"),
        ('"shot.approve" = 3', "keys are text"),
        ('"shot.approve" = ["A"]', "keys are text"),
        ('"shot.approve" = "A,,B"', "no key"),
        ('"desk.quit" = ""', "needs a key"),
        ('"a\\u001b[31m" = "x"', "no such action"),
    ],
)
def test_what_cannot_be_obeyed_is_said_and_left_out(text: str, word: str) -> None:
    found = read(f'[keys]\n{text}\n"shot.next" = "n"\n', needed=("desk.quit",))
    assert found.keys == {"shot.next": "n"}
    assert len(found.problems) == 1
    assert word in found.problems[0]
    assert "\x1b" not in found.problems[0]


def test_keys_that_are_no_table_are_said() -> None:
    assert read_keymap("a", ACTIONS).problems


def test_the_keys_as_they_come_are_fine() -> None:
    found = read_keymap({name: action.keys for name, action in ACTIONS.items()}, ACTIONS)
    assert found == Keymap({name: action.keys for name, action in ACTIONS.items()})


def test_textual_obeys_the_keys() -> None:
    """What is read here is what `App.set_keymap` wants, also where two change places."""

    class Room(App[None]):
        BINDINGS: ClassVar[list[BindingType]] = [
            Binding(action.keys, f"note('{name}')", id=name)
            for name, action in ACTIONS.items()
            if "shot" in action.rooms
        ]

        def __init__(self) -> None:
            super().__init__()
            self.done: list[str] = []

        def action_note(self, name: str) -> None:
            """Note what was done."""
            self.done.append(name)

    async def play() -> list[str]:
        app = Room()
        async with app.run_test() as pilot:
            app.set_keymap(read('[keys]\n"shot.approve" = "x, F9, !"\n"shot.reject" = "a"\n').keys)
            await pilot.press("x", "f9", "exclamation_mark", "a", "j")
            return app.done

    assert asyncio.run(play()) == ["shot.approve"] * 3 + ["shot.reject", "list.down"]
