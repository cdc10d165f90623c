"""The command palette: every action of the registry by its name, every reel of the library, every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import msgspec
from textual.app import ComposeResult
from textual.command import CommandInput, CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.fuzzy import FuzzySearch
from textual.widgets import LoadingIndicator, Static

from core.film.errors import BadInput
from core.film.text import clean
from core.folder.library import reel_folders
from reeltui.actions import actions_of, keys_of
from reeltui.lines import fit, line, plain, span
from reeltui.painting import Dialog
from reeltui.screens.base import DeskScreen
from reeltui.widgets.keys import shown

if TYPE_CHECKING:
    from reeltui.app import Desk

_KEY, _TITLE = 8, 18
# What is not possible now comes after everything that is.
_LATER = 0.25
# How well a sentence fits that has the words; a title that has the letters fits better.
_IN_SENTENCE = 0.1


class Command(msgspec.Struct, frozen=True):
    """Something the palette can do: its key as people write it (""), its title, a sentence, and the words it is found
    by. `possible`: at this moment."""

    key: str
    title: str
    about: str
    run: Callable[[], object]
    possible: bool = True

    @property
    def words(self) -> str:
        """What is searched."""
        return f"{self.title} {self.about}".casefold()


class Commands(Provider):
    """What can be done where a person is, what works everywhere, reels to open, themes to put on."""

    @property
    def _desk(self) -> Desk:
        return cast("Desk", self.app)

    async def startup(self) -> None:
        """Find out once what there is: the palette is short-lived."""
        self._commands = sorted(self._all(), key=lambda one: not one.possible)

    async def discover(self) -> Hits:
        """Everything that can be done, before anything is typed; reels and themes are many, and come when asked for."""
        for command in self._commands:
            if command.key or not command.title.startswith(("Open ", "Theme ")):
                yield DiscoveryHit(self._shown(command, Content(command.title)), command.run, command.title)

    async def search(self, query: str) -> Hits:
        """What has these letters, the best first."""
        search, wanted = FuzzySearch(), query.casefold().split()
        for command in self._commands:
            title, places = search.match(query, command.title)
            # A title needs only the letters, a sentence whole words: every long one has most letters somewhere.
            score = title or (_IN_SENTENCE if all(word in command.words for word in wanted) else 0.0)
            if score > 0:
                # Not textual's matcher: it takes what it highlights for markup, and a folder may have any name.
                display = Content(command.title)
                for place in places if title > 0 else ():
                    display = display.stylize("bold underline", place, place + 1)
                weight = 1.0 if command.possible else _LATER
                yield Hit(score * weight, self._shown(command, display), command.run, command.title)

    def _shown(self, command: Command, title: Content) -> Content:
        """Return a command on one line: its key, its title, a sentence."""
        room = " " * max(1, _TITLE - len(plain(line(span(command.title)))))
        key = plain(fit(line(span(command.key)), _KEY, "right"))
        about = command.about if command.possible else f"not now: {command.about}"
        return Content.assemble((key, "$tone-accent"), "  ", title, room, (about, "$tone-dim not bold"))

    # --- what there is -----------------------------------------------------------------------------------------

    def _all(self) -> Iterator[Command]:
        yield from self._actions()
        yield from self._reels()
        yield from self._themes()

    def _actions(self) -> Iterator[Command]:
        screen = self.screen
        if not isinstance(screen, DeskScreen):
            return
        for action in actions_of(screen.ROOM):
            if action.name == "desk.palette":
                continue
            keys = keys_of(action, self._desk.keys)
            key = shown(keys[0]) if keys else ""
            yield Command(key, action.title, action.about, self._runs(action.name), screen.possible(action))

    def _runs(self, name: str) -> Callable[[], object]:
        action = next(action for action in actions_of(cast(DeskScreen, self.screen).ROOM) if action.name == name)
        return lambda: self._desk.run_named(action)

    def _reels(self) -> Iterator[Command]:
        try:
            roots = reel_folders(self._desk.library)
        except BadInput:
            return  # the library says by itself that it cannot be read
        for root in roots:
            yield Command("", f"Open {clean(root.name, limit=100)}", "", self._opens(root))

    def _opens(self, root: Path) -> Callable[[], object]:
        return lambda: self._desk.open_reel(root)

    def _themes(self) -> Iterator[Command]:
        for name, look in self._desk.themes().looks.items():
            yield Command("", f"Theme {name}", look.about, self._puts_on(name))

    def _puts_on(self, name: str) -> Callable[[], object]:
        return lambda: self._desk.keep_theme(name)


class Palette(CommandPalette, Dialog[None]):
    """Textual's palette, in which nothing blinks or turns, and every command has one line."""

    DEFAULT_CSS = """
    Palette {
        & > Vertical { margin-top: 2; width: 100; max-width: 96%; height: 100%; background: transparent; }
        #--input { border: none; height: 3; background: $panel; padding: 1 1; }
        #--input.--list-visible { border: none; }
        #--input Static { width: 2; color: $tone-accent; }
        #--input CommandInput, #--input CommandInput:focus { border: none; height: 1; background: $panel; }
        #--results { height: auto; max-height: 80%; }
        CommandList { border: none; padding: 0; background: $surface; max-height: 100%; scrollbar-size-vertical: 1;
            text-wrap: nowrap; text-overflow: ellipsis; }
        CommandList > .option-list--option { padding: 0 1; text-style: none; color: $foreground; }
        CommandList > .option-list--option-highlighted { background: $cursor-background; color: $foreground; }
        LoadingIndicator { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__([Commands], placeholder="an action, a reel, a theme", id="--command-palette")

    def compose(self) -> ComposeResult:
        """Lay it out."""
        entry = CommandInput(placeholder=self._placeholder, select_on_focus=False)
        entry.cursor_blink = False
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield Static("›", markup=False)
                yield entry
            with Vertical(id="--results"):
                yield CommandList(markup=False)
                yield LoadingIndicator()  # textual looks for it; it is never seen, and so never turns
